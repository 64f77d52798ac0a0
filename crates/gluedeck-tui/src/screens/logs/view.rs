//! Painting a log.

use super::panel_view::{self, source_role};
use super::stream::LATE_EVENTS_WINDOW;
use super::viewport::Row as LogRow;
use super::{LogsState, Open, Page, Purpose, Stream};
use crate::flow::{Context, Load};
use crate::screens::View;
use crate::ui::hits::{Hit, Hits};
use crate::ui::text::{bytes, clean, counted, cut, skip, thousands, width, wrap};
use crate::ui::{Look, Role, Row, Scroll};
use chrono::Local;
use gluedeck_core::analysis::log::{Cause, Class, Filter, Level};
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::domain::{FaultKind, Part, Time};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Draws the log.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &LogsState, view: View<'_>) {
    let View { context, look, hits, .. } = view;
    let cells = area.width as usize;
    let Some(open) = &state.open else {
        let text = "No log is open. l on a workflow or step opens one; :group NAME a log group.";
        let line = Row::new(look, cells).gap(2).text(Role::Dim, text).line();
        return frame.render_widget(Paragraph::new(line), area);
    };
    let card = card(open, look, cells);
    let heights = [1, 1, card.len() as u16];
    let [title, status, above, body] =
        Layout::vertical(heights.map(Constraint::Length).into_iter().chain([Constraint::Min(1)])).areas(area);
    frame.render_widget(Paragraph::new(title_line(open, look, cells)), title);
    frame.render_widget(Paragraph::new(status_line(open, context, look, cells)), status);
    frame.render_widget(Paragraph::new(card), above);
    open.scroll.set(Scroll::default());
    match open.page {
        Page::Lines => draw_lines(frame, body, open, look, hits),
        Page::Streams => panel_view::draw_streams(frame, body, open, context, look),
        Page::Compare => panel_view::draw_compared(frame, body, open, look),
    }
}

fn draw_lines(frame: &mut Frame<'_>, body: Rect, open: &Open, look: &Look, hits: &Hits) {
    let (cells, height) = (body.width as usize, body.height as usize);
    open.height.set(height.max(1));
    if open.log.shown().is_empty() {
        let parts = wrap(&nothing(open), cells.saturating_sub(4));
        let line = |part: &String| Row::new(look, cells).gap(1).text(Role::Dim, part).line();
        return frame.render_widget(Paragraph::new(parts.iter().map(line).collect::<Vec<_>>()), body);
    }
    let shape = Shape::of(open, cells);
    let rows = open.viewport.window(&open.log, height, cells.saturating_sub(shape.text_at + 1));
    let cursor = open.viewport.at(&open.log);
    let gap = open.gap();
    let mut lines = Vec::new();
    for (n, row) in rows.iter().enumerate() {
        let before = n.checked_sub(1).map(|n| open.log.event(rows[n].head).at);
        let here = open.log.event(row.head).at;
        let opens = gap.filter(|(from, to)| row.first && here >= *to && before.is_some_and(|before| before <= *from));
        if let Some((from, to)) = opens {
            lines.push(gap_line(open, (from, to), look, cells));
        }
        lines.push(log_line(row, open, look, &shape, cells, Some((row.head, row.line)) == cursor));
    }
    lines.truncate(height);
    let place = |row: Option<&LogRow>| open.log.position(row?.head).ok();
    if let Some((first, last)) = place(rows.first()).zip(place(rows.last())) {
        open.scroll.set(Scroll { top: first, height: last - first + 1, rows: open.log.shown().len() });
    }
    hits.rows(body, lines.len(), Hit::Row);
    frame.render_widget(Paragraph::new(lines), body);
}

/// Where the columns are.
struct Shape {
    label: usize,
    text_at: usize,
}

impl Shape {
    fn of(open: &Open, cells: usize) -> Self {
        let longest =
            open.streams.iter().filter(|stream| !stream.hidden).map(|stream| width(&stream.source.label)).max();
        let most = if cells < 100 { 12 } else { 18 };
        let label = if open.sources { longest.unwrap_or(0).clamp(5, most) + 1 } else { 0 };
        Self { label, text_at: 2 + 13 + label }
    }
}

