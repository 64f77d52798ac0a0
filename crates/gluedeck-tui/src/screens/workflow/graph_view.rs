//! Painting the graph of a workflow: a box a step, its trigger above it, and the error of the selected one.

use super::view::run_title;
use super::{WorkflowState, lines};
use crate::flow::Context;
use crate::screens::parts::{cell_of, trigger_words};
use crate::screens::steps::StepLine;
use crate::ui::boxes::{self, BoxNode, Size};
use crate::ui::text::{clean, counted, wrap};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::cells::CellState;
use gluedeck_core::analysis::graph::{Graph, Node, graph};
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::domain::{Pipeline, StepRun, Target};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// The steps in the order in which the graph is read: from above, from the left.
pub(super) fn order(workflow: &Pipeline) -> Vec<Target> {
    let Graph { nodes, edges } = graph(workflow);
    let depths: Vec<usize> = nodes.iter().map(|node| node.depth).collect();
    boxes::order(&depths, &edges).into_iter().filter_map(|n| Some(nodes.get(n)?.target.clone())).collect()
}

/// Draws the graph. `workflow` has the run that is looked at.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &WorkflowState,
    workflow: &Pipeline,
    context: &Context,
    look: &Look,
) {
    let cells = area.width as usize;
    let Graph { nodes, edges } = graph(workflow);
    let chosen = state.selected(workflow);
    let selected =
        chosen.and_then(|line| line.target).and_then(|target| nodes.iter().position(|n| &n.target == target));
    let below = error_lines(chosen, look, cells, (area.height as usize / 4).min(8));
    let [title, drawing, error] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(below.len() as u16)])
            .areas(area);
    frame.render_widget(run_title(state, workflow, context, look, cells), title);
    let all = lines(workflow);
    let boxes: Vec<BoxNode> = nodes.iter().map(|node| box_of(node, &all, workflow, context, look)).collect();
    let inner = Rect { x: drawing.x + 1.min(drawing.width), width: drawing.width.saturating_sub(1), ..drawing };
    let size = Size { cells: inner.width as usize, rows: inner.height as usize };
    let mut lines = boxes::draw(&boxes, &edges, selected, look, size);
    if nodes.is_empty() {
        lines.push(Row::new(look, size.cells).gap(2).text(Role::Dim, "No jobs or crawlers in this graph").line());
    }
    frame.render_widget(Paragraph::new(lines), inner);
    frame.render_widget(Paragraph::new(below), error);
}

fn box_of(node: &Node, all: &[StepLine<'_>], workflow: &Pipeline, context: &Context, look: &Look) -> BoxNode {
    let mut starts = all.iter().filter(|line| line.target == Some(&node.target));
    let line = starts.next();
    let state = line.map_or(CellState::Unknown, |line| cell_of(line, workflow));
    let (glyph, role) = look.glyphs.cell(&state);
    BoxNode {
        glyph,
        role,
        title: clean(node.target.name()),
        detail: line.map_or_else(|| [String::new(), String::new()], |line| detail(line, &state, workflow, context)),
        start: match line {
            None => (Role::Warning, "started by nothing in this workflow".to_owned()),
            Some(line) => start(line, starts.count(), context, look),
        },
        depth: node.depth,
    }
}

/// What starts a step: the trigger's schedule or condition, and its name.
fn start(line: &StepLine<'_>, others: usize, context: &Context, look: &Look) -> (Role, String) {
    let Some(trigger) = line.trigger else { return (Role::Dim, "no trigger".to_owned()) };
    let role = if trigger.can_fire() { Role::Dim } else { Role::Off };
    let words = trigger_words(trigger, context.now());
    let others = if others > 0 { format!(" (or {})", counted(others, "other trigger")) } else { String::new() };
    let dot = look.glyphs.pick("·", "-");
    (role, clean(&format!("{words}{others} {dot} {}", trigger.name)))
}

/// The state, how long it took, and how long it usually takes; and the same in fewer cells.
fn detail(line: &StepLine<'_>, state: &CellState, workflow: &Pipeline, context: &Context) -> [String; 2] {
    let attempt = line.run.and_then(StepRun::last);
    let word = clean(attempt.map_or_else(|| state.word(), |attempt| attempt.state.word()));
    let took = attempt.and_then(|attempt| attempt.elapsed_seconds(context.now())).map(duration);
    let usual = line.target.zip(context.history(&workflow.id)).and_then(|(target, history)| history.usual(target));
    match (took, usual.map(duration)) {
        (Some(took), Some(usual)) => [format!("{word}  {took} (usually {usual})"), format!("{word} {took}/{usual}")],
        (Some(took), None) => [format!("{word}  {took}"), format!("{word} {took}")],
        (None, Some(usual)) => [format!("{word} (usually {usual})"), format!("{word} /{usual}")],
        (None, None) => [word.clone(), word],
    }
}

/// The error of the selected step, as much of it as there is room for.
fn error_lines(line: Option<StepLine<'_>>, look: &Look, cells: usize, room: usize) -> Vec<Line<'static>> {
    let error = line.and_then(|line| line.run?.last()?.error.as_deref());
    let Some(error) = error else { return Vec::new() };
    let parts = wrap(&clean(error), cells.saturating_sub(9).max(10));
    let cut = parts.len() > room;
    let mut all = Vec::new();
    for (n, part) in parts.iter().take(room.max(1)).enumerate() {
        let mut row = Row::new(look, cells);
        row.gap(1).cell(Role::Dim, if n == 0 { "error" } else { "" }, 7);
        match cut && n + 1 == room {
            true => row.text(Role::Bad, part).text(Role::Dim, look.glyphs.pick(" …", " ...")),
            false => row.text(Role::Bad, part),
        };
        all.push(row.line());
    }
    all
}
