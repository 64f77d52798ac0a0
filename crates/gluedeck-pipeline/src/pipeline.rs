//! A pipeline: its records and the settings that hold for all of them.

use crate::fields::BUCKETS;
use crate::record::Record;
use std::collections::BTreeMap;
use thiserror::Error;

/// What a file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// What the names of buckets begin with.
    pub project: String,
    /// In the order of the file.
    pub environments: Vec<Environment>,
    pub defaults: JobDefaults,
    /// None leaves the log groups of Glue as they are.
    pub log_retention_days: Option<u32>,
    pub tags: BTreeMap<String, String>,
    pub records: Vec<Record>,
}

/// Where a pipeline is deployed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    pub name: String,
    /// Twelve digits.
    pub account: String,
    pub region: String,
    /// When the workflows start.
    pub schedule: String,
    /// The ARN of a role that exists; else one is made.
    pub role: Option<String>,
    /// Buckets with other names than the usual, by purpose.
    pub buckets: BTreeMap<String, String>,
}

/// What holds where a record says nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct JobDefaults {
    pub worker_type: String,
    pub workers: u32,
    pub dq_worker_type: String,
    pub dq_workers: u32,
    pub timeout_minutes: u32,
    pub max_retries: u32,
    pub glue_version: String,
    pub max_empty_share: f64,
    pub max_row_count_change: f64,
}

/// The purposes of the buckets: `bronze`, `silver`, `gold`, `scripts`, `assets`, `dataQuality` and `athena`.
pub fn bucket_purposes() -> impl Iterator<Item = &'static str> {
    BUCKETS.iter().map(|(purpose, _)| *purpose)
}

impl Default for Pipeline {
    /// The settings of a file that is a list of records.
    fn default() -> Self {
        let environment = |name: &str, account: &str, region: &str, hour: u32| Environment {
            name: name.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            schedule: format!("cron(0 {hour} * * ? *)"),
            ..Environment::default()
        };
        Self {
            project: "tumble".to_owned(),
            environments: vec![
                environment("dev", "111122223333", "us-east-1", 3),
                environment("stg", "111122223333", "us-west-2", 4),
                environment("prod", "444455556666", "us-east-1", 3),
            ],
            defaults: JobDefaults::default(),
            log_retention_days: None,
            tags: BTreeMap::new(),
            records: Vec::new(),
        }
    }
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            name: String::new(),
            account: String::new(),
            region: String::new(),
            schedule: "cron(0 3 * * ? *)".to_owned(),
            role: None,
            buckets: BTreeMap::new(),
        }
    }
}

impl Default for JobDefaults {
    fn default() -> Self {
        Self {
            worker_type: "G.1X".to_owned(),
            workers: 2,
            dq_worker_type: "G.1X".to_owned(),
            dq_workers: 2,
            timeout_minutes: 120,
            max_retries: 0,
            glue_version: "5.0".to_owned(),
            max_empty_share: 0.0,
            max_row_count_change: 0.5,
        }
    }
}

/// Why no environment of a file is meant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnvironmentError {
    #[error("the environment {name} is account {account} in {region}, and these credentials are {found}")]
    Elsewhere { name: String, account: String, region: String, found: String },
    #[error("there is no environment {name}: there are {known}")]
    NoSuch { name: String, known: String },
    #[error("none of its environments is {found}: {known}")]
    Unknown { found: String, known: String },
}

impl Pipeline {
    /// The environment that an account and a Region are: the one that is named, or else the first.
    ///
    /// # Errors
    /// If the named one is another account or Region, or none is this one.
    pub fn environment_of(
        &self,
        named: Option<&str>,
        (account, region): (&str, &str),
    ) -> Result<&Environment, EnvironmentError> {
        let is_here = |environment: &&Environment| environment.account == account && environment.region == region;
        let found = format!("account {account} in {region}");
        let Some(name) = named else {
            let known =
                |known: &Environment| format!("{} is account {} in {}", known.name, known.account, known.region);
            let known = || self.environments.iter().map(known).collect::<Vec<_>>().join(", ");
            return self
                .environments
                .iter()
                .find(is_here)
                .ok_or_else(|| EnvironmentError::Unknown { found, known: known() });
        };
        let known = || self.environments.iter().map(|known| known.name.as_str()).collect::<Vec<_>>().join(", ");
        let environment =
            self.environment(name).ok_or_else(|| EnvironmentError::NoSuch { name: name.to_owned(), known: known() })?;
        match is_here(&environment) {
            true => Ok(environment),
            false => Err(EnvironmentError::Elsewhere {
                name: name.to_owned(),
                account: environment.account.clone(),
                region: environment.region.clone(),
                found,
            }),
        }
    }

    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }

    /// The bucket of a purpose: `bronze`, `silver`, `gold`, `scripts`, `assets`, `dataQuality` or `athena`.
    pub fn bucket(&self, environment: &Environment, purpose: &str) -> String {
        let usual = || {
            let end = BUCKETS.iter().find(|(name, _)| *name == purpose).map_or(purpose, |(_, end)| end);
            format!("{}-{}-{end}", self.project, environment.name)
        };
        environment.buckets.get(purpose).cloned().unwrap_or_else(usual)
    }
}
