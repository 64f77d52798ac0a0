//! A drawn graph: nodes in columns by depth, edges as lines between them.

use super::text::{cut, width};
use super::{Glyphs, Look, Role, Row};
use ratatui::text::Line;
use std::collections::BTreeMap;

/// A node to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub glyph: &'static str,
    pub role: Role,
    /// Clean text.
    pub label: String,
    pub depth: usize,
}

const UP: u8 = 1;
const DOWN: u8 = 2;
const LEFT: u8 = 4;
const RIGHT: u8 = 8;

/// A node, or a place where a line passes through a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LaneItem {
    Node(usize),
    /// The edge of this number, in this column.
    Pass(usize, usize),
}

/// The drawing, a line a row. Edges that lead back, as in a cycle, are told by a sign behind the node they start from.
pub fn draw(nodes: &[Node], edges: &[(usize, usize)], look: &Look, cells: usize) -> Vec<Line<'static>> {
    let columns = nodes.iter().map(|node| node.depth + 1).max().unwrap_or(0);
    if columns == 0 {
        return Vec::new();
    }
    let forward: Vec<(usize, usize)> =
        edges.iter().copied().filter(|(from, to)| nodes[*from].depth < nodes[*to].depth).collect();
    let places = places(nodes, &forward, columns);
    let labels = labels(nodes, edges, columns, cells, look);
    let height = places.iter().flat_map(|column| column.values()).max().map_or(0, |lane| lane + 1);
    let gaps = gaps(&places, &forward, nodes, columns);
    let mut grid = Grid::new(height);
    let mut x = 0;
    for column in 0..columns {
        let wide = labels.wide[column];
        for (place, lane) in &places[column] {
            match place {
                LaneItem::Node(node) => grid.label(x, *lane, &labels.texts[*node], nodes[*node].role),
                LaneItem::Pass(..) => grid.horizontal(x, x + wide, *lane),
            }
        }
        if column + 1 < columns {
            connect(&mut grid, &places, &forward, nodes, (column, x, wide, gaps[column]), &labels);
            x += wide + gaps[column];
        }
    }
    grid.lines(look, cells)
}

/// The lane of each node and of each line that passes, column by column: near to what leads there.
fn places(nodes: &[Node], edges: &[(usize, usize)], columns: usize) -> Vec<BTreeMap<LaneItem, usize>> {
    let mut all: Vec<BTreeMap<LaneItem, usize>> = Vec::with_capacity(columns);
    for column in 0..columns {
        let mut here: Vec<(f64, LaneItem)> = Vec::new();
        let before = |edge: usize| -> Option<usize> {
            let previous = all.last()?;
            let from = edges[edge].0;
            let place =
                if nodes[from].depth + 1 == column { LaneItem::Node(from) } else { LaneItem::Pass(edge, column - 1) };
            previous.get(&place).copied()
        };
        for (index, _) in nodes.iter().enumerate().filter(|(_, node)| node.depth == column) {
            let lanes: Vec<usize> =
                (0..edges.len()).filter(|edge| edges[*edge].1 == index).filter_map(before).collect();
            let middle = match lanes.len() {
                0 => here.len() as f64,
                count => lanes.iter().sum::<usize>() as f64 / count as f64,
            };
            here.push((middle, LaneItem::Node(index)));
        }
        for (edge, (from, to)) in edges.iter().enumerate() {
            if nodes[*from].depth < column && column < nodes[*to].depth {
                here.push((before(edge).unwrap_or(0) as f64 + 0.5, LaneItem::Pass(edge, column)));
            }
        }
        here.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut free = 0;
        let mut lanes = BTreeMap::new();
        for (wanted, place) in here {
            // A fan is spread around what it comes from only downwards: the first row stays the first.
            let lane = free.max(if lanes.is_empty() { wanted as usize } else { free });
            lanes.insert(place, lane);
            free = lane + 1;
        }
        all.push(lanes);
    }
    all
}

struct Labels {
    texts: Vec<String>,
    /// The widest of each column.
    wide: Vec<usize>,
}

fn labels(nodes: &[Node], edges: &[(usize, usize)], columns: usize, cells: usize, look: &Look) -> Labels {
    let room = (cells / columns.max(1)).saturating_sub(4).clamp(6, 28);
    let back = |index: usize| edges.iter().any(|(from, to)| *from == index && nodes[*to].depth <= nodes[index].depth);
    let text = |(index, node): (usize, &Node)| {
        let sign = if back(index) { look.glyphs.pick(" ↺", " @") } else { "" };
        format!("{} {}{sign}", node.glyph, cut(&node.label, room))
    };
    let texts: Vec<String> = nodes.iter().enumerate().map(text).collect();
    let widest = |column: usize| {
        let here = nodes.iter().zip(&texts).filter(|(node, _)| node.depth == column);
        here.map(|(_, text)| width(text)).max().unwrap_or(1)
    };
    Labels { wide: (0..columns).map(widest).collect(), texts }
}

/// Cells between two columns: more where many lines turn.
fn gaps(places: &[BTreeMap<LaneItem, usize>], edges: &[(usize, usize)], nodes: &[Node], columns: usize) -> Vec<usize> {
    let gap = |column: usize| 6 + turning(places, edges, nodes, column).len().saturating_sub(1).min(6);
    (0..columns.saturating_sub(1)).map(gap).collect()
}

