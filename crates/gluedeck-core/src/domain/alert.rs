//! An alert: what somebody was told of a failure.

use super::Time;

/// What an alert says. Everything may be missing: alerts are pasted by hand, and cut off by chat rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alert {
    pub about: AlertSubject,
    /// The name of the job, crawler or workflow, as the alert has it.
    pub name: Option<String>,
    /// The API's value, such as `FAILED`; of a crawler `Failed`.
    pub state: Option<String>,
    pub run: Option<String>,
    /// When the event was sent.
    pub at: Option<Time>,
    pub account: Option<String>,
    pub region: Option<String>,
    pub message: Option<String>,
    /// The id of a result of Glue Data Quality, which has the rules that failed.
    pub quality: Option<String>,
    /// The event is not whole: it was cut off, or could not be read as JSON.
    pub broken: bool,
}

/// What kind of thing an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AlertSubject {
    Job,
    Crawler,
    /// A table of the catalog, `database.table`, which no job or crawler is named with.
    Table,
    /// A crawler that its schedule could not start.
    ScheduledCrawler,
    /// A name or an id without an event: whatever in the account is called so.
    #[default]
    Anything,
}

impl Alert {
    /// Whether it says anything that can be looked for.
    pub fn names_something(&self) -> bool {
        self.name.is_some() || self.run.is_some()
    }
}

/// That somebody has seen a failure, and what they say of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Acknowledged {
    /// Of the failure.
    pub key: String,
    pub note: String,
    /// By this machine's clock.
    pub at: Time,
    /// Who, as the machine calls them.
    pub by: String,
    /// Taken back.
    #[serde(default)]
    pub undone: bool,
}
