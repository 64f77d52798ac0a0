//! The one door for change: `update(model, msg) -> effects`. No await, no clock, no randomness in here.

use super::actions::{apply, back, go};
use super::consent::{leave, next_change, quit};
use super::model::Model;
use super::overlay::Overlay;
use super::overlay_keys::{key_in_overlay, open};
use super::{orders, refresh, replies, rollouts};
use crate::flow::effect::{Leave, Whereto};
use crate::flow::{
    Action, Code, Command, Effect, Endpoint, Key, Moment, Msg, Reply, Request, Route, Scope, Slot, Ticket,
};
use crate::ui::Hit;
use chrono::TimeDelta;
use gluedeck_core::domain::Fault;
use gluedeck_core::request::QueryNews;
use std::time::Duration;

/// Takes a message; answers what the shell shall do.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(moment) => on_tick(model, moment),
        Msg::Key(key) => on_key(model, key),
        Msg::Paste(text) => on_paste(model, &text),
        Msg::Click { column, row } => on_click(model, column, row),
        Msg::Wheel { down } => {
            let key = Key::plain(if down { Code::Down } else { Code::Up });
            let in_dialog = matches!(model.overlay, Some(Overlay::Confirm(_)));
            (0..3).filter(|_| !in_dialog).flat_map(|_| on_key(model, key)).collect()
        }
        Msg::Usage(usage) => {
            model.context.usage = usage;
            Vec::new()
        }
        Msg::Connected(Ok((endpoint, region))) => {
            model.context.session.endpoint = endpoint;
            model.context.session.region = region;
            Vec::new()
        }
        Msg::Connected(Err(fault)) => {
            model.remember(&fault);
            let now = model.context.now();
            model.context.fleet.take(Err(fault), now);
            Vec::new()
        }
        Msg::Snapshot(snapshot) => {
            model.kept_account.clone_from(&snapshot.account);
            model.context.restore(*snapshot);
            Vec::new()
        }
        Msg::Resize { width, height } => {
            model.context.size = (width, height);
            Vec::new()
        }
        Msg::Reply { slot, ticket, result } => on_reply(model, slot, ticket, result),
        Msg::Journal(journal) => {
            model.activity.journal = journal;
            Vec::new()
        }
        Msg::Terminate => quit(model, Leave::Done),
        msg => on_answer(model, msg),
    }
}

