//! The command line: the console and every headless command.

mod check;
mod logs;
mod pipeline_file;
mod query;
mod triage;
mod values;
mod watch;

pub use check::CheckArgs;
pub use logs::LogArgs;
pub use pipeline_file::PipelineCommand;
pub use query::QueryArgs;
pub use triage::TriageArgs;
pub use watch::WatchArgs;

use self::values::{log_level, margin, not_negative, pair, percent, positive, time_of_day};
use crate::headless::Output;
use clap::{Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;

/// The terminal console for AWS Glue pipelines. Without a command it opens the console.
#[derive(Debug, Parser)]
#[command(name = "gluedeck", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub flags: Flags,
    /// Open the console on this alert: a Slack line, an event, a run ID or a name
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub alert: Option<String>,
    /// Open the console on a new local sandbox, with fake credentials
    #[cfg(feature = "sandbox")]
    #[arg(long, conflicts_with_all = ["endpoint_url", "profile"])]
    pub sandbox: bool,
    /// The sandbox's scenario: a built-in one or a .toml file
    #[cfg(feature = "sandbox")]
    #[arg(long, requires = "sandbox", value_name = "NAME|FILE")]
    pub scenario: Option<String>,
    /// The sandbox's pipeline, in place of the built-in one: a .json, .toml or .yaml file
    #[cfg(feature = "sandbox")]
    #[arg(long, requires = "sandbox", value_name = "FILE")]
    pub pipeline: Option<std::path::PathBuf>,
    /// Number of workflows in the sandbox
    #[cfg(feature = "sandbox")]
    #[arg(long, requires = "sandbox", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub workflows: Option<u32>,
}

/// Flags that stand before or after a command.
#[derive(Debug, Clone, clap::Args)]
pub struct Flags {
    /// Send calls to this URL instead of AWS
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Use this profile from ~/.aws
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Use this Region
    #[arg(long, global = true)]
    pub region: Option<String>,
    /// Start in this configured environment
    #[arg(long, global = true, value_name = "NAME")]
    pub env: Option<String>,
    /// Use ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Reject every call that changes something
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Output format
    #[arg(long, global = true, value_enum)]
    pub output: Option<Output>,
    /// How much goes to the log file in the state folder (`gluedeck doctor` says where)
    #[arg(long, global = true, value_name = "LEVEL", default_value = "info", hide_default_value = true)]
    #[arg(value_parser = log_level())]
    pub log_level: LevelFilter,
    /// The console's theme: a built-in name, a name in the themes folder, a .toml file, or auto
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the workflows with their outcome and the state of every trigger
    Workflows,
    /// List all pipelines: workflows, chains of triggers, jobs and crawlers that stand alone
    Pipelines,
    /// List all jobs with their last run, in workflows and outside of them
    Jobs,
    /// List all crawlers with their last crawl
    Crawlers,
    /// List all triggers with their state and schedule
    Triggers,
    /// Print the log of a job run, a workflow run or any log group, streams merged by time
    Logs(LogArgs),
    /// Run SQL on Athena and print the rows; ctrl-c cancels the query
    Query(QueryArgs),
    /// Find the cause of an alert: a Slack line, an EventBridge event, a run ID or a name
    Triage(TriageArgs),
    /// Check that pipelines are well, one verdict a line: exit code 1 if one is not, 3 if it cannot be told
    Check(CheckArgs),
    /// Watch pipelines until interrupted, and send one message for each new problem and when it has recovered
    Watch(WatchArgs),
    #[command(flatten)]
    Change(ChangeCommand),
    /// Print the changes made with gluedeck on this machine: when, where and the result
    Journal {
        /// Only entries that contain this text
        filter: Option<String>,
    },
    /// The pipeline as code, one record a table: check, deploy, compare, apply and import a file
    Pipeline {
        #[command(subcommand)]
        command: PipelineCommand,
    },
    /// Check credentials, permissions, clock, network, configuration and terminal, and show how to fix problems
    Doctor,
    /// Print shell completions
    Completions {
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
    /// Serve a local AWS endpoint that runs the pipeline, until interrupted
    #[cfg(feature = "sandbox")]
    Sandbox(gluedeck_sandbox::command::Args),
}

/// The commands that change something.
#[derive(Debug, Subcommand)]
pub enum ChangeCommand {
    /// Start workflows, jobs, crawlers or trigger chains
    Start {
        /// Names of pipelines; a trailing " Workflow" may be omitted
        #[arg(required = true, value_name = "PIPELINE")]
        workflows: Vec<String>,
        /// A run property, added to the workflow's defaults
        #[arg(long = "property", value_name = "NAME=VALUE", value_parser = pair)]
        properties: Vec<(String, String)>,
        #[command(flatten)]
        confirm_args: ConfirmArgs,
        /// Wait until the runs have ended; fail if one did not succeed
        #[arg(long)]
        wait: bool,
    },
    /// Stop what runs of workflows, jobs, crawlers or trigger chains
    Stop {
        /// Names of pipelines
        #[arg(required = true, value_name = "PIPELINE")]
        workflows: Vec<String>,
        #[command(flatten)]
        confirm_args: ConfirmArgs,
    },
    /// Rerun what failed as the cause needs: a workflow from the failed step or whole, a job with the same arguments
    Rerun {
        /// Names of pipelines
        #[arg(required = true, value_name = "PIPELINE")]
        workflows: Vec<String>,
        /// Resume from the failed step, or do nothing if not possible
        #[arg(long, conflicts_with = "whole")]
        from_failed: bool,
        /// Start from the beginning
        #[arg(long)]
        whole: bool,
        #[command(flatten)]
        confirm_args: ConfirmArgs,
        /// Wait until the runs have ended; fail if one did not succeed
        #[arg(long)]
        wait: bool,
    },
    /// Stagger workflow starts under the DPU limit: now, or by rewriting their schedules
    Stagger(StaggerArgs),
    /// Revert the schedule and trigger changes of a journal entry or of a whole stagger
    Revert {
        /// An ID from `gluedeck journal`
        id: String,
        #[command(flatten)]
        confirm_args: ConfirmArgs,
    },
    /// A single job
    #[command(subcommand)]
    Job(JobCommand),
    /// A single crawler
    #[command(subcommand)]
    Crawler(CrawlerCommand),
    /// Activate or deactivate triggers
    #[command(subcommand)]
    Trigger(TriggerCommand),
}

/// The confirmation of a change. Without it the plan is printed, and the exit code is 2.
#[derive(Debug, Clone, clap::Args)]
pub struct ConfirmArgs {
    /// Apply the plan; without this it is only printed
    #[arg(long)]
    pub yes: bool,
    /// What the policy requires typing: the name, or `N changes` for several
    #[arg(long, value_name = "NAME", requires = "yes")]
    pub confirm: Option<String>,
}

/// `gluedeck stagger`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("mode").required(true))]
pub struct StaggerArgs {
    /// Names of workflows; by default all that have a schedule (with --now: what failed, was skipped or never ran in the
    /// last 24 hours)
    #[arg(value_name = "WORKFLOW")]
    pub workflows: Vec<String>,
    /// With --now: all workflows
    #[arg(long, conflicts_with_all = ["workflows", "schedule"])]
    pub all: bool,
    /// Start them now, staggered as capacity frees up; ends when the last has been started
    #[arg(long, group = "mode", conflicts_with_all = ["schedule", "from"])]
    pub now: bool,
    /// Rewrite the schedules of their triggers
    #[arg(long, group = "mode")]
    pub schedule: bool,
    /// The time of the first start, UTC; by default the earliest current one
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    pub from: Option<chrono::NaiveTime>,
    /// The DPU limit, instead of the account's
    #[arg(long, value_name = "DPU", value_parser = positive)]
    pub limit: Option<f64>,
    /// Safety factor on past durations
    #[arg(long, value_name = "FACTOR", value_parser = margin)]
    pub margin: Option<f64>,
    /// Percentile of past durations to plan for
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub percentile: Option<f64>,
    /// DPUs counted for a crawl
    #[arg(long, value_name = "DPU", value_parser = not_negative)]
    pub crawler_dpu: Option<f64>,
    /// Deadline for all workflows, UTC
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    pub done_by: Option<chrono::NaiveTime>,
    /// With --now: stop after the first failed workflow
    #[arg(long, conflicts_with = "schedule")]
    pub halt_on_failure: bool,
    /// Write the new schedules into this pipeline file too, or a later deployment restores the old ones; needs --env
    #[arg(long, value_name = "FILE", conflicts_with = "now")]
    pub write_file: Option<std::path::PathBuf>,
    /// Discard an interrupted stagger and start this one
    #[arg(long)]
    pub discard_interrupted: bool,
    /// Print the plan and exit with code 0
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    #[command(flatten)]
    pub confirm_args: ConfirmArgs,
}

/// `gluedeck job`.
#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// Start a job; downstream steps do not run
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
        /// The timeout of this run in minutes
        #[arg(long, value_name = "MINUTES")]
        timeout: Option<i32>,
        /// The execution class of this run
        #[arg(long, value_name = "CLASS")]
        class: Option<Class>,
        #[command(flatten)]
        confirm_args: ConfirmArgs,
    },
}

