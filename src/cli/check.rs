//! `gluedeck check`: its arguments.

use super::values::{max_age, span};
use crate::headless::{CheckOptions, Output};
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use gluedeck_core::analysis::check::{MaxAge, Scope, Verdict};

/// What is checked, and what counts as a failure.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// Names of pipelines; by default all
    #[arg(value_name = "PIPELINE")]
    pipelines: Vec<String>,
    /// How far to look back for failures
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = span)]
    since: TimeDelta,
    /// How old data may be, by the last successful run of the job that writes them; may be repeated
    #[arg(long, value_name = "[LAYER:]AGE", value_parser = max_age)]
    fresh: Vec<MaxAge>,
    /// What makes the exit code 1; drift is looked for only if it is named here
    #[arg(long, value_delimiter = ',', value_name = "VERDICTS", default_value = "failed,late,stale,never-ran")]
    fail_on: Vec<FailOn>,
}

/// A verdict that a check may fail on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Failed,
    Late,
    Stale,
    NeverRan,
    Drift,
}

impl From<FailOn> for Verdict {
    fn from(word: FailOn) -> Self {
        match word {
            FailOn::Failed => Self::Failed,
            FailOn::Late => Self::Late,
            FailOn::Stale => Self::Stale,
            FailOn::NeverRan => Self::NeverRan,
            FailOn::Drift => Self::Drift,
        }
    }
}

impl CheckArgs {
    /// The options that they mean.
    pub fn options(self, output: Output) -> CheckOptions {
        CheckOptions {
            pipelines: self.pipelines,
            scope: Scope { since: self.since, ages: self.fresh },
            fail_on: self.fail_on.into_iter().map(Verdict::from).collect(),
            output,
            ..CheckOptions::default()
        }
    }
}
