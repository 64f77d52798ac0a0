//! Queries that were started.

use super::run::Found;
use crate::control::Time;
use std::sync::Arc;

/// What a query has looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scanned {
    pub(crate) events: usize,
    /// Bytes of their messages.
    pub(crate) bytes: usize,
}

/// A query that was started.
#[derive(Debug, Clone)]
pub(crate) struct StartedQuery {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) groups: Vec<String>,
    pub(crate) started: Time,
    pub(crate) found: Arc<Found>,
    pub(crate) scanned: Scanned,
}
