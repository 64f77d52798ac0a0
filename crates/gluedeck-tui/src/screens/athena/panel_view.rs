//! Painting what stands in the place of the rows.

use super::panels::{Entry, Panel};
use super::{AthenaState, grid_view};
use crate::flow::{Context, Load};
use crate::ui::text::{bytes, clean, counted, thousands, width};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::rows::chart::{self, ChartData, ChartKind};
use gluedeck_core::analysis::rows::statistics::Statistics;
use gluedeck_core::domain::query::scan_cost;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Draws the panel.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &AthenaState, context: &Context, look: &Look) {
    let Some(panel) = &state.panel else { return };
    let size = (area.width as usize, area.height as usize);
    let selected = state.list_index(panel, context);
    let lines = match panel {
        Panel::History { account } => history(state, *account, selected, look, size),
        Panel::Library => library(state, context, selected, look, size),
        Panel::Workgroups => workgroups(state, selected, look, size),
        Panel::Databases => databases(state, context, selected, look, size),
        Panel::Record => match state.tab().rows() {
            Some((run, rows)) => grid_view::record(run, rows, selected, look, size),
            None => Vec::new(),
        },
        Panel::Statistics(found) => statistics(state, found, look, size.0),
        Panel::Chart(kind) => chart_lines(state, *kind, look, size),
    };
    frame.render_widget(Paragraph::new(lines), area);
}

/// A title, and the entries of a list with the selected one in sight.
fn list(
    state: &AthenaState,
    title: Line<'static>,
    empty: &str,
    entries: Vec<Row<'_>>,
    (selected, room): (usize, usize),
) -> Vec<Line<'static>> {
    let height = room.saturating_sub(1).max(1);
    let scroll = state.lists.scroll.get().showing(selected, entries.len(), height);
    state.lists.scroll.set(scroll);
    let mut lines = vec![title];
    if entries.is_empty() {
        lines.push(Line::from(format!("  {empty}")));
    }
    for (n, mut row) in entries.into_iter().enumerate().skip(scroll.top).take(height) {
        lines.push(if n == selected { row.selected() } else { row.line() });
    }
    lines
}

fn history(
    state: &AthenaState,
    account: bool,
    selected: usize,
    look: &Look,
    (cells, room): (usize, usize),
) -> Vec<Line<'static>> {
    let mut title = Row::new(look, cells);
    let (what, other) = match account {
        true => (format!("QUERY HISTORY OF {}, 45 DAYS, ALL USERS", state.query_context.workgroup()), "this machine"),
        false => ("QUERY HISTORY (this machine)".to_owned(), "account"),
    };
    title.gap(1).text(Role::Strong, &what);
    if let Some((fault, _)) = state.lists.account.fault().filter(|_| account) {
        title.text(Role::Warning, &clean(&format!("  {fault}")));
    }
    title.text(Role::Dim, &format!("  enter open result, no scan · i edit · f cancel · / search · H {other}"));
    let entries = state.lists.history(account);
    let empty = match (account, &state.lists.account) {
        (true, Load::Loading) => "loading …",
        _ => "none",
    };
    let rows = entries.iter().map(|entry| entry_row(entry, look, cells)).collect();
    list(state, title.line(), empty, rows, (selected, room))
}

fn entry_row<'l>(entry: &Entry<'_>, look: &'l Look, cells: usize) -> Row<'l> {
    let mut row = Row::new(look, cells);
    let (glyph, role) = match entry.state() {
        Some("SUCCEEDED") => (look.glyphs.pick("✔", "+"), Role::Good),
        Some("FAILED" | "REFUSED") => (look.glyphs.pick("✖", "X"), Role::Bad),
        Some("CANCELLED") => (look.glyphs.pick("■", "S"), Role::Warning),
        Some("RUNNING" | "QUEUED") => (look.glyphs.pick("▶", ">"), Role::Running),
        _ => (look.glyphs.pick("?", "?"), Role::Dim),
    };
    let (at, scanned, millis) = match entry {
        Entry::Own(past) => (past.at, past.scanned_bytes, past.total_millis),
        Entry::Account(execution) => (execution.submitted_on, execution.scanned_bytes, execution.total_millis),
    };
    row.gap(1).text(role, glyph).gap(1);
    row.cell(Role::Dim, &at.map(|at| at.format("%-d %b %H:%M:%S").to_string()).unwrap_or_default(), 16);
    row.right(Role::Text, &millis.map(|m| format!("{:.1} s", m as f64 / 1_000.0)).unwrap_or_default(), 8).gap(1);
    row.right(Role::Dim, &scanned.map(bytes).unwrap_or_default(), 9).gap(1);
    row.right(Role::Dim, &scanned.map(|s| format!("${:.5}", scan_cost(s))).unwrap_or_default(), 9).gap(2);
    let line: Vec<&str> = entry.sql().lines().map(str::trim).filter(|line| !line.starts_with("--")).collect();
    row.text(Role::Text, &clean(&line.join(" ")));
    row
}

