//! `gluedeck watch`: its arguments.

use super::CheckArgs;
use clap::Args;

/// What is watched. Who hears of it is in the configuration: `[watch.sinks.NAME]`.
#[derive(Debug, Clone, Args)]
pub struct WatchArgs {
    #[command(flatten)]
    pub check: CheckArgs,
    /// Read once, deliver what is due, and end
    #[arg(long)]
    pub once: bool,
    /// Print what would be sent as JSON; send and keep nothing
    #[arg(long, requires = "once")]
    pub dry_run: bool,
}
