//! The gateway: performs a request, whichever service it is for.

use super::clients::Clients;
use super::gate::Gate;
use super::live_tail::LiveTail;
use super::results::Follow;
use super::session::{self, ConnectError};
use super::{account_definitions, athena, catalog, definition, describe, drift, fault, glue, logs, pipelines, quality};
use crate::SessionOptions;
use crate::store::{Journal, QueryLog};
use gluedeck_core::analysis::redact;
use gluedeck_core::analysis::sql::changes;
use gluedeck_core::domain::{AccountScope, Fault, FaultKind, LogSource, Policy, Prices, QueryContext, QueryId};
use gluedeck_core::for_each_request;
use gluedeck_core::request::*;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

/// The quota "Max task DPUs per account" of Glue.
const DPU_QUOTA: (&str, &str) = ("glue", "L-08F3B322");
/// The quota of spare compute capacity, which FLEX runs draw on; not every account has it.
const FLEX_QUOTA: (&str, &str) = ("glue", "L-096DBB95");
/// Credentials that are not good are looked for again at most this often.
const RENEW_INTERVAL: Duration = Duration::from_secs(5);

/// A connection to an account and Region, or to whatever answers at an endpoint.
#[derive(Debug)]
pub struct Gateway {
    options: SessionOptions,
    clients: RwLock<Arc<Clients>>,
    renewed: Mutex<Instant>,
    gate: Gate,
    queries: QueryLog,
    region: Option<String>,
    endpoint: Option<String>,
}

impl Gateway {
    /// Makes the clients. Nothing is sent yet, but configuration files are read. Changes are journalled in `folder`.
    ///
    /// # Errors
    /// If the certificate bundle of `AWS_CA_BUNDLE` cannot be used.
    pub async fn connect(options: &SessionOptions, environment: &str, folder: &Path) -> Result<Self, ConnectError> {
        let clients = Clients::make(options, None).await?;
        let journal = Journal::new(folder, environment, clients.endpoint.as_deref(), clients.region.as_deref());
        Ok(Self {
            options: options.clone(),
            region: clients.region.clone(),
            endpoint: clients.endpoint.clone(),
            renewed: Mutex::new(Instant::now()),
            queries: QueryLog::new(folder, environment, clients.endpoint.as_deref(), clients.region.as_deref()),
            gate: Gate { read_only: options.read_only, policy: options.policy.clone(), journal },
            clients: RwLock::new(Arc::new(clients)),
        })
    }

    /// Whether every change is refused.
    pub fn is_read_only(&self) -> bool {
        self.gate.read_only
    }

    /// What the environment lets one change.
    pub fn policy(&self) -> &Policy {
        &self.gate.policy
    }

    /// The refusal of a change in a session that may change nothing.
    pub fn read_only_fault(&self, operation: &str) -> Fault {
        Fault::new(FaultKind::ReadOnly, operation, "this session is read-only; nothing was sent")
    }

    /// The Region in use.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// What DPU-hours cost here.
    pub fn prices(&self) -> Prices {
        Prices::of(self.region(), self.options.prices)
    }

    /// The endpoint in use, if it is not AWS's own: from the flag, the environment, or the profile.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Calls sent in the last minute, and what the budget allows.
    pub fn usage(&self) -> Usage {
        self.clients().budgets.usage()
    }

