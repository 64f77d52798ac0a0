//! The commands that change something, with what their flags ask for.

use crate::cli::{ChangeCommand, Class, ConfirmArgs, CrawlerCommand, JobCommand, StaggerArgs, TriggerCommand};
use crate::config::Config;
use crate::headless::{self, ChangeOptions, Exit, Output, StaggerOptions};
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::plan;
use gluedeck_core::analysis::stagger::Mode;
use gluedeck_core::domain::{Activation, Dpu, JobOverrides};
use std::io;
use std::path::Path;

/// The commands that change something.
pub(crate) async fn change(
    gateway: &Gateway,
    command: ChangeCommand,
    output: Output,
    context: CommandContext<'_>,
) -> io::Result<Exit> {
    let options = |confirm_args: ConfirmArgs, wait| ChangeOptions {
        yes: confirm_args.yes,
        confirm: confirm_args.confirm,
        wait,
        output,
    };
    match command {
        ChangeCommand::Start { workflows, properties, confirm_args, wait } => {
            let properties = properties.into_iter().collect();
            headless::start(gateway, &workflows, &properties, options(confirm_args, wait)).await
        }
        ChangeCommand::Stop { workflows, confirm_args } => {
            headless::stop(gateway, &workflows, options(confirm_args, false)).await
        }
        ChangeCommand::Rerun { workflows, from_failed, whole, confirm_args, wait } => {
            let from = match (from_failed, whole) {
                (true, _) => headless::RerunFrom::FailedStep,
                (_, true) => headless::RerunFrom::Beginning,
                _ => headless::RerunFrom::Advised,
            };
            headless::rerun(gateway, &workflows, from, options(confirm_args, wait)).await
        }
        ChangeCommand::Stagger(args) => {
            let confirm_args = options(args.confirm_args.clone(), false);
            let asked = stagger_options(&args, &context);
            let at = (context.folder, context.environment);
            headless::stagger(gateway, &args.workflows, asked, confirm_args, at).await
        }
        ChangeCommand::Revert { id, confirm_args } => {
            let at = (context.folder, context.environment);
            headless::revert(
                gateway,
                &id,
                at,
                |name| context.config.environments().any(|known| known == name),
                options(confirm_args, false),
            )
            .await
        }
        ChangeCommand::Job(command) => start_job(gateway, command, options).await,
        ChangeCommand::Crawler(CrawlerCommand::Start { crawler, confirm_args }) => {
            let overrides = JobOverrides::default();
            headless::start_alone(gateway, &plan::crawler(&crawler), overrides, options(confirm_args, false)).await
        }
        ChangeCommand::Trigger(TriggerCommand::On { triggers, confirm_args }) => {
            headless::set_activation(gateway, &triggers, Activation::Activate, options(confirm_args, false)).await
        }
        ChangeCommand::Trigger(TriggerCommand::Off { triggers, confirm_args }) => {
            headless::set_activation(gateway, &triggers, Activation::Deactivate, options(confirm_args, false)).await
        }
    }
}

async fn start_job(
    gateway: &Gateway,
    JobCommand::Start { job, arguments, worker_type, workers, timeout, class, confirm_args }: JobCommand,
    options: impl Fn(ConfirmArgs, bool) -> ChangeOptions,
) -> io::Result<Exit> {
    let (arguments, flex) = (arguments.into_iter().collect(), class.map(|class| class == Class::Flex));
    let overrides = JobOverrides { arguments, worker_type, workers, timeout, flex };
    headless::start_alone(gateway, &plan::job(&job), overrides, options(confirm_args, false)).await
}

/// What the commands need beside the gateway.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommandContext<'h> {
    pub(crate) config: &'h Config,
    pub(crate) environment: &'h str,
    /// Where the journal lies.
    pub(crate) folder: &'h Path,
}

/// Flags over the configuration.
fn stagger_options(args: &StaggerArgs, context: &CommandContext<'_>) -> StaggerOptions {
    let mut planner_options =
        context.config.planner_options(if args.now { Mode::Now } else { Mode::Schedule(args.from) });
    let estimate = &mut planner_options.estimate;
    estimate.margin = args.margin.unwrap_or(estimate.margin);
    estimate.percentile = args.percentile.unwrap_or(estimate.percentile);
    estimate.crawler_dpu = args.crawler_dpu.map_or(estimate.crawler_dpu, Dpu::of);
    planner_options.done_by = args.done_by.or(planner_options.done_by);
    let limit = args.limit.or(context.config.environment(context.environment).dpu_limit);
    StaggerOptions {
        planner_options,
        all: args.all,
        limit,
        halt_on_failure: args.halt_on_failure,
        discard_interrupted: args.discard_interrupted,
        dry_run: args.dry_run,
        write_file: args.write_file.clone(),
    }
}
