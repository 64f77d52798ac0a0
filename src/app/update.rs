//! The one door for change: `update(model, msg) -> effects`. No await, no clock, no randomness in here.

use super::confirm::{Confirm, Decision};
use super::model::Model;
use super::overlay::Overlay;
use super::{refresh, replies, rollouts};
use crate::analysis::plan::Plan;
use crate::domain::Fault;
use crate::domain::policy::Assent;
use crate::flow::effect::{Consent, Leave};
use crate::flow::form::{edited, typed};
use crate::flow::{
    Action, Code, Command, Dialog, Effect, Endpoint, Key, Msg, Reply, Request, Route, Scope, Slot, Ticket,
};
use crate::ui::Theme;
use crate::ui::scroll::moved;
use crate::ui::text::cut;
use chrono::TimeDelta;

/// Takes a message; answers what the shell shall do.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(moment) => {
            let before = std::mem::replace(&mut model.context.moment, moment);
            let sandbox = matches!(model.context.session.endpoint, Endpoint::Sandbox(_));
            if sandbox && before.now > moment.now + TimeDelta::minutes(1) {
                // Only another sandbox at the same address is younger than the one before.
                model.say("The clock went back: another sandbox answers at this address. Everything is read again");
                model.context.history.clear();
                let actions = refresh::now(model);
                return apply(model, actions);
            }
            if model.notice.as_ref().is_some_and(|(_, until)| moment.wall >= *until) {
                model.notice = None;
            }
            tick(model)
        }
        Msg::Key(key) => on_key(model, key),
        Msg::Paste(text) => on_paste(model, &text),
        Msg::Resize { width, height } => {
            model.context.size = (width, height);
            Vec::new()
        }
        Msg::Reply { slot, ticket, result } => on_reply(model, slot, ticket, result),
        Msg::Staggered { number, plan } => {
            model.stagger.take(number, plan);
            Vec::new()
        }
        Msg::Interrupted(rollout) => {
            rollouts::found(model, rollout);
            Vec::new()
        }
        Msg::Journal(journal) => {
            model.activity.journal = journal;
            Vec::new()
        }
        Msg::Terminate => quit(model, Leave::Done),
    }
}

/// Takes a reply, and does what it makes possible.
fn on_reply(model: &mut Model, slot: Slot, ticket: Ticket, result: Result<Reply, Fault>) -> Vec<Effect> {
    // A reply that is late, or was replaced, dies here.
    if model.slots.get(&slot) != Some(&ticket) {
        return Vec::new();
    }
    model.slots.remove(&slot);
    let account_was = model.context.session.place();
    let (was_change, was_fleet) = (slot == Slot::Change, slot == Slot::Fleet && result.is_ok());
    let actions = replies::take(model, slot, result);
    let mut effects = apply(model, actions);
    if was_change {
        effects.push(Effect::ReadJournal);
        effects.extend(model.rollout.as_ref().map(|running| Effect::SaveRollout(running.rollout.clone())));
        effects.extend(next_change(model));
        effects.extend(rollouts::pump(model));
    }
    if was_fleet {
        effects.extend(rollouts::admit(model));
    }
    let place = model.context.session.place();
    effects.extend(place.filter(|place| account_was.as_ref() != Some(place)).map(Effect::FindRollout));
    effects.extend(tick(model));
    effects
}

/// What is due by now.
fn tick(model: &mut Model) -> Vec<Effect> {
    let mut actions = refresh::due(model);
    actions.extend(model.athena.tick(&model.context));
    if model.route == Route::Logs {
        actions.extend(model.logs.tick(&model.context));
    }
    let mut effects = apply(model, actions);
    effects.extend(rollouts::due(model));
    effects
}

