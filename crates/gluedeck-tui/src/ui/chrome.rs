//! The frame around every screen: header, tabs, rules, and the two lines at the bottom.

use super::text::{clean, cut, fit_right, width};
use super::{Hit, Hits, Look, Role, Row};
use crate::flow::command::{self, Command, Scope};
use crate::flow::{Context, Endpoint, Keymap, Load, Route, Tab};
use chrono::Local;
use gluedeck_core::analysis::reason::duration;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// The smallest terminal that the screens are made for.
pub const MIN_TERMINAL_SIZE: (u16, u16) = (60, 14);

/// Draws the frame and answers the area of the screen inside it and that of the context line.
pub fn draw(frame: &mut Frame<'_>, context: &Context, look: &Look, place: ChromeContext<'_>) -> (Rect, Rect) {
    let ChromeContext { route, scope, keymap, hits, first } = place;
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ]);
    let [header, tabs, rule, body, second_rule, context_line, hints] = rows.areas(frame.area());
    let width = header.width as usize;
    frame.render_widget(Paragraph::new(header_line(context, look, width)), header);
    frame.render_widget(Paragraph::new(tab_line(look, route, tabs, hits)), tabs);
    for area in [rule, second_rule] {
        let line = look.glyphs.pick("─", "-").repeat(area.width as usize);
        frame.render_widget(Paragraph::new(rule_line(context, look, &line, area == rule)), area);
    }
    frame.render_widget(Paragraph::new(hint_line(look, scope, keymap, first, (hints, hits))), hints);
    (body, context_line)
}

/// Puts into the rule above the context line which rows of a list are on the screen.
pub fn draw_position(frame: &mut Frame<'_>, context_line: Rect, look: &Look, position: &str) {
    let text = format!(" {position} ");
    let cells = (width(&text) as u16).min(context_line.width);
    let area = Rect {
        x: context_line.right().saturating_sub(cells + 1),
        y: context_line.y.saturating_sub(1),
        width: cells,
        height: 1,
    };
    frame.render_widget(Row::new(look, cells as usize).text(Role::Dim, &text).line(), area);
}

/// Where the user is, and what keys and clicks do there.
#[derive(Debug, Clone, Copy)]
pub struct ChromeContext<'p> {
    pub route: &'p Route,
    pub scope: Scope,
    pub keymap: &'p Keymap,
    pub hits: &'p Hits,
    /// The commands that fit what is selected.
    pub first: &'p [Command],
}

/// A rule; in production it says so, in words and in color.
fn rule_line(context: &Context, look: &Look, line: &str, first: bool) -> Line<'static> {
    let cells = width(line);
    if !context.session.is_production() {
        return Row::new(look, cells).text(Role::Line, line).line();
    }
    let heavy = look.glyphs.pick("━", "=").repeat(cells);
    let mut row = Row::new(look, cells);
    if first {
        row.text(Role::Bad, look.glyphs.pick("━━", "==")).text(Role::BadgeProduction, " PRODUCTION ");
    }
    row.text(Role::Bad, &heavy).line()
}

/// Parts of the header that go, one after the other, where there is no room for all.
const OPTIONAL: usize = 5;

fn header_line(context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let total = |parts: &[(Role, String)]| parts.iter().map(|(_, part)| width(part)).sum::<usize>();
    let mut dropped = 0;
    let (left, right) = loop {
        let (left, right) = (left_side(context, look, dropped), right_side(context, look, dropped));
        if total(&left) + total(&right) <= cells || dropped == OPTIONAL {
            break (left, right);
        }
        dropped += 1;
    };
    let own = context.session.color.as_deref().and_then(|name| super::color::named(name, look.depth));
    let mut row = Row::new(look, cells);
    // What says how fresh the data are, and whether changes are possible, is never pushed out.
    let room = cells.saturating_sub(total(&right));
    for (n, (role, part)) in left.into_iter().enumerate() {
        let part = cut(&part, room.saturating_sub(cells - row.left()));
        match own.filter(|_| n == 0 && role == Role::Badge) {
            Some(color) => row.styled(look.theme.style(role).bg(color), &part),
            None => row.text(role, &part),
        };
    }
    row.to(room);
    for (role, part) in right {
        row.text(role, &part);
    }
    row.line()
}

