//! Refreshing: what is read again, and when. One call for 25 workflows; history once, and after a run has ended.

use super::model::Model;
use crate::domain::{FaultKind, Workflow};
use crate::flow::{Action, Load, Request, Route, Slot};
use std::time::Duration;

/// While something runs.
const BUSY: Duration = Duration::from_secs(3);
/// While nothing runs.
const CALM: Duration = Duration::from_secs(15);
/// In a sandbox, whose clock runs faster than the wall.
const SANDBOX: Duration = Duration::from_secs(1);
/// Names are listed again this often, for workflows that were added.
const NAMES: Duration = Duration::from_secs(300);
/// Between two reads of histories: of an account, and of a sandbox, which has no quotas.
const HISTORY: Duration = Duration::from_millis(150);
const SANDBOX_HISTORY: Duration = Duration::from_millis(25);
/// Longest wait after failures.
const LONGEST: Duration = Duration::from_secs(30);

/// The requests that are due.
pub(super) fn due(model: &mut Model) -> Vec<Action> {
    let wall = model.context.moment.wall;
    let mut actions = Vec::new();
    let free = |model: &Model, slot: &Slot| !model.slots.contains_key(slot);
    if free(model, &Slot::Fleet) && wall >= model.refresh.fleet_at {
        if wall >= model.refresh.names_at + NAMES {
            model.refresh.names = None;
        }
        actions.push(Action::Request(Slot::Fleet, Request::Fleet { names: model.refresh.names.clone() }));
        // Not again before the answer; `settled` sets the real time.
        model.refresh.fleet_at = wall + LONGEST;
    }
    if free(model, &Slot::Identity)
        && model.context.session.account.value().is_none()
        && wall >= model.refresh.identity_at
    {
        model.refresh.identity_at = wall + LONGEST;
        actions.push(Action::Request(Slot::Identity, Request::Identity));
    }
    // Without permission or a quota the limit stays unknown, which is no reason to ask all the time.
    if free(model, &Slot::DpuLimit) && wall >= model.refresh.limit_at {
        model.refresh.limit_at = wall + NAMES;
        actions.push(Action::Request(Slot::DpuLimit, Request::DpuLimit));
    }
    let wanted = model.route == Route::Athena || model.context.fleet.value().is_some();
    if free(model, &Slot::Databases) && wanted && matches!(model.context.databases, Load::Idle) {
        actions.push(Action::Request(Slot::Databases, Request::Databases));
    }
    actions.extend(next_history(model));
    actions
}

/// Everything again, at once.
pub(super) fn now(model: &mut Model) -> Vec<Action> {
    model.refresh.fleet_at = Duration::ZERO;
    model.refresh.names = None;
    model.refresh.failures = 0;
    model.refresh.identity_at = Duration::ZERO;
    model.refresh.limit_at = Duration::ZERO;
    model.refresh.history_of.clear();
    if matches!(model.context.databases, Load::Failed { .. }) {
        model.context.databases = Load::Idle;
    }
    due(model)
}

/// Sets the time of the next refresh after an answer.
pub(super) fn settled(model: &mut Model, fault: Option<FaultKind>) {
    let wall = model.context.moment.wall;
    let wait = match fault {
        None => {
            model.refresh.failures = 0;
            let running = model.context.workflows().iter().any(is_running);
            if model.context.moment.speed > 1.0 {
                SANDBOX
            } else if running {
                BUSY
            } else {
                CALM
            }
        }
        Some(_) => {
            model.refresh.failures += 1;
            (BUSY * 2_u32.saturating_pow(model.refresh.failures.min(5) - 1)).min(LONGEST)
        }
    };
    model.refresh.fleet_at = wall + wait;
}

fn is_running(workflow: &Workflow) -> bool {
    workflow.last_run.as_ref().is_some_and(|run| run.status.is_active())
}

/// The history of one workflow whose history is not known, or whose last run has ended since; in the board's order.
fn next_history(model: &mut Model) -> Option<Action> {
    let wall = model.context.moment.wall;
    let under_way = model.slots.keys().filter(|slot| matches!(slot, Slot::History(_))).count();
    if wall < model.refresh.history_at || under_way >= 3 {
        return None;
    }
    let context = &model.context;
    let stale = |workflow: &&Workflow| {
        let last = last_run_key(workflow);
        model.refresh.history_of.get(&workflow.name) != Some(&last)
            && !model.slots.contains_key(&Slot::History(workflow.name.clone()))
    };
    let rows = model.board.rows(context);
    let visible = rows.into_iter().find(stale);
    let workflow = visible.or_else(|| context.workflows().iter().find(|workflow| stale(workflow)))?;
    let (name, key) = (workflow.name.clone(), last_run_key(workflow));
    model.refresh.history_of.insert(name.clone(), key);
    model.refresh.history_at = wall + if model.context.moment.speed > 1.0 { SANDBOX_HISTORY } else { HISTORY };
    Some(Action::Request(Slot::History(name.clone()), Request::History(name)))
}

/// What history depends on: the last run, and whether it is over.
fn last_run_key(workflow: &Workflow) -> String {
    match &workflow.last_run {
        None => String::new(),
        Some(run) => format!("{} {}", run.id, run.status.is_active()),
    }
}
