//! The rollout that is under way: what is sent next, what becomes of it, and what it says.

use super::model::Model;
use super::requests::{request, save_and_send};
use crate::flow::effect::{RolloutAction, StaggerQuestion};
use crate::flow::{ChangeOutcome, Effect, Load, Slot};
use crate::screens::stagger::{QuestionState, WaitsFor, waits_for};
use gluedeck_core::analysis::stagger::driver::Driver;
use gluedeck_core::analysis::stagger::live::{Rollout, State};
use gluedeck_core::analysis::stagger::{Mode, PlannerInput};
use gluedeck_core::domain::policy::Approval;
use gluedeck_core::domain::{Change, Dpu, Fault};
use gluedeck_core::request::{ApplyChange, GetJobs};

/// Begins, or continues, a rollout that is approved.
pub(super) fn begin(model: &mut Model, rollout: Rollout, approval: Approval) -> Vec<Effect> {
    let estimate = model.screens.stagger.planner_options.estimate;
    let mut effects = vec![Effect::SaveRollout(rollout.clone())];
    model.context.rollout = Some(Driver::new(rollout, approval, estimate));
    effects.extend(pump(model));
    effects
}

/// Sends what may be sent now, if nothing else is on its way.
pub(super) fn pump(model: &mut Model) -> Vec<Effect> {
    if model.slots.contains_key(&Slot::Change) || !model.changes.is_empty() {
        return Vec::new();
    }
    let Some(driver) = &mut model.context.rollout else { return Vec::new() };
    if driver.approval.is_none() || driver.rollout.halted.is_some() {
        return Vec::new();
    }
    let Some((change, approval)) = driver.next_change() else { return finished(model) };
    let rollout = driver.rollout.clone();
    let tally = rollout.tally(model.context.pipelines());
    model.show_notice(format!("{tally}: {} …", change.name()));
    vec![save_and_send(model, rollout, ApplyChange { change, approval })]
}

/// With a new reading of the account: who may start now.
pub(super) fn admit(model: &mut Model) -> Vec<Effect> {
    if std::mem::take(&mut model.screens.stagger.replan) {
        return ask_planner(model);
    }
    let Some(limit) = model.context.limit().map(Dpu::of) else { return Vec::new() };
    let Some(mut driver) = model.context.rollout.take() else { return Vec::new() };
    let context = &model.context;
    let jobs = context.jobs.value().cloned().unwrap_or_default();
    let known = |workflow| PlannerInput { workflow, history: context.history(&workflow.id), jobs: &jobs };
    let all: Vec<PlannerInput<'_>> = context.pipelines().iter().map(known).collect();
    let halts = driver.observe(&all, limit, context.now());
    let rollout = driver.rollout.clone();
    model.context.rollout = Some(driver);
    if halts {
        notify_halted(model);
        return vec![Effect::SaveRollout(rollout)];
    }
    pump(model)
}

/// Says why the rollout does not go on, on whatever screen the user is.
fn notify_halted(model: &mut Model) {
    let Some(rollout) = model.context.rollout.as_ref().map(|driver| &driver.rollout) else { return };
    let Some(why) = &rollout.halted else { return };
    let tally = rollout.tally(model.context.pipelines());
    model.show_notice(format!("Stagger stopped, {tally}: {why}. Press 6 to view, resume or discard it"));
}

/// Takes the outcome of a change, if it is the rollout's.
pub(super) fn settle(model: &mut Model, change: &Change, result: &Result<ChangeOutcome, Fault>) -> bool {
    let Some(driver) = &mut model.context.rollout else { return false };
    let own = driver.settle(change, result.as_ref().map(|done| done.id.clone()));
    if own && driver.rollout.halted.is_some() {
        notify_halted(model);
    }
    own
}

/// Says it when everything has been sent, and forgets the rollout when all of it is done.
fn finished(model: &mut Model) -> Vec<Effect> {
    let Some(driver) = &model.context.rollout else { return Vec::new() };
    if driver.rollout.is_open() {
        return Vec::new();
    }
    let tally = driver.rollout.tally(model.context.pipelines());
    let id = driver.rollout.id.clone();
    // Of starts the plan stays, with what becomes of them.
    model.screens.stagger.replan = driver.rollout.is_schedule();
    let clean = driver.rollout.count(State::Unknown) + driver.rollout.count(State::Refused) == 0;
    let back = match driver.rollout.is_schedule() {
        true => format!(". `gluedeck revert {id}` restores the schedules"),
        false => String::new(),
    };
    let what = if driver.rollout.is_schedule() { "Stagger finished" } else { "All started" };
    model.show_notice(format!("{what}: {tally}{back}"));
    let mut effects = Vec::new();
    if let Some(driver) = model.context.rollout.as_mut() {
        driver.approval = None;
        let schedules = driver.rollout.new_schedules();
        let file = driver.rollout.file.take().filter(|_| !schedules.is_empty());
        effects.extend(file.map(|file| Effect::WriteSchedules { file, schedules }));
    }
    match clean {
        true => {
            let done = model.context.rollout.take().map(|driver| driver.rollout);
            let scope = done.as_ref().map(|rollout| rollout.scope.clone());
            model.screens.stagger.carried_out = done;
            effects.extend(scope.map(Effect::ForgetRollout));
        }
        // What is not done stays on disk, without the file: what is done is in it.
        false => effects.extend(model.context.rollout().cloned().map(Effect::SaveRollout)),
    }
    effects
}

