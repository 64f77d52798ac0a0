//! The one place that changes the model: `update(model, msg) -> effects`. No await, no clock, no randomness in here.

use super::actions::{apply, tick};
use super::commands::{carry_out, look_into};
use super::confirmed::{interrupt, next_change, quit};
use super::model::Model;
use super::overlay::Overlay;
use super::overlay_keys::key_in_overlay;
use super::places::is_without_region;
use super::{reading, replies, rollouts};
use crate::flow::effect::Leave;
use crate::flow::{
    Action, Answered, Code, Command, Effect, Endpoint, Key, Moment, Msg, Slot, Streamed, Ticket, Update,
};
use crate::ui::Hit;
use chrono::TimeDelta;
use gluedeck_core::request::GetQueries;
use std::time::Duration;

/// Takes a message, and returns what the shell is to do.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => on_key(model, key),
        Msg::Paste(text) => on_paste(model, &text),
        Msg::Click { column, row } => on_click(model, column, row),
        Msg::Wheel { down } => on_wheel(model, down),
        Msg::Tick(moment) => on_tick(model, moment),
        Msg::Answered { slot, ticket, answered } => on_answered(model, slot, ticket, *answered),
        Msg::Streamed { slot, ticket, streamed } => on_streamed(model, slot, ticket, streamed),
        Msg::Arranged { run, answer } => {
            let actions = model.screens.athena.arranged(run, answer);
            apply(model, actions)
        }
        Msg::Edited(text) => {
            let actions = model.screens.athena.edited(&text);
            apply(model, actions)
        }
        Msg::Orphans(past) => {
            let ids = past.into_iter().filter_map(|past| past.id).collect();
            apply(model, vec![Action::request(GetQueries { ids })])
        }
        Msg::Terminate => quit(model, Leave::Done),
        Msg::Resize { width, height } => {
            model.context.size = (width, height);
            Vec::new()
        }
        Msg::Update(update) => {
            take(model, update);
            Vec::new()
        }
    }
}

/// Takes what is known now; nothing has to be done for it.
fn take(model: &mut Model, update: Update) {
    match update {
        Update::Plan { number, plan } => model.screens.stagger.take(number, plan),
        Update::Notice(text) => model.show_notice(text),
        Update::FilterResult(answer) => model.screens.logs.apply_filter_result(answer),
        Update::LocalRows { run, result, took } => model.screens.athena.local(run, result, took),
        Update::Queries { past, saved } => {
            model.screens.athena.lists.take_own(past);
            model.screens.athena.lists.saved = saved;
        }
        Update::Acknowledged(notes) => notes.into_iter().for_each(|note| model.screens.triage.acknowledge(note)),
        Update::Interrupted(rollout) => rollouts::found(model, rollout),
        Update::Journal(journal) => model.screens.activity.journal = journal,
        Update::Usage(usage) => model.context.usage = usage,
        Update::Snapshot(snapshot) => {
            model.snapshot_account.clone_from(&snapshot.account);
            model.context.restore(*snapshot);
        }
        Update::Connected(Ok((endpoint, region))) => {
            model.context.session.endpoint = endpoint;
            model.context.session.region = region;
            model.is_connected = true;
            // Nothing can be asked anywhere: what is missing is asked for.
            if is_without_region(model) {
                model.overlay = Some(Overlay::Environments(0));
            }
        }
        Update::Connected(Err(fault)) => {
            model.remember(&fault);
            let now = model.context.now();
            model.context.pipelines.take(Err(fault), now);
        }
    }
}

fn on_wheel(model: &mut Model, down: bool) -> Vec<Effect> {
    const LINES: usize = 3;
    // What is about to be confirmed is not moved by accident.
    if matches!(model.overlay, Some(Overlay::Confirm(_))) {
        return Vec::new();
    }
    let key = Key::plain(if down { Code::Down } else { Code::Up });
    (0..LINES).flat_map(|_| on_key(model, key)).collect()
}

fn on_tick(model: &mut Model, moment: Moment) -> Vec<Effect> {
    let before = std::mem::replace(&mut model.context.moment, moment);
    model.context.update_schedules();
    let sandbox = matches!(model.context.session.endpoint, Endpoint::Sandbox(_));
    if sandbox && before.now > moment.now + TimeDelta::minutes(1) {
        // Only another sandbox at the same address is younger than the one before.
        model.show_notice("The clock went back: another sandbox at this address. Reloading everything");
        model.context.history.clear();
        model.context.forget_schedules();
        let actions = reading::now(model);
        return apply(model, actions);
    }
    if model.notice.as_ref().is_some_and(|(_, until)| moment.wall >= *until) {
        model.notice = None;
    }
    tick(model)
}

