//! How to run a failed workflow again: what is to be done first, from where it goes, why, and what would make that wrong.
//! The board, the workflow, the card of a failure and the commands all ask here, so that they say the same.

use super::History;
use super::log::{Cause, Class};
use super::outcome::{self, Outcome};
use super::reason::duration;
use crate::domain::{Attempt, JobRunId, Pipeline, PipelineId, RunId, RunStatus, StepState, Target, Time, TriggerKind};

/// What a rerun would do.
#[derive(Debug, Clone, PartialEq)]
pub enum Rerun {
    /// ResumeWorkflowRun from the failed steps: they and everything behind them run again, in a new run.
    Resume { run: RunId, from: Vec<Target>, nodes: Vec<String>, runs: Vec<Target> },
    /// StartWorkflowRun: everything runs.
    Whole,
    /// StartTrigger of a chain that is started on demand.
    Chain,
    /// StartJobRun or StartCrawler of a step of a chain that nothing starts on demand.
    Step(Target),
    /// StartJobRun or StartCrawler, of what is in no workflow.
    Alone(Target),
    /// Nothing to do, and why.
    Nothing(&'static str),
}

/// What to do about a failed workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// What has to be done before, as `fix the script`.
    pub first: Option<&'static str>,
    pub rerun: Rerun,
    /// When, as `once the other run has ended`.
    pub when: Option<&'static str>,
    pub why: String,
    /// What would make it wrong.
    pub unless: &'static str,
}

impl Advice {
    /// In words: `fix the script, then rerun from the failed step`.
    pub fn what(&self) -> String {
        let rerun = match &self.rerun {
            Rerun::Resume { from, .. } => format!("rerun from {}", failed_words(from)),
            Rerun::Whole => "rerun the whole workflow".to_owned(),
            Rerun::Chain => "start the chain again".to_owned(),
            Rerun::Step(target) => format!("run {target} again, and what comes after it, one by one"),
            Rerun::Alone(Target::Job(_)) => "run the job again".to_owned(),
            Rerun::Alone(Target::Crawler(_)) => "run the crawler again".to_owned(),
            Rerun::Nothing(_) => return self.first.unwrap_or("nothing to rerun").to_owned(),
        };
        let when = self.when.map(|when| format!(" {when}")).unwrap_or_default();
        match self.first {
            Some(first) => format!("{first}, then {rerun}{when}"),
            None => format!("{rerun}{when}"),
        }
    }
}

/// What a resume begins with.
fn failed_words(from: &[Target]) -> &'static str {
    match from {
        [Target::Crawler(_)] => "the crawler",
        [_] => "the failed step",
        _ => "the failed steps",
    }
}

/// A step that failed, and why.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailedStep<'w> {
    pub target: &'w Target,
    pub class: Class,
    pub attempt: Option<&'w Attempt>,
}

/// The steps of the last run that failed, with their classes; `in_log` is the class that the log of a run has shown, where
/// somebody has read it.
pub fn failed_steps<'w>(workflow: &'w Pipeline, in_log: &dyn Fn(&JobRunId) -> Option<Class>) -> Vec<FailedStep<'w>> {
    let steps = workflow.last_run.iter().flat_map(|run| run.steps.iter().flatten());
    let failed = steps.filter_map(|step| Some((&step.target, step.last().filter(|last| last.state.is_failure())?)));
    let mut failed: Vec<_> = failed.collect();
    failed.sort_by_key(|(_, attempt)| attempt.completed_on.or(attempt.started_on));
    let each = failed.into_iter().map(|(target, attempt)| {
        let log = attempt.id.as_ref().and_then(in_log);
        let timed_out = attempt.state == StepState::Timeout;
        FailedStep { target, class: class_of(target, timed_out, attempt.error.as_deref(), log), attempt: Some(attempt) }
    });
    each.collect()
}

