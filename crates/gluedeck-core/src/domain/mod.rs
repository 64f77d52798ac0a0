//! Plain values: workflows, triggers, runs, logs, queries, faults. No I/O, no clock, no SDK types.

pub mod alert;

pub mod account_scope;
pub mod catalog;
pub mod change;
pub mod definition;
pub mod fault;
pub mod ids;
pub mod job;
pub mod log;
pub mod metric;
pub mod pipeline;
pub mod policy;
pub mod prices;
pub mod query;
pub mod record;
pub mod run;
pub mod schedule;
pub mod trigger;

pub use account_scope::AccountScope;
pub use alert::{Acknowledged, Alert, AlertSubject};
pub use catalog::{Column, Database, Partition, Table};
pub use change::{Activation, Change, JobOverrides, JobSetting, SettingChange};
pub use definition::{Bookmark, Definition};
pub use fault::{Fault, FaultKind};
pub use gluedeck_planner::Dpu;
pub use ids::{CrawlerName, JobName, JobRunId, QueryId, RunId, TriggerName, WorkflowName};
pub use job::{Job, JobKind, worker_dpu};
pub use log::{LogLine, LogSource, Part};
pub use metric::{METRICS, Metric, Series, Unit};
pub use pipeline::{Pipeline, PipelineId, PipelineKind};
pub use policy::{Policy, Rule};
pub use prices::{OwnPrices, Prices};
pub use query::{PastQuery, QueryContext, QueryExecution, QueryState, ResultColumn, StatementKind};
pub use record::{JournalRecord, NOT_SHOWN};
pub use run::{Attempt, PipelineRun, RunStatus, StartedBy, Statistics, StepRun, StepState, TableChanges, TableCount};
pub use trigger::{Condition, Logical, Predicate, Target, Trigger, TriggerKind, TriggerState};

/// A moment, UTC.
pub type Time = chrono::DateTime<chrono::Utc>;
