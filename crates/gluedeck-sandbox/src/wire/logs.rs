//! The operations of CloudWatch Logs. Times are epoch milliseconds.

use super::fault::WireFault;
use super::input::Input;
use super::{Answer, object};
use crate::backend::Backend;
use crate::control::{Control, Time};
use crate::logs::pattern::Pattern;
use crate::logs::{self, LogEvent, MAX_INGESTION_DELAY, Stream, StreamSpan};
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::MutexGuard;

/// A page holds at most this many events …
const PAGE: usize = 10_000;
/// … and at most this many bytes, each event counting 26 more than its message.
const PAGE_BYTES: usize = 1 << 20;
/// FilterLogEvents looks at no more events than this in one call: a page may be empty with more to come.
const LOOKED_AT: usize = 200_000;

pub(super) fn call(backend: &Backend, operation: &str, input: &Input) -> Answer {
    match operation {
        "DescribeLogGroups" => {
            let made = log_groups(backend).clone();
            backend.hub.read(|control, _| describe_groups(control, &made, input))
        }
        "DescribeLogStreams" => backend.hub.read(|control, now| describe_streams(control, now, input)),
        "GetLogEvents" => get_events(backend, input),
        "FilterLogEvents" => filter_events(backend, input),
        "CreateLogGroup" => create_group(backend, input),
        "PutRetentionPolicy" => put_retention(backend, input),
        _ => Err(WireFault::unknown_operation(operation)),
    }
}

fn groups(control: &Control) -> &'static [&'static str] {
    // An account in which nothing ever ran has no groups.
    if control.jobs.is_empty() { &[] } else { &logs::GROUPS }
}

fn create_group(backend: &Backend, input: &Input) -> Answer {
    let name = input.required("logGroupName")?;
    let there = backend.hub.read(|control, _| groups(control).contains(&name));
    let mut made = log_groups(backend);
    if there || made.contains_key(name) {
        return Err(WireFault::new("ResourceAlreadyExistsException", "The specified log group already exists"));
    }
    made.insert(name.to_owned(), None);
    Ok(json!({}))
}

fn log_groups(backend: &Backend) -> MutexGuard<'_, BTreeMap<String, Option<i64>>> {
    backend.log_groups.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// How long a group keeps its events, as it is told; here they are kept for as long as the sandbox lives.
fn put_retention(backend: &Backend, input: &Input) -> Answer {
    const DAYS: [i64; 22] = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653,
    ];
    let name = input.required("logGroupName")?;
    let days = input.integer("retentionInDays")?.filter(|days| DAYS.contains(days)).ok_or_else(|| {
        WireFault::new("InvalidParameterException", "retentionInDays is none of the numbers of days that there are")
    })?;
    let there = backend.hub.read(|control, _| groups(control).contains(&name));
    let mut made = log_groups(backend);
    if !there && !made.contains_key(name) {
        return Err(WireFault::new("ResourceNotFoundException", "The specified log group does not exist."));
    }
    made.insert(name.to_owned(), Some(days));
    Ok(json!({}))
}

fn describe_groups(control: &Control, made: &BTreeMap<String, Option<i64>>, input: &Input) -> Answer {
    let prefix = input.text("logGroupNamePrefix")?.unwrap_or_default();
    let all: BTreeSet<&str> = groups(control).iter().copied().chain(made.keys().map(String::as_str)).collect();
    let groups: Vec<_> = all.into_iter().filter(|group| group.starts_with(prefix)).collect();
    let (groups, next) = input.page(groups, ("limit", 50), "nextToken")?;
    let created = control.jobs.values().next().map(|job| job.created.timestamp_millis());
    let entry = |group: &str| {
        let arn = group_arn(control, group);
        json!({
            "logGroupName": group, "arn": format!("{arn}:*"), "logGroupArn": arn, "storedBytes": 0,
            "creationTime": created, "metricFilterCount": 0, "retentionInDays": made.get(group).copied().flatten(),
        })
    };
    Ok(json!({ "logGroups": groups.into_iter().map(entry).collect::<Vec<_>>(), "nextToken": next }))
}

