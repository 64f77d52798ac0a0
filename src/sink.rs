//! Receivers of what a watcher finds, and their secrets.

use gluedeck_core::analysis::filter::matches_wildcard;
use gluedeck_core::analysis::watch::{Event, EventKind};
use serde::{Deserialize, Deserializer};
use std::io;
use std::path::{Path, PathBuf};

/// Where events go.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    pub kind: SinkKind,
    /// The variable that has the URL, which is a secret.
    pub url_env: Option<String>,
    /// The file that has it; a leading `~/` is the home folder.
    #[serde(default, deserialize_with = "path")]
    pub url_file: Option<PathBuf>,
    /// The variable or the file that has the key by which a webhook's body is signed.
    pub secret_env: Option<String>,
    #[serde(default, deserialize_with = "path")]
    pub secret_file: Option<PathBuf>,
    /// The program and its arguments.
    #[serde(default)]
    pub command: Vec<String>,
    /// Only of pipelines of such a name; `*` stands for anything. All if there is none.
    #[serde(default)]
    pub pipelines: Vec<String>,
    /// Only of these verdicts or classes, such as `failed` or `dpu_limit`. All if there is none.
    #[serde(default)]
    pub only: Vec<String>,
}

/// What takes events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SinkKind {
    /// A line of JSON an event.
    Stdout,
    /// An incoming webhook of Slack.
    Slack,
    /// JSON by POST, signed if there is a secret.
    Webhook,
    /// A program, which reads the event as JSON from its standard input.
    Command,
}

impl Sink {
    /// One that takes everything.
    pub fn of(kind: SinkKind) -> Self {
        let (url_env, url_file, secret_env, secret_file) = Default::default();
        let (command, pipelines, only) = Default::default();
        Self { kind, url_env, url_file, secret_env, secret_file, command, pipelines, only }
    }

    /// Whether an event is for it. What concerns the account as a whole is for everybody.
    pub fn takes(&self, event: &Event) -> bool {
        if matches!(event.kind, EventKind::Unreadable | EventKind::Readable) {
            return true;
        }
        event.problems.iter().any(|problem| {
            let named = self.pipelines.is_empty()
                || self.pipelines.iter().any(|pattern| matches_wildcard(pattern, problem.name()));
            let only = self.only.is_empty()
                || self.only.iter().any(|word| *word == problem.verdict || Some(word) == problem.class.as_ref());
            named && only
        })
    }
}

/// A secret from a variable or a file, neither of which anybody sees in a list of processes.
///
/// # Errors
/// If it is in neither, or the file cannot be read. The secret itself is in no message.
pub fn secret(name: &str, variable: Option<&str>, file: Option<&Path>) -> io::Result<String> {
    let missing = |text: String| io::Error::new(io::ErrorKind::NotFound, text);
    match (variable, file) {
        (Some(variable), None) => {
            let value = std::env::var(variable).ok().filter(|value| !value.is_empty());
            value.ok_or_else(|| missing(format!("sink {name}: the variable {variable} is not set")))
        }
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file);
            let text =
                text.map_err(|error| io::Error::new(error.kind(), format!("sink {name}: {}: {error}", file.display())));
            Ok(text?.trim().to_owned())
        }
        _ => Err(missing(format!("sink {name}: name a variable (url_env) or a file (url_file), one of the two"))),
    }
}

/// A path in which a leading `~/` is the home folder.
pub fn expand(path: &Path) -> PathBuf {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => Path::new(&home).join(rest),
        _ => path.to_owned(),
    }
}

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    Ok(Option::<PathBuf>::deserialize(deserializer)?.map(|path| expand(&path)))
}
