//! Log lines and where they come from.

use super::Time;

/// Which part of a run writes a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Standard output.
    Output,
    /// Standard error, and Spark's log.
    Error,
    /// The driver's continuous log.
    Driver,
    Executor,
    /// Spark's progress bar, redrawn as lines.
    Progress,
    /// Glue's analysis of what failed (job insights).
    RootCause,
    Crawler,
    /// Whatever else is in a group.
    Other,
}

impl Part {
    /// From the word of a command; `None` if it is none.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "output" => Self::Output,
            "error" => Self::Error,
            "driver" => Self::Driver,
            "executor" | "executors" => Self::Executor,
            "progress" => Self::Progress,
            "root-cause" | "rca" => Self::RootCause,
            "crawler" => Self::Crawler,
            _ => return None,
        })
    }
}

/// A log stream of a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogSource {
    pub group: String,
    pub stream: String,
    pub part: Part,
    /// A short word for the source column: `output`, `error`, `exec 2`, `crawler`.
    pub label: String,
    /// Only messages that begin with this: crawls of one crawler share a stream, and begin with the crawl's id.
    pub prefix: Option<String>,
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub at: Option<Time>,
    pub ingested: Option<Time>,
    pub message: String,
}
