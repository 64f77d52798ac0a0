//! Capacity: which runs held DPUs at a moment.

use crate::domain::{Attempt, Time, Workflow};

/// DPUs that the last runs of the workflows held at a moment. A run that failed in the moment it started held none.
pub fn in_use_at(workflows: &[Workflow], at: Time) -> f64 {
    let runs = workflows.iter().filter_map(|workflow| workflow.last_run.as_ref());
    let attempts = runs.flat_map(|run| run.steps.iter().flatten()).flat_map(|step| &step.attempts);
    // A sum of nothing is -0.0, which would print its sign.
    attempts.filter(|attempt| held_at(attempt, at)).filter_map(|attempt| attempt.dpu).sum::<f64>() + 0.0
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
