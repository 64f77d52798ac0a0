//! The journal: one line of JSON before a change is sent and one with its result, so that a crash in between shows.

use crate::domain::{Fault, RunId};
use crate::flow::Change;
use chrono::{SecondsFormat, Utc};
use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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
        Self { path: folder.join("journal.jsonl"), place }
    }

    /// Writes down what is about to be sent.
    ///
    /// # Errors
    /// If the line is not on disk; the change must then not be sent.
    pub fn begin(&self, change: &Change) -> io::Result<Entry<'_>> {
        let now = Utc::now();
        let id = format!("{}-{}", now.format("%Y%m%dT%H%M%S%.6f"), std::process::id());
        let (workflow, details) = match change {
            Change::Start { workflow, properties } => (workflow, json!({ "run_properties": properties })),
            Change::Resume { workflow, run, nodes } => (workflow, json!({ "run": run.as_str(), "nodes": nodes })),
        };
        self.append(&json!({
            "id": id, "at": now.to_rfc3339_opts(SecondsFormat::Millis, true), "phase": "begin",
            "operation": change.operation(), "workflow": workflow.as_str(), "details": details, "place": self.place,
        }))?;
        Ok(Entry { journal: self, id })
    }

    fn append(&self, line: &Value) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        // One write of a whole line, so that two consoles do not mix theirs.
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_data()
    }
}

impl Entry<'_> {
    /// Writes down how it ended. That this fails changes nothing any more: the change has been sent.
    pub fn end(self, result: &Result<RunId, Fault>) {
        let outcome = match result {
            Ok(run) => json!({ "result": "done", "run": run.as_str() }),
            Err(fault) => json!({ "result": fault.headline(), "message": fault.message }),
        };
        let at = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let _ = self.journal.append(&json!({ "id": self.id, "at": at, "phase": "end", "outcome": outcome }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::WorkflowName;

    #[test]
    fn a_change_leaves_a_line_before_and_one_after() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::new(folder.path(), "dev", None, Some("us-east-1"));
        let change = Change::Start { workflow: WorkflowName::new("User Workflow"), properties: Default::default() };
        let entry = journal.begin(&change).expect("written");
        let lines = || fs::read_to_string(folder.path().join("journal.jsonl")).expect("a journal");
        assert_eq!(lines().lines().count(), 1, "the line is there before the call");
        entry.end(&Ok(RunId::new("wr_1")));
        let text = lines();
        let ids: Vec<Value> =
            text.lines().map(|l| serde_json::from_str::<Value>(l).expect("JSON")["id"].clone()).collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1]);
        assert!(text.contains("\"run\":\"wr_1\""));
    }
}
