//! Requests to AWS and their replies. Every request has a slot, in which newer replaces older, and a ticket.

use crate::domain::{
    CrawlerName, JobName, JobRunId, LogLine, LogSource, QueryId, QueryStatus, ResultPage, RunId, Time, TriggerName,
    Workflow, WorkflowName, WorkflowRun,
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
    Change(Change),
}

/// A call that changes something. It is sent once, through the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Start { workflow: WorkflowName, properties: BTreeMap<String, String> },
    Stop { workflow: WorkflowName, run: RunId },
    Resume { workflow: WorkflowName, run: RunId, nodes: Vec<String> },
    StartJob { job: JobName, overrides: JobOverrides },
    StartCrawler(CrawlerName),
    SwitchTrigger { trigger: TriggerName, to: Switch },
}

/// What a job run is given in place of the job's own settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobOverrides {
    pub arguments: BTreeMap<String, String>,
    pub worker_type: Option<String>,
    pub workers: Option<i32>,
    /// Minutes.
    pub timeout: Option<i32>,
}

/// Which way a trigger is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
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
    JobRun(JobRunFacts),
    LogPage(LogPage),
    QueryStarted(QueryId),
    QueryStatus(QueryStatus),
    QueryRows(ResultPage),
    QueryStopped,
    /// The change was taken; the id of what it started, where the API gives one.
    Changed {
        change: Change,
        id: Option<String>,
    },
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

impl Change {
    /// The API operation.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Start { .. } => "StartWorkflowRun",
            Self::Stop { .. } => "StopWorkflowRun",
            Self::Resume { .. } => "ResumeWorkflowRun",
            Self::StartJob { .. } => "StartJobRun",
            Self::StartCrawler(_) => "StartCrawler",
            Self::SwitchTrigger { to: Switch::On, .. } => "StartTrigger",
            Self::SwitchTrigger { to: Switch::Off, .. } => "StopTrigger",
        }
    }

    /// The name of what it changes.
    pub fn name(&self) -> &str {
        match self {
            Self::Start { workflow, .. } | Self::Stop { workflow, .. } | Self::Resume { workflow, .. } => {
                workflow.as_str()
            }
            Self::StartJob { job, .. } => job.as_str(),
            Self::StartCrawler(crawler) => crawler.as_str(),
            Self::SwitchTrigger { trigger, .. } => trigger.as_str(),
        }
    }

    /// What it changes, and what has become of it, as after `User Workflow: `.
    pub fn done(&self) -> &'static str {
        match self {
            Self::Start { .. } | Self::Resume { .. } | Self::StartJob { .. } | Self::StartCrawler(_) => "started",
            Self::Stop { .. } => "told to stop",
            Self::SwitchTrigger { to: Switch::On, .. } => "switched on",
            Self::SwitchTrigger { to: Switch::Off, .. } => "switched off",
        }
    }
}
