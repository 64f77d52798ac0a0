//! What would happen without staggering: who would be over the limit, and when.

use super::demand::{Demand, PlannerInput};
use super::model::{Mode, Start, Unstaggered};
use crate::domain::Dpu;
use crate::domain::Time;
use chrono::TimeDelta;
use gluedeck_planner::Timeline;
use std::collections::BTreeSet;

/// Lets every workflow start when it does now: by its schedule, or at once. A step for which there is no capacity fails
/// at once, and downstream steps do not run (docs/aws-facts.md: DPU quota, Failed jobs start nothing).
pub(super) fn simulate(
    planned: &[(&PlannerInput<'_>, Option<Start>, Demand)],
    limit: Dpu,
    origin: Time,
    base: &Timeline,
    mode: Mode,
) -> Unstaggered {
    let mut result = Unstaggered { asked: base.clone(), ..Unstaggered::default() };
    // Beginnings of steps in the order in which they come: second, workflow, step.
    let mut begins: Vec<(i64, usize, usize)> = Vec::new();
    let mut order: Vec<usize> = (0..planned.len()).collect();
    order.sort_by_key(|n| &planned[*n].0.workflow.id);
    for (index, &n) in order.iter().enumerate() {
        let (known, start, demand) = &planned[n];
        let offset = match (mode, start) {
            (Mode::Schedule(_), Some(start)) => {
                let seconds = (start.time - origin.time()).num_seconds().rem_euclid(86_400);
                // What starts shortly before the plan's beginning starts before it, not a day later.
                if seconds > 43_200 { seconds - 86_400 } else { seconds }
            }
            _ => 0,
        };
        result.starts.push((known.workflow.id.clone(), offset));
        result.asked.add(&demand.profile, offset.max(0) as u32);
        for (step, window) in demand.windows.iter().enumerate() {
            begins.push((offset + i64::from(window.usual.0), index, step));
        }
    }
    result.peak = result.asked.peak();
    begins.sort_unstable();
    let mut failed = vec![false; planned.len()];
    let mut running: Vec<(i64, Dpu)> = Vec::new();
    let mut contenders: BTreeSet<(i64, usize)> = BTreeSet::new();
    for (second, index, step) in begins {
        let (known, _, demand) = &planned[order[index]];
        if failed[index] {
            continue;
        }
        contenders.insert((second, index));
        running.retain(|(end, _)| *end > second);
        let held: Dpu = running.iter().map(|(_, dpu)| *dpu).sum();
        let others = if second >= 0 { base.at(second as u32) } else { Dpu::ZERO };
        let window = &demand.windows[step];
        if window.dpu > Dpu::ZERO && held + others + window.dpu > limit {
            failed[index] = true;
            result.over_limit.push((known.workflow.id.clone(), origin + TimeDelta::seconds(second)));
        } else {
            let end = second + i64::from(window.usual.1 - window.usual.0);
            running.push((end, window.dpu));
        }
    }
    let seconds: Vec<i64> = result.over_limit.iter().map(|(_, at)| (*at - origin).num_seconds()).collect();
    result.together = contenders.into_iter().filter(|(second, _)| seconds.contains(second)).count();
    result
}
