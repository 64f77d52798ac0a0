//! What replies change.

use super::model::Model;
use super::refresh;
use crate::analysis::History;
use crate::domain::{Fault, FaultKind, WorkflowName};
use crate::flow::{Action, Endpoint, Reply, Slot};
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
    model.context.fleet.take(workflows, now);
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
    match result {
        Ok(Reply::Changed { change, id }) => {
            let id = id.map(|id| format!(", run {}", cut(&id, 15))).unwrap_or_default();
            model.changed += 1;
            match model.changed {
                1 => model.say(format!("{}: {}{id}", change.name(), change.done())),
                done => model.say(format!("{done} done; the last was {}: {}{id}", change.name(), change.done())),
            }
            if model.changes.is_empty() {
                model.board.marked.clear();
            }
        }
        Ok(_) => model.remember(&unexpected()),
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
