//! Where a graph's nodes and lines go: layers by depth, and lanes within a layer.

use std::collections::BTreeMap;

/// A node, or a place where a line passes through a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaneItem {
    Node(usize),
    /// The edge of this number, in this layer.
    Pass(usize, usize),
}

/// The lanes of a graph, and the edges that lead from a layer to a deeper one.
#[derive(Debug)]
pub struct Lanes<'g> {
    depths: &'g [usize],
    pub edges: Vec<(usize, usize)>,
    /// By layer.
    pub layers: Vec<BTreeMap<LaneItem, usize>>,
}

impl<'g> Lanes<'g> {
    /// Places nodes of these depths. Edges that lead back, as in a cycle, are left out.
    pub fn new(depths: &'g [usize], edges: &[(usize, usize)]) -> Self {
        let forward: Vec<(usize, usize)> =
            edges.iter().copied().filter(|(from, to)| depths[*from] < depths[*to]).collect();
        let count = depths.iter().map(|depth| depth + 1).max().unwrap_or(0);
        let layers = place(depths, &forward, count);
        Self { depths, edges: forward, layers }
    }

    /// How many lanes there are.
    pub fn count(&self) -> usize {
        self.layers.iter().flat_map(|layer| layer.values()).max().map_or(0, |lane| lane + 1)
    }

    /// The lane of a node.
    pub fn of(&self, node: usize) -> usize {
        self.layers[self.depths[node]].get(&LaneItem::Node(node)).copied().unwrap_or(0)
    }

    /// The lanes of an edge in a layer and in the next one, if it is in both.
    pub fn ends(&self, layer: usize, edge: usize) -> Option<(usize, usize)> {
        let (from, to) = self.edges[edge];
        let at = |layer: usize| {
            let item = match layer {
                _ if self.depths[from] == layer => LaneItem::Node(from),
                _ if self.depths[to] == layer => LaneItem::Node(to),
                _ => LaneItem::Pass(edge, layer),
            };
            self.layers.get(layer)?.get(&item).copied()
        };
        Some((at(layer)?, at(layer + 1)?))
    }

    /// The lanes from which lines leave a layer for another lane.
    pub fn turning(&self, layer: usize) -> Vec<usize> {
        let ends = (0..self.edges.len()).filter_map(|edge| self.ends(layer, edge));
        let mut lanes: Vec<usize> = ends.filter(|(from, to)| from != to).map(|(from, _)| from).collect();
        lanes.sort_unstable();
        lanes.dedup();
        lanes
    }
}

/// The nodes from which an edge leads back, or to the same layer.
pub fn leads_back(depths: &[usize], edges: &[(usize, usize)], node: usize) -> bool {
    edges.iter().any(|(from, to)| *from == node && depths[*to] <= depths[node])
}

/// The lane of each node and of each line that passes, layer by layer: near to what leads there.
fn place(depths: &[usize], edges: &[(usize, usize)], count: usize) -> Vec<BTreeMap<LaneItem, usize>> {
    let mut all: Vec<BTreeMap<LaneItem, usize>> = Vec::with_capacity(count);
    for layer in 0..count {
        let mut here: Vec<(f64, LaneItem)> = Vec::new();
        let before = |edge: usize| -> Option<usize> {
            let previous = all.last()?;
            let from = edges[edge].0;
            let place = if depths[from] + 1 == layer { LaneItem::Node(from) } else { LaneItem::Pass(edge, layer - 1) };
            previous.get(&place).copied()
        };
        for (index, _) in depths.iter().enumerate().filter(|(_, depth)| **depth == layer) {
            let lanes: Vec<usize> =
                (0..edges.len()).filter(|edge| edges[*edge].1 == index).filter_map(before).collect();
            let middle = match lanes.len() {
                0 => here.len() as f64,
                count => lanes.iter().sum::<usize>() as f64 / count as f64,
            };
            here.push((middle, LaneItem::Node(index)));
        }
        for (edge, (from, to)) in edges.iter().enumerate() {
            if depths[*from] < layer && layer < depths[*to] {
                here.push((before(edge).unwrap_or(0) as f64 + 0.5, LaneItem::Pass(edge, layer)));
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
