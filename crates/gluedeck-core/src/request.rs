//! Requests to AWS, each with the type of its answer.

pub use crate::analysis::drift::{Drift, GetDefinitions, GetDrift};
use crate::analysis::log::Chunk;
use crate::analysis::log::compare::Difference;
use crate::analysis::log::streams::LogLocation;
use crate::analysis::rows::{Batch, Rows};
use crate::analysis::triage::checks::Check;
use crate::analysis::triage::{ColumnsByDatabase, JobLog, LogError, QualityResult};
pub use crate::analysis::triage::{ReadColumns, ReadCrawlLog, ReadJobLog, ReadQualityResult, ReadRunChecks};
use crate::domain::policy::Approval;
use crate::domain::{
    Attempt, Bookmark, Change, Definition, Fault, Job, JobName, JobRunId, LogLine, LogSource, Partition, Pipeline,
    PipelineId, PipelineRun, QueryContext, QueryExecution, QueryId, ResultColumn, RunId, Series, Table, Target, Time,
    Trigger, TriggerName, WorkflowName,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A request, which knows the type of its answer.
pub trait Ask: Clone {
    /// Its name, for the log.
    const NAME: &'static str;
    /// What comes back if it succeeds.
    type Answer;
}

/// Requests of headless commands only: the console sends others in their place.
macro_rules! asks {
    ($($name:ident => $answer:ty),+ $(,)?) => {
        $(
            impl Ask for $name {
                const NAME: &'static str = stringify!($name);

                type Answer = $answer;
            }
        )+
    };
}

macro_rules! requests {
    ($($name:ident => $answer:ty),+ $(,)?) => {
        asks! { $($name => $answer),+ }

        /// Any request of the console that has one answer.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Request {
            $($name($name)),+
        }

        /// A request, with its answer or why there is none.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Answered {
            $($name($name, Result<$answer, Fault>)),+
        }

        $(
            impl $name {
                /// The request with its result.
                pub fn answered(self, result: Result<$answer, Fault>) -> Answered {
                    Answered::$name(self, result)
                }
            }

            impl From<$name> for Request {
                fn from(request: $name) -> Self {
                    Self::$name(request)
                }
            }
        )+

        impl Request {
            /// The request, failed with a fault.
            pub fn failed(self, fault: Fault) -> Answered {
                match self {
                    $(Self::$name(request) => request.answered(Err(fault))),+
                }
            }
        }

        impl Answered {
            /// Why there is no answer.
            pub fn fault(&self) -> Option<&Fault> {
                match self {
                    $(Self::$name(_, result) => result.as_ref().err()),+
                }
            }
        }

        /// Calls a macro with the names of all requests.
        #[macro_export]
        macro_rules! for_each_request {
            ($macro:ident) => {
                $macro! { $($name),+ }
            };
        }
    };
}

requests! {
    GetAccount => String,
    GetDpuLimit => f64,
    GetFlexLimit => Option<f64>,
    ListWorkflows => Vec<WorkflowName>,
    GetWorkflows => WorkflowBatch,
    GetPipelineRuns => Vec<PipelineRun>,
    ListStandalone => Vec<Pipeline>,
    GetDrift => Drift,
    GetRuns => Vec<Attempt>,
    GetDefinition => Definition,
    GetBookmark => Option<Bookmark>,
    GetRunMetrics => Vec<Series>,
    GetRunProperties => BTreeMap<String, String>,
    Describe => String,
    GetDatabases => Vec<String>,
    GetTables => Vec<Table>,
    GetPartitions => Vec<Partition>,
    GetJobs => BTreeMap<JobName, Job>,
    FindLogStreams => FoundStreams,
    GetLogPage => LogPage,
    CompareLogs => Comparison,
    StartQuery => QueryId,
    StopQuery => (),
    ListQueries => QueryPage,
    GetQueries => Vec<QueryExecution>,
    ListWorkgroups => Vec<Workgroup>,
    ListNamedQueries => Vec<NamedQuery>,
    ReadChecks => Rows,
    ReadFreshness => Rows,
    ReadJobLog => JobLog,
    ReadCrawlLog => Option<LogError>,
    ReadRunChecks => Vec<Check>,
    ReadQualityResult => QualityResult,
    ReadColumns => ColumnsByDatabase,
    ApplyChange => ChangeOutcome,
}

asks! {
    GetAllWorkflows => Vec<Pipeline>,
    GetDefinitions => gluedeck_pipeline::Definitions,
    FilterLogEvents => GroupPage,
}

/// The account of the credentials in use, by its ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetAccount;

/// The account's DPU limit, from Service Quotas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetDpuLimit;

/// The account's limit of spare capacity, which FLEX runs draw on, from Service Quotas; none if it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetFlexLimit;

