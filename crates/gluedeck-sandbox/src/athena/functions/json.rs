//! JSON in text: paths like `$.a[0]["b c"]`, as `json_extract` and its kin take them.

use super::{Cell, Function, Refusal, ValueType, function};
use serde_json::Value;
use std::borrow::Cow;

pub(super) const FUNCTIONS: &[Function] = &[
    function("json_extract", &[ValueType::Text, ValueType::Text], 0, ValueType::Text, |row| {
        Ok(at_path(row)?.map_or(Cell::Null, |value| owned(value.to_string())))
    }),
    function("json_extract_scalar", &[ValueType::Text, ValueType::Text], 0, ValueType::Text, |row| {
        Ok(match at_path(row)? {
            Some(Value::String(text)) => owned(text),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => owned(value.to_string()),
            _ => Cell::Null,
        })
    }),
    function("json_parse", &[ValueType::Text], 0, ValueType::Text, |row| {
        let value: Result<Value, _> = serde_json::from_str(row[0].text());
        let refused = || Refusal::NotJson(row[0].text().to_owned());
        value.map(|value| owned(value.to_string())).map_err(|_| refused())
    }),
    function("json_format", &[ValueType::Text], 0, ValueType::Text, |row| Ok(owned(row[0].text().to_owned()))),
    function("json_array_length", &[ValueType::Text], 0, ValueType::Integer, |row| {
        Ok(match serde_json::from_str(row[0].text()) {
            Ok(Value::Array(values)) => Cell::Integer(values.len() as i64),
            _ => Cell::Null,
        })
    }),
    function("json_size", &[ValueType::Text, ValueType::Text], 0, ValueType::Integer, |row| {
        Ok(match at_path(row)? {
            Some(Value::Array(values)) => Cell::Integer(values.len() as i64),
            Some(Value::Object(members)) => Cell::Integer(members.len() as i64),
            Some(_) => Cell::Integer(0),
            None => Cell::Null,
        })
    }),
];

fn owned(text: String) -> Cell<'static> {
    Cell::Text(Cow::Owned(text))
}

/// The value at the path; `None` for text that is no JSON, as in Trino.
fn at_path(row: &[Cell<'_>]) -> Result<Option<Value>, Refusal> {
    let path = row[1].text();
    let steps = steps(path).ok_or_else(|| Refusal::JsonPath(path.to_owned()))?;
    let Ok(mut value) = serde_json::from_str::<Value>(row[0].text()) else { return Ok(None) };
    for step in steps {
        let next = match (&mut value, step) {
            (Value::Object(members), Step::Member(name)) => members.remove(&name),
            (Value::Array(values), Step::Index(index)) => (index < values.len()).then(|| values.swap_remove(index)),
            _ => None,
        };
        match next {
            Some(next) => value = next,
            None => return Ok(None),
        }
    }
    Ok(Some(value))
}

enum Step {
    Member(String),
    Index(usize),
}

fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[\"") {
            let (name, after) = after.split_once("\"]")?;
            steps.push(Step::Member(name.to_owned()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (index, after) = after.split_once(']')?;
            steps.push(Step::Index(index.trim().parse().ok()?));
            rest = after;
        } else {
            let after = rest.strip_prefix('.')?;
            let end = after.find(['.', '[']).unwrap_or(after.len());
            if end == 0 {
                return None;
            }
            steps.push(Step::Member(after[..end].to_owned()));
            rest = &after[end..];
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_reach_members_and_elements_and_nothing_else() {
        let text = r#"{"a":{"b c":[{"n":7},null,"x"]},"t":true}"#;
        let scalar = |path: &str| {
            let body = FUNCTIONS.iter().find(|f| f.name == "json_extract_scalar").expect("the function").body;
            body(&[Cell::Text(text.into()), Cell::Text(path.to_owned().into())])
        };
        assert_eq!(scalar(r#"$.a["b c"][0].n"#), Ok(owned("7".into())));
        assert_eq!(scalar(r#"$.a["b c"][2]"#), Ok(owned("x".into())));
        assert_eq!(scalar("$.t"), Ok(owned("true".into())));
        assert_eq!(scalar("$.a"), Ok(Cell::Null), "an object is no scalar");
        assert_eq!(scalar("$.nothing.there"), Ok(Cell::Null));
        assert!(scalar("a.b").is_err());
        assert!(scalar("$..a").is_err());
    }
}