/// The line under the log: what is being typed, else what is in force.
pub(super) fn context_line(state: &LogsState, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    let Some(open) = &state.open else { return row.line() };
    if let Some((purpose, input)) = &open.typing {
        let word = if *purpose == Purpose::Filter { "filter /" } else { "find " };
        row.text(Role::Key, word).text(Role::Strong, &clean(&input.text)).text(Role::Key, "▏");
        let help = match &open.complaint {
            Some(why) if !input.text.is_empty() => return row.gap(2).text(Role::Warning, &clean(why)).line(),
            _ => "   regular expression · ~letters · =text · level:warn · source:error · ! inverts",
        };
        if !input.text.is_empty() {
            row.gap(2).text(Role::Text, &open.found_words());
        }
        return row.text(Role::Dim, help).line();
    }
    let mut chips: Vec<String> = open.filters.iter().map(|filter| format!("/{}", filter.text)).collect();
    chips.extend(open.errors_only.then(|| "errors only".to_owned()));
    chips.extend(open.noise_hidden.then(|| "noise hidden".to_owned()));
    chips.extend(open.find.iter().map(|find| format!("find {}", find.text)));
    if !chips.is_empty() {
        for chip in &chips {
            row.text(Role::Key, &clean(chip)).gap(2);
        }
        row.text(Role::Text, &open.found_words());
        if !open.log.is_filtering() {
            row.text(Role::Dim, " · esc removes last filter");
        }
        return row.line();
    }
    if open.viewport.unseen > 0 {
        let count = thousands(open.viewport.unseen as u64);
        row.text(Role::Warning, &format!("▼ {count} new")).text(Role::Dim, " · G jump");
        return row.line();
    }
    if let Some(stream) = open.viewport.head(&open.log).and_then(|head| open.streams.get(open.log.stream(head))) {
        row.text(Role::Dim, &clean(&format!("{} {}", stream.source.group, stream.source.stream)));
    }
    row.line()
}

fn title_line(open: &Open, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1).text(Role::Strong, &clean(&open.request.title)).gap(2);
    let shown = || open.streams.iter().enumerate().filter(|(_, stream)| !stream.hidden && !stream.missing);
    for (n, stream) in shown().take(8) {
        row.gap(1).text(source_role(n), &clean(&stream.source.label));
    }
    let more = shown().count().saturating_sub(8);
    if more > 0 {
        row.text(Role::Dim, &format!(" and {more} more"));
    }
    row.line()
}

/// What is known: whether it goes on, how complete it is, what is wrong.
fn status_line(open: &Open, context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    let shown = || open.streams.iter().filter(|stream| !stream.hidden);
    let ended = open.ended(context);
    let (role, word) = state_of(open, context, ended);
    row.text(role, &word);
    row.text(Role::Dim, &format!(" · {}", counted(open.log.len(), "event")));
    if open.log.bytes() >= super::reading::MAX_BYTES {
        row.text(
            Role::Warning,
            &format!(" · {} in memory, older lines load as you scroll up", bytes(open.log.bytes() as i64)),
        );
    } else if shown().any(Stream::has_older) {
        let reading = shown().any(|stream| stream.is_asked() && stream.has_older());
        row.text(Role::Dim, if reading { " · loading older" } else { " · scroll up for older lines" });
    }
    let complete = shown().filter(|stream| !stream.missing).map(|stream| stream.read_to).min().flatten();
    if let Some(at) = complete {
        let over = shown().all(|stream| stream.is_over(ended));
        row.text(Role::Dim, &format!(" · read up to {}", moment(open, at.timestamp_millis(), dated(at, context))));
        if !over {
            row.text(Role::Dim, &format!(", last {} s may change", LATE_EVENTS_WINDOW));
        }
    }
    let late: usize = shown().map(|stream| stream.late).sum();
    if late > 0 {
        row.text(Role::Dim, &format!(" · {} late", thousands(late as u64)));
    }
    if open.sampled {
        row.text(Role::Warning, " · live tail skipped lines, polling adds them");
    }
    if let Some((fault, _)) = shown().find_map(|stream| stream.fault.as_ref()) {
        row.text(Role::Dim, &format!(" · {}", clean(&fault.message)));
    }
    row.line()
}

