//! Glue's shapes as JSON. Times are epoch seconds with a fraction.

use super::object;
use crate::control::{
    Action, Condition, Control, Crawl, Crawler, Job, JobRun, Target, Time, Trigger, Workflow, WorkflowRun,
};
use crate::logs::CRAWLERS;
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Epoch seconds with milliseconds.
pub(super) fn epoch(at: Time) -> f64 {
    at.timestamp_millis() as f64 / 1_000.0
}

/// A workflow; with the graphs as of `graph` if that is given.
pub(super) fn workflow(control: &Control, workflow: &Workflow, graph: Option<Time>) -> Value {
    let triggers: Vec<Trigger> =
        workflow.triggers.iter().filter_map(|name| control.triggers.get(name).cloned()).collect();
    let mut shape = json!({
        "Name": workflow.name,
        "Description": workflow.description,
        "DefaultRunProperties": workflow.default_run_properties,
        "CreatedOn": epoch(workflow.created),
        "LastModifiedOn": epoch(workflow.created),
        "MaxConcurrentRuns": workflow.max_concurrent_runs,
    });
    shape["LastRun"] = workflow.runs.last().map(|run| workflow_run(control, &workflow.name, run, graph)).into();
    shape["Graph"] = graph.map(|_| self::graph(control, &workflow.name, &triggers, None)).into();
    shape
}

pub(super) fn workflow_run(control: &Control, workflow: &str, run: &WorkflowRun, graph: Option<Time>) -> Value {
    let s = control.statistics(run);
    let mut shape = json!({
        "Name": workflow,
        "WorkflowRunId": run.id,
        "PreviousRunId": run.previous,
        "WorkflowRunProperties": run.properties,
        "StartedOn": epoch(run.started),
        "CompletedOn": run.completed.map(epoch),
        "Status": run.status,
        "ErrorMessage": run.error,
        "Statistics": {
            "TotalActions": s.total, "TimeoutActions": s.timeout, "FailedActions": s.failed, "StoppedActions": s.stopped,
            "SucceededActions": s.succeeded, "RunningActions": s.running, "ErroredActions": s.errored, "WaitingActions": s.waiting,
        },
    });
    shape["Graph"] = graph.map(|now| self::graph(control, workflow, &run.snapshot, Some((run, now)))).into();
    shape
}

/// Nodes for the triggers and what they start; edges from a trigger to its actions and from a watched node to the trigger.
fn graph(control: &Control, workflow: &str, triggers: &[Trigger], run: Option<(&WorkflowRun, Time)>) -> Value {
    let mut seen = BTreeSet::new();
    let mut nodes = Vec::new();
    let mut edges = Vec::new();
    for trigger in triggers {
        let id = control.node_id(workflow, "TRIGGER", &trigger.name);
        let mut shape = json!({ "Type": "TRIGGER", "Name": trigger.name, "UniqueId": id });
        shape["TriggerDetails"] = object([("Trigger", self::trigger(trigger))]);
        nodes.push(shape);
        for Condition { target, .. } in &trigger.conditions {
            let source = control.node_id(workflow, target.kind(), target.name());
            edges.push(json!({ "SourceId": source, "DestinationId": id }));
        }
        for Action { target, .. } in &trigger.actions {
            let destination = control.node_id(workflow, target.kind(), target.name());
            edges.push(json!({ "SourceId": id, "DestinationId": destination }));
            if seen.insert(target.clone()) {
                nodes.push(node(control, target, &destination, run));
            }
        }
    }
    object([("Nodes", nodes.into()), ("Edges", edges.into())])
}

fn node(control: &Control, target: &Target, id: &str, run: Option<(&WorkflowRun, Time)>) -> Value {
    let attempts = run.and_then(|(run, _)| run.nodes.get(target)).map(Vec::as_slice).unwrap_or_default();
    let mut node = json!({ "Type": target.kind(), "Name": target.name(), "UniqueId": id });
    match target {
        Target::Job(job) => {
            let now = run.map(|(_, now)| now).unwrap_or_default();
            let runs: Vec<_> =
                attempts.iter().rev().filter_map(|id| control.job_run(job, id)).map(|r| job_run(r, now)).collect();
            node["JobDetails"] = if runs.is_empty() { json!({}) } else { object([("JobRuns", runs.into())]) };
        }
        Target::Crawler(crawler) => {
            let crawls: Vec<_> =
                attempts.iter().rev().filter_map(|id| control.crawl(crawler, id)).map(|c| crawl(crawler, c)).collect();
            node["CrawlerDetails"] = if crawls.is_empty() { json!({}) } else { object([("Crawls", crawls.into())]) };
        }
    }
    node
}

