//! Casts to numbers.

use crate::error::{Code, Error, Result};
use crate::types::Type;
use crate::value::number::{
    decimal_text, decimal_to_double, double_to_decimal, fits, integer_within, real_to_decimal, rescale,
};
use crate::value::{Value, text};

pub(super) fn type_word(ty: &Type) -> &'static str {
    match ty {
        Type::Tinyint => "TINYINT",
        Type::Smallint => "SMALLINT",
        Type::Integer => "INT",
        Type::Bigint => "BIGINT",
        Type::Real => "REAL",
        Type::Double => "DOUBLE",
        _ => "BOOLEAN",
    }
}

/// A double as Java reads one.
pub(super) fn java_double(text: &str) -> Option<f64> {
    match text {
        "NaN" | "+NaN" | "-NaN" => return Some(f64::NAN),
        "Infinity" | "+Infinity" => return Some(f64::INFINITY),
        "-Infinity" => return Some(f64::NEG_INFINITY),
        _ => {}
    }
    let digits = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    digits.parse().ok().filter(|_| plain)
}

pub(super) fn java_real(text: &str) -> Option<f32> {
    match java_double(text)? {
        value if !value.is_finite() => Some(value as f32),
        _ => text.parse().ok(),
    }
}

pub(super) fn to_number(value: &Value, from: &Type, to: &Type) -> Result<Value> {
    match to {
        Type::Double => Ok(Value::Double(match (value, from) {
            (Value::Big(unscaled), Type::Decimal(_, scale)) => decimal_to_double(*unscaled, *scale),
            _ => boolean_or(value).as_double(),
        })),
        Type::Real => Ok(Value::Real(match (value, from) {
            (Value::Big(unscaled), Type::Decimal(_, scale)) => {
                decimal_text(*unscaled, *scale).parse().unwrap_or(f32::NAN)
            }
            (Value::Int(number), _) => *number as f32,
            _ => boolean_or(value).as_double() as f32,
        })),
        Type::Decimal(precision, scale) => to_decimal(value, from, *precision, *scale).map(Value::Big),
        _ => to_integer(value, from, to).map(Value::Int),
    }
}

pub(super) fn boolean_or(value: &Value) -> Value {
    match value {
        Value::Bool(value) => Value::Int(i64::from(*value)),
        other => other.clone(),
    }
}

pub(super) fn to_integer(value: &Value, from: &Type, to: &Type) -> Result<i64> {
    let number = match (value, from) {
        (Value::Bool(value), _) => return Ok(i64::from(*value)),
        (Value::Int(number), _) => {
            return integer_within(i128::from(*number), to)
                .ok_or_else(|| Error::out_of_range(format!("Out of range for {to}: {number}")));
        }
        (Value::Big(unscaled), Type::Decimal(_, scale)) => {
            let rounded = rescale(*unscaled, *scale, 0).unwrap_or(i128::MAX);
            return integer_within(rounded, to).ok_or_else(|| {
                Error::cast(format!(
                    "Cannot cast '{}' to {}",
                    decimal_text(*unscaled, *scale),
                    to.to_string().to_uppercase()
                ))
            });
        }
        (other, _) => other.as_double(),
    };
    if number.is_nan() {
        return Err(Error::cast(match to {
            Type::Bigint => "Unable to cast NaN to bigint".to_owned(),
            to => format!("Cannot cast {from} NaN to {to}"),
        }));
    }
    // Half away from zero, as Java's `Math.round` does for positive numbers.
    let rounded = if number.abs() < 9.0e18 { number.round() } else { number };
    let within = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded);
    let found = within.then_some(rounded as i128).and_then(|number| integer_within(number, to));
    found.ok_or_else(|| {
        let shown = text(value, from).unwrap_or_default();
        match to {
            Type::Bigint => Error::cast(format!("Unable to cast {shown} to bigint")),
            _ => Error::out_of_range(format!("Out of range for {to}: {shown}")),
        }
    })
}

pub(super) fn to_decimal(value: &Value, from: &Type, precision: u8, scale: u8) -> Result<i128> {
    let (found, shown) = match (value, from) {
        (Value::Bool(value), _) => (rescale(i128::from(*value), 0, scale), value.to_string()),
        (Value::Int(number), _) => (rescale(i128::from(*number), 0, scale), number.to_string()),
        (Value::Big(unscaled), Type::Decimal(_, own)) => {
            (rescale(*unscaled, *own, scale), decimal_text(*unscaled, *own))
        }
        (other, _) => {
            let shown = text(other, from).unwrap_or_default();
            let found = match other {
                Value::Real(number) => real_to_decimal(*number, precision, scale),
                other => double_to_decimal(other.as_double(), precision, scale),
            };
            (found, shown)
        }
    };
    found.filter(|value| fits(*value, precision)).ok_or_else(|| {
        let word = match from {
            Type::Decimal(precision, scale) => format!("DECIMAL({precision}, {scale})"),
            other => other.to_string().to_uppercase(),
        };
        let _ = Code::NumericValueOutOfRange;
        Error::cast(format!("Cannot cast {word} '{shown}' to DECIMAL({precision}, {scale})"))
    })
}
