//! CloudWatch Logs Insights: queries over log groups. A query reads the events of its time at once, and is Complete when they
//! are read.

use super::Answer;
use super::fault::WireFault;
use super::input::Input;
use super::logs::{group_of_arn, invalid, known_group};
use crate::backend::Backend;
use crate::control::Time;
use crate::insights::{self, AnswerRow, Malformed, Row, StartedQuery, Value};
use crate::logs;
use chrono::DateTime;
use data_encoding::BASE64URL_NOPAD;
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
    let events = events(backend, &groups, (from.saturating_mul(1_000), to.saturating_mul(1_000).saturating_add(999)));
    let bytes = events.iter().map(Row::size).sum();
    let scanned = (events.len(), bytes);
    let found = insights::run(&query, events, limit.and_then(|limit| usize::try_from(limit).ok()), now);
    let mut started = started(backend);
    let hex = backend.lake.world.hex_id(&format!("insights {} {text} {now}", started.len()));
    let id = format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32]);
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

/// The events of the groups in a span of time, both ends included, newest first.
fn events(backend: &Backend, groups: &[String], (from, to): (i64, i64)) -> Vec<Row> {
    let account = &backend.environment.account;
    let mut events: Vec<(i64, Row)> = Vec::new();
    for group in groups {
        let streams: Vec<_> = backend.hub.read(|control, now| {
            let spans = logs::streams(control, group, "", now).into_iter();
            let near = spans.filter(|span| span.to.timestamp_millis() >= from && span.from.timestamp_millis() <= to);
            near.filter_map(|span| Some((logs::stream(control, group, &span.name, now)?, span.name, now))).collect()
        });
        for (stream, name, now) in streams {
            for index in 0..stream.arrived(now) {
                let at = stream.times(index).0.timestamp_millis();
                if !(from..=to).contains(&at) {
                    continue;
                }
                let event = stream.event(index);
                let pointer = BASE64URL_NOPAD.encode(format!("{group}\n{name}\n{index}").as_bytes());
                let fields = [
                    ("@timestamp", Value::Time(at)),
                    ("@message", Value::Text(event.message)),
                    ("@logStream", Value::Text(name.clone())),
                    ("@log", Value::Text(format!("{account}:{group}"))),
                    ("@ingestionTime", Value::Time(event.ingested.timestamp_millis())),
                ];
                events.push((at, Row::event(fields, pointer)));
            }
        }
    }
    // Stable, so that what was written at one moment comes in the reverse of that order, too.
    events.reverse();
    events.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    events.into_iter().map(|(_, row)| row).collect()
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
    let (records, bytes) = query.scanned;
    Ok(json!({
        "status": "Complete",
        "results": page.into_iter().map(row).collect::<Vec<_>>(),
        "nextToken": next,
        "queryLanguage": "CWLI",
        "statistics": {
            "recordsMatched": query.found.matched as f64,
            "recordsScanned": records as f64,
            "bytesScanned": bytes as f64,
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
    let pointer = BASE64URL_NOPAD.decode(input.required("logRecordPointer")?.as_bytes()).map_err(|_| unknown())?;
    let pointer = String::from_utf8(pointer).map_err(|_| unknown())?;
    let parts: Vec<&str> = pointer.split('\n').collect();
    let [group, name, index] = parts[..] else { return Err(unknown()) };
    let index: usize = index.parse().map_err(|_| unknown())?;
    let event = backend.hub.read(|control, now| {
        let stream = logs::stream(control, group, name, now)?;
        (index < stream.arrived(now)).then(|| stream.event(index))
    });
    let event = event.ok_or_else(unknown)?;
    let time = |at: Time| DateTime::timestamp_millis(&at).to_string();
    Ok(json!({ "logRecord": {
        "@message": event.message, "@timestamp": time(event.at), "@ingestionTime": time(event.ingested),
        "@logStream": name, "@log": format!("{}:{group}", backend.environment.account),
    } }))
}
