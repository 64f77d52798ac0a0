//! What replies change.

use super::model::Model;
use super::overlay::Overlay;
use super::{athena, refresh, rollouts};
use crate::flow::context::{Changed, MARKED};
use crate::flow::{Action, Done, Endpoint, How, Load, Reply, Slot};
use crate::ui::text::cut;
use gluedeck_core::analysis::triage::{Answer, Need};
use gluedeck_core::analysis::{History, cells, outcome, seen};
use gluedeck_core::domain::{Change, Fault, FaultKind, RunId, Workflow, WorkflowName};
use std::collections::{BTreeMap, HashMap};

/// Takes the reply of a slot.
pub(super) fn take(model: &mut Model, slot: Slot, result: Result<Reply, Fault>) -> Vec<Action> {
    if let Err(fault) = &result {
        model.remember(fault);
    }
    match slot {
        Slot::Names => names(model, result),
        Slot::Fleet => return fleet(model, result),
        Slot::Rest(_) => return rest(model, result),
        Slot::History(name) => history(model, name, result),
        Slot::Query(number) => return model.athena.reply(number, result, &model.context),
        Slot::StopQuery(id) => match result {
            Ok(_) => model.say("The server was told to cancel the query"),
            Err(fault) => {
                model.athena.not_stopped(&id);
                model.say(format!("The query may still run: {fault}"));
            }
        },
        Slot::Change => changed(model, result),
        Slot::Inquiry(need) => {
            let answer = pick(result, |reply| match reply {
                Reply::Inquired(answer) => Some(answer),
                _ => None,
            });
            model.triage.take(&need, answer.map_err(|fault| fault.to_string()));
        }
        Slot::Checks | Slot::Freshness(_) => {
            let rows = pick(result, |reply| match reply {
                Reply::Rows(rows) => Some(rows),
                _ => None,
            });
            model.quality.take(&slot, rows, model.context.now());
        }
        slot => value(model, slot, result),
    }
    Vec::new()
}

/// What is only put where it belongs.
fn value(model: &mut Model, slot: Slot, result: Result<Reply, Fault>) {
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
        Slot::Properties => {
            let text = pick(result, |reply| match reply {
                Reply::Properties(properties) => Some(properties),
                _ => None,
            });
            show_text(model, text.map(|properties| properties_text(&properties)));
        }
        Slot::Describe => {
            let text = pick(result, |reply| match reply {
                Reply::Described(text) => Some(text),
                _ => None,
            });
            show_text(model, text);
        }
        Slot::Log(_) | Slot::LogStreams(_) | Slot::LogCompare => log(model, slot, result),
        Slot::LiveTail => live(model, result),
        slot => athena::value(model, slot, result),
    }
}

/// What belongs to the log that is open.
fn log(model: &mut Model, slot: Slot, result: Result<Reply, Fault>) {
    let now = model.context.now();
    match slot {
        Slot::Log(n) => {
            let page = pick(result, |reply| match reply {
                Reply::LogPage(page) => Some(page),
                _ => None,
            });
            model.logs.page(n, page, &model.context);
        }
        Slot::LogStreams(n) => {
            let found = pick(result, |reply| match reply {
                Reply::LogStreams(found) => Some(*found),
                _ => None,
            });
            model.logs.streams(n, found, &model.context);
        }
        Slot::LogCompare => {
            let compared = pick(result, |reply| match reply {
                Reply::LogCompared(compared) => Some(compared),
                _ => None,
            });
            model.logs.compared(compared, now);
        }
        _ => {}
    }
}

/// What live tail brings, until it ends.
fn live(model: &mut Model, result: Result<Reply, Fault>) {
    match result {
        Ok(Reply::Live(live)) => model.logs.live(live.events, live.sampled),
        Ok(_) | Err(_) => {
            let why = result.err().map(|fault| format!(": {fault}")).unwrap_or_default();
            model.say(format!("Live tail has ended{why}; lines come by reading"));
            if let Some(open) = &mut model.logs.open {
                open.live_ended();
            }
        }
    }
}

