//! Workflows.

use super::ids::WorkflowName;
use super::run::WorkflowRun;
use super::trigger::{Target, Trigger};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A workflow as the board shows it: the triggers as they are now, and the last run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    pub name: WorkflowName,
    /// In chain order: what starts it first, then by what waits for what.
    pub triggers: Vec<Trigger>,
    pub max_concurrent_runs: Option<i32>,
    /// What a run gets as properties if it is started without any. Not kept on disk: the values are anybody's.
    #[serde(skip)]
    pub default_run_properties: BTreeMap<String, String>,
    pub last_run: Option<WorkflowRun>,
    /// Whether triggers and steps are known: from the graph, or pieced together where a server sends none.
    pub known: bool,
}

impl Workflow {
    /// Every job and crawler of the chain, once each, in chain order.
    pub fn targets(&self) -> Vec<&Target> {
        let mut targets = Vec::new();
        for target in self.triggers.iter().flat_map(|trigger| &trigger.actions) {
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        targets
    }

    /// The name without a `Workflow` at its end, which on a list of workflows says nothing.
    pub fn short_name(&self) -> &str {
        let name = self.name.as_str();
        name.strip_suffix(" Workflow").filter(|short| !short.is_empty()).unwrap_or(name)
    }
}
