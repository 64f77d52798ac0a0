//! UNION, INTERSECT and EXCEPT.

use super::scope::{Env, Field, RelationPlan};
use super::{Planner, column, internal, project};
use crate::error::{Code, Error, Position, Result};
use crate::functions;
use crate::syntax::ast::{Body, SetOperation};
use crate::types::common;
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{Expr as EngineExpr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, lit};

impl Planner<'_> {
    pub(super) fn set_operation(
        &self,
        operation: SetOperation,
        all: bool,
        (left, right): (&Body, &Body),
        position: Position,
        env: &Env<'_>,
        carry: Option<&RelationPlan>,
    ) -> Result<RelationPlan> {
        let left = self.body(left, env, carry)?;
        let right = self.body(right, env, carry)?;
        let (a, b): (Vec<Field>, Vec<Field>) = (left.visible().cloned().collect(), right.visible().cloned().collect());
        let word = operation.word();
        if a.len() != b.len() {
            let message = format!("{word} query has different number of fields: {}, {}", a.len(), b.len());
            return Err(Error::at(position, Code::TypeMismatch, message));
        }
        let mut fields = Vec::new();
        for (index, (a, b)) in a.iter().zip(&b).enumerate() {
            let ty = common(&a.ty, &b.ty).ok_or_else(|| {
                let message =
                    format!("column {} in {word} query has incompatible types: {}, {}", index + 1, a.ty, b.ty);
                Error::at(position, Code::TypeMismatch, message)
            })?;
            let told_apart = !all || operation != SetOperation::Union;
            if told_apart && !ty.is_comparable() {
                let message = format!(
                    "Type {ty} is not comparable and therefore cannot be used in {word}{}",
                    if all { " ALL" } else { "" }
                );
                return Err(Error::at(position, Code::TypeMismatch, message));
            }
            fields.push(Field::new(a.name.clone(), ty, self.fresh()));
        }
        let along: Vec<Field> = left.carried().map(|field| Field { column: self.fresh(), ..field.clone() }).collect();
        let side = |planned: RelationPlan, own: Vec<Field>| {
            let values = own.into_iter().zip(&fields).map(|(given, field)| {
                functions::coerce(given.typed(), &field.ty, &self.facts).expr.alias(&field.column)
            });
            let carried =
                planned.carried().zip(&along).map(|(given, field)| column(&given.column).alias(&field.column));
            let columns: Vec<EngineExpr> = values.chain(carried).collect();
            project(planned.plan, columns)
        };
        let (left, right) = (side(left, a)?, side(right, b)?);
        fields.extend(along);
        let plan = if operation == SetOperation::Union {
            let both =
                LogicalPlanBuilder::from(left).union(right).and_then(LogicalPlanBuilder::build).map_err(internal)?;
            if all { both } else { self.distinct_rows(both, &fields)? }
        } else {
            self.counted(left, right, &fields, operation, all)?
        };
        Ok(RelationPlan { plan, fields })
    }

    /// INTERSECT and EXCEPT: how often each row is on either side decides how often it stays. NULL and NULL are the same.
    fn counted(
        &self,
        left: LogicalPlan,
        right: LogicalPlan,
        fields: &[Field],
        operation: SetOperation,
        all: bool,
    ) -> Result<LogicalPlan> {
        let (from_left, from_right) = (self.fresh(), self.fresh());
        let marked = |plan: LogicalPlan, is_left: bool| {
            let mut columns: Vec<EngineExpr> = fields.iter().map(|field| column(&field.column)).collect();
            let sides = [(is_left, &from_left), (!is_left, &from_right)];
            columns.extend(sides.map(|(present, name)| lit(i64::from(present)).alias(name)));
            project(plan, columns)
        };
        let both = LogicalPlanBuilder::from(marked(left, true)?).union(marked(right, false)?);
        let both = both.and_then(LogicalPlanBuilder::build).map_err(internal)?;
        let keys: Vec<EngineExpr> = fields
            .iter()
            .map(|field| functions::group_key(field.typed(), &self.facts).alias(format!("k_{}", field.column)))
            .collect();
        let (left_rows, right_rows) = (self.fresh(), self.fresh());
        if !all {
            let mut values: Vec<EngineExpr> =
                fields.iter().map(|field| functions::any(column(&field.column)).alias(&field.column)).collect();
            values.push(functions::sum_of(column(&from_left)).alias(&left_rows));
            values.push(functions::sum_of(column(&from_right)).alias(&right_rows));
            let zero = lit(0i64);
            let kept = match operation {
                SetOperation::Intersect => column(&left_rows).gt(zero.clone()).and(column(&right_rows).gt(zero)),
                _ => column(&left_rows).gt(zero.clone()).and(column(&right_rows).eq(zero)),
            };
            let plan = LogicalPlanBuilder::from(both).aggregate(keys, values).and_then(|plan| plan.filter(kept));
            let plan = plan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
            return project(plan, fields.iter().map(|field| column(&field.column)).collect());
        }
        self.each_counted(both, fields, keys, operation, (&from_left, &from_right))
    }

    /// INTERSECT ALL and EXCEPT ALL: each row is numbered among those that are the same.
    fn each_counted(
        &self,
        both: LogicalPlan,
        fields: &[Field],
        keys: Vec<EngineExpr>,
        operation: SetOperation,
        (from_left, from_right): (&str, &str),
    ) -> Result<LogicalPlan> {
        let (left_rows, right_rows, number) = (self.fresh(), self.fresh(), self.fresh());
        let over = |name: &str, sum: &str| {
            EngineExpr::from(WindowFunction::new(datafusion::functions_aggregate::sum::sum_udaf(), vec![column(name)]))
                .partition_by(keys.clone().into_iter().map(|key| key.unalias()).collect())
                .window_frame(datafusion::logical_expr::WindowFrame::new(None))
                .build()
                .map(|window| window.alias(sum))
        };
        let sums = [over(from_left, &left_rows), over(from_right, &right_rows)];
        let sums = sums.into_iter().collect::<std::result::Result<Vec<_>, _>>().map_err(internal)?;
        let row = EngineExpr::from(WindowFunction::new(
            datafusion::functions_window::row_number::row_number_udwf(),
            Vec::new(),
        ))
        .partition_by(keys.into_iter().map(|key| key.unalias()).collect())
        .build()
        .map_err(internal)?
        .alias(&number);
        let plan = LogicalPlanBuilder::from(both).window(sums).and_then(|plan| plan.window([row]));
        let plan = plan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
        let number = functions::to_bigint(column(&number));
        let (a, b) = (column(&left_rows), column(&right_rows));
        let kept = match operation {
            SetOperation::Intersect => number.clone().lt_eq(a).and(number.lt_eq(b)),
            _ => number.lt_eq(a - b),
        };
        let plan = LogicalPlanBuilder::from(plan).filter(kept).and_then(LogicalPlanBuilder::build).map_err(internal)?;
        project(plan, fields.iter().map(|field| column(&field.column)).collect())
    }
}
