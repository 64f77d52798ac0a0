//! Texts split.

use super::call::Call;
use crate::error::{Error, Result};
use crate::value::Value;

pub(super) fn split(call: &Call<'_>) -> Result<Value> {
    let (given, delimiter) = (call.text(0), call.text(1));
    if delimiter.is_empty() {
        return Err(Error::argument("The delimiter may not be the empty string"));
    }
    let parts: Vec<Value> = match call.len() {
        3 => {
            let limit = call.int(2);
            if limit <= 0 {
                return Err(Error::argument("Limit must be positive"));
            }
            if limit > i64::from(i32::MAX) {
                return Err(Error::argument("Limit is too large"));
            }
            given.splitn(limit as usize, delimiter).map(Value::text).collect()
        }
        _ => given.split(delimiter).map(Value::text).collect(),
    };
    Ok(Value::Array(parts))
}

pub(super) fn split_part(call: &Call<'_>) -> Result<Value> {
    let (given, delimiter, index) = (call.text(0), call.text(1), call.int(2));
    if index <= 0 {
        return Err(Error::argument("Index must be greater than zero"));
    }
    if delimiter.is_empty() {
        let letter = given.chars().nth(index as usize - 1);
        return Ok(letter.map_or(Value::Null, Value::text));
    }
    Ok(given.split(delimiter).nth(index as usize - 1).map_or(Value::Null, Value::text))
}

/// Pairs of a text such as `a=1,b=2`.
pub(super) fn pairs<'a>(call: &'a Call<'_>) -> Result<Vec<(&'a str, &'a str)>> {
    let (given, entries, keys) = (call.text(0), call.text(1), call.text(2));
    if entries.is_empty() {
        return Err(Error::argument("entryDelimiter is empty"));
    }
    if keys.is_empty() {
        return Err(Error::argument("keyValueDelimiter is empty"));
    }
    if entries == keys {
        return Err(Error::argument("entryDelimiter and keyValueDelimiter must not be the same"));
    }
    let mut found = Vec::new();
    let mut rest = given;
    while !rest.is_empty() {
        let (entry, next) = rest.split_once(entries).unwrap_or((rest, ""));
        match entry.split_once(keys) {
            Some((key, value)) if !value.contains(keys) => found.push((key, value)),
            _ => {
                // The function that makes lists has no quotes there.
                let shown = if call.site.name == "split_to_map" { format!("'{entry}'") } else { entry.to_owned() };
                let message = format!("Key-value delimiter must appear exactly once in each entry. Bad input: {shown}");
                return Err(Error::argument(message));
            }
        }
        rest = next;
    }
    Ok(found)
}

pub(super) fn split_to_map(call: &Call<'_>) -> Result<Value> {
    if call.len() > 3 {
        return split_to_map_resolved(call);
    }
    let mut entries: Vec<(Value, Value)> = Vec::new();
    for (key, value) in pairs(call)? {
        if entries.iter().any(|(other, _)| other.as_text() == key) {
            return Err(Error::argument(format!("Duplicate keys ({key}) are not allowed")));
        }
        entries.push((Value::text(key), Value::text(value)));
    }
    Ok(Value::Map(entries))
}

/// With a lambda that decides between the values of one key.
pub(super) fn split_to_map_resolved(call: &Call<'_>) -> Result<Value> {
    let mut entries: Vec<(Value, Value)> = Vec::new();
    for (key, value) in pairs(call)? {
        let (key, value) = (Value::text(key), Value::text(value));
        match entries.iter().position(|(other, _)| *other == key) {
            None => entries.push((key, value)),
            Some(index) => {
                let earlier = entries[index].1.clone();
                entries[index].1 = call.apply(3, vec![key, earlier, value])?;
            }
        }
    }
    Ok(Value::Map(entries))
}

pub(super) fn split_to_multimap(call: &Call<'_>) -> Result<Value> {
    let mut entries: Vec<(Value, Vec<Value>)> = Vec::new();
    for (key, value) in pairs(call)? {
        let key = Value::text(key);
        match entries.iter_mut().find(|(other, _)| *other == key) {
            Some((_, values)) => values.push(Value::text(value)),
            None => entries.push((key, vec![Value::text(value)])),
        }
    }
    Ok(Value::Map(entries.into_iter().map(|(key, values)| (key, Value::Array(values))).collect()))
}
