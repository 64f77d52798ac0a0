//! The value of an expression for a row.

use super::functions::{apply, is_aggregate};
use super::tree::{Expr, Period};
use super::value::Value;
use chrono::{DateTime, Utc};
use std::cmp::Ordering;

/// Where fields come from: an event, or a group of a stats command.
pub(super) trait Scope {
    fn field(&self, name: &str) -> Value;

    /// The value of an aggregate, where rows are grouped.
    fn aggregate(&self, name: &str, arguments: &[Expr]) -> Value;
}

pub(super) fn evaluate(expr: &Expr, scope: &dyn Scope, now: DateTime<Utc>) -> Value {
    let of = |expr: &Expr| evaluate(expr, scope, now);
    match expr {
        Expr::Number(number) => Value::Number(*number),
        Expr::Text(text) => Value::Text(text.clone()),
        Expr::Field(name) => scope.field(name),
        Expr::Period(_) | Expr::Star => Value::Nothing,
        Expr::Call(name, arguments) if is_aggregate(name) => scope.aggregate(name, arguments),
        Expr::Call(name, arguments) => {
            let period = arguments.iter().rev().find_map(period);
            if name == "bin" {
                return apply(name, &[scope.field("@timestamp")], period, now);
            }
            let values: Vec<Value> = arguments.iter().map(of).collect();
            apply(name, &values, period, now)
        }
        Expr::Negative(inner) => of(inner).number().map_or(Value::Nothing, |number| Value::Number(-number)),
        Expr::Binary(sign, left, right) => {
            let (Some(left), Some(right)) = (of(left).number(), of(right).number()) else { return Value::Nothing };
            let number = match sign {
                '+' => left + right,
                '-' => left - right,
                '*' => left * right,
                '/' => left / right,
                '%' => left % right,
                _ => left.powf(right),
            };
            if number.is_finite() { Value::Number(number) } else { Value::Nothing }
        }
        Expr::Compare(sign, left, right) => Value::of_truth(compares(sign, &of(left), &of(right))),
        Expr::Like(value, regex) => Value::of_truth(of(value).text().is_some_and(|text| regex.is_match(&text))),
        Expr::Contains(value, part) => {
            let (value, part) = (of(value).text(), of(part).text());
            Value::of_truth(value.zip(part).is_some_and(|(value, part)| value.contains(&part)))
        }
        Expr::In(value, others) => {
            let value = of(value);
            Value::of_truth(others.iter().any(|other| compares("=", &value, &of(other))))
        }
        Expr::Not(inner) => Value::of_truth(!of(inner).holds()),
        Expr::And(left, right) => Value::of_truth(of(left).holds() && of(right).holds()),
        Expr::Or(left, right) => Value::of_truth(of(left).holds() || of(right).holds()),
    }
}

fn period(expr: &Expr) -> Option<Period> {
    match expr {
        Expr::Period(period) => Some(*period),
        _ => None,
    }
}

/// Numbers if both sides read as numbers, else text. What is not there fails every comparison.
fn compares(sign: &str, left: &Value, right: &Value) -> bool {
    let ordering = match (left.number(), right.number()) {
        (Some(left), Some(right)) => left.partial_cmp(&right),
        _ => left.text().zip(right.text()).map(|(left, right)| left.cmp(&right)),
    };
    ordering.is_some_and(|ordering| match sign {
        "=" => ordering.is_eq(),
        "!=" => ordering.is_ne(),
        "<" => ordering.is_lt(),
        "<=" => ordering.is_le(),
        ">" => ordering.is_gt(),
        _ => ordering.is_ge(),
    })
}

/// The natural order of sort: what is digits only comes last, by number; the others by pieces of digits and of other letters.
pub(super) fn natural(left: &Value, right: &Value) -> Ordering {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match (left, right) {
        (Value::Nothing, Value::Nothing) => return Ordering::Equal,
        (Value::Nothing, _) => return Ordering::Less,
        (_, Value::Nothing) => return Ordering::Greater,
        (Value::Number(left), Value::Number(right)) => return left.total_cmp(right),
        (Value::Time(left), Value::Time(right)) => return left.cmp(right),
        _ => {}
    }
    let (left, right) = (left.text().unwrap_or_default(), right.text().unwrap_or_default());
    match (digits(&left), digits(&right)) {
        (true, true) => by_digits(&left, &right),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => pieces(&left).cmp(&pieces(&right)),
    }
}

/// Digits by their value, and what is longer last.
fn by_digits(left: &str, right: &str) -> Ordering {
    let plain = |text: &str| text.trim_start_matches('0').to_owned();
    let (a, b) = (plain(left), plain(right));
    (a.len(), a, left.len()).cmp(&(b.len(), b, right.len()))
}

/// Pieces of digits, which are ordered by length and value, and of other letters.
fn pieces(text: &str) -> Vec<(bool, usize, String)> {
    let mut pieces: Vec<(bool, usize, String)> = Vec::new();
    for letter in text.chars() {
        let digit = letter.is_ascii_digit();
        match pieces.last_mut() {
            Some((of_digits, length, piece)) if *of_digits == digit => {
                piece.push(letter);
                *length += usize::from(digit);
            }
            _ => pieces.push((digit, usize::from(digit), letter.to_string())),
        }
    }
    pieces
}
