//! `[athena]`, and `[environments.NAME.athena]` over it: where queries run, and what they may cost.

use gluedeck_core::domain::QueryContext;
use gluedeck_core::domain::query::{QueryLimits, bytes_of};
use serde::{Deserialize, Deserializer, de};

/// How Athena is used.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AthenaConfig {
    pub workgroup: Option<String>,
    pub database: Option<String>,
    pub catalog: Option<String>,
    /// An earlier result of the same text is taken if it is at most this old, in minutes.
    #[serde(deserialize_with = "minutes")]
    pub reuse_minutes: Option<u32>,
    /// A query that may scan more is asked about first.
    #[serde(deserialize_with = "size")]
    pub ask_above: Option<i64>,
    /// A query that has scanned more is cancelled.
    #[serde(deserialize_with = "size")]
    pub stop_above: Option<i64>,
    /// Whether completions open while SQL is typed; without it only ctrl-space and tab open them.
    pub complete_while_typing: Option<bool>,
}

impl AthenaConfig {
    /// Where queries run; what this leaves out is as `all` says.
    pub fn query_context(&self, all: &Self) -> QueryContext {
        let either = |own: &Option<String>, all: &Option<String>| own.clone().or_else(|| all.clone());
        QueryContext {
            catalog: either(&self.catalog, &all.catalog),
            database: either(&self.database, &all.database),
            workgroup: either(&self.workgroup, &all.workgroup),
            reuse_minutes: self.reuse_minutes.or(all.reuse_minutes),
        }
    }

    /// What queries may cost; what this leaves out is as `all` says.
    pub fn limits(&self, all: &Self) -> QueryLimits {
        let usual = QueryLimits::default();
        QueryLimits {
            ask_above: self.ask_above.or(all.ask_above).unwrap_or(usual.ask_above),
            stop_above: self.stop_above.or(all.stop_above).or(usual.stop_above),
        }
    }
}

fn minutes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match u32::deserialize(deserializer)? {
        minutes @ 1..=10_080 => Ok(Some(minutes)),
        minutes => Err(de::Error::custom(format!("{minutes} is not between 1 and 10080 minutes"))),
    }
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    bytes_of(&String::deserialize(deserializer)?).map(Some).map_err(de::Error::custom)
}
