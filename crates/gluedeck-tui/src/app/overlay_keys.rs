//! Keys while something lies over the screen.

use super::confirm::Decision;
use super::confirmed::{interrupt, run_confirmed};
use super::model::Model;
use super::overlay::Overlay;
use super::palette::Pressed;
use super::places::places;
use super::reports::file_name;
use super::suggestions::suggestions;
use super::text_page::TextPage;
use super::{actions, palette_commands};
use crate::flow::{Action, Code, Effect, Key, Route};
use crate::screens::steps;
use crate::ui::scroll::moved;
use gluedeck_core::analysis::capacity;
use gluedeck_core::analysis::evidence::EvidenceLink;
use gluedeck_core::domain::{PipelineId, StepRun, WorkflowName};
use gluedeck_core::request::ResourceRef;

/// How far a page key goes in a list that is mostly shorter.
const PAGE: usize = 10;

/// Takes a key.
pub(super) fn key_in_overlay(model: &mut Model, key: Key) -> Vec<Effect> {
    let wall = model.context.moment.wall;
    let step = step_of(key, PAGE);
    match &mut model.overlay {
        Some(Overlay::Confirm(confirm)) => match confirm.key(key, wall) {
            Decision::Open => {}
            Decision::Cancelled => {
                model.overlay = None;
                model.show_notice("Cancelled, nothing changed");
            }
            Decision::Confirmed => {
                if let Some(Overlay::Confirm(confirm)) = model.overlay.take() {
                    return run_confirmed(model, *confirm);
                }
            }
        },
        Some(Overlay::Palette(_)) => return key_in_palette(model, key),
        Some(Overlay::Help(scroll) | Overlay::Errors(scroll)) => match step_of(key, scroll.page()) {
            Some(step) => scroll.by(step),
            None => return close(model, key),
        },
        Some(Overlay::Text(page)) => match step_of(key, page.scroll.page()) {
            Some(step) => page.scroll.by(step),
            None => return key_in_text(model, key),
        },
        Some(Overlay::Themes { .. }) => return key_in_themes(model, key, step),
        Some(Overlay::Environments(selected)) => match (step, key.code) {
            (Some(step), _) => {
                let at = *selected;
                let to = moved(at, step, places(model).len());
                model.overlay = Some(Overlay::Environments(to));
            }
            (_, Code::Enter) => {
                let at = *selected;
                let chosen = places(model).into_iter().nth(at);
                model.overlay = None;
                return chosen.map(|place| Effect::Environment(place.destination)).into_iter().collect();
            }
            _ => return close(model, key),
        },
        Some(Overlay::Capacity(_)) => return key_in_capacity(model, key, step),
        Some(Overlay::Drift(_)) => return key_in_drift(model, key, step),
        Some(Overlay::Why { workflow, .. }) => {
            let workflow = workflow.clone();
            return key_in_why(model, &workflow, key, step);
        }
        None => {}
    }
    Vec::new()
}

/// Lines that a key moves by.
fn step_of(key: Key, page: usize) -> Option<isize> {
    let page = page as isize;
    Some(match key.code {
        Code::Char('j') | Code::Down if !key.ctrl => 1,
        Code::Char('k') | Code::Up if !key.ctrl => -1,
        Code::Char('d') if key.ctrl => page,
        Code::Char('u') if key.ctrl => -page,
        Code::PageDown => page,
        Code::PageUp => -page,
        Code::Char('g') | Code::Home => isize::MIN / 2,
        Code::Char('G') | Code::End => isize::MAX / 2,
        _ => return None,
    })
}

/// Any other key closes; ctrl-c also where one wants to leave.
fn close(model: &mut Model, key: Key) -> Vec<Effect> {
    model.overlay = None;
    if key.is_interrupt() { interrupt(model) } else { Vec::new() }
}

fn key_in_palette(model: &mut Model, key: Key) -> Vec<Effect> {
    let text = match &model.overlay {
        Some(Overlay::Palette(palette)) => palette.input.text.clone(),
        _ => return Vec::new(),
    };
    let suggestions = suggestions(model, &text);
    let Some(Overlay::Palette(palette)) = &mut model.overlay else { return Vec::new() };
    match palette.key(key, &suggestions) {
        Pressed::Open => Vec::new(),
        Pressed::Closed => {
            model.overlay = None;
            Vec::new()
        }
        Pressed::Run(line) => {
            model.overlay = None;
            palette_commands::run_line(model, &line)
        }
    }
}

fn key_in_text(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(Overlay::Text(page)) = &model.overlay else { return Vec::new() };
    let text = page.text.value().cloned();
    match (key.code, text) {
        (Code::Char('y'), Some(text)) => actions::apply(model, vec![Action::Copy(text)]),
        (Code::Char('s'), Some(text)) if key.ctrl => {
            let name = file_name(model, &page.name, ending(page));
            vec![Effect::SaveFile { name, text }]
        }
        _ => close(model, key),
    }
}

