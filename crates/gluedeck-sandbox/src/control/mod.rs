//! The control plane: workflows, triggers, jobs and crawlers, their runs, and the queue of what happens next.

mod adopt;
mod chain;
mod crawls;
mod foreign;
mod hub;
mod job_runs;
mod quality;
mod records;
mod setup;
mod state_changes;
mod triggers;
mod workflow_runs;
mod workflows;

pub(crate) use hub::{Engine, Hub, StateChangeSink};
pub(crate) use job_runs::{Starter, dpu_of};
pub(crate) use quality::evaluations;
pub(crate) use triggers::TriggerChange;

use super::lake::{Facts, Lake, Step, Work};
use super::world::World;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::sync::Arc;

pub(crate) type Time = DateTime<Utc>;

/// Everything that Glue's control plane knows, at one moment.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) world: Arc<World>,
    pub(crate) lake: Arc<Lake>,
    pub(crate) workflows: BTreeMap<String, Workflow>,
    pub(crate) triggers: BTreeMap<String, Trigger>,
    pub(crate) jobs: BTreeMap<String, Job>,
    /// Jobs that were deleted: triggers still name them, and graphs still show their runs.
    deleted_jobs: BTreeMap<String, Job>,
    pub(crate) crawlers: BTreeMap<String, Crawler>,
    /// DPUs held by job runs now.
    pub(crate) dpu_in_use: f64,
    /// Job runs that hold them.
    job_runs_active: usize,
    /// Tags by ARN.
    pub(crate) tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Cron expressions that have been read; None where one cannot be.
    schedules: BTreeMap<String, Option<croner::Cron>>,
    /// Job runs in WAITING, in the order in which they came: job and run.
    waiting: VecDeque<(String, String)>,
    /// State changes that EventBridge would tell, not yet written. None before the sandbox is live.
    outbox: Option<Vec<Value>>,
    queue: BinaryHeap<Reverse<Event>>,
    sequence: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Workflow {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Time,
    pub(crate) max_concurrent_runs: Option<usize>,
    pub(crate) default_run_properties: BTreeMap<String, String>,
    /// Trigger names in the order of their creation, which is the order of the chain.
    pub(crate) triggers: Vec<String>,
    /// Oldest first.
    pub(crate) runs: Vec<WorkflowRun>,
}

#[derive(Debug, Clone)]
pub(crate) struct WorkflowRun {
    pub(crate) id: String,
    pub(crate) previous: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) error: Option<String>,
    pub(crate) started: Time,
    pub(crate) completed: Option<Time>,
    pub(crate) properties: BTreeMap<String, String>,
    /// The triggers as they were when the run started: later edits do not touch it.
    pub(crate) snapshot: Arc<Vec<Trigger>>,
    pub(crate) fired: BTreeSet<String>,
    /// The runs of each job and the crawls of each crawler, oldest first.
    pub(crate) nodes: BTreeMap<Target, Vec<String>>,
}

/// What a trigger starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    Job(String),
    Crawler(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trigger {
    pub(crate) name: String,
    pub(crate) workflow: Option<String>,
    /// SCHEDULED, CONDITIONAL, ON_DEMAND or EVENT.
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
    pub(crate) description: String,
    pub(crate) schedule: Option<String>,
    pub(crate) conditions: Vec<Condition>,
    /// AND or ANY.
    pub(crate) logical: &'static str,
    pub(crate) actions: Vec<Action>,
    /// `EventBatchingCondition` as it was given.
    pub(crate) event_batching: Option<Value>,
    /// Grows with every change, so that a firing queued for an older schedule is known to be void.
    pub(crate) generation: u64,
}

/// One thing that a trigger starts, with what it passes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Action {
    pub(crate) target: Target,
    /// Arguments, Timeout, SecurityConfiguration and NotificationProperty as they were given.
    pub(crate) settings: serde_json::Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) target: Target,
    /// A job's or a crawl's state.
    pub(crate) state: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) name: String,
    /// The pipeline's table that it works on; empty for a job of somebody else.
    pub(crate) table: String,
    pub(crate) step: Step,
    /// `Command.Name`.
    pub(crate) command: String,
    pub(crate) glue_version: Option<String>,
    /// `ExecutionClass: FLEX`.
    pub(crate) flex: bool,
    /// How long a run takes, in seconds, where the scenario says it.
    pub(crate) seconds: Option<f64>,
    /// The rest of the definition, as it was given.
    pub(crate) settings: serde_json::Map<String, Value>,
    pub(crate) worker_type: String,
    pub(crate) workers: i64,
    pub(crate) timeout_minutes: i64,
    pub(crate) max_retries: i64,
    /// `JobRunQueuingEnabled`: wait for capacity in place of failing.
    pub(crate) queuing: bool,
    pub(crate) max_concurrent_runs: usize,
    pub(crate) script: String,
    pub(crate) arguments: BTreeMap<String, String>,
    pub(crate) created: Time,
    pub(crate) modified: Time,
    /// When somebody reset its bookmark last.
    pub(crate) bookmark_reset: Option<Time>,
    /// Oldest first.
    pub(crate) runs: Vec<JobRun>,
}

