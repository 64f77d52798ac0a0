//! `gluedeck pipeline`: its commands.

use super::ConfirmArgs;
use crate::headless::{Exit, Output, check_pipeline, diff_files, print_pipeline_schema, synth_pipeline};
use clap::Subcommand;
use std::io;
use std::path::PathBuf;

/// What is done with a pipeline's file.
#[derive(Debug, Subcommand)]
pub enum PipelineCommand {
    /// Check a file: everything that is wrong with it, with line and column
    Check {
        /// The file: .json (comments are allowed), .toml or .yaml
        file: PathBuf,
    },
    /// Print the JSON Schema of such a file
    Schema,
    /// Write CloudFormation templates, the job programs and a script that deploys them; --env chooses the environment
    Synth {
        /// The file
        file: PathBuf,
        /// The folder to write to
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
    /// Compare the account with a file, or a file with another: exit code 1 if they differ
    Diff {
        /// The file
        file: PathBuf,
        /// A second file, or a folder of `pipeline synth`, in place of the account
        other: Option<PathBuf>,
    },
    /// Bring the account to what a file says: schedules, triggers on or off, workers, timeouts, retries, arguments
    Apply {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        confirm_args: ConfirmArgs,
    },
    /// Write the account as a file: a record for each table whose resources have the form of one
    Import {
        /// The file to write; stdout without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

impl PipelineCommand {
    /// Does it, if it needs no account; `env` is the environment that is asked for.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub fn run_offline(&self, env: Option<&str>, output: Output) -> Option<io::Result<Exit>> {
        Some(match self {
            Self::Check { file } => check_pipeline(file, output),
            Self::Schema => print_pipeline_schema(),
            Self::Synth { file, out } => synth_pipeline(file, env, out, output),
            Self::Diff { file, other: Some(other) } => diff_files(file, other, env, output),
            Self::Diff { .. } | Self::Import { .. } | Self::Apply { .. } => return None,
        })
    }

    /// The output formats that the command has.
    pub fn formats(&self) -> &'static [Output] {
        match self {
            Self::Check { .. } | Self::Synth { .. } | Self::Diff { .. } | Self::Apply { .. } => {
                &[Output::Table, Output::Json, Output::Csv]
            }
            Self::Schema => &[Output::Json],
            Self::Import { .. } => &[Output::Table, Output::Json],
        }
    }
}
