//! What names the columns of a relation to its left, or of a query around: planned over the distinct values of those columns,
//! and joined to them.

use super::relations::aliased;
use super::scope::{Env, Field, Outer, RelationPlan};
use super::{Planner, column, internal, project};
use crate::error::Result;
use crate::syntax::ast::{Query, Relation, RelationKind};
use datafusion::common::JoinType;
use datafusion::logical_expr::LogicalPlanBuilder;

/// A query over another: its rows, and for each column that it names of the other, that column and its own copy of it.
#[derive(Debug)]
pub(super) struct CorrelatedQuery {
    pub(super) planned: RelationPlan,
    /// Column of the query around, and column of the query inside.
    pub(super) keys: Vec<(String, String)>,
}

impl Planner<'_> {
    /// Joins a relation that may name the columns before it.
    pub(super) fn lateral_relation(
        &self,
        before: RelationPlan,
        relation: &Relation,
        env: &Env<'_>,
        optional: bool,
    ) -> Result<RelationPlan> {
        match &relation.kind {
            RelationKind::Aliased { relation, alias, columns } => {
                let given = before.fields.len();
                let mut joined = self.lateral_relation(before, relation, env, optional)?;
                let right = joined.fields.split_off(given);
                let right = RelationPlan { plan: joined.plan.clone(), fields: right };
                let right = aliased(right, alias, columns.as_deref(), relation.position)?;
                joined.fields.extend(right.fields);
                Ok(joined)
            }
            RelationKind::Unnest { values, ordinality } => self.unnest(before, values, *ordinality, env, optional),
            RelationKind::Lateral(query) => {
                let visible = before.fields.clone();
                self.lateral_query(before, visible, query, env, optional)
            }
            RelationKind::Subquery(query) => {
                let visible = before.carried().cloned().collect();
                self.lateral_query(before, visible, query, env, optional)
            }
            RelationKind::Table { name, .. } => {
                // A query of a WITH that names columns of a query around.
                let query = table_query(name, relation);
                let visible = before.carried().cloned().collect();
                self.lateral_query(before, visible, &query, env, optional)
            }
            RelationKind::Sampled { .. } | RelationKind::Function { .. } | RelationKind::Join { .. } => {
                Err(crate::error::Error::unsupported(relation.position, "this correlated relation"))
            }
        }
    }

    fn lateral_query(
        &self,
        before: RelationPlan,
        visible: Vec<Field>,
        query: &Query,
        env: &Env<'_>,
        optional: bool,
    ) -> Result<RelationPlan> {
        let found = self.correlated(&before, visible, Vec::new(), query, env)?;
        if found.keys.is_empty() && !optional {
            return self.cross(before, found.planned);
        }
        let kind = if optional { JoinType::Left } else { JoinType::Inner };
        let fields: Vec<Field> = found.planned.own().cloned().collect();
        let plan = self.attach(before.plan, found, kind)?;
        Ok(RelationPlan { plan, fields: before.fields.into_iter().chain(fields).collect() })
    }

    /// Joins a query to the rows that it was planned over. NULL and NULL are the same there.
    pub(super) fn attach(
        &self,
        plan: datafusion::logical_expr::LogicalPlan,
        found: CorrelatedQuery,
        kind: JoinType,
    ) -> Result<datafusion::logical_expr::LogicalPlan> {
        if !found.keys.is_empty() {
            return super::join_same(plan, found.planned.plan, kind, &found.keys);
        }
        let always = [datafusion::logical_expr::lit(true)];
        let joined = LogicalPlanBuilder::from(plan).join_on(found.planned.plan, kind, always);
        joined.and_then(LogicalPlanBuilder::build).map_err(internal)
    }

    /// Plans a query that may name `visible` columns of a plan around it.
    pub(super) fn correlated(
        &self,
        around: &RelationPlan,
        visible: Vec<Field>,
        ungrouped: Vec<Field>,
        query: &Query,
        env: &Env<'_>,
    ) -> Result<CorrelatedQuery> {
        let outer = Outer { fields: visible, parent: env.outer, ungrouped, used: Default::default() };
        let probe = Env { outer: Some(&outer), ..env.clone() };
        let planned = self.query(query, &probe, None)?;
        let mut used = outer.used.into_inner();
        // As they stand around the query: in that order `t.*` names them.
        used.sort_by_key(|field| outer.fields.iter().position(|other| other.column == field.column));
        if used.is_empty() {
            return Ok(CorrelatedQuery { planned, keys: Vec::new() });
        }
        let given: Vec<Field> =
            used.iter().map(|field| Field { column: self.fresh(), level: field.level + 1, ..field.clone() }).collect();
        let columns = used.iter().zip(&given).map(|(old, new)| column(&old.column).alias(&new.column)).collect();
        let plan = project(around.plan.clone(), columns)?;
        let plan = LogicalPlanBuilder::from(plan).distinct().and_then(LogicalPlanBuilder::build).map_err(internal)?;
        let planned = self.query(query, env, Some(&RelationPlan { plan, fields: given }))?;
        let keys =
            used.iter().zip(planned.carried()).map(|(old, new)| (old.column.clone(), new.column.clone())).collect();
        Ok(CorrelatedQuery { planned, keys })
    }
}

/// `TABLE name` as a query.
fn table_query(name: &crate::syntax::ast::QualifiedName, relation: &Relation) -> Query {
    use crate::syntax::ast::Body;
    let body = Body::Table(name.clone());
    Query { with: None, body, order_by: Vec::new(), offset: None, limit: None, position: relation.position }
}
