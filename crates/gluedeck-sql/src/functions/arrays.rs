//! Arrays.

use super::call::{Body, Call};
use super::sequences::{combinations, repeat, sequence, shuffle};
use crate::error::{Code, Error, Result};
use crate::types::Type;
use crate::value::{Value, equal, extreme, text};
use std::collections::HashSet;

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("all_match", |call| matched(call, false, false, true)),
    ("any_match", |call| matched(call, true, true, false)),
    ("none_match", |call| matched(call, true, false, true)),
    ("array_distinct", |call| Ok(Value::Array(distinct(call.array(0).iter())))),
    ("array_except", |call| {
        let other: HashSet<&Value> = call.array(1).iter().collect();
        Ok(Value::Array(distinct(call.array(0).iter().filter(|item| !other.contains(item)))))
    }),
    ("array_first", |call| Ok(call.array(0).first().cloned().unwrap_or(Value::Null))),
    ("array_histogram", array_histogram),
    ("array_intersect", |call| {
        let other: HashSet<&Value> = call.array(1).iter().collect();
        Ok(Value::Array(distinct(call.array(0).iter().filter(|item| other.contains(item)))))
    }),
    ("array_join", array_join),
    ("array_last", |call| Ok(call.array(0).last().cloned().unwrap_or(Value::Null))),
    ("array_max", |call| Ok(extreme_item(call, true))),
    ("array_min", |call| Ok(extreme_item(call, false))),
    ("array_position", |call| {
        check_elements(call)?;
        let found = call.array(0).iter().position(|item| equal(item, call.get(1)) == Some(true));
        Ok(Value::Int(found.map_or(0, |at| at as i64 + 1)))
    }),
    ("array_remove", |call| {
        check_elements(call)?;
        let kept = call.array(0).iter().filter(|item| equal(item, call.get(1)) != Some(true));
        Ok(Value::Array(kept.cloned().collect()))
    }),
    ("array_sort", array_sort),
    ("array_union", |call| Ok(Value::Array(distinct(call.array(0).iter().chain(call.array(1)))))),
    ("arrays_overlap", arrays_overlap),
    ("cardinality", cardinality),
    ("combinations", combinations),
    ("contains", contains),
    ("contains_sequence", |call| {
        let (all, part) = (call.array(0), call.array(1));
        Ok(Value::Bool(part.is_empty() || all.windows(part.len()).any(|window| window == part)))
    }),
    ("element_at", element_at),
    ("filter", filter),
    ("flatten", |call| Ok(Value::Array(call.array(0).iter().flat_map(|items| items.as_array().to_vec()).collect()))),
    ("ngrams", ngrams),
    ("reduce", reduce),
    ("repeat", repeat),
    ("sequence", sequence),
    ("shuffle", shuffle),
    ("slice", slice),
    ("transform", |call| {
        let rows: Vec<Vec<Value>> = call.array(0).iter().map(|item| vec![item.clone()]).collect();
        if call.get(0).is_null() {
            return Ok(Value::Null);
        }
        call.each(1, &rows).map(Value::Array)
    }),
    ("trim_array", trim_array),
    ("zip", zip),
    ("zip_with", zip_with),
];

/// Elements without those that came before.
fn distinct<'a>(items: impl Iterator<Item = &'a Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    items.filter(|item| seen.insert(*item)).cloned().collect()
}

/// Whether elements match: what one that does (or does not) match decides, and what none says.
fn matched(call: &Call<'_>, decisive: bool, decided: bool, otherwise: bool) -> Result<Value> {
    let mut unknown = false;
    for item in call.array(0) {
        match call.apply(1, vec![item.clone()])? {
            Value::Bool(found) if found == decisive => return Ok(Value::Bool(decided)),
            Value::Null => unknown = true,
            _ => {}
        }
    }
    Ok(if unknown { Value::Null } else { Value::Bool(otherwise) })
}

