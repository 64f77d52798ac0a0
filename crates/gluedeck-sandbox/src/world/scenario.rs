//! Scenarios: what is special about a world, as data.

use super::super::faults::FaultRule;
use super::foreign::{ForeignCrawler, ForeignJob, ForeignTrigger, Quality};
use serde::Deserialize;
use std::path::Path;
use thiserror::Error;

/// What a night is like. Nights are counted from the first live one: 0 is tonight, -1 the night before.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Scenario {
    pub(crate) description: String,
    /// The account's DPU limit; 100 for 22 workflows, and in proportion for more, if it is not given.
    pub(crate) dpu_limit: Option<f64>,
    /// The quota of spare compute capacity, which FLEX runs draw on; the account has none if it is not given.
    pub(crate) flex_limit: Option<f64>,
    /// Job runs at a time; 200 for 22 workflows, and in proportion for more, if it is not given.
    pub(crate) job_runs_limit: Option<usize>,
    /// Athena queries that may be queued or running at a time.
    pub(crate) queries_limit: Option<usize>,
    /// Throttle Athena's calls at the service's quotas.
    pub(crate) athena_rates: bool,
    /// Send no graphs, as older mocks of the service do not.
    pub(crate) no_graphs: bool,
    /// A built-in scenario that this one adds to.
    pub(crate) base: Option<String>,
    /// Only the DynamoDB tables are there: the pipeline is still to be deployed.
    pub(crate) empty: bool,
    /// Jobs of others, numbered, besides those that are named.
    pub(crate) jobs: Option<usize>,
    pub(crate) foreign_job: Vec<ForeignJob>,
    pub(crate) foreign_crawler: Vec<ForeignCrawler>,
    pub(crate) foreign_trigger: Vec<ForeignTrigger>,
    pub(crate) quality: Vec<Quality>,
    /// How many workflows there are: the 22 tables, or copies of them.
    pub(crate) workflows: Option<usize>,
    /// Keep the demand within the limit, as in `calm`.
    pub(crate) calm_capacity: bool,
    pub(crate) deploy: Vec<Deploy>,
    pub(crate) missing: Vec<Missing>,
    pub(crate) words: Vec<Missing>,
    pub(crate) drift: Vec<Drift>,
    pub(crate) slow: Vec<Slow>,
    pub(crate) job: Vec<JobSettings>,
    pub(crate) crawl_fails: Vec<CrawlFails>,
    pub(crate) job_fails: Vec<JobFails>,
    pub(crate) schedule_off: Vec<ScheduleOff>,
    pub(crate) log: Vec<LogVolume>,
    pub(crate) fault: Vec<FaultRule>,
}

/// A change of a bronze job's workers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deploy {
    pub(crate) table: String,
    pub(crate) bronze_workers_before: i64,
    /// What the configuration says, if it is not given.
    pub(crate) bronze_workers_after: Option<i64>,
    #[serde(default)]
    pub(crate) from_night: i64,
}

/// Items without an attribute (or, as `words`, with words where a number should be), among the newest.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Missing {
    pub(crate) table: String,
    pub(crate) attribute: String,
    pub(crate) from_night: i64,
    #[serde(default = "forever")]
    pub(crate) to_night: i64,
    pub(crate) rows: u64,
}

/// An attribute that items have from some night on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Drift {
    pub(crate) table: String,
    pub(crate) attribute: String,
    pub(crate) kind: String,
    pub(crate) from_night: i64,
}

/// A job that takes longer than usual from tonight on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slow {
    pub(crate) job: String,
    pub(crate) factor: f64,
}

/// A job's settings where they differ from the others'.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobSettings {
    pub(crate) name: String,
    pub(crate) timeout_minutes: Option<i64>,
    pub(crate) max_retries: Option<i64>,
    pub(crate) queuing: Option<bool>,
}

/// A crawler that fails from tonight on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CrawlFails {
    pub(crate) table: String,
    pub(crate) error: String,
}

/// A job that fails from tonight on, before it has written anything.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobFails {
    pub(crate) job: String,
    /// The error of its run.
    pub(crate) error: String,
    /// The error in its log, if that is more than the usual traceback with the error as its last line.
    pub(crate) log: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleOff {
    pub(crate) table: String,
    pub(crate) since_night: i64,
}

