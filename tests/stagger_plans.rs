//! Whole plans, from workflows and their history: demand, constraints, and everything that cannot be planned.

use chrono::NaiveTime;
use gluedeck_core::analysis::History;
use gluedeck_core::analysis::stagger::live::{Rollout, State, admissible};
use gluedeck_core::analysis::stagger::{
    Estimate, Mode, Plan, PlannerInput, PlannerOptions, StaggerError, StartConstraints, demand, plan,
};
use gluedeck_core::domain::{
    AccountScope, Attempt, Condition, Dpu, Fault, FaultKind, Job, JobName, Logical, Pipeline, PipelineId, PipelineRun,
    Predicate, RunId, RunStatus, StepRun, StepState, Target, Time, Trigger, TriggerKind, TriggerName, TriggerState,
};
use std::collections::BTreeMap;

const SMALL_EFFORT: u64 = 200_000;

fn at(text: &str) -> Time {
    format!("2026-11-22T{text}Z").parse().expect("a time")
}

fn job(workflow: &str, step: usize) -> Target {
    Target::Job(JobName::new(format!("{workflow} {step}")))
}

/// A chain of jobs that a schedule starts.
fn chain(name: &str, steps: usize, schedule: &str) -> Pipeline {
    let trigger = |n: usize| Trigger {
        name: TriggerName::new(format!("{name} trigger {n}")),
        kind: if n == 0 { TriggerKind::Scheduled } else { TriggerKind::Conditional },
        state: TriggerState::Activated,
        schedule: (n == 0).then(|| schedule.to_owned()),
        predicate: (n > 0).then(|| Predicate {
            logical: Logical::Any,
            conditions: vec![Condition { target: job(name, n - 1), state: "SUCCEEDED".into() }],
        }),
        actions: vec![job(name, n)],
    };
    Pipeline {
        id: PipelineId::workflow(name),
        triggers: (0..steps).map(trigger).collect(),
        max_concurrent_runs: Some(1),
        known: true,
        ..Pipeline::default()
    }
}

/// A run whose steps take so many seconds and DPUs, one after the other.
fn successful_run(name: &str, number: usize, start: Time, steps: &[(i64, f64)]) -> PipelineRun {
    let mut second = start;
    let steps = steps.iter().enumerate().map(|(n, (seconds, dpu))| {
        let end = second + chrono::TimeDelta::seconds(*seconds);
        let attempt = Attempt {
            state: StepState::Succeeded,
            started_on: Some(second),
            completed_on: Some(end),
            dpu: Some(*dpu),
            ..Attempt::default()
        };
        second = end;
        StepRun { target: job(name, n), node_id: String::new(), attempts: vec![attempt] }
    });
    let steps: Vec<StepRun> = steps.collect();
    PipelineRun {
        id: RunId::new(format!("wr_{name}_{number}")),
        previous: None,
        status: RunStatus::Completed,
        error: None,
        started_on: Some(start),
        completed_on: Some(second),
        statistics: None,
        steps: Some(steps),
    }
}

fn history(name: &str, steps: &[(i64, f64)]) -> History {
    let runs = (0..5).map(|n| successful_run(name, n, at("03:00:00") - chrono::TimeDelta::days(n as i64), steps));
    History::of(None, runs.collect())
}

struct World {
    workflows: Vec<Pipeline>,
    histories: BTreeMap<PipelineId, History>,
    jobs: BTreeMap<JobName, Job>,
}

impl World {
    /// Workflows of one job each that holds so many DPUs for so many seconds.
    fn of(each: &[(&str, i64, f64)]) -> Self {
        let workflows = each.iter().map(|(name, ..)| chain(name, 1, "cron(0 3 * * ? *)")).collect();
        let histories =
            each.iter().map(|(name, seconds, dpu)| (PipelineId::workflow(*name), history(name, &[(*seconds, *dpu)])));
        Self { workflows, histories: histories.collect(), jobs: BTreeMap::new() }
    }

    fn known(&self) -> Vec<PlannerInput<'_>> {
        let known = |workflow: &'_ Pipeline| self.histories.get(&workflow.id);
        self.workflows.iter().map(|w| PlannerInput { workflow: w, history: known(w), jobs: &self.jobs }).collect()
    }

    fn plan(&self, limit: f64, planner_options: &PlannerOptions) -> Result<Plan, StaggerError> {
        let names: Vec<PipelineId> = self.workflows.iter().map(|workflow| workflow.id.clone()).collect();
        plan(&self.known(), &names, Dpu::of(limit), at("02:00:00"), planner_options, SMALL_EFFORT)
    }
}

fn planner_options(mode: Mode) -> PlannerOptions {
    let estimate = Estimate { margin: 1.0, ..Estimate::default() };
    PlannerOptions { mode, estimate, done_by: None, each: BTreeMap::new() }
}

