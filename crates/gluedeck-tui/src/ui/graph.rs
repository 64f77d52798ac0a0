//! A graph in few lines: nodes in columns by depth, edges as lines between them.

use super::grid::Grid;
use super::lanes::{LaneItem, Lanes, leads_back};
use super::text::{cut, width};
use super::{Look, Role};
use ratatui::text::Line;

/// A node to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub glyph: &'static str,
    pub role: Role,
    /// Clean text.
    pub label: String,
    pub depth: usize,
}

/// The drawing, a line a row. Edges that lead back, as in a cycle, are told by a sign behind the node they start from.
pub fn draw(nodes: &[Node], edges: &[(usize, usize)], look: &Look, cells: usize) -> Vec<Line<'static>> {
    let depths: Vec<usize> = nodes.iter().map(|node| node.depth).collect();
    let lanes = Lanes::new(&depths, edges);
    let columns = lanes.layers.len();
    let labels = labels(nodes, edges, columns, cells, look);
    let mut grid = Grid::new(lanes.count());
    let mut x = 0;
    for column in 0..columns {
        let wide = labels.wide[column];
        for (item, lane) in &lanes.layers[column] {
            match item {
                LaneItem::Node(node) => {
                    let (glyph, name) = labels.texts[*node].split_at(labels.texts[*node].find(' ').unwrap_or(0));
                    grid.text(x, *lane, glyph, nodes[*node].role, false);
                    grid.text(x + width(glyph), *lane, name, Role::Text, false);
                }
                LaneItem::Pass(..) => grid.horizontal(x, x + wide, *lane, Role::Line),
            }
        }
        if column + 1 < columns {
            // More where many lines turn.
            let gap = 6 + lanes.turning(column).len().saturating_sub(1).min(6);
            connect(&mut grid, &lanes, (column, x, wide, gap), &labels);
            x += wide + gap;
        }
    }
    grid.window(0..grid.height(), 0, look, cells)
}

struct Labels {
    texts: Vec<String>,
    /// The widest of each column.
    wide: Vec<usize>,
}

fn labels(nodes: &[Node], edges: &[(usize, usize)], columns: usize, cells: usize, look: &Look) -> Labels {
    let room = (cells / columns.max(1)).saturating_sub(4).clamp(6, 28);
    let depths: Vec<usize> = nodes.iter().map(|node| node.depth).collect();
    let text = |(index, node): (usize, &Node)| {
        let sign = if leads_back(&depths, edges, index) { look.glyphs.pick(" ↺", " @") } else { "" };
        format!("{} {}{sign}", node.glyph, cut(&node.label, room))
    };
    let texts: Vec<String> = nodes.iter().enumerate().map(text).collect();
    let widest = |column: usize| {
        let here = nodes.iter().zip(&texts).filter(|(node, _)| node.depth == column);
        here.map(|(_, text)| width(text)).max().unwrap_or(1)
    };
    Labels { wide: (0..columns).map(widest).collect(), texts }
}

fn connect(grid: &mut Grid, lanes: &Lanes<'_>, (column, x, wide, gap): (usize, usize, usize, usize), labels: &Labels) {
    let turning = lanes.turning(column);
    for (edge, (source, _)) in lanes.edges.iter().enumerate() {
        let Some((from, to)) = lanes.ends(column, edge) else { continue };
        let begins = lanes.layers[column].contains_key(&LaneItem::Node(*source));
        let start = if begins { x + width(&labels.texts[*source]) + 1 } else { x + wide };
        let slot = turning.iter().position(|lane| *lane == from).unwrap_or(0) % gap.saturating_sub(5).max(1);
        let (bus, end) = (x + wide + 2 + slot, x + wide + gap - 2);
        if from == to {
            grid.horizontal(start, end, from, Role::Line);
        } else {
            grid.horizontal(start, bus, from, Role::Line);
            grid.vertical(bus, from, to, Role::Line);
            grid.horizontal(bus, end, to, Role::Line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{Depth, Glyphs, Theme};
    use proptest::prelude::*;

    fn look() -> Look {
        Look { theme: Theme::named("dark", Depth::True).expect("dark"), glyphs: Glyphs::Unicode, depth: Depth::True }
    }

    fn node(label: &str, depth: usize) -> Node {
        Node { glyph: "✔", role: Role::Good, label: label.to_owned(), depth }
    }

    fn text(nodes: &[Node], edges: &[(usize, usize)]) -> Vec<String> {
        draw(nodes, edges, &look(), 80).iter().map(|line| line.to_string().trim_end().to_owned()).collect()
    }

    #[test]
    fn a_chain_is_a_line_and_a_fan_joins_again() {
        assert_eq!(text(&[node("a", 0), node("b", 1)], &[(0, 1)]), ["✔ a ──── ✔ b"]);
        let nodes = [node("a", 0), node("b", 1), node("c", 1), node("d", 2)];
        let fan = text(&nodes, &[(0, 1), (0, 2), (1, 3), (2, 3)]);
        assert_eq!(fan, ["✔ a ─┬── ✔ b ─┬── ✔ d", "     ╰── ✔ c ─╯"].map(str::to_owned), "{}", fan.join("\n"));
    }

    #[test]
    fn a_long_edge_passes_under_what_lies_between_and_a_cycle_is_told() {
        let nodes = [node("a", 0), node("b", 1), node("c", 2)];
        let long = text(&nodes, &[(0, 1), (1, 2), (0, 2)]);
        assert_eq!(long.len(), 2, "{}", long.join("\n"));
        assert!(long[1].contains("──"), "{}", long.join("\n"));
        assert!(text(&nodes, &[(0, 1), (1, 2), (2, 1)])[0].contains("↺"));
    }

    proptest! {
        #[test]
        fn any_graph_is_drawn_within_the_width(
            depths in prop::collection::vec(0_usize..6, 1..30),
            edges in prop::collection::vec((0_usize..30, 0_usize..30), 0..60),
            cells in 10_usize..120,
        ) {
            let nodes: Vec<Node> = depths.iter().map(|depth| node("a 洗 step", *depth)).collect();
            let inside = |edge: &&(usize, usize)| edge.0 < nodes.len() && edge.1 < nodes.len();
            let edges: Vec<_> = edges.iter().filter(inside).copied().collect();
            for line in draw(&nodes, &edges, &look(), cells) {
                prop_assert!(line.width() <= cells);
            }
        }
    }
}
