//! The card of an alert: what failed, why, what did not run because of it, whether it is new, and what to do.

use super::proposal::{self, Proposal};
use crate::analysis::compare::compare;
use crate::analysis::layers::{Layer, layer, letter, short_step};
use crate::analysis::log::{Cause, Class};
use crate::analysis::reason::{explain, failed_step};
use crate::analysis::{History, Outcome};
use crate::domain::{Alert, Attempt, JobRunId, StepState, Target, Time, Workflow, WorkflowName, WorkflowRun};
use chrono::TimeDelta;

/// Failures within this time of each other may have one cause.
const SAME_MINUTES: i64 = 30;

/// What is known of an alert's failure.
#[derive(Debug, Clone)]
pub struct Case<'c> {
    pub alert: &'c Alert,
    pub found: Found<'c>,
    /// All workflows, for other failures of the same minutes.
    pub workflows: &'c [Workflow],
    pub history: Option<&'c History>,
    /// The first real error of the log.
    pub log: Option<LogError>,
    /// Checks that failed, where the data quality was checked.
    pub checks: Vec<Check>,
    pub now: Time,
}

/// Where in the account an alert leads.
#[derive(Debug, Clone)]
pub struct Found<'c> {
    pub workflow: Option<&'c Workflow>,
    pub target: Target,
    /// The workflow's run that it is about; none if it is not among those that are known.
    pub run: Option<&'c WorkflowRun>,
    pub attempt: Option<&'c Attempt>,
}

/// The first real error of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogError {
    pub cause: Cause,
    pub lines: Vec<String>,
    /// The stream, and the time of its first line.
    pub place: String,
}

/// A check of data quality that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    pub column: String,
    pub name: String,
    pub failed_rows: String,
    pub total_rows: String,
    pub observed: String,
    pub threshold: String,
}

/// Something that shows it, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub what: String,
    pub place: String,
}

/// Data that are older than they should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    pub layer: Layer,
    /// When the layer was last written; none if not within the runs that are known.
    pub since: Option<Time>,
}

/// Whether it has happened before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub kind: SeenKind,
    /// Failures of this step among the earlier runs that are known.
    pub failures: usize,
    pub runs: usize,
}

/// How it has happened before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenKind {
    /// Not within the runs that are known.
    New,
    /// Now and then.
    Flapping,
    /// In the run before too.
    Old,
}

impl SeenKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Flapping => "flapping",
            Self::Old => "old",
        }
    }
}

/// The card.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub class: Class,
    pub workflow: Option<WorkflowName>,
    pub target: Target,
    /// `silver DQ`.
    pub step: String,
    pub state: String,
    pub run: Option<JobRunId>,
    /// Counts from 1; none if it is not known.
    pub attempt: Option<usize>,
    pub at: Option<Time>,
    pub cause: String,
    pub evidence: Vec<Proof>,
    pub not_run: Vec<Target>,
    pub stale: Vec<Stale>,
    pub seen: Option<Seen>,
    pub proposal: Proposal,
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

/// Makes the card.
pub fn card(case: &Case<'_>) -> Card {
    let Found { workflow, target, run, attempt } = &case.found;
    let words = attempt.and_then(|attempt| attempt.error.clone()).or_else(|| case.alert.message.clone());
    let class = class(case, words.as_deref());
    let cause = cause(case, words.as_deref());
    let not_run = workflow.zip(*run).map(|(workflow, run)| not_run(workflow, run, target)).unwrap_or_default();
    let stale = stale(target, &not_run, case.history, *run);
    let seen = case.history.map(|history| seen(history, target, *run));
    let state = attempt.map(|attempt| attempt.state.word().to_owned()).or_else(|| case.alert.state.clone());
    let number = run.and_then(|run| run.step(target)).zip(*attempt).and_then(|(step, attempt)| {
        let place = step.attempts.iter().position(|known| known.id == attempt.id)?;
        Some(step.attempts.len() - place)
    });
    Card {
        class,
        workflow: workflow.map(|workflow| workflow.name.clone()),
        target: target.clone(),
        step: short_step(target),
        state: state.unwrap_or_else(|| "unknown".to_owned()),
        run: attempt.and_then(|attempt| attempt.id.clone()).or_else(|| case.alert.run.clone().map(JobRunId::new)),
        attempt: number,
        at: attempt.and_then(|attempt| attempt.completed_on.or(attempt.started_on)).or(case.alert.at),
        evidence: evidence(case, class, words.as_deref()),
        proposal: proposal::of(case, class),
        cause,
        not_run,
        stale,
        seen,
    }
}

/// By the words of the error; where they say little, by the log's.
fn class(case: &Case<'_>, words: Option<&str>) -> Class {
    let timed_out = case.found.attempt.is_some_and(|attempt| attempt.state == StepState::Timeout)
        || case.alert.state.as_deref() == Some("TIMEOUT");
    if matches!(case.found.target, Target::Crawler(_)) {
        return Class::Crawler;
    }
    if timed_out {
        return Class::Timeout;
    }
    let by_words = words.map_or(Class::Unknown, |words| Cause::of(words).class);
    match (by_words, &case.log) {
        (Class::Unknown | Class::CodeError, Some(log)) if log.cause.class != Class::Unknown => log.cause.class,
        (by_words, _) => by_words,
    }
}

fn cause(case: &Case<'_>, words: Option<&str>) -> String {
    let generic = |text: &str| text.contains("exit code") || text == "Crawler Failed" || text.starts_with("Job run ");
    match (words.map(explain).filter(|text| !generic(text)), &case.log, words) {
        (Some(text), ..) => text,
        (None, Some(log), _) => log.cause.line(),
        (None, None, Some(words)) => explain(words),
        (None, None, None) => "neither the run nor its log says why".to_owned(),
    }
}