fn on_key(model: &mut Model, key: Key) -> Vec<Effect> {
    if model.overlay.is_some() {
        return key_in_overlay(model, key);
    }
    if model.route == Route::Board && model.board.filtering {
        model.board.key(key);
        return Vec::new();
    }
    if model.route == Route::Logs && model.logs.open.as_ref().is_some_and(|open| open.filtering) {
        model.logs.key(key);
        return Vec::new();
    }
    if model.route == Route::Activity && model.activity.filtering {
        model.activity.key(key);
        return Vec::new();
    }
    match model.command_of(key) {
        Some(command) => carry_out(model, command),
        None if model.scope() == Scope::Editor && key.code == Code::Char('c') && key.ctrl => leave(model),
        None if model.scope() == Scope::Editor => {
            let actions = model.athena.key(key);
            apply(model, actions)
        }
        None => Vec::new(),
    }
}

fn key_in_overlay(model: &mut Model, key: Key) -> Vec<Effect> {
    let wall = model.context.moment.wall;
    match &mut model.overlay {
        Some(Overlay::Confirm(confirm)) => match confirm.key(key, wall) {
            Decision::Open => Vec::new(),
            Decision::Cancelled => {
                model.overlay = None;
                model.say("Cancelled; nothing was sent");
                Vec::new()
            }
            Decision::Confirmed => match model.overlay.take() {
                Some(Overlay::Confirm(confirm)) => consented(model, *confirm),
                _ => Vec::new(),
            },
        },
        Some(Overlay::Help(top)) => {
            match key.code {
                Code::Char('j') | Code::Down => *top += 1,
                Code::Char('k') | Code::Up => *top = top.saturating_sub(1),
                Code::PageDown | Code::Char('d') => *top = moved(*top, 10, 1_000),
                Code::PageUp | Code::Char('u') => *top = top.saturating_sub(10),
                _ => model.overlay = None,
            }
            Vec::new()
        }
        _ => {
            model.overlay = None;
            Vec::new()
        }
    }
}

/// Does what was consented to.
fn consented(model: &mut Model, confirm: Confirm) -> Vec<Effect> {
    let dialog = confirm.dialog;
    let of = dialog.plan.changes.len();
    let batch = (of > 1).then(|| format!("batch-{}", model.context.moment.utc.format("%Y%m%dT%H%M%S%.3fZ")));
    let assent = Assent { typed: typed(&dialog.fields), of, batch };
    let busy = model.slots.contains_key(&Slot::Change) || !model.changes.is_empty();
    match dialog.what {
        Consent::Leave => quit(model, Leave::Done),
        Consent::OpenSandbox => quit(model, Leave::ForSandbox),
        _ if busy => {
            model.say("Another change is still under way; nothing was sent");
            Vec::new()
        }
        Consent::Rollout(rollout) => {
            let batch = Some(rollout.id.clone());
            rollouts::begin(model, rollout, Assent { batch, ..assent })
        }
        Consent::Revert(id) => {
            (model.changes, model.assent, model.changed) = (dialog.plan.changes.into(), assent, 0);
            let mut effects = rollouts::reverted(model, &id);
            effects.extend(next_change(model));
            effects
        }
        Consent::Changes => match edited(dialog.plan.changes, &dialog.fields) {
            Ok(changes) => {
                (model.changes, model.assent, model.changed) = (changes.into(), assent, 0);
                next_change(model).into_iter().collect()
            }
            Err(why) => {
                model.say(format!("{why}; nothing was sent"));
                Vec::new()
            }
        },
    }
}

/// Sends the next change that has consent.
fn next_change(model: &mut Model) -> Option<Effect> {
    let change = model.changes.pop_front()?;
    let rest = if model.changes.is_empty() { String::new() } else { format!(", {} to go", model.changes.len()) };
    model.say(format!("{} sent for {}{rest} …", change.operation(), change.name()));
    let assent = model.assent.clone();
    Some(request(model, Slot::Change, Request::Change { change, assent }))
}