fn state_of(open: &Open, context: &Context, ended: Option<Time>) -> (Role, String) {
    let shown = || open.streams.iter().filter(|stream| !stream.hidden);
    let faults: Vec<_> = shown().filter_map(|stream| stream.fault.as_ref()).collect();
    if let Some((fault, since)) = faults.first() {
        let seconds = (context.now() - *since).num_seconds().max(0);
        if fault.kind == FaultKind::Throttled {
            return (Role::Warning, format!("THROTTLED for {}, retrying", duration(seconds)));
        }
        let all = faults.len() == shown().count();
        let word = if all { "PAUSED" } else { "PARTLY PAUSED" };
        return (Role::Bad, format!("{word}: {} for {}, retrying", fault.headline(), duration(seconds)));
    }
    if shown().any(|stream| !stream.is_at_end()) {
        return (Role::Running, "LOADING".to_owned());
    }
    let found = open.found.first().and_then(Load::fault);
    if found.is_some_and(|(fault, _)| open.streams.is_empty() && fault.kind == FaultKind::NotFound) {
        return (Role::Bad, "NO GROUP".to_owned());
    }
    match ended {
        Some(_) if open.missing() => (Role::Dim, "NO STREAM".to_owned()),
        Some(at) if shown().all(|stream| stream.is_over(Some(at))) => {
            (Role::Dim, format!("ENDED {}", moment(open, at.timestamp_millis(), dated(at, context))))
        }
        Some(at) => (Role::Running, format!("ENDED {}, SETTLING", moment(open, at.timestamp_millis(), "%H:%M:%S"))),
        None if open.live => (Role::Good, "LIVE TAIL".to_owned()),
        None if open.viewport.follow => (Role::Good, "STREAMING".to_owned()),
        None => (Role::Warning, "NOT FOLLOWING · f follow".to_owned()),
    }
}

/// What went wrong, above the lines: in the words of the log, and in Glue's.
fn card(open: &Open, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let room = cells.saturating_sub(2);
    if let Some(found) = &open.cause {
        let cause = &found.cause;
        let title = if cause.class == Class::Unknown { String::new() } else { format!("{}: ", cause.class.title()) };
        for part in wrap(&clean(&format!("{title}{}", cause.line())), room).into_iter().take(2) {
            lines.push(Row::new(look, cells).gap(1).text(Role::Bad, &part).line());
        }
    }
    for run in open.request.runs.iter().filter(|run| run.error.is_some()).take(2) {
        let said = Cause::of(run.error.as_deref().unwrap_or_default());
        // Glue mostly repeats the error of the log.
        if open.cause.as_ref().is_some_and(|found| found.cause.error.contains(&said.error)) {
            continue;
        }
        let text = format!("Glue error: {}", clean(run.error.as_deref().unwrap_or_default()));
        for part in wrap(&text, room).into_iter().take(2) {
            lines.push(Row::new(look, cells).gap(1).text(Role::Bad, &part).line());
        }
    }
    if open.request.runs.iter().any(|run| run.succeeded) && analysis_failed(open) {
        let text =
            "The run SUCCEEDED, but Glue's root-cause stream reports a failure (GlueExceptionAnalysisJobFailed).";
        lines.push(Row::new(look, cells).gap(1).text(Role::Warning, &cut(text, room)).line());
    }
    lines
}

/// Whether a root-cause stream that is read says that its run failed.
fn analysis_failed(open: &Open) -> bool {
    let of_cause: Vec<usize> = (0..open.streams.len())
        .filter(|n| {
            let stream = &open.streams[*n];
            stream.source.part == Part::RootCause && open.request.runs[stream.run].succeeded
        })
        .collect();
    !of_cause.is_empty()
        && open.log.heads().iter().any(|head| {
            of_cause.contains(&open.log.stream(*head))
                && gluedeck_core::analysis::log::is_failed_analysis(open.log.text(*head))
        })
}

