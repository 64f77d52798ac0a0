//! What a line of the palette orders is done.

use super::commands::{carry_out, look_into};
use super::model::Model;
use super::reports::{file_name, write_incident};
use super::suggestions::{Order, parse};
use super::{actions, athena, consent};
use crate::flow::effect::{Leave, ViewFormat, Whereto};
use crate::flow::{Effect, Route};
use crate::screens::board::Sort;
use crate::ui::LineInput;
use gluedeck_core::analysis::report;
use gluedeck_core::domain::{Workflow, WorkflowName};
use serde_json::Value;

/// Carries out a line, or says what is wrong with it.
pub(super) fn carry_out_line(model: &mut Model, line: &str) -> Vec<Effect> {
    let line = line.trim();
    if line.is_empty() {
        return Vec::new();
    }
    if line == "q!" {
        return consent::quit(model, Leave::Done);
    }
    match parse(model, line) {
        Ok(order) => carry_out_order(model, order),
        Err(why) => {
            model.say(why);
            Vec::new()
        }
    }
}

fn carry_out_order(model: &mut Model, order: Order) -> Vec<Effect> {
    match order {
        Order::Command(command) => return carry_out(model, command),
        Order::Theme(name) => match model.themes.iter().find(|theme| theme.name == name).cloned() {
            Some(theme) => model.look.theme = theme,
            None => model.say(format!("There is no theme {name}; T shows what there is")),
        },
        Order::Environment(name) if model.environments.contains(&name) => {
            return vec![Effect::Environment(Whereto::Named(name))];
        }
        Order::Environment(name) => {
            let known = model.environments.join(", ");
            model.say(format!("There is no environment {name} in the configuration; there are {known}"));
        }
        Order::Sort(key, reverse) => {
            model.screens.board.sort = Sort { key, reverse };
            return actions::go(model, Route::Board);
        }
        Order::Filter(text) => {
            model.screens.board.filter = LineInput { text };
            return actions::go(model, Route::Board);
        }
        Order::Open(name) => match find(model, &name) {
            Some(name) => return actions::go(model, Route::Workflow(name)),
            None => model.say(format!("There is no workflow {name} here")),
        },
        Order::Night(day) => match day.parse() {
            Ok(day) => {
                model.screens.timeline.show(day);
                return actions::go(model, Route::Timeline);
            }
            Err(_) => model.say(format!("{day} is no day such as 2026-11-22")),
        },
        Order::At(time) => {
            let went = match &mut model.screens.logs.open {
                Some(open) if model.route == crate::flow::Route::Logs => open.go_to_time(&time),
                _ => Err("a time is gone to in a log, and none is on the screen".to_owned()),
            };
            if let Err(why) = went {
                model.say(why);
            }
        }
        Order::Athena(verb, argument) => return athena::order(model, verb, &argument),
        Order::Save(format) => return save(model, &format),
        Order::Triage(text) => return look_into(model, &text),
        Order::Incident => return write_incident(model, false),
    }
    Vec::new()
}

fn find(model: &Model, name: &str) -> Option<WorkflowName> {
    let lower = name.to_lowercase();
    let is = |workflow: &&Workflow| {
        workflow.short_name().to_lowercase() == lower || workflow.name.as_str().to_lowercase() == lower
    };
    model.context.workflows().iter().find(is).map(|workflow| workflow.name.clone())
}

fn save(model: &mut Model, format: &str) -> Vec<Effect> {
    let screen = model.route.file_name();
    match format {
        "text" => vec![Effect::SaveView { name: file_name(model, &screen, "txt"), format: ViewFormat::Text }],
        "svg" => vec![Effect::SaveView { name: file_name(model, &screen, "svg"), format: ViewFormat::Svg }],
        "json" => match json(model) {
            Some(value) => {
                let text = serde_json::to_string_pretty(&value).unwrap_or_default() + "\n";
                vec![Effect::SaveFile { name: file_name(model, &screen, "json"), text }]
            }
            None => {
                model.say("This view is no data that JSON could hold; text and svg keep it");
                Vec::new()
            }
        },
        other => {
            model.say(format!("A view is kept as text, json or svg, not as {other}"));
            Vec::new()
        }
    }
}

/// The workflows that the view shows.
fn json(model: &Model) -> Option<Value> {
    let context = &model.context;
    let shown = model.screen().workflows(context)?;
    let why = |workflow: &Workflow| context.reason(workflow).map(|reason| reason.text);
    let value = |workflow: &Workflow| report::workflow(workflow, why(workflow), context.now());
    Some(Value::Array(shown.iter().map(value).collect()))
}
