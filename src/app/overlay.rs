//! Overlays: help, the confirmation, the last errors. A confirmation has its Cancel in focus and takes no hurried key.

use super::model::Model;
use crate::flow::command::{self, Scope, TABLE};
use crate::flow::{Code, Endpoint, Key, Plan};
use crate::ui::text::{clean, width, wrap};
use crate::ui::{Look, Role, Row, popup};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::time::Duration;

/// Keys that come sooner after a confirmation opened were meant for what was there before; only to cancel is never wrong.
const SETTLE: Duration = Duration::from_millis(350);

/// What lies over the screen.
#[derive(Debug)]
pub enum Overlay {
    /// The first line that is shown.
    Help(usize),
    Errors,
    Confirm(Box<Confirm>),
}

/// A confirmation.
#[derive(Debug)]
pub struct Confirm {
    pub plan: Plan,
    /// Whether the verb has the focus, not Cancel.
    pub on_verb: bool,
    pub opened: Duration,
}

/// What a key decided.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    Open,
    Cancelled,
    Confirmed,
}

impl Confirm {
    /// Takes a key. Only enter on the verb confirms, and only after the focus was moved there.
    pub fn key(&mut self, key: Key, wall: Duration) -> Decision {
        match key.code {
            Code::Escape => return Decision::Cancelled,
            Code::Char('c') if key.ctrl => return Decision::Cancelled,
            Code::Char('q') => return Decision::Cancelled,
            _ if wall.saturating_sub(self.opened) < SETTLE => {}
            Code::Tab | Code::BackTab | Code::Left | Code::Right => self.on_verb = !self.on_verb,
            Code::Enter if self.on_verb => return Decision::Confirmed,
            Code::Enter => return Decision::Cancelled,
            _ => {}
        }
        Decision::Open
    }
}

/// Draws the overlay, if there is one.
pub fn draw(frame: &mut Frame<'_>, model: &Model) {
    match &model.overlay {
        None => {}
        Some(Overlay::Help(top)) => draw_help(frame, model, *top),
        Some(Overlay::Errors) => draw_errors(frame, model),
        Some(Overlay::Confirm(confirm)) => draw_confirm(frame, model, confirm),
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

fn draw_confirm(frame: &mut Frame<'_>, model: &Model, confirm: &Confirm) {
    let screen: Rect = frame.area();
    let cells = (screen.width as usize).saturating_sub(8).min(78);
    let look = &model.look;
    let plan = &confirm.plan;
    let room = (screen.height as usize).saturating_sub(4);
    let mut head = vec![place_line(model, look, cells), Line::default()];
    let mut foot = vec![Line::default(), button_line(confirm, look, cells)];
    for note in &plan.notes {
        let role = if note.starts_with('!') { Role::Warning } else { Role::Text };
        head.extend(wrap(&clean(note), cells).iter().map(|part| Row::new(look, cells).text(role, part).line()));
    }
    let steps = step_lines(plan, look, cells, room.saturating_sub(head.len() + foot.len()));
    head.extend(steps);
    head.append(&mut foot);
    let area = popup::area(screen, cells as u16, head.len() as u16);
    let role = if model.context.session.is_production() { Role::Bad } else { Role::Warning };
    popup::draw(frame, area, look, &clean(&plan.title), role, head);
}

/// Environment, account and Region: what one must know before anything else.
fn place_line(model: &Model, look: &Look, cells: usize) -> Line<'static> {
    let session = &model.context.session;
    let badge = match &session.endpoint {
        Endpoint::Sandbox(_) => Role::BadgeSandbox,
        _ if session.is_production() => Role::BadgeProduction,
        _ => Role::Badge,
    };
    let account = session.account.value().map_or("unknown", String::as_str);
    let region = session.region.as_deref().unwrap_or("no Region");
    let mut row = Row::new(look, cells);
    row.text(badge, &format!(" {} ", session.badge()));
    row.text(Role::Strong, &format!("  account {account}  {region}"));
    if let Endpoint::Custom(address) = &session.endpoint {
        row.text(Role::Warning, &format!("  at {}", clean(address)));
    }
    if session.read_only {
        row.text(Role::Mode, "  read-only: it will be refused");
    }
    row.line()
}

/// The steps that it concerns, and a count of those that do not fit.
fn step_lines(plan: &Plan, look: &Look, cells: usize, room: usize) -> Vec<Line<'static>> {
    if plan.steps.is_empty() || room < 2 {
        return Vec::new();
    }
    let count = if plan.steps.len() == 1 { "1 step".to_owned() } else { format!("{} steps", plan.steps.len()) };
    let mut lines = vec![Row::new(look, cells).text(Role::Dim, &format!("{count} {}:", plan.becomes)).line()];
    let shown = if plan.steps.len() < room { plan.steps.len() } else { room.saturating_sub(2) };
    for target in plan.steps.iter().take(shown) {
        lines.push(
            Row::new(look, cells)
                .gap(2)
                .cell(Role::Dim, target.kind(), 9)
                .text(Role::Text, &clean(target.name()))
                .line(),
        );
    }
    if shown < plan.steps.len() {
        let more = format!("… and {} more", plan.steps.len() - shown);
        lines.push(Row::new(look, cells).gap(2).text(Role::Dim, &more).line());
    }
    lines
}

fn button_line(confirm: &Confirm, look: &Look, cells: usize) -> Line<'static> {
    let (cancel, verb) =
        if confirm.on_verb { (Role::Button, Role::ButtonFocus) } else { (Role::ButtonFocus, Role::Button) };
    let verb_text = format!(" {} ", confirm.plan.verb);
    let mut row = Row::new(look, cells);
    row.text(cancel, " Cancel ").gap(2).text(verb, &verb_text);
    let hint = "tab moves, enter takes, esc cancels";
    row.to(cells.saturating_sub(width(hint))).text(Role::Dim, hint).line()
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
