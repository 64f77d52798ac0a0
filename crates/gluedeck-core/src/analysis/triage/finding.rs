//! What an alert is about, among the workflows.

use crate::analysis::History;
use crate::analysis::filter::Scorer;
use crate::analysis::layers::short_step;
use crate::analysis::names;
use crate::analysis::reason::failed_step;
use crate::domain::{Alert, AlertSubject, Attempt, Pipeline, PipelineId, PipelineRun, Target};
use chrono::TimeDelta;
use thiserror::Error;

/// An event may be stamped so much before the end that the run itself tells, and so long after it.
const EARLY: TimeDelta = TimeDelta::minutes(5);
const LATE: TimeDelta = TimeDelta::hours(24);
/// The beginning of an id that is enough: `jr_` and eight figures.
const MIN_ID_CHARS: usize = 11;

/// Where in the account an alert leads.
#[derive(Debug, Clone)]
pub struct Found<'c> {
    pub workflow: Option<&'c Pipeline>,
    pub target: Target,
    /// The workflow's run that it is about; none if it is not among those that are known.
    pub run: Option<&'c PipelineRun>,
    pub attempt: Option<&'c Attempt>,
}

/// Why there is no card on an alert.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotFound {
    #[error("no recent workflow run has the ID {0}")]
    Run(String),
    /// What is called nearly so, as a question.
    #[error("no workflow, job or crawler named {name} here{nearest}")]
    Name { name: String, nearest: String },
    /// The ways to say which is meant.
    #[error("{name} is {}; which one: {}?", kinds(.choices), .choices.join(" or "))]
    Ambiguous { name: String, choices: Vec<String> },
    /// What became of the table, if the alert has it.
    #[error("the alert is about the table {name}{what}, and names no job or crawler")]
    Table { name: String, what: String },
    #[error("{0} has never run")]
    NeverRan(String),
    #[error("{0}: no failed step in its last run")]
    NothingFailed(PipelineId),
    /// Its state, and which step has failed.
    #[error("{target} {state}{other}")]
    NotFailed { target: String, state: String, other: String },
}

/// What an alert is about, among the workflows.
///
/// # Errors
/// If it names nothing that is here, or nothing that has failed.
pub fn find<'c>(alert: &Alert, workflows: &'c [Pipeline]) -> Result<Found<'c>, NotFound> {
    let steps = |workflow: &'c Pipeline| workflow.last_run.iter().flat_map(|run| run.steps.iter().flatten());
    if let Some(id) = &alert.run {
        for workflow in workflows {
            for step in steps(workflow) {
                let same = |attempt: &&Attempt| attempt.id.as_ref().is_some_and(|known| is_id(known.as_str(), id));
                if let Some(attempt) = step.attempts.iter().find(same) {
                    let (target, run) = (step.target.clone(), workflow.last_run.as_ref());
                    return Ok(Found { workflow: Some(workflow), target, run, attempt: Some(attempt) });
                }
            }
            let of_workflow = workflow.last_run.as_ref().filter(|run| is_id(run.id.as_str(), id));
            if let Some(found) = of_workflow.and_then(|_| failed_of(workflow)) {
                return Ok(found);
            }
        }
    }
    let Some(name) = &alert.name else {
        return Err(NotFound::Run(alert.run.clone().unwrap_or_default()));
    };
    if alert.about == AlertSubject::Table {
        let what = alert.message.as_ref().map(|message| format!(" ({message})")).unwrap_or_default();
        return Err(NotFound::Table { name: name.clone(), what });
    }
    let asked = names::Asked::of(name);
    if alert.about == AlertSubject::Anything {
        let choices = names::choices(&asked, workflows);
        if choices.len() > 1 {
            return Err(NotFound::Ambiguous { name: name.clone(), choices });
        }
    }
    let (name, kind) = (asked.name, asked.kind);
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    let meant = |target: &Target| kind.is_none_or(|kind| kind == PipelineId::Alone(target.clone()).kind());
    for workflow in workflows {
        if let Some(target) = workflow.targets().into_iter().find(|target| is(target.name()) && meant(target)) {
            let last = steps(workflow).find(|step| &step.target == target).and_then(|step| step.last());
            if alert.about == AlertSubject::Anything && alert.run.is_none() {
                let bad = last.filter(|attempt| attempt.state.is_failure() || attempt.state.is_stopped());
                let attempt = Some(bad.ok_or_else(|| not_failed(workflow, target, last))?);
                let (workflow, run) = (Some(workflow), workflow.last_run.as_ref());
                return Ok(Found { workflow, target: target.clone(), run, attempt });
            }
            let mut found = Found { workflow: Some(workflow), target: target.clone(), run: None, attempt: None };
            found.take(alert, workflow.last_run.iter());
            return Ok(found);
        }
    }
    let named = workflows.iter().find(|workflow| is(workflow.id.as_str()) || is(workflow.short_name()));
    match named {
        Some(workflow) if workflow.last_run.is_none() => Err(NotFound::NeverRan(workflow.id.to_string())),
        Some(workflow) => failed_of(workflow).ok_or_else(|| NotFound::NothingFailed(workflow.id.clone())),
        None => Err(NotFound::Name { name: name.to_owned(), nearest: nearest(name, workflows) }),
    }
}

