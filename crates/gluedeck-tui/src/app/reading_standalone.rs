//! Reading of pipelines that are no workflows: listed every few minutes, their runs one pipeline after the other, where news
//! is due, and never faster than the budget of calls.

use super::merging::merge;
use super::model::Model;
use super::refresh::RunsRead;
use crate::flow::{Action, Slot};
use gluedeck_core::analysis::filter::matches_wildcard;
use gluedeck_core::analysis::{Outcome, outcome};
use gluedeck_core::domain::{Change, Fault, FaultKind, Pipeline, PipelineId, PipelineRun, Target};
use gluedeck_core::request::{GetPipelineRuns, ListStandalone};
use std::collections::HashSet;
use std::time::Duration;

/// How often the account is searched for pipelines that were added, and how soon again after a failure.
const LIST_INTERVAL: Duration = Duration::from_secs(300);
const RETRY: Duration = Duration::from_secs(30);
/// A call of GetJobRuns or ListCrawls at most this often: two a second.
const CALL_INTERVAL: Duration = Duration::from_millis(500);
/// In a sandbox, which has no quotas.
const SANDBOX_CALL_INTERVAL: Duration = Duration::from_millis(25);

/// How old the runs of a pipeline may be.
const RUNNING: Duration = Duration::from_secs(15);
const ON_SCREEN: Duration = Duration::from_secs(30);
const FAILED: Duration = Duration::from_secs(60);
const QUIET: Duration = Duration::from_secs(300);

/// The requests that are due.
pub(super) fn due(model: &mut Model) -> Vec<Action> {
    // Workflows first: they are one call, and say which jobs are theirs.
    if model.context.pipelines_read_at.is_none() {
        return Vec::new();
    }
    let wall = model.context.moment.wall;
    let mut actions = Vec::new();
    if wall >= model.refresh.standalone.list_at && !model.slots.contains_key(&Slot::Standalone) {
        model.refresh.standalone.list_at = wall + LIST_INTERVAL;
        actions.push(Action::request(ListStandalone));
    }
    actions.extend(next_runs(model));
    actions
}

/// A change was sent: what it concerns is read at once.
pub(super) fn soon(model: &mut Model, change: &Change) {
    let target = match change {
        Change::StartJob { job, .. } | Change::StopJobRun { job, .. } => Target::Job(job.clone()),
        Change::StartCrawler(crawler) | Change::StopCrawler(crawler) => Target::Crawler(crawler.clone()),
        Change::SetTriggerActivation { .. } | Change::Reschedule { .. } | Change::SetCrawlerSchedule { .. } => {
            model.refresh.standalone.list_at = Duration::ZERO;
            return;
        }
        Change::Start { .. }
        | Change::Stop { .. }
        | Change::Resume { .. }
        | Change::ResetBookmark(_)
        | Change::UpdateJob { .. } => return,
    };
    let of = model.context.pipelines().iter().find(|pipeline| pipeline.targets().contains(&&target));
    let id = of.map(|pipeline| pipeline.id.clone());
    id.into_iter().for_each(|id| _ = model.refresh.standalone.read.remove(&id));
}

/// The list of pipelines, or why there is none.
pub(super) fn listed(model: &mut Model, found: Result<Vec<Pipeline>, Fault>) {
    let mut found = match found {
        Ok(found) => found,
        Err(fault) => {
            // What is not allowed will not be allowed in half a minute either.
            let wait = if fault.kind == FaultKind::Denied { LIST_INTERVAL } else { RETRY };
            model.refresh.standalone.list_at = model.context.moment.wall + wait;
            model.show_notice(format!("Jobs and crawlers outside of workflows are not shown: {fault}"));
            return;
        }
    };
    model.context.is_searched = true;
    let only = model.context.session.only.as_deref();
    found.retain(|pipeline| only.is_none_or(|pattern| matches_wildcard(pattern, pipeline.id.as_str())));
    let context = &mut model.context;
    let ids: HashSet<PipelineId> = found.iter().map(|pipeline| pipeline.id.clone()).collect();
    let stays = |id: &PipelineId| id.as_workflow().is_some() || ids.contains(id);
    context.history.retain(|id, _| stays(id));
    let mut all = context.pipelines.value_mut().map(std::mem::take).unwrap_or_default();
    all.retain(|pipeline| stays(&pipeline.id));
    for new in found {
        match all.iter_mut().find(|known| known.id == new.id) {
            Some(known) => {
                let Pipeline { last_run, other_active, known: read, .. } = std::mem::take(known);
                *known = Pipeline { last_run, other_active, known: read, ..new };
            }
            None => all.push(new),
        }
    }
    match context.pipelines.value_mut() {
        Some(pipelines) => *pipelines = all,
        None => context.pipelines.take(Ok(all), context.moment.now),
    }
    context.update_schedules();
}

