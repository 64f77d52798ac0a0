//! Painting the board.

use super::{BoardState, is_off};
use crate::analysis::cells::cells;
use crate::analysis::layers::{self, Column};
use crate::analysis::reason::{self, Weight, duration};
use crate::analysis::{Outcome, outcome};
use crate::domain::Workflow;
use crate::domain::schedule::next_fire;
use crate::flow::Context;
use crate::screens::parts::{draw_empty, draw_summary};
use crate::ui::text::{clean, cut, width};
use crate::ui::{Look, Role, Row};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Which columns there is room for, and how wide the name is.
struct Shape {
    name: usize,
    /// Cells of one trigger.
    cell: usize,
    /// Columns that most workflows share, if they do.
    common: Option<Vec<Column>>,
    /// Triggers of the longest chain.
    triggers: usize,
    started: bool,
    took: bool,
    dpu: bool,
    nights: bool,
}

const NIGHTS: usize = 14;

/// Draws the board.
pub fn draw(frame: &mut Frame<'_>, area: Rect, state: &BoardState, context: &Context, look: &Look) {
    let split = area.width >= 170 && !context.workflows().is_empty();
    let [list, pane] = match split {
        true => Layout::horizontal([Constraint::Min(120), Constraint::Length(62)]).spacing(2).areas(area),
        false => [area, Rect::default()],
    };
    draw_list(frame, list, state, context, look);
    if let Some(workflow) = state.selected(context).filter(|_| split) {
        draw_summary(frame, pane, workflow, context, look);
    }
}

/// The line under the board about the selected workflow.
pub fn context_line(state: &BoardState, context: &Context, look: &Look, width: usize) -> Line<'static> {
    let mut row = Row::new(look, width);
    row.gap(1);
    if state.filtering {
        return row.text(Role::Key, "/").text(Role::Strong, &clean(&state.filter.text)).text(Role::Key, "▏").line();
    }
    let Some(workflow) = state.selected(context) else { return row.line() };
    row.text(Role::Strong, &clean(workflow.name.as_str()));
    // The reason in full comes first: the column may have cut it.
    if let Some(reason) = context.reason(workflow).filter(|reason| reason.weight == Weight::Bad) {
        row.text(Role::Bad, &format!(" {}", clean(&reason.text)));
    }
    if let Some(run) = &workflow.last_run {
        let steps = run.steps.as_deref().unwrap_or_default();
        let never = steps.iter().filter(|step| step.attempts.is_empty()).count();
        if let Some(step) = reason::failed_step(run) {
            let at = step.last().and_then(|attempt| attempt.completed_on);
            let at = at.map(|at| format!(" {}", at.format("%H:%M:%S"))).unwrap_or_default();
            row.text(Role::Dim, &format!(" · {} failed{at}", clean(&layers::short_step(&step.target))));
            if never > 0 {
                row.text(Role::Dim, &format!(" · {never} steps behind it never ran"));
            }
        } else {
            row.text(Role::Dim, &format!(" · {}", run.status.word()));
        }
    }
    let next = next_start(workflow, context);
    row.text(Role::Dim, &next.map(|(_, text)| format!(" · next start {text}")).unwrap_or_default());
    row.line()
}

fn draw_list(frame: &mut Frame<'_>, area: Rect, state: &BoardState, context: &Context, look: &Look) {
    let cells = area.width as usize;
    let [summary, gap, titles, letters, list] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(area.height > 24)),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
    ])
    .areas(area);
    let _ = gap;
    let rows = state.rows(context);
    if context.fleet.value().is_none_or(Vec::is_empty) {
        return draw_empty(frame, area, context, look);
    }
    state.height.set(list.height as usize);
    let index = state.index(&rows);
    let scroll = state.scroll.get().showing(index, rows.len(), list.height as usize);
    state.scroll.set(scroll);
    frame.render_widget(Paragraph::new(summary_line(state, context, look, rows.len(), cells)), summary);
    let shape = shape(context, cells);
    let [layer_line, letter_line] = heading(&shape, look, cells);
    frame.render_widget(Paragraph::new(layer_line), titles);
    frame.render_widget(Paragraph::new(letter_line), letters);
    if rows.is_empty() {
        let text = "  Nothing matches the filter. esc shows everything again.";
        frame.render_widget(Paragraph::new(Row::new(look, cells).text(Role::Dim, text).line()), list);
        return;
    }
    let window = rows.iter().enumerate().skip(scroll.top).take(list.height as usize);
    let lines: Vec<Line<'static>> = window
        .map(|(n, w)| row(w, context, look, &shape, cells, (n == index, state.marked.contains(&w.name))))
        .collect();
    frame.render_widget(Paragraph::new(lines), list);
}

