//! Rows as text for elsewhere: Markdown, CSV, JSON, SQL VALUES.

use super::show::plain;
use crate::domain::ResultColumn;
use serde_json::{Number, Value};
use std::borrow::Cow;
use std::collections::HashSet;

/// The forms of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Markdown,
    Csv,
    /// One array of objects.
    Json,
    /// An object a line.
    JsonLines,
    /// `VALUES (…), (…)`, with types where a plain literal has another.
    Values,
}

impl Form {
    /// All, with their names and the endings of their files.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Markdown, "markdown", "md"),
        (Self::Csv, "csv", "csv"),
        (Self::Json, "json", "json"),
        (Self::JsonLines, "jsonl", "jsonl"),
        (Self::Values, "values", "sql"),
    ];

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, ending)| *known == name || *ending == name).map(|(form, ..)| *form)
    }

    /// What stands above the rows.
    pub fn head(self, columns: &[ResultColumn]) -> String {
        let names = || columns.iter().map(|column| column.name.as_str());
        match self {
            Self::Markdown => {
                let align = columns.iter().map(|column| if column.is_number() { "--:" } else { "---" });
                let names: Vec<String> = names().map(markdown).collect();
                format!("| {} |\n| {} |\n", names.join(" | "), align.collect::<Vec<_>>().join(" | "))
            }
            Self::Csv => names().map(|name| csv(name).into_owned()).collect::<Vec<_>>().join(",") + "\n",
            Self::Json => "[".to_owned(),
            Self::JsonLines => String::new(),
            Self::Values => "VALUES".to_owned(),
        }
    }

    /// A row; `first` is the one below the head.
    pub fn row<'c>(
        self,
        columns: &'c [ResultColumn],
        cells: impl Iterator<Item = Option<&'c str>>,
        first: bool,
    ) -> String {
        let pairs = columns.iter().zip(cells);
        match self {
            Self::Markdown => {
                let cells: Vec<String> = pairs.map(|(_, cell)| markdown(&plain(cell))).collect();
                format!("| {} |\n", cells.join(" | "))
            }
            // NULL is an empty cell, an empty string one within quotes, as Athena writes it. An empty line would be skipped by
            // most readers: in one column alone NULL is within quotes too.
            Self::Csv if columns.len() == 1 => {
                let cell = pairs.map(|(_, cell)| cell).next().flatten();
                format!("{}\n", csv(cell.unwrap_or_default()))
            }
            Self::Csv => {
                let mut line = String::new();
                for (n, (_, cell)) in pairs.enumerate() {
                    line.push_str(if n > 0 { "," } else { "" });
                    line.push_str(&cell.map_or(Cow::Borrowed(""), csv));
                }
                line + "\n"
            }
            Self::Json | Self::JsonLines => {
                let object = object(pairs);
                match self {
                    Self::Json => format!("{}{object}", if first { "\n " } else { ",\n " }),
                    _ => format!("{object}\n"),
                }
            }
            Self::Values => {
                let cells: Vec<String> = pairs.map(|(column, cell)| literal(column, cell)).collect();
                format!("{} ({})", if first { "" } else { ",\n      " }, cells.join(", "))
            }
        }
    }

    /// What stands below the rows.
    pub fn tail(self) -> &'static str {
        match self {
            Self::Json => "\n]\n",
            Self::Values => "\n",
            _ => "",
        }
    }
}

/// A cell's value: numbers and booleans as such, NULL as null, all else as strings. Of a column of decimals every value is
/// a string, with the digits that Athena sent: a reader's number keeps neither 12.340 nor 38 digits.
pub fn value(column: &ResultColumn, cell: Option<&str>) -> Value {
    let Some(text) = cell else { return Value::Null };
    let is_number = column.is_number() && column.kind != "decimal";
    match (is_number.then(|| number(text)).flatten(), column.kind.as_str(), text) {
        (Some(number), ..) => Value::Number(number),
        (_, "boolean", "true") => Value::Bool(true),
        (_, "boolean", "false") => Value::Bool(false),
        _ => Value::String(text.to_owned()),
    }
}

/// The number; NaN and the infinities, which JSON does not have, stay text.
fn number(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    Number::from_f64(text.parse().ok()?)
}

