//! Output: tables, JSON, CSV. What goes to a terminal is made safe for it.

use clap::ValueEnum;
pub(super) use gluedeck_core::analysis::report::rfc3339;
use gluedeck_tui::ui::text::{clean, fit, fit_right, width};
use serde_json::Value;
use std::io::{self, IsTerminal, Write, stdout};

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Output {
    #[default]
    Table,
    Json,
    Csv,
    /// An object a line, of queries.
    Jsonl,
    /// A table for elsewhere, of queries.
    Markdown,
    /// Plain lines, of logs.
    Text,
}

/// Prints a table with aligned columns. `right` are the columns that are aligned to the right.
pub(super) fn table(heading: &[&str], right: &[usize], rows: &[Vec<String>]) -> io::Result<()> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| clean(cell)).collect()).collect();
    let widths: Vec<usize> = (0..heading.len())
        .map(|n| {
            rows.iter().filter_map(|row| row.get(n)).map(|cell| width(cell)).max().unwrap_or(0).max(width(heading[n]))
        })
        .collect();
    let line = |cells: Vec<&str>| {
        let fitted = cells.iter().enumerate().map(|(n, cell)| match right.contains(&n) {
            true => fit_right(cell, widths[n]),
            false => fit(cell, widths[n]),
        });
        fitted.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut out = stdout().lock();
    writeln!(out, "{}", line(heading.to_vec()))?;
    for row in &rows {
        writeln!(out, "{}", line(row.iter().map(String::as_str).collect()))?;
    }
    Ok(())
}

/// Prints CSV with a heading; to a terminal, with cells that are safe for it.
pub(super) fn csv(heading: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<()> {
    let out = stdout().lock();
    let is_terminal = out.is_terminal();
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(heading)?;
    for row in rows {
        match is_terminal {
            true => writer.write_record(row.iter().map(|cell| clean(cell)))?,
            false => writer.write_record(row)?,
        }
    }
    writer.flush()
}

/// Prints JSON on one line.
pub(super) fn json(value: &Value) -> io::Result<()> {
    writeln!(stdout().lock(), "{}", escape_hidden(&value.to_string()))
}

/// JSON with the characters escaped that a terminal does not show as they are: JSON itself asks for it only below U+0020.
fn escape_hidden(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let mut letter = [0; 4];
    for one in json.chars() {
        let text = one.encode_utf8(&mut letter);
        if one.is_ascii() && one != '\u{7f}' || clean(text) == *text {
            escaped.push(one);
        } else {
            one.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}")));
        }
    }
    escaped
}

/// A line from anywhere: made safe for a terminal, left as it is for a file or a pipe.
pub(super) fn line(text: &str) -> io::Result<()> {
    let mut out = stdout().lock();
    if out.is_terminal() {
        for part in text.split('\n') {
            writeln!(out, "{}", clean(part))?;
        }
        Ok(())
    } else {
        writeln!(out, "{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_mean_the_same() {
        let value = Value::from("Größe 日本 🦀 \u{1b}[31m \u{9b}31m \u{7f} \u{202e}evil \u{e0041}");
        let printed = escape_hidden(&value.to_string());
        assert!(printed.contains("Größe 日本 🦀") && printed.contains(r"\u202eevil"), "{printed}");
        assert!(!printed.chars().any(|one| one.is_control() || one == '\u{202e}'), "{printed}");
        assert_eq!(serde_json::from_str::<Value>(&printed).expect("JSON"), value);
    }
}
