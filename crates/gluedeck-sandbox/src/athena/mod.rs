//! Athena: query executions over the lake, with their states, statistics and results.

mod alter;
mod buckets;
mod catalog;
mod columns;
mod ddl;
mod engine;
mod failure;
mod file_columns;
mod files;
mod frame;
mod job;
mod parquet_file;
mod partitions;
mod results;
mod rows;
mod scan;
mod show;
mod sink;
mod table_scan;
mod table_text;
mod text_file;
mod text_format;
mod workgroups;
mod write;

pub(crate) use failure::Failure;
pub(crate) use results::{ResultColumn, ResultSet, Row};
pub(crate) use workgroups::{PRIMARY, WorkGroup};

use self::job::{Job, Outcome};
use self::results::ResultLocation;
use self::workgroups::WorkGroups;
use super::control::{Hub, Time};
use super::faults::{Faults, RUN_QUERY};
use super::lake::Lake;
use chrono::TimeDelta;
use gluedeck_sql::Statement;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::task::AbortHandle;

/// Bytes of a result object.
const MAX_RESULT_BYTES: u64 = 1 << 30;
/// How many executions are remembered.
const MAX_EXECUTIONS: usize = 10_000;
/// Queries that may be queued or running at a time if the scenario does not say.
const MAX_ACTIVE: usize = 200;
/// How often a query is run at the most, where errors pass.
const ATTEMPTS: usize = 3;
/// How long a query that met an error that passes is QUEUED again.
const BACK_IN_QUEUE: Duration = Duration::from_millis(500);

/// The Athena of one environment.
#[derive(Debug)]
pub(crate) struct Athena {
    hub: Hub,
    lake: Arc<Lake>,
    faults: Arc<Faults>,
    pub(crate) groups: WorkGroups,
    executions: Mutex<Executions>,
    /// Prepared statements: name to SQL.
    prepared: Mutex<BTreeMap<String, String>>,
    /// Saved queries by id.
    named: Mutex<BTreeMap<String, NamedQuery>>,
}

#[derive(Debug, Default)]
struct Executions {
    by_id: BTreeMap<String, Execution>,
    /// Oldest first.
    order: Vec<String>,
    /// Client request token to execution and its SQL.
    tokens: BTreeMap<String, (String, String)>,
    started: u64,
}

impl Executions {
    /// Athena keeps the history of 45 days (service limits); here also no more than a bounded number.
    fn forget(&mut self, now: Time) {
        let horizon = now - TimeDelta::days(45);
        let old = |execution: &Execution| execution.completed.is_some_and(|completed| completed < horizon);
        let too_many = self.order.len().saturating_sub(MAX_EXECUTIONS);
        let by_id = &mut self.by_id;
        let mut index = 0;
        self.order.retain(|id| {
            index += 1;
            let ended = by_id.get(id).is_none_or(|execution| execution.completed.is_some());
            let gone = by_id.get(id).is_none_or(old) || (index <= too_many && ended);
            if gone {
                by_id.remove(id);
            }
            !gone
        });
        self.tokens.retain(|_, (id, _)| by_id.contains_key(id));
    }
}

/// One query execution.
#[derive(Debug, Clone)]
pub(crate) struct Execution {
    pub(crate) id: String,
    pub(crate) sql: String,
    pub(crate) statement: Statement,
    pub(crate) database: Option<String>,
    /// None where Athena keeps the result itself.
    pub(crate) output: Option<String>,
    pub(crate) work_group: String,
    /// QUEUED, RUNNING, SUCCEEDED, FAILED or CANCELLED.
    pub(crate) state: &'static str,
    pub(crate) failure: Option<Failure>,
    pub(crate) submitted: Time,
    pub(crate) completed: Option<Time>,
    pub(crate) queue_millis: u64,
    pub(crate) engine_millis: u64,
    pub(crate) scanned_bytes: u64,
    /// Rows written by CTAS and INSERT.
    pub(crate) updated: u64,
    /// `DataManifestLocation`.
    pub(crate) manifest: Option<String>,
    pub(crate) result: Option<Arc<ResultSet>>,
    /// How old a result may be that is answered in place of running the query, if one may.
    pub(crate) reuse: Option<TimeDelta>,
    /// Whether the result is that of an earlier execution.
    pub(crate) reused: bool,
    cutoff: Option<u64>,
    reads_only: bool,
    since: Instant,
    task: Option<AbortHandle>,
}

