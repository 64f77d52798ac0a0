//! Drawing how the account differs from the pipeline's file.

use crate::flow::{Context, Endpoint};
use crate::ui::text::{clean, cut_middle, wrap};
use crate::ui::{Look, Role, Row, Scroll, popup};
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::domain::FaultKind;
use gluedeck_pipeline::{Change, Difference, or_nothing};
use ratatui::Frame;
use ratatui::text::Line;

/// Draws the list, or why there is none.
pub(super) fn draw(frame: &mut Frame<'_>, context: &Context, look: &Look, selected: usize) {
    let screen = frame.area();
    let cells = (screen.width as usize).saturating_sub(8).min(120);
    let differences = context.drift.value().map(|drift| drift.differences.as_slice()).unwrap_or_default();
    let mut lines = head(context, look, cells);
    let head = lines.len();
    let room = (screen.height as usize).saturating_sub(4 + head).max(1);
    let selected = selected.min(differences.len().saturating_sub(1));
    let top = (selected + 1).saturating_sub(room);
    let window = differences.iter().enumerate().skip(top).take(room);
    lines.extend(window.map(|(n, difference)| line(difference, look, cells, n == selected)));
    let area = popup::area(screen, cells as u16, lines.len() as u16);
    let position = Scroll { top, height: room, rows: differences.len() }.position();
    let title = "Drift from the pipeline's file · enter open · y copy · esc close";
    popup::draw_part(frame, area, look, title, (Role::Key, position), lines);
}

/// What is compared, what came of it, how old that is; and the titles of the columns.
fn head(context: &Context, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let plain = |role: Role, text: &str| -> Vec<Line<'static>> {
        wrap(&clean(text), cells).iter().map(|part| Row::new(look, cells).text(role, part).line()).collect()
    };
    let Some(file) = &context.session.pipeline_file else {
        let name = &context.session.environment;
        let how = match &context.session.endpoint {
            Endpoint::Sandbox(_) if name == "sandbox" => {
                "Start the sandbox with one: --sandbox --pipeline FILE.".to_owned()
            }
            _ => format!("Name one in the configuration: pipeline = \"FILE\" under [environments.{name}]."),
        };
        let mut lines = plain(Role::Text, &format!("No pipeline file is known for {name}."));
        lines.extend(plain(Role::Dim, &how));
        return lines;
    };
    let mut lines = plain(Role::Dim, &file.display().to_string());
    if let Some((fault, since)) = context.drift.fault() {
        // What is wrong with the file says so itself.
        let text = if fault.kind == FaultKind::Misconfigured { fault.message.clone() } else { fault.to_string() };
        lines.extend(plain(Role::Bad, &format!("{text} (since {}Z)", since.format("%H:%M"))));
    }
    let Some(drift) = context.drift.value() else {
        if context.drift.fault().is_none() {
            lines.extend(plain(Role::Dim, "reading …"));
        }
        return lines;
    };
    let age =
        context.drift_age_seconds().map(|seconds| format!(" · read {} ago", duration(seconds))).unwrap_or_default();
    let mut row = Row::new(look, cells);
    match drift.differences.len() {
        0 => row.text(Role::Good, &format!("{} is as the file says", clean(&drift.environment))),
        1 => row.text(Role::Warning, "1 difference"),
        more => row.text(Role::Warning, &format!("{more} differences")),
    };
    lines.push(row.text(Role::Dim, &age).line());
    if !drift.differences.is_empty() {
        let mut heading = Row::new(look, cells);
        heading.gap(1).cell(Role::Dim, "KIND", 9).cell(Role::Dim, "NAME", name_width(cells));
        lines.push(heading.text(Role::Dim, "ACCOUNT, AND WHAT THE FILE SAYS").line());
    }
    lines
}

fn name_width(cells: usize) -> usize {
    if cells < 100 { 30 } else { 42 }
}

fn line(difference: &Difference, look: &Look, cells: usize, selected: bool) -> Line<'static> {
    let mut row = Row::new(look, cells);
    let width = name_width(cells);
    row.gap(1).cell(Role::Dim, difference.resource.word(), 9);
    row.cell(Role::Text, &cut_middle(&clean(&difference.name), width - 2), width);
    let shown = |text: &str| clean(or_nothing(text));
    match &difference.change {
        Change::Missing => row.text(Role::Bad, "missing"),
        Change::Extra => row.text(Role::Warning, "extra: the file has no record for it"),
        Change::Different { attribute, file, account } => {
            let room = row.left().saturating_sub(attribute.chars().count() + 6) / 2;
            row.text(Role::Dim, &format!("{} ", clean(attribute)));
            row.text(Role::Warning, &cut_middle(&shown(account), room.max(8))).text(Role::Dim, ", file ");
            row.text(Role::Text, &cut_middle(&shown(file), room.max(8)))
        }
    };
    if selected { row.selected() } else { row.line() }
}
