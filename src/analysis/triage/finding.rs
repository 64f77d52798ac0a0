//! What an alert is about, among the workflows.

use crate::analysis::History;
use crate::analysis::reason::failed_step;
use crate::domain::{Alert, Attempt, Target, Workflow, WorkflowRun};

/// Where in the account an alert leads.
#[derive(Debug, Clone)]
pub struct Found<'c> {
    pub workflow: Option<&'c Workflow>,
    pub target: Target,
    /// The workflow's run that it is about; none if it is not among those that are known.
    pub run: Option<&'c WorkflowRun>,
    pub attempt: Option<&'c Attempt>,
}

/// What an alert is about, among the workflows.
///
/// # Errors
/// Why nothing is found.
pub fn find<'c>(alert: &Alert, workflows: &'c [Workflow]) -> Result<Found<'c>, String> {
    let steps = |workflow: &'c Workflow| workflow.last_run.iter().flat_map(|run| run.steps.iter().flatten());
    if let Some(id) = &alert.run {
        for workflow in workflows {
            for step in steps(workflow) {
                let same = |attempt: &&Attempt| attempt.id.as_ref().is_some_and(|known| known.as_str() == id);
                if let Some(attempt) = step.attempts.iter().find(same) {
                    let (target, run) = (step.target.clone(), workflow.last_run.as_ref());
                    return Ok(Found { workflow: Some(workflow), target, run, attempt: Some(attempt) });
                }
            }
            let of_workflow = workflow.last_run.as_ref().filter(|run| run.id.as_str() == id);
            if let Some(found) = of_workflow.and_then(|_| failed_of(workflow)) {
                return Ok(found);
            }
        }
    }
    let Some(name) = &alert.name else {
        return Err(format!(
            "no run of any workflow's last night has the id {}",
            alert.run.as_deref().unwrap_or_default()
        ));
    };
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    for workflow in workflows {
        if let Some(target) = workflow.targets().into_iter().find(|target| is(target.name())) {
            let step = steps(workflow).find(|step| &step.target == target);
            // An alert with the id of a run that is not the last one is about an earlier one.
            let last = step.and_then(|step| step.last()).filter(|_| alert.run.is_none());
            let run = workflow.last_run.as_ref().filter(|_| alert.run.is_none());
            return Ok(Found { workflow: Some(workflow), target: target.clone(), run, attempt: last });
        }
    }
    let named = workflows.iter().find(|workflow| is(workflow.name.as_str()) || is(workflow.short_name()));
    match named {
        Some(workflow) => {
            failed_of(workflow).ok_or_else(|| format!("{}: no step of its last run has failed", workflow.name))
        }
        None => Err(format!("no workflow, job or crawler is called {name} here")),
    }
}

fn failed_of(workflow: &Workflow) -> Option<Found<'_>> {
    let run = workflow.last_run.as_ref()?;
    let step = failed_step(run)?;
    Some(Found { workflow: Some(workflow), target: step.target.clone(), run: Some(run), attempt: step.last() })
}

/// Looks for the run of an alert among a workflow's earlier runs.
pub fn find_earlier<'c>(found: &mut Found<'c>, alert: &Alert, history: &'c History) {
    let Some(id) = alert.run.as_deref().filter(|_| found.attempt.is_none()) else { return };
    for night in &history.nights {
        let step = night.run.step(&found.target);
        let same = |attempt: &&Attempt| attempt.id.as_ref().is_some_and(|known| known.as_str() == id);
        if let Some(attempt) = step.and_then(|step| step.attempts.iter().find(same)) {
            (found.run, found.attempt) = (Some(&night.run), Some(attempt));
            return;
        }
    }
}
