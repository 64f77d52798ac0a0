//! JSON, with comments.

use super::{Entry, Node, SyntaxError, Value};
use jsonc_parser::ast::{self, ObjectPropName};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// JSON as everybody writes it, and what a person needs who edits it by hand: comments, and a comma too many.
const OPTIONS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &OPTIONS)
        .map_err(|error| SyntaxError { at: error.range().start, message: error.kind().to_string() })?;
    match parsed.value {
        Some(value) => Ok(node(value)),
        None => Err(SyntaxError { at: 0, message: "The file is empty".to_owned() }),
    }
}

fn node(value: ast::Value<'_>) -> Node {
    let range = value.range();
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Boolean(literal.value),
        ast::Value::NumberLit(literal) => Value::Number(literal.value.to_owned()),
        ast::Value::StringLit(literal) => Value::Text(literal.value.into_owned()),
        ast::Value::Array(list) => Value::List(list.elements.into_iter().map(node).collect()),
        ast::Value::Object(map) => Value::Map(map.properties.into_iter().map(entry).collect()),
    };
    Node { span: range.start..range.end, value }
}

fn entry(property: ast::ObjectProp<'_>) -> Entry {
    let range = property.name.range();
    let key = match property.name {
        ObjectPropName::String(literal) => literal.value.into_owned(),
        ObjectPropName::Word(word) => word.value.to_owned(),
    };
    Entry { key, key_span: range.start..range.end, node: node(property.value) }
}
