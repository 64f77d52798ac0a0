//! The plain nouns: workflows, triggers, runs, logs, queries, faults. No I/O, no clock, no SDK types.

pub mod fault;
pub mod ids;
pub mod log;
pub mod query;
pub mod run;
pub mod schedule;
pub mod trigger;
pub mod workflow;

pub use fault::{Fault, FaultKind};
pub use ids::{CrawlerName, JobName, JobRunId, QueryId, RunId, TriggerName, WorkflowName};
pub use log::{LogLine, LogSource};
pub use query::{QueryState, QueryStatus, ResultColumn, ResultPage};
pub use run::{Attempt, RunStatus, Statistics, StepRun, StepState, WorkflowRun};
pub use trigger::{Condition, Logical, Predicate, Target, Trigger, TriggerKind, TriggerState};
pub use workflow::Workflow;

/// A moment, UTC.
pub type Time = chrono::DateTime<chrono::Utc>;
