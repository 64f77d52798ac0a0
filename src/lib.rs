//! gluedeck: the terminal console from which on-call engineers run an AWS Glue data pipeline.
//!
//! A synchronous core only turns messages into state and effects; a thin async shell performs them. Two interfaces lead
//! outside, AWS and the terminal, and a sandbox is reached by URL only.
//!
//! ```text
//!       keys, paste, resize, signals               replies
//!  terminal --------------------> [ runtime ] <------------- tasks --> gluedeck-aws --> AWS, or the sandbox: the same HTTP
//!                                   |     ^
//!                              Msg  v     |  Effect
//!                            [ gluedeck_tui::app::update ] --> Model --> view --> at most one frame per 16 ms
//! ```
//!
//! This crate is what is left when the parts that stand alone have crates of their own: [`cli`] and [`config`] (the
//! arguments and the configuration file, and what they mean), [`headless`] (each command: the same gateway, the same
//! analysis, printed), and [`runtime`] (the loop, tasks, terminal, input, clock: the only place that names crossterm).
//! The crates and their directions are in ARCHITECTURE.md and in `tests/tidy.rs`.
//!
//! - Every change goes through the gate in [`gluedeck_aws`]: read-only, policy, journalled before and after, sent once,
//!   and looked for by reading if no answer comes. What it would do is one plan, for dialogs and commands alike.
//! - A stagger is a value that is on disk before each of its changes is sent.

mod changes;
mod checks;
pub mod cli;
pub mod config;
mod export;
pub mod headless;
pub mod logging;
pub mod runtime;
pub mod sink;

use cli::{Cli, Command, Flags, PipelineCommand};
use config::Config;
use gluedeck_aws::ConnectError;
use gluedeck_aws::{Credentials, Gateway, MfaCodes, SessionOptions, store};
use gluedeck_core::analysis::stagger::Mode;
use gluedeck_core::domain::OwnPrices;
use gluedeck_tui::app;
use gluedeck_tui::flow::{Keymap, effect::Leave};
use gluedeck_tui::ui::Glyphs;
use headless::{ChangeOptions, Exit, TriageOptions};
use std::io::{self, IsTerminal};
use std::path::PathBuf;

/// Runs the program and answers its exit code.
pub fn run(cli: Cli) -> u8 {
    if let Some(complaint) = misuse(&cli) {
        eprintln!("gluedeck: {complaint}");
        return Exit::Usage.code();
    }
    start_log(&cli);
    let done = match cli.command {
        None => console(&cli),
        #[cfg(feature = "sandbox")]
        Some(Command::Sandbox(args)) => gluedeck_sandbox::command::run(&args).map(|()| Exit::Done),
        Some(Command::Journal { filter }) => {
            let output = cli.flags.output.unwrap_or_default();
            store::known_state_folder().and_then(|folder| headless::journal(&folder, filter.as_deref(), output))
        }
        Some(Command::Completions { shell }) => {
            clap_complete::generate(
                shell,
                &mut <Cli as clap::CommandFactory>::command(),
                "gluedeck",
                &mut io::stdout(),
            );
            Ok(Exit::Done)
        }
        Some(Command::Man) => man(),
        Some(Command::Pipeline { command }) => {
            match command.run_offline(cli.flags.env.as_deref(), cli.flags.output.unwrap_or_default()) {
                Some(done) => done,
                None => block_on(command_line(Command::Pipeline { command }, &cli.flags)),
            }
        }
        Some(command) => block_on(command_line(command, &cli.flags)),
    };
    match done {
        Ok(exit) => exit.code(),
        // Whoever reads our output has had enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            eprintln!("gluedeck: {error}");
            Exit::Failed.code()
        }
    }
}

/// Starts the log, but for what only prints something about the program.
fn start_log(cli: &Cli) {
    if matches!(cli.command, Some(Command::Completions { .. } | Command::Man)) {
        return;
    }
    let Some(state) = store::state_folder() else { return };
    match logging::start(&state, cli.flags.log_level) {
        Ok(()) => tracing::info!(version = env!("CARGO_PKG_VERSION"), console = cli.command.is_none(), "started"),
        Err(error) => {
            let folder = logging::folder(&state);
            let next = "make it writable, or use --log-level off";
            eprintln!("gluedeck: cannot log to {}: {error}; {next}", folder.display());
        }
    }
}

/// The man page, in roff.
fn man() -> io::Result<Exit> {
    let page = clap_mangen::Man::new(<Cli as clap::CommandFactory>::command());
    page.render(&mut io::stdout().lock())?;
    Ok(Exit::Done)
}

