//! Plans: what a change would do, for the confirmation.

use crate::analysis::layers::short_step;
use crate::analysis::reason::{duration, start_is_off};
use crate::analysis::rerun::{self, Rerun};
use crate::domain::schedule::next_fire;
use crate::domain::{Target, Trigger, TriggerKind, Workflow};
use crate::flow::effect::Consent;
use crate::flow::{Action, Change, Context, JobOverrides, Plan, Switch};
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

/// Asks to stop the running run of a workflow.
pub fn stop(workflow: &Workflow) -> Action {
    let Some(run) = workflow.last_run.as_ref().filter(|run| run.status.is_active()) else {
        return Action::Notice(format!("{} does not run; there is nothing to stop", workflow.name));
    };
    let active = run.steps.iter().flatten().filter(|step| step.last().is_some_and(|last| last.completed_on.is_none()));
    let steps: Vec<Target> = active.map(|step| step.target.clone()).collect();
    let notes = vec![
        "Ends what runs now; nothing behind it starts any more. It takes up to a minute.".to_owned(),
        "What has been written stays: nothing is rolled back.".to_owned(),
        "! A stopped run cannot be resumed; only a start from the beginning is possible then.".to_owned(),
    ];
    let what = Consent::Changes(vec![Change::Stop { workflow: workflow.name.clone(), run: run.id.clone() }]);
    let title = format!("Stop {}", workflow.name);
    Action::Ask(Plan { title, notes, steps, becomes: "to be ended", verb: "Stop", what })
}

/// Asks to switch a trigger off, or on again.
pub fn switch(trigger: &Trigger, context: &Context) -> Action {
    let name = &trigger.name;
    let stays_created = matches!(trigger.kind, TriggerKind::OnDemand | TriggerKind::Event);
    let (to, verb) = if trigger.can_fire() { (Switch::Off, "Switch off") } else { (Switch::On, "Switch on") };
    if stays_created {
        return Action::Notice(format!("{name} is of the kind {}: it cannot be switched off", trigger.kind.word()));
    }
    let next = trigger.schedule.as_deref().and_then(|schedule| next_fire(schedule, context.now()));
    let next = next.map(|at| format!("{}Z", at.format("%-d %b %H:%M")));
    let mut notes = match (to, next) {
        (Switch::Off, Some(next)) => {
            vec![format!("It will not fire at {next}, nor later, until it is switched on again.")]
        }
        (Switch::Off, None) => {
            vec!["It will not fire until it is switched on again; the chain then ends before it.".into()]
        }
        (Switch::On, Some(next)) => vec![format!("It does not fire now; it fires next at {next}.")],
        (Switch::On, None) => vec!["It fires again when what it waits for has happened.".to_owned()],
    };
    notes.push("A run that goes on keeps the triggers that it was started with.".to_owned());
    let what = Consent::Changes(vec![Change::SwitchTrigger { trigger: name.clone(), to }]);
    let title = format!("{verb} {name}");
    let (steps, becomes) = (trigger.actions.clone(), "started by it");
    Action::Ask(Plan { title, notes, steps, becomes, verb, what })
}

/// Asks to run one step by itself.
pub fn step_alone(target: &Target, workflow: &Workflow, context: &Context) -> Action {
    let change = match target {
        Target::Job(job) => Change::StartJob { job: job.clone(), overrides: JobOverrides::default() },
        Target::Crawler(crawler) => Change::StartCrawler(crawler.clone()),
    };
    let steps = vec![target.clone()];
    let mut notes = vec!["Runs it alone, outside any workflow run, with its own settings.".to_owned()];
    notes.push("! Nothing behind it follows, whatever comes of it: to go on from here, rerun the workflow.".to_owned());
    notes.extend(usual(workflow, &steps, context));
    notes.extend(capacity(workflow, &steps, context));
    let what = Consent::Changes(vec![change]);
    Action::Ask(Plan { title: format!("Run {}", target.name()), notes, steps, becomes: "to run", verb: "Run", what })
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
    let becomes = "to run, in this order";
    Action::Ask(Plan { title, notes, steps: runs, becomes, verb, what: Consent::Changes(vec![change]) })
}

/// Asks for one thing on several workflows: one dialog, one change each. Those for which there is nothing to do are left
/// out, and named.
pub fn on_all(workflows: &[&Workflow], context: &Context, plan: impl Fn(&Workflow, &Context) -> Action) -> Action {
    let (mut changes, mut named, mut without) = (Vec::new(), Vec::new(), Vec::new());
    let (mut steps, mut verb, mut becomes) = (Vec::new(), "", "");
    for workflow in workflows {
        match plan(workflow, context) {
            Action::Ask(Plan {
                what: Consent::Changes(own),
                steps: own_steps,
                verb: own_verb,
                becomes: own_becomes,
                ..
            }) => {
                named.push(workflow.short_name());
                changes.extend(own);
                steps.extend(own_steps);
                (verb, becomes) = (own_verb, own_becomes);
            }
            _ => without.push(workflow.short_name()),
        }
    }
    if changes.is_empty() {
        return Action::Notice(format!("There is nothing to do for any of the {} marked workflows", workflows.len()));
    }
    let mut notes = vec![format!("For {}.", named.join(", "))];
    if !without.is_empty() {
        notes.push(format!("Nothing to do for {}.", without.join(", ")));
    }
    notes.push("They are sent one after the other; the first that is refused ends it.".to_owned());
    let starts = changes.iter().any(|change| !matches!(change, Change::Stop { .. }));
    if let Some(limit) = context.dpu_limit.value().filter(|_| starts) {
        let used = context.dpu_in_use();
        notes.push(format!(
            "! {used} of {limit} DPUs are in use; what is over the limit fails at once, and its chain ends."
        ));
    }
    let count = if named.len() == 1 { "1 workflow".to_owned() } else { format!("{} workflows", named.len()) };
    let title = format!("{verb} {count}");
    Action::Ask(Plan { title, notes, steps, becomes, verb, what: Consent::Changes(changes) })
}

/// Asks to leave the account for a sandbox.
pub fn open_sandbox() -> Action {
    Action::Ask(Plan {
        title: "Open the sandbox".to_owned(),
        notes: vec![
            "Leaves this account and opens the console on a sandbox on this machine,".to_owned(),
            "with made-up credentials. Nothing is sent to AWS.".to_owned(),
        ],
        steps: Vec::new(),
        becomes: "",
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
    found.extend(capacity(workflow, runs, context));
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

/// Whether the account's DPU limit leaves room, as of now.
fn capacity(workflow: &Workflow, runs: &[Target], context: &Context) -> Option<String> {
    let limit = context.dpu_limit.value().copied()?;
    let used = context.dpu_in_use();
    let at = context.fleet.at().map(|at| format!(" as of {}Z", at.format("%H:%M:%S"))).unwrap_or_default();
    let history = context.history(&workflow.name);
    let earlier = |target: &Target| {
        let runs = history.iter().flat_map(|history| history.nights.iter().rev().map(|night| &night.run));
        let mut runs = workflow.last_run.iter().chain(runs);
        runs.find_map(|run| run.step(target)?.last()?.dpu)
    };
    let largest = runs.iter().filter_map(earlier).fold(0.0, f64::max);
    Some(if used + largest > limit {
        format!(
            "! {used} of {limit} DPUs are in use{at} and its largest step wants {largest}: it may fail at the limit."
        )
    } else {
        format!("{used} of {limit} DPUs are in use{at}; its largest step wants {largest}.")
    })
}
