//! Requests to AWS and their replies. Every request has a slot, in which newer replaces older, and a ticket.

use crate::domain::policy::Assent;
use crate::domain::{
    Change, Job, JobName, JobRunId, LogLine, LogSource, QueryId, QueryStatus, ResultPage, Time, Workflow, WorkflowName,
    WorkflowRun,
};
use std::collections::BTreeMap;

/// A request's number; a reply with another one than the slot's is late and dies.
pub type Ticket = u64;

/// Where a request belongs: at most one is under way in each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Slot {
    Identity,
    DpuLimit,
    Fleet,
    History(WorkflowName),
    Databases,
    Jobs,
    /// The n-th stream of the log screen.
    Log(usize),
    Query,
    /// Stops of queries, by id, so that none replaces another.
    StopQuery(QueryId),
    Change,
}

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
    /// The last runs of a workflow, with graphs.
    History(WorkflowName),
    Databases,
    /// The definitions of all jobs.
    Jobs,
    /// A job's run, or its latest one.
    JobRun {
        job: JobName,
        run: Option<JobRunId>,
    },
    /// What a stream holds after `token`, or from its beginning (or `from`) on.
    LogPage {
        source: LogSource,
        token: Option<String>,
        from: Option<Time>,
    },
    QueryStart {
        sql: String,
        database: Option<String>,
    },
    QueryStatus(QueryId),
    QueryRows {
        status: QueryStatus,
        next: Option<String>,
    },
    QueryStop(QueryId),
    Change {
        change: Change,
        assent: Assent,
    },
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
    History(Vec<WorkflowRun>),
    Databases(Vec<String>),
    Jobs(BTreeMap<JobName, Job>),
    JobRun(JobRunFacts),
    LogPage(LogPage),
    QueryStarted(QueryId),
    QueryStatus(QueryStatus),
    QueryRows(ResultPage),
    QueryStopped,
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

/// What the log of a job run needs to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRunFacts {
    pub id: JobRunId,
    /// The base of its log groups.
    pub log_group: Option<String>,
    pub completed_on: Option<Time>,
}

/// A page of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPage {
    /// The stream does not exist, or not yet.
    pub missing: bool,
    pub lines: Vec<LogLine>,
    /// Where to go on.
    pub token: Option<String>,
    /// The end as of now: the same token came back.
    pub at_end: bool,
}