/// What the terminal says of itself, for the doctor.
fn terminal_findings() -> headless::Terminal {
    let variable = |name: &str| std::env::var(name).ok();
    headless::Terminal {
        is_terminal: io::stdout().is_terminal() && io::stdin().is_terminal(),
        size: runtime::terminal_size(),
        colors: runtime::color_depth(variable),
        unicode: runtime::speaks_unicode(variable),
        name: variable("TERM").unwrap_or_default(),
    }
}

/// What is wrong with the command line beyond what its grammar says.
fn misuse(cli: &Cli) -> Option<String> {
    if wants_sandbox(cli) && cli.command.is_some() {
        let how = "for commands, run `gluedeck sandbox` and use its address as --endpoint-url";
        return Some(format!("--sandbox is only for the console; {how}"));
    }
    if let Some(url) = &cli.flags.endpoint_url
        && !["http://", "https://"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme))
    {
        return Some(format!(
            "--endpoint-url {url}: must begin with http:// or https://, such as http://127.0.0.1:4566"
        ));
    }
    if let Some(known) = cli.command.as_ref().and_then(|command| command.rejected(cli.flags.output)) {
        return Some(format!("this command prints {known}"));
    }
    if cli.command.is_none() && !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Some("the console needs a terminal; `gluedeck --help` lists the commands for scripts".to_owned());
    }
    let term = std::env::var("TERM").unwrap_or_default();
    runtime::cannot_draw(&term).filter(|_| cli.command.is_none())
}

fn block_on<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    // SQL on rows that are here recurses as deep as the statement is (`sql::depth::MAX_DEPTH`).
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).thread_stack_size(32 << 20).enable_all().build()?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

async fn command_line(command: Command, flags: &Flags) -> io::Result<Exit> {
    let (config, complaints) = config::read(store::config_folder().as_deref());
    for complaint in &complaints {
        tracing::warn!(complaint, "configuration");
        eprintln!("gluedeck: {complaint}");
    }
    let environment = environment(&config, flags);
    let options = session_options(flags, &config, &environment);
    let gateway = match connect(&options, &environment).await {
        Ok(gateway) => gateway,
        Err(error) => {
            eprintln!("gluedeck: {error}");
            return Ok(Exit::Usage);
        }
    };
    let output = flags.output.unwrap_or_default();
    match command {
        Command::Workflows => headless::workflows(&gateway, output).await,
        Command::Pipelines => headless::pipelines(&gateway, output).await,
        Command::Jobs => headless::targets(&gateway, headless::Listed::Jobs, output).await,
        Command::Crawlers => headless::targets(&gateway, headless::Listed::Crawlers, output).await,
        Command::Triggers => headless::triggers(&gateway, output).await,
        Command::Logs(asked) => headless::logs(&gateway, &asked.options(output)).await,
        Command::Query(asked) => {
            let usual = config.environment(&environment).athena.query_context(&config.athena);
            match understood(asked.options(output, &usual)) {
                Ok(options) => headless::query(&gateway, &options).await,
                Err(exit) => Ok(exit),
            }
        }
        Command::Triage(asked) => match understood(asked.options(output)) {
            Ok(options) => {
                let (environments, folder) = (config.known(), store::state_folder());
                let options = TriageOptions { environments, environment, folder, ..options };
                headless::triage(&gateway, &options).await
            }
            Err(exit) => Ok(exit),
        },
        Command::Check(asked) => checks::check(&gateway, asked, (&config, &environment), output).await,
        Command::Watch(asked) => checks::watch(&gateway, asked, (&config, &environment), output).await,
        Command::Change(command) => {
            let folder = store::known_state_folder()?;
            let context = changes::CommandContext { config: &config, environment: &environment, folder: &folder };
            changes::change(&gateway, command, output, context).await
        }
        // These need no gateway and have been dealt with before.
        Command::Journal { .. } | Command::Completions { .. } | Command::Man => Ok(Exit::Usage),
        Command::Pipeline { command } => pipeline_command(&gateway, command, (flags, &environment)).await,
        Command::Doctor => {
            let terminal = terminal_findings();
            let state = store::state_folder();
            let place = headless::Here { terminal, log_level: flags.log_level, state };
            headless::doctor(&gateway, &complaints, &place, output).await
        }
        #[cfg(feature = "sandbox")]
        Command::Sandbox(_) => Ok(Exit::Usage),
    }
}

