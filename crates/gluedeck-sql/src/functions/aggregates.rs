//! Aggregates: the engine's own where they answer as Trino's do, and reductions of collected rows for the rest.

use super::aggregate::{CollectingAggregate, Reduce, SortOrder};
use super::build::{comparable, null};
use super::call::{Lambda, Site};
use super::cast::coerce;
use super::function::{Function, Implementation, Reduction};
use super::reductions::{
    average_of, bits, extreme, extreme_by, firsts, histogram, listagg, map_agg, map_union, most_frequent, multimap_agg,
    reduce_agg, sum_of,
};
use super::statistics as stats;
use crate::analyze::TypedExpr;
use crate::error::{Code, Error, Result};
use crate::session::Facts;
use crate::types::Type;
use crate::value::Value;
use crate::value::number::{fits, integer_within};
use datafusion::functions_aggregate::{average, bool_and_or, count, min_max, sum};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{AggregateUDF, Expr, WindowFunctionDefinition, lit};
use std::sync::Arc;

/// A call of an aggregate.
#[derive(Debug)]
pub(crate) struct AggregateCall {
    pub(crate) values: Vec<TypedExpr>,
    pub(crate) lambdas: Vec<Option<Lambda>>,
    pub(crate) result: Type,
    pub(crate) distinct: bool,
    pub(crate) filter: Option<Expr>,
    /// Sort keys: the value, whether descending, whether NULLs come first.
    pub(crate) order: Vec<(TypedExpr, bool, bool)>,
    pub(crate) key: String,
    pub(crate) rows: RowsOf,
}

/// Which rows an aggregate is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowsOf {
    Group,
    /// The frame of a window, which only grows.
    GrowingFrame,
    /// The frame of a window, which rows leave.
    SlidingFrame,
}

/// An aggregate as the engine runs it, and what is done with its answer.
#[derive(Debug)]
pub(crate) struct AggregateExpr {
    pub(crate) ty: Type,
    function: Arc<AggregateUDF>,
    arguments: Vec<Expr>,
    distinct: bool,
    filter: Option<Expr>,
    /// The type that the engine answers, if it is not yet the right one.
    raw: Option<Type>,
}

impl AggregateExpr {
    pub(crate) fn count_all(filter: Option<Expr>) -> Self {
        let function = count::count_udaf();
        Self { ty: Type::Bigint, function, arguments: vec![lit(1i64)], distinct: false, filter, raw: None }
    }

    pub(crate) fn expr(&self) -> Result<Expr> {
        let filter = self.filter.clone().map(Box::new);
        let call = AggregateFunction::new_udf(
            Arc::clone(&self.function),
            self.arguments.clone(),
            self.distinct,
            filter,
            Vec::new(),
            None,
        );
        Ok(Expr::AggregateFunction(call))
    }

    /// Over only the rows of which something more holds.
    pub(crate) fn filtered(&self, more: Expr) -> Result<Expr> {
        let filter = match &self.filter {
            Some(filter) => filter.clone().and(more),
            None => more,
        };
        let call = AggregateFunction::new_udf(
            Arc::clone(&self.function),
            self.arguments.clone(),
            self.distinct,
            Some(Box::new(filter)),
            Vec::new(),
            None,
        );
        Ok(Expr::AggregateFunction(call))
    }

    pub(crate) fn window(&self) -> Result<(WindowFunctionDefinition, Vec<Expr>, Option<Expr>)> {
        let definition = WindowFunctionDefinition::AggregateUDF(Arc::clone(&self.function));
        Ok((definition, self.arguments.clone(), self.filter.clone()))
    }

    /// The engine's answer as the right type.
    pub(crate) fn finished(&self, answer: Expr, facts: &Arc<Facts>) -> Expr {
        let Some(raw) = &self.raw else { return answer };
        let body: super::call::Body = |call| {
            let sum = call.get(0).as_big();
            match call.result() {
                Type::Decimal(precision, _) => match fits(sum, *precision) {
                    true => Ok(Value::Big(sum)),
                    false => Err(Error::out_of_range("Decimal overflow")),
                },
                Type::Real => Ok(Value::Real(call.double(0) as f32)),
                ty => integer_within(sum, ty)
                    .map(Value::Int)
                    .ok_or_else(|| Error::out_of_range(format!("{ty} addition overflow: {sum}"))),
            }
        };
        let value = TypedExpr { expr: answer, ty: raw.clone() };
        super::build::kernel("finished", vec![value], self.ty.clone(), facts, body, true).expr
    }
}