#[test]
fn two_that_do_not_fit_together_follow_each_other_and_say_why() {
    let world = World::of(&[("a", 600, 6.0), ("b", 500, 6.0)]);
    let live = world.plan(10.0, &planner_options(Mode::Now)).expect("a plan");
    assert_eq!((live.makespan, live.lower_bound, live.peak), (1_100, 660, Dpu::of(6.0)));
    assert_eq!(live.unstaggered.over_limit.len(), 1);
    let second = &live.starts[1];
    assert!(second.why.starts_with("waits for 6 DPUs: at ") && second.why.ends_with("holds 6 of 10"), "{}", second.why);
    let nightly = world.plan(10.0, &planner_options(Mode::Schedule(None))).expect("a plan");
    let crons: Vec<_> = nightly.starts.iter().filter_map(|placed| placed.change.as_ref()).map(|c| &c.to).collect();
    assert_eq!(crons, ["cron(0 3 * * ? *)", "cron(10 3 * * ? *)"]);
    assert_eq!(nightly.origin, at("03:00:00"));
    let from = NaiveTime::from_hms_opt(4, 30, 0);
    let later = world.plan(10.0, &planner_options(Mode::Schedule(from))).expect("a plan");
    assert!(later.starts.iter().all(|placed| placed.change.as_ref().is_some_and(|change| change.to.contains(" 4 "))));
}

#[test]
fn constraints_are_kept() {
    let world = World::of(&[("a", 600, 6.0), ("b", 600, 6.0), ("c", 600, 6.0)]);
    let mut wanted = planner_options(Mode::Schedule(None));
    let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0);
    wanted.each.insert(PipelineId::workflow("a"), StartConstraints { priority: 2, ..StartConstraints::default() });
    wanted
        .each
        .insert(PipelineId::workflow("b"), StartConstraints { not_before: time(3, 30), ..StartConstraints::default() });
    wanted
        .each
        .insert(PipelineId::workflow("c"), StartConstraints { done_by: time(3, 5), ..StartConstraints::default() });
    let plan = world.plan(10.0, &wanted).expect("a plan");
    let start = |name: &str| plan.starts.iter().find(|p| p.workflow.as_str() == name).map(|p| (p.start, p.late));
    assert_eq!(start("c"), Some((0, 300)), "too late by five minutes, and said so");
    assert_eq!(start("b").map(|s| s.0), Some(1_800));
    assert_eq!(start("a").map(|s| s.0), Some(600));
    wanted.each.insert(PipelineId::workflow("a"), StartConstraints { fixed: Some(0), ..StartConstraints::default() });
    wanted.each.insert(PipelineId::workflow("c"), StartConstraints { fixed: Some(0), ..StartConstraints::default() });
    let collides = world.plan(10.0, &wanted).expect("a plan");
    assert!(!collides.is_within_limit(), "what is set by hand may collide, and the plan says so");
}

#[test]
fn what_cannot_be_planned_is_said() {
    let nothing = plan(&[], &[], Dpu::of(10.0), at("02:00:00"), &planner_options(Mode::Now), SMALL_EFFORT);
    assert!(nothing.is_err_and(|why| why == StaggerError::NothingMissed));
    let world = World::of(&[("large", 600, 20.0), ("small", 600, 2.0)]);
    let plan = world.plan(10.0, &planner_options(Mode::Now)).expect("a plan of the other");
    assert_eq!(plan.starts.len(), 1);
    let (name, why) = &plan.left_out[0];
    assert!(name.as_str() == "large" && why.to_string().contains("peaks at 20 DPUs"), "{why}");
    let mut odd = World::of(&[("odd", 600, 2.0), ("even", 600, 2.0), ("off", 600, 2.0), ("hand", 600, 2.0)]);
    odd.workflows[0].triggers[0].schedule = Some("cron(0/15 3 * * ? *)".into());
    odd.workflows[2].triggers[0].state = TriggerState::Deactivated;
    odd.workflows[3].triggers[0].kind = TriggerKind::OnDemand;
    let plan = odd.plan(10.0, &planner_options(Mode::Schedule(None))).expect("a plan of the one that is left");
    assert_eq!(plan.starts.len(), 1);
    let why = |name: &str| plan.left_out.iter().find(|(n, _)| n.as_str() == name).map(|(_, why)| why.to_string());
    assert!(why("odd").is_some_and(|why| why.contains("not changed")));
    assert!(why("off").is_some_and(|why| why.contains("DEACTIVATED")));
    assert!(why("hand").is_some_and(|why| why.contains("no schedule trigger")));
    assert!(
        plan.notes.iter().any(|note| note.contains("odd starts meanwhile by its own schedule")),
        "{:?}",
        plan.notes
    );
    assert!(plan.notes.iter().any(|note| note.contains("definitions unknown")), "{:?}", plan.notes);
}

