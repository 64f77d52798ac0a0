//! What to do about a failure: the step, its command, the reason, and what would make it wrong.

use super::case::{After, Case, after};
use crate::analysis::log::Class;
use crate::analysis::reason::duration;
use crate::analysis::rerun::{Rerun, advise};
use crate::domain::{StepState, Target, Workflow, WorkflowName};

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
    Resume(WorkflowName),
    /// Start again from the beginning.
    Whole(WorkflowName),
    /// Start these one after the other, as capacity frees.
    Stagger(Vec<WorkflowName>),
}

impl ProposedAction {
    /// The command that shows the plan, and does it with `--yes`.
    pub fn command(&self) -> Option<String> {
        let quoted = |name: &WorkflowName| format!("'{}'", name.as_str().replace('\'', "'\\''"));
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
            Self::Whole(_) => Some("rerun the whole workflow"),
            Self::Stagger(_) => Some("stagger the starts"),
        }
    }
}

/// What to do, why, and what would make it wrong.
struct Advice {
    what: String,
    why: String,
    unless: &'static str,
}

fn advice(what: &str, why: &str, unless: &'static str) -> Advice {
    Advice { what: what.to_owned(), why: why.to_owned(), unless }
}

/// Of what was wrong with the moment: the same run may be good now.
fn of_the_moment(class: Class) -> Option<Advice> {
    Some(match class {
        Class::DpuLimit => advice(
            "rerun when capacity is available",
            "the account was at its DPU limit; the run itself is fine",
            "other jobs still use the capacity: check DPU usage first; `gluedeck stagger --schedule` keeps it from \
             happening again",
        ),
        Class::Concurrency => advice(
            "rerun once the other run has ended",
            "another run of the same job was in progress",
            "the other run hangs: stop it first",
        ),
        Class::Throttling => advice(
            "rerun from the failed step",
            "an AWS API throttled its requests",
            "it is throttled every night: the starts are too close together",
        ),
        _ => return None,
    })
}

/// Of what is wrong with data, code, roles or definitions: they are to be fixed first.
fn fix_first(class: Class) -> Advice {
    match class {
        Class::DataQuality => advice(
            "fix the data at the source, then rerun the whole workflow",
            "the check stopped the run before bad data reached the next layer; resuming from the check would test \
             the same rows again, since bronze and silver still have them",
            "the threshold is wrong instead: change it in the configuration, then rerun from the failed \
             check",
        ),
        Class::OutOfMemory => advice(
            "give the job more or larger workers, then rerun from the failed step",
            "it ran out of memory or disk",
            "a skewed key is the cause: more workers will not help",
        ),
        Class::Timeout => advice(
            "rerun from the failed step",
            "a connection timed out or was refused, often a temporary problem",
            "it happens again: check the security group, the route and the VPC endpoint",
        ),
        Class::AccessDenied => advice(
            "add the missing permission to the role, then rerun from the failed step",
            "the role lacks the permission",
            "the resource denies it: check the bucket policy, the key policy or Lake Formation",
        ),
        Class::MissingInput => advice(
            "find out why the input is missing, then rerun the whole workflow",
            "its input does not exist, so the step that writes it has to run first",
            "the input is late every night: start the workflow later",
        ),
        Class::SchemaChange => advice(
            "update the table mapping, then rerun from the failed step",
            "columns or types are not what the job expects",
            "the source is wrong: fix it there",
        ),
        Class::DeletedJob => advice(
            "recreate the job, or remove it from the workflow",
            "the job no longer exists",
            "it was renamed on purpose: update the trigger to the new name",
        ),
        Class::Crawler => advice(
            "fix the crawler error, then rerun from the crawler",
            "the crawler failed and the tables were not updated; running only the crawler starts no downstream steps",
            "the crawler is already running: wait for it",
        ),
        Class::CodeError => advice(
            "fix the script, then rerun from the failed step",
            "the script raised an error",
            "the data caused it: see the first error in the log",
        ),
        _ => advice(
            "read the log, then rerun from the failed step",
            "the error message is not a known one",
            "it fails the same way again: a rerun does not help",
        ),
    }
}

