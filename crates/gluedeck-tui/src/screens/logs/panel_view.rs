//! Painting what stands in the place of a log's lines: its streams, and the comparison with a successful run.

use super::{Open, Stream};
use crate::flow::{Context, Load};
use crate::ui::scroll::Scroll;
use crate::ui::text::{clean, thousands};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::log::Level;
use gluedeck_core::analysis::log::compare::{Change, Difference};
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::domain::Time;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Draws the streams: what is known of each, and of the groups without any.
pub(super) fn draw_streams(frame: &mut Frame<'_>, area: Rect, open: &Open, context: &Context, look: &Look) {
    let cells = area.width as usize;
    let mut lines = vec![Line::default()];
    let mut heading = Row::new(look, cells);
    heading.gap(3).cell(Role::Dim, "STREAM", 19).right(Role::Dim, "LINES", 10).gap(2);
    lines.push(heading.cell(Role::Dim, "STATE", 24).text(Role::Dim, "GROUP AND NAME").line());
    for (n, stream) in open.streams.iter().enumerate() {
        lines.push(stream_line(stream, n, context, look, cells, n == open.selected));
    }
    lines.push(Line::default());
    for (run, load) in open.found.iter().enumerate() {
        let mut say = |role, text: String| {
            lines.push(Row::new(look, cells).gap(3).text(role, &clean(&text)).line());
        };
        if let Some((fault, _)) = load.fault() {
            say(Role::Warning, format!("Could not list other streams: {fault}"));
        }
        let Some(found) = load.value() else {
            if matches!(load, Load::Loading) {
                say(Role::Dim, "Searching for more streams …".to_owned());
            }
            continue;
        };
        for (group, sources) in &found.groups {
            let read = open.streams.iter().any(|stream| stream.run == run && &stream.source.group == group);
            match sources {
                Err(fault) => say(Role::Warning, format!("{group}: {fault}")),
                Ok(sources) if sources.is_empty() && !read => {
                    say(Role::Dim, format!("{group}: no stream of this run"));
                }
                Ok(_) => {}
            }
        }
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn stream_line(
    stream: &Stream,
    n: usize,
    context: &Context,
    look: &Look,
    cells: usize,
    selected: bool,
) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let (role, state) = match (&stream.fault, stream.read_to) {
        _ if stream.hidden => (Role::Off, "hidden · space show".to_owned()),
        (Some((fault, _)), _) => (Role::Warning, fault.headline().to_owned()),
        _ if stream.missing => (Role::Dim, "not found (yet)".to_owned()),
        (None, None) => (Role::Running, "loading".to_owned()),
        (None, Some(_)) if stream.events == 0 => (Role::Dim, "empty".to_owned()),
        (None, Some(at)) => {
            let age = (context.now() - at).num_seconds().max(0);
            let older = if stream.has_older() { "older unread, " } else { "" };
            (Role::Text, format!("{older}read {} ago", duration(age)))
        }
    };
    let sign = if stream.hidden { " " } else { look.glyphs.mark() };
    row.gap(1).text(Role::Key, sign).gap(1).cell(source_role(n), &clean(&stream.source.label), 19);
    row.right(Role::Text, &thousands(stream.events as u64), 10).gap(2).cell(role, &state, 24);
    row.text(Role::Dim, &clean(&format!("{} {}", stream.source.group, stream.source.stream)));
    if selected { row.selected() } else { row.line() }
}

/// Draws what differs from the log of the last successful run.
pub(super) fn draw_compared(frame: &mut Frame<'_>, area: Rect, open: &Open, look: &Look) {
    let (cells, height) = (area.width as usize, area.height as usize);
    let mut lines = vec![Line::default()];
    let say = |role, text: &str| Row::new(look, cells).gap(3).text(role, &clean(text)).line();
    match (open.compared.value(), open.compared.fault()) {
        (None, Some((fault, _))) => lines.push(say(Role::Warning, &fault.to_string())),
        (None, None) => lines.push(say(Role::Dim, "Loading the log of the last successful run …")),
        (Some(compared), _) => {
            let when = compared.started_on.map(|at| at.format("%a %-d %b %H:%MZ").to_string()).unwrap_or_default();
            let (here, there) = compared.lines;
            let about = format!(
                "vs last successful run, {when}: {} lines now, {} then · enter go to line · {}",
                thousands(here as u64),
                thousands(there as u64),
                compared.run
            );
            lines.push(say(Role::Dim, &about));
            lines.push(Line::default());
            if compared.differences.is_empty() {
                lines.push(say(Role::Good, "No new, gone or much more frequent lines."));
            }
            let room = height.saturating_sub(lines.len()).max(1);
            let count = compared.differences.len();
            let window = Scroll { top: open.selected.saturating_sub(room / 2), height: room, rows: count }.showing(
                open.selected,
                count,
                room,
            );
            open.scroll.set(window);
            for (n, difference) in compared.differences.iter().enumerate().skip(window.top).take(room) {
                lines.push(difference_line(difference, look, cells, n == open.selected));
            }
        }
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn difference_line(difference: &Difference, look: &Look, cells: usize, selected: bool) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let (role, sign) = match (difference.change, difference.level) {
        (Change::New, Level::Error) => (Role::Bad, "+ new"),
        (Change::New, _) => (Role::Text, "+ new"),
        (Change::FarMore, _) => (Role::Warning, "↑ more"),
        (Change::Gone, _) => (Role::Dim, "- gone"),
    };
    let count = match difference.change {
        Change::New => thousands(u64::from(difference.here)),
        Change::Gone => thousands(u64::from(difference.there)),
        Change::FarMore => format!("{} / {}", difference.here, difference.there),
    };
    let time = Time::from_timestamp_millis(difference.at).map(|at| at.format("%H:%M:%S").to_string());
    row.gap(3).cell(role, sign, 8).right(Role::Text, &count, 11).gap(2);
    row.cell(Role::Dim, &time.unwrap_or_default(), 10).text(role, &clean(&difference.example));
    if selected { row.selected() } else { row.line() }
}

pub(super) fn source_role(n: usize) -> Role {
    if n.is_multiple_of(2) { Role::SourceA } else { Role::SourceB }
}
