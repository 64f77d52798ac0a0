//! Glue's shapes as values of the domain: workflows, triggers, runs, steps, jobs.

use super::{crawl_summary, time};
use aws_sdk_glue::types as sdk;
use gluedeck_core::analysis::chain;
use gluedeck_core::domain::{
    Attempt, Condition, CrawlerName, Dpu, Job, JobKind, JobName, JobRunId, Logical, Pipeline, PipelineId, PipelineRun,
    Predicate, RunId, RunStatus, Statistics, StepRun, StepState, Target, Trigger, TriggerKind, TriggerName,
    TriggerState, worker_dpu,
};

pub(super) fn definition(job: &sdk::Job) -> Job {
    let dpu = capacity(job.max_capacity(), job.worker_type(), job.number_of_workers());
    Job {
        dpu: dpu.map(Dpu::of),
        flex: job.execution_class().is_some_and(|class| class.as_str() == "FLEX"),
        queuing: job.job_run_queuing_enabled() == Some(true),
    }
}

pub(super) fn job_kind(job: &sdk::Job) -> JobKind {
    JobKind {
        command: job.command().and_then(|command| command.name()).unwrap_or_default().to_owned(),
        glue_version: job.glue_version().map(str::to_owned),
        flex: job.execution_class().is_some_and(|class| class.as_str() == "FLEX"),
        workers: job.worker_type().map(|kind| kind.as_str().to_owned()).zip(job.number_of_workers()),
        dpu: capacity(job.max_capacity(), job.worker_type(), job.number_of_workers()),
        queuing: job.job_run_queuing_enabled() == Some(true),
    }
}

/// The triggers come from the static graph, which is as the definitions are now; the steps from the run's own graph, a
/// snapshot of its start ("Workflow API concepts" of the Glue guide).
pub(super) fn workflow(workflow: &sdk::Workflow) -> Option<Pipeline> {
    let nodes = workflow.graph().map(sdk::WorkflowGraph::nodes).unwrap_or_default();
    let triggers = nodes.iter().filter_map(|node| trigger(node.trigger_details()?.trigger()?)).collect();
    Some(Pipeline {
        id: PipelineId::workflow(workflow.name()?),
        triggers: chain::order(triggers),
        max_concurrent_runs: workflow.max_concurrent_runs(),
        default_run_properties: workflow
            .default_run_properties()
            .into_iter()
            .flatten()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        last_run: workflow.last_run().and_then(run),
        other_active: Vec::new(),
        job: None,
        known: workflow.graph().is_some(),
    })
}

pub(super) fn trigger(trigger: &sdk::Trigger) -> Option<Trigger> {
    let action = |action: &sdk::Action| target(action.job_name(), action.crawler_name());
    Some(Trigger {
        name: TriggerName::new(trigger.name()?),
        kind: TriggerKind::from_word(trigger.r#type()?.as_str()),
        state: TriggerState::from_word(trigger.state()?.as_str()),
        schedule: trigger.schedule().map(str::to_owned),
        predicate: trigger.predicate().map(predicate).filter(|predicate| !predicate.conditions.is_empty()),
        actions: trigger.actions().iter().filter_map(action).collect(),
    })
}

fn predicate(predicate: &sdk::Predicate) -> Predicate {
    let condition = |c: &sdk::Condition| {
        let state = c.state().map(sdk::JobRunState::as_str).or(c.crawl_state().map(sdk::CrawlState::as_str));
        Some(Condition { target: target(c.job_name(), c.crawler_name())?, state: state.unwrap_or("?").to_owned() })
    };
    let and = predicate.logical().is_some_and(|logical| logical.as_str() == "AND");
    Predicate {
        logical: if and { Logical::And } else { Logical::Any },
        conditions: predicate.conditions().iter().filter_map(condition).collect(),
    }
}

fn target(job: Option<&str>, crawler: Option<&str>) -> Option<Target> {
    job.map(|name| Target::Job(JobName::new(name))).or(crawler.map(|name| Target::Crawler(CrawlerName::new(name))))
}

pub(super) fn run(run: &sdk::WorkflowRun) -> Option<PipelineRun> {
    Some(PipelineRun {
        id: RunId::new(run.workflow_run_id()?),
        previous: run.previous_run_id().map(RunId::new),
        status: RunStatus::from_word(run.status().map_or("?", sdk::WorkflowRunStatus::as_str)),
        error: run.error_message().map(str::to_owned),
        started_on: run.started_on().and_then(time),
        completed_on: run.completed_on().and_then(time),
        statistics: run.statistics().map(statistics),
        steps: run.graph().map(|graph| graph.nodes().iter().filter_map(step).collect()),
    })
}

fn statistics(s: &sdk::WorkflowRunStatistics) -> Statistics {
    Statistics {
        total: s.total_actions(),
        timeout: s.timeout_actions(),
        failed: s.failed_actions(),
        stopped: s.stopped_actions(),
        succeeded: s.succeeded_actions(),
        running: s.running_actions(),
        errored: s.errored_actions(),
        waiting: s.waiting_actions(),
    }
}

fn step(node: &sdk::Node) -> Option<StepRun> {
    let name = node.name()?;
    let (target, mut attempts) = match node.r#type()?.as_str() {
        "JOB" => {
            let runs = node.job_details().map(sdk::JobNodeDetails::job_runs).unwrap_or_default();
            (Target::Job(JobName::new(name)), runs.iter().map(job_attempt).collect::<Vec<_>>())
        }
        "CRAWLER" => {
            let crawls = node.crawler_details().map(sdk::CrawlerNodeDetails::crawls).unwrap_or_default();
            (Target::Crawler(CrawlerName::new(name)), crawls.iter().map(crawl_attempt).collect())
        }
        _ => return None,
    };
    // The order of attempts is not documented.
    attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.started_on));
    Some(StepRun { target, node_id: node.unique_id().unwrap_or_default().to_owned(), attempts })
}