/// All workflows with graphs: one call for 25 workflows. Without names they are listed first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetAllWorkflows {
    pub names: Option<Vec<WorkflowName>>,
}

/// The names of all workflows: one call for 25.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListWorkflows;

/// At most 25 workflows, in one call: with graphs, or only with their last run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetWorkflows {
    pub names: Vec<WorkflowName>,
    pub graphs: bool,
    /// The number of the batch among those that are not on the screen; none for the one on the screen.
    pub background: Option<usize>,
}

/// The pipelines that are no workflows, without their runs: chains of triggers, lone jobs, lone crawlers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStandalone;

/// The last runs of a pipeline, with their steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetPipelineRuns {
    pub pipeline: PipelineId,
    /// Of a chain: by them its runs are told apart.
    pub triggers: Vec<Trigger>,
}

impl GetPipelineRuns {
    /// The runs of a workflow.
    pub fn of_workflow(name: &WorkflowName) -> Self {
        Self { pipeline: name.clone().into(), triggers: Vec::new() }
    }

    /// The runs of a pipeline.
    pub fn of(pipeline: &Pipeline) -> Self {
        let triggers = if pipeline.id.as_workflow().is_some() { Vec::new() } else { pipeline.triggers.clone() };
        Self { pipeline: pipeline.id.clone(), triggers }
    }
}

/// The last runs of a job, or crawls of a crawler, newest first, whatever started them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetRuns {
    pub target: Target,
}

/// A job or crawler as it is defined now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetDefinition {
    pub target: Target,
}

/// A job's bookmark; none if it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetBookmark {
    pub job: JobName,
}

/// The metrics of a job run between two moments. CloudWatch bills by the metric that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetRunMetrics {
    pub job: JobName,
    pub run: JobRunId,
    pub from: Time,
    pub to: Time,
}

/// The properties of a workflow run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetRunProperties {
    pub workflow: WorkflowName,
    pub run: RunId,
}

/// A resource as the service describes it, as indented JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Describe {
    pub what: ResourceRef,
}

/// The names of the catalog's databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetDatabases;

/// The tables of a database of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetTables {
    pub database: String,
}

/// The partitions of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetPartitions {
    pub database: String,
    pub table: String,
}

/// The definitions of all jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetJobs;

/// Where a log is: its groups and the streams in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindLogStreams {
    /// The number of the run among those whose logs are merged.
    pub number: usize,
    pub of: StreamsOf,
}

/// Whose streams are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamsOf {
    /// A job's run, or its latest one.
    Run { job: JobName, run: Option<JobRunId> },
    /// A log group: the streams whose names begin so, or, if that is empty, those with the newest events.
    Group { group: String, prefix: String },
}

/// A part of a log stream, in at most so many calls.
#[derive(Debug, Clone, PartialEq)]
pub struct GetLogPage {
    /// The number of the stream among those that are merged.
    pub stream: usize,
    pub source: LogSource,
    pub position: LogPosition,
    pub calls: usize,
}

/// A page of the events of a whole log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterLogEvents {
    pub group: String,
    /// What the streams' names begin with.
    pub prefix: Option<String>,
    pub from: Option<Time>,
    pub to: Option<Time>,
    pub token: Option<String>,
}

/// What differs from the log of the job's last successful run before this one.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareLogs {
    pub job: JobName,
    pub run: JobRunId,
    pub here: Vec<Arc<Chunk>>,
}

/// Starts a query on Athena.
#[derive(Debug, Clone, PartialEq)]
pub struct StartQuery {
    /// The number of the query in this session.
    pub number: u64,
    pub sql: String,
    pub query_context: QueryContext,
}

/// Cancels a query, on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopQuery {
    pub id: QueryId,
}

/// A page of what was run in a workgroup in the last 45 days, by anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQueries {
    pub workgroup: String,
    pub next: Option<String>,
}

/// The executions of these IDs; those that are gone are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetQueries {
    pub ids: Vec<QueryId>,
}

/// The workgroups of Athena.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListWorkgroups;

/// The named queries of a workgroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListNamedQueries {
    pub workgroup: String,
}

/// The rows of the query on data-quality checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadChecks {
    pub sql: String,
    pub database: String,
}

/// The rows of a query on how fresh tables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFreshness {
    pub number: usize,
    pub sql: String,
    pub database: String,
}

/// A change that was confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplyChange {
    pub change: Change,
    pub approval: Approval,
}

/// What is delivered piece by piece, until it ends or is abandoned.
#[derive(Debug, Clone, PartialEq)]
pub enum Stream {
    /// What arrives in log streams.
    LiveTail(Vec<LogSource>),
    /// The states of a query, then its rows. `number`: of the query in this session.
    Query { number: u64, id: QueryId },
}

