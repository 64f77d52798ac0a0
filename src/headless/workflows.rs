//! `gluedeck workflows`: every workflow with its outcome and the state of every trigger.

use super::output::{self, Output, rfc3339};
use super::{Exit, all_workflows, now, report_fault};
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::reason::{Evidence, duration, reason, start_is_off};
use gluedeck_core::analysis::{cells, outcome, report};
use gluedeck_core::domain::{Time, Workflow};
use gluedeck_core::request::GetDpuLimit;
use gluedeck_tui::ui::Glyphs;
use serde_json::Value;
use std::io;

/// Prints all workflows.
///
/// # Errors
/// If stdout cannot be written.
pub async fn workflows(gateway: &Gateway, output: Output) -> io::Result<Exit> {
    let mut all = match all_workflows(gateway).await {
        Ok(all) => all,
        Err(fault) => return Ok(report_fault(&fault)),
    };
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let now = now(gateway).await;
    // Without it the reasons say less, and are as true.
    let limit = gateway.perform(GetDpuLimit).await.ok();
    let why = |workflow: &Workflow| {
        let evidence = Evidence { workflows: &all, dpu_limit: limit, history: None, now };
        let off = start_is_off(workflow).map(|state| format!("start trigger {state}"));
        reason(workflow, evidence).map(|reason| reason.text).or(off)
    };
    match output {
        Output::Json => output::json(&Value::Array(all.iter().map(|w| report::workflow(w, why(w), now)).collect()))?,
        Output::Csv => output::csv(&HEADING, all.iter().map(|w| row(w, why(w), now)))?,
        _ => {
            let rows: Vec<_> = all
                .iter()
                .map(|w| {
                    let mut row = row(w, why(w), now);
                    // People read the table; CSV and JSON have the words that programs know.
                    outcome::of_workflow(w).title().clone_into(&mut row[1]);
                    row
                })
                .collect();
            output::table(&HEADING, &[4, 5], &rows)?;
        }
    }
    Ok(Exit::Done)
}

const HEADING: [&str; 7] = ["WORKFLOW", "OUTCOME", "TRIGGERS", "STARTED", "TOOK", "DPU", "WHY"];

fn row(workflow: &Workflow, why: Option<String>, now: Time) -> Vec<String> {
    let run = workflow.last_run.as_ref();
    let cells: String = cells::cells(workflow).iter().map(|cell| Glyphs::Ascii.cell(&cell.state).0).collect();
    vec![
        workflow.name.to_string(),
        outcome::of_workflow(workflow).word().to_owned(),
        cells,
        run.and_then(|run| run.started_on).map(rfc3339).unwrap_or_default(),
        run.and_then(|run| run.elapsed_seconds(now)).map(duration).unwrap_or_default(),
        report::dpu_in_use(run).to_string(),
        why.unwrap_or_default(),
    ]
}
