//! What screens say and ask of a step: its log, its table.

use crate::analysis::reason;
use crate::domain::{Attempt, LogSource, StepRun, Target, Trigger, Workflow};
use crate::flow::effect::LogRequest;
use crate::flow::{Action, Context};

/// A line of the list: a trigger and one of the things it starts.
#[derive(Debug, Clone, Copy)]
pub struct StepLine<'c> {
    pub trigger: &'c Trigger,
    pub target: Option<&'c Target>,
    pub run: Option<&'c StepRun>,
}

/// The lines of a workflow, in chain order.
pub fn lines(workflow: &Workflow) -> Vec<StepLine<'_>> {
    let mut lines = Vec::new();
    for trigger in &workflow.triggers {
        if trigger.actions.is_empty() {
            lines.push(StepLine { trigger, target: None, run: None });
        }
        for target in &trigger.actions {
            let run = workflow.last_run.as_ref().and_then(|run| run.step(target));
            lines.push(StepLine { trigger, target: Some(target), run });
        }
    }
    lines
}

/// The step that one wants to read about: the first that failed, else the one that runs, else the one that ran last.
pub fn of_interest(workflow: &Workflow) -> Option<&StepRun> {
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
        return Action::Notice("This workflow has not run anything whose log could be read".into());
    };
    let Some(attempt) = step.last() else {
        return Action::Notice(format!("{} has not run in this workflow run, so it has no log", step.target.name()));
    };
    let sources = sources(&step.target, attempt);
    if sources.is_empty() {
        return Action::Notice(format!("The server does not say where the log of {} is", step.target.name()));
    }
    Action::ShowLog(LogRequest {
        title: step.target.name().to_owned(),
        sources,
        from: matches!(step.target, Target::Crawler(_)).then_some(attempt.started_on).flatten(),
        ended: attempt.completed_on,
        error: attempt.error.clone(),
        failed: attempt.state.is_failure(),
    })
}

/// The streams of an attempt. `LogGroupName` of a job run is the base of its groups, and the stream has the run's id
/// (Glue up to 4.0, and the driver's stream in 5.0).
fn sources(target: &Target, attempt: &Attempt) -> Vec<LogSource> {
    match (target, &attempt.id) {
        (Target::Job(_), Some(id)) => {
            let base = attempt.log_group.as_deref().unwrap_or("/aws-glue/jobs").trim_end_matches('/');
            let source =
                |label: &'static str| LogSource { group: format!("{base}/{label}"), stream: id.to_string(), label };
            vec![source("output"), source("error")]
        }
        (Target::Crawler(name), _) => {
            let group = attempt.log_group.clone().unwrap_or_else(|| "/aws-glue/crawlers".to_owned());
            let stream = attempt.log_stream.clone().unwrap_or_else(|| name.to_string());
            vec![LogSource { group, stream, label: "crawler" }]
        }
        _ => Vec::new(),
    }
}

/// The action that opens Athena with a query on the workflow's table, in the catalog's gold database if there is one.
pub fn compose_query(workflow: &Workflow, context: &Context) -> Action {
    let databases = context.databases.value().map(Vec::as_slice).unwrap_or_default();
    let database = databases.iter().find(|name| name.contains("gold")).or(databases.first());
    let table = snake_case(workflow.short_name());
    let from = database.map_or_else(|| table.clone(), |database| format!("{database}.{table}"));
    Action::Compose(format!("select *\n  from {from}\n limit 100"))
}

/// `MachineTransaction` to `machine_transaction`, as the pipeline names its tables.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(if letter.is_alphanumeric() { letter.to_lowercase().collect::<Vec<_>>() } else { vec!['_'] });
    }
    snake
}
