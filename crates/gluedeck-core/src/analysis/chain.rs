//! The order of a workflow's triggers: what starts it first, then by what waits for what.

use crate::domain::{Target, Trigger};
use std::collections::BTreeMap;

/// Sorts triggers by their depth in the chain; those of one depth keep their order. Cycles and loose ends are survived:
/// what is not reachable from a start comes last.
pub fn order(triggers: Vec<Trigger>) -> Vec<Trigger> {
    let depths = depths(&triggers);
    let mut indexed: Vec<_> = triggers.into_iter().zip(depths).collect();
    indexed.sort_by_key(|(_, depth)| *depth);
    indexed.into_iter().map(|(trigger, _)| trigger).collect()
}

/// The number of triggers before each one on the longest way from a start.
fn depths(triggers: &[Trigger]) -> Vec<usize> {
    let starters = starters(triggers);
    let mut depths = vec![usize::MAX; triggers.len()];
    for (index, trigger) in triggers.iter().enumerate() {
        if trigger.is_start() {
            depths[index] = 0;
        }
    }
    // A chain is at most as deep as it has triggers; more rounds than that would be a cycle.
    for _ in 0..triggers.len() {
        let mut changed = false;
        for (index, trigger) in triggers.iter().enumerate() {
            let Some(predicate) = trigger.predicate.as_ref().filter(|_| !trigger.is_start()) else { continue };
            let before = predicate.conditions.iter().filter_map(|condition| starters.get(&condition.target)).flatten();
            let deepest = before.map(|&b| depths[b]).filter(|&depth| depth < triggers.len()).max();
            if let Some(depth) = deepest.map(|depth| depth + 1).filter(|&depth| depth <= triggers.len())
                && (depths[index] == usize::MAX || depths[index] < depth)
            {
                depths[index] = depth;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    depths
}

/// Which triggers start a target.
fn starters(triggers: &[Trigger]) -> BTreeMap<&Target, Vec<usize>> {
    let mut starters: BTreeMap<&Target, Vec<usize>> = BTreeMap::new();
    for (index, trigger) in triggers.iter().enumerate() {
        for target in &trigger.actions {
            starters.entry(target).or_default().push(index);
        }
    }
    starters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Condition, JobName, Logical, Predicate, TriggerKind, TriggerName, TriggerState};

    fn trigger(name: &str, after: &[&str], starts: &str) -> Trigger {
        let job = |name: &str| Target::Job(JobName::new(name));
        let conditions: Vec<_> =
            after.iter().map(|a| Condition { target: job(a), state: "SUCCEEDED".into() }).collect();
        Trigger {
            name: TriggerName::new(name),
            kind: if after.is_empty() { TriggerKind::Scheduled } else { TriggerKind::Conditional },
            state: TriggerState::Activated,
            schedule: None,
            predicate: (!conditions.is_empty()).then_some(Predicate { logical: Logical::Any, conditions }),
            actions: vec![job(starts)],
        }
    }

    fn names(triggers: Vec<Trigger>) -> Vec<String> {
        triggers.into_iter().map(|t| t.name.to_string()).collect()
    }

    #[test]
    fn a_chain_comes_in_order_whatever_the_servers_order() {
        let chain = vec![trigger("c", &["b"], "c"), trigger("b", &["a"], "b"), trigger("a", &[], "a")];
        assert_eq!(names(order(chain)), ["a", "b", "c"]);
    }

    #[test]
    fn a_join_comes_after_all_it_waits_for_and_a_cycle_ends() {
        let join = vec![trigger("join", &["a", "b"], "j"), trigger("b", &["a"], "b"), trigger("a", &[], "a")];
        assert_eq!(names(order(join)), ["a", "b", "join"]);
        let cycle = vec![trigger("x", &["y"], "x"), trigger("y", &["x"], "y"), trigger("a", &[], "a")];
        assert_eq!(names(order(cycle))[0], "a");
    }
}
