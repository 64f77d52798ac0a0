//! How a cell is shown: numbers with groups of three, JSON opened, NULL, empty and blank told apart.

use crate::domain::ResultColumn;
use serde_json::Value;
use std::borrow::Cow;

/// A cell, made readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// A value, not cleaned yet.
    Value(String),
    /// NULL, empty or blank: a sign of it, never a value.
    Sign(String),
}

/// A cell as it is shown in a table. `most`: letters beyond this need not be looked at.
pub fn cell(column: &ResultColumn, value: Option<&str>, most: usize) -> Shown {
    match value {
        None => Shown::Sign("NULL".to_owned()),
        Some(text) if text.len() < 100 && needs_quotes(text) => Shown::Sign(in_quotes(text)),
        Some(text) if column.is_number() && !is_name(&column.name) => Shown::Value(grouped(text)),
        Some(text) => {
            let end = text.char_indices().nth(most).map_or(text.len(), |(end, _)| end);
            Shown::Value(text[..end].replace("\r\n", "↵").replace(['\n', '\r'], "↵"))
        }
    }
}

/// Whether a text would look like NULL, like nothing, or like such a text within quotes.
fn needs_quotes(text: &str) -> bool {
    text == "NULL" || text.trim().is_empty() || (text.len() > 1 && text.starts_with('\'') && text.ends_with('\''))
}

fn in_quotes(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A cell in a table of plain text, where no color tells NULL from the text `NULL`.
pub fn plain(value: Option<&str>) -> Cow<'_, str> {
    match value {
        None => Cow::Borrowed("NULL"),
        Some(text) if needs_quotes(text) => Cow::Owned(in_quotes(text)),
        Some(text) => Cow::Borrowed(text),
    }
}

/// Numbers that name something are not grouped: `user_id`, `year`.
fn is_name(column: &str) -> bool {
    let lower = column.to_lowercase();
    lower == "id" || lower == "year" || ["_id", "_key", "_code", "_year", "_no"].iter().any(|end| lower.ends_with(end))
}

/// `1234567.5` as `1,234,567.5`; what is no plain number stays as it is.
pub fn grouped(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = rest.find('.').map_or((rest, ""), |point| rest.split_at(point));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() < 4 || !plain(whole) || !(fraction.is_empty() || plain(&fraction[1..])) {
        return text.to_owned();
    }
    let mut made = String::with_capacity(text.len() + whole.len() / 3);
    made.push_str(sign);
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n).is_multiple_of(3) {
            made.push(',');
        }
        made.push(digit);
    }
    made + fraction
}

/// A cell as a page: JSON with its structure, everything else with its own lines.
pub fn page(value: &str) -> String {
    let opened = matches!(value.trim_start().as_bytes().first(), Some(b'{' | b'['));
    let parsed = opened.then(|| serde_json::from_str::<Value>(value).ok()).flatten();
    parsed.and_then(|json| serde_json::to_string_pretty(&json).ok()).unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_readable_and_nothing_is_made_up() {
        let column = |name: &str, kind: &str| ResultColumn { name: name.into(), kind: kind.into() };
        let value = |text: &str| Shown::Value(text.to_owned());
        assert_eq!(cell(&column("n", "bigint"), Some("-1234567"), 40), value("-1,234,567"));
        assert_eq!(cell(&column("user_id", "bigint"), Some("1234567"), 40), value("1234567"));
        assert_eq!(cell(&column("r", "decimal"), Some("9014.30"), 40), value("9,014.30"));
        assert_eq!(cell(&column("d", "double"), Some("1.0E10"), 40), value("1.0E10"));
        assert_eq!(cell(&column("t", "varchar"), Some("a\nb"), 40), value("a↵b"));
        assert_eq!(cell(&column("t", "varchar"), None, 40), Shown::Sign("NULL".into()));
        assert_eq!(cell(&column("t", "varchar"), Some("NULL"), 40), Shown::Sign("'NULL'".into()));
        let texts = [None, Some("NULL"), Some("'NULL'"), Some(""), Some("''"), Some(" "), Some("'"), Some("x")];
        let shown: std::collections::BTreeSet<_> = texts.iter().map(|text| plain(*text)).collect();
        assert_eq!(shown.len(), texts.len(), "{shown:?}");
        assert_eq!(cell(&column("t", "varchar"), Some("  "), 40), Shown::Sign("'  '".into()));
        assert_eq!(page("{\"b\":1}"), "{\n  \"b\": 1\n}");
        assert_eq!(page("{b}"), "{b}");
    }
}
