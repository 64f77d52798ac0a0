//! Plans of changes: what would run or stop, how long and at what cost, what it collides with, what it cannot undo. The
//! dialogs and the headless commands show the same ones.

mod apply;
mod error;
mod overrides;
mod reruns;
mod rollouts;
mod together;

pub use apply::apply;
pub use error::PlanError;
pub use overrides::overrides_in_words;
pub use reruns::{rerun, rerun_as, rerun_from_failed, rerun_whole};
pub use rollouts::{continue_rollout, revert, rollout, tonight};
pub use together::together;

use self::overrides::RunSize;
use super::capacity;
use super::history::History;
use super::log::Class;
use super::reason::{duration, start_is_off};
use crate::analysis::words::counted;
use crate::domain::schedule::next_fire;
use crate::domain::{
    Activation, Attempt, Bookmark, Change, CrawlerName, JobName, JobOverrides, JobRunId, Pipeline, PipelineId,
    PipelineRun, Prices, StepRun, Target, Time, Trigger, TriggerKind,
};
use std::collections::BTreeMap;

/// What is known when a plan is made.
pub trait Facts {
    fn pipelines(&self) -> &[Pipeline];
    fn history(&self, name: &PipelineId) -> Option<&History>;
    /// DPUs that the account may use at a time.
    fn dpu_limit(&self) -> Option<f64>;
    fn now(&self) -> Time;
    /// What DPU-hours cost here.
    fn prices(&self) -> Prices;
    /// When the workflows were read.
    fn read_at(&self) -> Option<Time>;
    /// Jobs outside of workflows whose runs are not known, so that the DPUs that they hold are not either.
    fn unread_runs(&self) -> usize {
        let alone =
            |pipeline: &&Pipeline| matches!(pipeline.id, PipelineId::Alone(Target::Job(_)) | PipelineId::Chain(_));
        self.pipelines().iter().filter(alone).filter(|pipeline| !pipeline.known).count()
    }
    /// What the log of a run has shown to be the cause, if somebody has read it.
    fn cause_in_log(&self, _: &JobRunId) -> Option<Class> {
        None
    }
}

/// What a change, or several, would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// `Rerun User Workflow`.
    pub title: String,
    /// What it does, and what it cannot undo; what one must not overlook begins with `!`.
    pub notes: Vec<String>,
    /// Every step that it concerns, in order, and what becomes of them, as after `3 steps `.
    pub steps: Vec<Target>,
    pub becomes: &'static str,
    /// The verb on the button.
    pub verb: &'static str,
    /// Sent one after the other; the first that is refused ends it.
    pub changes: Vec<Change>,
    pub figures: Figures,
}

/// What it usually takes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    pub seconds: Option<i64>,
    pub dpu_hours: Option<f64>,
    /// US dollars.
    pub cost: Option<f64>,
}

/// A plan, or why there is nothing to do.
pub type Planned = Result<Plan, PlanError>;

/// To start a workflow from its beginning. Its default run properties can be edited before.
pub fn start(workflow: &Pipeline, facts: &dyn Facts) -> Planned {
    let runs = everything(workflow);
    if runs.is_empty() {
        return Err(PlanError::NoSteps(workflow.id.clone()));
    }
    let first = vec![match runs.len() {
        1 => "Starts a new run of its one step.".to_owned(),
        count => format!("Starts a new run of all {}.", counted(count, "step")),
    }];
    let change = starting(workflow)?;
    Ok(runs_of("Start", first, runs, change, workflow, facts))
}

/// The change that starts a pipeline from its beginning. A chain is started by its trigger: what is run by hand starts
/// nothing after it (AWS Glue, "AWS Glue triggers": only jobs that were started by a trigger).
fn starting(pipeline: &Pipeline) -> Result<Change, PlanError> {
    Ok(match &pipeline.id {
        PipelineId::Workflow(name) => Change::Start { workflow: name.clone(), properties: BTreeMap::new() },
        PipelineId::Alone(Target::Job(job)) => {
            Change::StartJob { job: job.clone(), overrides: JobOverrides::default() }
        }
        PipelineId::Alone(Target::Crawler(crawler)) => Change::StartCrawler(crawler.clone()),
        PipelineId::Chain(trigger) => {
            let start = pipeline.triggers.iter().find(|start| start.name == *trigger);
            let fires = start.is_some_and(|start| start.kind == TriggerKind::OnDemand);
            if !fires {
                return Err(PlanError::NoStart(pipeline.id.clone()));
            }
            Change::SetTriggerActivation { trigger: trigger.clone(), to: Activation::Activate }
        }
    })
}

