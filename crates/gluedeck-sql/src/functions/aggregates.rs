//! Aggregates: the engine's own where they answer as Trino's do, and reductions of collected rows for the rest.

use super::Function;
use super::Implementation;
use super::aggregate::{CollectingAggregate, Reduce, SortOrder, apply};
use super::build::comparable;
use super::call::{Lambda, Site};
use super::statistics as stats;
use super::{coerce, null};
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

/// How collected rows become a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reduction {
    pub(crate) reduce: Reduce,
    /// Whether rows with NULL among the arguments do not count.
    pub(crate) skips_nulls: bool,
}

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
        return Err(Error::of_value(Code::NotSupported, format!("the sandbox does not do {}", function.name)));
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
    if name == "approx_distinct" && call.values.len() == 1 {
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
    if call.distinct {
        return None;
    }
    match (name, &value.ty) {
        ("bool_and" | "every", Type::Boolean) => {
            Some(made(bool_and_or::bool_and_udaf(), vec![value.expr.clone()], false, None))
        }
        ("bool_or", Type::Boolean) => Some(made(bool_and_or::bool_or_udaf(), vec![value.expr.clone()], false, None)),
        ("sum", Type::Bigint) => {
            let wide = coerce(value.clone(), &Type::Decimal(38, 0), facts);
            Some(made(sum::sum_udaf(), vec![wide.expr], false, Some(Type::Decimal(38, 0))))
        }
        ("sum", Type::Decimal(_, scale)) => {
            let wide = Type::Decimal(38, *scale);
            let value =
                TypedExpr { expr: datafusion::logical_expr::cast(value.expr.clone(), wide.arrow()), ty: wide.clone() };
            Some(made(sum::sum_udaf(), vec![value.expr], false, Some(wide)))
        }
        ("sum", Type::Double) => Some(made(sum::sum_udaf(), vec![value.expr.clone()], false, None)),
        ("avg", Type::Double) => Some(made(average::avg_udaf(), vec![value.expr.clone()], false, None)),
        ("avg", Type::Bigint) => {
            let value = coerce(value.clone(), &Type::Double, facts);
            Some(made(average::avg_udaf(), vec![value.expr], false, None))
        }
        _ => None,
    }
}

/// The reduction of an aggregate by name.
pub(super) fn find(name: &str) -> Option<Reduction> {
    let skipping = |reduce: Reduce| Some(Reduction { reduce, skips_nulls: true });
    let taking = |reduce: Reduce| Some(Reduction { reduce, skips_nulls: false });
    match name {
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
        "approx_percentile" => skipping(stats::approx_percentile),
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
        "checksum" => taking(stats::checksum),
        "corr" => skipping(stats::corr),
        "count" => skipping(|_, rows| Ok(Value::Int(rows.len() as i64))),
        "count_if" => skipping(|_, rows| Ok(Value::Int(firsts(rows).filter(Value::as_bool).count() as i64))),
        "covar_pop" => skipping(|site, rows| stats::covariance(site, rows, false)),
        "covar_samp" => skipping(|site, rows| stats::covariance(site, rows, true)),
        "geometric_mean" => skipping(stats::geometric_mean),
        "histogram" => skipping(histogram),
        "kurtosis" => skipping(stats::kurtosis),
        "listagg" => skipping(listagg),
        "map_agg" => taking(map_agg),
        "map_union" => skipping(map_union),
        "max" => skipping(|site, rows| extreme(site, rows, true)),
        "max_by" => taking(|site, rows| extreme_by(site, rows, true)),
        "min" => skipping(|site, rows| extreme(site, rows, false)),
        "min_by" => taking(|site, rows| extreme_by(site, rows, false)),
        "multimap_agg" => taking(multimap_agg),
        "numeric_histogram" => skipping(stats::numeric_histogram),
        "reduce_agg" => taking(reduce_agg),
        "regr_intercept" => skipping(|site, rows| stats::regression(site, rows, true)),
        "regr_slope" => skipping(|site, rows| stats::regression(site, rows, false)),
        "skewness" => skipping(stats::skewness),
        "stddev" | "stddev_samp" => skipping(|site, rows| stats::variance(site, rows, true, true)),
        "stddev_pop" => skipping(|site, rows| stats::variance(site, rows, false, true)),
        "sum" => skipping(sum_of),
        "var_pop" => skipping(|site, rows| stats::variance(site, rows, false, false)),
        "variance" | "var_samp" => skipping(|site, rows| stats::variance(site, rows, true, false)),
        _ => None,
    }
}

fn firsts(rows: Vec<Vec<Value>>) -> impl Iterator<Item = Value> {
    rows.into_iter().filter_map(|row| row.into_iter().next())
}

