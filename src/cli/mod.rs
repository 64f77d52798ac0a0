//! The command line: the console and every headless command.

mod logs;
mod query;
mod triage;

pub use logs::LogArgs;
pub use query::QueryArgs;
pub use triage::TriageArgs;

use crate::headless::Output;
use clap::{Parser, Subcommand};

/// The terminal console for AWS Glue pipelines. Without a command it opens the console.
#[derive(Debug, Parser)]
#[command(name = "gluedeck", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub flags: Flags,
    /// Open the console at the card of this alert: a Slack line, an event, a run's id, or a name
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub alert: Option<String>,
    /// Open the console on a sandbox of its own, with made-up credentials
    #[cfg(feature = "sandbox")]
    #[arg(long, conflicts_with_all = ["endpoint_url", "profile"])]
    pub sandbox: bool,
    /// What the sandbox's night is like: a built-in scenario or a .toml file
    #[cfg(feature = "sandbox")]
    #[arg(long, requires = "sandbox", value_name = "NAME|FILE")]
    pub scenario: Option<String>,
    /// How many workflows the sandbox has
    #[cfg(feature = "sandbox")]
    #[arg(long, requires = "sandbox", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub workflows: Option<u32>,
}

/// Flags that stand before or after a command.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// Send calls to this URL in place of AWS
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Use this profile of ~/.aws
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Use this Region
    #[arg(long, global = true)]
    pub region: Option<String>,
    /// Start in this environment of the configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub env: Option<String>,
    /// Use ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Refuse every call that changes something
    #[arg(long, global = true)]
    pub read_only: bool,
    /// How results are printed
    #[arg(long, global = true, value_enum)]
    pub output: Option<Output>,
    /// The console's theme: a built-in name, a name in the configuration's themes folder, a .toml file, or auto
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the workflows with their outcome and the state of every trigger
    Workflows,
    /// Print the log of a job's run, of a workflow's, or of any log group: its streams merged by time
    Logs(LogArgs),
    /// Run SQL on Athena and print the rows; ctrl-c cancels it on the server
    Query(QueryArgs),
    /// Find the cause of an alert: a Slack line, an EventBridge event, a run's id, or a name
    Triage(TriageArgs),
    #[command(flatten)]
    Change(ChangeCommand),
    /// Print what was changed with gluedeck on this machine: when, where, and what came of it
    Journal {
        /// Only entries that contain this text
        filter: Option<String>,
    },
    /// Check credentials, permissions, clock, network, configuration and terminal, and say how to mend what is wrong
    Doctor,
    /// Print the completions of a shell
    Completions {
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
    /// Serve a local AWS endpoint that really runs the pipeline, until it is interrupted
    #[cfg(feature = "sandbox")]
    Sandbox(gluedeck_sandbox::command::Args),
}

