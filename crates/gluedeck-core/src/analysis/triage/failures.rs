//! The failures of the last day, from the runs as the API reports them: also those of which no alert was sent.

use crate::analysis::log::{Cause, Class};
use crate::analysis::plan::Facts;
use crate::analysis::reason::explain;
use crate::analysis::rerun::class_of;
use crate::analysis::{History, Outcome, outcome};
use crate::domain::schedule::last_fire;
use crate::domain::{
    Alert, AlertSubject, Attempt, JobRunId, Pipeline, PipelineId, PipelineRun, RunStatus, StepRun, StepState, Target,
    Time, TriggerKind,
};
use chrono::TimeDelta;
use std::collections::HashSet;

/// How far is looked back.
const DAY: TimeDelta = TimeDelta::hours(24);
/// A run that should have started by its schedule has so long before it counts as never started.
const GRACE: TimeDelta = TimeDelta::minutes(5);
/// Times of a schedule that are looked at: of one that fires every minute, the last of the day.
const MAX_SCHEDULE_TIMES: usize = 48;

/// Something that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What tells it from every other.
    pub key: String,
    pub workflow: PipelineId,
    /// None of what concerns the whole run.
    pub target: Option<Target>,
    pub run: Option<JobRunId>,
    pub at: Time,
    /// The API's value, or `NEVER STARTED`.
    pub state: String,
    pub class: Class,
    /// In one line.
    pub cause: String,
    pub since: Since,
    /// Whether the pipeline's rule posts such a failure: of workflows, jobs that FAILED or hit their TIMEOUT, and nothing
    /// else (docs/pipeline.md: Alerts). None of what is outside of workflows: which rules are about it is not known.
    pub alert_sent: Option<bool>,
}

/// What became of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Since {
    Open,
    /// A newer run of the workflow is under way.
    Running,
    /// The step has run well since.
    Recovered,
}

/// The failures of the last day; those that are open first, the newest first. Of workflows whose earlier runs are not
/// known, nothing is said of runs that never started.
pub fn failures(facts: &dyn Facts) -> Vec<Failure> {
    failures_since(facts, DAY)
}

/// The same of another time than a day.
pub fn failures_since(facts: &dyn Facts, back: TimeDelta) -> Vec<Failure> {
    let from = facts.now() - back;
    let mut found = Vec::new();
    for workflow in facts.pipelines() {
        let history = facts.history(&workflow.id);
        let runs = runs(workflow, history);
        let mut seen = HashSet::new();
        for run in &runs {
            found.extend(of_run(workflow, run, &runs, from).into_iter().filter(|f| seen.insert(f.key.clone())));
        }
        if history.is_some() {
            found.extend(never_started(workflow, &runs, from, facts.now()));
        }
    }
    found.sort_by(|a, b| a.since.cmp(&b.since).then(b.at.cmp(&a.at)).then_with(|| a.workflow.cmp(&b.workflow)));
    found
}

/// All runs that are known, the newest first.
fn runs<'w>(workflow: &'w Pipeline, history: Option<&'w History>) -> Vec<&'w PipelineRun> {
    let past_runs = history.into_iter().flat_map(|history| history.past_runs.iter().map(|past| &past.run));
    // The last run as the board has it is newer than as the history has it.
    let older = past_runs.filter(|run| workflow.last_run.as_ref().is_none_or(|last| last.id != run.id));
    let mut runs: Vec<&PipelineRun> = workflow.last_run.iter().chain(older).collect();
    runs.sort_by_key(|run| std::cmp::Reverse(run.started_on));
    runs
}

fn of_run(workflow: &Pipeline, run: &PipelineRun, all: &[&PipelineRun], from: Time) -> Vec<Failure> {
    let mut found = Vec::new();
    for step in run.steps.iter().flatten() {
        let Some(attempt) = step.last().filter(|a| a.state.is_failure() || a.state.is_stopped()) else { continue };
        // A resumed run carries what its predecessor did.
        let own = attempt.started_on.zip(run.started_on).is_none_or(|(attempt, run)| attempt >= run);
        let at = attempt.completed_on.or(attempt.started_on);
        if let Some(at) = at.filter(|at| own && *at >= from) {
            found.push(of_step(workflow, step, attempt, at, since(run, Some(&step.target), all)));
        }
    }
    let ended = matches!(run.status, RunStatus::Error | RunStatus::Stopped);
    let at = run.completed_on.or(run.started_on).filter(|at| *at >= from);
    if let Some(at) = at.filter(|_| ended && found.is_empty()) {
        let cause = run.error.clone().unwrap_or_else(|| format!("run ended with {}", run.status.word()));
        found.push(Failure {
            key: run.id.to_string(),
            workflow: workflow.id.clone(),
            target: None,
            run: None,
            at,
            state: run.status.word().to_owned(),
            class: Cause::of(&cause).class,
            cause: explain(&cause),
            since: since(run, None, all),
            alert_sent: rule_posts(workflow, false),
        });
    }
    found
}

