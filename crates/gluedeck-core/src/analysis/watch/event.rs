//! What a watcher sends.

use crate::analysis::check::Finding;
use crate::analysis::report::rfc3339;
use crate::analysis::words::counted;
use crate::domain::{Fault, JobRunId, PipelineId, Target, Time};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Something is wrong that was not before.
    Problem,
    /// What was reported is not wrong any more.
    Recovered,
    /// The account cannot be read.
    Unreadable,
    /// It can be read again.
    Readable,
}

/// A problem as it was reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    pub key: String,
    pub pipeline: Option<PipelineId>,
    /// `failed`.
    pub verdict: String,
    pub step: Option<Target>,
    pub run: Option<JobRunId>,
    /// Since when, if that is known.
    pub at: Option<Time>,
    pub state: Option<String>,
    /// `dpu_limit`.
    pub class: Option<String>,
    /// The cause in one line.
    pub text: String,
    pub reported_at: Time,
    /// Lines of the card, once it has been made: what did not run, what to do, and the command.
    #[serde(default)]
    pub details: Vec<String>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The same for the same event, whoever makes it and however often: receivers may tell doubles by it.
    pub id: String,
    pub kind: EventKind,
    pub at: Time,
    pub title: String,
    /// None of the account as a whole.
    pub problems: Vec<Reported>,
}

impl Reported {
    pub(super) fn of(finding: &Finding, now: Time) -> Self {
        Self {
            key: finding.key.clone(),
            pipeline: finding.pipeline.clone(),
            verdict: finding.verdict.word().to_owned(),
            step: finding.step.clone(),
            run: finding.run.clone(),
            at: finding.at,
            state: finding.state.clone(),
            class: finding.class.map(|class| class.word().to_owned()),
            text: finding.text.clone(),
            reported_at: now,
            details: Vec::new(),
        }
    }

    /// What several problems may have in common.
    pub(super) fn reason(&self) -> String {
        match &self.class {
            Some(class) if class != "unknown" => format!("{} {class}", self.verdict),
            _ => format!("{} {}", self.verdict, self.text),
        }
    }

    /// `User Workflow`, or `database`.
    pub fn name(&self) -> &str {
        self.pipeline.as_ref().map_or("databases", PipelineId::as_str)
    }

    fn json(&self) -> Value {
        json!({
            "key": self.key,
            "pipeline": self.pipeline.as_ref().map(PipelineId::as_str),
            "kind": self.pipeline.as_ref().map(|pipeline| pipeline.kind().word()),
            "verdict": self.verdict,
            "step": self.step.as_ref().map(Target::name),
            "run_id": self.run.as_ref().map(JobRunId::as_str),
            "at": self.at.map(rfc3339),
            "state": self.state,
            "class": self.class,
            "text": self.text,
            "details": self.details,
        })
    }
}

impl Event {
    pub(super) fn problem(problems: Vec<Reported>, at: Time) -> Self {
        let first = problems.first();
        let verdict = first.map(|first| first.verdict.replace('_', " ")).unwrap_or_default();
        let key = first.map(|first| first.key.clone()).unwrap_or_default();
        let (id, title) = match problems.as_slice() {
            [one] => (format!("problem {key}"), format!("{} {verdict}", one.name())),
            many => (
                format!("problem {key} and {} more", many.len() - 1),
                format!("{} {verdict}", counted(many.len(), "pipeline")),
            ),
        };
        Self { id, kind: EventKind::Problem, at, title, problems }
    }

    pub(super) fn recovered(problem: Reported, at: Time) -> Self {
        let (id, title) = (format!("recovered {}", problem.key), format!("{} has recovered", problem.name()));
        Self { id, kind: EventKind::Recovered, at, title, problems: vec![problem] }
    }

    pub(super) fn unreadable(fault: &Fault, since: Time, at: Time) -> Self {
        let id = format!("unreadable {:?} {}", fault.kind, rfc3339(since));
        let title = format!("the account cannot be read: {fault}");
        Self { id, kind: EventKind::Unreadable, at, title, problems: Vec::new() }
    }

    pub(super) fn readable(since: Time, reason: &str, at: Time) -> Self {
        let id = format!("readable {reason} {}", rfc3339(since));
        let title = format!("the account can be read again, since {} it could not", rfc3339(since));
        Self { id, kind: EventKind::Readable, at, title, problems: Vec::new() }
    }

    /// As JSON, with keys in snake_case and times in RFC 3339.
    pub fn json(&self) -> Value {
        json!({
            "id": self.id,
            "event": self.kind,
            "at": rfc3339(self.at),
            "title": self.title,
            "problems": self.problems.iter().map(Reported::json).collect::<Vec<_>>(),
        })
    }
}