fn nothing(open: &Open) -> String {
    if !open.log.filters().is_empty() && !open.log.is_empty() {
        "No lines match the filters. esc removes the last one.".to_owned()
    } else if open.streams.iter().any(|stream| !stream.is_at_end() && stream.fault.is_none()) {
        "Loading …".to_owned()
    } else if let Some(text) = no_group(open) {
        text
    } else if open.missing() && open.request.runs.iter().all(|run| run.ended.is_some()) {
        "No log stream: the run ended before it wrote anything.".to_owned()
    } else if open.missing() {
        "No log stream yet: a run writes one when it has started.".to_owned()
    } else {
        "The streams are empty.".to_owned()
    }
}

/// With the date where that is not today's.
fn dated(at: Time, context: &Context) -> &'static str {
    if at.date_naive() == context.now().date_naive() { "%H:%M:%S" } else { "%-d %b %H:%M:%S" }
}

/// What is known of a group that was opened by its name and has no streams.
fn no_group(open: &Open) -> Option<String> {
    let (group, prefix) = open.request.runs.first()?.group.as_ref()?;
    let found = open.found.first()?;
    match (found.fault(), found.value(), prefix.as_str()) {
        (Some((fault, _)), ..) if fault.kind == FaultKind::NotFound => {
            Some(format!("{} does not exist in this account and Region; :group opens another.", clean(group)))
        }
        (Some((fault, _)), ..) => Some(fault.to_string()),
        (None, None, _) => Some("Loading …".to_owned()),
        (None, Some(_), _) if !open.streams.is_empty() => None,
        (None, Some(_), "") => Some(format!("{} has no log streams.", clean(group))),
        (None, Some(_), prefix) => Some(format!("No log stream of {} begins with {}.", clean(group), clean(prefix))),
    }
}

/// A time of the log, as UTC with a Z or as local time.
fn moment(open: &Open, at: i64, format: &str) -> String {
    match Time::from_timestamp_millis(at) {
        Some(at) if open.local_time => at.with_timezone(&Local).format(format).to_string(),
        Some(at) => format!("{}Z", at.format(format)),
        None => "—".to_owned(),
    }
}

fn gap_line(open: &Open, (from, to): (i64, i64), look: &Look, cells: usize) -> Line<'static> {
    let time = |at| moment(open, at, "%H:%M:%S");
    let text = format!("⋯ {} to {} not loaded yet ⋯", time(from), time(to));
    Row::new(look, cells).gap(2).text(Role::Warning, &text).line()
}

fn log_line(line: &LogRow, open: &Open, look: &Look, shape: &Shape, cells: usize, selected: bool) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let marked = line.first && open.viewport.marks.contains(&line.head);
    row.text(Role::Key, if marked { look.glyphs.mark() } else { " " }).gap(1);
    let event = open.log.event(line.head);
    let format = "%H:%M:%S%.3f";
    let time = moment(open, event.at, format);
    row.cell(Role::Dim, if line.first { time.trim_end_matches('Z') } else { "" }, 13);
    let stream = open.log.stream(line.head);
    if shape.label > 0 {
        let label = open.streams.get(stream).map_or("", |stream| stream.source.label.as_str());
        row.cell(source_role(stream), if line.first { label } else { "" }, shape.label);
    }
    let role = match open.log.level(line.head) {
        Level::Error => Role::Bad,
        Level::Warning => Role::Warning,
        Level::Plain => Role::Text,
        Level::Noise => Role::Dim,
    };
    let text = if open.viewport.wrap { line.text.clone() } else { skip(&line.text, open.viewport.left) };
    if line.folded > 0 {
        row.text(Role::Key, &format!("+{} ", line.folded));
    }
    marked_text(&mut row, &text, role, open);
    if open.viewport.left > 0 && width(&line.text) <= open.viewport.left && !open.viewport.wrap {
        row.text(Role::Dim, "‹");
    }
    if selected { row.selected() } else { row.line() }
}

/// A line with what is looked for marked in it.
fn marked_text(row: &mut Row<'_>, text: &str, role: Role, open: &Open) {
    let filters = open.log.filters().find.iter().chain(&open.log.filters().stack);
    let mut marks: Vec<(usize, usize)> = filters.flat_map(|filter: &Filter| filter.marks(text)).collect();
    marks.sort_unstable();
    let mut at = 0;
    for (from, to) in marks {
        if from < at {
            continue;
        }
        row.text(role, &text[at..from]).text(Role::Match, &text[from..to]);
        at = to;
    }
    row.text(role, &text[at..]);
}
