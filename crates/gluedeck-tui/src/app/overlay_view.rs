//! Drawing what lies over the screen.

use super::model::Model;
use super::overlay::Overlay;
use super::palette::Palette;
use super::places::{is_without_region, places};
use super::suggestions::suggestions;
use super::text_page::TextPage;
use super::{capacity_view, confirm_view, drift_view};
use crate::flow::command::{Scope, entries};
use crate::flow::{Keymap, Load};
use crate::ui::Scroll;
use crate::ui::scroll::TextScroll;
use crate::ui::text::{clean, wrap};
use crate::ui::{Look, Role, Row, popup};
use gluedeck_core::analysis::reason::{Severity, duration};
use gluedeck_core::domain::PipelineId;
use ratatui::Frame;
use ratatui::text::Line;

/// Draws the overlay, if there is one.
pub(super) fn draw(frame: &mut Frame<'_>, model: &Model) {
    match &model.overlay {
        None => {}
        Some(Overlay::Help(scroll)) => draw_help(frame, model, scroll),
        Some(Overlay::Errors(scroll)) => draw_errors(frame, model, scroll),
        Some(Overlay::Confirm(confirm)) => confirm_view::draw(frame, &model.context, &model.look, confirm),
        Some(Overlay::Palette(palette)) => draw_palette(frame, model, palette),
        Some(Overlay::Themes { selected, .. }) => {
            let names: Vec<String> = model.themes.iter().map(|theme| theme.name.clone()).collect();
            draw_choice(frame, model, "Theme · enter confirm · esc cancel", &names, *selected);
        }
        Some(Overlay::Environments(selected)) => {
            let title = match is_without_region(model) {
                true => "No Region is known · enter choose one · :region NAME",
                false => "Environment, profile or Region · enter switch · esc cancel",
            };
            let names: Vec<String> =
                places(model).iter().map(|place| format!("{:<12} {}", place.kind, place.name)).collect();
            draw_choice(frame, model, title, &names, *selected);
        }
        Some(Overlay::Capacity(selected)) => capacity_view::draw(frame, &model.context, &model.look, *selected),
        Some(Overlay::Drift(selected)) => drift_view::draw(frame, &model.context, &model.look, *selected),
        Some(Overlay::Text(page)) => draw_text(frame, model, page),
        Some(Overlay::Why { workflow, selected }) => draw_why(frame, model, workflow, *selected),
    }
}

/// Names, one of which is chosen.
fn draw_choice(frame: &mut Frame<'_>, model: &Model, title: &str, names: &[String], selected: usize) {
    let screen = frame.area();
    let cells = title.chars().count().max(30).min((screen.width as usize).saturating_sub(8));
    let height = (screen.height as usize).saturating_sub(4).min(names.len());
    let top = (selected + 1).saturating_sub(height);
    let window = names.iter().enumerate().skip(top).take(height);
    let line = |(n, name): (usize, &String)| {
        let mut row = Row::new(&model.look, cells);
        row.gap(1).text(if n == selected { Role::Strong } else { Role::Text }, &clean(name));
        if n == selected { row.selected() } else { row.line() }
    };
    let area = popup::area(screen, cells as u16, height as u16);
    let position = Scroll { top, height, rows: names.len() }.position();
    popup::draw_part(frame, area, &model.look, title, (Role::Key, position), window.map(line).collect());
}

fn draw_palette(frame: &mut Frame<'_>, model: &Model, palette: &Palette) {
    const SHOWN: usize = 12;
    let screen = frame.area();
    let look = &model.look;
    let cells = (screen.width as usize).saturating_sub(8).min(100);
    let all = suggestions(model, &palette.input.text);
    let mut input = Row::new(look, cells);
    input.text(Role::Key, ":").text(Role::Strong, &clean(&palette.input.text)).text(Role::Key, "▏");
    let mut lines = vec![input.line()];
    let height = SHOWN.min((screen.height as usize).saturating_sub(6));
    let top = (palette.selected + 1).saturating_sub(height);
    for (n, suggestion) in all.iter().enumerate().skip(top).take(height) {
        let mut row = Row::new(look, cells);
        let line = clean(&suggestion.line);
        if suggestion.keys.is_empty() && suggestion.help.is_empty() {
            row.gap(1).text(Role::Text, &line);
        } else {
            row.gap(1).cell(Role::Text, &line, 22).cell(Role::Key, &suggestion.keys, 12);
            row.text(Role::Dim, &suggestion.help);
        }
        lines.push(if n == palette.selected { row.selected() } else { row.line() });
    }
    if all.is_empty() {
        lines.push(Row::new(look, cells).gap(1).text(Role::Dim, "enter run · esc cancel").line());
    }
    lines.resize(height + 1, Line::default());
    let area = popup::area(screen, cells as u16, lines.len() as u16);
    let position = Scroll { top, height, rows: all.len() }.position();
    popup::draw_part(frame, area, look, "Command · tab complete · esc cancel", (Role::Key, position), lines);
}

fn draw_text(frame: &mut Frame<'_>, model: &Model, page: &TextPage) {
    let screen = frame.area();
    let look = &model.look;
    let cells = (screen.width as usize).saturating_sub(8).min(120);
    let room = (screen.height as usize).saturating_sub(4);
    let say = |role: Role, text: &str| -> Vec<Line<'static>> {
        wrap(&clean(text), cells).iter().map(|part| Row::new(look, cells).text(role, part).line()).collect()
    };
    let lines = match &page.text {
        Load::Failed { fault, old: None, .. } => {
            let mut lines = say(Role::Bad, &fault.to_string());
            lines.extend(say(Role::Dim, fault.advice()));
            lines
        }
        load => match load.value() {
            None => say(Role::Dim, "loading …"),
            Some(text) => {
                let window = page.scroll.window(text.lines().count(), room);
                let shown = text.lines().skip(window.start).take(window.len());
                shown.map(|line| Row::new(look, cells).text(Role::Text, &clean(line)).line()).collect()
            }
        },
    };
    let height = lines.len().clamp(1, room);
    let area = popup::area(screen, cells as u16, height as u16);
    let title = format!("{} · j k scroll · y copy · ctrl-s save · esc close", clean(&page.title));
    let position = page.text.value().and_then(|_| page.scroll.position());
    popup::draw_part(frame, area, look, &title, (Role::Key, position), lines);
}