/// What a slot expects of a reply; one of another kind is a fault.
pub(super) fn pick<T>(result: Result<Reply, Fault>, pick: impl FnOnce(Reply) -> Option<T>) -> Result<T, Fault> {
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
    if let Err(fault) = &runs {
        refresh::history_failed(model, &name, fault.kind);
    }
    let told = runs.as_ref().map(|_| Answer::Nothing).map_err(ToString::to_string);
    model.triage.take(&Need::History(name.clone()), told);
    let history = runs.map(|runs| History::of(model.context.workflow(&name), runs));
    let now = model.context.now();
    model.context.history.entry(name).or_default().take(history, now);
}

/// The names of the workflows are known, or not: without them nothing else can be read.
fn names(model: &mut Model, result: Result<Reply, Fault>) {
    let names = pick(result, |reply| match reply {
        Reply::Names(names) => Some(names),
        _ => None,
    });
    let now = model.context.now();
    match names {
        Ok(names) if names.is_empty() => {
            model.context.fleet.take(Ok(Vec::new()), now);
            model.context.fleet_read = Some(model.context.moment.wall);
            refresh::settled(model, None);
        }
        Ok(names) => refresh::listed(model, Some(names)),
        Err(fault) => {
            let kind = fault.kind;
            model.context.fleet.take(Err(fault), now);
            refresh::settled(model, Some(kind));
        }
    }
}

/// The workflows on the screen.
fn fleet(model: &mut Model, result: Result<Reply, Fault>) -> Vec<Action> {
    let now = model.context.now();
    let batch = pick(result, |reply| match reply {
        Reply::Batch { workflows, missing, trouble, .. } => Some((workflows, missing, trouble)),
        _ => None,
    });
    let fault = batch.as_ref().err().map(|fault| fault.kind);
    let mut actions = Vec::new();
    match batch {
        Ok((workflows, missing, trouble)) => {
            if let Some(trouble) = trouble {
                model.remember(&trouble);
            }
            model.context.fleet_read = Some(model.context.moment.wall);
            actions = merge(model, workflows, &missing);
            let all = model.context.fleet.value_mut().map(std::mem::take).unwrap_or_default();
            model.context.fleet.take(Ok(all), now);
        }
        Err(fault) => model.context.fleet.take(Err(fault), now),
    }
    actions.extend(tell_followed(model));
    refresh::settled(model, fault);
    actions
}

/// Workflows that are not on the screen. That they could not be read shows by the age of the round.
fn rest(model: &mut Model, result: Result<Reply, Fault>) -> Vec<Action> {
    let batch = pick(result, |reply| match reply {
        Reply::Batch { workflows, missing, graphs, .. } => Some((workflows, missing, graphs)),
        _ => None,
    });
    let Ok((workflows, missing, graphs)) = batch else {
        refresh::taken(model, &[], true);
        return Vec::new();
    };
    let whole = if graphs { workflows.clone() } else { Vec::new() };
    let actions = merge(model, whole, &missing);
    refresh::taken(model, &workflows, graphs);
    actions
}

