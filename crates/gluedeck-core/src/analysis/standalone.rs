//! Pipelines that are no workflows: chains of triggers, lone jobs and lone crawlers, and what their runs are.

use super::chain;
use crate::domain::{
    Attempt, CrawlerName, JobName, Pipeline, PipelineId, PipelineRun, RunId, RunStatus, StepRun, Target, Time, Trigger,
    WorkflowName,
};
use chrono::TimeDelta;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Starts so close together are one run: a trigger starts all of its actions at once, and Glue takes a while for each.
const TOGETHER: TimeDelta = TimeDelta::seconds(90);

/// What there is in an account: triggers with the workflow that they belong to, and the names of all jobs and crawlers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inventory {
    pub triggers: Vec<(Trigger, Option<WorkflowName>)>,
    pub jobs: Vec<JobName>,
    pub crawlers: Vec<CrawlerName>,
}

impl Inventory {
    /// Every pipeline that is no workflow, by kind and name. What a workflow starts is a step of that workflow only; jobs and
    /// crawlers that triggers tie together are a chain, and so is a trigger whose job is gone; what is left stands alone,
    /// with the triggers that start it and nothing else.
    pub fn pipelines(&self) -> Vec<Pipeline> {
        let in_workflows: BTreeSet<&Target> =
            self.triggers.iter().filter(|(_, of)| of.is_some()).flat_map(|(trigger, _)| &trigger.actions).collect();
        let jobs = self.jobs.iter().cloned().map(Target::Job);
        let all: Vec<Target> = jobs.chain(self.crawlers.iter().cloned().map(Target::Crawler)).collect();
        let lone: BTreeSet<&Target> = all.iter().filter(|target| !in_workflows.contains(target)).collect();
        let loose: Vec<&Trigger> = self.triggers.iter().filter(|(_, of)| of.is_none()).map(|(t, _)| t).collect();
        let mut found = Vec::new();
        let mut taken: BTreeSet<&Target> = BTreeSet::new();
        for group in groups(&loose) {
            let targets: BTreeSet<&Target> = group.iter().flat_map(|trigger| tied(trigger)).collect();
            taken.extend(&targets);
            let only = targets.first().filter(|target| targets.len() == 1 && lone.contains(**target));
            let triggers = chain::order(group.into_iter().cloned().collect());
            let first = triggers.iter().find(|trigger| trigger.is_start()).or(triggers.first());
            let id = match only {
                Some(target) => Some(PipelineId::Alone((*target).clone())),
                None => first.map(|trigger| PipelineId::Chain(trigger.name.clone())),
            };
            found.extend(id.map(|id| Pipeline { id, triggers, ..Pipeline::default() }));
        }
        let rest = lone.into_iter().filter(|target| !taken.contains(target)).cloned().map(PipelineId::Alone);
        found.extend(rest.map(|id| Pipeline { id, ..Pipeline::default() }));
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    }
}

/// What a trigger starts, and what it waits for.
fn tied(trigger: &Trigger) -> impl Iterator<Item = &Target> {
    let waits = trigger.predicate.iter().flat_map(|predicate| &predicate.conditions).map(|condition| &condition.target);
    trigger.actions.iter().chain(waits)
}

/// Triggers that share a job or a crawler, directly or by others.
fn groups<'t>(triggers: &[&'t Trigger]) -> Vec<Vec<&'t Trigger>> {
    // By number, the first trigger of its group.
    let mut group: Vec<usize> = (0..triggers.len()).collect();
    let mut first: BTreeMap<&Target, usize> = BTreeMap::new();
    for (n, trigger) in triggers.iter().enumerate() {
        for target in tied(trigger) {
            let other = *first.entry(target).or_insert(n);
            let (one, into) = (group[n], group[other]);
            let (one, into) = (one.max(into), one.min(into));
            group.iter_mut().filter(|number| **number == one).for_each(|number| *number = into);
        }
    }
    let mut found: BTreeMap<usize, Vec<&Trigger>> = BTreeMap::new();
    for (trigger, number) in triggers.iter().zip(group) {
        found.entry(number).or_default().push(trigger);
    }
    found.into_values().collect()
}

