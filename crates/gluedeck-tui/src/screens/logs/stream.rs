//! Reading a stream: its end first, then backwards as far as it is wanted, and on as it grows.

use gluedeck_core::analysis::log::chunk::Key;
use gluedeck_core::analysis::log::{Chunk, Log, Side};
use gluedeck_core::domain::{Fault, LogSource, Time};
use gluedeck_core::request::{LogPage, LogPosition};
use std::collections::HashMap;
use std::time::Duration;

/// CloudWatch may deliver late lines for so many seconds: a busy job's total was seen to settle for 90.
pub(super) const LATE_EVENTS_WINDOW: i64 = 120;
/// The last two minutes of a stream that grows are read again this often, for what came late.
const SWEEP: Duration = Duration::from_secs(30);
/// Calls of one request at most.
const MAX_CALLS: usize = 8;

/// How far a stream is read in a direction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Edge {
    #[default]
    Unread,
    /// It goes on behind this token.
    Token(String),
    /// It goes on from a time, in milliseconds: what lay beyond is not held any more.
    At(i64),
    End,
}

/// What has been asked of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Head,
    Tail,
    Older,
    Newer,
    /// What is held already, for what came late.
    Sweep,
}

/// One stream and how far it is read.
#[derive(Debug)]
pub struct Stream {
    pub source: LogSource,
    /// The number of the run that it belongs to.
    pub run: usize,
    pub missing: bool,
    /// Not shown, and not read.
    pub hidden: bool,
    /// Events that were read.
    pub events: usize,
    /// Events that came later than others of their time, found by reading again.
    pub late: usize,
    pub fault: Option<(Fault, Time)>,
    /// When its end was last seen.
    pub read_to: Option<Time>,
    /// When its last minutes were last read again, and whether that is under way.
    swept: Option<Time>,
    sweeping: bool,
    swept_at: Duration,
    older: Edge,
    newer: Edge,
    /// Where reading from the beginning stands, if that has begun apart from the end, and the time it has come to.
    head: Option<(Edge, i64)>,
    asked: Option<Asked>,
    /// When it is asked for more, if it has been read to its end.
    next_at: Duration,
    /// When it is asked again after a failure.
    retry_at: Duration,
    calls: usize,
    /// Events that are held, and that reading will bring again: those of the last minutes, read once more, and those
    /// that live tail brought ahead of reading.
    expected: HashMap<Key, u32>,
}

/// What is wanted of all streams.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Read from the beginning on, not from the end.
    pub forwards: bool,
    pub from: Option<Time>,
    /// Whether what is older is wanted now.
    pub older: bool,
    /// Whether the beginning is wanted at once.
    pub head: bool,
    /// When the run ended.
    pub ended: Option<Time>,
    /// How often a stream is asked for more.
    pub poll_interval: Duration,
}

impl Stream {
    /// A stream of which nothing is known.
    pub fn new(source: LogSource, run: usize, hidden: bool) -> Self {
        Self {
            source,
            run,
            missing: false,
            hidden,
            events: 0,
            late: 0,
            fault: None,
            read_to: None,
            swept: None,
            sweeping: false,
            swept_at: Duration::ZERO,
            older: Edge::Unread,
            newer: Edge::Unread,
            head: None,
            asked: None,
            next_at: Duration::ZERO,
            retry_at: Duration::ZERO,
            calls: 1,
            expected: HashMap::new(),
        }
    }

    /// Whether all that there was is read, both ways.
    pub fn is_complete(&self) -> bool {
        self.missing || (self.older == Edge::End && self.read_to.is_some())
    }

    /// Whether something older than what is held is known to be there, or may be.
    pub fn has_older(&self) -> bool {
        !self.missing && !matches!(self.older, Edge::End)
    }

    /// Whether its end has been seen.
    pub fn is_at_end(&self) -> bool {
        self.missing || self.read_to.is_some()
    }

    /// Whether a page is on its way.
    pub fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Between which times, in milliseconds, something is not read yet, if the beginning has been read apart.
    pub fn gap(&self, log: &Log, number: usize) -> Option<(i64, i64)> {
        let (_, to) = self.head.as_ref()?;
        let first = log.first_after(number, *to)?;
        Some((*to, first))
    }

