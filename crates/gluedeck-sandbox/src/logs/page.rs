//! Lines of a stream with their times, as they are written.

use super::LogEvent;
use crate::control::{Control, JobRun, Time};
use chrono::TimeDelta;

/// Collects lines with their times.
pub(super) struct Page<'a> {
    pub(super) control: &'a Control,
    pub(super) key: String,
    pub(super) until: Time,
    pub(super) events: Vec<LogEvent>,
}

impl Page<'_> {
    /// Adds a line unless the run was over by then. It is ingested a moment later.
    pub(super) fn line(&mut self, at: Time, message: impl Into<String>) {
        if at > self.until {
            return;
        }
        let delay = self.control.world.dice(&format!("{} {}", self.key, self.events.len()), 1_800);
        // Within a stream the service takes lines in the order they were sent.
        let earliest = self.events.last().map_or(at, |before| before.ingested);
        let ingested = earliest.max(at + TimeDelta::milliseconds(200 + delay as i64));
        self.events.push(LogEvent { at, ingested, message: message.into() });
    }

    /// Adds a line that an agent held back: it happened then, and arrives up to 50 s later than its neighbours.
    pub(super) fn late(&mut self, at: Time, message: impl Into<String>) {
        if at <= self.until {
            let delay = self.control.world.dice(&format!("{} late {}", self.key, self.events.len()), 15);
            let ingested = at + TimeDelta::seconds(35 + delay as i64);
            // Before its neighbours in the list, so that it does not hold them back; arrival is sorted later.
            self.events.insert(0, LogEvent { at, ingested, message: message.into() });
        }
    }

    /// Adds a line in Spark's default pattern, `%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m`.
    pub(super) fn spark(&mut self, at: Time, level: &str, logger: &str, message: &str) {
        self.line(at, format!("{} {level} {logger}: {message}", at.format("%y/%m/%d %H:%M:%S")));
    }
}

pub(super) fn page<'a>(control: &'a Control, run: &JobRun, group: &str) -> Page<'a> {
    let until = run.completed.unwrap_or(run.plan.end);
    Page { control, key: format!("{} {group}", run.id), until, events: Vec::new() }
}
