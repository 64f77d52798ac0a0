//! Making, changing and deleting stacks. All of it happens within the call; the service takes its time, and ends alike.

use super::failure::{Context, Failure, invalid};
use super::resources::{self, Wanted};
use super::template::{Names, Template};

use super::stacks::{Event, Output, Request, Stack, StackResource};
use crate::control::Time;
use gluedeck_pipeline::intrinsics;
use serde_json::Value;
use std::collections::BTreeMap;

/// Makes a stack what a request says. Where a resource cannot be made, what has been done is undone.
pub(super) fn apply(
    at: &Context<'_>,
    stack: &mut Stack,
    request: &Request,
    exports: &BTreeMap<String, String>,
) -> Result<(), Failure> {
    let template = Template::read(&request.template)?;
    let parameters = template.parameters(&request.parameters)?;
    let now = at.backend.hub.now();
    let is_new = stack.resources.is_empty();
    if is_new {
        stack.template.clone_from(&request.template);
    }
    stack.set_status(
        if is_new { "CREATE_IN_PROGRESS" } else { "UPDATE_IN_PROGRESS" },
        Some("User Initiated".into()),
        now,
    );
    let before = stack.clone();
    match make(at, stack, &template, &parameters, exports) {
        Ok(outputs) => {
            stack.outputs = outputs;
            stack.template.clone_from(&request.template);
            stack.tags.clone_from(&request.tags);
            stack.capabilities.clone_from(&request.capabilities);
            stack.parameters = parameters;
            stack.updated = (!is_new).then_some(now);
            stack.set_status(if is_new { "CREATE_COMPLETE" } else { "UPDATE_COMPLETE" }, None, now);
        }
        Err(failure) => {
            let reason = Some(failure.message.clone());
            stack.set_status(
                if is_new { "ROLLBACK_IN_PROGRESS" } else { "UPDATE_ROLLBACK_IN_PROGRESS" },
                reason.clone(),
                now,
            );
            undo(at, stack, &before, now);
            stack.set_status(if is_new { "ROLLBACK_COMPLETE" } else { "UPDATE_ROLLBACK_COMPLETE" }, reason, now);
        }
    }
    // Jobs of the pipeline's programs are the pipeline's, whoever made them. It refuses nothing.
    let _ = at.backend.hub.change(|control, _| {
        control.adopt();
        Ok(())
    });
    Ok(())
}

/// Makes and changes every resource of a template, and deletes what it has no more; answers the outputs.
fn make(
    at: &Context<'_>,
    stack: &mut Stack,
    template: &Template,
    parameters: &BTreeMap<String, String>,
    exports: &BTreeMap<String, String>,
) -> Result<Vec<Output>, Failure> {
    let now = at.backend.hub.now();
    for (order, logical) in template.in_order()?.into_iter().enumerate() {
        let resource = &template.resources[&logical];
        let kind = resource["Type"].as_str().unwrap_or_default();
        let names = names(at, stack, parameters, exports);
        let properties = match resource.get("Properties") {
            Some(properties) => intrinsics::resolve(properties, &names)?,
            None => Value::Object(Default::default()),
        };
        let retained = resource["DeletionPolicy"].as_str().is_some_and(|policy| policy.starts_with("Retain"));
        let wanted = Wanted { stack: &stack.name, logical: &logical, kind, properties: &properties };
        match bring(at, stack.resources.get(&logical), &wanted, now) {
            Ok((brought, changed)) => {
                let brought = StackResource { retained, order, ..brought };
                if changed {
                    stack.events.push(event(&logical, &brought.kind, &brought.physical, brought.status, None, now));
                }
                stack.resources.insert(logical, brought);
            }
            Err(failure) => {
                let reason = failure.message;
                let status = if stack.resources.contains_key(&logical) { "UPDATE_FAILED" } else { "CREATE_FAILED" };
                stack.events.push(event(&logical, kind, "", status, Some(reason.clone()), now));
                return Err(invalid(format!("The following resource(s) failed: [{logical}]. {reason}")));
            }
        }
    }
    let gone = |logical: &String| !template.resources.contains_key(logical);
    let leaving: Vec<String> = stack.resources.keys().filter(|logical| gone(logical)).cloned().collect();
    delete_all(at, stack, leaving, now)?;
    outputs(at, stack, template, parameters, exports)
}

/// A resource as it is wanted: made, changed, replaced where it gets another name, or left; and whether anything was done.
fn bring(
    at: &Context<'_>,
    known: Option<&StackResource>,
    wanted: &Wanted<'_>,
    now: Time,
) -> Result<(StackResource, bool), Failure> {
    let properties = wanted.properties.clone();
    let keeps_name = |known: &&StackResource| {
        known.kind == wanted.kind && wanted.name().as_ref().is_none_or(|name| *name == known.physical)
    };
    if let Some(known) = known.filter(keeps_name) {
        let changed = known.properties != properties;
        if !changed {
            return Ok((known.clone(), false));
        }
        resources::update(at, wanted.kind, &known.physical, &properties)?;
        return Ok((StackResource { properties, status: "UPDATE_COMPLETE", updated: now, ..known.clone() }, true));
    }
    let (physical, attributes) = resources::create(at, wanted)?;
    if let Some(before) = known {
        resources::delete(at, &before.kind, &before.physical)?;
    }
    let (kind, status) = (wanted.kind.to_owned(), "CREATE_COMPLETE");
    let made =
        StackResource { kind, physical, attributes, properties, retained: false, order: 0, status, updated: now };
    Ok((made, true))
}

