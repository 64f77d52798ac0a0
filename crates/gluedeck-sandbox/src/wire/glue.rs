//! The operations of Glue, by name.

use super::fault::WireFault;
use super::glue_common::{batch, batch_get, hub_change, list, names, tagged};
use super::glue_json as shape;
use super::input::Input;
use super::{Answer, databases, glue_changes, object, partitions, tables, triggers};
use crate::backend::Backend;
use crate::control::{Control, Refusal, Time};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn call(backend: &Backend, operation: &str, input: &Input) -> Answer {
    let hub = &backend.hub;
    let of_catalog = databases::call(backend, operation, input)
        .or_else(|| tables::call(backend, operation, input))
        .or_else(|| partitions::call(backend, operation, input));
    if let Some(answer) = of_catalog {
        return answer;
    }
    match operation {
        "ListWorkflows" => hub.read(|c, _| names(input, c.workflows.keys(), "Workflows", 25)),
        "GetWorkflow" => hub.read(|c, now| get_workflow(c, input, now)),
        "BatchGetWorkflows" => hub.read(|c, now| batch_get_workflows(c, input, now)),
        "GetWorkflowRun" => hub.read(|c, now| get_workflow_run(c, input, now)),
        "GetWorkflowRuns" => hub.read(|c, now| get_workflow_runs(c, input, now)),
        "GetWorkflowRunProperties" => hub.read(|c, _| get_run_properties(c, input)),
        "StartWorkflowRun" => hub_change(hub, |c, now| start_workflow_run(c, input, now)),
        "StopWorkflowRun" => hub_change(hub, |c, now| stop_workflow_run(c, input, now)),
        "ResumeWorkflowRun" => hub_change(hub, |c, now| resume_workflow_run(c, input, now)),
        "ListJobs" => hub.read(|c, _| names(input, tagged(c, input, "job", c.jobs.keys())?, "JobNames", 1_000)),
        "BatchGetJobs" => hub.read(|c, now| {
            let found = |name: &String| c.jobs.get(name).map(|job| shape::job(c, job, now));
            batch_get(input, ("JobNames", usize::MAX), ("Jobs", "JobsNotFound"), found)
        }),
        "GetJob" => hub.read(|c, now| get_job(c, input, now)),
        "GetJobs" => hub.read(|c, now| list(input, c.jobs.values(), "Jobs", |job| shape::job(c, job, now))),
        "GetJobRun" => hub.read(|c, now| get_job_run(c, input, now)),
        "GetJobRuns" => hub.read(|c, now| get_job_runs(c, input, now)),
        "ListCrawlers" => {
            hub.read(|c, _| names(input, tagged(c, input, "crawler", c.crawlers.keys())?, "CrawlerNames", 1_000))
        }
        "BatchGetCrawlers" => hub.read(|c, now| {
            let found = |name: &String| c.crawlers.get(name).map(|crawler| shape::crawler(crawler, now));
            batch_get(input, ("CrawlerNames", 100), ("Crawlers", "CrawlersNotFound"), found)
        }),
        "GetCrawlerMetrics" => hub.read(|c, now| crawler_metrics(c, input, now)),
        "GetCrawler" => hub.read(|c, now| get_crawler(c, input, now)),
        "GetCrawlers" => {
            hub.read(|c, now| list(input, c.crawlers.values(), "Crawlers", |crawler| shape::crawler(crawler, now)))
        }
        "ListCrawls" => hub.read(|c, _| list_crawls(c, input)),
        name if name.contains("Trigger") => triggers::call(hub, operation, input),
        _ => glue_changes::call(backend, operation, input),
    }
}

/// Service Quotas, as far as Glue's DPUs and job runs go.
pub(super) fn quota(backend: &Backend, operation: &str, input: &Input) -> Answer {
    if operation != "GetServiceQuota" {
        return Err(WireFault::unknown_operation(operation));
    }
    let (service, code) = (input.required("ServiceCode")?, input.required("QuotaCode")?);
    let world = &backend.lake.world;
    let (name, value) = match (service, code) {
        ("glue", "L-08F3B322") => ("Max task DPUs per account", world.dpu_limit),
        ("glue", "L-096DBB95") if world.scenario.flex_limit.is_some() => (
            "Max spare compute capacity consumed in data processing units (DPUs) per account.",
            world.scenario.flex_limit.unwrap_or_default(),
        ),
        ("glue", "L-5E4153CA") => ("Max concurrent job runs per account", world.job_runs_limit as f64),
        _ => return Err(WireFault::new("NoSuchResourceException", format!("There is no quota {code} of {service}"))),
    };
    Ok(json!({ "Quota": {
        "ServiceCode": "glue", "ServiceName": "AWS Glue", "QuotaCode": code, "QuotaName": name, "Value": value,
        "Unit": "None", "Adjustable": true, "GlobalQuota": false,
    } }))
}

