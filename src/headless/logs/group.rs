//! Any log group, by what its streams' names begin with, whatever wrote it.

use super::sink::Sink;
use super::sources::ask;
use super::{CommandError, LATE_EVENTS_WINDOW, LogOptions, Span, errors, pause};
use crate::headless::Exit;
use chrono::TimeDelta;
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::log::{Chunk, Log, Side, first_real_error};
use gluedeck_core::domain::{LogLine, LogSource, Part, Time};
use gluedeck_core::request::{FilterLogEvents, GroupPage};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// Pages without events, one after the other, after which no more are asked for: FilterLogEvents sends empty ones while it
/// searches, and some servers send them for ever.
const MAX_EMPTY_PAGES: u32 = 2_000;
const MAX_EMPTY_TIME: Duration = Duration::from_secs(120);
/// How often it is said that the search goes on.
const NOTICE_INTERVAL: Duration = Duration::from_secs(10);

/// Prints the events of a group, in the order in which the service interleaves them.
pub(super) async fn print(
    gateway: &Gateway,
    of: (&str, Option<&str>),
    span: &Span,
    options: &LogOptions,
    mut sink: Sink,
) -> Result<Exit, CommandError> {
    // Ids of what the next look brings again: late events have earlier times than what is there.
    let mut seen: HashMap<String, Time> = HashMap::new();
    let mut source = source(of.0, "");
    let mut from = span.from;
    let mut newest: Option<Time> = None;
    loop {
        let mut pages = GroupPages::new(of, from, span.to);
        while let Some(page) = pages.next(gateway).await? {
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
        }
        sink.flush()?;
        let now = super::now(gateway).await;
        if !options.follow || span.to.is_some_and(|to| now > to + TimeDelta::seconds(LATE_EVENTS_WINDOW)) {
            return Ok(if pages.gave_up { Exit::Unreachable } else { Exit::Done });
        }
        // The window that is read again ends where nothing late is expected any more.
        from = newest.map(|at| at - TimeDelta::seconds(LATE_EVENTS_WINDOW)).or(from);
        seen.retain(|_, at| from.is_none_or(|from| *at >= from));
        pause(gateway).await;
    }
}

/// Prints the first real error of a group.
pub(super) async fn print_error(
    gateway: &Gateway,
    of: (&str, Option<&str>),
    span: &Span,
    options: &LogOptions,
) -> Result<Exit, CommandError> {
    let mut sources: Vec<LogSource> = Vec::new();
    let mut lines: Vec<Vec<LogLine>> = Vec::new();
    let mut pages = GroupPages::new(of, span.from, span.to);
    while let Some(page) = pages.next(gateway).await? {
        for (stream, _, line) in page.events {
            let n = sources.iter().position(|known| known.stream == stream).unwrap_or_else(|| {
                sources.push(source(of.0, &stream));
                lines.push(Vec::new());
                sources.len() - 1
            });
            lines[n].push(line);
        }
    }
    // A log of each stream: merged into one they would be sorted again with each, and an error has the lines of its own
    // stream around it anyway.
    let logs = sources.iter().zip(lines).map(|(source, lines)| {
        let mut log = Log::default();
        log.add(0, Chunk::of(lines), Side::Newer);
        (source, log)
    });
    let found = logs.filter_map(|(source, log)| Some((log.event(first_real_error(&log)?).at, source, log)));
    match found.min_by_key(|(at, ..)| *at) {
        Some((_, source, log)) => errors::show(&log, |_| Some(source), options, &[]),
        None => errors::show(&Log::default(), |_| None, options, &[]),
    }
}

fn source(group: &str, stream: &str) -> LogSource {
    let (group, label) = (group.to_owned(), stream.to_owned());
    LogSource { group, stream: stream.to_owned(), part: Part::Other, label, prefix: None }
}

/// The pages of a group's events.
struct GroupPages {
    /// None where there are no more.
    next: Option<FilterLogEvents>,
    tokens: HashSet<String>,
    empty: u32,
    /// When the last event came, and when something was said last.
    event_at: Instant,
    said_at: Instant,
    gave_up: bool,
}

impl GroupPages {
    fn new((group, prefix): (&str, Option<&str>), from: Option<Time>, to: Option<Time>) -> Self {
        let prefix = prefix.map(str::to_owned);
        let next = FilterLogEvents { group: group.to_owned(), prefix, from, to, token: None };
        let now = Instant::now();
        Self { next: Some(next), tokens: HashSet::new(), empty: 0, event_at: now, said_at: now, gave_up: false }
    }

    async fn next(&mut self, gateway: &Gateway) -> Result<Option<GroupPage>, CommandError> {
        let Some(request) = self.next.take() else { return Ok(None) };
        let mut page = ask(gateway, request.clone()).await?;
        // An empty token, or one that was there before, leads nowhere.
        let token = page.next.take().filter(|token| !token.is_empty() && self.tokens.insert(token.clone()));
        self.next = token.map(|token| FilterLogEvents { token: Some(token), ..request });
        if page.events.is_empty() {
            self.empty += 1;
        } else {
            (self.empty, self.event_at) = (0, Instant::now());
        }
        if self.next.is_some() && (self.empty >= MAX_EMPTY_PAGES || self.event_at.elapsed() > MAX_EMPTY_TIME) {
            let seconds = self.event_at.elapsed().as_secs();
            eprintln!(
                "gluedeck: gave up after {} pages without an event in {seconds} s; there may be more: give --since and \
                 --until for a shorter time",
                self.empty
            );
            (self.next, self.gave_up) = (None, true);
        } else if self.empty > 0 && self.said_at.elapsed() > NOTICE_INTERVAL {
            self.said_at = Instant::now();
            eprintln!("gluedeck: still searching: {} pages without an event; ctrl-c ends it", self.empty);
        }
        Ok(Some(page))
    }
}
