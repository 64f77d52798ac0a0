//! The driver of a rollout: what is sent next, and what its outcome changes. The console and the commands share it.

use super::live::{Item, Rollout, State, admissible};
use super::{Estimate, PlannerInput};
use crate::domain::policy::Approval;
use crate::domain::{Change, Dpu, Fault, PipelineId, Time};
use std::collections::VecDeque;

/// A rollout that is carried out.
#[derive(Debug)]
pub struct Driver {
    pub rollout: Rollout,
    /// The approval under which it is carried out; none after an interruption, until it is continued.
    pub approval: Option<Approval>,
    /// What it was planned with.
    estimate: Estimate,
    /// Starts that were admitted, and wait for the one before.
    admitted: VecDeque<Change>,
}

impl Driver {
    /// A rollout that is approved.
    pub fn new(rollout: Rollout, approval: Approval, estimate: Estimate) -> Self {
        Self { approval: Some(approval), ..Self::found(rollout, estimate) }
    }

    /// A rollout that was found on disk: nothing is sent before somebody says so.
    pub fn found(rollout: Rollout, estimate: Estimate) -> Self {
        Self { rollout, approval: None, estimate, admitted: VecDeque::new() }
    }

    /// Whether it is carried out now, and something is still to be done.
    pub fn is_active(&self) -> bool {
        self.approval.is_some() && self.rollout.is_open()
    }

    /// The change that is to be sent now, which counts as sent from here on; none if nothing may be sent now.
    pub fn next_change(&mut self) -> Option<(Change, Approval)> {
        let approval = self.approval.clone().filter(|_| self.rollout.halted.is_none())?;
        let change = match self.rollout.is_schedule() {
            true => self.rollout.next_reschedule()?,
            // One that was skipped meanwhile does not wait any more.
            false => std::iter::from_fn(|| self.admitted.pop_front()).find(|change| self.rollout.sending(change))?,
        };
        Some((change, approval))
    }

    /// Takes a new reading of the account: a workflow that has failed may halt it; and which of the others may start now
    /// is found. True if it halts by this.
    pub fn observe(&mut self, all: &[PlannerInput<'_>], limit: Dpu, now: Time) -> bool {
        if self.rollout.is_schedule() || self.approval.is_none() || !self.admitted.is_empty() {
            return false;
        }
        let went_on = self.rollout.halted.is_none();
        self.rollout.watch(all);
        if self.rollout.halted.is_some() {
            return went_on;
        }
        let names = admissible(&self.rollout, all, limit, now, self.estimate);
        self.admitted.extend(self.rollout.starts(&names));
        false
    }

    /// Takes the outcome of a change; false if it is none of the rollout's. A refusal, or an outcome that is not known,
    /// halts it.
    pub fn settle(&mut self, change: &Change, result: Result<Option<String>, &Fault>) -> bool {
        let own = |item: &Item| item.state == State::Sent && item.change().as_ref() == Some(change);
        if !self.rollout.items.iter().any(own) {
            return false;
        }
        self.rollout.settle(change, result);
        if self.rollout.halted.is_some() {
            self.admitted.clear();
        }
        true
    }

    /// Sends nothing more until it is resumed.
    pub fn pause(&mut self) {
        self.rollout.paused = true;
        self.admitted.clear();
    }

    /// Continues after a pause; false if that takes an approval first.
    pub fn resume(&mut self) -> bool {
        if self.approval.is_some() {
            self.rollout.paused = false;
        }
        self.approval.is_some()
    }

    /// Takes a waiting workflow out, or back in.
    pub fn skip(&mut self, workflow: &PipelineId) {
        self.rollout.skip(workflow);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AccountScope, FaultKind, WorkflowName};
    use std::collections::BTreeMap;

    fn item(workflow: &str) -> Item {
        Item { workflow: workflow.into(), reschedule: None, state: State::Waiting, run: None, message: None }
    }

    fn driver() -> Driver {
        let rollout = Rollout {
            id: "stagger-1".into(),
            scope: AccountScope::default(),
            items: vec![item("a"), item("b"), item("c")],
            paused: false,
            halt_on_failure: false,
            halted: None,
            file: None,
        };
        let mut driver = Driver::new(rollout, Approval::to_one(), Estimate::default());
        driver.admitted = driver.rollout.items.iter().filter_map(Item::change).collect();
        driver
    }

    fn start(workflow: &str) -> Change {
        Change::Start { workflow: WorkflowName::new(workflow), properties: BTreeMap::new() }
    }

    #[test]
    fn what_was_skipped_after_it_was_admitted_is_not_sent() {
        let mut driver = driver();
        assert_eq!(driver.next_change().map(|(change, _)| change), Some(start("a")));
        driver.skip(&PipelineId::workflow("b"));
        assert_eq!(driver.next_change().map(|(change, _)| change), Some(start("c")));
        assert_eq!(driver.next_change(), None);
    }

    #[test]
    fn a_refusal_halts_it_and_nothing_more_is_sent() {
        let mut driver = driver();
        driver.next_change();
        let fault = Fault::new(FaultKind::Denied, "StartWorkflowRun", "no");
        assert!(driver.settle(&start("a"), Err(&fault)));
        assert_eq!(driver.next_change(), None);
        assert_eq!((driver.rollout.count(State::Refused), driver.rollout.halted.is_some()), (1, true));
        assert!(!driver.settle(&start("d"), Ok(None)), "another's change");
    }

    #[test]
    fn without_approval_nothing_is_sent() {
        let mut driver = driver();
        driver.approval = None;
        assert!(!driver.resume());
        assert_eq!(driver.next_change(), None);
    }
}
