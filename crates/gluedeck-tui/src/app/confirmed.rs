//! What is approved is sent, one after the other; leaving asks where something approved is not sent yet.

use super::actions::apply;
use super::confirm::Confirm;
use super::model::Model;
use super::requests::request;
use super::rollouts;
use crate::flow::effect::{ConfirmedAction, Leave};
use crate::flow::form::{edited, typed, writes_file};
use crate::flow::{Action, Dialog, Effect, Slot};
use gluedeck_core::analysis::plan::Plan;
use gluedeck_core::domain::policy::Approval;
use gluedeck_core::request::{ApplyChange, StopQuery};
use std::time::Duration;

/// Does what was confirmed.
pub(super) fn run_confirmed(model: &mut Model, confirm: Confirm) -> Vec<Effect> {
    let dialog = confirm.dialog;
    let of = dialog.plan.changes.len();
    let batch = (of > 1).then(|| format!("batch-{}", model.context.moment.utc.format("%Y%m%dT%H%M%S%.3fZ")));
    let approval = Approval { typed: typed(&dialog.fields), of, batch };
    let busy = model.slots.contains_key(&Slot::Change) || !model.changes.is_empty();
    match dialog.what {
        ConfirmedAction::Leave => quit(model, Leave::Done),
        ConfirmedAction::StopQuery(id) => {
            vec![request(model, StopQuery { id })]
        }
        ConfirmedAction::OpenSandbox => quit(model, Leave::ForSandbox),
        ConfirmedAction::Query => {
            let actions = model.screens.athena.run_confirmed(&model.context);
            apply(model, actions)
        }
        _ if busy => {
            model.show_notice("Another change is in progress; nothing was sent");
            Vec::new()
        }
        ConfirmedAction::Rollout(rollout) if model.context.session.read_only => {
            let operation = dialog.plan.changes.first().map_or("Stagger", |change| change.operation());
            model
                .show_notice(format!("Read-only: {operation} was not sent, and no stagger was begun ({})", rollout.id));
            Vec::new()
        }
        ConfirmedAction::Rollout(mut rollout) => {
            // The dialog takes nothing but yes or no.
            rollout.file = rollout.file.filter(|_| writes_file(&dialog.fields) == Ok(true));
            let batch = Some(rollout.id.clone());
            rollouts::begin(model, rollout, Approval { batch, ..approval })
        }
        ConfirmedAction::Revert(id) => {
            (model.changes, model.approval, model.changed) = (dialog.plan.changes.into(), approval, 0);
            let mut effects = rollouts::reverted(model, &id);
            effects.extend(next_change(model));
            effects
        }
        ConfirmedAction::Changes => match edited(dialog.plan.changes, &dialog.fields) {
            Ok(changes) => {
                (model.changes, model.approval, model.changed) = (changes.into(), approval, 0);
                next_change(model).into_iter().collect()
            }
            Err(why) => {
                model.show_notice(format!("{why}; nothing was sent"));
                Vec::new()
            }
        },
    }
}

/// Sends the next approved change.
pub(super) fn next_change(model: &mut Model) -> Option<Effect> {
    let change = model.changes.pop_front()?;
    let rest = if model.changes.is_empty() { String::new() } else { format!(", {} to go", model.changes.len()) };
    model.show_notice(format!("{} sent for {}{rest} …", change.operation(), change.name()));
    let approval = model.approval.clone();
    Some(request(model, ApplyChange { change, approval }))
}

/// ctrl-c: leaves at the second press, since the first may have been meant for something else.
pub(super) fn interrupt(model: &mut Model) -> Vec<Effect> {
    const TWICE_WITHIN: Duration = Duration::from_secs(3);
    let wall = model.context.moment.wall;
    if model.interrupted.is_some_and(|at| wall.saturating_sub(at) < TWICE_WITHIN) {
        return leave(model);
    }
    model.interrupted = Some(wall);
    model.show_notice("Press ctrl-c again to quit");
    Vec::new()
}

/// Leaves, unless something approved would then not be sent: that is asked first.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    let waiting = model.changes.len();
    let rollout = model.context.rollout.as_ref().filter(|driver| driver.is_active());
    let note = match (waiting, rollout) {
        (0, None) => return quit(model, Leave::Done),
        (0, Some(driver)) => {
            format!(
                "Stagger still in progress: {}. You can resume in a new session.",
                driver.rollout.tally(model.context.pipelines())
            )
        }
        (1, _) => "1 confirmed change is not sent yet and will be dropped.".to_owned(),
        (count, _) => format!("{count} confirmed changes are not sent yet and will be dropped."),
    };
    let plan = Plan {
        title: "Quit".to_owned(),
        notes: vec![note, "Started runs keep running.".to_owned()],
        steps: Vec::new(),
        becomes: "",
        verb: "Quit",
        changes: Vec::new(),
        figures: Default::default(),
    };
    apply(model, vec![Action::Ask(Box::new(Dialog { plan, fields: Vec::new(), what: ConfirmedAction::Leave }))])
}

/// Leaves. Queries that run are cancelled on the server, except those that are to go on; one that has no id yet is the
/// shell's to wait for.
pub(super) fn quit(model: &mut Model, leave: Leave) -> Vec<Effect> {
    let mut effects = Vec::new();
    for id in model.screens.athena.running() {
        let slot = Slot::StopQuery(id.clone());
        if !model.slots.contains_key(&slot) {
            effects.push(request(model, StopQuery { id }));
        }
    }
    effects.push(Effect::Quit(leave));
    effects
}