/// Neither the workgroup nor the request has a location for the result (docs/aws-facts.md: Workgroups).
const NO_OUTPUT: &str = "No output location provided. An output location is required either through the Workgroup \
                         result configuration setting or as an API input.";

/// What a client asks for.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) sql: String,
    pub(crate) database: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) work_group: String,
    pub(crate) reuse: Option<TimeDelta>,
    pub(crate) token: Option<String>,
    /// What stands for the `?` in the SQL.
    pub(crate) parameters: Vec<String>,
    /// Whether the caller may change nothing.
    pub(crate) reads_only: bool,
}

/// A saved query.
#[derive(Debug, Clone)]
pub(crate) struct NamedQuery {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) database: String,
    pub(crate) sql: String,
}

/// Why a start is refused at once.
#[derive(Debug)]
pub(crate) enum StartError {
    /// The statement does not parse; Athena makes no execution of it.
    Malformed(String),
    /// The result cannot be put where it should go.
    Output(String),
    TokenReused,
    NoWorkGroup,
    WorkGroupDisabled,
    /// As many queries are queued or running as may be.
    TooMany,
}

/// Where the result goes (docs/aws-facts.md: Result objects, Texts of DDL).
fn output(statement: &Statement, folder: &str, id: &str) -> String {
    let folder = folder.trim_end_matches('/');
    match statement {
        Statement::CreateTableAs { .. } => format!("{folder}/tables/{id}"),
        Statement::Insert { .. } => format!("{folder}/{id}"),
        Statement::Explain(_) => format!("{folder}/{id}.txt"),
        statement if statement.kind() == "DML" => format!("{folder}/{id}.csv"),
        _ => format!("{folder}/{id}.txt"),
    }
}

impl Athena {
    pub(crate) fn new(hub: Hub, lake: Arc<Lake>, faults: Arc<Faults>) -> Self {
        let output = lake.world.is_deployed().then(|| format!("s3://{}/", lake.world.bucket("athena")));
        let groups = WorkGroups::new(output, hub.now());
        let (executions, prepared, named) = Default::default();
        Self { hub, lake, faults, groups, executions, prepared, named }
    }

    /// Starts a query on the current runtime and answers its id. The same token with the same SQL is the same query.
    pub(crate) fn start(self: &Arc<Self>, request: Request) -> Result<String, StartError> {
        let group = self.groups.get(&request.work_group).ok_or(StartError::NoWorkGroup)?;
        if !group.enabled {
            return Err(StartError::WorkGroupDisabled);
        }
        let statement = self.parse(&request).map_err(StartError::Malformed)?;
        let mut executions = self.lock();
        executions.forget(self.hub.now());
        if let Some((id, sql)) = request.token.as_ref().and_then(|token| executions.tokens.get(token)) {
            return if *sql == request.sql { Ok(id.clone()) } else { Err(StartError::TokenReused) };
        }
        let active = executions.by_id.values().filter(|execution| execution.completed.is_none()).count();
        if active >= self.lake.world.scenario.queries_limit.unwrap_or(MAX_ACTIVE) {
            return Err(StartError::TooMany);
        }
        executions.started += 1;
        let number = executions.started;
        let id = self.lake.world.random_uuid(&format!("query {number} {} {}", request.sql, self.hub.now()));
        let output = self.output_of(&group, request.output, &statement, &id)?;
        let execution = Execution {
            id: id.clone(),
            output,
            sql: request.sql.clone(),
            statement,
            database: request.database,
            state: "QUEUED",
            failure: None,
            submitted: self.hub.now(),
            completed: None,
            queue_millis: 0,
            engine_millis: 0,
            scanned_bytes: 0,
            updated: 0,
            manifest: None,
            result: None,
            work_group: request.work_group,
            reuse: request.reuse,
            reused: false,
            cutoff: group.cutoff,
            reads_only: request.reads_only,
            since: Instant::now(),
            task: None,
        };
        executions.order.push(id.clone());
        executions.tokens.extend(request.token.map(|token| (token, (id.clone(), request.sql))));
        executions.by_id.insert(id.clone(), execution);
        let (athena, execution) = (Arc::clone(self), id.clone());
        let task = tokio::spawn(async move { athena.run(&execution).await });
        if let Some(execution) = executions.by_id.get_mut(&id) {
            execution.task = Some(task.abort_handle());
        }
        Ok(id)
    }

