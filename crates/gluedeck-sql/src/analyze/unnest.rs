//! UNNEST, and the functions that are tables.

use super::expressions::Builder;
use super::scope::{Env, Field, RelationPlan};
use super::{Planner, TypedExpr, column, internal, project};
use crate::error::{Code, Error, Result};
use crate::functions;
use crate::syntax::ast::{Expr, Name, QualifiedName};
use crate::types::Type;
use datafusion::common::{Column, NullHandling, UnnestOptions};
use datafusion::logical_expr::{Expr as EngineExpr, LogicalPlanBuilder};

impl Planner<'_> {
    /// The elements of arrays and maps beside the rows that they come from. With `optional`, a row without elements stays.
    pub(super) fn unnest(
        &self,
        before: RelationPlan,
        values: &[Expr],
        ordinality: bool,
        env: &Env<'_>,
        optional: bool,
    ) -> Result<RelationPlan> {
        let fields = before.fields.clone();
        let mut builder = Builder::new(self, env.clone(), before);
        let mut given = Vec::new();
        for value in values {
            given.push(builder.expression(value)?);
        }
        let (names, mut types): (Vec<Option<String>>, Vec<Type>) = element_columns(&given, values)?.into_iter().unzip();
        if ordinality {
            types.push(Type::Bigint);
        }
        let zipped = functions::zipped(given, types.clone(), ordinality, optional, &self.facts);
        let name = self.fresh();
        let mut columns: Vec<EngineExpr> =
            builder.plan.schema().columns().into_iter().map(EngineExpr::Column).collect();
        columns.push(zipped.expr.alias(&name));
        let plan = project(builder.plan, columns)?;
        let options = UnnestOptions { null_handling: NullHandling::Drop, recursions: Vec::new() };
        let plan = LogicalPlanBuilder::from(plan)
            .unnest_columns_with_options(vec![Column::new_unqualified(&name)], options)
            .and_then(LogicalPlanBuilder::build)
            .map_err(internal)?;
        let row = TypedExpr { expr: column(&name), ty: Type::row(types.clone()) };
        let mut columns: Vec<EngineExpr> =
            plan.schema().columns().into_iter().filter(|own| own.name != name).map(EngineExpr::Column).collect();
        let mut fields = fields;
        for (index, ty) in types.into_iter().enumerate() {
            let field = Field::new(names.get(index).cloned().flatten(), ty.clone(), self.fresh());
            columns.push(functions::field(row.clone(), index, ty, &self.facts).expr.alias(&field.column));
            fields.push(field);
        }
        Ok(RelationPlan { plan: project(plan, columns)?, fields })
    }

    /// `TABLE(sequence(…))`.
    pub(super) fn table_function(
        &self,
        name: &QualifiedName,
        arguments: &[(Option<Name>, Expr)],
        env: &Env<'_>,
    ) -> Result<RelationPlan> {
        if name.dotted() != "sequence" {
            let message = format!("Table function '{}' not registered", name.dotted());
            return Err(Error::at(name.position(), Code::FunctionNotFound, message));
        }
        let nothing = self.from(&[], env, None)?;
        let mut builder = Builder::new(self, env.clone(), nothing);
        let mut bounds: Vec<Option<TypedExpr>> = vec![None, None, None];
        for (index, (own, value)) in arguments.iter().enumerate() {
            let at = match own {
                None => Some(index),
                Some(own) => ["start", "stop", "step"].iter().position(|known| own.is(known)),
            };
            let Some(slot) = at.and_then(|at| bounds.get_mut(at)) else {
                let message =
                    "Unexpected argument name: ".to_owned() + &own.as_ref().map(Name::lower).unwrap_or_default();
                return Err(Error::at(value.position, Code::InvalidArguments, message));
            };
            let typed = builder.expression(value)?;
            *slot = Some(builder.coerced(typed, &Type::Bigint, value.position)?);
        }
        let number = |value: i64| functions::literal(crate::value::Value::Int(value), &Type::Bigint);
        let mut bounds = bounds.into_iter();
        let start = bounds.next().flatten().unwrap_or_else(|| number(0));
        let Some(stop) = bounds.next().flatten() else {
            return Err(Error::at(name.position(), Code::InvalidArguments, "Missing argument: STOP"));
        };
        let step = bounds.next().flatten().unwrap_or_else(|| number(1));
        let rows = builder.call_typed("sequence", vec![start, stop, step], name.position())?;
        let alias = self.fresh();
        let plan = project(builder.plan, vec![rows.expr.alias(&alias)])?;
        let options = UnnestOptions { null_handling: NullHandling::Drop, recursions: Vec::new() };
        let plan = LogicalPlanBuilder::from(plan)
            .unnest_columns_with_options(vec![Column::new_unqualified(&alias)], options)
            .and_then(LogicalPlanBuilder::build)
            .map_err(internal)?;
        let field = Field::new(Some("sequential_number".into()), Type::Bigint, alias);
        Ok(RelationPlan { plan, fields: vec![field] })
    }
}

/// The columns that the elements of arrays and maps make, with names where rows have them.
fn element_columns(given: &[TypedExpr], written: &[Expr]) -> Result<Vec<(Option<String>, Type)>> {
    let mut columns = Vec::new();
    for (value, expr) in given.iter().zip(written) {
        match &value.ty {
            Type::Array(element) => match element.as_ref() {
                // A row's fields are columns.
                Type::Row(parts) => columns.extend(parts.iter().cloned()),
                element => columns.push((None, element.clone())),
            },
            Type::Map(key, of) => columns.extend([(None, (**key).clone()), (None, (**of).clone())]),
            other => {
                let message = format!("Cannot unnest type: {other}");
                return Err(Error::at(expr.position, Code::TypeMismatch, message));
            }
        }
    }
    Ok(columns)
}