pub(super) fn trigger(trigger: &Trigger) -> Value {
    let action = |action: &Action| {
        let mut shape = action.settings.clone();
        let (member, name) = match &action.target {
            Target::Job(name) => ("JobName", name),
            Target::Crawler(name) => ("CrawlerName", name),
        };
        shape.insert(member.to_owned(), json!(name));
        Value::Object(shape)
    };
    let condition = |c: &Condition| match &c.target {
        Target::Job(name) => json!({ "LogicalOperator": "EQUALS", "JobName": name, "State": c.state }),
        Target::Crawler(name) => json!({ "LogicalOperator": "EQUALS", "CrawlerName": name, "CrawlState": c.state }),
    };
    let conditions: Vec<_> = trigger.conditions.iter().map(condition).collect();
    json!({
        "Name": trigger.name,
        "WorkflowName": trigger.workflow,
        "Type": trigger.kind,
        "State": trigger.state,
        "Description": trigger.description,
        "Schedule": trigger.schedule,
        "Actions": trigger.actions.iter().map(action).collect::<Vec<_>>(),
        "EventBatchingCondition": trigger.event_batching,
        "Predicate": (!conditions.is_empty()).then(|| json!({ "Logical": trigger.logical, "Conditions": conditions })),
    })
}

pub(super) fn job(control: &Control, job: &Job, now: Time) -> Value {
    let workers = control.workers_on(&job.name, now);
    let dpu = crate::control::dpu_of(&job.worker_type) * workers as f64;
    let mut shape = json!({
        "Name": job.name,
        "Role": format!("arn:aws:iam::{}:role/tumble-glue", control.world.environment.account),
        "CreatedOn": epoch(job.created),
        "LastModifiedOn": epoch(job.modified),
        "ExecutionProperty": { "MaxConcurrentRuns": job.max_concurrent_runs },
        "Command": { "Name": job.command, "ScriptLocation": job.script, "PythonVersion": "3" },
        "DefaultArguments": job.arguments,
        "MaxRetries": job.max_retries,
        "AllocatedCapacity": dpu as i64,
        "Timeout": job.timeout_minutes,
        "MaxCapacity": dpu,
        "WorkerType": has_workers(&job.worker_type).then_some(&job.worker_type),
        "NumberOfWorkers": has_workers(&job.worker_type).then_some(workers),
        "GlueVersion": job.glue_version,
        "ExecutionClass": class(job.flex),
        "JobRunQueuingEnabled": job.queuing,
    });
    // What was given and is not modelled is given back.
    job.settings.iter().for_each(|(name, value)| shape[name] = value.clone());
    shape
}

pub(super) fn job_run(run: &JobRun, now: Time) -> Value {
    // While it runs, the time so far; STARTING and WAITING consume nothing yet.
    let so_far = if run.completed.is_some() || run.state == "WAITING" {
        run.execution_seconds
    } else {
        (now - run.plan.running).num_seconds().max(0)
    };
    json!({
        "Id": run.id,
        "Attempt": run.attempt,
        "PreviousRunId": run.previous,
        "TriggerName": run.trigger,
        "JobName": run.job,
        "StartedOn": epoch(run.started),
        "LastModifiedOn": epoch(run.last_modified),
        "CompletedOn": run.completed.map(epoch),
        "JobRunState": run.state,
        "Arguments": run.arguments,
        "ErrorMessage": run.error,
        "PredecessorRuns": [],
        "AllocatedCapacity": run.dpu as i64,
        "ExecutionTime": so_far,
        "Timeout": run.timeout_minutes,
        "StateDetail": run.detail,
        "MaxCapacity": run.dpu,
        "WorkerType": has_workers(&run.worker_type).then_some(&run.worker_type),
        "NumberOfWorkers": has_workers(&run.worker_type).then_some(run.workers),
        "LogGroupName": "/aws-glue/jobs",
        "GlueVersion": run.glue_version,
        "ExecutionClass": class(run.flex),
        "DPUSeconds": run.flex.then_some(so_far as f64 * run.dpu),
    })
}

/// A Python shell job has a capacity and no workers; in the scenarios its type is `Standard`.
fn has_workers(worker_type: &str) -> bool {
    worker_type != "Standard"
}

fn class(flex: bool) -> &'static str {
    if flex { "FLEX" } else { "STANDARD" }
}

/// `Crawl`, as in a graph: no id and no DPU.
fn crawl(crawler: &str, crawl: &Crawl) -> Value {
    json!({
        "State": crawl.state,
        "StartedOn": epoch(crawl.started),
        "CompletedOn": crawl.completed.map(epoch),
        "ErrorMessage": crawl.error,
        "LogGroup": CRAWLERS,
        "LogStream": crawler,
    })
}

