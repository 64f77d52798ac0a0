//! Why a workflow is in its state, as a chain of evidence: each line has what is known, and where it is seen.

use super::capacity;
use super::history::History;
use super::layers::short_step;
use super::outcome::{self, Outcome};
use super::reason::{self, Evidence, Severity, duration};
use crate::analysis::words::counted;
use crate::domain::schedule::next_fire;
use crate::domain::{
    Attempt, Logical, Pipeline, PipelineId, PipelineRun, RunId, StepRun, StepState, Target, Time, Trigger, TriggerKind,
    TriggerName,
};

/// A line of the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub text: String,
    pub severity: Severity,
    /// Where it is seen.
    pub proof: Option<EvidenceLink>,
}

/// A place that shows that a line is true.
#[derive(Debug, Clone, PartialEq)]
pub enum EvidenceLink {
    /// The log of a step.
    Log(Target),
    /// A step on the workflow's screen.
    Step(Target),
    /// A trigger's definition.
    Trigger(TriggerName),
    /// A run's description.
    Run(RunId),
    /// Another workflow.
    Workflow(PipelineId),
}

/// The chain for a workflow, from what is seen to what follows.
pub fn chain(workflow: &Pipeline, evidence: Evidence<'_>) -> Vec<Finding> {
    let mut chain = vec![of_run(workflow, evidence.now)];
    if let Some(run) = &workflow.last_run {
        chain.extend(of_steps(run, evidence));
        chain.extend(of_triggers(workflow, run));
    }
    chain.extend(of_start(workflow, evidence.now));
    chain.extend(of_history(workflow, evidence.history));
    chain
}

fn finding(severity: Severity, text: String, proof: Option<EvidenceLink>) -> Finding {
    Finding { text, severity, proof }
}

/// What the run itself says.
fn of_run(workflow: &Pipeline, now: Time) -> Finding {
    let Some(run) = &workflow.last_run else {
        return finding(Severity::Plain, format!("Glue has no run of this {}.", workflow.id.kind()), None);
    };
    let outcome = outcome::of_pipeline(workflow);
    let severity = match outcome {
        Outcome::Failed => Severity::Bad,
        Outcome::Partial | Outcome::Stopped => Severity::Warning,
        _ => Severity::Plain,
    };
    let started = run.started_on.map(|at| format!(" started {}Z,", at.format("%-d %b %H:%M:%S"))).unwrap_or_default();
    let took = run.elapsed_seconds(now).map(|s| format!(", after {}", duration(s))).unwrap_or_default();
    let counted = run.statistics.map_or(String::new(), |s| {
        let bad = s.failed + s.timeout + s.errored;
        format!(": {} of {} actions succeeded, {bad} failed, {} stopped", s.succeeded, s.total, s.stopped)
    });
    // Only runs of workflows have a status of their own.
    if workflow.id.as_workflow().is_none() {
        let text = format!("Run{started} {}{took}.", outcome.title());
        return finding(severity, text, Some(EvidenceLink::Run(run.id.clone())));
    }
    let mut text = format!("Run{started} status {}{took}{counted}", run.status.word());
    if outcome != Outcome::Succeeded && run.status.word() == "COMPLETED" {
        text += ". COMPLETED only means no action is still running";
    }
    if let Some(error) = &run.error {
        text += &format!(". Error: {error}");
    }
    finding(severity, text + ".", Some(EvidenceLink::Run(run.id.clone())))
}

