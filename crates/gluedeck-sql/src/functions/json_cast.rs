//! Casts to and from JSON.

use super::json_text::{Json, parsed};
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::number::{double_text, double_with_exponent, real_text, text_to_decimal};
use crate::value::{Value, text};

/// A value cast to JSON.
pub(super) fn cast_to_json(value: &Value, ty: &Type) -> Result<String> {
    to_json(value, ty).map(|json| json.written())
}

pub(super) fn to_json(value: &Value, ty: &Type) -> Result<Json> {
    Ok(match (value, ty) {
        (Value::Null, _) => Json::Null,
        (Value::Bool(value), _) => Json::Bool(*value),
        (Value::Text(text), Type::Json) => parsed(text).unwrap_or(Json::Text(text.clone())),
        (Value::Double(number), _) if !number.is_finite() => Json::Text(double_text(*number)),
        (Value::Double(number), _) => Json::Number(double_text(*number)),
        (Value::Real(number), _) if !number.is_finite() => Json::Text(real_text(*number)),
        (Value::Real(number), _) => Json::Number(real_text(*number)),
        (Value::Int(_), ty) if ty.is_integer() => Json::Number(text(value, ty).unwrap_or_default()),
        (Value::Big(_), Type::Decimal(..)) => Json::Number(text(value, ty).unwrap_or_default()),
        (Value::Array(items), Type::Array(element)) => {
            Json::Array(items.iter().map(|item| to_json(item, element)).collect::<Result<_>>()?)
        }
        (Value::Map(entries), Type::Map(key, of)) => {
            let mut members = Vec::new();
            for (name, value) in entries {
                members.push((text(name, key).unwrap_or_default(), to_json(value, of)?));
            }
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(members)
        }
        (Value::Row(items), Type::Row(fields)) => {
            let member = |((item, (name, ty)), _): ((&Value, &(Option<String>, Type)), usize)| {
                Ok((name.clone().unwrap_or_default(), to_json(item, ty)?))
            };
            Json::Object(items.iter().zip(fields).zip(0..).map(member).collect::<Result<_>>()?)
        }
        (other, ty) => Json::Text(text(other, ty).unwrap_or_default()),
    })
}

/// JSON cast to a type.
pub(super) fn cast_from_json(json: &str, ty: &Type) -> Result<Value> {
    let invalid = || {
        let shown: String = json.chars().take(1000).collect();
        Error::cast(format!("Cannot cast to {ty}. {shown}"))
    };
    // What `json_array_get` leaves without quotes is a text.
    let found = parsed(json).unwrap_or(Json::Text(json.to_owned()));
    from_json(&found, ty).ok_or_else(|| match (&found, ty) {
        (_, Type::Array(_) | Type::Map(..) | Type::Row(_)) => invalid(),
        (Json::Text(text), _) => {
            let word = if *ty == Type::Integer { "INT".to_owned() } else { ty.to_string().to_uppercase() };
            Error::cast(format!("Cannot cast '{text}' to {word}"))
        }
        _ => Error::cast(format!("Cannot cast '{json}' to {ty}")),
    })
}

pub(super) fn from_json(json: &Json, ty: &Type) -> Option<Value> {
    let number = |digits: &str| digits.parse::<f64>().ok();
    Some(match (json, ty) {
        (json, Type::Json) => Value::Text(json.clone().written()),
        (Json::Null, _) => Value::Null,
        (Json::Text(text), Type::Varchar(_)) => Value::text(limited(text, ty)),
        (Json::Bool(value), Type::Varchar(_)) => Value::text(limited(&value.to_string(), ty)),
        (Json::Number(digits), Type::Varchar(_)) => {
            let digits =
                if digits.contains(['.', 'e', 'E']) { double_with_exponent(number(digits)?) } else { digits.clone() };
            Value::text(limited(&digits, ty))
        }
        (Json::Bool(value), Type::Boolean) => Value::Bool(*value),
        (Json::Number(digits), Type::Boolean) => Value::Bool(number(digits)? != 0.0),
        (Json::Text(text), Type::Boolean) => match text.to_lowercase().as_str() {
            "t" | "true" | "1" => Value::Bool(true),
            "f" | "false" | "0" => Value::Bool(false),
            _ => return None,
        },
        (json, ty) if ty.is_numeric() => number_from_json(json, ty)?,
        (Json::Array(items), Type::Array(element)) => {
            Value::Array(items.iter().map(|item| from_json(item, element)).collect::<Option<_>>()?)
        }
        (Json::Object(members), Type::Map(key, of)) => {
            let mut entries: Vec<(Value, Value)> = Vec::new();
            for (name, value) in members {
                let name = from_json(&Json::Text(name.clone()), key)?;
                if entries.iter().any(|(other, _)| *other == name) {
                    return None;
                }
                entries.push((name, from_json(value, of)?));
            }
            Value::Map(entries)
        }
        (Json::Array(items), Type::Row(fields)) if items.len() == fields.len() => {
            let parts = items.iter().zip(fields).map(|(item, (_, ty))| from_json(item, ty));
            Value::Row(parts.collect::<Option<_>>()?)
        }
        (Json::Object(members), Type::Row(fields)) => {
            let field = |(name, ty): &(Option<String>, Type)| {
                let own = name.as_deref().unwrap_or_default();
                match members.iter().find(|(name, _)| name.eq_ignore_ascii_case(own)) {
                    Some((_, value)) => from_json(value, ty),
                    None => Some(Value::Null),
                }
            };
            Value::Row(fields.iter().map(field).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

pub(super) fn limited(text: &str, ty: &Type) -> String {
    match ty {
        Type::Varchar(Some(length)) => text.chars().take(*length as usize).collect(),
        _ => text.to_owned(),
    }
}

/// A number of JSON, or what a text or a truth value is as one.
fn number_from_json(json: &Json, ty: &Type) -> Option<Value> {
    let number = |digits: &str| digits.parse::<f64>().ok();
    Some(match (json, ty) {
        (json, ty) if ty.is_integer() => {
            let whole = match json {
                Json::Bool(value) => i128::from(*value),
                Json::Text(text) => i128::from(text.parse::<i64>().ok()?),
                Json::Number(digits) => match digits.parse::<i128>() {
                    Ok(whole) => whole,
                    Err(_) => number(digits)?.round() as i128,
                },
                _ => return None,
            };
            Value::Int(crate::value::number::integer_within(whole, ty)?)
        }
        (json, Type::Double | Type::Real) => {
            let value = match json {
                Json::Bool(value) => f64::from(u8::from(*value)),
                Json::Text(text) => super::cast_numbers::java_double(text)?,
                Json::Number(digits) => number(digits)?,
                _ => return None,
            };
            if *ty == Type::Real { Value::Real(value as f32) } else { Value::Double(value) }
        }
        (json, Type::Decimal(precision, scale)) => {
            let digits = match json {
                Json::Bool(value) => u8::from(*value).to_string(),
                Json::Text(text) => text.clone(),
                Json::Number(digits) => digits.clone(),
                _ => return None,
            };
            Value::Big(text_to_decimal(&digits, *precision, *scale)??)
        }
        _ => return None,
    })
}