pub(super) fn job_attempt(run: &sdk::JobRun) -> Attempt {
    Attempt {
        id: run.id().map(JobRunId::new),
        state: StepState::from_word(run.job_run_state().map_or("?", sdk::JobRunState::as_str)),
        started_on: run.started_on().and_then(time),
        completed_on: run.completed_on().and_then(time),
        execution_seconds: Some(run.execution_time()),
        dpu: capacity(run.max_capacity(), run.worker_type(), run.number_of_workers()),
        dpu_seconds: run.dpu_seconds(),
        workers: run.worker_type().map(|kind| kind.as_str().to_owned()).zip(run.number_of_workers()),
        arguments: run.arguments().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
        error: run.error_message().filter(|message| !message.is_empty()).map(str::to_owned),
        log_group: run.log_group_name().map(str::to_owned),
        log_stream: None,
        previous: run.previous_run_id().map(JobRunId::new),
        trigger: run.trigger_name().map(TriggerName::new),
        detail: run.state_detail().filter(|detail| !detail.is_empty()).map(str::to_owned),
        flex: run.execution_class().is_some_and(|class| class.as_str() == "FLEX"),
        glue_version: run.glue_version().map(str::to_owned),
        timeout_minutes: run.timeout(),
        tables: None,
    }
}

fn crawl_attempt(crawl: &sdk::Crawl) -> Attempt {
    Attempt {
        state: StepState::from_word(crawl.state().map_or("?", sdk::CrawlState::as_str)),
        started_on: crawl.started_on().and_then(time),
        completed_on: crawl.completed_on().and_then(time),
        error: crawl.error_message().filter(|message| !message.is_empty()).map(str::to_owned),
        log_group: crawl.log_group().map(str::to_owned),
        log_stream: crawl.log_stream().map(str::to_owned),
        ..Attempt::default()
    }
}

/// A crawl of `ListCrawls`, which has words of its own for its states.
pub(super) fn crawl_of_history(crawl: &sdk::CrawlerHistory) -> Attempt {
    let state = match crawl.state().map(sdk::CrawlerHistoryState::as_str) {
        Some("COMPLETED") => StepState::Succeeded,
        Some(word) => StepState::from_word(word),
        None => StepState::from_word("?"),
    };
    Attempt {
        state,
        started_on: crawl.start_time().and_then(time),
        completed_on: crawl.end_time().and_then(time),
        error: crawl.error_message().filter(|message| !message.is_empty()).map(str::to_owned),
        log_group: crawl.log_group().map(str::to_owned),
        log_stream: crawl.log_stream().map(str::to_owned),
        dpu_seconds: Some(crawl.dpu_hour() * 3_600.0),
        tables: crawl.summary().and_then(crawl_summary::tables),
        ..Attempt::default()
    }
}

/// `Crawler.LastCrawl` has no end, and `Crawler.State` tells whether one is under way.
pub(super) fn last_crawl(crawler: &sdk::Crawler) -> Option<Attempt> {
    let last = crawler.last_crawl()?;
    let running = crawler.state().is_some_and(|state| state.as_str() == "RUNNING");
    let word = if running { "RUNNING" } else { last.status().map_or("?", sdk::LastCrawlStatus::as_str) };
    Some(Attempt {
        state: StepState::from_word(word),
        started_on: last.start_time().and_then(time),
        error: last.error_message().filter(|message| !message.is_empty()).map(str::to_owned),
        log_group: last.log_group().map(str::to_owned),
        log_stream: last.log_stream().map(str::to_owned),
        ..Attempt::default()
    })
}

/// DPUs of a run or job: `MaxCapacity`, which the service fills in also for worker types, else workers times the type's
/// DPUs (`WorkerType` of the Glue service model). `AllocatedCapacity` is an integer and deprecated. Unknown is unknown,
/// not 0.
fn capacity(max: Option<f64>, worker_type: Option<&sdk::WorkerType>, workers: Option<i32>) -> Option<f64> {
    let by_workers = || Some(worker_dpu(worker_type?.as_str())? * f64::from(workers?));
    max.filter(|capacity| *capacity > 0.0).or_else(by_workers)
}
