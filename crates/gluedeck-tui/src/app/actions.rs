//! What screens and replies ask for is done: requests in their slots, changes of screen, what is shown over the screen.

use super::confirm::Confirm;
use super::model::Model;
use super::overlay::Overlay;
use super::requests::{open_stream, request};
use super::text_page::TextPage;
use super::{reading, rollouts};
use crate::flow::effect::{Destination, LogRequest};
use crate::flow::{Action, Dialog, Effect, Route, console};
use crate::ui::text::cut;
use gluedeck_core::analysis::stagger::Mode;
use gluedeck_core::domain::{PipelineId, PipelineRun, StepRun};
use gluedeck_core::request::{Describe, GetRunProperties, ResourceRef};

/// Does what screens and answers ask for.
pub(super) fn apply(model: &mut Model, actions: Vec<Action>) -> Vec<Effect> {
    actions.into_iter().flat_map(|action| apply_one(model, action)).collect()
}

fn apply_one(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Do(effect) => vec![effect],
        Action::Request(wanted) => vec![request(model, *wanted)],
        Action::Stream(stream) => vec![open_stream(model, stream)],
        Action::Abandon(slot) => {
            model.slots.remove(&slot);
            vec![Effect::Abandon(slot)]
        }
        Action::Go(route) => go(model, route),
        Action::ShowRun(name, run) => show_run(model, name, *run),
        Action::ShowLog(log) => show_log(model, log),
        Action::Compose(sql) => compose(model, &sql),
        Action::Ask(dialog) => {
            ask(model, *dialog);
            Vec::new()
        }
        Action::Stagger { workflows, mode } => stagger(model, workflows, mode),
        Action::PlanStagger => rollouts::ask_planner(model),
        Action::Rollout(action) => rollouts::act(model, action),
        Action::GoThere { environment, text } => {
            vec![Effect::Environment(Destination::WithAlert { name: environment, text })]
        }
        Action::Copy(text) => {
            model.show_notice(format!("Copied: {}", cut(&text.replace('\n', " "), 60)));
            vec![Effect::Copy(text)]
        }
        Action::Notice(text) => {
            model.show_notice(text);
            Vec::new()
        }
        Action::ShowText { title, name, text } => {
            let mut page = TextPage::asked(title, name);
            page.text.take(Ok(text), model.context.now());
            model.overlay = Some(Overlay::Text(page));
            Vec::new()
        }
        Action::Watch(name) => {
            watch(model, name);
            Vec::new()
        }
        Action::ShowWhy(workflow) => {
            model.overlay = Some(Overlay::Why { workflow, selected: 0 });
            Vec::new()
        }
        Action::Describe(what) => {
            let title = described(&what);
            model.overlay = Some(Overlay::Text(TextPage::asked(title.clone(), title)));
            vec![request(model, Describe { what })]
        }
        Action::ShowProperties { workflow, run } => {
            let title = format!("Run properties of {workflow}");
            model.overlay = Some(Overlay::Text(TextPage::asked(title, format!("properties {run}"))));
            vec![request(model, GetRunProperties { workflow, run })]
        }
        Action::OpenInConsole(what) => open_in_console(model, &what),
    }
}

fn show_log(model: &mut Model, log: LogRequest) -> Vec<Effect> {
    let abandoned = model.screens.logs.show(log);
    let mut effects = apply(model, abandoned);
    effects.extend(go(model, Route::Logs));
    effects
}

fn show_run(model: &mut Model, name: PipelineId, run: PipelineRun) -> Vec<Effect> {
    let effects = go(model, Route::of(name.clone()));
    if let PipelineId::Alone(target) = &name {
        let attempt = run.step(target).and_then(StepRun::last);
        attempt.into_iter().for_each(|attempt| model.screens.job.select_run(attempt));
    } else if let Some(workflow) = model.context.pipeline(&name) {
        model.screens.workflow.open_run(run, workflow);
    }
    effects
}

fn compose(model: &mut Model, sql: &str) -> Vec<Effect> {
    model.screens.athena.compose(sql);
    let mut effects = vec![Effect::SaveDrafts(model.screens.athena.drafts())];
    effects.extend(go(model, Route::Athena));
    effects
}

fn ask(model: &mut Model, dialog: Dialog) {
    let opened = model.context.moment.wall;
    let rule = model.context.session.policy.strictest(&dialog.plan.changes);
    model.overlay = Some(Overlay::Confirm(Box::new(Confirm::new(dialog, rule, opened))));
}

fn stagger(model: &mut Model, workflows: Vec<PipelineId>, mode: Option<Mode>) -> Vec<Effect> {
    let screen = &mut model.screens.stagger;
    screen.planner_options.mode = mode.unwrap_or(screen.planner_options.mode);
    screen.asked_for_now = mode == Some(Mode::Now);
    screen.asked = workflows;
    screen.excluded.clear();
    let mut effects = rollouts::ask_planner(model);
    effects.extend(go(model, Route::Stagger));
    effects
}

/// Tells when the run of a workflow ends, or not any more.
fn watch(model: &mut Model, name: PipelineId) {
    if model.context.watched.remove(&name) {
        model.show_notice(format!("Stopped watching {name}"));
    } else {
        model.show_notice(format!("Watching: you will be notified when {name} ends"));
        model.context.watched.insert(name);
    }
}

fn open_in_console(model: &mut Model, what: &ResourceRef) -> Vec<Effect> {
    let Some(address) = console::address(&model.context.session, what) else {
        model.show_notice("No AWS console for this endpoint");
        return Vec::new();
    };
    model.show_notice(format!("Opened in the browser if available, and copied: {address}"));
    vec![Effect::Copy(address.clone()), Effect::OpenUrl(address)]
}

/// The title of a description.
fn described(what: &ResourceRef) -> String {
    match what {
        ResourceRef::Workflow(name) => format!("workflow {name}"),
        ResourceRef::Run { workflow, run } => format!("run {workflow} {run}"),
        ResourceRef::Trigger(name) => format!("trigger {name}"),
        ResourceRef::Target(target) => format!("{} {}", target.kind(), target.name()),
        ResourceRef::JobRun { job, run } => format!("job run {job} {run}"),
    }
}

pub(super) fn go(model: &mut Model, route: Route) -> Vec<Effect> {
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

/// What is open on the screen is closed first; then back to where one came from.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    let (screen, context) = model.screen_mut();
    if let Some(actions) = screen.back(context) {
        return apply(model, actions);
    }
    model.route = model.back.pop().unwrap_or(Route::Board);
    arrive(model)
}

fn arrive(model: &mut Model) -> Vec<Effect> {
    let actions = model.screens.at_mut(&model.route).enter(&model.route, &model.context);
    let mut effects = apply(model, actions);
    effects.extend(tick(model));
    effects
}

/// What is due by now.
pub(super) fn tick(model: &mut Model) -> Vec<Effect> {
    let mut actions = reading::due(model);
    let slots = &model.slots;
    let screen = model.screens.at_mut(&model.route);
    actions.extend(screen.due(&model.context, &|slot| !slots.contains_key(slot)));
    let mut effects = apply(model, actions);
    effects.extend(rollouts::due(model));
    effects
}
