//! Two runs of a workflow side by side: what took longer, what ran on other workers or with other arguments, what is missing.

use super::reason::duration;
use super::redact;
use crate::domain::{Attempt, PipelineRun, StepRun, StepState, Target, Time};
use std::collections::BTreeSet;
use std::fmt;

/// A step in both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    pub target: Target,
    pub then: Option<Side>,
    pub now: Option<Side>,
    /// Empty where nothing of note is different.
    pub differences: Vec<StepDifference>,
}

/// What is different about a step in two runs.
#[derive(Debug, Clone, PartialEq)]
pub enum StepDifference {
    NotInThatRun,
    NotInThisRun,
    DidNotRun,
    DidNotRunThen,
    State { now: StepState, then: StepState },
    Seconds { now: i64, then: i64 },
    Workers { now: (String, i32), then: (String, i32) },
    Dpu { now: f64, then: f64 },
    Version { now: String, then: String },
    Class { flex: bool },
    Timeout { now: i32, then: i32 },
    Argument { name: String, now: Option<String>, then: Option<String> },
}

impl fmt::Display for StepDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInThatRun => f.write_str("not in that run"),
            Self::NotInThisRun => f.write_str("not in this run"),
            Self::DidNotRun => f.write_str("did not run"),
            Self::DidNotRunThen => f.write_str("did not run then"),
            Self::State { now, then } => write!(f, "{}, was {}", now.word(), then.word()),
            Self::Seconds { now, then } => {
                let times = *now as f64 / (*then).max(1) as f64;
                write!(f, "{times:.1}× the time ({} vs {})", duration(*now), duration(*then))
            }
            Self::Workers { now, then } => {
                write!(f, "{} × {} workers, was {} × {}", now.1, now.0, then.1, then.0)
            }
            Self::Version { now, then } => write!(f, "Glue {now}, was {then}"),
            Self::Class { flex: true } => f.write_str("FLEX, was standard"),
            Self::Class { flex: false } => f.write_str("standard, was FLEX"),
            Self::Timeout { now, then } => write!(f, "timeout {now} min, was {then} min"),
            Self::Dpu { now, then } => write!(f, "{now} DPU, was {then}"),
            Self::Argument { name, .. } if redact::is_secret(name) => write!(f, "{name} differs (not shown)"),
            Self::Argument { name, now, then } => {
                let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
                write!(f, "{name} {}, was {}", word(now), word(then))
            }
        }
    }
}

/// A step in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    pub state: String,
    pub seconds: Option<i64>,
    pub dpu: Option<f64>,
}

/// Compares a run with an earlier one, step by step, in the order of the newer one's steps.
pub fn compare(then: &PipelineRun, now: &PipelineRun, at: Time) -> Vec<Compared> {
    let mut targets: Vec<&Target> = Vec::new();
    for step in now.steps.iter().chain(&then.steps).flatten() {
        if !targets.contains(&&step.target) {
            targets.push(&step.target);
        }
    }
    let begin = |target: &&Target| {
        let start = |run: &PipelineRun| Some(run.step(target)?.last()?.started_on? - run.started_on?);
        start(then).or_else(|| start(now))
    };
    targets.sort_by_key(|target| begin(target).map_or(i64::MAX, |delta| delta.num_seconds()));
    targets.into_iter().map(|target| of_step(target, then.step(target), now.step(target), at)).collect()
}

fn of_step(target: &Target, then: Option<&StepRun>, now: Option<&StepRun>, at: Time) -> Compared {
    let (before, after) = (then.and_then(StepRun::last), now.and_then(StepRun::last));
    let mut differences = Vec::new();
    match (then, now, before, after) {
        (None, _, _, _) => differences.push(StepDifference::NotInThatRun),
        (_, None, _, _) => differences.push(StepDifference::NotInThisRun),
        (_, _, Some(_), None) => differences.push(StepDifference::DidNotRun),
        (_, _, None, Some(_)) => differences.push(StepDifference::DidNotRunThen),
        (_, _, Some(before), Some(after)) => differences.extend(attempts(before, after, at)),
        (_, _, None, None) => {}
    }
    let side = |attempt: &Attempt| Side {
        state: attempt.state.word().to_owned(),
        seconds: attempt.elapsed_seconds(at),
        dpu: attempt.dpu,
    };
    Compared { target: target.clone(), then: before.map(side), now: after.map(side), differences }
}

/// What is different about two runs of a job, or two crawls.
pub fn attempts(before: &Attempt, after: &Attempt, at: Time) -> Vec<StepDifference> {
    let mut found = Vec::new();
    if before.state != after.state {
        found.push(StepDifference::State { now: after.state.clone(), then: before.state.clone() });
    }
    if let (Some(then), Some(now)) = (before.elapsed_seconds(at), after.elapsed_seconds(at)) {
        let slower = now * 2 > then * 3 && now > then + 30;
        let faster = now * 3 < then * 2 && now + 30 < then;
        if slower || (faster && after.completed_on.is_some()) {
            found.push(StepDifference::Seconds { now, then });
        }
    }
    match (&before.workers, &after.workers, before.dpu, after.dpu) {
        (Some(then), Some(now), ..) if then != now => {
            found.push(StepDifference::Workers { now: now.clone(), then: then.clone() });
        }
        (.., Some(then), Some(now)) if then != now => found.push(StepDifference::Dpu { now, then }),
        _ => {}
    }
    if let (Some(then), Some(now)) = (&before.glue_version, &after.glue_version)
        && then != now
    {
        found.push(StepDifference::Version { now: now.clone(), then: then.clone() });
    }
    if before.flex != after.flex {
        found.push(StepDifference::Class { flex: after.flex });
    }
    if let (Some(then), Some(now)) = (before.timeout_minutes, after.timeout_minutes)
        && then != now
    {
        found.push(StepDifference::Timeout { now, then });
    }
    found.extend(of_arguments(before, after));
    found
}

/// Arguments that differ by more than by naming their own run.
fn of_arguments(before: &Attempt, after: &Attempt) -> Vec<StepDifference> {
    // A snapshot from the disk has no arguments.
    if before.arguments.is_empty() || after.arguments.is_empty() {
        return Vec::new();
    }
    let names: BTreeSet<&String> = before.arguments.keys().chain(after.arguments.keys()).collect();
    let own = |name: &&&String| !matches!(name.as_str(), "--WORKFLOW_RUN_ID" | "--WORKFLOW_NAME");
    let differs = names.iter().filter(own).filter(|name| before.arguments.get(**name) != after.arguments.get(**name));
    let argument = |name: &String| StepDifference::Argument {
        name: name.clone(),
        now: after.arguments.get(name).cloned(),
        then: before.arguments.get(name).cloned(),
    };
    differs.map(|name| argument(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_that_is_a_secret_is_not_shown() {
        let of = |name: &str| StepDifference::Argument {
            name: name.to_owned(),
            now: Some("hunter2".to_owned()),
            then: Some("hunter1".to_owned()),
        };
        assert_eq!(of("--DB_PASSWORD").to_string(), "--DB_PASSWORD differs (not shown)");
        assert_eq!(of("--table").to_string(), "--table hunter2, was hunter1");
    }
}
