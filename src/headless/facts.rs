//! What the commands know when they plan: the workflows, their earlier runs, the limit, the jobs' definitions.

use super::now;
use futures::future::join_all;
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::History;
use gluedeck_core::analysis::log::Class;
use gluedeck_core::analysis::plan::Facts;
use gluedeck_core::analysis::rerun::failed_steps;
use gluedeck_core::analysis::stagger::PlannerInput;
use gluedeck_core::analysis::triage::ReadJobLog;
use gluedeck_core::domain::{Fault, Job, JobName, JobRunId, Target, Time, Workflow, WorkflowName};
use gluedeck_core::request::{GetAllWorkflows, GetDpuLimit, GetJobs, GetWorkflowRuns};
use std::collections::{BTreeMap, HashMap};

/// One reading of the account.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) workflows: Vec<Workflow>,
    histories: BTreeMap<WorkflowName, History>,
    pub(super) jobs: BTreeMap<JobName, Job>,
    causes: HashMap<JobRunId, Class>,
    dpu_limit: Option<f64>,
    now: Time,
    read_at: Time,
}

impl Snapshot {
    /// Reads all workflows, and the DPU limit if the caller may.
    pub(super) async fn read(gateway: &Gateway) -> Result<Self, Fault> {
        let workflows = super::all_workflows(gateway).await?;
        let now = now(gateway).await;
        // Without it the plans say less, and are as true.
        let dpu_limit = gateway.perform(GetDpuLimit).await.ok();
        let (histories, jobs, causes) = Default::default();
        Ok(Self { workflows, histories, jobs, causes, dpu_limit, now, read_at: now })
    }

    /// Reads the earlier runs of workflows. One that cannot be read is one of which nothing is known.
    pub(super) async fn read_histories(&mut self, gateway: &Gateway, names: &[WorkflowName]) {
        let reads = names.iter().map(async |name| {
            let reply = gateway.perform(GetWorkflowRuns { workflow: name.clone() }).await;
            (name.clone(), reply)
        });
        for (name, reply) in join_all(reads).await {
            match reply {
                Ok(runs) => {
                    let workflow = self.workflows.iter().find(|workflow| workflow.name == name);
                    self.histories.insert(name, History::of(workflow, runs));
                }
                Err(fault) => eprintln!("gluedeck: could not load earlier runs of {name}: {fault}"),
            }
        }
    }

    /// Reads the logs of the failed steps whose error messages do not tell the cause. One that cannot be read tells none.
    pub(super) async fn read_causes(&mut self, gateway: &Gateway, names: &[WorkflowName]) {
        let of_those = self.workflows.iter().filter(|workflow| names.contains(&workflow.name));
        let failed = of_those.flat_map(|workflow| failed_steps(workflow, &|_| None));
        let open = failed.filter(|step| matches!(step.class, Class::Unknown | Class::CodeError));
        let runs: Vec<(JobName, JobRunId)> = open
            .filter_map(|step| match step.target {
                Target::Job(job) => Some((job.clone(), step.attempt?.id.clone()?)),
                Target::Crawler(_) => None,
            })
            .collect();
        let reads = runs.into_iter().map(async |(job, run)| {
            let read = gateway.perform(ReadJobLog { job, run: Some(run.clone()) }).await;
            Some((run, read.ok()?.first_error?.cause.class))
        });
        self.causes.extend(join_all(reads).await.into_iter().flatten());
    }

    /// Reads the definitions of the jobs.
    pub(super) async fn read_jobs(&mut self, gateway: &Gateway) {
        match gateway.perform(GetJobs).await {
            Ok(jobs) => self.jobs = jobs,
            Err(fault) => eprintln!("gluedeck: could not load job definitions: {fault}"),
        }
    }

    /// Reads the workflows again.
    pub(super) async fn refresh(&mut self, gateway: &Gateway) -> Result<(), Fault> {
        let names = self.workflows.iter().map(|workflow| workflow.name.clone()).collect();
        self.workflows = gateway.perform(GetAllWorkflows { names: Some(names) }).await?;
        self.now = now(gateway).await;
        self.read_at = self.now;
        Ok(())
    }

    /// A workflow by its name, with or without ` Workflow` at its end.
    pub(super) fn find(&self, name: &str) -> Option<&Workflow> {
        self.workflows.iter().find(|w| w.name.as_str() == name || w.short_name() == name)
    }

    /// What planning knows of each workflow.
    pub(super) fn known(&self) -> Vec<PlannerInput<'_>> {
        let known = |workflow| PlannerInput { workflow, history: self.history(&workflow.name), jobs: &self.jobs };
        self.workflows.iter().map(known).collect()
    }
}

impl Facts for Snapshot {
    fn workflows(&self) -> &[Workflow] {
        &self.workflows
    }

    fn history(&self, name: &WorkflowName) -> Option<&History> {
        self.histories.get(name)
    }

    fn dpu_limit(&self) -> Option<f64> {
        self.dpu_limit
    }

    fn now(&self) -> Time {
        self.now
    }

    fn read_at(&self) -> Option<Time> {
        Some(self.read_at)
    }

    fn cause_in_log(&self, run: &JobRunId) -> Option<Class> {
        self.causes.get(run).copied()
    }
}