/// An aggregate over a group's rows.
///
/// # Errors
/// If an argument that must be constant is none.
pub(crate) fn aggregate(function: &'static Function, call: AggregateCall, facts: &Arc<Facts>) -> Result<AggregateExpr> {
    if let Some(own) = engine(function.name, &call, facts) {
        return Ok(own);
    }
    let Implementation::Aggregate(reduction) = function.implementation else {
        return Err(Error::of_value(Code::NotSupported, format!("gluedeck does not do {}", function.name)));
    };
    let mut types: Vec<Type> = Vec::new();
    let mut given = call.values.into_iter();
    let mut arguments = Vec::new();
    for lambda in &call.lambdas {
        match lambda {
            Some(lambda) => {
                types.push(Type::Boolean);
                arguments.push(null(&Type::Boolean).expr);
                let _ = lambda;
            }
            None => {
                if let Some(value) = given.next() {
                    types.push(value.ty);
                    arguments.push(value.expr);
                }
            }
        }
    }
    let mut order = Vec::new();
    for (value, descending, nulls_first) in call.order {
        types.push(value.ty);
        arguments.push(value.expr);
        order.push(SortOrder { descending, nulls_first });
    }
    if arguments.is_empty() {
        types.push(Type::Boolean);
        arguments.push(lit(true));
    }
    let has_lambda = call.lambdas.iter().any(Option::is_some);
    let mut lambdas = call.lambdas;
    lambdas.resize(types.len(), None);
    let site =
        Site { name: function.name.to_owned(), types, result: call.result.clone(), facts: Arc::clone(facts), lambdas };
    let of = CollectingAggregate {
        site: Arc::new(site),
        reduce: reduction.reduce,
        skips_nulls: reduction.skips_nulls && !has_lambda,
        distinct: call.distinct,
        order,
        key: call.key,
        signature: CollectingAggregate::signature(),
    };
    let function = Arc::new(AggregateUDF::from(of));
    Ok(AggregateExpr { ty: call.result, function, arguments, distinct: false, filter: call.filter, raw: None })
}

/// The engine's own aggregate, where it answers as Trino's does.
fn engine(name: &str, call: &AggregateCall, facts: &Arc<Facts>) -> Option<AggregateExpr> {
    let made = |function: Arc<AggregateUDF>, arguments: Vec<Expr>, distinct: bool, raw: Option<Type>| AggregateExpr {
        ty: call.result.clone(),
        function,
        arguments,
        distinct,
        filter: call.filter.clone(),
        raw,
    };
    let first = call.values.first();
    if name == "count" {
        let value = first?.clone();
        let expr = if call.distinct { comparable(value, facts) } else { value.expr };
        return Some(made(count::count_udaf(), vec![expr], call.distinct, None));
    }
    if name == "approx_distinct" && call.values.len() == 1 && call.rows == RowsOf::Group {
        return Some(made(count::count_udaf(), vec![comparable(first?.clone(), facts)], true, None));
    }
    if name == "count_if" && !call.distinct {
        let filter = match &call.filter {
            Some(filter) => filter.clone().and(first?.expr.clone()),
            None => first?.expr.clone(),
        };
        let count = made(count::count_udaf(), vec![lit(1i64)], false, None);
        return Some(AggregateExpr { filter: Some(filter), ..count });
    }
    let value = first?;
    if matches!(name, "min" | "max")
        && call.values.len() == 1
        && value.ty.is_plainly_compared()
        && value.ty != Type::Unknown
    {
        let function = if name == "min" { min_max::min_udaf() } else { min_max::max_udaf() };
        return Some(made(function, vec![value.expr.clone()], false, None));
    }
    // The engine's do not get over what has left a frame: a NaN, or a number so large that others vanished beside it.
    let exact = !matches!(value.ty, Type::Double | Type::Boolean) && name != "avg";
    if call.distinct || (call.rows == RowsOf::SlidingFrame && !exact) {
        return None;
    }
    let (function, argument, raw) = engine_sum(name, value, facts)?;
    Some(made(function, vec![argument], false, raw))
}

/// The engine's sums, averages and conjunctions: the aggregate, its argument, and the type of its answer if that has to be
/// narrowed.
fn engine_sum(name: &str, value: &TypedExpr, facts: &Arc<Facts>) -> Option<(Arc<AggregateUDF>, Expr, Option<Type>)> {
    let own = value.expr.clone();
    Some(match (name, &value.ty) {
        ("bool_and" | "every", Type::Boolean) => (bool_and_or::bool_and_udaf(), own, None),
        ("bool_or", Type::Boolean) => (bool_and_or::bool_or_udaf(), own, None),
        ("sum", Type::Bigint) => {
            let wide = Type::Decimal(38, 0);
            (sum::sum_udaf(), coerce(value.clone(), &wide, facts).expr, Some(wide))
        }
        ("sum", Type::Decimal(_, scale)) => {
            let wide = Type::Decimal(38, *scale);
            (sum::sum_udaf(), datafusion::logical_expr::cast(own, wide.arrow()), Some(wide))
        }
        ("sum", Type::Double) => (sum::sum_udaf(), own, None),
        ("avg", Type::Double) => (average::avg_udaf(), own, None),
        ("avg", Type::Bigint) => (average::avg_udaf(), coerce(value.clone(), &Type::Double, facts).expr, None),
        _ => return None,
    })
}

