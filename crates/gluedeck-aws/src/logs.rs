//! CloudWatch Logs: pages of a stream in both directions, pages of a group, and where a job run's streams are.

use super::clients::Clients;
use super::pages::Pages;
use super::{fault, glue};
use aws_sdk_cloudwatchlogs::types::{FilteredLogEvent, OrderBy, OutputLogEvent};
use gluedeck_core::analysis::log::Chunk;
use gluedeck_core::analysis::log::compare::Templates;
use gluedeck_core::analysis::log::streams::{self, LogLocation};
use gluedeck_core::domain::{Fault, FaultKind, JobName, JobRunId, LogLine, LogSource, Part, Time};
use gluedeck_core::request::{
    Comparison, FilterLogEvents, FoundStreams, GroupPage, JobRunFacts, LogPage, LogPosition, StreamsOf,
};
use std::sync::Arc;

/// Pages without events that are passed over before a reader is told that it goes on: CloudWatch cuts pages by time, so
/// that gaps are empty pages.
const EMPTY: usize = 3;

/// Part of a stream, in at most `calls` calls that have something to tell. The end is reached when the token that was
/// sent comes back; a forward one, sent again later, yields what was written since (CloudWatch Logs, GetLogEvents).
///
/// # Errors
/// If the first call fails. What has been read before another fails is answered, with where to go on.
pub(super) async fn page(
    clients: &Clients,
    source: &LogSource,
    position: LogPosition,
    calls: usize,
) -> Result<LogPage, Fault> {
    let backwards = matches!(position, LogPosition::End(_) | LogPosition::Before(_));
    let mut whole = LogPage { missing: false, chunk: Chunk::default(), forward: None, backward: None, at_end: false };
    let mut pages: Vec<Chunk> = Vec::new();
    let mut position = position;
    let mut left = calls.max(1) + EMPTY;
    let mut first = true;
    while left > EMPTY || (whole.chunk.is_empty() && pages.is_empty() && left > 0) {
        let read = match call(clients, source, &position).await {
            Ok(read) => read,
            Err(fault) if first && fault.kind == FaultKind::NotFound => {
                // A run that has just started has no stream yet.
                return Ok(LogPage { missing: true, at_end: true, ..whole });
            }
            Err(fault) if first => return Err(fault),
            Err(_) => break,
        };
        left -= 1;
        if first || !backwards {
            whole.forward = read.forward.clone();
        }
        if first || backwards {
            whole.backward = read.backward.clone();
        }
        first = false;
        pages.push(read.chunk);
        let next = if backwards { read.backward } else { read.forward };
        let sent = match &position {
            LogPosition::After(token) | LogPosition::Before(token) => Some(token.clone()),
            LogPosition::From(_) | LogPosition::End(_) => None,
        };
        whole.at_end = next.is_none() || next == sent;
        match next {
            Some(token) if !whole.at_end => {
                position = if backwards { LogPosition::Before(token) } else { LogPosition::After(token) };
            }
            _ => break,
        }
    }
    if backwards {
        pages.reverse();
    }
    let mut pages = pages.into_iter();
    whole.chunk = pages.next().unwrap_or_default();
    for page in pages {
        whole.chunk.append(&page);
    }
    Ok(whole)
}

struct Read {
    chunk: Chunk,
    forward: Option<String>,
    backward: Option<String>,
}

async fn call(clients: &Clients, source: &LogSource, position: &LogPosition) -> Result<Read, Fault> {
    let call = clients.logs().await.get_log_events().log_group_name(&source.group).log_stream_name(&source.stream);
    let call = match position {
        LogPosition::From(from) => call.start_from_head(true).set_start_time(from.map(|from| from.timestamp_millis())),
        LogPosition::End(to) => call.start_from_head(false).set_end_time(to.map(|to| to.timestamp_millis())),
        // With a forward token, startFromHead must be true.
        LogPosition::After(token) => call.start_from_head(true).next_token(token),
        LogPosition::Before(token) => call.start_from_head(false).next_token(token),
    };
    let answer = call.send().await.map_err(|error| fault::of("GetLogEvents", &error))?;
    let wanted = |line: &LogLine| {
        // Lines of a crawl begin with its id, in brackets or without.
        source.prefix.as_ref().is_none_or(|prefix| line.message.get(..80).unwrap_or(&line.message).contains(prefix))
    };
    Ok(Read {
        forward: answer.next_forward_token().map(str::to_owned),
        backward: answer.next_backward_token().map(str::to_owned),
        chunk: Chunk::of(answer.events.unwrap_or_default().into_iter().map(line).filter(wanted)),
    })
}

fn line(event: OutputLogEvent) -> LogLine {
    LogLine {
        at: event.timestamp.and_then(Time::from_timestamp_millis),
        ingested: event.ingestion_time.and_then(Time::from_timestamp_millis),
        message: event.message.unwrap_or_default(),
    }
}

/// Events of a whole group, interleaved by time (CloudWatch Logs, FilterLogEvents).
pub(super) async fn group(clients: &Clients, question: FilterLogEvents) -> Result<GroupPage, Fault> {
    let call = clients
        .logs()
        .await
        .filter_log_events()
        .log_group_name(question.group)
        .set_log_stream_name_prefix(question.prefix)
        .set_start_time(question.from.map(|at| at.timestamp_millis()))
        .set_end_time(question.to.map(|at| at.timestamp_millis()))
        .set_next_token(question.token);
    let answer = call.send().await.map_err(|error| fault::of("FilterLogEvents", &error))?;
    let event = |event: FilteredLogEvent| {
        let line = LogLine {
            at: event.timestamp.and_then(Time::from_timestamp_millis),
            ingested: event.ingestion_time.and_then(Time::from_timestamp_millis),
            message: event.message.unwrap_or_default(),
        };
        (event.log_stream_name.unwrap_or_default(), event.event_id.unwrap_or_default(), line)
    };
    let events = answer.events.unwrap_or_default().into_iter().map(event).collect();
    Ok(GroupPage { events, next: answer.next_token })
}

