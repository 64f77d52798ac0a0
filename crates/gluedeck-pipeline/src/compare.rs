//! Two sets of definitions, attribute by attribute: a file and an account, or two files.

use crate::definitions::{
    CrawlerDefinition, Definitions, JobDefinition, Target, TriggerDefinition, WorkflowDefinition,
};
use crate::pipeline::{Environment, Pipeline};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    Database,
    Workflow,
    Trigger,
    Job,
    Crawler,
}

impl ResourceKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Workflow => "workflow",
            Self::Trigger => "trigger",
            Self::Job => "job",
            Self::Crawler => "crawler",
        }
    }
}

/// How the account differs from the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The account has no such resource.
    Missing,
    /// The file makes no such resource.
    Extra,
    /// An attribute has another value; empty where there is none.
    Different { attribute: String, file: String, account: String },
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub resource: ResourceKind,
    pub name: String,
    /// The workflow that it belongs to, if it does to one.
    pub workflow: Option<String>,
    pub change: Change,
}

/// A value, in words where it is empty.
pub fn or_nothing(value: &str) -> &str {
    if value.is_empty() { "nothing" } else { value }
}

/// `job X: workers 7, file 2`; `workflow X is missing`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = (self.resource.word(), &self.name);
        match &self.change {
            Change::Missing => write!(f, "{kind} {name} is missing"),
            Change::Extra => write!(f, "{kind} {name} is extra"),
            Change::Different { attribute, file, account } => {
                write!(f, "{kind} {name}: {attribute} {}, file {}", or_nothing(account), or_nothing(file))
            }
        }
    }
}

/// Everything that differs, by kind and name. What the account has besides is Extra.
pub fn compare(file: &Definitions, account: &Definitions) -> Vec<Difference> {
    let mut found = Vec::new();
    let text = |about: &String| vec![("description".to_owned(), about.clone())];
    of_kind(ResourceKind::Database, &file.databases, &account.databases, text, &mut found);
    of_kind(ResourceKind::Workflow, &file.workflows, &account.workflows, WorkflowDefinition::attributes, &mut found);
    of_kind(ResourceKind::Trigger, &file.triggers, &account.triggers, TriggerDefinition::attributes, &mut found);
    of_kind(ResourceKind::Job, &file.jobs, &account.jobs, JobDefinition::attributes, &mut found);
    of_kind(ResourceKind::Crawler, &file.crawlers, &account.crawlers, CrawlerDefinition::attributes, &mut found);
    let owners = [owners(file), owners(account)];
    for difference in &mut found {
        difference.workflow = match difference.resource {
            ResourceKind::Database => None,
            ResourceKind::Workflow => Some(difference.name.clone()),
            kind => owners.iter().find_map(|owners| owners.get(&(kind, difference.name.as_str()))).cloned(),
        };
    }
    found
}

/// The workflow of each trigger, and of each job and crawler that a trigger of a workflow starts.
fn owners(definitions: &Definitions) -> BTreeMap<(ResourceKind, &str), String> {
    let mut owners = BTreeMap::new();
    for trigger in definitions.triggers.values() {
        let Some(workflow) = &trigger.workflow else { continue };
        owners.insert((ResourceKind::Trigger, trigger.name.as_str()), workflow.clone());
        for target in &trigger.actions {
            let kind = if matches!(target, Target::Job(_)) { ResourceKind::Job } else { ResourceKind::Crawler };
            owners.insert((kind, target.name()), workflow.clone());
        }
    }
    owners
}

type Attributes = Vec<(String, String)>;

fn of_kind<T: PartialEq>(
    resource: ResourceKind,
    file: &BTreeMap<String, T>,
    account: &BTreeMap<String, T>,
    attributes: impl Fn(&T) -> Attributes,
    found: &mut Vec<Difference>,
) {
    let names: BTreeSet<&String> = file.keys().chain(account.keys()).collect();
    for name in names {
        let mut add = |change| found.push(Difference { resource, name: name.clone(), workflow: None, change });
        match (file.get(name), account.get(name)) {
            (Some(_), None) => add(Change::Missing),
            (None, Some(_)) => add(Change::Extra),
            (Some(file), Some(account)) if file != account => {
                different(attributes(file), attributes(account)).into_iter().for_each(add);
            }
            _ => {}
        }
    }
}