/// The runs of a pipeline from those of its jobs and crawlers, newest first. Each run of a lone job or crawler is one, with
/// its retries; of a chain, everything from a start to the next.
pub fn runs(pipeline: &PipelineId, triggers: &[Trigger], attempts: Vec<(Target, Vec<Attempt>)>) -> Vec<PipelineRun> {
    let mut runs = match pipeline {
        PipelineId::Chain(_) => runs_of_chain(triggers, attempts),
        _ => attempts.into_iter().flat_map(|(target, attempts)| runs_of_one(&target, attempts)).collect(),
    };
    runs.sort_by_key(|run: &PipelineRun| Reverse(run.started_on));
    runs
}

fn runs_of_one(target: &Target, mut attempts: Vec<Attempt>) -> Vec<PipelineRun> {
    attempts.sort_by_key(|attempt| attempt.started_on);
    let mut runs: Vec<Vec<Attempt>> = Vec::new();
    for attempt in attempts {
        let retried = attempt.previous.as_ref().and_then(|previous| {
            runs.iter_mut().find(|run| run.iter().any(|earlier| earlier.id.as_ref() == Some(previous)))
        });
        match retried {
            Some(run) => run.insert(0, attempt),
            None => runs.push(vec![attempt]),
        }
    }
    let step = |attempts| StepRun { target: target.clone(), node_id: String::new(), attempts };
    runs.into_iter().map(|attempts| run_of(vec![step(attempts)])).collect()
}

fn runs_of_chain(triggers: &[Trigger], mut attempts: Vec<(Target, Vec<Attempt>)>) -> Vec<PipelineRun> {
    let starts: Vec<&Trigger> = triggers.iter().filter(|trigger| trigger.is_start()).collect();
    let begins = |target: &Target, attempt: &Attempt| {
        starts.iter().any(|start| start.actions.contains(target))
            && attempt.trigger.as_ref().is_none_or(|name| starts.iter().any(|start| &start.name == name))
    };
    let started = attempts.iter().flat_map(|(target, runs)| runs.iter().map(move |run| (target, run)));
    let started = started.filter(|(target, run)| begins(target, run)).filter_map(|(_, run)| run.started_on);
    let mut times: Vec<Time> = started.collect();
    times.sort();
    let mut bounds: Vec<Time> = Vec::new();
    for at in times {
        if bounds.last().is_none_or(|last| at - *last > TOGETHER) {
            bounds.push(at);
        }
    }
    for (_, runs) in &mut attempts {
        runs.sort_by_key(|attempt| Reverse(attempt.started_on));
    }
    let ends = bounds.iter().skip(1).copied().map(Some).chain([None]);
    let within = |run: &&Attempt, from: Time, to: Option<Time>| {
        run.started_on.is_some_and(|at| at >= from && to.is_none_or(|to| at < to))
    };
    let step = |(target, runs): &(Target, Vec<Attempt>), from, to| StepRun {
        target: target.clone(),
        node_id: String::new(),
        attempts: runs.iter().filter(|run| within(run, from, to)).cloned().collect(),
    };
    let runs = bounds.iter().zip(ends);
    runs.map(|(from, to)| run_of(attempts.iter().map(|of| step(of, *from, to)).collect())).collect()
}

