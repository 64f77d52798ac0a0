//! Capacity: which runs held DPUs at a moment.

use crate::domain::{Attempt, Pipeline, Time};

/// DPUs that runs held at a moment, FLEX ones apart: those draw on spare capacity, with a quota of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Held {
    pub standard: f64,
    pub flex: f64,
}

/// DPUs that the last runs of the pipelines held at a moment, and others that go on. A run that failed in the moment it
/// started held none.
pub fn held(pipelines: &[Pipeline], at: Time) -> Held {
    let runs = pipelines.iter().flat_map(|pipeline| pipeline.last_run.iter().chain(&pipeline.other_active));
    let attempts = runs.flat_map(|run| run.steps.iter().flatten()).flat_map(|step| &step.attempts);
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
