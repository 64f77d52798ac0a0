//! How an account differs from a pipeline's file.

use super::account_definitions;
use super::clients::Clients;
use gluedeck_core::analysis::redact;
use gluedeck_core::domain::{Fault, FaultKind};
use gluedeck_core::request::Drift;
use gluedeck_pipeline::file::Format;
use gluedeck_pipeline::{Environment, Pipeline};
use std::path::Path;

/// Reads the file and the account, and compares both. A file that is wrong, or of another account, is a fault of the
/// configuration.
pub(super) async fn of(
    clients: &Clients,
    (file, named): (&Path, &str),
    (account, region): (&str, &str),
) -> Result<Drift, Fault> {
    let owned = file.to_owned();
    // A file of 1,000 records takes a while to read.
    let read = tokio::task::spawn_blocking(move || read(&owned)).await;
    let wrong = |message: String| Fault::new(FaultKind::Misconfigured, "pipeline file", message);
    let pipeline = read.unwrap_or_else(|error| Err(error.to_string())).map_err(wrong)?;
    let named = Some(named).filter(|name| pipeline.environment(name).is_some());
    let found = pipeline.environment_of(named, (account, region));
    let environment: Environment = found.map_err(|error| wrong(format!("{}: {error}", file.display())))?.clone();
    let definitions = account_definitions::all(clients).await?;
    let differences = pipeline.differences(&environment, &definitions).iter().map(redact::difference).collect();
    Ok(Drift { environment: environment.name, differences })
}

fn read(file: &Path) -> Result<Pipeline, String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read {name}: {error}"))?;
    gluedeck_pipeline::read(&text, Format::of(file)).map_err(|problems| {
        let first = problems.first().map(ToString::to_string).unwrap_or_default();
        let more = if problems.len() > 1 { format!(", and {} more", problems.len() - 1) } else { String::new() };
        format!("{name}:{first}{more}")
    })
}
