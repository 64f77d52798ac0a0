//! All definitions of an account, as a pipeline's file is compared with them.

use super::clients::Clients;
use super::pages::Pages;
use super::{fault, glue};
use aws_sdk_glue::types as sdk;
use gluedeck_core::domain::Fault;
use gluedeck_pipeline::{CrawlerDefinition, Definitions, JobDefinition, Target, TriggerDefinition, WorkflowDefinition};
use std::collections::BTreeMap;

/// Databases, workflows, triggers, jobs and crawlers: a call for each page of `GetDatabases`, `ListWorkflows`,
/// `BatchGetWorkflows`, `GetTriggers`, `GetJobs` and `GetCrawlers`.
pub(super) async fn all(clients: &Clients) -> Result<Definitions, Fault> {
    let (databases, workflows, triggers, jobs, crawlers) =
        tokio::join!(databases(clients), workflows(clients), triggers(clients), jobs(clients), crawlers(clients),);
    Ok(Definitions {
        databases: databases?,
        workflows: workflows?,
        triggers: triggers?,
        jobs: jobs?,
        crawlers: crawlers?,
    })
}

/// Reads the pages of a list operation: what to call, which list its answer has, and what becomes of each item.
macro_rules! paged {
    ($clients:ident, $operation:literal, $call:ident, $max:expr, |$answer:ident| $list:expr, $make:expr) => {{
        let (mut all, mut token, mut pages) = (BTreeMap::new(), None, Pages::default());
        loop {
            let call = $clients.glue().await.$call().max_results($max).set_next_token(token);
            let $answer = call.send().await.map_err(|error| fault::of($operation, &error))?;
            all.extend($list.into_iter().filter_map($make));
            token = pages.next($answer.next_token);
            if token.is_none() {
                return Ok(all);
            }
        }
    }};
}

async fn databases(clients: &Clients) -> Result<BTreeMap<String, String>, Fault> {
    paged!(clients, "GetDatabases", get_databases, 100, |answer| answer.database_list, |found| Some((
        found.name,
        found.description.unwrap_or_default()
    )))
}

async fn workflows(clients: &Clients) -> Result<BTreeMap<String, WorkflowDefinition>, Fault> {
    let names = glue::list(clients).await?;
    let mut all = BTreeMap::new();
    for batch in names.chunks(glue::BATCH) {
        all.extend(glue::get(clients, batch, false).await?.into_iter().filter_map(workflow));
    }
    Ok(all)
}

fn workflow(found: sdk::Workflow) -> Option<(String, WorkflowDefinition)> {
    let name = found.name?;
    let workflow = WorkflowDefinition {
        name: name.clone(),
        description: found.description.unwrap_or_default(),
        max_concurrent_runs: found.max_concurrent_runs.and_then(|most| u32::try_from(most).ok()),
        properties: found.default_run_properties.unwrap_or_default().into_iter().collect(),
    };
    Some((name, workflow))
}

async fn triggers(clients: &Clients) -> Result<BTreeMap<String, TriggerDefinition>, Fault> {
    paged!(
        clients,
        "GetTriggers",
        get_triggers,
        200,
        |answer| fault::listed("GetTriggers", "Triggers", answer.triggers)?,
        |found| trigger(found).map(|t| (t.name.clone(), t))
    )
}