/// Text that came at once is text: it goes into what takes text, and nowhere else.
fn on_paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if let Some(Overlay::Confirm(confirm)) = &mut model.overlay {
        confirm.paste(text);
        return Vec::new();
    }
    if model.overlay.is_none() && model.route == Route::Board && model.board.filtering {
        model.board.filter.paste(text);
    } else if model.overlay.is_none() && model.route == Route::Activity && model.activity.filtering {
        model.activity.filter.paste(text);
    } else if let Some(open) = model.logs.open.as_mut().filter(|open| open.filtering && model.route == Route::Logs) {
        let mut filter = open.filter.clone();
        filter.paste(text);
        open.set_filter(filter);
    } else if model.overlay.is_none() && model.scope() == Scope::Editor {
        let actions = model.athena.paste(text);
        return apply(model, actions);
    } else {
        model.say("A paste does nothing here: pasted text is never taken for keys");
    }
    Vec::new()
}

fn carry_out(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::Help => model.overlay = Some(Overlay::Help(0)),
        Command::Errors => model.overlay = Some(Overlay::Errors),
        Command::Quit => return leave(model),
        Command::GoBoard => return go(model, Route::Board),
        Command::GoLogs => return go(model, Route::Logs),
        Command::GoAthena => return go(model, Route::Athena),
        Command::GoStagger => return go(model, Route::Stagger),
        Command::GoActivity => return go(model, Route::Activity),
        Command::Refresh => {
            let actions = refresh::now(model);
            return apply(model, actions);
        }
        Command::NextTheme => next_theme(model),
        Command::Back => return back(model),
        command => {
            let actions = on_screen(model, command);
            return apply(model, actions);
        }
    }
    Vec::new()
}

/// Commands of the screen one is on.
fn on_screen(model: &mut Model, command: Command) -> Vec<Action> {
    let height = model.context.size.1 as usize;
    match &model.route {
        Route::Board => model.board.update(command, &model.context, height.saturating_sub(10)),
        Route::Workflow(name) => match model.context.workflow(name) {
            Some(workflow) => model.workflow.update(command, workflow, &model.context, height.saturating_sub(12)),
            None => Vec::new(),
        },
        Route::Logs => model.logs.update(command, height.saturating_sub(8)),
        Route::Athena => model.athena.update(command, &model.context, height.saturating_sub(14)),
        Route::Stagger => {
            let rollout = model.rollout.as_ref().map(|running| &running.rollout);
            model.stagger.update(command, &model.context, rollout, height.saturating_sub(20))
        }
        Route::Activity => model.activity.update(command, &model.context, height.saturating_sub(15)),
    }
}

/// Does what screens and replies ask for.
pub(super) fn apply(model: &mut Model, actions: Vec<Action>) -> Vec<Effect> {
    let mut effects = Vec::new();
    for action in actions {
        match action {
            Action::Request(slot, wanted) => effects.push(request(model, slot, wanted)),
            Action::Abandon(slot) => {
                model.slots.remove(&slot);
                effects.push(Effect::Abandon(slot));
            }
            Action::Go(route) => effects.extend(go(model, route)),
            Action::ShowLog(log) => {
                let abandoned = model.logs.show(log);
                effects.extend(apply(model, abandoned));
                effects.extend(go(model, Route::Logs));
            }
            Action::Compose(sql) => {
                model.athena.compose(&sql);
                effects.push(Effect::SaveDraft(model.athena.editor.text()));
                effects.extend(go(model, Route::Athena));
            }
            Action::Ask(dialog) => {
                let opened = model.context.moment.wall;
                let rule = model.context.session.policy.strictest(&dialog.plan.changes);
                model.overlay = Some(Overlay::Confirm(Box::new(Confirm::new(*dialog, rule, opened))));
            }
            Action::Stagger(names) => {
                model.stagger.asked = names;
                model.stagger.excluded.clear();
                effects.extend(rollouts::ask_planner(model));
                effects.extend(go(model, Route::Stagger));
            }
            Action::PlanStagger => effects.extend(rollouts::ask_planner(model)),
            Action::Rollout(action) => effects.extend(rollouts::act(model, action)),
            Action::SaveFile { name, text } => effects.push(Effect::SaveFile { name, text }),
            Action::Copy(text) => {
                model.say(format!("Copied: {}", cut(&text.replace('\n', " "), 60)));
                effects.push(Effect::Copy(text));
            }
            Action::SaveDraft(text) => effects.push(Effect::SaveDraft(text)),
            Action::Notice(text) => model.say(text),
        }
    }
    effects
}

