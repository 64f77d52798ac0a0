//! How to run a failed workflow again: which nodes a resume takes, and what will run because of it.

use super::outcome::{self, Outcome};
use crate::domain::{RunId, RunStatus, Target, Workflow};

/// What a rerun would do.
#[derive(Debug, Clone, PartialEq)]
pub enum Rerun {
    /// ResumeWorkflowRun from the failed steps: they and everything behind them run again, in a new run.
    Resume { run: RunId, from: Vec<Target>, nodes: Vec<String>, runs: Vec<Target> },
    /// StartWorkflowRun: everything runs; `why` a resume is not possible.
    Whole { why: &'static str, runs: Vec<Target> },
    /// Nothing to do, and why.
    Nothing(&'static str),
}

/// The advice for a workflow. The rules are the API's (AWS Glue, "Resuming a workflow run"): only a COMPLETED run can be
/// resumed, and only from job or crawler nodes that had an attempt in it.
pub fn advise(workflow: &Workflow) -> Rerun {
    let everything = || workflow.targets().into_iter().cloned().collect::<Vec<_>>();
    let Some(run) = &workflow.last_run else {
        return Rerun::Nothing("never ran; start it instead");
    };
    match outcome::of_workflow(workflow) {
        Outcome::Running => return Rerun::Nothing("the last run is still running"),
        Outcome::Succeeded => return Rerun::Nothing("the last run succeeded; start it to run it again"),
        _ => {}
    }
    match run.status {
        RunStatus::Completed => {}
        RunStatus::Stopped => return Rerun::Whole { why: "a stopped run cannot be resumed", runs: everything() },
        _ => return Rerun::Whole { why: "only a completed run can be resumed", runs: everything() },
    }
    let steps = run.steps.iter().flatten();
    let failed: Vec<_> =
        steps.filter(|step| step.last().is_some_and(|a| a.state.is_failure() || a.state.is_stopped())).collect();
    if failed.is_empty() {
        return Rerun::Whole { why: "there is no failed step to resume from", runs: everything() };
    }
    let from: Vec<Target> = failed.iter().map(|step| step.target.clone()).collect();
    let behind = downstream(workflow, &from);
    let runs = everything().into_iter().filter(|target| from.contains(target) || behind.contains(target)).collect();
    Rerun::Resume { run: run.id.clone(), nodes: failed.iter().map(|step| step.node_id.clone()).collect(), from, runs }
}

/// Everything that can run because of the targets.
fn downstream(workflow: &Workflow, from: &[Target]) -> Vec<Target> {
    let mut found: Vec<Target> = Vec::new();
    let mut open = from.to_vec();
    while let Some(node) = open.pop() {
        let waits = workflow.triggers.iter().filter(|trigger| {
            trigger.predicate.iter().flat_map(|p| &p.conditions).any(|condition| condition.target == node)
        });
        for action in waits.flat_map(|trigger| &trigger.actions) {
            if !found.contains(action) {
                found.push(action.clone());
                open.push(action.clone());
            }
        }
    }
    found
}