/// By the words of the error; where they say little, by the log's.
pub fn class_of(target: &Target, timed_out: bool, words: Option<&str>, in_log: Option<Class>) -> Class {
    let by_words = match target {
        Target::Crawler(_) => Class::Crawler,
        Target::Job(_) if timed_out => Class::Timeout,
        Target::Job(_) => words.map_or(Class::Unknown, |words| Cause::of(words).class),
    };
    match (by_words, in_log) {
        (Class::Unknown | Class::CodeError, Some(log)) if log != Class::Unknown => log,
        (by_words, _) => by_words,
    }
}

/// What to do about a workflow whose last run failed for these reasons.
pub fn advise(workflow: &Pipeline, failed: &[FailedStep<'_>], history: Option<&History>, now: Time) -> Advice {
    let possible = possible(workflow);
    let Some(step) = failed.iter().find(|step| needs_the_whole(step.class)).or(failed.first()) else {
        return without_failed_step(possible, workflow);
    };
    let advice = of_step(step, history, now);
    match possible {
        Possible::Nothing(why) => Advice { rerun: Rerun::Nothing(why), ..advice },
        _ if step.class == Class::DeletedJob => Advice {
            rerun: Rerun::Nothing("its job no longer exists: recreate it, or remove it from its trigger"),
            ..advice
        },
        Possible::Outside => Advice { rerun: outside(workflow, step.target), ..advice },
        Possible::Whole(why) if !needs_the_whole(step.class) => {
            Advice { rerun: Rerun::Whole, why: format!("{}; {why}", advice.why), ..advice }
        }
        Possible::Whole(_) => advice,
        Possible::Resume(_) if needs_the_whole(step.class) => advice,
        Possible::Resume(resume) => Advice { rerun: resume, ..advice },
    }
}

/// What to do about a job or a crawler that is in no workflow.
pub fn advise_alone(step: &FailedStep<'_>, history: Option<&History>, now: Time) -> Advice {
    Advice { rerun: Rerun::Alone(step.target.clone()), ..of_step(step, history, now) }
}

/// To resume from the failed steps, whether that is advised or not.
///
/// # Errors
/// Why the API does not take it.
pub fn resume(workflow: &Pipeline) -> Result<Rerun, &'static str> {
    match possible(workflow) {
        Possible::Resume(resume) => Ok(resume),
        Possible::Whole(why) | Possible::Nothing(why) => Err(why),
        Possible::Outside => Err("only the run of a workflow can be resumed"),
    }
}

/// Steps that begin a run: what the start triggers start.
pub fn first_steps(workflow: &Pipeline) -> Vec<&Target> {
    workflow.triggers.iter().filter(|trigger| trigger.is_start()).flat_map(|trigger| &trigger.actions).collect()
}

/// Of these a resume would meet the same rows, or the same lack of them, again.
fn needs_the_whole(class: Class) -> bool {
    matches!(class, Class::DataQuality | Class::MissingInput)
}