fn library(
    state: &AthenaState,
    context: &Context,
    selected: usize,
    look: &Look,
    (cells, room): (usize, usize),
) -> Vec<Line<'static>> {
    let mut title = Row::new(look, cells);
    title.gap(1).text(Role::Strong, "QUERIES").text(Role::Dim, "  for ");
    title.text(
        Role::Text,
        &clean(state.about().unwrap_or("no table: select one in the catalog, or name one in the SQL")),
    );
    title.text(Role::Dim, "  enter edit · / search · :keep NAME saves the editor's SQL");
    let entries = state.lists.library(context, state.about());
    let names = entries.iter().map(|entry| width(&clean(&entry.ready.name))).max().unwrap_or(0).clamp(10, 32);
    let rows = entries
        .iter()
        .map(|entry| {
            let mut row = Row::new(look, cells);
            row.gap(2).cell(Role::Dim, entry.source, 6).cell(Role::Text, &clean(&entry.ready.name), names).gap(2);
            row.text(Role::Dim, &clean(&entry.ready.about));
            row
        })
        .collect();
    list(state, title.line(), "none yet: the catalog is loading, or has no pipeline tables", rows, (selected, room))
}

fn workgroups(state: &AthenaState, selected: usize, look: &Look, (cells, room): (usize, usize)) -> Vec<Line<'static>> {
    let mut title = Row::new(look, cells);
    title.gap(1).text(Role::Strong, "WORKGROUP").text(Role::Dim, "  enter select");
    if let Some((fault, _)) = state.lists.workgroups.fault() {
        title.text(Role::Warning, &clean(&format!("  {fault}")));
    }
    let rows = state.lists.workgroups.value().into_iter().flatten().map(|group| {
        let mut row = Row::new(look, cells);
        row.gap(2).cell(Role::Text, &clean(&group.name), 30).gap(2);
        row.text(Role::Warning, if group.enabled { "" } else { "disabled  " });
        row.text(Role::Dim, &clean(&group.description));
        row
    });
    let rows = rows.collect();
    list(state, title.line(), "loading …", rows, (selected, room))
}

fn databases(
    state: &AthenaState,
    context: &Context,
    selected: usize,
    look: &Look,
    (cells, room): (usize, usize),
) -> Vec<Line<'static>> {
    let title = Row::new(look, cells).gap(1).text(Role::Strong, "DATABASE").text(Role::Dim, "  enter select").line();
    let rows = context.databases.value().into_iter().flatten().map(|name| {
        let mut row = Row::new(look, cells);
        let current = state.query_context.database.as_ref() == Some(name);
        row.gap(2).text(if current { Role::Strong } else { Role::Text }, &clean(name));
        row
    });
    let rows = rows.collect();
    list(state, title, "loading …", rows, (selected, room))
}

fn statistics(state: &AthenaState, found: &Statistics, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let Some((run, rows)) = state.tab().rows() else { return Vec::new() };
    let column = run.grid.selected_column().and_then(|n| rows.columns.get(n));
    let mut title = Row::new(look, cells);
    if let Some(column) = column {
        title.gap(1).text(Role::Strong, &clean(&column.name)).gap(1).text(Role::Dim, &clean(&column.kind));
    }
    let part =
        |count: usize| format!("{}  {:.1}%", thousands(count as u64), count as f64 * 100.0 / found.rows.max(1) as f64);
    let number = |value: f64| chart::trimmed(value);
    let mut figures: Vec<(&str, String)> = vec![
        ("rows", thousands(found.rows as u64)),
        ("NULL", part(found.nulls)),
        ("empty", part(found.empty)),
        ("distinct", found.distinct.map_or("more than 100,000".to_owned(), |n| thousands(n as u64))),
        ("min", found.min.clone().unwrap_or_default()),
        ("max", found.max.clone().unwrap_or_default()),
    ];
    let more = [("sum", found.sum), ("mean", found.mean), ("median", found.median)];
    figures.extend(more.into_iter().filter_map(|(name, value)| Some((name, number(value?)))));
    let mut lines = vec![title.text(Role::Dim, "  of the shown rows · esc close").line(), Line::default()];
    let most = found.top.first().map_or(1, |(_, count)| *count).max(1);
    for n in 0..figures.len().max(found.top.len() + 1) {
        let mut row = Row::new(look, cells);
        if let Some((name, value)) = figures.get(n) {
            row.gap(2).cell(Role::Dim, name, 10).text(Role::Text, &clean(&crate::ui::text::cut(value, 28)));
        }
        row.to(44);
        match n.checked_sub(1).and_then(|n| found.top.get(n)) {
            None if n == 0 => drop(row.text(Role::Dim, "most frequent")),
            None => {}
            Some((value, count)) => {
                let shown = if value.is_empty() { "''".to_owned() } else { clean(value) };
                row.cell(Role::Text, &shown, 24).right(Role::Text, &thousands(*count as u64), 10).gap(1);
                let bar = (row.left().min(30) * count).div_ceil(most);
                row.text(Role::Running, &look.glyphs.bar(8).repeat(bar));
            }
        }
        lines.push(row.line());
    }
    lines
}

