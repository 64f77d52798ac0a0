//! The operations of Athena on workgroups.

use super::Answer;
use super::fault::{WireFault, invalid};
use super::glue_json::epoch;
use super::input::Input;
use crate::athena::{PRIMARY, WorkGroup};
use crate::backend::Backend;
use serde_json::{Value, json};

/// The least that a query may be cut off at (the `BytesScannedCutoffValue` of the service model).
const MIN_CUTOFF_BYTES: u64 = 10_000_000;

pub(super) fn call(backend: &Backend, operation: &str, input: &Input) -> Answer {
    let groups = &backend.athena.groups;
    match operation {
        "GetWorkGroup" => {
            let name = input.required("WorkGroup")?;
            let group = groups.get(name).ok_or_else(unknown)?;
            Ok(json!({ "WorkGroup": shape(name, &group) }))
        }
        "ListWorkGroups" => {
            let groups = groups.lock();
            let (page, next) = input.page(groups.iter().collect(), ("MaxResults", 50), "NextToken")?;
            let summaries: Vec<_> = page.into_iter().map(|(name, group)| summary(name, group)).collect();
            Ok(json!({ "WorkGroups": summaries, "NextToken": next }))
        }
        "CreateWorkGroup" => {
            let name = input.required("Name")?.to_owned();
            let mut group = WorkGroup {
                description: input.text("Description")?.unwrap_or_default().to_owned(),
                ..WorkGroup::new(backend.hub.now())
            };
            change(&mut group, input.get("Configuration"), "")?;
            let mut groups = groups.lock();
            if groups.contains_key(&name) {
                return Err(invalid("INVALID_INPUT", "WorkGroup already exists"));
            }
            groups.insert(name, group);
            Ok(json!({}))
        }
        "UpdateWorkGroup" => {
            let name = input.required("WorkGroup")?;
            let mut groups = groups.lock();
            let group = groups.get_mut(name).ok_or_else(unknown)?;
            let mut changed = group.clone();
            change(&mut changed, input.get("ConfigurationUpdates"), "Updates")?;
            if let Some(description) = input.text("Description")? {
                changed.description = description.to_owned();
            }
            if let Some(state) = input.text("State")? {
                changed.enabled = state == "ENABLED";
            }
            *group = changed;
            Ok(json!({}))
        }
        "DeleteWorkGroup" => {
            let name = input.required("WorkGroup")?;
            if name == PRIMARY {
                return Err(invalid("INVALID_INPUT", "The primary workgroup cannot be deleted"));
            }
            groups.lock().remove(name).map(|_| json!({})).ok_or_else(unknown)
        }
        _ => Err(WireFault::unknown_operation(operation)),
    }
}

/// Applies a `WorkGroupConfiguration`, or its updates, whose members for the results have `suffix` at the end.
fn change(group: &mut WorkGroup, given: Option<&Value>, suffix: &str) -> Result<(), WireFault> {
    let Some(given) = given else { return Ok(()) };
    let flag = |name: &str| given.get(name).and_then(Value::as_bool);
    group.enforce = flag("EnforceWorkGroupConfiguration").unwrap_or(group.enforce);
    let managed =
        given.get(format!("ManagedQueryResultsConfiguration{suffix}")).and_then(|managed| managed.get("Enabled"));
    group.managed = managed.and_then(Value::as_bool).unwrap_or(group.managed);
    if let Some(results) = given.get(format!("ResultConfiguration{suffix}")) {
        if let Some(location) = results.get("OutputLocation").and_then(Value::as_str) {
            group.output = Some(location.to_owned());
        }
        if results.get("RemoveOutputLocation").and_then(Value::as_bool) == Some(true) {
            group.output = None;
        }
    }
    if let Some(cutoff) = given.get("BytesScannedCutoffPerQuery").and_then(Value::as_u64) {
        if cutoff < MIN_CUTOFF_BYTES {
            let message =
                format!("BytesScannedCutoffPerQuery must have value greater than or equal to {MIN_CUTOFF_BYTES}");
            return Err(invalid("INVALID_INPUT", &message));
        }
        group.cutoff = Some(cutoff);
    }
    if flag("RemoveBytesScannedCutoffPerQuery") == Some(true) {
        group.cutoff = None;
    }
    Ok(())
}

fn state(group: &WorkGroup) -> &'static str {
    if group.enabled { "ENABLED" } else { "DISABLED" }
}

fn engine() -> Value {
    json!({ "SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3" })
}

fn summary(name: &str, group: &WorkGroup) -> Value {
    json!({
        "Name": name, "State": state(group), "Description": group.description, "CreationTime": epoch(group.created),
        "EngineVersion": engine(),
    })
}

fn shape(name: &str, group: &WorkGroup) -> Value {
    json!({
        "Name": name,
        "State": state(group),
        "Description": group.description,
        "CreationTime": epoch(group.created),
        "Configuration": {
            "ResultConfiguration": { "OutputLocation": group.output },
            "ManagedQueryResultsConfiguration": { "Enabled": group.managed },
            "EnforceWorkGroupConfiguration": group.enforce,
            "PublishCloudWatchMetricsEnabled": false,
            "BytesScannedCutoffPerQuery": group.cutoff,
            "RequesterPaysEnabled": false,
            "EngineVersion": engine(),
        },
    })
}

pub(super) fn unknown() -> WireFault {
    invalid("INVALID_INPUT", "WorkGroup is not found.")
}
