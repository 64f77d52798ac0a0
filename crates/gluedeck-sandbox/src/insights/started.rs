//! Queries that were started.

use super::run::Found;
use crate::control::Time;
use std::sync::Arc;

/// A query that was started.
#[derive(Debug, Clone)]
pub(crate) struct StartedQuery {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) groups: Vec<String>,
    pub(crate) started: Time,
    pub(crate) found: Arc<Found>,
    /// Events and their bytes.
    pub(crate) scanned: (usize, usize),
}
