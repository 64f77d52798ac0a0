//! What the commands know when they plan: the workflows, their earlier runs, the limit, the jobs' definitions.

use super::now;
use futures::future::join_all;
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::History;
use gluedeck_core::analysis::log::Class;
use gluedeck_core::analysis::names;
use gluedeck_core::analysis::plan::Facts;
use gluedeck_core::analysis::rerun::failed_steps;
use gluedeck_core::analysis::stagger::PlannerInput;
use gluedeck_core::analysis::triage::ReadJobLog;
use gluedeck_core::domain::{Alert, Fault, Job, JobName, JobRunId, Pipeline, PipelineId, Prices, Target, Time};
use gluedeck_core::request::{GetAllWorkflows, GetDpuLimit, GetJobs, GetPipelineRuns, ListStandalone};
use std::collections::{BTreeMap, HashMap};
use thiserror::Error;

/// One reading of the account.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) workflows: Vec<Pipeline>,
    histories: BTreeMap<PipelineId, History>,
    pub(super) jobs: BTreeMap<JobName, Job>,
    causes: HashMap<JobRunId, Class>,
    dpu_limit: Option<f64>,
    prices: Prices,
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
        let prices = gateway.prices();
        Ok(Self { workflows, histories, jobs, causes, dpu_limit, prices, now, read_at: now })
    }

    /// Reads which pipelines there are besides the workflows. Without them less is found, and what is found is as true.
    pub(super) async fn read_standalone(&mut self, gateway: &Gateway) {
        if let Err(fault) = self.try_read_standalone(gateway).await {
            eprintln!("gluedeck: could not list jobs and crawlers outside of workflows: {fault}");
        }
    }

    /// The same where without them there is no answer.
    pub(super) async fn try_read_standalone(&mut self, gateway: &Gateway) -> Result<(), Fault> {
        self.workflows.extend(gateway.perform(ListStandalone).await?);
        Ok(())
    }

    /// Whether what an alert names is among the pipelines that are known.
    pub(super) fn knows(&self, alert: &Alert) -> bool {
        let choices = |name: &String| names::choices(&names::Asked::of(name), &self.workflows);
        alert.name.as_ref().is_some_and(|name| !choices(name).is_empty())
    }

    /// The pipelines that are no workflows and have a name, themselves or one of their jobs and crawlers; without a name, as
    /// many as may be looked through for a run.
    pub(super) fn standalone_named(&self, name: Option<&str>) -> Vec<PipelineId> {
        const MAX_LOOKED_THROUGH: usize = 60;
        let asked = name.map(names::Asked::of);
        let named = |pipeline: &&Pipeline| {
            let one = std::slice::from_ref(*pipeline);
            asked.is_none_or(|asked| !names::choices(&asked, one).is_empty())
        };
        let standalone = self.workflows.iter().filter(|pipeline| pipeline.id.as_workflow().is_none());
        standalone.filter(named).map(|pipeline| pipeline.id.clone()).take(MAX_LOOKED_THROUGH).collect()
    }

    /// Reads the earlier runs of pipelines, and with them the last one of what is no workflow. One that cannot be read is
    /// one of which nothing is known.
    pub(super) async fn read_histories(&mut self, gateway: &Gateway, names: &[PipelineId]) {
        let reads = names.iter().map(async |name| {
            let known = self.workflows.iter().find(|pipeline| pipeline.id == *name);
            let unknown = || GetPipelineRuns { pipeline: name.clone(), triggers: Vec::new() };
            let reply = gateway.perform(known.map_or_else(unknown, GetPipelineRuns::of)).await;
            (name.clone(), reply)
        });
        for (name, reply) in join_all(reads).await {
            match reply {
                Ok(runs) => {
                    let standalone = |pipeline: &&mut Pipeline| pipeline.id == name && name.as_workflow().is_none();
                    if let Some(pipeline) = self.workflows.iter_mut().find(standalone) {
                        pipeline.take_runs(&runs);
                    }
                    let workflow = self.workflows.iter().find(|workflow| workflow.id == name);
                    self.histories.insert(name, History::of(workflow, runs));
                }
                Err(fault) => eprintln!("gluedeck: could not load earlier runs of {name}: {fault}"),
            }
        }
    }

    /// Takes over the earlier runs of workflows whose last run is as it was, and answers the names of all others.
    pub(super) fn take_unchanged(&mut self, earlier: &mut Self, names: &[PipelineId]) -> Vec<PipelineId> {
        let mut changed = Vec::new();
        for name in names {
            let (now, before) = (self.find(name), earlier.find(name));
            let same = now.zip(before).is_some_and(|(now, before)| {
                name.as_workflow().is_some()
                    && now.last_run == before.last_run
                    && now.other_active == before.other_active
            });
            match earlier.histories.remove(name).filter(|_| same) {
                Some(history) => drop(self.histories.insert(name.clone(), history)),
                None => changed.push(name.clone()),
            }
        }
        changed
    }

    /// Reads the earlier runs of what is planned, and the runs of what is outside of workflows, which hold DPUs too: of
    /// so many as is quick. What is not read is said to be so.
    pub(super) async fn read_for_plans(&mut self, gateway: &Gateway, planned: &[PipelineId]) {
        let mut names = planned.to_vec();
        let others = self.standalone_named(None);
        names.extend(others.into_iter().filter(|id| !planned.contains(id)));
        self.read_histories(gateway, &names).await;
    }

    /// Reads the logs of the failed steps whose error messages do not tell the cause. One that cannot be read tells none.
    pub(super) async fn read_causes(&mut self, gateway: &Gateway, names: &[PipelineId]) {
        let of_those = self.workflows.iter().filter(|workflow| names.contains(&workflow.id));
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
        let names = self.workflows.iter().filter_map(|workflow| workflow.id.as_workflow().cloned()).collect();
        let workflows = gateway.perform(GetAllWorkflows { names: Some(names) }).await?;
        self.workflows.retain(|pipeline| pipeline.id.as_workflow().is_none());
        self.workflows.splice(0..0, workflows);
        self.now = now(gateway).await;
        self.read_at = self.now;
        Ok(())
    }

    /// A pipeline.
    pub(super) fn find(&self, id: &PipelineId) -> Option<&Pipeline> {
        self.workflows.iter().find(|pipeline| pipeline.id == *id)
    }

    /// What planning knows of each workflow.
    pub(super) fn known(&self) -> Vec<PlannerInput<'_>> {
        let known = |workflow| PlannerInput { workflow, history: self.history(&workflow.id), jobs: &self.jobs };
        self.workflows.iter().map(known).collect()
    }
}

