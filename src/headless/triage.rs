//! `gluedeck triage`: from a pasted alert to its cause, as Markdown or JSON.

use super::facts::Snapshot;
use super::output::{self, Output};
use super::{Exit, complain};
use crate::analysis::History;
use crate::analysis::log::{Cause, Class, Log, Side, cause};
use crate::analysis::triage::{Card, Case, Check, LogError, alerts, card, find, find_earlier, report};
use crate::aws::{Follow, Gateway};
use crate::domain::{About, Alert, Fault, JobName, JobRunId, Part, QueryPlace, Target, Workflow};
use crate::flow::request::{LogPlace, QueryNews};
use crate::flow::{Reply, Request};
use futures::future::join_all;
use serde_json::Value;
use std::io;

/// Alerts that one paste is looked into for.
const MOST: usize = 20;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct TriageOptions {
    pub text: String,
    pub output: Output,
    /// Send no query to Athena for the failed checks.
    pub no_query: bool,
    /// The environments of the configuration with their Regions.
    pub environments: Vec<(String, Option<String>)>,
}

/// Looks into every alert of a text.
///
/// # Errors
/// If stdout cannot be written.
pub async fn triage(gateway: &Gateway, options: &TriageOptions) -> io::Result<Exit> {
    if options.text.trim().is_empty() {
        eprintln!("gluedeck: there is no alert: give a file, or paste into stdin");
        return Ok(Exit::Usage);
    }
    let mut found = alerts(&options.text);
    if found.is_empty() {
        eprintln!("gluedeck: the text names no job, crawler, workflow or run");
        return Ok(Exit::Failed);
    }
    if found.len() > MOST {
        eprintln!("gluedeck: of {} alerts the first {MOST} are looked into", found.len());
        found.truncate(MOST);
    }
    let snapshot = match Snapshot::read(gateway).await {
        Ok(snapshot) => snapshot,
        Err(fault) => return Ok(complain(&fault)),
    };
    let mut cards = Vec::new();
    for alert in &found {
        elsewhere(gateway, alert, options);
        match look(gateway, alert, &snapshot, options).await {
            Ok(card) => cards.push(card),
            Err(why) => eprintln!("gluedeck: {}", crate::ui::text::clean(&why)),
        }
    }
    match options.output {
        Output::Json => output::json(&Value::Array(cards.iter().map(report::json).collect()))?,
        _ => {
            for card in &cards {
                output::line(&report::markdown(card))?;
            }
        }
    }
    Ok(if cards.is_empty() { Exit::Failed } else { Exit::Done })
}

/// Says so if the alert is of another Region, and names the environment that fits.
fn elsewhere(gateway: &Gateway, alert: &Alert, options: &TriageOptions) {
    let (Some(theirs), Some(here)) = (alert.region.as_deref(), gateway.region()) else { return };
    if theirs == here {
        return;
    }
    let fits = options.environments.iter().find(|(_, region)| region.as_deref() == Some(theirs));
    let advice = match fits {
        Some((name, _)) => format!("--env {name} is there"),
        None => format!("--region {theirs} goes there"),
    };
    eprintln!("gluedeck: the alert is of {}, and this is {here}: {advice}", crate::ui::text::clean(theirs));
}

async fn look(gateway: &Gateway, alert: &Alert, snapshot: &Snapshot, options: &TriageOptions) -> Result<Card, String> {
    let workflows = &snapshot.workflows;
    let mut found = match find(alert, workflows) {
        Ok(found) => found,
        Err(why) => return alone(gateway, alert, snapshot).await.ok_or(why),
    };
    let history = match found.workflow {
        Some(workflow) => history(gateway, workflow).await,
        None => None,
    };
    if let Some(history) = &history {
        find_earlier(&mut found, alert, history);
    }
    if found.attempt.is_none() && alert.run.is_some() {
        // It is too old for the runs that are known: the job's own record may still be there.
        if let Some(card) = alone(gateway, alert, snapshot).await {
            return Ok(card);
        }
    }
    // A run that got no capacity has no log.
    let started = |attempt: &&crate::domain::Attempt| {
        let class = attempt.error.as_deref().map(|words| Cause::of(words).class);
        !matches!(class, Some(Class::DpuLimit | Class::Concurrency))
    };
    let log = match (&found.target, found.attempt.filter(started)) {
        (Target::Job(job), Some(attempt)) => first_error(gateway, job, attempt.id.clone()).await,
        _ => None,
    };
    let history = history.as_ref();
    let mut case = Case { alert, found, workflows, history, log, checks: Vec::new(), now: super::now(gateway).await };
    let made = card(&case);
    if made.class != Class::DataQuality || options.no_query {
        return Ok(made);
    }
    case.checks = checks(gateway, made.run.as_ref()).await;
    Ok(card(&case))
}

