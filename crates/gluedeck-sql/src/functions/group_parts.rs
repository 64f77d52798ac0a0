//! The aggregates that plans are made of.

use super::aggregate::{CollectingAggregate, SortOrder};
use super::call::Site;
use crate::analyze::TypedExpr;
use crate::error::{Code, Error};
use crate::session::Facts;
use crate::value::Value;
use datafusion::functions_aggregate::{count::count_udaf, first_last::first_value_udaf, sum::sum_udaf};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{AggregateUDF, Expr, lit};
use std::sync::Arc;

pub(super) fn engine_aggregate(function: Arc<AggregateUDF>, argument: Expr) -> Expr {
    Expr::AggregateFunction(AggregateFunction::new_udf(function, vec![argument], false, None, Vec::new(), None))
}

pub(crate) fn count_rows() -> Expr {
    engine_aggregate(count_udaf(), lit(1i64))
}

pub(crate) fn count_of(expr: Expr) -> Expr {
    engine_aggregate(count_udaf(), expr)
}

pub(crate) fn sum_of(expr: Expr) -> Expr {
    engine_aggregate(sum_udaf(), expr)
}

/// Any of a group's values.
pub(crate) fn any(expr: Expr) -> Expr {
    engine_aggregate(first_value_udaf(), expr)
}

pub(super) fn collected(
    name: &str,
    value: TypedExpr,
    reduce: super::aggregate::Reduce,
    skips_nulls: bool,
    facts: &Arc<Facts>,
) -> Expr {
    let site = Site {
        name: name.to_owned(),
        types: vec![value.ty.clone()],
        result: value.ty.clone(),
        facts: Arc::clone(facts),
        lambdas: vec![None],
    };
    let of = CollectingAggregate {
        site: Arc::new(site),
        reduce,
        skips_nulls,
        distinct: false,
        order: Vec::<SortOrder>::new(),
        key: String::new(),
        signature: CollectingAggregate::signature(),
    };
    engine_aggregate(Arc::new(AggregateUDF::from(of)), value.expr)
}

/// The only value of a subquery.
pub(crate) fn only(value: TypedExpr, facts: &Arc<Facts>) -> Expr {
    let reduce = |_: &Site, mut rows: Vec<Vec<Value>>| match rows.len() {
        0 => Ok(Value::Null),
        1 => Ok(rows.remove(0).remove(0)),
        _ => Err(Error::of_value(Code::SubqueryMultipleRows, "Scalar sub-query has returned multiple rows")),
    };
    collected("only", value, reduce, false, facts)
}

pub(crate) fn least(value: TypedExpr, facts: &Arc<Facts>) -> Expr {
    let reduce = |_: &Site, rows: Vec<Vec<Value>>| Ok(rows.into_iter().flatten().min().unwrap_or(Value::Null));
    collected("least_of", value, reduce, true, facts)
}

pub(crate) fn greatest(value: TypedExpr, facts: &Arc<Facts>) -> Expr {
    let reduce = |_: &Site, rows: Vec<Vec<Value>>| Ok(rows.into_iter().flatten().max().unwrap_or(Value::Null));
    collected("greatest_of", value, reduce, true, facts)
}
