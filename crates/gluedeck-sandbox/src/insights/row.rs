//! A row: an event with its fields.

use super::evaluate::Scope;
use super::tree::Expr;
use super::value::Value;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Fields of an event that is JSON.
const MAX_JSON_FIELDS: usize = 200;

/// An event, or what stats made of several.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(super) fields: BTreeMap<String, Value>,
    /// What leads to the event; nothing after stats.
    pub(crate) pointer: Option<String>,
}

impl Row {
    /// An event with its fields. A message that is a JSON object gives its own.
    pub(crate) fn event(fields: [(&str, Value); 5], pointer: String) -> Self {
        let mut row = Self { fields: BTreeMap::new(), pointer: Some(pointer) };
        for (name, value) in fields {
            row.fields.insert(name.to_owned(), value);
        }
        let message = row.field("@message").text().unwrap_or_default();
        if message.trim_start().starts_with('{')
            && let Ok(json @ Json::Object(_)) = serde_json::from_str(&message)
        {
            discover(&json, "", &mut row.fields);
        }
        row
    }

    /// Bytes of the event's message.
    pub(crate) fn size(&self) -> usize {
        match self.fields.get("@message") {
            Some(Value::Text(text)) => text.len(),
            _ => 0,
        }
    }
}

impl Scope for Row {
    fn field(&self, name: &str) -> Value {
        self.fields.get(name).cloned().unwrap_or(Value::Nothing)
    }

    fn aggregate(&self, _: &str, _: &[Expr]) -> Value {
        Value::Nothing
    }
}

/// The leaves of a JSON message: `a.b`, and those of lists by place, `a.0`.
fn discover(json: &Json, path: &str, fields: &mut BTreeMap<String, Value>) {
    let inner = |name: &str| match path {
        // A name that begins as the system's do gets another @.
        "" if name.starts_with('@') => format!("@{name}"),
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    let value = match json {
        Json::Object(members) => return members.iter().for_each(|(name, json)| discover(json, &inner(name), fields)),
        Json::Array(items) => {
            return items
                .iter()
                .enumerate()
                .for_each(|(place, json)| discover(json, &inner(&place.to_string()), fields));
        }
        Json::Null => return,
        Json::Bool(truth) => Value::of_truth(*truth),
        Json::Number(number) => number.as_f64().map_or(Value::Nothing, Value::Number),
        Json::String(text) => Value::Text(text.clone()),
    };
    if fields.len() < MAX_JSON_FIELDS {
        fields.insert(path.to_owned(), value);
    }
}