/// A piece of a stream. An error is the last one.
#[derive(Debug, Clone, PartialEq)]
pub enum Streamed {
    LiveTail(Result<LiveEvents, Fault>),
    Query { number: u64, news: Result<QueryEvent, Fault> },
}

impl Streamed {
    /// Whether nothing follows.
    pub fn is_last(&self) -> bool {
        match self {
            Self::LiveTail(piece) => piece.is_err(),
            Self::Query { news, .. } => matches!(news, Err(_) | Ok(QueryEvent::End)),
        }
    }
}

/// What can be described as the service has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceRef {
    Workflow(WorkflowName),
    Run { workflow: WorkflowName, run: RunId },
    Trigger(TriggerName),
    Target(Target),
    JobRun { job: JobName, run: JobRunId },
}

impl ResourceRef {
    /// What a pipeline is in the account.
    pub fn of(pipeline: &PipelineId) -> Self {
        match pipeline {
            PipelineId::Workflow(name) => Self::Workflow(name.clone()),
            PipelineId::Chain(trigger) => Self::Trigger(trigger.clone()),
            PipelineId::Alone(target) => Self::Target(target.clone()),
        }
    }
}

/// Calls sent to a place.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// In the last minute, with the SDK's own retries.
    pub calls_a_minute: usize,
    /// How long ago the service throttled last, if it did in the last minute.
    pub throttled_ago: Option<Duration>,
    /// What the budget of Glue's calls allows now.
    pub calls_a_second: f64,
}

/// Some workflows.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkflowBatch {
    pub workflows: Vec<Pipeline>,
    /// Names that do not exist any more.
    pub missing: Vec<WorkflowName>,
    /// Why one of the calls failed, if the others have succeeded.
    pub partial_fault: Option<Fault>,
}

/// A page of the queries of a workgroup.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryPage {
    pub executions: Vec<QueryExecution>,
    /// The token of the next page.
    pub next: Option<String>,
}

/// What became of a change that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeOutcome {
    /// The id of what it started, where the API gives one.
    pub id: Option<String>,
    pub how: ConfirmedBy,
}

/// How it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConfirmedBy {
    #[default]
    Response,
    /// The answer got lost, and reading afterwards showed that it was taken.
    ReadBack,
    /// Everything was as it should be; nothing was sent.
    NoChange,
}

/// Which part of a stream is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPosition {
    /// From its beginning on, or from a time on.
    From(Option<Time>),
    /// Its end as of now, or before a time.
    End(Option<Time>),
    /// On from a page, forward or backward.
    After(String),
    Before(String),
}

/// A job's run, as its log needs to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRunFacts {
    pub job: JobName,
    pub log_location: LogLocation,
    /// The API's value.
    pub state: String,
    pub error: Option<String>,
    pub started_on: Option<Time>,
    pub completed_on: Option<Time>,
}

/// Where a log is.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundStreams {
    /// The job's run; none of a log group.
    pub facts: Option<JobRunFacts>,
    /// By group: its streams, or why they are not known.
    pub groups: Vec<(String, Result<Vec<LogSource>, Fault>)>,
}

/// A page of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPage {
    /// The stream does not exist, or not yet.
    pub missing: bool,
    pub chunk: Chunk,
    /// Where to go on to later events, and to earlier ones.
    pub forward: Option<String>,
    pub backward: Option<String>,
    /// There is nothing more in the direction that was read: as of now if that was forward.
    pub at_end: bool,
}

/// What a log has that the log of an earlier successful run does not, and the other way round.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The successful run, and when it began.
    pub run: JobRunId,
    pub started_on: Option<Time>,
    /// Lines that were looked at here and there.
    pub lines: (usize, usize),
    pub differences: Vec<Difference>,
}

/// What live tail brought within about a second: by group and stream, since streams of a run share their name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LiveEvents {
    pub events: Vec<((String, String), Chunk)>,
    /// More came than live tail shows, so that some was left out.
    pub sampled: bool,
}

/// A page of a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GroupPage {
    /// Stream and id of each event, which only this call gives.
    pub events: Vec<(String, String, LogLine)>,
    pub next: Option<String>,
}

/// What is new of a query that is followed.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryEvent {
    /// What became of it so far.
    Execution(Box<QueryExecution>),
    /// It has succeeded, with these columns; rows follow. `updated`: rows that a statement without rows has changed.
    Columns {
        columns: Vec<ResultColumn>,
        updated: Option<i64>,
    },
    Rows(Batch),
    /// Reading failed for now, and is tried again.
    Retrying(Fault),
    /// There is nothing more.
    End,
}

/// A workgroup of Athena.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workgroup {
    pub name: String,
    pub description: String,
    pub enabled: bool,
}

/// A query that is kept in the account under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedQuery {
    pub name: String,
    pub description: String,
    pub database: String,
    pub sql: String,
}
