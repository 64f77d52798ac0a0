//! Workgroups: where results go, whether a query may say otherwise, and how much a query may read.

use crate::control::Time;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// The workgroup that is always there.
pub(crate) const PRIMARY: &str = "primary";

/// A workgroup's settings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WorkGroup {
    pub(crate) description: String,
    pub(crate) enabled: bool,
    /// Where results go, `s3://…`.
    pub(crate) output: Option<String>,
    /// `EnforceWorkGroupConfiguration`: the settings of a query do not count (docs/aws-facts.md: Workgroups).
    pub(crate) enforce: bool,
    /// `BytesScannedCutoffPerQuery`.
    pub(crate) cutoff: Option<u64>,
    /// `ManagedQueryResultsConfiguration`: Athena keeps the results, and no bucket has them.
    pub(crate) managed: bool,
    pub(crate) created: Time,
}

/// The workgroups by name.
#[derive(Debug)]
pub(crate) struct WorkGroups(Mutex<BTreeMap<String, WorkGroup>>);

impl WorkGroups {
    /// `primary` alone, with its results at a location, if there is one.
    pub(super) fn new(output: Option<String>, created: Time) -> Self {
        let primary = WorkGroup { output, enforce: false, ..WorkGroup::new(created) };
        Self(Mutex::new(BTreeMap::from([(PRIMARY.to_owned(), primary)])))
    }

    pub(crate) fn get(&self, name: &str) -> Option<WorkGroup> {
        self.lock().get(name).cloned()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, BTreeMap<String, WorkGroup>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl WorkGroup {
    /// As it is where nothing is said. A workgroup enforces its settings unless it says otherwise (service model).
    pub(crate) fn new(created: Time) -> Self {
        let (description, output, cutoff) = Default::default();
        Self { description, enabled: true, output, enforce: true, cutoff, managed: false, created }
    }

    /// Where a query's result goes that asks for `requested`.
    pub(super) fn output_for(&self, requested: Option<String>) -> Option<String> {
        match &self.output {
            Some(own) if self.enforce => Some(own.clone()),
            own => requested.or_else(|| own.clone()),
        }
    }
}
