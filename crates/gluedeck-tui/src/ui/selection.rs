//! What is selected in a list.

use std::cell::Cell;

/// The selected row of a list, by its identity: sorting, filtering and new data move the row, not the selection. As long as
/// nothing was pressed, the first row is selected, whatever it is. When the selected row goes, the one that takes its place
/// is selected.
#[derive(Debug, Clone)]
pub struct Selection<K> {
    key: Option<K>,
    /// Where the row was seen last.
    last: Cell<usize>,
}

impl<K> Default for Selection<K> {
    fn default() -> Self {
        Self { key: None, last: Cell::new(0) }
    }
}

impl<K> Selection<K> {
    /// Where the selection is in a list of `count` rows; `is` tells whether a row has an identity.
    pub fn index(&self, count: usize, is: impl Fn(usize, &K) -> bool) -> usize {
        let found = self.key.as_ref().and_then(|key| (0..count).find(|n| is(*n, key)));
        if let Some(found) = found {
            self.last.set(found);
        }
        found.unwrap_or(self.last.get()).min(count.saturating_sub(1))
    }

    /// The same, but the first row where the selected one is not there: for a list that has been narrowed down to what is
    /// looked for.
    pub fn index_or_first(&self, count: usize, is: impl Fn(usize, &K) -> bool) -> usize {
        let found = self.key.as_ref().and_then(|key| (0..count).find(|n| is(*n, key)));
        found.unwrap_or(0)
    }

    /// Whether what is selected is this.
    pub fn is(&self, is: impl Fn(&K) -> bool) -> bool {
        self.key.as_ref().is_some_and(is)
    }

    /// Whether nothing was selected yet.
    pub fn is_untouched(&self) -> bool {
        self.key.is_none()
    }

    /// Selects a row.
    pub fn select(&mut self, key: K) {
        self.key = Some(key);
    }

    /// Keeps the row that is selected now, whatever becomes of its place; without one, all stays as it is.
    pub fn hold(&mut self, key: Option<K>) {
        self.key = key.or(self.key.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(selection: &Selection<&str>, rows: &[&str]) -> usize {
        selection.index(rows.len(), |n, key| rows[n] == *key)
    }

    #[test]
    fn the_row_is_kept_through_sorting_and_its_neighbour_taken_when_it_goes() {
        let mut selection = Selection::default();
        assert_eq!(index(&selection, &["b", "a"]), 0, "untouched, the first row");
        assert_eq!(index(&selection, &["a", "b"]), 0);
        selection.hold(Some("b"));
        assert_eq!(index(&selection, &["a", "b", "c"]), 1);
        assert_eq!(index(&selection, &["c", "x", "b"]), 2, "it moves with its row");
        assert_eq!(index(&selection, &["a", "b", "c"]), 1);
        assert_eq!(index(&selection, &["a", "c"]), 1, "what has taken its place");
        assert_eq!(index(&selection, &["a"]), 0);
        assert_eq!(index(&selection, &[]), 0);
        selection.hold(None);
        assert_eq!(index(&selection, &["c", "b"]), 1, "nothing to hold changes nothing");
    }
}