fn chart_lines(state: &AthenaState, kind: ChartKind, look: &Look, (cells, room): (usize, usize)) -> Vec<Line<'static>> {
    let Some((run, rows)) = state.tab().rows() else { return Vec::new() };
    let say = |text: &str| vec![Row::new(look, cells).gap(2).text(Role::Dim, text).line()];
    let Some(column) = run.grid.selected_column() else { return say("No column selected.") };
    let order = run.grid.order(rows);
    let most = if kind == ChartKind::Line { cells.saturating_sub(14) } else { room.saturating_sub(2) };
    let Some(data) = chart::data(rows, &order, kind, column, most) else {
        return say("No numeric column to chart. esc close · C value counts");
    };
    let name = |n: Option<usize>| n.and_then(|n| rows.columns.get(n)).map(|c| clean(&c.name)).unwrap_or_default();
    let (values, names) = chart::axes(rows, column).map_or((None, None), |(values, names)| (Some(values), names));
    let what = match kind {
        ChartKind::Bars if chart::counts_values(rows, &order, kind, column) => {
            format!("BARS  value counts of {}", name(Some(column)))
        }
        ChartKind::Bars => format!("BARS  {} by {}", name(values), name(names)),
        ChartKind::Line => format!("LINE  {} in row order", name(values)),
        ChartKind::Histogram => format!("HISTOGRAM  value counts of {}", name(Some(column))),
    };
    let mut title = Row::new(look, cells);
    title.gap(1).text(Role::Strong, &what).text(Role::Dim, "  C next type · esc close");
    if data.rows_a_point > 1 {
        title.text(Role::Dim, &format!(" · each point is the mean of {} rows", data.rows_a_point));
    }
    if data.without > 0 {
        title.text(Role::Warning, &format!(" · {} without a number", counted(data.without, "row")));
    }
    let mut lines = vec![title.line()];
    if data.points.is_empty() {
        lines.extend(say("No rows with a number."));
    } else if kind == ChartKind::Line && data.points.iter().all(|(_, value)| *value >= 0.0) {
        lines.extend(line_chart(&data, look, (cells, room)));
    } else {
        lines.extend(bars(&data, look, cells));
    }
    lines
}

/// Columns from the bottom, each as high as its value; the heights are named at the left.
fn line_chart(data: &ChartData, look: &Look, (cells, room): (usize, usize)) -> Vec<Line<'static>> {
    let height = room.saturating_sub(2).clamp(3, 20);
    let most = data.points.iter().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
    let step = most / height as f64;
    let level = |level: usize| {
        let mut row = Row::new(look, cells);
        row.right(Role::Dim, &chart::trimmed(step * (level + 1) as f64), 11).gap(1);
        let column =
            |(_, value): &(String, f64)| match ((value / step - level as f64).clamp(0.0, 1.0) * 8.0).ceil() as usize {
                0 => " ",
                eighths => look.glyphs.bar(eighths),
            };
        row.text(Role::Running, &data.points.iter().map(column).collect::<String>()).line()
    };
    let mut lines: Vec<Line<'static>> = (0..height).rev().map(level).collect();
    let (first, last) = (data.points.first(), data.points.last());
    if let (Some((first, _)), Some((last, _))) = (first, last) {
        let mut row = Row::new(look, cells);
        row.gap(12).text(Role::Dim, &clean(first));
        let at = (12 + data.points.len()).saturating_sub(width(&clean(last)));
        lines.push(row.to(at).text(Role::Dim, &clean(last)).line());
    }
    lines
}

fn bars(data: &ChartData, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let names = data.points.iter().map(|(name, _)| width(&clean(name))).max().unwrap_or(0).clamp(4, 28);
    let most = data.points.iter().map(|(_, value)| value.abs()).fold(f64::MIN_POSITIVE, f64::max);
    let line = |(name, value): &(String, f64)| {
        let mut row = Row::new(look, cells);
        row.gap(2).cell(Role::Text, &clean(name), names).right(Role::Text, &chart::trimmed(*value), 12).gap(1);
        let eighths = (row.left() as f64 * 8.0 * value.abs() / most) as usize;
        let role = if *value < 0.0 { Role::Warning } else { Role::Running };
        row.text(role, &look.glyphs.bar(8).repeat(eighths / 8));
        if !eighths.is_multiple_of(8) && look.glyphs != crate::ui::Glyphs::Ascii {
            row.text(role, ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]);
        }
        row.line()
    };
    data.points.iter().map(line).collect()
}
