//! Why a workflow, or all of them, cannot be staggered.

use crate::domain::{Dpu, PipelineId, TriggerState};
use thiserror::Error;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum StaggerError {
    #[error("nothing to plan: no workflow selected")]
    NothingSelected,
    #[error(
        "nothing to start: no workflow failed, was skipped or missed its start in the last 24 hours; to start others, mark \
         them on the board, or name them"
    )]
    NothingMissed,
    #[error("nothing to plan. {}", list(.0))]
    NothingToPlan(Vec<(PipelineId, NotPlanned)>),
}

/// Why a workflow is not in a plan.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum NotPlanned {
    #[error("workflow not found")]
    NotFound,
    #[error("no known steps")]
    NoSteps,
    #[error("already running")]
    Running,
    /// A job by itself is started with arguments that a plan does not know.
    #[error("not a workflow: rerun it with the arguments of a run of its own")]
    NotAWorkflow,
    #[error("no schedule trigger")]
    NoSchedule,
    #[error("schedule is {}", .0.word())]
    ScheduleOff(TriggerState),
    #[error("schedule {0} is not a single time of day: not changed")]
    NoTimeOfDay(String),
    #[error("peaks at {peak} DPUs on its own, over the limit of {limit}")]
    OverLimit { peak: Dpu, limit: Dpu },
    #[error("its start would move to the next day, not possible with schedule {0}")]
    NextDay(String),
}

fn list(skipped: &[(PipelineId, NotPlanned)]) -> String {
    skipped.iter().map(|(name, why)| format!("{name}: {why}")).collect::<Vec<_>>().join("; ")
}
