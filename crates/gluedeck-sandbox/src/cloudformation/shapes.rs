//! What stacks look like on the wire.

use super::stacks::{Event, Stack, StackResource};
use crate::control::Time;
use chrono::SecondsFormat;
use gluedeck_pipeline::intrinsics::{self, Lookup};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;

fn time(at: Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn pairs(map: &BTreeMap<String, String>, key: &str, value: &str) -> Vec<Value> {
    map.iter().map(|(name, content)| json!({ key: name, value: content })).collect()
}

pub(super) fn stack(stack: &Stack) -> Value {
    let outputs: Vec<Value> = stack
        .outputs
        .iter()
        .map(|output| json!({ "OutputKey": output.key, "OutputValue": output.value, "ExportName": output.export }))
        .collect();
    json!({
        "StackId": stack.id, "StackName": stack.name, "StackStatus": stack.status, "StackStatusReason": stack.reason,
        "CreationTime": time(stack.created), "LastUpdatedTime": stack.updated.map(time),
        "Parameters": pairs(&stack.parameters, "ParameterKey", "ParameterValue"),
        "Tags": pairs(&stack.tags, "Key", "Value"), "Capabilities": stack.capabilities, "Outputs": outputs,
        "DisableRollback": false, "EnableTerminationProtection": false,
    })
}

pub(super) fn events(stack: &Stack) -> Value {
    let shape = |(number, event): (usize, &Event)| {
        json!({
            "StackId": stack.id, "StackName": stack.name, "EventId": format!("{}-{number}", event.logical),
            "LogicalResourceId": event.logical, "PhysicalResourceId": event.physical, "ResourceType": event.kind,
            "ResourceStatus": event.status, "ResourceStatusReason": event.reason, "Timestamp": time(event.at),
        })
    };
    let events: Vec<Value> = stack.events.iter().enumerate().rev().map(shape).collect();
    json!({ "StackEvents": events })
}

pub(super) fn resources(stack: &Stack) -> Value {
    let shape = |(logical, resource): (&String, &StackResource)| {
        json!({
            "LogicalResourceId": logical, "PhysicalResourceId": resource.physical, "ResourceType": resource.kind,
            "ResourceStatus": resource.status, "LastUpdatedTimestamp": time(resource.updated),
        })
    };
    json!({ "StackResourceSummaries": stack.resources.iter().map(shape).collect::<Vec<_>>() })
}

pub(super) fn change_set(stack: &Stack, name: &str) -> Value {
    let Some(set) = stack.change_sets.get(name) else { return json!({}) };
    let change = |(action, logical, kind): &(&'static str, String, String)| {
        let physical = stack.resources.get(logical).map(|resource| &resource.physical);
        json!({ "Type": "Resource", "ResourceChange": {
            "Action": action, "LogicalResourceId": logical, "PhysicalResourceId": physical, "ResourceType": kind,
        } })
    };
    json!({
        "ChangeSetName": name, "ChangeSetId": set.id, "StackId": stack.id, "StackName": stack.name,
        "Status": set.status, "ExecutionStatus": set.execution, "StatusReason": set.reason,
        "CreationTime": time(set.created), "Changes": set.changes.iter().map(change).collect::<Vec<_>>(),
        "Parameters": pairs(&set.request.parameters, "ParameterKey", "ParameterValue"),
    })
}

/// Notes every export that is looked up.
struct Imports<'s> {
    stack: &'s Stack,
    found: RefCell<Vec<String>>,
}

impl Lookup for Imports<'_> {
    fn reference(&self, name: &str) -> Option<Value> {
        Some(self.stack.parameters.get(name).map_or_else(|| json!(name), |value| json!(value)))
    }

    fn attribute(&self, _: &str, _: &str) -> Option<String> {
        Some(String::new())
    }

    fn export(&self, name: &str) -> Option<String> {
        self.found.borrow_mut().push(name.to_owned());
        Some(String::new())
    }
}

/// Whether a stack's template imports an export.
pub(super) fn imports(stack: &Stack, export: &str) -> bool {
    let template: Value = serde_json::from_str(&stack.template).unwrap_or_default();
    let lookup = Imports { stack, found: RefCell::default() };
    // What cannot be resolved imports nothing.
    let _ = intrinsics::resolve(&template["Resources"], &lookup);
    lookup.found.borrow().iter().any(|name| name == export)
}
