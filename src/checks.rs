//! The commands that check and watch, with what their flags and the configuration ask for.

use crate::cli::{CheckArgs, WatchArgs};
use crate::config::Config;
use crate::headless::{self, CheckOptions, Exit, Output, WatchOptions};
use crate::sink::{self, Sink, SinkKind};
use gluedeck_aws::{Gateway, store};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Seconds between two readings, if nobody says otherwise.
const EVERY: u64 = 60;

/// `gluedeck check`.
pub(crate) async fn check(
    gateway: &Gateway,
    asked: CheckArgs,
    (config, environment): (&Config, &str),
    output: Output,
) -> io::Result<Exit> {
    let deployed_from = pipeline_file(config, environment);
    headless::check(gateway, &CheckOptions { deployed_from, ..asked.options(output) }).await
}

/// The file that the environment's pipeline is deployed from, and the environment's name.
fn pipeline_file(config: &Config, environment: &str) -> Option<(PathBuf, String)> {
    let file = config.environment(environment).pipeline.as_deref().map(sink::expand);
    file.map(|file| (file, environment.to_owned()))
}

/// `gluedeck watch`. Without a sink in the configuration, events go to stdout.
pub(crate) async fn watch(
    gateway: &Gateway,
    asked: WatchArgs,
    (config, environment): (&Config, &str),
    output: Output,
) -> io::Result<Exit> {
    let mut sinks: Vec<(String, Sink)> = config.watch.sinks.clone().into_iter().collect();
    if sinks.is_empty() {
        sinks.push(("stdout".to_owned(), Sink::of(SinkKind::Stdout)));
    }
    let options = WatchOptions {
        check: asked.check.options(output),
        every: Duration::from_secs(config.watch.every.unwrap_or(EVERY)),
        sinks,
        once: asked.once,
        dry_run: asked.dry_run,
        folder: store::known_state_folder()?,
        scope: store::scope_key(environment, gateway.endpoint(), gateway.region()),
    };
    headless::watch(gateway, &options).await
}