fn summary_line(state: &BoardState, context: &Context, look: &Look, shown: usize, cells: usize) -> Line<'static> {
    let all = context.workflows();
    let count = |wanted: Outcome| all.iter().filter(|w| !is_off(w) && outcome::of_workflow(w) == wanted).count();
    let mut row = Row::new(look, cells);
    row.gap(1);
    let outcomes = [
        (Outcome::Failed, "failed"),
        (Outcome::Running, "running"),
        (Outcome::Partial, "partial"),
        (Outcome::Stopped, "stopped"),
        (Outcome::Good, "good"),
        (Outcome::NeverRan, "never ran"),
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
    let (top, height) = (state.scroll.get().top, state.height.get());
    let window = if shown > height && height > 0 {
        format!(" · {}-{} of {shown}", top + 1, (top + height).min(shown))
    } else {
        String::new()
    };
    let note = match (state.failures_only, state.filter.text.is_empty()) {
        (true, _) => format!("failures only, {shown} of {}", all.len()),
        (false, false) => format!("/{} {shown} of {}", clean(&state.filter.text), all.len()),
        _ => "sorted by trouble".to_owned(),
    } + &window;
    let note = match state.marked.len() {
        0 => note,
        marked => format!("{marked} marked · {note}"),
    };
    let next = all.iter().filter_map(|workflow| next_start(workflow, context)).min_by_key(|(at, _)| *at);
    let next = next.map(|(_, text)| format!(" next {text}  ")).unwrap_or_default();
    // What is shown of all matters more than the next start, where there is no room for both.
    if row.left() > width(&next) + width(&note) + 1 {
        row.text(Role::Dim, &next);
    }
    row.to(cells.saturating_sub(width(&note) + 1)).text(Role::Dim, &note).line()
}

/// The next start by the schedule, and how to say it.
fn next_start(workflow: &Workflow, context: &Context) -> Option<(crate::domain::Time, String)> {
    let start = workflow.triggers.iter().find(|trigger| trigger.schedule.is_some() && trigger.can_fire())?;
    let at = next_fire(start.schedule.as_deref()?, context.now())?;
    Some((at, format!("{}Z in {}", at.format("%H:%M"), duration((at - context.now()).num_seconds()))))
}

fn shape(context: &Context, cells: usize) -> Shape {
    let workflows = context.workflows();
    let common = layers::common_columns(workflows.iter());
    let longest = workflows.iter().map(|w| width(&clean(w.short_name()))).max().unwrap_or(8);
    let triggers = workflows.iter().map(|w| w.triggers.len()).max().unwrap_or(0);
    let narrow = cells < 110;
    let name = longest.clamp(8, if narrow { 20 } else { 32 });
    let mut shape = Shape {
        name,
        cell: if narrow || triggers > 10 { 2 } else { 3 },
        common,
        triggers,
        started: true,
        took: true,
        dpu: true,
        nights: true,
    };
    // The reason must keep its room; columns go by importance.
    let least = if cells < 100 { 30 } else { 38 };
    for column in [0, 1, 2, 3] {
        if shape.before_why() + least <= cells {
            break;
        }
        match column {
            0 => shape.nights = false,
            1 => shape.started = false,
            2 => shape.dpu = false,
            _ => shape.took = false,
        }
    }
    shape
}

impl Shape {
    fn name_end(&self) -> usize {
        3 + self.name + 2
    }

    /// The column where the n-th trigger's cell begins.
    fn cell_at(&self, n: usize) -> usize {
        let changes = match &self.common {
            Some(columns) => (1..=n.min(columns.len().saturating_sub(1)))
                .filter(|&i| columns[i].layer != columns[i - 1].layer)
                .count(),
            None => 0,
        };
        self.name_end() + n * self.cell + changes * self.layer_gap()
    }

    /// Blanks between two layers: enough for the title of a layer of two steps.
    fn layer_gap(&self) -> usize {
        if self.cell == 2 { 3 } else { 2 }
    }

    fn cells_end(&self) -> usize {
        // A very long chain must not push out the reason; what does not fit is counted.
        self.cell_at(self.shown_triggers().saturating_sub(1)) + self.cell + 1
    }

    fn shown_triggers(&self) -> usize {
        self.triggers.min(24)
    }

    fn before_why(&self) -> usize {
        let column = |shown: bool, width: usize| if shown { width } else { 0 };
        self.cells_end()
            + column(self.started, 10)
            + column(self.took, 9)
            + column(self.dpu, 6)
            + column(self.nights, NIGHTS + 2)
    }
}

fn heading(shape: &Shape, look: &Look, cells: usize) -> [Line<'static>; 2] {
    let mut layers = Row::new(look, cells);
    let mut letters = Row::new(look, cells);
    letters.gap(3).text(Role::Dim, "WORKFLOW");
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
    } else {
        letters.to(shape.name_end()).text(Role::Dim, "TRIGGERS");
    }
    letters.to(shape.cells_end());
    if shape.started {
        letters.cell(Role::Dim, "STARTED", 10);
    }
    if shape.took {
        letters.right(Role::Dim, "TOOK", 7).gap(2);
    }
    if shape.dpu {
        letters.right(Role::Dim, "DPU", 4).gap(2);
    }
    if shape.nights {
        letters.cell(Role::Dim, "LAST 14 NIGHTS", NIGHTS + 2);
    }
    letters.text(Role::Dim, "WHY");
    [layers.line(), letters.line()]
}

