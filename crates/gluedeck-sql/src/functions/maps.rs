//! Maps.

use super::call::{Body, Call};
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::{Value, text};

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("map", map),
    ("map_concat", map_concat),
    ("map_entries", |call| {
        let entry = |(key, value): &(Value, Value)| Value::Row(vec![key.clone(), value.clone()]);
        Ok(Value::Array(call.get(0).as_map().iter().map(entry).collect()))
    }),
    ("map_filter", map_filter),
    ("map_from_entries", map_from_entries),
    ("map_keys", |call| Ok(Value::Array(call.get(0).as_map().iter().map(|(key, _)| key.clone()).collect()))),
    ("map_values", |call| Ok(Value::Array(call.get(0).as_map().iter().map(|(_, value)| value.clone()).collect()))),
    ("map_zip_with", map_zip_with),
    ("multimap_from_entries", multimap_from_entries),
    ("transform_keys", transform_keys),
    ("transform_values", transform_values),
];

/// A map of entries, each key once.
fn checked(entries: Vec<(Value, Value)>, key: &Type, what: &str) -> Result<Value> {
    let mut found: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
    let mut seen = std::collections::HashSet::new();
    for (name, value) in entries {
        if name.is_null() {
            return Err(Error::argument("map key cannot be null"));
        }
        if name.has_null() {
            return Err(Error::argument(
                "map key cannot be indeterminate: ".to_owned() + &text(&name, key).unwrap_or_default(),
            ));
        }
        if !seen.insert(name.clone()) {
            let shown = text(&name, key).unwrap_or_default();
            return Err(Error::argument(format!("{what} ({shown}) are not allowed")));
        }
        found.push((name, value));
    }
    Ok(Value::Map(found))
}

fn key_type(ty: &Type) -> Type {
    match ty {
        Type::Map(key, _) => (**key).clone(),
        _ => Type::Unknown,
    }
}

fn map(call: &Call<'_>) -> Result<Value> {
    let (keys, values) = (call.array(0), call.array(1));
    if keys.len() != values.len() {
        return Err(Error::argument("Key and value arrays must be the same length"));
    }
    let entries = keys.iter().cloned().zip(values.iter().cloned()).collect();
    checked(entries, &key_type(call.result()), "Duplicate map keys")
}

fn map_concat(call: &Call<'_>) -> Result<Value> {
    if call.len() < 2 {
        return Err(Error::argument("There must be two or more concatenation arguments to map_concat"));
    }
    let mut found: Vec<(Value, Value)> = Vec::new();
    for map in call.values {
        for (key, value) in map.as_map() {
            match found.iter_mut().find(|(other, _)| other == key) {
                Some((_, own)) => *own = value.clone(),
                None => found.push((key.clone(), value.clone())),
            }
        }
    }
    Ok(Value::Map(found))
}

fn rows(entries: &[(Value, Value)]) -> Vec<Vec<Value>> {
    entries.iter().map(|(key, value)| vec![key.clone(), value.clone()]).collect()
}

fn map_filter(call: &Call<'_>) -> Result<Value> {
    let entries = call.get(0).as_map();
    let kept = call.each(1, &rows(entries))?;
    let entries = entries.iter().zip(kept).filter(|(_, kept)| kept.as_bool());
    Ok(Value::Map(entries.map(|(entry, _)| entry.clone()).collect()))
}

/// The key and the value of a row that is an entry.
fn entry(row: &Value) -> Result<(Value, Value)> {
    match row.as_array() {
        [key, value] if !row.is_null() => {
            if key.is_null() {
                return Err(Error::argument("map key cannot be null"));
            }
            Ok((key.clone(), value.clone()))
        }
        _ => Err(Error::argument("map entry cannot be null")),
    }
}

fn map_from_entries(call: &Call<'_>) -> Result<Value> {
    let entries = call.array(0).iter().map(entry).collect::<Result<Vec<_>>>()?;
    checked(entries, &key_type(call.result()), "Duplicate keys")
}

fn multimap_from_entries(call: &Call<'_>) -> Result<Value> {
    let mut found: Vec<(Value, Vec<Value>)> = Vec::new();
    for row in call.array(0) {
        let (key, value) = entry(row)?;
        match found.iter_mut().find(|(other, _)| *other == key) {
            Some((_, values)) => values.push(value),
            None => found.push((key, vec![value])),
        }
    }
    Ok(Value::Map(found.into_iter().map(|(key, values)| (key, Value::Array(values))).collect()))
}

fn map_zip_with(call: &Call<'_>) -> Result<Value> {
    let (a, b) = (call.get(0).as_map(), call.get(1).as_map());
    let value = |entries: &[(Value, Value)], key: &Value| {
        entries.iter().find(|(other, _)| other == key).map_or(Value::Null, |(_, value)| value.clone())
    };
    let only_b = b.iter().filter(|(key, _)| !a.iter().any(|(other, _)| other == key));
    let keys: Vec<&Value> = a.iter().chain(only_b).map(|(key, _)| key).collect();
    let rows: Vec<Vec<Value>> = keys.iter().map(|key| vec![(*key).clone(), value(a, key), value(b, key)]).collect();
    let values = call.each(2, &rows)?;
    Ok(Value::Map(keys.into_iter().cloned().zip(values).collect()))
}

fn transform_keys(call: &Call<'_>) -> Result<Value> {
    let entries = call.get(0).as_map();
    let keys = call.each(1, &rows(entries))?;
    let found = keys.into_iter().zip(entries).map(|(key, (_, value))| (key, value.clone())).collect();
    checked(found, &key_type(call.result()), "Duplicate keys")
}

fn transform_values(call: &Call<'_>) -> Result<Value> {
    let entries = call.get(0).as_map();
    let values = call.each(1, &rows(entries))?;
    Ok(Value::Map(entries.iter().zip(values).map(|((key, _), value)| (key.clone(), value)).collect()))
}
