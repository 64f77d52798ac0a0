//! The log that is held: events of several streams merged by time, grouped into records, filtered by filters.

use super::chunk::{Chunk, Event, Key};
use super::filter_job::{FilterJob, FilterResult, Filters};
use super::line::{Level, Shape};
use super::record;
use std::collections::HashMap;
use std::sync::Arc;

/// An event: the number of its chunk, and its place there.
pub type Id = u32;

/// Bits of an id for the place in a chunk: a page has at most 10,000 events.
const INDEX_BITS: u32 = 14;
const MAX_CHUNK_EVENTS: usize = 1 << INDEX_BITS;

/// A line goes on a record for at most this long, in milliseconds.
const MAX_RECORD_MILLIS: i64 = 5_000;
/// Events of a record at most: text that is indented for ever is no stack trace.
const MAX_RECORD_LINES: usize = 500;
/// Filters are answered at once for so many events; for more, off the key path.
const AT_ONCE: usize = 30_000;

/// On which side of what is held a page lies: it decides the order of events of one millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Older,
    Newer,
}

#[derive(Debug, Clone)]
struct Held {
    stream: u16,
    chunk: Arc<Chunk>,
}

/// The record that is open at the end of a stream.
#[derive(Debug, Clone, Copy)]
struct Open {
    head: Id,
    at: i64,
    shape: record::Open,
    lines: usize,
}

/// All events that are held.
#[derive(Debug, Default)]
pub struct Log {
    chunks: Vec<Held>,
    /// All events, by time; those of one millisecond as the service gave them.
    order: Vec<Id>,
    /// The first events of records, in order.
    heads: Vec<Id>,
    /// The further events of records that have some, by head.
    rest: HashMap<Id, Vec<Id>>,
    open: HashMap<u16, Open>,
    bytes: usize,
    filters: Arc<Filters>,
    /// By chunk and event: which of the filters have found something there.
    masks: Vec<Vec<u8>>,
    /// The heads of the records that pass, in order.
    shown: Vec<Id>,
    /// Counts the sets of filters; a late answer to an older one is of no use.
    generation: u64,
    pending: bool,
}

impl Log {
    /// The number of events.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// About how many bytes are held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The first events of the records that pass the filters, in order.
    pub fn shown(&self) -> &[Id] {
        &self.shown
    }

    /// All events in order.
    pub fn order(&self) -> &[Id] {
        &self.order
    }

    /// The first events of all records, in order.
    pub fn heads(&self) -> &[Id] {
        &self.heads
    }

    /// The further events of a record.
    pub fn rest(&self, head: Id) -> &[Id] {
        self.rest.get(&head).map_or(&[], Vec::as_slice)
    }

    /// The filters in force.
    pub fn filters(&self) -> &Filters {
        &self.filters
    }

    /// Whether the filters in force are still being applied.
    pub fn is_filtering(&self) -> bool {
        self.pending
    }

    /// Changes with the filters that are in force, and with what is held.
    pub fn version(&self) -> (u64, usize) {
        (self.generation * 2 + u64::from(self.pending), self.order.len())
    }

    pub fn event(&self, id: Id) -> Event {
        self.held(id).chunk.event(index(id))
    }

    /// Its text, as it was written.
    pub fn text(&self, id: Id) -> &str {
        self.held(id).chunk.text(index(id))
    }

    /// The number of its stream.
    pub fn stream(&self, id: Id) -> usize {
        self.held(id).stream as usize
    }

    /// The event as it came.
    pub fn line(&self, id: Id) -> crate::domain::LogLine {
        self.held(id).chunk.line(index(id))
    }

    /// The level of a record: the highest of its events.
    pub fn level(&self, head: Id) -> Level {
        let own = self.event(head).level;
        match own {
            // What is said to be harmless is not raised by its stack trace.
            Level::Noise => own,
            _ => self.rest(head).iter().map(|id| self.event(*id).level).fold(own, Level::max),
        }
    }

    /// The lines of a record.
    pub fn lines(&self, head: Id) -> impl Iterator<Item = &str> {
        std::iter::once(head).chain(self.rest(head).iter().copied()).flat_map(|id| self.text(id).split('\n'))
    }