/// The commands on a pipeline's file that need an account.
async fn pipeline_command(
    gateway: &Gateway,
    command: PipelineCommand,
    (flags, environment): (&Flags, &str),
) -> io::Result<Exit> {
    let (named, output) = (flags.env.as_deref(), flags.output.unwrap_or_default());
    match command {
        PipelineCommand::Diff { file, .. } => headless::diff_pipeline(gateway, &file, named, output).await,
        PipelineCommand::Apply { file, confirm_args } => {
            let options = ChangeOptions { yes: confirm_args.yes, confirm: confirm_args.confirm, wait: false, output };
            headless::apply_pipeline(gateway, &file, (named, environment), options).await
        }
        PipelineCommand::Import { out } => headless::import_pipeline(gateway, out.as_deref(), output).await,
        // The others have been dealt with before.
        _ => Ok(Exit::Usage),
    }
}

/// What a command asks for, or that it could not be read.
fn understood<T>(options: io::Result<T>) -> Result<T, Exit> {
    options.map_err(|error| {
        eprintln!("gluedeck: {error}");
        Exit::Usage
    })
}

/// The session of the environment that is asked for: flags over the configuration.
fn session_options(flags: &Flags, config: &Config, environment: &str) -> SessionOptions {
    let own = configured_session_options(config, environment);
    SessionOptions {
        endpoint_url: flags.endpoint_url.clone().or(own.endpoint_url),
        profile: flags.profile.clone().or(own.profile),
        region: flags.region.clone().or(own.region),
        read_only: flags.read_only || own.read_only,
        ..own
    }
}

/// The session of an environment as the configuration has it.
fn configured_session_options(config: &Config, environment: &str) -> SessionOptions {
    let own = config.environment(environment);
    SessionOptions {
        endpoint_url: own.endpoint_url.clone(),
        profile: own.profile.clone(),
        region: own.region.clone(),
        read_only: config.read_only || own.read_only,
        policy: own.policy(environment),
        prices: OwnPrices { standard: own.dpu_hour_price, flex: own.flex_dpu_hour_price },
        credentials: Credentials::Chain,
        mfa: MfaCodes::default(),
    }
}

fn environment_options(config: &Config, environment: &str, options: SessionOptions) -> runtime::EnvironmentOptions {
    let own = config.environment(environment);
    runtime::EnvironmentOptions {
        environment: environment.to_owned(),
        options,
        dpu_limit: own.dpu_limit,
        color: own.color.clone(),
        only: own.workflows.clone(),
        production: own.production,
        pipeline_file: own.pipeline.as_deref().map(sink::expand),
        account: own.account.clone(),
        query_context: own.athena.query_context(&config.athena),
        limits: own.athena.limits(&config.athena),
        completes_while_typing: own
            .athena
            .complete_while_typing
            .or(config.athena.complete_while_typing)
            .unwrap_or(true),
    }
}

/// The name of the environment: from the flag or the configuration, else the profile's.
fn environment(config: &Config, flags: &Flags) -> String {
    let profile =
        || flags.profile.clone().or_else(|| std::env::var("AWS_PROFILE").ok()).filter(|name| !name.is_empty());
    let configured = config.environment.clone().filter(|_| flags.profile.is_none());
    flags.env.clone().or(configured).or_else(profile).unwrap_or_else(|| "aws".to_owned())
}

async fn connect(options: &SessionOptions, environment: &str) -> Result<Gateway, ConnectError> {
    let folder = store::state_folder().ok_or(ConnectError::NoStateFolder)?;
    runtime::ask_for_mfa_code(options).await;
    Gateway::connect(options, environment, &folder).await
}

/// The console, on AWS or on a sandbox of its own; from the one the user may go on to the other.
fn console(cli: &Cli) -> io::Result<Exit> {
    let folder = store::config_folder();
    let (config, mut complaints) = config::read(folder.as_deref());
    let variable = |name: &str| std::env::var(name).ok();
    let spoken = if runtime::speaks_unicode(variable) { Glyphs::Unicode } else { Glyphs::Ascii };
    let glyphs = if cli.flags.ascii { Glyphs::Ascii } else { config.glyphs.unwrap_or(spoken) };
    let theme = cli.flags.theme.as_deref().or(config.theme.as_deref());
    let depth = runtime::color_depth(variable);
    let light = || runtime::is_light(variable);
    let (look, theme_complaint) = config::look(theme, folder.as_deref(), depth, glyphs, light);
    complaints.extend(theme_complaint);
    let (keymap, key_complaints) = Keymap::of(&config.keys);
    complaints.extend(key_complaints);
    complaints.iter().for_each(|complaint| tracing::warn!(complaint, "configuration"));
    let (mut on_sandbox, mut alert) = (wants_sandbox(cli), cli.alert.clone());
    loop {
        #[cfg(feature = "sandbox")]
        let sandbox = if on_sandbox { Some(own_sandbox(cli)?) } else { None };
        #[cfg(feature = "sandbox")]
        let own = sandbox.as_ref().map(|sandbox| (sandbox.url(), sandbox.region().to_owned()));
        #[cfg(not(feature = "sandbox"))]
        let own = on_sandbox.then(<(String, String)>::default);
        let (environments, at) = environments(&config, &cli.flags, (own, sandbox_pipeline(cli)));
        let start = runtime::Start {
            environments,
            at,
            planner_options: config.planner_options(Mode::Schedule(None)),
            look: look.clone(),
            themes: config::themes(folder.as_deref(), depth),
            keymap: keymap.clone(),
            refresh: refresh_intervals(&config),
            mouse: config.mouse.unwrap_or(true),
            folder: store::state_folder(),
            alert: alert.take(),
            profiles: profiles(&config, &cli.flags, on_sandbox),
            notice: (!complaints.is_empty()).then(|| std::mem::take(&mut complaints).join(" · ")),
        };
        match block_on(runtime::run(start))? {
            Leave::Done => return Ok(Exit::Done),
            Leave::ForSandbox if cfg!(feature = "sandbox") => on_sandbox = true,
            Leave::ForSandbox => {
                eprintln!("gluedeck: this build has no sandbox");
                return Ok(Exit::Usage);
            }
        }
    }
}

