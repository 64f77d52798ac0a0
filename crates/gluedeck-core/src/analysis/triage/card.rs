//! The card of an alert: what failed, why, what did not run because of it, whether it is new, and what to do.

use super::case::{Case, SAME_MINUTES, failed_at, is_evaluation};
use super::finding::Found;
use super::proofs::{EvidenceItem, evidence, others};
use super::proposal::{self, Proposal};
use crate::analysis::layers::{Layer, layer, letter, short_step};
use crate::analysis::log::{Cause, Class};
use crate::analysis::reason::explain;
use crate::analysis::rerun::class_of;
use crate::analysis::{History, Outcome, outcome};
use crate::domain::{Attempt, JobRunId, Pipeline, PipelineId, PipelineRun, StepState, Target, Time};
use chrono::TimeDelta;

/// Data that are older than they should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    pub layer: Layer,
    /// When the layer was last written; none if not within the runs that are known.
    pub since: Option<Time>,
}

/// Whether it has happened before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurrence {
    pub kind: RecurrenceKind,
    /// Failures of this step among the earlier runs that are known.
    pub failures: usize,
    pub runs: usize,
}

/// How it has happened before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecurrenceKind {
    /// Not within the runs that are known.
    New,
    /// Now and then.
    Flapping,
    /// In the run before too.
    Old,
}

impl RecurrenceKind {
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
pub enum CauseSource {
    /// The run's own words, or its state.
    Run,
    /// The log has more than the run.
    Log,
    /// A result of Glue Data Quality.
    Evaluation,
    /// The run is not known any more.
    Alert,
    Nothing,
}

impl CauseSource {
    /// How sure it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Run => "source: job run error message",
            Self::Log => "source: log",
            Self::Evaluation => "source: Glue Data Quality result",
            Self::Alert => "source: alert only (run not found here)",
            Self::Nothing => "no cause found",
        }
    }
}

/// What one alert comes to: what the console shows, and `gluedeck triage` prints.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub class: Class,
    pub workflow: Option<PipelineId>,
    pub target: Target,
    /// `silver DQ`.
    pub step: String,
    pub state: String,
    pub run: Option<JobRunId>,
    /// Counts from 1; none if it is not known.
    pub attempt: Option<usize>,
    pub at: Option<Time>,
    pub cause: String,
    pub by: CauseSource,
    pub evidence: Vec<EvidenceItem>,
    /// Shows the rows that failed a check.
    pub rows: Option<String>,
    /// The alert names no run: this is the latest failure.
    pub latest: bool,
    /// None if the workflow's run is not known.
    pub not_run: Option<Vec<Target>>,
    /// Whether the run goes on, so that what has not run may still run.
    pub under_way: bool,
    pub stale: Vec<Stale>,
    /// Other workflows whose data of the night are not there, and how they stand.
    pub late: Vec<(PipelineId, Outcome)>,
    pub seen: Option<Recurrence>,
    pub proposal: Proposal,
}

/// Makes the card.
pub fn card(case: &Case<'_>) -> Card {
    let Found { workflow, target, run, attempt } = &case.found;
    let words = attempt.and_then(|attempt| attempt.error.clone()).or_else(|| case.alert.message.clone());
    let class = class(case, words.as_deref());
    let cause = cause(case, class, words.as_deref());
    let not_run = workflow.zip(*run).map(|(workflow, run)| not_run(workflow, run, target));
    let stale = stale(case, not_run.as_deref().unwrap_or_default());
    let seen = case.history.map(|history| seen(history, target, *run));
    let state = attempt.map(|attempt| attempt.state.word().to_owned()).or_else(|| case.alert.state.clone());
    let number = run.and_then(|run| run.step(target)).zip(*attempt).and_then(|(step, attempt)| {
        let place = step.attempts.iter().position(|known| known.id == attempt.id)?;
        Some(step.attempts.len() - place)
    });
    Card {
        class,
        workflow: workflow.map(|workflow| workflow.id.clone()),
        target: target.clone(),
        step: short_step(target),
        state: state.unwrap_or_else(|| "unknown".to_owned()),
        run: attempt.and_then(|attempt| attempt.id.clone()).or_else(|| case.alert.run.clone().map(JobRunId::new)),
        attempt: number,
        at: attempt.and_then(|attempt| attempt.completed_on.or(attempt.started_on)).or(case.alert.at),
        by: by(case, class, words.as_deref()),
        evidence: evidence(case, class, words.as_deref()),
        latest: case.latest && case.found.attempt.is_some(),
        rows: case.checks.iter().find_map(|check| check.rows_query(case.databases)),
        late: late(case),
        proposal: proposal::of(case, class, &others(case, class)),
        cause,
        not_run,
        under_way: run.is_some_and(|run| run.status.is_active()),
        stale,
        seen,
    }
}

/// By the words of the error; where they say little, by the log's.
fn class(case: &Case<'_>, words: Option<&str>) -> Class {
    if is_evaluation(case) {
        return Class::DataQuality;
    }
    let timed_out = case
        .found
        .attempt
        .map_or(case.alert.state.as_deref() == Some("TIMEOUT"), |attempt| attempt.state == StepState::Timeout);
    class_of(&case.found.target, timed_out, words, case.log.map(|log| log.cause.class))
}

fn is_generic(text: &str) -> bool {
    text.contains("exit code") || text == "Crawler Failed" || text.starts_with("Job run ")
}

