//! Workflows as JSON: keys in snake_case, times in RFC 3339 UTC.

use super::outcome;
use crate::domain::schedule::next_fire;
use crate::domain::{Pipeline, PipelineRun, StepRun, Target, Time, Trigger};
use chrono::SecondsFormat;
use serde_json::{Value, json};

/// RFC 3339 in UTC, with milliseconds.
pub fn rfc3339(at: Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// DPUs that a run holds.
pub fn dpu_in_use(run: Option<&PipelineRun>) -> f64 {
    let attempts = run.into_iter().flat_map(|run| run.steps.iter().flatten()).filter_map(StepRun::last);
    attempts.filter(|attempt| attempt.state.holds_capacity()).filter_map(|attempt| attempt.dpu).sum::<f64>() + 0.0
}

/// A workflow with its last run, and why it is in that state.
pub fn workflow(workflow: &Pipeline, why: Option<String>, now: Time) -> Value {
    let run = workflow.last_run.as_ref();
    json!({
        "name": workflow.id.as_str(),
        "kind": workflow.id.kind().word(),
        "outcome": outcome::of_pipeline(workflow).word(),
        "run": run.map(run_value),
        "dpu_in_use": dpu_in_use(run),
        "why": why,
        "triggers": workflow.triggers.iter().map(|t| trigger(t, run, now)).collect::<Vec<_>>(),
    })
}

fn run_value(run: &PipelineRun) -> Value {
    let statistics = run.statistics.map(|s| {
        json!({
            "total_actions": s.total, "timeout_actions": s.timeout, "failed_actions": s.failed, "stopped_actions": s.stopped,
            "succeeded_actions": s.succeeded, "running_actions": s.running, "errored_actions": s.errored, "waiting_actions": s.waiting,
        })
    });
    json!({
        "id": run.id.as_str(),
        "status": run.status.word(),
        "started_on": run.started_on.map(rfc3339),
        "completed_on": run.completed_on.map(rfc3339),
        "statistics": statistics,
    })
}

/// A trigger with what it starts, as of a run.
pub fn trigger(trigger: &Trigger, run: Option<&PipelineRun>, now: Time) -> Value {
    let next = trigger.schedule.as_deref().filter(|_| trigger.can_fire()).and_then(|schedule| next_fire(schedule, now));
    json!({
        "name": trigger.name.as_str(),
        "type": trigger.kind.word(),
        "state": trigger.state.word(),
        "schedule": trigger.schedule,
        "next_fire": next.map(rfc3339),
        "targets": trigger.actions.iter().map(|action| target(action, run, now)).collect::<Vec<_>>(),
    })
}

/// A job or crawler with its last attempt in a run.
pub fn target(target: &Target, run: Option<&PipelineRun>, now: Time) -> Value {
    let attempt = run.and_then(|run| run.step(target)).and_then(StepRun::last);
    json!({
        "kind": target.kind(),
        "name": target.name(),
        "state": attempt.map(|a| a.state.word()),
        "run_id": attempt.and_then(|a| a.id.as_ref()).map(|id| id.as_str()),
        "started_on": attempt.and_then(|a| a.started_on).map(rfc3339),
        "duration_s": attempt.and_then(|a| a.elapsed_seconds(now)),
        "dpu": attempt.and_then(|a| a.dpu),
        "error": attempt.and_then(|a| a.error.as_deref()),
    })
}
