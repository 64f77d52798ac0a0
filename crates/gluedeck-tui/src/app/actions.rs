//! What screens and replies ask for is done: requests in their slots, ways from place to place, what is shown over the screen.

use super::confirm::Confirm;
use super::model::Model;
use super::overlay::Overlay;
use super::rollouts;
use super::text_page::TextPage;
use super::update::{on_screen, tick};
use crate::flow::effect::Whereto;
use crate::flow::{Action, Command, Effect, Request, Route, Slot, console};
use crate::ui::text::cut;
use gluedeck_core::analysis::stagger::Mode;
use gluedeck_core::request::Described;

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
                effects.push(Effect::SaveDrafts(model.athena.drafts()));
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
            Action::StaggerNow(names) => {
                model.stagger.wishes.mode = Mode::Now;
                effects.extend(apply(model, vec![Action::Stagger(names)]));
            }
            Action::Acknowledge { key, note, undone } => effects.push(Effect::Acknowledge { key, note, undone }),
            Action::GoThere { environment, text } => {
                effects.push(Effect::Environment(Whereto::WithAlert { name: environment, text }));
            }
            Action::PlanStagger => effects.extend(rollouts::ask_planner(model)),
            Action::Rollout(action) => effects.extend(rollouts::act(model, action)),
            Action::SaveFile { name, text } => effects.push(Effect::SaveFile { name, text }),
            Action::Copy(text) => {
                model.say(format!("Copied: {}", cut(&text.replace('\n', " "), 60)));
                effects.push(Effect::Copy(text));
            }
            Action::SaveDrafts(drafts) => effects.push(Effect::SaveDrafts(drafts)),
            Action::Notice(text) => model.say(text),
            Action::Sift(sift) => effects.push(Effect::Sift(sift)),
            Action::Page { text, edit } => effects.push(Effect::Page { text, edit }),
            other => effects.extend(athena(model, other)),
        }
    }
    effects
}

/// Actions of the SQL screen.
fn athena(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::EditSql(text) => vec![Effect::EditSql(text)],
        Action::Arrange { run, question } => vec![Effect::Arrange { run, question }],
        Action::QueryLocally { run, sql, rows } => vec![Effect::QueryLocally { run, sql, rows }],
        Action::Export { name, rows, order, whole } => vec![Effect::Export { name, rows, order, whole }],
        Action::ReadQueries => vec![Effect::ReadQueries],
        Action::ShowText { title, name, text } => {
            let mut page = TextPage::asked(title, name);
            page.text.take(Ok(text), model.context.now());
            model.overlay = Some(Overlay::Text(page));
            Vec::new()
        }
        other => about(model, other),
    }
}

/// Actions about a resource: what is known of it is shown over the screen.
fn about(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Watch(name) => {
            let on = !model.watched.remove(&name);
            model.say(match on {
                true => format!("You will be told when the run of {name} ends"),
                false => format!("{name} is not watched any more"),
            });
            if on {
                model.watched.insert(name);
            }
        }
        Action::ShowWhy(workflow) => model.overlay = Some(Overlay::Why { workflow, selected: 0 }),
        Action::Describe(what) => {
            let (title, name) = described(&what);
            model.overlay = Some(Overlay::Text(TextPage::asked(title, name)));
            return vec![request(model, Slot::Describe, Request::Describe(what))];
        }
        Action::ShowProperties { workflow, run } => {
            let title = format!("Run properties of {workflow}");
            model.overlay = Some(Overlay::Text(TextPage::asked(title, format!("properties {run}"))));
            return vec![request(model, Slot::Properties, Request::Properties { workflow, run })];
        }
        Action::OpenInConsole(what) => match console::address(&model.context.session, &what) {
            Some(address) => {
                model.say(format!("Opened in a browser if there is one here, and copied: {address}"));
                return vec![Effect::Copy(address.clone()), Effect::OpenUrl(address)];
            }
            None => model.say("The AWS console shows only what is in AWS, and this is another endpoint"),
        },
        Action::Notify(text) => return vec![Effect::Notify(text)],
        _ => {}
    }
    Vec::new()
}

/// The title of a description, and its file's name.
fn described(what: &Described) -> (String, String) {
    let (kind, name) = match what {
        Described::Workflow(name) => ("workflow", name.to_string()),
        Described::Run { workflow, run } => ("run", format!("{workflow} {run}")),
        Described::Trigger(name) => ("trigger", name.to_string()),
        Described::Target(target) => (target.kind(), target.name().to_owned()),
        Described::JobRun { job, run } => ("job run", format!("{job} {run}")),
    };
    (format!("{kind} {name}"), format!("{kind} {name}"))
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
        Slot::Tables(name) => {
            let wall = model.context.moment.wall;
            model.context.catalog.asked(name, wall);
        }
        Slot::Partitions(database, table) => {
            let key = (database.clone(), table.clone());
            model.context.catalog.partitions.entry(key).or_default().ask();
        }
        Slot::History(name) => model.context.history.entry(name.clone()).or_default().ask(),
        _ => {}
    }
    if let Request::Change { change, .. } = &request {
        model.sent = Some(change.clone());
    }
    Effect::Request { slot, ticket: model.tickets, request }
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

/// Back to where one came from; on the board, what is filtered away comes back.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    let filtered = model.logs.holds_back();
    if matches!(model.route, Route::Workflow(_)) && model.workflow.close() {
        return Vec::new();
    }
    if model.route == Route::Athena && model.athena.close() {
        return Vec::new();
    }
    if (model.route == Route::Triage && model.triage.close())
        || (model.route == Route::Quality && model.quality.close())
    {
        return Vec::new();
    }
    let narrowed = model.route == Route::Athena && model.athena.holds_back();
    let searched = model.route == Route::Activity && !model.activity.filter.text.is_empty();
    if model.route == Route::Board || (model.route == Route::Logs && filtered) || searched || narrowed {
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
        Route::Athena if model.athena.lists.own.is_empty() => vec![Effect::ReadQueries],
        Route::Stagger if model.stagger.plan.is_none() && !model.stagger.open => rollouts::ask_planner(model),
        _ => Vec::new(),
    };
    effects.extend(tick(model));
    effects
}
