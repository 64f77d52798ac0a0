//! The journal: one line of JSON before a change is sent and one with its result, so that a crash in between shows.

use super::{append, rotate};
use chrono::{SecondsFormat, Utc};
use gluedeck_core::analysis::redact;
use gluedeck_core::domain::policy::Approval;
use gluedeck_core::domain::{Change, Fault, JobSetting, JournalRecord, NOT_SHOWN, SettingChange};
use gluedeck_core::request::{ChangeOutcome, ConfirmedBy};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const FILE: &str = "journal.jsonl";
const ROTATED: &str = "journal.1.jsonl";
/// A longer journal is put aside: two files of this size are the most that is kept.
const MAX_BYTES: u64 = 16 << 20;
/// Entries that a [`JournalTail`] holds.
pub const MAX_TAIL: usize = 2_000;
/// Bytes from the end of the journal that its first reading reads.
const TAIL_BYTES: u64 = 4 << 20;

/// The journal of one session; several sessions may write to the same file.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
    /// Where the session is connected: environment, endpoint and Region. Part of every line.
    scope: Value,
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
        let scope = json!({ "environment": environment, "endpoint": endpoint, "region": region });
        Self { path: folder.join(FILE), scope }
    }

    /// Writes down what is about to be sent, and how what it concerns was `before`.
    ///
    /// # Errors
    /// If the line is not on disk; the change must then not be sent.
    pub fn begin(
        &self,
        change: &Change,
        approval: &Approval,
        account: Option<&str>,
        before: &Value,
    ) -> io::Result<Entry<'_>> {
        let mut scope = self.scope.clone();
        scope["account"] = json!(account);
        let now = Utc::now();
        let id = format!("{}-{}", now.format("%Y%m%dT%H%M%S%.6f"), std::process::id());
        let details = match change {
            Change::Start { properties, .. } => json!({ "run_properties": properties }),
            Change::Stop { run, .. } => json!({ "run": run.as_str() }),
            Change::StopJobRun { run, .. } => json!({ "run": run.as_str() }),
            Change::Resume { run, nodes, .. } => json!({ "run": run.as_str(), "nodes": nodes }),
            Change::StartJob { overrides, .. } => json!({
                "arguments": without_secrets(&overrides.arguments), "worker_type": overrides.worker_type, "workers": overrides.workers,
                "timeout": overrides.timeout, "flex": overrides.flex,
            }),
            Change::Reschedule { from, to, .. } => json!({ "from": from, "to": to }),
            Change::UpdateJob { settings, .. } => {
                json!({ "settings": settings.iter().map(setting).collect::<Vec<_>>() })
            }
            Change::StartCrawler(_)
            | Change::StopCrawler(_)
            | Change::ResetBookmark(_)
            | Change::SetCrawlerSchedule { .. }
            | Change::SetTriggerActivation { .. } => json!({}),
        };
        rotate(&self.path, MAX_BYTES)?;
        append(
            &self.path,
            &json!({
                "id": id, "at": now.to_rfc3339_opts(SecondsFormat::Millis, true), "phase": "begin",
                "operation": change.operation(), "name": change.name(), "details": details, "before": before,
                "batch": approval.batch, "place": scope,
            }),
        )?;
        Ok(Entry { journal: self, id })
    }
}

/// A setting that is changed; of an argument that is named like a secret without the values.
fn setting(change: &SettingChange) -> Value {
    let title = change.setting.title();
    let shown = |value: &str| match &change.setting {
        JobSetting::Argument(name) if redact::is_secret(name) => NOT_SHOWN.to_owned(),
        _ => value.to_owned(),
    };
    json!({ "setting": title, "from": shown(&change.from), "to": shown(&change.to) })
}

/// Arguments of a job run, without the values of those that are named like a secret.
fn without_secrets(arguments: &BTreeMap<String, String>) -> Value {
    let value = |name: &str, value: &str| if redact::is_secret(name) { NOT_SHOWN.to_owned() } else { value.to_owned() };
    arguments.iter().map(|(name, text)| (name.clone(), Value::String(value(name, text)))).collect()
}