/// Why a name is not that of one pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum PipelineNameError {
    #[error("no workflow, chain of triggers, job or crawler is named {name} in {region}; see `gluedeck pipelines`")]
    Unknown { name: String, region: String },
    #[error("{name} is the name of several: say {}", .choices.join(" or "))]
    Ambiguous { name: String, choices: Vec<String> },
}

/// The names in full, each once.
///
/// # Errors
/// At the first that is unknown, or that several kinds bear.
pub(super) fn find_all(
    facts: &Snapshot,
    typed: &[String],
    gateway: &Gateway,
) -> Result<Vec<PipelineId>, PipelineNameError> {
    let mut found: Vec<PipelineId> = Vec::new();
    for name in typed {
        let region = || gateway.region().unwrap_or("this Region").to_owned();
        let missing = || PipelineNameError::Unknown { name: name.clone(), region: region() };
        let named = names::pipelines(&names::Asked::of(name), &facts.workflows);
        if named.len() > 1 {
            let choice = |pipeline: &&Pipeline| format!("{}:{}", pipeline.id.kind(), pipeline.id);
            let choices = named.iter().map(choice).collect();
            return Err(PipelineNameError::Ambiguous { name: name.clone(), choices });
        }
        let pipeline = named.first().ok_or_else(missing)?;
        if !found.contains(&pipeline.id) {
            found.push(pipeline.id.clone());
        }
    }
    Ok(found)
}

impl Facts for Snapshot {
    fn pipelines(&self) -> &[Pipeline] {
        &self.workflows
    }

    fn history(&self, name: &PipelineId) -> Option<&History> {
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

    fn prices(&self) -> Prices {
        self.prices
    }

    fn cause_in_log(&self, run: &JobRunId) -> Option<Class> {
        self.causes.get(run).copied()
    }
}
