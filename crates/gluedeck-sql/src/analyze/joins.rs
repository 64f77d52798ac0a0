//! JOIN.

use super::expressions::Builder;
use super::scope::{Env, Field, RelationPlan};
use super::{Planner, column, internal, project};
use crate::error::{Code, Error, Position, Result};
use crate::syntax::ast::{JoinCondition, JoinKind, Name, Relation, RelationKind};
use datafusion::common::{JoinType, NullEquality};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, conditional_expressions::CaseBuilder};

impl Planner<'_> {
    pub(super) fn join(
        &self,
        left: RelationPlan,
        kind: JoinKind,
        right: &Relation,
        condition: &JoinCondition,
        env: &Env<'_>,
        position: Position,
    ) -> Result<RelationPlan> {
        if *condition == JoinCondition::Natural {
            return Err(Error::at(position, Code::NotSupported, "Natural join not supported"));
        }
        let carried: Vec<Field> = left.carried().cloned().collect();
        if self.reads_left(right) || (!carried.is_empty() && self.names_outer(right, env, &carried)?) {
            let optional = kind == JoinKind::Left;
            let always = match condition {
                JoinCondition::None => true,
                JoinCondition::On(on) => on.kind == crate::syntax::ast::ExprKind::Boolean(true),
                _ => false,
            };
            return match kind {
                JoinKind::Cross | JoinKind::Inner if !optional => {
                    let joined = self.lateral_relation(left, right, env, false)?;
                    match condition {
                        JoinCondition::On(on) if !always => self.filtered(joined, on, env),
                        _ => Ok(joined),
                    }
                }
                JoinKind::Left if always => self.lateral_relation(left, right, env, true),
                JoinKind::Left => {
                    let at = match condition {
                        JoinCondition::On(on) => on.position,
                        _ => position,
                    };
                    let what = if is_unnest(right) { "UNNEST" } else { "LATERAL" };
                    let message = format!("LEFT JOIN involving {what} is only supported with condition ON TRUE");
                    Err(Error::at(at, Code::NotSupported, message))
                }
                _ => {
                    if self.names_outer(right, env, &left.fields)? {
                        let word = if kind == JoinKind::Right { "RIGHT" } else { "FULL" };
                        let message = format!("LATERAL reference not allowed in {word} JOIN");
                        return Err(Error::at(first_position(right), Code::InvalidColumnReference, message));
                    }
                    let right = self.alone(right, env)?;
                    match condition {
                        JoinCondition::On(on) => self.join_on(left, kind, right, on, env),
                        _ => self.cross(left, right),
                    }
                }
            };
        }
        let right = self.relation(right, env, None)?;
        match condition {
            JoinCondition::Using(names) => self.join_using(left, kind, right, names),
            JoinCondition::On(on) => self.join_on(left, kind, right, on, env),
            _ => self.cross(left, right),
        }
    }

    pub(super) fn filtered(
        &self,
        planned: RelationPlan,
        on: &crate::syntax::ast::Expr,
        env: &Env<'_>,
    ) -> Result<RelationPlan> {
        let fields = planned.fields.clone();
        let mut builder = Builder::new(self, env.clone(), planned);
        let condition = builder.condition(on, "JOIN clause")?;
        let plan = builder.finish_filter(condition)?;
        Ok(RelationPlan { plan, fields })
    }

    pub(super) fn join_on(
        &self,
        left: RelationPlan,
        kind: JoinKind,
        right: RelationPlan,
        on: &crate::syntax::ast::Expr,
        env: &Env<'_>,
    ) -> Result<RelationPlan> {
        if kind == JoinKind::Inner {
            let joined = self.cross(left, right)?;
            return self.filtered(joined, on, env);
        }
        let both = RelationPlan {
            plan: left.plan.clone(),
            fields: left.fields.iter().chain(&right.fields).cloned().collect(),
        };
        let mut builder = Builder::new(self, env.clone(), both);
        builder.no_subqueries = true;
        let condition = builder.condition(on, "JOIN clause")?;
        let fields = builder.fields;
        let plan = LogicalPlanBuilder::from(left.plan).join_on(right.plan, join_type(kind), [condition.expr]);
        let plan = plan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
        Ok(RelationPlan { plan, fields })
    }

    pub(super) fn join_using(
        &self,
        left: RelationPlan,
        kind: JoinKind,
        right: RelationPlan,
        names: &[Name],
    ) -> Result<RelationPlan> {
        let mut keys = (Vec::new(), Vec::new());
        let mut pairs: Vec<(Field, Field, crate::types::Type)> = Vec::new();
        let (mut left, mut right) = (left, right);
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                let message = format!("Column '{}' appears multiple times in USING clause", name.text);
                return Err(Error::at(name.position, Code::DuplicateColumnName, message));
            }
            let side = |planned: &RelationPlan, side: &str| {
                let own: Vec<Field> = planned.own().cloned().collect();
                super::scope::find(&own, &[], name)?.ok_or_else(|| {
                    let message = format!("Column '{}' is missing from {side} side of join", name.text);
                    Error::at(name.position, Code::ColumnNotFound, message)
                })
            };
            let (a, b) = (side(&left, "left")?, side(&right, "right")?);
            let ty = crate::types::common(&a.ty, &b.ty).ok_or_else(|| {
                let message = format!("Cannot apply operator: {} = {}", a.ty, b.ty);
                Error::at(name.position, Code::TypeMismatch, message)
            })?;
            keys.0.push(self.key(&mut left, &a, &ty)?);
            keys.1.push(self.key(&mut right, &b, &ty)?);
            pairs.push((a, b, ty));
        }
        let equal = NullEquality::NullEqualsNothing;
        let as_columns = |names: &[String]| -> Vec<datafusion::common::Column> {
            names.iter().map(datafusion::common::Column::new_unqualified).collect()
        };
        let plan = LogicalPlanBuilder::from(left.plan.clone()).join_detailed(
            right.plan.clone(),
            join_type(kind),
            (as_columns(&keys.0), as_columns(&keys.1)),
            None,
            equal,
        );
        let plan = plan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
        let sides = (left.fields, right.fields);
        self.joined_columns(plan, kind, keys, pairs, sides)
    }

    /// The columns after a join with USING: the joined ones, and then what either side has besides.
    fn joined_columns(
        &self,
        plan: datafusion::logical_expr::LogicalPlan,
        kind: JoinKind,
        keys: (Vec<String>, Vec<String>),
        pairs: Vec<(Field, Field, crate::types::Type)>,
        (left, right): (Vec<Field>, Vec<Field>),
    ) -> Result<RelationPlan> {
        // The joined column is the side's that has a row.
        let mut fields = Vec::new();
        let mut columns = Vec::new();
        for (index, (a, _, ty)) in pairs.iter().enumerate() {
            let (x, y) = (column(&keys.0[index]), column(&keys.1[index]));
            let value = match kind {
                JoinKind::Right => y,
                JoinKind::Full => CaseBuilder::new(None, vec![x.clone().is_not_null()], vec![x], Some(Box::new(y)))
                    .end()
                    .map_err(internal)?,
                _ => x,
            };
            let field = Field { qualifier: Vec::new(), ..Field::new(a.name.clone(), ty.clone(), self.fresh()) };
            columns.push(value.alias(&field.column));
            fields.push(field);
        }
        let used = |field: &&Field| !pairs.iter().any(|(a, b, _)| a.column == field.column || b.column == field.column);
        for field in left.iter().chain(&right).filter(used) {
            columns.push(column(&field.column));
            fields.push(field.clone());
        }
        Ok(RelationPlan { plan: project(plan, columns)?, fields })
    }

    /// A column that holds a field's values as they are compared: as another type, the same instant alike in all zones.
    pub(super) fn key(&self, planned: &mut RelationPlan, field: &Field, ty: &crate::types::Type) -> Result<String> {
        let typed = crate::functions::coerce(field.typed(), ty, &self.facts);
        let key = crate::functions::comparable(typed, &self.facts);
        if key == column(&field.column) {
            return Ok(field.column.clone());
        }
        let name = self.fresh();
        let mut columns: Vec<Expr> = planned.plan.schema().columns().into_iter().map(Expr::Column).collect();
        columns.push(key.alias(&name));
        planned.plan = project(planned.plan.clone(), columns)?;
        Ok(name)
    }
}

/// Where what a relation is of begins.
pub(super) fn first_position(relation: &Relation) -> Position {
    match &relation.kind {
        RelationKind::Aliased { relation, .. } => first_position(relation),
        RelationKind::Unnest { values, .. } => values.first().map_or(relation.position, |value| value.position),
        _ => relation.position,
    }
}

pub(super) fn is_unnest(relation: &Relation) -> bool {
    match &relation.kind {
        RelationKind::Aliased { relation, .. } => is_unnest(relation),
        kind => matches!(kind, RelationKind::Unnest { .. }),
    }
}

pub(super) fn join_type(kind: JoinKind) -> JoinType {
    match kind {
        JoinKind::Left => JoinType::Left,
        JoinKind::Right => JoinType::Right,
        JoinKind::Full => JoinType::Full,
        JoinKind::Cross | JoinKind::Inner => JoinType::Inner,
    }
}
