//! The gate: every call that changes something goes through here, and nowhere else is one made.

use crate::domain::{Fault, FaultKind};
use crate::flow::{Change, Switch};
use crate::store::Journal;
use aws_sdk_glue::Client;
use aws_sdk_glue::config::Builder;
use aws_sdk_glue::config::retry::RetryConfig;
use aws_sdk_glue::types::WorkerType;

/// What the gate knows before it lets a change through.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) read_only: bool,
    pub(super) journal: Journal,
}

impl Gate {
    /// Performs a change: refused when read-only, journalled before and after, and sent once. Starting and resuming have
    /// no idempotency token (Glue service model), so a retry after a timeout could start a second run. Answers the id of
    /// what was started, where the API gives one.
    pub(super) async fn perform(&self, client: &Client, change: &Change) -> Result<Option<String>, Fault> {
        let operation = change.operation();
        if self.read_only {
            return Err(Fault::new(FaultKind::ReadOnly, operation, "this session is read-only; nothing was sent"));
        }
        let entry = self.journal.begin(change).map_err(|error| {
            let message = format!("the journal cannot be written ({error}), so nothing was sent");
            Fault::new(FaultKind::Refused, operation, message)
        })?;
        let result = send(client, change).await;
        entry.end(&result);
        result
    }
}

async fn send(client: &Client, change: &Change) -> Result<Option<String>, Fault> {
    let operation = change.operation();
    let once = Builder::new().retry_config(RetryConfig::disabled());
    let id = match change {
        Change::Start { workflow, properties } => {
            let properties = properties.clone().into_iter().collect();
            let call = client.start_workflow_run().name(workflow.as_str()).set_run_properties(Some(properties));
            let answer = call.customize().config_override(once).send().await;
            answer.map_err(|error| super::fault::of_change(operation, &error))?.run_id
        }
        Change::Resume { workflow, run, nodes } => {
            let call = client.resume_workflow_run().name(workflow.as_str()).run_id(run.as_str());
            let call = call.set_node_ids(Some(nodes.clone()));
            let answer = call.customize().config_override(once).send().await;
            answer.map_err(|error| super::fault::of_change(operation, &error))?.run_id
        }
        Change::StartJob { job, overrides } => {
            let call = client.start_job_run().job_name(job.as_str()).set_number_of_workers(overrides.workers);
            let arguments =
                (!overrides.arguments.is_empty()).then(|| overrides.arguments.clone().into_iter().collect());
            let call = call.set_arguments(arguments).set_timeout(overrides.timeout);
            let worker_type = overrides.worker_type.as_deref().map(WorkerType::from);
            let answer = call.set_worker_type(worker_type).customize().config_override(once).send().await;
            answer.map_err(|error| super::fault::of_change(operation, &error))?.job_run_id
        }
        Change::Stop { workflow, run } => {
            let call = client.stop_workflow_run().name(workflow.as_str()).run_id(run.as_str());
            let answer = call.customize().config_override(once).send().await;
            answer.map_err(|error| super::fault::of_change(operation, &error))?;
            return Ok(None);
        }
        Change::StartCrawler(crawler) => {
            let answer = client.start_crawler().name(crawler.as_str()).customize().config_override(once).send().await;
            answer.map_err(|error| super::fault::of_change(operation, &error))?;
            return Ok(None);
        }
        Change::SwitchTrigger { trigger, to: Switch::On } => {
            let answer = client.start_trigger().name(trigger.as_str()).customize().config_override(once).send().await;
            answer.map_err(|error| super::fault::of_change(operation, &error))?;
            return Ok(None);
        }
        Change::SwitchTrigger { trigger, to: Switch::Off } => {
            let answer = client.stop_trigger().name(trigger.as_str()).customize().config_override(once).send().await;
            answer.map_err(|error| super::fault::of_change(operation, &error))?;
            return Ok(None);
        }
    };
    id.map(Some).ok_or_else(|| Fault::new(FaultKind::Unclear, operation, "the answer has no id"))
}
