//! What a crawl has done to the catalog. `CrawlerHistory.Summary` is documented as JSON "of the catalog tables and
//! partitions that were added, updated, or deleted", its shape is not: on servers it is JSON in text in JSON. What cannot be
//! read is unknown.

use gluedeck_core::domain::{TableChanges, TableCount};
use serde_json::Value;

/// Texts in JSON that are JSON themselves are opened so deep.
const MAX_DEPTH: usize = 6;

/// The tables of a summary.
pub(super) fn tables(summary: &str) -> Option<TableChanges> {
    let whole = opened(&Value::String(summary.to_owned()), MAX_DEPTH);
    let tables = whole.get("TABLE").or_else(|| whole.get("Table")).or_else(|| whole.get("tables"))?.as_object()?;
    let count = |words: [&str; 2]| {
        let found = tables.iter().find(|(name, _)| words.contains(&name.to_uppercase().as_str()));
        found.map(|(_, value)| counted(value)).unwrap_or_default()
    };
    Some(TableChanges {
        added: count(["ADD", "ADDED"]),
        updated: count(["UPDATE", "UPDATED"]),
        deleted: count(["DELETE", "DELETED"]),
    })
}

/// Texts that are JSON objects or lists become those.
fn opened(value: &Value, depth: usize) -> Value {
    match value {
        Value::String(text) if depth > 0 && text.trim_start().starts_with(['{', '[']) => {
            serde_json::from_str(text).map_or_else(|_| value.clone(), |inner| opened(&inner, depth - 1))
        }
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), opened(value, depth))).collect(),
        Value::Array(items) => items.iter().map(|item| opened(item, depth)).collect(),
        other => other.clone(),
    }
}

fn counted(value: &Value) -> TableCount {
    let mut names = Vec::new();
    collect(value, &mut names);
    let number = value.get("Count").or_else(|| value.get("count")).or(Some(value)).and_then(Value::as_u64);
    let count = number.and_then(|number| usize::try_from(number).ok()).unwrap_or(names.len());
    TableCount { count, names }
}

/// Every text in lists.
fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::String(name) => names.push(name.clone()),
                    other => collect(other, names),
                }
            }
        }
        Value::Object(members) => members.values().for_each(|value| collect(value, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_read_however_deep_they_are_wrapped() {
        let plain = r#"{"TABLE": {"ADD": {"Count": 2, "Details": {"names": ["a", "b"]}}, "UPDATE": {"Count": 1}}}"#;
        let found = tables(plain).expect("tables");
        assert_eq!((found.added.count, found.added.names, found.updated.count), (2, vec!["a".into(), "b".into()], 1));
        let inner = r#"{"ADD":"{\"Details\":{\"names\":[\"a\"]},\"Count\":1}"}"#;
        let wrapped = serde_json::json!({ "TABLE": inner }).to_string();
        let found = tables(&wrapped).expect("tables");
        assert_eq!((found.added.count, found.added.names, found.deleted.count), (1, vec!["a".into()], 0));
        assert_eq!(tables("{}"), None);
        assert_eq!(tables("not json"), None);
    }
}