/// Whether it was its own time limit that ended it, not a connection's.
fn is_own_limit(case: &Case<'_>) -> bool {
    match case.found.attempt {
        Some(attempt) => attempt.state == StepState::Timeout,
        None => case.alert.state.as_deref() == Some("TIMEOUT"),
    }
}

/// A run that was ended by its time limit: did it hang, or does it need longer?
fn of_timeout(case: &Case<'_>) -> Advice {
    let ran = case.found.attempt.and_then(|attempt| attempt.elapsed_seconds(case.now));
    let usual = case.history.and_then(|history| history.usual(&case.found.target));
    match (ran, usual) {
        (Some(ran), Some(usual)) if usual * 3 > ran * 2 => advice(
            "raise the job's timeout, then rerun from the failed step",
            &format!("it usually takes {} and timed out after {}", duration(usual), duration(ran)),
            "something slowed it down tonight: see the log",
        ),
        (Some(ran), Some(usual)) => advice(
            "rerun from the failed step",
            &format!("it usually takes {} but hung until it timed out after {}", duration(usual), duration(ran)),
            "the table has grown: add workers or raise the timeout, or it times out again",
        ),
        _ => advice(
            "rerun from the failed step",
            "it hit its own timeout, not an error",
            "the table has grown: add workers or raise the timeout, or it times out again",
        ),
    }
}

/// The proposal for a case; `others` failed for the same reason.
pub(super) fn of(case: &Case<'_>, class: Class, others: &[&Workflow]) -> Proposal {
    let made =
        |advice: Advice, act| Proposal { what: advice.what, act, why: advice.why, unless: advice.unless.to_owned() };
    let nothing = match after(case) {
        After::Recovered => Some(advice(
            "nothing to do: a later run succeeded",
            "the last run of the workflow succeeded",
            "the failed night's data is still needed: backfill it",
        )),
        After::Running => Some(advice(
            "wait: it is running again",
            "a newer attempt or run is in progress",
            "it hangs: compare with its usual duration on the workflow screen",
        )),
        After::Newer(outcome) => Some(advice(
            "check the newer run instead",
            &format!("there is a newer run of the workflow: {}", outcome.title()),
            "this night's data is still needed: backfill it",
        )),
        After::Nothing => None,
    };
    if let Some(nothing) = nothing {
        return made(nothing, ProposedAction::Nothing);
    }
    if let Some(workflow) = case.found.workflow
        && case.found.attempt.is_some()
        && class == Class::DpuLimit
        && !others.is_empty()
    {
        let names = std::iter::once(workflow).chain(others.iter().copied()).map(|w| w.name.clone()).collect();
        let stagger = advice(
            &format!("start the {} workflows that got no capacity one at a time", others.len() + 1),
            "the account was at its DPU limit; starting all at once would exceed it again",
            "other jobs still use the capacity: check DPU usage first; `gluedeck stagger --schedule` keeps it from \
             happening again",
        );
        return made(stagger, ProposedAction::Stagger(names));
    }
    let advised = match class {
        Class::Timeout if is_own_limit(case) => of_timeout(case),
        class => of_the_moment(class).unwrap_or_else(|| fix_first(class)),
    };
    let act = match case.found.workflow {
        // What is not known to be the last run is not what a rerun would repeat.
        _ if case.found.attempt.is_none() => ProposedAction::Nothing,
        Some(workflow) if class != Class::DeletedJob => act(workflow, class),
        _ => ProposedAction::Nothing,
    };
    // A deleted job has no step; of a crawler the name tells.
    let what = match (&act, &case.found.target) {
        (ProposedAction::Whole(_), Target::Job(_)) => {
            advised.what.replace("from the failed step", "the whole workflow")
        }
        _ => advised.what,
    };
    made(Advice { what, ..advised }, act)
}

/// What the API allows of what the class wants.
fn act(workflow: &Workflow, class: Class) -> ProposedAction {
    let name = workflow.name.clone();
    match advise(workflow) {
        Rerun::Nothing(_) => ProposedAction::Nothing,
        Rerun::Resume { .. } if !matches!(class, Class::DataQuality | Class::MissingInput) => {
            ProposedAction::Resume(name)
        }
        _ => ProposedAction::Whole(name),
    }
}
