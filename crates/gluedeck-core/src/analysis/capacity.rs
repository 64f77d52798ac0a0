//! Capacity: which runs held DPUs at a moment.

use crate::domain::{Attempt, Pipeline, StepState, Target, Time};

/// DPUs that runs held at a moment, FLEX ones apart: those draw on spare capacity, with a quota of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Held {
    pub standard: f64,
    pub flex: f64,
}

/// DPUs that the last runs of the pipelines held at a moment, and others that go on. A run that failed in the moment it
/// started held none.
pub fn held(pipelines: &[Pipeline], at: Time) -> Held {
    let attempts = pipelines.iter().flat_map(all).map(|(_, attempt)| attempt);
    let mut held = Held::default();
    for attempt in attempts.filter(|attempt| held_at(attempt, at)) {
        let dpu = attempt.dpu.unwrap_or_default();
        if attempt.flex {
            held.flex += dpu;
        } else {
            held.standard += dpu;
        }
    }
    held
}

/// A run that holds capacity, or waits for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder<'p> {
    pub pipeline: &'p Pipeline,
    pub target: &'p Target,
    pub attempt: &'p Attempt,
}

/// The runs that hold capacity now, the largest first, and behind them those that wait, the longest first.
pub fn holders(pipelines: &[Pipeline], at: Time) -> Vec<Holder<'_>> {
    let of = |pipeline| all(pipeline).map(move |(target, attempt)| Holder { pipeline, target, attempt });
    let wanted = |holder: &Holder<'_>| held_at(holder.attempt, at) || holder.attempt.state == StepState::Waiting;
    let mut found: Vec<Holder<'_>> = pipelines.iter().flat_map(of).filter(wanted).collect();
    found.sort_by(|a, b| {
        let key = |holder: &Holder<'_>| (holder.attempt.state == StepState::Waiting, holder.attempt.started_on);
        let (waits_a, since_a) = key(a);
        let (waits_b, since_b) = key(b);
        let by_size = b.attempt.dpu.unwrap_or_default().total_cmp(&a.attempt.dpu.unwrap_or_default());
        let by_size = if waits_a { std::cmp::Ordering::Equal } else { by_size };
        waits_a.cmp(&waits_b).then(by_size).then(since_a.cmp(&since_b))
    });
    found
}

/// Every attempt of the last run and of others that go on.
fn all(pipeline: &Pipeline) -> impl Iterator<Item = (&Target, &Attempt)> {
    let runs = pipeline.last_run.iter().chain(&pipeline.other_active);
    let steps = runs.flat_map(|run| run.steps.iter().flatten());
    steps.flat_map(|step| step.attempts.iter().map(|attempt| (&step.target, attempt)))
}

/// Of these the standard ones, which the account's limit is about.
pub fn in_use_at(pipelines: &[Pipeline], at: Time) -> f64 {
    held(pipelines, at).standard
}

fn held_at(attempt: &Attempt, at: Time) -> bool {
    let Some(start) = attempt.started_on else { return false };
    match attempt.completed_on {
        Some(end) => start <= at && at < end,
        None => start <= at && attempt.state.holds_capacity(),
    }
}

/// Whether an error says that the account's DPU limit was reached. The full sentence is not documented; AWS's own tools
/// look for these words.
pub fn is_over_limit(error: &str) -> bool {
    let lower = error.to_lowercase();
    lower.contains("exceeded maximum concurrent compute capacity")
        || lower.contains("exceeded maximum concurrent capacity")
}
