//! Names and ids as types of their own, so that a job run's id is never taken for a workflow run's.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! name_types {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the name as the API gave it.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// The name as the API gave it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

name_types! {
    /// A workflow's name.
    WorkflowName,
    /// A trigger's name.
    TriggerName,
    /// A job's name.
    JobName,
    /// A crawler's name.
    CrawlerName,
    /// A workflow run's id, `wr_…`.
    RunId,
    /// A job run's id, `jr_…`.
    JobRunId,
    /// A query execution's id, a UUID.
    QueryId,
}
