//! Glue: workflows with their graphs in as few calls as the API allows.

use super::clients::Clients;
use super::pages::Pages;
use super::shapes::{definition, run, workflow};
use super::{fault, pieces, time};
use aws_sdk_glue::types as sdk;
use gluedeck_core::analysis::log::streams::LogLocation;
use gluedeck_core::domain::{Fault, FaultKind, Job, JobName, JobRunId, Pipeline, PipelineRun, RunId, WorkflowName};
use gluedeck_core::request::{JobRunFacts, WorkflowBatch};
use std::collections::BTreeMap;

/// `BatchGetWorkflows` and `ListWorkflows` take at most this many.
pub(super) const BATCH: usize = 25;
/// Runs of the history: a fortnight and tonight.
const HISTORY: i32 = 15;
/// Pages that are read of a history that comes oldest first.
const PAGES: usize = 10;

/// All workflows. With the names known, one call for 25 of them.
pub(super) async fn all_workflows(clients: &Clients, names: Option<Vec<WorkflowName>>) -> Result<Vec<Pipeline>, Fault> {
    let names = match names {
        Some(names) => names,
        None => list(clients).await?,
    };
    let mut workflows = Vec::with_capacity(names.len());
    for batch in names.chunks(BATCH) {
        workflows.extend(with_graphs(clients, batch).await?.0);
    }
    Ok(workflows)
}

/// At most 25 workflows: with their graphs, or only what their last run is.
pub(super) async fn batch(clients: &Clients, names: &[WorkflowName], graphs: bool) -> Result<WorkflowBatch, Fault> {
    let (workflows, partial_fault) = match graphs {
        true => with_graphs(clients, names).await?,
        false => (get(clients, names, graphs).await?.iter().filter_map(workflow).collect(), None),
    };
    let found = |name: &&WorkflowName| workflows.iter().any(|workflow| workflow.id.as_workflow() == Some(*name));
    let missing = names.iter().filter(|name| !found(name)).cloned().collect();
    Ok(WorkflowBatch { workflows, missing, partial_fault })
}

/// Workflows with triggers and steps. Where the server sends no graphs, or does not allow the call, they are pieced
/// together from the others as far as these are allowed; what was refused is told.
async fn with_graphs(clients: &Clients, names: &[WorkflowName]) -> Result<(Vec<Pipeline>, Option<Fault>), Fault> {
    let (mut workflows, partial_fault) = match get(clients, names, true).await {
        Ok(workflows) => (workflows.iter().filter_map(workflow).collect::<Vec<_>>(), None),
        Err(fault) if fault.kind == FaultKind::Denied => {
            let bare = |name: &WorkflowName| Pipeline { id: name.clone().into(), ..Pipeline::default() };
            (names.iter().map(bare).collect(), Some(fault))
        }
        Err(fault) => return Err(fault),
    };
    let pieced = pieces::complete(clients, &mut workflows).await;
    match (partial_fault, pieced) {
        // Nothing is known but the names.
        (Some(fault), Err(_)) if workflows.iter().all(|workflow| !workflow.known) => Err(fault),
        (partial_fault, pieced) => Ok((workflows, partial_fault.or(pieced.err()))),
    }
}

/// One call for a batch; a batch that is too much for the server is asked for in halves.
pub(super) async fn get(clients: &Clients, names: &[WorkflowName], graphs: bool) -> Result<Vec<sdk::Workflow>, Fault> {
    let wanted = names.iter().map(|name| name.as_str().to_owned()).collect();
    let call = clients.glue().await.batch_get_workflows().set_names(Some(wanted)).include_graph(graphs);
    match call.send().await.map_err(|error| fault::of("BatchGetWorkflows", &error)) {
        Ok(answer) => fault::listed("BatchGetWorkflows", "Workflows", answer.workflows),
        Err(fault) if fault.kind == FaultKind::Service && names.len() > 1 => {
            let (head, tail) = names.split_at(names.len() / 2);
            let mut workflows = Box::pin(get(clients, head, graphs)).await?;
            workflows.extend(Box::pin(get(clients, tail, graphs)).await?);
            Ok(workflows)
        }
        Err(fault) => Err(fault),
    }
}

