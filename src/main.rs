//! Arguments in, exit code out.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(gluedeck::run(gluedeck::cli::Cli::parse()))
}
