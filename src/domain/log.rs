//! Log lines and where they come from.

use super::Time;

/// A log stream of a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogSource {
    pub group: String,
    pub stream: String,
    /// A short word for the source column: `output`, `error`, `crawler`.
    pub label: &'static str,
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub at: Option<Time>,
    pub ingested: Option<Time>,
    pub message: String,
}
