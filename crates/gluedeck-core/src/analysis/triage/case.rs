//! What is known of an alert's failure, and what has become of it since.

use super::checks::Check;
use super::evaluation::QualityResult;
use super::finding::Found;

use crate::analysis::log::Cause;
use crate::analysis::{History, Outcome, outcome};
use crate::domain::{Alert, Attempt, Column, Pipeline, StepState, Time};

/// Failures within this time of each other may have one cause.
pub(super) const SAME_MINUTES: i64 = 30;

/// What is known of an alert's failure.
#[derive(Debug, Clone)]
pub struct Case<'c> {
    pub alert: &'c Alert,
    pub found: Found<'c>,
    /// All workflows, for other failures of the same minutes.
    pub pipelines: &'c [Pipeline],
    pub history: Option<&'c History>,
    /// The first real error of the log.
    pub log: Option<&'c LogError>,
    /// Checks that failed, where the data quality was checked.
    pub checks: &'c [Check],
    /// The result of Glue Data Quality that the alert is about.
    pub quality: Option<&'c QualityResult>,
    /// The alert names no run: its latest failure is meant.
    pub latest: bool,
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
    pub source: String,
}

/// Whether the alert is about an evaluation of Glue Data Quality, and the run that made it has not failed itself.
pub(super) fn is_evaluation(case: &Case<'_>) -> bool {
    let failed = case.found.attempt.is_some_and(|attempt| attempt.state.is_failure());
    case.alert.quality.is_some() && !failed
}

/// When it failed, if that is known.
pub(super) fn failed_at(case: &Case<'_>) -> Option<Time> {
    case.found.attempt.and_then(|attempt| attempt.completed_on.or(attempt.started_on)).or(case.alert.at)
}

/// What has become of a failure since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// It is the newest that is known of the step.
    Nothing,
    /// The step runs again.
    Running,
    /// It has run well, and so has what follows it.
    Recovered,
    /// A newer run of the workflow has come, and is not good either.
    Newer(Outcome),
}

/// What has become of a failure since.
pub(super) fn after(case: &Case<'_>) -> After {
    let (Some(workflow), Some(at)) = (case.found.workflow, failed_at(case)) else { return After::Nothing };
    let Some(last) = &workflow.last_run else { return After::Nothing };
    let newer = |attempt: &&Attempt| attempt.started_on.is_some_and(|started| started >= at);
    let attempts = || last.step(&case.found.target).into_iter().flat_map(|step| &step.attempts).filter(newer);
    let own = case.found.run.is_some_and(|run| run.id == last.id);
    let began_later = last.started_on.is_some_and(|started| started >= at);
    if attempts().any(|attempt| attempt.state.is_active()) || (began_later && last.status.is_active()) {
        return After::Running;
    }
    let again = attempts().any(|attempt| attempt.state == StepState::Succeeded);
    match outcome::of_pipeline(workflow) {
        Outcome::Succeeded if again => After::Recovered,
        _ if own || !began_later => After::Nothing,
        outcome => After::Newer(outcome),
    }
}
