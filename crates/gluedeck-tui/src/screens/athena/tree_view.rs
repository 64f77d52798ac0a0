//! Painting the catalog.

use super::tree::Node;
use super::{AthenaState, Focus};
use crate::flow::Context;
use crate::ui::text::{bytes, clean, counted, thousands};
use crate::ui::{Look, Role, Row};
use gluedeck_core::domain::Time;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Draws the tree.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &AthenaState, context: &Context, look: &Look) {
    let cells = (area.width as usize).saturating_sub(1);
    let nodes = state.tree.nodes(context);
    let selected = state.tree.index(&nodes);
    let height = (area.height as usize).saturating_sub(1);
    let scroll = state.tree.scroll.get().showing(selected, nodes.len(), height);
    state.tree.scroll.set(scroll);
    let focused = state.focus == Focus::Catalog;
    let mut title = Row::new(look, cells);
    title.gap(1).text(if focused { Role::Key } else { Role::Dim }, "CATALOG");
    if !state.tree.find.text.is_empty() {
        title.text(Role::Warning, &clean(&format!(" /{}", state.tree.find.text)));
    }
    let mut lines = vec![title.line()];
    for (n, node) in nodes.iter().enumerate().skip(scroll.top).take(height) {
        let mut row = Row::new(look, cells);
        node_line(&mut row, node, state, context.now(), look);
        lines.push(if n == selected && focused { row.selected() } else { row.line() });
    }
    if nodes.is_empty() {
        let text = match (context.databases.value(), context.databases.fault()) {
            (_, Some((fault, _))) => fault.headline().to_owned(),
            (Some(names), _) if names.is_empty() => "No databases.".to_owned(),
            (Some(_), _) => "No matches.".to_owned(),
            (None, _) => "loading …".to_owned(),
        };
        lines.push(Row::new(look, cells).gap(1).text(Role::Dim, &text).line());
    }
    frame.render_widget(Paragraph::new(lines), area);
    let edge = Rect { x: area.right().saturating_sub(1), width: 1, ..area };
    let bar: Vec<Line<'static>> =
        (0..area.height).map(|_| Row::new(look, 1).text(Role::Line, look.glyphs.pick("│", "|")).line()).collect();
    frame.render_widget(Paragraph::new(bar), edge);
}

fn node_line(row: &mut Row<'_>, node: &Node<'_>, state: &AthenaState, now: Time, look: &Look) {
    let sign = |open: bool| if open { look.glyphs.pick("▾ ", "- ") } else { look.glyphs.pick("▸ ", "+ ") };
    match node {
        Node::Database { name, known, open } => {
            let current = state.query_context.database.as_deref() == Some(name);
            row.gap(1).text(Role::Dim, sign(*open));
            row.text(if current { Role::Strong } else { Role::Text }, &clean(name));
            if let Some(known) = known {
                row.text(Role::Dim, &format!(" {}", known.tables.len()));
            }
        }
        Node::Table { table, open, .. } => {
            row.gap(3).text(Role::Dim, sign(*open)).text(Role::Text, &clean(&table.name));
            if table.is_view() {
                row.text(Role::Dim, " view");
            }
            match (table.bytes, table.records) {
                (Some(size), Some(records)) => {
                    row.text(Role::Dim, &format!(" {} · {}", bytes(size), thousands(records.max(0) as u64)))
                }
                (Some(size), None) => row.text(Role::Dim, &format!(" {}", bytes(size))),
                _ => row,
            };
            if let Some(at) = table.updated_on.filter(|_| *open) {
                row.text(Role::Dim, &format!(" {}", age(at, now)));
            }
        }
        Node::Column { column, key, .. } => {
            row.gap(6).text(if *key { Role::Key } else { Role::Text }, &clean(&column.name));
            row.gap(1).text(Role::Dim, &clean(&column.kind));
        }
        Node::Partitions { count, newest, .. } => {
            row.gap(6).text(Role::Dim, &counted(*count, "partition"));
            if let Some(newest) = newest {
                row.text(Role::Dim, ", newest ").text(Role::Text, &clean(newest));
            }
        }
        Node::Partition { partition, .. } => {
            row.gap(8).text(Role::Text, &clean(&partition.values.join("/")));
            if let Some(size) = partition.bytes {
                row.text(Role::Dim, &format!(" {}", bytes(size)));
            }
            if let Some(at) = partition.created_on {
                row.text(Role::Dim, &format!(" {}", age(at, now)));
            }
        }
        Node::Location { location, .. } => drop(row.gap(6).text(Role::Dim, &clean(location))),
        Node::Waiting { text, .. } => drop(row.gap(5).text(Role::Dim, text)),
    }
}

fn age(at: Time, now: Time) -> String {
    let minutes = (now - at).num_minutes().max(0);
    match minutes {
        0..60 => format!("{minutes}m ago"),
        60..2_880 => format!("{}h ago", minutes / 60),
        _ => format!("{}d ago", minutes / 1_440),
    }
}
