//! Which workflows are started where nobody says which: what failed, was skipped or never ran tonight.

use crate::analysis::outcome::{self, Outcome};
use crate::analysis::{capacity, reason};
use crate::domain::schedule::last_fire;
use crate::domain::{Pipeline, StepRun, Time, TriggerKind};
use chrono::TimeDelta;

/// How long a night lasts, looked at from its end.
const NIGHT: TimeDelta = TimeDelta::hours(24);
/// A run that should have started by its schedule has so long before it counts as never started.
const GRACE: TimeDelta = TimeDelta::minutes(5);

/// Whether a workflow's data of the last 24 hours are missing, and nothing is under way that brings them. One that somebody
/// has stopped, or whose schedule is off, is left alone.
pub fn is_missed(workflow: &Pipeline, now: Time) -> bool {
    let started = workflow.last_run.as_ref().and_then(|run| run.started_on);
    match outcome::of_pipeline(workflow) {
        Outcome::Running => false,
        Outcome::Failed | Outcome::Partial if started.is_some_and(|at| at >= now - NIGHT) => true,
        _ => never_started(workflow, started, now),
    }
}

/// Whether its last run, of the last 24 hours, failed because the account was at its DPU limit.
pub fn failed_for_capacity(workflow: &Pipeline, now: Time) -> bool {
    let Some(run) = &workflow.last_run else { return false };
    let attempt = reason::failed_step(run).and_then(StepRun::last);
    let over_limit = attempt.and_then(|attempt| attempt.error.as_deref()).is_some_and(capacity::is_over_limit);
    // Asked last: it reads schedules, and the board asks of every workflow at every frame.
    over_limit && is_missed(workflow, now)
}

/// Whether its schedule fired without a run.
fn never_started(workflow: &Pipeline, started: Option<Time>, now: Time) -> bool {
    let scheduled = workflow.triggers.iter().filter(|t| t.kind == TriggerKind::Scheduled && t.can_fire());
    let due = scheduled.filter_map(|trigger| last_fire(trigger.schedule.as_deref()?, now - GRACE)).max();
    due.is_some_and(|due| due >= now - NIGHT && started.is_none_or(|at| at < due - TimeDelta::minutes(1)))
}
