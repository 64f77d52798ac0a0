//! Reading: what is read again, and when. What is on the screen is one call; of many workflows the others follow in
//! rounds, of which only what has changed is read whole. History is read once, and after a run has ended.

use super::model::Model;
use super::reading_standalone;
use super::refresh::{MAX_EAGER_HISTORIES, StandaloneReading};
use crate::flow::{Action, Load, Route, Slot};
use gluedeck_core::analysis::filter::matches_wildcard;
use gluedeck_core::domain::{FaultKind, Pipeline, PipelineId, WorkflowName};
use gluedeck_core::request::{
    GetAccount, GetDatabases, GetDpuLimit, GetDrift, GetFlexLimit, GetPipelineRuns, GetWorkflows, ListWorkflows,
};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// How many workflows one call reads (`BatchGetWorkflows`).
const BATCH: usize = 25;
/// Batches of a round that are under way at once.
const AT_ONCE: usize = 4;
/// In a sandbox, whose clock runs faster than the wall.
const SANDBOX: Duration = Duration::from_secs(1);
/// Between two rounds of what is not on the screen, as a multiple of the interval.
const ROUNDS: u32 = 4;
/// Names are listed again this often, for workflows that were added.
const NAMES: Duration = Duration::from_secs(300);
/// Between two reads of histories: of an account, and of a sandbox, which has no quotas.
const HISTORY: Duration = Duration::from_millis(150);
const SANDBOX_HISTORY: Duration = Duration::from_millis(25);
const BACKGROUND_HISTORY_INTERVAL: Duration = Duration::from_secs(1);
/// Longest wait after failures.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// The requests that are due.
pub(super) fn due(model: &mut Model) -> Vec<Action> {
    let wall = model.context.moment.wall;
    let mut actions = Vec::new();
    let free = |model: &Model, slot: &Slot| !model.slots.contains_key(slot);
    actions.extend(next_visible(model));
    actions.extend(next_round(model));
    if free(model, &Slot::Identity)
        && model.context.session.account.value().is_none()
        && wall >= model.refresh.identity_at
    {
        model.refresh.identity_at = wall + MAX_BACKOFF;
        actions.push(Action::request(GetAccount));
    }
    // Without permission or a quota the limit stays unknown, which is no reason to ask all the time.
    if free(model, &Slot::DpuLimit) && wall >= model.refresh.limit_at {
        model.refresh.limit_at = wall + NAMES;
        actions.push(Action::request(GetDpuLimit));
    }
    // An account without FLEX runs is not asked.
    let flex = model.context.dpu_held().flex > 0.0;
    if flex && free(model, &Slot::FlexLimit) && matches!(model.context.flex_limit, Load::Idle) {
        actions.push(Action::request(GetFlexLimit));
    }
    if free(model, &Slot::Drift)
        && wall >= model.refresh.drift_at
        && model.context.pipelines_read_at.is_some()
        && let Some(file) = model.context.session.pipeline_file.clone()
    {
        model.refresh.drift_at = wall + NAMES;
        let environment = model.context.session.environment.clone();
        actions.push(Action::request(GetDrift { file, environment }));
    }
    let wanted = model.route == Route::Athena || model.context.pipelines.value().is_some();
    if free(model, &Slot::Databases) && wanted && matches!(model.context.databases, Load::Idle) {
        actions.push(Action::request(GetDatabases));
    }
    actions.extend(next_history(model));
    actions.extend(reading_standalone::due(model));
    actions
}

/// Everything again, at once.
pub(super) fn now(model: &mut Model) -> Vec<Action> {
    let refresh = &mut model.refresh;
    (refresh.workflows_due_at, refresh.round_at, refresh.names_at) = Default::default();
    refresh.names.clear();
    refresh.round.clear();
    refresh.failures = 0;
    refresh.identity_at = Duration::ZERO;
    refresh.limit_at = Duration::ZERO;
    refresh.drift_at = Duration::ZERO;
    refresh.history_of.clear();
    refresh.standalone = StandaloneReading::default();
    if matches!(model.context.databases, Load::Failed { .. }) {
        model.context.databases = Load::Idle;
    }
    due(model)
}

/// The names are known, or not.
pub(super) fn listed(model: &mut Model, names: Option<Vec<WorkflowName>>) {
    let Some(mut names) = names else { return };
    let only = model.context.session.only.as_deref();
    names.retain(|name| only.is_none_or(|pattern| matches_wildcard(pattern, name.as_str())));
    let known: HashSet<&WorkflowName> = names.iter().collect();
    let lives = |id: &PipelineId| id.as_workflow().is_none_or(|name| known.contains(name));
    if let Some(workflows) = model.context.pipelines.value_mut() {
        workflows.retain(|pipeline| lives(&pipeline.id));
    }
    model.context.history.retain(|id, _| lives(id));
    model.refresh.names_at = model.context.moment.wall;
    model.refresh.names = names;
    model.refresh.workflows_due_at = Duration::ZERO;
}

