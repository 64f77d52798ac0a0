//! The operations of CloudWatch Logs. Times are epoch milliseconds.

use super::fault::WireFault;
use super::input::Input;
use super::{Answer, Hub};
use crate::sandbox::control::{Control, Time};
use crate::sandbox::logs::{self, LogEvent};
use serde_json::{Value, json};

/// A page holds at most this many events (and 1 MB, which comes later with these lines).
const PAGE: usize = 10_000;

pub(super) fn call(hub: &Hub, operation: &str, input: &Input) -> Answer {
    match operation {
        "DescribeLogGroups" => hub.read(|control, _| describe_groups(control, input)),
        "DescribeLogStreams" => hub.read(|control, now| describe_streams(control, now, input)),
        "GetLogEvents" => hub.read(|control, now| get_events(control, now, input)),
        "FilterLogEvents" => hub.read(|control, now| filter_events(control, now, input)),
        _ => Err(WireFault::unknown_operation(operation)),
    }
}

fn describe_groups(control: &Control, input: &Input) -> Answer {
    let prefix = input.text("logGroupNamePrefix")?.unwrap_or_default();
    let groups: Vec<_> = logs::GROUPS.into_iter().filter(|group| group.starts_with(prefix)).collect();
    let (groups, next) = input.page(groups, ("limit", 50), "nextToken")?;
    let entry = |group: &str| json!({ "logGroupName": group, "arn": group_arn(control, group), "storedBytes": 0 });
    Ok(json!({ "logGroups": groups.into_iter().map(entry).collect::<Vec<_>>(), "nextToken": next }))
}

fn describe_streams(control: &Control, now: Time, input: &Input) -> Answer {
    let group = group(input)?;
    let prefix = input.text("logStreamNamePrefix")?.unwrap_or_default();
    let by_time = input.text("orderBy")? == Some("LastEventTime");
    if by_time && !prefix.is_empty() {
        return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let mut streams = logs::streams(control, &group, prefix, now);
    if by_time {
        streams.sort_by_key(|(_, first)| *first);
    }
    if input.flag("descending") {
        streams.reverse();
    }
    let (streams, next) = input.page(streams, ("limit", 50), "nextToken")?;
    let entry = |(name, first): (String, Time)| {
        let arn = format!("{}:log-stream:{name}", group_arn(control, &group));
        let millis = first.timestamp_millis();
        json!({ "logStreamName": name, "creationTime": millis, "firstEventTimestamp": millis, "arn": arn, "storedBytes": 0 })
    };
    Ok(json!({ "logStreams": streams.into_iter().map(entry).collect::<Vec<_>>(), "nextToken": next }))
}

/// A page of one stream. The forward token counts the events before the next page, so that polling with it yields
/// exactly what was written since; at the end the same token comes back.
fn get_events(control: &Control, now: Time, input: &Input) -> Answer {
    let group = group(input)?;
    let stream = input.required("logStreamName")?;
    let all = logs::events(control, &group, stream, now).ok_or_else(no_stream)?;
    let limit = input.page_size("limit", PAGE)?;
    let start = input.integer("startTime")?.unwrap_or(i64::MIN);
    let end = input.integer("endTime")?.unwrap_or(i64::MAX);
    let inside = |event: &LogEvent| (start..end).contains(&event.at.timestamp_millis());
    let (from, to) = match input.text("nextToken")? {
        Some(token) => match (token.split_once('/'), token) {
            (Some(("f", at)), _) => {
                let from = position(at, all.len())?;
                (from, (from + limit).min(all.len()))
            }
            (Some(("b", at)), _) => {
                let to = position(at, all.len())?;
                (to.saturating_sub(limit), to)
            }
            _ => return Err(invalid("The specified nextToken is invalid.")),
        },
        None if input.flag("startFromHead") => {
            let from = all.iter().position(inside).unwrap_or(all.len());
            (from, (from + limit).min(all.len()))
        }
        None => {
            let to = all.iter().rposition(inside).map_or(0, |last| last + 1);
            (to.saturating_sub(limit), to)
        }
    };
    let events: Vec<Value> = all[from..to].iter().filter(|event| inside(event)).map(event_value).collect();
    Ok(
        json!({ "events": events, "nextForwardToken": format!("f/{to:08}"), "nextBackwardToken": format!("b/{from:08}") }),
    )
}

fn filter_events(control: &Control, now: Time, input: &Input) -> Answer {
    let group = group(input)?;
    let names = input.texts("logStreamNames")?;
    let prefix = input.text("logStreamNamePrefix")?.unwrap_or_default();
    if input.text("filterPattern")?.is_some_and(|pattern| !pattern.trim().is_empty()) {
        return Err(invalid("The sandbox does not filter by pattern yet; filter what it returns."));
    }
    let streams = logs::streams(control, &group, prefix, now).into_iter().map(|(name, _)| name);
    let wanted: Vec<String> = streams.filter(|name| names.is_empty() || names.contains(name)).collect();
    let start = input.integer("startTime")?.unwrap_or(i64::MIN);
    let end = input.integer("endTime")?.unwrap_or(i64::MAX);
    let mut found = Vec::new();
    for stream in wanted {
        let events = logs::events(control, &group, &stream, now).unwrap_or_default();
        let inside = events.into_iter().enumerate().filter(|(_, e)| (start..=end).contains(&e.at.timestamp_millis()));
        found.extend(inside.map(|(n, event)| (event, stream.clone(), n)));
    }
    found.sort_by(|a, b| (a.0.at, a.0.ingested, &a.1, a.2).cmp(&(b.0.at, b.0.ingested, &b.1, b.2)));
    let (page, next) = input.page(found, ("limit", PAGE), "nextToken")?;
    let events: Vec<Value> = page
        .into_iter()
        .map(|(event, stream, n)| {
            let mut value = event_value(&event);
            value["logStreamName"] = json!(stream);
            value["eventId"] = json!(format!("{}{n:08}", control.world.hex_id(&stream).get(..24).unwrap_or_default()));
            value
        })
        .collect();
    Ok(json!({ "events": events, "searchedLogStreams": [], "nextToken": next }))
}

fn event_value(event: &LogEvent) -> Value {
    json!({
        "timestamp": event.at.timestamp_millis(),
        "ingestionTime": event.ingested.timestamp_millis(),
        "message": event.message,
    })
}

/// The group by name or by identifier (an ARN).
fn group(input: &Input) -> Result<String, WireFault> {
    let name = match (input.text("logGroupName")?, input.text("logGroupIdentifier")?) {
        (Some(name), None) => name,
        (None, Some(arn)) => arn.rsplit(":log-group:").next().unwrap_or(arn).trim_end_matches(":*"),
        _ => return Err(invalid("Exactly one of logGroupName and logGroupIdentifier must be given.")),
    };
    if logs::GROUPS.contains(&name) {
        Ok(name.to_owned())
    } else {
        Err(WireFault::new("ResourceNotFoundException", "The specified log group does not exist."))
    }
}

fn group_arn(control: &Control, group: &str) -> String {
    let night = &control.world.night;
    format!("arn:aws:logs:{}:{}:log-group:{group}", night.region, night.account)
}

fn position(text: &str, len: usize) -> Result<usize, WireFault> {
    text.parse::<usize>().ok().filter(|at| *at <= len).ok_or_else(|| invalid("The specified nextToken is invalid."))
}

fn no_stream() -> WireFault {
    WireFault::new("ResourceNotFoundException", "The specified log stream does not exist.")
}

fn invalid(message: &str) -> WireFault {
    WireFault::new("InvalidParameterException", message)
}
