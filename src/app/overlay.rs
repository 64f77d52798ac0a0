//! Overlays: help, the confirmation, the last errors.

use super::confirm::{self, Confirm};
use super::model::Model;
use crate::flow::Key;
use crate::flow::command::{self, Scope, TABLE};
use crate::ui::text::{clean, wrap};
use crate::ui::{Look, Role, Row, popup};
use ratatui::Frame;
use ratatui::text::Line;

/// What lies over the screen.
#[derive(Debug)]
pub enum Overlay {
    /// The first line that is shown.
    Help(usize),
    Errors,
    Confirm(Box<Confirm>),
}

/// Draws the overlay, if there is one.
pub fn draw(frame: &mut Frame<'_>, model: &Model) {
    match &model.overlay {
        None => {}
        Some(Overlay::Help(top)) => draw_help(frame, model, *top),
        Some(Overlay::Errors) => draw_errors(frame, model),
        Some(Overlay::Confirm(confirm)) => confirm::draw(frame, model, confirm),
    }
}

/// The lines of the help: the keys of this screen, then those that work everywhere.
pub fn help_lines(scope: Scope, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let also =
        if scope == Scope::Athena || scope == Scope::Editor { vec![Scope::Editor, Scope::Athena] } else { vec![scope] };
    for scope in also.into_iter().chain([Scope::Global]) {
        lines.push(Row::new(look, cells).text(Role::Strong, scope.title()).line());
        for entry in TABLE.iter().filter(|entry| entry.scope == scope) {
            let keys = entry.keys.join(" ");
            for (n, part) in wrap(entry.help, cells.saturating_sub(20)).into_iter().enumerate() {
                let keys = if n == 0 { keys.as_str() } else { "" };
                lines.push(Row::new(look, cells).gap(2).cell(Role::Key, keys, 16).text(Role::Text, &part).line());
            }
        }
        lines.push(Line::default());
    }
    lines
}

fn draw_help(frame: &mut Frame<'_>, model: &Model, top: usize) {
    let screen = frame.area();
    let cells = (screen.width as usize).saturating_sub(8).min(92);
    let lines = help_lines(model.scope(), &model.look, cells);
    let height = (screen.height as usize).saturating_sub(4).min(lines.len());
    let top = top.min(lines.len().saturating_sub(height));
    let title = if lines.len() > height { "Help · j k scroll · esc closes" } else { "Help · esc closes" };
    let area = popup::area(screen, cells as u16, height as u16);
    let window = lines.into_iter().skip(top).take(height).collect();
    popup::draw(frame, area, &model.look, title, Role::Key, window);
}

fn draw_errors(frame: &mut Frame<'_>, model: &Model) {
    let screen = frame.area();
    let cells = (screen.width as usize).saturating_sub(8).min(100);
    let look = &model.look;
    let mut lines = Vec::new();
    for (at, fault) in model.errors.iter().rev() {
        let head = format!("{}Z  {}: {}", at.format("%H:%M:%S"), fault.operation, fault.headline());
        lines.push(Row::new(look, cells).text(Role::Bad, &clean(&head)).line());
        for part in wrap(&clean(&format!("{} {}", fault.message, fault.advice())), cells.saturating_sub(2)) {
            lines.push(Row::new(look, cells).gap(2).text(Role::Text, &part).line());
        }
    }
    if lines.is_empty() {
        lines.push(Row::new(look, cells).text(Role::Dim, "No call has failed.").line());
    }
    lines.truncate((screen.height as usize).saturating_sub(4));
    let area = popup::area(screen, cells as u16, lines.len() as u16);
    popup::draw(frame, area, look, "Errors met · esc closes", Role::Bad, lines);
}

impl Model {
    /// Where keys are looked up now.
    pub fn scope(&self) -> Scope {
        match (self.route.scope(), self.athena.editing) {
            (Scope::Athena, true) => Scope::Editor,
            (scope, _) => scope,
        }
    }

    /// The command of a key where the user is.
    pub(super) fn command_of(&self, key: Key) -> Option<command::Command> {
        command::of_key(self.scope(), key)
    }
}
