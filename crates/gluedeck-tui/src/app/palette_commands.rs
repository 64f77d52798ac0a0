//! What a line of the palette orders is done.

use super::commands::{carry_out, look_into};
use super::model::Model;
use super::reports::{file_name, write_incident};
use super::suggestions::{PaletteCommand, parse};
use super::{actions, athena, confirmed};
use crate::flow::effect::{Destination, Leave, LogRequest, LogRun, ViewFormat};
use crate::flow::{Action, Command, Effect, Route};
use crate::screens::board::Sort;
use crate::ui::FilterLine;
use gluedeck_core::analysis::report;
use gluedeck_core::domain::{Pipeline, PipelineKind};
use serde_json::Value;

/// Carries out a line, or says what is wrong with it.
pub(super) fn run_line(model: &mut Model, line: &str) -> Vec<Effect> {
    let line = line.trim();
    if line.is_empty() {
        return Vec::new();
    }
    if line == "q!" {
        return confirmed::quit(model, Leave::Done);
    }
    match parse(model, line) {
        Ok(order) => run_palette_command(model, order),
        Err(why) => {
            model.show_notice(why.to_string());
            Vec::new()
        }
    }
}

fn run_palette_command(model: &mut Model, order: PaletteCommand) -> Vec<Effect> {
    match order {
        PaletteCommand::Command(command) => return carry_out(model, command),
        PaletteCommand::Theme(name) => match model.themes.iter().find(|theme| theme.name == name).cloned() {
            Some(theme) => model.look.theme = theme,
            None => model.show_notice(format!("Unknown theme {name} (T lists themes)")),
        },
        PaletteCommand::Environment(name) => return go_to_environment(model, name),
        PaletteCommand::Profile(name) => return go_to_profile(model, name),
        PaletteCommand::Region(name) => return vec![Effect::Environment(Destination::Region(name))],
        PaletteCommand::Sort(key, reverse) => {
            model.screens.board.sort = Sort { key, reverse };
            return actions::go(model, Route::Board);
        }
        PaletteCommand::Filter(text) => {
            model.screens.board.filter = FilterLine::of(text);
            return actions::go(model, Route::Board);
        }
        PaletteCommand::Kind(kind) => return show_kind(model, kind),
        PaletteCommand::Open(name) => match find(model, &name) {
            Some(route) => return actions::go(model, route),
            None => model.show_notice(format!("Nothing here is called {name}")),
        },
        PaletteCommand::Day(day) => match day.parse() {
            Ok(day) => {
                model.screens.timeline.show(day);
                return actions::go(model, Route::Timeline);
            }
            Err(_) => model.show_notice(format!("Invalid date {day}, use e.g. 2026-11-22")),
        },
        PaletteCommand::LogGroup(group, prefix) => {
            let title = format!("{group} {prefix}").trim_end().to_owned();
            let run = LogRun { group: Some((group, prefix)), ..LogRun::default() };
            let request = LogRequest { title, runs: vec![run], failed: false };
            return actions::apply(model, vec![Action::ShowLog(request)]);
        }
        PaletteCommand::At(time) => {
            let open = model.screens.logs.open.as_mut().filter(|_| model.route == Route::Logs);
            match open.map(|open| open.go_to_time(&time)) {
                None => model.show_notice("open a log first"),
                Some(Err(why)) => model.show_notice(why.to_string()),
                Some(Ok(())) => {}
            }
        }
        PaletteCommand::Athena(command, argument) => return athena::run(model, command, &argument),
        PaletteCommand::Save(format) => return save(model, &format),
        PaletteCommand::Triage(text) => return look_into(model, &text),
        PaletteCommand::Mfa(code) => {
            let mut effects = vec![Effect::GiveMfaCode(code)];
            effects.extend(carry_out(model, Command::Refresh));
            model.show_notice("MFA code will be used for the next sign-in");
            return effects;
        }
        PaletteCommand::Incident => return write_incident(model, false),
    }
    Vec::new()
}

fn go_to_environment(model: &mut Model, name: String) -> Vec<Effect> {
    if model.environments.contains(&name) {
        return vec![Effect::Environment(Destination::Named(name))];
    }
    let known = model.environments.join(", ");
    model.show_notice(format!("Unknown environment {name}; there are: {known}"));
    Vec::new()
}

fn go_to_profile(model: &mut Model, name: String) -> Vec<Effect> {
    if model.profiles.contains(&name) {
        return vec![Effect::Environment(Destination::Profile(name))];
    }
    model.show_notice(format!("No profile {name} in the AWS configuration (tab lists them)"));
    Vec::new()
}

/// Shows the pipelines of a kind, if there are any.
fn show_kind(model: &mut Model, kind: PipelineKind) -> Vec<Effect> {
    if !model.context.pipelines().iter().any(|pipeline| pipeline.id.kind() == kind) {
        let kinds = kind.plural().to_lowercase();
        let steps = if kind == PipelineKind::Workflow { "" } else { " outside of workflows" };
        model.show_notice(format!("No {kinds}{steps} here"));
        return Vec::new();
    }
    model.screens.board.show_kind(kind);
    actions::go(model, Route::Board)
}

/// The screen of the pipeline of this name, or of a job or crawler that is a step of one.
fn find(model: &Model, name: &str) -> Option<Route> {
    let lower = name.to_lowercase();
    let is = |workflow: &&Pipeline| {
        workflow.short_name().to_lowercase() == lower || workflow.id.as_str().to_lowercase() == lower
    };
    let all = model.context.pipelines();
    let pipeline = all.iter().find(is).map(|workflow| Route::of(workflow.id.clone()));
    let step = || all.iter().flat_map(Pipeline::targets).find(|target| target.name().to_lowercase() == lower);
    pipeline.or_else(|| step().cloned().map(Route::Job))
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
                model.show_notice("This view cannot be saved as JSON; use text or svg");
                Vec::new()
            }
        },
        other => {
            model.show_notice(format!("Save as text, json or svg, not as {other}"));
            Vec::new()
        }
    }
}

/// The workflows that the view shows.
fn json(model: &Model) -> Option<Value> {
    let context = &model.context;
    let shown = model.screen().pipelines(context)?;
    let why = |workflow: &Pipeline| context.reason(workflow).map(|reason| reason.text);
    let value = |workflow: &Pipeline| report::workflow(workflow, why(workflow), context.now());
    Some(Value::Array(shown.iter().map(value).collect()))
}