/// The runs of a pipeline have been read: the newest is its last.
pub(super) fn read(model: &mut Model, id: &PipelineId, runs: &Result<Vec<PipelineRun>, Fault>) -> Vec<Action> {
    let context = &model.context;
    let Some(known) = context.pipeline(id).filter(|known| known.id.as_workflow().is_none()) else { return Vec::new() };
    let read = RunsRead { at: context.moment.wall, next_start: context.next_start(known) };
    let now = runs.as_ref().ok().map(|runs| {
        let mut now = known.clone();
        now.take_runs(runs);
        now
    });
    model.refresh.standalone.read.insert(id.clone(), read);
    now.map(|pipeline| merge(model, vec![pipeline], &[])).unwrap_or_default()
}

/// The pipelines whose runs are to be read next: what is on the screen first, then what is most overdue. As many as the
/// budget has: what of it was not used since the last call is there for one more.
fn next_runs(model: &mut Model) -> Vec<Action> {
    let context = &model.context;
    let wall = context.moment.wall;
    let reading = &model.refresh.standalone;
    if wall < reading.call_at {
        return Vec::new();
    }
    let opened = model.screen().about().cloned();
    let in_view: HashSet<&PipelineId> = model.screens.board.in_view(context).into_iter().map(|p| &p.id).collect();
    let sped = context.moment.speed.max(1.0);
    let overdue = |pipeline: &&Pipeline| {
        let seen = in_view.contains(&pipeline.id) || opened.as_ref() == Some(&pipeline.id);
        let Some(read) = reading.read.get(&pipeline.id) else { return Some(f64::from(u8::from(seen)) + 1e9) };
        let fired = read.next_start.is_some_and(|at| at <= context.now());
        let interval = if fired { RUNNING } else { interval(pipeline, seen) };
        let ratio = wall.saturating_sub(read.at).as_secs_f64() * sped / interval.as_secs_f64();
        (ratio >= 1.0).then_some(ratio)
    };
    let standalone = context.pipelines().iter().filter(|pipeline| pipeline.id.as_workflow().is_none());
    let free = standalone.filter(|pipeline| !model.slots.contains_key(&Slot::History(pipeline.id.clone())));
    let mut due: Vec<_> = free.filter_map(|pipeline| Some((overdue(&pipeline)?, pipeline))).collect();
    due.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let wait = if sped > 1.0 { SANDBOX_CALL_INTERVAL } else { CALL_INTERVAL };
    let mut call_at = reading.call_at.max(wall.saturating_sub(wait));
    let mut actions = Vec::new();
    for (_, pipeline) in due {
        if call_at > wall {
            break;
        }
        call_at += wait * pipeline.targets().len().max(1) as u32;
        actions.push(Action::request(GetPipelineRuns::of(pipeline)));
    }
    if !actions.is_empty() {
        model.refresh.standalone.call_at = call_at;
    }
    actions
}

/// How old the runs of a pipeline may be.
fn interval(pipeline: &Pipeline, seen: bool) -> Duration {
    match outcome::of_pipeline(pipeline) {
        Outcome::Running => RUNNING,
        _ if seen => ON_SCREEN,
        Outcome::Failed | Outcome::Partial => FAILED,
        _ => QUIET,
    }
}
