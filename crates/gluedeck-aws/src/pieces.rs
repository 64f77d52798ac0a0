//! Workflows pieced together where a server sends no graphs, as older mocks do: triggers and last runs by other calls.

use super::clients::Clients;
use super::{fault, shapes, triggers};
use gluedeck_core::analysis::chain;
use gluedeck_core::domain::{Attempt, CrawlerName, Fault, JobName, Pipeline, PipelineRun, StepRun, Target, Trigger};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Triggers are listed again this often.
const TRIGGERS_TTL: Duration = Duration::from_secs(60);

/// Completes the workflows of which the graph is not known: three kinds of calls, and none for a run that has ended and
/// was read before.
pub(super) async fn complete(clients: &Clients, workflows: &mut [Pipeline]) -> Result<(), Fault> {
    if workflows.iter().all(|workflow| workflow.known) {
        return Ok(());
    }
    let triggers = by_workflow(clients).await?;
    for workflow in workflows.iter_mut().filter(|workflow| !workflow.known) {
        workflow.triggers = chain::order(triggers.get(workflow.id.as_str()).cloned().unwrap_or_default());
        workflow.known = true;
        if workflow.last_run.is_none() {
            workflow.last_run = last_run(clients, workflow).await?;
        }
        let targets: Vec<Target> = workflow.targets().into_iter().cloned().collect();
        let Some(run) = workflow.last_run.as_mut().filter(|run| run.steps.is_none()) else { continue };
        run.steps = Some(steps(clients, run, &targets).await?);
    }
    Ok(())
}

async fn by_workflow(clients: &Clients) -> Result<HashMap<String, Vec<Trigger>>, Fault> {
    let lock = || clients.pieces.triggers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some((_, known)) = lock().as_ref().filter(|(at, _)| at.elapsed() < TRIGGERS_TTL) {
        return Ok(known.clone());
    }
    let mut by_workflow: HashMap<String, Vec<Trigger>> = HashMap::new();
    for (trigger, workflow) in triggers::all(clients).await? {
        if let Some(workflow) = workflow {
            by_workflow.entry(workflow.as_str().to_owned()).or_default().push(trigger);
        }
    }
    *lock() = Some((Instant::now(), by_workflow.clone()));
    Ok(by_workflow)
}

async fn last_run(clients: &Clients, workflow: &Pipeline) -> Result<Option<PipelineRun>, Fault> {
    let call = clients.glue().await.get_workflow_runs().name(workflow.id.as_str()).max_results(200);
    let answer = call.send().await.map_err(|error| fault::of("GetWorkflowRuns", &error))?;
    Ok(fault::listed("GetWorkflowRuns", "Runs", answer.runs)?
        .iter()
        .filter_map(shapes::run)
        .max_by_key(|run| run.started_on))
}

/// The steps of a run: what ran of each job and crawler since the run has started, and until it had ended.
async fn steps(clients: &Clients, run: &PipelineRun, targets: &[Target]) -> Result<Vec<StepRun>, Fault> {
    let lock = || clients.pieces.steps.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(steps) = lock().get(&run.id) {
        return Ok(steps.clone());
    }
    let mut steps = Vec::with_capacity(targets.len());
    for target in targets {
        let mut attempts = match target {
            Target::Job(job) => job_attempts(clients, job).await?,
            Target::Crawler(crawler) => crawls(clients, crawler).await?,
        };
        let inside = |at: Option<_>| at >= run.started_on && (run.completed_on.is_none() || at <= run.completed_on);
        attempts.retain(|attempt| attempt.started_on.is_some() && inside(attempt.started_on));
        attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.started_on));
        steps.push(StepRun { target: target.clone(), node_id: String::new(), attempts });
    }
    if !run.status.is_active() {
        lock().insert(run.id.clone(), steps.clone());
    }
    Ok(steps)
}

async fn job_attempts(clients: &Clients, job: &JobName) -> Result<Vec<Attempt>, Fault> {
    let call = clients.glue().await.get_job_runs().job_name(job.as_str()).max_results(200);
    let answer = call.send().await.map_err(|error| fault::of("GetJobRuns", &error))?;
    Ok(answer.job_runs().iter().map(shapes::job_attempt).collect())
}

/// The last crawl, which is all that GetCrawler tells.
async fn crawls(clients: &Clients, crawler: &CrawlerName) -> Result<Vec<Attempt>, Fault> {
    let answer = clients.glue().await.get_crawler().name(crawler.as_str()).send().await;
    let answer = answer.map_err(|error| fault::of("GetCrawler", &error))?;
    Ok(answer.crawler().and_then(shapes::last_crawl).into_iter().collect())
}
