//! Aggregates of a group of rows.

use super::evaluate::{Scope, evaluate, natural};
use super::row::Row;
use super::tree::Expr;
use super::value::Value;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// The rows of one group.
pub(super) struct Group<'a> {
    pub(super) rows: Vec<&'a Row>,
    pub(super) now: DateTime<Utc>,
}

impl Scope for Group<'_> {
    fn field(&self, name: &str) -> Value {
        self.rows.first().map_or(Value::Nothing, |row| row.field(name))
    }

    fn aggregate(&self, name: &str, arguments: &[Expr]) -> Value {
        let Some(argument) = arguments.first().filter(|argument| !matches!(argument, Expr::Star)) else {
            return Value::Number(self.rows.len() as f64);
        };
        let values: Vec<Value> = self.rows.iter().map(|row| evaluate(argument, *row, self.now)).collect();
        let present = || values.iter().filter(|value| value.is_present());
        let numbers: Vec<f64> = values.iter().filter_map(Value::number).collect();
        let count = numbers.len() as f64;
        let of = |number: Option<f64>| number.map_or(Value::Nothing, Value::Number);
        let some = |number: f64| if numbers.is_empty() { Value::Nothing } else { Value::Number(number) };
        match name {
            "count" => Value::Number(present().count() as f64),
            "count_distinct" => Value::Number(present().filter_map(Value::text).collect::<BTreeSet<_>>().len() as f64),
            "sum" => some(numbers.iter().sum()),
            "avg" => some(numbers.iter().sum::<f64>() / count),
            "min" => of(numbers.iter().copied().reduce(f64::min)),
            "max" => of(numbers.iter().copied().reduce(f64::max)),
            "stddev" => {
                let mean = numbers.iter().sum::<f64>() / count;
                some((numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count).sqrt())
            }
            "pct" => {
                let percent = arguments.get(1).and_then(|percent| evaluate(percent, self, self.now).number());
                percent.map_or(Value::Nothing, |percent| of(percentile(numbers, percent)))
            }
            "earliest" => self.at_time(&values, false),
            "latest" => self.at_time(&values, true),
            "sortsfirst" => present().min_by(|a, b| natural(a, b)).cloned().unwrap_or(Value::Nothing),
            "sortslast" => present().max_by(|a, b| natural(a, b)).cloned().unwrap_or(Value::Nothing),
            _ => Value::Nothing,
        }
    }
}

impl Group<'_> {
    /// The value of the row with the first or the last time; times are then numbers (seen on AWS).
    fn at_time(&self, values: &[Value], latest: bool) -> Value {
        let timed = self.rows.iter().zip(values).filter(|(_, value)| value.is_present());
        let timed = timed.filter_map(|(row, value)| match row.field("@timestamp") {
            Value::Time(at) => Some((at, value)),
            _ => None,
        });
        let found = if latest { timed.max_by_key(|(at, _)| *at) } else { timed.min_by_key(|(at, _)| *at) };
        match found {
            Some((_, Value::Time(millis))) => Value::Number(*millis as f64),
            Some((_, value)) => value.clone(),
            None => Value::Nothing,
        }
    }
}

/// The value below which so many percent are, between the two that are nearest.
fn percentile(mut numbers: Vec<f64>, percent: f64) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let last = numbers.len().checked_sub(1)?;
    let place = (percent.clamp(0.0, 100.0) / 100.0) * last as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    Some(numbers[low] + (numbers[high] - numbers[low]) * place.fract())
}
