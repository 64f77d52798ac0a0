//! `gluedeck triage`: its arguments.

use crate::headless::{Output, TriageOptions};
use clap::Args;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Which alert is looked into.
#[derive(Debug, Args)]
pub struct TriageArgs {
    /// The file with the alert; `-`, or nothing, reads it from stdin
    file: Option<PathBuf>,
    /// Send no query to Athena for the failed checks of data quality
    #[arg(long)]
    no_query: bool,
    /// Leave values of the data out: what is quoted, addresses, long numbers. Secrets are left out anyway
    #[arg(long)]
    redact: bool,
}

impl TriageArgs {
    /// The options that they mean.
    ///
    /// # Errors
    /// If the alert cannot be read.
    pub fn options(self, output: Output) -> io::Result<TriageOptions> {
        let bytes = match self.file.as_deref().filter(|file| *file != Path::new("-")) {
            Some(file) => std::fs::read(file)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))?,
            None => {
                let mut bytes = Vec::new();
                io::stdin().read_to_end(&mut bytes)?;
                bytes
            }
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (no_query, redact) = (self.no_query, self.redact);
        Ok(TriageOptions { text, output, no_query, redact, ..TriageOptions::default() })
    }
}
