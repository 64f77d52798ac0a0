//! Painting the activity.

use super::{ActivityState, Entry};
use crate::ui::text::{clean, wrap};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::observed::ObservedKind;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Draws the screen: the list, and the selected entry in full where there is room.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &ActivityState, look: &Look) {
    state.scroll.set(state.scroll.get().emptied());
    let cells = area.width as usize;
    let entries = state.entries();
    let detail = if area.height > 20 { 7 } else { 6 };
    let detail = if area.height > 13 { detail } else { 0 };
    let [summary, list, below] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(detail)]).areas(area);
    frame.render_widget(Paragraph::new(summary_line(state, entries.len(), look, cells)), summary);
    if entries.is_empty() {
        let text = match state.filter.text().is_empty() {
            true => "No changes from this machine and no state changes observed yet.",
            false => "No matches. esc clears the filter.",
        };
        frame.render_widget(Paragraph::new(Row::new(look, cells).gap(1).text(Role::Dim, text).line()), list);
        return;
    }
    let index = state.index(&entries);
    let scroll = state.scroll.get().showing(index, entries.len(), list.height as usize);
    state.scroll.set(scroll);
    let window = entries.iter().enumerate().skip(scroll.top).take(list.height as usize);
    let lines: Vec<Line<'static>> = window.map(|(n, entry)| entry_line(entry, n == index, look, cells)).collect();
    frame.render_widget(Paragraph::new(lines), list);
    if detail > 0 {
        frame.render_widget(Paragraph::new(detail_lines(&entries[index], look, cells)), below);
    }
}

fn summary_line(state: &ActivityState, shown: usize, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let unknown = state.journal.iter().filter(|recorded| recorded.outcome.is_none()).count();
    let changes = |count: usize| if count == 1 { "change" } else { "changes" };
    let (made, seen) = (state.journal.len(), state.seen.len());
    row.gap(1).text(Role::Strong, &made.to_string()).text(Role::Dim, &format!(" {} · ", changes(made)));
    row.text(Role::Strong, &seen.to_string()).text(Role::Dim, &format!(" state {} observed", changes(seen)));
    if unknown > 0 {
        row.text(Role::Warning, &format!(" · {unknown} without a response"));
    }
    let note = match (state.changes_only, state.filter.text().is_empty()) {
        (_, false) => format!(" · /{} {shown}", clean(state.filter.text())),
        (true, true) => " · changes only".to_owned(),
        _ => String::new(),
    };
    row.text(Role::Dim, &note).line()
}

fn role_of(entry: &Entry<'_>, look: &Look) -> (&'static str, Role) {
    match entry {
        Entry::ObservedChange(seen) => match seen.kind {
            ObservedKind::State(outcome) => look.glyphs.outcome(outcome),
            ObservedKind::Error => ("!", Role::Bad),
        },
        Entry::Change(recorded) if recorded.is_done() => (look.glyphs.pick("◆", "*"), Role::Key),
        Entry::Change(recorded) if recorded.outcome.is_none() => ("?", Role::Warning),
        Entry::Change(_) => (look.glyphs.pick("✖", "X"), Role::Bad),
    }
}

fn entry_line(entry: &Entry<'_>, selected: bool, look: &Look, cells: usize) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let (glyph, role) = role_of(entry, look);
    let (kind, name, words) = entry.words();
    let narrow = cells < 100;
    let at = entry.at().map(|at| at.format(if narrow { "%H:%M:%S" } else { "%-d %b %H:%M:%S" }).to_string());
    row.gap(1).text(role, glyph).gap(1).cell(Role::Dim, &at.unwrap_or_default(), if narrow { 9 } else { 16 });
    row.cell(Role::Text, &clean(if narrow { entry.short_kind() } else { kind }), if narrow { 8 } else { 18 }).gap(1);
    row.cell(Role::Strong, &clean(name), if narrow { 34 } else { 32 }).gap(1);
    row.text(Role::Dim, &clean(&words));
    if selected { row.selected() } else { row.line() }
}

fn detail_lines(entry: &Entry<'_>, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Row::new(look, cells).text(Role::Line, &look.glyphs.pick("─", "-").repeat(cells)).line()];
    let mut say = |label: &str, text: &str| {
        for (n, part) in wrap(&clean(text), cells.saturating_sub(14)).into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            lines.push(Row::new(look, cells).gap(1).cell(Role::Dim, label, 11).text(Role::Text, &part).line());
        }
    };
    let (kind, name, words) = entry.words();
    match entry {
        Entry::Change(recorded) => {
            let scope = |member: &str| recorded.scope.get(member).and_then(|value| value.as_str()).unwrap_or("-");
            say("id", recorded.batch.as_deref().unwrap_or(&recorded.id));
            say("account", &format!("{} · {} · {}", scope("account"), scope("region"), scope("endpoint")));
            say("what", &format!("{kind} {name} {}", recorded.what()));
            say("result", &recorded.result());
            if recorded.undo().is_some() {
                say("", "U revert");
            }
        }
        Entry::ObservedChange(_) => say(kind, &format!("{name}: {words}")),
    }
    lines
}

/// The line under the screen.
pub(super) fn context_line(state: &ActivityState, look: &Look, width: usize) -> Line<'static> {
    let mut row = Row::new(look, width);
    row.gap(1);
    if state.filter.is_typing() {
        return row.text(Role::Key, "/").text(Role::Strong, &clean(state.filter.text())).text(Role::Key, "▏").line();
    }
    row.text(Role::Dim, "Times are UTC (this machine's clock). The journal is kept between sessions.").line()
}
