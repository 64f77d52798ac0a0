//! Which record of a run's log shows first what went wrong.

use super::class::Class;
use super::line::{self, Level};
use super::store::{Id, Log};
use super::{error, record};

/// The record that says first what went wrong, if one does: the log of a successful run has none.
pub fn first_real_error(log: &Log) -> Option<Id> {
    let of_level = |level| log.heads().iter().copied().filter(move |head| log.level(*head) == level);
    let lines = |head: Id| log.lines(head).collect::<Vec<_>>();
    let (best, found) = first_of(of_level(Level::Error).map(|head| (weight(&lines(head)), head)))?;
    // It failed, and what is written as an error says no more than that.
    let telling = || of_level(Level::Plain).find(|head| is_telling(&lines(*head)));
    Some(if best > ECHO { found } else { telling().unwrap_or(found) })
}

/// Whether text without a level tells a cause by its words. What a script prints of schemas, checks or inputs is no cause.
fn is_telling(lines: &[&str]) -> bool {
    matches!(
        Class::of(&lines.join("\n")),
        Class::Library
            | Class::Argument
            | Class::Definition
            | Class::OutOfMemory
            | Class::AccessDenied
            | Class::Throttling
    )
}

/// The weight of what says only that something has ended.
const ECHO: u8 = 4;

/// The first of the weightiest: what follows is mostly its echo.
fn first_of<T>(weighed: impl Iterator<Item = (u8, T)>) -> Option<(u8, T)> {
    weighed.filter(|(weight, _)| *weight > 0).fold(None, |best: Option<(u8, T)>, new| match best {
        Some(best) if best.0 >= new.0 => Some(best),
        _ => Some(new),
    })
}

/// Of an event that holds many records, the lines of the one that says first what went wrong; of others, all lines.
pub(super) fn telling_lines<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let mut records: Vec<Vec<&str>> = Vec::new();
    let mut open: Option<record::Open> = None;
    for line in lines {
        let shape = line::shape(line);
        let goes_on = open.and_then(|open| open.with(shape));
        match (goes_on, records.last_mut()) {
            (Some(_), Some(last)) => last.push(line),
            _ => records.push(vec![line]),
        }
        open = Some(goes_on.unwrap_or_else(|| record::Open::begin(shape)));
    }
    if records.len() < 2 {
        return lines.to_vec();
    }
    let level = |record: &[&str]| record.iter().map(|line| line::level(line)).max();
    let failing = records.iter().filter(|record| level(record) == Some(Level::Error));
    let Some((best, found)) = first_of(failing.map(|record| (weight(record), record))) else { return lines.to_vec() };
    let telling = || records.iter().find(|record| level(record) == Some(Level::Plain) && is_telling(record));
    if best > ECHO { found.clone() } else { telling().unwrap_or(found).clone() }
}

/// How much a record says about why a run failed.
fn weight(lines: &[&str]) -> u8 {
    let own = weight_by_words(lines);
    // That a run has ended, or a job of it, is the consequence of something that another record tells.
    if own > ECHO && error::says_nothing(&error::error_of(lines).0) { ECHO } else { own }
}

fn weight_by_words(lines: &[&str]) -> u8 {
    let first = lines.first().copied().unwrap_or_default();
    let says = |words: &[&str]| lines.iter().any(|line| words.iter().any(|word| line.contains(word)));
    if says(&["failed to execute with exception"]) {
        return 11;
    }
    let traceback = says(&[line::TRACEBACK_HEAD]);
    if traceback && says(&["Error from Python", "ProcessLauncher"]) {
        return 10;
    }
    if first.contains("Exception in thread \"main\"")
        || says(&["Exception in User Class", "User class threw exception", "class threw exception"])
    {
        return 10;
    }
    if traceback {
        // One that the program has caught and logged is mostly not the one that ended it.
        return if first.starts_with("Traceback") { 9 } else { 7 };
    }
    if is_failed_analysis(first) {
        return 8;
    }
    if says(&[
        "OutOfMemoryError",
        "No space left on device",
        "exceeding memory limits",
        "beyond physical memory limits",
        "beyond virtual memory limits",
        "Exit code is 137",
    ]) {
        return 8;
    }
    if says(&["LAUNCH ERROR", "STDError Stream ERROR"]) {
        return 8;
    }
    // What stops a task or an executor is tried again, and mostly an echo, or a symptom.
    if says(&["TaskSetManager", "Lost task", "Lost executor", "BlockManager", "ShuffleBlockFetcher"]) {
        return 3;
    }
    if line::is_exception(first) || first.starts_with("Caused by") {
        return 6;
    }
    if says(&["VIOLATED", "Error Category:", "Command failed with"]) {
        return 5;
    }
    if Class::of(first) == Class::Unknown { 2 } else { 6 }
}

/// Whether a text is Glue's analysis of a run that failed. Other events of it are no failures of the run.
pub fn is_failed_analysis(text: &str) -> bool {
    text.contains("[Glue Exception Analysis]") && text.contains("GlueExceptionAnalysisJobFailed")
}
