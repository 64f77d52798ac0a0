//! TOML.

use super::{Entry, Node, SyntaxError, Value};
use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use std::ops::Range;

pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let table = DeTable::parse(text).map_err(|error| SyntaxError {
        at: error.span().map_or(0, |span| span.start),
        message: error.message().to_owned(),
    })?;
    let span = table.span();
    Ok(map(table.into_inner(), span))
}

fn node(value: Spanned<DeValue<'_>>) -> Node {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::Number(number.to_string()),
        DeValue::Float(number) => Value::Number(number.to_string()),
        DeValue::Boolean(boolean) => Value::Boolean(boolean),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Array(list) => Value::List(list.into_iter().map(node).collect()),
        DeValue::Table(table) => return map(table, span),
    };
    Node { span, value }
}

/// Tables come in the order of their keys; the file's order is that of their places.
fn map(table: DeTable<'_>, span: Range<usize>) -> Node {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| {
            let key_span = key.span();
            Entry { key: key.into_inner().into_owned(), key_span, node: node(value) }
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    Node { span, value: Value::Map(entries) }
}
