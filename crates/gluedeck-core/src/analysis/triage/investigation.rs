//! An inquiry into an alert: what is to be read, what has been, and the card that follows. The console and the command
//! read differently, and ask the same.

use super::card::{Card, card};
use super::case::{Case, LogError};
use super::checks::Check;
use super::evaluation::QualityResult;
use super::finding::{Found, NotFound, find, find_earlier, find_latest_failure, is_id};
use crate::analysis::History;
use crate::analysis::layers::table_name;
use crate::analysis::log::{Cause, Class, streams};
use crate::analysis::names;
use crate::analysis::plan::Facts;
use crate::domain::alert::AlertSubject;
use crate::domain::{
    Alert, Attempt, Column, CrawlerName, Fault, JobName, JobRunId, LogSource, Pipeline, PipelineId, StepState, Target,
    Time,
};
use std::collections::HashSet;

/// Workflows whose earlier runs are looked through for an id of which nothing else is known.
const MAX_HISTORIES: usize = 60;

/// The record of a job's run, or of its last one, and the first real error of its log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReadJobLog {
    pub job: JobName,
    pub run: Option<JobRunId>,
}

/// The first real error of a crawl.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReadCrawlLog {
    pub source: LogSource,
    pub from: Option<Time>,
}

/// The checks of a job's run that failed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReadRunChecks {
    pub run: JobRunId,
    /// The day of the run.
    pub night: Option<chrono::NaiveDate>,
    pub database: String,
}

/// A result of Glue Data Quality.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReadQualityResult {
    pub id: String,
}

/// The columns that a table has in these databases.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReadColumns {
    pub table: String,
    pub databases: Vec<String>,
}

/// The columns by database, in the order of the question; a table that is not there is left out.
pub type ColumnsByDatabase = Vec<(String, Vec<Column>)>;

/// Something to be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Need {
    /// The earlier runs of a workflow.
    History(PipelineId),
    JobLog(ReadJobLog),
    CrawlLog(ReadCrawlLog),
    Checks(ReadRunChecks),
    QualityResult(ReadQualityResult),
    /// The names of the catalog's databases.
    Databases,
    Columns(ReadColumns),
}

/// What was read of a need, or why it was not.
#[derive(Debug, Clone, PartialEq)]
pub enum NeedResult {
    /// The runs themselves are kept with the workflows.
    History(PipelineId, Result<(), Fault>),
    JobLog(ReadJobLog, Result<JobLog, Fault>),
    CrawlLog(ReadCrawlLog, Result<Option<LogError>, Fault>),
    Checks(ReadRunChecks, Result<Vec<Check>, Fault>),
    QualityResult(ReadQualityResult, Result<QualityResult, Fault>),
    Databases(Result<Vec<String>, Fault>),
    Columns(ReadColumns, Result<ColumnsByDatabase, Fault>),
}

/// What a job says of a run, and its log.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JobLog {
    /// The API's value.
    pub state: String,
    pub error: Option<String>,
    pub started_on: Option<Time>,
    pub completed_on: Option<Time>,
    pub first_error: Option<LogError>,
}

/// An alert that is looked into.
#[derive(Debug, Clone)]
pub struct Investigation {
    /// As it was pasted.
    pub alert: Alert,
    asked: HashSet<Need>,
    /// What is asked for and not answered yet.
    open: HashSet<Need>,
    log: Option<LogError>,
    /// The job's own record, where no workflow's run has one.
    record: Option<JobLog>,
    checks: Vec<Check>,
    quality: Option<QualityResult>,
    databases: Vec<String>,
    columns: ColumnsByDatabase,
    /// What could not be read, in words.
    pub read_errors: Vec<Fault>,
    /// Whether Athena may be asked for the failed checks.
    pub may_query: bool,
}

impl Investigation {
    pub fn new(alert: Alert) -> Self {
        Self {
            alert,
            asked: HashSet::new(),
            open: HashSet::new(),
            log: None,
            record: None,
            checks: Vec::new(),
            quality: None,
            databases: Vec::new(),
            columns: Vec::new(),
            read_errors: Vec::new(),
            may_query: true,
        }
    }