/// As of when graphs are sent, if they are.
fn graph_at(control: &Control, input: &Input, now: Time) -> Option<Time> {
    (input.flag("IncludeGraph") && !control.world.scenario.no_graphs).then_some(now)
}

fn get_workflow(control: &Control, input: &Input, now: Time) -> Answer {
    let name = input.required("Name")?;
    let workflow = control.workflows.get(name).ok_or_else(|| Refusal::not_found("Workflow", name))?;
    Ok(object([("Workflow", shape::workflow(control, workflow, graph_at(control, input, now)))]))
}

fn batch_get_workflows(control: &Control, input: &Input, now: Time) -> Answer {
    let wanted = batch(input, "Names", 25)?;
    let graph = graph_at(control, input, now);
    let found = wanted.iter().filter_map(|name| control.workflows.get(name));
    let missing: Vec<_> = wanted.iter().filter(|name| !control.workflows.contains_key(*name)).collect();
    let workflows: Vec<_> = found.map(|workflow| shape::workflow(control, workflow, graph)).collect();
    Ok(object([("Workflows", workflows.into()), ("MissingWorkflows", json!(missing))]))
}

fn get_workflow_run(control: &Control, input: &Input, now: Time) -> Answer {
    let (name, id) = (input.required("Name")?, input.required("RunId")?);
    let run = control.workflow_run(name, id).ok_or_else(|| Refusal::not_found("Workflow run", id))?;
    Ok(object([("Run", shape::workflow_run(control, name, run, graph_at(control, input, now)))]))
}

fn get_workflow_runs(control: &Control, input: &Input, now: Time) -> Answer {
    let name = input.required("Name")?;
    let workflow = control.workflows.get(name).ok_or_else(|| Refusal::not_found("Workflow", name))?;
    let (runs, next) = input.page(workflow.runs.iter().rev().collect(), ("MaxResults", 1_000), "NextToken")?;
    let graph = graph_at(control, input, now);
    let runs: Vec<_> = runs.into_iter().map(|run| shape::workflow_run(control, name, run, graph)).collect();
    Ok(object([("Runs", runs.into()), ("NextToken", next.into())]))
}

fn get_run_properties(control: &Control, input: &Input) -> Answer {
    let (name, id) = (input.required("Name")?, input.required("RunId")?);
    let run = control.workflow_run(name, id).ok_or_else(|| Refusal::not_found("Workflow run", id))?;
    Ok(json!({ "RunProperties": run.properties }))
}

fn start_workflow_run(control: &mut Control, input: &Input, now: Time) -> Result<Value, Refusal> {
    let name = input.required("Name").map_err(|_| Refusal::new("InvalidInputException", "Name must not be null"))?;
    let properties: BTreeMap<String, String> = match input.get("RunProperties") {
        None => BTreeMap::new(),
        Some(value) => serde_json::from_value(value.clone())
            .map_err(|_| Refusal::new("InvalidInputException", "RunProperties must be a map of strings"))?,
    };
    let id = control.begin_workflow_run(name, properties, now, "call")?;
    Ok(json!({ "RunId": id }))
}

fn stop_workflow_run(control: &mut Control, input: &Input, now: Time) -> Result<Value, Refusal> {
    let (name, id) = name_and_run(input)?;
    control.stop_workflow_run(name, id, now)?;
    Ok(json!({}))
}

fn resume_workflow_run(control: &mut Control, input: &Input, now: Time) -> Result<Value, Refusal> {
    let (name, id) = name_and_run(input)?;
    let nodes = input
        .texts("NodeIds")
        .map_err(|_| Refusal::new("InvalidInputException", "NodeIds must be a list of strings"))?;
    let (run, restarted) = control.resume_workflow_run(name, id, &nodes, now)?;
    Ok(json!({ "RunId": run, "NodeIds": restarted }))
}

fn name_and_run(input: &Input) -> Result<(&str, &str), Refusal> {
    let missing = || Refusal::new("InvalidInputException", "Name and RunId must not be null");
    Ok((input.required("Name").map_err(|_| missing())?, input.required("RunId").map_err(|_| missing())?))
}