    /// Whether nothing more will come.
    pub fn is_over(&self, ended: Option<Time>) -> bool {
        let settled =
            |at: Option<Time>| at.zip(ended).is_some_and(|(at, ended)| (at - ended).num_seconds() > LATE_EVENTS_WINDOW);
        settled(self.read_to) && (self.missing || settled(self.swept) || self.swept.is_none())
    }

    /// Whether what is on its way was written after what is held.
    pub fn reads_newer(&self) -> bool {
        matches!(self.asked, Some(Asked::Newer | Asked::Sweep))
    }

    /// Asks again at once.
    pub fn retry_now(&mut self) {
        self.next_at = Duration::ZERO;
        self.retry_at = Duration::ZERO;
        self.swept_at = Duration::ZERO;
    }

    /// What to ask next, and in how many calls.
    pub fn next(&mut self, number: usize, wanted: Wanted, log: &Log, wall: Duration) -> Option<(LogPosition, usize)> {
        if self.asked.is_some() || wall < self.retry_at || self.hidden {
            return None;
        }
        let (asked, position) = self.choose(number, wanted, log, wall)?;
        self.asked = Some(asked);
        // The first page is shown as soon as it is there; what follows comes in larger portions.
        let calls = match asked {
            Asked::Tail | Asked::Head => 1,
            Asked::Sweep => MAX_CALLS,
            Asked::Older | Asked::Newer => self.calls,
        };
        Some((position, calls))
    }

    fn choose(&mut self, number: usize, wanted: Wanted, log: &Log, wall: Duration) -> Option<(Asked, LogPosition)> {
        if self.missing && wall < self.next_at {
            return None;
        }
        if self.newer == Edge::Unread {
            return Some(match wanted.forwards {
                true => (Asked::Newer, LogPosition::From(wanted.from)),
                false => (Asked::Tail, LogPosition::End(None)),
            });
        }
        if wanted.head && self.head.is_none() && self.has_older() {
            return Some((Asked::Head, LogPosition::From(wanted.from)));
        }
        let due = self.is_poll_due(wanted, wall);
        match (&self.newer, due) {
            (Edge::Token(_), true) if self.is_sweep_due(wanted, wall) && !log.is_empty() => {
                self.swept_at = wall + SWEEP;
                let last = log.span(number).map_or(0, |(_, last)| last);
                let from = last - LATE_EVENTS_WINDOW * 1_000;
                self.expected = log.keys(number, (from, i64::MAX));
                self.sweeping = true;
                return Some((Asked::Sweep, LogPosition::From(Time::from_timestamp_millis(from))));
            }
            (Edge::Token(token), true) => return Some((Asked::Newer, LogPosition::After(token.clone()))),
            (Edge::At(at), _) => {
                self.expected.extend(log.keys(number, (*at, i64::MAX)));
                return Some((Asked::Newer, LogPosition::From(Time::from_timestamp_millis(*at))));
            }
            _ => {}
        }
        match &self.older {
            Edge::Token(token) if wanted.older => Some((Asked::Older, LogPosition::Before(token.clone()))),
            Edge::At(at) if wanted.older => {
                // The end is exclusive, and what has the very time may be held in part.
                self.expected.extend(log.keys(number, (*at, *at)));
                Some((Asked::Older, LogPosition::End(Time::from_timestamp_millis(*at + 1))))
            }
            _ => None,
        }
    }

    fn is_poll_due(&self, wanted: Wanted, wall: Duration) -> bool {
        let reading = self.read_to.is_none();
        reading || (!self.is_over(wanted.ended) && wall >= self.next_at)
    }

    /// Late lines are looked for while the run goes on, and once more when it has settled.
    fn is_sweep_due(&self, wanted: Wanted, wall: Duration) -> bool {
        let settled = wanted.ended.is_some()
            && self
                .read_to
                .zip(wanted.ended)
                .is_some_and(|(read, ended)| (read - ended).num_seconds() > LATE_EVENTS_WINDOW);
        self.read_to.is_some() && (wall >= self.swept_at || (settled && self.swept.is_some()))
    }

