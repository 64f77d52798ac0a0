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
    pub act: Act,
    pub why: String,
    /// What would make it wrong.
    pub unless: String,
}

/// What can be done from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Nothing,
    /// Go on from the failed step.
    Resume(WorkflowName),
    /// Begin anew.
    Whole(WorkflowName),
    /// Start these one after the other, as capacity frees.
    Stagger(Vec<WorkflowName>),
}

impl Act {
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
            Self::Whole(_) => Some("rerun the whole"),
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
            "rerun when capacity is free",
            "the account had no capacity at that moment; nothing of the run itself is wrong",
            "other jobs still hold the capacity: look at the DPU line first; `gluedeck stagger --schedule` keeps it from \
             happening again",
        ),
        Class::Concurrency => advice(
            "rerun once the other run has ended",
            "another run of the same job held its place",
            "the other run hangs: then stop it first",
        ),
        Class::Throttling => advice(
            "rerun from the failed step",
            "a service had too many requests at that moment",
            "it is throttled every night: then the starts are too close together",
        ),
        _ => return None,
    })
}

/// Of what is wrong with data, code, roles or definitions: they are to be mended first.
fn to_be_mended(class: Class) -> Advice {
    match class {
        Class::DataQuality => advice(
            "fix the data at the source, then rerun the whole",
            "the check stopped the chain before wrong data reached the next layer; going on from the check would look at \
             the same rows again, since bronze and silver still hold them",
            "the threshold is wrong rather than the data: then change it in the configuration, and rerun from the failed \
             check",
        ),
        Class::OutOfMemory => advice(
            "give the job more, or larger, workers, then rerun from the failed step",
            "it ran out of memory or disk",
            "one skewed key is the cause: more workers do not help then",
        ),
        Class::Timeout => advice(
            "rerun from the failed step",
            "a connection timed out or was refused, which is often a moment's trouble",
            "it comes again: then the way there is closed, by a security group, a route or an endpoint",
        ),
        Class::AccessDenied => advice(
            "give the role what is missing, then rerun from the failed step",
            "the role was not allowed to do it",
            "the resource itself denies it: a bucket or key policy, or Lake Formation",
        ),
        Class::MissingInput => advice(
            "find out why the input is not there, then rerun the whole",
            "what it reads does not exist, so the step that writes it has to run first",
            "it comes late every night: then its start is too early",
        ),
        Class::SchemaChange => advice(
            "change the mapping of the table, then rerun from the failed step",
            "columns or types are not what the job expects",
            "the source is wrong rather than new: then fix it there",
        ),
        Class::DeletedJob => advice(
            "put the job back, or take it out of the workflow",
            "the job does not exist any more",
            "it was renamed on purpose: then its trigger must name the new one",
        ),
        Class::Crawler => advice(
            "mend what the crawl was refused, then rerun from the crawl",
            "the crawl failed, and the tables are as they were; a crawl by itself would not start what follows",
            "the crawler is running already: then wait for it",
        ),
        Class::CodeError => advice(
            "mend the script, then rerun from the failed step",
            "the code itself failed",
            "the data are what broke it: the first error's lines tell",
        ),
        _ => advice(
            "read the log, then rerun from the failed step",
            "its words are not among those that are known",
            "it fails in the same way again",
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
            &format!("it usually takes {}, and its limit ended it after {}", duration(usual), duration(ran)),
            "something slowed it down tonight: the log tells where it stood",
        ),
        (Some(ran), Some(usual)) => advice(
            "rerun from the failed step",
            &format!("it usually takes {}, and hung until its limit ended it after {}", duration(usual), duration(ran)),
            "the table has grown: then it times out again, and needs more workers or a longer timeout",
        ),
        _ => advice(
            "rerun from the failed step",
            "it was ended by its own time limit, not by an error",
            "the table has grown: then it times out again, and needs more workers or a longer timeout",
        ),
    }
}

/// The proposal for a case; `others` failed for the same reason.
pub(super) fn of(case: &Case<'_>, class: Class, others: &[&Workflow]) -> Proposal {
    let made =
        |advice: Advice, act| Proposal { what: advice.what, act, why: advice.why, unless: advice.unless.to_owned() };
    let nothing = match after(case) {
        After::Good => Some(advice(
            "nothing: it has run again since, and was good",
            "the last run of the workflow is good",
            "the data of the failed night are needed as they would have been",
        )),
        After::Running => Some(advice(
            "wait: it runs again",
            "a newer attempt or run is under way",
            "it hangs: the workflow's screen tells how long it usually takes",
        )),
        After::Newer(outcome) => Some(advice(
            "look into the newer run: this one is over",
            &format!("a newer run of the workflow has come since, and is {}", outcome.word()),
            "the data of this night are needed as they would have been",
        )),
        After::Nothing => None,
    };
    if let Some(nothing) = nothing {
        return made(nothing, Act::Nothing);
    }
    if let Some(workflow) = case.found.workflow
        && case.found.attempt.is_some()
        && class == Class::DpuLimit
        && !others.is_empty()
    {
        let names = std::iter::once(workflow).chain(others.iter().copied()).map(|w| w.name.clone()).collect();
        let stagger = advice(
            &format!("start the {} workflows that got no capacity one after the other", others.len() + 1),
            "the account had no capacity at that moment; all at once they would exceed it again",
            "other jobs still hold the capacity: look at the DPU line first; `gluedeck stagger --schedule` keeps it from \
             happening again",
        );
        return made(stagger, Act::Stagger(names));
    }
    let advised = match class {
        Class::Timeout if is_own_limit(case) => of_timeout(case),
        class => of_the_moment(class).unwrap_or_else(|| to_be_mended(class)),
    };
    let act = match case.found.workflow {
        // What is not known to be the last run is not what a rerun would repeat.
        _ if case.found.attempt.is_none() => Act::Nothing,
        Some(workflow) if class != Class::DeletedJob => act(workflow, class),
        _ => Act::Nothing,
    };
    // A deleted job has no step; of a crawler the name tells.
    let what = match (&act, &case.found.target) {
        (Act::Whole(_), Target::Job(_)) => advised.what.replace("from the failed step", "the whole"),
        _ => advised.what,
    };
    made(Advice { what, ..advised }, act)
}

/// What the API allows of what the class wants.
fn act(workflow: &Workflow, class: Class) -> Act {
    let name = workflow.name.clone();
    match advise(workflow) {
        Rerun::Nothing(_) => Act::Nothing,
        Rerun::Resume { .. } if !matches!(class, Class::DataQuality | Class::MissingInput) => Act::Resume(name),
        _ => Act::Whole(name),
    }
}
