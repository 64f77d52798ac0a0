//! What a scenario has besides the pipeline: jobs, crawlers and triggers of others.

use chrono::TimeDelta;
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;

/// A job whose script is not executed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ForeignJob {
    pub(crate) name: String,
    /// `glueetl`, `gluestreaming`, `pythonshell`, `glueray`.
    pub(crate) command: String,
    pub(crate) glue_version: Option<String>,
    pub(crate) worker_type: String,
    pub(crate) workers: i64,
    pub(crate) flex: bool,
    /// How long a run takes; drawn from its name if it is not given.
    pub(crate) seconds: Option<f64>,
    pub(crate) max_concurrent_runs: usize,
    pub(crate) max_retries: i64,
    pub(crate) queuing: bool,
    /// A trigger with this schedule starts it.
    pub(crate) schedule: Option<String>,
    /// How long before the sandbox's start it was started by something else, such as `2h` or `9d`.
    #[serde(deserialize_with = "spans")]
    pub(crate) started: Vec<TimeDelta>,
    /// How long after the sandbox's start it will be.
    #[serde(deserialize_with = "spans")]
    pub(crate) starts_in: Vec<TimeDelta>,
    pub(crate) arguments: BTreeMap<String, String>,
}

impl Default for ForeignJob {
    fn default() -> Self {
        Self {
            name: String::new(),
            command: "glueetl".to_owned(),
            glue_version: Some("4.0".to_owned()),
            worker_type: "G.1X".to_owned(),
            workers: 2,
            flex: false,
            seconds: None,
            max_concurrent_runs: 1,
            max_retries: 0,
            queuing: false,
            schedule: None,
            started: Vec::new(),
            starts_in: Vec::new(),
            arguments: BTreeMap::new(),
        }
    }
}

impl ForeignJob {
    /// One of many that differ in little: every hour, at a minute of its own.
    pub(crate) fn numbered(number: usize) -> Self {
        Self {
            name: format!("Job {number:04}"),
            schedule: Some(format!("cron({} {}/6 * * ? *)", number * 7 % 60, number % 6)),
            ..Self::default()
        }
    }
}

/// The ruleset of Glue Data Quality that a job evaluates with each of its runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quality {
    pub(crate) job: String,
    pub(crate) ruleset: String,
    /// The name of the evaluation in the job (`EvaluationContext`).
    pub(crate) context: String,
    pub(crate) rules: Vec<QualityRule>,
}

/// A rule in DQDL, and what the evaluation says of it if it fails.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QualityRule {
    pub(crate) rule: String,
    pub(crate) message: Option<String>,
}

/// A crawler that finds nothing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForeignCrawler {
    pub(crate) name: String,
    #[serde(default = "default_database")]
    pub(crate) database: String,
    pub(crate) schedule: Option<String>,
    #[serde(default = "yes")]
    pub(crate) schedule_on: bool,
    #[serde(default, deserialize_with = "spans")]
    pub(crate) started: Vec<TimeDelta>,
}

/// A trigger outside of workflows: by a schedule, after jobs, or by hand if it has neither. `crawler:NAME` is a crawler.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ForeignTrigger {
    pub(crate) name: String,
    pub(crate) schedule: Option<String>,
    pub(crate) after: Vec<String>,
    pub(crate) starts: Vec<String>,
    pub(crate) off: bool,
}

fn default_database() -> String {
    "others".to_owned()
}

fn yes() -> bool {
    true
}

fn spans<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<TimeDelta>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts
        .iter()
        .map(|text| span(text).ok_or_else(|| de::Error::custom(format!("{text} is not like 30m, 2h or 9d"))))
        .collect()
}

fn span(text: &str) -> Option<TimeDelta> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok()?;
    match unit {
        "m" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        _ => None,
    }
}