fn by(case: &Case<'_>, class: Class, words: Option<&str>) -> CauseSource {
    if is_evaluation(case) && case.quality.is_some() {
        return CauseSource::Evaluation;
    }
    let telling = words.is_some_and(|words| !is_generic(words) && Cause::of(words).class == class);
    let known = case.found.attempt.is_some();
    match (known, telling, case.log.is_some()) {
        (true, true, _) => CauseSource::Run,
        (true, false, true) => CauseSource::Log,
        (true, false, false) if class != Class::Unknown || words.is_some() => CauseSource::Run,
        (false, _, true) => CauseSource::Log,
        (false, _, false) if words.is_some() || case.alert.state.is_some() => CauseSource::Alert,
        _ => CauseSource::Nothing,
    }
}

fn cause(case: &Case<'_>, class: Class, words: Option<&str>) -> String {
    // Where only the log shows the class, it shows the cause too.
    let by_log = case.log.filter(|log| log.cause.class == class && class != Class::Unknown);
    let told = words.is_some_and(|words| Cause::of(words).class == class);
    if let Some(log) = by_log.filter(|_| !told && !matches!(class, Class::CodeError | Class::Timeout)) {
        return log.cause.line();
    }
    match (words.map(explain).filter(|text| !is_generic(text)), &case.log, words) {
        (Some(text), ..) => text,
        (None, Some(log), _) => log.cause.line(),
        (None, None, Some(words)) => explain(words),
        (None, None, None) => "no cause in the run or its log".to_owned(),
    }
}

/// Steps behind the one that failed, that the run has not started.
fn not_run(workflow: &Pipeline, run: &PipelineRun, failed: &Target) -> Vec<Target> {
    let ran = |target: &Target| run.step(target).is_some_and(|step| !step.attempts.is_empty());
    let targets = workflow.targets().into_iter();
    targets.skip_while(|target| *target != failed).skip(1).filter(|target| !ran(target)).cloned().collect()
}

/// The layers that were not written because of it, and have not been since: since when they are what they are.
fn stale(case: &Case<'_>, not_run: &[Target]) -> Vec<Stale> {
    let jobs = std::iter::once(&case.found.target).chain(not_run).filter(|target| letter(target) == 'J');
    let at = failed_at(case);
    let stale = |target: &Target| {
        let since = written(case, target);
        let newer = since.zip(at).is_some_and(|(since, at)| since > at);
        (!newer).then_some(Stale { layer: layer(target)?, since })
    };
    jobs.filter_map(stale).collect()
}

fn seen(history: &History, target: &Target, run: Option<&PipelineRun>) -> Recurrence {
    let earlier: Vec<_> =
        history.past_runs.iter().filter(|past| run.is_none_or(|run| past.run.started_on < run.started_on)).collect();
    let failed = |past: &&&crate::analysis::PastRun| {
        past.run.step(target).and_then(|step| step.last()).is_some_and(|attempt| attempt.state.is_failure())
    };
    let failures = earlier.iter().filter(failed).count();
    let before = earlier.last().is_some_and(|past| failed(&past));
    let kind = match (failures, before) {
        (0, _) => RecurrenceKind::New,
        (_, true) => RecurrenceKind::Old,
        _ => RecurrenceKind::Flapping,
    };
    Recurrence { kind, failures, runs: earlier.len() }
}

/// Other workflows whose last run is as old as this one's or newer, and has not brought its data: what else is late.
fn late(case: &Case<'_>) -> Vec<(PipelineId, Outcome)> {
    let began = case.found.run.and_then(|run| run.started_on).or(case.found.attempt.and_then(|a| a.started_on));
    let Some(since) = began.or(case.alert.at).map(|at| at - TimeDelta::minutes(SAME_MINUTES)) else {
        return Vec::new();
    };
    let own = case.found.workflow.map(|workflow| &workflow.id);
    let of_the_night = |workflow: &&Pipeline| {
        let started = workflow.last_run.as_ref().and_then(|run| run.started_on);
        Some(&workflow.id) != own
            && started.is_some_and(|started| started >= since && started - since <= TimeDelta::hours(12))
    };
    let outcome = |workflow: &Pipeline| (workflow.id.clone(), outcome::of_pipeline(workflow));
    let late = |outcome: &Outcome| matches!(outcome, Outcome::Failed | Outcome::Partial | Outcome::Stopped);
    case.pipelines.iter().filter(of_the_night).map(outcome).filter(|(_, outcome)| late(outcome)).collect()
}

/// All runs that are known, each once, the newest first.
fn runs<'c>(case: &Case<'c>) -> impl Iterator<Item = &'c PipelineRun> {
    let last = case.found.workflow.and_then(|workflow| workflow.last_run.as_ref());
    let past_runs = case.history.into_iter().flat_map(|history| history.past_runs.iter().rev().map(|past| &past.run));
    last.into_iter().chain(past_runs.filter(move |run| last.is_none_or(|last| last.id != run.id)))
}

/// The end of the newest good attempt of a step.
fn written(case: &Case<'_>, target: &Target) -> Option<Time> {
    let good = |attempt: &&Attempt| attempt.state == StepState::Succeeded;
    let ends = |run: &PipelineRun| {
        let attempts = run.step(target).into_iter().flat_map(|step| &step.attempts).filter(good);
        attempts.filter_map(|attempt| attempt.completed_on).max()
    };
    runs(case).filter_map(ends).max()
}