/// Steps behind the one that failed, that the run has not started.
fn not_run(workflow: &Workflow, run: &WorkflowRun, failed: &Target) -> Vec<Target> {
    let ran = |target: &Target| run.step(target).is_some_and(|step| !step.attempts.is_empty());
    let targets = workflow.targets().into_iter();
    targets.skip_while(|target| *target != failed).skip(1).filter(|target| !ran(target)).cloned().collect()
}

/// The layers that were not written because of it, and since when they are what they are.
fn stale(failed: &Target, not_run: &[Target], history: Option<&History>, run: Option<&WorkflowRun>) -> Vec<Stale> {
    let jobs = std::iter::once(failed).chain(not_run).filter(|target| letter(target) == 'J');
    let written = |target: &Target| {
        let nights = history.into_iter().flat_map(|history| history.nights.iter().rev());
        let earlier = nights.filter(|night| run.is_none_or(|run| night.run.started_on < run.started_on));
        let good = |night: &crate::analysis::Night| {
            let attempt = night.run.step(target)?.last().filter(|attempt| attempt.state == StepState::Succeeded)?;
            attempt.completed_on
        };
        earlier.filter_map(good).next()
    };
    jobs.filter_map(|target| Some(Stale { layer: layer(target)?, since: written(target) })).collect()
}

fn seen(history: &History, target: &Target, run: Option<&WorkflowRun>) -> Seen {
    let earlier: Vec<_> =
        history.nights.iter().filter(|night| run.is_none_or(|run| night.run.started_on < run.started_on)).collect();
    let failed = |night: &&&crate::analysis::Night| {
        night.run.step(target).and_then(|step| step.last()).is_some_and(|attempt| attempt.state.is_failure())
    };
    let failures = earlier.iter().filter(failed).count();
    let before = earlier.last().is_some_and(|night| failed(&night));
    let kind = match (failures, before) {
        (0, _) => SeenKind::New,
        (_, true) => SeenKind::Old,
        _ => SeenKind::Flapping,
    };
    Seen { kind, failures, runs: earlier.len() }
}

fn evidence(case: &Case<'_>, class: Class, words: Option<&str>) -> Vec<Proof> {
    let mut proofs = Vec::new();
    let target = case.found.target.name();
    let mut add = |what: String, place: &str| proofs.push(Proof { what, place: place.to_owned() });
    if let Some(words) = words {
        let from = if case.found.attempt.is_some() { "ErrorMessage of the run" } else { "the alert" };
        add(words.lines().take(3).collect::<Vec<_>>().join(" "), from);
    }
    if let Some(log) = &case.log {
        add(log.lines.iter().take(12).cloned().collect::<Vec<_>>().join("\n"), &log.place);
    }
    for check in &case.checks {
        let what = format!(
            "{} {}: {} of {} rows, observed {}, allowed {}",
            check.column, check.name, check.failed_rows, check.total_rows, check.observed, check.threshold
        );
        add(what, "data_quality.column_checks");
    }
    if let (Some(run), Some(good)) = (case.found.run, case.history.and_then(History::last_good)) {
        for compared in compare(&good.run, run, case.now) {
            let own = compared.target.name() == target;
            // That it failed, and ended early with that, is known; what was given to it is not.
            let telling = |text: &&String| match own {
                true => !text.contains(", was ") || text.contains("workers"),
                false => *text != "did not run",
            };
            let timed = |text: &&String| !own || !text.contains(" the time");
            for difference in compared.differences.iter().filter(telling).filter(timed) {
                add(format!("{}: {difference}", short_step(&compared.target)), "beside the last good run");
            }
        }
    }
    let same: Vec<&str> = others(case, class).into_iter().map(Workflow::short_name).collect();
    if !same.is_empty() {
        add(format!("the same in the same minutes: {}", same.join(", ")), "the other workflows' last runs");
    }
    proofs
}

/// Other workflows that failed in the same minutes with the same class.
fn others<'c>(case: &Case<'c>, class: Class) -> Vec<&'c Workflow> {
    let end = |attempt: &Attempt| attempt.completed_on.or(attempt.started_on);
    let Some(at) = case.found.attempt.and_then(end).or(case.alert.at) else { return Vec::new() };
    let alike = |workflow: &&Workflow| {
        let own = case.found.workflow.is_some_and(|found| found.name == workflow.name);
        let attempt = workflow.last_run.as_ref().and_then(failed_step).and_then(|step| step.last());
        !own && attempt.is_some_and(|attempt| {
            let near = end(attempt).is_some_and(|other| (other - at).abs() < TimeDelta::minutes(SAME_MINUTES));
            near && attempt.error.as_deref().is_some_and(|words| Cause::of(words).class == class)
        })
    };
    case.workflows.iter().filter(alike).collect()
}

/// Whether what failed has run well since.
pub(super) fn mended(case: &Case<'_>) -> bool {
    let Some(workflow) = case.found.workflow else { return false };
    let newer = workflow.last_run.as_ref().filter(|last| case.found.run.is_none_or(|run| run.id != last.id));
    let step = newer.and_then(|run| run.step(&case.found.target)).and_then(|step| step.last());
    let good_step = step.is_some_and(|attempt| attempt.state == StepState::Succeeded);
    good_step && crate::analysis::outcome::of_workflow(workflow) == Outcome::Good
}