fn trigger(found: sdk::Trigger) -> Option<TriggerDefinition> {
    let target = |job: Option<String>, crawler: Option<String>| job.map(Target::Job).or(crawler.map(Target::Crawler));
    let state = found.state.as_ref().map(sdk::TriggerState::as_str).unwrap_or_default();
    let trigger_type = found.r#type.as_ref().map(sdk::TriggerType::as_str).unwrap_or_default().to_owned();
    let (logical, conditions) = match found.predicate {
        None => (String::new(), Vec::new()),
        Some(predicate) => {
            let conditions = predicate.conditions.unwrap_or_default().into_iter().filter_map(|condition| {
                let state = condition.state.map(|state| state.as_str().to_owned());
                let state = state.or(condition.crawl_state.map(|state| state.as_str().to_owned()));
                Some((target(condition.job_name, condition.crawler_name)?, state.unwrap_or_default()))
            });
            let conditions: Vec<_> = conditions.collect();
            // One condition needs no word between it and others, and Glue does not always give one back.
            let logical = predicate.logical.map(|logical| logical.as_str().to_owned());
            (logical.unwrap_or_else(|| "ANY".to_owned()), conditions)
        }
    };
    Some(TriggerDefinition {
        name: found.name?,
        workflow: found.workflow_name.filter(|name| !name.is_empty()),
        // ON_DEMAND and EVENT triggers stay CREATED for life ("Activating triggers").
        active: matches!(state, "ACTIVATED" | "ACTIVATING" | "UPDATING")
            || matches!(trigger_type.as_str(), "ON_DEMAND" | "EVENT"),
        trigger_type,
        description: found.description.unwrap_or_default(),
        schedule: found.schedule.filter(|schedule| !schedule.is_empty()),
        logical,
        conditions,
        actions: found
            .actions
            .unwrap_or_default()
            .into_iter()
            .filter_map(|action| target(action.job_name, action.crawler_name))
            .collect(),
    })
}

async fn jobs(clients: &Clients) -> Result<BTreeMap<String, JobDefinition>, Fault> {
    paged!(clients, "GetJobs", get_jobs, 200, |answer| fault::listed("GetJobs", "Jobs", answer.jobs)?, |found| job(
        found
    )
    .map(|job| (job.name.clone(), job)))
}

fn job(found: sdk::Job) -> Option<JobDefinition> {
    let whole = |number: Option<i32>| number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
    Some(JobDefinition {
        name: found.name?,
        script: found.command.and_then(|command| command.script_location).unwrap_or_default(),
        arguments: found.default_arguments.unwrap_or_default().into_iter().collect(),
        worker_type: found.worker_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        workers: whole(found.number_of_workers),
        timeout_minutes: whole(found.timeout),
        max_retries: u32::try_from(found.max_retries).unwrap_or_default(),
        glue_version: found.glue_version.unwrap_or_default(),
        max_concurrent_runs: found
            .execution_property
            .and_then(|property| u32::try_from(property.max_concurrent_runs).ok())
            .unwrap_or(1),
    })
}

async fn crawlers(clients: &Clients) -> Result<BTreeMap<String, CrawlerDefinition>, Fault> {
    paged!(
        clients,
        "GetCrawlers",
        get_crawlers,
        100,
        |answer| fault::listed("GetCrawlers", "Crawlers", answer.crawlers)?,
        |found| crawler(found).map(|c| (c.name.clone(), c))
    )
}

fn crawler(found: sdk::Crawler) -> Option<CrawlerDefinition> {
    let policy = found.schema_change_policy;
    let recrawl = found.recrawl_policy.and_then(|policy| policy.recrawl_behavior);
    let paths = found.targets.and_then(|targets| targets.s3_targets).unwrap_or_default();
    let paths: Vec<String> = paths.into_iter().filter_map(|target| target.path).collect();
    Some(CrawlerDefinition {
        name: found.name?,
        database: found.database_name.unwrap_or_default(),
        path: paths.join(", "),
        recrawl: recrawl.map(|behavior| behavior.as_str().to_owned()).unwrap_or_default(),
        on_change: policy
            .as_ref()
            .and_then(|policy| policy.update_behavior.as_ref())
            .map(|behavior| behavior.as_str().to_owned())
            .unwrap_or_default(),
        on_delete: policy
            .as_ref()
            .and_then(|policy| policy.delete_behavior.as_ref())
            .map(|behavior| behavior.as_str().to_owned())
            .unwrap_or_default(),
    })
}
