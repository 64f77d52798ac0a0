//! The operations of Glue that start and stop jobs and crawlers, set properties and tags, make and drop things.

use super::fault::WireFault;
use super::glue_common::{arn, hub_change};
use super::input::Input;
use super::{Answer, bookmarks, foreign, quality};
use crate::backend::Backend;
use crate::control::{Control, Refusal, Starter, Time, Workflow};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn call(backend: &Backend, operation: &str, input: &Input) -> Answer {
    let hub = &backend.hub;
    match operation {
        "CreateWorkflow" => create_workflow(backend, input),
        "DeleteWorkflow" => delete_workflow(backend, input),
        "UpdateWorkflow" => update_workflow(backend, input),
        name if name.contains("DataQuality") => quality::call(hub, operation, input),
        name if name.contains("JobBookmark") => bookmarks::call(hub, operation, input),
        "PutWorkflowRunProperties" => {
            let (name, run) = (input.required("Name")?, input.required("RunId")?);
            let properties = input.map("RunProperties")?;
            hub_change(hub, |c, _| c.put_run_properties(name, run, properties).map(|()| json!({})))
        }
        "StartJobRun" => {
            let name = input.required("JobName")?;
            let starter = starter(input)?;
            hub_change(hub, |c, now| start_job_run(c, name, starter, input, now))
        }
        "BatchStopJobRun" => {
            let (job, ids) = (input.required("JobName")?, super::glue_common::batch(input, "JobRunIds", 25)?);
            hub_change(hub, |c, now| Ok(stop_job_runs(c, job, &ids, now)))
        }
        "StartCrawler" => {
            let name = input.required("Name")?;
            hub_change(hub, |c, now| c.start_crawl(name, (None, None), now).map(|_| json!({})))
        }
        "StopCrawler" => {
            let name = input.required("Name")?;
            hub_change(hub, |c, now| c.stop_crawl(name, now).map(|()| json!({})))
        }
        "GetTags" => {
            let arn = input.required("ResourceArn")?;
            hub.read(|c, _| {
                known(c, arn)?;
                Ok(json!({ "Tags": c.tags.get(arn).cloned().unwrap_or_default() }))
            })
        }
        "TagResource" => {
            let (arn, add) = (input.required("ResourceArn")?, input.map("TagsToAdd")?);
            hub_change(hub, |c, _| tag(c, arn, add))
        }
        "UntagResource" => {
            let (arn, remove) = (input.required("ResourceArn")?, input.texts("TagsToRemove")?);
            hub_change(hub, |c, _| {
                known(c, arn)?;
                c.tags.entry(arn.to_owned()).or_default().retain(|name, _| !remove.contains(name));
                Ok(json!({}))
            })
        }
        _ => foreign::call(hub, operation, input),
    }
}

fn create_workflow(backend: &Backend, input: &Input) -> Answer {
    let name = input.required("Name")?;
    let description = input.text("Description")?.unwrap_or_default().to_owned();
    let (properties, most) = (input.map("DefaultRunProperties")?, input.integer("MaxConcurrentRuns")?);
    hub_change(&backend.hub, |c, now| {
        let mut workflow = Workflow::new(name, description, now);
        workflow.default_run_properties = properties;
        workflow.max_concurrent_runs = most.and_then(|most| usize::try_from(most).ok());
        c.create_workflow(workflow)?;
        Ok(json!({ "Name": name }))
    })
}

/// What is not given stays: what the service does with it is not documented.
fn update_workflow(backend: &Backend, input: &Input) -> Answer {
    let name = input.required("Name")?;
    let description = input.text("Description")?.map(str::to_owned);
    let properties = input.get("DefaultRunProperties").map(|_| input.map("DefaultRunProperties")).transpose()?;
    let most = input.integer("MaxConcurrentRuns")?;
    hub_change(&backend.hub, |c, _| {
        let workflow = c.workflows.get_mut(name).ok_or_else(|| Refusal::not_found("Workflow", name))?;
        workflow.description = description.unwrap_or_else(|| workflow.description.clone());
        workflow.default_run_properties = properties.unwrap_or_else(|| workflow.default_run_properties.clone());
        workflow.max_concurrent_runs =
            most.and_then(|most| usize::try_from(most).ok()).or(workflow.max_concurrent_runs);
        Ok(json!({ "Name": name }))
    })
}

fn delete_workflow(backend: &Backend, input: &Input) -> Answer {
    let name = input.required("Name")?;
    hub_change(&backend.hub, |c, _| {
        c.delete_workflow(name);
        Ok(json!({ "Name": name }))
    })
}

