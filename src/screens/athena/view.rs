//! Painting Athena: editor above, state between, results below.

use super::{AthenaState, Phase, ResultRows};
use crate::domain::{QueryState, QueryStatus, ResultColumn};
use crate::flow::{Context, Load};
use crate::ui::text::{clean, scan, thousands, width, wrap};
use crate::ui::{Look, Role, Row};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// A column is at most this wide; what is cut ends in `…`.
const WIDEST: usize = 40;

/// Draws the screen.
pub fn draw(frame: &mut Frame<'_>, area: Rect, state: &AthenaState, context: &Context, look: &Look) {
    let cells = area.width as usize;
    let sql = state.editor.text().split('\n').count() as u16;
    let editor_height = sql.clamp(4, (area.height / 3).max(4));
    let [bar, editor, rule, status, results] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(editor_height),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(bar_line(state, context, look, cells)), bar);
    let inner = Rect { x: editor.x + 2, width: editor.width.saturating_sub(2), ..editor };
    let lines = state.editor.lines(look, inner.width as usize, inner.height as usize, state.editing);
    frame.render_widget(Paragraph::new(lines), inner);
    if state.editor.is_blank() && !state.editing {
        let text = "Press i to write SQL, ctrl-r to run it.";
        frame.render_widget(Paragraph::new(Row::new(look, cells).text(Role::Dim, text).line()), inner);
    }
    let line = look.glyphs.pick("┄", "-").repeat(cells);
    frame.render_widget(Paragraph::new(Row::new(look, cells).text(Role::Line, &line).line()), rule);
    frame.render_widget(Paragraph::new(status_line(state, context, look, cells)), status);
    draw_below(frame, results, state, look);
}

/// The line under the screen.
pub fn context_line(state: &AthenaState, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    if state.editing {
        return row.text(Role::Dim, "editing · the text is kept on disk as you type").line();
    }
    if let Some(result) = &state.result {
        let more = if result.more { " fetched, the server has more" } else { "" };
        let rows = thousands(result.rows.len() as u64);
        let place = format!("row {} of {rows}{more}", thousands(state.row as u64 + 1));
        row.text(Role::Dim, if result.rows.is_empty() { "no rows" } else { &place });
    }
    row.line()
}

fn bar_line(state: &AthenaState, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let title = if state.editing { Role::Key } else { Role::Dim };
    row.gap(1).text(title, "SQL").text(Role::Dim, "  database ");
    match (&state.database, &context.databases) {
        (Some(name), _) => row.text(Role::Strong, &clean(name)),
        (None, Load::Failed { fault, .. }) => row.text(Role::Bad, &format!("unknown: {}", fault.headline())),
        _ => row.text(Role::Dim, "…"),
    };
    row.text(Role::Dim, "  workgroup ").text(Role::Text, "primary").line()
}

fn status_line(state: &AthenaState, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    let wall = context.moment.wall;
    match &state.phase {
        Phase::Idle => row.text(Role::Dim, "no query has run yet"),
        Phase::Starting { cancel: true, .. } => row.text(Role::Warning, "STARTING, will be cancelled"),
        Phase::Starting { .. } => row.text(Role::Running, "STARTING"),
        Phase::Running { status, since, .. } => {
            let seconds = wall.saturating_sub(*since).as_secs_f64();
            row.text(Role::Running, &format!("{} {}", look.glyphs.pick("▶", ">"), clean(status.state.word())));
            row.text(Role::Dim, &format!("  {seconds:.1} s"));
            scanned(&mut row, status)
        }
        Phase::Ended { status, fetching } => {
            let (glyph, role) = match status.state {
                QueryState::Succeeded => (look.glyphs.pick("✔", "+"), Role::Good),
                QueryState::Cancelled => (look.glyphs.pick("■", "S"), Role::Warning),
                _ => (look.glyphs.pick("✖", "X"), Role::Bad),
            };
            row.text(role, &format!("{glyph} {}", clean(status.state.word())));
            if let Some(engine) = status.engine_millis {
                let queue = status.queue_millis.unwrap_or(0) as f64 / 1_000.0;
                row.text(Role::Dim, &format!("  {:.2} s (queue {queue:.2})", engine as f64 / 1_000.0));
            }
            scanned(&mut row, status);
            if *fetching {
                row.text(Role::Running, "  fetching rows …");
            }
            &mut row
        }
        Phase::Failed { fault, at } => row.text(
            Role::Bad,
            &format!("{} {} at {}Z", look.glyphs.pick("✖", "X"), fault.headline(), at.format("%H:%M:%S")),
        ),
    };
    row.line()
}

