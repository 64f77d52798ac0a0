//! What a plan is asked for, and what it is.

use super::demand::{Demand, Estimate};
use super::error::NotPlanned;
use crate::domain::{Dpu, PipelineId, Time, TriggerName, schedule};
use chrono::{NaiveTime, TimeDelta};
use gluedeck_planner::Timeline;
use std::collections::BTreeMap;

/// What the starts are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Started by the console, one after the other, to the second.
    Now,
    /// The triggers' schedules are rewritten. The first start is at this time of day, UTC; without one, at the earliest
    /// of the present schedules.
    Schedule(Option<NaiveTime>),
}

impl Default for Mode {
    fn default() -> Self {
        Self::Schedule(None)
    }
}

/// What is wanted of one workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartConstraints {
    /// Lower goes first; 0 if nobody says.
    pub priority: u32,
    pub not_before: Option<NaiveTime>,
    pub done_by: Option<NaiveTime>,
    /// A start that somebody set by hand, in seconds from the plan's beginning.
    pub fixed: Option<u32>,
}

/// What a plan is asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlannerOptions {
    pub mode: Mode,
    pub estimate: Estimate,
    /// For all workflows.
    pub done_by: Option<NaiveTime>,
    pub each: BTreeMap<PipelineId, StartConstraints>,
}

/// Which workflows start when, so that the DPU limit holds, beside the same night as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub mode: Mode,
    pub limit: Dpu,
    /// Second 0.
    pub origin: Time,
    pub grid: u32,
    /// By start.
    pub starts: Vec<PlannedStart>,
    /// Workflows that are not in the plan, and why.
    pub left_out: Vec<(PipelineId, NotPlanned)>,
    pub peak: Dpu,
    /// Seconds from the beginning to the last end.
    pub makespan: u32,
    /// No plan can end before this second.
    pub lower_bound: u32,
    /// The forecast with the plan, everything else that runs included.
    pub after: Timeline,
    pub unstaggered: Unstaggered,
    /// What the plan rests on, in words.
    pub notes: Vec<String>,
}

/// A workflow in a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedStart {
    pub workflow: PipelineId,
    /// Seconds from the plan's beginning.
    pub start: u32,
    pub demand: Demand,
    pub why: String,
    /// The schedule that it has and the one it should get; in plans for schedules only.
    pub change: Option<Rescheduled>,
    /// Seconds after the time by which it should have ended.
    pub late: u32,
}

/// A trigger's schedule before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescheduled {
    pub trigger: TriggerName,
    pub from: String,
    pub to: String,
}

impl PlannedStart {
    /// The second of its end.
    pub fn end(&self) -> u32 {
        self.start + self.demand.profile.length
    }
}

impl Plan {
    /// The moment of a second of the plan.
    pub fn at(&self, second: u32) -> Time {
        self.origin + TimeDelta::seconds(i64::from(second))
    }

    /// How far the end is from what no plan can beat, as a share.
    pub fn gap(&self) -> f64 {
        match self.lower_bound {
            0 => 0.0,
            bound => f64::from(self.makespan) / f64::from(bound) - 1.0,
        }
    }

    /// Whether the forecast is within the limit: it is, unless starts were set by hand.
    pub fn is_within_limit(&self) -> bool {
        self.peak <= self.limit
    }
}

/// Names with the reason why they are not in the plan.
pub(super) type LeftOut = Vec<(PipelineId, NotPlanned)>;

/// The trigger that starts a workflow by the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) trigger: TriggerName,
    pub(super) schedule: String,
    pub(super) time: NaiveTime,
}

impl Start {
    /// The schedule for a start so many seconds after the plan's beginning.
    pub(super) fn moved(&self, origin: Time, second: u32) -> Result<Rescheduled, NotPlanned> {
        let at = origin + TimeDelta::seconds(i64::from(second));
        let days = (at.date_naive() - origin.date_naive()).num_days();
        let to = schedule::at_time_of_day(&self.schedule, at.time()).filter(|_| days == 0 || is_daily(&self.schedule));
        let to = to.ok_or_else(|| NotPlanned::NextDay(self.schedule.clone()))?;
        Ok(Rescheduled { trigger: self.trigger.clone(), from: self.schedule.clone(), to })
    }
}

fn is_daily(schedule: &str) -> bool {
    schedule::time_of_day(schedule).is_some() && schedule::is_every_day(schedule)
}

/// The night as it would be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unstaggered {
    /// The most that would be asked for at a time if nothing failed.
    pub peak: Dpu,
    /// The workflows that would fail at the limit, and when. Which of those that start in the same second come too late
    /// is not known; they are taken in the order of their names.
    pub over_limit: Vec<(PipelineId, Time)>,
    /// How many workflows begin a step in the seconds in which those fail, they among them.
    pub together: usize,
    /// What would be asked for.
    pub asked: Timeline,
    /// Start of each workflow, in seconds from the plan's beginning, which may lie before it.
    pub starts: Vec<(PipelineId, i64)>,
}

impl Unstaggered {
    /// Which workflows would fail at the limit, in words. Where more begin in the same second, it is known how many, but not
    /// which of them: the order of such starts is Glue's own.
    pub fn fate(&self) -> String {
        let names: Vec<&str> = self.over_limit.iter().map(|(name, _)| name.as_str()).collect();
        let names =
            names.iter().map(|name| name.strip_suffix(" Workflow").unwrap_or(name)).collect::<Vec<_>>().join(", ");
        match (self.over_limit.len(), self.together) {
            (0, _) => "none over the limit".to_owned(),
            (count, together) if together <= count => format!("{count} over the limit: {names}"),
            (count, together) => {
                let times: std::collections::BTreeSet<Time> = self.over_limit.iter().map(|(_, at)| *at).collect();
                let seconds = if times.len() == 1 { "second" } else { "seconds" };
                format!(
                    "{count} of {together} starting in the same {seconds} over the limit, order unknown (by name: {names})"
                )
            }
        }
    }
}
