//! `gluedeck start`: the plan; with consent, the starts; with `--wait`, until they have ended.

use super::output::{self, Output};
use super::{Exit, complain, fleet};
use crate::analysis::{Outcome, outcome};
use crate::aws::{Gateway, read_clock};
use crate::domain::{Fault, FaultKind, RunId, Workflow, WorkflowName};
use crate::flow::{Change, Reply, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

const PACE: Duration = Duration::from_secs(10);

/// How a start is asked for.
#[derive(Debug, Clone, Copy)]
pub struct StartOptions {
    /// Whether consent is given.
    pub yes: bool,
    /// Whether to wait until the runs have ended.
    pub wait: bool,
    pub output: Output,
}

/// Starts workflows, each once. Without consent the plan is the result.
///
/// # Errors
/// If stdout cannot be written.
pub async fn start(gateway: &Gateway, names: &[String], options: StartOptions) -> io::Result<Exit> {
    let known = match fleet(gateway).await {
        Ok(known) => known,
        Err(fault) => return Ok(complain(&fault)),
    };
    let find = |name: &String| known.iter().find(|w| w.name.as_str() == name || w.short_name() == name);
    if let Some(unknown) = names.iter().find(|name| find(name).is_none()) {
        eprintln!("gluedeck: there is no workflow {unknown} in {}", gateway.region().unwrap_or("this Region"));
        eprintln!("gluedeck workflows lists those there are.");
        return Ok(Exit::Usage);
    }
    let mut wanted: Vec<&Workflow> = names.iter().filter_map(find).collect();
    wanted.dedup_by(|a, b| a.name == b.name);
    if !options.yes {
        print_plan(gateway, &wanted, options.output).await?;
        if gateway.is_read_only() {
            return Ok(complain(&gateway.read_only_fault("StartWorkflowRun")));
        }
        eprintln!("Nothing was started. Say --yes to do it.");
        return Ok(Exit::Usage);
    }
    let mut started = Vec::new();
    let mut exit = Exit::Done;
    for workflow in wanted {
        let change = Change::Start { workflow: workflow.name.clone(), properties: BTreeMap::new() };
        match gateway.perform(Request::Change(change)).await {
            Ok(Reply::Changed { run, .. }) => {
                if options.output == Output::Table {
                    writeln!(io::stdout().lock(), "{} {run}", workflow.name)?;
                }
                started.push((workflow.name.clone(), run));
            }
            Ok(_) => exit = complain(&Fault::new(FaultKind::Garbled, "StartWorkflowRun", "an answer of another kind")),
            Err(fault) => exit = complain(&fault),
        }
    }
    let row = |(name, run): &(WorkflowName, RunId)| vec![name.to_string(), run.to_string()];
    match options.output {
        Output::Json => {
            let all = started.iter().map(|(name, run)| json!({ "workflow": name.as_str(), "run_id": run.as_str() }));
            output::json(&Value::Array(all.collect()))?;
        }
        Output::Csv => output::csv(&["workflow", "run_id"], started.iter().map(row))?,
        _ => {}
    }
    if options.wait && !started.is_empty() {
        let waited = wait_for(gateway, started).await;
        exit = if exit == Exit::Done { waited } else { exit };
    }
    Ok(exit)
}

async fn print_plan(gateway: &Gateway, wanted: &[&Workflow], output: Output) -> io::Result<()> {
    let account = match gateway.perform(Request::Identity).await {
        Ok(Reply::Identity { account, .. }) => account,
        _ => "unknown".to_owned(),
    };
    let steps = |w: &&Workflow| w.targets().iter().map(|target| target.name().to_owned()).collect::<Vec<_>>();
    match output {
        Output::Json => {
            let plan = wanted.iter().map(|w| json!({ "workflow": w.name.as_str(), "steps": steps(w) }));
            let plan: Vec<Value> = plan.collect();
            let (region, endpoint) = (gateway.region(), gateway.endpoint());
            return output::json(
                &json!({ "account": account, "region": region, "endpoint": endpoint, "starts": plan }),
            );
        }
        Output::Csv => {
            let rows = wanted.iter().flat_map(|w| steps(w).into_iter().map(|step| vec![w.name.to_string(), step]));
            return output::csv(&["workflow", "step"], rows);
        }
        _ => {}
    }
    let mut out = io::stdout().lock();
    let place = gateway.endpoint().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
    writeln!(
        out,
        "Account {account}, {}{place}. Starts {} workflow(s):",
        gateway.region().unwrap_or("no Region"),
        wanted.len()
    )?;
    for workflow in wanted {
        let running = workflow.last_run.as_ref().is_some_and(|run| run.status.is_active());
        let note = if running { "  (a run of it is going on now)" } else { "" };
        writeln!(out, "  {}: {} steps{note}", workflow.name, workflow.targets().len())?;
        for target in workflow.targets() {
            writeln!(out, "    {} {}", target.kind(), target.name())?;
        }
    }
    Ok(())
}

/// Waits until all have ended; failed if one did not end good.
async fn wait_for(gateway: &Gateway, mut open: Vec<(WorkflowName, RunId)>) -> Exit {
    let speed = match gateway.endpoint() {
        Some(endpoint) => read_clock(endpoint).await.map_or(1.0, |reading| reading.speed),
        None => 1.0,
    };
    let mut exit = Exit::Done;
    while !open.is_empty() {
        tokio::time::sleep(PACE.div_f64(speed.clamp(1.0, 50.0))).await;
        let names = open.iter().map(|(name, _)| name.clone()).collect();
        let workflows = match gateway.perform(Request::Fleet { names: Some(names) }).await {
            Ok(Reply::Fleet { workflows }) => workflows,
            Ok(_) => continue,
            Err(fault) if fault.is_passing() => {
                eprintln!("gluedeck: {fault}; asking again");
                continue;
            }
            Err(fault) => return complain(&fault),
        };
        open.retain(|(name, run)| {
            let workflow = workflows.iter().find(|w| &w.name == name);
            let last = workflow.and_then(|w| w.last_run.as_ref()).filter(|last| &last.id == run);
            match (workflow, last) {
                (Some(_), Some(last)) if last.status.is_active() => true,
                (Some(workflow), Some(last)) => {
                    let ended = outcome::of_run(last, Some(workflow));
                    eprintln!("{name}: {}", ended.word());
                    if ended != Outcome::Good {
                        exit = Exit::Failed;
                    }
                    false
                }
                _ => {
                    eprintln!("{name}: its last run is not {run} any more; what became of it is not known here");
                    exit = Exit::Failed;
                    false
                }
            }
        });
    }
    exit
}
