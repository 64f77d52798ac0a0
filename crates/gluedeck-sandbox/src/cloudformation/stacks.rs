//! CloudFormation's stacks of one account and Region, as plain data.

use crate::control::Time;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// All stacks by name, and what they export.
#[derive(Debug, Default)]
pub(crate) struct Stacks(Mutex<BTreeMap<String, Stack>>);

/// A stack. One that was deleted is kept, since it can still be described by its id.
#[derive(Debug, Clone)]
pub(crate) struct Stack {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) status: &'static str,
    pub(crate) reason: Option<String>,
    /// As it was given.
    pub(crate) template: String,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) capabilities: Vec<String>,
    /// By logical id.
    pub(crate) resources: BTreeMap<String, StackResource>,
    pub(crate) outputs: Vec<Output>,
    /// Oldest first.
    pub(crate) events: Vec<Event>,
    /// By name.
    pub(crate) change_sets: BTreeMap<String, ChangeSet>,
    pub(crate) created: Time,
    pub(crate) updated: Option<Time>,
}

/// A resource that a stack has made.
#[derive(Debug, Clone)]
pub(crate) struct StackResource {
    pub(crate) kind: String,
    /// Its name, or an id that was made up for it.
    pub(crate) physical: String,
    pub(crate) attributes: BTreeMap<String, String>,
    /// With every function resolved.
    pub(crate) properties: Value,
    /// Whether it stays when the stack lets go of it.
    pub(crate) retained: bool,
    /// The order in which it was made.
    pub(crate) order: usize,
    pub(crate) status: &'static str,
    pub(crate) updated: Time,
}

#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) export: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) logical: String,
    pub(crate) physical: String,
    pub(crate) kind: String,
    pub(crate) status: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) at: Time,
}

/// What would be done to a stack.
#[derive(Debug, Clone)]
pub(crate) struct ChangeSet {
    pub(crate) id: String,
    pub(crate) status: &'static str,
    pub(crate) execution: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) request: Request,
    /// Action, logical id and type.
    pub(crate) changes: Vec<(&'static str, String, String)>,
    pub(crate) created: Time,
}

/// What a stack is to become.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) template: String,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) capabilities: Vec<String>,
}

impl Stacks {
    pub(crate) fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Stack>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Stack {
    pub(crate) fn new(name: &str, id: String, created: Time) -> Self {
        Self {
            name: name.to_owned(),
            id,
            status: "REVIEW_IN_PROGRESS",
            reason: None,
            template: String::new(),
            parameters: BTreeMap::new(),
            tags: BTreeMap::new(),
            capabilities: Vec::new(),
            resources: BTreeMap::new(),
            outputs: Vec::new(),
            events: Vec::new(),
            change_sets: BTreeMap::new(),
            created,
            updated: None,
        }
    }

    /// Whether it counts as there.
    pub(crate) fn exists(&self) -> bool {
        self.status != "DELETE_COMPLETE"
    }

    /// Sets the status, which is an event too.
    pub(crate) fn set_status(&mut self, status: &'static str, reason: Option<String>, at: Time) {
        (self.status, self.reason) = (status, reason.clone());
        let (logical, physical, kind) = (self.name.clone(), self.id.clone(), "AWS::CloudFormation::Stack".to_owned());
        self.events.push(Event { logical, physical, kind, status, reason, at });
    }
}
