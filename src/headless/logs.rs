//! `gluedeck logs`: the log of a job run, its streams merged by time, followed if asked.

use super::output::{self, Output, rfc3339};
use super::{Exit, complain};
use crate::aws::{Gateway, read_clock};
use crate::domain::{Fault, FaultKind, JobName, JobRunId, LogLine, LogSource, Time};
use crate::flow::request::{JobRunFacts, LogPage};
use crate::flow::{Reply, Request};
use serde_json::json;
use std::io;
use std::time::Duration;

/// How often a followed log is asked for more.
const PACE: Duration = Duration::from_secs(2);
/// How long after the end of a run late lines are waited for, in seconds of AWS's time.
const SETTLING: i64 = 90;

/// Prints the log of a job's run; without a run, of the latest one.
///
/// # Errors
/// If stdout cannot be written.
pub async fn logs(
    gateway: &Gateway,
    job: &JobName,
    run: Option<JobRunId>,
    follow: bool,
    output: Output,
) -> io::Result<Exit> {
    let facts = match job_run(gateway, job, run).await {
        Ok(facts) => facts,
        Err(fault) => return Ok(complain(&fault)),
    };
    let base = facts.log_group.as_deref().unwrap_or("/aws-glue/jobs").trim_end_matches('/').to_owned();
    let source = |label| LogSource { group: format!("{base}/{label}"), stream: facts.id.to_string(), label };
    let sources = [source("output"), source("error")];
    let mut tokens = [None, None];
    let mut printed = 0;
    loop {
        let facts = if follow { job_run(gateway, job, Some(facts.id.clone())).await } else { Ok(facts.clone()) };
        let batch = match read_on(gateway, &sources, &mut tokens).await {
            Ok(batch) => batch,
            Err(fault) if follow && fault.is_passing() => {
                eprintln!("gluedeck: {fault}; trying again");
                tokio::time::sleep(PACE).await;
                continue;
            }
            Err(fault) => return Ok(complain(&fault)),
        };
        printed += batch.len();
        for (source, line) in &batch {
            print(source, line, output)?;
        }
        let over = facts.is_ok_and(|facts| facts.completed_on.is_some());
        if !follow || (over && batch.is_empty() && settled(gateway, job, &sources).await) {
            break;
        }
        let speed = match gateway.endpoint() {
            Some(endpoint) => read_clock(endpoint).await.map_or(1.0, |reading| reading.speed),
            None => 1.0,
        };
        tokio::time::sleep(PACE.div_f64(speed.clamp(1.0, 10.0))).await;
    }
    if printed == 0 {
        eprintln!("gluedeck: {job}: {} has no log lines (yet)", sources[0].stream);
    }
    Ok(Exit::Done)
}

/// Whether the run ended long enough ago that nothing late will come.
async fn settled(gateway: &Gateway, job: &JobName, sources: &[LogSource; 2]) -> bool {
    let run = job_run(gateway, job, Some(JobRunId::new(sources[0].stream.clone()))).await;
    let ended = run.ok().and_then(|facts| facts.completed_on);
    let now = super::now(gateway).await;
    ended.is_some_and(|ended| (now - ended).num_seconds() > SETTLING)
}

async fn job_run(gateway: &Gateway, job: &JobName, run: Option<JobRunId>) -> Result<JobRunFacts, Fault> {
    match gateway.perform(Request::JobRun { job: job.clone(), run }).await? {
        Reply::JobRun(facts) => Ok(facts),
        _ => Err(Fault::new(FaultKind::Garbled, "GetJobRun", "an answer of another kind")),
    }
}

/// Everything that the streams hold beyond the tokens, merged by time.
async fn read_on<'s>(
    gateway: &Gateway,
    sources: &'s [LogSource; 2],
    tokens: &mut [Option<String>; 2],
) -> Result<Vec<(&'s LogSource, LogLine)>, Fault> {
    let mut batch = Vec::new();
    for (source, token) in sources.iter().zip(tokens) {
        loop {
            let request = Request::LogPage { source: source.clone(), token: token.clone(), from: None };
            let page: LogPage = match gateway.perform(request).await? {
                Reply::LogPage(page) => page,
                _ => return Err(Fault::new(FaultKind::Garbled, "GetLogEvents", "an answer of another kind")),
            };
            batch.extend(page.lines.into_iter().map(|line| (source, line)));
            if page.token.is_some() {
                *token = page.token;
            }
            if page.at_end {
                break;
            }
        }
    }
    batch.sort_by_key(|(_, line)| line.at);
    Ok(batch)
}

fn print(source: &LogSource, line: &LogLine, output: Output) -> io::Result<()> {
    let time = |at: Option<Time>| at.map(rfc3339);
    match output {
        Output::Json => output::json(&json!({
            "timestamp": time(line.at), "ingested": time(line.ingested),
            "group": source.group, "stream": source.stream, "message": line.message,
        })),
        _ => output::line(&format!(
            "{} {:<6} {}",
            time(line.at).unwrap_or_default(),
            source.label,
            line.message.trim_end()
        )),
    }
}