fn bits(rows: Vec<Vec<Value>>, combine: fn(i64, i64) -> i64) -> Result<Value> {
    Ok(firsts(rows).map(|value| value.as_int()).reduce(combine).map_or(Value::Null, Value::Int))
}

fn sum_of(site: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    if rows.is_empty() {
        return Ok(Value::Null);
    }
    match &site.result {
        Type::Double => Ok(Value::Double(firsts(rows).map(|value| value.as_double()).sum())),
        Type::Real => Ok(Value::Real(firsts(rows).map(|value| value.as_double()).sum::<f64>() as f32)),
        Type::Decimal(..) => {
            let sum = firsts(rows).try_fold(0i128, |sum, value| sum.checked_add(value.as_big()));
            crate::value::number::checked_decimal(sum, 38).map(Value::Big)
        }
        ty => {
            let sum: i128 = firsts(rows).map(|value| i128::from(value.as_int())).sum();
            let overflow = || Error::out_of_range(format!("{ty} addition overflow: {sum}"));
            integer_within(sum, ty).map(Value::Int).ok_or_else(overflow)
        }
    }
}

fn average_of(site: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let count = rows.len();
    if count == 0 {
        return Ok(Value::Null);
    }
    Ok(match &site.result {
        Type::Decimal(precision, _) => {
            use datafusion::arrow::datatypes::i256;
            let sum = firsts(rows).fold(i256::ZERO, |sum, value| sum.wrapping_add(i256::from_i128(value.as_big())));
            let count = i256::from_i128(count as i128);
            let (quotient, rest) = (sum.wrapping_div(count), sum.wrapping_rem(count));
            let up = rest.wrapping_abs().wrapping_mul(i256::from_i128(2)) >= count;
            let step = i256::from_i128(if sum.is_negative() { -1 } else { 1 });
            let average = if up { quotient.wrapping_add(step) } else { quotient };
            crate::value::number::checked_decimal(average.to_i128(), *precision).map(Value::Big)?
        }
        Type::IntervalDay | Type::IntervalYear => {
            let sum: f64 = firsts(rows).map(|value| value.as_double()).sum();
            Value::Int((sum / count as f64 + 0.5).floor() as i64)
        }
        Type::Real => Value::Real((firsts(rows).map(|value| value.as_double()).sum::<f64>() / count as f64) as f32),
        _ => Value::Double(firsts(rows).map(|value| value.as_double()).sum::<f64>() / count as f64),
    })
}

fn is_nan(value: &Value) -> bool {
    matches!(value, Value::Double(value) if value.is_nan()) || matches!(value, Value::Real(value) if value.is_nan())
}

fn ordered(mut values: Vec<Value>, largest: bool) -> Vec<Value> {
    values.sort();
    if largest {
        values.reverse();
    }
    values
}

/// How many `max(x, n)` and its like answer.
fn limit(value: &Value) -> Result<usize> {
    let count = value.as_int();
    if count <= 0 {
        return Err(Error::argument("third argument of max_by/min_by must be a positive integer"));
    }
    if count > 10_000 {
        let message = format!("third argument of max_by/min_by must be less than or equal to 10000; found {count}");
        return Err(Error::argument(message));
    }
    Ok(count as usize)
}

fn extreme(site: &Site, rows: Vec<Vec<Value>>, largest: bool) -> Result<Value> {
    if rows.is_empty() {
        return Ok(Value::Null);
    }
    if site.types.len() > 1 && matches!(site.result, Type::Array(_)) {
        let count = rows[0][1].as_int();
        if count <= 0 {
            return Err(Error::argument(format!("second argument of max_n/min_n must be positive; found {count}")));
        }
        if count > 10_000 {
            return Err(Error::argument(format!(
                "second argument of max_n/min_n must be less than or equal to 10000; found {count}"
            )));
        }
        let mut values = ordered(firsts(rows).collect(), largest);
        values.truncate(count as usize);
        return Ok(Value::Array(values));
    }
    // NaN counts only where there is nothing else.
    let (nans, values): (Vec<Value>, Vec<Value>) = firsts(rows).partition(is_nan);
    let found = if largest { values.into_iter().max() } else { values.into_iter().min() };
    Ok(found.or(nans.into_iter().next()).unwrap_or(Value::Null))
}

fn extreme_by(site: &Site, rows: Vec<Vec<Value>>, largest: bool) -> Result<Value> {
    let mut rows: Vec<Vec<Value>> = rows.into_iter().filter(|row| !row[1].is_null()).collect();
    if rows.is_empty() {
        return Ok(Value::Null);
    }
    let count = match &site.result {
        Type::Array(_) if site.types.len() > 2 => Some(limit(&rows[0][2])?),
        _ => None,
    };
    // NaN counts only where there is nothing else.
    rows.sort_by(|a, b| {
        let order = if largest { b[1].cmp(&a[1]) } else { a[1].cmp(&b[1]) };
        is_nan(&a[1]).cmp(&is_nan(&b[1])).then(order)
    });
    let mut values = firsts(rows);
    Ok(match count {
        Some(count) => Value::Array(values.take(count).collect()),
        None => values.next().unwrap_or(Value::Null),
    })
}

