//! `gluedeck pipeline`: a file against an account, and an account as a file.

use super::changes::{ChangeOptions, carry_out};
use super::facts::Snapshot;
use super::output::Output;
use super::pipeline_file::{print_differences, read_file, report_problems};
use super::{Exit, report_fault};
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::plan::apply;
use gluedeck_core::analysis::words::counted;
use gluedeck_core::domain::Fault;
use gluedeck_core::request::{GetAccount, GetDefinitions};
use gluedeck_pipeline::{Definitions, Environment, Imported, Pipeline, import, write};
use gluedeck_tui::ui::text::clean;
use serde_json::json;
use std::io::{self, Write};
use std::path::Path;

/// A file with the account that it is compared with.
pub(super) struct Compared {
    pub(super) pipeline: Pipeline,
    pub(super) environment: Environment,
    pub(super) account: Definitions,
}

impl Compared {
    /// Reads the file and the account. `named` is the environment that is asked for; without one it is that of the account.
    pub(super) async fn read(gateway: &Gateway, path: &Path, named: Option<&str>) -> Result<Self, Exit> {
        let pipeline = read_file(path).map_err(|problems| report_problems(&problems))?;
        let id = gateway.perform(GetAccount).await.map_err(|fault| report_fault(&fault))?;
        let region = gateway.region().unwrap_or_default();
        let environment = match pipeline.environment_of(named, (&id, region)) {
            Ok(environment) => environment.clone(),
            Err(why) => {
                eprintln!("gluedeck: {}: {why}", path.display());
                return Err(Exit::Usage);
            }
        };
        let account = gateway.perform(GetDefinitions).await.map_err(|fault| report_fault(&fault))?;
        Ok(Self { pipeline, environment, account })
    }
}

/// How to exit if the session is not of this environment: its policy holds only where its name is known.
fn other_environment(environment: &Environment, session: &str) -> Option<Exit> {
    let name = &environment.name;
    (session != name).then(|| {
        eprintln!("gluedeck: this account is the environment {name}; add --env {name}, so that its policy holds");
        Exit::Usage
    })
}

/// How to exit if the account is no environment of the file, or one that the session does not name.
pub(super) async fn check_environment(gateway: &Gateway, path: &Path, session: &str) -> Option<Exit> {
    let pipeline = match read_file(path) {
        Ok(pipeline) => pipeline,
        Err(problem) => return Some(report_problems(&problem)),
    };
    let id = match gateway.perform(GetAccount).await {
        Ok(id) => id,
        Err(fault) => return Some(report_fault(&fault)),
    };
    match pipeline.environment_of(None, (&id, gateway.region().unwrap_or_default())) {
        Ok(environment) => other_environment(environment, session),
        Err(why) => {
            eprintln!("gluedeck: {}: {why}; nothing was sent", path.display());
            Some(Exit::Usage)
        }
    }
}

/// Prints how the account differs from the file.
///
/// # Errors
/// If stdout cannot be written.
pub async fn diff_pipeline(gateway: &Gateway, path: &Path, named: Option<&str>, output: Output) -> io::Result<Exit> {
    let compared = match Compared::read(gateway, path, named).await {
        Ok(compared) => compared,
        Err(exit) => return Ok(exit),
    };
    let Compared { pipeline, environment, account } = compared;
    let differences = pipeline.differences(&environment, &account);
    print_differences(&differences, ["FILE", "ACCOUNT"], output)?;
    let made = pipeline.definitions(&environment);
    if differences.is_empty() {
        let (resources, workflows) = (counted(made.resources(), "resource"), counted(made.workflows.len(), "workflow"));
        eprintln!("gluedeck: no drift: {} has {resources} in {workflows} as the file has them", environment.name);
        return Ok(Exit::Done);
    }
    eprintln!("gluedeck: {}: {}", environment.name, counted(differences.len(), "difference"));
    Ok(Exit::Failed)
}

/// Brings the account to what the file says, as far as that is done without CloudFormation.
///
/// # Errors
/// If stdout cannot be written.
pub async fn apply_pipeline(
    gateway: &Gateway,
    path: &Path,
    (named, session): (Option<&str>, &str),
    options: ChangeOptions,
) -> io::Result<Exit> {
    let compared = match Compared::read(gateway, path, named).await {
        Ok(compared) => compared,
        Err(exit) => return Ok(exit),
    };
    let Compared { pipeline, environment, account } = compared;
    if let Some(exit) = other_environment(&environment, session) {
        return Ok(exit);
    }
    let differences = pipeline.differences(&environment, &account);
    if differences.is_empty() {
        eprintln!("gluedeck: nothing to do: {} is as the file says", environment.name);
        return Ok(Exit::Done);
    }
    let (plans, refused) = apply(&differences);
    refused.iter().for_each(|line| eprintln!("gluedeck: {}", clean(line)));
    if plans.is_empty() {
        eprintln!(
            "gluedeck: nothing was sent; `gluedeck pipeline synth` writes the templates, and its deploy.sh deploys them"
        );
        return Ok(Exit::Failed);
    }
    let facts = match Snapshot::read(gateway).await {
        Ok(facts) => facts,
        Err(fault) => return Ok(report_fault(&fault)),
    };
    let each = plans.into_iter().map(|(name, plan)| (name, Ok(plan))).collect();
    let exit = carry_out(gateway, each, &facts, options).await?;
    Ok(if exit == Exit::Done && !refused.is_empty() { Exit::Failed } else { exit })
}

/// Prints the account as a file, and on stderr what does not fit.
///
/// # Errors
/// If stdout or the file cannot be written.
pub async fn import_pipeline(gateway: &Gateway, out: Option<&Path>, output: Output) -> io::Result<Exit> {
    if let Some(path) = out.filter(|path| path.extension().is_none_or(|extension| extension != "json")) {
        eprintln!("gluedeck: {}: an import is JSON; name a .json file", path.display());
        return Ok(Exit::Usage);
    }
    if let Some(path) = out.filter(|path| path.exists()) {
        eprintln!("gluedeck: {} is there already, and is not overwritten; name another file", path.display());
        return Ok(Exit::Usage);
    }
    let read: Result<(String, Definitions), Fault> =
        async { Ok((gateway.perform(GetAccount).await?, gateway.perform(GetDefinitions).await?)) }.await;
    let (id, definitions) = match read {
        Ok(read) => read,
        Err(fault) => return Ok(report_fault(&fault)),
    };
    let Imported { pipeline, misfits } = import(&definitions, &id, gateway.region().unwrap_or_default());
    if pipeline.records.is_empty() {
        eprintln!("gluedeck: no workflow of this account has the form of a record");
    }
    let text = write(&pipeline);
    match out {
        Some(path) => std::fs::write(path, text)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?,
        None => io::stdout().lock().write_all(text.as_bytes())?,
    }
    let place = out.map(|path| format!("{}: ", path.display())).unwrap_or_default();
    eprintln!("gluedeck: {place}{}", counted(pipeline.records.len(), "record"));
    eprintln!("gluedeck: tags, roles and how long logs are kept are not imported");
    if output == Output::Json {
        for misfit in &misfits {
            let line = json!({ "kind": misfit.resource.word(), "name": misfit.name, "reason": misfit.reason });
            eprintln!("{line}");
        }
    } else {
        for misfit in &misfits {
            let line = format!("does not fit: {} {}: {}", misfit.resource.word(), misfit.name, misfit.reason);
            eprintln!("{}", clean(&line));
        }
    }
    Ok(if pipeline.records.is_empty() { Exit::Failed } else { Exit::Done })
}
