//! What has been seen to change between two readings of the account.

use super::outcome::{self, Outcome};
use crate::domain::{Pipeline, Time};

/// Something that was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedChange {
    /// By this machine's clock.
    pub at: Time,
    pub kind: ObservedKind,
    /// What it is about: a workflow, or an operation.
    pub name: String,
    pub text: String,
}

/// The kinds that are shown differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObservedKind {
    /// A workflow's outcome.
    State(Outcome),
    /// A failed call.
    Error,
}

/// The workflows whose outcome, or whose run, is another than before.
pub fn between(before: &[Pipeline], now: &[Pipeline], at: Time) -> Vec<ObservedChange> {
    let changed = now.iter().filter_map(|workflow| {
        let earlier = before.iter().find(|earlier| earlier.id == workflow.id)?;
        let (was, is) = (outcome::of_pipeline(earlier), outcome::of_pipeline(workflow));
        let run = |workflow: &Pipeline| workflow.last_run.as_ref().map(|run| run.id.clone());
        if was == is && run(earlier) == run(workflow) {
            return None;
        }
        let id = run(workflow).map(|id| format!(" · {id}")).unwrap_or_default();
        let resumed = workflow.last_run.as_ref().and_then(|run| run.previous.as_ref());
        let resumed = resumed.map(|previous| format!(", resumes {previous}")).unwrap_or_default();
        let text = format!("{} to {}{id}{resumed}", was.title(), is.title());
        Some(ObservedChange { at, kind: ObservedKind::State(is), name: workflow.id.to_string(), text })
    });
    changed.collect()
}
