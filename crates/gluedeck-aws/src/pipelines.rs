//! Pipelines of all kinds: which there are besides workflows, and the runs of each.

use super::clients::Clients;
use super::pages::Pages;
use super::{fault, glue, shapes, triggers};
use aws_sdk_glue::types as sdk;
use gluedeck_core::analysis::standalone::{self, Inventory};
use gluedeck_core::domain::{
    Attempt, CrawlerName, Fault, FaultKind, JobName, Pipeline, PipelineId, PipelineRun, Target, Trigger, TriggerKind,
    TriggerName, TriggerState,
};
use gluedeck_core::request::GetPipelineRuns;
use std::collections::BTreeMap;

/// Runs of a job, or crawls of a crawler, that are read: enough for a fortnight of nights with some retries.
const RUNS: i32 = 25;
/// Names that one batch call takes (`BatchGetCrawlers`: 100; `BatchGetJobs` documents no limit).
const BATCH: usize = 100;

/// Every pipeline that is no workflow, with the triggers and schedules that start it; their runs are read one by one.
///
/// One call for up to 1,000 jobs, for up to 1,000 crawlers, for up to 200 triggers, and for 100 jobs or crawlers that stand
/// alone (`ListJobs`, `ListCrawlers`, `GetTriggers`, `BatchGetJobs`, `BatchGetCrawlers`).
pub(super) async fn standalone(clients: &Clients) -> Result<Vec<Pipeline>, Fault> {
    let (jobs, crawlers, triggers) = tokio::join!(jobs(clients), crawlers(clients), triggers::all(clients));
    let inventory = Inventory { triggers: triggers?, jobs: jobs?, crawlers: crawlers? };
    let mut pipelines = inventory.pipelines();
    let alone = |wanted: fn(&Target) -> bool| -> Vec<String> {
        let targets = pipelines.iter().filter_map(|pipeline| match &pipeline.id {
            PipelineId::Alone(target) if wanted(target) => Some(target.name().to_owned()),
            _ => None,
        });
        targets.collect()
    };
    let definitions = definitions(clients, &alone(|target| matches!(target, Target::Job(_)))).await?;
    let schedules = schedules(clients, &alone(|target| matches!(target, Target::Crawler(_)))).await?;
    for pipeline in &mut pipelines {
        match &pipeline.id {
            PipelineId::Alone(Target::Job(name)) => {
                let found = definitions.get(name.as_str());
                pipeline.max_concurrent_runs =
                    found.and_then(|job| Some(job.execution_property()?.max_concurrent_runs()));
                pipeline.job = found.map(shapes::job_kind);
            }
            PipelineId::Alone(Target::Crawler(name)) => pipeline.triggers.extend(schedules.get(name.as_str()).cloned()),
            _ => {}
        }
    }
    Ok(pipelines)
}

async fn jobs(clients: &Clients) -> Result<Vec<JobName>, Fault> {
    let (mut names, mut token, mut pages) = (Vec::new(), None, Pages::default());
    loop {
        let answer = clients.glue().await.list_jobs().max_results(1_000).set_next_token(token).send().await;
        let answer = answer.map_err(|error| fault::of("ListJobs", &error))?;
        names.extend(fault::listed("ListJobs", "JobNames", answer.job_names)?.iter().map(JobName::new));
        token = pages.next(answer.next_token);
        if token.is_none() {
            return Ok(names);
        }
    }
}

async fn crawlers(clients: &Clients) -> Result<Vec<CrawlerName>, Fault> {
    let (mut names, mut token, mut pages) = (Vec::new(), None, Pages::default());
    loop {
        let answer = clients.glue().await.list_crawlers().max_results(1_000).set_next_token(token).send().await;
        let answer = answer.map_err(|error| fault::of("ListCrawlers", &error))?;
        names.extend(fault::listed("ListCrawlers", "CrawlerNames", answer.crawler_names)?.iter().map(CrawlerName::new));
        token = pages.next(answer.next_token);
        if token.is_none() {
            return Ok(names);
        }
    }
}

async fn definitions(clients: &Clients, names: &[String]) -> Result<BTreeMap<String, sdk::Job>, Fault> {
    let mut found = BTreeMap::new();
    for batch in names.chunks(BATCH) {
        let call = clients.glue().await.batch_get_jobs().set_job_names(Some(batch.to_vec()));
        let answer = call.send().await.map_err(|error| fault::of("BatchGetJobs", &error))?;
        let jobs = answer.jobs.unwrap_or_default().into_iter();
        found.extend(jobs.filter_map(|job| Some((job.name()?.to_owned(), job))));
    }
    Ok(found)
}