/// Puts workflows in place of what was known of them; what has changed is noted.
fn merge(model: &mut Model, workflows: Vec<Workflow>, missing: &[WorkflowName]) -> Vec<Action> {
    let context = &mut model.context;
    let at = context.moment.wall;
    let known: HashMap<WorkflowName, usize> =
        context.workflows().iter().enumerate().map(|(n, workflow)| (workflow.name.clone(), n)).collect();
    let mut all = context.fleet.value_mut().map(std::mem::take).unwrap_or_default();
    let before: Vec<Workflow> =
        workflows.iter().filter_map(|workflow| all.get(*known.get(&workflow.name)?).cloned()).collect();
    context.changed.retain(|_, changed| at.saturating_sub(changed.at) < MARKED);
    for earlier in &before {
        let Some(now) = workflows.iter().find(|workflow| workflow.name == earlier.name) else { continue };
        let (then, cells_now) = (cells::cells(earlier), cells::cells(now));
        let differs: Vec<bool> = cells_now
            .iter()
            .enumerate()
            .map(|(n, cell)| then.get(n).map(|cell| &cell.state) != Some(&cell.state))
            .collect();
        // A picture from the disk is not what was seen a moment ago.
        if context.fleet.is_fresh() && differs.contains(&true) {
            context.changed.insert(now.name.clone(), Changed { cells: differs, at });
        }
    }
    let seen = seen::between(&before, &workflows, context.moment.utc);
    for workflow in workflows {
        match known.get(&workflow.name).and_then(|n| all.get_mut(*n)) {
            Some(place) => *place = workflow,
            None => all.push(workflow),
        }
    }
    all.retain(|workflow| !missing.contains(&workflow.name));
    match context.fleet.value_mut() {
        Some(fleet) => *fleet = all,
        None => context.fleet.take(Ok(all), context.moment.now),
    }
    let ended = watched(model, &before);
    model.activity.see(seen);
    ended
}

/// What became of the watched workflows that ran before.
fn watched(model: &Model, before: &[Workflow]) -> Vec<Action> {
    let running = |workflow: &&Workflow| workflow.last_run.as_ref().is_some_and(|run| run.status.is_active());
    let watched = before.iter().filter(running).filter(|workflow| model.watched.contains(&workflow.name));
    let ended = watched.filter_map(|workflow| model.context.workflow(&workflow.name)).filter(|w| !running(w));
    ended.map(|workflow| Action::Notify(ended_text(model, workflow))).collect()
}

fn ended_text(model: &Model, workflow: &Workflow) -> String {
    let why = model.context.reason(workflow).map(|reason| format!(": {}", reason.text)).unwrap_or_default();
    format!("{} has ended: {}{why}", workflow.name, outcome::of_workflow(workflow).word().replace('_', " "))
}

/// What is in the account that answers is not what another one's picture shows.
pub(super) fn other_account(model: &mut Model) {
    let account = model.context.session.account.value();
    let kept = matches!(model.context.fleet, Load::Kept { .. });
    if kept && account.is_some() && model.kept_account.is_some() && account != model.kept_account.as_ref() {
        model.context.fleet = Load::Loading;
        model.context.history.clear();
        model.say("The picture on the disk was of another account; it was put away");
    }
}

fn show_text(model: &mut Model, text: Result<String, Fault>) {
    let now = model.context.now();
    if let Some(Overlay::Text(page)) = &mut model.overlay {
        page.text.take(text, now);
    }
}

fn properties_text(properties: &BTreeMap<String, String>) -> String {
    if properties.is_empty() {
        return "The run has no properties.".to_owned();
    }
    let widest = properties.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(name, value): (&String, &String)| format!("{name:<widest$}  {value}");
    properties.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn changed(model: &mut Model, result: Result<Reply, Fault>) {
    // What the change did shows at the next reading, so that comes at once.
    refresh::soon(model);
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
fn tell_followed(model: &mut Model) -> Vec<Action> {
    let context = &model.context;
    let mut ended = Vec::new();
    let mut followed = std::mem::take(&mut model.followed);
    followed.retain(|(name, run)| {
        let Some(workflow) = context.workflow(name) else { return false };
        let Some(last) = workflow.last_run.as_ref().filter(|last| &last.id == run) else {
            // Not in the picture yet, or followed by another run.
            return workflow.last_run.as_ref().is_none_or(|last| last.status.is_active());
        };
        if last.status.is_active() {
            return true;
        }
        ended.push(ended_text(model, workflow));
        false
    });
    model.followed = followed;
    let Some(last) = ended.pop() else { return Vec::new() };
    let more = if ended.is_empty() { String::new() } else { format!(" ({} more ended)", ended.len()) };
    let text = format!("{last}{more}");
    model.say(text.clone());
    vec![Action::Notify(text)]
}
