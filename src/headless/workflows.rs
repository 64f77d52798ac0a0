//! `gluedeck workflows`: every workflow with its outcome and the state of every trigger.

use super::output::{self, Output, rfc3339};
use super::{Exit, all_workflows, now, report_fault};
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::reason::{Evidence, duration, reason, start_is_off};
use gluedeck_core::analysis::{cells, outcome, report};
use gluedeck_core::domain::{Pipeline, Time};
use gluedeck_core::request::GetDpuLimit;
use gluedeck_tui::ui::Glyphs;
use serde_json::Value;
use std::io;

/// Prints all workflows.
///
/// # Errors
/// If stdout cannot be written.
pub async fn workflows(gateway: &Gateway, output: Output) -> io::Result<Exit> {
    match all_workflows(gateway).await {
        Ok(mut all) => {
            all.sort_by(|a, b| a.id.cmp(&b.id));
            print(gateway, &all, output, false).await
        }
        Err(fault) => Ok(report_fault(&fault)),
    }
}

/// Prints pipelines, with what each is if they are of several kinds.
pub(super) async fn print(gateway: &Gateway, all: &[Pipeline], output: Output, kinds: bool) -> io::Result<Exit> {
    let now = now(gateway).await;
    // Without it the reasons say less, and are as true.
    let limit = gateway.perform(GetDpuLimit).await.ok();
    let why = |workflow: &Pipeline| {
        let evidence = Evidence { pipelines: all, dpu_limit: limit, history: None, now };
        let off = start_is_off(workflow).map(|state| format!("start trigger {state}"));
        reason(workflow, evidence).map(|reason| reason.text).or(off)
    };
    let mut heading = HEADING.to_vec();
    if kinds {
        heading[0] = "PIPELINE";
        heading.insert(1, "KIND");
    }
    let row = |pipeline: &Pipeline| {
        let mut row = row(pipeline, why(pipeline), now);
        if kinds {
            row.insert(1, pipeline.kind_title());
        }
        row
    };
    let outcome_at = usize::from(kinds) + 1;
    match output {
        Output::Json => output::json(&Value::Array(all.iter().map(|w| report::workflow(w, why(w), now)).collect()))?,
        Output::Csv => output::csv(&heading, all.iter().map(row))?,
        _ => {
            let rows: Vec<_> = all
                .iter()
                .map(|w| {
                    let mut row = row(w);
                    // People read the table; CSV and JSON have the words that programs know.
                    outcome::of_pipeline(w).title().clone_into(&mut row[outcome_at]);
                    row
                })
                .collect();
            output::table(&heading, &[outcome_at + 3, outcome_at + 4], &rows)?;
        }
    }
    Ok(Exit::Done)
}

const HEADING: [&str; 7] = ["WORKFLOW", "OUTCOME", "TRIGGERS", "STARTED", "TOOK", "DPU", "WHY"];

fn row(workflow: &Pipeline, why: Option<String>, now: Time) -> Vec<String> {
    let run = workflow.last_run.as_ref();
    let cells: String = cells::cells(workflow).iter().map(|cell| Glyphs::Ascii.cell(&cell.state).0).collect();
    vec![
        workflow.id.to_string(),
        outcome::of_pipeline(workflow).word().to_owned(),
        cells,
        run.and_then(|run| run.started_on).map(rfc3339).unwrap_or_default(),
        run.and_then(|run| run.elapsed_seconds(now)).map(duration).unwrap_or_default(),
        report::dpu_in_use(run).to_string(),
        why.unwrap_or_default(),
    ]
}
