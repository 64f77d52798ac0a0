//! The card of an alert: what failed, why, what did not run because of it, whether it is new, and what to do.

use super::checks::Check;
use super::proposal::{self, Proposal};
use crate::analysis::compare::compare;
use crate::analysis::layers::{Layer, layer, letter, short_step};
use crate::analysis::log::{Cause, Class};
use crate::analysis::reason::{explain, failed_step};
use crate::analysis::{History, Outcome, outcome};
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
    pub log: Option<&'c LogError>,
    /// Checks that failed, where the data quality was checked.
    pub checks: &'c [Check],
    /// The catalog's databases, as far as they are known, for the query of the rows.
    pub databases: &'c [String],
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

/// Something that shows it, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub kind: Kind,
    pub what: String,
    pub place: String,
}

/// What kind of evidence it is: where it leads follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The error message of the run, or of the alert.
    Words,
    /// Lines of the log, from the first real error on.
    Log,
    /// A check that failed.
    Check,
    /// What is not as in the last good run.
    Difference,
    /// Other workflows that failed in the same minutes for the same reason.
    Same(Vec<WorkflowName>),
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

fn evidence(case: &Case<'_>, class: Class, words: Option<&str>) -> Vec<Proof> {
    let mut proofs = Vec::new();
    let target = case.found.target.name();
    let mut add = |kind, what: String, place: &str| proofs.push(Proof { kind, what, place: place.to_owned() });
    if let Some(words) = words {
        let from = if case.found.attempt.is_some() { "ErrorMessage of the run" } else { "the alert" };
        add(Kind::Words, words.lines().take(3).collect::<Vec<_>>().join(" "), from);
    }
    if let Some(log) = &case.log {
        add(Kind::Log, log.lines.iter().take(12).cloned().collect::<Vec<_>>().join("\n"), &log.place);
    }
    for check in case.checks {
        add(Kind::Check, check.words(), "data_quality.column_checks");
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
                add(
                    Kind::Difference,
                    format!("{}: {difference}", short_step(&compared.target)),
                    "beside the last good run",
                );
            }
        }
    }
    let same = others(case, class);
    if !same.is_empty() {
        let names: Vec<&str> = same.iter().map(|workflow| workflow.short_name()).collect();
        let what = format!("the same in the same minutes: {}", names.join(", "));
        let kind = Kind::Same(same.iter().map(|workflow| workflow.name.clone()).collect());
        add(kind, what, "the other workflows' last runs");
    }
    proofs
}

/// Other workflows that failed in the same minutes with the same class.
fn others<'c>(case: &Case<'c>, class: Class) -> Vec<&'c Workflow> {
    let end = |attempt: &Attempt| attempt.completed_on.or(attempt.started_on);
    let own_words = case.found.attempt.and_then(|attempt| attempt.error.as_deref()).unwrap_or_default();
    let Some(at) = case.found.attempt.and_then(end).or(case.alert.at) else { return Vec::new() };
    let alike = |workflow: &&Workflow| {
        let own = case.found.workflow.is_some_and(|found| found.name == workflow.name);
        let attempt = workflow.last_run.as_ref().and_then(failed_step).and_then(|step| step.last());
        !own && attempt.is_some_and(|attempt| {
            let near = end(attempt).is_some_and(|other| (other - at).abs() < TimeDelta::minutes(SAME_MINUTES));
            near && attempt.error.as_deref().is_some_and(|words| is_same(words, own_words, class))
        })
    };
    case.workflows.iter().filter(alike).collect()
}

/// Whether two errors have one cause. What comes from the account is the same whatever it says; the rest is the same only in
/// the same words.
fn is_same(words: &str, own: &str, class: Class) -> bool {
    let (other, own_cause) = (Cause::of(words), Cause::of(own));
    other.class == class
        && match class {
            Class::DpuLimit | Class::Concurrency | Class::Throttling => true,
            Class::AccessDenied => other.detail.is_some() && other.detail == own_cause.detail,
            _ => explain(words) == explain(own),
        }
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
