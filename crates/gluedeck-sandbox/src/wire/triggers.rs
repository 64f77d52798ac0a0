//! The trigger operations of Glue.

use super::Answer;
use super::fault::WireFault;
use super::glue_common::{batch_get, hub_change, names, tagged};
use super::glue_json as shape;
use super::input::Input;
use crate::control::{Action, Condition, Control, Hub, Refusal, Target, Time, Trigger, TriggerChange};
use serde_json::{Value, json};

pub(super) fn call(hub: &Hub, operation: &str, input: &Input) -> Answer {
    match operation {
        "ListTriggers" => hub.read(|c, _| list(c, input)),
        "GetTrigger" => hub.read(|c, _| get(c, input)),
        "GetTriggers" => hub.read(|c, _| get_all(c, input)),
        "BatchGetTriggers" => hub.read(|c, _| {
            let found = |name: &String| c.triggers.get(name).map(shape::trigger);
            batch_get(input, ("TriggerNames", usize::MAX), ("Triggers", "TriggersNotFound"), found)
        }),
        "StartTrigger" => hub_change(hub, |c, now| named(input, |name| c.start_trigger(name, now))),
        "StopTrigger" => hub_change(hub, |c, now| named(input, |name| c.stop_trigger(name, now))),
        "DeleteTrigger" => hub_change(hub, |c, _| named(input, |name| c.delete_trigger(name))),
        "UpdateTrigger" => {
            let update = input.get("TriggerUpdate").ok_or_else(|| null("triggerUpdate"))?;
            let (name, change) = (input.required("Name")?, change(update)?);
            hub_change(hub, |c, now| {
                let updated = c.update_trigger(name, change, now)?;
                Ok(json!({ "Trigger": shape::trigger(&updated) }))
            })
        }
        "CreateTrigger" => create(hub, input),
        _ => Err(WireFault::unknown_operation(operation)),
    }
}

fn named(input: &Input, act: impl FnOnce(&str) -> Result<(), Refusal>) -> Result<Value, Refusal> {
    let name = input.required("Name").map_err(|_| Refusal::new("ValidationException", "Name must not be null"))?;
    act(name).map(|()| json!({ "Name": name }))
}

fn create(hub: &Hub, input: &Input) -> Answer {
    let (name, kind) = (input.required("Name")?, input.required("Type")?);
    let workflow = input.text("WorkflowName")?.map(str::to_owned);
    let change = change(input.whole())?;
    let start = input.flag("StartOnCreation");
    let tags = input.map("Tags")?;
    hub_change(hub, |c: &mut Control, now: Time| {
        c.create_trigger((name, kind), workflow, change, start, now)?;
        if !tags.is_empty() {
            let arn = super::glue_common::arn(c, "trigger", name);
            c.tags.insert(arn, tags);
        }
        Ok(json!({ "Name": name }))
    })
}

fn get(control: &Control, input: &Input) -> Answer {
    let name = input.required("Name")?;
    let trigger = control.triggers.get(name).ok_or_else(|| Refusal::not_found("Trigger", name))?;
    Ok(json!({ "Trigger": shape::trigger(trigger) }))
}

/// Triggers that start a job, or all.
fn starting<'c>(control: &'c Control, input: &'c Input) -> Result<impl Iterator<Item = &'c Trigger>, WireFault> {
    let job = input.text("DependentJobName")?;
    let starts = move |t: &&Trigger| job.is_none_or(|job| t.actions.iter().any(|action| action.target.name() == job));
    Ok(control.triggers.values().filter(starts))
}

fn get_all(control: &Control, input: &Input) -> Answer {
    let all = starting(control, input)?.collect();
    let (triggers, next) = input.page(all, ("MaxResults", 200), "NextToken")?;
    Ok(json!({ "Triggers": triggers.into_iter().map(shape::trigger).collect::<Vec<_>>(), "NextToken": next }))
}

fn list(control: &Control, input: &Input) -> Answer {
    let found = starting(control, input)?.map(|trigger| &trigger.name);
    names(input, tagged(control, input, "trigger", found)?, "TriggerNames", 200)
}

/// The members of `TriggerUpdate` and of CreateTrigger that define a trigger.
fn change(update: &Value) -> Result<TriggerChange, WireFault> {
    let text = |name: &str| match update.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(name)),
    };
    let list = |value: Option<&Value>, name: &str| match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => Ok(values.clone()),
        Some(_) => Err(wrong(name)),
    };
    let predicate = update.get("Predicate").filter(|predicate| !predicate.is_null());
    let logical = match predicate.and_then(|predicate| predicate.get("Logical")).and_then(Value::as_str) {
        None => None,
        Some("AND") => Some("AND"),
        Some("ANY") => Some("ANY"),
        Some(other) => return Err(invalid(format!("Logical {other} is not one of AND, ANY"))),
    };
    let conditions = list(predicate.and_then(|predicate| predicate.get("Conditions")), "Conditions")?;
    Ok(TriggerChange {
        description: text("Description")?,
        schedule: text("Schedule")?,
        conditions: conditions.iter().map(condition).collect::<Result<_, _>>()?,
        logical,
        event_batching: update.get("EventBatchingCondition").filter(|given| !given.is_null()).cloned(),
        actions: list(update.get("Actions"), "Actions")?.iter().map(action).collect::<Result<_, _>>()?,
    })
}

fn action(value: &Value) -> Result<Action, WireFault> {
    let mut settings = value.as_object().cloned().ok_or_else(|| wrong("Actions"))?;
    let mut take = |name: &str| settings.remove(name).and_then(|value| value.as_str().map(str::to_owned));
    let target = match (take("JobName"), take("CrawlerName")) {
        (Some(job), None) => Target::Job(job),
        (None, Some(crawler)) => Target::Crawler(crawler),
        _ => return Err(invalid("An action must name either a job or a crawler".to_owned())),
    };
    settings.retain(|_, value| !value.is_null());
    Ok(Action { target, settings })
}

/// A condition. Only certain states can be waited for (docs/aws-facts.md: Conditions).
fn condition(value: &Value) -> Result<Condition, WireFault> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    if text("LogicalOperator") != Some("EQUALS") {
        return Err(invalid("Logical operator cannot be null or empty".to_owned()));
    }
    let (target, state, states) = match (text("JobName"), text("CrawlerName")) {
        (Some(job), None) => {
            (Target::Job(job.to_owned()), text("State"), ["SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT"].as_slice())
        }
        (None, Some(crawler)) => {
            (Target::Crawler(crawler.to_owned()), text("CrawlState"), ["SUCCEEDED", "FAILED", "CANCELLED"].as_slice())
        }
        _ => return Err(invalid("A condition must name either a job or a crawler".to_owned())),
    };
    match state.filter(|state| states.contains(state)) {
        Some(state) => Ok(Condition { target, state: state.to_owned() }),
        None => Err(invalid(format!("The state of a condition must be one of {}", states.join(", ")))),
    }
}

fn invalid(message: String) -> WireFault {
    WireFault::new("InvalidInputException", message)
}

fn wrong(name: &str) -> WireFault {
    WireFault::new("SerializationException", format!("{name} has the wrong type"))
}

fn null(member: &str) -> WireFault {
    WireFault::new(
        "ValidationException",
        format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ),
    )
}
