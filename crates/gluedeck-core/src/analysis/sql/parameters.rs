//! Parameters of a statement: `:as_of_date` is filled in before it is sent.

use super::token::{TokenKind, tokens};
use std::collections::BTreeMap;
use thiserror::Error;

/// The names of a statement's parameters, in the order in which they occur, each once.
pub fn names(sql: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for token in tokens(sql).filter(|token| token.kind == TokenKind::Parameter) {
        let name = &token.text[1..];
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Parameters that have no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("missing parameter value: {}", .0.join(", "))]
pub struct MissingValues(pub Vec<String>);

/// The statement with its parameters filled in.
///
/// # Errors
/// If parameters have no value.
pub fn filled(sql: &str, values: &BTreeMap<String, String>) -> Result<String, MissingValues> {
    let missing: Vec<String> = names(sql).into_iter().filter(|name| !values.contains_key(name)).collect();
    if !missing.is_empty() {
        return Err(MissingValues(missing));
    }
    let word = |token: super::Token<'_>| match token.kind {
        TokenKind::Parameter => literal(&values[&token.text[1..]]),
        _ => token.text.to_owned(),
    };
    Ok(tokens(sql).map(word).collect())
}

/// A value as SQL: numbers, dates, NULL and what stands in quotes as they are, everything else as a string. Nothing that
/// is filled in can end the string that it stands in.
pub fn literal(value: &str) -> String {
    let value = value.trim();
    let quoted = value.len() >= 2 && value.starts_with('\'') && value.ends_with('\'');
    let inner = || value[1..value.len() - 1].replace("''", "");
    if value.parse::<f64>().is_ok_and(f64::is_finite) || (quoted && !inner().contains('\'')) {
        return value.to_owned();
    }
    let date = value.len() == 10 && chrono::NaiveDate::parse_from_str(value, "%Y-%m-%d").is_ok();
    match value {
        _ if date => format!("DATE '{value}'"),
        _ if ["null", "true", "false", "current_date"].iter().any(|word| value.eq_ignore_ascii_case(word)) => {
            value.to_owned()
        }
        _ => format!("'{}'", value.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_filled_in_as_literals() {
        let sql = "select ':no', x::date from t where d = :day and n > :least and s = :day -- :not";
        assert_eq!(names(sql), ["day", "least"]);
        let mut values = BTreeMap::from([("day".to_owned(), "2026-11-22".to_owned())]);
        assert_eq!(filled(sql, &values), Err(MissingValues(vec!["least".to_owned()])));
        values.insert("least".to_owned(), "5".to_owned());
        assert_eq!(
            filled(sql, &values).expect("all are there"),
            "select ':no', x::date from t where d = DATE '2026-11-22' and n > 5 and s = DATE '2026-11-22' -- :not"
        );
    }

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        assert_eq!(literal("a' or '1'='1"), "'a'' or ''1''=''1'");
        assert_eq!(literal("'a' or 'b'"), "'''a'' or ''b'''");
        assert_eq!(literal("'it''s'"), "'it''s'");
        assert_eq!(literal("NaN"), "'NaN'");
    }
}
