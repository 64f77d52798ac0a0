//! The rollout that is under way: what is sent next, what becomes of it, and what it says.

use super::actions::{apply, request};
use super::model::Model;
use crate::flow::effect::{RolloutAction, StaggerQuestion};
use crate::flow::{Action, Done, Effect, Load, Request, Slot};
use crate::screens::stagger::waits_for;
use gluedeck_core::analysis::stagger::live::{Item, Rollout, State, admissible};
use gluedeck_core::analysis::stagger::{Estimate, Known, Mode};
use gluedeck_core::domain::policy::Assent;
use gluedeck_core::domain::{Change, Dpu, Fault, FaultKind};
use std::collections::VecDeque;

/// A rollout as this console has it.
#[derive(Debug)]
pub struct Running {
    pub rollout: Rollout,
    /// The consent under which it is carried out; none after an interruption, until somebody says to go on.
    pub assent: Option<Assent>,
    /// What it was planned with.
    pub(super) estimate: Estimate,
    /// Starts that were admitted, and wait for the one before.
    admitted: VecDeque<Change>,
}

impl Running {
    /// A rollout that was found on disk: nothing is sent before somebody says so.
    pub fn found(rollout: Rollout, estimate: Estimate) -> Self {
        Self { rollout, assent: None, estimate, admitted: VecDeque::new() }
    }
}

/// Begins, or goes on with, a rollout that has consent.
pub(super) fn begin(model: &mut Model, rollout: Rollout, assent: Assent) -> Vec<Effect> {
    let estimate = model.stagger.wishes.estimate;
    let mut effects = vec![Effect::SaveRollout(rollout.clone())];
    model.rollout = Some(Running { assent: Some(assent), ..Running::found(rollout, estimate) });
    effects.extend(pump(model));
    effects
}

/// Sends what may be sent now, if nothing else is on its way.
pub(super) fn pump(model: &mut Model) -> Vec<Effect> {
    if model.slots.contains_key(&Slot::Change) || !model.changes.is_empty() {
        return Vec::new();
    }
    let Some(running) = model.rollout.as_mut() else { return Vec::new() };
    let Some(assent) = running.assent.clone().filter(|_| running.rollout.halted.is_none()) else { return Vec::new() };
    let next = match running.rollout.is_schedule() {
        true => running.rollout.next_reschedule(),
        // One that was skipped meanwhile does not wait any more.
        false => std::iter::from_fn(|| running.admitted.pop_front()).find(|change| running.rollout.sending(change)),
    };
    let Some(change) = next else { return finished(model) };
    let rollout = running.rollout.clone();
    let name = change.name().to_owned();
    model.say(format!("{}: {name} …", rollout.tally()));
    vec![
        // On disk before it is sent.
        Effect::SaveRollout(rollout),
        request(model, Slot::Change, Request::Change { change, assent }),
    ]
}

/// With a new picture of the account: who may start now.
pub(super) fn admit(model: &mut Model) -> Vec<Effect> {
    if std::mem::take(&mut model.replan) {
        return ask_planner(model);
    }
    let limit = model.context.limit().map(Dpu::of);
    let (context, Some(running)) = (&model.context, model.rollout.as_mut()) else { return Vec::new() };
    if running.rollout.is_schedule() || running.assent.is_none() || !running.admitted.is_empty() {
        return Vec::new();
    }
    let Some(limit) = limit else { return Vec::new() };
    let jobs = context.jobs.value().cloned().unwrap_or_default();
    let all = context.workflows().iter().map(|workflow| Known {
        workflow,
        history: context.history(&workflow.name),
        jobs: &jobs,
    });
    let all: Vec<Known<'_>> = all.collect();
    let went_on = running.rollout.halted.is_none();
    running.rollout.watch(&all);
    if went_on && running.rollout.halted.is_some() {
        let rollout = running.rollout.clone();
        say_halted(model);
        return vec![Effect::SaveRollout(rollout)];
    }
    let names = admissible(&running.rollout, &all, limit, context.now(), running.estimate);
    running.admitted.extend(running.rollout.starts(&names));
    pump(model)
}

/// Says why the rollout does not go on, on whatever screen the user is.
fn say_halted(model: &mut Model) {
    let Some(rollout) = model.rollout.as_ref().map(|running| &running.rollout) else { return };
    let Some(why) = &rollout.halted else { return };
    model.say(format!("The stagger is halted, {}: {why}. Press 6 to see it, go on or end it", rollout.tally()));
}

/// Takes what became of a change, if it is the rollout's.
pub(super) fn settle(model: &mut Model, change: &Change, result: &Result<Done, Fault>) -> bool {
    let Some(running) = model.rollout.as_mut() else { return false };
    let own = |item: &Item| item.state == State::Sent && item.change().as_ref() == Some(change);
    if !running.rollout.items.iter().any(own) {
        return false;
    }
    let result = match result {
        Ok(done) => Ok(done.id.clone()),
        Err(fault) => Err((fault.to_string(), fault.kind == FaultKind::Unclear)),
    };
    running.rollout.settle(change, result);
    if running.rollout.halted.is_some() {
        running.admitted.clear();
        say_halted(model);
    }
    true
}