async fn history(gateway: &Gateway, workflow: &Workflow) -> Option<History> {
    match gateway.perform(Request::History(workflow.name.clone())).await {
        Ok(Reply::History(runs)) => Some(History::of(Some(workflow), runs)),
        Ok(_) => None,
        Err(fault) => {
            eprintln!("gluedeck: the earlier runs of {} are not known: {fault}", workflow.name);
            None
        }
    }
}

/// A job that is in no workflow, or a run that is older than the workflow's runs that are known: by the job's own record.
async fn alone(gateway: &Gateway, alert: &Alert, snapshot: &Snapshot) -> Option<Card> {
    let named = alert.name.as_deref().filter(|_| alert.about == About::Job)?;
    let (job, run) = (JobName::new(named), alert.run.clone().map(JobRunId::new));
    let mut alert = alert.clone();
    match gateway.perform(Request::LogStreams { job: job.clone(), run: run.clone() }).await {
        Ok(Reply::LogStreams(streams)) => {
            alert.message = streams.facts.error.clone().or(alert.message);
            alert.state = Some(streams.facts.state.clone());
            alert.at = streams.facts.completed_on.or(alert.at);
        }
        _ => return None,
    }
    let workflow = snapshot.workflows.iter().find(|workflow| workflow.targets().iter().any(|t| t.name() == named));
    let found = crate::analysis::triage::Found { workflow, target: Target::Job(job.clone()), run: None, attempt: None };
    let log = first_error(gateway, &job, run).await;
    let now = super::now(gateway).await;
    Some(card(&Case {
        alert: &alert,
        found,
        workflows: &snapshot.workflows,
        history: None,
        log,
        checks: Vec::new(),
        now,
    }))
}

/// The first real error of a run's log, from the ends of its streams: what a run died of is there.
async fn first_error(gateway: &Gateway, job: &JobName, run: Option<JobRunId>) -> Option<LogError> {
    let Ok(Reply::LogStreams(found)) = gateway.perform(Request::LogStreams { job: job.clone(), run }).await else {
        return None;
    };
    let sources = found.groups.into_iter().filter_map(|(_, sources)| sources.ok()).flatten();
    let sources: Vec<_> = sources.filter(|source| !matches!(source.part, Part::Progress | Part::Executor)).collect();
    let pages = sources.iter().map(async |source| {
        let place = LogPlace::End(None);
        gateway.perform(Request::LogPage { source: source.clone(), place, calls: 1 }).await
    });
    let mut log = Log::default();
    for (n, page) in join_all(pages).await.into_iter().enumerate() {
        if let Ok(Reply::LogPage(page)) = page {
            log.add(n, page.chunk, Side::Newer);
        }
    }
    let head = cause::first_real_error(&log)?;
    let lines: Vec<String> = log.lines(head).map(str::to_owned).collect();
    let source = sources.get(log.stream(head))?;
    let at = crate::domain::Time::from_timestamp_millis(log.event(head).at).map(output::rfc3339).unwrap_or_default();
    let place = format!("{} {} at {at}", source.group, source.stream);
    Some(LogError { cause: Cause::of(&lines.join("\n")), lines, place })
}

/// The checks of a run that failed, as the pipeline has written them down; none if they cannot be read.
async fn checks(gateway: &Gateway, run: Option<&JobRunId>) -> Vec<Check> {
    let Some(run) = run else { return Vec::new() };
    match read_checks(gateway, run).await {
        Ok(checks) => checks,
        Err(fault) => {
            eprintln!("gluedeck: the failed checks are not known: {fault}");
            Vec::new()
        }
    }
}

async fn read_checks(gateway: &Gateway, run: &JobRunId) -> Result<Vec<Check>, Fault> {
    let id = run.as_str().replace('\'', "''");
    let sql = format!(
        "select column_name, check_name, failed_rows, total_rows, observed, threshold from data_quality.column_checks where job_run_id = '{id}' and not passed order by failed_rows desc limit 20"
    );
    let place = QueryPlace { database: Some("data_quality".to_owned()), ..QueryPlace::default() };
    let Reply::QueryStarted(id) = gateway.perform(Request::QueryStart { sql, place }).await? else {
        return Ok(Vec::new());
    };
    let mut follow = Follow::new(id, true);
    let mut found = Vec::new();
    loop {
        match gateway.follow(&mut follow).await? {
            QueryNews::Rows(batch) => {
                for row in 0..batch.len() {
                    let cell = |column| batch.cell(row, column).unwrap_or("NULL").to_owned();
                    found.push(Check {
                        column: cell(0),
                        name: cell(1),
                        failed_rows: cell(2),
                        total_rows: cell(3),
                        observed: cell(4),
                        threshold: cell(5),
                    });
                }
            }
            QueryNews::Trouble(fault) => return Err(fault),
            QueryNews::End => return Ok(found),
            QueryNews::Execution(_) | QueryNews::Columns { .. } => {}
        }
    }
}