    /// What is to be read next, each once.
    pub fn needs(&mut self, facts: &dyn Facts) -> Vec<Need> {
        let mut needs = self.wanted(facts);
        // One run's checks are asked for once, whichever database they are looked for in.
        let checked = self.asked.iter().any(|need| matches!(need, Need::Checks(_)));
        needs.retain(|need| !(checked && matches!(need, Need::Checks(_))) && self.asked.insert(need.clone()));
        self.open.extend(needs.iter().cloned());
        needs
    }

    /// Takes what is known of the catalog, so that it is not asked for.
    pub fn know_databases(&mut self, names: &[String]) {
        self.databases = names.to_vec();
        self.asked.insert(Need::Databases);
    }

    /// Whether everything that was asked for has been answered.
    pub fn is_done(&self) -> bool {
        self.open.is_empty()
    }

    /// What is being read, in words.
    pub fn reading(&self) -> Vec<&'static str> {
        let word = |need: &Need| match need {
            Need::History(_) => "earlier runs",
            Need::JobLog(_) | Need::CrawlLog(_) => "log",
            Need::Checks(_) => "checks",
            Need::QualityResult(_) => "data quality",
            Need::Databases | Need::Columns(_) => "catalog",
        };
        let mut words: Vec<&'static str> = self.open.iter().map(word).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// Takes what was read, if it was asked for.
    pub fn take(&mut self, read: NeedResult) {
        match read {
            NeedResult::History(workflow, result) => _ = self.close(&Need::History(workflow), result),
            NeedResult::JobLog(request, result) => {
                if let Some(log) = self.close(&Need::JobLog(request), result) {
                    self.log = log.first_error.clone().or(self.log.take());
                    self.record = Some(log);
                }
            }
            NeedResult::CrawlLog(request, result) => {
                if let Some(log) = self.close(&Need::CrawlLog(request), result) {
                    self.log = log;
                }
            }
            NeedResult::Checks(request, result) => {
                if let Some(checks) = self.close(&Need::Checks(request), result) {
                    self.checks = checks;
                }
            }
            NeedResult::QualityResult(request, result) => {
                self.quality = self.close(&Need::QualityResult(request), result).or(self.quality.take());
            }
            NeedResult::Databases(result) => {
                if let Some(names) = self.close(&Need::Databases, result) {
                    self.databases = names;
                }
            }
            NeedResult::Columns(request, result) => {
                if let Some(columns) = self.close(&Need::Columns(request), result) {
                    self.columns = columns;
                }
            }
        }
    }

    /// A need is answered. None if it was not open, or could not be read.
    fn close<T>(&mut self, need: &Need, result: Result<T, Fault>) -> Option<T> {
        if !self.open.remove(need) {
            return None;
        }
        result.map_err(|fault| self.read_errors.push(fault)).ok()
    }

    /// The card, as far as it is known by now; or why there is none.
    ///
    /// # Errors
    /// If the alert names nothing that is here.
    pub fn card(&self, facts: &dyn Facts) -> Result<Card, NotFound> {
        let (found, history) = self.found(facts)?;
        let mut alert = self.alert.clone();
        if let Some(record) = self.record.as_ref().filter(|_| found.attempt.is_none()) {
            alert.message = record.error.clone().or(alert.message);
            alert.state = Some(record.state.clone());
            alert.at = record.completed_on.or(record.started_on).or(alert.at);
        }
        Ok(card(&Case {
            alert: &alert,
            found,
            pipelines: facts.pipelines(),
            history,
            log: self.log.as_ref(),
            checks: &self.checks,
            quality: self.quality.as_ref(),
            latest: self.is_latest(),
            databases: &self.databases,
            columns: &self.columns,
            now: facts.now(),
        }))
    }