/// The profiles of the AWS configuration; with a sandbox of our own none is read.
fn profiles(config: &Config, flags: &Flags, on_sandbox: bool) -> runtime::Profiles {
    let names = if on_sandbox { Vec::new() } else { gluedeck_aws::known_profiles().into_iter().collect() };
    let (config, read_only) = (config.clone(), flags.read_only);
    let environment = Box::new(move |name: &str| {
        let options = configured_session_options(&config, name);
        let read_only = options.read_only || read_only;
        environment_options(&config, name, SessionOptions { profile: Some(name.to_owned()), read_only, ..options })
    });
    runtime::Profiles { names, environment }
}

fn refresh_intervals(config: &Config) -> app::RefreshIntervals {
    let usual = app::RefreshIntervals::default();
    let seconds = |own: Option<u64>, usual| own.map_or(usual, std::time::Duration::from_secs);
    app::RefreshIntervals {
        busy: seconds(config.refresh.busy, usual.busy),
        idle: seconds(config.refresh.idle, usual.idle),
    }
}

/// The environments, and which of them to start in: all of the configuration, and the one that is asked for. A sandbox of
/// our own stands alone, and no credentials are read for it.
fn environments(
    config: &Config,
    flags: &Flags,
    (sandbox, pipeline_file): (Option<(String, String)>, Option<PathBuf>),
) -> (Vec<runtime::EnvironmentOptions>, usize) {
    if let Some((url, region)) = sandbox {
        let own = session_options(flags, config, "sandbox");
        let options = SessionOptions {
            endpoint_url: Some(url),
            region: own.region.or(Some(region)),
            profile: None,
            credentials: Credentials::Dummy,
            ..own
        };
        let own = environment_options(config, "sandbox", options);
        return (vec![runtime::EnvironmentOptions { pipeline_file, ..own }], 0);
    }
    let first = environment(config, flags);
    let mut names: Vec<String> = config.environments().map(str::to_owned).collect();
    if !names.contains(&first) {
        names.insert(0, first.clone());
    }
    let at = names.iter().position(|name| *name == first).unwrap_or(0);
    let environments = names.iter().enumerate().map(|(n, name)| {
        let options =
            if n == at { session_options(flags, config, name) } else { configured_session_options(config, name) };
        let read_only = options.read_only || flags.read_only;
        environment_options(config, name, SessionOptions { read_only, ..options })
    });
    (environments.collect(), at)
}

/// The file that a sandbox of our own runs, with which it is compared.
#[cfg(feature = "sandbox")]
fn sandbox_pipeline(cli: &Cli) -> Option<PathBuf> {
    cli.pipeline.clone()
}

#[cfg(not(feature = "sandbox"))]
fn sandbox_pipeline(_: &Cli) -> Option<PathBuf> {
    None
}

#[cfg(feature = "sandbox")]
fn wants_sandbox(cli: &Cli) -> bool {
    cli.sandbox
}

#[cfg(not(feature = "sandbox"))]
fn wants_sandbox(_: &Cli) -> bool {
    false
}

/// The sandbox behind `--sandbox`; gone with the console.
#[cfg(feature = "sandbox")]
fn own_sandbox(cli: &Cli) -> io::Result<gluedeck_sandbox::Sandbox> {
    let mut options = gluedeck_sandbox::Options {
        pipeline: cli.pipeline.clone(),
        workflows: cli.workflows.map(|count| count as usize),
        prepare: true,
        ..Default::default()
    };
    if let Some(scenario) = &cli.scenario {
        options.scenario.clone_from(scenario);
    }
    gluedeck_sandbox::Sandbox::start(&options)
}
