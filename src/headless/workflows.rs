//! `gluedeck workflows`: every workflow with its outcome and the state of every trigger.

use super::output::{self, Output, rfc3339};
use super::{Exit, complain, fleet, now};
use crate::analysis::reason::{Evidence, duration, reason, start_is_off};
use crate::analysis::{cells, outcome};
use crate::aws::Gateway;
use crate::domain::schedule::next_fire;
use crate::domain::{StepRun, Target, Time, Trigger, Workflow, WorkflowRun};
use crate::flow::{Reply, Request};
use crate::ui::Glyphs;
use serde_json::{Value, json};
use std::io;

/// Prints all workflows.
///
/// # Errors
/// If stdout cannot be written.
pub async fn workflows(gateway: &Gateway, output: Output) -> io::Result<Exit> {
    let mut all = match fleet(gateway).await {
        Ok(all) => all,
        Err(fault) => return Ok(complain(&fault)),
    };
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let now = now(gateway).await;
    // Without it the reasons say less, and are as true.
    let limit = match gateway.perform(Request::DpuLimit).await {
        Ok(Reply::DpuLimit(limit)) => Some(limit),
        _ => None,
    };
    let why = |workflow: &Workflow| {
        let evidence = Evidence { workflows: &all, dpu_limit: limit, history: None, now };
        let off = start_is_off(workflow).map(|state| format!("start trigger {state}"));
        reason(workflow, evidence).map(|reason| reason.text).or(off)
    };
    match output {
        Output::Json => output::json(&Value::Array(all.iter().map(|w| workflow_value(w, why(w), now)).collect()))?,
        Output::Csv => output::csv(&HEADING, all.iter().map(|w| row(w, why(w), now)))?,
        Output::Table | Output::Text => {
            let rows: Vec<_> = all.iter().map(|w| row(w, why(w), now)).collect();
            output::table(&HEADING, &[4, 5], &rows)?;
        }
    }
    Ok(Exit::Done)
}

const HEADING: [&str; 7] = ["WORKFLOW", "OUTCOME", "TRIGGERS", "STARTED", "TOOK", "DPU", "WHY"];

fn row(workflow: &Workflow, why: Option<String>, now: Time) -> Vec<String> {
    let run = workflow.last_run.as_ref();
    let cells: String = cells::cells(workflow).iter().map(|cell| Glyphs::Ascii.cell(&cell.state).0).collect();
    vec![
        workflow.name.to_string(),
        outcome::of_workflow(workflow).word().to_owned(),
        cells,
        run.and_then(|run| run.started_on).map(rfc3339).unwrap_or_default(),
        run.and_then(|run| run.elapsed_seconds(now)).map(duration).unwrap_or_default(),
        dpu_in_use(run).to_string(),
        why.unwrap_or_default(),
    ]
}

fn dpu_in_use(run: Option<&WorkflowRun>) -> f64 {
    let attempts = run.into_iter().flat_map(|run| run.steps.iter().flatten()).filter_map(StepRun::last);
    attempts.filter(|attempt| attempt.state.holds_capacity()).filter_map(|attempt| attempt.dpu).sum::<f64>() + 0.0
}

fn workflow_value(workflow: &Workflow, why: Option<String>, now: Time) -> Value {
    let run = workflow.last_run.as_ref();
    json!({
        "name": workflow.name.as_str(),
        "outcome": outcome::of_workflow(workflow).word(),
        "run": run.map(run_value),
        "dpu_in_use": dpu_in_use(run),
        "why": why,
        "triggers": workflow.triggers.iter().map(|t| trigger_value(t, run, now)).collect::<Vec<_>>(),
    })
}

fn run_value(run: &WorkflowRun) -> Value {
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

fn trigger_value(trigger: &Trigger, run: Option<&WorkflowRun>, now: Time) -> Value {
    let next = trigger.schedule.as_deref().filter(|_| trigger.can_fire()).and_then(|schedule| next_fire(schedule, now));
    json!({
        "name": trigger.name.as_str(),
        "type": trigger.kind.word(),
        "state": trigger.state.word(),
        "schedule": trigger.schedule,
        "next_fire": next.map(rfc3339),
        "targets": trigger.actions.iter().map(|target| target_value(target, run, now)).collect::<Vec<_>>(),
    })
}

fn target_value(target: &Target, run: Option<&WorkflowRun>, now: Time) -> Value {
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
