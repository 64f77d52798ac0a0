//! Drawing a confirmation.

use super::confirm::{Confirm, Focus};
use crate::flow::form::{FieldKind, edited};
use crate::flow::{Context, Endpoint, Field, Session};
use crate::ui::text::{clean, counted, fit, width, wrap};
use crate::ui::{Look, Role, Row, popup};
use gluedeck_core::domain::policy::Rule;
use gluedeck_core::domain::{Change, JobOverrides};
use ratatui::Frame;
use ratatui::text::Line;

/// Draws a confirmation.
pub(super) fn draw(frame: &mut Frame<'_>, context: &Context, look: &Look, confirm: &Confirm) {
    let screen = frame.area();
    let cells = (screen.width as usize).saturating_sub(8).min(84);
    let plan = &confirm.dialog.plan;
    let room = (screen.height as usize).saturating_sub(4);
    let mut head = vec![place_line(confirm, &context.session, look, cells), Line::default()];
    let fields = field_lines(confirm, look, cells);
    let mut foot = fields;
    foot.push(Line::default());
    if let Some(why) = &confirm.complaint {
        foot.push(Row::new(look, cells).text(Role::Bad, &clean(why)).line());
    }
    foot.push(button_line(confirm, look, cells));
    let most = room.saturating_sub(foot.len() + 2);
    for note in &plan.notes {
        let role = if note.starts_with('!') { Role::Warning } else { Role::Text };
        head.extend(wrap(&clean(note), cells).iter().map(|part| Row::new(look, cells).text(role, part).line()));
    }
    if head.len() > most {
        head.truncate(most.saturating_sub(1));
        head.push(Row::new(look, cells).text(Role::Dim, "… more, enlarge the terminal").line());
    }
    head.extend(step_lines(confirm, look, cells, room.saturating_sub(head.len() + foot.len())));
    head.append(&mut foot);
    let area = popup::area(screen, cells as u16, head.len() as u16);
    let role = if context.session.is_production() { Role::Bad } else { Role::Warning };
    popup::draw(frame, area, look, &clean(&plan.title), role, head);
}

/// Environment, account and Region: what one must know before anything else.
fn place_line(confirm: &Confirm, session: &Session, look: &Look, cells: usize) -> Line<'static> {
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
    let changes = confirm.dialog.plan.changes.as_slice();
    if changes.is_empty() {
    } else if session.read_only {
        row.text(Role::Mode, "  read-only: will be rejected");
    } else if session.policy.strictest(changes) == Rule::Deny {
        row.text(Role::Bad, "  denied by policy: will be rejected");
    } else if changes.len() > session.policy.max_changes {
        let most = session.policy.max_changes;
        row.text(Role::Bad, &format!("  policy allows {most} at once: will be rejected"));
    }
    row.line()
}

/// The steps that it concerns, and a count of those that do not fit.
fn step_lines(confirm: &Confirm, look: &Look, cells: usize, room: usize) -> Vec<Line<'static>> {
    let plan = &confirm.dialog.plan;
    if plan.steps.is_empty() || room < 2 {
        return Vec::new();
    }
    let count = counted(plan.steps.len(), "step");
    let mut lines = vec![Row::new(look, cells).text(Role::Dim, &format!("{count} {}:", plan.becomes)).line()];
    let shown = if plan.steps.len() < room { plan.steps.len() } else { room.saturating_sub(2) };
    for target in plan.steps.iter().take(shown) {
        let mut row = Row::new(look, cells);
        row.gap(2).cell(Role::Dim, target.kind(), 9).text(Role::Text, &clean(target.name()));
        lines.push(row.line());
    }
    if shown < plan.steps.len() {
        let more = format!("… and {} more", plan.steps.len() - shown);
        lines.push(Row::new(look, cells).gap(2).text(Role::Dim, &more).line());
    }
    lines
}

/// What can be edited.
fn field_lines(confirm: &Confirm, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let fields = &confirm.dialog.fields;
    let labels = fields.iter().map(|field| width(&clean(&field.label))).max().unwrap_or(0).min(cells / 2);
    let line = |(n, field): (usize, &Field)| {
        let focused = confirm.focus == Focus::Field(n);
        let mut row = Row::new(look, cells);
        let label = if field.kind == FieldKind::Phrase { Role::Warning } else { Role::Dim };
        row.text(label, &fit(&clean(&field.label), labels)).gap(2);
        let room = row.left().saturating_sub(1);
        let text = clean(&field.text);
        // The end is where one types.
        let tail: String = text.chars().skip(text.chars().count().saturating_sub(room)).collect();
        if focused {
            row.text(Role::Strong, &tail).text(Role::Key, "▏");
        } else if text.is_empty() {
            row.text(Role::Line, look.glyphs.pick("…", "..."));
        } else {
            row.text(Role::Text, &tail);
        }
        row.line()
    };
    let mut lines: Vec<Line<'static>> = fields.iter().enumerate().map(line).collect();
    if !lines.is_empty() {
        lines.insert(0, Line::default());
    }
    lines.extend(size_as_edited(confirm).map(|text| Row::new(look, cells).text(Role::Warning, &text).line()));
    lines
}

/// What a job run takes as it was edited, where that is not what the figures above are about.
fn size_as_edited(confirm: &Confirm) -> Option<String> {
    let planned = &confirm.dialog.plan.changes;
    let [Change::StartJob { overrides: before, .. }] = planned.as_slice() else { return None };
    let changes = edited(planned.clone(), &confirm.dialog.fields).ok()?;
    let [Change::StartJob { overrides: now, .. }] = changes.as_slice() else { return None };
    let size = |given: &JobOverrides| (given.workers, given.worker_type.clone(), given.flex);
    if size(now) == size(before) {
        return None;
    }
    let dpu = now.dpu(None).map(|dpu| format!("{dpu} DPU"));
    let class = now.flex.map(|flex| if flex { "FLEX" } else { "standard" }.to_owned());
    let what: Vec<String> = dpu.into_iter().chain(class).collect();
    let what = if what.is_empty() { String::new() } else { format!(" ({})", what.join(", ")) };
    Some(format!("Edited{what}: the figures above are not of this."))
}

fn button_line(confirm: &Confirm, look: &Look, cells: usize) -> Line<'static> {
    let role = |focus| if confirm.focus == focus { Role::ButtonFocus } else { Role::Button };
    let verb_text = format!(" {} ", confirm.dialog.plan.verb);
    let mut row = Row::new(look, cells);
    row.text(role(Focus::Cancel), " Cancel ").gap(2).text(role(Focus::Verb), &verb_text);
    let hint = "tab select · enter confirm · esc cancel";
    row.to(cells.saturating_sub(width(hint))).text(Role::Dim, hint).line()
}
