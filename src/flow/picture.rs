//! The last picture of an account, kept on disk so that the next start shows it at once, marked as old.

use super::context::Context;
use super::load::Load;
use crate::analysis::History;
use crate::domain::{Time, Workflow, WorkflowName, WorkflowRun};
use serde::{Deserialize, Serialize};

/// With more workflows than this their earlier runs are not kept: they are read again as rows come into view.
const WITH_HISTORY: usize = 100;

/// What was on the screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// By this machine's clock.
    pub read_at: Time,
    pub account: Option<String>,
    pub workflows: Vec<Workflow>,
    pub runs: Vec<(WorkflowName, Vec<WorkflowRun>)>,
}

impl Picture {
    /// The picture as it is now; none before anything was read.
    pub fn of(context: &Context) -> Option<Self> {
        context.fleet_read?;
        let workflows = context.workflows().to_vec();
        let histories = context.history.iter().filter(|_| workflows.len() <= WITH_HISTORY);
        let runs = histories.filter_map(|(name, history)| {
            Some((name.clone(), history.value()?.nights.iter().map(|night| night.run.clone()).collect()))
        });
        let runs = runs.collect();
        let account = context.session.account.value().cloned();
        Some(Self { read_at: context.moment.utc, account, workflows, runs })
    }

    /// Puts it on a screen that has nothing yet.
    pub fn hang(self, context: &mut Context) {
        if context.fleet.value().is_some() {
            return;
        }
        for (name, runs) in self.runs {
            let workflow = self.workflows.iter().find(|workflow| workflow.name == name);
            let value = History::of(workflow, runs);
            context.history.insert(name, Load::Kept { value, at: self.read_at });
        }
        context.fleet = Load::Kept { value: self.workflows, at: self.read_at };
    }
}
