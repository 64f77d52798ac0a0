//! The demand of a workflow: which DPUs its steps may hold at which seconds, from its last successful runs and from the jobs'
//! present definitions.

use crate::analysis::History;
use crate::domain::Dpu;
use crate::domain::{Job, JobKind, JobName, Pipeline, PipelineRun, StepState, Target, Time};
use gluedeck_planner::{Piece, Profile};
use std::collections::BTreeMap;

/// How demand is estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Of the earlier times, the one that this percentage stays below counts; for beginnings, above.
    pub percentile: f64,
    /// Times are stretched by this.
    pub margin: f64,
    /// What a crawl is counted with. Whether crawls count against the limit is not documented; probably not.
    pub crawler_dpu: Dpu,
}

impl Default for Estimate {
    fn default() -> Self {
        Self { percentile: 90.0, margin: 1.1, crawler_dpu: Dpu::ZERO }
    }
}

/// Seconds for which a stream is counted: longer than any plan reaches.
const ENDLESS: u32 = 24 * 3_600;
/// Seconds assumed for a step of which nothing is known.
const UNKNOWN: u32 = 600;

/// When a step may hold how much, in seconds from the workflow's start.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub target: Target,
    /// The earliest beginning and the latest end.
    pub from: u32,
    pub to: u32,
    /// As it usually goes.
    pub usual: (u32, u32),
    pub dpu: Dpu,
}

/// A workflow's demand.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    pub windows: Vec<Window>,
    pub profile: Profile,
    /// Where it rests on less than earlier successful runs, in words.
    pub notes: Vec<String>,
}

/// What is known of a workflow.
#[derive(Debug, Clone, Copy)]
pub struct PlannerInput<'k> {
    pub workflow: &'k Pipeline,
    pub history: Option<&'k History>,
    /// The jobs' present definitions; empty if they could not be read.
    pub jobs: &'k BTreeMap<JobName, Job>,
}

/// Seconds of a step in one run, from the run's start: beginning and end.
type Span = (u32, u32);

/// The demand of a workflow that is started from its beginning.
pub fn demand(known: PlannerInput<'_>, estimate: Estimate) -> Demand {
    let spans = spans(known);
    let mut notes = Vec::new();
    let mut windows: Vec<Window> = Vec::new();
    let mut unseen = Vec::new();
    // In chain order, so that what a step waits for has its window already.
    for target in known.workflow.targets() {
        let (dpu, note) = dpu_of(target, known, estimate);
        notes.extend(note);
        let seen = spans.get(target).map(Vec::as_slice).unwrap_or_default();
        let (from, to, usual) = match seen.is_empty() {
            false => observed(seen, estimate),
            true if waits_for_failure(known.workflow, target) => continue,
            true => {
                unseen.push(target.name());
                assumed(target, known.workflow, &windows)
            }
        };
        windows.push(Window { target: target.clone(), from, to, usual, dpu });
    }
    match (unseen.as_slice(), windows.len()) {
        ([], _) => {}
        (names, all) if names.len() == all => {
            notes.push(format!("no successful run yet: each step assumed to take {} min", UNKNOWN / 60));
        }
        (names, _) => {
            let names = names.join(", ");
            notes.push(format!("no successful run of {names}: assumed to take {} min", UNKNOWN / 60));
        }
    }
    let profile = profile(&windows, known.workflow);
    Demand { windows, profile, notes }
}

/// What a run that goes on may still hold, in seconds from `now`.
pub fn remaining(demand: &Demand, run: &PipelineRun, workflow: &Pipeline, now: Time) -> Profile {
    let since = |at: Time| (at - now).num_seconds().clamp(-10_000_000, 10_000_000);
    let window = |target: &Target| demand.windows.iter().find(|window| &window.target == target);
    let last = |target: &Target| run.step(target).and_then(|step| step.last());
    // Where the run stands: the step that began last, against the beginning that was forecast for it.
    let began = |w: &Window| Some((last(&w.target)?.started_on?, i64::from(w.from)));
    let newest = demand.windows.iter().filter_map(began).max_by_key(|(at, _)| *at);
    let Some((at, from)) = newest.or_else(|| Some((run.started_on?, 0))) else { return Profile::default() };
    let origin = since(at) - from;
    let mut windows = Vec::new();
    let own_steps = run.steps.iter().flatten().map(|step| &step.target);
    let mut targets: Vec<&Target> = demand.windows.iter().map(|window| &window.target).collect();
    targets.extend(own_steps.filter(|target| window(target).is_none()));
    for target in targets {
        let attempt = last(target);
        if attempt.is_some_and(|attempt| attempt.completed_on.is_some() || !attempt.state.is_active()) {
            continue;
        }
        let known = window(target);
        let dpu = attempt.and_then(|attempt| attempt.dpu).map(Dpu::of).or(known.map(|w| w.dpu)).unwrap_or_default();
        let (from, to) = match (attempt, known) {
            // A stream goes on until somebody stops it.
            (Some(_), _) if workflow.job.as_ref().is_some_and(JobKind::is_streaming) => (0, i64::from(ENDLESS)),
            // What runs longer than forecast is taken to run some time yet.
            (Some(_), Some(w)) => (0, (origin + i64::from(w.to)).max(60)),
            (Some(_), None) => (0, i64::from(UNKNOWN)),
            (None, Some(w)) => (origin + i64::from(w.from), origin + i64::from(w.to)),
            (None, None) => continue,
        };
        let (from, to) = (from.max(0) as u32, to.max(1) as u32);
        windows.push(Window { target: target.clone(), from, to: to.max(from + 1), usual: (from, to), dpu });
    }
    profile(&windows, workflow)
}

