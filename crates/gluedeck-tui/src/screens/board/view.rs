//! Painting the board.

use super::row_view::{Shape, group_row, kind_titles, row};
use super::rows::is_off;
use super::{BoardLine, BoardState, Shown, SortKey, failed_for_capacity};
use crate::screens::View;
use crate::screens::parts::{draw_empty, draw_summary};
use crate::ui::hits::Hit;
use crate::ui::text::{clean, cut, width};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::filter::Filter;
use gluedeck_core::analysis::layers;
use gluedeck_core::analysis::reason::{self, Severity, duration};
use gluedeck_core::analysis::{Outcome, outcome};
use gluedeck_core::domain::{Pipeline, PipelineId, PipelineKind, Time};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// What the list needs before there is room for a pane beside it.
const LIST_WIDTH: u16 = 140;

/// Draws the board, and answers the selected workflow: finding it costs a sort of all rows.
pub(super) fn draw<'v>(frame: &mut Frame<'_>, area: Rect, state: &BoardState, view: View<'v>) -> Option<&'v Pipeline> {
    state.scroll.set(state.scroll.get().emptied());
    let (context, look) = (view.context, view.look);
    // The list is never narrower beside the pane than it is on a terminal of that width.
    let split = area.width >= LIST_WIDTH + 2 + 56 && !context.pipelines().is_empty();
    let pane = (area.width.saturating_sub(LIST_WIDTH + 2)).clamp(56, 62);
    let [list, pane] = match split {
        true => Layout::horizontal([Constraint::Min(LIST_WIDTH), Constraint::Length(pane)]).spacing(2).areas(area),
        false => [area, Rect::default()],
    };
    let selected = draw_list(frame, list, state, view);
    if let Some(workflow) = selected.filter(|_| split) {
        draw_summary(frame, pane, workflow, context, look);
    }
    selected
}

/// The line under the board about the selected workflow.
pub(super) fn context_line(
    state: &BoardState,
    selected: Option<&Pipeline>,
    View { context, look, .. }: View<'_>,
    width: usize,
) -> Line<'static> {
    let mut row = Row::new(look, width);
    row.gap(1);
    if state.filter.is_typing() {
        row.text(Role::Key, "/").text(Role::Strong, &clean(state.filter.text())).text(Role::Key, "▏");
        let filter = Filter::parse(state.filter.text());
        let first = context.pipelines().first().map(|workflow| Shown { context, workflow });
        let unknown = first.map(|row| filter.unknown_fields(&row).join(", ")).unwrap_or_default();
        let (role, text) = match unknown.is_empty() {
            true => (Role::Dim, format!("  !inverse  field:value  field>5m   fields: {}", super::FIELDS)),
            false => (Role::Warning, format!("  unknown field {}; fields: {}", clean(&unknown), super::FIELDS)),
        };
        return row.text(role, &text).line();
    }
    let Some(workflow) = selected else { return row.line() };
    row.text(Role::Strong, &clean(workflow.id.as_str()));
    // The reason in full comes first: the column may have cut it.
    if let Some(reason) = context.reason(workflow).filter(|reason| reason.severity == Severity::Bad) {
        row.text(Role::Bad, &format!(" {}", clean(&reason.text)));
    }
    let crowded = failed_for_capacity(context);
    if crowded.len() > 1 && crowded.contains(&workflow.id) {
        row.text(Role::Dim, &format!(" · S staggers the {} that failed for capacity", crowded.len()));
    }
    if let Some(run) = &workflow.last_run {
        let steps = run.steps.as_deref().unwrap_or_default();
        let never = steps.iter().filter(|step| step.attempts.is_empty()).count();
        if let Some(step) = reason::failed_step(run) {
            let at = step.last().and_then(|attempt| attempt.completed_on);
            let at = at.map(|at| format!(" {}", at.format("%H:%M:%S"))).unwrap_or_default();
            row.text(Role::Dim, &format!(" · {} failed{at}", clean(&layers::short_step(&step.target))));
            if never > 0 {
                row.text(Role::Dim, &format!(" · {never} downstream steps skipped"));
            }
        } else {
            row.text(Role::Dim, &format!(" · {}", run.status.word()));
        }
    }
    if let PipelineId::Alone(target) = &workflow.id {
        let last = workflow.last_run.as_ref().and_then(|run| run.step(target)?.last());
        let by = last.filter(|run| run.id.is_some()).map(|run| format!(" · {}", clean(&run.started_by().to_string())));
        row.text(Role::Dim, &by.unwrap_or_default());
        let hours = last.and_then(|run| run.dpu_hours(context.now()));
        let hours = hours.map(|hours| format!(" · {hours:.2} DPU-hours")).unwrap_or_default();
        let cost = last.and_then(|run| run.cost(context.now(), &context.prices()));
        let cost = cost.map(|cost| format!(", about ${cost:.2}")).unwrap_or_default();
        row.text(Role::Dim, &format!("{hours}{cost}"));
    }
    row.text(Role::Warning, &drift_text(context.differences(workflow)));
    let next = context.next_start(workflow).map(|at| format!(" · next start {}", until(at, context.now())));
    row.text(Role::Dim, &next.unwrap_or_default());
    row.line()
}

