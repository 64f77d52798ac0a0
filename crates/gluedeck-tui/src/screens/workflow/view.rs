//! Painting one workflow.

use super::{Page, WorkflowState, earlier, last_success_before};
use crate::flow::Context;
use crate::screens::parts::{cell_of, run_lines, title_line, took, trigger_words};
use crate::screens::steps::{StepLine, lines};
use crate::ui::text::{clean, cut_middle, thousands, wrap};
use crate::ui::{Look, Role, Row, graph as drawn};
use gluedeck_core::analysis::cells::{CellState, cells, of_state};
use gluedeck_core::analysis::compare::{Side, StepDifference, compare};
use gluedeck_core::analysis::graph::graph;
use gluedeck_core::analysis::layers;
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::domain::{Attempt, Pipeline, PipelineId, StepRun, Trigger};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Draws that the workflow is not there.
pub(super) fn draw_missing(frame: &mut Frame<'_>, area: Rect, name: Option<&PipelineId>, look: &Look) {
    let name = name.map(ToString::to_string).unwrap_or_default();
    let text = clean(&format!("{name} no longer exists in this account and Region. esc goes back."));
    let line = Row::new(look, area.width as usize).gap(2).text(Role::Warning, &text).line();
    frame.render_widget(Paragraph::new(line), area);
}

/// Draws the screen. `workflow` has the run that is looked at.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &WorkflowState,
    workflow: &Pipeline,
    context: &Context,
    look: &Look,
) {
    let cells = area.width as usize;
    let all = lines(workflow);
    let chain_lines = chain(workflow, area, look);
    let room = (area.height as usize).saturating_sub(3 + chain_lines.len());
    let list_height = all.len().min(room.saturating_sub(6).max(3));
    state.list_height.set(list_height);
    let [title, chain_area, _, heading, list, _, below] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(chain_lines.len() as u16),
        Constraint::Length(u16::from(area.height > 20)),
        Constraint::Length(1),
        Constraint::Length(list_height as u16),
        Constraint::Length(1),
        Constraint::Min(1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(run_title(state, workflow, context, look, cells)), title);
    frame.render_widget(Paragraph::new(chain_lines), chain_area);
    frame.render_widget(Paragraph::new(heading_line(look, cells)), heading);
    let selected = state.line_index(&all);
    let top = (selected + 1).saturating_sub(list_height);
    let window = all.iter().enumerate().skip(top).take(list_height);
    let focus = !state.among_runs;
    let rows: Vec<_> =
        window.map(|(n, line)| step_line(line, workflow, context, look, cells, focus && n == selected)).collect();
    frame.render_widget(Paragraph::new(rows), list);
    if all.is_empty() {
        let text = match workflow.known {
            true => "   No triggers: nothing starts it, and it starts nothing.",
            false => "   No graph returned for this workflow: triggers unknown.",
        };
        frame.render_widget(Paragraph::new(Row::new(look, cells).text(Role::Dim, text).line()), list);
    }
    draw_below(frame, below, state, workflow, context, look);
}

/// What starts it is outside of Glue: a person, Step Functions, Airflow, EventBridge.
const NO_TRIGGER: &str = "no trigger: started from outside";
const NO_TRIGGERS: &str = "No triggers: nothing in it can start.";

/// Details and earlier runs side by side where there is room; or the comparison.
fn draw_below(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &WorkflowState,
    workflow: &Pipeline,
    context: &Context,
    look: &Look,
) {
    if state.page == Page::Compare {
        let lines = compared_lines(workflow, context, look, area);
        return frame.render_widget(Paragraph::new(lines), area);
    }
    let [details, runs] = match (area.width >= 110, state.among_runs) {
        (true, _) => Layout::horizontal([Constraint::Min(60), Constraint::Length(54)]).spacing(2).areas(area),
        (false, false) => [area, Rect::default()],
        (false, true) => [Rect::default(), area],
    };
    if lines(workflow).is_empty() && workflow.known {
        let row = Row::new(look, details.width as usize).gap(3).text(Role::Dim, NO_TRIGGERS).line();
        frame.render_widget(row, details);
    }
    if let Some(line) = state.selected(workflow) {
        let lines = details_of(&line, context, look, details);
        frame.render_widget(Paragraph::new(lines), details);
    }
    let chosen = state.among_runs.then(|| state.run_index(&earlier(workflow, context)));
    frame.render_widget(Paragraph::new(run_lines(workflow, context, look, runs, chosen)), runs);
}

