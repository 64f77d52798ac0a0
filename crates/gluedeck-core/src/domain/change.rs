//! Changes: the calls that change something, as plain values.

use super::ids::{CrawlerName, JobName, JobRunId, RunId, TriggerName, WorkflowName};
use super::job::{JobKind, worker_dpu};
use super::run::Attempt;
use gluedeck_pipeline::or_nothing;
use std::collections::BTreeMap;
use std::fmt;

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
    /// Forgets what a job has remembered of the data that it has read.
    ResetBookmark(JobName),
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
    /// Gives settings of a job other values, if they still have the ones they had; everything else of it stays.
    UpdateJob {
        job: JobName,
        settings: Vec<SettingChange>,
    },
}

/// A setting of a job's definition with another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingChange {
    pub setting: JobSetting,
    /// Empty where there is none.
    pub from: String,
    /// Empty where it is taken out.
    pub to: String,
}

/// A setting of a job's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobSetting {
    WorkerType,
    Workers,
    /// Minutes.
    Timeout,
    Retries,
    /// A default argument, by its name.
    Argument(String),
}

/// `workers 2 to 9`; what is not there is nothing.
impl fmt::Display for SettingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} to {}", self.setting.title(), or_nothing(&self.from), or_nothing(&self.to))
    }
}

impl JobSetting {
    /// As in `workers`, `argument --layer`.
    pub fn title(&self) -> String {
        match self {
            Self::WorkerType => "worker type".to_owned(),
            Self::Workers => "workers".to_owned(),
            Self::Timeout => "timeout".to_owned(),
            Self::Retries => "retries".to_owned(),
            Self::Argument(name) => format!("argument {name}"),
        }
    }

    /// The setting of a title.
    pub fn of_title(title: &str) -> Option<Self> {
        Some(match title {
            "worker type" => Self::WorkerType,
            "workers" => Self::Workers,
            "timeout" => Self::Timeout,
            "retries" => Self::Retries,
            other => Self::Argument(other.strip_prefix("argument ")?.to_owned()),
        })
    }
}

/// What a job run is given in place of the job's own settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobOverrides {
    pub arguments: BTreeMap<String, String>,
    pub worker_type: Option<String>,
    pub workers: Option<i32>,
    /// Minutes.
    pub timeout: Option<i32>,
    /// FLEX, or not, whatever the job's own class is.
    pub flex: Option<bool>,
}

/// Which way a trigger is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    Activate,
    Deactivate,
}

impl JobOverrides {
    /// What it takes to run a job as one of its runs was.
    pub fn of_run(run: &Attempt) -> Self {
        // A Python shell job has a capacity and no workers; one worker is none that could be asked for (Glue service
        // model, StartJobRun).
        let workers = run.workers.clone().filter(|(_, count)| *count > 1);
        Self {
            arguments: run.arguments.clone(),
            worker_type: workers.as_ref().map(|(kind, _)| kind.clone()),
            workers: workers.map(|(_, count)| count),
            timeout: run.timeout_minutes.filter(|minutes| *minutes > 0),
            flex: Some(run.flex),
        }
    }

    /// DPUs of a run with these, of a job of this kind; `None` where they say nothing of workers, or the type is not known.
    pub fn dpu(&self, job: Option<&JobKind>) -> Option<f64> {
        if self.workers.is_none() && self.worker_type.is_none() {
            return None;
        }
        let defined = job.and_then(|job| job.workers.as_ref());
        let kind = self.worker_type.as_deref().or(defined.map(|(kind, _)| kind.as_str()))?;
        let count = self.workers.or(defined.map(|(_, count)| *count))?;
        Some(worker_dpu(kind)? * f64::from(count))
    }
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
            Self::ResetBookmark(_) => "ResetJobBookmark",
            Self::StartCrawler(_) => "StartCrawler",
            Self::StopCrawler(_) => "StopCrawler",
            Self::SetCrawlerSchedule { to: Activation::Activate, .. } => "StartCrawlerSchedule",
            Self::SetCrawlerSchedule { to: Activation::Deactivate, .. } => "StopCrawlerSchedule",
            Self::SetTriggerActivation { to: Activation::Activate, .. } => "StartTrigger",
            Self::SetTriggerActivation { to: Activation::Deactivate, .. } => "StopTrigger",
            Self::Reschedule { .. } => "UpdateTrigger",
            Self::UpdateJob { .. } => "UpdateJob",
        }
    }

    /// The name of what it changes.
    pub fn name(&self) -> &str {
        match self {
            Self::Start { workflow, .. } | Self::Stop { workflow, .. } | Self::Resume { workflow, .. } => {
                workflow.as_str()
            }
            Self::StartJob { job, .. }
            | Self::StopJobRun { job, .. }
            | Self::ResetBookmark(job)
            | Self::UpdateJob { job, .. } => job.as_str(),
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
            Self::UpdateJob { .. } => "changed",
            Self::ResetBookmark(_) => "bookmark reset",
        }
    }
}
