//! The commands that change something: the plan; with consent, each change once; with `--wait`, until the runs have
//! ended.

use super::output::{self, Output};
use super::{Exit, complain, fleet};
use crate::analysis::rerun::{self, Rerun};
use crate::analysis::{Outcome, outcome};
use crate::aws::{Gateway, read_clock};
use crate::domain::{CrawlerName, Fault, FaultKind, JobName, RunId, Target, TriggerName, Workflow, WorkflowName};
use crate::flow::{Change, JobOverrides, Reply, Request, Switch};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

const PACE: Duration = Duration::from_secs(10);

/// How a change is asked for.
#[derive(Debug, Clone, Copy)]
pub struct ChangeOptions {
    /// Whether consent is given.
    pub yes: bool,
    /// Whether to wait until the runs that were started have ended.
    pub wait: bool,
    pub output: Output,
}

/// How a failed workflow is run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// From the failed step where the API allows it, else the whole.
    Best,
    /// From the failed step, or not at all.
    FailedStep,
    Beginning,
}

/// A change, and what a person must know of it before.
struct Planned {
    change: Change,
    note: String,
    /// The steps that will run or stop.
    steps: Vec<String>,
}

/// Why a plan cannot be made.
enum Refused {
    Usage(String),
    /// There is nothing to do for what was asked.
    Nothing(String),
}

/// Starts workflows.
///
/// # Errors
/// If stdout cannot be written.
pub async fn start(gateway: &Gateway, names: &[String], options: ChangeOptions) -> io::Result<Exit> {
    let plan = |workflow: &Workflow| {
        let running = workflow.last_run.as_ref().is_some_and(|run| run.status.is_active());
        let note = if running { "starts all its steps, beside a run that goes on now" } else { "starts all its steps" };
        let change = Change::Start { workflow: workflow.name.clone(), properties: BTreeMap::new() };
        Ok(Planned { change, note: note.to_owned(), steps: names_of(workflow.targets().into_iter()) })
    };
    with_workflows(gateway, names, options, plan).await
}

/// Stops the running runs of workflows.
///
/// # Errors
/// If stdout cannot be written.
pub async fn stop(gateway: &Gateway, names: &[String], options: ChangeOptions) -> io::Result<Exit> {
    let plan = |workflow: &Workflow| {
        let run = workflow.last_run.as_ref().filter(|run| run.status.is_active());
        let run = run.ok_or_else(|| Refused::Nothing(format!("{} does not run", workflow.name)))?;
        let active =
            run.steps.iter().flatten().filter(|step| step.last().is_some_and(|last| last.completed_on.is_none()));
        let steps = names_of(active.map(|step| &step.target));
        let note = "ends what runs, and starts nothing more; what is written stays, and the run cannot be resumed";
        let change = Change::Stop { workflow: workflow.name.clone(), run: run.id.clone() };
        Ok(Planned { change, note: note.to_owned(), steps })
    };
    with_workflows(gateway, names, options, plan).await
}

/// Runs failed workflows again.
///
/// # Errors
/// If stdout cannot be written.
pub async fn rerun(gateway: &Gateway, names: &[String], from: From, options: ChangeOptions) -> io::Result<Exit> {
    let plan = |workflow: &Workflow| {
        let name = &workflow.name;
        let whole = || Change::Start { workflow: name.clone(), properties: BTreeMap::new() };
        let everything = names_of(workflow.targets().into_iter());
        if from == From::Beginning {
            return Ok(Planned { change: whole(), note: "starts all its steps again".to_owned(), steps: everything });
        }
        match rerun::advise(workflow) {
            Rerun::Nothing(why) => Err(Refused::Nothing(format!("{name}: {why}"))),
            Rerun::Resume { run, nodes, from, runs } => {
                let note = format!("resumes its last run from {}", names_of(from.iter()).join(", "));
                let change = Change::Resume { workflow: name.clone(), run, nodes };
                Ok(Planned { change, note, steps: names_of(runs.iter()) })
            }
            Rerun::Whole { why, .. } if from == From::FailedStep => {
                Err(Refused::Nothing(format!("{name}: it cannot go on from the failed step, because {why}")))
            }
            Rerun::Whole { why, .. } => {
                let note = format!("starts all its steps again, because {why}");
                Ok(Planned { change: whole(), note, steps: everything })
            }
        }
    };
    with_workflows(gateway, names, options, plan).await
}

/// Starts one job by itself.
///
/// # Errors
/// If stdout cannot be written.
pub async fn start_job(
    gateway: &Gateway,
    job: String,
    overrides: JobOverrides,
    options: ChangeOptions,
) -> io::Result<Exit> {
    let note = "starts this job alone; nothing behind it in a workflow follows".to_owned();
    let steps = vec![job.clone()];
    let change = Change::StartJob { job: JobName::new(job), overrides };
    carry_out(gateway, vec![Planned { change, note, steps }], options).await
}

/// Starts one crawler by itself.
///
/// # Errors
/// If stdout cannot be written.
pub async fn start_crawler(gateway: &Gateway, crawler: String, options: ChangeOptions) -> io::Result<Exit> {
    let note = "starts this crawler alone; nothing behind it in a workflow follows".to_owned();
    let steps = vec![crawler.clone()];
    let change = Change::StartCrawler(CrawlerName::new(crawler));
    carry_out(gateway, vec![Planned { change, note, steps }], options).await
}

