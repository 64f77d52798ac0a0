//! What earlier runs tell: the last nights, and how long things usually take.

use super::outcome::{self, Outcome};
use crate::domain::{Pipeline, PipelineRun, StepState, Target};
use std::collections::BTreeMap;

/// What the last runs of a workflow say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// Oldest first.
    pub past_runs: Vec<PastRun>,
    /// The median seconds of a successful run.
    pub usual_seconds: Option<i64>,
    /// The median seconds of each step's good attempts.
    usual_steps: BTreeMap<Target, i64>,
}

/// One earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct PastRun {
    pub outcome: Outcome,
    pub seconds: Option<i64>,
    pub run: PipelineRun,
}

impl History {
    /// Reads runs in any order (the service does not promise one).
    pub fn of(workflow: Option<&Pipeline>, mut runs: Vec<PipelineRun>) -> Self {
        runs.sort_by_key(|run| run.started_on);
        let mut steps: BTreeMap<Target, Vec<i64>> = BTreeMap::new();
        for run in &runs {
            for step in run.steps.iter().flatten() {
                let good = step.attempts.iter().filter(|attempt| attempt.state == StepState::Succeeded);
                // A resumed run carries the old attempts of the steps it did not repeat; they count once.
                let own = good.filter(|attempt| attempt.started_on >= run.started_on);
                let seconds = own.filter_map(|a| Some((a.completed_on? - a.started_on?).num_seconds()));
                steps.entry(step.target.clone()).or_default().extend(seconds);
            }
        }
        let past_runs: Vec<PastRun> = runs
            .into_iter()
            .map(|run| PastRun {
                outcome: outcome::of_run(&run, workflow),
                seconds: run.completed_on.zip(run.started_on).map(|(end, start)| (end - start).num_seconds()),
                run,
            })
            .collect();
        let good = past_runs.iter().filter(|past| past.outcome == Outcome::Succeeded && past.run.previous.is_none());
        let usual_seconds = median(good.filter_map(|past| past.seconds).collect());
        let usual_steps = steps.into_iter().filter_map(|(target, seconds)| Some((target, median(seconds)?))).collect();
        Self { past_runs, usual_seconds, usual_steps }
    }

    /// The usual seconds of a step, from its start to its end.
    pub fn usual(&self, target: &Target) -> Option<i64> {
        self.usual_steps.get(target).copied()
    }
}

fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}
