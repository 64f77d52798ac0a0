//! JSON: the older functions, and casts to and from it. Numbers keep the digits that they are written with.

use super::call::{Body, Call};
use super::json_text::{Json, parsed};
use crate::error::{Error, Result};
use crate::value::Value;

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("is_json_scalar", |call| {
        let found =
            parsed(call.text(0)).map_err(|_| Error::argument(format!("Invalid JSON value: {}", call.text(0))))?;
        Ok(Value::Bool(!matches!(found, Json::Array(_) | Json::Object(_))))
    }),
    ("json_array_contains", json_array_contains),
    ("json_array_get", json_array_get),
    ("json_array_length", |call| {
        Ok(match parsed(call.text(0)) {
            Ok(Json::Array(items)) => Value::Int(items.len() as i64),
            _ => Value::Null,
        })
    }),
    ("json_extract", |call| Ok(extracted(call)?.map_or(Value::Null, |found| Value::Text(found.written())))),
    ("json_extract_scalar", |call| {
        Ok(match extracted(call)? {
            Some(Json::Text(text)) => Value::Text(text),
            Some(Json::Number(digits)) => Value::Text(digits),
            Some(Json::Bool(value)) => Value::text(value.to_string()),
            _ => Value::Null,
        })
    }),
    ("json_format", |call| Ok(Value::text(call.text(0)))),
    ("json_parse", |call| json_parse(call.text(0)).map(Value::Text)),
    ("json_size", |call| {
        Ok(match extracted(call)? {
            Some(Json::Array(items)) => Value::Int(items.len() as i64),
            Some(Json::Object(members)) => Value::Int(members.len() as i64),
            Some(_) => Value::Int(0),
            None => Value::Null,
        })
    }),
];

/// The text of JSON as `json_parse` keeps it.
pub(crate) fn json_parse(text: &str) -> Result<String> {
    let found = parsed(text).map_err(|()| Error::argument(format!("Cannot convert value to JSON: '{text}'")))?;
    Ok(found.canonical().written())
}

/// The steps of a path such as `$.store.book[0]["title"]`.
fn steps(path: &str) -> Result<Vec<String>> {
    let invalid = || Error::argument(format!("Invalid JSON path: '{path}'"));
    let mut rest = path.strip_prefix('$').ok_or_else(invalid)?;
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        match first {
            '.' => {
                let end = rest[1..].find(['.', '[']).map_or(rest.len(), |at| at + 1);
                let name = &rest[1..end];
                let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '$' | '@');
                if name.is_empty() || !name.chars().all(plain) {
                    return Err(invalid());
                }
                found.push(name.to_owned());
                rest = &rest[end..];
            }
            '[' => {
                let inner = &rest[1..];
                if let Some(text) = inner.strip_prefix('"') {
                    let mut name = String::new();
                    let mut letters = text.char_indices();
                    let end = loop {
                        match letters.next().ok_or_else(invalid)? {
                            (at, '"') => break at,
                            (_, '\\') => name.push(letters.next().ok_or_else(invalid)?.1),
                            (_, letter) => name.push(letter),
                        }
                    };
                    found.push(name);
                    rest = text[end + 1..].strip_prefix(']').ok_or_else(invalid)?;
                } else {
                    let end = inner.find(']').ok_or_else(invalid)?;
                    let name = &inner[..end];
                    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_')) {
                        return Err(invalid());
                    }
                    found.push(name.to_owned());
                    rest = &inner[end + 1..];
                }
            }
            _ => return Err(invalid()),
        }
    }
    Ok(found)
}

fn extracted(call: &Call<'_>) -> Result<Option<Json>> {
    let steps = steps(call.text(1))?;
    let Ok(mut found) = parsed(call.text(0)) else { return Ok(None) };
    for step in steps {
        let next = match found {
            Json::Object(members) => members.into_iter().find(|(name, _)| *name == step).map(|(_, value)| value),
            Json::Array(items) => step.parse::<usize>().ok().and_then(|index| items.into_iter().nth(index)),
            _ => None,
        };
        match next {
            Some(next) => found = next,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

fn json_array_contains(call: &Call<'_>) -> Result<Value> {
    let Ok(Json::Array(items)) = parsed(call.text(0)) else { return Ok(Value::Null) };
    let wanted = call.get(1);
    let same = |item: &Json| match (item, wanted) {
        (Json::Bool(item), Value::Bool(wanted)) => item == wanted,
        (Json::Text(item), Value::Text(wanted)) => item == wanted,
        (Json::Number(digits), Value::Int(wanted)) => digits.parse::<i64>() == Ok(*wanted),
        (Json::Number(digits), Value::Double(wanted)) => {
            digits.contains(['.', 'e', 'E'])
                && digits.parse::<f64>().is_ok_and(|number| number == *wanted && number.is_finite())
        }
        _ => false,
    };
    Ok(Value::Bool(items.iter().any(same)))
}

fn json_array_get(call: &Call<'_>) -> Result<Value> {
    let Ok(Json::Array(items)) = parsed(call.text(0)) else { return Ok(Value::Null) };
    let index = call.int(1);
    let index = if index < 0 { items.len() as i64 + index } else { index };
    Ok(match usize::try_from(index).ok().and_then(|index| items.get(index)) {
        None | Some(Json::Null) => Value::Null,
        // Without its quotes, as the documentation warns.
        Some(Json::Text(text)) => Value::text(text.as_str()),
        Some(other) => Value::Text(other.written()),
    })
}
