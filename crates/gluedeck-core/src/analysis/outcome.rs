//! The outcome of a workflow's last run: the truth, not the API's status.

use crate::domain::{Pipeline, PipelineRun, RunStatus, Statistics, StepState};

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// RUNNING or STOPPING.
    Running,
    /// The last attempt of a job or crawl FAILED, TIMEOUT or ERROR, or the run itself is ERROR.
    Failed,
    Stopped,
    /// Ended, nothing failed or stopped, but a step that waits for success never ran.
    Partial,
    Succeeded,
    NeverRan,
    /// It has ended, and neither steps nor statistics of it are known.
    Unknown,
}

impl Outcome {
    /// The word on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::NeverRan => "never ran",
            other => other.word(),
        }
    }

    /// The word in JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Partial => "partial",
            Self::Succeeded => "succeeded",
            Self::NeverRan => "never_ran",
            Self::Unknown => "unknown",
        }
    }
}

/// The outcome of a workflow's last run.
pub fn of_pipeline(workflow: &Pipeline) -> Outcome {
    match &workflow.last_run {
        None if workflow.is_unread() => Outcome::Unknown,
        None => Outcome::NeverRan,
        Some(run) => of_run(run, Some(workflow)),
    }
}

/// The outcome of a run. `COMPLETED` says only that nothing runs any more (AWS Glue, "Resuming a workflow run").
///
/// `workflow` tells which steps wait for success; without it, a step that never ran is taken to be one of those.
pub fn of_run(run: &PipelineRun, workflow: Option<&Pipeline>) -> Outcome {
    if run.status.is_active() {
        return Outcome::Running;
    }
    if run.status == RunStatus::Error {
        return Outcome::Failed;
    }
    let by_steps = run.steps.as_ref().map(|steps| {
        let states = || steps.iter().filter_map(|step| step.last()).map(|attempt| &attempt.state);
        let unreached = steps.iter().any(|step| {
            step.attempts.is_empty() && workflow.is_none_or(|workflow| waits_for_success(workflow, step.target.name()))
        });
        outcome(states().any(StepState::is_failure), states().any(StepState::is_stopped), unreached)
    });
    let ended = by_steps.or(run.statistics.map(by_statistics)).unwrap_or(Outcome::Unknown);
    match (&run.status, ended) {
        (RunStatus::Stopped, Outcome::Succeeded | Outcome::Partial | Outcome::Unknown) => Outcome::Stopped,
        _ => ended,
    }
}

fn outcome(failed: bool, stopped: bool, unreached: bool) -> Outcome {
    match (failed, stopped, unreached) {
        (true, _, _) => Outcome::Failed,
        (_, true, _) => Outcome::Stopped,
        (_, _, true) => Outcome::Partial,
        _ => Outcome::Succeeded,
    }
}

fn by_statistics(s: Statistics) -> Outcome {
    outcome(s.failed + s.timeout + s.errored > 0, s.stopped > 0, s.succeeded < s.total)
}

/// Whether some trigger starts the step at once or when everything before it went well. A step that only a failure
/// starts has not been missed when nothing failed.
fn waits_for_success(workflow: &Pipeline, target: &str) -> bool {
    let starting = workflow.triggers.iter().filter(|t| t.actions.iter().any(|action| action.name() == target));
    let mut starting = starting.peekable();
    starting.peek().is_none()
        || starting.any(|trigger| match &trigger.predicate {
            None => true,
            Some(predicate) => predicate.conditions.iter().all(|condition| condition.state == "SUCCEEDED"),
        })
}
