//! Glue: workflows with their graphs in as few calls as the API allows.

use super::clients::Clients;
use super::{fault, pieces, time};
use aws_sdk_glue::types as sdk;
use gluedeck_core::analysis::chain;
use gluedeck_core::analysis::log::streams::Whereabouts;
use gluedeck_core::domain::{
    Attempt, Condition, CrawlerName, Dpu, Fault, FaultKind, Job, JobName, JobRunId, Logical, Predicate, RunId,
    RunStatus, Statistics, StepRun, StepState, Target, Trigger, TriggerKind, TriggerName, TriggerState, Workflow,
    WorkflowName, WorkflowRun,
};
use gluedeck_core::request::JobRunFacts;
use gluedeck_core::request::Reply;
use std::collections::BTreeMap;

/// `BatchGetWorkflows` and `ListWorkflows` take at most this many.
const BATCH: usize = 25;
/// Runs of the history: a fortnight and tonight.
const HISTORY: i32 = 15;
/// Pages that are read of a history that comes oldest first.
const PAGES: usize = 10;

/// All workflows. With the names known, one call for 25 of them.
pub(super) async fn fleet(clients: &Clients, names: Option<Vec<WorkflowName>>) -> Result<Reply, Fault> {
    let names = match names {
        Some(names) => names,
        None => list(clients).await?,
    };
    let mut workflows = Vec::with_capacity(names.len());
    for batch in names.chunks(BATCH) {
        workflows.extend(with_graphs(clients, batch).await?.0);
    }
    Ok(Reply::Fleet { workflows })
}

/// The names of all workflows.
pub(super) async fn names(clients: &Clients) -> Result<Reply, Fault> {
    list(clients).await.map(Reply::Names)
}

/// At most 25 workflows: with their graphs, or only what their last run is.
pub(super) async fn batch(clients: &Clients, names: &[WorkflowName], graphs: bool) -> Result<Reply, Fault> {
    let (workflows, trouble) = match graphs {
        true => with_graphs(clients, names).await?,
        false => (get(clients, names, graphs).await?, None),
    };
    let found = |name: &&WorkflowName| workflows.iter().any(|workflow| &workflow.name == *name);
    let missing = names.iter().filter(|name| !found(name)).cloned().collect();
    Ok(Reply::Batch { workflows, missing, graphs, trouble })
}

/// Workflows with triggers and steps. Where the server sends no graphs, or does not allow the call, they are pieced
/// together from the others as far as these are allowed; what was refused is told.
async fn with_graphs(clients: &Clients, names: &[WorkflowName]) -> Result<(Vec<Workflow>, Option<Fault>), Fault> {
    let (mut workflows, trouble) = match get(clients, names, true).await {
        Ok(workflows) => (workflows, None),
        Err(fault) if fault.kind == FaultKind::Denied => {
            let bare = |name: &WorkflowName| Workflow { name: name.clone(), ..Workflow::default() };
            (names.iter().map(bare).collect(), Some(fault))
        }
        Err(fault) => return Err(fault),
    };
    let pieced = pieces::complete(clients, &mut workflows).await;
    match (trouble, pieced) {
        // Nothing is known but the names.
        (Some(fault), Err(_)) if workflows.iter().all(|workflow| !workflow.known) => Err(fault),
        (trouble, pieced) => Ok((workflows, trouble.or(pieced.err()))),
    }
}

/// One call for a batch; a batch that is too much for the server is asked for in halves.
async fn get(clients: &Clients, names: &[WorkflowName], graphs: bool) -> Result<Vec<Workflow>, Fault> {
    clients.budgets.glue.take().await;
    let wanted = names.iter().map(|name| name.as_str().to_owned()).collect();
    let call = clients.glue.batch_get_workflows().set_names(Some(wanted)).include_graph(graphs);
    match call.send().await.map_err(|error| fault::of("BatchGetWorkflows", &error)) {
        Ok(answer) => Ok(answer.workflows().iter().filter_map(workflow).collect()),
        Err(fault) if fault.kind == FaultKind::Service && names.len() > 1 => {
            let (head, tail) = names.split_at(names.len() / 2);
            let mut workflows = Box::pin(get(clients, head, graphs)).await?;
            workflows.extend(Box::pin(get(clients, tail, graphs)).await?);
            Ok(workflows)
        }
        Err(fault) => Err(fault),
    }
}

