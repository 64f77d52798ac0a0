//! Slots and tickets: every request has a slot, in which newer replaces older, and a ticket.

use gluedeck_core::analysis::triage::Need;
use gluedeck_core::domain::{QueryId, WorkflowName};

/// A request's number; a reply with another one than the slot's is late and dies.
pub type Ticket = u64;

/// Where a request belongs: at most one is under way in each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Slot {
    Identity,
    DpuLimit,
    /// The names of the workflows.
    Names,
    /// The batch that is on the screen, or all if one batch holds all.
    Fleet,
    /// One of the batches behind it.
    Rest(usize),
    Properties,
    Describe,
    History(WorkflowName),
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
    Inquiry(Box<Need>),
    /// The checks of data quality; how fresh the tables are, by the number of the question.
    Checks,
    Freshness(usize),
    /// Stops of queries, by id, so that none replaces another.
    StopQuery(QueryId),
    Change,
}
