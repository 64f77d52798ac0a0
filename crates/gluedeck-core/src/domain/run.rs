//! Workflow runs and what ran in them: steps, and the attempts of each.

use super::Time;
use super::ids::{JobRunId, RunId, TriggerName};
use super::prices::Prices;
use super::trigger::Target;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A workflow run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PipelineRun {
    pub id: RunId,
    /// The run that this one resumed, if it did.
    pub previous: Option<RunId>,
    pub status: RunStatus,
    pub error: Option<String>,
    pub started_on: Option<Time>,
    pub completed_on: Option<Time>,
    pub statistics: Option<Statistics>,
    /// Jobs and crawlers of the run's own graph; `None` where the server sent no graph.
    pub steps: Option<Vec<StepRun>>,
}

/// `WorkflowRun.Status`. COMPLETED does not mean success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunStatus {
    Running,
    Completed,
    Stopping,
    Stopped,
    Error,
    /// A word this version does not know, shown as it is.
    Other(String),
}

/// `WorkflowRunStatistics`. Actions that were never started are in `total` only, so the counters need not add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    pub total: i32,
    pub timeout: i32,
    pub failed: i32,
    pub stopped: i32,
    pub succeeded: i32,
    pub running: i32,
    pub errored: i32,
    pub waiting: i32,
}

/// A job or crawler of a run, with its attempts, newest first. No attempts: the run has not started it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRun {
    pub target: Target,
    /// `Node.UniqueId`, which ResumeWorkflowRun takes.
    pub node_id: String,
    pub attempts: Vec<Attempt>,
}

/// One job run or crawl.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// A job run's id; a graph gives crawls none.
    pub id: Option<JobRunId>,
    pub state: StepState,
    pub started_on: Option<Time>,
    pub completed_on: Option<Time>,
    /// Seconds in which resources were consumed; only of job runs.
    pub execution_seconds: Option<i32>,
    /// DPUs held while it runs; `None` for crawls and where the worker type is not known.
    pub dpu: Option<f64>,
    /// Seconds times DPUs that were billed, where the API reports it: of FLEX and auto-scaled runs.
    pub dpu_seconds: Option<f64>,
    /// Worker type and number of workers.
    pub workers: Option<(String, i32)>,
    /// What the run was given. Not kept on disk: the values are anybody's.
    #[serde(skip)]
    pub arguments: BTreeMap<String, String>,
    pub error: Option<String>,
    /// The base of a job's log groups (`/aws-glue/jobs`), or a crawl's group.
    pub log_group: Option<String>,
    /// A crawl's stream.
    pub log_stream: Option<String>,
    /// The run that this one retries.
    pub previous: Option<JobRunId>,
    /// The trigger that started it; none if something else did.
    pub trigger: Option<TriggerName>,
    /// Why it is in its state, such as what it waits for (`StateDetail`).
    pub detail: Option<String>,
    /// `ExecutionClass: FLEX`.
    pub flex: bool,
    /// `4.0`.
    pub glue_version: Option<String>,
    /// After how many minutes it is ended, of job runs.
    pub timeout_minutes: Option<i32>,
    /// What a crawl has done to the tables of the catalog, where the service reports it.
    pub tables: Option<TableChanges>,
}

/// Tables that a crawl has added, updated and deleted (`CrawlerHistory.Summary`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableChanges {
    pub added: TableCount,
    pub updated: TableCount,
    pub deleted: TableCount,
}

/// How many, and which as far as they are named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCount {
    pub count: usize,
    pub names: Vec<String>,
}

/// What started a job run, as far as the run shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartedBy {
    Trigger(TriggerName),
    /// It repeats a run that failed.
    Retry,
    /// By an argument of this name that leads to an execution.
    StepFunctions(String),
    /// By an argument of this name.
    Airflow(String),
    /// A person, or anything that calls StartJobRun: the run does not tell.
    Elsewhere,
}

/// The state of a job run or crawl.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepState {
    #[default]
    Waiting,
    Starting,
    Running,
    Stopping,
    Stopped,
    Succeeded,
    Failed,
    Timeout,
    Error,
    Expired,
    Cancelling,
    Cancelled,
    /// A word this version does not know, shown as it is.
    Other(String),
}

impl StepRun {
    /// The attempt that counts.
    pub fn last(&self) -> Option<&Attempt> {
        self.attempts.first()
    }
}

impl fmt::Display for StartedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trigger(name) => write!(f, "trigger {name}"),
            Self::Retry => f.write_str("a retry"),
            Self::StepFunctions(argument) => write!(f, "Step Functions (by {argument})"),
            Self::Airflow(argument) => write!(f, "Airflow (by {argument})"),
            Self::Elsewhere => f.write_str("started elsewhere"),
        }
    }
}

impl Attempt {
    /// What started it. A job run names its trigger and the run that it repeats; who else called StartJobRun it does not
    /// tell, unless the caller has passed arguments that do.
    pub fn started_by(&self) -> StartedBy {
        let argument = |is: fn(&str, &str) -> bool| {
            let found = self.arguments.iter().find(|(name, value)| is(&name.to_lowercase(), value));
            found.map(|(name, _)| name.clone())
        };
        let states = |name: &str, value: &str| {
            value.starts_with("arn:") && value.contains(":states:") || name.contains("step_function")
        };
        let airflow =
            |name: &str, _: &str| name.contains("airflow") || name.contains("dag_id") || name.contains("dag_run");
        match (&self.trigger, &self.previous) {
            (_, Some(_)) => StartedBy::Retry,
            (Some(trigger), None) => StartedBy::Trigger(trigger.clone()),
            (None, None) => match (argument(states), argument(airflow)) {
                (Some(name), _) => StartedBy::StepFunctions(name),
                (None, Some(name)) => StartedBy::Airflow(name),
                (None, None) => StartedBy::Elsewhere,
            },
        }
    }