fn names<'b>(
    at: &'b Context<'b>,
    stack: &'b Stack,
    parameters: &'b BTreeMap<String, String>,
    exports: &'b BTreeMap<String, String>,
) -> Names<'b> {
    Names { at, stack: (&stack.name, &stack.id), parameters, resources: &stack.resources, exports }
}

fn outputs(
    at: &Context<'_>,
    stack: &Stack,
    template: &Template,
    parameters: &BTreeMap<String, String>,
    exports: &BTreeMap<String, String>,
) -> Result<Vec<Output>, Failure> {
    let names = names(at, stack, parameters, exports);
    let text = |value: &Value| -> Result<String, Failure> {
        let resolved = intrinsics::resolve(value, &names)?;
        resolved
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| invalid("Template format error: Output values must be strings"))
    };
    let mut all = Vec::new();
    for (key, output) in &template.outputs {
        let export = output.pointer("/Export/Name").map(text).transpose()?;
        if let Some(taken) = export.as_ref().filter(|name| exports.contains_key(*name)) {
            return Err(invalid(format!("Export with name {taken} is already exported by another stack")));
        }
        all.push(Output { key: key.clone(), value: text(&output["Value"])?, export });
    }
    Ok(all)
}

fn event(logical: &str, kind: &str, physical: &str, status: &'static str, reason: Option<String>, at: Time) -> Event {
    let (logical, kind, physical) = (logical.to_owned(), kind.to_owned(), physical.to_owned());
    Event { logical, physical, kind, status, reason, at }
}

/// Deletes resources of a stack, what was made last first; those that are retained only leave the stack.
fn delete_all(at: &Context<'_>, stack: &mut Stack, mut leaving: Vec<String>, now: Time) -> Result<(), Failure> {
    leaving.sort_by_key(|logical| std::cmp::Reverse(stack.resources.get(logical).map(|resource| resource.order)));
    for logical in leaving {
        let Some(resource) = stack.resources.get(&logical).cloned() else { continue };
        let status = if resource.retained { "DELETE_SKIPPED" } else { "DELETE_COMPLETE" };
        if !resource.retained {
            resources::delete(at, &resource.kind, &resource.physical)?;
        }
        stack.resources.remove(&logical);
        stack.events.push(event(&logical, &resource.kind, &resource.physical, status, None, now));
    }
    Ok(())
}

/// Brings a stack back to what it was. What cannot be undone stays, as with the service.
fn undo(at: &Context<'_>, stack: &mut Stack, before: &Stack, now: Time) {
    let new: Vec<String> =
        stack.resources.keys().filter(|logical| !before.resources.contains_key(*logical)).cloned().collect();
    for logical in &new {
        // What is retained was made just now, and nothing is in it.
        if let Some(resource) = stack.resources.get_mut(logical) {
            resource.retained = false;
        }
    }
    let _ = delete_all(at, stack, new, now);
    for (logical, was) in &before.resources {
        if stack.resources.get(logical).is_some_and(|is| is.properties != was.properties) {
            let _ = resources::update(at, &was.kind, &was.physical, &was.properties);
        }
    }
    stack.resources.clone_from(&before.resources);
}

/// Deletes a stack with what is not retained.
pub(super) fn delete(at: &Context<'_>, stack: &mut Stack) {
    let now = at.backend.hub.now();
    stack.set_status("DELETE_IN_PROGRESS", Some("User Initiated".into()), now);
    let all = stack.resources.keys().cloned().collect();
    match delete_all(at, stack, all, now) {
        Ok(()) => {
            stack.outputs.clear();
            stack.set_status("DELETE_COMPLETE", None, now);
        }
        Err(failure) => stack.set_status("DELETE_FAILED", Some(failure.message.clone()), now),
    }
}

/// What a request would change: action, logical id and type.
pub(super) fn changes(
    at: &Context<'_>,
    stack: &Stack,
    request: &Request,
    exports: &BTreeMap<String, String>,
) -> Result<Vec<(&'static str, String, String)>, Failure> {
    let template = Template::read(&request.template)?;
    let parameters = template.parameters(&request.parameters)?;
    let names = names(at, stack, &parameters, exports);
    let mut found = Vec::new();
    for logical in template.in_order()? {
        let resource = &template.resources[&logical];
        let kind = resource["Type"].as_str().unwrap_or_default().to_owned();
        match stack.resources.get(&logical) {
            None => found.push(("Add", logical, kind)),
            Some(known) => {
                // What refers to a resource that is to be made is a change.
                let properties = resource.get("Properties").map(|p| intrinsics::resolve(p, &names));
                let same = matches!(&properties, Some(Ok(properties)) if *properties == known.properties);
                if !same {
                    found.push(("Modify", logical, kind));
                }
            }
        }
    }
    let gone = stack.resources.iter().filter(|(logical, _)| !template.resources.contains_key(*logical));
    found.extend(gone.map(|(logical, resource)| ("Remove", logical.clone(), resource.kind.clone())));
    Ok(found)
}