/// Says it when everything has been sent, and forgets the rollout when all of it is done.
fn finished(model: &mut Model) -> Vec<Effect> {
    let Some(running) = &model.rollout else { return Vec::new() };
    if running.rollout.is_open() {
        return Vec::new();
    }
    let tally = running.rollout.tally();
    let id = running.rollout.id.clone();
    model.replan = true;
    let clean = running.rollout.count(State::Unclear) + running.rollout.count(State::Refused) == 0;
    let back = match running.rollout.is_schedule() {
        true => format!(". `gluedeck revert {id}` puts the schedules back"),
        false => String::new(),
    };
    model.say(format!("The stagger is carried out: {tally}{back}"));
    if let Some(running) = model.rollout.as_mut() {
        running.assent = None;
    }
    match clean {
        true => {
            let done = model.rollout.take().map(|running| running.rollout);
            let place = done.as_ref().map(|rollout| rollout.place.clone());
            model.stagger.carried_out = done;
            place.map(Effect::ForgetRollout).into_iter().collect()
        }
        false => Vec::new(),
    }
}

/// Takes a rollout that another console has left here.
pub(super) fn found(model: &mut Model, rollout: Rollout) {
    if model.rollout.is_some() {
        return;
    }
    model.say(format!("A stagger was interrupted: {}. Press 6 to go on with it, or to revert it", rollout.tally()));
    if !rollout.is_schedule() {
        model.stagger.wishes.mode = Mode::Now;
    }
    let estimate = model.stagger.wishes.estimate;
    model.rollout = Some(Running::found(rollout, estimate));
}

/// Ends the rollout, if it is the one of this id: it is being reverted.
pub(super) fn reverted(model: &mut Model, id: &str) -> Vec<Effect> {
    model.replan = true;
    model.stagger.carried_out = model.stagger.carried_out.take().filter(|rollout| rollout.id != id);
    match &model.rollout {
        Some(running) if running.rollout.id == id => forget(model),
        _ => Vec::new(),
    }
}

fn forget(model: &mut Model) -> Vec<Effect> {
    let place = model.rollout.take().map(|running| running.rollout.place);
    place.map(Effect::ForgetRollout).into_iter().collect()
}

/// Does something to the rollout.
pub(super) fn act(model: &mut Model, action: RolloutAction) -> Vec<Effect> {
    let Some(running) = model.rollout.as_mut() else { return Vec::new() };
    match action {
        RolloutAction::Pause => {
            running.rollout.paused = true;
            running.admitted.clear();
        }
        RolloutAction::GoOn if running.assent.is_some() => running.rollout.paused = false,
        RolloutAction::GoOn => {
            model.say("Press enter to go on: that asks first");
            return Vec::new();
        }
        RolloutAction::Skip(name) => running.rollout.skip(&name),
        RolloutAction::Forget => {
            let tally = running.rollout.tally();
            model.say(format!("The rollout was ended: {tally}. The journal has what was done"));
            return forget(model);
        }
    }
    let mut effects = vec![Effect::SaveRollout(running.rollout.clone())];
    effects.extend(pump(model));
    effects
}

/// Puts a new question to the planner, as soon as what it needs has been read.
pub(super) fn ask_planner(model: &mut Model) -> Vec<Effect> {
    model.stagger.number += 1;
    model.stagger.open = true;
    model.asked = None;
    due(model)
}

/// The planner's question, or the requests that it waits for.
pub(super) fn due(model: &mut Model) -> Vec<Effect> {
    if !model.stagger.open || model.asked == Some(model.stagger.number) {
        return Vec::new();
    }
    let jobs_missing = matches!(model.context.jobs, Load::Idle) && !model.slots.contains_key(&Slot::Jobs);
    if jobs_missing && model.context.fleet.value().is_some() {
        return apply(model, vec![Action::Request(Slot::Jobs, Request::Jobs)]);
    }
    let waits = waits_for(&model.stagger, &model.context);
    if waits.is_some_and(|why| why != "planning") {
        return Vec::new();
    }
    let context = &model.context;
    let Some(limit) = context.limit() else { return Vec::new() };
    let number = model.stagger.number;
    model.asked = Some(number);
    let histories = context.history.iter().filter_map(|(name, load)| Some((name.clone(), load.value()?.clone())));
    vec![Effect::PlanStagger(Box::new(StaggerQuestion {
        number,
        workflows: context.workflows().to_vec(),
        histories: histories.collect(),
        jobs: context.jobs.value().cloned().unwrap_or_default(),
        selected: model.stagger.selected(context),
        limit: Dpu::of(limit),
        now: context.now(),
        wishes: model.stagger.wishes.clone(),
    }))]
}
