//! How old data are: since when a layer was last written, by the runs of its jobs.

use super::finding::{Finding, Verdict};
use crate::analysis::History;
use crate::analysis::layers::{Layer, layer, letter};
use crate::analysis::reason::duration;
use crate::domain::{Attempt, Pipeline, PipelineRun, StepState, Target, Time};
use chrono::TimeDelta;

/// How old data may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxAge {
    /// None: the last step, whatever its layer.
    pub layer: Option<Layer>,
    pub age: TimeDelta,
}

/// When a layer was last written: the end of the newest successful run of its last job. None if no such job is known, or none has
/// run well as far as its runs are known.
pub fn written(pipeline: &Pipeline, history: Option<&History>, of: Option<Layer>) -> Option<Time> {
    let step = writer(pipeline, of)?;
    let past = history.into_iter().flat_map(|history| history.past_runs.iter().map(|past| &past.run));
    let good = |attempt: &&Attempt| attempt.state == StepState::Succeeded;
    let end = |run: &PipelineRun| {
        let attempts = run.step(step).into_iter().flat_map(|step| &step.attempts).filter(good);
        attempts.filter_map(|attempt| attempt.completed_on).max()
    };
    pipeline.last_run.iter().chain(past).filter_map(end).max()
}

/// The step that writes a layer: its last job that checks nothing.
fn writer(pipeline: &Pipeline, of: Option<Layer>) -> Option<&Target> {
    let targets = pipeline.targets();
    let of_layer = |target: &&&Target| match of {
        Some(wanted) => layer(target) == Some(wanted) && letter(target) == 'J',
        None => true,
    };
    targets.iter().rev().find(of_layer).copied()
}

/// The layers of a pipeline whose data are older than they may be, and those of which nothing is known.
pub(super) fn stale(pipeline: &Pipeline, history: Option<&History>, limits: &[MaxAge], now: Time) -> Vec<Finding> {
    let mut found = Vec::new();
    for limit in limits {
        if writer(pipeline, limit.layer).is_none() {
            continue;
        }
        let what = limit.layer.map_or("data", Layer::word);
        let most = duration(limit.age.num_seconds());
        let Some(at) = written(pipeline, history, limit.layer) else {
            let text = format!("{what}: no successful run is known, so that its age is not; at most {most} asked");
            let key = format!("{} {} {what} age", pipeline.id.kind(), pipeline.id);
            found.push(Finding::of(pipeline, Verdict::Unknown, key, text));
            continue;
        };
        if now - at > limit.age {
            let age = duration((now - at).num_seconds());
            let text = format!("{what} is {age} old, written {}Z; at most {most} asked", at.format("%d %b %H:%M"));
            let key = format!("{} {} {what} {at}", pipeline.id.kind(), pipeline.id);
            found.push(Finding { at: Some(at + limit.age), ..Finding::of(pipeline, Verdict::Stale, key, text) });
        }
    }
    found
}
