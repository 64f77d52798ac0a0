//! `gluedeck pipeline`: its commands.

use crate::headless::{Exit, Output, check_pipeline, print_pipeline_schema};
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
}

impl PipelineCommand {
    /// Does it.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub fn run(&self, output: Output) -> io::Result<Exit> {
        match self {
            Self::Check { file } => check_pipeline(file, output),
            Self::Schema => print_pipeline_schema(),
        }
    }

    /// The output formats that the command has.
    pub fn formats(&self) -> &'static [Output] {
        match self {
            Self::Check { .. } => &[Output::Table, Output::Json, Output::Csv],
            Self::Schema => &[Output::Json],
        }
    }
}
