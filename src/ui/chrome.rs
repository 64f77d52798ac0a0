//! The frame around every screen: header, tabs, rules, and the two lines at the bottom.

use super::text::{fit_right, width};
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

fn header_line(context: &Context, look: &Look, cells: usize) -> Line<'static> {
    let session = &context.session;
    let badge = match &session.endpoint {
        Endpoint::Sandbox(_) => Role::BadgeSandbox,
        _ if session.is_production() => Role::BadgeProduction,
        _ => Role::Badge,
    };
    let right = right_side(context, look, cells);
    let right_width: usize = right.iter().map(|(_, part)| width(part)).sum();
    let mut row = Row::new(look, cells);
    row.text(badge, &format!(" {} ", session.badge()));
    if let Endpoint::Custom(address) = &session.endpoint {
        row.text(Role::Warning, &format!("  at {address}"));
    }
    row.text(Role::Strong, &format!("  {}", session.region.as_deref().unwrap_or("no Region")));
    if cells >= 100 {
        let account = match &session.account {
            Load::Ready { value, .. } => value.clone(),
            Load::Failed { .. } => "account unknown".to_owned(),
            _ => "account …".to_owned(),
        };
        row.text(Role::Dim, &format!("  {account}"));
    }
    dpu(&mut row, context, look, cells);
    row.to(cells.saturating_sub(right_width));
    for (role, part) in right {
        row.text(role, &part);
    }
    row.line()
}

/// DPUs that the workflows' runs hold, against the limit.
fn dpu(row: &mut Row<'_>, context: &Context, look: &Look, cells: usize) {
    if context.fleet.value().is_none() {
        return;
    }
    let used = context.dpu_in_use();
    let Some(limit) = context.dpu_limit.value().copied().filter(|limit| *limit > 0.0) else {
        row.text(Role::Dim, "   DPU ").text(Role::Strong, &used.to_string()).text(Role::Dim, "/limit unknown");
        return;
    };
    row.text(Role::Dim, "   DPU ");
    if cells >= 120 {
        let bar = 18;
        let full = ((used / limit * bar as f64).round() as usize).min(bar);
        let role = if used > limit * 0.9 { Role::Warning } else { Role::Good };
        row.text(role, &look.glyphs.pick("━", "=").repeat(full));
        row.text(Role::Line, &look.glyphs.pick("━", "-").repeat(bar - full)).gap(1);
    }
    row.text(Role::Strong, &used.to_string()).text(Role::Dim, &format!("/{limit}"));
}

/// Time, age of the data, and the mode; from the right edge.
fn right_side(context: &Context, look: &Look, cells: usize) -> Vec<(Role, String)> {
    let now = context.now();
    let mut parts = vec![(Role::Strong, format!("{}Z", now.format("%H:%M:%S")))];
    let local = now.with_timezone(&Local);
    if cells >= 110 && local.offset().local_minus_utc() != 0 {
        parts.push((Role::Dim, format!(" {}", local.format("%H:%M %:z"))));
    }
    parts.push(freshness(context, look));
    let mode = if context.session.read_only { "  read-only" } else { "  operator" };
    if cells >= 72 || context.session.read_only {
        parts.push((Role::Mode, mode.to_owned()));
    }
    parts.push((Role::Text, " ".to_owned()));
    parts
}

/// How old the picture is, and what is wrong if something is.
fn freshness(context: &Context, look: &Look) -> (Role, String) {
    let age = |at: crate::domain::Time| {
        let seconds = (context.now() - at).num_milliseconds() as f64 / 1_000.0 / context.moment.speed.max(1.0);
        format!("{} s", seconds.max(0.0).round())
    };
    let dot = look.glyphs.pick("●", "*");
    match (&context.fleet, context.fleet.at()) {
        (Load::Failed { fault, since, .. }, at) => {
            let old = at.map(|at| format!(", data {} old", age(at))).unwrap_or_default();
            (Role::Bad, format!("  {dot} {} since {}Z{old}", fault.headline(), since.format("%H:%M:%S")))
        }
        (Load::Ready { .. }, Some(at)) => {
            let late = (context.now() - at).num_milliseconds() as f64 / 1_000.0 / context.moment.speed.max(1.0) > 30.0;
            let (role, word) = if late { (Role::Warning, " late,") } else { (Role::Good, "") };
            (role, format!("  {dot}{word} {} ago", fit_right(&age(at), 4)))
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
    for entry in command::hints(scope) {
        let key = entry.keys.first().copied().unwrap_or_default();
        if row.left() < key.len() + entry.hint.len() + 4 {
            break;
        }
        row.text(Role::Key, key).gap(1).text(Role::Dim, entry.hint).gap(3);
    }
    row.line()
}
