//! Plans: what a change would do, for the confirmation.

use crate::analysis::layers::short_step;
use crate::analysis::reason::{duration, start_is_off};
use crate::analysis::rerun::{self, Rerun};
use crate::domain::schedule::next_fire;
use crate::domain::{Target, Workflow};
use crate::flow::effect::Consent;
use crate::flow::{Action, Change, Context, Plan};
use std::collections::BTreeMap;

/// Asks to start a workflow from its beginning.
pub fn start(workflow: &Workflow, context: &Context) -> Action {
    let runs: Vec<Target> = workflow.targets().into_iter().cloned().collect();
    if runs.is_empty() {
        return Action::Notice(format!("{} has no steps that are known; there is nothing to start", workflow.name));
    }
    let first = vec![format!("Starts a new run of all {} steps.", runs.len())];
    let change = Change::Start { workflow: workflow.name.clone(), properties: BTreeMap::new() };
    ask("Start", first, runs, change, workflow, context)
}

/// Asks to run a workflow again the way the API allows, or says why there is nothing to rerun.
pub fn rerun(workflow: &Workflow, context: &Context) -> Action {
    match rerun::advise(workflow) {
        Rerun::Nothing(why) => Action::Notice(format!("{}: {why}", workflow.name)),
        Rerun::Resume { run, from, nodes, runs } => {
            let names: Vec<_> = from.iter().map(short_step).collect();
            let mut first =
                vec![format!("Resumes the last run from {}, as a new run with an id of its own.", names.join(", "))];
            if runs.len() < workflow.targets().len() {
                first.push("Steps before it keep what they did; what they read is not read again.".to_owned());
            }
            let change = Change::Resume { workflow: workflow.name.clone(), run, nodes };
            ask("Rerun", first, runs, change, workflow, context)
        }
        Rerun::Whole { why, runs } => {
            let first = vec![format!("Starts the whole workflow again, because {why}.")];
            let change = Change::Start { workflow: workflow.name.clone(), properties: BTreeMap::new() };
            ask("Rerun", first, runs, change, workflow, context)
        }
    }
}

fn ask(
    verb: &'static str,
    first: Vec<String>,
    runs: Vec<Target>,
    change: Change,
    workflow: &Workflow,
    context: &Context,
) -> Action {
    let mut notes = first;
    notes.extend(usual(workflow, &runs, context));
    notes.extend(collisions(workflow, &runs, context));
    let title = format!("{verb} {}", workflow.name);
    Action::Ask(Plan { title, notes, runs, verb, what: Consent::Change(change) })
}

/// Asks to leave the account for a sandbox.
pub fn open_sandbox() -> Action {
    Action::Ask(Plan {
        title: "Open the sandbox".to_owned(),
        notes: vec![
            "Leaves this account and opens the console on a sandbox on this machine,".to_owned(),
            "with made-up credentials. Nothing is sent to AWS.".to_owned(),
        ],
        runs: Vec::new(),
        verb: "Open",
        what: Consent::OpenSandbox,
    })
}

/// How long the steps usually take, one after the other, and what they cost.
fn usual(workflow: &Workflow, runs: &[Target], context: &Context) -> Option<String> {
    let history = context.history(&workflow.name)?;
    let known: Vec<i64> = runs.iter().filter_map(|target| history.usual(target)).collect();
    if known.is_empty() {
        return Some("How long it usually takes is not known: no earlier good run.".to_owned());
    }
    let dpu_hours: f64 = runs
        .iter()
        .filter_map(|target| {
            let night = history.nights.iter().rev().find_map(|night| night.run.step(target)?.last()?.dpu)?;
            Some(night * history.usual(target)? as f64 / 3_600.0)
        })
        .sum();
    let partly = if known.len() < runs.len() { " (for the steps whose time is known)" } else { "" };
    let cost = dpu_hours * PRICE_PER_DPU_HOUR;
    let time = duration(known.iter().sum());
    Some(format!("Usually {time}, {dpu_hours:.1} DPU-hours, about ${cost:.2}{partly}."))
}

/// US dollars; the list price in most Regions.
const PRICE_PER_DPU_HOUR: f64 = 0.44;

/// What it may collide with.
fn collisions(workflow: &Workflow, runs: &[Target], context: &Context) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(run) = workflow.last_run.as_ref().filter(|run| run.status.is_active()) {
        let most = match workflow.max_concurrent_runs {
            Some(1) => "; only one may run at a time, so AWS will refuse",
            _ => "",
        };
        found.push(format!("! A run of it is {} now{most}.", run.status.word()));
    }
    let limit = context.dpu_limit.value().copied();
    let used = context.dpu_in_use();
    let history = context.history(&workflow.name);
    let earlier = |target: &Target| {
        let runs = history.iter().flat_map(|history| history.nights.iter().rev().map(|night| &night.run));
        let mut runs = workflow.last_run.iter().chain(runs);
        runs.find_map(|run| run.step(target)?.last()?.dpu)
    };
    let largest = runs.iter().filter_map(earlier).fold(0.0, f64::max);
    match limit {
        Some(limit) if used + largest > limit => found.push(format!(
            "! {used} of {limit} DPUs are in use and its largest step wants {largest}: it may fail at the limit."
        )),
        Some(limit) => found.push(format!("{used} of {limit} DPUs are in use; its largest step wants {largest}.")),
        None => {}
    }
    let schedule = workflow.triggers.iter().find_map(|trigger| trigger.schedule.as_deref());
    match (start_is_off(workflow), schedule.and_then(|schedule| next_fire(schedule, context.now()))) {
        (Some(state), _) => found.push(format!("Its schedule is {state}, and stays so.")),
        (None, Some(next)) => {
            let wait = duration((next - context.now()).num_seconds());
            found.push(format!("Its schedule starts it next at {}Z, in {wait}.", next.format("%H:%M")));
        }
        _ => {}
    }
    found
}