/// Takes an answer, and does what it makes possible.
fn on_answered(model: &mut Model, slot: Slot, ticket: Ticket, answered: Answered) -> Vec<Effect> {
    // An answer that is late, or was replaced, is dropped here.
    if model.slots.get(&slot) != Some(&ticket) {
        return Vec::new();
    }
    model.slots.remove(&slot);
    let account_was = model.context.session.account_scope();
    let (was_change, was_board) = (slot == Slot::Change, slot == Slot::VisibleWorkflows && answered.fault().is_none());
    let was_account = slot == Slot::Identity;
    let actions = replies::take(model, answered);
    let mut effects = apply(model, actions);
    if was_change {
        effects.push(Effect::ReadJournal);
        effects.extend(model.context.rollout.as_ref().map(|driver| Effect::SaveRollout(driver.rollout.clone())));
        effects.extend(next_change(model));
        effects.extend(rollouts::pump(model));
    }
    if was_board {
        effects.extend(rollouts::admit(model));
        effects.extend(keep_snapshot(model));
    }
    if was_account {
        replies::other_account(model);
    }
    let scope = model.context.session.account_scope();
    effects.extend(scope.filter(|scope| account_was.as_ref() != Some(scope)).map(Effect::FindRollout));
    effects.extend(tick(model));
    effects
}

/// Takes a piece of a stream.
fn on_streamed(model: &mut Model, slot: Slot, ticket: Ticket, streamed: Streamed) -> Vec<Effect> {
    if model.slots.get(&slot) != Some(&ticket) {
        return Vec::new();
    }
    if streamed.is_last() {
        model.slots.remove(&slot);
    }
    let actions = replies::take_streamed(model, streamed);
    let mut effects = apply(model, actions);
    effects.extend(tick(model));
    effects
}

/// The snapshot is kept once a minute.
fn keep_snapshot(model: &mut Model) -> Option<Effect> {
    const SNAPSHOT_INTERVAL: Duration = Duration::from_secs(60);
    let wall = model.context.moment.wall;
    if model.snapshot_saved_at.is_some_and(|at| wall < at + SNAPSHOT_INTERVAL) {
        return None;
    }
    model.snapshot_saved_at = Some(wall);
    model.context.snapshot().map(|snapshot| Effect::KeepSnapshot(Box::new(snapshot)))
}

/// A click is where something was drawn: a tab, a hint, a row. It confirms nothing.
fn on_click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    if model.overlay.is_some() {
        return Vec::new();
    }
    match model.hits.at(column, row) {
        // Not by its key, which the configuration may have given to another command.
        Some(Hit::Tab(tab)) => carry_out(model, Command::Go(tab)),
        Some(Hit::Hint(command)) => carry_out(model, command),
        Some(Hit::Row(line)) => {
            let (screen, context) = model.screen_mut();
            let again = screen.click(line, context);
            if again { carry_out(model, Command::Open) } else { Vec::new() }
        }
        None => Vec::new(),
    }
}

fn on_key(model: &mut Model, key: Key) -> Vec<Effect> {
    if model.overlay.is_some() {
        return key_in_overlay(model, key);
    }
    let (screen, context) = model.screen_mut();
    if let Some(actions) = screen.intercept(key, context) {
        return apply(model, actions);
    }
    match model.command_of(key) {
        Some(Command::Quit) if key.is_interrupt() => interrupt(model),
        Some(command) => carry_out(model, command),
        // The editor has no global keys, and this one leaves wherever one is.
        None if key.is_interrupt() => interrupt(model),
        None => {
            let (screen, context) = model.screen_mut();
            let actions = screen.text_key(key, context);
            apply(model, actions)
        }
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
        // Nothing takes text there; it may be an alert.
        Some(
            Overlay::Help(_)
            | Overlay::Errors(_)
            | Overlay::Themes { .. }
            | Overlay::Environments(_)
            | Overlay::Capacity(_)
            | Overlay::Drift(_)
            | Overlay::Text(_)
            | Overlay::Why { .. },
        ) => {}
        None => {
            if let Some(actions) = model.screen_mut().0.paste(text) {
                return apply(model, actions);
            }
        }
    }
    look_into(model, text)
}