fn row(
    workflow: &Workflow,
    context: &Context,
    look: &Look,
    shape: &Shape,
    width: usize,
    (selected, marked): (bool, bool),
) -> Line<'static> {
    let mut row = Row::new(look, width);
    let outcome = outcome::of_workflow(workflow);
    let off = is_off(workflow);
    let (glyph, role) = if off { (look.glyphs.off(), Role::Off) } else { look.glyphs.outcome(outcome) };
    let name_role = if outcome == Outcome::Failed {
        Role::Strong
    } else if off {
        Role::Dim
    } else {
        Role::Text
    };
    row.text(Role::Key, if marked { look.glyphs.pick("▌", "|") } else { " " });
    row.text(role, glyph).gap(1).cell(name_role, &clean(workflow.short_name()), shape.name);
    for (n, cell) in cells(workflow).iter().take(shape.shown_triggers()).enumerate() {
        let (glyph, role) = look.glyphs.cell(&cell.state);
        row.to(shape.cell_at(n)).text(role, glyph);
    }
    if workflow.triggers.len() > shape.shown_triggers() {
        row.text(Role::Dim, "…");
    }
    row.to(shape.cells_end());
    figures(&mut row, workflow, context, shape, off);
    if shape.nights {
        nights(&mut row, workflow, context, look);
        row.gap(2);
    }
    if let Some(reason) = context.reason(workflow) {
        let role = match reason.weight {
            Weight::Bad => Role::Bad,
            Weight::Warning => Role::Warning,
            Weight::Plain => Role::Dim,
        };
        let text = cut(&clean(&reason.text), row.left().saturating_sub(1));
        row.text(role, &text);
    }
    if selected { row.selected() } else { row.line() }
}

/// STARTED, TOOK, DPU.
fn figures(row: &mut Row<'_>, workflow: &Workflow, context: &Context, shape: &Shape, off: bool) {
    let run = workflow.last_run.as_ref().filter(|_| !off);
    if shape.started {
        let started = run.and_then(|run| run.started_on);
        let today = |at: crate::domain::Time| (context.now() - at).num_hours() < 20;
        let text = match started {
            None => "—".to_owned(),
            Some(at) if today(at) => at.format("%H:%M:%S").to_string(),
            Some(at) => at.format("%-d %b").to_string(),
        };
        row.cell(Role::Dim, &text, 10);
    }
    if shape.took {
        let took = run.and_then(|run| run.elapsed_seconds(context.now()));
        row.right(Role::Text, &took.map_or_else(|| "—".to_owned(), duration), 7).gap(2);
    }
    if shape.dpu {
        let attempts = run.into_iter().flat_map(|run| run.steps.iter().flatten()).filter_map(|step| step.last());
        let held: f64 = attempts.filter(|a| a.state.holds_capacity()).filter_map(|a| a.dpu).sum();
        let (role, text) = if held > 0.0 { (Role::Text, held.to_string()) } else { (Role::Dim, "·".to_owned()) };
        row.right(role, &text, 4).gap(2);
    }
}

/// A bar a night by its length against the longest of all workflows, a glyph for one that was not good, a dot for a night
/// without a run. All rows have the same nights; the last column is the newest of any workflow.
fn nights(row: &mut Row<'_>, workflow: &Workflow, context: &Context, look: &Look) {
    let Some(history) = context.history(&workflow.name) else {
        row.cell(Role::Dim, "…", NIGHTS);
        return;
    };
    let longest = context.longest_night();
    let newest = context.workflows().iter().filter_map(|w| Some(w.last_run.as_ref()?.started_on?.date_naive())).max();
    for back in (0..NIGHTS).rev() {
        let date = newest.and_then(|newest| newest.checked_sub_days(chrono::Days::new(back as u64)));
        let on = |night: &&crate::analysis::Night| night.run.started_on.map(|at| at.date_naive()) == date;
        let Some(night) = history.nights.iter().rfind(on) else {
            row.text(Role::Dim, look.glyphs.bar(0));
            continue;
        };
        let last = workflow.last_run.as_ref().filter(|run| run.id == night.run.id);
        let outcome = last.map_or(night.outcome, |_| outcome::of_workflow(workflow));
        if outcome == Outcome::Good {
            let seconds = night.seconds.unwrap_or(0);
            let slow = history.usual_seconds.is_some_and(|usual| seconds * 2 > usual * 3);
            let level = seconds * 6 / longest + 1;
            row.text(if slow { Role::Warning } else { Role::Dim }, look.glyphs.bar(level as usize));
        } else {
            let (glyph, role) = look.glyphs.outcome(outcome);
            row.text(role, glyph);
        }
    }
}