/// The spans of the steps' good attempts. A resumed run's times are not those of a whole run.
fn spans(known: PlannerInput<'_>) -> BTreeMap<&Target, Vec<Span>> {
    let mut spans: BTreeMap<&Target, Vec<Span>> = BTreeMap::new();
    let past_runs = known.history.map(|history| history.past_runs.as_slice()).unwrap_or_default();
    for past in past_runs.iter().filter(|past| past.run.previous.is_none()) {
        let Some(start) = past.run.started_on else { continue };
        let second = |at: Time| u32::try_from((at - start).num_seconds()).ok();
        for step in past.run.steps.iter().flatten() {
            // With retries, the window reaches from the first attempt to the last one's end.
            let Some(last) = step.last().filter(|attempt| attempt.state == StepState::Succeeded) else { continue };
            let first = step.attempts.iter().filter_map(|attempt| attempt.started_on).min();
            let span = first.and_then(second).zip(last.completed_on.and_then(second));
            spans.entry(&step.target).or_default().extend(span.filter(|(from, to)| from < to));
        }
    }
    spans
}

fn observed(spans: &[Span], estimate: Estimate) -> (u32, u32, Span) {
    let sorted = |part: fn(&Span) -> u32| {
        let mut values: Vec<u32> = spans.iter().map(part).collect();
        values.sort_unstable();
        values
    };
    let (begins, ends) = (sorted(|span| span.0), sorted(|span| span.1));
    let rank = |percent: f64| ((percent / 100.0 * spans.len() as f64).ceil() as usize).clamp(1, spans.len()) - 1;
    let (low, high) = (spans.len() - 1 - rank(estimate.percentile), rank(estimate.percentile));
    let margin = estimate.margin.max(1.0);
    let from = (f64::from(begins[low]) / margin).floor() as u32;
    let to = (f64::from(ends[high]) * margin).ceil() as u32;
    (from, to.max(from + 1), (begins[spans.len() / 2], ends[spans.len() / 2]))
}

/// After everything that it waits for, for as long as is assumed of what is not known.
fn assumed(target: &Target, workflow: &Pipeline, before: &[Window]) -> (u32, u32, Span) {
    let starting = workflow.triggers.iter().filter(|trigger| trigger.actions.contains(target));
    let conditions = starting.filter_map(|trigger| trigger.predicate.as_ref()).flat_map(|p| &p.conditions);
    let mut from = 0;
    let mut begin = 0;
    for window in conditions.filter_map(|c| before.iter().find(|window| window.target == c.target)) {
        begin = begin.max(window.usual.1);
        from = from.max(window.usual.1);
    }
    (from, from + UNKNOWN, (begin, begin + UNKNOWN))
}

/// Whether only a failure starts the step: in a successful run it holds nothing.
fn waits_for_failure(workflow: &Pipeline, target: &Target) -> bool {
    let mut starting = workflow.triggers.iter().filter(|trigger| trigger.actions.contains(target)).peekable();
    starting.peek().is_some()
        && starting.all(|trigger| {
            trigger.predicate.as_ref().is_some_and(|p| p.conditions.iter().any(|c| c.state != "SUCCEEDED"))
        })
}

