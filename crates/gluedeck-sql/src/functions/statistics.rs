//! Statistics over the rows of a group, by the formulas that Trino uses.

use super::call::Site;
use crate::error::{Code, Error, Result};
use crate::types::Type;
use crate::value::Value;

fn of_type(site: &Site, value: f64) -> Value {
    match site.result {
        Type::Real => Value::Real(value as f32),
        _ => Value::Double(value),
    }
}

/// Welford's way: the mean and the sum of the squares of what is away from it.
pub(super) fn variance(site: &Site, rows: Vec<Vec<Value>>, sample: bool, root: bool) -> Result<Value> {
    let (mut count, mut mean, mut m2) = (0.0, 0.0, 0.0);
    for row in &rows {
        let value = row[0].as_double();
        count += 1.0;
        let delta = value - mean;
        mean += delta / count;
        m2 += delta * (value - mean);
    }
    let divisor = if sample { count - 1.0 } else { count };
    if divisor <= 0.0 {
        return Ok(Value::Null);
    }
    let found: f64 = m2 / divisor;
    Ok(of_type(site, if root { found.sqrt() } else { found }))
}

#[derive(Default)]
struct Covariance {
    count: f64,
    mean_x: f64,
    mean_y: f64,
    c2: f64,
    m2_x: f64,
    m2_y: f64,
}

impl Covariance {
    /// Of rows whose second argument is x.
    fn of(rows: &[Vec<Value>]) -> Self {
        let mut found = Self::default();
        for row in rows {
            let (x, y) = (row[1].as_double(), row[0].as_double());
            let (old_x, old_y) = (found.mean_x, found.mean_y);
            found.count += 1.0;
            found.mean_x = old_x + (x - old_x) / found.count;
            found.mean_y = old_y + (y - old_y) / found.count;
            found.c2 += (x - old_x) * (y - found.mean_y);
            found.m2_x += (x - old_x) * (x - found.mean_x);
            found.m2_y += (y - old_y) * (y - found.mean_y);
        }
        found
    }
}

pub(super) fn covariance(site: &Site, rows: Vec<Vec<Value>>, sample: bool) -> Result<Value> {
    let found = Covariance::of(&rows);
    let divisor = if sample { found.count - 1.0 } else { found.count };
    Ok(if divisor <= 0.0 { Value::Null } else { of_type(site, found.c2 / divisor) })
}

pub(super) fn corr(site: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let found = Covariance::of(&rows);
    let value = found.c2 / found.m2_x.sqrt() / found.m2_y.sqrt();
    Ok(if value.is_finite() { of_type(site, value) } else { Value::Null })
}

pub(super) fn regression(site: &Site, rows: Vec<Vec<Value>>, intercept: bool) -> Result<Value> {
    let found = Covariance::of(&rows);
    let slope = found.c2 / found.m2_x;
    let value = if intercept { found.mean_y - slope * found.mean_x } else { slope };
    Ok(if value.is_finite() { of_type(site, value) } else { Value::Null })
}

/// Count and the first four central moments.
fn moments(rows: &[Vec<Value>]) -> (f64, f64, f64, f64) {
    let (mut n, mut m1, mut m2, mut m3, mut m4) = (0.0f64, 0.0f64, 0.0f64, 0.0f64, 0.0f64);
    for row in rows {
        let before = n;
        n += 1.0;
        let delta = row[0].as_double() - m1;
        let delta_n = delta / n;
        let delta_n2 = delta_n * delta_n;
        let term = delta * delta_n * before;
        m1 += delta_n;
        m4 += term * delta_n2 * (n * n - 3.0 * n + 3.0) + 6.0 * delta_n2 * m2 - 4.0 * delta_n * m3;
        m3 += term * delta_n * (n - 2.0) - 3.0 * delta_n * m2;
        m2 += term;
    }
    (n, m2, m3, m4)
}

pub(super) fn skewness(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let (n, m2, m3, _) = moments(&rows);
    if n < 3.0 {
        return Ok(Value::Null);
    }
    Ok(Value::Double(n.sqrt() * m3 / m2.powf(1.5)))
}