    /// The place of a record among those shown: its own, or where it would stand.
    pub fn position(&self, head: Id) -> Result<usize, usize> {
        let at = self.event(head).at;
        let first = self.shown.partition_point(|id| self.event(*id).at < at);
        let same = self.shown[first..].iter().take_while(|id| self.event(**id).at == at);
        same.enumerate().find(|(_, id)| **id == head).map(|(n, _)| first + n).ok_or(first)
    }

    /// The place of the first shown record at or after a time, in milliseconds.
    pub fn position_at(&self, at: i64) -> usize {
        self.shown.partition_point(|id| self.event(*id).at < at)
    }

    /// Adds a page of a stream. Answers how many records are shown more.
    pub fn add(&mut self, stream: usize, chunk: Chunk, side: Side) -> usize {
        let before = self.shown.len();
        let parts = chunk.parts(MAX_CHUNK_EVENTS);
        match side {
            Side::Newer => parts.into_iter().for_each(|part| self.add_part(stream, part, side)),
            Side::Older => parts.into_iter().rev().for_each(|part| self.add_part(stream, part, side)),
        }
        self.shown.len().saturating_sub(before)
    }

    fn add_part(&mut self, stream: usize, chunk: Chunk, side: Side) {
        if chunk.is_empty() {
            return;
        }
        let number = self.chunks.len() as u32;
        let mut ids: Vec<Id> = (0..chunk.len() as u32).map(|n| (number << INDEX_BITS) | n).collect();
        ids.sort_by_key(|id| chunk.event(index(*id)).at);
        self.bytes += chunk.bytes();
        self.masks.push(self.filters.masks(&chunk, stream));
        self.chunks.push(Held { stream: stream as u16, chunk: Arc::new(chunk) });
        let first = self.event(ids[0]).at;
        let behind = self.order.last().is_none_or(|last| {
            let last = self.event(*last).at;
            if side == Side::Newer { last <= first } else { last < first }
        });
        if behind {
            self.order.extend_from_slice(&ids);
            self.group(&ids);
        } else if self.lies_before(&ids, side) {
            self.prepend(ids);
        } else {
            self.merge(&ids, side);
            self.regroup();
        }
    }

    /// Whether events lie before all that is held, which begins a record of its own.
    fn lies_before(&self, ids: &[Id], side: Side) -> bool {
        let (Some(last), Some(first)) = (ids.last(), self.order.first()) else { return false };
        let (last, first) = (self.event(*last).at, self.event(*first));
        let before = if side == Side::Older { last <= first.at } else { last < first.at };
        // The first event of any stream may go on a record that lies before.
        let streams = self.chunks.iter().map(|held| held.stream).collect::<std::collections::BTreeSet<_>>();
        let begins = match first.shape {
            Shape::Start | Shape::Header => true,
            // It may be the end of a traceback that lies before.
            Shape::Loose => ids
                .iter()
                .rev()
                .take(MAX_RECORD_LINES)
                .all(|id| !matches!(self.event(*id).shape, Shape::Traceback | Shape::Header | Shape::Frame { .. })),
            _ => false,
        };
        before && begins && streams.len() == 1
    }

    /// Puts events before all others: of a long log that is read from its end, the one way in which it grows.
    fn prepend(&mut self, ids: Vec<Id>) {
        let open = std::mem::take(&mut self.open);
        let (heads, shown) = (std::mem::take(&mut self.heads), std::mem::take(&mut self.shown));
        self.group(&ids);
        self.open = open;
        self.heads.extend(heads);
        self.shown.extend(shown);
        self.order.splice(0..0, ids);
    }