/// To stop what runs of a pipeline: the workflow's run, or each job run and crawl of a chain or a lone job.
pub fn stop(pipeline: &Pipeline, _: &dyn Facts) -> Planned {
    let Some(run) = pipeline.last_run.as_ref().filter(|run| run.status.is_active()) else {
        return Err(PlanError::NotRunning(pipeline.id.clone()));
    };
    let runs = || std::iter::once(run).chain(&pipeline.other_active).flat_map(|run| run.steps.iter().flatten());
    let active = runs().filter(|step| step.last().is_some_and(|last| last.completed_on.is_none()));
    let steps: Vec<Target> = active.map(|step| step.target.clone()).collect();
    let (changes, last) = match &pipeline.id {
        PipelineId::Workflow(name) => (
            vec![Change::Stop { workflow: name.clone(), run: run.id.clone() }],
            "! A stopped run cannot be resumed, only started again from the beginning.",
        ),
        _ => (
            runs().filter_map(stopping).collect(),
            "! A stopped run does not go on: it is started again from its beginning.",
        ),
    };
    if changes.is_empty() {
        return Err(PlanError::NotRunning(pipeline.id.clone()));
    }
    let first = match pipeline.id {
        PipelineId::Alone(_) => "Stops what runs. Takes up to a minute.",
        _ => "Stops running steps; downstream steps will not start. Takes up to a minute.",
    };
    let notes =
        vec![first.to_owned(), "Data already written stays; nothing is rolled back.".to_owned(), last.to_owned()];
    let (title, figures) = (format!("Stop {}", pipeline.id), Figures::default());
    Ok(Plan { title, notes, steps, becomes: "will be stopped", verb: "Stop", changes, figures })
}

/// To stop one run of a job or a crawl, whatever started it.
pub fn stop_run(target: &Target, run: &Attempt, pipeline: Option<&Pipeline>) -> Planned {
    let step = StepRun { target: target.clone(), node_id: String::new(), attempts: vec![run.clone()] };
    let change = stopping(&step).ok_or_else(|| PlanError::RunEnded(target.clone()))?;
    let mut notes = vec!["Stops this run. Takes up to a minute.".to_owned()];
    notes.push("Data already written stays; nothing is rolled back.".to_owned());
    if let Some(workflow) = pipeline.and_then(|pipeline| pipeline.id.as_workflow()) {
        notes.push(format!("! If {workflow} has started it, what comes after it does not run."));
    }
    let (title, steps) = (format!("Stop {target}"), vec![target.clone()]);
    let figures = Figures::default();
    Ok(Plan { title, notes, steps, becomes: "will be stopped", verb: "Stop", changes: vec![change], figures })
}

/// To forget what a job has remembered of its sources.
pub fn reset_bookmark(job: &JobName, bookmark: &Bookmark) -> Plan {
    let run = bookmark.run.as_ref().map(|run| format!(", last written by {run}")).unwrap_or_default();
    Plan {
        title: format!("Reset bookmark of {job}"),
        notes: vec![
            format!("The bookmark (version {}{run}) is forgotten.", bookmark.version),
            "! The next run reads its sources from the beginning again: it takes longer and costs more, and rows that it \
             appends are there twice."
                .to_owned(),
            "! This cannot be undone. Nothing is started by it.".to_owned(),
        ],
        steps: vec![Target::Job(job.clone())],
        becomes: "reads everything again when it runs next",
        verb: "Reset",
        changes: vec![Change::ResetBookmark(job.clone())],
        figures: Figures::default(),
    }
}

/// The change that stops a step that runs outside of a workflow.
fn stopping(step: &StepRun) -> Option<Change> {
    let last = step.last().filter(|last| last.state.is_active())?;
    Some(match &step.target {
        Target::Job(job) => Change::StopJobRun { job: job.clone(), run: last.id.clone()? },
        Target::Crawler(crawler) => Change::StopCrawler(crawler.clone()),
    })
}

