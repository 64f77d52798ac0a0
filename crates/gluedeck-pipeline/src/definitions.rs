//! The definitions of Glue's resources, as far as a pipeline's file determines them. A file makes them (`resources`), an
//! account has them; a template, a comparison and an import are all made of these.

use std::collections::BTreeMap;

/// What a trigger starts, and a condition watches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    Job(String),
    Crawler(String),
}

impl Target {
    pub fn name(&self) -> &str {
        match self {
            Self::Job(name) | Self::Crawler(name) => name,
        }
    }

    /// `job X`, `crawler X`.
    pub fn title(&self) -> String {
        match self {
            Self::Job(name) => format!("job {name}"),
            Self::Crawler(name) => format!("crawler {name}"),
        }
    }
}

/// A workflow, without its triggers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkflowDefinition {
    pub name: String,
    pub description: String,
    pub max_concurrent_runs: Option<u32>,
    pub properties: BTreeMap<String, String>,
}

/// A trigger of any kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TriggerDefinition {
    pub name: String,
    pub workflow: Option<String>,
    /// SCHEDULED, CONDITIONAL, ON_DEMAND or EVENT.
    pub trigger_type: String,
    pub description: String,
    /// `cron(…)`, of scheduled ones.
    pub schedule: Option<String>,
    /// AND or ANY; empty where there are no conditions.
    pub logical: String,
    /// What it waits for, each with the state that it must reach.
    pub conditions: Vec<(Target, String)>,
    pub actions: Vec<Target>,
    /// Whether it fires when its time or its condition comes.
    pub active: bool,
}

/// A job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobDefinition {
    pub name: String,
    /// `s3://BUCKET/KEY` of the program.
    pub script: String,
    pub arguments: BTreeMap<String, String>,
    pub worker_type: String,
    pub workers: u32,
    pub timeout_minutes: u32,
    pub max_retries: u32,
    pub glue_version: String,
    pub max_concurrent_runs: u32,
}

/// A crawler with one target in S3.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CrawlerDefinition {
    pub name: String,
    pub database: String,
    /// `s3://BUCKET/FOLDER`.
    pub path: String,
    /// `CRAWL_EVERYTHING` or another `RecrawlBehavior`.
    pub recrawl: String,
    /// `SchemaChangePolicy.UpdateBehavior`.
    pub on_change: String,
    /// `SchemaChangePolicy.DeleteBehavior`.
    pub on_delete: String,
}

/// All definitions of a file or of an account, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definitions {
    pub databases: BTreeMap<String, String>,
    pub workflows: BTreeMap<String, WorkflowDefinition>,
    pub triggers: BTreeMap<String, TriggerDefinition>,
    pub jobs: BTreeMap<String, JobDefinition>,
    pub crawlers: BTreeMap<String, CrawlerDefinition>,
}

impl Definitions {
    /// Triggers, jobs and crawlers: what workflows are made of.
    pub fn resources(&self) -> usize {
        self.triggers.len() + self.jobs.len() + self.crawlers.len()
    }
}