/// The title, and that it is not the last run if it is not.
pub(super) fn run_title(
    state: &WorkflowState,
    workflow: &Pipeline,
    context: &Context,
    look: &Look,
    cells: usize,
) -> Line<'static> {
    let title = title_line(workflow, context, look, cells.saturating_sub(if state.run.is_some() { 16 } else { 0 }));
    match state.run {
        None => title,
        Some(_) => {
            let mut spans = Row::new(look, 16).gap(1).text(Role::Warning, "EARLIER RUN").gap(2).line().spans;
            spans.extend(title.spans);
            Line::from(spans)
        }
    }
}

/// The graph if it is more than a chain and there is room for it, else the chain by layers.
fn chain(workflow: &Pipeline, area: Rect, look: &Look) -> Vec<Line<'static>> {
    let drawn = if is_chain(workflow) { Vec::new() } else { graph_lines(workflow, look, area.width as usize) };
    let room = (area.height as usize / 4).min(12);
    match drawn.len() {
        1.. if drawn.len() <= room => drawn,
        _ => vec![chain_line(workflow, look, area.width as usize)],
    }
}

fn is_chain(workflow: &Pipeline) -> bool {
    let graph = graph(workflow);
    let depths: std::collections::BTreeSet<usize> = graph.nodes.iter().map(|node| node.depth).collect();
    depths.len() == graph.nodes.len()
}

fn graph_lines(workflow: &Pipeline, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let graph = graph(workflow);
    let run = workflow.last_run.as_ref();
    let node = |node: &gluedeck_core::analysis::graph::Node| {
        let last = run.and_then(|run| run.step(&node.target)).and_then(StepRun::last);
        let state = last.map_or(CellState::Waiting, |attempt| of_state(&attempt.state));
        let (glyph, role) = look.glyphs.cell(&state);
        let label = clean(&layers::short_step(&node.target));
        drawn::Node { glyph, role, label, depth: node.depth }
    };
    let nodes: Vec<drawn::Node> = graph.nodes.iter().map(node).collect();
    let indent = |line: Line<'static>| {
        let mut spans = Row::new(look, 1).gap(1).line().spans;
        spans.extend(line.spans);
        Line::from(spans)
    };
    drawn::draw(&nodes, &graph.edges, look, cells.saturating_sub(1)).into_iter().map(indent).collect()
}

/// This run compared with the last successful one.
fn compared_lines(workflow: &Pipeline, context: &Context, look: &Look, area: Rect) -> Vec<Line<'static>> {
    let cells = area.width as usize;
    let (Some(good), Some(run)) = (last_success_before(workflow, context), &workflow.last_run) else {
        return Vec::new();
    };
    let started = good.run.started_on.map(|at| at.format("%-d %b %H:%MZ").to_string()).unwrap_or_default();
    let mut all = vec![
        Row::new(look, cells).gap(1).text(Role::Strong, &format!("This run vs last successful run, {started}")).line(),
    ];
    let name = if cells >= 110 { 40 } else { 26 };
    let mut heading = Row::new(look, cells);
    heading.gap(1).cell(Role::Dim, "STEP", name).right(Role::Dim, "LAST OK", 8).right(Role::Dim, "THIS", 8).gap(2);
    all.push(heading.text(Role::Dim, "DIFFERENCE").line());
    for compared in compare(&good.run, run, context.now()) {
        let seconds = |side: &Option<Side>| side.as_ref().and_then(|side| side.seconds).map(duration);
        let mut row = Row::new(look, cells);
        row.gap(1).cell(Role::Text, &cut_middle(&clean(compared.target.name()), name - 1), name - 1).gap(1);
        row.right(Role::Dim, &seconds(&compared.then).unwrap_or_else(|| "—".into()), 8);
        row.right(Role::Text, &seconds(&compared.now).unwrap_or_else(|| "—".into()), 8).gap(2);
        match compared.differences.is_empty() {
            true => row.text(Role::Dim, look.glyphs.pick("·", ".")),
            false => row.text(Role::Warning, &clean(&in_words(&compared.differences))),
        };
        all.push(row.line());
    }
    all.truncate(area.height as usize);
    all
}

