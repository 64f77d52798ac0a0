//! The rows of the board: what a filter and a sort order can ask of a workflow.

use crate::flow::Context;
use gluedeck_core::analysis::filter::{Fields, Value};
use gluedeck_core::analysis::{Outcome, outcome, reason};
use gluedeck_core::domain::Pipeline;
use std::cmp::Ordering;

/// A workflow, and the place where it is.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'c> {
    pub context: &'c Context,
    pub workflow: &'c Pipeline,
}

/// What the rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortKey {
    /// What failed first, then what runs, then what is good, then what is off.
    #[default]
    Severity,
    Name,
    Started,
    Took,
    Dpu,
    Cost,
    Next,
}

/// An order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort {
    pub key: SortKey,
    pub reverse: bool,
}

impl SortKey {
    /// All, in the order in which the keys go through them.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Severity, "severity"),
        (Self::Name, "name"),
        (Self::Started, "started"),
        (Self::Took, "took"),
        (Self::Dpu, "dpu"),
        (Self::Cost, "cost"),
        (Self::Next, "next"),
    ];

    /// Its name.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(key, _)| *key == self).map_or("", |(_, word)| word)
    }

    /// The one that is so many places further.
    #[must_use]
    pub fn further(self, step: isize) -> Self {
        let at = Self::ALL.iter().position(|(key, _)| *key == self).unwrap_or(0);
        Self::ALL[(at as isize + step).rem_euclid(Self::ALL.len() as isize) as usize].0
    }
}

impl Sort {
    /// Sorts rows. What is not known comes last, whichever way; equal ones by name.
    pub fn sort(self, rows: &mut [Shown<'_>]) {
        rows.sort_by_cached_key(|row| {
            let key = match (self.key, row.number(self.key)) {
                (SortKey::Name, _) => Key::Text(row.workflow.id.as_str().to_lowercase(), self.reverse),
                (SortKey::Severity, number) => Key::Number(number, self.reverse),
                // What is more is more interesting: it comes first.
                (_, number) => Key::Number(number, !self.reverse),
            };
            (key, row.workflow.id.clone(), row.context.session.environment.clone())
        });
    }
}

#[derive(PartialEq)]
enum Key {
    Number(Option<f64>, bool),
    Text(String, bool),
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let turned = |order: Ordering, reverse: bool| if reverse { order.reverse() } else { order };
        match (self, other) {
            (Self::Number(Some(a), reverse), Self::Number(Some(b), _)) => turned(a.total_cmp(b), *reverse),
            (Self::Number(a, _), Self::Number(b, _)) => a.is_none().cmp(&b.is_none()),
            (Self::Text(a, reverse), Self::Text(b, _)) => turned(a.cmp(b), *reverse),
            _ => Ordering::Equal,
        }
    }
}

impl Shown<'_> {
    fn number(&self, key: SortKey) -> Option<f64> {
        let run = self.workflow.last_run.as_ref();
        let now = self.context.now();
        match key {
            SortKey::Severity => Some(f64::from(severity(self.workflow))),
            SortKey::Name => None,
            SortKey::Started => run?.started_on.map(|at| at.timestamp() as f64),
            SortKey::Took => run?.elapsed_seconds(now).map(|seconds| seconds as f64),
            SortKey::Dpu => Some(dpu_held(self.workflow)),
            SortKey::Cost => run?.cost(now, &self.context.prices()),
            // Soonest first.
            SortKey::Next => self.context.next_start(self.workflow).map(|at| -(at.timestamp() as f64)),
        }
    }

    fn state(&self) -> String {
        let word = if is_off(self.workflow) { "off" } else { outcome::of_pipeline(self.workflow).title() };
        word.to_owned()
    }

    fn why(&self) -> String {
        self.context.reason(self.workflow).map(|reason| reason.text).unwrap_or_default()
    }
}

/// The names of the fields that a filter knows, with what they are, for the help.
pub const FIELDS: &str = "name kind state why step trigger env · started took usual dpu cost next nights";

impl Fields for Shown<'_> {
    fn name(&self) -> String {
        self.workflow.short_name().to_owned()
    }

    fn texts(&self) -> Vec<String> {
        vec![self.state(), self.why(), self.workflow.id.to_string()]
    }

    fn field(&self, name: &str) -> Option<Value> {
        let now = self.context.now();
        let run = self.workflow.last_run.as_ref();
        let text = |text: String| Some(Value::Text(text));
        let seconds = |seconds: Option<i64>| Some(Value::Number(seconds.map(|seconds| seconds as f64)));
        let history = self.context.history(&self.workflow.id);
        match name {
            "name" => text(self.workflow.id.to_string()),
            "kind" => text(self.workflow.kind_title()),
            "state" => text(self.state()),
            "why" => text(self.why()),
            "env" => text(self.context.session.environment.clone()),
            "step" => {
                text(self.workflow.targets().into_iter().map(|target| target.name()).collect::<Vec<_>>().join(" "))
            }
            "trigger" => {
                text(self.workflow.triggers.iter().map(|trigger| trigger.name.as_str()).collect::<Vec<_>>().join(" "))
            }
            "started" => seconds(run.and_then(|run| run.started_on).map(|at| (now - at).num_seconds())),
            "took" => seconds(run.and_then(|run| run.elapsed_seconds(now))),
            "usual" => seconds(history.and_then(|history| history.usual_seconds)),
            "next" => seconds(self.context.next_start(self.workflow).map(|at| (at - now).num_seconds())),
            "dpu" => Some(Value::Number(Some(dpu_held(self.workflow)))),
            "cost" => Some(Value::Number(run.and_then(|run| run.cost(now, &self.context.prices())))),
            "nights" => {
                let failed = |history: &gluedeck_core::analysis::History| {
                    history.past_runs.iter().filter(|past| past.outcome == Outcome::Failed).count() as f64
                };
                Some(Value::Number(history.map(failed)))
            }
            _ => None,
        }
    }
}

/// DPUs that the last run holds.
pub(super) fn dpu_held(workflow: &Pipeline) -> f64 {
    let run = workflow.last_run.as_ref().filter(|run| run.status.is_active());
    let attempts = run.into_iter().flat_map(|run| run.steps.iter().flatten()).filter_map(|step| step.last());
    attempts.filter(|attempt| attempt.state.holds_capacity()).filter_map(|attempt| attempt.dpu).sum::<f64>() + 0.0
}

/// The most severe first.
fn severity(workflow: &Pipeline) -> u8 {
    match outcome::of_pipeline(workflow) {
        Outcome::Failed => 0,
        Outcome::Partial | Outcome::Stopped => 1,
        Outcome::Running | Outcome::Unknown => 2,
        _ if is_off(workflow) => 4,
        Outcome::Succeeded | Outcome::NeverRan => 3,
    }
}

/// Whether the row shows as off: the schedule is, and nothing is wrong or going on.
pub(super) fn is_off(workflow: &Pipeline) -> bool {
    let calm = matches!(outcome::of_pipeline(workflow), Outcome::Succeeded | Outcome::NeverRan);
    calm && reason::start_is_off(workflow).is_some()
}
