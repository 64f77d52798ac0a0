//! Staggering: starts that keep the forecast of DPUs under the account's limit at every second and end as early as
//! possible; why each start is where it is; and what the night would be without.

pub mod demand;
pub mod driver;
mod error;
mod explain;
pub mod live;
mod missed;
mod model;
pub use gluedeck_planner::search;

mod unstaggered;

pub use demand::{Demand, Estimate, PlannerInput};
pub use error::{NotPlanned, StaggerError};
pub use gluedeck_planner::EFFORT;
pub use gluedeck_planner::{Piece, Profile, Timeline};
pub use missed::{failed_for_capacity, is_missed};
pub use model::{Mode, Plan, PlannedStart, PlannerOptions, Rescheduled, StartConstraints, Unstaggered};

use self::explain::Explain;
use self::model::{LeftOut, Start};
use super::reason::duration;
use crate::analysis::rerun;
use crate::analysis::words::counted;
use crate::domain::Dpu;
use crate::domain::schedule;
use crate::domain::{Pipeline, PipelineId, Time, Trigger, TriggerKind};
use chrono::{NaiveTime, TimeDelta, Timelike};
use gluedeck_planner::search::{Problem, Task};

/// Glue's schedules have a precision of five minutes (AWS Glue, "Time-based schedules for jobs and crawlers").
pub const SCHEDULE_GRID: u32 = 300;
/// How far ahead the schedules of other workflows are looked at, at the most.
const HORIZON: u32 = 12 * 3_600;

