//! What is known of pipelines, brought up to date: what has changed is marked, noted and told.

use super::model::Model;
use crate::flow::context::{Changed, MARKED};
use crate::flow::{Action, Effect};
use gluedeck_core::analysis::{cells, observed, outcome};
use gluedeck_core::domain::{Pipeline, PipelineId, WorkflowName};
use std::collections::HashMap;

/// Puts workflows in place of what was known of them; what has changed is noted.
pub(super) fn merge(model: &mut Model, workflows: Vec<Pipeline>, missing: &[WorkflowName]) -> Vec<Action> {
    let context = &mut model.context;
    let at = context.moment.wall;
    let known: HashMap<PipelineId, usize> =
        context.pipelines().iter().enumerate().map(|(n, workflow)| (workflow.id.clone(), n)).collect();
    let mut all = context.pipelines.value_mut().map(std::mem::take).unwrap_or_default();
    let before: Vec<Pipeline> =
        workflows.iter().filter_map(|workflow| all.get(*known.get(&workflow.id)?).cloned()).collect();
    context.changed.retain(|_, changed| at.saturating_sub(changed.at) < MARKED);
    for earlier in &before {
        let Some(now) = workflows.iter().find(|workflow| workflow.id == earlier.id) else { continue };
        let (then, cells_now) = (cells::cells(earlier), cells::cells(now));
        let differs: Vec<bool> = cells_now
            .iter()
            .enumerate()
            .map(|(n, cell)| then.get(n).map(|cell| &cell.state) != Some(&cell.state))
            .collect();
        // A snapshot from the disk is not what was seen a moment ago.
        if context.pipelines.is_fresh() && differs.contains(&true) {
            context.changed.insert(now.id.clone(), Changed { cells: differs, at });
        }
    }
    let seen = observed::between(&before, &workflows, context.moment.utc);
    for workflow in workflows {
        match known.get(&workflow.id).and_then(|n| all.get_mut(*n)) {
            Some(place) => *place = workflow,
            None => all.push(workflow),
        }
    }
    all.retain(|pipeline| pipeline.id.as_workflow().is_none_or(|name| !missing.contains(name)));
    match context.pipelines.value_mut() {
        Some(workflows) => *workflows = all,
        None => context.pipelines.take(Ok(all), context.moment.now),
    }
    model.context.update_schedules();
    let ended = watched(model, &before);
    model.screens.activity.record(seen);
    ended
}

/// What became of the watched workflows that ran before.
fn watched(model: &Model, before: &[Pipeline]) -> Vec<Action> {
    let running = |workflow: &&Pipeline| workflow.last_run.as_ref().is_some_and(|run| run.status.is_active());
    let watched = before.iter().filter(running).filter(|workflow| model.context.watched.contains(&workflow.id));
    let ended = watched.filter_map(|workflow| model.context.pipeline(&workflow.id)).filter(|w| !running(w));
    ended.map(|workflow| Action::Do(Effect::Notify(ended_text(model, workflow)))).collect()
}

pub(super) fn ended_text(model: &Model, workflow: &Pipeline) -> String {
    let why = model.context.reason(workflow).map(|reason| format!(": {}", reason.text)).unwrap_or_default();
    format!("{} ended: {}{why}", workflow.id, outcome::of_pipeline(workflow).title())
}
