//! Changing triggers: their states change asynchronously, and two changes in one workflow collide.

use super::{Action, Condition, Control, Refusal, Target, Time, Trigger, What};
use chrono::TimeDelta;
use gluedeck_pipeline::schedule;
use serde_json::Value;
use std::cmp::Reverse;

/// How long a change of state takes.
const STATE_CHANGE_DELAY: TimeDelta = TimeDelta::seconds(3);
/// Jobs that one trigger may start: quota L-EEC98450 (docs/aws-facts.md: Limits of a trigger).
const MAX_JOBS: usize = 50;
/// Conditions of a predicate (`ConditionList` of the service model).
const MAX_CONDITIONS: usize = 500;

/// A trigger's definition. UpdateTrigger overwrites the whole definition (docs/aws-facts.md).
#[derive(Debug, Clone, Default)]
pub(crate) struct TriggerChange {
    pub(crate) description: Option<String>,
    pub(crate) schedule: Option<String>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) logical: Option<&'static str>,
    pub(crate) actions: Vec<Action>,
    pub(crate) event_batching: Option<Value>,
}

impl Control {
    /// Activates a trigger, or fires one of the kind ON_DEMAND.
    pub(crate) fn start_trigger(&mut self, name: &str, at: Time) -> Result<(), Refusal> {
        let trigger = self.triggers.get(name).ok_or_else(|| Refusal::not_found("Trigger", name))?.clone();
        match (trigger.kind, &trigger.workflow) {
            ("EVENT", _) => Err(Refusal::new("InvalidInputException", "Trigger Type EVENT cannot be started")),
            ("ON_DEMAND", Some(workflow)) => {
                let workflow = workflow.clone();
                self.begin_workflow_run(&workflow, Default::default(), at, "call").map(|_| ())
            }
            ("ON_DEMAND", None) => {
                self.fire(&trigger, None, at);
                Ok(())
            }
            _ => match trigger.state {
                "ACTIVATED" => Ok(()),
                "CREATED" | "DEACTIVATED" => {
                    self.transition(name, "ACTIVATING", "ACTIVATED", at);
                    Ok(())
                }
                state => Err(not_allowed(state)),
            },
        }
    }

    /// Deactivates a trigger. Refused in CREATED, the state in which ON_DEMAND and EVENT triggers stay.
    pub(crate) fn stop_trigger(&mut self, name: &str, at: Time) -> Result<(), Refusal> {
        let trigger = self.triggers.get(name).ok_or_else(|| Refusal::not_found("Trigger", name))?;
        match trigger.state {
            "DEACTIVATED" => Ok(()),
            "ACTIVATED" => {
                self.alone(name)?;
                self.transition(name, "DEACTIVATING", "DEACTIVATED", at);
                Ok(())
            }
            state => Err(not_allowed(state)),
        }
    }

    /// Overwrites a trigger's definition. It passes through UPDATING and comes back to the state it had.
    pub(crate) fn update_trigger(&mut self, name: &str, change: TriggerChange, at: Time) -> Result<Trigger, Refusal> {
        let trigger = self.triggers.get(name).ok_or_else(|| Refusal::not_found("Trigger", name))?;
        self.valid(trigger.kind, &change)?;
        self.alone(name)?;
        let before = trigger.state;
        if let Some(trigger) = self.triggers.get_mut(name) {
            trigger.overwrite(change);
            trigger.generation += 1;
        }
        self.transition(name, "UPDATING", before, at);
        self.schedule_next(name, at);
        self.triggers.get(name).cloned().ok_or_else(|| Refusal::not_found("Trigger", name))
    }

    /// Creates a trigger, and activates it if that is asked for.
    pub(crate) fn create_trigger(
        &mut self,
        (name, kind): (&str, &str),
        workflow: Option<String>,
        change: TriggerChange,
        start: bool,
        at: Time,
    ) -> Result<(), Refusal> {
        let kinds = ["SCHEDULED", "CONDITIONAL", "ON_DEMAND", "EVENT"];
        let kind = kinds.into_iter().find(|known| *known == kind).ok_or_else(|| {
            Refusal::new("InvalidInputException", format!("Trigger type {kind} is not one of {}", kinds.join(", ")))
        })?;
        if self.triggers.contains_key(name) {
            return Err(Refusal::new("AlreadyExistsException", format!("Trigger with name {name} already exists")));
        }
        self.valid(kind, &change)?;
        if let Some(workflow) = &workflow {
            let known = self.workflows.get(workflow).ok_or_else(|| Refusal::not_found("Workflow", workflow))?;
            let starts = |name: &String| self.triggers.get(name).is_some_and(|t| t.kind != "CONDITIONAL");
            if kind != "CONDITIONAL" && known.triggers.iter().any(starts) {
                let message = format!("Workflow {workflow} already has a start trigger");
                return Err(Refusal::new("InvalidInputException", message));
            }
        }
        let mut trigger = Trigger {
            name: name.to_owned(),
            workflow: workflow.clone(),
            kind,
            state: "CREATED",
            description: String::new(),
            schedule: None,
            conditions: Vec::new(),
            logical: "ANY",
            actions: Vec::new(),
            event_batching: None,
            generation: 0,
        };
        trigger.overwrite(change);
        self.triggers.insert(name.to_owned(), trigger);
        if let Some(workflow) = workflow.and_then(|workflow| self.workflows.get_mut(&workflow)) {
            workflow.triggers.push(name.to_owned());
        }
        if start && matches!(kind, "SCHEDULED" | "CONDITIONAL") {
            self.transition(name, "ACTIVATING", "ACTIVATED", at);
        }
        self.schedule_next(name, at);
        Ok(())
    }

