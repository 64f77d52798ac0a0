//! Several streams, read forward page by page and printed in the order of time. A page is held no longer than it takes
//! the slowest stream to get there.

use super::sink::Sink;
use super::sources::ask;
use super::{CommandError, LATE_EVENTS_WINDOW, Span};
use chrono::TimeDelta;
use futures::future::join_all;
use gluedeck_aws::Gateway;
use gluedeck_core::analysis::log::Chunk;
use gluedeck_core::analysis::log::chunk::Key;
use gluedeck_core::domain::{Fault, LogSource, Time};
use gluedeck_core::request::{GetLogPage, LogPage, LogPosition};
use std::collections::HashMap;
use std::io;

/// The last minutes of a stream are read again this often, in seconds of AWS's time.
const SWEEP: i64 = 30;

struct Reading {
    source: LogSource,
    token: Option<String>,
    page: Chunk,
    /// The next event of the page.
    next: usize,
    done: bool,
    fault: Option<Fault>,
    /// Of the last minutes: how often each event was printed.
    printed: HashMap<Key, u32>,
    newest: i64,
    swept: Option<Time>,
}

/// Streams that are merged.
pub(super) struct Merge {
    readings: Vec<Reading>,
    span: Span,
}

impl Merge {
    pub(super) fn new(sources: Vec<LogSource>, span: &Span) -> Self {
        let mut merge = Self { readings: Vec::new(), span: span.clone() };
        merge.also(sources);
        merge
    }

    /// Takes up streams that are new.
    pub(super) fn also(&mut self, sources: impl IntoIterator<Item = LogSource>) {
        for source in sources {
            let same = |r: &Reading| r.source.group == source.group && r.source.stream == source.stream;
            if !self.readings.iter().any(same) {
                self.readings.push(Reading {
                    source,
                    token: None,
                    page: Chunk::default(),
                    next: 0,
                    done: false,
                    fault: None,
                    printed: HashMap::new(),
                    newest: i64::MIN,
                    swept: None,
                });
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.readings.is_empty()
    }

    /// What went wrong with single streams.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        let failed = self.readings.iter().filter_map(|reading| Some((&reading.source, reading.fault.as_ref()?)));
        failed.map(|(source, fault)| format!("{} {} skipped: {fault}", source.group, source.stream))
    }

    /// The n-th stream.
    pub(super) fn source(&self, n: usize) -> Option<&LogSource> {
        self.readings.get(n).map(|reading| &reading.source)
    }

    /// All pages of all streams, with the streams' numbers.
    pub(super) async fn all(&mut self, gateway: &Gateway) -> Result<Vec<(usize, Chunk)>, CommandError> {
        let mut all = Vec::new();
        for (n, reading) in self.readings.iter_mut().enumerate() {
            while !reading.done && reading.fault.is_none() {
                reading.fill(gateway, &self.span).await;
                all.push((n, std::mem::take(&mut reading.page)));
            }
        }
        Ok(all)
    }

    /// Why a stream could not be read, if one could not.
    pub(super) fn fault(&self) -> Option<&Fault> {
        self.readings.iter().find_map(|reading| reading.fault.as_ref())
    }

    /// Whether no stream could be read.
    pub(super) fn all_failed(&self) -> bool {
        !self.readings.is_empty() && self.readings.iter().all(|reading| reading.fault.is_some())
    }

    /// Reads everything that there is by now, in order.
    pub(super) async fn read(&mut self, gateway: &Gateway, sink: &mut Sink) -> Result<(), CommandError> {
        loop {
            let span = &self.span;
            let empty = self.readings.iter_mut().filter(|r| r.next == r.page.len() && !r.done && r.fault.is_none());
            join_all(empty.map(|reading| reading.fill(gateway, span))).await;
            if self.readings.iter().all(|r| r.next == r.page.len() && (r.done || r.fault.is_some())) {
                return Ok(());
            }
            self.print(sink)?;
        }
    }

    /// Prints as long as every stream that goes on has told what comes next.
    fn print(&mut self, sink: &mut Sink) -> io::Result<()> {
        loop {
            let waits = |r: &Reading| r.next == r.page.len() && !r.done && r.fault.is_none();
            if self.readings.iter().any(waits) {
                return Ok(());
            }
            let next = self.readings.iter_mut().filter(|r| r.next < r.page.len());
            let Some(reading) = next.min_by_key(|r| r.page.event(r.next).at) else { return Ok(()) };
            reading.print(sink)?;
        }
    }

    /// Reads on from where each stream was left, and the last minutes again from time to time.
    pub(super) async fn follow(&mut self, gateway: &Gateway, sink: &mut Sink, now: Time) -> Result<(), CommandError> {
        for reading in &mut self.readings {
            reading.done = false;
            reading.fault = None;
        }
        self.read(gateway, sink).await?;
        for n in 0..self.readings.len() {
            let due = self.readings[n].swept.is_none_or(|at| (now - at).num_seconds() >= SWEEP);
            if due && self.readings[n].newest > i64::MIN {
                self.readings[n].sweep(gateway, sink, now).await?;
            }
        }
        Ok(())
    }

    /// Whether nothing late will come any more.
    pub(super) fn is_settled(&self, ended: Option<Time>, now: Time) -> bool {
        let ended = ended.unwrap_or(now);
        let late = |reading: &Reading| {
            reading.newest > i64::MIN && reading.swept.is_none_or(|at| (at - ended).num_seconds() <= LATE_EVENTS_WINDOW)
        };
        (now - ended).num_seconds() > LATE_EVENTS_WINDOW && !self.readings.iter().any(late)
    }
}

impl Reading {
    async fn fill(&mut self, gateway: &Gateway, span: &Span) {
        let position = match &self.token {
            Some(token) => LogPosition::After(token.clone()),
            None => LogPosition::From(span.from),
        };
        match self.page(gateway, position).await {
            Ok(page) => {
                let first = self.token.is_none();
                self.page = page.chunk;
                self.next = 0;
                if page.forward.is_some() {
                    self.token = page.forward;
                }
                let past = |at: i64| span.to.is_some_and(|to| at > to.timestamp_millis());
                self.done = page.at_end || page.missing;
                if self.page.events().last().is_some_and(|event| past(event.at)) {
                    self.page = std::mem::take(&mut self.page).keep(|page, n| !past(page.event(n).at));
                    self.done = true;
                }
                self.done |= first && self.page.is_empty() && page.at_end;
            }
            Err(fault) => self.fault = Some(fault),
        }
    }