    pub(super) fn clients(&self) -> Arc<Clients> {
        Arc::clone(&self.clients.read().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// Performs a request. Where credentials are missing or have expired, they are looked for again, so that a login
    /// in another terminal is noticed without a restart.
    ///
    /// # Errors
    /// A fault with the operation, the service's words, and advice. Reads are retried by the SDK; changes are sent once.
    pub async fn perform<Q: Perform>(&self, request: Q) -> Result<Q::Answer, Fault> {
        let (clients, since) = (self.clients(), Instant::now());
        let result = match &clients.config_fault {
            Some(config_fault) => Err(config_fault.clone()),
            None => request.send(self).await,
        };
        let ms = since.elapsed().as_millis();
        match &result {
            Ok(_) => tracing::debug!(request = Q::NAME, ms, "answered"),
            Err(fault) => {
                let message = redact::secrets(&fault.message);
                tracing::warn!(request = Q::NAME, ms, operation = fault.operation, kind = ?fault.kind, ?message, "failed");
            }
        }
        // The command that logs in again, with the profile that it is for.
        let login = |fault: &Fault| session::login(&self.options).filter(|_| fault.kind == FaultKind::Expired);
        let result = result.map_err(|fault| match login(&fault) {
            Some(login) => Fault { message: format!("{}; run `{login}`", fault.message), ..fault },
            None => fault,
        });
        if let Err(fault) = &result
            && fault.needs_a_person()
        {
            self.renew(&clients).await;
        }
        result
    }

    /// Opens a live tail of streams.
    ///
    /// # Errors
    /// If the service refuses, or cannot be reached.
    pub async fn live_tail(&self, sources: &[LogSource]) -> Result<LiveTail, Fault> {
        let clients = self.clients();
        match &clients.config_fault {
            Some(config_fault) => Err(config_fault.clone()),
            None => LiveTail::open(&clients, sources, self.account().await).await,
        }
    }

    /// Waits for what is new of a query. What passes, such as throttling or expired credentials, is reported as retrying, and
    /// tried again after a while with the next call; it goes on where it stopped.
    ///
    /// # Errors
    /// What does not pass: the query is unknown, or its result is gone.
    pub async fn follow(&self, follow: &mut Follow) -> Result<QueryEvent, Fault> {
        follow.rest().await;
        let clients = self.clients();
        let news = match &clients.config_fault {
            Some(config_fault) => Err(config_fault.clone()),
            None => follow.next(&clients).await,
        };
        match news {
            Ok(QueryEvent::Execution(execution)) => {
                if execution.state.is_final() {
                    self.queries.ended(&execution);
                }
                Ok(QueryEvent::Execution(execution))
            }
            Err(fault) if fault.is_transient() => {
                if fault.needs_a_person() {
                    self.renew(&clients).await;
                }
                follow.failed();
                Ok(QueryEvent::Retrying(fault))
            }
            news => news,
        }
    }

    /// Starts a query: written down before, and with its id after, so that it is found again whatever happens here.
    /// What would change something is refused in a session that may change nothing.
    pub(super) async fn start_query(
        &self,
        clients: &Clients,
        sql: &str,
        query_context: &QueryContext,
    ) -> Result<QueryId, Fault> {
        if self.gate.read_only && changes::of(sql).is_some() {
            return Err(self.read_only_fault("StartQueryExecution"));
        }
        let unwritten = |error: std::io::Error| {
            let message = format!("nothing was sent: cannot write the log of queries: {error}");
            Fault::new(FaultKind::NotSaved, "StartQueryExecution", message)
        };
        let token = self.queries.begin(sql, query_context).map_err(unwritten)?;
        let started = athena::start(clients, sql, query_context, &token).await;
        match &started {
            Ok(id) => self.queries.started(&token, id),
            Err(fault)
                if !matches!(fault.kind, FaultKind::Unreachable | FaultKind::InvalidResponse | FaultKind::Service) =>
            {
                self.queries.refused(&token, fault);
            }
            _ => {}
        }
        started
    }

    /// Reads the configuration files again: the SDK keeps what it has read from them.
    async fn renew(&self, failed: &Arc<Clients>) {
        {
            let mut renewed = self.renewed.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if renewed.elapsed() < RENEW_INTERVAL {
                return;
            }
            *renewed = Instant::now();
        }
        if let Ok(clients) = Clients::make(&self.options, Some(failed.budgets.clone())).await
            // Another Region or endpoint would be another place than the one that the screen names.
            && clients.region == self.region
            && clients.endpoint == self.endpoint
        {
            *self.clients.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(clients);
        }
    }

    async fn identity(&self, clients: &Clients) -> Result<String, Fault> {
        let answer = clients.sts.get_caller_identity().send().await;
        let answer = answer.map_err(|error| fault::of("GetCallerIdentity", &error))?;
        Ok(answer.account.unwrap_or_else(|| "unknown".to_owned()))
    }

    /// The account of the credentials as they are now; none if it cannot be read.
    async fn account(&self) -> Option<String> {
        self.identity(&self.clients()).await.ok()
    }

    /// Where changes are made.
    pub async fn account_scope(&self) -> AccountScope {
        AccountScope::new(self.account().await, self.region(), self.endpoint())
    }
}

/// A request that the gateway can send.
pub trait Perform: Ask + Send {
    /// Sends it.
    #[doc(hidden)]
    fn send(self, gateway: &Gateway) -> impl Future<Output = Result<Self::Answer, Fault>> + Send;
}

/// Implements [`Perform`]: for each request, what sends it.
macro_rules! performs {
    ($($name:ident: |$request:pat_param, $gateway:pat_param, $clients:pat_param| $call:expr;)+) => {
        $(
            impl Perform for $name {
                async fn send(self, gateway: &Gateway) -> Result<Self::Answer, Fault> {
                    let clients = gateway.clients();
                    let ($request, $gateway, $clients) = (self, gateway, &*clients);
                    $call
                }
            }
        )+
    };
}

performs! {
    GetAccount: |_, gateway, clients| gateway.identity(clients).await;
    GetDpuLimit: |_, _, clients| {
        let value = clients.quotas.get(DPU_QUOTA.0, DPU_QUOTA.1).await;
        value.map_err(|error| fault::of("GetServiceQuota", &error))
    };
    GetFlexLimit: |_, _, clients| match clients.quotas.get(FLEX_QUOTA.0, FLEX_QUOTA.1).await {
        Ok(limit) => Ok(Some(limit)),
        Err(error) => match fault::of("GetServiceQuota", &error) {
            fault if fault.kind == FaultKind::NotFound => Ok(None),
            fault => Err(fault),
        },
    };
    GetAllWorkflows: |request, _, clients| glue::all_workflows(clients, request.names).await;
    ListWorkflows: |_, _, clients| glue::list(clients).await;
    GetWorkflows: |request, _, clients| glue::batch(clients, &request.names, request.graphs).await;
    ListStandalone: |_, _, clients| pipelines::standalone(clients).await;
    GetPipelineRuns: |request, _, clients| pipelines::runs(clients, &request).await;
    GetRuns: |request, _, clients| pipelines::runs_of(clients, &request.target).await;
    GetDrift: |request, gateway, clients| {
        let account = gateway.identity(clients).await?;
        let region = gateway.region().unwrap_or_default();
        drift::of(clients, (&request.file, &request.environment), (&account, region)).await
    };
    GetDefinitions: |_, _, clients| account_definitions::all(clients).await;
    GetDefinition: |request, _, clients| definition::of(clients, &request.target).await;
    GetBookmark: |request, _, clients| definition::bookmark(clients, &request.job).await;
    GetRunMetrics: |request, _, clients| {
        let series = clients.metrics.of_run(&request).await;
        series.map_err(|error| fault::of("GetMetricData", &error))
    };
    GetRunProperties: |request, _, clients| glue::properties(clients, &request.workflow, &request.run).await;
    Describe: |request, _, clients| describe::describe(clients, &request.what).await;
    GetDatabases: |_, _, clients| catalog::databases(clients).await;
    GetTables: |request, _, clients| catalog::tables(clients, &request.database).await;
    GetPartitions: |request, _, clients| catalog::partitions(clients, &request.database, &request.table).await;
    GetJobs: |_, _, clients| glue::jobs(clients).await;
    FindLogStreams: |request, _, clients| logs::streams(clients, &request.of).await;
    GetLogPage: |request, _, clients| logs::page(clients, &request.source, request.position, request.calls).await;
    FilterLogEvents: |request, _, clients| logs::group(clients, request).await;
    CompareLogs: |request, _, clients| logs::compare(clients, &request.job, &request.run, &request.here).await;
    StartQuery: |request, gateway, clients| gateway.start_query(clients, &request.sql, &request.query_context).await;
    StopQuery: |request, _, clients| athena::stop(clients, &request.id).await;
    ListQueries: |request, _, clients| athena::history(clients, &request.workgroup, request.next).await;
    GetQueries: |request, _, clients| {
        athena::executions(clients, request.ids.iter().map(|id| id.as_str().to_owned()).collect()).await
    };
    ListWorkgroups: |_, _, clients| athena::workgroups(clients).await;
    ListNamedQueries: |request, _, clients| athena::named_queries(clients, &request.workgroup).await;
    ReadChecks: |request, gateway, _| gateway.rows(&request.sql, &request.database).await;
    ReadFreshness: |request, gateway, _| gateway.rows(&request.sql, &request.database).await;
    ReadJobLog: |request, gateway, _| gateway.job_log(&request).await;
    ReadCrawlLog: |request, gateway, _| gateway.crawl_log(&request).await;
    ReadRunChecks: |request, gateway, _| gateway.run_checks(&request).await;
    ReadQualityResult: |request, _, clients| quality::result(clients, &request.id).await;
    ReadColumns: |request, gateway, _| gateway.columns(&request).await;
    ApplyChange: |request, gateway, clients| {
        let account = gateway.account().await;
        gateway.gate.perform(clients.glue_at_once(), &request.change, &request.approval, account.as_deref()).await
    };
}

/// Defines [`Gateway::answer`].
macro_rules! answers {
    ($($name:ident),+) => {
        impl Gateway {
            /// Performs any request, and returns it with its answer. See [`Gateway::perform`].
            pub async fn answer(&self, request: Request) -> Answered {
                match request {
                    $(Request::$name(request) => {
                        let result = self.perform(request.clone()).await;
                        request.answered(result)
                    })+
                }
            }
        }
    };
}

for_each_request!(answers);
