//! A graph in full: a box a node, layer under layer, with what starts each one above it.

use super::grid::{Frame, Grid};
use super::lanes::{LaneItem, Lanes, leads_back};
use super::text::{cut, cut_middle, fit, width};
use super::{Look, Role};
use ratatui::text::Line;

/// A node. Its texts are clean.
#[derive(Debug, Clone, PartialEq)]
pub struct BoxNode {
    pub glyph: &'static str,
    pub role: Role,
    pub title: String,
    /// The line inside the box, in two forms: if it is too long, the second one.
    pub detail: [String; 2],
    /// What starts it.
    pub start: (Role, String),
    pub depth: usize,
}

/// The window through which a drawing is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub cells: usize,
    pub rows: usize,
}

/// Width of a box, with its borders.
const WIDTH: std::ops::RangeInclusive<usize> = 26..=48;
/// Rows of a box.
const HEIGHT: usize = 3;
/// Where lines meet a box, from its left border.
const JOINT: usize = 3;
/// Blank cells between two boxes.
const BETWEEN: usize = 2;

/// The nodes by layer and lane, as they are read: from above, from the left.
pub fn order(depths: &[usize], edges: &[(usize, usize)]) -> Vec<usize> {
    let lanes = Lanes::new(depths, edges);
    let mut all: Vec<usize> = (0..depths.len()).collect();
    all.sort_by_key(|node| (depths[*node], lanes.of(*node)));
    all
}

/// The drawing, as much of it as the window holds, with the selected box in its middle if not all fits.
pub fn draw(
    nodes: &[BoxNode],
    edges: &[(usize, usize)],
    selected: Option<usize>,
    look: &Look,
    size: Size,
) -> Vec<Line<'static>> {
    let depths: Vec<usize> = nodes.iter().map(|node| node.depth).collect();
    let lanes = Lanes::new(&depths, edges);
    let plan = Plan::new(&lanes, size.cells);
    let mut grid = Grid::new(plan.height);
    for layer in 0..lanes.layers.len() {
        connect(&mut grid, &lanes, &plan, layer);
    }
    for (index, node) in nodes.iter().enumerate() {
        let (x, y) = (plan.x(lanes.of(index)), plan.tops[node.depth]);
        let back = if leads_back(&depths, edges, index) { look.glyphs.pick(" ↺", " @") } else { "" };
        node_box(&mut grid, node, (x, y), &plan, (selected == Some(index), back));
    }
    let middle = |place: usize, extent: usize, room: usize, all: usize| {
        (place + extent / 2).saturating_sub(room / 2).min(all.saturating_sub(room))
    };
    let (top, left) = selected.map_or((0, 0), |index| {
        let (x, y) = (plan.x(lanes.of(index)), plan.tops[nodes[index].depth]);
        (middle(y, HEIGHT, size.rows, plan.height), middle(x, plan.width, size.cells, plan.x(lanes.count())))
    });
    grid.window(top..(top + size.rows).min(plan.height), left, look, size.cells)
}

/// Where things are.
struct Plan {
    /// Width of a box.
    width: usize,
    /// Cells for what starts a node, right of the line that leads to it.
    start: usize,
    /// The first row of each layer's boxes.
    tops: Vec<usize>,
    height: usize,
}

impl Plan {
    fn new(lanes: &Lanes<'_>, cells: usize) -> Self {
        let count = lanes.count().max(1);
        let width = (cells / count).saturating_sub(BETWEEN).clamp(*WIDTH.start(), *WIDTH.end());
        let start = if count == 1 { cells.saturating_sub(JOINT + 2) } else { width - JOINT };
        let mut tops = Vec::new();
        let mut y = 0;
        for layer in 0..lanes.layers.len() {
            tops.push(y + 1);
            y += 1 + HEIGHT + buses(lanes, layer);
        }
        Self { width, start, tops, height: y }
    }

    fn x(&self, lane: usize) -> usize {
        lane * (self.width + BETWEEN)
    }
}

/// Rows under a layer in which lines turn.
fn buses(lanes: &Lanes<'_>, layer: usize) -> usize {
    lanes.turning(layer).len().min(6)
}

fn node_box(grid: &mut Grid, node: &BoxNode, (x, y): (usize, usize), plan: &Plan, (selected, back): (bool, &str)) {
    let role = match node.role {
        _ if selected => Role::Key,
        Role::Bad | Role::Running => node.role,
        _ => Role::Dim,
    };
    grid.frame(Frame { x, y, width: plan.width, height: HEIGHT }, role);
    let (start, text) = &node.start;
    if !text.is_empty() {
        grid.text(x + JOINT + 2, y - 1, &cut(text, plan.start), *start, false);
    }
    let inside = plan.width - 4;
    // The title is in the upper border.
    let room = inside - 3 - width(node.glyph) - width(back);
    let title = format!(" {}{back} ", cut_middle(&node.title, room));
    grid.text(x + JOINT + 2, y, " ", node.role, selected);
    grid.text(x + JOINT + 3, y, node.glyph, node.role, selected);
    grid.text(x + JOINT + 3 + width(node.glyph), y, &title, Role::Strong, selected);
    let [long, short] = &node.detail;
    let detail = if width(long) <= inside { long } else { short };
    let padded = format!(" {} ", fit(detail, inside));
    grid.text(x + 1, y + 1, &padded, node.role, selected);
}

