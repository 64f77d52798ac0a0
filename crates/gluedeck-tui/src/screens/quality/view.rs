//! Painting data quality.

use super::QualityState;
use crate::flow::{Context, Load};
use crate::screens::View;
use crate::ui::text::{clean, counted, wrap};
use crate::ui::{Hit, Look, Role, Row};
use gluedeck_core::analysis::layers::Layer;
use gluedeck_core::analysis::quality::{Due, DueRun, HISTORY_DAYS, TableQuality, TableStatus, layer_of};
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::analysis::triage::Check;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

const LAYERS: [Layer; 3] = [Layer::Bronze, Layer::Silver, Layer::Gold];

/// Draws the tables, or the checks of one.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &QualityState, view: View<'_>) {
    state.scroll.set(state.scroll.get().emptied());
    let View { context, look, hits, .. } = view;
    let cells = area.width as usize;
    let [summary, head, list] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(1)]).areas(area);
    let opened = state.open.as_ref().and_then(|_| state.table());
    let summed = match opened {
        Some(table) => table_line(table, context, look, cells),
        None => summary_line(state, look, cells),
    };
    frame.render_widget(Paragraph::new(summed), summary);
    let height = list.height as usize;
    let (heading, rows, index) = match opened {
        Some(table) => {
            let rows = table.checks.len();
            (check_head(look, cells), rows, state.check_index(table))
        }
        None => {
            let listed = state.listed();
            (table_head(look, cells), listed.len(), state.index(&listed))
        }
    };
    if rows == 0 {
        let lines = nothing(state, context, opened.is_some()).into_iter();
        let parts = lines.flat_map(|text| wrap(&text, cells.saturating_sub(4)));
        let lines: Vec<Line<'static>> =
            parts.map(|part| Row::new(look, cells).gap(1).text(Role::Dim, &part).line()).collect();
        return frame.render_widget(Paragraph::new(lines), list);
    }
    frame.render_widget(Paragraph::new(heading), head);
    let scroll = state.scroll.get().showing(index, rows, height);
    state.scroll.set(scroll);
    let shown = (scroll.top..rows).take(height);
    let lines: Vec<Line<'static>> = match opened {
        Some(table) => shown.map(|n| check_row(&table.checks[n], n == index, context, look, cells)).collect(),
        None => {
            let listed = state.listed();
            shown.map(|n| table_row(listed[n], n == index, context, look, cells)).collect()
        }
    };
    hits.rows(list, lines.len(), Hit::Row);
    frame.render_widget(Paragraph::new(lines), list);
}

/// What is said where there is nothing to list.
fn nothing(state: &QualityState, context: &Context, open: bool) -> Vec<String> {
    let say = |text: &str| vec![text.to_owned()];
    if open {
        return say("No checks of this table: none exist, or they could not be loaded.");
    }
    if let (Load::Failed { fault, .. }, None) = (&state.checks, state.checks.value()) {
        return vec![
            format!("Could not load checks: {}.", fault.headline()),
            fault.message.clone(),
            fault.advice().to_owned(),
        ];
    }
    match &context.databases {
        Load::Failed { fault, .. } => {
            vec![format!("Could not load the catalog: {}.", fault.headline()), fault.message.clone()]
        }
        databases if databases.value().is_some_and(|names| names.iter().all(|name| !is_of_interest(name))) => vec![
            "No database name contains quality, bronze, silver or gold.".to_owned(),
            "This screen shows the table column_checks of a database such as data_quality, and the latest night of every table of each layer.".to_owned(),
        ],
        _ if state.failing_only && !state.tables.is_empty() => say("No failed checks, nothing stale, nothing unknown. z shows everything."),
        _ => say("Loading checks and latest nights …"),
    }
}

fn is_of_interest(database: &str) -> bool {
    database.contains("quality") || layer_of(database).is_some()
}

fn summary_line(state: &QualityState, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1).text(Role::Strong, &state.tables.len().to_string()).text(Role::Dim, " tables");
    for (status, what, role) in [
        (TableStatus::Failing, "failing", Role::Bad),
        (TableStatus::Stale, "stale", Role::Warning),
        (TableStatus::Unknown, "unknown", Role::Warning),
        (TableStatus::Running, "running", Role::Running),
        (TableStatus::NotLate, "not late yet", Role::Dim),
        (TableStatus::Passing, "ok", Role::Good),
        (TableStatus::Off, "off", Role::Off),
    ] {
        let count = state.tables.iter().filter(|table| table.status() == status).count();
        if count > 0 {
            row.text(Role::Dim, " · ").text(role, &count.to_string()).text(Role::Dim, &format!(" {what}"));
        }
    }
    row.line()
}

