//! What replies change.

use super::model::Model;
use super::{refresh, rollouts};
use crate::analysis::{History, outcome, seen};
use crate::domain::{Change, Fault, FaultKind, RunId, WorkflowName};
use crate::flow::{Action, Done, Endpoint, How, Reply, Slot};
use crate::ui::text::cut;
use std::time::Duration;

/// Takes the reply of a slot.
pub(super) fn take(model: &mut Model, slot: Slot, result: Result<Reply, Fault>) -> Vec<Action> {
    if let Err(fault) = &result {
        model.remember(fault);
    }
    let now = model.context.now();
    match slot {
        Slot::Identity => {
            let account = pick(result, |reply| match reply {
                Reply::Identity { account, .. } => Some(account),
                _ => None,
            });
            model.context.session.account.take(account, now);
        }
        Slot::DpuLimit => {
            let limit = pick(result, |reply| match reply {
                Reply::DpuLimit(limit) => Some(limit),
                _ => None,
            });
            model.context.dpu_limit.take(limit, now);
        }
        Slot::Databases => {
            let names = pick(result, |reply| match reply {
                Reply::Databases(names) => Some(names),
                _ => None,
            });
            if let Ok(names) = &names {
                model.athena.databases(names);
            }
            model.context.databases.take(names, now);
        }
        Slot::Jobs => {
            let jobs = pick(result, |reply| match reply {
                Reply::Jobs(jobs) => Some(jobs),
                _ => None,
            });
            model.context.jobs.take(jobs, now);
        }
        Slot::Fleet => fleet(model, result),
        Slot::History(name) => history(model, name, result),
        Slot::Log(n) => {
            let page = pick(result, |reply| match reply {
                Reply::LogPage(page) => Some(page),
                _ => None,
            });
            model.logs.page(n, page, &model.context);
        }
        Slot::Query => return query(model, result),
        Slot::StopQuery(_) => match result {
            Ok(_) => model.say("The server was told to cancel the query"),
            Err(fault) => model.say(format!("The query may still run: {fault}")),
        },
        Slot::Change => changed(model, result),
    }
    Vec::new()
}

/// What a slot expects of a reply; one of another kind is a fault.
fn pick<T>(result: Result<Reply, Fault>, pick: impl FnOnce(Reply) -> Option<T>) -> Result<T, Fault> {
    pick(result?).ok_or_else(unexpected)
}

fn unexpected() -> Fault {
    Fault::new(FaultKind::Garbled, "reply", "an answer of another kind than was asked for")
}

fn history(model: &mut Model, name: WorkflowName, result: Result<Reply, Fault>) {
    let runs = pick(result, |reply| match reply {
        Reply::History(runs) => Some(runs),
        _ => None,
    });
    if runs.is_err() {
        // Asked for again, but not at once.
        model.refresh.history_of.remove(&name);
        model.refresh.history_at = model.context.moment.wall + Duration::from_secs(5);
    }
    let history = runs.map(|runs| History::of(model.context.workflow(&name), runs));
    let now = model.context.now();
    model.context.history.entry(name).or_default().take(history, now);
}

fn fleet(model: &mut Model, result: Result<Reply, Fault>) {
    let now = model.context.now();
    let wall = model.context.moment.wall;
    let workflows = pick(result, |reply| match reply {
        Reply::Fleet { workflows } => Some(workflows),
        _ => None,
    });
    let fault = workflows.as_ref().err().map(|fault| fault.kind);
    if let Ok(workflows) = &workflows {
        model.context.fleet_read = wall;
        if model.refresh.names.is_none() {
            model.refresh.names_at = wall;
        }
        // An empty account is listed again each time: one call, and the first workflow shows at once.
        let names: Vec<_> = workflows.iter().map(|workflow| workflow.name.clone()).collect();
        model.refresh.names = (!names.is_empty()).then_some(names);
    }
    if let Ok(workflows) = &workflows {
        let changes = seen::between(model.context.workflows(), workflows, model.context.moment.utc);
        model.activity.see(changes);
    }
    model.context.fleet.take(workflows, now);
    tell_followed(model);
    refresh::settled(model, fault);
}

