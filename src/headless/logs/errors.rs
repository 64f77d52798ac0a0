//! Only the first real error, with its context.

use super::merge::Merge;
use super::sources::{Run, title};
use super::{CommandError, LogOptions};
use crate::headless::Exit;
use crate::headless::output::{self, Output};
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::log::{Cause, Class, Id, Log, Side, first_real_error};
use gluedeck_core::analysis::report::rfc3339;
use gluedeck_core::domain::{LogSource, Time};
use serde_json::json;

/// Records before the error that are printed too.
const BEFORE: usize = 3;

/// Prints the first real error of the runs' streams, or says that there is none.
pub(super) async fn print(
    gateway: &Gateway,
    merge: &mut Merge,
    options: &LogOptions,
    runs: &[Run],
) -> Result<Exit, CommandError> {
    let mut log = Log::default();
    for (n, chunk) in merge.all(gateway).await? {
        log.add(n, chunk, Side::Newer);
    }
    show(&log, |n| merge.source(n), options, runs)
}

/// Prints the first real error of a log; `source` tells what its streams are.
pub(super) fn show<'s>(
    log: &Log,
    source: impl Fn(usize) -> Option<&'s LogSource>,
    options: &LogOptions,
    runs: &[Run],
) -> Result<Exit, CommandError> {
    let Some(head) = first_real_error(log) else {
        let said = runs.iter().find_map(|run| run.error.as_deref());
        if let Some(error) = said {
            // A run that got no capacity has an error and no log.
            let cause = Cause::of(error);
            let value =
                json!({ "class": cause.class.word(), "error": cause.error, "at": null, "stream": null, "lines": [] });
            match options.output {
                Output::Json => output::json(&value)?,
                _ => output::line(&format!("{}: {}", cause.class.title(), cause.error))?,
            }
            return Ok(Exit::Done);
        }
        eprintln!("gluedeck: {}: no error found in the log", title(options));
        return Ok(Exit::Failed);
    };
    let cause = Cause::of(&log.lines(head).collect::<Vec<_>>().join("\n"));
    let label = |id: Id| source(log.stream(id)).map_or(String::new(), |source| source.label.clone());
    let time = |id: Id| Time::from_timestamp_millis(log.event(id).at).map(rfc3339);
    if options.output == Output::Json {
        let source = source(log.stream(head));
        output::json(&json!({
            "class": cause.class.word(),
            "error": cause.error,
            "frame": cause.frame,
            "detail": cause.detail,
            "at": time(head),
            "group": source.map(|source| source.group.as_str()),
            "stream": source.map(|source| source.stream.as_str()),
            "lines": log.lines(head).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    let class = if cause.class == Class::Unknown { String::new() } else { format!("{}: ", cause.class.title()) };
    output::line(&format!("{class}{}", cause.line()))?;
    let at = log.position(head).unwrap_or_default();
    let stream = log.stream(head);
    let before = log.shown()[..at].iter().rev().copied().filter(|id| log.stream(*id) == stream).take(BEFORE);
    let mut shown: Vec<Id> = before.collect();
    shown.reverse();
    shown.push(head);
    for id in shown {
        let text = log.lines(id).collect::<Vec<_>>().join("\n");
        output::line(&format!("{} {:<6} {text}", time(id).unwrap_or_default(), label(id)))?;
    }
    Ok(Exit::Done)
}
