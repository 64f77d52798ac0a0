//! How an account differs from the file that its pipeline is deployed from.

use std::path::PathBuf;

/// How the account differs from a pipeline's file: the calls of [`GetDefinitions`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetDrift {
    pub file: PathBuf,
    /// The environment's name here. Where the file has none of this name, the one of this account and Region is meant.
    pub environment: String,
}

/// How an account differs from a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// The file's name of it.
    pub environment: String,
    pub differences: Vec<gluedeck_pipeline::Difference>,
}

/// Everything that is defined: databases, workflows, triggers, jobs, crawlers; a call for each page of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetDefinitions;
