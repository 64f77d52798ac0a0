//! Changes: the calls that change something, as plain values.

use super::ids::{CrawlerName, JobName, JobRunId, RunId, TriggerName, WorkflowName};
use std::collections::BTreeMap;

/// A call that changes something. It is sent once, through the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Start {
        workflow: WorkflowName,
        properties: BTreeMap<String, String>,
    },
    Stop {
        workflow: WorkflowName,
        run: RunId,
    },
    Resume {
        workflow: WorkflowName,
        run: RunId,
        nodes: Vec<String>,
    },
    StartJob {
        job: JobName,
        overrides: JobOverrides,
    },
    StopJobRun {
        job: JobName,
        run: JobRunId,
    },
    StartCrawler(CrawlerName),
    StopCrawler(CrawlerName),
    /// Switches a crawler's own schedule.
    SetCrawlerSchedule {
        crawler: CrawlerName,
        to: Activation,
    },
    SetTriggerActivation {
        trigger: TriggerName,
        to: Activation,
    },
    /// Gives a scheduled trigger another schedule, if it still has the one it had; everything else of it stays.
    Reschedule {
        trigger: TriggerName,
        from: String,
        to: String,
    },
}

/// What a job run is given in place of the job's own settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobOverrides {
    pub arguments: BTreeMap<String, String>,
    pub worker_type: Option<String>,
    pub workers: Option<i32>,
    /// Minutes.
    pub timeout: Option<i32>,
}

/// Which way a trigger is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    Activate,
    Deactivate,
}

impl Change {
    /// The API operation.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Start { .. } => "StartWorkflowRun",
            Self::Stop { .. } => "StopWorkflowRun",
            Self::Resume { .. } => "ResumeWorkflowRun",
            Self::StartJob { .. } => "StartJobRun",
            Self::StopJobRun { .. } => "BatchStopJobRun",
            Self::StartCrawler(_) => "StartCrawler",
            Self::StopCrawler(_) => "StopCrawler",
            Self::SetCrawlerSchedule { to: Activation::Activate, .. } => "StartCrawlerSchedule",
            Self::SetCrawlerSchedule { to: Activation::Deactivate, .. } => "StopCrawlerSchedule",
            Self::SetTriggerActivation { to: Activation::Activate, .. } => "StartTrigger",
            Self::SetTriggerActivation { to: Activation::Deactivate, .. } => "StopTrigger",
            Self::Reschedule { .. } => "UpdateTrigger",
        }
    }

    /// The name of what it changes.
    pub fn name(&self) -> &str {
        match self {
            Self::Start { workflow, .. } | Self::Stop { workflow, .. } | Self::Resume { workflow, .. } => {
                workflow.as_str()
            }
            Self::StartJob { job, .. } | Self::StopJobRun { job, .. } => job.as_str(),
            Self::StartCrawler(crawler) | Self::StopCrawler(crawler) | Self::SetCrawlerSchedule { crawler, .. } => {
                crawler.as_str()
            }
            Self::SetTriggerActivation { trigger, .. } | Self::Reschedule { trigger, .. } => trigger.as_str(),
        }
    }

    /// What it changes, and what has become of it, as after `User Workflow: `.
    pub fn done(&self) -> &'static str {
        match self {
            Self::Start { .. } | Self::Resume { .. } | Self::StartJob { .. } | Self::StartCrawler(_) => "started",
            Self::Stop { .. } | Self::StopJobRun { .. } | Self::StopCrawler(_) => "stop requested",
            Self::SetTriggerActivation { to, .. } | Self::SetCrawlerSchedule { to, .. } => match to {
                Activation::Activate => "activated",
                Activation::Deactivate => "deactivated",
            },
            Self::Reschedule { .. } => "rescheduled",
        }
    }
}