/// That a step has not failed, and which has.
fn not_failed(workflow: &Pipeline, target: &Target, last: Option<&Attempt>) -> NotFound {
    if workflow.last_run.is_none() {
        return NotFound::NeverRan(target.name().to_owned());
    }
    let state = last.map_or("did not run in the last run".to_owned(), |attempt| {
        let (word, detail) = (attempt.state.word(), attempt.detail.as_ref().map(|why| format!(": {why}")));
        match attempt.state.is_active() {
            true => format!("is {word}{}", detail.unwrap_or_default()),
            false => format!("has not failed: its last run is {word}"),
        }
    });
    let failed = workflow.last_run.as_ref().and_then(failed_step);
    let other = failed.map(|step| match short_step(&step.target) {
        short if short == step.target.name() => format!("; failed step: {short}"),
        short => format!("; failed step: {short}, {}", step.target.name()),
    });
    NotFound::NotFailed { target: target.name().to_owned(), state, other: other.unwrap_or_default() }
}

/// `a job and a crawler here`.
fn kinds(choices: &[String]) -> String {
    let kinds: Vec<String> =
        choices.iter().filter_map(|choice| Some(format!("a {}", choice.split_once(':')?.0))).collect();
    format!("{} here", kinds.join(" and "))
}

/// The latest failure of a job or crawler that an alert names without a run.
pub fn find_latest_failure<'c>(
    alert: &Alert,
    workflows: &'c [Pipeline],
    history: &dyn Fn(&PipelineId) -> Option<&'c History>,
) -> Option<Found<'c>> {
    let asked = names::Asked::of(alert.name.as_ref().filter(|_| alert.run.is_none())?);
    let (workflow, target) = names::targets(&asked, workflows).next()?;
    let runs = history(&workflow.id)?.past_runs.iter().rev().map(|past| &past.run);
    let (run, attempt) = runs.into_iter().find_map(|run| {
        let attempt = run.step(target)?.last().filter(|attempt| attempt.state.is_failure())?;
        Some((run, attempt))
    })?;
    Some(Found { workflow: Some(workflow), target: target.clone(), run: Some(run), attempt: Some(attempt) })
}

/// What is called nearly so, as a question.
fn nearest(name: &str, workflows: &[Pipeline]) -> String {
    // A long text is no name with a slip in it.
    let word: String = name.split_whitespace().collect();
    if word.len() > 60 {
        return String::new();
    }
    let mut scorer = Scorer::new(&word);
    let targets = |workflow: &Pipeline| workflow.targets().into_iter().map(|target| target.name().to_owned()).collect();
    let names = workflows.iter().flat_map(|workflow| {
        let targets: Vec<String> = targets(workflow);
        std::iter::once(workflow.short_name().to_owned()).chain(targets)
    });
    let best = names
        .filter_map(|known| Some((scorer.score(&known)?, known)))
        .max_by_key(|(score, known)| (*score, std::cmp::Reverse(known.len())));
    best.map(|(_, known)| format!("; did you mean {known}?")).unwrap_or_default()
}

fn failed_of(workflow: &Pipeline) -> Option<Found<'_>> {
    let run = workflow.last_run.as_ref()?;
    let step = failed_step(run)?;
    Some(Found { workflow: Some(workflow), target: step.target.clone(), run: Some(run), attempt: step.last() })
}

/// Looks for the run of an alert among a workflow's earlier runs.
pub fn find_earlier<'c>(found: &mut Found<'c>, alert: &Alert, history: &'c History) {
    if found.attempt.is_none() {
        found.take(alert, history.past_runs.iter().rev().map(|past| &past.run));
    }
}

impl<'c> Found<'c> {
    /// Takes the attempt that the alert tells of, if it is in one of these runs; the newest run comes first.
    fn take(&mut self, alert: &Alert, runs: impl Iterator<Item = &'c PipelineRun>) {
        for run in runs {
            let Some(step) = run.step(&self.target) else { continue };
            if let Some(attempt) = step.attempts.iter().find(|attempt| is_of(alert, attempt)) {
                (self.run, self.attempt) = (Some(run), Some(attempt));
                return;
            }
        }
    }
}

/// Whether it is this id, or its beginning: ids are long, and cut where they are shown.
pub(super) fn is_id(known: &str, id: &str) -> bool {
    known == id || (id.len() >= MIN_ID_CHARS && known.starts_with(id))
}

/// Whether an alert tells of an attempt: by its id; without one, by its state, and an end that is not long before the alert.
fn is_of(alert: &Alert, attempt: &Attempt) -> bool {
    if let Some(id) = &alert.run {
        return attempt.id.as_ref().is_some_and(|known| is_id(known.as_str(), id));
    }
    let state = alert.state.as_deref().is_none_or(|state| state.eq_ignore_ascii_case(attempt.state.word()));
    let end = attempt.completed_on.or(attempt.started_on);
    let told = alert.at.zip(end).is_none_or(|(at, end)| {
        let later = at.signed_duration_since(end);
        later >= -EARLY && later <= LATE
    });
    state && told
}
