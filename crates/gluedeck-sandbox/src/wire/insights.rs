//! CloudWatch Logs Insights: queries over log groups. A query reads the events of its time at once, and is Complete when they
//! are read.

use super::Answer;
use super::fault::WireFault;
use super::input::Input;
use super::logs::{group_of_arn, invalid, known_group};
use crate::backend::Backend;
use crate::control::Time;
use crate::insights::{self, AnswerRow, Event, EventSource, Malformed, Query, Row, Scanned, StartedQuery};
use crate::logs::{self, MAX_INGESTION_DELAY};
use chrono::DateTime;
use serde_json::{Value as Json, json};
use std::sync::{Arc, MutexGuard};

/// Letters of a query (CloudWatch Logs service model, StartQuery).
const MAX_QUERY: usize = 10_000;
/// Rows of a page of results.
const PAGE: usize = 10_000;
/// Queries that are remembered.
const MAX_QUERIES: usize = 1_000;

pub(super) fn call(backend: &Backend, operation: &str, input: &Input) -> Option<Answer> {
    Some(match operation {
        "StartQuery" => start(backend, input),
        "GetQueryResults" => results(backend, input),
        "StopQuery" => stop(backend, input),
        "DescribeQueries" => describe(backend, input),
        "GetLogRecord" => record(backend, input),
        _ => return None,
    })
}

fn started(backend: &Backend) -> MutexGuard<'_, Vec<StartedQuery>> {
    backend.log_queries.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn malformed(error: &Malformed) -> WireFault {
    let message = format!("{} ([{},{}])", error.message, error.from, error.to);
    let location = json!({ "startCharOffset": error.from, "endCharOffset": error.to });
    WireFault::new("MalformedQueryException", message)
        .with("queryCompileError", json!({ "location": location, "message": error.message }))
}

fn start(backend: &Backend, input: &Input) -> Answer {
    let text = input.required("queryString")?;
    if text.chars().count() > MAX_QUERY {
        return Err(invalid("1 validation error detected: queryString must have length less than or equal to 10000"));
    }
    let (from, to) = match (input.integer("startTime")?, input.integer("endTime")?) {
        (Some(from), Some(to)) if from <= to => (from, to),
        (Some(_), Some(_)) => return Err(invalid("End time should not be less than start time")),
        _ => return Err(invalid("startTime and endTime must not be null")),
    };
    let limit = input.integer("limit")?;
    if limit.is_some_and(|limit| !(1..=100_000).contains(&limit)) {
        return Err(invalid("limit must have value between 1 and 100000"));
    }
    let groups = groups(backend, input)?;
    let query = insights::parse(text).map_err(|error| malformed(&error))?;
    let now = backend.hub.now();
    let span = (from.saturating_mul(1_000), to.saturating_mul(1_000).saturating_add(999));
    let (events, scanned) = events(backend, &query, &groups, span);
    let found = insights::run(&query, events, limit.and_then(|limit| usize::try_from(limit).ok()), now);
    let mut started = started(backend);
    let id =
        backend.lake.world.uuid(&format!("insights {} {text} {now}", started.last().map_or("", |query| &query.id)));
    if started.len() == MAX_QUERIES {
        started.remove(0);
    }
    let query =
        StartedQuery { id: id.clone(), text: text.to_owned(), groups, started: now, found: Arc::new(found), scanned };
    started.push(query);
    Ok(json!({ "queryId": id }))
}

/// The groups of a query, which are said in exactly one way.
fn groups(backend: &Backend, input: &Input) -> Result<Vec<String>, WireFault> {
    let ways = [
        input.text("logGroupName")?.map(|name| vec![name.to_owned()]).unwrap_or_default(),
        input.texts("logGroupNames")?,
        input.texts("logGroupIdentifiers")?.iter().map(|arn| group_of_arn(arn).to_owned()).collect(),
    ];
    let mut given = ways.into_iter().filter(|way| !way.is_empty());
    let (Some(names), None) = (given.next(), given.next()) else {
        return Err(invalid("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be given"));
    };
    if names.len() > 50 {
        return Err(invalid("A query can have 50 log groups at the most"));
    }
    backend.hub.read(|control, _| names.iter().map(|name| known_group(control, name)).collect())
}

