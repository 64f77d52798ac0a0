//! The gate: every call that changes something goes through here, and nowhere else is one made.

use super::observe::{Observed, observe};
use super::{job_update, reschedule};
use crate::store::Journal;
use aws_sdk_glue::Client;
use aws_sdk_glue::config::Builder;
use aws_sdk_glue::config::retry::RetryConfig;
use aws_sdk_glue::types::{ExecutionClass, WorkerType};
use gluedeck_core::domain::policy::{Approval, Policy};
use gluedeck_core::domain::{Activation, Change, CrawlerName, Fault, FaultKind, JobName, JobRunId};
use gluedeck_core::request::{ChangeOutcome, ConfirmedBy};
use std::time::Duration;

/// How often a change that was clearly not carried out (throttled, or in collision with another) is sent again.
const MAX_RETRIES: u32 = 5;
/// Reads after an unknown outcome, and the time between them.
const VERIFY_ATTEMPTS: u32 = 5;
const VERIFY_INTERVAL: Duration = Duration::from_secs(1);

/// What the gate knows before it lets a change through.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) read_only: bool,
    pub(super) policy: Policy,
    pub(super) journal: Journal,
}

impl Gate {
    /// Performs a change: refused when read-only or by the policy, journalled before and after, and sent once. Starting
    /// and resuming have no idempotency token (Glue service model), so a retry after a timeout could start a second run:
    /// an unknown outcome is looked for by reading.
    pub(super) async fn perform(
        &self,
        client: &Client,
        change: &Change,
        approval: &Approval,
        account: Option<&str>,
    ) -> Result<ChangeOutcome, Fault> {
        self.permit(change, approval)?;
        let operation = change.operation();
        let before = match observe(client, change).await {
            Ok(before) => before,
            // Without a connection or credentials the change would not arrive either. Without a permission to read, it
            // is sent, and its outcome is what the answer says.
            Err(fault) if fault.is_transient() || fault.kind == FaultKind::NotFound => {
                let message = format!("{}; nothing was sent", fault.message);
                return Err(Fault { message, ..fault });
            }
            Err(fault) if matches!(change, Change::Reschedule { .. } | Change::UpdateJob { .. }) => return Err(fault),
            Err(_) => Observed::Unknown,
        };
        if let Some(settled) = before.settled(change) {
            return settled;
        }
        let entry = self.journal.begin(change, approval, account, &before.as_json()).map_err(|error| {
            Fault::new(FaultKind::NotSaved, operation, format!("nothing was sent: cannot write the journal: {error}"))
        })?;
        tracing::info!(operation, name = change.name(), "sending a change");
        let result = match self.send_until_clear(client, change, &before).await {
            Err(fault) if fault.kind == FaultKind::OutcomeUnknown => look_for(client, change, &before, fault).await,
            other => other.map(|id| ChangeOutcome { id, how: ConfirmedBy::Response }),
        };
        let result = match (result, change) {
            (Ok(done), Change::Reschedule { .. }) => reschedule::verify(client, change, &before).await.map(|()| done),
            (Ok(done), Change::UpdateJob { .. }) => job_update::verify(client, change, &before).await.map(|()| done),
            (result, _) => result,
        };
        entry.end(&result);
        if let Ok(done) = &result {
            tracing::info!(operation, name = change.name(), confirmed_by = ?done.how, "the change took effect");
        }
        result
    }

    /// Whether the session and its environment's policy let a change through.
    fn permit(&self, change: &Change, approval: &Approval) -> Result<(), Fault> {
        let operation = change.operation();
        if self.read_only {
            return Err(Fault::new(FaultKind::ReadOnly, operation, "this session is read-only; nothing was sent"));
        }
        let refused = |why| Fault::new(FaultKind::Policy, operation, format!("{why}; nothing was sent"));
        self.policy.check(change, approval).map_err(refused)
    }

    /// Sends a change. What was refused because of too many calls, or of another change at the same moment, was not
    /// carried out, and only that is sent again (docs/aws-facts.md: Throttling of Glue, Concurrent changes collide).
    async fn send_until_clear(
        &self,
        client: &Client,
        change: &Change,
        before: &Observed,
    ) -> Result<Option<String>, Fault> {
        let mut wait = Duration::from_millis(500);
        for _ in 0..MAX_RETRIES {
            match send(client, change, before).await {
                Err(fault) if fault.kind == FaultKind::Throttled || fault.is_conflict() => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                result => return result,
            }
        }
        send(client, change, before).await
    }
}

/// After an answer that did not come: whether the account shows that the change was taken.
async fn look_for(client: &Client, change: &Change, before: &Observed, fault: Fault) -> Result<ChangeOutcome, Fault> {
    if *before == Observed::Unknown {
        return Err(fault);
    }
    let mut seen = false;
    for _ in 0..VERIFY_ATTEMPTS {
        tokio::time::sleep(VERIFY_INTERVAL).await;
        let Ok(now) = observe(client, change).await else { continue };
        seen = true;
        if let Some(id) = now.taken_since(before, change) {
            return Ok(ChangeOutcome { id, how: ConfirmedBy::ReadBack });
        }
    }
    match seen {
        true => {
            let message = format!("{}; verified by reading: it had no effect", fault.message);
            Err(Fault { kind: FaultKind::NotApplied, message, ..fault })
        }
        false => Err(fault),
    }
}

