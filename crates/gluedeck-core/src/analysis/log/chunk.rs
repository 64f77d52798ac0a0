//! A page of a log as it is held: one text, and where its events lie in it.

use super::line::{self, Level, Shape};
use crate::domain::{LogLine, Time};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Bytes of an event beside its text.
const OVERHEAD: usize = size_of::<Event>() + 16;

/// An event of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Milliseconds since 1970, by the writer's clock.
    pub at: i64,
    /// How long after that it was taken in, in milliseconds.
    pub delay: i32,
    from: u32,
    len: u32,
    pub level: Level,
    pub shape: Shape,
}

/// The events that one reading of a stream has brought, in the order in which the service gave them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chunk {
    text: String,
    events: Vec<Event>,
}

/// What tells two events of a stream apart where the API gives no id (GetLogEvents, StartLiveTail). Equal ones are told
/// apart by their number.
pub type Key = (i64, i32, u64);

impl Chunk {
    /// From a page, in its order.
    pub fn of(lines: impl IntoIterator<Item = LogLine>) -> Self {
        let mut chunk = Self::default();
        for line in lines {
            chunk.push(&line);
        }
        chunk
    }

    /// Adds an event behind the others. One without a time has that of its neighbour.
    pub fn push(&mut self, line: &LogLine) {
        let before = self.events.last().map_or(0, |event| event.at);
        let at = line.at.map_or(before, |at| at.timestamp_millis());
        let delay = line.ingested.map_or(0, |ingested| ingested.timestamp_millis().saturating_sub(at));
        let message = line.message.trim_end_matches(['\n', '\r']);
        let (from, len) = (self.text.len() as u32, message.len() as u32);
        self.text.push_str(message);
        self.events.push(Event {
            at,
            delay: delay.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32,
            from,
            len,
            level: line::level(message),
            shape: line::shape(message),
        });
    }

    /// The number of events.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The n-th event.
    pub fn event(&self, n: usize) -> Event {
        self.events[n]
    }

    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The text of the n-th event, as it was written.
    pub fn text(&self, n: usize) -> &str {
        let event = &self.events[n];
        &self.text[event.from as usize..(event.from + event.len) as usize]
    }

    /// What tells the n-th event from others of its stream.
    pub fn key(&self, n: usize) -> Key {
        let event = &self.events[n];
        let mut hasher = DefaultHasher::new();
        self.text(n).hash(&mut hasher);
        (event.at, event.delay, hasher.finish())
    }

    /// The n-th event as it came.
    pub fn line(&self, n: usize) -> LogLine {
        let event = &self.events[n];
        let time = Time::from_timestamp_millis;
        LogLine {
            at: time(event.at),
            ingested: time(event.at.saturating_add(i64::from(event.delay))),
            message: self.text(n).to_owned(),
        }
    }

    /// Only the events that are wanted.
    #[must_use]
    pub fn keep(self, mut wanted: impl FnMut(&Self, usize) -> bool) -> Self {
        let kept: Vec<bool> = (0..self.len()).map(|n| wanted(&self, n)).collect();
        if kept.iter().all(|kept| *kept) {
            return self;
        }
        let mut chunk = Self::default();
        for n in (0..self.len()).filter(|n| kept[*n]) {
            let event = self.events[n];
            let from = chunk.text.len() as u32;
            chunk.text.push_str(self.text(n));
            chunk.events.push(Event { from, ..event });
        }
        chunk
    }

    /// Cut into chunks of at most `most` events.
    #[must_use]
    pub fn parts(self, most: usize) -> Vec<Self> {
        if self.len() <= most {
            return vec![self];
        }
        let mut parts: Vec<Self> = Vec::new();
        for n in 0..self.len() {
            if n % most == 0 {
                parts.push(Self::default());
            }
            if let Some(part) = parts.last_mut() {
                let from = part.text.len() as u32;
                part.text.push_str(self.text(n));
                part.events.push(Event { from, ..self.events[n] });
            }
        }
        parts
    }

    /// Adds another's events behind.
    pub fn append(&mut self, other: &Self) {
        let shift = self.text.len() as u32;
        self.text.push_str(&other.text);
        self.events.extend(other.events.iter().map(|event| Event { from: event.from + shift, ..*event }));
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.events.len() * OVERHEAD
    }
}
