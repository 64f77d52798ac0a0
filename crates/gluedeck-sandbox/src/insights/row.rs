//! A row: an event with its fields.

use super::evaluate::Scope;
use super::tree::Expr;
use super::value::Value;
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Fields of an event that is JSON.
const MAX_JSON_FIELDS: usize = 200;

/// An event of a log stream. Very many are looked at by one query, so what they have in common is kept once.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// When it was written, and when it arrived, in milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) ingested: i64,
    pub(crate) message: String,
    pub(crate) source: Arc<EventSource>,
    /// Its place in the stream.
    pub(crate) index: usize,
}

/// Where events come from.
#[derive(Debug)]
pub(crate) struct EventSource {
    pub(crate) account: String,
    pub(crate) group: String,
    pub(crate) stream: String,
}

/// An event with what commands have made of it, or what stats made of several.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    event: Option<Event>,
    /// All fields but the event's own.
    pub(super) made: BTreeMap<String, Value>,
}

impl Row {
    /// An event. A message that is a JSON object gives its fields.
    pub(crate) fn of(event: Event) -> Self {
        let mut made = BTreeMap::new();
        if event.message.trim_start().starts_with('{')
            && let Ok(json @ Json::Object(_)) = serde_json::from_str(&event.message)
        {
            discover(&json, "", &mut made);
        }
        Self { event: Some(event), made }
    }

    /// The event; nothing after stats.
    pub(crate) fn event(&self) -> Option<&Event> {
        self.event.as_ref()
    }
}

/// Group, stream and place of the event that `@ptr` leads to; None if it leads nowhere.
pub(crate) fn pointed_at(pointer: &str) -> Option<(String, String, usize)> {
    let plain = String::from_utf8(BASE64URL_NOPAD.decode(pointer.as_bytes()).ok()?).ok()?;
    let mut parts = plain.split('\n').map(str::to_owned);
    Some((parts.next()?, parts.next()?, parts.next()?.parse().ok()?))
}

impl Event {
    /// `@ptr`: what leads to it.
    pub(super) fn pointer(&self) -> String {
        let EventSource { group, stream, .. } = self.source.as_ref();
        BASE64URL_NOPAD.encode(format!("{group}\n{stream}\n{}", self.index).as_bytes())
    }

    fn field(&self, name: &str) -> Value {
        match name {
            "@timestamp" => Value::Time(self.at),
            "@ingestionTime" => Value::Time(self.ingested),
            "@message" => Value::Text(self.message.clone()),
            "@logStream" => Value::Text(self.source.stream.clone()),
            "@log" => Value::Text(format!("{}:{}", self.source.account, self.source.group)),
            _ => Value::Nothing,
        }
    }
}

impl Scope for Row {
    fn field(&self, name: &str) -> Value {
        if let Some(value) = self.made.get(name) {
            return value.clone();
        }
        self.event.as_ref().map_or(Value::Nothing, |event| event.field(name))
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