    /// Takes a page; answers how many records are shown more.
    pub fn take(
        &mut self,
        number: usize,
        page: LogPage,
        log: &mut Log,
        (now, wall): (Time, Duration),
        poll_interval: Duration,
    ) -> usize {
        let Some(asked) = self.asked.take() else { return 0 };
        self.fault = None;
        self.missing = page.missing;
        self.calls = (self.calls * 2).min(MAX_CALLS);
        if page.missing {
            self.read_to = Some(now);
            self.older = Edge::End;
            self.next_at = wall + poll_interval;
            return 0;
        }
        if self.older == Edge::Unread || matches!(asked, Asked::Older) {
            self.older = match (&page.backward, asked) {
                (_, Asked::Newer) => Edge::End,
                (Some(token), _) if !page.at_end => Edge::Token(token.clone()),
                _ => Edge::End,
            };
        }
        if matches!(asked, Asked::Newer | Asked::Sweep | Asked::Tail)
            && let Some(token) = page.forward
        {
            self.newer = Edge::Token(token);
        }
        let caught_up = asked == Asked::Tail || (page.at_end && matches!(asked, Asked::Newer | Asked::Sweep));
        if caught_up {
            self.read_to = Some(now);
            self.next_at = wall + poll_interval;
            if self.sweeping {
                self.swept = Some(now);
            }
        }
        let sweeping = self.sweeping && matches!(asked, Asked::Sweep | Asked::Newer);
        self.sweeping &= !caught_up;
        let chunk = match asked {
            Asked::Head => return self.take_head(number, page.chunk, page.at_end, log),
            Asked::Older if self.head.is_some() => return self.fill_gap(number, page.chunk, log),
            _ => unexpected(page.chunk, &mut self.expected),
        };
        self.events += chunk.len();
        if sweeping {
            self.late += chunk.len();
        }
        log.add(number, chunk, if asked == Asked::Older { Side::Older } else { Side::Newer })
    }

    /// Takes the beginning, as far as it is not held.
    fn take_head(&mut self, number: usize, chunk: Chunk, all: bool, log: &mut Log) -> usize {
        let Some((first, _)) = log.span(number) else {
            self.older = Edge::End;
            self.events += chunk.len();
            return log.add(number, chunk, Side::Newer);
        };
        let to = chunk.events().iter().map(|event| event.at).max().unwrap_or(first);
        let chunk = unexpected(chunk, &mut log.keys(number, (first, to.max(first))));
        if all {
            self.older = Edge::End;
        } else {
            self.head = Some((Edge::Unread, to));
        }
        self.events += chunk.len();
        log.add(number, chunk, Side::Older)
    }

    /// Takes a page that lies between the beginning and the end. The gap closes when they meet.
    fn fill_gap(&mut self, number: usize, chunk: Chunk, log: &mut Log) -> usize {
        let to = self.head.as_ref().map_or(i64::MIN, |(_, to)| *to);
        // Pages come in the order of arrival: one that only begins to overlap may leave something out.
        let met = self.older == Edge::End || chunk.events().iter().all(|event| event.at <= to);
        let chunk = unexpected(chunk, &mut log.keys(number, (i64::MIN, to)));
        if met {
            self.older = Edge::End;
            self.head = None;
        }
        self.events += chunk.len();
        let seam = chunk.clone().keep(|chunk, n| chunk.event(n).at <= to);
        let rest = chunk.keep(|chunk, n| chunk.event(n).at > to);
        let added = log.add(number, seam, Side::Newer);
        added + log.add(number, rest, Side::Older)
    }

    /// Takes events that came another way, ahead of reading; reading will bring them again.
    pub fn take_live(&mut self, number: usize, chunk: Chunk, log: &mut Log) -> usize {
        for n in 0..chunk.len() {
            *self.expected.entry(chunk.key(n)).or_insert(0) += 1;
        }
        self.events += chunk.len();
        log.add(number, chunk, Side::Newer)
    }

    /// What is older than a time is not held any more.
    pub fn forget_before(&mut self, at: i64) {
        if !self.missing {
            self.older = Edge::At(at);
            self.head = None;
        }
    }

    /// Takes a failure: what is held stays, and it is tried again later.
    pub fn fail(&mut self, fault: Fault, now: Time, wall: Duration, poll_interval: Duration) {
        self.asked = None;
        self.calls = 1;
        let since = self.fault.as_ref().map_or(now, |(_, since)| *since);
        self.fault = Some((fault, since));
        self.retry_at = wall + poll_interval * 2;
    }
}

/// What is not held already.
fn unexpected(chunk: Chunk, expected: &mut HashMap<Key, u32>) -> Chunk {
    if expected.is_empty() {
        return chunk;
    }
    chunk.keep(|chunk, n| match expected.get_mut(&chunk.key(n)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    })
}