/// The reduction of an aggregate by name.
pub(super) fn find(name: &str) -> Option<Reduction> {
    let skipping = |reduce: Reduce| Some(Reduction { reduce, skips_nulls: true });
    let taking = |reduce: Reduce| Some(Reduction { reduce, skips_nulls: false });
    match name {
        "approx_percentile" | "checksum" | "corr" | "covar_pop" | "covar_samp" | "geometric_mean" | "kurtosis"
        | "numeric_histogram" | "regr_intercept" | "regr_slope" | "skewness" | "stddev" | "stddev_samp"
        | "stddev_pop" | "var_pop" | "variance" | "var_samp" => find_statistic(name),
        "any_value" | "arbitrary" => skipping(|_, rows| Ok(firsts(rows).next().unwrap_or(Value::Null))),
        "approx_distinct" => skipping(|_, rows| {
            if let Some(error) = rows.first().and_then(|row| row.get(1)).map(Value::as_double)
                && !(0.004_062_5..=0.26).contains(&error)
            {
                let shown = crate::value::number::double_text(error);
                return Err(Error::argument(format!("Max standard error must be in [0.0040625, 0.26]: {shown}")));
            }
            Ok(Value::Int(firsts(rows).collect::<std::collections::HashSet<_>>().len() as i64))
        }),
        "approx_most_frequent" => skipping(most_frequent),
        "array_agg" => taking(|_, rows| {
            if rows.is_empty() {
                return Ok(Value::Null);
            }
            Ok(Value::Array(firsts(rows).collect()))
        }),
        "avg" => skipping(average_of),
        "bitwise_and_agg" => skipping(|_, rows| bits(rows, |a, b| a & b)),
        "bitwise_or_agg" => skipping(|_, rows| bits(rows, |a, b| a | b)),
        "bitwise_xor_agg" => skipping(|_, rows| bits(rows, |a, b| a ^ b)),
        "bool_and" | "every" => skipping(|_, rows| {
            Ok(if rows.is_empty() { Value::Null } else { Value::Bool(firsts(rows).all(|value| value.as_bool())) })
        }),
        "bool_or" => skipping(|_, rows| {
            Ok(if rows.is_empty() { Value::Null } else { Value::Bool(firsts(rows).any(|value| value.as_bool())) })
        }),
        "count" => skipping(|_, rows| Ok(Value::Int(rows.len() as i64))),
        "count_if" => skipping(|_, rows| Ok(Value::Int(firsts(rows).filter(Value::as_bool).count() as i64))),
        "histogram" => skipping(histogram),
        "listagg" => skipping(listagg),
        "map_agg" => taking(map_agg),
        "map_union" => skipping(map_union),
        "max" => skipping(|site, rows| extreme(site, rows, true)),
        "max_by" => taking(|site, rows| extreme_by(site, rows, true)),
        "min" => skipping(|site, rows| extreme(site, rows, false)),
        "min_by" => taking(|site, rows| extreme_by(site, rows, false)),
        "multimap_agg" => taking(multimap_agg),
        "reduce_agg" => taking(reduce_agg),
        "sum" => skipping(sum_of),
        _ => None,
    }
}

fn find_statistic(name: &str) -> Option<Reduction> {
    let skipping = |reduce: Reduce| Some(Reduction { reduce, skips_nulls: true });
    match name {
        "approx_percentile" => skipping(stats::approx_percentile),
        "checksum" => Some(Reduction { reduce: stats::checksum, skips_nulls: false }),
        "corr" => skipping(stats::corr),
        "covar_pop" => skipping(|site, rows| stats::covariance(site, rows, false)),
        "covar_samp" => skipping(|site, rows| stats::covariance(site, rows, true)),
        "geometric_mean" => skipping(stats::geometric_mean),
        "kurtosis" => skipping(stats::kurtosis),
        "numeric_histogram" => skipping(stats::numeric_histogram),
        "regr_intercept" => skipping(|site, rows| stats::regression(site, rows, true)),
        "regr_slope" => skipping(|site, rows| stats::regression(site, rows, false)),
        "skewness" => skipping(stats::skewness),
        "stddev" | "stddev_samp" => skipping(|site, rows| stats::variance(site, rows, true, true)),
        "stddev_pop" => skipping(|site, rows| stats::variance(site, rows, false, true)),
        "var_pop" => skipping(|site, rows| stats::variance(site, rows, false, false)),
        "variance" | "var_samp" => skipping(|site, rows| stats::variance(site, rows, true, false)),
        _ => None,
    }
}
