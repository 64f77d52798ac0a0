//! What to do about a failure: the step, its command, the reason, and what would make it wrong.

use super::card::{Case, mended};
use crate::analysis::log::Class;
use crate::analysis::rerun::{Rerun, advise};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub what: String,
    /// The command that does it; it asks first.
    pub command: Option<String>,
    pub why: String,
    /// What would make it wrong.
    pub unless: String,
}

/// What to do, why, and what would make it wrong.
type Advice = (&'static str, &'static str, &'static str);

/// By class.
fn advice(class: Class) -> Advice {
    match class {
        Class::DpuLimit => (
            "rerun, and stagger the starts",
            "the account had no capacity at that moment; nothing of the run is wrong",
            "other jobs still hold the capacity: look at the DPU line first; `gluedeck stagger --schedule` keeps it from \
             happening again",
        ),
        Class::Concurrency => (
            "rerun once the other run has ended",
            "another run of the same job held its place",
            "the other run hangs: then stop it first",
        ),
        Class::DataQuality => (
            "fix the data at the source, then rerun from the failed check",
            "the check stopped the chain before wrong data reached the next layer",
            "the threshold is wrong rather than the data: then change it in the configuration, and rerun",
        ),
        Class::Timeout => (
            "rerun from the failed step",
            "it was ended by its own time limit, not by an error",
            "the table has grown: then it times out again, and needs more workers or a longer timeout",
        ),
        Class::OutOfMemory => (
            "run it with more, or larger, workers",
            "it ran out of memory or disk",
            "one skewed key is the cause: more workers do not help then",
        ),
        Class::AccessDenied => (
            "give the role what is missing, then rerun from the failed step",
            "the role was not allowed to do it",
            "the resource itself denies it: a bucket or key policy, or Lake Formation",
        ),
        Class::Throttling => (
            "rerun from the failed step",
            "a service had too many requests at that moment",
            "it is throttled every night: then the starts are too close together",
        ),
        class => of_definitions(class),
    }
}

/// What is wrong with data, code or definitions rather than with the moment.
fn of_definitions(class: Class) -> Advice {
    match class {
        Class::MissingInput => (
            "find out why the input is not there, then rerun from the step that writes it",
            "what it reads does not exist",
            "it comes late every night: then its start is too early",
        ),
        Class::SchemaChange => (
            "change the mapping of the table, then rerun from the failed step",
            "columns or types are not what the job expects",
            "the source is wrong rather than new: then fix it there",
        ),
        Class::DeletedJob => (
            "put the job back, or take it out of the workflow",
            "the job does not exist any more",
            "it was renamed on purpose: then its trigger must name the new one",
        ),
        Class::Crawler => (
            "start the crawler again, then rerun the workflow from it",
            "the crawl failed; the tables are as they were",
            "it is running already: then wait for it",
        ),
        Class::CodeError => (
            "mend the script, then rerun from the failed step",
            "the code itself failed",
            "the data are what broke it: the first error's lines tell",
        ),
        _ => (
            "read the log, then rerun from the failed step",
            "its words are not among those that are known",
            "it fails in the same way again",
        ),
    }
}

/// The proposal for a case.
pub(super) fn of(case: &Case<'_>, class: Class) -> Proposal {
    let made = |(what, why, unless): Advice, command| Proposal {
        what: what.to_owned(),
        command,
        why: why.to_owned(),
        unless: unless.to_owned(),
    };
    if mended(case) {
        let advice = (
            "nothing: it has run again since, and was good",
            "the last run of the workflow is good",
            "the data of the failed night are needed as they would have been",
        );
        return made(advice, None);
    }
    let rerun = case.found.workflow.map(|workflow| {
        let name = workflow.name.as_str().replace('\'', "'\\''");
        match advise(workflow) {
            Rerun::Resume { .. } => format!("gluedeck rerun '{name}' --from-failed"),
            _ => format!("gluedeck rerun '{name}' --whole"),
        }
    });
    made(advice(class), rerun.filter(|_| class != Class::DeletedJob))
}