/// The lines from a layer to the next one.
fn connect(grid: &mut Grid, lanes: &Lanes<'_>, plan: &Plan, layer: usize) {
    let below = plan.tops[layer] + HEIGHT;
    let turning = lanes.turning(layer);
    for (item, lane) in &lanes.layers[layer] {
        // What passes a layer passes its boxes and what stands above them.
        if matches!(item, LaneItem::Pass(..)) {
            grid.vertical(plan.x(*lane) + JOINT, plan.tops[layer] - 1, below - 1, Role::Dim);
        }
    }
    for edge in 0..lanes.edges.len() {
        let Some((from, to)) = lanes.ends(layer, edge) else { continue };
        let (from_x, to_x, next) = (plan.x(from) + JOINT, plan.x(to) + JOINT, plan.tops[layer + 1]);
        if from == to {
            grid.vertical(from_x, below - 1, next, Role::Dim);
            continue;
        }
        let slot = turning.iter().position(|lane| *lane == from).unwrap_or(0) % buses(lanes, layer).max(1);
        grid.vertical(from_x, below - 1, below + slot, Role::Dim);
        grid.horizontal(from_x.min(to_x), from_x.max(to_x), below + slot, Role::Dim);
        grid.vertical(to_x, below + slot, next, Role::Dim);
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

    fn node(title: &str, depth: usize) -> BoxNode {
        let detail = ["SUCCEEDED  2m22s (usually 2m17s)".to_owned(), "SUCCEEDED  2m22s".to_owned()];
        let start = (Role::Dim, "after all".to_owned());
        BoxNode { glyph: "✔", role: Role::Good, title: title.to_owned(), detail, start, depth }
    }

    fn text(nodes: &[BoxNode], edges: &[(usize, usize)], selected: usize, rows: usize) -> String {
        let lines = draw(nodes, edges, Some(selected), &look(), Size { cells: 60, rows });
        lines.iter().map(|line| line.to_string().trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_fan_is_boxes_side_by_side_and_joins_again() {
        let nodes = [node("a", 0), node("b", 1), node("c", 1), node("d", 2)];
        let fan = text(&nodes, &[(0, 1), (0, 2), (1, 3), (2, 3)], 0, 40);
        let expected = "     after all
╭──── ✔ a ─────────────────╮
│ SUCCEEDED  2m22s         │
╰──┬───────────────────────╯
   ├─────────────────────────────╮
   │ after all                   │ after all
╭──┴─ ✔ b ─────────────────╮  ╭──┴─ ✔ c ─────────────────╮
│ SUCCEEDED  2m22s         │  │ SUCCEEDED  2m22s         │
╰──┬───────────────────────╯  ╰──┬───────────────────────╯
   ├─────────────────────────────╯
   │ after all
╭──┴─ ✔ d ─────────────────╮
│ SUCCEEDED  2m22s         │
╰──────────────────────────╯";
        assert_eq!(fan, expected, "\n{fan}");
    }

    #[test]
    fn the_selected_box_is_in_the_middle_of_what_is_seen() {
        let nodes: Vec<BoxNode> = (0..9).map(|n| node(&format!("step {n}"), n)).collect();
        let edges: Vec<(usize, usize)> = (0..8).map(|n| (n, n + 1)).collect();
        let seen = text(&nodes, &edges, 4, 11);
        let at = seen.lines().position(|line| line.contains("step 4"));
        assert!(matches!(at, Some(4 | 5)), "{seen}");
        assert!(text(&nodes, &edges, 0, 11).contains("step 0"));
        assert!(text(&nodes, &edges, 8, 11).contains("step 8"));
    }

    proptest! {
        #[test]
        fn any_graph_is_drawn_within_the_window(
            depths in prop::collection::vec(0_usize..6, 1..30),
            edges in prop::collection::vec((0_usize..30, 0_usize..30), 0..60),
            selected in 0_usize..30,
            cells in 1_usize..120,
            rows in 0_usize..40,
        ) {
            let nodes: Vec<BoxNode> = depths.iter().map(|depth| node("a 洗 step", *depth)).collect();
            let inside = |edge: &&(usize, usize)| edge.0 < nodes.len() && edge.1 < nodes.len();
            let edges: Vec<_> = edges.iter().filter(inside).copied().collect();
            let selected = Some(selected).filter(|n| *n < nodes.len());
            let lines = draw(&nodes, &edges, selected, &look(), Size { cells, rows });
            prop_assert!(lines.len() <= rows);
            for line in lines {
                prop_assert!(line.width() <= cells);
            }
            prop_assert_eq!(order(&depths, &edges).len(), nodes.len());
        }
    }
}
