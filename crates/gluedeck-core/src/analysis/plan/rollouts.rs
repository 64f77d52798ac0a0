//! Plans of rollouts: to carry one out, to go on with one, to put back what was changed.

use super::{Facts, Figures, Plan, PlanError, Planned, everything, figures};
use crate::analysis::stagger::live::{Rollout, State};
use crate::analysis::stagger::{self, PlannedStart};
use crate::analysis::words::counted;
use crate::domain::schedule::next_fire;
use crate::domain::{Change, Time};
use chrono::TimeDelta;

/// To carry out a stagger plan: the schedules that change, or the workflows that are started as capacity frees.
pub fn rollout(plan: &stagger::Plan, rollout: &Rollout, facts: &dyn Facts) -> Planned {
    let changes: Vec<Change> = rollout.items.iter().filter_map(|item| item.change()).collect();
    if changes.is_empty() {
        return Err(PlanError::SchedulesMatch);
    }
    let mut notes = vec![stagger::headline(plan) + "."];
    let of = |placed: &&PlannedStart| rollout.items.iter().any(|item| item.workflow == placed.workflow.as_str());
    let included: Vec<&PlannedStart> = plan.starts.iter().filter(of).collect();
    let each = included.iter().filter_map(|placed| {
        let workflow = facts.pipelines().iter().find(|workflow| workflow.id == placed.workflow)?;
        figures(workflow, &everything(workflow), None, facts).cost
    });
    let cost: f64 = each.sum();
    if rollout.is_schedule() {
        notes.push("Changes only each trigger's schedule, one at a time, and verifies each.".to_owned());
        notes.push("Runs in progress are not affected. Can be reverted; stops at the first error.".to_owned());
        notes.push(match &rollout.file {
            None => "! CDK, CloudFormation or Terraform will detect drift and restore the old schedules at the next deploy; the plan has the new lines for your configuration.".to_owned(),
            Some(file) => format!(
                "! A deployment that changes a trigger restores its old schedule, unless the new ones are in {}: yes below writes them there. A `schedule` field holds in every environment of the file.",
                file.display()
            ),
        });
        notes.extend(tonight(rollout, facts.now()));
        // Last, since a small terminal shows what fits.
        notes.extend(rollout.items.iter().filter_map(|item| {
            let (_, from, to) = item.reschedule.as_ref()?;
            Some(format!("  {}: {from} to {to}", item.workflow))
        }));
    } else {
        notes.push(format!(
            "Starts them one at a time as capacity frees up, about ${cost:.2} total; keep this console open."
        ));
        notes.push("! Pausing or quitting does not stop runs already started.".to_owned());
        notes.extend(
            included.iter().map(|placed| {
                format!("  {}: planned for {}Z", placed.workflow, plan.at(placed.start).format("%H:%M:%S"))
            }),
        );
    }
    let title = match rollout.is_schedule() {
        true => format!("Rewrite {}", counted(changes.len(), "schedule")),
        false => format!("Start {}, staggered", counted(changes.len(), "workflow")),
    };
    let verb = if rollout.is_schedule() { "Rewrite" } else { "Start" };
    let figures = Figures { seconds: Some(i64::from(plan.makespan)), dpu_hours: None, cost: Some(cost) };
    Ok(Plan { title, notes, steps: Vec::new(), becomes: "", verb, changes, figures })
}

/// What rewriting schedules in the middle of their night leads to: runs that come twice, or not at all.
pub fn tonight(rollout: &Rollout, now: Time) -> Vec<String> {
    let half_a_day = TimeDelta::hours(12);
    let (mut twice, mut never) = (Vec::new(), Vec::new());
    for item in &rollout.items {
        let Some((_, from, to)) = &item.reschedule else { continue };
        let name = item.workflow.trim_end_matches(" Workflow");
        let last = next_fire(from, now - TimeDelta::hours(24)).filter(|last| *last <= now);
        let (Some(old), Some(new)) = (next_fire(from, now), next_fire(to, now)) else { continue };
        if last.is_some_and(|last| new - last < half_a_day) {
            twice.push(format!("{name} ({} and {}Z)", last.unwrap_or(now).format("%H:%M"), new.format("%H:%M")));
        } else if new - old > half_a_day {
            never.push(format!("{name} (not at {}Z)", old.format("%-d %b %H:%M")));
        }
    }
    let mut notes = Vec::new();
    if !twice.is_empty() {
        notes.push(format!("! Already started, would start again: {}.", twice.join(", ")));
    }
    if !never.is_empty() {
        notes.push(format!("! Would not start at all in the coming night: {}.", never.join(", ")));
    }
    notes
}

