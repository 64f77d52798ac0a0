//! Triggers: what starts what, on which condition, and whether it is on.

use super::ids::{CrawlerName, JobName, TriggerName};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A trigger, as `Workflow.Graph` or `GetTriggers` describe it now (never as a run's snapshot does).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    pub name: TriggerName,
    pub kind: TriggerKind,
    pub state: TriggerState,
    /// `cron(…)`, UTC; only of scheduled triggers.
    pub schedule: Option<String>,
    pub predicate: Option<Predicate>,
    pub actions: Vec<Target>,
}

/// `Trigger.Type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TriggerKind {
    Scheduled,
    Conditional,
    OnDemand,
    Event,
    /// A word this version does not know, shown as it is.
    Other(String),
}

/// `Trigger.State`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TriggerState {
    Creating,
    Created,
    Activating,
    Activated,
    Deactivating,
    Deactivated,
    Deleting,
    Updating,
    /// A word this version does not know, shown as it is.
    Other(String),
}

/// What a conditional trigger waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predicate {
    pub logical: Logical,
    pub conditions: Vec<Condition>,
}

/// How conditions combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Logical {
    And,
    Any,
}

/// One watched job or crawler, and the state it must reach, in the API's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub target: Target,
    pub state: String,
}

/// A job or a crawler: what a trigger starts, and a step of the chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Target {
    Job(JobName),
    Crawler(CrawlerName),
}

impl Target {
    /// The job's or the crawler's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Job(name) => name.as_str(),
            Self::Crawler(name) => name.as_str(),
        }
    }

    /// `job` or `crawler`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Job(_) => "job",
            Self::Crawler(_) => "crawler",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Trigger {
    /// Whether it starts the chain: everything but a conditional one does.
    pub fn is_start(&self) -> bool {
        self.kind != TriggerKind::Conditional
    }

    /// Whether it will fire when its time or condition comes. ON_DEMAND and EVENT triggers stay CREATED for life, but a
    /// scheduled or conditional one that is CREATED was never activated (AWS Glue, "Activating triggers").
    pub fn can_fire(&self) -> bool {
        match self.kind {
            TriggerKind::OnDemand | TriggerKind::Event => !matches!(self.state, TriggerState::Deleting),
            _ => matches!(self.state, TriggerState::Activated | TriggerState::Activating | TriggerState::Updating),
        }
    }
}

impl TriggerKind {
    /// From the API's value.
    pub fn from_word(word: &str) -> Self {
        match word {
            "SCHEDULED" => Self::Scheduled,
            "CONDITIONAL" => Self::Conditional,
            "ON_DEMAND" => Self::OnDemand,
            "EVENT" => Self::Event,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The API's value.
    pub fn word(&self) -> &str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::Conditional => "CONDITIONAL",
            Self::OnDemand => "ON_DEMAND",
            Self::Event => "EVENT",
            Self::Other(word) => word,
        }
    }
}

impl TriggerState {
    /// From the API's value.
    pub fn from_word(word: &str) -> Self {
        match word {
            "CREATING" => Self::Creating,
            "CREATED" => Self::Created,
            "ACTIVATING" => Self::Activating,
            "ACTIVATED" => Self::Activated,
            "DEACTIVATING" => Self::Deactivating,
            "DEACTIVATED" => Self::Deactivated,
            "DELETING" => Self::Deleting,
            "UPDATING" => Self::Updating,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The API's value.
    pub fn word(&self) -> &str {
        match self {
            Self::Creating => "CREATING",
            Self::Created => "CREATED",
            Self::Activating => "ACTIVATING",
            Self::Activated => "ACTIVATED",
            Self::Deactivating => "DEACTIVATING",
            Self::Deactivated => "DEACTIVATED",
            Self::Deleting => "DELETING",
            Self::Updating => "UPDATING",
            Self::Other(word) => word,
        }
    }
}