/// The run that these steps make. Its id is that of the job run that it began with; a crawl's has none, so that its time
/// stands for it.
fn run_of(steps: Vec<StepRun>) -> PipelineRun {
    let all = || steps.iter().flat_map(|step| &step.attempts);
    let first = all().min_by_key(|attempt| attempt.started_on);
    let started_on = first.and_then(|attempt| attempt.started_on);
    let id = first.and_then(|attempt| attempt.id.as_ref()).map(|id| id.as_str().to_owned());
    let active = all().any(|attempt| attempt.state.is_active());
    let completed_on = all().filter_map(|attempt| attempt.completed_on).max().filter(|_| !active);
    PipelineRun {
        id: RunId::new(id.or(started_on.map(|at| at.to_rfc3339())).unwrap_or_default()),
        previous: None,
        status: if active { RunStatus::Running } else { RunStatus::Completed },
        error: None,
        started_on,
        completed_on,
        statistics: None,
        steps: Some(steps),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Outcome;
    use crate::analysis::outcome::of_run;
    use crate::domain::{Condition, JobRunId, Logical, Predicate, StepState, TriggerKind, TriggerName, TriggerState};

    fn job(name: &str) -> Target {
        Target::Job(JobName::new(name))
    }

    fn trigger(name: &str, kind: TriggerKind, after: Option<&str>, starts: &[&str]) -> Trigger {
        let condition = |name: &str| Condition { target: job(name), state: "SUCCEEDED".into() };
        Trigger {
            name: TriggerName::new(name),
            kind,
            state: TriggerState::Activated,
            schedule: None,
            predicate: after.map(|name| Predicate { logical: Logical::And, conditions: vec![condition(name)] }),
            actions: starts.iter().map(|name| job(name)).collect(),
        }
    }

    fn inventory(triggers: Vec<(Trigger, Option<&str>)>, jobs: &[&str]) -> Inventory {
        Inventory {
            triggers: triggers.into_iter().map(|(trigger, of)| (trigger, of.map(WorkflowName::new))).collect(),
            jobs: jobs.iter().map(|name| JobName::new(*name)).collect(),
            crawlers: vec![CrawlerName::new("lake")],
        }
    }

    #[test]
    fn what_belongs_to_no_workflow_is_a_chain_or_stands_alone() {
        let scheduled = || TriggerKind::Scheduled;
        let all = inventory(
            vec![
                (trigger("wf start", scheduled(), None, &["in workflow"]), Some("W")),
                (trigger("nightly", scheduled(), None, &["extract"]), None),
                (trigger("then", TriggerKind::Conditional, Some("extract"), &["load"]), None),
                (trigger("hourly", scheduled(), None, &["hourly job"]), None),
                (trigger("orphan", scheduled(), None, &["gone"]), None),
                (trigger("both", TriggerKind::OnDemand, None, &["left", "right"]), None),
            ],
            &["in workflow", "extract", "load", "hourly job", "by hand", "left", "right"],
        );
        let found = all.pipelines();
        let names: Vec<String> = found.iter().map(|p| format!("{} {}", p.id.kind(), p.id)).collect();
        assert_eq!(
            names,
            ["chain both", "chain nightly", "chain orphan", "job by hand", "job hourly job", "crawler lake"]
        );
        let of = |name: &str| found.iter().find(|p| p.id.as_str() == name).map_or(0, |p| p.triggers.len());
        assert_eq!((of("nightly"), of("hourly job"), of("by hand")), (2, 1, 0));
    }

    fn attempt(id: &str, minute: i64, state: StepState) -> Attempt {
        let at = Time::from_timestamp(60 * minute, 0);
        Attempt {
            id: Some(JobRunId::new(id)),
            completed_on: at.filter(|_| !state.is_active()).map(|at| at + TimeDelta::seconds(30)),
            state,
            started_on: at,
            ..Attempt::default()
        }
    }

    #[test]
    fn a_retry_belongs_to_the_run_that_it_repeats() {
        let retry = Attempt { previous: Some(JobRunId::new("a")), ..attempt("a2", 5, StepState::Succeeded) };
        let all = vec![attempt("b", 60, StepState::Failed), retry, attempt("a", 0, StepState::Failed)];
        let runs = runs(&PipelineId::Alone(job("j")), &[], vec![(job("j"), all)]);
        let seen: Vec<(&str, Outcome)> = runs.iter().map(|run| (run.id.as_str(), of_run(run, None))).collect();
        assert_eq!(seen, [("b", Outcome::Failed), ("a", Outcome::Succeeded)]);
    }

    #[test]
    fn a_chain_runs_from_one_start_to_the_next() {
        let triggers = [
            trigger("nightly", TriggerKind::Scheduled, None, &["extract"]),
            trigger("then", TriggerKind::Conditional, Some("extract"), &["load"]),
        ];
        let by = |name: &str, attempt| Attempt { trigger: Some(TriggerName::new(name)), ..attempt };
        let extract = vec![
            by("nightly", attempt("e2", 1_440, StepState::Failed)),
            by("nightly", attempt("e1", 0, StepState::Succeeded)),
        ];
        let load = vec![by("then", attempt("l1", 2, StepState::Succeeded))];
        let id = PipelineId::Chain(TriggerName::new("nightly"));
        let runs = runs(&id, &triggers, vec![(job("extract"), extract), (job("load"), load)]);
        let seen: Vec<(&str, Outcome)> = runs.iter().map(|run| (run.id.as_str(), of_run(run, None))).collect();
        assert_eq!(seen, [("e2", Outcome::Failed), ("e1", Outcome::Succeeded)]);
        assert_eq!(runs[0].steps.iter().flatten().map(|step| step.attempts.len()).collect::<Vec<_>>(), [1, 0]);
    }
}