fn draw_why(frame: &mut Frame<'_>, model: &Model, name: &PipelineId, selected: usize) {
    let screen = frame.area();
    let look = &model.look;
    let cells = (screen.width as usize).saturating_sub(8).min(110);
    let room = (screen.height as usize).saturating_sub(4);
    let mut lines = Vec::new();
    let (mut first, mut last) = (0, 0);
    for (n, finding) in model.findings(name).iter().enumerate() {
        let role = match finding.severity {
            Severity::Bad => Role::Bad,
            Severity::Warning => Role::Warning,
            Severity::Plain => Role::Text,
        };
        if n == selected {
            first = lines.len();
        }
        let lead = if finding.proof.is_some() { look.glyphs.pick("›", ">") } else { " " };
        for (part_number, part) in wrap(&clean(&finding.text), cells.saturating_sub(3)).iter().enumerate() {
            let mut row = Row::new(look, cells);
            row.text(Role::Key, if part_number == 0 { lead } else { " " }).gap(1).text(role, part);
            lines.push(if n == selected { row.selected() } else { row.line() });
        }
        if n == selected {
            last = lines.len();
        }
    }
    let top = last.saturating_sub(room).min(first);
    let height = lines.len().clamp(1, room);
    let area = popup::area(screen, cells as u16, height as u16);
    let title = format!("Why {} · enter: jump to evidence · y copy · esc close", clean(name.as_str()));
    let position = Scroll { top, height, rows: lines.len() }.position();
    let shown = lines.into_iter().skip(top).take(room).collect();
    popup::draw_part(frame, area, look, &title, (Role::Key, position), shown);
}

/// The lines of the help: the keys of this screen, then those that work everywhere.
pub(super) fn help_lines(scope: Scope, keymap: &Keymap, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let also = if [Scope::Athena, Scope::Editor, Scope::Catalog].contains(&scope) {
        vec![Scope::Editor, Scope::Athena, Scope::Catalog]
    } else {
        vec![scope]
    };
    for scope in also.into_iter().chain([Scope::Global]) {
        lines.push(Row::new(look, cells).text(Role::Strong, scope.title()).line());
        for entry in entries().filter(|entry| entry.scope == scope) {
            let keys = keymap.names(entry).join(" ");
            for (n, part) in wrap(entry.help, cells.saturating_sub(20)).into_iter().enumerate() {
                let keys = if n == 0 { keys.as_str() } else { "" };
                lines.push(Row::new(look, cells).gap(2).cell(Role::Key, keys, 16).text(Role::Text, &part).line());
            }
        }
        lines.push(Line::default());
    }
    lines
}

fn draw_help(frame: &mut Frame<'_>, model: &Model, scroll: &TextScroll) {
    let screen = frame.area();
    let cells = (screen.width as usize).saturating_sub(8).min(92);
    let lines = help_lines(model.scope(), &model.keymap, &model.look, cells);
    let height = (screen.height as usize).saturating_sub(4).min(lines.len());
    let window = scroll.window(lines.len(), height);
    let title = if lines.len() > height { "Help · j k scroll · esc close" } else { "Help · esc close" };
    let area = popup::area(screen, cells as u16, height as u16);
    let shown = lines[window].to_vec();
    popup::draw_part(frame, area, &model.look, title, (Role::Key, scroll.position()), shown);
}

fn draw_errors(frame: &mut Frame<'_>, model: &Model, scroll: &TextScroll) {
    let screen = frame.area();
    let cells = (screen.width as usize).saturating_sub(8).min(100);
    let look = &model.look;
    let usage = model.context.usage;
    let throttled = usage
        .throttled_ago
        .map(|ago| format!(", throttled {} ago", duration(ago.as_secs() as i64)))
        .unwrap_or_default();
    let budget = if usage.calls_a_second > 0.0 {
        format!("; client limit {:.1} a second{throttled}", usage.calls_a_second)
    } else {
        String::new()
    };
    let calls = format!("{} API calls in the last minute{budget}.", usage.calls_a_minute);
    let mut lines = vec![Row::new(look, cells).text(Role::Dim, &calls).line(), Line::default()];
    for (at, fault) in model.errors.iter().rev() {
        let head = format!("{}Z  {}: {}", at.format("%H:%M:%S"), fault.operation, fault.headline());
        lines.push(Row::new(look, cells).text(Role::Bad, &clean(&head)).line());
        for part in wrap(
            &clean(&format!("{}. {}", fault.message.trim_end_matches('.'), fault.advice())),
            cells.saturating_sub(2),
        ) {
            lines.push(Row::new(look, cells).gap(2).text(Role::Text, &part).line());
        }
    }
    if model.errors.is_empty() {
        lines.push(Row::new(look, cells).text(Role::Dim, "No failed calls.").line());
    }
    let room = (screen.height as usize).saturating_sub(4);
    let lines = lines[scroll.window(lines.len(), room)].to_vec();
    let area = popup::area(screen, cells as u16, lines.len() as u16);
    let position = scroll.position();
    popup::draw_part(frame, area, look, "Calls and errors · j k scroll · esc close", (Role::Bad, position), lines);
}