fn ending(page: &TextPage) -> &'static str {
    if page.text.value().is_some_and(|text| text.starts_with('{')) { "json" } else { "txt" }
}

/// The theme shows at once; enter keeps it, esc takes the one before.
fn key_in_themes(model: &mut Model, key: Key, step: Option<isize>) -> Vec<Effect> {
    let Some(Overlay::Themes { selected, before }) = &mut model.overlay else { return Vec::new() };
    match (step, key.code) {
        (Some(step), _) => {
            *selected = moved(*selected, step, model.themes.len());
            if let Some(theme) = model.themes.get(*selected) {
                model.look.theme = theme.clone();
            }
        }
        (_, Code::Enter) => {
            model.overlay = None;
            let name = model.look.theme.name.clone();
            model.show_notice(format!("Theme {name}; set theme = \"{name}\" in the configuration to keep it"));
        }
        _ => {
            model.look.theme = (**before).clone();
            return close(model, key);
        }
    }
    Vec::new()
}

fn key_in_capacity(model: &mut Model, key: Key, step: Option<isize>) -> Vec<Effect> {
    let holders = capacity::holders(model.context.pipelines(), model.context.now());
    let Some(Overlay::Capacity(selected)) = &mut model.overlay else { return Vec::new() };
    match (step, key.code) {
        (Some(step), _) => *selected = moved(*selected, step, holders.len()),
        (_, Code::Enter) => {
            let route = holders.get(*selected).map(|holder| Route::Job(holder.target.clone()));
            model.overlay = None;
            return route.map(|route| actions::go(model, route)).unwrap_or_default();
        }
        _ => return close(model, key),
    }
    Vec::new()
}

fn key_in_drift(model: &mut Model, key: Key, step: Option<isize>) -> Vec<Effect> {
    let all = model.context.drift.value().map(|drift| drift.differences.as_slice()).unwrap_or_default();
    let Some(Overlay::Drift(selected)) = &mut model.overlay else { return Vec::new() };
    match (step, key.code) {
        (Some(step), _) => *selected = moved(*selected, step, all.len()),
        (_, Code::Enter) => {
            let workflow = all.get(*selected).and_then(|difference| difference.workflow.as_ref());
            let route = workflow.map(|workflow| Route::of(PipelineId::Workflow(WorkflowName::new(workflow))));
            // A database has no screen, nor has what is not there.
            let Some(route) = route else { return Vec::new() };
            model.overlay = None;
            return actions::go(model, route);
        }
        (_, Code::Char('y')) => {
            let text = all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            return actions::apply(model, vec![Action::Copy(text)]);
        }
        _ => return close(model, key),
    }
    Vec::new()
}

fn key_in_why(model: &mut Model, name: &PipelineId, key: Key, step: Option<isize>) -> Vec<Effect> {
    let findings = model.findings(name);
    let Some(Overlay::Why { selected, .. }) = &mut model.overlay else { return Vec::new() };
    match (step, key.code) {
        (Some(step), _) => *selected = moved(*selected, step, findings.len()),
        (_, Code::Enter) => {
            let Some(finding) = findings.into_iter().nth(*selected) else { return Vec::new() };
            let Some(proof) = finding.proof else {
                model.show_notice("No evidence to open for this line");
                return Vec::new();
            };
            model.overlay = None;
            return jump(model, name, proof);
        }
        (_, Code::Char('y')) => {
            let text = findings.iter().map(|finding| finding.text.as_str()).collect::<Vec<_>>().join("\n");
            return actions::apply(model, vec![Action::Copy(format!("{name}\n{text}"))]);
        }
        _ => return close(model, key),
    }
    Vec::new()
}

/// Goes to where a finding is seen.
fn jump(model: &mut Model, name: &PipelineId, proof: EvidenceLink) -> Vec<Effect> {
    let Some(workflow) = model.context.pipeline(name).cloned() else { return Vec::new() };
    let actions = match proof {
        EvidenceLink::Log(target) => {
            let step: Option<&StepRun> = workflow.last_run.as_ref().and_then(|run| run.step(&target));
            vec![steps::open_log(step)]
        }
        EvidenceLink::Step(target) => {
            let effects = actions::go(model, Route::of(name.clone()));
            model.screens.workflow.select(&workflow, &target);
            return effects;
        }
        EvidenceLink::Trigger(trigger) => vec![Action::Describe(ResourceRef::Trigger(trigger))],
        EvidenceLink::Workflow(other) => vec![Action::Go(Route::of(other))],
        EvidenceLink::Run(run) => {
            let earlier = model.context.history(name).and_then(|h| h.past_runs.iter().find(|past| past.run.id == run));
            match earlier.map(|past| past.run.clone()) {
                Some(run) => vec![Action::ShowRun(name.clone(), Box::new(run))],
                None => vec![Action::Go(Route::of(name.clone()))],
            }
        }
    };
    actions::apply(model, actions)
}