/// Plans the starts of `selected`. `all` are all workflows that are known, those included.
///
/// # Errors
/// If there is nothing that could be planned.
pub fn plan(
    all: &[PlannerInput<'_>],
    selected: &[PipelineId],
    limit: Dpu,
    now: Time,
    planner_options: &PlannerOptions,
    effort: u64,
) -> Result<Plan, StaggerError> {
    if selected.is_empty() {
        return Err(match planner_options.mode {
            Mode::Now => StaggerError::NothingMissed,
            Mode::Schedule(_) => StaggerError::NothingSelected,
        });
    }
    let (candidates, mut left_out) = candidates(all, selected, planner_options.mode);
    let origin = origin(&candidates, planner_options.mode, now);
    let grid = if planner_options.mode == Mode::Now { 1 } else { SCHEDULE_GRID };
    let mut planned = with_demand(candidates, limit, planner_options.estimate, &mut left_out);
    if planner_options.mode == Mode::Now {
        planned.iter_mut().for_each(|(known, _, demand)| drop(demand.notes.splice(..0, fix_first(known, now))));
    }
    if planned.is_empty() {
        return Err(StaggerError::NothingToPlan(left_out));
    }
    let names: Vec<&PipelineId> = planned.iter().map(|(known, ..)| &known.workflow.id).collect();
    let tasks: Vec<Task> =
        planned.iter().map(|(known, _, demand)| task(&known.workflow.id, demand, origin, planner_options)).collect();
    // As far as the plan may reach beside runs that go on: one after the other is longer than any plan.
    let reach: u32 = tasks.iter().map(|task| task.not_before.max(task.fixed.unwrap_or(0)) + task.profile.length).sum();
    let (base, mut notes) = base(all, &names, (origin, now), reach.min(HORIZON), planner_options.estimate);
    notes.extend(caveats(all, base.peak(), limit, planner_options));
    let problem = Problem { tasks, limit, grid, base };
    let starts = search::search(&problem, effort);
    let mut after = problem.base.clone();
    for (task, start) in problem.tasks.iter().zip(&starts) {
        after.add(&task.profile, *start);
    }
    let unstaggered = unstaggered::simulate(&planned, limit, origin, &problem.base, planner_options.mode);
    let explain = Explain { problem: &problem, starts: &starts, names: &names, after: &after, origin };
    for (known, _, demand) in &planned {
        notes.extend(demand.notes.iter().map(|note| format!("{}: {note}", known.workflow.short_name())));
    }
    let mut placed = explain.placed(&planned, &mut left_out);
    placed.sort_by_key(|placed| (placed.start, placed.workflow.clone()));
    Ok(Plan {
        mode: planner_options.mode,
        limit,
        origin,
        grid,
        peak: peak_of_plan(&problem, &starts, &after),
        makespan: placed.iter().map(PlannedStart::end).max().unwrap_or(0),
        lower_bound: search::lower_bound(&problem),
        starts: placed,
        left_out,
        after,
        unstaggered,
        notes,
    })
}

/// What has to be done before a workflow is started again, as its failure needs it: a start alone would fail like the last.
fn fix_first(known: &PlannerInput<'_>, now: Time) -> Option<String> {
    let failed = rerun::failed_steps(known.workflow, &|_| None);
    let first = rerun::advise(known.workflow, &failed, known.history, now).first.filter(|_| !failed.is_empty())?;
    Some(format!("first {first}, or it fails again"))
}

/// What the plan cannot do anything about.
fn caveats(all: &[PlannerInput<'_>], beside: Dpu, limit: Dpu, planner_options: &PlannerOptions) -> Vec<String> {
    let mut notes = Vec::new();
    if beside > limit {
        notes.push(format!("workflows outside the plan already need {beside} of {limit} DPUs: stagger all of them"));
    }
    let unknown = planner_options.each.keys().filter(|name| !all.iter().any(|known| &known.workflow.id == *name));
    notes.extend(unknown.map(|name| format!("the configuration names {name}, which does not exist")));
    if all.iter().all(|known| known.jobs.is_empty()) {
        notes.push("job definitions unknown: DPUs are those of the last runs".to_owned());
    }
    notes
}

/// The most that is held at a time while a planned workflow holds something: what others do alone is not the plan's.
fn peak_of_plan(problem: &Problem, starts: &[u32], after: &Timeline) -> Dpu {
    let pieces =
        problem.tasks.iter().zip(starts).flat_map(|(task, start)| {
            task.profile.pieces.iter().map(move |piece| (start + piece.from, start + piece.to))
        });
    let highest = |(from, to): (u32, u32)| {
        let inside = after.steps().iter().filter(|(at, _)| from < *at && *at < to).map(|(_, dpu)| *dpu);
        inside.chain([after.at(from)]).max().unwrap_or_default()
    };
    pieces.map(highest).max().unwrap_or_default()
}

/// The chosen workflows that can be planned at all.
fn candidates<'a, 'k>(
    all: &'a [PlannerInput<'k>],
    selected: &[PipelineId],
    mode: Mode,
) -> (Vec<(&'a PlannerInput<'k>, Option<Start>)>, LeftOut) {
    let (mut candidates, mut left_out) = (Vec::new(), LeftOut::new());
    for name in selected {
        let known = all.iter().find(|known| &known.workflow.id == name);
        let found = known.ok_or(NotPlanned::NotFound);
        match found.and_then(|known| Ok((known, candidate(known.workflow, mode)?))) {
            Ok(found) => candidates.push(found),
            Err(why) => left_out.push((name.clone(), why)),
        }
    }
    (candidates, left_out)
}

/// The candidates with their demand. One that alone is over the limit cannot be planned.
fn with_demand<'a, 'k>(
    candidates: Vec<(&'a PlannerInput<'k>, Option<Start>)>,
    limit: Dpu,
    estimate: Estimate,
    left_out: &mut LeftOut,
) -> Vec<(&'a PlannerInput<'k>, Option<Start>, Demand)> {
    let mut planned = Vec::new();
    for (known, start) in candidates {
        let demand = demand::demand(*known, estimate);
        let peak = demand.profile.peak();
        if peak > limit {
            left_out.push((known.workflow.id.clone(), NotPlanned::OverLimit { peak, limit }));
        } else {
            planned.push((known, start, demand));
        }
    }
    planned
}

/// Whether a pipeline is started by a trigger with a schedule, which a plan may rewrite. A crawler's own schedule is none.
pub fn starts_by_trigger(pipeline: &Pipeline) -> bool {
    pipeline.triggers.iter().any(|trigger| trigger.schedule.is_some() && !pipeline.is_own_schedule(trigger))
}

/// What a plan is about where nothing is named. Started now: the workflows that tonight has missed. Of schedules: the
/// workflows that have one; in an account without such workflows, everything that has one.
pub fn default_selection(pipelines: &[Pipeline], mode: Mode, now: Time) -> Vec<PipelineId> {
    let ids = |wanted: &dyn Fn(&Pipeline) -> bool| -> Vec<PipelineId> {
        pipelines.iter().filter(|pipeline| wanted(pipeline)).map(|pipeline| pipeline.id.clone()).collect()
    };
    let is_workflow = |pipeline: &Pipeline| pipeline.id.as_workflow().is_some();
    match mode {
        Mode::Now => ids(&|pipeline| is_workflow(pipeline) && is_missed(pipeline, now)),
        Mode::Schedule(_) => {
            let workflows = ids(&|pipeline| is_workflow(pipeline) && starts_by_trigger(pipeline));
            if workflows.is_empty() { ids(&starts_by_trigger) } else { workflows }
        }
    }
}

/// What so many of these are called: `2 workflows`, or `2 pipelines` if not all of them are workflows.
pub fn counted_pipelines<'a>(ids: impl IntoIterator<Item = &'a PipelineId>) -> String {
    let ids: Vec<&PipelineId> = ids.into_iter().collect();
    let workflows = ids.iter().all(|id| id.as_workflow().is_some());
    counted(ids.len(), if workflows { "workflow" } else { "pipeline" })
}

