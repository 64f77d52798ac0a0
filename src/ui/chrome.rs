//! The frame around every screen: header, tabs, rules, and the two lines at the bottom.

use super::text::{clean, cut, fit_right, width};
use super::{Look, Role, Row};
use crate::flow::command::{self, Scope};
use crate::flow::{Context, Endpoint, Load, Route};
use chrono::Local;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// The smallest terminal that the screens are made for.
pub const LEAST: (u16, u16) = (60, 14);

/// Draws the frame and answers the area of the screen inside it and that of the context line.
pub fn draw(frame: &mut Frame<'_>, context: &Context, look: &Look, route: &Route, scope: Scope) -> (Rect, Rect) {
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
    frame.render_widget(Paragraph::new(tab_line(look, route, width)), tabs);
    for area in [rule, second_rule] {
        let line = look.glyphs.pick("─", "-").repeat(area.width as usize);
        frame.render_widget(Paragraph::new(Row::new(look, width).text(Role::Line, &line).line()), area);
    }
    frame.render_widget(Paragraph::new(hint_line(look, scope, width)), hints);
    (body, context_line)
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
    let mut row = Row::new(look, cells);
    // What says how fresh the picture is, and whether changes are possible, is never pushed out.
    let room = cells.saturating_sub(total(&right));
    for (role, part) in left {
        let part = cut(&part, room.saturating_sub(cells - row.left()));
        row.text(role, &part);
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
    let mut parts = vec![(badge, format!(" {} ", session.badge()))];
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

/// DPUs that the workflows' runs hold, against the limit; as a bar too where there is room.
fn dpu(context: &Context, look: &Look, with_bar: bool) -> Vec<(Role, String)> {
    if context.fleet.value().is_none() {
        return Vec::new();
    }
    let used = context.dpu_in_use();
    let mut parts = vec![(Role::Dim, "   DPU ".to_owned())];
    let Some(limit) = context.limit().filter(|limit| *limit > 0.0) else {
        parts.extend([(Role::Strong, used.to_string()), (Role::Dim, "/?".to_owned())]);
        return parts;
    };
    if with_bar {
        let bar = 18;
        let full = ((used / limit * bar as f64).round() as usize).min(bar);
        let stale = matches!(context.fleet, Load::Failed { .. });
        let role = match used > limit * 0.9 {
            _ if stale => Role::Dim,
            true => Role::Warning,
            false => Role::Good,
        };
        parts.push((role, look.glyphs.pick("━", "=").repeat(full)));
        parts.push((Role::Line, format!("{} ", look.glyphs.pick("━", "-").repeat(bar - full))));
    }
    parts.extend([(Role::Strong, used.to_string()), (Role::Dim, format!("/{limit}"))]);
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

/// How old the picture is, and what is wrong if something is.
fn freshness(context: &Context, look: &Look, dropped: usize) -> (Role, String) {
    let seconds = context.moment.wall.saturating_sub(context.fleet_read).as_secs_f64().round();
    let age = format!("{seconds} s");
    let dot = look.glyphs.pick("●", "*");
    match (&context.fleet, context.fleet.at()) {
        (Load::Failed { fault, since, .. }, at) => {
            let old = at.map(|_| format!(", data {age} old")).unwrap_or_default();
            let since = if dropped < 3 { format!(" since {}Z", since.format("%H:%M:%S")) } else { String::new() };
            (Role::Bad, format!("  {dot} {}{since}{old}", fault.headline()))
        }
        (Load::Ready { .. }, _) => {
            let (role, word) = if seconds > 30.0 { (Role::Warning, " late,") } else { (Role::Good, "") };
            (role, format!("  {dot}{word} {} ago", fit_right(&age, 4)))
        }
        _ => (Role::Warning, format!("  {} loading", look.glyphs.pick("○", "o"))),
    }
}

fn tab_line(look: &Look, route: &Route, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    for (number, title) in Route::TABS {
        let role = if number == route.tab() { Role::Tab } else { Role::Dim };
        row.text(role, &format!(" {number} {title} ")).gap(1);
    }
    row.line()
}

fn hint_line(look: &Look, scope: Scope, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    row.gap(1);
    let entries: Vec<(&str, &str)> =
        command::hints(scope).map(|entry| (entry.keys.first().copied().unwrap_or_default(), entry.hint)).collect();
    // Help and the way out are what somebody new needs: they keep their room.
    let essential = |key: &str| matches!(key, "?" | "q");
    let room = |(key, hint): &(&str, &str)| width(key) + width(hint) + 4;
    let mut reserved: usize = entries.iter().filter(|entry| essential(entry.0)).map(room).sum();
    for entry in entries {
        if essential(entry.0) {
            reserved -= room(&entry);
        } else if row.left() < room(&entry) + reserved {
            continue;
        }
        row.text(Role::Key, entry.0).gap(1).text(Role::Dim, entry.1).gap(3);
    }
    row.line()
}
