//! What was read of workflows that come without graphs, and need not be read again.

use gluedeck_core::domain::{RunId, StepRun, Trigger};
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

type ByWorkflow = HashMap<String, Vec<Trigger>>;

/// What need not be read again.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// By workflow, and when they were listed.
    pub(super) triggers: Mutex<Option<(Instant, ByWorkflow)>>,
    /// Of runs that have ended: their steps do not change any more.
    pub(super) steps: Mutex<HashMap<RunId, Vec<StepRun>>>,
}