/// What the shell has worked out off the key path, or found on the disk.
fn on_answer(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Staggered { number, plan } => {
            model.stagger.take(number, plan);
            Vec::new()
        }
        Msg::Said(text) => {
            model.say(text);
            Vec::new()
        }
        Msg::Sifted(answer) => {
            model.logs.sifted(answer);
            Vec::new()
        }
        Msg::Arranged { run, answer } => {
            let actions = model.athena.arranged(run, answer);
            apply(model, actions)
        }
        Msg::LocalRows { run, result, took } => {
            model.athena.local(run, result, took);
            Vec::new()
        }
        Msg::Edited(text) => {
            let actions = model.athena.edited(&text);
            apply(model, actions)
        }
        Msg::Queries { past, saved } => {
            model.athena.lists.take_own(past);
            model.athena.lists.saved = saved;
            Vec::new()
        }
        Msg::Orphans(past) => {
            let ids = past.into_iter().filter_map(|past| past.id).collect();
            apply(model, vec![Action::Request(Slot::Orphans, Request::Executions(ids))])
        }
        Msg::Acknowledged(notes) => {
            notes.into_iter().for_each(|note| model.triage.acknowledge(note));
            Vec::new()
        }
        Msg::Interrupted(rollout) => {
            rollouts::found(model, rollout);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn on_tick(model: &mut Model, moment: Moment) -> Vec<Effect> {
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

/// Takes a reply, and does what it makes possible.
fn on_reply(model: &mut Model, slot: Slot, ticket: Ticket, result: Result<Reply, Fault>) -> Vec<Effect> {
    // A reply that is late, or was replaced, dies here.
    if model.slots.get(&slot) != Some(&ticket) {
        return Vec::new();
    }
    // Some requests have many replies.
    if !goes_on(&result) {
        model.slots.remove(&slot);
    }
    let account_was = model.context.session.place();
    let (was_change, was_fleet) = (slot == Slot::Change, slot == Slot::Fleet && result.is_ok());
    let was_account = slot == Slot::Identity;
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
        effects.extend(keep_snapshot(model));
    }
    if was_account {
        replies::other_account(model);
    }
    let place = model.context.session.place();
    effects.extend(place.filter(|place| account_was.as_ref() != Some(place)).map(Effect::FindRollout));
    effects.extend(tick(model));
    effects
}

/// Whether more replies follow this one in its slot.
fn goes_on(result: &Result<Reply, Fault>) -> bool {
    match result {
        Ok(Reply::Query(news)) => *news != QueryNews::End,
        Ok(Reply::Live(_)) => true,
        _ => false,
    }
}

/// The snapshot is kept once a minute.
fn keep_snapshot(model: &mut Model) -> Option<Effect> {
    const PACE: Duration = Duration::from_secs(60);
    let wall = model.context.moment.wall;
    if model.kept_at.is_some_and(|at| wall < at + PACE) {
        return None;
    }
    model.kept_at = Some(wall);
    model.context.snapshot().map(|snapshot| Effect::KeepSnapshot(Box::new(snapshot)))
}

/// What is due by now.
pub(super) fn tick(model: &mut Model) -> Vec<Effect> {
    let mut actions = refresh::due(model);
    if model.route == Route::Athena {
        let (context, slots) = (&model.context, &model.slots);
        actions.extend(model.athena.due(context, |slot| !slots.contains_key(slot)));
    }
    if model.route == Route::Logs {
        actions.extend(model.logs.tick(&model.context));
    }
    if model.route == Route::Triage {
        actions.extend(model.triage.due(&model.context));
    }
    if model.route == Route::Quality {
        let (context, slots) = (&model.context, &model.slots);
        actions.extend(model.quality.due(context, |slot| !slots.contains_key(slot)));
    }
    let mut effects = apply(model, actions);
    effects.extend(rollouts::due(model));
    effects
}

/// A click is where something was drawn: a tab, a hint, a row. It confirms nothing.
fn on_click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    if model.overlay.is_some() {
        return Vec::new();
    }
    match model.hits.at(column, row) {
        Some(Hit::Tab(number)) => on_key(model, Key::plain(Code::Char(number))),
        Some(Hit::Hint(command)) => carry_out(model, command),
        Some(Hit::Row(line)) => {
            let again = match model.route {
                Route::Board => model.board.click(line, &model.context),
                Route::Timeline => model.timeline.click(line, &model.context),
                _ => false,
            };
            if again { carry_out(model, Command::Open) } else { Vec::new() }
        }
        None => Vec::new(),
    }
}

fn on_key(model: &mut Model, key: Key) -> Vec<Effect> {
    if model.overlay.is_some() {
        return key_in_overlay(model, key);
    }
    if model.route == Route::Board && model.board.filtering {
        model.board.key(key);
        return Vec::new();
    }
    if model.route == Route::Logs && model.logs.is_typing() {
        let actions = model.logs.key(key);
        return apply(model, actions);
    }
    if model.route == Route::Athena && model.athena.is_typing() {
        let actions = model.athena.type_key(key, &model.context);
        return apply(model, actions);
    }
    if model.route == Route::Activity && model.activity.filtering {
        model.activity.key(key);
        return Vec::new();
    }
    if model.route == Route::Triage && model.triage.is_typing() {
        let actions = model.triage.key(key);
        return apply(model, actions);
    }
    if model.scope() == Scope::Editor && completed(model, key) {
        let drafts = model.athena.drafts();
        return vec![Effect::SaveDrafts(drafts)];
    }
    match model.command_of(key) {
        Some(command) => carry_out(model, command),
        None if model.scope() == Scope::Editor && key.code == Code::Char('c') && key.ctrl => leave(model),
        None if model.scope() == Scope::Editor => {
            let actions = model.athena.key(key, &model.context);
            apply(model, actions)
        }
        None => Vec::new(),
    }
}

/// Whether the key was for what is offered in the editor: tab takes it, esc closes the list.
fn completed(model: &mut Model, key: Key) -> bool {
    match key.code {
        Code::Tab => model.athena.accept(),
        Code::Escape => model.athena.dismiss(),
        _ => false,
    }
}

/// Text that came at once is text: it goes into what takes text, and nowhere else.
fn on_paste(model: &mut Model, text: &str) -> Vec<Effect> {
    match &mut model.overlay {
        Some(Overlay::Confirm(confirm)) => {
            confirm.paste(text);
            return Vec::new();
        }
        Some(Overlay::Palette(palette)) => {
            palette.input.paste(text);
            return Vec::new();
        }
        _ => {}
    }
    if model.overlay.is_none() && model.route == Route::Board && model.board.filtering {
        model.board.filter.paste(text);
    } else if model.overlay.is_none() && model.route == Route::Activity && model.activity.filtering {
        model.activity.filter.paste(text);
    } else if model.overlay.is_none() && model.route == Route::Logs && model.logs.is_typing() {
        model.logs.paste(text);
    } else if model.overlay.is_none()
        && (model.scope() == Scope::Editor || model.athena.is_typing())
        && model.route == Route::Athena
    {
        let actions = model.athena.paste(text);
        return apply(model, actions);
    } else if model.overlay.is_none() && model.route == Route::Triage && model.triage.is_typing() {
        model.triage.paste_note(text);
    } else {
        return look_into(model, text);
    }
    Vec::new()
}

/// Looks into the alerts of a text, if it has any. Nothing is started by it.
pub(super) fn look_into(model: &mut Model, text: &str) -> Vec<Effect> {
    match model.triage.paste(text, &model.context) {
        Ok(actions) => {
            model.overlay = None;
            let mut effects = go(model, Route::Triage);
            effects.extend(apply(model, actions));
            effects
        }
        Err(why) => {
            model.say(why);
            Vec::new()
        }
    }
}

pub(super) fn carry_out(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::Help => model.overlay = Some(Overlay::Help(0)),
        Command::Errors => model.overlay = Some(Overlay::Errors(0)),
        Command::Everywhere => return vec![Effect::Environment(Whereto::Everywhere)],
        Command::Mouse => {
            model.mouse = !model.mouse;
            model.say(match model.mouse {
                true => "The mouse is taken: click and wheel work here; with shift the terminal selects",
                false => "The mouse is the terminal's: it selects as usual",
            });
            return vec![Effect::Mouse(model.mouse)];
        }
        command if orders::opens(command) => return open(model, command),
        Command::Quit => return leave(model),
        Command::GoBoard => return go(model, Route::Board),
        Command::GoTimeline => return go(model, Route::Timeline),
        Command::GoLogs => return go(model, Route::Logs),
        Command::GoAthena => return go(model, Route::Athena),
        Command::GoQuality => return go(model, Route::Quality),
        Command::GoTriage => return go(model, Route::Triage),
        Command::Incident => return orders::write_incident(model, true),
        Command::GoStagger => return go(model, Route::Stagger),
        Command::GoActivity => return go(model, Route::Activity),
        Command::Refresh => {
            if model.route == Route::Quality {
                model.quality.again();
            }
            let actions = refresh::now(model);
            return apply(model, actions);
        }
        Command::Back => return back(model),
        command => {
            let actions = on_screen(model, command);
            return apply(model, actions);
        }
    }
    Vec::new()
}

/// Commands of the screen one is on.
pub(super) fn on_screen(model: &mut Model, command: Command) -> Vec<Action> {
    let height = model.context.size.1 as usize;
    match &model.route {
        Route::Board => model.board.update(command, &model.context, height.saturating_sub(10)),
        Route::Workflow(name) => match model.context.workflow(name) {
            Some(workflow) => model.workflow.update(command, workflow, &model.context, height.saturating_sub(12)),
            None => Vec::new(),
        },
        Route::Timeline => model.timeline.update(command, &model.context, height.saturating_sub(16)),
        Route::Logs => model.logs.update(command, height.saturating_sub(9)),
        Route::Athena => model.athena.update(command, &model.context, height.saturating_sub(14)),
        Route::Stagger => {
            let rollout = model.rollout.as_ref().map(|running| &running.rollout);
            model.stagger.update(command, &model.context, rollout, height.saturating_sub(20))
        }
        Route::Quality => model.quality.update(command, &model.context, height.saturating_sub(10)),
        Route::Activity => model.activity.update(command, &model.context, height.saturating_sub(15)),
        Route::Triage => model.triage.update(command, &model.context, height.saturating_sub(10)),
    }
}