async fn list(clients: &Clients) -> Result<Vec<WorkflowName>, Fault> {
    let mut names = Vec::new();
    let mut token = None;
    loop {
        clients.budgets.glue.take().await;
        let call = clients.glue.list_workflows().max_results(BATCH as i32).set_next_token(token);
        let answer = call.send().await.map_err(|error| fault::of("ListWorkflows", &error))?;
        names.extend(answer.workflows().iter().map(WorkflowName::new));
        token = answer.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(names);
        }
    }
}

/// The last runs of a workflow, with graphs. The order is not documented: newest first in practice, oldest first on some
/// servers, and those are read to the end.
pub(super) async fn history(clients: &Clients, name: &WorkflowName) -> Result<Reply, Fault> {
    let mut runs: Vec<WorkflowRun> = Vec::new();
    let mut token = None;
    for page in 0..PAGES {
        clients.budgets.glue.take().await;
        let most = if page == 0 { HISTORY } else { 200 };
        let call = clients.glue.get_workflow_runs().name(name.as_str()).max_results(most).include_graph(true);
        let answer = call.set_next_token(token).send().await;
        let answer = answer.map_err(|error| fault::of("GetWorkflowRuns", &error))?;
        runs.extend(answer.runs().iter().filter_map(run));
        token = answer.next_token.filter(|token| !token.is_empty());
        let started = |run: Option<&WorkflowRun>| run.and_then(|run| run.started_on);
        if token.is_none() || started(runs.first()) >= started(runs.last()) {
            break;
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.started_on));
    runs.truncate(HISTORY as usize);
    Ok(Reply::History(runs))
}

/// The properties of a run.
pub(super) async fn properties(clients: &Clients, workflow: &WorkflowName, run: &RunId) -> Result<Reply, Fault> {
    clients.budgets.glue.take().await;
    let call = clients.glue.get_workflow_run_properties().name(workflow.as_str()).run_id(run.as_str());
    let answer = call.send().await.map_err(|error| fault::of("GetWorkflowRunProperties", &error))?;
    Ok(Reply::Properties(answer.run_properties.unwrap_or_default().into_iter().collect()))
}

/// The definitions of all jobs.
pub(super) async fn jobs(clients: &Clients) -> Result<Reply, Fault> {
    let mut jobs = BTreeMap::new();
    let mut token = None;
    loop {
        clients.budgets.glue.take().await;
        let call = clients.glue.get_jobs().max_results(1_000).set_next_token(token);
        let answer = call.send().await.map_err(|error| fault::of("GetJobs", &error))?;
        jobs.extend(answer.jobs().iter().filter_map(|job| Some((JobName::new(job.name()?), definition(job)))));
        token = answer.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(Reply::Jobs(jobs));
        }
    }
}

fn definition(job: &sdk::Job) -> Job {
    let dpu = capacity(job.max_capacity(), job.worker_type(), job.number_of_workers());
    Job {
        dpu: dpu.map(Dpu::of),
        flex: job.execution_class().is_some_and(|class| class.as_str() == "FLEX"),
        queuing: job.job_run_queuing_enabled() == Some(true),
    }
}