/// What the API allows.
enum Possible {
    Resume(Rerun),
    /// Only from the beginning, and why.
    Whole(&'static str),
    /// What is no workflow is run again, not resumed.
    Outside,
    Nothing(&'static str),
}

/// How what is no workflow is run again. A chain that no trigger starts on demand is not: what is run by hand starts
/// nothing after it (AWS Glue, "AWS Glue triggers").
fn outside(pipeline: &Pipeline, failed: &Target) -> Rerun {
    let on_demand = || pipeline.triggers.iter().any(|trigger| trigger.kind == TriggerKind::OnDemand);
    match &pipeline.id {
        PipelineId::Alone(target) => Rerun::Alone(target.clone()),
        _ if on_demand() => Rerun::Chain,
        _ => Rerun::Step(failed.clone()),
    }
}

/// The rules are the API's (AWS Glue, "Resuming a workflow run"): only a COMPLETED run can be resumed, and only from job or
/// crawler nodes that had an attempt in it.
fn possible(workflow: &Pipeline) -> Possible {
    let Some(run) = &workflow.last_run else {
        return Possible::Nothing("never ran; start it instead");
    };
    match outcome::of_pipeline(workflow) {
        Outcome::Running => return Possible::Nothing("the last run is still running"),
        Outcome::Succeeded => return Possible::Nothing("the last run succeeded; start it to run it again"),
        _ => {}
    }
    match run.status {
        _ if workflow.id.as_workflow().is_none() => {
            return Possible::Outside;
        }
        RunStatus::Completed => {}
        RunStatus::Stopped => return Possible::Whole("a stopped run cannot be resumed"),
        _ => return Possible::Whole("only a completed run can be resumed"),
    }
    let steps = run.steps.iter().flatten();
    let failed: Vec<_> =
        steps.filter(|step| step.last().is_some_and(|a| a.state.is_failure() || a.state.is_stopped())).collect();
    if failed.is_empty() {
        return Possible::Whole("there is no failed step to resume from");
    }
    let from: Vec<Target> = failed.iter().map(|step| step.target.clone()).collect();
    let behind = downstream(workflow, &from);
    let everything = workflow.targets().into_iter();
    let runs = everything.filter(|target| from.contains(target) || behind.contains(target)).cloned().collect();
    let nodes = failed.iter().map(|step| step.node_id.clone()).collect();
    Possible::Resume(Rerun::Resume { run: run.id.clone(), nodes, from, runs })
}

/// Everything that can run because of the targets.
fn downstream(workflow: &Pipeline, from: &[Target]) -> Vec<Target> {
    let mut found: Vec<Target> = Vec::new();
    let mut open = from.to_vec();
    while let Some(node) = open.pop() {
        let waits = workflow.triggers.iter().filter(|trigger| {
            trigger.predicate.iter().flat_map(|p| &p.conditions).any(|condition| condition.target == node)
        });
        for action in waits.flat_map(|trigger| &trigger.actions) {
            if !found.contains(action) {
                found.push(action.clone());
                open.push(action.clone());
            }
        }
    }
    found
}

/// Of a run that was stopped, or that left steps out.
fn without_failed_step(possible: Possible, pipeline: &Pipeline) -> Advice {
    let (rerun, why) = match possible {
        Possible::Outside => {
            let first = pipeline.targets().into_iter().next();
            let rerun = first.map_or(Rerun::Nothing("it has no steps"), |first| outside(pipeline, first));
            (rerun, "it was stopped before it was done")
        }
        Possible::Resume(resume) => (resume, "it was stopped before it was done"),
        Possible::Whole(why) => (Rerun::Whole, why),
        Possible::Nothing(why) => (Rerun::Nothing(why), why),
    };
    let unless = "what stopped it, or the trigger that is off, is still so: see why (e)";
    Advice { first: None, rerun, when: None, why: why.to_owned(), unless }
}

fn of_step(step: &FailedStep<'_>, history: Option<&History>, now: Time) -> Advice {
    // Whether it was its own time limit that ended it, not a connection's.
    let own_limit = step.attempt.is_none_or(|attempt| attempt.state == StepState::Timeout);
    match step.class {
        Class::Timeout if own_limit => of_timeout(step, history, now),
        class => of_the_moment(class).unwrap_or_else(|| fix_first(class)),
    }
}

/// What was wrong with the moment: the same run may be good now.
fn of_the_moment(class: Class) -> Option<Advice> {
    let advice =
        |when, why: &str, unless| Some(Advice { first: None, rerun: Rerun::Whole, when, why: why.to_owned(), unless });
    match class {
        Class::DpuLimit => advice(
            Some("when capacity is available"),
            "the account was at its DPU limit; the run itself is fine",
            "other jobs still use the capacity: check DPU usage first; `gluedeck stagger --schedule` keeps it from \
             happening again",
        ),
        Class::Concurrency => advice(
            Some("once the other run has ended"),
            "another run of the same job was in progress",
            "the other run hangs: stop it first",
        ),
        Class::Throttling => advice(
            None,
            "an AWS API throttled its requests",
            "it is throttled every night: the starts are too close together",
        ),
        Class::Conflict => advice(
            None,
            "another writer committed to the table first; nothing of this run was committed",
            "both write the table every night: start one after the other",
        ),
        Class::Connection | Class::Timeout => advice(
            None,
            "a connection timed out or was refused, often a temporary problem",
            "it happens again: check the security group, the route and the VPC endpoint",
        ),
        _ => None,
    }
}

/// What is wrong with data, code, roles or definitions, and is to be fixed first: what is done, why, and what would make that
/// wrong.
const FIX_FIRST: [(Class, &str, &str, &str); 11] = [
    (
        Class::DataQuality,
        "fix the data at the source",
        "the check stopped the run before bad data reached the next layer; resuming from the check would test the same rows \
         again",
        "the threshold is wrong instead: change it, then resume from the failed check (F, or --from-failed)",
    ),
    (
        Class::OutOfMemory,
        "give the job more or larger workers",
        "it ran out of memory or disk",
        "a skewed key is the cause: more workers will not help",
    ),
    (
        Class::AccessDenied,
        "add the missing permission to the role",
        "the role lacks the permission",
        "the resource denies it: check the bucket policy, the key policy or Lake Formation",
    ),
    (
        Class::MissingInput,
        "find out why the input is missing",
        "its input does not exist, so the step that writes it has to run first",
        "the input is late every night: start it later",
    ),
    (
        Class::SchemaChange,
        "update the table mapping",
        "columns or types are not what the job expects",
        "the source is wrong: fix it there",
    ),
    (
        Class::DeletedJob,
        "recreate the job, or remove it from its trigger",
        "the job no longer exists",
        "it was renamed on purpose: update the trigger to the new name",
    ),
    (
        Class::Crawler,
        "fix the crawler error",
        "the crawler failed and the tables were not updated; running only the crawler starts no downstream steps",
        "the crawler is already running: wait for it",
    ),
    (
        Class::Library,
        "add the library, or set the version that fits (--additional-python-modules, --extra-py-files, --extra-jars)",
        "a module or a jar is missing, or does not fit the others",
        "it worked yesterday with the same job: a version that is not pinned has changed",
    ),
    (
        Class::Argument,
        "correct the argument",
        "an argument is missing or not valid",
        "the script expects it by another name",
    ),
    (
        Class::Definition,
        "correct the job's definition",
        "AWS Glue refused the run before the script began",
        "it worked yesterday: see what was changed, or whether a connection or role is gone",
    ),
    (
        Class::CodeError,
        "fix the script",
        "the script raised an error",
        "the data caused it: see the first error in the log",
    ),
];

fn fix_first(class: Class) -> Advice {
    let known = FIX_FIRST.iter().find(|(of, ..)| *of == class).map(|(_, first, why, unless)| (*first, *why, *unless));
    let (first, why, unless) = known.unwrap_or((
        "read the log",
        "the error message is not a known one",
        "it fails the same way again: a rerun does not help",
    ));
    Advice { first: Some(first), rerun: Rerun::Whole, when: None, why: why.to_owned(), unless }
}

/// A run that was ended by its time limit: did it hang, or does it need longer?
fn of_timeout(step: &FailedStep<'_>, history: Option<&History>, now: Time) -> Advice {
    let ran = step.attempt.and_then(|attempt| attempt.elapsed_seconds(now));
    let usual = history.and_then(|history| history.usual(step.target));
    let grown = "the table has grown: add workers or raise the timeout, or it times out again";
    let (first, why, unless) = match (ran, usual) {
        (Some(ran), Some(usual)) if usual * 3 > ran * 2 => (
            Some("raise the job's timeout"),
            format!("it usually takes {} and timed out after {}", duration(usual), duration(ran)),
            "something slowed it down tonight: see the log",
        ),
        (Some(ran), Some(usual)) => (
            None,
            format!("it usually takes {} but hung until it timed out after {}", duration(usual), duration(ran)),
            grown,
        ),
        _ => (None, "it hit its own timeout, not an error".to_owned(), grown),
    };
    Advice { first, rerun: Rerun::Whole, when: None, why, unless }
}
