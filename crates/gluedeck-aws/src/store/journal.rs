//! The journal: one line of JSON before a change is sent and one with its result, so that a crash in between shows.

use super::append;
use chrono::{SecondsFormat, Utc};
use gluedeck_core::domain::policy::Assent;
use gluedeck_core::domain::{Change, Fault, Recorded};
use gluedeck_core::request::{Done, How};
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const FILE: &str = "journal.jsonl";

/// The journal of one session; several sessions may write to the same file.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
    /// Where the session is connected: environment, endpoint and Region. Part of every line.
    place: Value,
}

/// A change that was begun.
#[derive(Debug)]
pub struct Entry<'a> {
    journal: &'a Journal,
    id: String,
}

impl Journal {
    /// A journal in `folder`.
    pub fn new(folder: &Path, environment: &str, endpoint: Option<&str>, region: Option<&str>) -> Self {
        let place = json!({ "environment": environment, "endpoint": endpoint, "region": region });
        Self { path: folder.join(FILE), place }
    }

    /// Writes down what is about to be sent, and how what it concerns was `before`.
    ///
    /// # Errors
    /// If the line is not on disk; the change must then not be sent.
    pub fn begin(
        &self,
        change: &Change,
        assent: &Assent,
        account: Option<&str>,
        before: &Value,
    ) -> io::Result<Entry<'_>> {
        let mut place = self.place.clone();
        place["account"] = json!(account);
        let now = Utc::now();
        let id = format!("{}-{}", now.format("%Y%m%dT%H%M%S%.6f"), std::process::id());
        let details = match change {
            Change::Start { properties, .. } => json!({ "run_properties": properties }),
            Change::Stop { run, .. } => json!({ "run": run.as_str() }),
            Change::Resume { run, nodes, .. } => json!({ "run": run.as_str(), "nodes": nodes }),
            Change::StartJob { overrides, .. } => json!({
                "arguments": overrides.arguments, "worker_type": overrides.worker_type, "workers": overrides.workers,
                "timeout": overrides.timeout,
            }),
            Change::Reschedule { from, to, .. } => json!({ "from": from, "to": to }),
            Change::StartCrawler(_) | Change::SwitchTrigger { .. } => json!({}),
        };
        append(
            &self.path,
            &json!({
                "id": id, "at": now.to_rfc3339_opts(SecondsFormat::Millis, true), "phase": "begin",
                "operation": change.operation(), "name": change.name(), "details": details, "before": before,
                "batch": assent.batch, "place": place,
            }),
        )?;
        Ok(Entry { journal: self, id })
    }
}

/// Reads the journal, oldest first. No journal is an empty one; a line that is not whole (a crash while it was written)
/// is passed over.
///
/// # Errors
/// If the file is there and cannot be read.
pub fn read_journal(folder: &Path) -> io::Result<Vec<Recorded>> {
    let text = match fs::read_to_string(folder.join(FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut entries: Vec<Recorded> = Vec::new();
    for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let field = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if field("phase") == "end" {
            if let Some(entry) = entries.iter_mut().rfind(|entry| entry.id == field("id")) {
                entry.outcome = line.get("outcome").cloned();
            }
            continue;
        }
        let value = |name: &str| line.get(name).cloned().unwrap_or(Value::Null);
        let (details, before, place) = (value("details"), value("before"), value("place"));
        let batch = line.get("batch").and_then(Value::as_str).map(str::to_owned);
        // Earlier versions wrote the name as `workflow`.
        let name = if line.get("name").is_some() { field("name") } else { field("workflow") };
        let (id, at, operation) = (field("id"), field("at"), field("operation"));
        entries.push(Recorded { id, batch, at, operation, name, details, before, place, outcome: None });
    }
    Ok(entries)
}

impl Entry<'_> {
    /// Writes down how it ended. That this fails changes nothing any more: the change has been sent.
    pub fn end(self, result: &Result<Done, Fault>) {
        let outcome = match result {
            Ok(done) => json!({ "result": "done", "id": done.id, "found_by_reading": done.how == How::FoundByReading }),
            Err(fault) => json!({ "result": fault.headline(), "message": fault.message }),
        };
        let at = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let _ = append(&self.journal.path, &json!({ "id": self.id, "at": at, "phase": "end", "outcome": outcome }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gluedeck_core::domain::WorkflowName;

    #[test]
    fn a_change_leaves_a_line_before_and_one_after() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::new(folder.path(), "dev", None, Some("us-east-1"));
        let change = Change::Start { workflow: WorkflowName::new("User Workflow"), properties: Default::default() };
        let entry = journal.begin(&change, &Assent::to_one(), None, &Value::Null).expect("written");
        let lines = || fs::read_to_string(folder.path().join("journal.jsonl")).expect("a journal");
        assert_eq!(lines().lines().count(), 1, "the line is there before the call");
        entry.end(&Ok(Done { id: Some("wr_1".to_owned()), how: How::Answered }));
        let text = lines();
        let ids: Vec<Value> =
            text.lines().map(|l| serde_json::from_str::<Value>(l).expect("JSON")["id"].clone()).collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1]);
        assert!(text.contains("\"id\":\"wr_1\""));
        let stop = Change::Stop {
            workflow: WorkflowName::new("User Workflow"),
            run: gluedeck_core::domain::RunId::new("wr_1"),
        };
        let _never_answered = journal.begin(&stop, &Assent::to_one(), None, &Value::Null).expect("written");
        fs::write(folder.path().join(FILE), lines() + "{\"id\": \"half a li").expect("written");
        let recorded = read_journal(folder.path()).expect("read");
        let told: Vec<_> = recorded.iter().map(|r| (r.operation.as_str(), r.outcome.is_some())).collect();
        assert_eq!(told, [("StartWorkflowRun", true), ("StopWorkflowRun", false)]);
    }
}
