//! ORDER BY, OFFSET, LIMIT and FETCH.

use super::expressions::Builder;
use super::scope::{Env, Field, RelationPlan};
use super::{Planner, TypedExpr, column, internal, project};
use crate::error::{Code, Error, Position, Result};
use crate::functions;
use crate::syntax::ast::{Count, Expr, ExprKind, Limit, Query, SortItem};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{Expr as EngineExpr, ExprFunctionExt, LogicalPlanBuilder, SortExpr, lit};

impl Planner<'_> {
    pub(super) fn sort_key(&self, key: TypedExpr, sort: &SortItem) -> SortExpr {
        let nulls_first = sort.nulls_first.unwrap_or(false);
        functions::sortable(key, &self.facts).sort(!sort.descending, nulls_first)
    }

    /// ORDER BY over the columns of a query's answer, which is no SELECT.
    pub(super) fn ordered(&self, planned: RelationPlan, query: &Query, env: &Env<'_>) -> Result<RelationPlan> {
        let own: Vec<Field> = planned.visible().cloned().collect();
        let carried: Vec<Field> = planned.carried().cloned().collect();
        let mut columns: Vec<EngineExpr> = own.iter().chain(&carried).map(|field| column(&field.column)).collect();
        let mut builder = Builder::new(self, env.clone(), planned);
        let mut keys = Vec::new();
        for sort in &query.order_by {
            let key = match ordinal(&sort.value) {
                Some(number) => own
                    .get(number.wrapping_sub(1))
                    .map(Field::typed)
                    .ok_or_else(|| out_of_range(number, sort.value.position, "ORDER BY"))?,
                None => {
                    let value = builder.expression(&sort.value)?;
                    let name = self.fresh();
                    columns.push(value.expr.alias(&name));
                    TypedExpr { expr: column(&name), ty: value.ty }
                }
            };
            keys.push(self.sort_key(key, sort));
        }
        let plan = if keys.is_empty() { builder.plan } else { project(builder.plan, columns)? };
        let fields = own.into_iter().chain(carried).collect();
        self.cut(RelationPlan { plan, fields }, keys, query)
    }

    /// Orders rows and cuts them, for each of the rows that were given along.
    pub(super) fn cut(&self, planned: RelationPlan, keys: Vec<SortExpr>, query: &Query) -> Result<RelationPlan> {
        let RelationPlan { plan, fields } = planned;
        let offset = query.offset.as_ref().map(number).transpose()?.unwrap_or(0);
        let limit = match &query.limit {
            Some(Limit { count: Some(count), .. }) => Some(number(count)?),
            _ => None,
        };
        let ties = query.limit.as_ref().filter(|limit| limit.with_ties);
        if let Some(limit) = ties.filter(|_| keys.is_empty()) {
            let message = "FETCH FIRST WITH TIES clause requires ORDER BY";
            return Err(Error::at(limit.position, Code::MissingOrderBy, message));
        }
        if let Some(limit) = query.limit.as_ref().filter(|own| own.fetch && limit == Some(0)) {
            let message = "FETCH FIRST row count must be positive (actual value: 0)";
            return Err(Error::at(limit.position, Code::InvalidLimitClause, message));
        }
        let exact: Vec<EngineExpr> = fields.iter().map(|field| column(&field.column)).collect();
        let carried: Vec<EngineExpr> =
            fields.iter().filter(|field| field.level > 0).map(|field| column(&field.column)).collect();
        if offset == 0 && limit.is_none() {
            // Only the answer's order can be seen.
            let plan = if keys.is_empty() { plan } else { self.sorted(plan, keys)? };
            return Ok(RelationPlan { plan: project(plan, exact)?, fields });
        }
        if carried.is_empty() && ties.is_none() {
            let plan = if keys.is_empty() { plan } else { self.sorted(plan, keys)? };
            let plan = LogicalPlanBuilder::from(plan).limit(offset as usize, limit.map(|limit| limit as usize));
            let plan = plan.and_then(LogicalPlanBuilder::build).map_err(internal)?;
            return Ok(RelationPlan { plan: project(plan, exact)?, fields });
        }
        self.cut_by_number(RelationPlan { plan, fields }, (keys, carried), (offset, limit), ties.is_some())
    }

    pub(super) fn cut_by_number(
        &self,
        planned: RelationPlan,
        (keys, carried): (Vec<SortExpr>, Vec<EngineExpr>),
        (offset, limit): (u64, Option<u64>),
        ties: bool,
    ) -> Result<RelationPlan> {
        let RelationPlan { mut plan, fields } = planned;
        let exact: Vec<EngineExpr> = fields.iter().map(|field| column(&field.column)).collect();
        let mut kept = lit(true);
        let udwf = |rank: bool| {
            if rank {
                datafusion::functions_window::rank::rank_udwf()
            } else {
                datafusion::functions_window::row_number::row_number_udwf()
            }
        };
        let numbers = [(false, offset > 0 || !ties), (true, ties)];
        for (rank, _) in numbers.into_iter().filter(|(_, wanted)| *wanted) {
            let name = self.fresh();
            let window = EngineExpr::from(WindowFunction::new(udwf(rank), Vec::new())).partition_by(carried.clone());
            let window = if keys.is_empty() { window } else { window.order_by(keys.clone()) };
            let window = window.build().map_err(internal)?.alias(&name);
            let built = LogicalPlanBuilder::from(plan).window([window]).and_then(LogicalPlanBuilder::build);
            plan = built.map_err(internal)?;
            let number = functions::to_bigint(column(&name));
            if !rank {
                kept = kept.and(number.clone().gt(lit(offset as i64)));
            }
            if let Some(limit) = limit.filter(|_| rank == ties) {
                kept = kept.and(number.lt_eq(lit((offset + limit) as i64)));
            }
        }
        let built = LogicalPlanBuilder::from(plan).filter(kept).and_then(LogicalPlanBuilder::build);
        plan = built.map_err(internal)?;
        if carried.is_empty() {
            plan = self.sorted(plan, keys)?;
        }
        Ok(RelationPlan { plan: project(plan, exact)?, fields })
    }

    pub(super) fn sorted(
        &self,
        plan: datafusion::logical_expr::LogicalPlan,
        keys: Vec<SortExpr>,
    ) -> Result<datafusion::logical_expr::LogicalPlan> {
        LogicalPlanBuilder::from(plan).sort(keys).and_then(LogicalPlanBuilder::build).map_err(internal)
    }
}

/// The number of an item, if an expression is one.
pub(super) fn ordinal(expr: &Expr) -> Option<usize> {
    match &expr.kind {
        ExprKind::Integer(digits) => digits.parse().ok(),
        _ => None,
    }
}

pub(super) fn out_of_range(number: usize, position: Position, clause: &str) -> Error {
    let message = format!("{clause} position {number} is not in select list");
    Error::at(position, Code::InvalidColumnReference, message)
}

pub(super) fn number(count: &Count) -> Result<u64> {
    match count {
        Count::Number(number) => Ok(*number),
        Count::Parameter(_) => {
            let message = "Incorrect number of parameters: expected 1 but found 0";
            Err(Error::at(Position::default(), Code::InvalidParameterUsage, message))
        }
    }
}
