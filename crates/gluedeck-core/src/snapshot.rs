//! What was last known of an account, kept on disk so that the next start shows it at once, marked as old.

use crate::domain::{Pipeline, PipelineId, PipelineRun, Time};
use serde::{Deserialize, Serialize};

/// The workflows and their earlier runs as they were last read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// By this machine's clock.
    pub read_at: Time,
    pub account: Option<String>,
    pub pipelines: Vec<Pipeline>,
    pub runs: Vec<(PipelineId, Vec<PipelineRun>)>,
}
