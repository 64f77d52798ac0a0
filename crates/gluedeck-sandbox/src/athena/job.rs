//! A statement at work, and what it leaves behind.

use super::file_columns::Scanned;
use super::results::{ResultLocation, ResultSet};
use crate::control::Time;
use crate::lake::Lake;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A statement at work.
#[derive(Debug)]
pub(super) struct Job<'a> {
    pub(super) lake: Arc<Lake>,
    pub(super) database: &'a str,
    pub(super) location: ResultLocation,
    /// The execution's id, which names what it writes.
    pub(super) id: &'a str,
    /// What `now()` answers.
    pub(super) now: Time,
    /// Bytes that it may read.
    pub(super) cutoff: Option<u64>,
    /// What it has read.
    pub(super) scanned: Scanned,
}

impl Job<'_> {
    /// Bytes that it has read so far.
    pub(super) fn scanned_bytes(&self) -> u64 {
        self.scanned.load(Ordering::Relaxed)
    }
}

/// What a statement left behind.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) result: ResultSet,
    pub(super) scanned_bytes: u64,
    /// Rows written by CTAS and INSERT.
    pub(super) updated: u64,
    /// The object that lists the files that CTAS, INSERT and UNLOAD wrote, `s3://…`.
    pub(super) manifest: Option<String>,
}

impl Outcome {
    pub(super) fn of(result: ResultSet) -> Self {
        Self { result, scanned_bytes: 0, updated: 0, manifest: None }
    }
}