#[derive(Debug, Clone)]
pub(crate) struct JobRun {
    pub(crate) id: String,
    /// 0 for the first; a retry counts on.
    pub(crate) attempt: i64,
    pub(crate) previous: Option<String>,
    pub(crate) timeout_minutes: i64,
    /// Why a run waits.
    pub(crate) detail: Option<String>,
    pub(crate) job: String,
    pub(crate) trigger: Option<String>,
    /// Workflow and run that it belongs to; none for one started by hand.
    pub(crate) within: Option<(String, String)>,
    pub(crate) state: &'static str,
    pub(crate) error: Option<String>,
    pub(crate) started: Time,
    pub(crate) completed: Option<Time>,
    pub(crate) last_modified: Time,
    /// Seconds in which resources were consumed.
    pub(crate) execution_seconds: i64,
    pub(crate) worker_type: String,
    pub(crate) workers: i64,
    pub(crate) dpu: f64,
    pub(crate) flex: bool,
    pub(crate) glue_version: Option<String>,
    pub(crate) arguments: BTreeMap<String, String>,
    pub(crate) plan: Plan,
    pub(crate) facts: Option<Facts>,
}

/// When a run leaves STARTING, does its work, and ends if nobody stops it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) running: Time,
    pub(crate) work: Time,
    pub(crate) end: Time,
}

#[derive(Debug, Clone)]
pub(crate) struct Crawler {
    pub(crate) name: String,
    /// The pipeline's table; empty for a crawler of somebody else.
    pub(crate) table: String,
    pub(crate) database: String,
    /// Its own schedule, and whether that is on.
    pub(crate) schedule: Option<(String, bool)>,
    pub(crate) target: String,
    /// RecrawlBehavior, UpdateBehavior and DeleteBehavior.
    pub(crate) policy: [String; 3],
    pub(crate) created: Time,
    /// Oldest first.
    pub(crate) crawls: Vec<Crawl>,
}

#[derive(Debug, Clone)]
pub(crate) struct Crawl {
    pub(crate) id: String,
    /// Whether a trigger started it.
    pub(crate) triggered: bool,
    pub(crate) within: Option<(String, String)>,
    /// In the graph's words: RUNNING, CANCELLING, CANCELLED, SUCCEEDED, FAILED.
    pub(crate) state: &'static str,
    pub(crate) error: Option<String>,
    pub(crate) started: Time,
    pub(crate) completed: Option<Time>,
    pub(crate) plan: Plan,
    pub(crate) facts: Option<Facts>,
}

/// Something that will happen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: Time,
    sequence: u64,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// The schedule of a trigger, of this generation, is due.
    Schedule(String, u64),
    /// A crawler is due by this schedule, if it still has it.
    CrawlSchedule(String, String),
    /// Somebody starts a job or a crawler by hand, or by something outside of Glue.
    StartJob(String),
    StartCrawl(String),
    /// Somebody deactivates a trigger.
    SwitchOff(String),
    /// A trigger's change of state has taken effect: trigger and the state.
    TriggerSettled(String, &'static str),
    JobRunning(String, String),
    JobWork(String, String),
    JobEnd(String, String),
    JobTimeout(String, String),
    /// A run has waited for capacity as long as Glue lets it.
    JobWaitTimedOut(String, String),
    CrawlWork(String, String),
    CrawlEnd(String, String),
    /// A stop has taken effect: workflow and run.
    Stopped(String, String),
    JobStopped(String, String),
}