/// A job's run, or its latest one by its start (the order of GetJobRuns is documented as newest first; older servers
/// differ).
pub(super) async fn job_run(clients: &Clients, job: &JobName, run: Option<&JobRunId>) -> Result<Reply, Fault> {
    clients.budgets.glue.take().await;
    let found = match run {
        Some(run) => {
            let call = clients.glue.get_job_run().job_name(job.as_str()).run_id(run.as_str());
            call.send().await.map_err(|error| fault::of("GetJobRun", &error))?.job_run
        }
        None => {
            let call = clients.glue.get_job_runs().job_name(job.as_str()).max_results(200);
            let answer = call.send().await.map_err(|error| fault::of("GetJobRuns", &error))?;
            let runs = answer.job_runs.unwrap_or_default().into_iter();
            runs.max_by_key(|run| run.started_on().and_then(time))
        }
    };
    let missing = || Fault::new(FaultKind::NotFound, "GetJobRuns", format!("the job {job} has no run"));
    let run = found.ok_or_else(missing)?;
    let whereabouts = Whereabouts {
        run: run.id().map(str::to_owned).ok_or_else(missing)?,
        base: run.log_group_name().map(str::to_owned),
        security_configuration: run.security_configuration().map(str::to_owned),
        arguments: run.arguments().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect(),
    };
    Ok(Reply::JobRun(Box::new(JobRunFacts {
        job: job.clone(),
        whereabouts,
        state: run.job_run_state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        error: run.error_message().map(str::to_owned),
        started_on: run.started_on().and_then(time),
        completed_on: run.completed_on().and_then(time),
    })))
}

/// The triggers come from the static graph, which is as the definitions are now; the steps from the run's own graph, a
/// snapshot of its start ("Workflow API concepts" of the Glue guide).
fn workflow(workflow: &sdk::Workflow) -> Option<Workflow> {
    let nodes = workflow.graph().map(sdk::WorkflowGraph::nodes).unwrap_or_default();
    let triggers = nodes.iter().filter_map(|node| trigger(node.trigger_details()?.trigger()?)).collect();
    Some(Workflow {
        name: WorkflowName::new(workflow.name()?),
        triggers: chain::order(triggers),
        max_concurrent_runs: workflow.max_concurrent_runs(),
        default_run_properties: workflow
            .default_run_properties()
            .into_iter()
            .flatten()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        last_run: workflow.last_run().and_then(run),
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

pub(super) fn run(run: &sdk::WorkflowRun) -> Option<WorkflowRun> {
    Some(WorkflowRun {
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
    }
}

fn crawl_attempt(crawl: &sdk::Crawl) -> Attempt {
    Attempt {
        id: None,
        state: StepState::from_word(crawl.state().map_or("?", sdk::CrawlState::as_str)),
        started_on: crawl.started_on().and_then(time),
        completed_on: crawl.completed_on().and_then(time),
        execution_seconds: None,
        dpu: None,
        dpu_seconds: None,
        workers: None,
        arguments: BTreeMap::new(),
        error: crawl.error_message().filter(|message| !message.is_empty()).map(str::to_owned),
        log_group: crawl.log_group().map(str::to_owned),
        log_stream: crawl.log_stream().map(str::to_owned),
    }
}

/// DPUs of a run or job: `MaxCapacity`, which the service fills in also for worker types, else workers times the type's
/// DPUs (`WorkerType` of the Glue service model). `AllocatedCapacity` is an integer and deprecated. Unknown is unknown,
/// not 0.
fn capacity(max: Option<f64>, worker_type: Option<&sdk::WorkerType>, workers: Option<i32>) -> Option<f64> {
    let by_workers = || {
        let factor = match worker_type?.as_str() {
            "G.025X" => 0.25,
            "G.1X" | "R.1X" => 1.0,
            "G.2X" | "Z.2X" | "R.2X" => 2.0,
            "G.4X" | "R.4X" => 4.0,
            "G.8X" | "R.8X" => 8.0,
            "G.12X" => 12.0,
            "G.16X" => 16.0,
            _ => return None,
        };
        Some(factor * f64::from(workers?))
    };
    max.filter(|capacity| *capacity > 0.0).or_else(by_workers)
}