/// What a StartJobRun overrides. MaxCapacity excludes worker type and number of workers (docs/aws-facts.md: StartJobRun
/// and BatchStopJobRun).
fn starter(input: &Input) -> Result<Starter, WireFault> {
    let invalid = |message: &str| WireFault::new("InvalidInputException", message);
    let (worker_type, workers) = (input.text("WorkerType")?, input.integer("NumberOfWorkers")?);
    if input.get("MaxCapacity").is_some() && (worker_type.is_some() || workers.is_some()) {
        return Err(invalid("Please do not set Max Capacity if using Worker Type and Number of Workers."));
    }
    let known = [
        "Standard", "G.025X", "G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X", "Z.2X",
    ];
    if let Some(unknown) = worker_type.filter(|worker_type| !known.contains(worker_type)) {
        return Err(invalid(&format!("Invalid worker type: {unknown}")));
    }
    if workers.is_some_and(|workers| workers < 2) {
        return Err(invalid("Number of workers must be at least 2."));
    }
    if input.text("ExecutionClass")? == Some("FLEX") && input.flag("JobRunQueuingEnabled") {
        return Err(invalid("Job run queuing is not supported for FLEX jobs."));
    }
    if input.integer("Timeout")?.is_some_and(|minutes| !(1..=10_080).contains(&minutes)) {
        return Err(invalid("Timeout must be between 1 and 10080 minutes."));
    }
    Ok(Starter {
        arguments: input.map("Arguments")?,
        worker_type: worker_type.map(str::to_owned),
        workers: workers.or(input.get("MaxCapacity").and_then(Value::as_f64).map(|dpu| dpu.ceil() as i64)),
        timeout_minutes: input.integer("Timeout")?,
        queuing: input.get("JobRunQueuingEnabled").and_then(Value::as_bool),
        flex: input.text("ExecutionClass")?.map(|class| class == "FLEX"),
        ..Starter::default()
    })
}

fn start_job_run(
    control: &mut Control,
    name: &str,
    mut starter: Starter,
    input: &Input,
    now: Time,
) -> Result<Value, Refusal> {
    if let Some(id) = input.text("JobRunId").ok().flatten() {
        let previous = control.job_run(name, id).ok_or_else(|| Refusal::not_found("Job run", id))?;
        if starter.arguments.is_empty() {
            starter.arguments.clone_from(&previous.arguments);
        }
        starter.retry_of = Some((id.to_owned(), 0));
    }
    control.start_job(name, starter, now).map(|id| json!({ "JobRunId": id }))
}

/// Answers with HTTP 200 even if none could be stopped; each has its own verdict.
fn stop_job_runs(control: &mut Control, job: &str, ids: &[String], now: Time) -> Value {
    let (mut submitted, mut errors) = (Vec::new(), Vec::new());
    for id in ids {
        match control.stop_job_run(job, id, now) {
            Ok(()) => submitted.push(json!({ "JobName": job, "JobRunId": id })),
            Err(refusal) => errors.push(json!({
                "JobName": job, "JobRunId": id,
                "ErrorDetail": { "ErrorCode": refusal.code, "ErrorMessage": refusal.message },
            })),
        }
    }
    json!({ "SuccessfulSubmissions": submitted, "Errors": errors })
}

fn tag(control: &mut Control, arn: &str, add: BTreeMap<String, String>) -> Result<Value, Refusal> {
    known(control, arn)?;
    let tags = control.tags.entry(arn.to_owned()).or_default();
    if tags.len() + add.keys().filter(|name| !tags.contains_key(*name)).count() > 50 {
        return Err(Refusal::new("InvalidInputException", "A resource can have at most 50 tags"));
    }
    tags.extend(add);
    Ok(json!({}))
}

fn known(control: &Control, given: &str) -> Result<(), Refusal> {
    let (kind, name) = given.rsplit_once(':').and_then(|(_, rest)| rest.split_once('/')).unwrap_or_default();
    let exists = match kind {
        "workflow" => control.workflows.contains_key(name),
        "trigger" => control.triggers.contains_key(name),
        "job" => control.jobs.contains_key(name),
        "crawler" => control.crawlers.contains_key(name),
        _ => false,
    };
    if exists && arn(control, kind, name) == given {
        return Ok(());
    }
    Err(Refusal::new("EntityNotFoundException", format!("Resource not found: {given}")))
}
