//! `gluedeck pipelines`, `jobs`, `crawlers` and `triggers`: what there is in the account, in workflows and outside of them.

use super::output::{self, Output, rfc3339};
use super::workflows;
use super::{Exit, all_workflows, now, report_fault};
use futures::future::join_all;
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::reason::duration;
use gluedeck_core::analysis::report;
use gluedeck_core::domain::{Fault, Pipeline, StepRun, Target, Time};
use gluedeck_core::request::{GetPipelineRuns, ListStandalone};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;

/// Everything that starts together and is judged together.
///
/// # Errors
/// If the account cannot be listed. A pipeline whose runs cannot be read is one of which nothing is known, and is told.
pub(super) async fn all_pipelines(gateway: &Gateway) -> Result<Vec<Pipeline>, Fault> {
    let (workflows, standalone) = tokio::join!(all_workflows(gateway), gateway.perform(ListStandalone));
    let (mut all, standalone) = (workflows?, standalone?);
    let reads = standalone.into_iter().map(async |mut pipeline| {
        match gateway.perform(GetPipelineRuns::of(&pipeline)).await {
            Ok(runs) => pipeline.take_runs(&runs),
            Err(fault) => eprintln!("gluedeck: {}: {fault}", pipeline.id),
        }
        pipeline
    });
    all.extend(join_all(reads).await);
    all.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(all)
}

/// Prints all pipelines.
///
/// # Errors
/// If stdout cannot be written.
pub async fn pipelines(gateway: &Gateway, output: Output) -> io::Result<Exit> {
    match all_pipelines(gateway).await {
        Ok(all) => workflows::print(gateway, &all, output, true).await,
        Err(fault) => Ok(report_fault(&fault)),
    }
}

/// What `jobs` and `crawlers` list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    Jobs,
    Crawlers,
}

/// Prints all jobs or all crawlers, each with its last run in the pipeline that it belongs to.
///
/// # Errors
/// If stdout cannot be written.
pub async fn targets(gateway: &Gateway, listed: Listed, output: Output) -> io::Result<Exit> {
    let all = match all_pipelines(gateway).await {
        Ok(all) => all,
        Err(fault) => return Ok(report_fault(&fault)),
    };
    let now = now(gateway).await;
    let wanted = |target: &Target| matches!(target, Target::Job(_)) == (listed == Listed::Jobs);
    // One that several pipelines start is listed once.
    let mut found: BTreeMap<&Target, &Pipeline> = BTreeMap::new();
    for pipeline in &all {
        for target in pipeline.targets().into_iter().filter(|target| wanted(target)) {
            found.entry(target).or_insert(pipeline);
        }
    }
    let rows = found.iter().map(|(target, pipeline)| row(target, pipeline, now));
    match output {
        Output::Json => {
            let value = |(target, pipeline): (&&Target, &&Pipeline)| {
                let mut value = report::target(target, pipeline.last_run.as_ref(), now);
                value["pipeline"] = json!(pipeline.id.as_str());
                value["pipeline_kind"] = json!(pipeline.id.kind().word());
                value
            };
            output::json(&Value::Array(found.iter().map(value).collect()))?;
        }
        Output::Csv => output::csv(&HEADING, rows)?,
        _ => output::table(&HEADING, &[4], &rows.collect::<Vec<_>>())?,
    }
    Ok(Exit::Done)
}

const HEADING: [&str; 6] = ["NAME", "STATE", "PIPELINE", "STARTED", "TOOK", "ERROR"];

fn row(target: &Target, pipeline: &Pipeline, now: Time) -> Vec<String> {
    let last = pipeline.last_run.as_ref().and_then(|run| run.step(target)).and_then(StepRun::last);
    let text = |text: Option<String>| text.unwrap_or_default();
    vec![
        target.name().to_owned(),
        text(last.map(|attempt| attempt.state.word().to_owned())),
        format!("{} {}", pipeline.id.kind(), pipeline.id),
        text(last.and_then(|attempt| attempt.started_on).map(rfc3339)),
        text(last.and_then(|attempt| attempt.elapsed_seconds(now)).map(duration)),
        text(last.and_then(|attempt| attempt.error.clone())),
    ]
}

/// Prints all triggers.
///
/// # Errors
/// If stdout cannot be written.
pub async fn triggers(gateway: &Gateway, output: Output) -> io::Result<Exit> {
    let (workflows, standalone) = tokio::join!(all_workflows(gateway), gateway.perform(ListStandalone));
    let all = match workflows.and_then(|mut all| {
        Ok({
            all.extend(standalone?);
            all
        })
    }) {
        Ok(all) => all,
        Err(fault) => return Ok(report_fault(&fault)),
    };
    let now = now(gateway).await;
    let mut values: Vec<Value> = Vec::new();
    for pipeline in &all {
        for trigger in pipeline.triggers.iter().filter(|trigger| !pipeline.is_own_schedule(trigger)) {
            let mut value = report::trigger(trigger, pipeline.last_run.as_ref(), now);
            value["pipeline"] = json!(pipeline.id.as_str());
            value["pipeline_kind"] = json!(pipeline.id.kind().word());
            values.push(value);
        }
    }
    values.sort_by_key(|value| value["name"].as_str().map(str::to_owned));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |value: &Value| {
        let pipeline = format!("{} {}", text(&value["pipeline_kind"]), text(&value["pipeline"]));
        let of = ["name", "type", "state", "schedule", "next_fire"].map(|key| text(&value[key]));
        of.into_iter().chain([pipeline]).collect::<Vec<_>>()
    };
    let heading = ["NAME", "TYPE", "STATE", "SCHEDULE", "NEXT", "PIPELINE"];
    match output {
        Output::Csv => output::csv(&heading, values.iter().map(row))?,
        Output::Json => output::json(&Value::Array(values))?,
        _ => output::table(&heading, &[], &values.iter().map(row).collect::<Vec<_>>())?,
    }
    Ok(Exit::Done)
}
