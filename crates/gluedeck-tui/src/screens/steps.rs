//! What screens say and ask of a step: its log, its table.

use crate::flow::effect::{LogRequest, LogRun};
use crate::flow::{Action, Context};
use crate::ui::text::counted;
use gluedeck_core::analysis::layers::{short_step, table_name};
use gluedeck_core::analysis::log::streams::{self, LogLocation};
use gluedeck_core::analysis::reason;
use gluedeck_core::domain::{Attempt, LogSource, Pipeline, StepRun, StepState, Target, Trigger};

/// A line of the list: a trigger and one of the things it starts, or a job or crawler that no trigger starts.
#[derive(Debug, Clone, Copy)]
pub struct StepLine<'c> {
    pub trigger: Option<&'c Trigger>,
    pub target: Option<&'c Target>,
    pub run: Option<&'c StepRun>,
}

/// The lines of a workflow, in chain order.
pub fn lines(workflow: &Pipeline) -> Vec<StepLine<'_>> {
    let mut lines = Vec::new();
    for trigger in &workflow.triggers {
        if trigger.actions.is_empty() {
            lines.push(StepLine { trigger: Some(trigger), target: None, run: None });
        }
        for target in &trigger.actions {
            let run = workflow.last_run.as_ref().and_then(|run| run.step(target));
            lines.push(StepLine { trigger: Some(trigger), target: Some(target), run });
        }
    }
    for target in workflow.targets() {
        if !lines.iter().any(|line| line.target == Some(target)) {
            let run = workflow.last_run.as_ref().and_then(|run| run.step(target));
            lines.push(StepLine { trigger: None, target: Some(target), run });
        }
    }
    lines
}

/// The step that one wants to read about: the first that failed, else the one that runs, else the one that ran last.
pub fn of_interest(workflow: &Pipeline) -> Option<&StepRun> {
    let run = workflow.last_run.as_ref()?;
    let steps = || run.steps.iter().flatten();
    let started = |step: &&StepRun| step.last().and_then(|attempt| attempt.started_on);
    let active = || steps().filter(|s| s.last().is_some_and(|a| a.state.is_active())).max_by_key(started);
    let last = || steps().filter(|s| !s.attempts.is_empty()).max_by_key(started);
    reason::failed_step(run).or_else(active).or_else(last)
}

/// The action that opens a step's log, or says why there is none.
pub fn open_log(step: Option<&StepRun>) -> Action {
    let Some(step) = step else {
        return Action::Notice("Nothing of it has a log yet".into());
    };
    if step.attempts.is_empty() {
        return Action::Notice(format!("{} did not run in this run: no log", step.target.name()));
    }
    open_logs(step.target.name().to_owned(), vec![(String::new(), step)])
}

/// The action that opens the logs of several steps, merged by time; each with its name among the others.
pub fn open_logs(title: String, steps: Vec<(String, &StepRun)>) -> Action {
    let mut runs = Vec::new();
    let mut failed = false;
    for (label, step) in steps {
        let Some(attempt) = step.last() else { continue };
        let sources = sources(&step.target, attempt);
        if sources.is_empty() {
            continue;
        }
        failed |= attempt.state.is_failure();
        let (job, from) = match &step.target {
            Target::Job(name) => (Some(name.clone()), None),
            Target::Crawler(_) => (None, attempt.started_on),
        };
        runs.push(LogRun {
            label,
            job,
            run: attempt.id.clone(),
            group: None,
            sources,
            from,
            ended: attempt.completed_on,
            error: attempt.error.clone(),
            succeeded: attempt.state == StepState::Succeeded,
        });
    }
    match runs.is_empty() {
        true => Action::Notice(format!("Log location of {title} unknown")),
        false => Action::ShowLog(LogRequest { title, runs, failed }),
    }
}

/// The action that opens the logs of all steps of a workflow's run.
pub fn open_run(workflow: &Pipeline) -> Action {
    let Some(run) = &workflow.last_run else { return open_log(None) };
    let steps = run.steps.iter().flatten().filter(|step| !step.attempts.is_empty());
    open_logs(workflow.id.to_string(), steps.map(|step| (short_step(&step.target), step)).collect())
}

/// The action that opens the log of the same step of several workflows: the one that is of interest in the first.
pub fn open_same(workflows: &[&Pipeline]) -> Action {
    let Some(first) = workflows.iter().find_map(|workflow| of_interest(workflow)) else { return open_log(None) };
    let word = short_step(&first.target);
    let mut steps = Vec::new();
    for workflow in workflows {
        let all = workflow.last_run.iter().flat_map(|run| run.steps.iter().flatten());
        let same = all.into_iter().find(|step| short_step(&step.target) == word);
        steps.extend(same.map(|step| (workflow.short_name().to_owned(), step)));
    }
    open_logs(format!("{word} of {}", counted(steps.len(), "workflow")), steps)
}

/// The streams of an attempt that are known without asking: a job run's usual two, or a crawler's one.
fn sources(target: &Target, attempt: &Attempt) -> Vec<LogSource> {
    match (target, &attempt.id) {
        (Target::Job(_), Some(id)) => {
            let (run, base) = (id.to_string(), attempt.log_group.clone());
            LogLocation { run, base, security_configuration: None, arguments: attempt.arguments.clone() }.usual()
        }
        (Target::Crawler(name), _) => {
            let stream = attempt.log_stream.as_deref().unwrap_or(name.as_str());
            vec![streams::crawl(attempt.log_group.as_deref(), stream, None)]
        }
        _ => Vec::new(),
    }
}

/// The action that opens Athena with a query on the workflow's table, in the catalog's gold database if there is one.
pub fn compose_query(workflow: &Pipeline, context: &Context) -> Action {
    let databases = context.databases.value().map(Vec::as_slice).unwrap_or_default();
    let database = databases.iter().find(|name| name.contains("gold")).or(databases.first());
    let table = table_name(workflow.short_name());
    let from = database.map_or_else(|| table.clone(), |database| format!("{database}.{table}"));
    Action::Compose(format!("select *\n  from {from}\n limit 100"))
}