    /// Where the alert leads, with what is known of the runs before.
    fn found<'f>(&self, facts: &'f dyn Facts) -> Result<(Found<'f>, Option<&'f History>), NotFound> {
        let workflows = facts.pipelines();
        let mut found = match find(&self.alert, workflows) {
            Ok(found) => found,
            Err(why) => {
                let latest = || find_latest_failure(&self.alert, workflows, &|id| facts.history(id));
                let known = matches!(why, NotFound::NotFailed { .. });
                let latest = if known { latest() } else { None };
                latest.or_else(|| self.earlier(facts)).or_else(|| self.alone(workflows)).ok_or(why)?
            }
        };
        let history = found.workflow.and_then(|workflow| facts.history(&workflow.id));
        if let Some(history) = history {
            find_earlier(&mut found, &self.alert, history);
        }
        Ok((found, history))
    }

    /// Whether the alert names no run, so that the latest failure is meant.
    fn is_latest(&self) -> bool {
        self.alert.run.is_none() && self.alert.at.is_none() && self.alert.name.is_some()
    }

    /// An id that is of an earlier run of some workflow.
    fn earlier<'f>(&self, facts: &'f dyn Facts) -> Option<Found<'f>> {
        let id = self.alert.run.as_deref().filter(|_| self.alert.name.is_none())?;
        for workflow in facts.pipelines() {
            for past in facts.history(&workflow.id).into_iter().flat_map(|history| &history.past_runs) {
                let run = &past.run;
                for step in run.steps.iter().flatten() {
                    let is = |attempt: &&Attempt| attempt.id.as_ref().is_some_and(|known| is_id(known.as_str(), id));
                    if let Some(attempt) = step.attempts.iter().find(is) {
                        let target = step.target.clone();
                        return Some(Found {
                            workflow: Some(workflow),
                            target,
                            run: Some(run),
                            attempt: Some(attempt),
                        });
                    }
                }
                let failed = crate::analysis::reason::failed_step(run).filter(|_| is_id(run.id.as_str(), id));
                if let Some(step) = failed {
                    let (target, attempt) = (step.target.clone(), step.last());
                    return Some(Found { workflow: Some(workflow), target, run: Some(run), attempt });
                }
            }
        }
        None
    }

    /// A job that is in no workflow: it is known by its own record.
    fn alone<'f>(&self, workflows: &'f [Pipeline]) -> Option<Found<'f>> {
        let job = self.alert.name.as_deref().filter(|_| self.alert.about == AlertSubject::Job)?;
        self.record.as_ref()?;
        let of = |workflow: &&Pipeline| workflow.targets().iter().any(|target| target.name() == job);
        let workflow = workflows.iter().find(of);
        Some(Found { workflow, target: Target::Job(JobName::new(job)), run: None, attempt: None })
    }

    fn wanted(&self, facts: &dyn Facts) -> Vec<Need> {
        let run = self.alert.run.clone().map(JobRunId::new);
        let own_record = |job: JobName| Need::JobLog(ReadJobLog { job, run: run.clone() });
        let (found, history) = match self.found(facts) {
            Ok(found) => found,
            Err(_) => {
                let named = |name: &str| {
                    let asked = names::Asked::of(name);
                    let of = names::targets(&asked, facts.pipelines()).next();
                    of.map(|(pipeline, _)| pipeline.id.clone()).filter(|id| facts.history(id).is_none())
                };
                return match (&self.alert.name, self.alert.about) {
                    // It has not failed in its last run; an earlier one may have.
                    (Some(name), AlertSubject::Anything) if run.is_none() => {
                        named(name).map(Need::History).into_iter().collect()
                    }
                    (Some(name), AlertSubject::Job) => vec![own_record(JobName::new(name))],
                    (None, _) => unknown_histories(facts),
                    _ => Vec::new(),
                };
            }
        };
        let mut needs = Vec::new();
        if let Some(id) = &self.alert.quality {
            needs.push(Need::QualityResult(ReadQualityResult { id: id.clone() }));
        }
        if let Some(workflow) = found.workflow.filter(|_| history.is_none()) {
            needs.push(Need::History(workflow.id.clone()));
        }
        let Some(attempt) = found.attempt else {
            let looked = found.workflow.is_none_or(|w| history.is_some() || self.was_asked_for_history(&w.id));
            if let (Target::Job(job), true) = (&found.target, looked && run.is_some()) {
                // It is older than the runs that are known: the job's own record may still be there.
                needs.push(own_record(job.clone()));
            }
            if let (Some(run), true) = (run, self.is_of_quality()) {
                needs.extend(self.quality(run, self.alert.at));
            }
            return needs;
        };
        needs.extend(log_of(&found.target, attempt));
        let words = attempt.error.as_deref().map(|words| Cause::of(words).class);
        if let (Some(run), true) = (&attempt.id, words == Some(Class::DataQuality) || self.is_of_quality()) {
            needs.extend(self.quality(run.clone(), attempt.started_on));
        }
        let by_log = self.log.as_ref().map(|log| log.cause.class);
        if words == Some(Class::SchemaChange) || by_log == Some(Class::SchemaChange) {
            needs.extend(found.workflow.and_then(|workflow| self.columns_of(workflow)));
        }
        needs
    }

    /// The columns of a table in its first two layers, once it is known which databases these are.
    fn columns_of(&self, workflow: &Pipeline) -> Option<Need> {
        if self.databases.is_empty() {
            return Some(Need::Databases);
        }
        let named = |layer: &str| self.databases.iter().find(|name| name.contains(layer)).cloned();
        let databases = vec![named("bronze")?, named("silver")?];
        Some(Need::Columns(ReadColumns { table: table_name(workflow.short_name()), databases }))
    }

    fn was_asked_for_history(&self, name: &PipelineId) -> bool {
        self.asked.contains(&Need::History(name.clone())) && self.is_done()
    }

    /// Whether what is known so far besides the run's own words speaks of data quality.
    fn is_of_quality(&self) -> bool {
        let record = self.record.as_ref().and_then(|record| record.error.as_deref());
        let words = [record, self.alert.message.as_deref()];
        let by_log = self.log.as_ref().is_some_and(|log| log.cause.class == Class::DataQuality);
        by_log || words.into_iter().flatten().any(|words| Cause::of(words).class == Class::DataQuality)
    }

    fn quality(&self, run: JobRunId, at: Option<Time>) -> Vec<Need> {
        match self.may_query {
            true => {
                let named = self.databases.iter().find(|name| name.contains("quality"));
                let database = named.map_or("data_quality", String::as_str).to_owned();
                let night = at.map(|at| at.date_naive());
                vec![Need::Checks(ReadRunChecks { run, night, database }), Need::Databases]
            }
            false => Vec::new(),
        }
    }
}

