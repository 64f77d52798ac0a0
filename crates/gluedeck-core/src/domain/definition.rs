//! A job or crawler as it is defined now, for reading.

use super::Time;

/// What a definition says, in the order in which it is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Definition {
    /// Label and value. Values that are named like a secret are not among them.
    pub facts: Vec<(String, String)>,
    pub modified_on: Option<Time>,
    /// Whether runs of the job remember what they have read (`--job-bookmark-option`).
    pub keeps_bookmark: bool,
}

/// What a job has remembered of the data that it has read (`JobBookmarkEntry`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bookmark {
    /// The run that wrote it last.
    pub run: Option<String>,
    pub version: i32,
    /// Runs since it was reset.
    pub runs: i32,
    /// What is remembered, as the service has it: JSON of the sources.
    pub state: Option<String>,
}
