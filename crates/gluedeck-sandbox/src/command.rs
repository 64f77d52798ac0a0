//! The command that serves a sandbox: `gluedeck sandbox`, and this crate's own binary.

use super::{Options, Sandbox, StartTime};
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The port; 0 picks a free one
    #[arg(long, default_value_t = 4566)]
    pub port: u16,
    /// The address to listen on; anyone who reaches it has full access
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub bind: IpAddr,
    /// Simulated seconds per real second
    #[arg(long, default_value_t = 60.0, value_parser = speed)]
    pub speed: f64,
    /// Start time, UTC: the last such time of day before now, or a fixed time such as 2026-11-25T02:59:30Z
    #[arg(long, default_value = "02:59:30", value_name = "TIME")]
    pub at: StartTime,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Folder of the data lake; by default a temporary one, removed at the end
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// The scenario: a built-in one or a .toml file
    #[arg(long, default_value = "night", value_name = "NAME|FILE")]
    pub scenario: String,
    /// The pipeline's file, in place of the built-in one: .json, .toml or .yaml
    #[arg(long, value_name = "FILE")]
    pub pipeline: Option<PathBuf>,
    /// Number of workflows: the 22 tables, or copies of them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub workflows: Option<u32>,
    /// Number of jobs outside of workflows, besides those of the scenario
    #[arg(long, value_name = "N")]
    pub jobs: Option<u32>,
    /// Print the built-in scenarios and exit
    #[arg(long)]
    pub list_scenarios: bool,
}

/// A text is no speed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no speed: a number above 0 and at most 1000000")]
struct SpeedError(String);

fn speed(text: &str) -> Result<f64, SpeedError> {
    let speed = text.parse().ok().filter(|speed| *speed > 0.0 && *speed <= 1e6);
    speed.ok_or_else(|| SpeedError(text.to_owned()))
}

/// Serves until it is interrupted or told to end; or lists the scenarios.
///
/// # Errors
/// If the port is taken, or the folder or stdout cannot be written.
pub fn run(args: &Args) -> io::Result<()> {
    if args.list_scenarios {
        for (name, description) in Sandbox::scenarios() {
            writeln!(io::stdout().lock(), "{name:<14}{description}")?;
        }
        return Ok(());
    }
    let options = Options {
        port: args.port,
        bind: args.bind,
        speed: args.speed,
        at: args.at,
        seed: args.seed,
        dir: args.dir.clone(),
        scenario: args.scenario.clone(),
        pipeline: args.pipeline.clone(),
        workflows: args.workflows.map(|count| count as usize),
        jobs: args.jobs.map(|count| count as usize),
        prepare: true,
    };
    let sandbox = Sandbox::start(&options).map_err(|error| {
        let on_port = error.kind() == io::ErrorKind::AddrInUse || error.kind() == io::ErrorKind::PermissionDenied;
        let place = if on_port { format!(" on port {}", args.port) } else { String::new() };
        io::Error::new(error.kind(), format!("the sandbox cannot start{place}: {error}"))
    })?;
    writeln!(io::stdout().lock(), "ready {}", sandbox.url())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}