/// Histories that are not known, of an account that is not too large to look through them.
fn unknown_histories(facts: &dyn Facts) -> Vec<Need> {
    let workflows = facts.pipelines();
    let unknown = workflows.iter().map(|workflow| &workflow.id).filter(|name| facts.history(name).is_none());
    match workflows.len() <= MAX_HISTORIES {
        true => unknown.cloned().map(Need::History).collect(),
        false => Vec::new(),
    }
}

/// The log of an attempt that has one: a run that got no capacity has none.
fn log_of(target: &Target, attempt: &Attempt) -> Option<Need> {
    let class = attempt.error.as_deref().map(|words| Cause::of(words).class);
    let bad = attempt.state.is_failure() || attempt.state == StepState::Stopped;
    if !bad || matches!(class, Some(Class::DpuLimit | Class::Concurrency)) {
        return None;
    }
    match target {
        Target::Job(job) => Some(Need::JobLog(ReadJobLog { job: job.clone(), run: attempt.id.clone() })),
        Target::Crawler(name) => Some(crawl_log(name, attempt)),
    }
}

/// The stream of a crawler, from the begin of the crawl on.
fn crawl_log(name: &CrawlerName, attempt: &Attempt) -> Need {
    let stream = attempt.log_stream.as_deref().unwrap_or(name.as_str());
    let source = streams::crawl(attempt.log_group.as_deref(), stream, None);
    Need::CrawlLog(ReadCrawlLog { source, from: attempt.started_on })
}