/// In how much a workflow differs from the pipeline's file, if it does.
fn drift_text(differences: usize) -> String {
    match differences {
        0 => String::new(),
        1 => " · 1 difference from the file: = shows it".to_owned(),
        more => format!(" · {more} differences from the file: = shows them"),
    }
}

fn draw_list<'v>(frame: &mut Frame<'_>, area: Rect, state: &BoardState, view: View<'v>) -> Option<&'v Pipeline> {
    let cells = area.width as usize;
    let View { context, all: places, look, hits } = view;
    let [summary, _, titles, letters, list] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(area.height > 24)),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
    ])
    .areas(area);
    if places.iter().all(|place| place.pipelines.value().is_none_or(Vec::is_empty)) {
        draw_empty(frame, area, context, look);
        return None;
    }
    let board = state.lines_of(places);
    let index = state.index(&board, context);
    let mut scroll = state.scroll.get().showing(index, board.len(), list.height as usize);
    // The first pipeline is shown with the heading above it.
    if index == 1 && scroll.top == 1 {
        scroll.top = 0;
    }
    state.scroll.set(scroll);
    let shown = board.iter().map(|line| match line {
        BoardLine::Group(group) if group.folded => group.count,
        BoardLine::Group(_) => 0,
        BoardLine::Pipeline(_) => 1,
    });
    frame.render_widget(Paragraph::new(summary_line(state, view, shown.sum(), cells)), summary);
    let shape = Shape::of(places, cells);
    let [layer_line, letter_line] = heading(&shape, state, look, cells);
    frame.render_widget(Paragraph::new(layer_line), titles);
    frame.render_widget(Paragraph::new(letter_line), letters);
    if board.is_empty() {
        let text = "  No matches. esc clears the filter.";
        frame.render_widget(Paragraph::new(Row::new(look, cells).text(Role::Dim, text).line()), list);
        return None;
    }
    let window = board.iter().enumerate().skip(scroll.top).take(list.height as usize);
    let lines: Vec<Line<'static>> = window
        .map(|(n, line)| {
            let shown = match line {
                BoardLine::Group(group) => return group_row(group, look, &shape, cells, n == index),
                BoardLine::Pipeline(shown) => shown,
            };
            let name = &shown.workflow.id;
            let here = std::ptr::eq(shown.context, context);
            let mark = match (here && state.marked.contains(name), here && context.watched.contains(name)) {
                (true, _) => look.glyphs.pick("▌", "|"),
                (false, true) => look.glyphs.pick("◉", "@"),
                _ => " ",
            };
            row(*shown, look, &shape, cells, (n == index, mark))
        })
        .collect();
    hits.rows(list, lines.len(), Hit::Row);
    frame.render_widget(Paragraph::new(lines), list);
    board.get(index)?.row().filter(|row| std::ptr::eq(row.context, context)).map(|row| row.workflow)
}

