//! The card of an alert: what failed, why, what did not run because of it, whether it is new, and what to do.

use super::checks::Check;
use super::finding::Found;
use super::proofs::{Proof, evidence, others};
use super::proposal::{self, Proposal};
use crate::analysis::layers::{Layer, layer, letter, short_step};
use crate::analysis::log::{Cause, Class};
use crate::analysis::reason::explain;
use crate::analysis::{History, Outcome, outcome};
use crate::domain::{Alert, Column, JobRunId, StepState, Target, Time, Workflow, WorkflowName, WorkflowRun};
use chrono::TimeDelta;

/// Failures within this time of each other may have one cause.
pub(super) const SAME_MINUTES: i64 = 30;

/// What is known of an alert's failure.
#[derive(Debug, Clone)]
pub struct Case<'c> {
    pub alert: &'c Alert,
    pub found: Found<'c>,
    /// All workflows, for other failures of the same minutes.
    pub workflows: &'c [Workflow],
    pub history: Option<&'c History>,
    /// The first real error of the log.
    pub log: Option<&'c LogError>,
    /// Checks that failed, where the data quality was checked.
    pub checks: &'c [Check],
    /// The catalog's databases, as far as they are known, for the query of the rows.
    pub databases: &'c [String],
    /// The columns of the table in bronze and silver, where its schema is in question.
    pub columns: &'c [(String, Vec<Column>)],
    pub now: Time,
}

/// The first real error of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogError {
    pub cause: Cause,
    pub lines: Vec<String>,
    /// The stream, and the time of its first line.
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

/// What the cause is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The run's own words, or its state.
    Run,
    /// The log says more than the run.
    Log,
    /// The run is not known any more.
    Alert,
    Nothing,
}

impl By {
    /// How sure it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Run => "the run itself says so",
            Self::Log => "by its log",
            Self::Alert => "by the alert alone: the run is not known here",
            Self::Nothing => "nothing says why",
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
    pub by: By,
    pub evidence: Vec<Proof>,
    /// Shows the rows that failed a check.
    pub rows: Option<String>,
    pub not_run: Vec<Target>,
    pub stale: Vec<Stale>,
    /// Other workflows whose data of the night are not there, and how they stand.
    pub late: Vec<(WorkflowName, Outcome)>,
    pub seen: Option<Seen>,
    pub proposal: Proposal,
}

/// Makes the card.
pub fn card(case: &Case<'_>) -> Card {
    let Found { workflow, target, run, attempt } = &case.found;
    let words = attempt.and_then(|attempt| attempt.error.clone()).or_else(|| case.alert.message.clone());
    let class = class(case, words.as_deref());
    let cause = cause(case, class, words.as_deref());
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
        by: by(case, class, words.as_deref()),
        evidence: evidence(case, class, words.as_deref()),
        rows: case.checks.iter().find_map(|check| check.rows_query(case.databases)),
        late: late(case),
        proposal: proposal::of(case, class, &others(case, class)),
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

fn is_generic(text: &str) -> bool {
    text.contains("exit code") || text == "Crawler Failed" || text.starts_with("Job run ")
}

fn by(case: &Case<'_>, class: Class, words: Option<&str>) -> By {
    let telling = words.is_some_and(|words| !is_generic(words) && Cause::of(words).class == class);
    let known = case.found.attempt.is_some();
    match (known, telling, case.log.is_some()) {
        (true, true, _) => By::Run,
        (true, false, true) => By::Log,
        (true, false, false) if class != Class::Unknown || words.is_some() => By::Run,
        (false, _, true) => By::Log,
        (false, _, false) if words.is_some() || case.alert.state.is_some() => By::Alert,
        _ => By::Nothing,
    }
}

fn cause(case: &Case<'_>, class: Class, words: Option<&str>) -> String {
    // Where only the log tells the class, it tells the cause too.
    let by_log = case.log.filter(|log| log.cause.class == class && class != Class::Unknown);
    let told = words.is_some_and(|words| Cause::of(words).class == class);
    if let Some(log) = by_log.filter(|_| !told && !matches!(class, Class::CodeError | Class::Timeout)) {
        return log.cause.line();
    }
    match (words.map(explain).filter(|text| !is_generic(text)), &case.log, words) {
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

/// Other workflows whose last run is as old as this one's or newer, and has not brought its data: what else is late.
fn late(case: &Case<'_>) -> Vec<(WorkflowName, Outcome)> {
    let began = case.found.run.and_then(|run| run.started_on).or(case.found.attempt.and_then(|a| a.started_on));
    let Some(since) = began.or(case.alert.at).map(|at| at - TimeDelta::minutes(SAME_MINUTES)) else {
        return Vec::new();
    };
    let own = case.found.workflow.map(|workflow| &workflow.name);
    let of_the_night = |workflow: &&Workflow| {
        let started = workflow.last_run.as_ref().and_then(|run| run.started_on);
        Some(&workflow.name) != own && started.is_some_and(|started| started >= since)
    };
    let outcome = |workflow: &Workflow| (workflow.name.clone(), outcome::of_workflow(workflow));
    let late = |outcome: &Outcome| matches!(outcome, Outcome::Failed | Outcome::Partial | Outcome::Stopped);
    case.workflows.iter().filter(of_the_night).map(outcome).filter(|(_, outcome)| late(outcome)).collect()
}

/// Whether what failed has run well since.
pub(super) fn mended(case: &Case<'_>) -> bool {
    let Some(workflow) = case.found.workflow else { return false };
    let newer = workflow.last_run.as_ref().filter(|last| case.found.run.is_none_or(|run| run.id != last.id));
    let step = newer.and_then(|run| run.step(&case.found.target)).and_then(|step| step.last());
    let good_step = step.is_some_and(|attempt| attempt.state == StepState::Succeeded);
    good_step && outcome::of_workflow(workflow) == Outcome::Good
}
