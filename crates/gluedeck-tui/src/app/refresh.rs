//! When to read what again.

use gluedeck_core::domain::{PipelineId, Time, WorkflowName};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// With more workflows than this, the histories of rows that are not on the screen are read slowly.
pub(super) const MAX_EAGER_HISTORIES: usize = 100;

/// How fast the account is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshIntervals {
    /// While something runs.
    pub busy: Duration,
    /// While nothing runs.
    pub idle: Duration,
}

impl Default for RefreshIntervals {
    fn default() -> Self {
        Self { busy: Duration::from_secs(3), idle: Duration::from_secs(15) }
    }
}

/// When to read what again.
#[derive(Debug, Default)]
pub(super) struct Refresh {
    pub(super) intervals: RefreshIntervals,
    /// As the service lists them, without those that the environment does not look at.
    pub(super) names: Vec<WorkflowName>,
    pub(super) names_at: Duration,
    pub(super) workflows_due_at: Duration,
    /// Batches of this round that are not asked for yet, and whether with graphs.
    pub(super) round: VecDeque<(Vec<WorkflowName>, bool)>,
    /// What this round has found to be read whole.
    pub(super) wanted: Vec<WorkflowName>,
    pub(super) round_at: Duration,
    /// Rounds so far: in each another batch is read whole, so that deactivated triggers are seen.
    pub(super) rounds: usize,
    /// Batches so far, for slots of their own.
    pub(super) batches: usize,
    /// Failures in a row, for the back-off.
    pub(super) failures: u32,
    /// The last run of each workflow when its history was read.
    pub(super) history_of: HashMap<PipelineId, String>,
    pub(super) history_at: Duration,
    pub(super) standalone: StandaloneReading,
    pub(super) identity_at: Duration,
    pub(super) drift_at: Duration,
    pub(super) limit_at: Duration,
}

/// When pipelines that are no workflows were read last.
#[derive(Debug, Default)]
pub(super) struct StandaloneReading {
    pub(super) list_at: Duration,
    /// When the next call may be made.
    pub(super) call_at: Duration,
    pub(super) read: HashMap<PipelineId, RunsRead>,
}

/// When the runs of a pipeline were read.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunsRead {
    pub(super) at: Duration,
    /// When its schedule fires next, as of then.
    pub(super) next_start: Option<Time>,
}
