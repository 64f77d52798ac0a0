//! Requests to AWS and their replies.

use crate::analysis::log::Chunk;
use crate::analysis::log::compare::Difference;
use crate::analysis::log::streams::Whereabouts;
use crate::analysis::rows::{Batch, Rows};
use crate::analysis::triage::{Answer, Need};
use crate::domain::policy::Assent;
use crate::domain::{
    Change, Fault, Job, JobName, JobRunId, LogLine, LogSource, Partition, QueryExecution, QueryId, QueryPlace,
    ResultColumn, RunId, Table, Target, Time, TriggerName, Workflow, WorkflowName, WorkflowRun,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What the console asks of AWS.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Account of the credentials, and the Region in use.
    Identity,
    /// The account's DPU limit, from Service Quotas.
    DpuLimit,
    /// All workflows with graphs. With the names known it is one call for 25 workflows; without, they are listed first.
    Fleet {
        names: Option<Vec<WorkflowName>>,
    },
    /// The names of all workflows: a call for 25.
    Names,
    /// One call for at most 25 workflows: with graphs, or only with what their last run is.
    Batch {
        names: Vec<WorkflowName>,
        graphs: bool,
    },
    /// The last runs of a workflow, with graphs.
    History(WorkflowName),
    /// The properties of a workflow run.
    Properties {
        workflow: WorkflowName,
        run: RunId,
    },
    /// A resource as the service describes it.
    Describe(Described),
    Databases,
    /// The definitions of all jobs.
    Jobs,
    /// A job's run, or its latest one.
    JobRun {
        job: JobName,
        run: Option<JobRunId>,
    },
    /// Where the log of a job run is: its groups and the streams in them.
    LogStreams {
        job: JobName,
        run: Option<JobRunId>,
    },
    /// A part of a stream, in at most so many calls.
    LogPage {
        source: LogSource,
        place: LogPlace,
        calls: usize,
    },
    /// Events of a whole group, whoever wrote them.
    GroupPage(GroupQuestion),
    /// What differs from the log of the job's last good run before this one.
    LogCompare {
        job: JobName,
        run: JobRunId,
        here: Vec<Arc<Chunk>>,
    },
    /// Tell what arrives in these streams, until it is abandoned: many replies in one slot.
    LiveTail(Vec<LogSource>),
    QueryStart {
        sql: String,
        place: QueryPlace,
    },
    /// Tell what becomes of a query, and then its rows: many replies in one slot, until it ends or is abandoned.
    QueryFollow(QueryId),
    QueryStop(QueryId),
    /// A page of what was run in a workgroup in the last 45 days, by anybody.
    QueryHistory {
        workgroup: String,
        next: Option<String>,
    },
    /// What became of these queries; those that are gone are left out.
    Executions(Vec<QueryId>),
    Workgroups,
    NamedQueries {
        workgroup: String,
    },
    /// The tables of a database of the catalog.
    Tables {
        database: String,
    },
    Partitions {
        database: String,
        table: String,
    },
    /// The rows of a small query, all at once.
    Rows {
        sql: String,
        database: String,
    },
    /// Something that an inquiry into an alert needs.
    Inquire(Need),
    Change {
        change: Change,
        assent: Assent,
    },
}

/// What can be described as the service has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Described {
    Workflow(WorkflowName),
    Run { workflow: WorkflowName, run: RunId },
    Trigger(TriggerName),
    Target(Target),
    JobRun { job: JobName, run: JobRunId },
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

/// What AWS answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Identity {
        account: String,
        region: Option<String>,
    },
    DpuLimit(f64),
    Fleet {
        workflows: Vec<Workflow>,
    },
    Names(Vec<WorkflowName>),
    Batch {
        workflows: Vec<Workflow>,
        /// Asked for, and not there any more.
        missing: Vec<WorkflowName>,
        graphs: bool,
        /// A call that was refused, while others have told what there is.
        trouble: Option<Fault>,
    },
    History(Vec<WorkflowRun>),
    Properties(BTreeMap<String, String>),
    /// Pretty JSON.
    Described(String),
    Databases(Vec<String>),
    Jobs(BTreeMap<JobName, Job>),
    JobRun(Box<JobRunFacts>),
    LogStreams(Box<FoundStreams>),
    LogPage(LogPage),
    GroupPage(GroupPage),
    LogCompared(Comparison),
    Live(LiveEvents),
    QueryStarted(QueryId),
    Query(QueryNews),
    QueryStopped,
    QueryHistory {
        executions: Vec<QueryExecution>,
        next: Option<String>,
    },
    Executions(Vec<QueryExecution>),
    Workgroups(Vec<Workgroup>),
    NamedQueries(Vec<NamedQuery>),
    Tables(Vec<Table>),
    Partitions(Vec<Partition>),
    Rows(Rows),
    Inquired(Answer),
    /// The change was taken.
    Changed {
        change: Change,
        done: Done,
    },
}

/// What became of a change that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// The id of what it started, where the API gives one.
    pub id: Option<String>,
    pub how: How,
}

/// How it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum How {
    #[default]
    Answered,
    /// The answer got lost, and reading afterwards showed that it was taken.
    FoundByReading,
    /// Everything was as it should be; nothing was sent.
    Already,
}

/// Which part of a stream is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPlace {
    /// From its beginning on, or from a time on.
    From(Option<Time>),
    /// Its end as of now, or before a time.
    End(Option<Time>),
    /// On from a page, forward or backward.
    After(String),
    Before(String),
}

/// Events of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupQuestion {
    pub group: String,
    /// What the streams' names begin with.
    pub prefix: Option<String>,
    pub from: Option<Time>,
    pub to: Option<Time>,
    pub token: Option<String>,
}

/// A job's run, as its log needs to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRunFacts {
    pub job: JobName,
    pub whereabouts: Whereabouts,
    /// The API's word.
    pub state: String,
    pub error: Option<String>,
    pub started_on: Option<Time>,
    pub completed_on: Option<Time>,
}

/// Where the log of a job run is.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundStreams {
    pub facts: JobRunFacts,
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

/// What a log has against that of an earlier, good run.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The good run, and when it began.
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
pub enum QueryNews {
    /// What became of it so far.
    Execution(Box<QueryExecution>),
    /// It has succeeded, with these columns; rows follow. `updated`: rows that a statement without rows has changed.
    Columns {
        columns: Vec<ResultColumn>,
        updated: Option<i64>,
    },
    Rows(Batch),
    /// Reading failed for now, and is tried again.
    Trouble(Fault),
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
