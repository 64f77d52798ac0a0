//! Pieces that more than one screen paints: a workflow's title, its steps in short, its earlier runs.

use super::steps::{StepLine, lines};
use crate::analysis::cells::{CellState, cells};
use crate::analysis::reason::duration;
use crate::analysis::{History, Outcome, outcome};
use crate::domain::{StepRun, Time, Trigger, Workflow};
use crate::flow::{Context, Load};
use crate::ui::text::{clean, wrap};
use crate::ui::{Look, Role, Row};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// The pane beside the board: the selected workflow in short.
pub fn draw_summary(frame: &mut Frame<'_>, area: Rect, workflow: &Workflow, context: &Context, look: &Look) {
    let cells = area.width as usize;
    let mut all = vec![title_line(workflow, context, look, cells), Line::default()];
    let history = context.history(&workflow.name);
    for line in lines(workflow) {
        let mut row = Row::new(look, cells);
        let (glyph, role) = look.glyphs.cell(&cell_of(&line, workflow));
        row.gap(1).text(role, glyph).gap(1);
        row.cell(Role::Text, &clean(line.target.map_or(line.trigger.name.as_str(), |target| target.name())), 34);
        let state = line.run.and_then(StepRun::last).map(|attempt| attempt.state.word().to_lowercase());
        row.gap(1).cell(role, &clean(state.as_deref().unwrap_or("")), 10);
        took(&mut row, &line, history, context.now());
        all.push(row.line());
        if let Some(error) = line.run.and_then(StepRun::last).and_then(|attempt| attempt.error.as_deref()) {
            for part in wrap(&clean(error), cells.saturating_sub(6)) {
                all.push(Row::new(look, cells).gap(5).text(Role::Bad, &part).line());
            }
        }
    }
    all.push(Line::default());
    let runs = Rect { height: area.height.saturating_sub(all.len() as u16), ..area };
    all.extend(run_lines(workflow, context, look, runs));
    frame.render_widget(Paragraph::new(all), area);
}

/// The workflow's name, outcome, and last run.
pub fn title_line(workflow: &Workflow, context: &Context, look: &Look, width: usize) -> Line<'static> {
    let mut row = Row::new(look, width);
    let outcome = outcome::of_workflow(workflow);
    let (glyph, role) = look.glyphs.outcome(outcome);
    row.gap(1).text(role, glyph).gap(1).text(Role::Strong, &clean(workflow.name.as_str()));
    row.text(role, &format!("  {}", outcome.word().replace('_', " ")));
    let Some(run) = &workflow.last_run else { return row.line() };
    if outcome == Outcome::Failed && run.status.word() == "COMPLETED" {
        row.text(Role::Dim, " (the API says COMPLETED)");
    }
    if let Some(at) = run.started_on {
        row.text(Role::Dim, &format!(" · started {}Z", at.format("%-d %b %H:%M:%S")));
    }
    if let Some(seconds) = run.elapsed_seconds(context.now()) {
        let word = if run.completed_on.is_some() { "took" } else { "for" };
        row.text(Role::Dim, &format!(" · {word} {}", duration(seconds)));
    }
    if let Some(usual) = context.history(&workflow.name).and_then(|history| history.usual_seconds) {
        row.text(Role::Dim, &format!(" (usually {})", duration(usual)));
    }
    let id: String = run.id.as_str().chars().take(12).collect();
    row.text(Role::Dim, &format!(" · {}…", clean(&id)));
    if run.previous.is_some() {
        row.text(Role::Dim, " · resumed");
    }
    row.line()
}

/// `4m12s / 3m50s`, in 17 cells.
pub fn took(row: &mut Row<'_>, line: &StepLine<'_>, history: Option<&History>, now: Time) {
    let took = line.run.and_then(StepRun::last).and_then(|attempt| attempt.elapsed_seconds(now));
    let usual = line.target.zip(history).and_then(|(target, history)| history.usual(target));
    row.right(Role::Text, &took.map(duration).unwrap_or_default(), 7);
    row.cell(Role::Dim, &usual.map(|usual| format!(" / {}", duration(usual))).unwrap_or_default(), 10);
}

/// The state of a line: of its trigger with this one target.
pub fn cell_of(line: &StepLine<'_>, workflow: &Workflow) -> CellState {
    let index = workflow.triggers.iter().position(|trigger| trigger.name == line.trigger.name);
    let single = Workflow { triggers: vec![one_action(line)], ..workflow.clone() };
    match index {
        Some(_) => cells(&single).into_iter().next().map_or(CellState::Unknown, |cell| cell.state),
        None => CellState::Unknown,
    }
}

fn one_action(line: &StepLine<'_>) -> Trigger {
    Trigger { actions: line.target.into_iter().cloned().collect(), ..line.trigger.clone() }
}

/// Earlier runs, newest first.
pub fn run_lines(workflow: &Workflow, context: &Context, look: &Look, area: Rect) -> Vec<Line<'static>> {
    let cells = area.width as usize;
    let mut all = vec![Row::new(look, cells).gap(1).text(Role::Dim, "EARLIER RUNS").line()];
    match context.history.get(&workflow.name) {
        Some(Load::Failed { fault, old: None, .. }) => {
            let text = format!("cannot be read: {}", fault.headline());
            all.push(Row::new(look, cells).text(Role::Bad, &text).line());
        }
        Some(load) if load.value().is_some() => {
            let history = load.value().into_iter().flat_map(|history| history.nights.iter().rev());
            for night in history.take((area.height as usize).saturating_sub(1)) {
                let (glyph, role) = look.glyphs.outcome(night.outcome);
                let mut row = Row::new(look, cells);
                row.gap(1).text(role, glyph).gap(1);
                let started = night.run.started_on.map(|at| at.format("%a %-d %b %H:%M:%S").to_string());
                row.cell(Role::Text, &started.unwrap_or_default(), 21);
                row.right(Role::Text, &night.seconds.map(duration).unwrap_or_default(), 7).gap(2);
                let word = night.outcome.word().replace('_', " ");
                let resumed = if night.run.previous.is_some() { ", resumed" } else { "" };
                row.text(role, &word).text(Role::Dim, resumed);
                all.push(row.line());
            }
        }
        _ => all.push(Row::new(look, cells).gap(1).text(Role::Dim, "reading …").line()),
    }
    all
}
