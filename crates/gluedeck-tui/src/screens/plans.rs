//! From a command to its dialog: the plan, and what can be edited before.

use crate::flow::effect::ConfirmedAction;
use crate::flow::form::{fields, file_field, phrase_field};
use crate::flow::{Action, Context, Dialog};
use gluedeck_core::analysis::plan::{self, Facts, Figures, Plan, Planned};
use gluedeck_core::domain::policy::phrase;
use gluedeck_core::domain::{Activation, JobOverrides, Pipeline, Target, Trigger};

/// Asks to start a workflow from its beginning.
pub fn start(workflow: &Pipeline, context: &Context) -> Action {
    ask(plan::start(workflow, context), Some(workflow), context)
}

/// Asks to run a workflow again as is advised, or says why there is nothing to rerun.
pub fn rerun(workflow: &Pipeline, context: &Context) -> Action {
    ask(plan::rerun(workflow, context), None, context)
}

/// Asks to run a workflow again from its beginning.
pub fn rerun_whole(workflow: &Pipeline, context: &Context) -> Action {
    ask(plan::rerun_whole(workflow, context), Some(workflow), context)
}

/// Asks to run a workflow again from its failed step, or says why it cannot.
pub fn rerun_from_failed(workflow: &Pipeline, context: &Context) -> Action {
    ask(plan::rerun_from_failed(workflow, context), None, context)
}

/// Asks to stop the running run of a workflow.
pub fn stop(workflow: &Pipeline, context: &Context) -> Action {
    ask(plan::stop(workflow, context), None, context)
}

/// Asks to activate or deactivate a trigger.
pub fn set_activation(workflow: &Pipeline, trigger: &Trigger, context: &Context) -> Action {
    let to = if trigger.can_fire() { Activation::Deactivate } else { Activation::Activate };
    ask(plan::switch(workflow, trigger, to, context), None, context)
}

/// Asks to switch a workflow's schedule off, or on again.
pub fn set_schedule_activation(workflow: &Pipeline, context: &Context) -> Action {
    ask(plan::set_schedule_activation(workflow, plan::other_way(&[workflow]), context), None, context)
}

/// Asks to run one step by itself.
pub fn step_alone(target: &Target, workflow: &Pipeline, context: &Context) -> Action {
    ask(plan::step_alone(target, Some(workflow), JobOverrides::default(), context), Some(workflow), context)
}

/// Asks for one thing on several workflows: one dialog, one change each.
pub fn on_all(workflows: &[&Pipeline], context: &Context, plan: impl Fn(&Pipeline, &dyn Facts) -> Planned) -> Action {
    let each = workflows.iter().map(|workflow| (workflow.short_name().to_owned(), plan(workflow, context)));
    ask(plan::together(each.collect(), context), None, context)
}

/// Asks for the changes of a plan, or says why there is nothing to do.
pub fn ask(planned: Planned, workflow: Option<&Pipeline>, context: &Context) -> Action {
    ask_for(planned, workflow, ConfirmedAction::Changes, context)
}

/// Asks to confirm a plan, for a kind of action.
pub fn ask_for(planned: Planned, workflow: Option<&Pipeline>, what: ConfirmedAction, context: &Context) -> Action {
    // What comes from the disk may be long over.
    if context.pipelines_read_at.is_none() {
        return Action::Notice("Showing cached data; wait until the account is loaded".into());
    }
    let mut plan = match planned {
        Ok(plan) => plan,
        Err(why) => return Action::Notice(why.to_string()),
    };
    let mut editable = match plan.changes.as_slice() {
        [change] if what == ConfirmedAction::Changes => fields(change, workflow),
        _ => Vec::new(),
    };
    if let ConfirmedAction::Rollout(rollout) = &what {
        editable.extend(rollout.file.as_deref().map(file_field));
    }
    let phrase_field = phrase_field(&plan.changes, &context.session.policy);
    if phrase_field.is_some() {
        plan.notes.insert(0, format!("! To confirm, type: {}", phrase(&plan.changes)));
    }
    editable.extend(phrase_field);
    Action::Ask(Box::new(Dialog { plan, fields: editable, what }))
}

/// Asks to leave the account for a sandbox.
pub fn open_sandbox() -> Action {
    let plan = Plan {
        title: "Open the sandbox".to_owned(),
        notes: vec![
            "Disconnects from this account and opens a local sandbox,".to_owned(),
            "with fake credentials. Nothing is sent to AWS.".to_owned(),
        ],
        steps: Vec::new(),
        becomes: "",
        verb: "Open",
        changes: Vec::new(),
        figures: Figures::default(),
    };
    Action::Ask(Box::new(Dialog { plan, fields: Vec::new(), what: ConfirmedAction::OpenSandbox }))
}