    /// Where the result goes; nowhere that anybody reads if Athena keeps it.
    fn output_of(
        &self,
        group: &WorkGroup,
        requested: Option<String>,
        statement: &Statement,
        id: &str,
    ) -> Result<Option<String>, StartError> {
        if group.managed {
            return Ok(None);
        }
        let folder = group.output_for(requested).ok_or_else(|| StartError::Output(NO_OUTPUT.to_owned()))?;
        self.lake.locate(&folder).map_err(|error| StartError::Output(error.to_string()))?;
        Ok(Some(output(statement, &folder, id)))
    }

    /// The statement that will run: with its parameters in place, and the prepared one in place of its EXECUTE.
    fn parse(&self, request: &Request) -> Result<Statement, String> {
        let read = |sql: &str| gluedeck_sql::parse(sql).map_err(|error| error.to_string());
        let fill = |sql: &str, parameters: &[String]| {
            gluedeck_sql::fill(sql, parameters).map_err(|error| format!("{}: {error}", error.code.name()))
        };
        let statement = match (read(&request.sql)?, request.parameters.as_slice()) {
            // Its question marks are for EXECUTE to fill.
            (prepare @ Statement::Prepare { .. }, []) => prepare,
            (Statement::Execute { name, parameters }, _) if parameters.is_empty() => {
                Statement::Execute { name, parameters }
            }
            (_, parameters) => read(&fill(&request.sql, parameters)?)?,
        };
        let unknown = |name: &str| format!("PreparedStatement {name} was not found");
        let mut prepared = self.prepared();
        match &statement {
            Statement::Prepare { name, sql } => {
                read(sql)?;
                prepared.insert(name.clone(), sql.clone());
            }
            Statement::Deallocate(name) => {
                prepared.remove(name).ok_or_else(|| unknown(name))?;
            }
            Statement::Execute { name, parameters } => {
                let sql = prepared.get(name).ok_or_else(|| unknown(name))?;
                // The values come with the statement or with the call.
                let given = if parameters.is_empty() { &request.parameters } else { parameters };
                return read(&fill(sql, given)?);
            }
            _ => {}
        }
        Ok(statement)
    }