/// `CrawlerHistory`, as in ListCrawls, with other words for the states.
pub(super) fn crawl_history(crawler: &Crawler, crawl: &Crawl) -> Value {
    let state = match crawl.state {
        "SUCCEEDED" => "COMPLETED",
        "CANCELLED" => "STOPPED",
        "FAILED" => "FAILED",
        _ => "RUNNING",
    };
    let seconds = (crawl.completed.unwrap_or(crawl.started) - crawl.started).num_seconds();
    json!({
        "CrawlId": crawl.id,
        "State": state,
        "StartTime": epoch(crawl.started),
        "EndTime": crawl.completed.map(epoch),
        "ErrorMessage": crawl.error,
        "LogGroup": CRAWLERS,
        "LogStream": crawler.name,
        "MessagePrefix": crawl.id,
        "DPUHour": 2.0 * seconds as f64 / 3_600.0,
        "Summary": (crawl.state == "SUCCEEDED").then(|| summary(crawler)),
    })
}

/// JSON in text in JSON (docs/aws-facts.md: ListCrawls). A crawler of the pipeline adds a partition to its table; those of
/// others find nothing new.
fn summary(crawler: &Crawler) -> String {
    let of = |names: &[&str]| json!({ "Details": { "names": names }, "Count": names.len() });
    let updated: &[&str] = if crawler.table.is_empty() { &[] } else { &[&crawler.table] };
    let tables = json!({ "ADD": of(&[]), "UPDATE": of(updated), "DELETE": of(&[]) });
    let partitions = json!({ "ADD": { "Count": updated.len() } });
    json!({ "TABLE": tables.to_string(), "PARTITION": partitions.to_string() }).to_string()
}

pub(super) fn crawler(crawler: &Crawler, now: Time) -> Value {
    let running = crawler.crawls.last().filter(|crawl| crawl.completed.is_none());
    let last = crawler.crawls.iter().rfind(|crawl| crawl.completed.is_some());
    let state = match running.map(|crawl| crawl.state) {
        None => "READY",
        Some("CANCELLING") => "STOPPING",
        Some(_) => "RUNNING",
    };
    let elapsed = running.map_or(TimeDelta::zero(), |crawl| now - crawl.started);
    json!({
        "Name": crawler.name,
        "Role": "tumble-glue",
        "Targets": { "S3Targets": [{ "Path": crawler.target, "Exclusions": [] }] },
        "DatabaseName": crawler.database,
        "RecrawlPolicy": { "RecrawlBehavior": crawler.policy[0] },
        "SchemaChangePolicy": { "UpdateBehavior": crawler.policy[1], "DeleteBehavior": crawler.policy[2] },
        "Schedule": crawler.schedule.as_ref().map(|(schedule, on)| json!({
            "ScheduleExpression": schedule, "State": if *on { "SCHEDULED" } else { "NOT_SCHEDULED" },
        })),
        "State": state,
        "CrawlElapsedTime": elapsed.num_milliseconds(),
        "CreationTime": epoch(crawler.created),
        "LastUpdated": epoch(crawler.created),
        "Version": 1,
        "LastCrawl": last.map(|crawl| json!({
            "Status": crawl.state,
            "ErrorMessage": crawl.error,
            "LogGroup": CRAWLERS,
            "LogStream": crawler.name,
            "MessagePrefix": crawl.id,
            "StartTime": epoch(crawl.started),
        })),
    })
}

pub(super) fn crawler_metrics(crawler: &Crawler, now: Time) -> Value {
    let ended = crawler.crawls.iter().filter_map(|crawl| Some((crawl.completed? - crawl.started).as_seconds_f64()));
    let mut seconds: Vec<f64> = ended.collect();
    let last = seconds.last().copied().unwrap_or(0.0);
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(seconds.len() / 2).copied().unwrap_or(0.0);
    let running = crawler.crawls.last().filter(|crawl| crawl.completed.is_none());
    let left = running.map_or(0.0, |crawl| (median - (now - crawl.started).as_seconds_f64()).max(0.0));
    json!({
        "CrawlerName": crawler.name,
        "TimeLeftSeconds": left,
        "StillEstimating": running.is_some() && seconds.is_empty(),
        "LastRuntimeSeconds": last,
        "MedianRuntimeSeconds": median,
        "TablesCreated": 0, "TablesUpdated": seconds.len().min(1), "TablesDeleted": 0,
    })
}