/// What failed, stopped, waits or runs.
fn of_steps(run: &PipelineRun, evidence: Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut steps: Vec<&StepRun> = run.steps.iter().flatten().collect();
    steps.sort_by_key(|step| step.last().and_then(|attempt| attempt.completed_on.or(attempt.started_on)));
    for step in steps {
        let Some(attempt) = step.last() else { continue };
        let name = short_step(&step.target);
        let log = Some(EvidenceLink::Log(step.target.clone()));
        if attempt.state.is_failure() {
            found.push(finding(Severity::Bad, failed(&name, step, attempt, evidence.now), log));
            if attempt.error.as_deref().is_some_and(capacity::is_over_limit) {
                found.extend(holders(attempt, run, evidence));
            }
        } else if attempt.state.is_stopped() {
            let at = attempt.completed_on.map(|at| format!(" at {}Z", at.format("%H:%M:%S"))).unwrap_or_default();
            let text = format!("{name} was stopped{at} ({}).", attempt.state.word());
            found.push(finding(Severity::Warning, text, log));
        } else if attempt.state == StepState::Waiting {
            let text = format!("{name} is WAITING: queued until capacity is available.");
            found.push(finding(Severity::Warning, text, Some(EvidenceLink::Step(step.target.clone()))));
        } else if attempt.state.is_active() {
            let elapsed = attempt.elapsed_seconds(evidence.now).map(duration).unwrap_or_default();
            let usual = evidence.history.and_then(|history| history.usual(&step.target));
            let usual = usual.map(|usual| format!(", usually {}", duration(usual))).unwrap_or_default();
            let text = format!("{name} has been {} for {elapsed}{usual}.", attempt.state.word());
            found.push(finding(Severity::Plain, text, log));
        }
    }
    found
}

fn failed(name: &str, step: &StepRun, attempt: &Attempt, now: Time) -> String {
    let at = attempt.completed_on.map(|at| format!(" at {}Z", at.format("%H:%M:%S"))).unwrap_or_default();
    let took = attempt.elapsed_seconds(now).map(|s| format!(" after {}", duration(s))).unwrap_or_default();
    let error = attempt.error.as_deref().map_or("no error message".to_owned(), reason::explain);
    let attempts = match step.attempts.len() {
        0 | 1 => String::new(),
        count => format!(", attempt {count}"),
    };
    format!("{name} ended {}{at}{took}{attempts}: {}.", attempt.state.word(), error.trim_end_matches('.'))
}

/// Who held the capacity that was missing.
fn holders(attempt: &Attempt, own: &PipelineRun, evidence: Evidence<'_>) -> Vec<Finding> {
    let Some(at) = attempt.started_on else { return Vec::new() };
    let mut held: Vec<(f64, &Pipeline)> = evidence
        .pipelines
        .iter()
        .filter(|workflow| workflow.last_run.as_ref().is_some_and(|run| run.id != own.id))
        .map(|workflow| (capacity::in_use_at(std::slice::from_ref(workflow), at), workflow))
        .filter(|(dpu, _)| *dpu > 0.0)
        .collect();
    held.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total: f64 = held.iter().map(|(dpu, _)| dpu).sum();
    let limit = evidence.dpu_limit.map_or("an unknown limit".to_owned(), |limit| format!("{limit}"));
    let text = format!(
        "At {}Z the last runs of {} held {total} DPU of {limit}; other jobs of the account not counted.",
        at.format("%H:%M:%S"),
        counted(held.len(), "other workflow")
    );
    let mut found = vec![finding(Severity::Warning, text, None)];
    for (dpu, workflow) in held.into_iter().take(3) {
        let text = format!("{} held {dpu} DPU.", workflow.short_name());
        found.push(finding(Severity::Plain, text, Some(EvidenceLink::Workflow(workflow.id.clone()))));
    }
    found
}

/// Which triggers have not fired, and on what they wait.
fn of_triggers(workflow: &Pipeline, run: &PipelineRun) -> Vec<Finding> {
    let unfired = |trigger: &&Trigger| {
        !trigger.is_start()
            && !trigger.actions.is_empty()
            && trigger.actions.iter().all(|target| run.step(target).is_none_or(|step| step.attempts.is_empty()))
    };
    let mut found = Vec::new();
    for trigger in workflow.triggers.iter().filter(unfired) {
        let targets: Vec<String> = trigger.actions.iter().map(short_step).collect();
        let (targets, proof) = (listed(&targets), Some(EvidenceLink::Trigger(trigger.name.clone())));
        if !trigger.can_fire() {
            let text = format!("The trigger for {targets} is {}: it will not fire.", trigger.state.word());
            found.push(finding(Severity::Warning, text, proof));
            continue;
        }
        let text = format!("{targets} {}: {}.", verb(run), waits_for(trigger, run));
        found.push(finding(Severity::Plain, text, proof));
    }
    found
}