/// An object of a row, its members in the order of the columns. Names that occur twice, or are empty, get their place behind
/// them, so that no value is lost.
fn object<'c>(pairs: impl Iterator<Item = (&'c ResultColumn, Option<&'c str>)>) -> String {
    let mut names = HashSet::new();
    let mut text = String::from("{");
    for (n, (column, cell)) in pairs.enumerate() {
        let mut name = Cow::Borrowed(column.name.as_str());
        while name.is_empty() || !names.insert(name.clone()) {
            name = Cow::Owned(format!("{name}_{}", n + 1));
        }
        let lead = if n > 0 { "," } else { "" };
        text += &format!("{lead}{}:{}", Value::from(name), value(column, cell));
    }
    text + "}"
}

fn csv(text: &str) -> Cow<'_, str> {
    let plain = !text.is_empty() && !text.bytes().any(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r'));
    if plain { Cow::Borrowed(text) } else { Cow::Owned(format!("\"{}\"", text.replace('"', "\"\""))) }
}

fn markdown(text: &str) -> String {
    let text = text.replace("<br>", "&lt;br>");
    text.replace('\\', "\\\\").replace('|', "\\|").replace("\r\n", "<br>").replace(['\n', '\r'], "<br>")
}

/// A literal of Athena's SQL.
pub fn literal(column: &ResultColumn, cell: Option<&str>) -> String {
    let Some(text) = cell else { return "NULL".to_owned() };
    let string = || format!("'{}'", text.replace('\'', "''"));
    match column.kind.as_str() {
        _ if column.is_number() && text.parse::<f64>().is_ok_and(f64::is_finite) => text.to_owned(),
        "boolean" => text.to_owned(),
        "date" => format!("DATE {}", string()),
        "timestamp" => format!("TIMESTAMP {}", string()),
        _ => string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn column(name: &str, kind: &str) -> ResultColumn {
        ResultColumn { name: name.into(), kind: kind.into() }
    }

    #[test]
    fn a_number_is_one_only_if_json_keeps_it() {
        let of = |kind: &str, text: &str| value(&column("x", kind), Some(text));
        assert_eq!(of("decimal", "9014.30"), json!("9014.30"), "one rule for a column");
        assert_eq!(of("decimal", "12345678901234567890.123456789"), json!("12345678901234567890.123456789"));
        assert_eq!(of("double", "1.0E10"), json!(1e10));
        assert_eq!(of("double", "NaN"), json!("NaN"));
        assert_eq!(of("bigint", "9007199254740993"), json!(9_007_199_254_740_993_i64));
        assert_eq!(of("varchar", "7"), json!("7"));
        assert_eq!(of("boolean", "true"), json!(true));
    }

    #[test]
    fn every_form_keeps_null_and_what_breaks_it() {
        let columns = [column("a|b", "varchar"), column("n", "bigint"), column("d", "date"), column("n", "double")];
        let cells = || [Some("it's | \"so\"\n"), None, Some("2026-11-22"), Some("1.5")].into_iter();
        let whole = |form: Form| form.head(&columns) + &form.row(&columns, cells(), true) + form.tail();
        assert_eq!(
            whole(Form::Markdown),
            "| a\\|b | n | d | n |\n| --- | --: | --- | --: |\n| it's \\| \"so\"<br> | NULL | 2026-11-22 | 1.5 |\n"
        );
        assert_eq!(whole(Form::Csv), "a|b,n,d,n\n\"it's | \"\"so\"\"\n\",,2026-11-22,1.5\n");
        assert_eq!(
            serde_json::from_str::<Value>(&whole(Form::Json)).expect("JSON"),
            json!([{ "a|b": "it's | \"so\"\n", "n": null, "d": "2026-11-22", "n_4": 1.5 }])
        );
        assert!(whole(Form::JsonLines).starts_with("{\"a|b\":"), "as the columns stand: {}", whole(Form::JsonLines));
        let one = [column("z", "varchar")];
        let alone = |cell: Option<&'static str>| Form::Csv.row(&one, [cell].into_iter(), true);
        assert_eq!(alone(None), "\"\"\n", "no line that readers skip");
        assert_eq!(Form::Markdown.row(&columns[..2], [Some("NULL"), None].into_iter(), true), "| 'NULL' | NULL |\n");
        assert_eq!(whole(Form::Values), "VALUES ('it''s | \"so\"\n', NULL, DATE '2026-11-22', 1.5)\n");
    }
}