/// To go on with a rollout: `before` as it stands, `again` as it will be sent.
pub fn continue_rollout(before: &Rollout, again: &Rollout, facts: &dyn Facts) -> Planned {
    let waiting: Vec<_> = again.items.iter().filter(|item| item.state == State::Waiting).collect();
    let changes: Vec<Change> = waiting.iter().filter_map(|item| item.change()).collect();
    if changes.is_empty() {
        return Err(PlanError::NothingLeft(before.tally(facts.pipelines())));
    }
    let mut notes = vec![format!("{}: {}.", before.id, before.tally(facts.pipelines()))];
    notes.extend(before.halted.as_ref().map(|why| format!("! It was stopped: {why}.")));
    let unknown = before.items.iter().filter(|item| item.state == State::Unknown).map(|item| item.workflow.as_str());
    let unknown: Vec<&str> = unknown.collect();
    if !unknown.is_empty() {
        let what = match before.is_schedule() {
            true => "schedules already changed are detected, the rest is sent",
            false => "they may have started and are not retried; check them",
        };
        notes.push(format!("! Result unknown: {}; {what}.", unknown.join(", ")));
    }
    notes.push("Applied changes stay. Continues the saved plan; it is not recalculated.".to_owned());
    let costs = waiting.iter().filter_map(|item| {
        let workflow = facts.pipelines().iter().find(|workflow| workflow.id.as_str() == item.workflow)?;
        figures(workflow, &everything(workflow), None, facts).cost
    });
    let cost: f64 = costs.sum();
    let names: Vec<&str> = waiting.iter().map(|item| item.workflow.trim_end_matches(" Workflow")).collect();
    let (title, verb) = match before.is_schedule() {
        true => (format!("Rewrite {} more of {}", changes.len(), counted(before.items.len(), "schedule")), "Rewrite"),
        false => {
            notes.push(format!("! Starts now, as capacity frees up, about ${cost:.2} total: {}.", names.join(", ")));
            (format!("Start {} more of {}", changes.len(), counted(before.items.len(), "workflow")), "Start")
        }
    };
    notes.extend(waiting.iter().filter_map(|item| {
        let (_, from, to) = item.reschedule.as_ref()?;
        Some(format!("  {}: {from} to {to}", item.workflow))
    }));
    Ok(Plan { title, notes, steps: Vec::new(), becomes: "", verb, changes, figures: Figures::default() })
}

/// To put back what was changed. What is as it was is left out; what somebody has changed since is left alone, and said.
pub fn revert(changes: Vec<Change>, facts: &dyn Facts) -> Planned {
    if changes.is_empty() {
        return Err(PlanError::Irreversible);
    }
    let triggers = || facts.pipelines().iter().flat_map(|workflow| &workflow.triggers);
    let (mut again, mut back, mut others, mut lines) = (Vec::new(), 0, Vec::new(), Vec::new());
    for change in changes {
        let found = triggers().find(|trigger| trigger.name.as_str() == change.name());
        match (&change, found) {
            (Change::Reschedule { to, .. }, Some(found)) if found.schedule.as_ref() == Some(to) => back += 1,
            (Change::Reschedule { from, .. }, Some(found)) if found.schedule.as_ref() != Some(from) => {
                others.push(format!("{} ({})", found.name, found.schedule.as_deref().unwrap_or("no schedule")));
            }
            (Change::Reschedule { trigger, to, .. }, _) => {
                lines.push(format!("  {trigger}: {to}"));
                again.push(change);
            }
            (Change::UpdateJob { job, settings }, _) => {
                let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
                lines.push(format!("  {job}: {}", settings.join(", ")));
                again.push(change.clone());
            }
            (change, _) => {
                lines.push(format!("  {}: {}", change.operation(), change.name()));
                again.push(change.clone());
            }
        }
    }
    let mut notes = Vec::new();
    if !others.is_empty() {
        notes.push(format!("! Not reverted, changed by someone else since: {}.", others.join(", ")));
    }
    if back > 0 {
        notes.push(format!("Skipped: {}, there already.", counted(back, "old schedule")));
    }
    if again.is_empty() {
        return Err(PlanError::NothingToRevert(notes.join(" ")));
    }
    notes.push("Restores:".to_owned());
    notes.extend(lines);
    let title = format!("Revert {}", counted(again.len(), "change"));
    let figures = Figures::default();
    Ok(Plan { title, notes, steps: Vec::new(), becomes: "", verb: "Revert", changes: again, figures })
}
