//! `gluedeck journal`: what was changed, when, where, and what came of it.

use super::ChangeOptions;
use super::changes::carry_out;
use super::facts::Snapshot;
use super::output::{self, Output};
use super::{Exit, report_fault};
use gluedeck_aws::Gateway;
use gluedeck_aws::store::{RolloutFile, read_journal};
use gluedeck_core::analysis::plan;
use gluedeck_core::domain::JournalRecord;
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

/// Undoes what can be undone of one entry, or of all of a rollout: schedules, settings of jobs, and the activation of
/// triggers. `configured` tells whether an environment of this name is one of the configuration.
///
/// # Errors
/// If the journal cannot be read, or stdout cannot be written.
pub async fn revert(
    gateway: &Gateway,
    id: &str,
    (folder, environment): (&Path, &str),
    configured: impl Fn(&str) -> bool,
    options: ChangeOptions,
) -> io::Result<Exit> {
    let all = read_journal(folder)?;
    let own: Vec<&JournalRecord> =
        all.iter().filter(|entry| entry.id == id || entry.batch.as_deref() == Some(id)).collect();
    let Some(first) = own.first() else {
        eprintln!("gluedeck: no journal entry with the ID {id}; see `gluedeck journal`");
        return Ok(Exit::Usage);
    };
    let here = gateway.account_scope().await;
    if !own.iter().all(|entry| entry.account_scope().is(&here)) {
        eprintln!("gluedeck: {id} was made in {}; this is {here}. Nothing was sent", first.account_scope());
        return Ok(Exit::Usage);
    }
    // The policy of an environment holds where its name is known.
    let made_in = first.scope.get("environment").and_then(Value::as_str).unwrap_or_default();
    if made_in != environment && configured(made_in) {
        eprintln!(
            "gluedeck: {id} was made in the environment {made_in}; add --env {made_in}, so that its policy holds"
        );
        return Ok(Exit::Usage);
    }
    let mut changes = Vec::new();
    // The newest first, each name once: what was changed twice goes back to what it was at first.
    for entry in own.iter().rev() {
        changes.extend(entry.undo().filter(|undo| !changes.contains(undo)));
    }
    let facts = match Snapshot::read(gateway).await {
        Ok(facts) => facts,
        Err(fault) => return Ok(report_fault(&fault)),
    };
    // Held until it is done, so that no stagger goes on meanwhile.
    let held = match options.yes {
        true => Some(RolloutFile::open(folder, environment, &here)?),
        false => None,
    };
    let exit = carry_out(gateway, vec![(id.to_owned(), plan::revert(changes, &facts))], &facts, options).await?;
    // What is reverted, if only in part, is not gone on with.
    let sent = matches!(exit, Exit::Done | Exit::Failed);
    if let Some(file) = held.filter(|file| sent && file.read(&all).is_some_and(|rollout| rollout.id == id)) {
        file.remove()?;
    }
    Ok(exit)
}

const HEADING: [&str; 9] = ["at", "id", "batch", "environment", "region", "operation", "name", "what", "result"];

fn row(entry: &JournalRecord) -> Vec<String> {
    let text = |name: &str| entry.scope.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    vec![
        entry.at.clone(),
        entry.id.clone(),
        entry.batch.clone().unwrap_or_default(),
        text("environment"),
        text("region"),
        entry.operation.clone(),
        entry.name.clone(),
        entry.what(),
        entry.result(),
    ]
}

fn shape(entry: &JournalRecord) -> Value {
    json!({
        "id": entry.id, "batch": entry.batch, "at": entry.at, "operation": entry.operation, "name": entry.name,
        "details": entry.details, "before": entry.before, "place": entry.scope, "outcome": entry.outcome,
    })
}