/// The commands that change something.
#[derive(Debug, Subcommand)]
pub enum ChangeCommand {
    /// Start workflows
    Start {
        /// Names of workflows; " Workflow" at their end may be left out
        #[arg(required = true, value_name = "WORKFLOW")]
        workflows: Vec<String>,
        /// A run property, beside the workflow's defaults
        #[arg(long = "property", value_name = "NAME=VALUE", value_parser = pair)]
        properties: Vec<(String, String)>,
        #[command(flatten)]
        consent: Consent,
        /// Wait until the runs have ended; fail if one did not end good
        #[arg(long)]
        wait: bool,
    },
    /// Stop the running runs of workflows
    Stop {
        /// Names of workflows
        #[arg(required = true, value_name = "WORKFLOW")]
        workflows: Vec<String>,
        #[command(flatten)]
        consent: Consent,
    },
    /// Run workflows that failed again, from the failed step where that is possible
    Rerun {
        /// Names of workflows
        #[arg(required = true, value_name = "WORKFLOW")]
        workflows: Vec<String>,
        /// Resume from the failed step, or do nothing where that is not possible
        #[arg(long, conflicts_with = "whole")]
        from_failed: bool,
        /// Start from the beginning
        #[arg(long)]
        whole: bool,
        #[command(flatten)]
        consent: Consent,
        /// Wait until the runs have ended; fail if one did not end good
        #[arg(long)]
        wait: bool,
    },
    /// Start workflows one after another under the DPU limit: now, or by rewriting their schedules
    Stagger(StaggerArgs),
    /// Put back the schedules, or switch back the triggers, of a journal entry or of a whole stagger
    Revert {
        /// An id that `gluedeck journal` lists
        id: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// A job by itself
    #[command(subcommand)]
    Job(JobCommand),
    /// A crawler by itself
    #[command(subcommand)]
    Crawler(CrawlerCommand),
    /// Switch triggers on or off
    #[command(subcommand)]
    Trigger(TriggerCommand),
}

/// Consent to a change. Without it the plan is printed, and the exit code is 2.
#[derive(Debug, Clone, clap::Args)]
pub struct Consent {
    /// Do it; without this the plan is printed
    #[arg(long)]
    pub yes: bool,
    /// What the policy wants typed: the name, or of many `N changes`
    #[arg(long, value_name = "NAME", requires = "yes")]
    pub confirm: Option<String>,
}

/// `gluedeck stagger`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("mode").required(true))]
pub struct StaggerArgs {
    /// Names of workflows; without any, all that are started by a schedule (with --now: all)
    #[arg(value_name = "WORKFLOW")]
    pub workflows: Vec<String>,
    /// Start them now, one after the other, as capacity frees; ends when the last has been started
    #[arg(long, group = "mode", conflicts_with_all = ["schedule", "from"])]
    pub now: bool,
    /// Rewrite the schedules of their triggers
    #[arg(long, group = "mode")]
    pub schedule: bool,
    /// The time of the first start, UTC; without it the earliest of the present ones
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    pub from: Option<chrono::NaiveTime>,
    /// The DPU limit, in place of the account's
    #[arg(long, value_name = "DPU", value_parser = positive)]
    pub limit: Option<f64>,
    /// By how much earlier times are stretched
    #[arg(long, value_name = "FACTOR", value_parser = margin)]
    pub margin: Option<f64>,
    /// Of the earlier times, the percentage that the plan must cover
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub percentile: Option<f64>,
    /// DPUs that a crawl is counted with
    #[arg(long, value_name = "DPU", value_parser = not_negative)]
    pub crawler_dpu: Option<f64>,
    /// When all should have ended, UTC
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    pub done_by: Option<chrono::NaiveTime>,
    /// With --now: start nothing more once a workflow has failed
    #[arg(long, conflicts_with = "schedule")]
    pub halt_on_failure: bool,
    /// Leave a stagger that was interrupted as it is, and begin this one
    #[arg(long)]
    pub discard_interrupted: bool,
    /// Print the plan, and leave with exit code 0
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    #[command(flatten)]
    pub consent: Consent,
}

/// `gluedeck job`.
#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// Start a job; nothing behind it in a workflow follows
    Start {
        /// The job's name
        job: String,
        /// An argument of this run, such as --argument --day=2026-11-22
        #[arg(long = "argument", value_name = "NAME=VALUE", allow_hyphen_values = true, value_parser = pair)]
        arguments: Vec<(String, String)>,
        /// The worker type of this run, such as G.2X
        #[arg(long, value_name = "TYPE")]
        worker_type: Option<String>,
        /// The number of workers of this run
        #[arg(long, value_name = "N")]
        workers: Option<i32>,
        /// Minutes after which this run times out
        #[arg(long, value_name = "MINUTES")]
        timeout: Option<i32>,
        #[command(flatten)]
        consent: Consent,
    },
}

/// `gluedeck crawler`.
#[derive(Debug, Subcommand)]
pub enum CrawlerCommand {
    /// Start a crawler; nothing behind it in a workflow follows
    Start {
        /// The crawler's name
        crawler: String,
        #[command(flatten)]
        consent: Consent,
    },
}

/// `gluedeck trigger`.
#[derive(Debug, Subcommand)]
pub enum TriggerCommand {
    /// Switch triggers on
    On {
        /// Names of triggers
        #[arg(required = true, value_name = "TRIGGER")]
        triggers: Vec<String>,
        #[command(flatten)]
        consent: Consent,
    },
    /// Switch triggers off
    Off {
        /// Names of triggers
        #[arg(required = true, value_name = "TRIGGER")]
        triggers: Vec<String>,
        #[command(flatten)]
        consent: Consent,
    },
}

fn number(text: &str, low: f64, high: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        _ => Err(format!("{text} is not a number between {low} and {high}")),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    number(text, 0.0625, 1e6)
}

fn not_negative(text: &str) -> Result<f64, String> {
    number(text, 0.0, 1e6)
}

fn margin(text: &str) -> Result<f64, String> {
    number(text, 1.0, 10.0)
}

fn percent(text: &str) -> Result<f64, String> {
    number(text, 1.0, 100.0)
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("{text} is not NAME=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}

fn time_of_day(text: &str) -> Result<chrono::NaiveTime, String> {
    let parsed = chrono::NaiveTime::parse_from_str(text, "%H:%M:%S")
        .or_else(|_| chrono::NaiveTime::parse_from_str(text, "%H:%M"));
    parsed.map_err(|_| format!("{text} is not a time of day such as 02:59:30"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for line in ["gluedeck --region eu-west-1 workflows", "gluedeck workflows --region eu-west-1"] {
            let cli = Cli::try_parse_from(line.split(' ')).expect(line);
            assert_eq!(cli.flags.region.as_deref(), Some("eu-west-1"));
        }
    }
}
