//! `gluedeck check`: whether pipelines are well, one verdict a line.

use super::facts::{Snapshot, find_all};
use super::output::{self, Output, rfc3339};
use super::{Exit, report_fault};
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::check::{self, Finding, Scope, Verdict};
use gluedeck_core::analysis::drift::GetDrift;
use gluedeck_core::analysis::words::counted;
use gluedeck_core::domain::{Fault, PipelineId};
use gluedeck_tui::ui::text::clean;
use serde_json::Value;
use std::io;
use std::path::PathBuf;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Names; all pipelines if there are none.
    pub pipelines: Vec<String>,
    pub scope: Scope,
    /// The verdicts that make the exit code 1.
    pub fail_on: Vec<Verdict>,
    pub output: Output,
    /// The file that the pipeline is deployed from, and the environment's name: what drift is against.
    pub deployed_from: Option<(PathBuf, String)>,
}

/// Checks pipelines and prints what was found.
///
/// # Errors
/// If stdout cannot be written.
pub async fn check(gateway: &Gateway, options: &CheckOptions) -> io::Result<Exit> {
    let wants_drift = options.fail_on.contains(&Verdict::Drift);
    if wants_drift && options.deployed_from.is_none() {
        eprintln!("gluedeck: no file to look for drift against: set `pipeline` of this environment in config.toml");
        return Ok(Exit::Usage);
    }
    let (snapshot, ids) = match read_all(gateway, &options.pipelines, None).await {
        Checked::Read(snapshot, ids) => (*snapshot, ids),
        Checked::Failed(fault) => return Ok(report_fault(&fault)),
        Checked::Misused => return Ok(Exit::Usage),
    };
    let wanted = |id: &PipelineId| ids.contains(id);
    let mut findings = check::check(&snapshot, &options.scope, &wanted);
    if let Some((file, environment)) = options.deployed_from.clone().filter(|_| wants_drift) {
        match gateway.perform(GetDrift { file, environment }).await {
            Ok(drift) => add_drift(&mut findings, check::drift(&drift.differences, &wanted)),
            Err(fault) => findings.push(unread_drift(&fault)),
        }
    }
    check::sort(&mut findings);
    print(&findings, options.output)?;
    Ok(verdict(&findings, &options.fail_on))
}

/// A reading of the account.
pub(super) enum Checked {
    /// With the pipelines that are wanted.
    Read(Box<Snapshot>, Vec<PipelineId>),
    Failed(Fault),
    /// A name is of no pipeline, or of several; that has been said.
    Misused,
}

/// Reads the pipelines with their earlier runs. What has not changed since the reading before is taken from there.
pub(super) async fn read_all(gateway: &Gateway, names: &[String], earlier: Option<&mut Snapshot>) -> Checked {
    let mut snapshot = match Snapshot::read(gateway).await {
        Ok(snapshot) => snapshot,
        Err(fault) => return Checked::Failed(fault),
    };
    // What is outside of workflows is a part of the answer, and so it must be readable.
    if let Err(fault) = snapshot.try_read_standalone(gateway).await {
        return Checked::Failed(fault);
    }
    let ids = if names.is_empty() {
        snapshot.workflows.iter().map(|pipeline| pipeline.id.clone()).collect()
    } else {
        match find_all(&snapshot, names, gateway) {
            Ok(ids) => ids,
            Err(error) => {
                eprintln!("gluedeck: {}", clean(&error.to_string()));
                return Checked::Misused;
            }
        }
    };
    let changed = match earlier {
        Some(earlier) => snapshot.take_unchanged(earlier, &ids),
        None => ids.clone(),
    };
    snapshot.read_histories(gateway, &changed).await;
    Checked::Read(Box::new(snapshot), ids)
}

/// A pipeline that differs from its file is not fine.
fn add_drift(findings: &mut Vec<Finding>, drift: Vec<Finding>) {
    let is_well = |finding: &Finding| matches!(finding.verdict, Verdict::Fine | Verdict::Off);
    findings.retain(|finding| !is_well(finding) || !drift.iter().any(|other| other.pipeline == finding.pipeline));
    findings.extend(drift);
}

fn unread_drift(fault: &Fault) -> Finding {
    Finding::plain(Verdict::Unknown, "drift".to_owned(), format!("drift could not be read: {fault}"))
}

/// 1 where something is wrong that counts, 3 where that could not be told of everything.
fn verdict(findings: &[Finding], fail_on: &[Verdict]) -> Exit {
    let bad = findings.iter().filter(|finding| fail_on.contains(&finding.verdict)).count();
    let unknown = findings.iter().filter(|finding| finding.verdict == Verdict::Unknown).count();
    if bad > 0 {
        eprintln!("gluedeck: {}", counted(bad, "problem"));
    }
    if unknown > 0 {
        eprintln!("gluedeck: {} could not be checked", counted(unknown, "pipeline"));
    }
    match (bad, unknown) {
        (0, 0) => Exit::Done,
        (0, _) => Exit::Unreachable,
        _ => Exit::Failed,
    }
}

const HEADING: [&str; 6] = ["VERDICT", "PIPELINE", "STEP", "STATE", "SINCE", "WHY"];

fn print(findings: &[Finding], output: Output) -> io::Result<()> {
    match output {
        Output::Json => output::json(&Value::Array(findings.iter().map(Finding::json).collect())),
        Output::Csv => output::csv(&HEADING, findings.iter().map(|finding| row(finding, finding.verdict.word()))),
        _ => {
            let rows: Vec<_> = findings.iter().map(|finding| row(finding, finding.verdict.title())).collect();
            output::table(&HEADING, &[], &rows)
        }
    }
}

fn row(finding: &Finding, verdict: &str) -> Vec<String> {
    vec![
        verdict.to_owned(),
        finding.pipeline.as_ref().map(ToString::to_string).unwrap_or_default(),
        finding.step.as_ref().map(|step| step.name().to_owned()).unwrap_or_default(),
        finding.state.clone().unwrap_or_default(),
        finding.at.map(rfc3339).unwrap_or_default(),
        finding.text.clone(),
    ]
}