/// To switch what starts a pipeline: a trigger, or a crawler's own schedule, which is shown as one.
pub fn switch(pipeline: &Pipeline, trigger: &Trigger, to: Activation, facts: &dyn Facts) -> Planned {
    let mut plan = set_activation(trigger, to, facts)?;
    if let (PipelineId::Alone(Target::Crawler(crawler)), true) = (&pipeline.id, pipeline.is_own_schedule(trigger)) {
        plan.changes = vec![Change::SetCrawlerSchedule { crawler: crawler.clone(), to }];
        plan.title = format!("{} schedule of {crawler}", plan.verb);
    }
    Ok(plan)
}

/// To activate or deactivate a trigger.
pub fn set_activation(trigger: &Trigger, to: Activation, facts: &dyn Facts) -> Planned {
    let name = &trigger.name;
    let next = trigger.schedule.as_deref().and_then(|schedule| next_fire(schedule, facts.now()));
    let next = next.map(|at| format!("{}Z", at.format("%-d %b %H:%M")));
    let stays =
        |done: &'static str| PlanError::TriggerStays { trigger: name.clone(), kind: trigger.kind.clone(), done };
    let mut notes = match (to, &trigger.kind, next) {
        (Activation::Activate, TriggerKind::OnDemand, _) => {
            vec!["! It fires now: activating an ON_DEMAND trigger fires it.".into()]
        }
        (Activation::Activate, TriggerKind::Event, _) => return Err(stays("activated")),
        (Activation::Deactivate, TriggerKind::OnDemand | TriggerKind::Event, _) => return Err(stays("deactivated")),
        (Activation::Deactivate, _, Some(next)) => {
            vec![format!("It will not fire at {next} or later until it is activated again.")]
        }
        (Activation::Deactivate, _, None) => {
            vec!["It will not fire until it is activated again; downstream steps do not run.".into()]
        }
        (Activation::Activate, _, Some(next)) => vec![format!("It does not fire now; next at {next}.")],
        (Activation::Activate, _, None) => vec!["It fires when its condition is met.".to_owned()],
    };
    notes.push("Runs in progress are not affected.".to_owned());
    let verb = if to == Activation::Activate { "Activate" } else { "Deactivate" };
    let changes = vec![Change::SetTriggerActivation { trigger: name.clone(), to }];
    let (steps, figures) = (trigger.actions.clone(), Figures::default());
    Ok(Plan { title: format!("{verb} {name}"), notes, steps, becomes: "started by it", verb, changes, figures })
}

/// To activate or deactivate the schedule of a workflow.
pub fn set_schedule_activation(workflow: &Pipeline, to: Activation, facts: &dyn Facts) -> Planned {
    let start = workflow.triggers.iter().find(|trigger| trigger.kind == TriggerKind::Scheduled);
    let start = start.ok_or_else(|| PlanError::NoSchedule(workflow.id.clone()))?;
    match (start.can_fire(), to) {
        (true, Activation::Activate) => Err(PlanError::ScheduleActive(workflow.id.clone())),
        (false, Activation::Deactivate) => Err(PlanError::ScheduleOff(workflow.id.clone())),
        _ => switch(workflow, start, to, facts),
    }
}

/// What is done to the schedules of several workflows: they are deactivated if one of them is active.
pub fn other_way(workflows: &[&Pipeline]) -> Activation {
    let on = |workflow: &&&Pipeline| start_is_off(workflow).is_none();
    if workflows.iter().filter(on).count() > 0 { Activation::Deactivate } else { Activation::Activate }
}