fn array_histogram(call: &Call<'_>) -> Result<Value> {
    let mut counts: Vec<(Value, i64)> = Vec::new();
    for item in call.array(0).iter().filter(|item| !item.is_null()) {
        match counts.iter_mut().find(|(other, _)| other == item) {
            Some((_, count)) => *count += 1,
            None => counts.push((item.clone(), 1)),
        }
    }
    Ok(Value::Map(counts.into_iter().map(|(item, count)| (item, Value::Int(count))).collect()))
}

fn array_join(call: &Call<'_>) -> Result<Value> {
    let element = match call.ty(0) {
        Type::Array(element) => element.as_ref().clone(),
        _ => Type::Unknown,
    };
    let replacement = (call.len() > 2).then(|| call.text(2));
    let mut parts = Vec::new();
    for item in call.array(0) {
        let shown = match (&element, item) {
            (Type::Json, Value::Text(json)) => match super::json_cast::cast_from_json(json, &Type::VARCHAR)? {
                Value::Text(text) => Some(text),
                _ => None,
            },
            _ => super::cast::text_of_cast(item, &element),
        };
        match shown {
            Some(item) => parts.push(item),
            None => parts.extend(replacement.map(str::to_owned)),
        }
    }
    Ok(Value::Text(parts.join(call.text(1))))
}

fn extreme_item(call: &Call<'_>, largest: bool) -> Value {
    let items = call.array(0);
    let found = if items.iter().any(Value::is_null) { None } else { extreme(items, largest) };
    found.cloned().unwrap_or(Value::Null)
}

fn array_sort(call: &Call<'_>) -> Result<Value> {
    let mut items = call.array(0).to_vec();
    if call.len() == 1 {
        items.sort();
        return Ok(Value::Array(items));
    }
    // An insertion sort asks the lambda no more than it must, and ends with any of its answers.
    let mut sorted: Vec<Value> = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        let (mut low, mut high) = (0, sorted.len());
        while low < high {
            let middle = (low + high) / 2;
            match call.apply(1, vec![item.clone(), sorted[middle].clone()])? {
                Value::Int(-1) => high = middle,
                Value::Int(0 | 1) => low = middle + 1,
                other => {
                    let shown = text(&other, &Type::Integer).unwrap_or_else(|| "null".to_owned());
                    let _ = shown;
                    return Err(Error::argument("Lambda comparator must return either -1, 0, or 1"));
                }
            }
        }
        sorted.insert(low, item);
    }
    Ok(Value::Array(sorted))
}

fn arrays_overlap(call: &Call<'_>) -> Result<Value> {
    let (a, b) = (call.array(0), call.array(1));
    if a.iter().any(|item| !item.is_null() && b.contains(item)) {
        return Ok(Value::Bool(true));
    }
    let unknown = !a.is_empty() && !b.is_empty() && a.iter().chain(b).any(Value::is_null);
    Ok(if unknown { Value::Null } else { Value::Bool(false) })
}

fn cardinality(call: &Call<'_>) -> Result<Value> {
    match (call.get(0), call.ty(0)) {
        (Value::Map(entries), _) => Ok(Value::Int(entries.len() as i64)),
        (Value::Bytes(_), ty) => {
            Err(Error::of_value(Code::NotSupported, format!("gluedeck does not do cardinality of {ty}")))
        }
        (other, _) => Ok(Value::Int(other.as_array().len() as i64)),
    }
}

/// What Trino says of elements that it cannot compare.
fn check_elements(call: &Call<'_>) -> Result<()> {
    let nested = |value: &Value| matches!(value, Value::Array(_) | Value::Map(_) | Value::Row(_)) && value.has_null();
    if call.array(0).iter().any(nested) || nested(call.get(1)) {
        let message = format!("{} does not support arrays with elements that are null or contain null", call.site.name);
        return Err(Error::of_value(Code::NotSupported, message));
    }
    Ok(())
}