fn different(file: Attributes, account: Attributes) -> Vec<Change> {
    let value = |of: &Attributes, name: &str| {
        of.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let more = account.iter().filter(|(name, _)| !file.iter().any(|(known, _)| known == name));
    let names: Vec<String> = file.iter().chain(more).map(|(name, _)| name.clone()).collect();
    let pairs = names.into_iter().map(|name| (value(&file, &name), value(&account, &name), name));
    let changed = pairs.filter(|(file, account, _)| file != account);
    changed.map(|(file, account, attribute)| Change::Different { attribute, file, account }).collect()
}

fn fact(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

impl WorkflowDefinition {
    fn attributes(&self) -> Attributes {
        let most = self.max_concurrent_runs.map(|most| most.to_string()).unwrap_or_default();
        let mut all = vec![fact("description", &self.description), fact("runs at a time", most)];
        all.extend(self.properties.iter().map(|(name, value)| fact(&format!("property {name}"), value)));
        all
    }
}

impl TriggerDefinition {
    fn attributes(&self) -> Attributes {
        let list = |targets: Vec<String>| targets.join(", ");
        let separator = if self.logical == "AND" { " and " } else { " or " };
        let conditions = self.conditions.iter().map(|(target, state)| format!("{} {state}", target.title()));
        vec![
            fact("workflow", self.workflow.as_deref().unwrap_or_default()),
            fact("type", &self.trigger_type),
            fact("state", if self.active { "on" } else { "off" }),
            fact("schedule", self.schedule.as_deref().unwrap_or_default()),
            fact("condition", conditions.collect::<Vec<_>>().join(separator)),
            fact("starts", list(self.actions.iter().map(Target::title).collect())),
            fact("description", &self.description),
        ]
    }
}

impl JobDefinition {
    fn attributes(&self) -> Attributes {
        let mut all = vec![
            fact("script", &self.script),
            fact("worker type", &self.worker_type),
            fact("workers", self.workers),
            fact("timeout", format!("{} min", self.timeout_minutes)),
            fact("retries", self.max_retries),
            fact("Glue version", &self.glue_version),
            fact("runs at a time", self.max_concurrent_runs),
        ];
        all.extend(self.arguments.iter().map(|(name, value)| fact(&format!("argument {name}"), value)));
        all
    }
}

impl CrawlerDefinition {
    fn attributes(&self) -> Attributes {
        vec![
            fact("database", &self.database),
            fact("path", &self.path),
            fact("recrawl", &self.recrawl),
            fact("on a changed schema", &self.on_change),
            fact("on a deleted object", &self.on_delete),
        ]
    }
}

impl Pipeline {
    /// What an account has of this pipeline in an environment: what the file names, and what bears the name of its buckets.
    pub fn own(&self, environment: &Environment, account: &Definitions) -> Definitions {
        let file = self.definitions(environment);
        let inside = |address: &str, purpose: &str| {
            let bucket = self.bucket(environment, purpose);
            address.strip_prefix("s3://").and_then(|path| path.split('/').next()) == Some(bucket.as_str())
        };
        let jobs =
            account.jobs.iter().filter(|(name, job)| file.jobs.contains_key(*name) || inside(&job.script, "scripts"));
        let jobs: BTreeMap<_, _> = jobs.map(|(name, job)| (name.clone(), job.clone())).collect();
        let crawlers = account
            .crawlers
            .iter()
            .filter(|(name, crawler)| file.crawlers.contains_key(*name) || inside(&crawler.path, "bronze"));
        let crawlers: BTreeMap<_, _> = crawlers.map(|(name, crawler)| (name.clone(), crawler.clone())).collect();
        let starts_own = |trigger: &TriggerDefinition| {
            trigger.actions.iter().any(|target| match target {
                Target::Job(name) => jobs.contains_key(name),
                Target::Crawler(name) => crawlers.contains_key(name),
            })
        };
        let of_ours = |trigger: &TriggerDefinition| {
            trigger.workflow.as_ref().is_some_and(|workflow| file.workflows.contains_key(workflow))
        };
        let triggers = account
            .triggers
            .iter()
            .filter(|(name, trigger)| file.triggers.contains_key(*name) || of_ours(trigger) || starts_own(trigger));
        let triggers: BTreeMap<_, _> = triggers.map(|(name, trigger)| (name.clone(), trigger.clone())).collect();
        let has_own = |name: &String| triggers.values().any(|trigger| trigger.workflow.as_ref() == Some(name));
        let workflows =
            account.workflows.iter().filter(|(name, _)| file.workflows.contains_key(*name) || has_own(name));
        let workflows = workflows.map(|(name, workflow)| (name.clone(), workflow.clone())).collect();
        let databases = account.databases.iter().filter(|(name, _)| file.databases.contains_key(*name));
        let databases = databases.map(|(name, about)| (name.clone(), about.clone())).collect();
        Definitions { databases, workflows, triggers, jobs, crawlers }
    }

    /// The account against the file, without what others have in it.
    pub fn differences(&self, environment: &Environment, account: &Definitions) -> Vec<Difference> {
        compare(&self.definitions(environment), &self.own(environment, account))
    }
}
