//! What has consent is sent, one after the other; leaving asks where something that has it is not sent yet.

use super::actions::apply;
use super::confirm::Confirm;
use super::model::Model;
use super::requests::request;
use super::rollouts;
use crate::flow::effect::{Consent, Leave};
use crate::flow::form::{edited, typed};
use crate::flow::{Action, Dialog, Effect, Slot};
use gluedeck_core::analysis::plan::Plan;
use gluedeck_core::domain::policy::Assent;
use gluedeck_core::request::{ApplyChange, StopQuery};

/// Does what was consented to.
pub(super) fn consented(model: &mut Model, confirm: Confirm) -> Vec<Effect> {
    let dialog = confirm.dialog;
    let of = dialog.plan.changes.len();
    let batch = (of > 1).then(|| format!("batch-{}", model.context.moment.utc.format("%Y%m%dT%H%M%S%.3fZ")));
    let assent = Assent { typed: typed(&dialog.fields), of, batch };
    let busy = model.slots.contains_key(&Slot::Change) || !model.changes.is_empty();
    match dialog.what {
        Consent::Leave => quit(model, Leave::Done),
        Consent::StopQuery(id) => {
            vec![request(model, StopQuery { id })]
        }
        Consent::OpenSandbox => quit(model, Leave::ForSandbox),
        Consent::Query => {
            let actions = model.screens.athena.consented(&model.context);
            apply(model, actions)
        }
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
pub(super) fn next_change(model: &mut Model) -> Option<Effect> {
    let change = model.changes.pop_front()?;
    let rest = if model.changes.is_empty() { String::new() } else { format!(", {} to go", model.changes.len()) };
    model.say(format!("{} sent for {}{rest} …", change.operation(), change.name()));
    let assent = model.assent.clone();
    Some(request(model, ApplyChange { change, assent }))
}

/// Leaves, unless something that has consent would then not be sent: that is asked first.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    let waiting = model.changes.len();
    let rollout = model.context.rollout.as_ref().filter(|driver| driver.is_active());
    let note = match (waiting, rollout) {
        (0, None) => return quit(model, Leave::Done),
        (0, Some(driver)) => {
            format!("The stagger is not through: {}. The next console can go on.", driver.rollout.tally())
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