fn in_words(differences: &[StepDifference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The line under the screen: what the selected trigger is.
pub(super) fn context_line(state: &WorkflowState, workflow: &Pipeline, look: &Look, width: usize) -> Line<'static> {
    let mut row = Row::new(look, width);
    row.gap(1);
    if let Some(position) = state.position(workflow) {
        row.text(Role::Dim, &position);
    }
    if let Some(line) = state.selected(workflow) {
        match line.trigger {
            Some(trigger) => {
                row.text(Role::Dim, "trigger ").text(Role::Strong, &clean(trigger.name.as_str()));
                row.text(Role::Dim, &format!(" · {} {}", clean(trigger.kind.word()), clean(trigger.state.word())));
            }
            None => _ = row.text(Role::Dim, &format!("{} · {NO_TRIGGER}", clean(&workflow.kind_title()))),
        }
    }
    row.line()
}

/// The chain by layers: `BRONZE ✔J ─ ✔C ─ ✔Q   SILVER ✔J ─ ✖Q   GOLD ·J ─ ·Q`.
fn chain_line(workflow: &Pipeline, look: &Look, width: usize) -> Line<'static> {
    let mut row = Row::new(look, width);
    row.gap(1);
    let columns = layers::columns(workflow);
    for (n, (column, cell)) in columns.iter().zip(cells(workflow)).enumerate() {
        let first = n == 0 || columns[n - 1].layer != column.layer;
        match column.layer.filter(|_| first) {
            Some(layer) => row.gap(2).text(Role::of_layer(layer), layer.title()).gap(1),
            None if n > 0 => row.text(Role::Line, look.glyphs.pick(" ── ", " -- ")),
            None => row.gap(2),
        };
        let (glyph, role) = look.glyphs.cell(&cell.state);
        row.text(role, glyph).gap(1).text(Role::Dim, &column.letter.to_string());
    }
    row.line()
}

/// Widths of the step's name and of the predicate, by the width of the list.
fn shape(cells: usize) -> (usize, bool) {
    if cells >= 110 { (38, true) } else { (30, false) }
}

fn heading_line(look: &Look, cells: usize) -> Line<'static> {
    let (name, wide) = shape(cells);
    let mut row = Row::new(look, cells);
    row.gap(3).cell(Role::Dim, "STEP", name).cell(Role::Dim, "STATE", 11);
    if wide {
        row.cell(Role::Dim, "STARTED", 10);
    }
    row.cell(Role::Dim, "TOOK / USUAL", 17).right(Role::Dim, "DPU", 4).gap(2);
    row.text(Role::Dim, if wide { "TRIGGER" } else { "" }).line()
}

