//! Slots and tickets: every request has a slot, in which a newer request replaces an older one, and a ticket.

use gluedeck_core::analysis::triage::Need;
use gluedeck_core::domain::{PipelineId, QueryId};
use gluedeck_core::request::{Request, Stream};

/// The number of a request. An answer with another number than its slot has is late, and is dropped.
pub type Ticket = u64;

/// Where a request belongs: at most one is under way in each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Slot {
    Identity,
    DpuLimit,
    FlexLimit,
    /// The names of the workflows.
    Names,
    /// The batch that is on the screen, or all if one batch holds all.
    VisibleWorkflows,
    /// One of the batches after it.
    Rest(usize),
    /// The list of pipelines that are no workflows.
    Standalone,
    /// How the account differs from the pipeline's file.
    Drift,
    /// The runs, definition and bookmark of the job or crawler on its own screen.
    Runs,
    Definition,
    Bookmark,
    Metrics,
    Properties,
    Describe,
    History(PipelineId),
    Databases,
    /// The tables of a database.
    Tables(String),
    /// The partitions of a table.
    Partitions(String, String),
    Workgroups,
    NamedQueries,
    QueryHistory,
    Jobs,
    /// The n-th stream of the log screen.
    Log(usize),
    /// The streams of the n-th run on the log screen.
    LogStreams(usize),
    LogCompare,
    LiveTail,
    /// A query that was started or is followed here, by its number here.
    Query(u64),
    /// Queries of an earlier console.
    Orphans,
    /// What inquiries into alerts need.
    Investigation(Box<Need>),
    /// The checks of data quality; how fresh the tables are, by the number of the question.
    Checks,
    Freshness(usize),
    /// Stops of queries, by id, so that none replaces another.
    StopQuery(QueryId),
    Change,
}

impl Slot {
    /// The slot of a request.
    pub fn of(request: &Request) -> Self {
        match request {
            Request::GetAccount(_) => Self::Identity,
            Request::GetDpuLimit(_) => Self::DpuLimit,
            Request::GetFlexLimit(_) => Self::FlexLimit,
            Request::ListWorkflows(_) => Self::Names,
            Request::GetWorkflows(request) => request.background.map_or(Self::VisibleWorkflows, Self::Rest),
            Request::ListStandalone(_) => Self::Standalone,
            Request::GetDrift(_) => Self::Drift,
            Request::GetPipelineRuns(request) => Self::History(request.pipeline.clone()),
            Request::GetRuns(_) => Self::Runs,
            Request::GetDefinition(_) => Self::Definition,
            Request::GetBookmark(_) => Self::Bookmark,
            Request::GetRunMetrics(_) => Self::Metrics,
            Request::GetRunProperties(_) => Self::Properties,
            Request::Describe(_) => Self::Describe,
            Request::GetDatabases(_) => Self::Databases,
            Request::GetTables(request) => Self::Tables(request.database.clone()),
            Request::GetPartitions(request) => Self::Partitions(request.database.clone(), request.table.clone()),
            Request::GetJobs(_) => Self::Jobs,
            Request::FindLogStreams(request) => Self::LogStreams(request.number),
            Request::GetLogPage(request) => Self::Log(request.stream),
            Request::CompareLogs(_) => Self::LogCompare,
            Request::StartQuery(request) => Self::Query(request.number),
            Request::StopQuery(request) => Self::StopQuery(request.id.clone()),
            Request::ListQueries(_) => Self::QueryHistory,
            Request::GetQueries(_) => Self::Orphans,
            Request::ListWorkgroups(_) => Self::Workgroups,
            Request::ListNamedQueries(_) => Self::NamedQueries,
            Request::ReadChecks(_) => Self::Checks,
            Request::ReadFreshness(request) => Self::Freshness(request.number),
            Request::ReadJobLog(request) => Self::investigation(Need::JobLog(request.clone())),
            Request::ReadCrawlLog(request) => Self::investigation(Need::CrawlLog(request.clone())),
            Request::ReadRunChecks(request) => Self::investigation(Need::Checks(request.clone())),
            Request::ReadQualityResult(request) => Self::investigation(Need::QualityResult(request.clone())),
            Request::ReadColumns(request) => Self::investigation(Need::Columns(request.clone())),
            Request::ApplyChange(_) => Self::Change,
        }
    }

    fn investigation(need: Need) -> Self {
        Self::Investigation(Box::new(need))
    }

    /// The slot of a stream.
    pub fn of_stream(stream: &Stream) -> Self {
        match stream {
            Stream::LiveTail(_) => Self::LiveTail,
            Stream::Query { number, .. } => Self::Query(*number),
        }
    }
}