/// The lanes from which lines leave a column for another lane.
fn turning(
    places: &[BTreeMap<LaneItem, usize>],
    edges: &[(usize, usize)],
    nodes: &[Node],
    column: usize,
) -> Vec<usize> {
    let ends = |edge: usize| ends(places, edges, nodes, column, edge);
    let mut lanes: Vec<usize> =
        (0..edges.len()).filter_map(ends).filter(|(from, to)| from != to).map(|(from, _)| from).collect();
    lanes.sort_unstable();
    lanes.dedup();
    lanes
}

/// The lanes of an edge in a column and in the next one, if it is in both.
fn ends(
    places: &[BTreeMap<LaneItem, usize>],
    edges: &[(usize, usize)],
    nodes: &[Node],
    column: usize,
    edge: usize,
) -> Option<(usize, usize)> {
    let (from, to) = edges[edge];
    let at = |column: usize| {
        let place = match column {
            _ if nodes[from].depth == column => LaneItem::Node(from),
            _ if nodes[to].depth == column => LaneItem::Node(to),
            _ => LaneItem::Pass(edge, column),
        };
        places.get(column)?.get(&place).copied()
    };
    Some((at(column)?, at(column + 1)?))
}

fn connect(
    grid: &mut Grid,
    places: &[BTreeMap<LaneItem, usize>],
    edges: &[(usize, usize)],
    nodes: &[Node],
    (column, x, wide, gap): (usize, usize, usize, usize),
    labels: &Labels,
) {
    let turning = turning(places, edges, nodes, column);
    for edge in 0..edges.len() {
        let Some((from, to)) = ends(places, edges, nodes, column, edge) else { continue };
        let label = edges[edge].0;
        let start = if nodes[label].depth == column { x + width(&labels.texts[label]) + 1 } else { x + wide };
        let slot = turning.iter().position(|lane| *lane == from).unwrap_or(0) % gap.saturating_sub(5).max(1);
        let (bus, end) = (x + wide + 2 + slot, x + wide + gap - 2);
        if from == to {
            grid.horizontal(start, end, from);
        } else {
            grid.horizontal(start, bus, from);
            grid.vertical(bus, from, to);
            grid.horizontal(bus, end, to);
        }
    }
}

/// Cells of lines and of text.
struct Grid {
    lines: Vec<LineRow>,
    labels: Vec<LabelRow>,
}

/// Directions of lines by column.
type LineRow = BTreeMap<usize, u8>;
/// Texts by the column in which they begin.
type LabelRow = BTreeMap<usize, (String, Role)>;

impl Grid {
    fn new(height: usize) -> Self {
        Self { lines: vec![BTreeMap::new(); height], labels: vec![BTreeMap::new(); height] }
    }

    fn label(&mut self, x: usize, y: usize, text: &str, role: Role) {
        self.labels[y].insert(x, (text.to_owned(), role));
    }

    fn add(&mut self, x: usize, y: usize, bits: u8) {
        *self.lines[y].entry(x).or_insert(0) |= bits;
    }

    /// From the middle of one cell to the middle of another.
    fn horizontal(&mut self, from: usize, to: usize, y: usize) {
        for x in from..=to {
            self.add(x, y, if x > from { LEFT } else { 0 } | if x < to { RIGHT } else { 0 });
        }
    }

    fn vertical(&mut self, x: usize, from: usize, to: usize) {
        let (top, bottom) = (from.min(to), from.max(to));
        for y in top..=bottom {
            self.add(x, y, if y > top { UP } else { 0 } | if y < bottom { DOWN } else { 0 });
        }
    }

    fn lines(&self, look: &Look, cells: usize) -> Vec<Line<'static>> {
        let rows = self.lines.iter().zip(&self.labels);
        let line = |(lines, labels): (&LineRow, &LabelRow)| {
            let mut row = Row::new(look, cells);
            let mut x = 0;
            let end = lines.keys().chain(labels.keys()).max().map_or(0, |last| last + 1);
            while x < end {
                if let Some((text, role)) = labels.get(&x) {
                    let (glyph, name) = text.split_at(text.find(' ').unwrap_or(0));
                    row.text(*role, glyph).text(Role::Text, name);
                    x += width(text);
                } else {
                    row.text(Role::Line, lines.get(&x).map_or(" ", |bits| sign(*bits, look.glyphs)));
                    x += 1;
                }
            }
            row.line()
        };
        rows.map(line).collect()
    }
}

fn sign(bits: u8, glyphs: Glyphs) -> &'static str {
    let (unicode, ascii) = match bits {
        0 => (" ", " "),
        b if b & (UP | DOWN) == 0 => ("─", "-"),
        b if b & (LEFT | RIGHT) == 0 => ("│", "|"),
        b if b == DOWN | RIGHT => ("╭", "+"),
        b if b == DOWN | LEFT => ("╮", "+"),
        b if b == UP | RIGHT => ("╰", "+"),
        b if b == UP | LEFT => ("╯", "+"),
        b if b == UP | DOWN | RIGHT => ("├", "+"),
        b if b == UP | DOWN | LEFT => ("┤", "+"),
        b if b == LEFT | RIGHT | DOWN => ("┬", "+"),
        b if b == LEFT | RIGHT | UP => ("┴", "+"),
        _ => ("┼", "+"),
    };
    glyphs.pick(unicode, ascii)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{Depth, Theme};
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
