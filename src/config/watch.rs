//! `[watch]`: what is watched, and who hears of it.

use crate::sink::Sink;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How `gluedeck watch` watches.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WatchConfig {
    /// Seconds between two readings.
    #[serde(deserialize_with = "super::seconds")]
    pub every: Option<u64>,
    /// Who hears of it, by a name of one's own.
    pub sinks: BTreeMap<String, Sink>,
}
