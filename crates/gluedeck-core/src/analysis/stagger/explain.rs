//! Why each start is where it is.

use super::demand::{Demand, PlannerInput};
use super::model::{LeftOut, PlannedStart, Start};
use crate::domain::Dpu;
use crate::domain::{PipelineId, Time};
use chrono::TimeDelta;
use gluedeck_planner::Timeline;
use gluedeck_planner::search::Problem;

/// A solved problem, to be told.
pub(super) struct Explain<'e> {
    pub(super) problem: &'e Problem,
    pub(super) starts: &'e [u32],
    pub(super) names: &'e [&'e PipelineId],
    pub(super) after: &'e Timeline,
    pub(super) origin: Time,
}

impl Explain<'_> {
    /// The starts with their reasons, and with the schedules that they need.
    pub(super) fn placed(
        &self,
        planned: &[(&PlannerInput<'_>, Option<Start>, Demand)],
        left_out: &mut LeftOut,
    ) -> Vec<PlannedStart> {
        let mut placed = Vec::new();
        for (n, (known, start, demand)) in planned.iter().enumerate() {
            let (workflow, at) = (known.workflow.id.clone(), self.starts[n]);
            let late = self.problem.tasks[n].done_by.map_or(0, |by| (at + demand.profile.length).saturating_sub(by));
            match start.as_ref().map(|start| start.moved(self.origin, at)).transpose() {
                Ok(change) => {
                    placed.push(PlannedStart {
                        workflow,
                        start: at,
                        demand: demand.clone(),
                        why: self.why(n),
                        change,
                        late,
                    });
                }
                Err(why) => left_out.push((workflow, why)),
            }
        }
        placed
    }

    /// Why a workflow starts when it does.
    fn why(&self, n: usize) -> String {
        let (task, start) = (&self.problem.tasks[n], self.starts[n]);
        if task.fixed.is_some() {
            return "set manually".to_owned();
        }
        let first = task.not_before.div_ceil(self.problem.grid) * self.problem.grid;
        if start <= first {
            let because = if task.not_before > 0 { "earliest allowed" } else { "starts immediately" };
            return because.to_owned();
        }
        let Some((second, held, wanted)) = self.conflict(n, start - self.problem.grid) else {
            return "placed so that others end earlier".to_owned();
        };
        let mut holders: Vec<(Dpu, &str)> = (0..self.starts.len())
            .filter(|other| *other != n)
            .map(|other| (self.held_by(other, second), short(self.names[other])))
            .filter(|(dpu, _)| *dpu > Dpu::ZERO)
            .collect();
        holders.sort_by(|a, b| b.cmp(a));
        let named: Vec<&str> = holders.iter().take(2).map(|(_, name)| *name).collect();
        let more = holders.len().saturating_sub(named.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let who = if named.is_empty() { "runs in progress".to_owned() } else { format!("{}{more}", named.join(", ")) };
        let at = self.origin + TimeDelta::seconds(i64::from(second));
        let hold = if holders.len() == 1 { "holds" } else { "hold" };
        format!("waits for {wanted} DPUs: at {} {who} {hold} {held} of {}", at.format("%H:%M:%S"), self.problem.limit)
    }

    /// Where a start would break the limit: the second, what the others hold then, and what it wants.
    fn conflict(&self, n: usize, start: u32) -> Option<(u32, Dpu, Dpu)> {
        let task = &self.problem.tasks[n];
        task.profile.pieces.iter().find_map(|piece| {
            let (from, to) = (start + piece.from, start + piece.to);
            let steps = self.after.steps().iter().map(|(at, _)| *at);
            let own_bounds = [from].into_iter().chain(steps.filter(|at| from < *at && *at < to));
            own_bounds
                .map(|at| (at, self.after.at(at).minus(self.held_by(n, at)), piece.dpu))
                .find(|(_, held, wanted)| *held + *wanted > self.problem.limit)
        })
    }

    fn held_by(&self, n: usize, second: u32) -> Dpu {
        let start = self.starts[n];
        let pieces = &self.problem.tasks[n].profile.pieces;
        let piece = pieces.iter().find(|piece| start + piece.from <= second && second < start + piece.to);
        piece.map_or(Dpu::ZERO, |piece| piece.dpu)
    }
}

fn short(name: &PipelineId) -> &str {
    name.as_str().strip_suffix(" Workflow").unwrap_or(name.as_str())
}