fn describe_streams(control: &Control, now: Time, input: &Input) -> Answer {
    let group = group(control, input)?;
    let prefix = input.text("logStreamNamePrefix")?.unwrap_or_default();
    let by_time = input.text("orderBy")? == Some("LastEventTime");
    if by_time && !prefix.is_empty() {
        return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let mut streams = logs::streams(control, &group, prefix, now);
    if by_time {
        streams.sort_by_key(|span| span.from);
    }
    if input.flag("descending") {
        streams.reverse();
    }
    let (streams, next) = input.page(streams, ("limit", 50), "nextToken")?;
    let entry = |span: StreamSpan| {
        let arn = format!("{}:log-stream:{}", group_arn(control, &group), span.name);
        let millis = span.from.timestamp_millis();
        json!({ "logStreamName": span.name, "creationTime": millis, "firstEventTimestamp": millis, "lastEventTimestamp": millis, "arn": arn, "storedBytes": 0 })
    };
    Ok(json!({ "logStreams": streams.into_iter().map(entry).collect::<Vec<_>>(), "nextToken": next }))
}

/// A page of one stream. The forward token counts the events that had arrived before the next page, so that polling
/// with it yields exactly what has arrived since; at the end the same token comes back. Within a page the order is that
/// of the event times.
fn get_events(backend: &Backend, input: &Input) -> Answer {
    let (stream, now) = backend.hub.read(|control, now| {
        let group = group(control, input)?;
        let name = input.required("logStreamName")?;
        Ok::<_, WireFault>((logs::stream(control, &group, name, now).ok_or_else(no_stream)?, now))
    })?;
    let arrived = stream.arrived(now);
    let limit = input.page_size("limit", PAGE)?;
    let (start, end) = (input.integer("startTime")?.unwrap_or(i64::MIN), input.integer("endTime")?.unwrap_or(i64::MAX));
    let inside = |index: usize| (start..end).contains(&stream.times(index).0.timestamp_millis());
    let forward = |from: usize| (from, take(&stream, from..arrived, limit));
    let backward = |to: usize| (to - take(&stream, (0..to).rev(), limit), to);
    let (from, to) = match input.text("nextToken")? {
        Some(token) => match token.split_once('/') {
            Some(("f", at)) => {
                let from = position(at, arrived)?;
                let (from, count) = forward(from);
                (from, from + count)
            }
            Some(("b", at)) => backward(position(at, arrived)?),
            _ => return Err(invalid("The specified nextToken is invalid.")),
        },
        None if input.flag("startFromHead") => {
            let (from, count) = forward((0..arrived).find(|index| inside(*index)).unwrap_or(arrived));
            (from, from + count)
        }
        None => backward((0..arrived).rev().find(|index| inside(*index)).map_or(0, |last| last + 1)),
    };
    let mut events: Vec<LogEvent> =
        (from..to).filter(|index| inside(*index)).map(|index| stream.event(index)).collect();
    events.sort_by_key(|event| event.at);
    Ok(object([
        ("events", events.iter().map(event_value).collect()),
        ("nextForwardToken", format!("f/{to:08}").into()),
        ("nextBackwardToken", format!("b/{from:08}").into()),
    ]))
}

/// How many of these events a page takes.
fn take(stream: &Stream, indices: impl Iterator<Item = usize>, limit: usize) -> usize {
    let (mut count, mut bytes) = (0, 0);
    for index in indices.take(limit) {
        bytes += stream.event(index).message.len() + 26;
        if bytes > PAGE_BYTES && count > 0 {
            break;
        }
        count += 1;
    }
    count
}

/// Where an event stands among all of a group: time, arrival, stream and place in it. The order of FilterLogEvents.
type EventPosition = (i64, i64, String, usize);

fn filter_events(backend: &Backend, input: &Input) -> Answer {
    let limit = input.page_size("limit", PAGE)?;
    let pattern = Pattern::parse(input.text("filterPattern")?.unwrap_or_default())
        .map_err(|why| invalid(&format!("Invalid filter pattern: {why}")))?;
    let (start, end) = (input.integer("startTime")?.unwrap_or(0), input.integer("endTime")?.unwrap_or(i64::MAX));
    let after = input.text("nextToken")?.map(event_position).transpose()?;
    let from = after.as_ref().map_or(start, |position| position.0.max(start));
    let (streams, now, key) = backend.hub.read(|control, now| {
        let group = group(control, input)?;
        let spans = spans(control, &group, input, now)?;
        let near = spans.into_iter().filter(|s| s.to.timestamp_millis() >= from && s.from.timestamp_millis() <= end);
        let named = near.filter_map(|s| Some((logs::stream(control, &group, &s.name, now)?, s.name)));
        Ok::<_, WireFault>((named.collect::<Vec<_>>(), now, control.world.hex_id(&group)))
    })?;
    let mut found: Vec<(EventPosition, LogEvent)> = Vec::new();
    let (mut looked_at, mut bytes, mut last) = (0, 0, after.clone());
    let mut full = false;
    for (from, to) in windows(&streams, from, end.min(now.timestamp_millis())) {
        let places = places_in(&streams, (from, to), now);
        for position in places {
            if after.as_ref().is_some_and(|after| position <= *after) {
                continue;
            }
            if found.len() == limit || bytes > PAGE_BYTES || looked_at == LOOKED_AT {
                full = true;
                break;
            }
            looked_at += 1;
            let event =
                streams.iter().find(|(_, name)| *name == position.2).map(|(stream, _)| stream.event(position.3));
            last = Some(position.clone());
            if let Some(event) = event.filter(|event| pattern.matches(&event.message)) {
                bytes += event.message.len() + 26;
                found.push((position, event));
            }
        }
        if full {
            break;
        }
    }
    let events: Vec<Value> = found
        .iter()
        .map(|((_, _, stream, index), event)| {
            let mut value = event_value(event);
            value["logStreamName"] = json!(stream);
            value["eventId"] = json!(event_id(&key, stream, *index));
            value
        })
        .collect();
    let next = last.filter(|_| full).map(|(at, ingested, stream, index)| format!("{at}/{ingested}/{index}/{stream}"));
    Ok(object([("events", events.into()), ("searchedLogStreams", json!([])), ("nextToken", next.into())]))
}

/// The events of all streams in a span of time, both ends included, in order.
fn places_in(streams: &[(Stream, String)], (from, to): (i64, i64), now: Time) -> Vec<EventPosition> {
    let time = |millis: i64| DateTime::from_timestamp_millis(millis).unwrap_or(now);
    let (earliest, latest) = (time(from), time(to) + MAX_INGESTION_DELAY);
    let mut places = Vec::new();
    for (stream, name) in streams {
        for index in stream.first(|times| times.1 >= earliest)..stream.arrived(now) {
            let (at, ingested) = stream.times(index);
            if ingested > latest {
                break;
            }
            let at = at.timestamp_millis();
            if (from..=to).contains(&at) {
                places.push((at, ingested.timestamp_millis(), name.clone(), index));
            }
        }
    }
    places.sort();
    places
}

/// Spans of time to look through one after the other: so short that a page's worth is not drowned by what lies behind.
fn windows(streams: &[(Stream, String)], from: i64, to: i64) -> impl Iterator<Item = (i64, i64)> {
    // Few streams are read in one go unless one of them is very long.
    let step = if streams.iter().any(|(stream, _)| stream.first(|_| false) > LOOKED_AT) { 2_000 } else { 3_600_000 };
    let first = streams.iter().filter(|(stream, _)| stream.first(|_| false) > 0).map(|(stream, _)| stream.times(0).0);
    let first = first.min().map_or(to + 1, |at| at.timestamp_millis() - MAX_INGESTION_DELAY.num_milliseconds());
    let mut begin = from.max(first);
    std::iter::from_fn(move || {
        let window = (begin <= to).then(|| (begin, to.min(begin.saturating_add(step - 1))));
        begin = begin.saturating_add(step);
        window
    })
}

fn spans(control: &Control, group: &str, input: &Input, now: Time) -> Result<Vec<StreamSpan>, WireFault> {
    let (names, prefix) = (input.texts("logStreamNames")?, input.text("logStreamNamePrefix")?);
    if names.len() > 100 {
        return Err(invalid("1 validation error detected: logStreamNames must have length less than or equal to 100"));
    }
    if !names.is_empty() && prefix.is_some() {
        return Err(invalid("logStreamNamePrefix and logStreamNames cannot be specified together."));
    }
    if names.is_empty() {
        return Ok(logs::streams(control, group, prefix.unwrap_or_default(), now));
    }
    let mut spans = Vec::new();
    for name in names {
        let exact = logs::streams(control, group, &name, now).into_iter().find(|span| span.name == name);
        spans.push(exact.ok_or_else(no_stream)?);
    }
    Ok(spans)
}

fn event_position(token: &str) -> Result<EventPosition, WireFault> {
    let bad = || invalid("The specified nextToken is invalid.");
    let mut parts = token.splitn(4, '/');
    let mut number = || parts.next().and_then(|part| part.parse::<i64>().ok()).ok_or_else(bad);
    let (at, ingested, index) = (number()?, number()?, number()?);
    let stream = parts.next().ok_or_else(bad)?;
    Ok((at, ingested, stream.to_owned(), usize::try_from(index).map_err(|_| bad())?))
}

/// 56 digits, as the service's.
fn event_id(key: &str, stream: &str, index: usize) -> String {
    let fold = crate::world::fold(&format!("{key}{stream}"));
    format!("{:020}{:020}{index:016}", fold, fold.rotate_left(32))
}

fn event_value(event: &LogEvent) -> Value {
    json!({
        "timestamp": event.at.timestamp_millis(),
        "ingestionTime": event.ingested.timestamp_millis(),
        "message": event.message,
    })
}

/// The group by name or by identifier (an ARN).
fn group(control: &Control, input: &Input) -> Result<String, WireFault> {
    let name = match (input.text("logGroupName")?, input.text("logGroupIdentifier")?) {
        (Some(name), None) => name,
        (None, Some(arn)) => group_of_arn(arn),
        _ => return Err(invalid("Exactly one of logGroupName and logGroupIdentifier must be given.")),
    };
    known_group(control, name)
}

pub(super) fn group_of_arn(arn: &str) -> &str {
    arn.rsplit(":log-group:").next().unwrap_or(arn).trim_end_matches(":*")
}

pub(super) fn known_group(control: &Control, name: &str) -> Result<String, WireFault> {
    if groups(control).contains(&name) {
        Ok(name.to_owned())
    } else {
        Err(WireFault::new("ResourceNotFoundException", "The specified log group does not exist."))
    }
}

pub(super) fn group_arn(control: &Control, group: &str) -> String {
    let environment = &control.world.environment;
    format!("arn:aws:logs:{}:{}:log-group:{group}", environment.region, environment.account)
}

/// What has arrived in a group's streams between two moments, for live tail: at most `most`, and whether there was more.
pub(super) fn arrived_between(
    backend: &Backend,
    group: &str,
    wanted: impl Fn(&str) -> bool,
    (from, to): (Time, Time),
    most: usize,
) -> (Vec<(String, LogEvent)>, bool) {
    backend.hub.read(|control, now| {
        let spans = logs::streams(control, group, "", now).into_iter();
        let near =
            spans.filter(|span| span.to + TimeDelta::minutes(1) >= from && span.from <= to && wanted(&span.name));
        let mut events = Vec::new();
        for span in near {
            let Some(stream) = logs::stream(control, group, &span.name, now) else { continue };
            for index in stream.arrived(from)..stream.arrived(to) {
                if events.len() == most {
                    return (events, true);
                }
                events.push((span.name.clone(), stream.event(index)));
            }
        }
        (events, false)
    })
}

fn position(text: &str, len: usize) -> Result<usize, WireFault> {
    text.parse::<usize>().ok().filter(|at| *at <= len).ok_or_else(|| invalid("The specified nextToken is invalid."))
}

fn no_stream() -> WireFault {
    WireFault::new("ResourceNotFoundException", "The specified log stream does not exist.")
}

pub(super) fn invalid(message: &str) -> WireFault {
    WireFault::new("InvalidParameterException", message)
}
