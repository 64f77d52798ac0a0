//! Athena: query executions over the lake, with their states, statistics and results.

mod dialect;
mod engine;
mod results;

pub(crate) use results::{ResultColumn, ResultSet};

use self::dialect::Parsed;
use super::control::{Hub, Time};
use super::lake::Lake;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use tokio::task::AbortHandle;

/// The one workgroup.
pub(crate) const WORKGROUP: &str = "primary";

/// The Athena of one environment.
#[derive(Debug)]
pub(crate) struct Athena {
    hub: Arc<Hub>,
    lake: Arc<Lake>,
    executions: Mutex<Executions>,
}

#[derive(Debug, Default)]
struct Executions {
    by_id: BTreeMap<String, Execution>,
    /// Oldest first.
    order: Vec<String>,
    /// Client request token to execution and its SQL.
    tokens: BTreeMap<String, (String, String)>,
}

/// One query execution.
#[derive(Debug, Clone)]
pub(crate) struct Execution {
    pub(crate) id: String,
    pub(crate) sql: String,
    pub(crate) parsed: Parsed,
    pub(crate) database: Option<String>,
    pub(crate) output: String,
    /// QUEUED, RUNNING, SUCCEEDED, FAILED or CANCELLED.
    pub(crate) state: &'static str,
    pub(crate) failure: Option<Failure>,
    pub(crate) submitted: Time,
    pub(crate) completed: Option<Time>,
    pub(crate) queue_millis: u64,
    pub(crate) engine_millis: u64,
    pub(crate) scanned_bytes: u64,
    pub(crate) result: Option<Arc<ResultSet>>,
    since: Instant,
    task: Option<AbortHandle>,
}

/// `AthenaError`: category 1 is the system's, 2 the user's, 3 others'.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) category: i32,
    pub(crate) kind: i32,
    pub(crate) message: String,
}

/// What a client asks for.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) sql: String,
    pub(crate) database: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) token: Option<String>,
}

/// Why a start is refused at once.
#[derive(Debug)]
pub(crate) enum StartError {
    /// The statement does not parse; Athena makes no execution of it.
    Malformed(String),
    TokenReused,
}

impl Athena {
    pub(crate) fn new(hub: Arc<Hub>, lake: Arc<Lake>) -> Self {
        Self { hub, lake, executions: Mutex::default() }
    }

    /// Starts a query on the current runtime and answers its id. The same token with the same SQL is the same query.
    pub(crate) fn start(self: &Arc<Self>, request: Request) -> Result<String, StartError> {
        let parsed = dialect::parse(&request.sql).map_err(StartError::Malformed)?;
        let mut executions = self.lock();
        if let Some((id, sql)) = request.token.as_ref().and_then(|token| executions.tokens.get(token)) {
            return if *sql == request.sql { Ok(id.clone()) } else { Err(StartError::TokenReused) };
        }
        let number = executions.order.len();
        let hex = self.lake.world.hex_id(&format!("query {number} {} {}", request.sql, self.hub.now()));
        let id = format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32]);
        let folder = request.output.unwrap_or_else(|| format!("s3://{}/", self.lake.world.bucket("athena")));
        let extension = if parsed.is_dml() { "csv" } else { "txt" };
        let execution = Execution {
            id: id.clone(),
            output: format!("{}/{id}.{extension}", folder.trim_end_matches('/')),
            sql: request.sql.clone(),
            parsed,
            database: request.database,
            state: "QUEUED",
            failure: None,
            submitted: self.hub.now(),
            completed: None,
            queue_millis: 0,
            engine_millis: 0,
            scanned_bytes: 0,
            result: None,
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

    /// Ids, newest first.
    pub(crate) fn list(&self) -> Vec<String> {
        self.lock().order.iter().rev().cloned().collect()
    }

    async fn run(self: Arc<Self>, id: &str) {
        let Some(execution) = self.begin(id) else { return };
        let database = execution.database.as_deref().unwrap_or("default");
        let outcome = engine::execute(Arc::clone(&self.lake), &execution.parsed, database).await;
        let outcome = outcome.and_then(|done| {
            let text = if execution.parsed.is_dml() { done.0.to_csv() } else { done.0.to_text() };
            self.write_output(&execution.output, text.as_bytes())?;
            Ok(done)
        });
        let now = self.hub.now();
        if let Some(execution) = self.lock().by_id.get_mut(id).filter(|e| e.completed.is_none()) {
            execution.engine_millis = execution.since.elapsed().as_millis() as u64;
            execution.completed = Some(now);
            match outcome {
                Ok((result, scanned_bytes)) => {
                    execution.state = "SUCCEEDED";
                    execution.scanned_bytes = scanned_bytes;
                    execution.result = Some(Arc::new(result));
                }
                Err(failure) => {
                    execution.state = "FAILED";
                    execution.failure = Some(failure);
                }
            }
        }
    }

    fn begin(&self, id: &str) -> Option<Execution> {
        let mut executions = self.lock();
        let execution = executions.by_id.get_mut(id).filter(|e| e.completed.is_none())?;
        execution.state = "RUNNING";
        execution.queue_millis = execution.since.elapsed().as_millis() as u64;
        Some(execution.clone())
    }

    /// Puts the result where `OutputLocation` says, if that is a bucket of this lake.
    fn write_output(&self, location: &str, content: &[u8]) -> Result<(), Failure> {
        let failed = |why: String| Failure { category: 2, kind: 401, message: why };
        let path = location.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
        let (bucket, key) = path.ok_or_else(|| failed(format!("Invalid output location {location}")))?;
        let inside = !key.split('/').any(|part| part == "..") && !bucket.contains("..");
        let folder = self.lake.path(bucket, "");
        if !inside || !folder.is_dir() {
            return Err(failed(format!("Unable to verify/create output bucket {bucket}")));
        }
        let path = self.lake.path(bucket, key);
        let written =
            path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, content));
        written.map_err(|error| failed(format!("Could not write the result to {location}: {error}")))
    }

    fn lock(&self) -> MutexGuard<'_, Executions> {
        self.executions.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
