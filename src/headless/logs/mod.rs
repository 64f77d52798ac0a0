//! `gluedeck logs`: the log of a job's run, of a workflow's, or of any group: its streams merged by time, filtered,
//! followed if asked, or only the first real error.

mod errors;
mod group;
mod merge;
mod sink;
mod sources;

use self::sink::Sink;
use super::output::Output;
use super::{CLOCK_TIMEOUT, Exit, now, report_fault};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::filter::number;
use gluedeck_core::analysis::log::{Filter, FilterError};
use gluedeck_core::domain::{Fault, FaultKind, JobName, LogSource, Part, Time, WorkflowName};
use std::io;
use std::time::Duration;
use thiserror::Error;

/// How often a log that is followed is asked for more.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// How long after the end of a run late lines are waited for, and how far back they are looked for, in seconds of AWS's
/// time.
const LATE_EVENTS_WINDOW: i64 = 120;
/// Tries against a service that does not answer; throttling is waited out for as long as it takes.
const TRIES: u32 = 6;

/// What is to be printed.
#[derive(Debug, Clone)]
pub struct LogOptions {
    pub what: LogOf,
    /// The run's id: of the job, or of the workflow. The latest without it.
    pub run: Option<String>,
    /// Part of a step's name.
    pub step: Option<String>,
    /// Streams of this part only; all without it.
    pub part: Option<Part>,
    pub since: Option<String>,
    pub until: Option<String>,
    pub follow: bool,
    pub grep: Option<String>,
    pub invert: bool,
    pub level: Option<String>,
    /// Only the first real error, with its context.
    pub errors: bool,
    pub output: Output,
}

/// Whose log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogOf {
    Job(JobName),
    Workflow(WorkflowName),
    /// Any log group, by what its streams' names begin with.
    Group {
        group: String,
        prefix: Option<String>,
    },
}

/// What is read, when the names and times have been understood.
#[derive(Debug, Clone)]
struct Span {
    from: Option<Time>,
    to: Option<Time>,
}