fn summary_line(state: &BoardState, view: View<'_>, shown: usize, cells: usize) -> Line<'static> {
    let look = view.look;
    let all: Vec<&Pipeline> = view.all.iter().flat_map(|place| place.pipelines()).collect();
    let count = |wanted: Outcome| all.iter().filter(|w| !is_off(w) && outcome::of_pipeline(w) == wanted).count();
    let mut row = Row::new(look, cells);
    row.gap(1);
    let outcomes = [
        (Outcome::Failed, "failed"),
        (Outcome::Running, "running"),
        (Outcome::Partial, "partial"),
        (Outcome::Stopped, "stopped"),
        (Outcome::Succeeded, "succeeded"),
        (Outcome::NeverRan, "never ran"),
        (Outcome::Unknown, "unknown"),
    ];
    for (outcome, word) in outcomes {
        let number = count(outcome);
        if number > 0 || outcome == Outcome::Failed {
            let (glyph, role) = look.glyphs.outcome(outcome);
            let role = if number == 0 { Role::Dim } else { role };
            row.text(role, glyph).text(role, &format!(" {number} ")).text(Role::Dim, word).gap(2);
        }
    }
    let off = all.iter().filter(|workflow| is_off(workflow)).count();
    if off > 0 {
        row.text(Role::Off, &format!("{} {off} ", look.glyphs.off())).text(Role::Dim, "off").gap(2);
    }
    let drifted: usize =
        view.all.iter().filter_map(|place| place.drift.value()).map(|drift| drift.differences.len()).sum();
    if view.all.iter().any(|place| place.drift.fault().is_some()) {
        row.text(Role::Bad, &format!("{} ? ", look.glyphs.drift())).text(Role::Dim, "drift").gap(2);
    } else if drifted > 0 {
        row.text(Role::Warning, &format!("{} {drifted} ", look.glyphs.drift())).text(Role::Dim, "drift").gap(2);
    }
    let note = note(state, view, shown, all.len());
    let now = view.context.now();
    let next = view.context.pipelines().iter().filter_map(|workflow| view.context.next_start(workflow)).min();
    let next = next.map(|at| format!(" next {}  ", until(at, now))).unwrap_or_default();
    // What is shown of all matters more than the next start, where there is no room for both.
    if row.left() > width(&next) + width(&note) + 1 {
        row.text(Role::Dim, &next);
    }
    row.to(cells.saturating_sub(width(&note) + 1)).text(Role::Dim, &note).line()
}

/// What is shown of all, in which order, and how old it is where it was not all read at once.
fn note(state: &BoardState, view: View<'_>, shown: usize, of: usize) -> String {
    let mut parts = Vec::new();
    if !state.marked.is_empty() {
        parts.push(format!("{} marked", state.marked.len()));
    }
    match (state.failures_only, state.filter.text().is_empty()) {
        (true, true) => parts.push(format!("failures only, {shown} of {of}")),
        (true, false) => parts.push(format!("failures only /{} {shown} of {of}", clean(state.filter.text()))),
        (false, false) => parts.push(format!("/{} {shown} of {of}", clean(state.filter.text()))),
        _ => {}
    }
    let sort = state.sort;
    if sort.key != SortKey::Severity || sort.reverse || parts.is_empty() {
        parts.push(format!("sorted by {}{}", sort.key.word(), if sort.reverse { ", reversed" } else { "" }));
    }
    let context = view.context;
    let workflows = context.pipelines().iter().filter(|pipeline| pipeline.id.as_workflow().is_some());
    if workflows.count() > 25 {
        let swept = context.round_read_at.map(|at| context.moment.wall.saturating_sub(at).as_secs());
        parts.push(swept.map_or("others loading".to_owned(), |ago| format!("all read {} ago", duration(ago as i64))));
    }
    parts.join(" · ")
}

/// `03:00Z in 23h52m`.
fn until(at: Time, now: Time) -> String {
    format!("{}Z in {}", at.format("%H:%M"), duration((at - now).num_seconds()))
}

fn heading(shape: &Shape, state: &BoardState, look: &Look, cells: usize) -> [Line<'static>; 2] {
    let mut layers = Row::new(look, cells);
    let mut letters = Row::new(look, cells);
    let sort = state.sort;
    let down = if sort.reverse { look.glyphs.pick("▴", "^") } else { look.glyphs.pick("▾", "v") };
    // The column that the rows are sorted by is told by more than the note.
    let title = |key: SortKey, word: &str| match sort.key == key {
        true => (Role::Key, format!("{word}{down}")),
        false => (Role::Dim, word.to_owned()),
    };
    letters.gap(3);
    if shape.environment > 0 {
        letters.cell(Role::Dim, "ENV", shape.environment);
    }
    let (role, text) = title(SortKey::Name, if shape.mixed { "PIPELINE" } else { "WORKFLOW" });
    letters.text(role, &text);
    if let Some(columns) = &shape.common {
        for (n, column) in columns.iter().enumerate() {
            let first = n == 0 || columns[n - 1].layer != column.layer;
            if let Some(layer) = column.layer.filter(|_| first) {
                let room = columns[n..].iter().take_while(|c| c.layer == column.layer).count() * shape.cell
                    + shape.layer_gap()
                    - 1;
                layers.to(shape.cell_at(n)).text(Role::of_layer(layer), &cut(layer.title(), room));
            }
            letters.to(shape.cell_at(n)).text(Role::Dim, &column.letter.to_string());
        }
    } else if let Some(kind @ (PipelineKind::Job | PipelineKind::Crawler)) = shape.only {
        letters.to(shape.name_end());
        kind_titles(&mut letters, shape, kind);
    } else if shape.has_triggers {
        letters.to(shape.name_end()).text(Role::Dim, &cut("TRIGGERS", shape.cells_end() - shape.name_end()));
    }
    letters.to(shape.cells_end());
    let columns = [
        (shape.started, SortKey::Started, "STARTED"),
        (shape.took, SortKey::Took, "TOOK"),
        (shape.usual, SortKey::Severity, "USUAL"),
        (shape.dpu, SortKey::Dpu, "DPU"),
        (shape.cost, SortKey::Cost, "COST"),
        (shape.days, SortKey::Severity, shape.runs_title),
        (shape.next, SortKey::Next, "NEXT"),
    ];
    for (wide, key, word) in columns.into_iter().filter(|(wide, ..)| *wide > 0) {
        let (role, text) = if key == SortKey::Severity { (Role::Dim, word.to_owned()) } else { title(key, word) };
        match word {
            "STARTED" | "NEXT" => letters.cell(role, &text, wide),
            _ if word == shape.runs_title => letters.cell(role, &text, wide),
            // The arrow stands in the gap, so that the word stays over its figures.
            _ if role == Role::Key => letters.right(role, &text, wide - 1).gap(1),
            _ => letters.right(role, &text, wide - 2).gap(2),
        };
    }
    letters.text(Role::Dim, "WHY");
    [layers.line(), letters.line()]
}