/// The events of the groups in a span of time, both ends included, that pass the query's first filters, newest first.
fn events(backend: &Backend, query: &Query, groups: &[String], (from, to): (i64, i64)) -> (Vec<Row>, Scanned) {
    let (mut rows, mut scanned) = (Vec::new(), Scanned::default());
    for group in groups {
        let (streams, now) = backend.hub.read(|control, now| {
            let spans = logs::streams(control, group, "", now).into_iter();
            let near = spans.filter(|span| span.to.timestamp_millis() >= from && span.from.timestamp_millis() <= to);
            let named = near.filter_map(|span| Some((logs::stream(control, group, &span.name, now)?, span.name)));
            (named.collect::<Vec<_>>(), now)
        });
        for (stream, name) in streams {
            let account = backend.environment.account.clone();
            let source = Arc::new(EventSource { account, group: group.clone(), stream: name });
            // An event never arrives before it is written.
            for index in stream.first(|times| times.1.timestamp_millis() >= from)..stream.arrived(now) {
                let (at, ingested) = stream.times(index);
                let (at, ingested) = (at.timestamp_millis(), ingested.timestamp_millis());
                if ingested > to.saturating_add(MAX_INGESTION_DELAY.num_milliseconds()) {
                    break;
                }
                if !(from..=to).contains(&at) {
                    continue;
                }
                let message = stream.event(index).message;
                scanned.events += 1;
                scanned.bytes += message.len();
                let row = Row::of(Event { at, ingested, message, source: Arc::clone(&source), index });
                if insights::passes(query, &row, now) {
                    rows.push(row);
                }
            }
        }
    }
    // Stable, so that what was written at one moment comes in the reverse of that order, too.
    rows.reverse();
    rows.sort_by_key(|row| std::cmp::Reverse(row.event().map(|event| event.at)));
    (rows, scanned)
}

fn find(backend: &Backend, input: &Input) -> Result<StartedQuery, WireFault> {
    let id = input.required("queryId")?;
    let found = started(backend).iter().find(|query| query.id == id).cloned();
    found.ok_or_else(|| WireFault::new("ResourceNotFoundException", format!("Query ID {id} not found")))
}

fn results(backend: &Backend, input: &Input) -> Answer {
    let query = find(backend, input)?;
    let (page, next) = input.page(query.found.rows.iter().collect(), ("maxItems", PAGE), "nextToken")?;
    let cell = |name: &str, value: &str| json!({ "field": name, "value": value });
    let row = |(cells, pointer): &AnswerRow| -> Vec<Json> {
        let cells = cells.iter().map(|(name, value)| cell(name, value));
        cells.chain(pointer.as_ref().map(|pointer| cell("@ptr", pointer))).collect()
    };
    Ok(json!({
        "status": "Complete",
        "results": page.into_iter().map(row).collect::<Vec<_>>(),
        "nextToken": next,
        "queryLanguage": "CWLI",
        "statistics": {
            "recordsMatched": query.found.matched as f64,
            "recordsScanned": query.scanned.events as f64,
            "bytesScanned": query.scanned.bytes as f64,
            "estimatedRecordsSkipped": 0.0, "estimatedBytesSkipped": 0.0, "logGroupsScanned": query.groups.len() as f64,
        },
    }))
}

fn stop(backend: &Backend, input: &Input) -> Answer {
    let query = find(backend, input)?;
    Err(invalid(&format!("the specified query is not running: {}", query.id)))
}

fn describe(backend: &Backend, input: &Input) -> Answer {
    let (group, status) = (input.text("logGroupName")?, input.text("status")?);
    let all = started(backend).clone();
    let wanted = all.iter().rev().filter(|query| {
        group.is_none_or(|group| query.groups.iter().any(|own| own == group))
            && status.is_none_or(|status| status == "Complete")
    });
    let (page, next) = input.page(wanted.collect(), ("maxResults", 1_000), "nextToken")?;
    let shape = |query: &StartedQuery| {
        json!({
            "queryId": query.id, "queryString": query.text, "status": "Complete", "queryLanguage": "CWLI",
            "createTime": query.started.timestamp_millis(), "logGroupName": query.groups.first(),
        })
    };
    Ok(json!({ "queries": page.into_iter().map(shape).collect::<Vec<_>>(), "nextToken": next }))
}

/// The fields of the event that a row's `@ptr` leads to.
fn record(backend: &Backend, input: &Input) -> Answer {
    let unknown = || invalid("The specified log record pointer is not valid");
    let (group, name, index) = insights::pointed_at(input.required("logRecordPointer")?).ok_or_else(unknown)?;
    let event = backend.hub.read(|control, now| {
        let stream = logs::stream(control, &group, &name, now)?;
        (index < stream.arrived(now)).then(|| stream.event(index))
    });
    let event = event.ok_or_else(unknown)?;
    let time = |at: Time| DateTime::timestamp_millis(&at).to_string();
    Ok(json!({ "logRecord": {
        "@message": event.message, "@timestamp": time(event.at), "@ingestionTime": time(event.ingested),
        "@logStream": name, "@log": format!("{}:{group}", backend.environment.account),
    } }))
}
