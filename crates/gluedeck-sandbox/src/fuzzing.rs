//! What the fuzz targets reach of this crate's parsers.

use crate::world::Scenario;
use crate::{cloudformation, logs};
use chrono::DateTime;

/// Reads a text as everything that the sandbox reads: a scenario, a schedule, a template, a filter pattern, SQL.
pub fn parse(text: &str) {
    let _ = Scenario::parse(text);
    if let Ok(cron) = gluedeck_pipeline::schedule::validate(text) {
        let after = DateTime::UNIX_EPOCH;
        assert!(
            gluedeck_pipeline::schedule::next(&cron, after).is_none_or(|next| next > after),
            "the next time is later"
        );
    }
    if let Ok(pattern) = logs::pattern::Pattern::parse(text) {
        pattern.matches(text);
    }
    cloudformation::parse(text);
    let _ = gluedeck_sql::parse(text);
    let _ = gluedeck_sql::fill(text, &["1".to_owned()]);
}
