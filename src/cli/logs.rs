//! The arguments of `gluedeck logs`.

use crate::headless::{LogOf, LogOptions, Output};
use gluedeck_core::domain::{JobName, Part, WorkflowName};

/// `gluedeck logs`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct LogArgs {
    /// The job's name
    #[arg(group = "what")]
    pub job: Option<String>,
    /// The steps of a workflow's run
    #[arg(long, group = "what", value_name = "WORKFLOW")]
    pub workflow: Option<String>,
    /// Any log group
    #[arg(long, group = "what", value_name = "GROUP", conflicts_with_all = ["run", "step", "stream"])]
    pub group: Option<String>,
    /// Prefix of the group's stream names
    #[arg(long, requires = "group")]
    pub prefix: Option<String>,
    /// The job or workflow run ID; by default the latest run
    #[arg(long, value_name = "RUN_ID")]
    pub run: Option<String>,
    /// Only steps whose name contains this, such as "silver DQ"
    #[arg(long, requires = "workflow")]
    pub step: Option<String>,
    /// Only this part of a run's streams
    #[arg(long, value_parser = ["output", "error", "driver", "executors", "progress", "root-cause", "all"])]
    pub stream: Option<String>,
    /// Start time: 1h ago, 03:04 UTC, 2026-11-25, or RFC 3339
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// End time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Follow until the run has ended
    #[arg(long, short)]
    pub follow: bool,
    /// Only lines that match a regular expression; case-sensitive if it has capitals
    #[arg(long, value_name = "RE")]
    pub grep: Option<String>,
    /// Only lines that do not match it
    #[arg(long, requires = "grep")]
    pub invert: bool,
    /// Minimum level: error, warn, info or all
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<String>,
    /// Only the first real error, with its context; exit code 1 if there is none
    #[arg(long, conflicts_with_all = ["follow", "grep", "level"])]
    pub errors: bool,
}

impl LogArgs {
    /// What they ask for.
    pub fn options(self, output: Output) -> LogOptions {
        let what = match (self.workflow, self.group, self.job) {
            (Some(workflow), ..) => LogOf::Workflow(WorkflowName::new(workflow)),
            (_, Some(group), _) => LogOf::Group { group, prefix: self.prefix },
            (.., job) => LogOf::Job(JobName::new(job.unwrap_or_default())),
        };
        LogOptions {
            what,
            run: self.run,
            step: self.step,
            part: self.stream.as_deref().and_then(Part::named),
            since: self.since,
            until: self.until,
            follow: self.follow,
            grep: self.grep,
            invert: self.invert,
            level: self.level,
            errors: self.errors,
            output,
        }
    }
}