    /// Merges sorted events into the order: only what lies behind the first of them is moved.
    fn merge(&mut self, ids: &[Id], side: Side) {
        let at = |log: &Self, id: Id| log.event(id).at;
        let first = at(self, ids[0]);
        let start = self.order.partition_point(|id| match side {
            Side::Newer => at(self, *id) <= first,
            Side::Older => at(self, *id) < first,
        });
        let tail = self.order.split_off(start);
        let mut new = ids.iter().copied().peekable();
        for old in tail {
            let old_at = at(self, old);
            while let Some(id) = new.next_if(|id| {
                let new_at = at(self, *id);
                new_at < old_at || (new_at == old_at && side == Side::Older)
            }) {
                self.order.push(id);
            }
            self.order.push(old);
        }
        self.order.extend(new);
    }

    fn regroup(&mut self) {
        self.heads.clear();
        self.rest.clear();
        self.open.clear();
        self.shown.clear();
        let all = std::mem::take(&mut self.order);
        self.group(&all);
        self.order = all;
    }

    /// Groups further events, which lie behind all others, into records.
    fn group(&mut self, ids: &[Id]) {
        for &id in ids {
            let event = self.event(id);
            let stream = self.chunks[(id >> INDEX_BITS) as usize].stream;
            let open = self
                .open
                .get(&stream)
                .copied()
                .filter(|open| event.at - open.at <= MAX_RECORD_MILLIS && open.lines < MAX_RECORD_LINES);
            let goes_on = open.and_then(|open| Some((open, open.shape.with(event.shape)?)));
            match goes_on {
                Some((open, shape)) => {
                    self.rest.entry(open.head).or_default().push(id);
                    self.open.insert(stream, Open { shape, lines: open.lines + 1, ..open });
                    self.show(open.head);
                }
                None => {
                    let shape = record::Open::begin(event.shape);
                    self.open.insert(stream, Open { head: id, at: event.at, shape, lines: 1 });
                    self.heads.push(id);
                    self.show(id);
                }
            }
        }
    }

    /// Shows a record that has grown, or does not any more, as the filters want it.
    fn show(&mut self, head: Id) {
        let passes = self.passes(head);
        if passes && self.shown.last() == Some(&head) {
            return;
        }
        match self.heads.last() == Some(&head) {
            true if passes => self.shown.push(head),
            true if self.shown.last() == Some(&head) => drop(self.shown.pop()),
            true => {}
            false => match (self.position(head), passes) {
                (Err(_), true) => {
                    let index = self.place_of(head);
                    self.shown.insert(index, head);
                }
                (Ok(at), false) => drop(self.shown.remove(at)),
                _ => {}
            },
        }
    }

    /// Where a record belongs among those shown.
    fn place_of(&self, head: Id) -> usize {
        let at = self.event(head).at;
        let from = self.heads.partition_point(|id| self.event(*id).at < at);
        let before: Vec<Id> = self.heads[from..].iter().copied().take_while(|id| *id != head).collect();
        let first = self.shown.partition_point(|id| self.event(*id).at < at);
        first + self.shown[first..].iter().take_while(|id| before.contains(id)).count()
    }

    fn mask(&self, id: Id) -> u8 {
        self.masks[(id >> INDEX_BITS) as usize].get(index(id)).copied().unwrap_or(0)
    }

    fn record_mask(&self, head: Id) -> u8 {
        self.rest(head).iter().fold(self.mask(head), |mask, id| mask | self.mask(*id))
    }

    fn passes(&self, head: Id) -> bool {
        self.filters.is_empty()
            || (!self.filters.hidden.contains(&self.stream(head)) && self.filters.passes(self.record_mask(head)))
    }

    /// Whether what is looked for is in a record.
    pub fn is_found(&self, head: Id) -> bool {
        self.filters.finds(self.record_mask(head))
    }

    /// Puts filters in force. What cannot be answered at once is to be done elsewhere; until the answer comes, what is
    /// shown stays.
    pub fn set_filters(&mut self, filters: Filters) -> Option<FilterJob> {
        self.filters = Arc::new(filters);
        self.generation += 1;
        if self.order.len() <= AT_ONCE {
            let masks = |held: &Held| self.filters.masks(&held.chunk, held.stream as usize);
            self.masks = self.chunks.iter().map(masks).collect();
            self.pending = false;
            self.choose();
            return None;
        }
        self.pending = true;
        let chunks = self.chunks.iter().map(|held| (held.stream as usize, Arc::clone(&held.chunk))).collect();
        Some(FilterJob { generation: self.generation, filters: Arc::clone(&self.filters), chunks })
    }

