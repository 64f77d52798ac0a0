//! Painting rows: as a table whose columns have fixed widths, and one row as a record.

use super::run::Run;
use crate::ui::text::{clean, cut, fit, fit_right, thousands, width};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::rows::Rows;
use gluedeck_core::analysis::rows::show::{self, Shown};
use gluedeck_core::domain::ResultColumn;
use ratatui::text::Line;

/// Between two columns.
const GAP: usize = 2;

/// The lines of a table: headings, and the rows that fit.
pub(super) fn table(
    run: &Run,
    rows: &Rows,
    focused: bool,
    look: &Look,
    (cells, room): (usize, usize),
) -> Vec<Line<'static>> {
    let grid = &run.grid;
    let columns = visible(run, cells);
    let height = room.saturating_sub(1);
    let scroll = grid.scroll.get().showing(grid.row, grid.len(rows), height);
    grid.scroll.set(scroll);
    let mut heading = Row::new(look, cells);
    heading.gap(1);
    for (at_column, n, wide) in &columns {
        let column = &rows.columns[*n];
        let sign = match grid.arrangement.sort {
            Some((sorted, false)) if sorted == *n => look.glyphs.pick(" ▲", " ^"),
            Some((sorted, true)) if sorted == *n => look.glyphs.pick(" ▼", " v"),
            _ => "",
        };
        // A heading without a name would look like none.
        let name = if column.name.trim().is_empty() { format!("_{}", n + 1) } else { clean(&column.name) };
        let name = format!("{}{sign}", cut(&name, wide.saturating_sub(width(sign))));
        let role = if *at_column == grid.column && focused { Role::Key } else { Role::Strong };
        if column.is_number() {
            heading.right(role, &name, *wide)
        } else {
            heading.cell(role, &name, *wide)
        };
        heading
            .gap(GAP - 1)
            .text(Role::Line, if *at_column + 1 == grid.pinned { look.glyphs.pick("│", "|") } else { " " });
    }
    let mut lines = vec![heading.line()];
    for at_column in scroll.top..(scroll.top + height).min(grid.len(rows)) {
        let Some(number) = grid.row_at(at_column) else { break };
        let selected = at_column == grid.row && focused;
        let mut row = Row::new(look, cells);
        row.gap(1);
        for (at, n, wide) in &columns {
            let (role, text) = shown(&rows.columns[*n], rows.cell(number, *n), *wide);
            if selected && *at == grid.column {
                row.styled(look.theme.style(role).patch(look.theme.style(Role::Key)), &text);
            } else {
                row.text(role, &text);
            }
            row.gap(GAP - 1).text(Role::Line, if *at + 1 == grid.pinned { look.glyphs.pick("│", "|") } else { " " });
        }
        lines.push(if selected { row.selected() } else { row.line() });
    }
    lines
}

/// The columns that fit, as place, number and width: those that are pinned, then so many that the selected one is among
/// them.
fn visible(run: &Run, cells: usize) -> Vec<(usize, usize, usize)> {
    let grid = &run.grid;
    let of = |at_column: usize| grid.columns.get(at_column).map(|n| (at_column, *n, grid.width(*n)));
    let pinned: Vec<(usize, usize, usize)> = (0..grid.pinned).filter_map(of).collect();
    let taken: usize = pinned.iter().map(|(_, _, wide)| wide + GAP).sum();
    let room = cells.saturating_sub(taken + 1).max(8);
    let mut first = grid.first.get().clamp(grid.pinned, grid.columns.len().max(grid.pinned));
    if grid.column >= grid.pinned {
        first = first.min(grid.column);
        // The selected column is shown whole, if it fits at all.
        while first < grid.column {
            let needed: usize = (first..=grid.column).filter_map(of).map(|(_, _, wide)| wide + GAP).sum();
            if needed <= room + GAP {
                break;
            }
            first += 1;
        }
    }
    grid.first.set(first);
    let mut left = room;
    let mut columns = pinned;
    for at_column in first..grid.columns.len() {
        let Some((at_column, n, wide)) = of(at_column) else { break };
        if left == 0 {
            break;
        }
        // The last one may be cut by the edge.
        columns.push((at_column, n, wide.min(left.max(4))));
        left = left.saturating_sub(wide + GAP);
    }
    columns
}

fn shown(column: &ResultColumn, value: Option<&str>, wide: usize) -> (Role, String) {
    match show::cell(column, value, wide * 2 + 8) {
        Shown::Sign(sign) if column.is_number() => (Role::Null, fit_right(&clean(&sign), wide)),
        Shown::Sign(sign) => (Role::Null, fit(&clean(&sign), wide)),
        Shown::Value(text) if column.is_number() => (Role::Text, fit_right(&clean(&text), wide)),
        Shown::Value(text) => (Role::Text, fit(&clean(&text), wide)),
    }
}

/// The fields of the selected row, one below the other.
pub(super) fn record(
    run: &Run,
    rows: &Rows,
    selected: usize,
    look: &Look,
    (cells, room): (usize, usize),
) -> Vec<Line<'static>> {
    let grid = &run.grid;
    let Some(number) = grid.row_at(grid.row).filter(|row| *row < rows.len()) else { return Vec::new() };
    let names = grid.columns.iter().map(|n| width(&clean(&rows.columns[*n].name))).max().unwrap_or(0).clamp(4, 30);
    let title = format!(
        "row {} of {} · h l other rows · enter open field · esc close",
        thousands(grid.row as u64 + 1),
        thousands(grid.len(rows) as u64)
    );
    let mut lines = vec![Row::new(look, cells).gap(2).text(Role::Dim, &title).line()];
    let height = room.saturating_sub(1).max(1);
    let top = (selected + 1).saturating_sub(height);
    for (at_column, n) in grid.columns.iter().enumerate().skip(top).take(height) {
        let column = &rows.columns[*n];
        let mut row = Row::new(look, cells);
        row.gap(2).cell(Role::Strong, &clean(&column.name), names).gap(2).cell(Role::Dim, &clean(&column.kind), 10);
        let left = row.left();
        let (role, text) = match show::cell(column, rows.cell(number, *n), left * 2 + 8) {
            Shown::Sign(sign) => (Role::Null, sign),
            Shown::Value(text) => (Role::Text, text),
        };
        row.gap(1).text(role, &clean(&text));
        lines.push(if at_column == selected { row.selected() } else { row.line() });
    }
    lines
}