    /// DPU-hours that it consumed so far; `None` where neither those nor the worker type are known.
    ///
    /// `DPUSeconds` where the service gives it, else `ExecutionTime` times the DPUs (Glue service model).
    pub fn dpu_hours(&self, now: Time) -> Option<f64> {
        if let Some(billed) = self.dpu_seconds.filter(|billed| *billed > 0.0) {
            return Some(billed / 3_600.0);
        }
        let dpu = self.dpu?;
        let seconds = match self.execution_seconds {
            Some(seconds) if seconds > 0 || self.completed_on.is_some() => f64::from(seconds),
            _ if self.state.holds_capacity() => self.elapsed_seconds(now)? as f64,
            _ => 0.0,
        };
        Some(seconds * dpu / 3_600.0)
    }

    /// US dollars a DPU-hour of it.
    pub fn price(&self, prices: &Prices) -> Option<f64> {
        prices.a_dpu_hour(self.flex, self.glue_version.as_deref())
    }

    /// About how many US dollars it has cost so far; `None` where DPU-hours or price are not known.
    pub fn cost(&self, now: Time, prices: &Prices) -> Option<f64> {
        Some(self.dpu_hours(now)? * self.price(prices)?)
    }

    /// Seconds from start to end, or to `now` while it runs.
    pub fn elapsed_seconds(&self, now: Time) -> Option<i64> {
        let end = self.completed_on.unwrap_or(now);
        Some((end - self.started_on?).num_seconds().max(0))
    }
}

impl PipelineRun {
    /// Attempts that belong to this run. A resumed run carries the old attempts of the steps it did not repeat.
    pub fn own_attempts(&self) -> impl Iterator<Item = (&StepRun, &Attempt)> {
        let own = |attempt: &&Attempt| self.previous.is_none() || attempt.started_on >= self.started_on;
        let steps = self.steps.iter().flatten();
        steps.flat_map(move |step| step.attempts.iter().filter(own).map(move |attempt| (step, attempt)))
    }

    /// About how many US dollars its job runs and crawls have cost so far; `None` if nothing is known of any.
    pub fn cost(&self, now: Time, prices: &Prices) -> Option<f64> {
        let costs: Vec<f64> = self.own_attempts().filter_map(|(_, attempt)| attempt.cost(now, prices)).collect();
        (!costs.is_empty()).then(|| costs.iter().sum())
    }

    /// DPU-hours of its job runs and crawls so far; `None` if nothing is known of any.
    pub fn dpu_hours(&self, now: Time) -> Option<f64> {
        let hours: Vec<f64> = self.own_attempts().filter_map(|(_, attempt)| attempt.dpu_hours(now)).collect();
        (!hours.is_empty()).then(|| hours.iter().sum())
    }

    /// Seconds from start to end, or to `now` while it runs.
    pub fn elapsed_seconds(&self, now: Time) -> Option<i64> {
        let end = self.completed_on.unwrap_or(now);
        Some((end - self.started_on?).num_seconds().max(0))
    }

    /// The step of a job or crawler.
    pub fn step(&self, target: &Target) -> Option<&StepRun> {
        self.steps.as_ref()?.iter().find(|step| &step.target == target)
    }
}

impl RunStatus {
    /// From the API's value.
    pub fn from_word(word: &str) -> Self {
        match word {
            "RUNNING" => Self::Running,
            "COMPLETED" => Self::Completed,
            "STOPPING" => Self::Stopping,
            "STOPPED" => Self::Stopped,
            "ERROR" => Self::Error,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The API's value.
    pub fn word(&self) -> &str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Stopping => "STOPPING",
            Self::Stopped => "STOPPED",
            Self::Error => "ERROR",
            Self::Other(word) => word,
        }
    }

    /// Whether the run still goes on.
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Running | Self::Stopping)
    }
}

impl StepState {
    /// From the API's value.
    pub fn from_word(word: &str) -> Self {
        match word {
            "WAITING" => Self::Waiting,
            "STARTING" => Self::Starting,
            "RUNNING" => Self::Running,
            "STOPPING" => Self::Stopping,
            "STOPPED" => Self::Stopped,
            "SUCCEEDED" => Self::Succeeded,
            "FAILED" => Self::Failed,
            "TIMEOUT" => Self::Timeout,
            "ERROR" => Self::Error,
            "EXPIRED" => Self::Expired,
            "CANCELLING" => Self::Cancelling,
            "CANCELLED" => Self::Cancelled,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The API's value.
    pub fn word(&self) -> &str {
        match self {
            Self::Waiting => "WAITING",
            Self::Starting => "STARTING",
            Self::Running => "RUNNING",
            Self::Stopping => "STOPPING",
            Self::Stopped => "STOPPED",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Timeout => "TIMEOUT",
            Self::Error => "ERROR",
            Self::Expired => "EXPIRED",
            Self::Cancelling => "CANCELLING",
            Self::Cancelled => "CANCELLED",
            Self::Other(word) => word,
        }
    }

    /// Whether it ended badly.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed | Self::Timeout | Self::Error | Self::Expired)
    }

    /// Whether somebody ended it.
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped | Self::Cancelled)
    }

    /// Whether it still goes on.
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Waiting | Self::Starting | Self::Running | Self::Stopping | Self::Cancelling)
    }

    /// Whether it holds DPUs; WAITING does not (inferred from AWS's text on job run queuing).
    pub fn holds_capacity(&self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Stopping)
    }
}
