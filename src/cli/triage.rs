//! `gluedeck triage`: its arguments.

use crate::headless::{Output, TriageOptions};
use clap::Args;
use std::io::{self, Read};
use std::path::Path;

/// Which alert is looked into.
#[derive(Debug, Args)]
pub struct TriageArgs {
    /// The file with the alert, or its text; `-` or nothing reads stdin
    #[arg(value_name = "FILE|TEXT")]
    alert: Option<String>,
    /// Do not query Athena for failed data quality checks
    #[arg(long)]
    no_query: bool,
    /// Leave out data values: quoted text, addresses, long numbers. Secrets are always left out
    #[arg(long)]
    redact: bool,
}

impl TriageArgs {
    /// The options that they mean.
    ///
    /// # Errors
    /// If the alert cannot be read.
    pub fn options(self, output: Output) -> io::Result<TriageOptions> {
        let bytes = match self.alert.as_deref().filter(|alert| *alert != "-") {
            Some(alert) if is_text(alert) => alert.as_bytes().to_vec(),
            Some(file) => {
                let hint = "an alert's text can also go to stdin, with - in place of the file";
                std::fs::read(file).map_err(|error| io::Error::new(error.kind(), format!("{file}: {error}; {hint}")))?
            }
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

/// Whether an argument is an alert, and not the name of a file: no file has this name, and it does not look like one.
fn is_text(argument: &str) -> bool {
    let path = Path::new(argument);
    let named = !argument.contains(char::is_whitespace) && (argument.contains('/') || path.extension().is_some());
    !named && !path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_the_alert_or_the_name_of_a_file() {
        for text in ["User Workflow FAILED - {\"jobName\": \"a/b.py\"}", "jr_0123456789abcdef", "User Workflow"] {
            assert!(is_text(text), "{text}");
        }
        assert!(is_text(&"long ".repeat(1_000)), "no file has such a name");
        for file in ["alert.json", "alerts/today", "Cargo.toml", "src"] {
            assert!(!is_text(file), "{file}");
        }
    }
}