fn of_step(workflow: &Pipeline, step: &StepRun, attempt: &Attempt, at: Time, since: Since) -> Failure {
    let crawler = matches!(step.target, Target::Crawler(_));
    let words = attempt.error.as_deref();
    let class = class_of(&step.target, attempt.state == StepState::Timeout, words, None);
    let cause = match words {
        Some(words) => explain(words),
        None if attempt.state.is_stopped() => "stopped on request".to_owned(),
        None => "no error message".to_owned(),
    };
    let key = attempt.id.as_ref().map_or_else(|| format!("{} {at}", step.target.name()), ToString::to_string);
    Failure {
        key,
        workflow: workflow.id.clone(),
        target: Some(step.target.clone()),
        run: attempt.id.clone(),
        at,
        state: attempt.state.word().to_owned(),
        class,
        cause,
        since,
        alert_sent: rule_posts(workflow, !crawler && matches!(attempt.state, StepState::Failed | StepState::Timeout)),
    }
}

/// Whether the pipeline's rule posts a failure, of what it is about.
fn rule_posts(pipeline: &Pipeline, posts: bool) -> Option<bool> {
    pipeline.id.as_workflow().map(|_| posts)
}

/// What newer runs have made of it.
fn since(run: &PipelineRun, target: Option<&Target>, all: &[&PipelineRun]) -> Since {
    let newer = || all.iter().filter(|other| other.started_on > run.started_on);
    let good = |other: &&PipelineRun| match target {
        Some(target) => other.step(target).and_then(StepRun::last).is_some_and(|a| a.state == StepState::Succeeded),
        None => outcome::of_run(other, None) == Outcome::Succeeded,
    };
    if newer().any(good) {
        Since::Recovered
    } else if newer().any(|other| other.status.is_active()) {
        Since::Running
    } else {
        Since::Open
    }
}

/// Times of the schedule at which no run began.
fn never_started(workflow: &Pipeline, runs: &[&PipelineRun], from: Time, now: Time) -> Vec<Failure> {
    let mut found = Vec::new();
    // Before the oldest run that is known nothing can be said; one that has none may be new.
    let Some(oldest) = runs.last().and_then(|run| run.started_on) else { return found };
    let scheduled = workflow.triggers.iter().filter(|t| t.kind == TriggerKind::Scheduled && t.can_fire());
    for schedule in scheduled.filter_map(|trigger| trigger.schedule.as_deref()) {
        let mut until = now - GRACE;
        for _ in 0..MAX_SCHEDULE_TIMES {
            let Some(due) = last_fire(schedule, until).filter(|due| *due >= from && *due > oldest) else { break };
            until = due - TimeDelta::seconds(1);
            let begins = |run: &&PipelineRun| {
                run.started_on.is_some_and(|at| at >= due - TimeDelta::minutes(1) && at <= due + TimeDelta::minutes(15))
            };
            if runs.iter().any(begins) {
                continue;
            }
            let later = runs.iter().find(|run| run.started_on > Some(due));
            let since = match later.map(|run| outcome::of_run(run, Some(workflow))) {
                Some(Outcome::Succeeded) => Since::Recovered,
                Some(Outcome::Running) => Since::Running,
                _ => Since::Open,
            };
            found.push(Failure {
                key: format!("{} {due}", workflow.id),
                workflow: workflow.id.clone(),
                target: None,
                run: None,
                at: due,
                state: "NEVER STARTED".to_owned(),
                class: Class::Unknown,
                cause: format!("scheduled start at {}Z did not happen", due.format("%H:%M")),
                since,
                alert_sent: rule_posts(workflow, false),
            });
        }
    }
    found
}

impl Failure {
    /// The alert that would have told it; none of what has no step.
    pub fn alert(&self) -> Option<Alert> {
        let target = self.target.as_ref()?;
        let about = if matches!(target, Target::Job(_)) { AlertSubject::Job } else { AlertSubject::Crawler };
        Some(Alert {
            about,
            name: Some(target.name().to_owned()),
            state: Some(self.state.clone()),
            run: self.run.as_ref().map(ToString::to_string),
            at: Some(self.at),
            ..Alert::default()
        })
    }
}