/// What a step holds: by the job's present definition, else by its last run.
fn dpu_of(target: &Target, known: PlannerInput<'_>, estimate: Estimate) -> (Dpu, Option<String>) {
    let Target::Job(name) = target else { return (estimate.crawler_dpu, None) };
    if let Some(job) = known.jobs.get(name) {
        // FLEX runs draw on a quota of their own.
        if job.flex {
            return (Dpu::ZERO, None);
        }
        if let Some(dpu) = job.dpu {
            return (dpu, None);
        }
    }
    let earlier = known.history.iter().flat_map(|history| history.past_runs.iter().rev().map(|past| &past.run));
    let mut runs = known.workflow.last_run.iter().chain(earlier);
    match runs.find_map(|run| run.step(target)?.last()?.dpu) {
        // Where no definition is known, the plan says so once.
        Some(dpu) if known.jobs.is_empty() => (Dpu::of(dpu), None),
        Some(dpu) => (Dpu::of(dpu), Some(format!("{name}: job definition unknown, DPUs of its last run used"))),
        None => (Dpu::of(10.0), Some(format!("{name}: DPUs unknown, 10 assumed"))),
    }
}

/// The most that can be held at each second: the largest sum of steps that may run side by side.
fn profile(windows: &[Window], workflow: &Pipeline) -> Profile {
    let length = windows.iter().map(|window| window.to).max().unwrap_or(0);
    let mut bounds: Vec<u32> = windows.iter().flat_map(|window| [window.from, window.to]).collect();
    bounds.sort_unstable();
    bounds.dedup();
    let behind = Dependencies::of(workflow, windows);
    let mut pieces: Vec<Piece> = Vec::new();
    for pair in bounds.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let active: Vec<usize> = (0..windows.len())
            .filter(|n| windows[*n].from <= from && windows[*n].to >= to && windows[*n].dpu > Dpu::ZERO)
            .collect();
        let dpu = most_at_once(&active, windows, &behind);
        match pieces.last_mut() {
            Some(last) if last.dpu == dpu && last.to == from => last.to = to,
            _ if dpu > Dpu::ZERO => pieces.push(Piece { from, to, dpu }),
            _ => {}
        }
    }
    Profile { pieces, length }
}

/// Beyond this many steps that may run at once, all of them are summed up.
const EXACT: usize = 12;

/// The largest sum of DPUs of steps of which none waits for another.
fn most_at_once(active: &[usize], windows: &[Window], behind: &Dependencies) -> Dpu {
    fn best(left: &[usize], chosen: &mut Vec<usize>, windows: &[Window], behind: &Dependencies) -> Dpu {
        let Some((&first, rest)) = left.split_first() else { return Dpu::ZERO };
        let without = best(rest, chosen, windows, behind);
        if chosen.iter().any(|other| behind.either(*other, first)) {
            return without;
        }
        chosen.push(first);
        let with = windows[first].dpu + best(rest, chosen, windows, behind);
        chosen.pop();
        without.max(with)
    }
    if active.len() > EXACT {
        return active.iter().map(|n| windows[*n].dpu).sum();
    }
    best(active, &mut Vec::new(), windows, behind)
}

/// Which steps wait, directly or not, for which.
struct Dependencies(Vec<Vec<bool>>);

impl Dependencies {
    fn of(workflow: &Pipeline, windows: &[Window]) -> Self {
        let index: BTreeMap<&Target, usize> = windows.iter().enumerate().map(|(n, w)| (&w.target, n)).collect();
        let mut waits = vec![vec![false; windows.len()]; windows.len()];
        for trigger in &workflow.triggers {
            for condition in trigger.predicate.iter().flat_map(|predicate| &predicate.conditions) {
                let Some(before) = index.get(&condition.target) else { continue };
                for after in trigger.actions.iter().filter_map(|action| index.get(action)) {
                    waits[*after][*before] = true;
                }
            }
        }
        // A trigger of several conditions with ANY does not order its actions behind all of them.
        for trigger in &workflow.triggers {
            let any = trigger.predicate.as_ref().is_some_and(|p| p.logical == crate::domain::Logical::Any);
            let several = trigger.predicate.as_ref().is_some_and(|p| p.conditions.len() > 1);
            if any && several {
                for after in trigger.actions.iter().filter_map(|action| index.get(action)) {
                    waits[*after].fill(false);
                }
            }
        }
        for middle in 0..windows.len() {
            let before = waits[middle].clone();
            for after in waits.iter_mut().filter(|after| after[middle]) {
                after.iter_mut().zip(&before).for_each(|(waits, further)| *waits |= further);
            }
        }
        Self(waits)
    }

    fn either(&self, one: usize, other: usize) -> bool {
        self.0[one][other] || self.0[other][one]
    }
}
