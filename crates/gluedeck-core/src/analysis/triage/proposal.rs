//! What to do about a failure: the step, its command, the reason, and what would make it wrong.

use super::case::{After, Case, after, is_evaluation};
use crate::analysis::log::Class;
use crate::analysis::rerun::{Advice, FailedStep, Rerun, advise, advise_alone, failed_steps};
use crate::domain::{JobRunId, Pipeline, PipelineId, Target};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub what: String,
    /// What the console can do about it; it asks first.
    pub act: ProposedAction,
    pub why: String,
    /// What would make it wrong.
    pub unless: String,
}

/// What can be done from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProposedAction {
    Nothing,
    /// Go on from the failed step.
    Resume(PipelineId),
    /// Start again from the beginning.
    Whole(PipelineId),
    /// Start these one after the other, as capacity frees.
    Stagger(Vec<PipelineId>),
}

impl ProposedAction {
    /// The command that shows the plan, and does it with `--yes`.
    pub fn command(&self) -> Option<String> {
        let quoted = |name: &PipelineId| format!("'{}'", name.as_str().replace('\'', "'\\''"));
        match self {
            Self::Nothing => None,
            Self::Resume(name) => Some(format!("gluedeck rerun {} --from-failed", quoted(name))),
            Self::Whole(name) => Some(format!("gluedeck rerun {} --whole", quoted(name))),
            Self::Stagger(names) => {
                Some(format!("gluedeck stagger --now {}", names.iter().map(quoted).collect::<Vec<_>>().join(" ")))
            }
        }
    }

    /// What the key does, as in `r rerun from the failed step`.
    pub fn words(&self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Resume(_) => Some("rerun from the failed step"),
            Self::Whole(PipelineId::Alone(Target::Job(_))) => Some("run the job again"),
            Self::Whole(PipelineId::Alone(Target::Crawler(_))) => Some("crawl again"),
            Self::Whole(PipelineId::Chain(_)) => Some("start the chain again"),
            Self::Whole(PipelineId::Workflow(_)) => Some("rerun the whole workflow"),
            Self::Stagger(_) => Some("stagger the starts"),
        }
    }
}

fn made(what: &str, why: &str, unless: &str, act: ProposedAction) -> Proposal {
    Proposal { what: what.to_owned(), act, why: why.to_owned(), unless: unless.to_owned() }
}

/// What has become of it since, where that leaves nothing to do.
fn settled(case: &Case<'_>) -> Option<Proposal> {
    Some(match after(case) {
        After::Recovered => made(
            "nothing to do: a later run succeeded",
            "its last run succeeded",
            "the failed night's data is still needed: backfill it",
            ProposedAction::Nothing,
        ),
        After::Running => made(
            "wait: it is running again",
            "a newer attempt or run is in progress",
            "it hangs: compare with its usual duration on its screen",
            ProposedAction::Nothing,
        ),
        After::Newer(outcome) => made(
            "check the newer run instead",
            &format!("there is a newer run: {}", outcome.title()),
            "this night's data is still needed: backfill it",
            ProposedAction::Nothing,
        ),
        After::Nothing => return None,
    })
}

/// The proposal for a case; `others` failed for the same reason.
pub(super) fn of(case: &Case<'_>, class: Class, others: &[&Pipeline]) -> Proposal {
    if let Some(proposal) = settled(case) {
        return proposal;
    }
    if is_evaluation(case) {
        return made(
            "look at the data that this run has written, and fix them at the source",
            "the rules were evaluated and failed, and the run went on: what reads its data has them",
            "a rule is wrong instead: change the ruleset",
            ProposedAction::Nothing,
        );
    }
    let advice = advice(case, class);
    // What is not known to be in the last run is not what a rerun would repeat.
    let Some(workflow) = case.found.workflow.filter(|_| case.found.attempt.is_some()) else {
        return made(&advice.what(), &advice.why, advice.unless, ProposedAction::Nothing);
    };
    // Only workflows are started one after the other: a job by itself is run again with its run's arguments.
    let staggered = std::iter::once(workflow).chain(others.iter().copied()).filter(|w| w.id.as_workflow().is_some());
    let names: Vec<PipelineId> = staggered.map(|w| w.id.clone()).collect();
    if class == Class::DpuLimit && names.len() > 1 && names[0] == workflow.id {
        return made(
            &format!("start the {} workflows that got no capacity one at a time", names.len()),
            "the account was at its DPU limit; starting all at once would exceed it again",
            advice.unless,
            ProposedAction::Stagger(names),
        );
    }
    let act = match advice.rerun {
        Rerun::Nothing(_) | Rerun::Step(_) => ProposedAction::Nothing,
        Rerun::Resume { .. } => ProposedAction::Resume(workflow.id.clone()),
        Rerun::Whole | Rerun::Chain | Rerun::Alone(_) => ProposedAction::Whole(workflow.id.clone()),
    };
    made(&advice.what(), &advice.why, advice.unless, act)
}

/// The same as for the rerun of the workflow, whose dialog this leads to.
fn advice(case: &Case<'_>, class: Class) -> Advice {
    let own = FailedStep { target: &case.found.target, class, attempt: case.found.attempt };
    let Some(workflow) = case.found.workflow else { return advise_alone(&own, case.history, case.now) };
    let is_own = |id: &JobRunId| own.attempt.and_then(|attempt| attempt.id.as_ref()) == Some(id);
    let in_log = |id: &JobRunId| case.log.filter(|_| is_own(id)).map(|log| log.cause.class);
    let mut failed = failed_steps(workflow, &in_log);
    if failed.is_empty() || own.attempt.is_none() {
        failed = vec![own];
    }
    advise(workflow, &failed, case.history, case.now)
}
