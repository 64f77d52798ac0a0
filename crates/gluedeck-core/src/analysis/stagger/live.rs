//! Rollouts: a plan on its way into the account, item by item; what may be started now, and how things stand after an
//! interruption.

use super::demand::{self, Demand, PlannerInput};
use super::{Estimate, Mode, Plan};
use crate::analysis::outcome::{self, Outcome};
use crate::domain::Dpu;
use crate::domain::{
    AccountScope, Change, Fault, FaultKind, Pipeline, PipelineId, RunId, Time, TriggerName, WorkflowName,
};
use gluedeck_planner::Timeline;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A plan that is being carried out. It lasts on disk, so that it can be gone on with, or reverted, after a crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// What its changes are marked with in the journal.
    pub id: String,
    /// Where it is carried out, and nowhere else. Files of before have it as `place`.
    #[serde(alias = "place")]
    pub scope: AccountScope,
    pub items: Vec<Item>,
    pub paused: bool,
    /// Stop at the first workflow that fails.
    pub halt_on_failure: bool,
    /// Why it does not go on, if it does not.
    pub halted: Option<String>,
    /// The pipeline's file, into which the new schedules are written when all have been sent.
    #[serde(default)]
    pub file: Option<PathBuf>,
}

/// One workflow of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub workflow: String,
    /// The trigger with its schedule before and after; none for one that is started now.
    pub reschedule: Option<(String, String, String)>,
    pub state: State,
    /// The run that was started.
    pub run: Option<String>,
    /// What the service, or the gate, said.
    pub message: Option<String>,
}

/// What the journal has of a change, when it is read after an interruption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastResult {
    /// With the run that was started.
    Done(Option<String>),
    Rejected(String),
    /// It was sent, and no answer was recorded.
    Unknown,
}

/// How far an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Waiting,
    /// Sent; the answer has not come.
    Sent,
    Done,
    Skipped,
    Refused,
    /// Sent, and whether it took effect is not known.
    #[serde(alias = "unclear")]
    Unknown,
}

/// How far an item is, with what became of the run that it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Item(State),
    /// Started, and its run is not in the data yet, or not any more.
    Started,
    Running,
    Ended(Outcome),
}

impl Progress {
    /// The word on the screen and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Item(state) => state.word(),
            Self::Started => "started",
            Self::Running => "running",
            Self::Ended(outcome) => outcome.word(),
        }
    }
}

impl State {
    /// The word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

impl Rollout {
    /// The items of a plan, in the order of their starts.
    pub fn of(plan: &Plan, id: String, scope: AccountScope, halt_on_failure: bool) -> Self {
        let items = plan.starts.iter().filter(|placed| match &placed.change {
            Some(change) => change.from != change.to,
            None => plan.mode == Mode::Now,
        });
        let items = items.map(|placed| Item {
            workflow: placed.workflow.to_string(),
            reschedule: placed.change.as_ref().map(|c| (c.trigger.to_string(), c.from.clone(), c.to.clone())),
            state: State::Waiting,
            run: None,
            message: None,
        });
        Self { id, scope, items: items.collect(), paused: false, halt_on_failure, halted: None, file: None }
    }

    /// The schedules that it is to set, by trigger.
    pub fn planned_schedules(&self) -> BTreeMap<String, String> {
        self.items.iter().filter_map(|item| item.reschedule.clone()).map(|(trigger, _, to)| (trigger, to)).collect()
    }

    /// The new schedules that have taken effect, by trigger.
    pub fn new_schedules(&self) -> BTreeMap<String, String> {
        let done = self.items.iter().filter(|item| item.state == State::Done);
        done.filter_map(|item| item.reschedule.clone()).map(|(trigger, _, to)| (trigger, to)).collect()
    }

    /// Whether something is left to be sent.
    pub fn is_open(&self) -> bool {
        self.items.iter().any(|item| matches!(item.state, State::Waiting | State::Sent))
    }

    /// How many items are in a state.
    pub fn count(&self, state: State) -> usize {
        self.items.iter().filter(|item| item.state == state).count()
    }

    /// Whether it rewrites schedules, and does not start anything.
    pub fn is_schedule(&self) -> bool {
        self.items.iter().any(|item| item.reschedule.is_some())
    }

