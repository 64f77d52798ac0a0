//! Why a workflow is in its state, in one line.

use super::capacity;
use super::history::History;
use super::layers::short_step;
use super::outcome::{self, Outcome};
use crate::domain::{
    Attempt, Pipeline, PipelineId, PipelineRun, StepRun, StepState, Target, Time, Trigger, TriggerKind,
};

/// How bad a reason is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Bad,
    Warning,
    Plain,
}

/// A reason: one line, and how to color it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub text: String,
    pub severity: Severity,
}

/// What a reason may draw on besides the workflow itself.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'e> {
    /// All workflows, for who held the capacity.
    pub pipelines: &'e [Pipeline],
    pub dpu_limit: Option<f64>,
    pub history: Option<&'e History>,
    pub now: Time,
}

/// The reason for what the row shows; `None` where there is nothing to explain.
pub fn reason(workflow: &Pipeline, evidence: Evidence<'_>) -> Option<Reason> {
    let reason = of_pipeline(workflow, evidence)?;
    // The name of what stands alone is on the row already.
    let own = match &workflow.id {
        PipelineId::Alone(target) => reason.text.strip_prefix(target.name()),
        _ => None,
    };
    let text = own.map(|rest| rest.trim_start_matches(": ").trim_start().to_owned());
    Some(Reason { text: text.filter(|text| !text.is_empty()).unwrap_or(reason.text), ..reason })
}

fn of_pipeline(workflow: &Pipeline, evidence: Evidence<'_>) -> Option<Reason> {
    let say = |severity, text: String| Some(Reason { text, severity });
    let run = workflow.last_run.as_ref();
    match (outcome::of_pipeline(workflow), run) {
        (Outcome::Failed, Some(run)) => say(Severity::Bad, failure(run, evidence)),
        (Outcome::Running, Some(run)) => running(run, evidence.history, evidence.now),
        (Outcome::Stopped, Some(run)) => say(Severity::Warning, stopped(run)),
        (Outcome::Partial, Some(run)) => say(Severity::Warning, partial(workflow, run)),
        (outcome, run) => match start_is_off(workflow) {
            Some(state) => {
                let last = run.and_then(|run| run.started_on).map(|at| format!(" · last ran {}", at.format("%-d %b")));
                let crawler = matches!(workflow.id, PipelineId::Alone(Target::Crawler(_)));
                let what = if crawler { "schedule" } else { "start trigger" };
                say(Severity::Warning, format!("{what} {state}{}", last.unwrap_or_default()))
            }
            None if workflow.is_unread() => say(Severity::Plain, "runs not read yet".to_owned()),
            None if outcome == Outcome::NeverRan => {
                say(Severity::Plain, format!("never ran{}", nothing_starts(workflow)))
            }
            None => run.zip(evidence.history).and_then(|(run, history)| slow(run, history, evidence.now)),
        },
    }
}

/// That a run has taken longer than usual, and by which step.
fn slow(run: &PipelineRun, history: &History, now: Time) -> Option<Reason> {
    let (took, usual) = run.elapsed_seconds(now).zip(history.usual_seconds)?;
    if !is_slow(took, usual) {
        return None;
    }
    let excess = |step: &&StepRun| {
        let usual = history.usual(&step.target).unwrap_or(0);
        step.last().and_then(|attempt| attempt.elapsed_seconds(now)).map_or(0, |took| took - usual)
    };
    let step = run.steps.iter().flatten().max_by_key(excess).filter(|step| excess(step) > 0);
    let step = step.map(|step| format!(", {} +{}", short_step(&step.target), duration(excess(&step))));
    let text = format!("took {} (usually {}){}", duration(took), duration(usual), step.unwrap_or_default());
    Some(Reason { text, severity: Severity::Warning })
}

/// Whether something takes so much longer than usual that one wants to know it: by a third and by more than a minute.
pub fn is_slow(seconds: i64, usual: i64) -> bool {
    seconds * 3 > usual * 4 && seconds > usual + 60
}

/// The state of the scheduled start trigger if it will not fire.
pub fn start_is_off(workflow: &Pipeline) -> Option<&str> {
    let start = workflow.triggers.iter().find(|trigger| trigger.kind == TriggerKind::Scheduled)?;
    (!start.can_fire()).then(|| start.state.word())
}

/// Why no run can ever begin, if the triggers say so.
fn nothing_starts(workflow: &Pipeline) -> &'static str {
    let starts = |trigger: &Trigger| trigger.kind != TriggerKind::Conditional;
    match workflow.triggers.iter().any(starts) {
        _ if !workflow.known || matches!(workflow.id, PipelineId::Alone(_)) => "",
        true => "",
        false if workflow.triggers.is_empty() => " · no triggers",
        false => " · no start trigger",
    }
}