/// What a run's DPUs are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Class {
    Standard,
    /// Spare capacity: cheaper, starts later, may be interrupted
    Flex,
}

/// `gluedeck crawler`.
#[derive(Debug, Subcommand)]
pub enum CrawlerCommand {
    /// Start a crawler; downstream steps do not run
    Start {
        /// The crawler's name
        crawler: String,
        #[command(flatten)]
        confirm_args: ConfirmArgs,
    },
}

/// `gluedeck trigger`.
#[derive(Debug, Subcommand)]
pub enum TriggerCommand {
    /// Activate triggers
    On {
        /// Names of triggers
        #[arg(required = true, value_name = "TRIGGER")]
        triggers: Vec<String>,
        #[command(flatten)]
        confirm_args: ConfirmArgs,
    },
    /// Deactivate triggers
    Off {
        /// Names of triggers
        #[arg(required = true, value_name = "TRIGGER")]
        triggers: Vec<String>,
        #[command(flatten)]
        confirm_args: ConfirmArgs,
    },
}

impl Command {
    /// The forms in which it prints its results, if it does not print the wanted one.
    pub fn rejected(&self, wanted: Option<Output>) -> Option<String> {
        use Output::{Csv, Json, Jsonl, Markdown, Table, Text};
        let known: &[Output] = match self {
            Self::Logs(_) => &[Text, Json],
            Self::Query(_) => &[Table, Json, Csv, Jsonl, Markdown],
            Self::Triage(_) => &[Markdown, Json],
            Self::Pipeline { command } => command.formats(),
            _ => &[Table, Json, Csv],
        };
        let name = |output: &Output| output.to_possible_value().map(|value| value.get_name().to_owned());
        let names = || known.iter().filter_map(name).collect::<Vec<_>>().join(", ");
        wanted.filter(|wanted| !known.contains(wanted)).map(|_| names())
    }
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
