//! What an account has in a Region: an environment of the pipeline, or nothing of it.

use gluedeck_pipeline::{Environment as Deployment, Pipeline};

/// An account's Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) account: String,
    pub(crate) region: String,
    /// The environment of the pipeline; None where the account has no pipeline in the Region.
    pub(crate) deployment: Option<Deployment>,
    /// Whether it is the first of the pipeline's file: the scenario is about that one.
    pub(crate) is_first: bool,
}

/// The access key of the production account.
const PRODUCTION_KEY: &str = "AKIAPRODUCTION000000";

impl Environment {
    /// What the account of an access key has in a Region: `AKIAPRODUCTION000000` is of the account of the environment `prod`,
    /// every other key of the account of the file's first environment.
    pub(crate) fn of(pipeline: &Pipeline, access_key: &str, region: &str) -> Self {
        let first = pipeline.environments.first();
        let meant = match access_key {
            PRODUCTION_KEY => pipeline.environment("prod").or(first),
            _ => first,
        };
        let account = meant.map(|environment| environment.account.clone()).unwrap_or_default();
        let here = |environment: &&Deployment| environment.account == account && environment.region == region;
        let deployment = pipeline.environments.iter().find(here).cloned();
        let is_first = deployment.is_some() && deployment.as_ref() == first;
        Self { account, region: region.to_owned(), deployment, is_first }
    }

    /// `dev`; empty where there is no pipeline.
    pub(crate) fn name(&self) -> &str {
        self.deployment.as_ref().map(|deployment| deployment.name.as_str()).unwrap_or_default()
    }
}