    /// The prepared statements: name to SQL.
    pub(crate) fn prepared(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.prepared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The saved queries by id.
    pub(crate) fn named(&self) -> MutexGuard<'_, BTreeMap<String, NamedQuery>> {
        self.named.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Cancels a query: its work ends, and it is CANCELLED unless it had ended before. False if there is no such query.
    pub(crate) fn stop(&self, id: &str) -> bool {
        let now = self.hub.now();
        let mut executions = self.lock();
        let Some(execution) = executions.by_id.get_mut(id) else { return false };
        if execution.completed.is_none() {
            if let Some(task) = &execution.task {
                task.abort();
            }
            execution.state = "CANCELLED";
            execution.completed = Some(now);
        }
        true
    }

    pub(crate) fn get(&self, id: &str) -> Option<Execution> {
        self.lock().by_id.get(id).cloned()
    }

    /// Ids of a workgroup's executions, newest first.
    pub(crate) fn list(&self, work_group: &str) -> Vec<String> {
        let executions = self.lock();
        let of_group = |id: &&String| executions.by_id.get(*id).is_some_and(|e| e.work_group == work_group);
        executions.order.iter().rev().filter(of_group).cloned().collect()
    }

    /// Runs a query. One that meets a transient error goes back to QUEUED and is run again (docs/aws-facts.md: Query
    /// states).
    async fn run(self: Arc<Self>, id: &str) {
        for attempt in 1..=ATTEMPTS {
            let Some(execution) = self.begin(id) else { return };
            let outcome = match self.earlier_result(&execution) {
                Some(earlier) => return self.reuse(id, &earlier),
                None => self.attempt(&execution).await,
            };
            match outcome {
                Err(failure) if failure.retryable && attempt < ATTEMPTS && !execution.statement.writes() => {
                    self.set_state(id, "QUEUED");
                    tokio::time::sleep(BACK_IN_QUEUE).await;
                }
                outcome => return self.end(id, outcome),
            }
        }
    }

    async fn attempt(&self, execution: &Execution) -> Result<Outcome, Failure> {
        let hit = self.faults.hit("athena", RUN_QUERY, execution.sql.as_bytes());
        tokio::time::sleep(hit.latency).await;
        if let Some(rule) = hit.instead {
            return Err(Failure::transient(rule.message.as_deref().unwrap_or("a fault that was asked for")));
        }
        let location = self.location(execution)?;
        if execution.reads_only && execution.statement.writes() {
            let message = "Insufficient permissions to execute the query. User is not authorized to perform: \
                           glue:CreateTable because no identity-based policy allows the action";
            return Err(Failure::user(1500, message));
        }
        let job = Job {
            lake: Arc::clone(&self.lake),
            database: execution.database.as_deref().unwrap_or("default"),
            location,
            id: &execution.id,
            now: execution.submitted,
            cutoff: execution.cutoff,
            scanned: Arc::default(),
        };
        engine::execute(&job, &execution.statement).await
    }

    fn end(&self, id: &str, outcome: Result<Outcome, Failure>) {
        let now = self.hub.now();
        let mut executions = self.lock();
        let Some(execution) = executions.by_id.get_mut(id).filter(|e| e.completed.is_none()) else { return };
        // What is shorter than a millisecond is told as one.
        execution.engine_millis = (execution.since.elapsed().as_millis() as u64).max(1);
        execution.completed = Some(now);
        match outcome {
            Ok(outcome) => {
                execution.state = "SUCCEEDED";
                execution.scanned_bytes = outcome.scanned_bytes;
                execution.updated = outcome.updated;
                execution.manifest = outcome.manifest;
                execution.result = Some(Arc::new(outcome.result));
            }
            Err(failure) => {
                execution.state = if failure.cut_off_at.is_some() { "CANCELLED" } else { "FAILED" };
                execution.scanned_bytes = failure.cut_off_at.unwrap_or_default();
                execution.failure = Some(failure);
            }
        }
    }

    /// The newest result of the same query that is young enough for it, if it may be reused.
    fn earlier_result(&self, wanted: &Execution) -> Option<Execution> {
        let oldest = self.hub.now() - wanted.reuse?;
        let executions = self.lock();
        let same = |earlier: &&Execution| {
            earlier.sql == wanted.sql
                && earlier.database == wanted.database
                && earlier.work_group == wanted.work_group
                && earlier.statement.kind() == "DML"
                && !earlier.statement.writes()
                && !earlier.reused
                && earlier.result.is_some()
                && earlier.completed.is_some_and(|completed| completed >= oldest)
        };
        executions.order.iter().rev().filter_map(|id| executions.by_id.get(id)).find(same).cloned()
    }

    fn reuse(&self, id: &str, earlier: &Execution) {
        let now = self.hub.now();
        if let Some(execution) = self.lock().by_id.get_mut(id).filter(|e| e.completed.is_none()) {
            (execution.state, execution.completed, execution.reused) = ("SUCCEEDED", Some(now), true);
            execution.result.clone_from(&earlier.result);
            execution.output.clone_from(&earlier.output);
        }
    }

    fn set_state(&self, id: &str, state: &'static str) {
        if let Some(execution) = self.lock().by_id.get_mut(id).filter(|e| e.completed.is_none()) {
            execution.state = state;
        }
    }

    fn begin(&self, id: &str) -> Option<Execution> {
        let mut executions = self.lock();
        let execution = executions.by_id.get_mut(id).filter(|e| e.completed.is_none())?;
        execution.state = "RUNNING";
        execution.queue_millis = (execution.since.elapsed().as_millis() as u64).max(1);
        Some(execution.clone())
    }

    /// Where the result goes: what `OutputLocation` says, if that is a bucket of this lake.
    fn location(&self, execution: &Execution) -> Result<ResultLocation, Failure> {
        let object = match &execution.output {
            None => self.lake.managed_results().join(&execution.id),
            Some(location) => {
                let (bucket, key) = self.lake.locate(location).map_err(|why| Failure::user(401, why.to_string()))?;
                self.lake.path(&bucket, &key)
            }
        };
        Ok(ResultLocation { object, spool: self.lake.spool(), most: MAX_RESULT_BYTES })
    }

    fn lock(&self) -> MutexGuard<'_, Executions> {
        self.executions.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