pub(super) async fn list(clients: &Clients) -> Result<Vec<WorkflowName>, Fault> {
    let mut names = Vec::new();
    let mut pages = Pages::default();
    let mut token = None;
    loop {
        let call = clients.glue().await.list_workflows().max_results(BATCH as i32).set_next_token(token);
        let answer = call.send().await.map_err(|error| fault::of("ListWorkflows", &error))?;
        names.extend(fault::listed("ListWorkflows", "Workflows", answer.workflows)?.iter().map(WorkflowName::new));
        token = pages.next(answer.next_token);
        if token.is_none() {
            return Ok(names);
        }
    }
}

/// The last runs of a workflow, with graphs. The order is not documented: newest first in practice, oldest first on some
/// servers, and those are read to the end.
pub(super) async fn history(clients: &Clients, name: &WorkflowName) -> Result<Vec<PipelineRun>, Fault> {
    let mut runs: Vec<PipelineRun> = Vec::new();
    let mut pages = Pages::default();
    let mut token = None;
    for page in 0..PAGES {
        let most = if page == 0 { HISTORY } else { 200 };
        let call = clients.glue().await.get_workflow_runs().name(name.as_str()).max_results(most).include_graph(true);
        let answer = call.set_next_token(token).send().await;
        let answer = answer.map_err(|error| fault::of("GetWorkflowRuns", &error))?;
        runs.extend(fault::listed("GetWorkflowRuns", "Runs", answer.runs)?.iter().filter_map(run));
        token = pages.next(answer.next_token);
        let started = |run: Option<&PipelineRun>| run.and_then(|run| run.started_on);
        if token.is_none() || started(runs.first()) >= started(runs.last()) {
            break;
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.started_on));
    runs.truncate(HISTORY as usize);
    Ok(runs)
}

/// The properties of a run.
pub(super) async fn properties(
    clients: &Clients,
    workflow: &WorkflowName,
    run: &RunId,
) -> Result<BTreeMap<String, String>, Fault> {
    let call = clients.glue().await.get_workflow_run_properties().name(workflow.as_str()).run_id(run.as_str());
    let answer = call.send().await.map_err(|error| fault::of("GetWorkflowRunProperties", &error))?;
    Ok(answer.run_properties.unwrap_or_default().into_iter().collect())
}

/// The definitions of all jobs.
pub(super) async fn jobs(clients: &Clients) -> Result<BTreeMap<JobName, Job>, Fault> {
    let mut jobs = BTreeMap::new();
    let mut pages = Pages::default();
    let mut token = None;
    loop {
        let call = clients.glue().await.get_jobs().max_results(1_000).set_next_token(token);
        let answer = call.send().await.map_err(|error| fault::of("GetJobs", &error))?;
        let listed = fault::listed("GetJobs", "Jobs", answer.jobs)?;
        jobs.extend(listed.iter().filter_map(|job| Some((JobName::new(job.name()?), definition(job)))));
        token = pages.next(answer.next_token);
        if token.is_none() {
            return Ok(jobs);
        }
    }
}

/// A job's run, or its latest one by its start (the order of GetJobRuns is documented as newest first; older servers
/// differ).
pub(super) async fn job_run(clients: &Clients, job: &JobName, run: Option<&JobRunId>) -> Result<JobRunFacts, Fault> {
    let found = match run {
        Some(run) => {
            let call = clients.glue().await.get_job_run().job_name(job.as_str()).run_id(run.as_str());
            call.send().await.map_err(|error| fault::of("GetJobRun", &error))?.job_run
        }
        None => {
            let call = clients.glue().await.get_job_runs().job_name(job.as_str()).max_results(200);
            let answer = call.send().await.map_err(|error| fault::of("GetJobRuns", &error))?;
            let runs = answer.job_runs.unwrap_or_default().into_iter();
            runs.max_by_key(|run| run.started_on().and_then(time))
        }
    };
    let missing = || Fault::new(FaultKind::NotFound, "GetJobRuns", format!("the job {job} has no runs"));
    let run = found.ok_or_else(missing)?;
    let log_location = LogLocation {
        run: run.id().map(str::to_owned).ok_or_else(missing)?,
        base: run.log_group_name().map(str::to_owned),
        security_configuration: run.security_configuration().map(str::to_owned),
        arguments: run.arguments().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect(),
    };
    Ok(JobRunFacts {
        job: job.clone(),
        log_location,
        state: run.job_run_state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
        error: run.error_message().map(str::to_owned),
        started_on: run.started_on().and_then(time),
        completed_on: run.completed_on().and_then(time),
    })
}
