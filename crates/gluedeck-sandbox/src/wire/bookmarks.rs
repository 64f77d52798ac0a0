//! Job bookmarks. A job that keeps one has it as soon as a run has succeeded, until it is reset.

use super::Answer;
use super::fault::WireFault;
use super::glue_common::hub_change;
use super::input::Input;
use crate::control::{Control, Hub, Job, JobRun, Refusal};
use serde_json::{Value, json};

pub(super) fn call(hub: &Hub, operation: &str, input: &Input) -> Answer {
    let name = input.required("JobName")?;
    match operation {
        "GetJobBookmark" => hub.read(|c, _| Ok(json!({ "JobBookmarkEntry": entry(c, name)? }))),
        "ResetJobBookmark" => hub_change(hub, |c, now| {
            entry(c, name)?;
            let job = c.jobs.get_mut(name).ok_or_else(|| Refusal::not_found("Job", name))?;
            job.bookmark_reset = Some(now);
            Ok(json!({ "JobBookmarkEntry": { "JobName": name, "Version": 0, "Run": 0, "Attempt": 0 } }))
        }),
        _ => Err(WireFault::unknown_operation(operation)),
    }
}

/// The runs that a bookmark knows of, oldest first.
fn remembered(job: &Job) -> Vec<&JobRun> {
    let enabled = job.arguments.get("--job-bookmark-option").is_some_and(|option| option == "job-bookmark-enable");
    let since = |run: &&JobRun| job.bookmark_reset.is_none_or(|reset| run.started > reset);
    job.runs.iter().filter(|run| enabled && run.state == "SUCCEEDED").filter(since).collect()
}

fn entry(control: &Control, name: &str) -> Result<Value, Refusal> {
    let job = control.jobs.get(name).ok_or_else(|| Refusal::not_found("Job", name))?;
    let runs = remembered(job);
    let Some(last) = runs.last() else {
        return Err(Refusal::new("EntityNotFoundException", format!("Continuation for job {name} not found.")));
    };
    let state = json!({ "datasource0": { "jsonClass": "HadoopDataSourceJobBookmarkState",
        "timestamps": { "RUN": runs.len(), "HIGH_BAND": "900000", "CURR_LATEST_PARTITION": last.started.timestamp_millis() } } });
    Ok(json!({
        "JobName": name,
        "Version": runs.len(),
        "Run": runs.len(),
        "Attempt": last.attempt,
        "PreviousRunId": runs.len().checked_sub(2).and_then(|n| runs.get(n)).map(|run| run.id.clone()),
        "RunId": last.id,
        "JobBookmark": state.to_string(),
    }))
}