#[test]
fn without_history_it_is_assumed_and_said() {
    let mut world = World::of(&[("new", 600, 2.0)]);
    world.histories.clear();
    let plan = world.plan(100.0, &planner_options(Mode::Now)).expect("a plan");
    assert!(plan.notes.iter().any(|note| note.contains("no successful run")), "{:?}", plan.notes);
    assert_eq!(plan.starts[0].demand.profile.peak(), Dpu::of(10.0));
    // What the job is defined with now counts more than what it had.
    world.jobs.insert(JobName::new("new 0"), Job { dpu: Some(Dpu::of(4.0)), flex: false, queuing: false });
    assert_eq!(world.plan(100.0, &planner_options(Mode::Now)).expect("a plan").peak, Dpu::of(4.0));
    world.jobs.insert(JobName::new("new 0"), Job { dpu: Some(Dpu::of(4.0)), flex: true, queuing: false });
    assert_eq!(
        world.plan(100.0, &planner_options(Mode::Now)).expect("a plan").peak,
        Dpu::ZERO,
        "FLEX has a quota of its own"
    );
}

/// A chain holds one step's DPUs at a time, whatever its windows; steps that run side by side are added up.
#[test]
fn windows_of_a_chain_do_not_add_up_and_those_of_a_fan_do() {
    let mut workflow = chain("w", 3, "cron(0 3 * * ? *)");
    let runs: Vec<PipelineRun> = [(90, 60), (100, 50), (110, 80)]
        .iter()
        .enumerate()
        .map(|(n, (a, b))| successful_run("w", n, at("03:00:00"), &[(*a, 5.0), (*b, 3.0), (40, 2.0)]))
        .collect();
    let history = History::of(None, runs);
    let jobs = BTreeMap::new();
    let estimate = Estimate { percentile: 100.0, margin: 1.2, crawler_dpu: Dpu::ZERO };
    let of =
        |workflow: &Pipeline| demand::demand(PlannerInput { workflow, history: Some(&history), jobs: &jobs }, estimate);
    let found = of(&workflow);
    assert_eq!(found.profile.peak(), Dpu::of(5.0));
    assert_eq!(
        (found.windows[0].to, found.windows[1].from),
        (132, 75),
        "110 stretched, 90 shrunk: the windows overlap"
    );
    assert_eq!(found.profile.length, 276, "230 stretched");
    for trigger in &mut workflow.triggers[1..] {
        trigger.kind = TriggerKind::Scheduled;
        trigger.predicate = None;
    }
    assert_eq!(of(&workflow).profile.peak(), Dpu::of(10.0), "nothing waits for anything");
}

/// Live: who may start is decided by what really runs; nobody is overtaken by what would delay him.
#[test]
fn admission_keeps_the_order_and_watches_what_runs() {
    let mut world = World::of(&[("a", 600, 6.0), ("b", 600, 8.0), ("c", 300, 3.0)]);
    let plan = world.plan(10.0, &planner_options(Mode::Now)).expect("a plan");
    let mut rollout = Rollout::of(&plan, "stagger-1".into(), AccountScope::default(), true);
    rollout.items.sort_by(|a, b| a.workflow.cmp(&b.workflow));
    let admit = |rollout: &Rollout, world: &World, now: Time| {
        let names = admissible(rollout, &world.known(), Dpu::of(10.0), now, planner_options(Mode::Now).estimate);
        names.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(admit(&rollout, &world, at("02:00:00")), ["a", "c"], "c fits beside a and ends before b can begin");
    for change in rollout.starts(&[PipelineId::workflow("a"), PipelineId::workflow("c")]) {
        assert!(rollout.sending(&change));
    }
    assert_eq!(admit(&rollout, &world, at("02:00:01")), Vec::<String>::new(), "sent, and counted though not yet seen");
    // a runs; c was refused.
    let mut run = successful_run("a", 9, at("02:00:00"), &[(600, 6.0)]);
    let step = &mut run.steps.as_mut().expect("steps")[0].attempts[0];
    (step.state, step.completed_on) = (StepState::Running, None);
    (run.status, run.completed_on) = (RunStatus::Running, None);
    world.workflows[0].last_run = Some(run.clone());
    let changes: Vec<_> = rollout.items.iter().filter_map(|item| item.change()).collect();
    rollout.settle(&changes[0], Ok(Some("wr_a_9".into())));
    rollout.settle(&changes[2], Err(&Fault::new(FaultKind::Refused, "StartWorkflowRun", "no")));
    assert_eq!((rollout.count(State::Refused), rollout.halted.is_some()), (1, true));
    rollout.continue_rollout();
    assert_eq!(admit(&rollout, &world, at("02:05:00")), ["c"], "three hundred seconds are left beside a");
    assert_eq!(admit(&rollout, &world, at("02:08:00")), Vec::<String>::new(), "c would now keep b waiting");
    rollout.paused = true;
    assert_eq!(admit(&rollout, &world, at("02:05:00")), Vec::<String>::new());
    rollout.paused = false;
    let failed = run.steps.as_mut().expect("steps");
    (failed[0].attempts[0].state, run.status) = (StepState::Failed, RunStatus::Completed);
    world.workflows[0].last_run = Some(run);
    rollout.watch(&world.known());
    assert!(rollout.halted.as_deref().is_some_and(|why| why.contains("a failed")));
}
