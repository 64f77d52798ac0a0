//! What the collected rows of a group become.

use super::aggregate::apply;
use super::call::Site;
use crate::error::{Code, Error, Result};
use crate::types::Type;
use crate::value::Value;
use crate::value::number::integer_within;

pub(super) fn firsts(rows: Vec<Vec<Value>>) -> impl Iterator<Item = Value> {
    rows.into_iter().filter_map(|row| row.into_iter().next())
}

pub(super) fn bits(rows: Vec<Vec<Value>>, combine: fn(i64, i64) -> i64) -> Result<Value> {
    Ok(firsts(rows).map(|value| value.as_int()).reduce(combine).map_or(Value::Null, Value::Int))
}

pub(super) fn sum_of(site: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
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

pub(super) fn average_of(site: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
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

pub(super) fn ordered(mut values: Vec<Value>, largest: bool) -> Vec<Value> {
    values.sort_by(|a, b| a.cmp_extreme(b, largest));
    values
}

/// How many `max(x, n)` and its like answer.
pub(super) fn limit(value: &Value) -> Result<usize> {
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

pub(super) fn extreme(site: &Site, rows: Vec<Vec<Value>>, largest: bool) -> Result<Value> {
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
    let values: Vec<Value> = firsts(rows).collect();
    Ok(crate::value::extreme(&values, largest).cloned().unwrap_or(Value::Null))
}

pub(super) fn extreme_by(site: &Site, rows: Vec<Vec<Value>>, largest: bool) -> Result<Value> {
    let mut rows: Vec<Vec<Value>> = rows.into_iter().filter(|row| !row[1].is_null()).collect();
    if rows.is_empty() {
        return Ok(Value::Null);
    }
    let count = match &site.result {
        Type::Array(_) if site.types.len() > 2 => Some(limit(&rows[0][2])?),
        _ => None,
    };
    rows.sort_by(|a, b| a[1].cmp_extreme(&b[1], largest));
    let mut values = firsts(rows);
    Ok(match count {
        Some(count) => Value::Array(values.take(count).collect()),
        None => values.next().unwrap_or(Value::Null),
    })
}

/// Entries by key in the order in which the keys came.
pub(super) fn grouped(pairs: impl Iterator<Item = (Value, Value)>) -> Vec<(Value, Vec<Value>)> {
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

pub(super) fn histogram(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    if rows.is_empty() {
        return Ok(Value::Null);
    }
    let counts = grouped(firsts(rows).map(|value| (value, Value::Null)));
    Ok(Value::Map(counts.into_iter().map(|(value, all)| (value, Value::Int(all.len() as i64))).collect()))
}

pub(super) fn most_frequent(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
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

pub(super) fn map_agg(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let pairs = rows.into_iter().filter(|row| !row[0].is_null());
    let entries = grouped(pairs.map(|row| (row[0].clone(), row[1].clone())));
    if entries.is_empty() {
        return Ok(Value::Null);
    }
    Ok(Value::Map(entries.into_iter().map(|(key, mut all)| (key, all.swap_remove(0))).collect()))
}

pub(super) fn multimap_agg(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let pairs = rows.into_iter().filter(|row| !row[0].is_null());
    let entries = grouped(pairs.map(|row| (row[0].clone(), row[1].clone())));
    if entries.is_empty() {
        return Ok(Value::Null);
    }
    Ok(Value::Map(entries.into_iter().map(|(key, all)| (key, Value::Array(all))).collect()))
}

pub(super) fn map_union(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    if rows.is_empty() {
        return Ok(Value::Null);
    }
    let pairs = firsts(rows).flat_map(|map| map.as_map().to_vec());
    let entries = grouped(pairs);
    Ok(Value::Map(entries.into_iter().map(|(key, mut all)| (key, all.swap_remove(0))).collect()))
}

/// The most bytes of a `listagg` (Trino's documentation).
pub(super) const MAX_LIST: usize = 1_048_576;

pub(super) fn listagg(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
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

pub(super) fn reduce_agg(site: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
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