    /// Tells what streams are called, and which are hidden: more of them have been found.
    pub fn rename_sources(&mut self, filters: Filters) {
        self.filters = Arc::new(filters);
    }

    /// All that is held, for work elsewhere.
    pub fn chunks(&self) -> Vec<Arc<Chunk>> {
        self.chunks.iter().map(|held| Arc::clone(&held.chunk)).collect()
    }

    /// Takes the answer; one to older filters is dropped.
    pub fn apply_filter_result(&mut self, answer: FilterResult) {
        if answer.generation == self.generation {
            for (own, new) in self.masks.iter_mut().zip(answer.masks) {
                *own = new;
            }
            self.pending = false;
            self.choose();
        }
    }

    fn choose(&mut self) {
        self.shown = self.heads.iter().copied().filter(|head| self.passes(*head)).collect();
    }

    /// The events of a stream within a span of time (both ends included), counted by what tells them apart.
    pub fn keys(&self, stream: usize, (from, to): (i64, i64)) -> HashMap<Key, u32> {
        let mut keys = HashMap::new();
        let start = self.order.partition_point(|id| self.event(*id).at < from);
        for &id in self.order[start..].iter().take_while(|id| self.event(**id).at <= to) {
            if self.stream(id) == stream {
                *keys.entry(self.held(id).chunk.key(index(id))).or_insert(0) += 1;
            }
        }
        keys
    }

    /// The time of the first event of a stream behind a time, in milliseconds.
    pub fn first_after(&self, stream: usize, at: i64) -> Option<i64> {
        let start = self.order.partition_point(|id| self.event(*id).at <= at);
        self.order[start..].iter().find(|id| self.stream(**id) == stream).map(|id| self.event(*id).at)
    }

    /// Times of the first and the last event of a stream, in milliseconds.
    pub fn span(&self, stream: usize) -> Option<(i64, i64)> {
        let of = |held: &&Held| held.stream as usize == stream && !held.chunk.is_empty();
        let ends = self.chunks.iter().filter(of).flat_map(|held| held.chunk.events()).map(|event| event.at);
        ends.fold(None, |span, at| Some(span.map_or((at, at), |(from, to): (i64, i64)| (from.min(at), to.max(at)))))
    }

    /// Drops the events of all streams that are older than a time, in milliseconds, a chunk at a time.
    pub fn forget_before(&mut self, at: i64) {
        let gone: Vec<bool> =
            self.chunks.iter().map(|held| held.chunk.events().iter().all(|event| event.at < at)).collect();
        self.order.retain(|id| !gone[(*id >> INDEX_BITS) as usize]);
        for (n, held) in self.chunks.iter_mut().enumerate().filter(|(n, _)| gone[*n]) {
            self.bytes -= held.chunk.bytes();
            held.chunk = Arc::new(Chunk::default());
            self.masks[n] = Vec::new();
        }
        self.regroup();
    }

    fn held(&self, id: Id) -> &Held {
        &self.chunks[(id >> INDEX_BITS) as usize]
    }
}