/// To run one step by itself.
pub fn step_alone(target: &Target, workflow: Option<&Pipeline>, overrides: JobOverrides, facts: &dyn Facts) -> Planned {
    let change = match target {
        Target::Job(job) => Change::StartJob { job: job.clone(), overrides },
        Target::Crawler(crawler) => Change::StartCrawler(crawler.clone()),
    };
    let steps = vec![target.clone()];
    let mut notes = Vec::new();
    match workflow.map(|workflow| &workflow.id) {
        Some(PipelineId::Alone(_)) => {}
        Some(PipelineId::Chain(_)) => {
            notes.push("Runs only this step.".to_owned());
            notes.push("! Downstream steps will not start: triggers do not follow what is run by hand.".to_owned());
        }
        None => notes.push("! No pipeline here is known to have it; what it takes is not known.".to_owned()),
        Some(PipelineId::Workflow(_)) => {
            notes.push("Runs only this step, outside any workflow run.".to_owned());
            notes.push("! Downstream steps will not start. To continue from here, rerun the workflow.".to_owned());
        }
    }
    let size = workflow.and_then(|workflow| RunSize::of(&change, workflow, facts.history(&workflow.id)));
    let figures = workflow.map(|workflow| figures(workflow, &steps, size, facts)).unwrap_or_default();
    notes.extend(figures.sentence(0));
    notes.extend(size.and_then(RunSize::caveat));
    if let Some(workflow) = workflow {
        let runs = workflow.last_run.as_ref().and_then(|run| run.step(target)?.last());
        let alone = matches!(workflow.id, PipelineId::Alone(_));
        if alone {
            notes.extend(already_running(workflow));
        } else if runs.is_some_and(|attempt| attempt.state.is_active()) {
            notes.push("! It is already running in a workflow run; AWS rejects a concurrent run.".to_owned());
        }
        notes.extend(room(workflow, &steps, size, facts));
    }
    let (title, changes) = (format!("Run {}", target.name()), vec![change]);
    Ok(Plan { title, notes, steps, becomes: "will run", verb: "Run", changes, figures })
}

/// The workflow that a job or crawler is a step of, if it is known.
pub fn workflow_of<'f>(target: &Target, facts: &'f dyn Facts) -> Option<&'f Pipeline> {
    facts.pipelines().iter().find(|workflow| workflow.targets().contains(&target))
}

/// A job by its name.
pub fn job(name: &str) -> Target {
    Target::Job(JobName::new(name))
}

/// A crawler by its name.
pub fn crawler(name: &str) -> Target {
    Target::Crawler(CrawlerName::new(name))
}

fn everything(workflow: &Pipeline) -> Vec<Target> {
    workflow.targets().into_iter().cloned().collect()
}

fn runs_of(
    verb: &'static str,
    first: Vec<String>,
    runs: Vec<Target>,
    change: Change,
    workflow: &Pipeline,
    facts: &dyn Facts,
) -> Plan {
    let mut notes = first;
    let size = RunSize::of(&change, workflow, facts.history(&workflow.id));
    let figures = figures(workflow, &runs, size, facts);
    notes.extend(figures.sentence(0));
    notes.extend(size.and_then(RunSize::caveat));
    notes.extend(collisions(workflow, &runs, size, facts));
    let title = format!("{verb} {}", workflow.id);
    Plan { title, notes, steps: runs, becomes: "will run, in this order", verb, changes: vec![change], figures }
}

impl Figures {
    /// In words; `unknown` is the number of those of which nothing is known.
    pub fn sentence(&self, unknown: usize) -> Option<String> {
        let but = if unknown > 0 { format!(", excluding {unknown} without history") } else { String::new() };
        match (self.seconds, self.dpu_hours, self.cost) {
            (Some(seconds), Some(dpu_hours), Some(cost)) => {
                Some(format!("Usually {}, {dpu_hours:.1} DPU-hours, about ${cost:.2}.", duration(seconds)))
            }
            (None, Some(dpu_hours), Some(cost)) => {
                Some(format!("Usually {dpu_hours:.1} DPU-hours total, about ${cost:.2}{but}."))
            }
            (Some(seconds), Some(dpu_hours), None) => {
                Some(format!("Usually {}, {dpu_hours:.1} DPU-hours; price unknown.", duration(seconds)))
            }
            (Some(seconds), ..) => Some(format!("Usually {}; cost unknown.", duration(seconds))),
            _ => Some("Usual duration and cost unknown: no earlier successful run.".to_owned()),
        }
    }
}