/// The crawlers' own schedules, as triggers that start them: they fire, are switched and forecast alike.
async fn schedules(clients: &Clients, names: &[String]) -> Result<BTreeMap<String, Trigger>, Fault> {
    let mut found = BTreeMap::new();
    for batch in names.chunks(BATCH) {
        let call = clients.glue().await.batch_get_crawlers().set_crawler_names(Some(batch.to_vec()));
        let answer = call.send().await.map_err(|error| fault::of("BatchGetCrawlers", &error))?;
        for crawler in answer.crawlers.unwrap_or_default() {
            let name = crawler.name().map(str::to_owned);
            found.extend(name.zip(schedule(&crawler)));
        }
    }
    Ok(found)
}

fn schedule(crawler: &sdk::Crawler) -> Option<Trigger> {
    let schedule = crawler.schedule()?;
    let state = match schedule.state()?.as_str() {
        "SCHEDULED" => TriggerState::Activated,
        "TRANSITIONING" => TriggerState::Activating,
        _ => TriggerState::Deactivated,
    };
    Some(Trigger {
        name: TriggerName::new(crawler.name()?),
        kind: TriggerKind::Scheduled,
        state,
        schedule: schedule.schedule_expression().map(str::to_owned),
        predicate: None,
        actions: vec![Target::Crawler(CrawlerName::new(crawler.name()?))],
    })
}

/// The last runs of a pipeline, newest first, with their steps.
pub(super) async fn runs(clients: &Clients, request: &GetPipelineRuns) -> Result<Vec<PipelineRun>, Fault> {
    let targets = match &request.pipeline {
        PipelineId::Workflow(name) => return glue::history(clients, name).await,
        PipelineId::Alone(target) => vec![target.clone()],
        PipelineId::Chain(_) => {
            let chain = Pipeline { triggers: request.triggers.clone(), ..Pipeline::default() };
            chain.targets().into_iter().cloned().collect()
        }
    };
    let mut read = Vec::new();
    for target in targets {
        let attempts = match (runs_of(clients, &target).await, &request.pipeline) {
            // A chain whose job is gone has the runs of the others.
            (Err(fault), PipelineId::Chain(_)) if fault.kind == FaultKind::NotFound => Vec::new(),
            (attempts, _) => attempts?,
        };
        read.push((target, attempts));
    }
    Ok(standalone::runs(&request.pipeline, &request.triggers, read))
}

/// The last runs of a job, or crawls of a crawler, newest first.
pub(super) async fn runs_of(clients: &Clients, target: &Target) -> Result<Vec<Attempt>, Fault> {
    let mut attempts = match target {
        Target::Job(job) => job_runs(clients, job).await?,
        Target::Crawler(crawler) => crawls(clients, crawler).await?,
    };
    attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.started_on));
    Ok(attempts)
}

async fn job_runs(clients: &Clients, job: &JobName) -> Result<Vec<Attempt>, Fault> {
    let call = clients.glue().await.get_job_runs().job_name(job.as_str()).max_results(RUNS);
    let answer = call.send().await.map_err(|error| fault::of("GetJobRuns", &error))?;
    Ok(fault::listed("GetJobRuns", "JobRuns", answer.job_runs)?.iter().map(shapes::job_attempt).collect())
}

/// The last crawls of a crawler; only the last one where the server does not list them.
async fn crawls(clients: &Clients, crawler: &CrawlerName) -> Result<Vec<Attempt>, Fault> {
    let call = clients.glue().await.list_crawls().crawler_name(crawler.as_str()).max_results(RUNS);
    match call.send().await.map_err(|error| fault::of("ListCrawls", &error)) {
        Ok(answer) => {
            Ok(fault::listed("ListCrawls", "Crawls", answer.crawls)?.iter().map(shapes::crawl_of_history).collect())
        }
        Err(fault) if fault.is_transient() || fault.needs_a_person() => Err(fault),
        Err(_) => {
            let call = clients.glue().await.get_crawler().name(crawler.as_str());
            let answer = call.send().await.map_err(|error| fault::of("GetCrawler", &error))?;
            Ok(answer.crawler().and_then(shapes::last_crawl).into_iter().collect())
        }
    }
}
