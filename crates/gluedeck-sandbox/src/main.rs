//! The sandbox as a program of its own, for those who need no console.

use clap::Parser;
use gluedeck_sandbox::command::{Args, run};
use std::process::ExitCode;

/// Serve a local AWS endpoint that really runs a data pipeline, until it is interrupted.
#[derive(Debug, Parser)]
#[command(name = "gluedeck-sandbox", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn main() -> ExitCode {
    match run(&Cli::parse().args) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has had enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gluedeck-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}