/// How long the steps usually take, one after the other, and what they cost.
fn figures(workflow: &Pipeline, runs: &[Target], size: Option<RunSize>, facts: &dyn Facts) -> Figures {
    let Some(history) = facts.history(&workflow.id) else { return Figures::default() };
    let known: Vec<i64> = runs.iter().filter_map(|target| history.usual(target)).collect();
    if known.is_empty() {
        return Figures::default();
    }
    let each = runs.iter().filter_map(|target| {
        let attempts = history.past_runs.iter().rev().filter_map(|past| past.run.step(target)?.last());
        let attempt = attempts.into_iter().find(|attempt| attempt.dpu.is_some())?;
        let dpu = size.map_or(attempt.dpu, |size| size.dpu)?;
        let hours = dpu * history.usual(target)? as f64 / 3_600.0;
        let flex = size.map_or(attempt.flex, |size| size.flex);
        let price = facts.prices().a_dpu_hour(flex, attempt.glue_version.as_deref());
        Some((hours, price.map(|price| hours * price)))
    });
    let each: Vec<(f64, Option<f64>)> = each.collect();
    // A crawl's DPUs are not told.
    let dpu_hours = (!each.is_empty()).then(|| each.iter().map(|(hours, _)| hours).sum::<f64>());
    let cost = dpu_hours.and_then(|_| each.iter().map(|(_, cost)| *cost).sum());
    Figures { seconds: Some(known.iter().sum()), dpu_hours, cost }
}

/// What it may collide with.
fn collisions(workflow: &Pipeline, runs: &[Target], size: Option<RunSize>, facts: &dyn Facts) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(already_running(workflow));
    found.extend(room(workflow, runs, size, facts));
    let schedule = workflow.triggers.iter().find_map(|trigger| trigger.schedule.as_deref());
    match (start_is_off(workflow), schedule.and_then(|schedule| next_fire(schedule, facts.now()))) {
        (Some(state), _) => found.push(format!("Its schedule stays {state}.")),
        (None, Some(next)) => {
            let wait = (next - facts.now()).num_seconds();
            let usual = facts.history(&workflow.id).and_then(|history| history.usual_seconds);
            let mark = if usual.is_some_and(|usual| wait < usual) { "! " } else { "" };
            let at = next.format("%H:%M");
            found.push(format!("{mark}Next scheduled start {at}Z, in {}.", duration(wait)));
        }
        _ => {}
    }
    found
}

/// What runs of it already, and what AWS does with one more.
fn already_running(pipeline: &Pipeline) -> Option<String> {
    let last = pipeline.last_run.as_ref().filter(|run| run.status.is_active());
    let runs: Vec<&PipelineRun> = last.into_iter().chain(&pipeline.other_active).collect();
    let first = runs.first()?;
    let queues = pipeline.job.as_ref().is_some_and(|job| job.queuing);
    let then = match pipeline.max_concurrent_runs {
        Some(most) if usize::try_from(most).is_ok_and(|most| runs.len() >= most) => {
            let what = if queues { "it will wait for its turn" } else { "AWS will reject it" };
            format!("; max concurrent runs is {most}, so {what}")
        }
        _ => String::new(),
    };
    Some(match runs.len() {
        1 => format!("! A run is already {}{then}.", first.status.word()),
        count => format!("! {count} runs are already under way{then}."),
    })
}

/// Whether the account's DPU limit leaves room, as of now.
fn room(workflow: &Pipeline, runs: &[Target], size: Option<RunSize>, facts: &dyn Facts) -> Option<String> {
    if size.is_some_and(|size| size.flex) {
        return Some("Runs as FLEX: on spare capacity, not on the account's DPU limit.".to_owned());
    }
    let limit = facts.dpu_limit()?;
    let used = capacity::in_use_at(facts.pipelines(), facts.now());
    let at = facts.read_at().map(|at| format!(" as of {}Z", at.format("%H:%M:%S"))).unwrap_or_default();
    let history = facts.history(&workflow.id);
    let earlier = |target: &Target| {
        let runs = history.iter().flat_map(|history| history.past_runs.iter().rev().map(|past| &past.run));
        let mut runs = workflow.last_run.iter().chain(runs);
        runs.find_map(|run| run.step(target)?.last()?.dpu)
    };
    let largest = match size {
        Some(size) => size.dpu,
        None => runs.iter().filter_map(earlier).reduce(f64::max),
    };
    let but = match facts.unread_runs() {
        0 => String::new(),
        unread => format!(", without {} whose runs were not read", counted(unread, "job")),
    };
    let used_now = format!("{used} of {limit} DPUs are in use{at}{but}");
    Some(match largest {
        Some(largest) if used + largest > limit => {
            format!("! {used_now}; largest step needs {largest} DPU: it may exceed the limit.")
        }
        Some(largest) => format!("{used_now}; largest step needs {largest} DPU."),
        None => format!("{used_now}; what it needs is not known."),
    })
}