fn verb(run: &PipelineRun) -> &'static str {
    if run.status.is_active() { "has not run yet" } else { "did not run" }
}

fn waits_for(trigger: &Trigger, run: &PipelineRun) -> String {
    let Some(predicate) = &trigger.predicate else { return "its trigger condition is unknown".to_owned() };
    let state = |target: &Target| run.step(target).and_then(StepRun::last).map(|attempt| &attempt.state);
    let is = |state: Option<&StepState>| match state {
        Some(state) => format!("is {}", state.word()),
        None => "has not run".to_owned(),
    };
    let open: Vec<String> = predicate
        .conditions
        .iter()
        .map(|condition| (condition, state(&condition.target)))
        .filter(|(condition, state)| state.map(StepState::word) != Some(condition.state.as_str()))
        .map(|(condition, state)| format!("{} {} ({})", short_step(&condition.target), condition.state, is(state)))
        .collect();
    let joint = match predicate.logical {
        Logical::And => " and ",
        Logical::Any => " or ",
    };
    match open.is_empty() {
        true => "its conditions are met, so it should fire".to_owned(),
        false => format!("its trigger needs {}", open.join(joint)),
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, second, rest @ ..] => format!("{first}, {second} and {} more", rest.len()),
    }
}

/// Whether and when it starts again.
fn of_start(workflow: &Pipeline, now: Time) -> Option<Finding> {
    let Some(start) = workflow.triggers.iter().find(|trigger| trigger.is_start()) else {
        return workflow.known.then(|| {
            let (severity, text) = match workflow.id {
                PipelineId::Alone(_) => {
                    (Severity::Plain, "No trigger starts it: a person or something outside of Glue does.")
                }
                _ => (Severity::Warning, "No start trigger: it only runs when started manually."),
            };
            finding(severity, text.to_owned(), None)
        });
    };
    let proof = Some(EvidenceLink::Trigger(start.name.clone()));
    let text = match (&start.kind, start.can_fire(), start.schedule.as_deref()) {
        (TriggerKind::Scheduled, false, _) => {
            let text = format!("Its schedule is {}: it will not start automatically.", start.state.word());
            return Some(finding(Severity::Warning, text, proof));
        }
        (TriggerKind::Scheduled, true, Some(schedule)) => match next_fire(schedule, now) {
            Some(at) => format!("Schedule {schedule}: next start {}Z.", at.format("%-d %b %H:%M")),
            None => format!("Schedule {schedule}: next start unknown."),
        },
        (kind, ..) => format!("Start trigger type: {}.", kind.word()),
    };
    Some(finding(Severity::Plain, text, proof))
}

/// When it was good last, and how often it was not.
fn of_history(workflow: &Pipeline, history: Option<&History>) -> Option<Finding> {
    let history = history?;
    let own = workflow.last_run.as_ref().map(|run| &run.id);
    let earlier: Vec<_> = history.past_runs.iter().filter(|past| Some(&past.run.id) != own).collect();
    let bad = earlier.iter().filter(|past| matches!(past.outcome, Outcome::Failed | Outcome::Partial)).count();
    let text = match earlier.iter().rfind(|past| past.outcome == Outcome::Succeeded) {
        None if earlier.is_empty() => return None,
        None => format!("None of the {} earlier runs succeeded.", earlier.len()),
        Some(good) => {
            let at = good.run.started_on.map(|at| format!(" {}Z", at.format("%-d %b %H:%M"))).unwrap_or_default();
            let took = good.seconds.map(|s| format!(" (took {})", duration(s))).unwrap_or_default();
            format!("Last succeeded{at}{took}; {bad} of {} earlier runs failed.", earlier.len())
        }
    };
    let proof = earlier
        .iter()
        .rfind(|past| past.outcome == Outcome::Succeeded)
        .map(|past| EvidenceLink::Run(past.run.id.clone()));
    Some(finding(Severity::Plain, text, proof))
}