/// Takes a rollout that another console has left here.
pub(super) fn found(model: &mut Model, rollout: Rollout) {
    if model.context.rollout.is_some() {
        return;
    }
    let tally = rollout.tally(model.context.pipelines());
    model.show_notice(format!("A stagger was interrupted: {tally}. Press 6 to resume or revert it"));
    if !rollout.is_schedule() {
        model.screens.stagger.planner_options.mode = Mode::Now;
    }
    let estimate = model.screens.stagger.planner_options.estimate;
    model.context.rollout = Some(Driver::found(rollout, estimate));
}

/// Ends the rollout, if it is the one of this id: it is being reverted.
pub(super) fn reverted(model: &mut Model, id: &str) -> Vec<Effect> {
    model.screens.stagger.replan = true;
    model.screens.stagger.carried_out = model.screens.stagger.carried_out.take().filter(|rollout| rollout.id != id);
    match &model.context.rollout {
        Some(driver) if driver.rollout.id == id => forget(model),
        _ => Vec::new(),
    }
}

fn forget(model: &mut Model) -> Vec<Effect> {
    let scope = model.context.rollout.take().map(|driver| driver.rollout.scope);
    scope.map(Effect::ForgetRollout).into_iter().collect()
}

/// Does something to the rollout.
pub(super) fn act(model: &mut Model, action: RolloutAction) -> Vec<Effect> {
    let Some(driver) = model.context.rollout.as_mut() else { return Vec::new() };
    match action {
        RolloutAction::Pause => driver.pause(),
        RolloutAction::Continue => {
            if !driver.resume() {
                model.show_notice("Press enter to resume (asks first)");
                return Vec::new();
            }
        }
        RolloutAction::Skip(name) => driver.skip(&name),
        RolloutAction::Forget => {
            let tally = driver.rollout.tally(model.context.pipelines.value().map(Vec::as_slice).unwrap_or_default());
            model.show_notice(format!("Rollout discarded: {tally}. Changes made are in the journal"));
            return forget(model);
        }
    }
    let mut effects = vec![Effect::SaveRollout(driver.rollout.clone())];
    effects.extend(pump(model));
    effects
}

/// Puts a new question to the planner, as soon as what it needs has been read.
pub(super) fn ask_planner(model: &mut Model) -> Vec<Effect> {
    let screen = &mut model.screens.stagger;
    screen.question.renew();
    due(model)
}

/// The planner's question, or the requests that it waits for.
pub(super) fn due(model: &mut Model) -> Vec<Effect> {
    if model.screens.stagger.question.state != QuestionState::Waiting {
        return Vec::new();
    }
    let jobs_missing = matches!(model.context.jobs, Load::Idle) && !model.slots.contains_key(&Slot::Jobs);
    if jobs_missing && model.context.pipelines.value().is_some() {
        return vec![request(model, GetJobs)];
    }
    let waits = waits_for(&model.screens.stagger, &model.context);
    if waits.is_some_and(|what| what != WaitsFor::Planner) {
        return Vec::new();
    }
    let context = &model.context;
    let Some(limit) = context.limit() else { return Vec::new() };
    model.screens.stagger.question.state = QuestionState::Sent;
    let number = model.screens.stagger.question.number;
    let histories = context.history.iter().filter_map(|(name, load)| Some((name.clone(), load.value()?.clone())));
    vec![Effect::PlanStagger(Box::new(StaggerQuestion {
        number,
        workflows: context.pipelines().to_vec(),
        histories: histories.collect(),
        jobs: context.jobs.value().cloned().unwrap_or_default(),
        selected: model.screens.stagger.selected(context),
        limit: Dpu::of(limit),
        now: context.now(),
        planner_options: model.screens.stagger.planner_options.clone(),
    }))]
}