    async fn page(&self, gateway: &Gateway, position: LogPosition) -> Result<LogPage, Fault> {
        ask(gateway, GetLogPage { stream: 0, source: self.source.clone(), position, calls: 1 }).await
    }

    /// Prints the next event.
    fn print(&mut self, sink: &mut Sink) -> io::Result<()> {
        let n = self.next;
        self.next += 1;
        let event = self.page.event(n);
        self.newest = self.newest.max(event.at);
        *self.printed.entry(self.page.key(n)).or_insert(0) += 1;
        if self.printed.len() > 50_000 {
            self.forget();
        }
        sink.line(&self.source, &self.page.line(n))
    }

    /// Only what a sweep will see again has to be known.
    fn forget(&mut self) {
        let from = self.newest - 2 * LATE_EVENTS_WINDOW * 1_000;
        let before = self.printed.len();
        self.printed.retain(|key, _| key.0 >= from);
        // If all of it is so young, it is let grow.
        if self.printed.len() * 2 > before {
            self.printed.reserve(before);
        }
    }

    /// Reads the last minutes again, and prints what was not there before: events that came late.
    async fn sweep(&mut self, gateway: &Gateway, sink: &mut Sink, now: Time) -> Result<(), CommandError> {
        self.forget();
        let from = Time::from_timestamp_millis(self.newest).map(|at| at - TimeDelta::seconds(LATE_EVENTS_WINDOW));
        let start = from.map_or(i64::MIN, |from| from.timestamp_millis());
        let mut known = self.printed.clone();
        known.retain(|key, _| key.0 >= start);
        let mut position = LogPosition::From(from);
        loop {
            let page = match self.page(gateway, position).await {
                Ok(page) => page,
                // The next sweep sees it.
                Err(_) => return Ok(()),
            };
            let late = page.chunk.keep(|chunk, n| match known.get_mut(&chunk.key(n)) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => true,
            });
            for n in 0..late.len() {
                *self.printed.entry(late.key(n)).or_insert(0) += 1;
                self.newest = self.newest.max(late.event(n).at);
                sink.line(&self.source, &late.line(n))?;
            }
            match page.forward {
                Some(token) if !page.at_end => position = LogPosition::After(token),
                forward => {
                    // What was printed here must not come again by the old token.
                    if forward.is_some() {
                        self.token = forward;
                    }
                    self.swept = Some(now);
                    return Ok(());
                }
            }
        }
    }
}
