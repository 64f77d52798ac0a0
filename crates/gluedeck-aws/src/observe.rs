//! Looking at what a change concerns, before it is sent and after an answer that did not come.

use super::fault;
use super::trigger_json::as_json;
use aws_sdk_glue::Client;
use aws_sdk_glue::types::{Job, Trigger};
use gluedeck_core::domain::{Activation, Change, CrawlerName, Fault, FaultKind, JobSetting, SettingChange};
use gluedeck_core::request::{ChangeOutcome, ConfirmedBy};
use serde_json::{Value, json};

/// What a change concerns, at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Observed {
    /// It may not be read.
    Unknown,
    /// The newest run of a workflow or job, and its status.
    Run {
        id: Option<String>,
        status: String,
    },
    /// A crawler's state, and the beginning of its last crawl.
    Crawler {
        state: String,
        last: Option<i64>,
    },
    Trigger(Box<Trigger>),
    Job(Box<Job>),
    /// What a job has remembered; none if nothing.
    Bookmark(Option<String>),
}

/// Reads what a change concerns.
pub(super) async fn observe(client: &Client, change: &Change) -> Result<Observed, Fault> {
    match change {
        Change::Start { workflow, .. } | Change::Resume { workflow, .. } => {
            let call = client.get_workflow().name(workflow.as_str()).include_graph(false);
            let answer = call.send().await.map_err(|error| fault::of("GetWorkflow", &error))?;
            let last = answer.workflow.and_then(|workflow| workflow.last_run);
            let status = last.as_ref().and_then(|run| run.status()).map(|status| status.as_str().to_owned());
            Ok(Observed::Run { id: last.and_then(|run| run.workflow_run_id), status: status.unwrap_or_default() })
        }
        Change::Stop { workflow, run } => {
            let call = client.get_workflow_run().name(workflow.as_str()).run_id(run.as_str());
            let answer = call.send().await.map_err(|error| fault::of("GetWorkflowRun", &error))?;
            let status = answer.run.and_then(|run| run.status).map(|status| status.as_str().to_owned());
            Ok(Observed::Run { id: Some(run.to_string()), status: status.unwrap_or_default() })
        }
        Change::StopJobRun { job, run } => {
            let call = client.get_job_run().job_name(job.as_str()).run_id(run.as_str());
            let answer = call.send().await.map_err(|error| fault::of("GetJobRun", &error))?;
            let state = answer.job_run.and_then(|run| run.job_run_state).map(|state| state.as_str().to_owned());
            Ok(Observed::Run { id: Some(run.to_string()), status: state.unwrap_or_default() })
        }
        Change::StartJob { job, .. } => {
            let call = client.get_job_runs().job_name(job.as_str()).max_results(50);
            let answer = call.send().await.map_err(|error| fault::of("GetJobRuns", &error))?;
            let newest = answer.job_runs().iter().max_by_key(|run| run.started_on().map(|at| at.as_nanos()));
            let status = newest.and_then(|run| run.job_run_state()).map(|state| state.as_str().to_owned());
            let id = newest.and_then(|run| run.id()).map(str::to_owned);
            Ok(Observed::Run { id, status: status.unwrap_or_default() })
        }
        Change::StartCrawler(crawler) | Change::StopCrawler(crawler) | Change::SetCrawlerSchedule { crawler, .. } => {
            crawler_of(client, change, crawler).await
        }
        Change::ResetBookmark(job) => {
            let answer = client.get_job_bookmark().job_name(job.as_str()).send().await;
            match answer.map_err(|error| fault::of("GetJobBookmark", &error)) {
                Ok(answer) => Ok(Observed::Bookmark(answer.job_bookmark_entry.and_then(|entry| entry.job_bookmark))),
                Err(fault) if fault.kind == FaultKind::NotFound => Ok(Observed::Bookmark(None)),
                Err(fault) => Err(fault),
            }
        }
        Change::UpdateJob { job, .. } => {
            let answer = client.get_job().job_name(job.as_str()).send().await;
            let job = answer.map_err(|error| fault::of("GetJob", &error))?.job.map(|job| Observed::Job(Box::new(job)));
            job.ok_or_else(|| Fault::new(FaultKind::InvalidResponse, "GetJob", "the response has no job"))
        }
        Change::SetTriggerActivation { trigger, .. } | Change::Reschedule { trigger, .. } => {
            let call = client.get_trigger().name(trigger.as_str());
            let answer = call.send().await.map_err(|error| fault::of("GetTrigger", &error))?;
            let trigger = answer.trigger.map(|trigger| Observed::Trigger(Box::new(trigger)));
            trigger.ok_or_else(|| Fault::new(FaultKind::InvalidResponse, "GetTrigger", "the response has no trigger"))
        }
    }
}

