//! `--wait`: until what was started has ended.

use super::{CLOCK_TIMEOUT, Exit, report_fault};
use gluedeck_aws::{Gateway, read_clock};
use gluedeck_core::analysis::{Outcome, outcome};
use gluedeck_core::domain::{Attempt, Change, JobRunId, RunId, StepState, Target, WorkflowName};
use gluedeck_core::request::{ChangeOutcome, GetAllWorkflows, GetRuns};
use std::time::Duration;

/// What was sent, and what came of it.
pub(super) type Sent = Vec<(Change, ChangeOutcome)>;

const POLL_INTERVAL: Duration = Duration::from_secs(10);

/// Waits until the workflow runs that were started have ended; failed if one did not end good.
pub(super) async fn wait_for(gateway: &Gateway, done: Sent) -> Exit {
    let alone = wait_for_targets(gateway, &done).await;
    let started = done.into_iter().filter_map(|(change, what)| match change {
        Change::Start { workflow, .. } | Change::Resume { workflow, .. } => Some((workflow, RunId::new(what.id?))),
        _ => None,
    });
    let mut open: Vec<(WorkflowName, RunId)> = started.collect();
    let interval = poll_interval(gateway, POLL_INTERVAL).await;
    let mut exit = alone;
    // Credentials may have been renewed meanwhile, which the next call notices.
    let mut waited = false;
    while !open.is_empty() {
        tokio::time::sleep(interval).await;
        let names = open.iter().map(|(name, _)| name.clone()).collect();
        let workflows = match gateway.perform(GetAllWorkflows { names: Some(names) }).await {
            Ok(workflows) => workflows,
            Err(fault) if fault.is_transient() && !(fault.needs_a_person() && waited) => {
                eprintln!("gluedeck: {fault}; retrying");
                waited = true;
                continue;
            }
            Err(fault) => return report_fault(&fault),
        };
        open.retain(|(name, run)| {
            let workflow = workflows.iter().find(|w| w.id.as_workflow() == Some(name));
            let last = workflow.and_then(|w| w.last_run.as_ref()).filter(|last| &last.id == run);
            match (workflow, last) {
                (Some(_), Some(last)) if last.status.is_active() => true,
                (Some(workflow), Some(last)) => {
                    let ended = outcome::of_run(last, Some(workflow));
                    eprintln!("{name}: {}", ended.title());
                    if ended != Outcome::Succeeded {
                        exit = Exit::Failed;
                    }
                    false
                }
                _ => {
                    eprintln!("{name}: its last run is no longer {run}; result unknown");
                    exit = Exit::Failed;
                    false
                }
            }
        });
    }
    exit
}

/// Waits until the job runs and crawls that were started have ended; failed if one did not end good. A crawl has no id: it
/// is the newest of its crawler.
async fn wait_for_targets(gateway: &Gateway, done: &Sent) -> Exit {
    let started = done.iter().filter_map(|(change, what)| match change {
        Change::StartJob { job, .. } => Some((Target::Job(job.clone()), what.id.clone())),
        Change::StartCrawler(crawler) => Some((Target::Crawler(crawler.clone()), None)),
        _ => None,
    });
    let mut open: Vec<(Target, Option<String>)> = started.collect();
    let interval = poll_interval(gateway, POLL_INTERVAL).await;
    let (mut exit, mut waited) = (Exit::Done, false);
    while !open.is_empty() {
        tokio::time::sleep(interval).await;
        let mut left = Vec::new();
        for (target, run) in open {
            let runs = match gateway.perform(GetRuns { target: target.clone() }).await {
                Ok(runs) => runs,
                Err(fault) if fault.is_transient() && !(fault.needs_a_person() && waited) => {
                    eprintln!("gluedeck: {fault}; retrying");
                    waited = true;
                    left.push((target, run));
                    continue;
                }
                Err(fault) => return report_fault(&fault),
            };
            let is_it =
                |attempt: &&Attempt| run.is_none() || attempt.id.as_ref().map(JobRunId::as_str) == run.as_deref();
            match runs.iter().find(is_it) {
                Some(attempt) if attempt.state.is_active() => left.push((target, run)),
                Some(attempt) => {
                    eprintln!("{}: {}", target.name(), attempt.state.word());
                    if attempt.state != StepState::Succeeded {
                        exit = Exit::Failed;
                    }
                }
                None => {
                    eprintln!("{}: the run is not among its last ones; result unknown", target.name());
                    exit = Exit::Failed;
                }
            }
        }
        open = left;
    }
    exit
}

/// How long to wait between two looks: shorter in a sandbox, whose clock runs faster than the wall.
pub(super) async fn poll_interval(gateway: &Gateway, on_aws: Duration) -> Duration {
    let speed = match gateway.endpoint() {
        Some(endpoint) => read_clock(endpoint, CLOCK_TIMEOUT).await.map_or(1.0, |reading| reading.speed),
        None => 1.0,
    };
    on_aws.div_f64(speed.clamp(1.0, 50.0))
}