fn due_words(due: Due) -> String {
    match due {
        Due::On { night, run: DueRun::Running } => format!("{} now", night.format("%-d %b")),
        Due::On { night, .. } => night.format("%-d %b").to_string(),
        Due::Off => "off".to_owned(),
        Due::Unknown => "?".to_owned(),
    }
}

/// Cells of the table's name, and whether the nights fit.
fn shape(cells: usize) -> (usize, bool) {
    (if cells >= 110 { 24 } else { 20 }, cells >= 100)
}

fn table_head(look: &Look, cells: usize) -> Line<'static> {
    let (name, nights) = shape(cells);
    let mut row = Row::new(look, cells);
    row.gap(3).cell(Role::Dim, "TABLE", name);
    for layer in LAYERS {
        row.cell(Role::of_layer(layer), layer.title(), 8);
    }
    if nights {
        row.cell(Role::Dim, "DUE", 12);
    }
    row.right(Role::Dim, "CHECKS", 7).gap(2);
    if nights {
        row.cell(Role::Dim, "14 NIGHTS", HISTORY_DAYS as usize + 2);
    }
    row.text(Role::Dim, "WHAT").line()
}

fn glyph(status: TableStatus, look: &Look) -> (&'static str, Role) {
    match status {
        TableStatus::Failing => (look.glyphs.pick("✖", "X"), Role::Bad),
        TableStatus::Stale => (look.glyphs.pick("◷", "!"), Role::Warning),
        TableStatus::Running => (look.glyphs.pick("▶", ">"), Role::Running),
        TableStatus::Passing => (look.glyphs.pick("✔", "v"), Role::Good),
        TableStatus::Off => (look.glyphs.off(), Role::Off),
        TableStatus::NotLate => (look.glyphs.pick("◌", "~"), Role::Dim),
        TableStatus::Unknown => ("?", Role::Warning),
    }
}

fn table_row(table: &TableQuality, selected: bool, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let (name, nights) = shape(cells);
    let status = table.status();
    let (mark, role) = glyph(status, look);
    let mut row = Row::new(look, cells);
    row.gap(1).text(role, mark).gap(1).cell(Role::Strong, &clean(&table.table), name - 1).gap(1);
    for layer in LAYERS {
        let text = match table.newest.get(&layer) {
            None => look.glyphs.pick("·", ".").to_owned(),
            Some(None) => "?".to_owned(),
            Some(Some(night)) => night.format("%-d %b").to_string(),
        };
        let late = table.lag(layer).is_some_and(|days| days > 0);
        let role = match (late, status) {
            (true, TableStatus::Running) => Role::Running,
            (true, _) => Role::Warning,
            (false, _) => Role::Text,
        };
        row.cell(role, &text, 8);
    }
    if nights {
        row.cell(Role::Dim, &due_words(table.due), 12);
    }
    let failing = table.failing().count();
    let counted = match table.checks.len() {
        0 => look.glyphs.pick("·", ".").to_owned(),
        count if failing > 0 => format!("{failing}/{count}"),
        count => count.to_string(),
    };
    row.right(if failing > 0 { Role::Bad } else { Role::Dim }, &counted, 7).gap(2);
    if nights {
        for failed in table.nights(context.now().date_naive()) {
            let (mark, role) = night_mark(failed.map(|count| count > 0), look);
            row.text(role, mark);
        }
        row.gap(2);
    }
    row.text(if failing > 0 { Role::Bad } else { Role::Dim }, &clean(&what(table)));
    if selected { row.selected() } else { row.line() }
}

/// A night: failed, passed, or not checked.
fn night_mark(failed: Option<bool>, look: &Look) -> (&'static str, Role) {
    match failed {
        Some(true) => (look.glyphs.pick("✖", "X"), Role::Bad),
        Some(false) => (look.glyphs.pick("▁", "-"), Role::Good),
        None => (look.glyphs.pick("·", "."), Role::Dim),
    }
}

/// What is worst, in words.
fn what(table: &TableQuality) -> String {
    if let Some(check) = table.failing().max_by_key(|check| check.now.failed_rows.parse::<i64>().unwrap_or(0)) {
        let more = match table.failing().count() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        return format!("{} {}{more}", check.layer, short(check));
    }
    let late = LAYERS.into_iter().filter_map(|layer| Some((layer, table.lag(layer).filter(|days| *days > 0)?)));
    let late: Vec<String> = late
        .map(|(layer, days)| format!("{} {days} {} behind", layer.word(), if days == 1 { "day" } else { "days" }))
        .collect();
    match (table.status(), late.is_empty()) {
        (TableStatus::Passing, _) => String::new(),
        (TableStatus::Stale, false) => late.join(", "),
        (TableStatus::Unknown, _) => table.unknown().unwrap_or_default(),
        (status, _) => status.word().to_owned(),
    }
}

/// `phone_number filled: 31 of 1204 rows`.
fn short(check: &Check) -> String {
    let of = if check.column == "*" { String::new() } else { format!("{} ", check.column) };
    format!("{of}{}: {} of {} rows", check.name, check.now.failed_rows, check.now.total_rows)
}

