//! Any log group, by what its streams' names begin with, whatever wrote it.

use super::sink::Sink;
use super::sources::ask;
use super::{CommandError, LATE_EVENTS_WINDOW, LogOptions, Span, pause};
use crate::headless::Exit;
use chrono::TimeDelta;
use gluedeck_aws::Gateway;
use gluedeck_core::domain::{LogSource, Part, Time};
use gluedeck_core::request::FilterLogEvents;
use std::collections::HashMap;

/// Prints the events of a group, in the order in which the service interleaves them.
pub(super) async fn print(
    gateway: &Gateway,
    (group, prefix): (&str, Option<&str>),
    span: &Span,
    options: &LogOptions,
    mut sink: Sink,
) -> Result<Exit, CommandError> {
    let mut source = LogSource {
        group: group.to_owned(),
        stream: String::new(),
        part: Part::Other,
        label: String::new(),
        prefix: None,
    };
    // Ids of what the next look brings again: late events have earlier times than what is there.
    let mut seen: HashMap<String, Time> = HashMap::new();
    let mut from = span.from;
    let mut newest: Option<Time> = None;
    loop {
        let mut token = None;
        loop {
            let prefix = prefix.map(str::to_owned);
            let request = FilterLogEvents { group: group.to_owned(), prefix, from, to: span.to, token };
            let page = ask(gateway, request).await?;
            for (stream, id, line) in page.events {
                let at = line.at.unwrap_or_default();
                if options.follow && seen.insert(id, at).is_some() {
                    continue;
                }
                newest = newest.max(Some(at));
                if source.stream != stream {
                    source.label.clone_from(&stream);
                    source.stream = stream;
                }
                sink.line(&source, &line)?;
            }
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        sink.flush()?;
        let now = super::now(gateway).await;
        if !options.follow || span.to.is_some_and(|to| now > to + TimeDelta::seconds(LATE_EVENTS_WINDOW)) {
            return Ok(Exit::Done);
        }
        // The window that is read again ends where nothing late is expected any more.
        from = newest.map(|at| at - TimeDelta::seconds(LATE_EVENTS_WINDOW)).or(from);
        seen.retain(|_, at| from.is_none_or(|from| *at >= from));
        pause(gateway).await;
    }
}