fn query(model: &mut Model, result: Result<Reply, Fault>) -> Vec<Action> {
    use crate::screens::athena::Phase;
    let context = &model.context;
    match (&model.athena.phase, result) {
        (Phase::Starting { .. }, Ok(Reply::QueryStarted(id))) => model.athena.started(Ok(id), context),
        (Phase::Starting { .. }, Err(fault)) => model.athena.started(Err(fault), context),
        (Phase::Running { .. }, Ok(Reply::QueryStatus(status))) => model.athena.status(Ok(status), context),
        (Phase::Running { .. }, Err(fault)) => model.athena.status(Err(fault), context),
        (Phase::Ended { .. }, Ok(Reply::QueryRows(page))) => model.athena.rows(Ok(page), context),
        (Phase::Ended { .. }, Err(fault)) => model.athena.rows(Err(fault), context),
        _ => Vec::new(),
    }
}

fn changed(model: &mut Model, result: Result<Reply, Fault>) {
    // What the change did shows at the next reading, so that comes at once.
    model.refresh.fleet_at = Duration::ZERO;
    let change = model.sent.take();
    let result = match result {
        Ok(Reply::Changed { done, .. }) => Ok(done),
        Ok(_) => Err(unexpected()),
        Err(fault) => Err(fault),
    };
    if let (Some(change), Ok(done)) = (&change, &result) {
        follow(model, change, done);
    }
    if change.as_ref().is_some_and(|change| rollouts::settle(model, change, &result)) {
        return;
    }
    match result {
        Ok(done) => {
            let found = match done.how {
                How::Answered => "",
                How::FoundByReading => ", found by reading: no answer had come",
                How::Already => ": it was so already, nothing was sent",
            };
            let id = done.id.map(|id| format!(", run {}", cut(&id, 15))).unwrap_or_default();
            let what = change.as_ref().map_or(String::new(), |change| format!("{}: {}", change.name(), change.done()));
            model.changed += 1;
            match model.changed {
                1 => model.say(format!("{what}{id}{found}")),
                done => model.say(format!("{done} done; the last was {what}{id}{found}")),
            }
            if model.changes.is_empty() {
                model.board.marked.clear();
            }
        }
        Err(fault) => {
            let place = match &model.context.session.endpoint {
                Endpoint::Sandbox(_) => " in the sandbox",
                _ => "",
            };
            let not_sent = match model.changes.len() {
                0 => String::new(),
                count => format!(", and {count} after it not sent"),
            };
            model.changes.clear();
            model.say(format!("Not done{place}{not_sent}: {fault}. {}", fault.advice()));
        }
    }
}

/// A run that was started here is followed until it has ended.
fn follow(model: &mut Model, change: &Change, done: &Done) {
    if let (Change::Start { workflow, .. } | Change::Resume { workflow, .. }, Some(id)) = (change, &done.id) {
        model.followed.push((workflow.clone(), RunId::new(id)));
    }
}

/// Says what became of the runs that are followed, and stops following those that have ended.
fn tell_followed(model: &mut Model) {
    let context = &model.context;
    let mut ended = Vec::new();
    model.followed.retain(|(name, run)| {
        let Some(workflow) = context.workflow(name) else { return false };
        let Some(last) = workflow.last_run.as_ref().filter(|last| &last.id == run) else {
            // Not in the picture yet, or followed by another run.
            return workflow.last_run.as_ref().is_none_or(|last| last.status.is_active());
        };
        if last.status.is_active() {
            return true;
        }
        let why = context.reason(workflow).map(|reason| format!(": {}", reason.text)).unwrap_or_default();
        ended.push(format!("{name} has ended: {}{why}", outcome::of_workflow(workflow).word().replace('_', " ")));
        false
    });
    if let Some(last) = ended.pop() {
        let more = if ended.is_empty() { String::new() } else { format!(" ({} more ended)", ended.len()) };
        model.say(format!("{last}{more}"));
    }
}