/// Whether a workflow can be in a plan, and by what it is started.
fn candidate(workflow: &Pipeline, mode: Mode) -> Result<Option<Start>, NotPlanned> {
    if workflow.targets().is_empty() {
        return Err(NotPlanned::NoSteps);
    }
    if mode == Mode::Now {
        if workflow.id.as_workflow().is_none() {
            return Err(NotPlanned::NotAWorkflow);
        }
        return match workflow.last_run.as_ref().is_some_and(|run| run.status.is_active()) {
            true => Err(NotPlanned::Running),
            false => Ok(None),
        };
    }
    let starts: Vec<_> = workflow.triggers.iter().filter(|trigger| trigger.is_start()).collect();
    let of_trigger = |trigger: &&&Trigger| trigger.kind == TriggerKind::Scheduled && !workflow.is_own_schedule(trigger);
    let Some(trigger) = starts.iter().find(of_trigger) else {
        return Err(NotPlanned::NoSchedule);
    };
    if !trigger.can_fire() {
        return Err(NotPlanned::ScheduleOff(trigger.state.clone()));
    }
    let schedule = trigger.schedule.clone().unwrap_or_default();
    match schedule::time_of_day(&schedule) {
        Some(time) => Ok(Some(Start { trigger: trigger.name.clone(), schedule, time })),
        None => Err(NotPlanned::NoTimeOfDay(schedule)),
    }
}

/// Second 0: now, or the next time at which the first schedule is to fire.
fn origin(candidates: &[(&PlannerInput<'_>, Option<Start>)], mode: Mode, now: Time) -> Time {
    let Mode::Schedule(from) = mode else { return now.with_nanosecond(0).unwrap_or(now) };
    let earliest = candidates.iter().filter_map(|(_, start)| Some(start.as_ref()?.time)).min();
    let time = from.or(earliest).unwrap_or_default();
    let today = now.date_naive().and_time(time).and_utc();
    if today > now { today } else { today + TimeDelta::days(1) }
}

fn task(name: &PipelineId, demand: &Demand, origin: Time, planner_options: &PlannerOptions) -> Task {
    let constraints = planner_options.each.get(name).cloned().unwrap_or_default();
    let second = |time: NaiveTime| {
        let seconds = (time - origin.time()).num_seconds();
        seconds.rem_euclid(86_400) as u32
    };
    Task {
        profile: demand.profile.clone(),
        not_before: constraints.not_before.map_or(0, second),
        done_by: constraints.done_by.or(planner_options.done_by).map(second),
        class: constraints.priority,
        fixed: constraints.fixed,
    }
}

/// What is held beside the plan: runs that go on, and other workflows whose schedule fires meanwhile.
fn base(
    all: &[PlannerInput<'_>],
    planned: &[&PipelineId],
    (origin, now): (Time, Time),
    reach: u32,
    estimate: Estimate,
) -> (Timeline, Vec<String>) {
    let (mut base, mut notes) = (Timeline::default(), Vec::new());
    let before = (origin - now).num_seconds().max(0);
    for known in all {
        let workflow = known.workflow;
        let mut demand = None;
        let mut demand = || demand.get_or_insert_with(|| demand::demand(*known, estimate)).clone();
        if let Some(run) = workflow.last_run.as_ref().filter(|run| run.status.is_active()) {
            let rest = demand::remaining(&demand(), run, workflow, now);
            if let Some(rest) = later(&rest, before) {
                base.add(&rest, 0);
                notes.push(format!("{} is running and counted until it ends", workflow.short_name()));
            }
        }
        if planned.contains(&&workflow.id) {
            continue;
        }
        let firing = workflow.triggers.iter().filter(|trigger| trigger.is_start() && trigger.can_fire());
        for schedule in firing.filter_map(|trigger| trigger.schedule.as_deref()) {
            let mut at = origin - TimeDelta::seconds(1);
            let mut counted = 0;
            while let Some(next) = schedule::next_fire(schedule, at) {
                let second = (next - origin).num_seconds();
                if second > i64::from(reach) || counted == 100 {
                    break;
                }
                base.add(&demand().profile, second as u32);
                (at, counted) = (next, counted + 1);
            }
            if counted > 0 {
                let name = workflow.short_name();
                notes.push(format!("{name} starts meanwhile by its own schedule {schedule}; counted"));
            } else if schedule::next_fire(schedule, at).is_none() {
                notes.push(format!("{}: cannot parse schedule {schedule}; not counted", workflow.short_name()));
            }
        }
    }
    (base, notes)
}

/// A profile without its first seconds; none if nothing is left.
fn later(profile: &Profile, seconds: i64) -> Option<Profile> {
    let cut = |second: u32| (i64::from(second) - seconds).max(0) as u32;
    let pieces: Vec<Piece> = profile
        .pieces
        .iter()
        .map(|piece| Piece { from: cut(piece.from), to: cut(piece.to), dpu: piece.dpu })
        .filter(|piece| piece.from < piece.to)
        .collect();
    (!pieces.is_empty()).then(|| Profile { pieces, length: cut(profile.length) })
}

/// The plan in one sentence.
pub fn headline(plan: &Plan) -> String {
    let verb = if plan.mode == Mode::Now { "started now" } else { "by schedule" };
    format!(
        "{} {verb}: done in {}, peak {} of {} DPUs, {:.0} % over the theoretical minimum",
        counted_pipelines(plan.starts.iter().map(|start| &start.workflow)),
        duration(i64::from(plan.makespan)),
        plan.peak,
        plan.limit,
        plan.gap() * 100.0
    )
}
