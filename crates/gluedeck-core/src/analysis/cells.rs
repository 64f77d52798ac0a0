//! Cells: one trigger and what it fired, in one state.

use crate::domain::{Pipeline, PipelineId, StepRun, StepState, Target, Trigger};

/// The state of a trigger and what it fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellState {
    /// It can fire, and has not in this run.
    Waiting,
    /// The trigger is off or was never activated.
    Off,
    /// The run is over, and it never fired.
    NotReached,
    /// The job run waits for capacity.
    Held,
    Starting,
    Running,
    Stopping,
    Succeeded,
    Failed,
    TimedOut,
    Stopped,
    /// The server tells nothing about the steps, or uses a word this version does not know.
    Unknown,
}

/// A trigger's cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The worst of what it starts.
    pub state: CellState,
    /// How many jobs and crawlers it starts.
    pub targets: usize,
    /// How many of them are done and good.
    pub succeeded: usize,
}

/// The cells of a workflow's triggers, in chain order.
pub fn cells(workflow: &Pipeline) -> Vec<Cell> {
    if let PipelineId::Alone(target) = &workflow.id {
        return vec![alone(workflow, target)];
    }
    workflow
        .triggers
        .iter()
        .map(|trigger| {
            let succeeded = |target: &&Target| {
                let last = workflow.last_run.as_ref().and_then(|run| run.step(target)).and_then(StepRun::last);
                last.is_some_and(|attempt| attempt.state == StepState::Succeeded)
            };
            let succeeded = trigger.actions.iter().filter(succeeded).count();
            Cell { state: state(workflow, trigger), targets: trigger.actions.len(), succeeded }
        })
        .collect()
}

/// The one cell of a job or crawler that stands alone, whatever starts it.
fn alone(pipeline: &Pipeline, target: &Target) -> Cell {
    let last = pipeline.last_run.as_ref().and_then(|run| run.step(target)).and_then(StepRun::last);
    let unread = if pipeline.is_unread() { CellState::Unknown } else { CellState::Waiting };
    let state = last.map_or(unread, |attempt| of_state(&attempt.state));
    Cell { targets: 1, succeeded: usize::from(state == CellState::Succeeded), state }
}

fn state(workflow: &Pipeline, trigger: &Trigger) -> CellState {
    let off = !trigger.can_fire();
    // A fan that is half done is not done: what it has not started yet counts too.
    let unstarted = |target: &&Target| {
        let run = workflow.last_run.as_ref();
        run.is_some_and(|run| run.step(target).is_none_or(|step| step.attempts.is_empty()))
    };
    let Some(run) = &workflow.last_run else {
        if workflow.is_unread() {
            return CellState::Unknown;
        }
        return if off { CellState::Off } else { CellState::Waiting };
    };
    if run.steps.is_none() {
        return if off { CellState::Off } else { CellState::Unknown };
    }
    let states = trigger.actions.iter().map(|target| run.step(target).and_then(|step| step.last()).map(|a| &a.state));
    // The worst is what one has to know.
    let worst = states.flatten().map(|state| (rank(state), state)).max_by_key(|(rank, _)| *rank);
    match worst {
        Some((_, StepState::Succeeded)) if trigger.actions.iter().any(|target| unstarted(&target)) => match off {
            true => CellState::Off,
            false if run.status.is_active() => CellState::Waiting,
            false => CellState::NotReached,
        },
        Some((_, state)) => of_state(state),
        None if off => CellState::Off,
        None if run.status.is_active() => CellState::Waiting,
        None => CellState::NotReached,
    }
}

/// What the cell of a step in a state shows.
pub fn of_state(state: &StepState) -> CellState {
    match state {
        StepState::Waiting => CellState::Held,
        StepState::Starting => CellState::Starting,
        StepState::Running => CellState::Running,
        StepState::Stopping | StepState::Cancelling => CellState::Stopping,
        StepState::Stopped | StepState::Cancelled => CellState::Stopped,
        StepState::Succeeded => CellState::Succeeded,
        StepState::Failed | StepState::Error | StepState::Expired => CellState::Failed,
        StepState::Timeout => CellState::TimedOut,
        StepState::Other(_) => CellState::Unknown,
    }
}

fn rank(state: &StepState) -> u8 {
    match state {
        StepState::Succeeded => 0,
        StepState::Other(_) => 1,
        StepState::Starting => 2,
        StepState::Running => 3,
        StepState::Waiting => 4,
        StepState::Stopping | StepState::Cancelling => 5,
        StepState::Stopped | StepState::Cancelled => 6,
        StepState::Timeout => 7,
        StepState::Failed | StepState::Error | StepState::Expired => 8,
    }
}

impl CellState {
    /// The word for the detail and for those who do not see the glyph.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Off => "inactive",
            Self::NotReached => "skipped",
            Self::Held => "queued",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed out",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }
}