fn failure(run: &PipelineRun, evidence: Evidence<'_>) -> String {
    match failed_step(run) {
        None => run.error.clone().unwrap_or_else(|| "an action failed; no graph returned to show which one".into()),
        Some(step) => {
            let attempt = step.last();
            let error = attempt.and_then(|attempt| attempt.error.as_deref());
            let state = attempt.map_or("FAILED", |attempt| attempt.state.word());
            let why = match (error, attempt) {
                (Some(error), Some(attempt)) if capacity::is_over_limit(error) => return over_limit(attempt, evidence),
                (Some(error), _) => explain(error),
                (None, _) => state.to_owned(),
            };
            format!("{}: {why}", short_step(&step.target))
        }
    }
}

/// The first failed step of a run, by the time it ended.
pub fn failed_step(run: &PipelineRun) -> Option<&StepRun> {
    let failed = run.steps.iter().flatten().filter(|step| step.last().is_some_and(|a| a.state.is_failure()));
    failed.min_by_key(|step| step.last().and_then(|attempt| attempt.completed_on.or(attempt.started_on)))
}

/// What it wanted, and what these workflows left of the limit at that moment. Other jobs of the account are not known,
/// so what was free is only said where it explains the failure.
fn over_limit(attempt: &Attempt, evidence: Evidence<'_>) -> String {
    let mut text = "DPU limit exceeded".to_owned();
    let Some(wanted) = attempt.dpu else { return text };
    text += &format!(": needs {wanted}");
    if let Some((limit, at)) = evidence.dpu_limit.zip(attempt.started_on) {
        let free = limit - capacity::in_use_at(evidence.pipelines, at);
        if free >= 0.0 && free < wanted {
            text += &format!(", {free} of {limit} available");
        }
    }
    text
}

/// A job run's `ErrorMessage` without Glue's wrapping: its first line that says something.
pub fn explain(error: &str) -> String {
    let mut text = error;
    while let Some((head, rest)) = text.split_once("; ") {
        let wrapping = head.starts_with("Error Category:") || head.starts_with("Failed Line Number:");
        if !wrapping {
            break;
        }
        text = rest;
    }
    let text = text.strip_prefix("DataQualityError: ").unwrap_or(text);
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("failed, no error message").to_owned()
}

fn running(run: &PipelineRun, history: Option<&History>, now: Time) -> Option<Reason> {
    let active = run.steps.iter().flatten().filter(|step| step.last().is_some_and(|a| a.state.is_active()));
    let step = active.max_by_key(|step| step.last().and_then(|attempt| attempt.started_on))?;
    let attempt = step.last()?;
    let name = short_step(&step.target);
    if attempt.state == StepState::Waiting {
        let since =
            attempt.elapsed_seconds(now).map(|seconds| format!(" for {}", duration(seconds))).unwrap_or_default();
        // The service's own words say which limit it waits at.
        let detail = attempt.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
        let text = format!("{name} waits for capacity{since}{detail}");
        return Some(Reason { text, severity: Severity::Warning });
    }
    let usual = history.and_then(|history| history.usual(&step.target)).filter(|usual| *usual > 0);
    let Some((usual, elapsed)) = usual.zip(attempt.elapsed_seconds(now)) else {
        let text = format!("{name} {}", attempt.state.word().to_lowercase());
        return Some(Reason { text, severity: Severity::Plain });
    };
    let usually = duration(usual);
    if is_slow(elapsed, usual) {
        let text = format!("{name} {:.1}× usual {usually}", elapsed as f64 / usual as f64);
        return Some(Reason { text, severity: Severity::Warning });
    }
    let text = match elapsed * 100 / usual {
        percent if percent < 100 => format!("{name} {percent}% of usual {usually}"),
        _ => format!("{name} running {} (usually {usually})", duration(elapsed)),
    };
    Some(Reason { text, severity: Severity::Plain })
}

fn stopped(run: &PipelineRun) -> String {
    let stopped = run.steps.iter().flatten().find(|step| step.last().is_some_and(|a| a.state.is_stopped()));
    match stopped {
        Some(step) => format!("stopped at {}", short_step(&step.target)),
        None => "stopped".into(),
    }
}

fn partial(workflow: &Pipeline, run: &PipelineRun) -> String {
    let never = run.steps.iter().flatten().find(|step| step.attempts.is_empty());
    let Some(step) = never else { return "not all actions ran".into() };
    let name = short_step(&step.target);
    let trigger = workflow.triggers.iter().find(|trigger| trigger.actions.contains(&step.target));
    match trigger.filter(|trigger| !trigger.can_fire()) {
        Some(trigger) => format!("{name} skipped: trigger {}", trigger.state.word()),
        None => format!("{name} skipped"),
    }
}

/// `38s`, `6m02s`, `1h04m`: seconds as people say them, at most six characters wide up to 99 hours.
pub fn duration(seconds: i64) -> String {
    match seconds.max(0) {
        s if s < 60 => format!("{s}s"),
        s if s < 3_600 => format!("{}m{:02}s", s / 60, s % 60),
        s if s < 100 * 3_600 => format!("{}h{:02}m", s / 3_600, s % 3_600 / 60),
        s => format!("{}d{:02}h", s / 86_400, s % 86_400 / 3_600),
    }
}
