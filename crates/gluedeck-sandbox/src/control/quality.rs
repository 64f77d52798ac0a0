//! Evaluations of Glue Data Quality that jobs of others make: one with each run that succeeds.

use super::{Control, Time};
use crate::world::QualityRule;

/// One evaluation of a ruleset.
#[derive(Debug, Clone)]
pub(crate) struct Evaluation {
    pub(crate) result_id: String,
    pub(crate) job: String,
    pub(crate) run: String,
    pub(crate) ruleset: String,
    pub(crate) context: String,
    pub(crate) rules: Vec<QualityRule>,
    pub(crate) started: Time,
    pub(crate) completed: Time,
}

impl Evaluation {
    pub(crate) fn failed(&self) -> usize {
        self.rules.iter().filter(|rule| rule.message.is_some()).count()
    }

    /// The share of rules that passed.
    pub(crate) fn score(&self) -> f64 {
        let passed = self.rules.len() - self.failed();
        passed as f64 / self.rules.len().max(1) as f64
    }
}

/// All evaluations, newest first.
pub(crate) fn evaluations(control: &Control) -> Vec<Evaluation> {
    let world = &control.world;
    let of = |quality: &crate::world::Quality| {
        let runs = control.jobs.get(&quality.job).map(|job| job.runs.as_slice()).unwrap_or_default();
        let ended = runs.iter().filter(|run| run.state == "SUCCEEDED");
        ended.filter_map(|run| evaluation(control, quality, &run.id)).collect::<Vec<_>>()
    };
    let mut all: Vec<Evaluation> = world.scenario.quality.iter().flat_map(of).collect();
    all.sort_by_key(|evaluation| std::cmp::Reverse(evaluation.started));
    all
}

/// The evaluation that a run of a job has made, if it makes one.
pub(super) fn evaluation(control: &Control, quality: &crate::world::Quality, run: &str) -> Option<Evaluation> {
    let run = control.job_run(&quality.job, run)?;
    Some(Evaluation {
        result_id: format!("dqresult-{}", &control.world.hex_id(&format!("quality {}", run.id))[..40]),
        job: quality.job.clone(),
        run: run.id.clone(),
        ruleset: quality.ruleset.clone(),
        context: quality.context.clone(),
        rules: quality.rules.clone(),
        started: run.plan.work,
        completed: run.completed?,
    })
}