/// Prints a log.
///
/// # Errors
/// If stdout cannot be written.
pub async fn logs(gateway: &Gateway, options: &LogOptions) -> io::Result<Exit> {
    let filters = match filters(options) {
        Ok(filters) => filters,
        Err(why) => return Ok(usage(&why.to_string())),
    };
    let now = now(gateway).await;
    let time = |text: &Option<String>| text.as_deref().map(|text| moment(text, now)).transpose();
    let span = match (time(&options.since), time(&options.until)) {
        (Ok(Some(from)), Ok(Some(to))) if to < from => {
            return Ok(usage("--until is before --since: nothing is between them"));
        }
        (Ok(from), Ok(to)) => Span { from, to },
        (Err(why), _) | (_, Err(why)) => return Ok(usage(&why.to_string())),
    };
    let sink = Sink::new(options.output, filters);
    let done = match &options.what {
        LogOf::Group { group, prefix } if options.errors => {
            group::print_error(gateway, (group, prefix.as_deref()), &span, options).await
        }
        LogOf::Group { group, prefix } => group::print(gateway, (group, prefix.as_deref()), &span, options, sink).await,
        _ => of_runs(gateway, options, &span, sink).await,
    };
    match done {
        Ok(exit) => Ok(exit),
        Err(CommandError::Fault(fault)) => Ok(report_fault(&fault)),
        // Whoever reads has seen enough.
        Err(CommandError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(CommandError::Io(error)) => Err(error),
    }
}

async fn of_runs(gateway: &Gateway, options: &LogOptions, span: &Span, mut sink: Sink) -> Result<Exit, CommandError> {
    let mut runs = sources::runs(gateway, options).await?;
    let all: Vec<LogSource> = runs.iter().flat_map(|run| run.sources.clone()).collect();
    sink.width = all.iter().map(|source| source.label.len()).max().unwrap_or(0).max(6);
    if all.is_empty() && !options.errors {
        let what = options.part.map_or("log stream", |_| "log stream of this part");
        eprintln!("gluedeck: {}: no {what} (yet)", sources::title(options));
        if !options.follow {
            return Ok(Exit::Done);
        }
    }
    let mut merge = merge::Merge::new(all, span);
    if options.errors {
        return errors::print(gateway, &mut merge, options, &runs).await;
    }
    merge.read(gateway, &mut sink).await?;
    loop {
        sink.flush()?;
        let over = runs.iter().all(|run| run.ended.is_some()) && !runs.is_empty();
        let ended = runs.iter().filter_map(|run| run.ended).max();
        if !options.follow || (over && merge.is_settled(ended, self::now(gateway).await)) {
            break;
        }
        pause(gateway).await;
        if let Ok(again) = sources::runs(gateway, options).await {
            merge.also(again.iter().flat_map(|run| run.sources.clone()));
            runs = again;
        }
        merge.follow(gateway, &mut sink, self::now(gateway).await).await?;
    }
    for warning in merge.warnings() {
        eprintln!("gluedeck: {warning}");
    }
    if let Some(fault) = merge.fault() {
        eprintln!("{}", fault.advice());
    }
    if sink.seen == 0 && !merge.is_empty() && !merge.all_failed() {
        eprintln!("gluedeck: {}: no lines in this time range (yet)", sources::title(options));
    }
    Ok(if merge.all_failed() { Exit::Unreachable } else { Exit::Done })
}

fn usage(why: &str) -> Exit {
    eprintln!("gluedeck: {why}");
    Exit::Usage
}

/// What is wrong with the options of `logs`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
enum OptionError {
    #[error("--grep: {0}")]
    Grep(FilterError),
    #[error("--invert needs --grep")]
    InvertAlone,
    #[error("--level {0}: error, warn, info or all")]
    Level(String),
    #[error("invalid time {0}; use e.g. 1h ago, 03:04 UTC, 2026-11-25 or 2026-11-25T03:04:05Z")]
    Time(String),
}

fn filters(options: &LogOptions) -> Result<Vec<Filter>, OptionError> {
    let mut filters = Vec::new();
    if let Some(text) = &options.grep {
        filters.push(Filter::regex(text, options.invert).map_err(OptionError::Grep)?);
    } else if options.invert {
        return Err(OptionError::InvertAlone);
    }
    if let Some(word) = &options.level {
        let known = Filter::parse(&format!("level:{word}"));
        filters.push(known.map_err(|_| OptionError::Level(word.clone()))?);
    }
    Ok(filters)
}

/// A time: `1h` or `90s` ago, `03:04` or `03:04:05` today (the last such time), a day, or RFC 3339. All UTC.
fn moment(text: &str, now: Time) -> Result<Time, OptionError> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.with_timezone(&Utc));
    }
    if let Ok(day) = text.parse::<chrono::NaiveDate>() {
        return Ok(day.and_time(NaiveTime::MIN).and_utc());
    }
    let text = text.trim();
    let text = text.strip_suffix(" ago").unwrap_or(text);
    let clock = text.strip_suffix(" UTC").unwrap_or(text).trim_end_matches(['Z', 'z']);
    let times = ["%H:%M:%S", "%H:%M"];
    if let Some(clock) = times.iter().find_map(|format| NaiveTime::parse_from_str(clock, format).ok()) {
        let today = now.date_naive().and_time(clock).and_utc();
        return Ok(if today > now { today - TimeDelta::days(1) } else { today });
    }
    let unit = text.ends_with(['s', 'm', 'h', 'd']);
    match number(text).filter(|seconds| unit && (0.0..1e10).contains(seconds)) {
        Some(seconds) => Ok(now - TimeDelta::milliseconds((seconds * 1_000.0) as i64)),
        None => Err(OptionError::Time(text.to_owned())),
    }
}

/// What ends a command early.
enum CommandError {
    Fault(Fault),
    Io(io::Error),
}

impl From<Fault> for CommandError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Whether to try again after a fault, and how long to wait: throttling ends by itself.
fn again(fault: &Fault, tries: u32) -> Option<Duration> {
    // Credentials may have been renewed meanwhile, which the next call notices.
    let most = if fault.needs_a_person() { 1 } else { TRIES };
    let passing = fault.kind == FaultKind::Throttled || (fault.is_transient() && tries < most);
    passing.then(|| Duration::from_millis(250 * 2_u64.pow(tries.min(5))))
}

/// Between two looks; in a sandbox that goes faster, shorter.
async fn pause(gateway: &Gateway) {
    let speed = match gateway.endpoint() {
        Some(endpoint) => gluedeck_aws::read_clock(endpoint, CLOCK_TIMEOUT).await.map_or(1.0, |reading| reading.speed),
        None => 1.0,
    };
    tokio::time::sleep(POLL_INTERVAL.div_f64(speed.clamp(1.0, 10.0))).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_ago_today_or_whole() {
        let now: Time = "2026-11-25T04:00:00Z".parse().expect("a time");
        for (text, wanted) in [
            ("1h", "2026-11-25T03:00:00Z"),
            ("1h ago", "2026-11-25T03:00:00Z"),
            ("03:04 UTC", "2026-11-25T03:04:00Z"),
            ("90s", "2026-11-25T03:58:30Z"),
            ("03:04", "2026-11-25T03:04:00Z"),
            ("05:00:01Z", "2026-11-24T05:00:01Z"),
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("2026-11-20T01:02:03+02:00", "2026-11-19T23:02:03Z"),
        ] {
            assert_eq!(moment(text, now), Ok(wanted.parse().expect("a time")), "{text}");
        }
        for text in ["", "soon", "7", "-1h", "25:00"] {
            assert!(moment(text, now).is_err(), "{text}");
        }
    }
}