/// The table that is open, in a line.
fn table_line(table: &TableQuality, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let (mark, role) = glyph(table.status(), look);
    let mut row = Row::new(look, cells);
    row.gap(1).text(role, mark).gap(1).text(Role::Strong, &clean(&table.table));
    row.text(role, &format!("  {}", table.status().word()));
    for (layer, night) in &table.newest {
        let night = night.map_or("?".to_owned(), |night| night.format("%-d %b").to_string());
        row.text(Role::Dim, " · ").text(Role::of_layer(*layer), layer.word()).text(Role::Text, &format!(" {night}"));
    }
    row.text(Role::Dim, &format!(" · due {}", due_words(table.due)));
    if let Some(workflow) = table.workflow.as_ref().and_then(|name| context.pipeline(name)) {
        row.text(Role::Dim, &format!(" · {}", clean(workflow.id.as_str())));
    }
    row.line()
}

fn check_head(look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let column = column_cells(cells);
    row.gap(3).cell(Role::Dim, "LAYER", 8).cell(Role::Dim, "COLUMN", column + 1).cell(Role::Dim, "CHECK", 11);
    row.cell(Role::Dim, "NIGHT", 7).right(Role::Dim, "FAILED", 7).right(Role::Dim, "ROWS", 8);
    if cells >= 100 {
        row.right(Role::Dim, "OBSERVED", 11).right(Role::Dim, "ALLOWED", 10);
    }
    row.gap(2).text(Role::Dim, "14 NIGHTS").line()
}

/// Cells of the column's name.
fn column_cells(cells: usize) -> usize {
    if cells >= 100 { 24 } else { 14 }
}

fn check_row(check: &Check, selected: bool, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let (mark, role) = match check.now.passed {
        true => (look.glyphs.pick("✔", "v"), Role::Good),
        false => (look.glyphs.pick("✖", "X"), Role::Bad),
    };
    let text = if check.now.passed { Role::Text } else { Role::Bad };
    row.gap(1).text(role, mark).gap(1);
    let metal = layer_of(&check.layer).map_or(Role::Dim, Role::of_layer);
    row.cell(metal, &clean(&check.layer), 7).gap(1);
    row.cell(text, &clean(&check.column), column_cells(cells)).gap(1);
    row.cell(Role::Dim, &clean(&check.name), 10).gap(1);
    let night = check.now.night.parse::<chrono::NaiveDate>().map(|night| night.format("%-d %b").to_string());
    row.cell(Role::Dim, &night.unwrap_or_else(|_| clean(&check.now.night)), 7);
    row.right(text, &clean(&check.now.failed_rows), 7).right(Role::Dim, &clean(&check.now.total_rows), 8);
    if cells >= 100 {
        row.right(Role::Text, &figure(&check.now.observed), 11).right(Role::Dim, &figure(&check.now.threshold), 10);
    }
    row.gap(2);
    let last = context.now().date_naive();
    for back in (0..HISTORY_DAYS).rev() {
        let night = (last - chrono::TimeDelta::days(back)).to_string();
        let all = std::iter::once(&check.now).chain(&check.before);
        let verdict = all.into_iter().find(|verdict| verdict.night == night);
        let (mark, role) = night_mark(verdict.map(|verdict| !verdict.passed), look);
        row.text(role, mark);
    }
    if selected { row.selected() } else { row.line() }
}

/// A number as people read it: `0.0213…` is `0.021`.
fn figure(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(number) if number.fract() == 0.0 && number.abs() < 1e12 => format!("{number:.0}"),
        Ok(number) => format!("{number:.3}"),
        Err(_) => clean(text),
    }
}

/// The line under the screen: how old the figures are, and what could not be read.
pub(super) fn context_line(state: &QualityState, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    for (what, at, fault) in [
        ("checks", state.checks.at(), state.checks.fault()),
        ("latest nights", state.freshness.at(), state.freshness.fault()),
    ] {
        match (at, fault) {
            (_, Some((fault, since))) => {
                let text = format!("{what}: {} since {}Z · ", fault.headline(), since.format("%H:%M:%S"));
                row.text(Role::Bad, &clean(&text));
            }
            (Some(at), None) => {
                let age = duration((context.now() - at).num_seconds().max(0));
                row.text(Role::Dim, &format!("{what} read {age} ago · "));
            }
            (None, None) => {
                row.text(Role::Running, &format!("{what}: loading · "));
            }
        }
    }
    if state.refused > 0 {
        row.text(Role::Warning, &format!("{} could not be loaded · ", counted(state.refused, "table")));
    }
    row.text(Role::Dim, "2 Athena queries · ").text(Role::Key, "ctrl-r").text(Role::Dim, " refresh").line()
}