pub(super) fn kurtosis(_: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let (n, m2, _, m4) = moments(&rows);
    if n < 4.0 {
        return Ok(Value::Null);
    }
    let variance = m2 / (n - 1.0);
    let value = (n * (n + 1.0)) / ((n - 1.0) * (n - 2.0) * (n - 3.0)) * m4 / (variance * variance)
        - 3.0 * ((n - 1.0) * (n - 1.0)) / ((n - 2.0) * (n - 3.0));
    Ok(Value::Double(value))
}

pub(super) fn geometric_mean(site: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    if rows.is_empty() {
        return Ok(Value::Null);
    }
    let sum: f64 = rows.iter().map(|row| row[0].as_double().ln()).sum();
    Ok(of_type(site, (sum / rows.len() as f64).exp()))
}

/// Values with weights, in order.
fn weighted(rows: &[Vec<Value>], weight: Option<usize>) -> Result<Vec<(f64, f64)>> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let weight = weight.map_or(1.0, |index| row[index].as_double());
        if weight < 1.0 {
            let shown = crate::value::number::double_text(weight);
            return Err(Error::argument(format!("weight must be >= 1, was {shown}")));
        }
        found.push((row[0].as_double(), weight));
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(found)
}

/// The value at a quantile of weighted values, as a T-digest that keeps all of them tells it.
fn value_at(values: &[(f64, f64)], quantile: f64) -> f64 {
    let (first, last) = (values[0], values[values.len() - 1]);
    if values.len() == 1 {
        return first.0;
    }
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let index = quantile * total;
    if index < 1.0 {
        return first.0;
    }
    if index > total - 1.0 {
        return last.0;
    }
    let mut so_far = first.1 / 2.0;
    for pair in values.windows(2) {
        let ((left, left_weight), (right, right_weight)) = (pair[0], pair[1]);
        let delta = (left_weight + right_weight) / 2.0;
        if so_far + delta > index {
            let mut left_unit = 0.0;
            if left_weight == 1.0 {
                if index - so_far < 0.5 {
                    return left;
                }
                left_unit = 0.5;
            }
            let mut right_unit = 0.0;
            if right_weight == 1.0 {
                if so_far + delta - index <= 0.5 {
                    return right;
                }
                right_unit = 0.5;
            }
            let (z1, z2) = (index - so_far - left_unit, so_far + delta - index - right_unit);
            return (left * z2 + right * z1) / (z1 + z2);
        }
        so_far += delta;
    }
    last.0
}

/// The value at a rank: what a quantile digest of few values answers.
fn ranked(values: &[(f64, f64)], quantile: f64) -> f64 {
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0.0;
    for (value, weight) in values {
        sum += weight;
        if sum > quantile * total {
            return *value;
        }
    }
    values[values.len() - 1].0
}

pub(super) fn approx_percentile(site: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let Some(first) = rows.first().cloned() else { return Ok(Value::Null) };
    let arguments = site.types.len();
    // (x, percentile), (x, weight, percentile), (x, weight, percentile, accuracy)
    let (weight, percentile) = if arguments == 2 { (None, 1) } else { (Some(1), 2) };
    if arguments == 4 {
        let accuracy = first[3].as_double();
        if !(accuracy > 0.0 && accuracy < 1.0) {
            return Err(Error::argument("Percentile accuracy must be strictly between 0 and 1"));
        }
    }
    if rows.iter().any(|row| row[0].as_double().is_nan()) {
        return Err(Error::argument("value is NaN"));
    }
    for row in &rows {
        if let Value::Int(value) = row[0]
            && (value as f64) as i128 != i128::from(value)
        {
            return Err(Error::argument(format!("no exact double representation for long: {value}")));
        }
    }
    let values = weighted(&rows, weight)?;
    let element = match &site.result {
        Type::Array(element) => element.as_ref(),
        other => other,
    };
    let at = |quantile: &Value| {
        if quantile.is_null() {
            return Err(Error::argument("Percentile cannot be null"));
        }
        let quantile = quantile.as_double();
        if !(0.0..=1.0).contains(&quantile) {
            return Err(Error::argument("Percentile must be between 0 and 1"));
        }
        let value = if arguments == 4 { ranked(&values, quantile) } else { value_at(&values, quantile) };
        Ok(match element {
            Type::Bigint => Value::Int((value + 0.5).floor() as i64),
            Type::Real => Value::Real(value as f32),
            _ => Value::Double(value),
        })
    };
    match &first[percentile] {
        Value::Array(quantiles) => quantiles.iter().map(at).collect::<Result<_>>().map(Value::Array),
        quantile => at(quantile),
    }
}

