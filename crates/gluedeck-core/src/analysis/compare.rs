//! Two runs of a workflow side by side: what took longer, what ran on other workers or with other arguments, what is missing.

use super::reason::duration;
use crate::domain::{Attempt, StepRun, Target, Time, WorkflowRun};
use std::collections::BTreeSet;

/// A step in both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    pub target: Target,
    pub then: Option<Side>,
    pub now: Option<Side>,
    /// What is different, in words; empty where nothing of note is.
    pub differences: Vec<String>,
}

/// A step in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    pub state: String,
    pub seconds: Option<i64>,
    pub dpu: Option<f64>,
}

/// Compares a run with an earlier one, step by step, in the order of the newer one's steps.
pub fn compare(then: &WorkflowRun, now: &WorkflowRun, at: Time) -> Vec<Compared> {
    let mut targets: Vec<&Target> = Vec::new();
    for step in now.steps.iter().chain(&then.steps).flatten() {
        if !targets.contains(&&step.target) {
            targets.push(&step.target);
        }
    }
    let begin = |target: &&Target| {
        let start = |run: &WorkflowRun| Some(run.step(target)?.last()?.started_on? - run.started_on?);
        start(then).or_else(|| start(now))
    };
    targets.sort_by_key(|target| begin(target).map_or(i64::MAX, |delta| delta.num_seconds()));
    targets.into_iter().map(|target| of_step(target, then.step(target), now.step(target), at)).collect()
}

fn of_step(target: &Target, then: Option<&StepRun>, now: Option<&StepRun>, at: Time) -> Compared {
    let (before, after) = (then.and_then(StepRun::last), now.and_then(StepRun::last));
    let mut differences = Vec::new();
    match (then, now, before, after) {
        (None, _, _, _) => differences.push("not in that run".to_owned()),
        (_, None, _, _) => differences.push("not in this run".to_owned()),
        (_, _, Some(_), None) => differences.push("did not run".to_owned()),
        (_, _, None, Some(_)) => differences.push("did not run then".to_owned()),
        (_, _, Some(before), Some(after)) => differences.extend(of_attempts(before, after, at)),
        (_, _, None, None) => {}
    }
    let side = |attempt: &Attempt| Side {
        state: attempt.state.word().to_owned(),
        seconds: attempt.elapsed_seconds(at),
        dpu: attempt.dpu,
    };
    Compared { target: target.clone(), then: before.map(side), now: after.map(side), differences }
}

fn of_attempts(before: &Attempt, after: &Attempt, at: Time) -> Vec<String> {
    let mut found = Vec::new();
    if before.state != after.state {
        found.push(format!("{}, was {}", after.state.word(), before.state.word()));
    }
    if let (Some(then), Some(now)) = (before.elapsed_seconds(at), after.elapsed_seconds(at)) {
        let slower = now * 2 > then * 3 && now > then + 30;
        let faster = now * 3 < then * 2 && now + 30 < then;
        if slower || (faster && after.completed_on.is_some()) {
            found.push(format!(
                "{:.1}× the time ({} vs {})",
                now as f64 / then.max(1) as f64,
                duration(now),
                duration(then)
            ));
        }
    }
    if before.workers != after.workers && before.workers.is_some() && after.workers.is_some() {
        let words =
            |attempt: &Attempt| attempt.workers.as_ref().map_or("?".into(), |(kind, n)| format!("{n} × {kind}"));
        found.push(format!("{} workers, was {}", words(after), words(before)));
    } else if let (Some(then), Some(now)) = (before.dpu, after.dpu)
        && then != now
    {
        found.push(format!("{now} DPU, was {then}"));
    }
    found.extend(of_arguments(before, after));
    found
}

/// Arguments that differ by more than by naming their own run.
fn of_arguments(before: &Attempt, after: &Attempt) -> Vec<String> {
    // A snapshot from the disk has no arguments.
    if before.arguments.is_empty() || after.arguments.is_empty() {
        return Vec::new();
    }
    let names: BTreeSet<&String> = before.arguments.keys().chain(after.arguments.keys()).collect();
    let own = |name: &&&String| !matches!(name.as_str(), "--WORKFLOW_RUN_ID" | "--WORKFLOW_NAME");
    let differs = names.iter().filter(own).filter(|name| before.arguments.get(**name) != after.arguments.get(**name));
    let word = |attempt: &Attempt, name: &str| attempt.arguments.get(name).cloned().unwrap_or_else(|| "not set".into());
    differs.map(|name| format!("{name} {}, was {}", word(after, name), word(before, name))).collect()
}