/// Entries by key in the order in which the keys came.
fn grouped(pairs: impl Iterator<Item = (Value, Value)>) -> Vec<(Value, Vec<Value>)> {
    let mut places: std::collections::HashMap<Value, usize> = std::collections::HashMap::new();
    let mut found: Vec<(Value, Vec<Value>)> = Vec::new();
    for (key, value) in pairs {
        let place = *places.entry(key.clone()).or_insert_with(|| {
            found.push((key, Vec::new()));
            found.len() - 1
        });
        found[place].1.push(value);
    }
    found
}

fn histogram(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    if rows.is_empty() {
        return Ok(Value::Null);
    }
    let counts = grouped(firsts(rows).map(|value| (value, Value::Null)));
    Ok(Value::Map(counts.into_iter().map(|(value, all)| (value, Value::Int(all.len() as i64))).collect()))
}

fn most_frequent(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let Some(first) = rows.first() else { return Ok(Value::Null) };
    let buckets = first[0].as_int();
    if buckets < 2 {
        return Err(Error::argument(format!(
            "approx_most_frequent bucket count must be greater than one, input bucket count: {buckets}"
        )));
    }
    let mut counts = grouped(rows.into_iter().map(|row| (row[1].clone(), Value::Null)));
    counts.sort_by_key(|(_, all)| std::cmp::Reverse(all.len()));
    counts.truncate(buckets as usize);
    Ok(Value::Map(counts.into_iter().map(|(value, all)| (value, Value::Int(all.len() as i64))).collect()))
}

fn map_agg(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let pairs = rows.into_iter().filter(|row| !row[0].is_null());
    let entries = grouped(pairs.map(|row| (row[0].clone(), row[1].clone())));
    if entries.is_empty() {
        return Ok(Value::Null);
    }
    Ok(Value::Map(entries.into_iter().map(|(key, mut all)| (key, all.swap_remove(0))).collect()))
}

fn multimap_agg(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let pairs = rows.into_iter().filter(|row| !row[0].is_null());
    let entries = grouped(pairs.map(|row| (row[0].clone(), row[1].clone())));
    if entries.is_empty() {
        return Ok(Value::Null);
    }
    Ok(Value::Map(entries.into_iter().map(|(key, all)| (key, Value::Array(all))).collect()))
}

fn map_union(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    if rows.is_empty() {
        return Ok(Value::Null);
    }
    let pairs = firsts(rows).flat_map(|map| map.as_map().to_vec());
    let entries = grouped(pairs);
    Ok(Value::Map(entries.into_iter().map(|(key, mut all)| (key, all.swap_remove(0))).collect()))
}

/// The most bytes of a `listagg` (Trino's documentation).
const MAX_LIST: usize = 1_048_576;

fn listagg(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let Some(first) = rows.first().cloned() else { return Ok(Value::Null) };
    let separator = first[1].as_text().to_owned();
    let (fails, filler, counts) = (first[2].as_bool(), first[3].as_text().to_owned(), first[4].as_bool());
    let total = rows.len();
    let mut found = String::new();
    for (index, value) in firsts(rows).enumerate() {
        let before = if index > 0 { separator.as_str() } else { "" };
        if found.len() + before.len() + value.as_text().len() > MAX_LIST {
            if fails {
                let message = format!(
                    "Concatenated string has the length in bytes larger than the maximum output length {MAX_LIST}"
                );
                return Err(Error::of_value(Code::ExceededFunctionMemoryLimit, message));
            }
            found.push_str(before);
            found.push_str(&filler);
            if counts {
                found.push_str(&format!("({})", total - index));
            }
            return Ok(Value::Text(found));
        }
        found.push_str(before);
        found.push_str(value.as_text());
    }
    Ok(Value::Text(found))
}

fn reduce_agg(site: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    if !(site.result.is_numeric() || matches!(site.result, Type::Boolean | Type::Varchar(_) | Type::Char(_))) {
        let message = format!("State type not supported for reduce_agg: {}", site.result);
        return Err(Error::of_value(Code::NotSupported, message));
    }
    let mut state: Option<Value> = None;
    for row in rows.into_iter().filter(|row| !row[1].is_null()) {
        if row[0].is_null() {
            continue;
        }
        let start = match state.take() {
            Some(state) => state,
            None => row[1].clone(),
        };
        let next = apply(site, 2, vec![start, row[0].clone()])?;
        if next.is_null() {
            return Err(Error::argument("output of input lambda must not be null"));
        }
        state = Some(next);
    }
    Ok(state.unwrap_or(Value::Null))
}