/// One call, once, and what is wanted of its answer.
macro_rules! once {
    ($operation:expr, $call:expr) => {{
        let once = Builder::new().retry_config(RetryConfig::disabled());
        let answer = $call.customize().config_override(once).send().await;
        answer.map_err(|error| super::fault::of_change($operation, &error))?
    }};
}

async fn send(client: &Client, change: &Change, before: &Observed) -> Result<Option<String>, Fault> {
    let operation = change.operation();
    let id = match change {
        Change::Start { workflow, properties } => {
            let given = (!properties.is_empty()).then(|| properties.clone().into_iter().collect());
            once!(operation, client.start_workflow_run().name(workflow.as_str()).set_run_properties(given)).run_id
        }
        Change::Resume { workflow, run, nodes } => {
            let call = client.resume_workflow_run().name(workflow.as_str()).run_id(run.as_str());
            once!(operation, call.set_node_ids(Some(nodes.clone()))).run_id
        }
        Change::StartJob { job, overrides } => {
            let call = client.start_job_run().job_name(job.as_str()).set_number_of_workers(overrides.workers);
            let arguments =
                (!overrides.arguments.is_empty()).then(|| overrides.arguments.clone().into_iter().collect());
            let call = call.set_arguments(arguments).set_timeout(overrides.timeout);
            let class = overrides.flex.map(|flex| if flex { ExecutionClass::Flex } else { ExecutionClass::Standard });
            let call = call.set_execution_class(class);
            once!(operation, call.set_worker_type(overrides.worker_type.as_deref().map(WorkerType::from))).job_run_id
        }
        Change::Stop { workflow, run } => {
            once!(operation, client.stop_workflow_run().name(workflow.as_str()).run_id(run.as_str()));
            return Ok(None);
        }
        Change::StopJobRun { job, run } => return stop_job_run(client, operation, job, run).await,
        Change::StartCrawler(crawler) | Change::StopCrawler(crawler) | Change::SetCrawlerSchedule { crawler, .. } => {
            return of_crawler(client, change, crawler).await;
        }
        Change::ResetBookmark(job) => {
            once!(operation, client.reset_job_bookmark().job_name(job.as_str()));
            return Ok(None);
        }
        Change::SetTriggerActivation { trigger, to: Activation::Activate } => {
            once!(operation, client.start_trigger().name(trigger.as_str()));
            return Ok(None);
        }
        Change::SetTriggerActivation { trigger, to: Activation::Deactivate } => {
            once!(operation, client.stop_trigger().name(trigger.as_str()));
            return Ok(None);
        }
        Change::UpdateJob { job, settings } => {
            let update = job_update::update(before, settings)?;
            once!(operation, client.update_job().job_name(job.as_str()).job_update(update));
            return Ok(None);
        }
        Change::Reschedule { trigger, to, .. } => {
            let update = reschedule::update(before, to)?;
            once!(operation, client.update_trigger().name(trigger.as_str()).trigger_update(update));
            return Ok(None);
        }
    };
    id.map(Some).ok_or_else(|| Fault::new(FaultKind::OutcomeUnknown, operation, "the response has no ID"))
}

async fn stop_job_run(
    client: &Client,
    operation: &'static str,
    job: &JobName,
    run: &JobRunId,
) -> Result<Option<String>, Fault> {
    // It answers 200 also where the run could not be stopped (docs/aws-facts.md: StartJobRun and BatchStopJobRun).
    let answer = once!(operation, client.batch_stop_job_run().job_name(job.as_str()).job_run_ids(run.as_str()));
    let refused = answer.errors().first().and_then(|error| error.error_detail());
    match refused {
        None => Ok(None),
        Some(detail) => {
            let text = |part: Option<&str>| part.unwrap_or("?").to_owned();
            let message = format!("{}: {}", text(detail.error_code()), text(detail.error_message()));
            Err(Fault::new(FaultKind::Refused, operation, message))
        }
    }
}

/// A start or stop of a crawler, or of its schedule.
async fn of_crawler(client: &Client, change: &Change, crawler: &CrawlerName) -> Result<Option<String>, Fault> {
    let (operation, name) = (change.operation(), crawler.as_str());
    match change {
        Change::SetCrawlerSchedule { to: Activation::Activate, .. } => {
            once!(operation, client.start_crawler_schedule().crawler_name(name));
        }
        Change::SetCrawlerSchedule { to: Activation::Deactivate, .. } => {
            once!(operation, client.stop_crawler_schedule().crawler_name(name));
        }
        Change::StopCrawler(_) => {
            once!(operation, client.stop_crawler().name(name));
        }
        _ => {
            once!(operation, client.start_crawler().name(name));
        }
    }
    Ok(None)
}
