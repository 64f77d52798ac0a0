//! What is found of a pipeline.

use crate::analysis::log::Class;
use crate::analysis::report::rfc3339;
use crate::domain::{JobRunId, Pipeline, PipelineId, Target, Time};
use serde_json::{Value, json};

/// What is wrong with a pipeline, or that nothing is. The worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A step failed, timed out or was stopped, and has not run well since.
    Failed,
    /// Nothing started when it should have.
    NeverRan,
    /// It runs for longer than its runs of the last fortnight did.
    Late,
    /// Its data are older than they should be.
    Stale,
    /// It is not defined as its file says.
    Drift,
    /// What it takes to tell could not be read.
    Unknown,
    Running,
    /// Its schedule is switched off.
    Off,
    Fine,
}

impl Verdict {
    /// All of which a command may be told to fail.
    pub const FAILING: [Self; 5] = [Self::Failed, Self::Late, Self::Stale, Self::NeverRan, Self::Drift];

    /// `never_ran`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::NeverRan => "never_ran",
            Self::Late => "late",
            Self::Stale => "stale",
            Self::Drift => "drift",
            Self::Unknown => "unknown",
            Self::Running => "running",
            Self::Off => "off",
            Self::Fine => "fine",
        }
    }

    /// `never ran`.
    pub fn title(self) -> &'static str {
        match self {
            Self::NeverRan => "never ran",
            other => other.word(),
        }
    }
}

/// One line of a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What tells it from every other, and stays the same for as long as it lasts.
    pub key: String,
    /// None of a database that is not as its file says.
    pub pipeline: Option<PipelineId>,
    pub verdict: Verdict,
    /// None of what concerns the whole pipeline.
    pub step: Option<Target>,
    pub run: Option<JobRunId>,
    /// Since when, if that is known.
    pub at: Option<Time>,
    /// The state as the API reports it.
    pub state: Option<String>,
    /// Of a failure.
    pub class: Option<Class>,
    /// In one line.
    pub text: String,
    /// Whether a newer run is under way.
    pub runs_again: bool,
    /// Whether an alert of it was posted; none where that is not known.
    pub alert_sent: Option<bool>,
}

impl Finding {
    /// Of the pipeline as a whole.
    pub(super) fn of(pipeline: &Pipeline, verdict: Verdict, key: String, text: String) -> Self {
        Self { pipeline: Some(pipeline.id.clone()), ..Self::plain(verdict, key, text) }
    }

    /// Of no pipeline.
    pub fn plain(verdict: Verdict, key: String, text: String) -> Self {
        Self {
            key,
            pipeline: None,
            verdict,
            step: None,
            run: None,
            at: None,
            state: None,
            class: None,
            text,
            runs_again: false,
            alert_sent: None,
        }
    }

    /// As JSON: keys in snake_case and times in RFC 3339.
    pub fn json(&self) -> Value {
        json!({
            "key": self.key,
            "pipeline": self.pipeline.as_ref().map(PipelineId::as_str),
            "kind": self.pipeline.as_ref().map(|pipeline| pipeline.kind().word()),
            "verdict": self.verdict.word(),
            "step": self.step.as_ref().map(Target::name),
            "run_id": self.run.as_ref().map(JobRunId::as_str),
            "at": self.at.map(rfc3339),
            "state": self.state,
            "class": self.class.map(Class::word),
            "text": self.text,
            "runs_again": self.runs_again,
            "alert_sent": self.alert_sent,
        })
    }
}
