//! Jobs, as they are defined now.

use super::Dpu;

/// What a job's definition says about the capacity that its runs take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// DPUs of a run; `None` where the worker type is not known.
    pub dpu: Option<Dpu>,
    /// `ExecutionClass: FLEX`: its runs draw on a quota of their own.
    pub flex: bool,
    /// `JobRunQueuingEnabled`: its runs wait for capacity in place of failing.
    pub queuing: bool,
}