/// The names, if they are not known, or what is on the screen.
fn next_visible(model: &mut Model) -> Option<Action> {
    let wall = model.context.moment.wall;
    let busy = [Slot::Names, Slot::VisibleWorkflows].iter().any(|slot| model.slots.contains_key(slot));
    if busy || wall < model.refresh.workflows_due_at {
        return None;
    }
    // Not again before the answer; `settled` sets the real time.
    model.refresh.workflows_due_at = wall + MAX_BACKOFF;
    let names = &model.refresh.names;
    // An empty account is listed again each time: one call, and the first workflow shows at once.
    if names.is_empty() || wall >= model.refresh.names_at + NAMES {
        return Some(Action::request(ListWorkflows));
    }
    let names = match names.len() > BATCH {
        true => on_screen(model),
        false => names.clone(),
    };
    Some(Action::request(GetWorkflows { names, graphs: true, background: None }))
}

/// The workflows on the screen, and below them, a batch full.
fn on_screen(model: &Model) -> Vec<WorkflowName> {
    let opened = model.screen().about().and_then(PipelineId::as_workflow).cloned();
    let known: HashSet<&WorkflowName> = model.refresh.names.iter().collect();
    let rows = model.screens.board.in_view(&model.context);
    let rows = rows.into_iter().filter_map(|pipeline| pipeline.id.as_workflow().cloned());
    let mut seen = HashSet::new();
    let all = opened.into_iter().chain(rows).chain(model.refresh.names.iter().cloned());
    all.filter(|name| known.contains(name) && seen.insert(name.clone())).take(BATCH).collect()
}

/// The next batches of what is not on the screen.
fn next_round(model: &mut Model) -> Vec<Action> {
    let wall = model.context.moment.wall;
    if model.refresh.names.len() <= BATCH || model.context.pipelines_read_at.is_none() {
        return Vec::new();
    }
    let mut under_way = model.slots.keys().filter(|slot| matches!(slot, Slot::Rest(_))).count();
    if model.refresh.round.is_empty() && under_way == 0 {
        if !model.refresh.wanted.is_empty() {
            let wanted = std::mem::take(&mut model.refresh.wanted);
            model.refresh.round.extend(wanted.chunks(BATCH).map(|batch| (batch.to_vec(), true)));
        } else if wall >= model.refresh.round_at {
            begin_round(model);
        }
    }
    let mut actions = Vec::new();
    while under_way < AT_ONCE
        && let Some((names, graphs)) = model.refresh.round.pop_front()
    {
        model.refresh.batches += 1;
        under_way += 1;
        let background = Some(model.refresh.batches);
        actions.push(Action::request(GetWorkflows { names, graphs, background }));
    }
    actions
}

/// A round over all workflows: those that are not known are read whole, and one batch of the others in turn.
fn begin_round(model: &mut Model) {
    let refresh = &mut model.refresh;
    let known = model.context.pipelines.value().into_iter().flatten().filter(|pipeline| pipeline.known);
    let known: HashSet<&WorkflowName> = known.filter_map(|pipeline| pipeline.id.as_workflow()).collect();
    let (old, new): (Vec<WorkflowName>, Vec<WorkflowName>) =
        refresh.names.iter().cloned().partition(|name| known.contains(name));
    refresh.round.extend(new.chunks(BATCH).map(|batch| (batch.to_vec(), true)));
    let turn = refresh.rounds % old.len().div_ceil(BATCH).max(1);
    refresh.round.extend(old.chunks(BATCH).enumerate().map(|(n, batch)| (batch.to_vec(), n == turn)));
    refresh.rounds += 1;
    refresh.round_at = model.context.moment.wall + MAX_BACKOFF * 4;
}

