//! Plans of reruns: what is advised, and the two ways that may be chosen in its place.

use super::{Facts, PlanError, Planned, everything, runs_of, starting, step_alone};
use crate::analysis::layers::short_step;
use crate::analysis::log::Class;
use crate::analysis::rerun::{Advice, FailedStep, Rerun, advise, failed_steps, first_steps, resume};
use crate::analysis::words::counted;
use crate::domain::{Attempt, Change, JobOverrides, Pipeline, PipelineId, Target};

/// To run a workflow again as is advised.
pub fn rerun(workflow: &Pipeline, facts: &dyn Facts) -> Planned {
    let (advice, failed) = advice(workflow, facts);
    let mut notes = Vec::new();
    notes.extend(advice.first.map(|first| format!("! First {first}.")));
    notes.push(format!("Because {}.", advice.why));
    notes.push(format!("Not if {}.", advice.unless));
    notes.extend(unknown(&failed));
    match advice.rerun {
        Rerun::Nothing(why) => Err(PlanError::NoRerun { workflow: workflow.id.clone(), why }),
        Rerun::Resume { .. } => resumed(workflow, advice.rerun, notes, facts),
        Rerun::Whole | Rerun::Chain | Rerun::Step(_) | Rerun::Alone(_) => whole(workflow, notes, facts),
    }
}

/// To run a workflow again from its beginning, whatever is advised.
pub fn rerun_whole(workflow: &Pipeline, facts: &dyn Facts) -> Planned {
    let (advice, _) = advice(workflow, facts);
    let mut notes = Vec::new();
    if let Rerun::Resume { from, runs, .. } = &advice.rerun {
        notes.extend(advice.first.map(|first| format!("! First {first}.")));
        let (count, all) = (runs.len(), workflow.targets().len());
        if count < all {
            notes.push(format!("To resume from {} would be enough: {count} of {}.", names(from), counted(all, "step")));
        }
    } else if advice.rerun == Rerun::Whole {
        notes.extend(advice.first.map(|first| format!("! First {first}.")));
    }
    whole(workflow, notes, facts)
}

/// To run a workflow again from its failed step, whatever is advised, or not at all.
pub fn rerun_from_failed(workflow: &Pipeline, facts: &dyn Facts) -> Planned {
    let resume = resume(workflow).map_err(|why| PlanError::NoResume { workflow: workflow.id.clone(), why })?;
    let (advice, _) = advice(workflow, facts);
    let mut notes = Vec::new();
    notes.extend(advice.first.map(|first| format!("! First {first}.")));
    if advice.rerun == Rerun::Whole {
        notes.push(format!("! Advised is to {}: {}.", advice.what(), advice.why));
    }
    resumed(workflow, resume, notes, facts)
}

fn advice<'w>(workflow: &'w Pipeline, facts: &dyn Facts) -> (Advice, Vec<FailedStep<'w>>) {
    let failed = failed_steps(workflow, &|run| facts.cause_in_log(run));
    (advise(workflow, &failed, facts.history(&workflow.id), facts.now()), failed)
}

/// That the advice is made without a cause.
fn unknown(failed: &[FailedStep<'_>]) -> Option<String> {
    let unknown = failed.iter().filter(|step| step.class == Class::Unknown).map(|step| step.target.clone());
    let unknown: Vec<Target> = unknown.collect();
    let run = || format!("The cause in {} is not known by its error message; its log may tell.", names(&unknown));
    (!unknown.is_empty()).then(run)
}

fn names(targets: &[Target]) -> String {
    targets.iter().map(short_step).collect::<Vec<_>>().join(", ")
}

fn whole(workflow: &Pipeline, notes: Vec<String>, facts: &dyn Facts) -> Planned {
    let mut first = vec![match &workflow.id {
        PipelineId::Workflow(_) => "Runs the whole workflow from the beginning.".to_owned(),
        PipelineId::Chain(_) => "Starts the chain again from the beginning.".to_owned(),
        PipelineId::Alone(target) => format!("Runs the {} again from the beginning.", target.kind()),
    }];
    first.extend(notes);
    let mut change = starting(workflow)?;
    let last = workflow.last_run.as_ref().and_then(|run| run.steps.as_ref()?.first()?.last());
    if let (Change::StartJob { overrides, .. }, Some(last)) = (&mut change, last) {
        *overrides = JobOverrides::of_run(last);
        first.push("With the arguments and workers of the last run.".to_owned());
    }
    Ok(runs_of("Rerun", first, everything(workflow), change, workflow, facts))
}

/// To run a job or crawler again as one of its runs was: with the same arguments, workers and class.
pub fn rerun_as(target: &Target, run: &Attempt, pipeline: Option<&Pipeline>, facts: &dyn Facts) -> Planned {
    let overrides = JobOverrides::of_run(run);
    let mut plan = step_alone(target, pipeline, overrides, facts)?;
    plan.title = format!("Rerun {}", target.name());
    plan.verb = "Rerun";
    if let (Target::Job(_), Some(at)) = (target, run.started_on) {
        plan.notes
            .insert(0, format!("With the arguments and workers of the run of {}Z.", at.format("%-d %b %H:%M:%S")));
    }
    Ok(plan)
}

fn resumed(workflow: &Pipeline, resume: Rerun, notes: Vec<String>, facts: &dyn Facts) -> Planned {
    let (Rerun::Resume { run, from, nodes, runs }, Some(name)) = (resume, workflow.id.as_workflow()) else {
        return whole(workflow, notes, facts);
    };
    let mut first = vec![format!("Resumes the last run from {} as a new run (new run ID).", names(&from))];
    let from_the_beginning = first_steps(workflow).iter().all(|target| runs.contains(target));
    first.push(match from_the_beginning {
        true => "The first step runs again, so its source is read again.".to_owned(),
        false => "Earlier steps are not rerun and the source is not read again; their output is kept.".to_owned(),
    });
    first.extend(notes);
    let change = Change::Resume { workflow: name.clone(), run, nodes };
    Ok(runs_of("Rerun", first, runs, change, workflow, facts))
}