    /// `9 succeeded, 1 failed, 2 running, 12 waiting`; of schedules `9 done, 12 waiting`.
    pub fn tally(&self, workflows: &[Pipeline]) -> String {
        const ORDER: [Progress; 12] = [
            Progress::Item(State::Done),
            Progress::Ended(Outcome::Succeeded),
            Progress::Ended(Outcome::Failed),
            Progress::Ended(Outcome::Partial),
            Progress::Ended(Outcome::Stopped),
            Progress::Running,
            Progress::Started,
            Progress::Item(State::Sent),
            Progress::Item(State::Unknown),
            Progress::Item(State::Refused),
            Progress::Item(State::Skipped),
            Progress::Item(State::Waiting),
        ];
        let each: Vec<Progress> = self.items.iter().map(|item| item.progress(workflows)).collect();
        let count = |progress: Progress| each.iter().filter(|other| **other == progress).count();
        let counted = ORDER.into_iter().map(|progress| (count(progress), progress.word()));
        let parts: Vec<String> =
            counted.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
    }

    /// The next change of a rollout of schedules.
    pub fn next_reschedule(&mut self) -> Option<Change> {
        if self.paused || self.halted.is_some() || self.count(State::Sent) > 0 {
            return None;
        }
        let item = self.items.iter_mut().find(|item| item.state == State::Waiting && item.reschedule.is_some())?;
        item.state = State::Sent;
        item.change()
    }

    /// The changes that start workflows, for those that may start now.
    pub fn starts(&self, names: &[PipelineId]) -> Vec<Change> {
        let named = |item: &&Item| item.state == State::Waiting && names.iter().any(|n| n.as_str() == item.workflow);
        self.items.iter().filter(named).filter_map(Item::change).collect()
    }

    /// A waiting item's change is about to be sent. False if it does not wait any more.
    pub fn sending(&mut self, change: &Change) -> bool {
        let own = |item: &&mut Item| item.state == State::Waiting && item.change().as_ref() == Some(change);
        let found = self.items.iter_mut().find(own);
        found.map(|item| item.state = State::Sent).is_some()
    }

    /// Takes what became of a change. A refusal, or an outcome that stays unknown, ends the sending.
    pub fn settle(&mut self, change: &Change, result: Result<Option<String>, &Fault>) {
        let own = |item: &&mut Item| item.state == State::Sent && item.change().as_ref() == Some(change);
        let Some(item) = self.items.iter_mut().find(own) else { return };
        match result {
            Ok(run) => (item.state, item.run) = (State::Done, run),
            Err(fault) => {
                item.state = match fault.kind {
                    FaultKind::OutcomeUnknown => State::Unknown,
                    FaultKind::NotSaved => State::Waiting,
                    _ => State::Refused,
                };
                let halted = match fault.kind {
                    FaultKind::NotSaved => fault.message.clone(),
                    _ => format!("{}: {fault}", item.workflow),
                };
                (self.halted, item.message) = (Some(halted), Some(fault.to_string()));
            }
        }
    }

    /// Takes the items that are waiting out of it, or back in.
    pub fn skip(&mut self, workflow: &PipelineId) {
        if let Some(item) = self.items.iter_mut().find(|item| item.workflow == workflow.as_str()) {
            item.state = match item.state {
                State::Waiting => State::Skipped,
                State::Skipped => State::Waiting,
                other => other,
            };
        }
    }

    /// Goes on after a halt or an interruption. What was refused or is unknown is tried again: a schedule that has been
    /// rewritten is found so, and a start that is unknown stays as it is, since it may have been one.
    pub fn continue_rollout(&mut self) {
        (self.paused, self.halted) = (false, None);
        for item in &mut self.items {
            item.state = match item.state {
                State::Refused => State::Waiting,
                State::Unknown | State::Sent if item.reschedule.is_some() => State::Waiting,
                State::Sent => State::Unknown,
                other => other,
            };
        }
    }

    /// After an interruption: what the journal has of each item, by the name of what it changed.
    pub fn reconcile(&mut self, last_results: &BTreeMap<String, LastResult>) {
        for item in &mut self.items {
            let name = item.reschedule.as_ref().map_or(&item.workflow, |(trigger, ..)| trigger);
            match last_results.get(name) {
                Some(LastResult::Done(run)) => (item.state, item.run) = (State::Done, run.clone()),
                Some(LastResult::Rejected(why)) => (item.state, item.message) = (State::Refused, Some(why.clone())),
                Some(LastResult::Unknown) => item.state = State::Unknown,
                None if item.state == State::Sent => item.state = State::Waiting,
                None => {}
            }
        }
        if self.is_open() || self.count(State::Unknown) > 0 {
            self.paused = true;
        }
    }