/// A batch of a round has been read: what is whole is taken, what has changed or still runs will be read whole.
pub(super) fn taken(model: &mut Model, workflows: &[Pipeline], graphs: bool) {
    let wall = model.context.moment.wall;
    if !graphs {
        let known: HashMap<&PipelineId, &Pipeline> = model.context.pipelines().iter().map(|w| (&w.id, w)).collect();
        let changed = |now: &&Pipeline| known.get(&now.id).is_none_or(|before| is_another(before, now));
        let wanted: Vec<WorkflowName> =
            workflows.iter().filter(changed).filter_map(|w| w.id.as_workflow().cloned()).collect();
        model.refresh.wanted.extend(wanted);
    }
    let over = model.refresh.round.is_empty()
        && model.refresh.wanted.is_empty()
        && !model.slots.keys().any(|slot| matches!(slot, Slot::Rest(_)));
    if over {
        model.context.round_read_at = Some(wall);
        let interval = read_interval(model);
        model.refresh.round_at = wall + interval * ROUNDS;
    }
}

/// Whether what is read without a graph tells that the steps are others than before.
fn is_another(before: &Pipeline, now: &Pipeline) -> bool {
    let key = |workflow: &Pipeline| workflow.last_run.as_ref().map(|r| (r.id.clone(), r.status.clone(), r.statistics));
    is_running(now) || key(before) != key(now)
}

/// Sets the time of the next refresh after an answer.
pub(super) fn settled(model: &mut Model, fault: Option<FaultKind>) {
    let wait = match fault {
        None => {
            model.refresh.failures = 0;
            read_interval(model)
        }
        Some(_) => {
            model.refresh.failures += 1;
            (model.refresh.intervals.busy * 2_u32.saturating_pow(model.refresh.failures.min(5) - 1)).min(MAX_BACKOFF)
        }
    };
    model.refresh.workflows_due_at = model.context.moment.wall + wait;
}

/// Until the next reading: soon while something runs, or after a call was throttled a little later than that.
fn read_interval(model: &Model) -> Duration {
    let own = model.refresh.intervals;
    // A stream that runs for days is no reason to read the workflows more often.
    let mut workflows = model.context.pipelines().iter().filter(|pipeline| pipeline.id.as_workflow().is_some());
    let interval = match workflows.any(is_running) {
        _ if model.context.moment.speed > 1.0 => SANDBOX.min(own.busy),
        true => own.busy,
        false => own.idle,
    };
    if model.context.usage.throttled_ago.is_some() { (interval * 2).min(MAX_BACKOFF.max(own.idle)) } else { interval }
}

fn is_running(workflow: &Pipeline) -> bool {
    workflow.last_run.as_ref().is_some_and(|run| run.status.is_active())
}

/// What has changed is read at once.
pub(super) fn soon(model: &mut Model) {
    model.refresh.workflows_due_at = Duration::ZERO;
}

/// A history could not be read: asked for again, but not at once.
pub(super) fn history_failed(model: &mut Model, name: &PipelineId, fault: FaultKind) {
    // What is not allowed will not be allowed in five seconds either.
    if fault != FaultKind::Denied {
        model.refresh.history_of.remove(name);
    }
    model.refresh.history_at = model.context.moment.wall + Duration::from_secs(5);
}

/// The history of one workflow whose history is not known, or whose last run has ended since; in the board's order.
fn next_history(model: &mut Model) -> Option<Action> {
    let wall = model.context.moment.wall;
    let under_way = model.slots.keys().filter(|slot| matches!(slot, Slot::History(_))).count();
    if wall < model.refresh.history_at || under_way >= 3 || model.context.pipelines_read_at.is_none() {
        return None;
    }
    let context = &model.context;
    let stale = |workflow: &&Pipeline| {
        let last = last_run_key(workflow);
        workflow.id.as_workflow().is_some()
            && model.refresh.history_of.get(&workflow.id) != Some(&last)
            && !model.slots.contains_key(&Slot::History(workflow.id.clone()))
    };
    if !context.pipelines().iter().any(|workflow| stale(&workflow)) {
        return None;
    }
    let visible = model.screens.board.in_view(context).into_iter().find(stale);
    let in_background = visible.is_none() && context.pipelines().len() > MAX_EAGER_HISTORIES;
    let workflow = visible.or_else(|| context.pipelines().iter().find(|workflow| stale(workflow)))?;
    let (name, key, request) = (workflow.id.clone(), last_run_key(workflow), GetPipelineRuns::of(workflow));
    let wait = match context.moment.speed > 1.0 {
        true => SANDBOX_HISTORY,
        false if in_background => BACKGROUND_HISTORY_INTERVAL,
        false => HISTORY,
    };
    model.refresh.history_of.insert(name, key);
    model.refresh.history_at = wall + wait;
    Some(Action::request(request))
}

/// What history depends on: the last run, and whether it is over.
fn last_run_key(workflow: &Pipeline) -> String {
    match &workflow.last_run {
        None => String::new(),
        Some(run) => format!("{} {}", run.id, run.status.is_active()),
    }
}
