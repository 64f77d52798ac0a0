//! What leaves the account: every state change as its EventBridge event in `events.jsonl`, and the lines that the
//! project's Lambda would post to Slack in `slack.txt`. The Lambda's filter has its gaps here too (docs/pipeline.md).

use super::control::StateChangeSink;
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

/// The two files.
#[derive(Debug)]
pub(crate) struct Alerts {
    files: Mutex<(File, File)>,
}

impl Alerts {
    /// Opens the files in a folder, to go on where they end.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let open = |name| OpenOptions::new().create(true).append(true).open(folder.join(name));
        Ok(Self { files: Mutex::new((open("events.jsonl")?, open("slack.txt")?)) })
    }
}

impl StateChangeSink for Alerts {
    fn publish(&self, changes: &[Value]) {
        let mut files = self.files.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for event in changes {
            // Best effort, as EventBridge's own delivery: a full disk must not stop the night.
            let _ = writeln!(files.0, "{event}");
            if let Some(line) = slack_line(event) {
                let _ = writeln!(files.1, "{line}");
            }
        }
    }
}

/// `<jobName or crawlerName> Workflow <state> - <event>`, for the states that the rule lets through; and what others post
/// who watch state machines, alarms and data quality.
fn slack_line(event: &Value) -> Option<String> {
    let detail = event.get("detail")?;
    match event.get("detail-type")?.as_str()? {
        "Step Functions Execution Status Change" | "CloudWatch Alarm State Change" => return Some(event.to_string()),
        "Data Quality Evaluation Results Available" => {
            return (detail.get("state")? == "FAILED").then(|| event.to_string());
        }
        _ => {}
    }
    let state = detail.get("state")?.as_str().filter(|state| matches!(*state, "FAILED" | "TIMEOUT"))?;
    let name = detail.get("jobName").or(detail.get("crawlerName"))?.as_str()?;
    Some(format!("{name} Workflow {state} - {event}"))
}
