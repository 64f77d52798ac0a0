//! Which streams a command means.

use super::{CommandError, LogOf, LogOptions, again};
use futures::future::join_all;
use gluedeck_aws::{Gateway, Perform};
use gluedeck_core::analysis::layers::short_step;
use gluedeck_core::analysis::log::streams;
use gluedeck_core::domain::{
    Fault, FaultKind, JobName, JobRunId, LogSource, Part, PipelineRun, Target, Time, WorkflowName,
};
use gluedeck_core::request::{FindLogStreams, FoundStreams, GetPipelineRuns, GetWorkflows, StreamsOf};

/// A run whose log is printed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub(super) sources: Vec<LogSource>,
    pub(super) ended: Option<Time>,
    pub(super) error: Option<String>,
}

/// What the command is about, for messages.
pub(super) fn title(options: &LogOptions) -> String {
    match &options.what {
        LogOf::Job(job) => job.to_string(),
        LogOf::Workflow(workflow) => workflow.to_string(),
        LogOf::Group { group, .. } => group.clone(),
    }
}

/// The runs and their streams, as they are now.
pub(super) async fn runs(gateway: &Gateway, options: &LogOptions) -> Result<Vec<Run>, CommandError> {
    let mut runs = match &options.what {
        LogOf::Job(job) => {
            let run = options.run.clone().map(JobRunId::new);
            vec![of_job(gateway, job, run, String::new()).await?]
        }
        LogOf::Workflow(name) => of_workflow(gateway, name, options).await?,
        LogOf::Group { .. } => Vec::new(),
    };
    for run in &mut runs {
        // A progress bar is only printed if it is asked for.
        run.sources.retain(|source| match options.part {
            Some(part) => source.part == part,
            None => source.part != Part::Progress,
        });
    }
    Ok(runs)
}

async fn of_job(gateway: &Gateway, job: &JobName, run: Option<JobRunId>, label: String) -> Result<Run, CommandError> {
    let found = find(gateway, FindLogStreams { number: 0, of: StreamsOf::Run { job: job.clone(), run } }).await?;
    let mut sources = Vec::new();
    let mut denied = Vec::new();
    let groups = found.groups.len();
    for (group, streams) in found.groups {
        match streams {
            Ok(streams) => sources.extend(streams),
            Err(fault) => denied.push((group, fault)),
        }
    }
    if denied.len() == groups && groups > 0 {
        return Err(denied.remove(0).1.into());
    }
    for (group, fault) in denied {
        eprintln!("gluedeck: {group} skipped: {fault}");
    }
    if !label.is_empty() {
        for source in &mut sources {
            source.label = format!("{label} {}", source.label);
        }
    }
    let (ended, error) = found.facts.map_or((None, None), |facts| (facts.completed_on, facts.error));
    Ok(Run { sources, ended, error })
}

async fn find(gateway: &Gateway, request: FindLogStreams) -> Result<FoundStreams, Fault> {
    let mut tries = 0;
    loop {
        let found = ask(gateway, request.clone()).await?;
        // One group may be throttled while the others answer: its streams would be missing from what is printed.
        let faults = found.groups.iter().filter_map(|(group, streams)| Some((group, streams.as_ref().err()?)));
        match faults.filter_map(|(group, fault)| Some((again(fault, tries)?, group, fault))).next() {
            None => return Ok(found),
            Some((wait, group, fault)) => {
                if tries == 1 {
                    eprintln!("gluedeck: {group}: {fault}; retrying");
                }
                tries += 1;
                tokio::time::sleep(wait).await;
            }
        }
    }
}

/// A request that is made again while the service throttles.
pub(super) async fn ask<Q: Perform>(gateway: &Gateway, request: Q) -> Result<Q::Answer, Fault> {
    let mut tries = 0;
    loop {
        match gateway.perform(request.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(fault) => match again(&fault, tries) {
                Some(wait) => {
                    if tries == 1 {
                        eprintln!("gluedeck: {fault}; retrying");
                    }
                    tries += 1;
                    tokio::time::sleep(wait).await;
                }
                None => return Err(fault),
            },
        }
    }
}

/// All steps of a workflow's run, or those whose name has the wanted part.
async fn of_workflow(gateway: &Gateway, name: &WorkflowName, options: &LogOptions) -> Result<Vec<Run>, CommandError> {
    let run = workflow_run(gateway, name, options.run.as_deref()).await?;
    let steps = run.steps.unwrap_or_default();
    let wanted = |target: &Target| {
        let part = options.step.as_ref().map(|step| step.to_lowercase());
        part.is_none_or(|part| {
            target.name().to_lowercase().contains(&part) || short_step(target).to_lowercase() == part
        })
    };
    let known: Vec<String> = steps.iter().map(|step| short_step(&step.target)).collect();
    let steps: Vec<_> = steps.into_iter().filter(|step| wanted(&step.target)).collect();
    if steps.is_empty() {
        let text =
            format!("no step of {name} is named {}: {}", options.step.as_deref().unwrap_or_default(), known.join(", "));
        return Err(Fault::new(FaultKind::NotFound, "GetWorkflowRun", text).into());
    }
    let alone = steps.len() == 1;
    let read =
        steps.iter().filter_map(|step| step.last().map(|attempt| (step, attempt))).map(async |(step, attempt)| {
            let label = if alone { String::new() } else { short_step(&step.target) };
            match &step.target {
                Target::Job(job) => of_job(gateway, job, attempt.id.clone(), label).await,
                Target::Crawler(crawler) => {
                    let stream = attempt.log_stream.as_deref().unwrap_or(crawler.as_str());
                    let mut source = streams::crawl(attempt.log_group.as_deref(), stream, None);
                    source.label = if alone { source.label } else { label };
                    Ok(Run { sources: vec![source], ended: attempt.completed_on, error: attempt.error.clone() })
                }
            }
        });
    join_all(read).await.into_iter().collect()
}

/// The workflow run of an id, or the last one.
async fn workflow_run(gateway: &Gateway, name: &WorkflowName, id: Option<&str>) -> Result<PipelineRun, CommandError> {
    let missing = |text: String| CommandError::from(Fault::new(FaultKind::NotFound, "GetWorkflow", text));
    match id {
        None => {
            // As everywhere, ` Workflow` at the end may be left out.
            let names = vec![name.clone(), WorkflowName::new(format!("{name} Workflow"))];
            let batch = ask(gateway, GetWorkflows { names, graphs: true, background: None }).await?;
            let found = batch.workflows.into_iter().next();
            let workflow = found.ok_or_else(|| missing(format!("unknown workflow {name}")))?;
            workflow.last_run.ok_or_else(|| missing(format!("{name} has never run")))
        }
        Some(id) => {
            let runs = ask(gateway, GetPipelineRuns::of_workflow(name)).await?;
            let found = runs.into_iter().find(|run| run.id.as_str() == id);
            found.ok_or_else(|| missing(format!("{id} is not one of the last runs of {name}")))
        }
    }
}
