//! What an inquiry into an alert needs to read: the first real error of a log, the failed checks of a run.

use super::clients::Clients;
use super::gateway::Gateway;
use super::results::Follow;
use super::{catalog, glue, logs};
use chrono::SecondsFormat;
use futures::future::join_all;
use gluedeck_core::analysis::log::streams::LogLocation;
use gluedeck_core::analysis::log::{Cause, Log, Side, first_real_error};
use gluedeck_core::analysis::rows::Rows;
use gluedeck_core::analysis::triage::{
    ColumnsByDatabase, JobLog, LogError,
    checks::{self, Check},
};
use gluedeck_core::domain::{Fault, FaultKind, LogSource, Part, QueryContext, QueryState, Time};
use gluedeck_core::request::{LogPage, LogPosition, QueryEvent, ReadColumns, ReadCrawlLog, ReadJobLog, ReadRunChecks};

/// Calls that the log of a crawl may take, from its begin on.
const CRAWL_CALLS: usize = 3;
/// Lines of the first real error that are kept.
const LINES: usize = 40;

impl Gateway {
    /// The first real error of a crawl's log.
    ///
    /// # Errors
    /// If its page cannot be read.
    pub(super) async fn crawl_log(&self, request: &ReadCrawlLog) -> Result<Option<LogError>, Fault> {
        let position = LogPosition::From(request.from);
        let page = logs::page(&self.clients(), &request.source, position, CRAWL_CALLS).await;
        Ok(first_error(std::slice::from_ref(&request.source), vec![page]))
    }

    /// The checks of a run that failed.
    ///
    /// # Errors
    /// If the query fails.
    pub(super) async fn run_checks(&self, request: &ReadRunChecks) -> Result<Vec<Check>, Fault> {
        let sql = checks::question(request.run.as_str(), request.night);
        Ok(checks::read(&self.rows(&sql, &request.database).await?))
    }

    /// The columns of a table in some databases.
    ///
    /// # Errors
    /// Of the first call that fails.
    pub(super) async fn columns(&self, request: &ReadColumns) -> Result<ColumnsByDatabase, Fault> {
        let clients = self.clients();
        let asked = request.databases.iter().map(async |database| {
            let found = catalog::table_named(&clients, database, &request.table).await?;
            Ok::<_, Fault>(found.map(|table| (database.clone(), table.all_columns().cloned().collect())))
        });
        let found: Result<Vec<_>, Fault> = join_all(asked).await.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// A run's own record, and the first real error of its log, from the ends of its streams: what it died of is there.
    ///
    /// # Errors
    /// If the run cannot be read; a log that cannot be read is none.
    pub(super) async fn job_log(&self, request: &ReadJobLog) -> Result<JobLog, Fault> {
        let clients = self.clients();
        let facts = glue::job_run(&clients, &request.job, request.run.as_ref()).await?;
        // Standard output seldom says why: it is read where the others say nothing.
        let groups = facts.log_location.groups();
        let (output, telling): (Vec<_>, Vec<_>) = groups.iter().partition(|group| group.ends_with("/output"));
        let mut first_error = None;
        for groups in [telling, output] {
            if first_error.is_none() {
                first_error = in_groups(&clients, &facts.log_location, &groups).await;
            }
        }
        Ok(JobLog {
            state: facts.state,
            error: facts.error,
            started_on: facts.started_on,
            completed_on: facts.completed_on,
            first_error,
        })
    }

    /// The rows of a small query, all at once.
    pub(super) async fn rows(&self, sql: &str, database: &str) -> Result<Rows, Fault> {
        let query_context = QueryContext { database: Some(database.to_owned()), ..QueryContext::default() };
        let id = self.start_query(&self.clients(), sql, &query_context).await?;
        let mut follow = Follow::background(id);
        let mut rows = Rows::default();
        loop {
            match self.follow(&mut follow).await? {
                QueryEvent::Columns { columns, .. } => rows = Rows::new(columns),
                QueryEvent::Rows(batch) => rows.push(batch),
                QueryEvent::Retrying(fault) => return Err(fault),
                QueryEvent::Execution(execution) => {
                    let failed = execution.state.is_final() && execution.state != QueryState::Succeeded;
                    if failed {
                        let reason = execution.reason.unwrap_or_else(|| execution.state.word().to_owned());
                        return Err(Fault::new(FaultKind::Refused, "StartQueryExecution", reason));
                    }
                }
                QueryEvent::End => return Ok(rows),
            }
        }
    }
}

/// The first real error in the streams of groups. A group or stream that cannot be read hides no other.
async fn in_groups(clients: &Clients, log_location: &LogLocation, groups: &[&String]) -> Option<LogError> {
    let found = join_all(groups.iter().map(|group| logs::streams_in(clients, log_location, group))).await;
    let sources: Vec<LogSource> = found
        .into_iter()
        .filter_map(Result::ok)
        .flatten()
        .filter(|source| !matches!(source.part, Part::Progress | Part::Executor))
        .collect();
    let pages = sources.iter().map(|source| logs::page(clients, source, LogPosition::End(None), 1));
    first_error(&sources, join_all(pages).await)
}

/// The first real error of pages, each of the stream of its number. A page that cannot be read hides no other.
fn first_error(sources: &[LogSource], pages: Vec<Result<LogPage, Fault>>) -> Option<LogError> {
    let mut log = Log::default();
    for (n, page) in pages.into_iter().enumerate() {
        if let Ok(page) = page {
            log.add(n, page.chunk, Side::Newer);
        }
    }
    let head = first_real_error(&log)?;
    let lines: Vec<String> = log.lines(head).take(LINES).map(str::to_owned).collect();
    let source = sources.get(log.stream(head))?;
    let at = Time::from_timestamp_millis(log.event(head).at);
    let at = at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)).unwrap_or_default();
    let shown = format!("{} {} at {at}", source.group, source.stream);
    Some(LogError { cause: Cause::of(&lines.join("\n")), lines, source: shown })
}