/// How many lines of output a job writes a run, from tonight on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogVolume {
    pub(crate) job: String,
    pub(crate) lines: u64,
    /// What the lines say, in turn.
    #[serde(default)]
    pub(crate) texts: Vec<String>,
}

fn forever() -> i64 {
    i64::MAX
}

/// Name and text of the built-in scenarios.
const BUILT_IN: [(&str, &str); 15] = [
    ("night", include_str!("scenarios/night.toml")),
    ("calm", include_str!("scenarios/calm.toml")),
    ("quota", include_str!("scenarios/quota.toml")),
    ("crawler", include_str!("scenarios/crawler.toml")),
    ("schema-drift", include_str!("scenarios/schema-drift.toml")),
    ("timeout", include_str!("scenarios/timeout.toml")),
    ("causes", include_str!("scenarios/causes.toml")),
    ("flaky", include_str!("scenarios/flaky.toml")),
    ("slow", include_str!("scenarios/slow.toml")),
    ("expired", include_str!("scenarios/expired.toml")),
    ("big", include_str!("scenarios/big.toml")),
    ("logs", include_str!("scenarios/logs.toml")),
    ("mixed", include_str!("scenarios/mixed.toml")),
    ("jobs-only", include_str!("scenarios/jobs-only.toml")),
    ("empty", include_str!("scenarios/empty.toml")),
];

/// Why there is no scenario.
#[derive(Debug, Error)]
pub(crate) enum ScenarioError {
    #[error("no scenario and no file is called {0}; there are {names}", names = names())]
    Unknown(String),
    #[error("scenario file {0}: {1}")]
    Unreadable(String, std::io::Error),
    /// The text has the line and the column.
    #[error("scenario file {0}: {text}", text = .1.to_string().trim())]
    InvalidFile(String, toml::de::Error),
    #[error("scenario {0}: {text}", text = .1.to_string().trim())]
    Invalid(String, toml::de::Error),
}

fn names() -> String {
    BUILT_IN.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

impl Scenario {
    /// A built-in scenario, or the one in a file.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub(crate) fn load(name: &str) -> Result<Self, ScenarioError> {
        let mut scenario = match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::parse(text).map_err(|error| ScenarioError::Invalid(name.to_owned(), error))?,
            None if Path::new(name).is_file() => {
                let text = std::fs::read_to_string(name);
                let text = text.map_err(|error| ScenarioError::Unreadable(name.to_owned(), error))?;
                Self::parse(&text).map_err(|error| ScenarioError::InvalidFile(name.to_owned(), error))?
            }
            None => return Err(ScenarioError::Unknown(name.to_owned())),
        };
        if let Some(base) = scenario.base.take() {
            let base = Self::load(&base)?;
            scenario.deploy.extend(base.deploy);
            scenario.missing.extend(base.missing);
            scenario.slow.extend(base.slow);
            scenario.schedule_off.extend(base.schedule_off);
        }
        if scenario.calm_capacity {
            let calm = Self::parse(BUILT_IN[1].1).map_err(|error| ScenarioError::Invalid("calm".to_owned(), error))?;
            scenario.deploy.extend(calm.deploy);
        }
        Ok(scenario)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Name and description of the built-in scenarios.
    pub(crate) fn list() -> Vec<(String, String)> {
        let describe = |text| Self::parse(text).map(|scenario| scenario.description).unwrap_or_default();
        BUILT_IN.iter().map(|(name, text)| ((*name).to_owned(), describe(text))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_scenario_reads_and_describes_itself() {
        for (name, description) in Scenario::list() {
            assert!(Scenario::load(&name).is_ok(), "{name}: {:?}", Scenario::load(&name).err());
            assert!(!description.is_empty(), "{name}");
        }
        assert!(Scenario::load("nothing").is_err_and(|error| error.to_string().contains("night, calm")));
        assert!(Scenario::parse("dpu_limits = 3").is_err_and(|error| error.to_string().contains("dpu_limits")));
    }
}