/// The two neighbours whose merging costs least are merged until there are few enough.
pub(super) fn numeric_histogram(site: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    let Some(first) = rows.first() else { return Ok(Value::Null) };
    let buckets = first[0].as_int();
    if buckets < 2 {
        return Err(Error::argument(format!(
            "numeric_histogram bucket count must be greater than one, input bucket count: {buckets}"
        )));
    }
    let mut values: Vec<(f64, f64)> =
        rows.iter().map(|row| (row[1].as_double(), row.get(2).map_or(1.0, Value::as_double))).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (value, weight) in values {
        match merged.last_mut() {
            Some((last, sum)) if *last == value => *sum += weight,
            _ => merged.push((value, weight)),
        }
    }
    let penalty = |a: (f64, f64), b: (f64, f64)| {
        let weight = a.1 + b.1;
        let difference = a.0 - b.0;
        weight * difference * difference * (a.1 * b.1) / (weight * weight)
    };
    while merged.len() > buckets as usize {
        let cost = |index: &usize| penalty(merged[*index], merged[*index + 1]);
        let Some(best) = (0..merged.len() - 1).min_by(|a, b| cost(a).total_cmp(&cost(b))) else { break };
        let ((x, v), (y, w)) = (merged[best], merged[best + 1]);
        merged[best] = ((x * v + y * w) / (v + w), v + w);
        merged.remove(best + 1);
    }
    let real = matches!(&site.result, Type::Map(key, _) if **key == Type::Real);
    let number = |value: f64| if real { Value::Real(value as f32) } else { Value::Double(value) };
    Ok(Value::Map(merged.into_iter().map(|(value, weight)| (number(value), number(weight))).collect()))
}

const PRIME: i64 = 0x9E37_79B1_85EB_CA87_u64 as i64;

/// Of a value's hash, as Trino has it for the plain types.
fn hash(value: &Value, ty: &Type) -> Option<i64> {
    let of_long = |value: i64| twox_hash::XxHash64::oneshot(0, &value.to_le_bytes()) as i64;
    Some(match (value, ty) {
        (Value::Bool(value), _) => of_long(i64::from(*value)),
        (Value::Int(value), _) => of_long(*value),
        (Value::Double(value), _) => of_long(if *value == 0.0 { 0 } else { value.to_bits() as i64 }),
        (Value::Text(text), Type::Varchar(_)) => twox_hash::XxHash64::oneshot(0, text.as_bytes()) as i64,
        (Value::Bytes(bytes), Type::Varbinary) => twox_hash::XxHash64::oneshot(0, bytes) as i64,
        (Value::Big(value), Type::Decimal(..)) => of_long(i64::try_from(*value).ok()?),
        _ => return None,
    })
}

pub(super) fn checksum(site: &Site, rows: Vec<Vec<Value>>) -> Result<Value> {
    if rows.is_empty() {
        return Ok(Value::Null);
    }
    let ty = &site.types[0];
    let mut sum = 0i64;
    for row in rows {
        let part = match &row[0] {
            Value::Null => PRIME,
            value => match hash(value, ty) {
                Some(hash) => hash.wrapping_mul(PRIME),
                None => {
                    return Err(Error::of_value(Code::NotSupported, format!("gluedeck does not do checksum of {ty}")));
                }
            },
        };
        sum = sum.wrapping_add(part);
    }
    Ok(Value::Bytes(sum.to_le_bytes().to_vec()))
}