/// Why the control plane refuses: Glue's error code and message.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn not_found(what: &str, name: &str) -> Self {
        Self::new("EntityNotFoundException", format!("{what} with name: {name} not found"))
    }
}

impl Crawler {
    /// What a crawl of it does.
    pub(crate) fn step(&self) -> Step {
        if self.table.is_empty() { Step::Foreign } else { Step::Crawl }
    }
}

impl Target {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Job(name) | Self::Crawler(name) => name,
        }
    }

    /// The word of `Node.Type`.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Job(_) => "JOB",
            Self::Crawler(_) => "CRAWLER",
        }
    }
}

impl Control {
    /// When the next thing happens.
    pub(crate) fn next_at(&self) -> Option<Time> {
        self.queue.peek().map(|Reverse(event)| event.at)
    }

    /// The lake's work that the next event stands for, if it is work of a run that is still on.
    pub(crate) fn next_work(&self) -> Option<Work> {
        let Reverse(event) = self.queue.peek()?;
        match &event.what {
            What::JobWork(job, run) => {
                let job = self.jobs.get(job)?;
                let run = job.runs.iter().rfind(|r| &r.id == run).filter(|r| r.state == "RUNNING")?;
                let begun = self.begun(run.within.as_ref()).unwrap_or(run.started);
                Some(self.work(job.step, &job.table, &job.name, &run.id, begun, event.at))
            }
            What::CrawlWork(crawler, crawl) => {
                let crawler = self.crawlers.get(crawler)?;
                let crawl = crawler.crawls.iter().rfind(|c| &c.id == crawl).filter(|c| c.state == "RUNNING")?;
                let begun = self.begun(crawl.within.as_ref()).unwrap_or(crawl.started);
                Some(self.work(crawler.step(), &crawler.table, &crawler.name, &crawl.id, begun, event.at))
            }
            _ => None,
        }
    }

    /// When the workflow's run began that something belongs to: a run that goes on past midnight is of one day.
    fn begun(&self, within: Option<&(String, String)>) -> Option<Time> {
        let (workflow, run) = within?;
        self.workflow_run(workflow, run).map(|run| run.started)
    }

    fn work(&self, step: Step, table: &str, job: &str, run_id: &str, started: Time, at: Time) -> Work {
        let (table, job, run_id) = (table.to_owned(), job.to_owned(), run_id.to_owned());
        Work { step, table, date: started.date_naive(), job, run_id, at }
    }

    /// Lets the next event happen; `facts` is what its work found.
    pub(crate) fn step(&mut self, facts: Option<Facts>) {
        let Some(Reverse(Event { at, what, .. })) = self.queue.pop() else { return };
        match what {
            What::Schedule(trigger, generation) => self.schedule_due(&trigger, generation, at),
            What::CrawlSchedule(crawler, schedule) => self.crawl_due(&crawler, &schedule, at),
            What::StartJob(job) => {
                // A start that is refused is nobody's run.
                let _ = self.start_job(&job, Starter::default(), at);
            }
            What::StartCrawl(crawler) => {
                let _ = self.start_crawl(&crawler, (None, None), at);
            }
            What::SwitchOff(trigger) => self.settle_trigger(&trigger, "DEACTIVATED"),
            What::TriggerSettled(trigger, state) => self.settle_trigger(&trigger, state),
            What::JobRunning(job, run) => self.job_running(&job, &run, at),
            What::JobWork(job, run) => self.job_worked(&job, &run, facts),
            What::JobEnd(job, run) => self.job_ended(&job, &run, at),
            What::JobTimeout(job, run) => self.job_timed_out(&job, &run, at),
            What::JobWaitTimedOut(job, run) => self.job_wait_timed_out(&job, &run, at),
            What::JobStopped(job, run) => self.job_stopped(&job, &run, at),
            What::CrawlWork(crawler, crawl) => self.crawl_worked(&crawler, &crawl, facts),
            What::CrawlEnd(crawler, crawl) => self.crawl_ended(&crawler, &crawl, at),
            What::Stopped(workflow, run) => self.workflow_stopped(&workflow, &run, at),
        }
    }

    fn push(&mut self, at: Time, what: What) {
        self.sequence += 1;
        self.queue.push(Reverse(Event { at, sequence: self.sequence, what }));
    }
}