/// Reads the journal, oldest first, with what was rotated away last. No journal is an empty one; a line that is not whole
/// (a crash while it was written) is passed over.
///
/// # Errors
/// If the file is there and cannot be read.
pub fn read_journal(folder: &Path) -> io::Result<Vec<JournalRecord>> {
    let mut entries = Vec::new();
    for file in [ROTATED, FILE] {
        if let Some(mut file) = open(&folder.join(file))? {
            take_lines(&mut entries, &read_from(&mut file, 0)?);
        }
    }
    Ok(entries)
}

/// Adds the entries of lines to those before them.
fn take_lines(entries: &mut Vec<JournalRecord>, bytes: &[u8]) {
    for line in String::from_utf8_lossy(bytes).lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let field = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if field("phase") == "end" {
            if let Some(entry) = entries.iter_mut().rfind(|entry| entry.id == field("id")) {
                entry.outcome = line.get("outcome").cloned();
            }
            continue;
        }
        let value = |name: &str| line.get(name).cloned().unwrap_or(Value::Null);
        let (details, before, scope) = (value("details"), value("before"), value("place"));
        let batch = line.get("batch").and_then(Value::as_str).map(str::to_owned);
        // Earlier versions wrote the name as `workflow`.
        let name = if line.get("name").is_some() { field("name") } else { field("workflow") };
        let (id, at, operation) = (field("id"), field("at"), field("operation"));
        let time = at.parse().ok();
        entries.push(JournalRecord { id, batch, at, time, operation, name, details, before, scope, outcome: None });
    }
}

/// The newest entries of the journal, read again and again: each time only what is new.
#[derive(Debug)]
pub struct JournalTail {
    folder: PathBuf,
    /// The file that was read, and how far.
    read: Option<(u64, u64)>,
    entries: Vec<JournalRecord>,
}

impl JournalTail {
    /// Nothing read yet.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), read: None, entries: Vec::new() }
    }

    /// Reads what is new, and returns the newest [`MAX_TAIL`] entries, oldest first.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read(&mut self) -> io::Result<Vec<JournalRecord>> {
        let Some(mut file) = open(&self.folder.join(FILE))? else {
            // None yet, or it has just been rotated away and the next line is not written: what was read still holds.
            return Ok(self.entries.clone());
        };
        let metadata = file.metadata()?;
        let (inode, length) = (metadata.ino(), metadata.len());
        let from = match self.read {
            Some((known, offset)) if known == inode && offset <= length => offset,
            _ => {
                // Another file, or the first reading.
                self.entries.clear();
                if length < TAIL_BYTES
                    && let Some(mut rotated) = open(&self.folder.join(ROTATED))?
                {
                    let from = rotated.metadata()?.len().saturating_sub(TAIL_BYTES - length);
                    take_lines(&mut self.entries, &read_from(&mut rotated, from)?);
                }
                length.saturating_sub(TAIL_BYTES)
            }
        };
        let mut bytes = read_from(&mut file, from)?;
        // A line that is still being written is read next time.
        bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
        take_lines(&mut self.entries, &bytes);
        self.read = Some((inode, from + bytes.len() as u64));
        self.entries.drain(..self.entries.len().saturating_sub(MAX_TAIL));
        Ok(self.entries.clone())
    }
}