/// Switches triggers on or off.
///
/// # Errors
/// If stdout cannot be written.
pub async fn switch(gateway: &Gateway, triggers: &[String], to: Switch, options: ChangeOptions) -> io::Result<Exit> {
    let note = match to {
        Switch::On => "can fire again; one that is ON_DEMAND fires now",
        Switch::Off => "will not fire until it is switched on again; runs that go on are not touched",
    };
    let plan = triggers.iter().map(|name| Planned {
        change: Change::SwitchTrigger { trigger: TriggerName::new(name), to },
        note: note.to_owned(),
        steps: Vec::new(),
    });
    carry_out(gateway, plan.collect(), options).await
}

fn names_of<'t>(targets: impl Iterator<Item = &'t Target>) -> Vec<String> {
    targets.map(|target| target.name().to_owned()).collect()
}

/// Finds the workflows, plans each, and carries the plan out.
async fn with_workflows(
    gateway: &Gateway,
    names: &[String],
    options: ChangeOptions,
    plan: impl Fn(&Workflow) -> Result<Planned, Refused>,
) -> io::Result<Exit> {
    let known = match fleet(gateway).await {
        Ok(known) => known,
        Err(fault) => return Ok(complain(&fault)),
    };
    let mut planned: Vec<Planned> = Vec::new();
    for name in names {
        let found = known.iter().find(|w| w.name.as_str() == name || w.short_name() == name);
        let region = gateway.region().unwrap_or("this Region");
        let missing =
            || Refused::Usage(format!("there is no workflow {name} in {region}; `gluedeck workflows` lists them"));
        match found.ok_or_else(missing).and_then(&plan) {
            // Named twice is meant once.
            Ok(next) if planned.iter().any(|known| known.change == next.change) => {}
            Ok(next) => planned.push(next),
            Err(Refused::Usage(why)) => {
                eprintln!("gluedeck: {why}");
                return Ok(Exit::Usage);
            }
            Err(Refused::Nothing(why)) => {
                eprintln!("gluedeck: {why}; nothing was sent");
                return Ok(Exit::Failed);
            }
        }
    }
    carry_out(gateway, planned, options).await
}

/// Without consent the plan is the result; with it, what was done.
async fn carry_out(gateway: &Gateway, planned: Vec<Planned>, options: ChangeOptions) -> io::Result<Exit> {
    if !options.yes {
        print_plan(gateway, &planned, options.output).await?;
        if gateway.is_read_only() {
            let operation = planned.first().map_or("change", |first| first.change.operation());
            return Ok(complain(&gateway.read_only_fault(operation)));
        }
        eprintln!("Nothing was sent. Say --yes to do it.");
        return Ok(Exit::Usage);
    }
    let mut done: Vec<(Change, Option<String>)> = Vec::new();
    let mut exit = Exit::Done;
    for Planned { change, .. } in planned {
        let operation = change.operation();
        match gateway.perform(Request::Change(change)).await {
            Ok(Reply::Changed { change, id }) => {
                if options.output == Output::Table {
                    let what = id.clone().unwrap_or_else(|| change.done().to_owned());
                    writeln!(io::stdout().lock(), "{} {what}", change.name())?;
                }
                done.push((change, id));
            }
            Ok(_) => exit = complain(&Fault::new(FaultKind::Garbled, operation, "an answer of another kind")),
            Err(fault) => exit = complain(&fault),
        }
    }
    match options.output {
        Output::Json => {
            let row = |(change, id): &(Change, Option<String>)| json!({ "operation": change.operation(), "name": change.name(), "id": id });
            output::json(&Value::Array(done.iter().map(row).collect()))?;
        }
        Output::Csv => {
            let row = |(change, id): &(Change, Option<String>)| {
                vec![change.operation().to_owned(), change.name().to_owned(), id.clone().unwrap_or_default()]
            };
            output::csv(&["operation", "name", "id"], done.iter().map(row))?;
        }
        _ => {}
    }
    if options.wait {
        let waited = wait_for(gateway, done).await;
        exit = if exit == Exit::Done { waited } else { exit };
    }
    Ok(exit)
}

async fn print_plan(gateway: &Gateway, planned: &[Planned], output: Output) -> io::Result<()> {
    let account = match gateway.perform(Request::Identity).await {
        Ok(Reply::Identity { account, .. }) => account,
        _ => "unknown".to_owned(),
    };
    match output {
        Output::Json => {
            let change = |p: &Planned| json!({ "operation": p.change.operation(), "name": p.change.name(), "note": p.note, "steps": p.steps });
            let plan: Vec<Value> = planned.iter().map(change).collect();
            let (region, endpoint) = (gateway.region(), gateway.endpoint());
            return output::json(&json!({ "account": account, "region": region, "endpoint": endpoint, "plan": plan }));
        }
        Output::Csv => {
            let rows = planned.iter().map(|p| {
                vec![p.change.operation().to_owned(), p.change.name().to_owned(), p.note.clone(), p.steps.join(", ")]
            });
            return output::csv(&["operation", "name", "note", "steps"], rows);
        }
        _ => {}
    }
    let mut out = io::stdout().lock();
    let place = gateway.endpoint().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
    writeln!(out, "Account {account}, {}{place}:", gateway.region().unwrap_or("no Region"))?;
    for Planned { change, note, steps } in planned {
        writeln!(out, "  {} {}: {note}", change.operation(), change.name())?;
        for step in steps {
            writeln!(out, "    {step}")?;
        }
    }
    Ok(())
}

/// Waits until the workflow runs that were started have ended; failed if one did not end good.
async fn wait_for(gateway: &Gateway, done: Vec<(Change, Option<String>)>) -> Exit {
    let started = done.into_iter().filter_map(|(change, id)| match change {
        Change::Start { workflow, .. } | Change::Resume { workflow, .. } => Some((workflow, RunId::new(id?))),
        _ => None,
    });
    let mut open: Vec<(WorkflowName, RunId)> = started.collect();
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