    /// What undoes the schedules that it has rewritten, or may have.
    pub fn revert(&self) -> Vec<Change> {
        let touched = self.items.iter().filter(|item| matches!(item.state, State::Done | State::Unknown | State::Sent));
        let reschedules = touched.filter_map(|item| item.reschedule.clone());
        reschedules
            .map(|(trigger, from, to)| Change::Reschedule { trigger: TriggerName::new(trigger), from: to, to: from })
            .collect()
    }

    /// Looks at the workflows that were started: the first that has failed halts it, if that was asked for.
    pub fn watch(&mut self, all: &[PlannerInput<'_>]) {
        if !self.halt_on_failure || self.halted.is_some() {
            return;
        }
        for item in self.items.iter().filter(|item| item.run.is_some()) {
            let known = all.iter().find(|known| known.workflow.id.as_str() == item.workflow);
            let Some(workflow) = known.map(|known| known.workflow) else { continue };
            let run = workflow.last_run.as_ref().filter(|run| Some(run.id.as_str()) == item.run.as_deref());
            if run.is_some_and(|run| outcome::of_run(run, Some(workflow)) == Outcome::Failed) {
                self.halted = Some(format!("{} failed", item.workflow));
                return;
            }
        }
    }
}

impl Item {
    /// How far it is; the runs that were started are looked for among the workflows' last runs.
    pub fn progress(&self, workflows: &[Pipeline]) -> Progress {
        if self.state != State::Done || self.reschedule.is_some() {
            return Progress::Item(self.state);
        }
        let workflow = workflows.iter().find(|workflow| workflow.id.as_str() == self.workflow);
        let run = workflow.and_then(|workflow| workflow.last_run.as_ref());
        match run.filter(|run| Some(run.id.as_str()) == self.run.as_deref()) {
            None => Progress::Started,
            Some(run) => match outcome::of_run(run, workflow) {
                Outcome::Running => Progress::Running,
                outcome => Progress::Ended(outcome),
            },
        }
    }

    /// The change that it stands for.
    pub fn change(&self) -> Option<Change> {
        Some(match &self.reschedule {
            Some((trigger, from, to)) => {
                Change::Reschedule { trigger: TriggerName::new(trigger), from: from.clone(), to: to.clone() }
            }
            None => Change::Start { workflow: WorkflowName::new(&self.workflow), properties: BTreeMap::new() },
        })
    }
}

/// How far ahead the schedules of other workflows are looked at while starts are admitted, in seconds.
const LIVE_REACH: u32 = 2 * 3_600;

/// Which of the waiting workflows may start now: each keeps, in the order of the plan, the earliest place that the runs
/// that really go on leave it, and whoever's place is now goes. So nobody is overtaken by what would delay him.
pub fn admissible(
    rollout: &Rollout,
    all: &[PlannerInput<'_>],
    limit: Dpu,
    now: Time,
    estimate: Estimate,
) -> Vec<PipelineId> {
    if rollout.paused || rollout.halted.is_some() {
        return Vec::new();
    }
    let known = |name: &str| all.iter().find(|known| known.workflow.id.as_str() == name);
    let planned: Vec<&PipelineId> =
        rollout.items.iter().filter_map(|item| Some(&known(&item.workflow)?.workflow.id)).collect();
    let (mut timeline, _) = super::base(all, &planned, (now, now), LIVE_REACH, estimate);
    // Sent, and not in the data yet.
    for item in &rollout.items {
        let Some(known) = known(&item.workflow) else { continue };
        let seen = |run: &RunId| known.workflow.last_run.as_ref().is_some_and(|last| &last.id == run);
        let unseen = match (item.state, &item.run) {
            (State::Sent | State::Unknown, _) => !is_active(known),
            (State::Done, Some(run)) => !seen(&RunId::new(run)),
            _ => false,
        };
        if unseen {
            timeline.add(&demand::demand(*known, estimate).profile, 0);
        }
    }
    let mut admitted = Vec::new();
    for item in rollout.items.iter().filter(|item| item.state == State::Waiting) {
        let Some(known) = known(&item.workflow) else { continue };
        let demand = demand::demand(*known, estimate);
        // One that runs already, or that no moment can bear, waits; it holds no place.
        if is_active(known) || demand.profile.peak() > limit {
            continue;
        }
        let start = earliest(&timeline, &demand, limit);
        timeline.add(&demand.profile, start);
        if start == 0 {
            admitted.push(known.workflow.id.clone());
        }
    }
    admitted
}

fn is_active(known: &PlannerInput<'_>) -> bool {
    known.workflow.last_run.as_ref().is_some_and(|run| run.status.is_active())
}

fn earliest(timeline: &Timeline, demand: &Demand, limit: Dpu) -> u32 {
    timeline.earliest(&demand.profile, 0, limit, 1, &mut 0)
}