/// A request in its slot; whatever was there before is replaced.
pub(super) fn request(model: &mut Model, slot: Slot, request: Request) -> Effect {
    model.tickets += 1;
    model.slots.insert(slot.clone(), model.tickets);
    match &slot {
        Slot::Fleet => model.context.fleet.ask(),
        Slot::Identity => model.context.session.account.ask(),
        Slot::DpuLimit => model.context.dpu_limit.ask(),
        Slot::Databases => model.context.databases.ask(),
        Slot::Jobs => model.context.jobs.ask(),
        Slot::History(name) => model.context.history.entry(name.clone()).or_default().ask(),
        _ => {}
    }
    if let Request::Change { change, .. } = &request {
        model.sent = Some(change.clone());
    }
    Effect::Request { slot, ticket: model.tickets, request }
}

fn go(model: &mut Model, route: Route) -> Vec<Effect> {
    if model.route == route {
        return Vec::new();
    }
    let left = std::mem::replace(&mut model.route, route);
    if model.route == Route::Board {
        model.back.clear();
    } else {
        model.back.push(left);
    }
    arrive(model)
}

/// Back to where one came from; on the board, what is filtered away comes back.
fn back(model: &mut Model) -> Vec<Effect> {
    let filtered = model.logs.open.as_ref().is_some_and(|open| !open.filter.text.is_empty());
    let searched = model.route == Route::Activity && !model.activity.filter.text.is_empty();
    if model.route == Route::Board || (model.route == Route::Logs && filtered) || searched {
        let actions = on_screen(model, Command::Back);
        return apply(model, actions);
    }
    model.route = model.back.pop().unwrap_or(Route::Board);
    arrive(model)
}

fn arrive(model: &mut Model) -> Vec<Effect> {
    if let Route::Workflow(name) = &model.route
        && let Some(workflow) = model.context.workflow(name)
    {
        model.workflow.show(workflow);
    }
    let mut effects = match model.route {
        Route::Activity => vec![Effect::ReadJournal],
        Route::Stagger if model.stagger.plan.is_none() && !model.stagger.open => rollouts::ask_planner(model),
        _ => Vec::new(),
    };
    effects.extend(tick(model));
    effects
}

fn next_theme(model: &mut Model) {
    let names: Vec<_> = Theme::built_in().collect();
    let current = names.iter().position(|name| *name == model.look.theme.name);
    let next = names[current.map_or(0, |n| (n + 1) % names.len())];
    if let Ok(theme) = Theme::named(next, model.look.depth) {
        model.look.theme = theme;
        model.say(format!("Theme {next}"));
    }
}

/// Leaves, unless something that has consent would then not be sent: that is asked first.
fn leave(model: &mut Model) -> Vec<Effect> {
    let waiting = model.changes.len();
    let rollout = model.rollout.as_ref().filter(|running| running.assent.is_some() && running.rollout.is_open());
    let note = match (waiting, rollout) {
        (0, None) => return quit(model, Leave::Done),
        (0, Some(running)) => {
            format!("The stagger is not through: {}. The next console can go on.", running.rollout.tally())
        }
        (count, _) => format!("{count} changes that have consent are not sent yet, and will not be."),
    };
    let plan = Plan {
        title: "Leave".to_owned(),
        notes: vec![note, "What has been sent goes on in the account.".to_owned()],
        steps: Vec::new(),
        becomes: "",
        verb: "Leave",
        changes: Vec::new(),
        figures: Default::default(),
    };
    apply(model, vec![Action::Ask(Box::new(Dialog { plan, fields: Vec::new(), what: Consent::Leave }))])
}

/// Leaves. A query that runs is cancelled on the server; one that has no id yet is the shell's to wait for.
fn quit(model: &mut Model, leave: Leave) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(id) = model.athena.running().cloned() {
        let slot = Slot::StopQuery(id.clone());
        if !model.slots.contains_key(&slot) {
            effects.push(request(model, slot, Request::QueryStop(id)));
        }
    }
    effects.push(Effect::Quit(leave));
    effects
}