/// Where one is, and the DPUs in use.
fn left_side(context: &Context, look: &Look, dropped: usize) -> Vec<(Role, String)> {
    let session = &context.session;
    let badge = match &session.endpoint {
        Endpoint::Sandbox(_) => Role::BadgeSandbox,
        _ if session.is_production() => Role::BadgeProduction,
        _ => Role::Badge,
    };
    let mut parts = vec![(badge, format!(" {} ", clean(&cut(&session.badge(), 24))))];
    if let Endpoint::Custom(address) = &session.endpoint
        && dropped < 4
    {
        parts.push((Role::Warning, format!("  at {}", clean(address))));
    }
    parts.push((Role::Strong, format!("  {}", clean(session.region.as_deref().unwrap_or("no Region")))));
    if dropped < 3 {
        let account = match &session.account {
            Load::Ready { value, .. } => clean(value),
            Load::Failed { .. } => "account unknown".to_owned(),
            _ => format!("account {}", look.glyphs.pick("…", "...")),
        };
        parts.push((Role::Dim, format!("  {account}")));
    }
    if dropped < 5 {
        parts.extend(dpu(context, look, dropped == 0));
    }
    parts.push((Role::Text, " ".to_owned()));
    parts
}

/// DPUs that runs hold, against the limit, as a bar too where there is room; FLEX runs have a limit of their own.
fn dpu(context: &Context, look: &Look, with_bar: bool) -> Vec<(Role, String)> {
    if context.pipelines.value().is_none() {
        return Vec::new();
    }
    let held = context.dpu_held();
    let used = held.standard;
    let flex_limit = context.flex_limit.value().copied().flatten();
    let flex_limit = flex_limit.map(|limit| format!("/{limit}")).unwrap_or_default();
    let flex = (held.flex > 0.0).then(|| (Role::Dim, format!(" +{}{flex_limit} FLEX", held.flex)));
    let mut parts = vec![(Role::Dim, "   DPU ".to_owned())];
    let Some(limit) = context.limit().filter(|limit| *limit > 0.0) else {
        parts.extend([(Role::Strong, used.to_string()), (Role::Dim, "/?".to_owned())]);
        parts.extend(flex);
        return parts;
    };
    if with_bar {
        let bar = 18;
        let full = ((used / limit * bar as f64).round() as usize).min(bar);
        let stale = matches!(context.pipelines, Load::Failed { .. });
        let role = match used > limit * 0.9 {
            _ if stale => Role::Dim,
            true => Role::Warning,
            false => Role::Good,
        };
        parts.push((role, look.glyphs.pick("━", "=").repeat(full)));
        parts.push((Role::Line, format!("{} ", look.glyphs.pick("━", "-").repeat(bar - full))));
    }
    parts.extend([(Role::Strong, used.to_string()), (Role::Dim, format!("/{limit}"))]);
    parts.extend(flex);
    parts
}

/// Time, age of the data, and the mode; from the right edge.
fn right_side(context: &Context, look: &Look, dropped: usize) -> Vec<(Role, String)> {
    let now = context.now();
    let mut parts = vec![(Role::Strong, format!("{}Z", now.format("%H:%M:%S")))];
    let local = now.with_timezone(&Local);
    if dropped < 2 && local.offset().local_minus_utc() != 0 {
        parts.push((Role::Dim, format!(" {}", local.format("%H:%M %:z"))));
    }
    parts.push(freshness(context, look, dropped));
    let mode = if context.session.read_only { "  read-only" } else { "  operator" };
    parts.push((Role::Mode, mode.to_owned()));
    parts.push((Role::Text, " ".to_owned()));
    parts
}