fn step_line(
    line: &StepLine<'_>,
    workflow: &Pipeline,
    context: &Context,
    look: &Look,
    cells: usize,
    selected: bool,
) -> Line<'static> {
    let (name, wide) = shape(cells);
    let mut row = Row::new(look, cells);
    let cell = cell_of(line, workflow);
    let (glyph, role) = look.glyphs.cell(&cell);
    let attempt = line.run.and_then(StepRun::last);
    row.gap(1).text(role, glyph).gap(1);
    let step = clean(line.target.map_or("starts nothing", |target| target.name()));
    row.cell(Role::Text, &cut_middle(&step, name - 1), name - 1).gap(1);
    let word = attempt.map_or_else(|| cell.word().to_owned(), |attempt| attempt.state.word().to_owned());
    row.cell(role, &clean(&word), 10).gap(1);
    if wide {
        let started = attempt.and_then(|attempt| attempt.started_on);
        row.cell(Role::Dim, &started.map(|at| at.format("%H:%M:%S").to_string()).unwrap_or_default(), 10);
    }
    took(&mut row, line, context.history(&workflow.id), context.now());
    // A run that consumed no second held no capacity either.
    let dpu = attempt.filter(|a| !a.state.is_failure() || a.execution_seconds != Some(0)).and_then(|a| a.dpu);
    row.right(Role::Dim, &dpu.map(|dpu| dpu.to_string()).unwrap_or_default(), 4).gap(2);
    if wide {
        row.text(
            if line.trigger.is_none_or(Trigger::can_fire) { Role::Dim } else { Role::Off },
            &clean(&line.trigger.map_or(NO_TRIGGER.to_owned(), |trigger| trigger_words(trigger, context.now()))),
        );
    }
    if selected { row.selected() } else { row.line() }
}

/// The selected step in full, as much of it as there is room for.
fn details_of(line: &StepLine<'_>, context: &Context, look: &Look, area: Rect) -> Vec<Line<'static>> {
    let cells = area.width as usize;
    let mut all = Vec::new();
    let mut say = |label: &str, role: Role, text: &str| {
        for (n, part) in wrap(&clean(text), cells.saturating_sub(13)).into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            all.push(Row::new(look, cells).gap(1).cell(Role::Dim, label, 12).text(role, &part).line());
        }
    };
    say("step", Role::Strong, line.target.map_or("starts nothing", |target| target.name()));
    let attempt = line.run.and_then(StepRun::last);
    match attempt {
        Some(attempt) => say_attempt(&mut say, attempt, line.run.map_or(0, |run| run.attempts.len()), context),
        None => say("state", Role::Dim, "not started in this run"),
    }
    match line.trigger {
        Some(trigger) => {
            say("trigger", Role::Text, trigger.name.as_str());
            let fires = if trigger.predicate.is_some() { "condition" } else { "starts" };
            say(fires, Role::Text, &trigger_words(trigger, context.now()));
        }
        None => say("trigger", Role::Dim, NO_TRIGGER),
    }
    let room = area.height as usize;
    if all.len() > room && room > 0 {
        let more = format!("{} more lines: d describes it in full", all.len() - room + 1);
        all.truncate(room - 1);
        all.push(Row::new(look, cells).gap(1).text(Role::Dim, &more).line());
    }
    all
}

fn say_attempt(say: &mut impl FnMut(&str, Role, &str), attempt: &Attempt, attempts: usize, context: &Context) {
    if let Some(error) = &attempt.error {
        say("error", Role::Bad, error);
    }
    let start = attempt.started_on.map(|start| {
        let end = attempt.completed_on.map_or_else(|| "now".to_owned(), |end| format!("{}Z", end.format("%H:%M:%S")));
        format!(" {}Z to {end}", start.format("%-d %b %H:%M:%S"))
    });
    let count = if attempts > 1 { format!(" (last of {attempts} attempts)") } else { String::new() };
    say("state", Role::Text, &format!("{}{}{count}", attempt.state.word(), start.unwrap_or_default()));
    if let Some(id) = &attempt.id {
        say("run id", Role::Dim, id.as_str());
    }
    if let (Some(dpu), Some(seconds)) = (attempt.dpu, attempt.execution_seconds.filter(|seconds| *seconds > 0)) {
        let hours = attempt.dpu_hours(context.now()).unwrap_or(0.0);
        let seconds = thousands(seconds.unsigned_abs().into());
        let about = attempt.cost(context.now(), &context.prices()).map(|cost| format!(", about ${cost:.2}"));
        let about = about.unwrap_or_else(|| ", price unknown".to_owned());
        say("cost", Role::Text, &format!("{dpu} DPU for {seconds} s: {hours:.2} DPU-hours{about}"));
    }
}