/// Opens a file, if it is there.
fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a file holds from this byte on.
fn read_from(file: &mut File, from: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Entry<'_> {
    /// Writes down how it ended. That this fails changes nothing any more: the change has been sent.
    pub fn end(self, result: &Result<ChangeOutcome, Fault>) {
        let outcome = match result {
            Ok(done) => {
                json!({ "result": "done", "id": done.id, "found_by_reading": done.how == ConfirmedBy::ReadBack })
            }
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
    use std::fs;

    #[test]
    fn a_change_leaves_a_line_before_and_one_after() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::new(folder.path(), "dev", None, Some("us-east-1"));
        let change = Change::Start { workflow: WorkflowName::new("User Workflow"), properties: Default::default() };
        let entry = journal.begin(&change, &Approval::to_one(), None, &Value::Null).expect("written");
        let lines = || fs::read_to_string(folder.path().join("journal.jsonl")).expect("a journal");
        assert_eq!(lines().lines().count(), 1, "the line is there before the call");
        entry.end(&Ok(ChangeOutcome { id: Some("wr_1".to_owned()), how: ConfirmedBy::Response }));
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
        let _never_answered = journal.begin(&stop, &Approval::to_one(), None, &Value::Null).expect("written");
        fs::write(folder.path().join(FILE), lines() + "{\"id\": \"half a li").expect("written");
        let recorded = read_journal(folder.path()).expect("read");
        let told: Vec<_> = recorded.iter().map(|r| (r.operation.as_str(), r.outcome.is_some())).collect();
        assert_eq!(told, [("StartWorkflowRun", true), ("StopWorkflowRun", false)]);
    }

    /// A journal with changes of these names, each done.
    fn journal_of(folder: &Path, names: &[&str]) {
        let journal = Journal::new(folder, "dev", None, None);
        for name in names {
            let change = Change::Start { workflow: WorkflowName::new(*name), properties: Default::default() };
            let entry = journal.begin(&change, &Approval::to_one(), None, &Value::Null).expect("written");
            entry.end(&Ok(ChangeOutcome::default()));
        }
    }

    fn names(entries: &[JournalRecord]) -> Vec<&str> {
        entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    #[test]
    fn a_tail_reads_what_is_new_and_not_what_is_half_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut tail = JournalTail::new(folder.path());
        assert_eq!(tail.read().expect("no journal").len(), 0);
        journal_of(folder.path(), &["a", "b"]);
        assert_eq!(names(&tail.read().expect("read")), ["a", "b"]);
        let path = folder.path().join(FILE);
        let whole = fs::read_to_string(&path).expect("a journal");
        let line = whole.lines().next().expect("a line").replace("\"a\"", "\"c\"");
        let (half, rest) = line.split_at(20);
        fs::write(&path, format!("{whole}{half}")).expect("written");
        assert_eq!(names(&tail.read().expect("read")), ["a", "b"]);
        fs::write(&path, format!("{whole}{half}{rest}\n")).expect("written");
        assert_eq!(names(&tail.read().expect("read")), ["a", "b", "c"]);
    }

    #[test]
    fn a_long_journal_is_put_aside_and_still_read() {
        let folder = tempfile::tempdir().expect("a folder");
        journal_of(folder.path(), &["a", "b"]);
        let mut tail = JournalTail::new(folder.path());
        tail.read().expect("read");
        let path = folder.path().join(FILE);
        rotate(&path, MAX_BYTES).expect("it is short");
        assert!(path.exists());
        rotate(&path, 10).expect("rotated");
        assert!(!path.exists());
        assert_eq!(names(&tail.read().expect("read")), ["a", "b"], "between the rotation and the next line");
        journal_of(folder.path(), &["c"]);
        assert_eq!(names(&tail.read().expect("read")), ["a", "b", "c"]);
        assert_eq!(names(&read_journal(folder.path()).expect("read")), ["a", "b", "c"]);
    }

    #[test]
    fn a_tail_holds_the_newest_entries() {
        let folder = tempfile::tempdir().expect("a folder");
        journal_of(folder.path(), &["a"]);
        let path = folder.path().join(FILE);
        let line = fs::read_to_string(&path).expect("a journal").lines().next().expect("a line").to_owned();
        let many: String = (0..MAX_TAIL + 5).map(|n| line.replace("\"a\"", &format!("\"w{n}\"")) + "\n").collect();
        fs::write(&path, many).expect("written");
        let entries = JournalTail::new(folder.path()).read().expect("read");
        assert_eq!((entries.len(), entries[0].name.as_str()), (MAX_TAIL, "w5"));
    }
}