fn get_job(control: &Control, input: &Input, now: Time) -> Answer {
    let name = input.required("JobName")?;
    let job = control.jobs.get(name).ok_or_else(|| Refusal::not_found("Job", name))?;
    Ok(json!({ "Job": shape::job(control, job, now) }))
}

fn get_job_run(control: &Control, input: &Input, now: Time) -> Answer {
    let (name, id) = (input.required("JobName")?, input.required("RunId")?);
    let run = control.job_run(name, id).ok_or_else(|| Refusal::not_found("Job run", id))?;
    Ok(json!({ "JobRun": shape::job_run(run, now) }))
}

fn get_job_runs(control: &Control, input: &Input, now: Time) -> Answer {
    let name = input.required("JobName")?;
    let job = control.jobs.get(name).ok_or_else(|| Refusal::not_found("Job", name))?;
    let (runs, next) = input.page(job.runs.iter().rev().collect(), ("MaxResults", 200), "NextToken")?;
    let runs: Vec<_> = runs.into_iter().map(|run| shape::job_run(run, now)).collect();
    Ok(object([("JobRuns", runs.into()), ("NextToken", next.into())]))
}

/// `GetCrawlerMetrics`: how long crawls took, and how long the running one will still take.
fn crawler_metrics(control: &Control, input: &Input, now: Time) -> Answer {
    let wanted = input.texts("CrawlerNameList")?;
    let all = control.crawlers.values().filter(|c| wanted.is_empty() || wanted.contains(&c.name));
    let (page, next) = input.page(all.collect(), ("MaxResults", 1_000), "NextToken")?;
    let metrics: Vec<_> = page.into_iter().map(|crawler| shape::crawler_metrics(crawler, now)).collect();
    Ok(json!({ "CrawlerMetricsList": metrics, "NextToken": next }))
}

fn get_crawler(control: &Control, input: &Input, now: Time) -> Answer {
    let name = input.required("Name")?;
    let crawler = control.crawlers.get(name).ok_or_else(|| Refusal::not_found("Crawler", name))?;
    Ok(json!({ "Crawler": shape::crawler(crawler, now) }))
}

fn list_crawls(control: &Control, input: &Input) -> Answer {
    let name = input.required("CrawlerName")?;
    let crawler = control.crawlers.get(name).ok_or_else(|| Refusal::not_found("Crawler", name))?;
    let filters = input.get("Filters").and_then(Value::as_array).cloned().unwrap_or_default();
    let wanted = crawler.crawls.iter().rev().filter(|crawl| {
        let shape = shape::crawl_history(crawler, crawl);
        filters.iter().all(|filter| crawl_matches(&shape, filter))
    });
    let (crawls, next) = input.page(wanted.collect(), ("MaxResults", 100), "NextToken")?;
    let crawls: Vec<_> = crawls.into_iter().map(|crawl| shape::crawl_history(crawler, crawl)).collect();
    Ok(json!({ "Crawls": crawls, "NextToken": next }))
}

/// One filter of ListCrawls, on a crawl's shape. Times and DPU-hours are compared as numbers.
fn crawl_matches(crawl: &Value, filter: &Value) -> bool {
    let text = |name: &str| filter.get(name).and_then(Value::as_str).unwrap_or_default();
    let member = match text("FieldName") {
        "CRAWL_ID" => "CrawlId",
        "STATE" => "State",
        "START_TIME" => "StartTime",
        "END_TIME" => "EndTime",
        "DPU_HOUR" => "DPUHour",
        _ => return true,
    };
    let (found, wanted) = (crawl.get(member).unwrap_or(&Value::Null), text("FieldValue"));
    if let Some(found) = found.as_str() {
        return (found == wanted) == (text("FilterOperator") == "EQ");
    }
    // The model says epoch milliseconds for times; the shape has seconds.
    let scale = if member.ends_with("Time") { 1_000.0 } else { 1.0 };
    let (Some(found), Ok(wanted)) = (found.as_f64(), wanted.parse::<f64>()) else { return false };
    let found = found * scale;
    match text("FilterOperator") {
        "GT" => found > wanted,
        "GE" => found >= wanted,
        "LT" => found < wanted,
        "LE" => found <= wanted,
        "NE" => found != wanted,
        _ => found == wanted,
    }
}

/// Drops members that are null, as AWS leaves out what is not set.
pub(super) fn compact(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(compact);
        }
        Value::Array(values) => values.iter_mut().for_each(compact),
        _ => {}
    }
}
