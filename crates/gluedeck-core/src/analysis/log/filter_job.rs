//! Applying filters to many events, off the key path.

use super::chunk::Chunk;
use super::filter::{Filter, Scratch};
use std::sync::Arc;

/// Filters that can be stacked; the eighth bit of a mask is for what is looked for.
pub const MAX_FILTERS: usize = 7;
const FOUND: u8 = 1 << MAX_FILTERS;

/// What is shown, and what is looked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filters {
    /// A record is shown if it passes all of them.
    pub stack: Vec<Filter>,
    /// What is looked for among the records that are shown.
    pub find: Option<Filter>,
    /// Labels of the streams, by number.
    pub sources: Vec<String>,
    /// Numbers of streams that are not shown.
    pub hidden: Vec<usize>,
}

impl Filters {
    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.stack.is_empty() && self.hidden.is_empty()
    }

    /// For each event of a chunk, which filters have found what they look for: inverse ones too, since a record is
    /// judged by all of its lines.
    pub fn masks(&self, chunk: &Chunk, stream: usize) -> Vec<u8> {
        if self.stack.is_empty() && self.find.is_none() {
            return Vec::new();
        }
        let mut scratch = Scratch::default();
        let source = self.sources.get(stream).map_or("", String::as_str);
        let mut mask = |n: usize| {
            let (text, level) = (chunk.text(n), chunk.event(n).level);
            let mut found = |filter: &Filter| filter.finds(text, level, source, &mut scratch);
            let mut mask = 0;
            for (bit, filter) in self.stack.iter().take(MAX_FILTERS).enumerate() {
                mask |= u8::from(found(filter)) << bit;
            }
            if self.find.as_ref().is_some_and(found) { mask | FOUND } else { mask }
        };
        (0..chunk.len()).map(&mut mask).collect()
    }

    /// Whether a record passes whose events have found this much together.
    pub fn passes(&self, mask: u8) -> bool {
        let mut stack = self.stack.iter().take(MAX_FILTERS).enumerate();
        stack.all(|(bit, filter)| (mask & (1 << bit) != 0) != filter.is_inverse())
    }

    /// Whether what is looked for is there.
    pub fn finds(&self, mask: u8) -> bool {
        mask & FOUND != 0
    }
}

/// Filters to be applied to all that is held.
#[derive(Debug, Clone)]
pub struct FilterJob {
    pub(super) generation: u64,
    pub(super) filters: Arc<Filters>,
    pub(super) chunks: Vec<(usize, Arc<Chunk>)>,
}

impl PartialEq for FilterJob {
    fn eq(&self, other: &Self) -> bool {
        self.generation == other.generation
    }
}

impl FilterJob {
    /// Applies them. It takes a tenth of a second for a million events: not for the key path.
    pub fn run(&self) -> FilterResult {
        let masks = self.chunks.iter().map(|(stream, chunk)| self.filters.masks(chunk, *stream)).collect();
        FilterResult { generation: self.generation, masks }
    }
}

/// Which filters each line passes: a mask a line, a list a chunk.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterResult {
    pub(super) generation: u64,
    pub(super) masks: Vec<Vec<u8>>,
}