/// How old the data are, and what is wrong if something is.
fn freshness(context: &Context, look: &Look, dropped: usize) -> (Role, String) {
    let seconds = context.age_seconds().unwrap_or(0.0);
    let age = if seconds < 100.0 { format!("{seconds} s") } else { duration(seconds as i64) };
    let dot = look.glyphs.pick("●", "*");
    match (&context.pipelines, context.pipelines.at()) {
        (Load::Failed { fault, since, .. }, at) => {
            let old = at.map(|_| format!(", data {age} old")).unwrap_or_default();
            let since = if dropped < 3 { format!(" since {}Z", since.format("%H:%M:%S")) } else { String::new() };
            (Role::Bad, format!("  {dot} {}{since}{old}", fault.headline()))
        }
        (Load::Ready { .. }, _) => {
            let throttled = context.usage.throttled_ago.is_some();
            let (role, word) = match seconds > 30.0 {
                true => (Role::Warning, " stale,"),
                false if throttled => (Role::Warning, " throttled,"),
                false => (Role::Good, ""),
            };
            (role, format!("  {dot}{word} {} ago", fit_right(&age, 4)))
        }
        (Load::Cached { .. }, _) => (Role::Warning, format!("  {} cached data, {age} old", look.glyphs.pick("○", "o"))),
        _ => (Role::Warning, format!("  {} loading", look.glyphs.pick("○", "o"))),
    }
}

fn tab_line(look: &Look, route: &Route, area: Rect, hits: &Hits) -> Line<'static> {
    let cells = area.width as usize;
    let mut row = Row::new(look, cells);
    let titles: usize = Tab::ALL.iter().map(|tab| tab.title().len()).sum();
    let count = Tab::ALL.len();
    // With a blank around each and one between; closer; or the numbers alone, but where one is.
    let (roomy, titled) = (titles + 5 * count <= cells, titles + 3 * count <= cells);
    for &tab in Tab::ALL {
        let (here, number, title) = (tab == route.tab(), tab.key(), tab.title());
        let text = match (titled || here, roomy) {
            (true, true) => format!(" {number} {title} "),
            (true, false) => format!(" {number} {title}"),
            (false, _) => format!(" {number}"),
        };
        let at = area.width.saturating_sub(row.left() as u16);
        hits.add(Rect { x: area.x + at, width: text.len() as u16, ..area }, Hit::Tab(tab));
        row.text(if here { Role::Tab } else { Role::Dim }, &text).gap(usize::from(roomy));
    }
    row.line()
}

fn hint_line(
    look: &Look,
    scope: Scope,
    keymap: &Keymap,
    first: &[Command],
    (area, hits): (Rect, &Hits),
) -> Line<'static> {
    let mut row = Row::new(look, area.width as usize);
    row.gap(1);
    // A command that the configuration has left without a key has no hint either.
    let hint = |entry: &'static command::Entry| Some((keymap.names(entry).into_iter().next()?, entry));
    let mut entries: Vec<(String, &command::Entry)> = command::hints(scope).filter_map(hint).collect();
    let place = |command| first.iter().position(|one| *one == command).unwrap_or(first.len());
    entries.sort_by_key(|(_, entry)| place(entry.command));
    // Help and the way out are what somebody new needs: they keep their room.
    let essential = |entry: &command::Entry| matches!(entry.command, Command::Help | Command::Close | Command::Palette);
    let room = |(key, entry): &(String, &command::Entry)| width(key) + width(entry.hint) + 4;
    let mut reserved: usize = entries.iter().filter(|(_, entry)| essential(entry)).map(room).sum();
    for hint in entries {
        let (key, entry) = &hint;
        if essential(entry) {
            reserved -= room(&hint);
        } else if row.left() < room(&hint) + reserved {
            continue;
        }
        let at = area.width.saturating_sub(row.left() as u16);
        hits.add(Rect { x: area.x + at, width: room(&hint) as u16 - 3, ..area }, Hit::Hint(entry.command));
        // There is no way further back than the board.
        let leaves = entry.command == Command::Close && scope == Scope::Board;
        row.text(Role::Key, key).gap(1).text(Role::Dim, if leaves { "quit" } else { entry.hint }).gap(3);
    }
    row.line()
}