/// Where a log is.
pub(super) async fn streams(clients: &Clients, of: &StreamsOf) -> Result<FoundStreams, Fault> {
    match of {
        StreamsOf::Run { job, run } => {
            let (facts, groups) = of_run(clients, job, run.as_ref()).await?;
            Ok(FoundStreams { facts: Some(facts), groups })
        }
        StreamsOf::Group { group, prefix } => {
            let sources = of_group(clients, group, prefix).await?;
            Ok(FoundStreams { facts: None, groups: vec![(group.clone(), Ok(sources))] })
        }
    }
}

/// The streams of a group that begin so; without a prefix one page of those with the newest events.
async fn of_group(clients: &Clients, group: &str, prefix: &str) -> Result<Vec<LogSource>, Fault> {
    let call = clients.logs().await.describe_log_streams().log_group_name(group);
    // The order of the last event is not to be had with a prefix (CloudWatch Logs, DescribeLogStreams).
    let call = match prefix {
        "" => call.order_by(OrderBy::LastEventTime).descending(true),
        prefix => call.log_stream_name_prefix(prefix),
    };
    let answer = call.send().await.map_err(|error| fault::of("DescribeLogStreams", &error))?;
    let names = answer.log_streams.iter().flatten().filter_map(|stream| stream.log_stream_name());
    Ok(names.map(|name| streams::of_group(group, name)).collect())
}

type StreamsByGroup = Vec<(String, Result<Vec<LogSource>, Fault>)>;

/// Where the log of a job's run is, or of its latest one: the groups that its settings lead to, and the streams there
/// that begin as the run's do. A group that cannot be read does not hide the others.
async fn of_run(
    clients: &Clients,
    job: &JobName,
    run: Option<&JobRunId>,
) -> Result<(JobRunFacts, StreamsByGroup), Fault> {
    let facts = glue::job_run(clients, job, run).await?;
    let groups = facts.log_location.groups();
    let mut asked = Vec::new();
    for group in &groups {
        asked.push(streams_in(clients, &facts.log_location, group));
    }
    let found = futures::future::join_all(asked).await;
    let groups = groups.clone().into_iter().zip(found).collect();
    Ok((facts, groups))
}

pub(super) async fn streams_in(
    clients: &Clients,
    log_location: &LogLocation,
    group: &str,
) -> Result<Vec<LogSource>, Fault> {
    let mut sources = Vec::new();
    for prefix in log_location.prefixes() {
        let (mut token, mut pages) = (None, Pages::default());
        loop {
            // By prefix they come by name: in the order of their last event is not to be had with one.
            let call = clients.logs().await.describe_log_streams().log_group_name(group).log_stream_name_prefix(prefix);
            let answer = call.set_next_token(token).send().await;
            let answer = match answer.map_err(|error| fault::of("DescribeLogStreams", &error)) {
                Ok(answer) => answer,
                Err(fault) if fault.kind == FaultKind::NotFound => return Ok(sources),
                Err(fault) => return Err(fault),
            };
            let names = answer.log_streams.iter().flatten().filter_map(|stream| stream.log_stream_name());
            sources.extend(names.filter_map(|name| log_location.source(group, name)));
            token = pages.next(answer.next_token);
            if token.is_none() {
                break;
            }
        }
    }
    Ok(sources)
}

/// Runs that are looked at for a good one.
const RUNS: i32 = 200;
/// Calls a stream of the successful run at most: templates need no more.
const CALLS: usize = 20;

/// What differs from the log of the job's last successful run before this one.
pub(super) async fn compare(
    clients: &Clients,
    job: &JobName,
    run: &JobRunId,
    here: &[Arc<Chunk>],
) -> Result<Comparison, Fault> {
    let call = clients.glue().await.get_job_runs().job_name(job.as_str()).max_results(RUNS);
    let runs = call.send().await.map_err(|error| fault::of("GetJobRuns", &error))?.job_runs.unwrap_or_default();
    let own = runs.iter().find(|other| other.id() == Some(run.as_str())).and_then(|run| run.started_on());
    let good = runs.iter().filter(|other| {
        let earlier = own.zip(other.started_on()).is_none_or(|(own, started)| started < own);
        other.id() != Some(run.as_str()) && earlier && other.job_run_state().is_some_and(|s| s.as_str() == "SUCCEEDED")
    });
    let good = good.max_by_key(|run| run.started_on().map(|at| at.secs()));
    let nothing = || {
        let text = format!("none of the last {RUNS} runs of {job} before this one SUCCEEDED; nothing to compare with");
        Fault::new(FaultKind::NotFound, "GetJobRuns", text)
    };
    let good = good.and_then(|run| run.id()).map(JobRunId::new).ok_or_else(nothing)?;
    let (facts, groups) = of_run(clients, job, Some(&good)).await?;
    let mut there = Templates::default();
    let sources: Vec<LogSource> = groups.into_iter().filter_map(|(_, sources)| sources.ok()).flatten().collect();
    for source in sources {
        if source.part == Part::Progress {
            continue;
        }
        there.add(&page(clients, &source, LogPosition::End(None), CALLS).await?.chunk);
    }
    let differences = tokio::task::block_in_place(|| {
        let mut own = Templates::default();
        here.iter().for_each(|chunk| own.add(chunk));
        (own.against(&there), own.lines)
    });
    Ok(Comparison {
        run: good,
        started_on: facts.started_on,
        lines: (differences.1, there.lines),
        differences: differences.0,
    })
}