    /// Deletes a trigger; one that is not there is deleted already.
    pub(crate) fn delete_trigger(&mut self, name: &str) -> Result<(), Refusal> {
        let Some(trigger) = self.triggers.get(name) else { return Ok(()) };
        let workflow = trigger.workflow.clone();
        self.alone(name)?;
        self.triggers.remove(name);
        if let Some(workflow) = workflow.and_then(|workflow| self.workflows.get_mut(&workflow)) {
            workflow.triggers.retain(|known| known != name);
        }
        Ok(())
    }

    fn transition(&mut self, name: &str, through: &'static str, to: &'static str, at: Time) {
        if let Some(trigger) = self.triggers.get_mut(name) {
            trigger.state = through;
        }
        self.push(at + STATE_CHANGE_DELAY, What::TriggerSettled(name.to_owned(), to));
    }

    /// Ends a trigger's change of state now.
    pub(crate) fn settle_now(&mut self, name: &str) {
        let Some(trigger) = self.triggers.get(name) else { return };
        let due = self.queue.iter().find_map(|Reverse(event)| match &event.what {
            What::TriggerSettled(settled, state) if settled == name => Some(*state),
            _ => None,
        });
        if let Some(state) = due.filter(|_| trigger.state.ends_with("ING")) {
            self.settle_trigger(name, state);
        }
    }

    pub(super) fn settle_trigger(&mut self, name: &str, state: &'static str) {
        if let Some(trigger) = self.triggers.get_mut(name) {
            trigger.state = state;
        }
    }

    /// Two changes in one workflow at a time collide (docs/aws-facts.md: Concurrent changes collide).
    fn alone(&self, name: &str) -> Result<(), Refusal> {
        let workflow = self.triggers.get(name).and_then(|trigger| trigger.workflow.as_ref());
        let changing = |trigger: &Trigger| trigger.state.ends_with("ING");
        let members = workflow.and_then(|workflow| self.workflows.get(workflow)).map(|workflow| &workflow.triggers);
        let own = [name.to_owned()];
        let names = members.map_or(own.as_slice(), Vec::as_slice);
        if names.iter().filter_map(|name| self.triggers.get(name)).any(changing) {
            let of = workflow.map_or("Trigger", |_| "Workflow");
            let which = workflow.map_or(name, String::as_str);
            let message = format!("{of} {which} was modified while updating trigger {name}");
            return Err(Refusal::new("ConcurrentModificationException", message));
        }
        Ok(())
    }

    fn valid(&self, kind: &str, change: &TriggerChange) -> Result<(), Refusal> {
        let invalid = |message: String| Err(Refusal::new("InvalidInputException", message));
        match (kind, &change.schedule) {
            ("SCHEDULED", None) => return invalid("Schedule cannot be null or empty for a SCHEDULED trigger".into()),
            ("SCHEDULED", Some(schedule)) => {
                schedule::validate(schedule)
                    .map_err(|error| Refusal::new("InvalidInputException", error.to_string()))?;
            }
            (_, Some(_)) => return invalid(format!("A {kind} trigger cannot have a schedule")),
            _ => {}
        }
        if kind == "CONDITIONAL" && change.conditions.is_empty() {
            return invalid("Predicate cannot be null or empty for a CONDITIONAL trigger".into());
        }
        if change.conditions.len() > 1 && change.logical.is_none() {
            return invalid("Logical cannot be null with more than one condition".into());
        }
        if change.conditions.len() > MAX_CONDITIONS {
            let message = format!("Member must have length less than or equal to {MAX_CONDITIONS}");
            return Err(Refusal::new("ValidationException", message));
        }
        let crawlers = change.actions.iter().filter(|action| matches!(action.target, Target::Crawler(_))).count();
        if crawlers > 2 {
            return invalid("A trigger can start at most 2 crawlers".into());
        }
        if change.actions.len() - crawlers > MAX_JOBS {
            let message = format!("Exceeded maximum number of jobs per trigger: {MAX_JOBS}");
            return Err(Refusal::new("ResourceNumberLimitExceededException", message));
        }
        let targets = change.actions.iter().map(|action| &action.target);
        for target in targets.chain(change.conditions.iter().map(|condition| &condition.target)) {
            match target {
                Target::Job(name) if !self.jobs.contains_key(name) => return Err(Refusal::not_found("Job", name)),
                Target::Crawler(name) if !self.crawlers.contains_key(name) => {
                    return Err(Refusal::not_found("Crawler", name));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Trigger {
    fn overwrite(&mut self, change: TriggerChange) {
        self.description = change.description.unwrap_or_default();
        self.schedule = change.schedule;
        self.conditions = change.conditions;
        self.logical = change.logical.unwrap_or("ANY");
        self.actions = change.actions;
        self.event_batching = change.event_batching;
    }
}

fn not_allowed(state: &str) -> Refusal {
    let message = format!("The operation is not allowed when trigger is in state: {state}");
    Refusal::new("InvalidInputException", message)
}
