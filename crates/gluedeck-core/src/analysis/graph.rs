//! The graph of a workflow: jobs and crawlers, and which waits for which.

use crate::domain::{Pipeline, Target};
use std::collections::BTreeMap;

/// Jobs and crawlers with their depth, and what leads from one to another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Graph {
    pub nodes: Vec<Node>,
    /// From a node to one that is started because of it, by their indices.
    pub edges: Vec<(usize, usize)>,
}

/// A job or crawler.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub target: Target,
    /// The most steps that lie before it.
    pub depth: usize,
}

/// The graph that the triggers make. What a trigger waits for and nothing in the workflow starts is a node too: it stands
/// at the beginning, and nothing leads to it. Cycles are survived.
pub fn graph(workflow: &Pipeline) -> Graph {
    let mut index: BTreeMap<&Target, usize> = BTreeMap::new();
    let mut targets: Vec<&Target> = Vec::new();
    let mut edges = Vec::new();
    for trigger in &workflow.triggers {
        let conditions = trigger.predicate.iter().flat_map(|predicate| &predicate.conditions);
        let sources = conditions.map(|condition| &condition.target).filter(|_| !trigger.is_start());
        for target in sources.clone().chain(&trigger.actions) {
            index.entry(target).or_insert_with(|| {
                targets.push(target);
                targets.len() - 1
            });
        }
        for source in sources {
            edges.extend(trigger.actions.iter().map(|target| (index[source], index[target])));
        }
    }
    edges.sort_unstable();
    edges.dedup();
    let depths = depths(targets.len(), &edges);
    let nodes = targets.into_iter().zip(depths).map(|(target, depth)| Node { target: target.clone(), depth }).collect();
    Graph { nodes, edges }
}

/// The longest way to each node. A graph is at most as deep as it has nodes; what would be deeper is a cycle, whose nodes
/// keep the depth at which it was met.
fn depths(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut incoming = vec![0_usize; count];
    for (_, to) in edges {
        incoming[*to] += 1;
    }
    let mut depths = vec![0; count];
    let mut open: Vec<usize> = (0..count).filter(|node| incoming[*node] == 0).collect();
    let mut done = vec![false; count];
    loop {
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut done[node], true) {
                continue;
            }
            for (_, to) in edges.iter().filter(|(from, to)| *from == node && !done[*to]) {
                depths[*to] = depths[*to].max(depths[node] + 1);
                incoming[*to] = incoming[*to].saturating_sub(1);
                if incoming[*to] == 0 {
                    open.push(*to);
                }
            }
        }
        // What is left lies on a cycle, or behind one: it is cut open where it is least deep.
        match (0..count).filter(|node| !done[*node]).min_by_key(|node| depths[*node]) {
            Some(node) => open.push(node),
            None => return depths,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn depth_is_the_longest_way() {
        assert_eq!(depths(4, &[(0, 1), (1, 2), (0, 2), (2, 3)]), [0, 1, 2, 3]);
        assert_eq!(depths(3, &[(0, 1), (1, 2), (2, 1)])[0], 0, "a cycle ends");
    }

    proptest! {
        #[test]
        fn any_graph_has_depths(edges in prop::collection::vec((0_usize..20, 0_usize..20), 0..80)) {
            let depths = depths(20, &edges);
            prop_assert!(depths.iter().all(|depth| *depth < 20 * 20));
        }
    }
}
