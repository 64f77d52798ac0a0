//! Pipelines: what starts together and is judged together.

use super::ids::{TriggerName, WorkflowName};
use super::job::JobKind;
use super::run::PipelineRun;
use super::trigger::{Target, Trigger};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a pipeline is, and its name. A workflow and a job may have the same one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PipelineId {
    Workflow(WorkflowName),
    /// Triggers that follow each other without a workflow, by the one that starts.
    Chain(TriggerName),
    /// A job or crawler that belongs to no workflow and no chain.
    Alone(Target),
}

/// What a pipeline is, in the order in which kinds are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PipelineKind {
    Workflow,
    Chain,
    Job,
    Crawler,
}

/// A pipeline as the board shows it: the triggers as they are now, and the last run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    pub id: PipelineId,
    /// In chain order: what starts it first, then by what waits for what.
    pub triggers: Vec<Trigger>,
    pub max_concurrent_runs: Option<i32>,
    /// What a run gets as properties if it is started without any. Not kept on disk: the values are anybody's.
    #[serde(skip)]
    pub default_run_properties: BTreeMap<String, String>,
    pub last_run: Option<PipelineRun>,
    /// Other runs of it that go on, where several may at a time.
    pub other_active: Vec<PipelineRun>,
    /// Of a lone job: what kind it is.
    pub job: Option<JobKind>,
    /// Of a workflow, whether triggers and steps are known: from the graph, or pieced together where a server sends none. Of
    /// what is no workflow, whether its runs have been read.
    pub known: bool,
}

impl PipelineId {
    /// The id of a workflow.
    pub fn workflow(name: impl Into<String>) -> Self {
        Self::Workflow(WorkflowName::new(name))
    }

    /// The name as the API gave it: the workflow's, the first trigger's, the job's, the crawler's.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Workflow(name) => name.as_str(),
            Self::Chain(name) => name.as_str(),
            Self::Alone(target) => target.name(),
        }
    }

    /// What it is.
    pub fn kind(&self) -> PipelineKind {
        match self {
            Self::Workflow(_) => PipelineKind::Workflow,
            Self::Chain(_) => PipelineKind::Chain,
            Self::Alone(Target::Job(_)) => PipelineKind::Job,
            Self::Alone(Target::Crawler(_)) => PipelineKind::Crawler,
        }
    }

    /// The workflow's name, if it is one.
    pub fn as_workflow(&self) -> Option<&WorkflowName> {
        match self {
            Self::Workflow(name) => Some(name),
            _ => None,
        }
    }
}

impl PipelineKind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Workflow, Self::Chain, Self::Job, Self::Crawler];

    /// `workflow`, `chain`, `job`, `crawler`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Workflow => "workflow",
            Self::Chain => "chain",
            Self::Job => "job",
            Self::Crawler => "crawler",
        }
    }

    /// Of several, as a title.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Workflow => "Workflows",
            Self::Chain => "Trigger chains",
            Self::Job => "Jobs",
            Self::Crawler => "Crawlers",
        }
    }
}

impl fmt::Display for PipelineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Default for PipelineId {
    fn default() -> Self {
        Self::Workflow(WorkflowName::default())
    }
}

impl From<WorkflowName> for PipelineId {
    fn from(name: WorkflowName) -> Self {
        Self::Workflow(name)
    }
}

impl fmt::Display for PipelineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Pipeline {
    /// Every job and crawler of the chain, once each, in chain order.
    pub fn targets(&self) -> Vec<&Target> {
        let mut targets: Vec<&Target> = match &self.id {
            PipelineId::Alone(target) => vec![target],
            _ => Vec::new(),
        };
        for target in self.triggers.iter().flat_map(|trigger| &trigger.actions) {
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        targets
    }

    /// Whether it has a last run is not known yet: only those of workflows come with the pipeline.
    pub fn is_unread(&self) -> bool {
        self.last_run.is_none() && !self.known && self.id.as_workflow().is_none()
    }

    /// Takes its runs, newest first: the last one, and others that go on.
    pub fn take_runs(&mut self, runs: &[PipelineRun]) {
        self.known = true;
        self.last_run = runs.first().cloned();
        self.other_active = runs.iter().skip(1).filter(|run| run.status.is_active()).cloned().collect();
    }

    /// Whether it is a crawler's own schedule, which is no trigger of the account.
    pub fn is_own_schedule(&self, trigger: &Trigger) -> bool {
        matches!(&self.id, PipelineId::Alone(Target::Crawler(name)) if name.as_str() == trigger.name.as_str())
    }

    /// What it is, in words: `workflow`, `trigger chain`, `job Spark 4.0 FLEX`, `crawler`.
    pub fn kind_title(&self) -> String {
        let job = self.job.as_ref().map(|job| format!(" {}{}", job.type_title(), if job.flex { " FLEX" } else { "" }));
        match &self.id {
            PipelineId::Chain(_) => "trigger chain".to_owned(),
            id => format!("{}{}", id.kind(), job.unwrap_or_default()),
        }
    }

    /// The name without a `Workflow` at its end, which on a list of workflows says nothing.
    pub fn short_name(&self) -> &str {
        let name = self.id.as_str();
        name.strip_suffix(" Workflow").filter(|short| !short.is_empty()).unwrap_or(name)
    }
}