fn scanned<'r, 'l>(row: &'r mut Row<'l>, status: &QueryStatus) -> &'r mut Row<'l> {
    match status.scanned_bytes {
        Some(bytes) => row.text(Role::Dim, &format!("  {}", scan(bytes))),
        None => row,
    }
}

/// The rows, or why there are none. An error stands above the rows of the query before, which stay.
fn draw_below(frame: &mut Frame<'_>, area: Rect, state: &AthenaState, look: &Look) {
    let cells = area.width as usize;
    let error = match &state.phase {
        Phase::Failed { fault, .. } => Some(format!("{}: {} {}", fault.operation, fault.message, fault.advice())),
        Phase::Ended { status, .. } if status.state == QueryState::Failed => {
            Some(status.reason.clone().unwrap_or_else(|| "the service gave no reason".to_owned()))
        }
        _ => None,
    };
    let mut lines: Vec<Line<'static>> = Vec::new();
    for part in error.iter().flat_map(|error| wrap(&clean(error), cells.saturating_sub(4))) {
        lines.push(Row::new(look, cells).gap(2).text(Role::Bad, &part).line());
    }
    if error.is_some() && state.result.is_some() {
        lines.push(Row::new(look, cells).gap(2).text(Role::Dim, "Below are the rows of the query before.").line());
    }
    let room = (area.height as usize).saturating_sub(lines.len());
    if let Some(result) = &state.result {
        lines.extend(table(result, state, look, cells, room));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn table(result: &ResultRows, state: &AthenaState, look: &Look, cells: usize, room: usize) -> Vec<Line<'static>> {
    let height = room.saturating_sub(1);
    let scroll = state.scroll.get().showing(state.row, result.rows.len(), height);
    state.scroll.set(scroll);
    let window = &result.rows[scroll.top.min(result.rows.len())..(scroll.top + height).min(result.rows.len())];
    let columns: Vec<(usize, &ResultColumn)> = result.columns.iter().enumerate().skip(state.column).collect();
    let widths: Vec<usize> = columns.iter().map(|(n, column)| column_width(*n, column, window)).collect();
    let mut heading = Row::new(look, cells);
    heading.gap(2);
    for ((_, column), width) in columns.iter().zip(&widths) {
        let name = clean(&column.name);
        if column.is_number() {
            heading.right(Role::Strong, &name, *width).gap(3);
        } else {
            heading.cell(Role::Strong, &name, *width).gap(3);
        }
    }
    let mut lines = vec![heading.line()];
    for (n, values) in window.iter().enumerate() {
        let mut row = Row::new(look, cells);
        row.gap(2);
        for ((index, column), width) in columns.iter().zip(&widths) {
            match values.get(*index).and_then(Option::as_deref) {
                None => row.cell(Role::Null, "NULL", *width),
                Some("") => row.cell(Role::Null, "''", *width),
                Some(value) if column.is_number() => row.right(Role::Text, &clean(value), *width),
                Some(value) => row.cell(Role::Text, &clean(value), *width),
            };
            row.gap(3);
        }
        let selected = scroll.top + n == state.row && !state.editing;
        lines.push(if selected { row.selected() } else { row.line() });
    }
    lines
}

fn column_width(index: usize, column: &ResultColumn, window: &[Vec<Option<String>>]) -> usize {
    let cell =
        |row: &Vec<Option<String>>| row.get(index).and_then(Option::as_deref).map_or(4, |value| width(&clean(value)));
    window.iter().map(cell).max().unwrap_or(0).max(width(&clean(&column.name))).clamp(2, WIDEST)
}
