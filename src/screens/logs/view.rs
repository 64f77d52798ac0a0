//! Painting a log.

use super::lines::{Level, Row as LogRow};
use super::{LogsState, Open};
use crate::domain::FaultKind;
use crate::flow::Context;
use crate::ui::text::{clean, skip, thousands, width, wrap};
use crate::ui::{Look, Role, Row};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Draws the log.
pub fn draw(frame: &mut Frame<'_>, area: Rect, state: &LogsState, context: &Context, look: &Look) {
    let cells = area.width as usize;
    let error: Vec<String> = match state.open.as_ref().and_then(|open| open.request.error.as_deref()) {
        Some(error) => wrap(&clean(error), cells.saturating_sub(2)).into_iter().take(3).collect(),
        None => Vec::new(),
    };
    let heights = [1, 1, error.len() as u16];
    let [title, status, above, body] =
        Layout::vertical(heights.map(Constraint::Length).into_iter().chain([Constraint::Min(1)])).areas(area);
    let Some(open) = &state.open else {
        let text = "No log is open. Press l on a workflow or a step to read its log.";
        frame.render_widget(Paragraph::new(Row::new(look, cells).gap(2).text(Role::Dim, text).line()), title);
        return;
    };
    frame.render_widget(Paragraph::new(title_line(open, look, cells)), title);
    frame.render_widget(Paragraph::new(status_line(open, context, look, cells)), status);
    let lines: Vec<_> = error.iter().map(|part| Row::new(look, cells).gap(1).text(Role::Bad, part).line()).collect();
    frame.render_widget(Paragraph::new(lines), above);
    let height = body.height as usize;
    let rows = open.rows();
    if rows.is_empty() {
        let parts = wrap(&nothing(open), cells.saturating_sub(4));
        let lines: Vec<_> =
            parts.iter().map(|part| Row::new(look, cells).gap(1).text(Role::Dim, part).line()).collect();
        frame.render_widget(Paragraph::new(lines), body);
        return;
    }
    let top = open.top(height);
    let window = &rows[top..(top + height).min(rows.len())];
    let lines: Vec<_> = window.iter().map(|row| log_line(row, open, look, cells)).collect();
    frame.render_widget(Paragraph::new(lines), body);
}

/// The line under the log: the filter while it is typed, else where in the log one is.
pub fn context_line(state: &LogsState, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    let Some(open) = &state.open else { return row.line() };
    if open.filtering {
        return row.text(Role::Key, "/").text(Role::Strong, &clean(&open.filter.text)).text(Role::Key, "▏").line();
    }
    if !open.filter.text.is_empty() {
        row.text(Role::Key, &format!("/{}", clean(&open.filter.text)));
        row.text(Role::Dim, &format!("  {} rows pass · esc clears the filter", thousands(open.rows().len() as u64)));
        return row.line();
    }
    if open.unseen > 0 {
        row.text(Role::Warning, &format!("▼ {} new", thousands(open.unseen as u64))).text(Role::Dim, " · G goes there");
    } else {
        let source = open.streams.iter().map(|stream| format!("{} {}", stream.source.group, stream.source.stream));
        row.text(Role::Dim, &clean(&source.collect::<Vec<_>>().join(" · ")));
    }
    row.line()
}

fn title_line(open: &Open, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1).text(Role::Strong, &clean(&open.request.title));
    for (n, stream) in open.streams.iter().enumerate() {
        row.text(Role::Dim, if n == 0 { "   " } else { " + " }).text(source_role(n), stream.source.label);
    }
    row.line()
}

/// What is known: whether it goes on, how complete it is, what is wrong.
fn status_line(open: &Open, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    let fault = open.streams.iter().find_map(|stream| stream.fault.as_ref());
    let reading = open.streams.iter().any(|stream| !stream.at_end);
    let ended = open.ended(context);
    let (role, word) = match fault {
        Some((fault, since)) if fault.kind == FaultKind::Throttled => {
            (Role::Warning, format!("THROTTLED since {}Z, trying again", since.format("%H:%M:%S")))
        }
        Some((fault, since)) => {
            (Role::Bad, format!("PAUSED: {} since {}Z, trying again", fault.headline(), since.format("%H:%M:%S")))
        }
        None if reading => (Role::Running, "READING".to_owned()),
        None => match ended {
            Some(_) if open.missing() => (Role::Dim, "NO STREAM".to_owned()),
            Some(at) => (Role::Dim, format!("ENDED {}Z", at.format("%H:%M:%S"))),
            _ if open.follow => (Role::Good, "STREAMING".to_owned()),
            _ => (Role::Warning, "PAUSED, f follows".to_owned()),
        },
    };
    row.text(role, &word).text(Role::Dim, &format!(" · {} lines", thousands(open.lines.len() as u64)));
    if open.lines.dropped > 0 {
        row.text(Role::Warning, &format!(" · the oldest {} are not kept", thousands(open.lines.dropped as u64)));
    }
    let complete = open.streams.iter().map(|stream| stream.read_to).min().flatten();
    if let Some(at) = complete.filter(|_| !open.missing()) {
        row.text(Role::Dim, &format!(" · complete to {}Z", at.format("%H:%M:%S")));
    }
    if let Some((fault, _)) = fault {
        row.text(Role::Dim, &format!(" · {}", clean(&fault.message)));
    }
    row.line()
}

fn nothing(open: &Open) -> String {
    let reading = open.streams.iter().any(|stream| !stream.at_end && stream.fault.is_none());
    if !open.filter.text.is_empty() && !open.lines.is_empty() {
        "No row passes the filter. esc clears it.".to_owned()
    } else if reading {
        "Reading …".to_owned()
    } else if open.missing() {
        "There is no log stream. A run that is only starting has none yet, and a run that got no capacity never writes one."
            .to_owned()
    } else {
        "The streams are empty so far.".to_owned()
    }
}

fn log_line(line: &LogRow, open: &Open, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    let time = line.at.map(|at| at.format("%H:%M:%S%.3f").to_string()).unwrap_or_default();
    row.cell(Role::Dim, &time, 13);
    if open.sources {
        let label = open.streams.get(line.stream).map_or("", |stream| stream.source.label);
        row.cell(source_role(line.stream), if line.continued { "" } else { label }, 8);
    }
    let role = match line.level {
        Level::Error => Role::Bad,
        Level::Warning => Role::Warning,
        Level::Plain => Role::Text,
        Level::Noise => Role::Dim,
    };
    let text = skip(&line.text, open.left);
    let needle = open.filter.text.to_lowercase();
    match text.to_lowercase().find(&needle).filter(|_| !needle.is_empty() && !needle.starts_with('!')) {
        // Lower case may have another length, so the place is only taken where it is one in the text too.
        Some(at) if text.is_char_boundary(at) && text.is_char_boundary(at + needle.len()) => {
            row.text(role, &text[..at])
                .text(Role::Match, &text[at..at + needle.len()])
                .text(role, &text[at + needle.len()..]);
        }
        _ => {
            row.text(role, &text);
        }
    }
    if open.left > 0 && width(&line.text) <= open.left {
        row.text(Role::Dim, "‹");
    }
    row.line()
}

fn source_role(n: usize) -> Role {
    if n.is_multiple_of(2) { Role::SourceA } else { Role::SourceB }
}
