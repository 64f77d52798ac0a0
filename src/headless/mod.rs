//! The headless commands: the same gateway, the same analysis; results on stdout, everything else on stderr.

mod changes;
mod check;
mod doctor;
mod facts;
mod journal;
mod logs;
mod output;
mod pipeline_account;
mod pipeline_file;
mod pipelines;
mod query;
mod stagger;
mod triage;
mod wait;
mod watch;
mod workflows;

pub use changes::{ChangeOptions, RerunFrom, rerun, set_activation, start, start_alone, stop};
pub use check::{CheckOptions, check};
pub use doctor::{Here, Terminal, doctor};
pub use journal::{journal, revert};
pub use logs::{LogOf, LogOptions, logs};
pub use output::Output;
pub use pipeline_account::{apply_pipeline, diff_pipeline, import_pipeline};
pub use pipeline_file::{check_pipeline, diff_files, print_pipeline_schema, synth_pipeline};
pub use pipelines::{Listed, pipelines, targets, triggers};
pub use query::{QueryOptions, query};
pub use stagger::{StaggerOptions, stagger};
pub use triage::{TriageOptions, triage};
pub use watch::{WatchOptions, watch};
pub use workflows::workflows;

use chrono::Utc;
use gluedeck_aws::{Gateway, read_clock};
use gluedeck_core::domain::{Fault, FaultKind, Pipeline, Time};
use gluedeck_core::request::GetAllWorkflows;
use std::time::Duration;

/// How a command ended, as its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// The thing asked for failed.
    Failed,
    /// Wrong usage, or the confirmation is missing.
    Usage,
    /// AWS could not be reached, or does not allow it.
    Unreachable,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
        }
    }
}

/// Says what is wrong on stderr, with advice, and answers the exit code.
pub fn report_fault(fault: &Fault) -> Exit {
    eprintln!("gluedeck: {fault}");
    eprintln!("{}", fault.advice());
    match fault.kind {
        FaultKind::NotFound
        | FaultKind::Refused
        | FaultKind::InvalidResponse
        | FaultKind::Service
        | FaultKind::OutcomeUnknown
        | FaultKind::NotApplied
        | FaultKind::NotSaved => Exit::Failed,
        FaultKind::Misconfigured => Exit::Usage,
        FaultKind::NoCredentials
        | FaultKind::ReadOnly
        | FaultKind::Policy
        | FaultKind::Expired
        | FaultKind::CredentialsFailed
        | FaultKind::MfaCodeNeeded
        | FaultKind::WrongClock
        | FaultKind::Denied
        | FaultKind::Throttled
        | FaultKind::Unreachable => Exit::Unreachable,
    }
}

/// A command waits for the sandbox's clock however busy the machine is: a wrong time would be a wrong answer.
const CLOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// The time on AWS's side: the sandbox's if the endpoint is one.
async fn now(gateway: &Gateway) -> Time {
    match gateway.endpoint() {
        None => Utc::now(),
        Some(endpoint) => read_clock(endpoint, CLOCK_TIMEOUT).await.map_or_else(Utc::now, |reading| reading.now),
    }
}

/// All workflows.
async fn all_workflows(gateway: &Gateway) -> Result<Vec<Pipeline>, Fault> {
    gateway.perform(GetAllWorkflows { names: None }).await
}
