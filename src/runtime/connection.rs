//! An environment's configuration, and its clients made from it.

use super::clock::Clock;
use super::terminal::ask_mfa_code;
use gluedeck_aws::{ConnectError, Gateway, SessionOptions, mfa_device};
use gluedeck_core::domain::query::QueryLimits;
use gluedeck_core::domain::{Fault, FaultKind, QueryContext};
use std::path::PathBuf;
use std::time::Instant;

/// What an environment is made of.
#[derive(Debug, Clone)]
pub struct EnvironmentOptions {
    pub environment: String,
    pub options: SessionOptions,
    /// In place of the account's limit.
    pub dpu_limit: Option<f64>,
    /// The color of the badge.
    pub color: Option<String>,
    /// Only workflows whose names match are looked at.
    pub only: Option<String>,
    pub production: Option<bool>,
    /// The file that the pipeline is deployed from.
    pub pipeline_file: Option<PathBuf>,
    /// The account, as the configuration has it.
    pub account: Option<String>,
    /// Where queries run, and what they may cost.
    pub query_context: QueryContext,
    pub limits: QueryLimits,
    /// Whether completions open while SQL is typed.
    pub completes_while_typing: bool,
}

/// The clients of an environment, and its clock.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) gateway: Gateway,
    pub(super) clock: Clock,
}

/// Asks on the terminal for the code that the profile needs, if it needs one: before the first call, whose time is limited.
pub async fn ask_for_mfa_code(options: &SessionOptions) {
    let device = mfa_device(options.profile.as_deref()).await;
    if let Some(code) = device.and_then(|serial| ask_mfa_code(&serial)) {
        options.mfa.give(&code);
    }
}

/// Makes the clients of an environment, and learns its clock.
pub(super) async fn connect(
    environment_options: &EnvironmentOptions,
    folder: Option<PathBuf>,
    started: Instant,
) -> Result<Connection, Fault> {
    let fault = |error: ConnectError| Fault::new(FaultKind::Misconfigured, "configuration", error.to_string());
    let folder = folder.ok_or_else(|| fault(ConnectError::NoStateFolder))?;
    let gateway = Gateway::connect(&environment_options.options, &environment_options.environment, &folder)
        .await
        .map_err(fault)?;
    let clock = Clock::learn(gateway.endpoint(), started).await;
    Ok(Connection { gateway, clock })
}
