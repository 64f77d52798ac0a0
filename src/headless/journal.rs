//! `gluedeck journal`: what was changed, when, where, and what came of it.

use super::Exit;
use super::output::{self, Output};
use crate::store::{Recorded, read_journal};
use serde_json::{Value, json};
use std::io;
use std::path::Path;

/// Prints the journal, oldest first; `filter` keeps the entries that contain the text.
///
/// # Errors
/// If the journal cannot be read, or stdout cannot be written.
pub fn journal(folder: &Path, filter: Option<&str>, output: Output) -> io::Result<Exit> {
    let needle = filter.unwrap_or_default().to_lowercase();
    let entries = read_journal(folder)?.into_iter().filter(|entry| {
        let text = row(entry).join(" ").to_lowercase();
        text.contains(&needle)
    });
    match output {
        Output::Json => output::json(&Value::Array(entries.map(|entry| shape(&entry)).collect()))?,
        Output::Csv => output::csv(&HEADING, entries.map(|entry| row(&entry)))?,
        _ => output::table(&HEADING, &[], &entries.map(|entry| row(&entry)).collect::<Vec<_>>())?,
    }
    Ok(Exit::Done)
}

const HEADING: [&str; 6] = ["at", "environment", "region", "operation", "name", "result"];

fn row(entry: &Recorded) -> Vec<String> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let result = match &entry.outcome {
        // The program ended between the call and its answer.
        None => "unknown: no answer was recorded".to_owned(),
        Some(outcome) => match (text(outcome, "id"), text(outcome, "message")) {
            (id, message) if id.is_empty() && message.is_empty() => text(outcome, "result"),
            (id, message) if message.is_empty() => format!("{} {id}", text(outcome, "result")),
            (_, message) => format!("{}: {message}", text(outcome, "result")),
        },
    };
    let place = &entry.place;
    vec![
        entry.at.clone(),
        text(place, "environment"),
        text(place, "region"),
        entry.operation.clone(),
        entry.name.clone(),
        result,
    ]
}

fn shape(entry: &Recorded) -> Value {
    json!({
        "id": entry.id, "at": entry.at, "operation": entry.operation, "name": entry.name, "details": entry.details,
        "place": entry.place, "outcome": entry.outcome,
    })
}