fn index(id: Id) -> usize {
    (id & ((1 << INDEX_BITS) - 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::super::filter::Filter;
    use super::*;
    use crate::domain::{LogLine, Time};
    use proptest::prelude::*;

    fn chunk(lines: &[(i64, String)]) -> Chunk {
        Chunk::of(lines.iter().map(|(at, text)| LogLine {
            at: Time::from_timestamp_millis(*at),
            ingested: Time::from_timestamp_millis(at + 5),
            message: text.clone(),
        }))
    }

    fn page(lines: &[(i64, &str)]) -> Chunk {
        chunk(&lines.iter().map(|(at, text)| (*at, (*text).to_owned())).collect::<Vec<_>>())
    }

    fn texts(log: &Log) -> Vec<&str> {
        log.order().iter().map(|id| log.text(*id)).collect()
    }

    #[test]
    fn pages_on_both_sides_and_late_events_find_their_place() {
        let mut log = Log::default();
        log.add(0, page(&[(30, "d"), (30, "e")]), Side::Newer);
        log.add(0, page(&[(10, "a"), (20, "b"), (30, "c")]), Side::Older);
        log.add(1, page(&[(20, "b2")]), Side::Newer);
        log.add(0, page(&[(30, "f"), (40, "g")]), Side::Newer);
        assert_eq!(texts(&log), ["a", "b", "b2", "c", "d", "e", "f", "g"]);
        log.forget_before(30);
        assert_eq!(log.len(), 7, "a chunk goes as a whole, when all of it is so old");
    }

    #[test]
    fn a_clock_that_goes_back_and_many_equal_times_lose_nothing() {
        let mut log = Log::default();
        log.add(0, page(&[(30, "late"), (10, "set back"), (20, "on again")]), Side::Newer);
        log.add(0, page(&[(5, "set back again")]), Side::Newer);
        assert_eq!(texts(&log), ["set back again", "set back", "on again", "late"]);
        let mut log = Log::default();
        for part in 0..100 {
            let lines: Vec<(i64, String)> = (0..1_000).map(|n| (7, (part * 1_000 + n).to_string())).collect();
            log.add(0, chunk(&lines), Side::Newer);
        }
        let numbers = log.order().iter().filter_map(|id| log.text(*id).parse::<usize>().ok());
        assert!(numbers.eq(0..100_000), "events of one millisecond stay in their order");
    }

    #[test]
    fn a_traceback_of_many_events_is_one_record_also_between_lines_of_another_stream() {
        let mut log = Log::default();
        log.add(
            0,
            page(&[(1, "Traceback (most recent call last):"), (3, "  File \"x\", line 1"), (5, "KeyError: 'a'")]),
            Side::Newer,
        );
        log.add(1, page(&[(2, "read 1"), (4, "read 2")]), Side::Newer);
        assert_eq!(log.heads().len(), 3);
        let head = log.heads()[0];
        assert_eq!(log.lines(head).count(), 3);
        assert_eq!(log.level(head), Level::Error);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_filters_say_the_same_at_once_and_bit_by_bit(
            pages in proptest::collection::vec((0_usize..3, any::<bool>(), proptest::collection::vec((0_i64..9_000, 0_usize..6), 1..12)), 1..14),
            filters in proptest::collection::vec(0_usize..5, 0..3),
        ) {
            let words = ["Traceback (most recent call last):", "  File 1", "KeyError: x", "INFO ready", "WARN slow", "plain"];
            let choice = ["KeyError", "!File", "level:warn", "source:one", "~pln"];
            let stack: Vec<Filter> = filters.iter().map(|n| Filter::parse(choice[*n]).expect("a filter")).collect();
            let sources = vec!["one".to_owned(), "two".to_owned(), "three".to_owned()];
            let filters = || Filters { stack: stack.clone(), find: None, sources: sources.clone(), hidden: vec![2] };
            let (mut slowly, mut at_once) = (Log::default(), Log::default());
            slowly.set_filters(filters());
            let mut count = 0;
            for (stream, newer, lines) in pages {
                let mut lines: Vec<(i64, String)> = lines.into_iter().map(|(at, word)| (at, words[word].to_owned())).collect();
                lines.sort_by_key(|(at, _)| *at);
                count += lines.len();
                let side = if newer { Side::Newer } else { Side::Older };
                slowly.add(stream, chunk(&lines), side);
                at_once.add(stream, chunk(&lines), side);
            }
            at_once.set_filters(filters());
            prop_assert_eq!(slowly.len(), count);
            let times: Vec<i64> = slowly.order().iter().map(|id| slowly.event(*id).at).collect();
            prop_assert!(times.is_sorted());
            let lines: usize = slowly.heads().iter().map(|head| 1 + slowly.rest(*head).len()).sum();
            prop_assert_eq!(lines, count);
            prop_assert_eq!(slowly.shown(), at_once.shown());
            for head in slowly.shown() {
                prop_assert!(slowly.position(*head).is_ok());
            }
        }
    }
}