fn contains(call: &Call<'_>) -> Result<Value> {
    if let Type::IpAddress = call.ty(1)
        && !matches!(call.ty(0), Type::Array(_))
    {
        return super::addresses::contains_address(call.text(0), call.get(1).as_bytes());
    }
    check_elements(call)?;
    let mut unknown = false;
    for item in call.array(0) {
        match equal(item, call.get(1)) {
            Some(true) => return Ok(Value::Bool(true)),
            None => unknown = true,
            Some(false) => {}
        }
    }
    Ok(if unknown { Value::Null } else { Value::Bool(false) })
}

fn element_at(call: &Call<'_>) -> Result<Value> {
    if let Value::Map(entries) = call.get(0) {
        let found = entries.iter().find(|(key, _)| key == call.get(1));
        return Ok(found.map_or(Value::Null, |(_, value)| value.clone()));
    }
    let (items, index) = (call.array(0), call.int(1));
    let at = match index {
        0 => return Err(Error::argument("SQL array indices start at 1")),
        index if index > 0 => index - 1,
        index => items.len() as i64 + index,
    };
    Ok(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().unwrap_or(Value::Null))
}

fn filter(call: &Call<'_>) -> Result<Value> {
    let rows: Vec<Vec<Value>> = call.array(0).iter().map(|item| vec![item.clone()]).collect();
    let kept = call.each(1, &rows)?;
    let items = call.array(0).iter().zip(kept).filter(|(_, kept)| kept.as_bool());
    Ok(Value::Array(items.map(|(item, _)| item.clone()).collect()))
}

fn ngrams(call: &Call<'_>) -> Result<Value> {
    let (items, size) = (call.array(0), call.int(1));
    if size <= 0 {
        return Err(Error::argument("N must be positive"));
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if items.len() <= size {
        return Ok(Value::Array(vec![Value::Array(items.to_vec())]));
    }
    Ok(Value::Array(items.windows(size).map(|window| Value::Array(window.to_vec())).collect()))
}

fn reduce(call: &Call<'_>) -> Result<Value> {
    if call.get(0).is_null() {
        return Ok(Value::Null);
    }
    let mut state = call.get(1).clone();
    for item in call.array(0) {
        state = call.apply(2, vec![state, item.clone()])?;
    }
    call.apply(3, vec![state])
}

fn slice(call: &Call<'_>) -> Result<Value> {
    let (items, from, length) = (call.array(0), call.int(1), call.int(2));
    if length < 0 {
        return Err(Error::argument("length must be greater than or equal to 0"));
    }
    if from == 0 {
        return Err(Error::argument("SQL array indices start at 1"));
    }
    let count = items.len() as i64;
    let start = if from < 0 { count + from } else { from - 1 };
    if start < 0 || start >= count {
        return Ok(Value::Array(Vec::new()));
    }
    let end = start.saturating_add(length).min(count);
    Ok(Value::Array(items[start as usize..end as usize].to_vec()))
}

fn trim_array(call: &Call<'_>) -> Result<Value> {
    let (items, count) = (call.array(0), call.int(1));
    if count < 0 {
        return Err(Error::argument(format!("size must not be negative: {count}")));
    }
    if count > items.len() as i64 {
        return Err(Error::argument(format!("size must not exceed array cardinality {}: {count}", items.len())));
    }
    Ok(Value::Array(items[..items.len() - count as usize].to_vec()))
}

fn zip(call: &Call<'_>) -> Result<Value> {
    let length = call.values.iter().map(|value| value.as_array().len()).max().unwrap_or(0);
    let row = |index: usize| {
        let parts = call.values.iter().map(|value| value.as_array().get(index).cloned().unwrap_or(Value::Null));
        Value::Row(parts.collect())
    };
    Ok(Value::Array((0..length).map(row).collect()))
}

fn zip_with(call: &Call<'_>) -> Result<Value> {
    let (a, b) = (call.array(0), call.array(1));
    let part = |items: &[Value], index: usize| items.get(index).cloned().unwrap_or(Value::Null);
    let rows: Vec<Vec<Value>> = (0..a.len().max(b.len())).map(|index| vec![part(a, index), part(b, index)]).collect();
    call.each(2, &rows).map(Value::Array)
}