/// A crawler, or for a change of its schedule the state of that.
async fn crawler_of(client: &Client, change: &Change, crawler: &CrawlerName) -> Result<Observed, Fault> {
    let answer = client.get_crawler().name(crawler.as_str()).send().await;
    let answer = answer.map_err(|error| fault::of("GetCrawler", &error))?;
    if matches!(change, Change::SetCrawlerSchedule { .. }) {
        let schedule = answer.crawler().and_then(|crawler| crawler.schedule()).and_then(|schedule| schedule.state());
        let state = schedule.map(|state| state.as_str().to_owned()).unwrap_or_default();
        return Ok(Observed::Crawler { state, last: None });
    }
    let state = answer.crawler().and_then(|crawler| crawler.state()).map(|state| state.as_str().to_owned());
    let last = answer.crawler().and_then(|c| c.last_crawl()).and_then(|crawl| crawl.start_time());
    Ok(Observed::Crawler { state: state.unwrap_or_default(), last: last.map(|at| at.secs()) })
}

impl Observed {
    /// Where nothing needs to be sent, or must not be: the schedule is as it should be, or somebody has changed it.
    pub(super) fn settled(&self, change: &Change) -> Option<Result<ChangeOutcome, Fault>> {
        if let (Self::Job(found), Change::UpdateJob { job, settings }) = (self, change) {
            let is = |value: fn(&SettingChange) -> &str| {
                settings.iter().find(|change| setting_value(found, &change.setting) != value(change))
            };
            if is(|change| &change.to).is_none() {
                return Some(Ok(ChangeOutcome { id: None, how: ConfirmedBy::NoChange }));
            }
            let other = is(|change| &change.from)?;
            let (setting, now) = (other.setting.title(), setting_value(found, &other.setting));
            let message = format!(
                "changed by someone else: {job} has {setting} {now:?} now, not {:?}; nothing was sent",
                other.from
            );
            return Some(Err(Fault::new(FaultKind::Refused, change.operation(), message)));
        }
        let (Self::Trigger(found), Change::Reschedule { trigger, from, to }) = (self, change) else { return None };
        match found.schedule().unwrap_or_default() {
            now if now == to => Some(Ok(ChangeOutcome { id: None, how: ConfirmedBy::NoChange })),
            now if now == from => None,
            now => {
                let message = format!("changed by someone else: {trigger} has {now} now, not {from}; nothing was sent");
                Some(Err(Fault::new(FaultKind::Refused, change.operation(), message)))
            }
        }
    }

    /// Whether a change was taken between `before` and now: the id of what it started, where there is one.
    pub(super) fn taken_since(&self, before: &Self, change: &Change) -> Option<Option<String>> {
        match (change, self, before) {
            (Change::SetCrawlerSchedule { to, .. }, Self::Crawler { state, .. }, _) => {
                let scheduled = state == "SCHEDULED";
                (scheduled == (*to == Activation::Activate)).then_some(None)
            }
            (Change::ResetBookmark(_), Self::Bookmark(now), Self::Bookmark(then)) => (now != then).then_some(None),
            (Change::StopCrawler(_), Self::Crawler { state, .. }, _) => (state != "RUNNING").then_some(None),
            (Change::Stop { .. } | Change::StopJobRun { .. }, Self::Run { status, .. }, _) => {
                matches!(status.as_str(), "STOPPING" | "STOPPED").then_some(None)
            }
            (_, Self::Run { id, .. }, Self::Run { id: earlier, .. }) => {
                (id.is_some() && id != earlier).then(|| id.clone())
            }
            (_, Self::Crawler { state, last }, Self::Crawler { state: was, last: earlier }) => {
                (last != earlier || (state == "RUNNING" && was != "RUNNING")).then_some(None)
            }
            (Change::SetTriggerActivation { to, .. }, Self::Trigger(trigger), _) => {
                let state = trigger.state().map_or("", |state| state.as_str());
                let wanted: &[&str] = match to {
                    Activation::Activate => &["ACTIVATING", "ACTIVATED"],
                    Activation::Deactivate => &["DEACTIVATING", "DEACTIVATED"],
                };
                wanted.contains(&state).then_some(None)
            }
            (Change::UpdateJob { settings, .. }, Self::Job(job), _) => {
                let done = settings.iter().all(|change| setting_value(job, &change.setting) == change.to);
                done.then_some(None)
            }
            (Change::Reschedule { to, .. }, Self::Trigger(trigger), _) => {
                (trigger.schedule() == Some(to)).then_some(None)
            }
            _ => None,
        }
    }

    /// For the journal: what there was before.
    pub(super) fn as_json(&self) -> Value {
        match self {
            Self::Unknown => Value::Null,
            Self::Run { id, status } => json!({ "run": id, "status": status }),
            Self::Crawler { state, .. } => json!({ "state": state }),
            Self::Trigger(trigger) => as_json(trigger),
            // Its settings before are in what the change says.
            Self::Job(job) => json!({ "script": job.command().and_then(|command| command.script_location()) }),
            Self::Bookmark(state) => json!({ "bookmark": state }),
        }
    }
}

/// The value of a setting, as `SettingChange` has it; empty where there is none.
fn setting_value(job: &Job, setting: &JobSetting) -> String {
    match setting {
        JobSetting::WorkerType => job.worker_type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        JobSetting::Workers => job.number_of_workers().map(|count| count.to_string()).unwrap_or_default(),
        JobSetting::Timeout => job.timeout().map(|minutes| minutes.to_string()).unwrap_or_default(),
        JobSetting::Retries => job.max_retries().to_string(),
        JobSetting::Argument(name) => {
            job.default_arguments().and_then(|all| all.get(name)).cloned().unwrap_or_default()
        }
    }
}
