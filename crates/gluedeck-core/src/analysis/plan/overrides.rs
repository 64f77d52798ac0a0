//! What a job run is given in place of the job's settings: in words, and what that takes.

use crate::analysis::history::History;
use crate::analysis::redact;
use crate::domain::{Change, JobOverrides, Pipeline, Target};

/// What a run is given, in words without values that are secret; none if it is nothing.
pub fn overrides_in_words(given: &JobOverrides) -> Option<String> {
    let workers = match (given.workers, &given.worker_type) {
        (Some(count), Some(kind)) => Some(format!("{count} workers of {kind}")),
        (Some(count), None) => Some(format!("{count} workers")),
        (None, Some(kind)) => Some(format!("workers of {kind}")),
        (None, None) => None,
    };
    let class = given.flex.map(|flex| if flex { "class FLEX" } else { "class standard" }.to_owned());
    let timeout = given.timeout.map(|minutes| format!("timeout {minutes} min"));
    let arguments = given.arguments.iter().map(|(name, value)| match redact::is_secret(name) {
        true => format!("{name} (not shown)"),
        false => format!("{name} {value}"),
    });
    let all: Vec<String> = workers.into_iter().chain(class).chain(timeout).chain(arguments).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// What the run that is sent will take: by what it is given, else by the job's definition; of a job in a workflow, whose
/// definition is not read, by its last run.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunSize {
    pub(super) dpu: Option<f64>,
    pub(super) flex: bool,
    /// DPUs of its last run.
    before: Option<f64>,
}

impl RunSize {
    /// Of a change that starts a job; none of any other.
    pub(super) fn of(change: &Change, pipeline: &Pipeline, history: Option<&History>) -> Option<Self> {
        let Change::StartJob { job, overrides } = change else { return None };
        let target = Target::Job(job.clone());
        let past = history.into_iter().flat_map(|history| history.past_runs.iter().rev().map(|past| &past.run));
        let mut runs = pipeline.last_run.iter().chain(past);
        let last = runs.find_map(|run| run.step(&target)?.last().filter(|attempt| attempt.dpu.is_some()));
        let (job, before) = (pipeline.job.as_ref(), last.and_then(|last| last.dpu));
        // Workers of a type that is not known take what is not known, not what others took.
        let dpu = match overrides.workers.is_some() || overrides.worker_type.is_some() {
            true => overrides.dpu(job),
            false => job.and_then(|job| job.dpu).or(before),
        };
        let flex = overrides.flex.or(job.map(|job| job.flex)).or(last.map(|last| last.flex)).unwrap_or_default();
        Some(Self { dpu, flex, before })
    }

    /// That what is usual is what it is with another capacity than the one that is sent.
    pub(super) fn caveat(self) -> Option<String> {
        let (now, before) = (self.dpu?, self.before?);
        let other = (now - before).abs() > 0.001;
        other.then(|| {
            format!("The last run had {before} DPU, this one has {now}: it may take longer or shorter than usual.")
        })
    }
}
