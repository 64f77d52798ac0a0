//! Why there is nothing to plan.

use crate::domain::{PipelineId, Target, TriggerKind, TriggerName};
use thiserror::Error;

/// Why there is nothing to do, or nothing that could be done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanError {
    #[error("{0} has no known steps; nothing to start")]
    NoSteps(PipelineId),
    #[error(
        "{0} is started by its schedule or its event only, and what is run by hand starts nothing after it: start its jobs one after the other, each with `gluedeck job start NAME`, or with r on its step"
    )]
    NoStart(PipelineId),
    #[error("{workflow}: {why}")]
    NoRerun { workflow: PipelineId, why: &'static str },
    #[error("{workflow}: cannot resume from the failed step, because {why}")]
    NoResume { workflow: PipelineId, why: &'static str },
    #[error("{0} is not running; nothing to stop")]
    NotRunning(PipelineId),
    #[error("this run of {0} has ended; nothing to stop")]
    RunEnded(Target),
    #[error("{trigger} is of type {}: it cannot be {done}", .kind.word())]
    TriggerStays { trigger: TriggerName, kind: TriggerKind, done: &'static str },
    #[error("{0} has no schedule trigger")]
    NoSchedule(PipelineId),
    #[error("{0}: schedule is already active")]
    ScheduleActive(PipelineId),
    #[error("{0}: schedule is already off")]
    ScheduleOff(PipelineId),
    #[error("the schedules already match the plan; nothing to change")]
    SchedulesMatch,
    /// What has become of the rollout.
    #[error("nothing left to send: {0}")]
    NothingLeft(String),
    #[error(
        "cannot be reverted: only changes of schedules, of the activation of triggers and of jobs' settings can, if no secret is among them"
    )]
    Irreversible,
    /// What is as it was, and what somebody else has changed.
    #[error("nothing to revert. {0}")]
    NothingToRevert(String),
    #[error("nothing to do for any of the {}: {}", .0.len(), list(.0))]
    NothingForAny(Vec<PlanError>),
}

fn list(errors: &[PlanError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
