//! Painting what Athena offers before anything is typed.

use super::AthenaState;
use super::start::Group;
use crate::flow::{Context, Load};
use crate::ui::text::{clean, width};
use crate::ui::{Look, Role, Row};
use gluedeck_core::analysis::stagger::is_missed;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// The keys that matter, in the place of the text that is not there yet.
pub(super) fn keys(look: &Look, cells: usize) -> Vec<Line<'static>> {
    let keys = [
        ("i", "write SQL; ctrl-r runs it"),
        ("c", "catalog: databases, tables, columns; p previews a table"),
        ("L", "built-in, saved and named queries"),
        ("H", "query history"),
    ];
    keys.map(|(key, what)| Row::new(look, cells).cell(Role::Key, key, 3).text(Role::Dim, what).line()).into()
}

/// The offers, with the selected one in sight.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &AthenaState, context: &Context, look: &Look) {
    let (cells, room) = (area.width as usize, area.height as usize);
    let offers = state.offers(context);
    let selected = state.offer_index(&offers);
    let titles = offers.iter().map(|offer| width(&clean(&offer.title))).max().unwrap_or(0).clamp(12, 36);
    let failed = context.pipelines().iter().any(|workflow| is_missed(workflow, context.now()));
    let mut lines = Vec::new();
    let mut line = 0;
    for (n, offer) in offers.iter().enumerate() {
        if n == 0 || offers[n - 1].group != offer.group {
            let heading = match offer.group {
                Group::Tonight if failed => "FOR TONIGHT'S FAILURES",
                Group::Tonight => "BUILT-IN",
                Group::Last => "LAST QUERIES",
            };
            if n > 0 {
                lines.push(Line::default());
            }
            lines.push(Row::new(look, cells).gap(1).text(Role::Dim, heading).line());
        }
        let mut row = Row::new(look, cells);
        row.gap(2).cell(Role::Text, &clean(&offer.title), titles).gap(2).text(Role::Dim, &clean(&offer.about));
        if n == selected {
            line = lines.len();
            lines.push(row.selected());
        } else {
            lines.push(row.line());
        }
    }
    if offers.is_empty() {
        let text = match (&context.databases, context.catalog.databases.is_empty()) {
            (Load::Failed { fault, .. }, _) => format!("Catalog not loaded: {}", fault.headline()),
            (_, true) => "loading the catalog …".to_owned(),
            _ => "No table of the pipeline in the catalog, and no query run from this machine yet.".to_owned(),
        };
        lines.push(Row::new(look, cells).gap(2).text(Role::Dim, &clean(&text)).line());
    }
    let top = (line + 1).saturating_sub(room);
    frame.render_widget(Paragraph::new(lines.into_iter().skip(top).collect::<Vec<_>>()), area);
}
