//! Rows as they are held: the text of many cells in one piece, and where each ends.

use crate::domain::ResultColumn;
use std::sync::Arc;

/// Set in a cell's end if it is NULL.
const NULL: u32 = 1 << 31;
/// A batch is full at this many bytes, or rows.
const FULL_BYTES: usize = 1 << 20;
const FULL_ROWS: usize = 8_192;

/// Some rows of a result, each with the same number of cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    columns: usize,
    text: String,
    ends: Vec<u32>,
}

/// The rows that have been fetched. Copies share them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    pub columns: Arc<Vec<ResultColumn>>,
    batches: Vec<Arc<Batch>>,
    /// The number of the first row of each batch.
    starts: Vec<usize>,
    count: usize,
    bytes: usize,
}

impl Batch {
    /// An empty batch of rows with so many cells.
    pub fn new(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Adds a row: cells that are missing are NULL, cells beyond the columns are left out.
    pub fn push<'c>(&mut self, cells: impl IntoIterator<Item = Option<&'c str>>) {
        let mut cells = cells.into_iter();
        for _ in 0..self.columns {
            let cell = cells.next().flatten();
            self.text.push_str(cell.unwrap_or_default());
            self.ends.push(self.text.len() as u32 | if cell.is_none() { NULL } else { 0 });
        }
    }

    /// From cells that lie one behind the other: ends as they are held. What is no UTF-8 is replaced by `U+FFFD`.
    pub(super) fn of_bytes(columns: usize, text: Vec<u8>, ends: Vec<u32>) -> Self {
        match String::from_utf8(text) {
            Ok(text) if ends.iter().all(|end| text.is_char_boundary((end & !NULL) as usize)) => {
                Self { columns, text, ends }
            }
            Ok(text) => Self::of_broken(columns, text.as_bytes(), &ends),
            Err(error) => Self::of_broken(columns, error.as_bytes(), &ends),
        }
    }

    fn of_broken(columns: usize, bytes: &[u8], ends: &[u32]) -> Self {
        let mut batch = Self::new(columns);
        let mut from = 0;
        for end in ends {
            let to = (end & !NULL) as usize;
            batch.text.push_str(&String::from_utf8_lossy(&bytes[from..to]));
            batch.ends.push(batch.text.len() as u32 | (end & NULL));
            from = to;
        }
        batch
    }

    /// A cell's end as it is held.
    pub(super) fn end(text: usize, null: bool) -> u32 {
        text as u32 | if null { NULL } else { 0 }
    }

    /// The number of cells of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.ends.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is time for the next one.
    pub fn is_full(&self) -> bool {
        self.text.len() >= FULL_BYTES || self.len() >= FULL_ROWS
    }

    /// A cell; none if it is NULL.
    pub fn cell(&self, row: usize, column: usize) -> Option<&str> {
        let n = row * self.columns + column;
        let end = *self.ends.get(n)?;
        let from = if n == 0 { 0 } else { self.ends[n - 1] & !NULL };
        if end & NULL != 0 { None } else { self.text.get(from as usize..end as usize) }
    }

    /// The first rows of it.
    #[must_use]
    pub fn first(mut self, rows: usize) -> Self {
        if rows < self.len() {
            self.ends.truncate(rows * self.columns);
            self.text.truncate(self.ends.last().map_or(0, |end| (end & !NULL) as usize));
        }
        self
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }

    /// Gives back what is not used.
    fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

impl Rows {
    /// No rows yet.
    pub fn new(columns: Vec<ResultColumn>) -> Self {
        Self { columns: Arc::new(columns), ..Self::default() }
    }

    /// Adds rows behind the others.
    pub fn push(&mut self, mut batch: Batch) {
        if batch.is_empty() {
            return;
        }
        batch.shrink();
        self.starts.push(self.count);
        self.count += batch.len();
        self.bytes += batch.bytes();
        self.batches.push(Arc::new(batch));
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// A cell; none if it is NULL, or not there.
    pub fn cell(&self, row: usize, column: usize) -> Option<&str> {
        let n = self.starts.partition_point(|start| *start <= row).checked_sub(1)?;
        self.batches[n].cell(row - self.starts[n], column)
    }

    pub fn batches(&self) -> &[Arc<Batch>] {
        &self.batches
    }

    /// The cells of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = Option<&str>> {
        (0..self.columns.len()).map(move |column| self.cell(row, column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_empty_and_blank_are_told_apart() {
        let mut batch = Batch::new(3);
        batch.push([Some("a"), None, Some("")]);
        batch.push([Some("  "), Some("洗")]);
        let kind = |name: &str| ResultColumn { name: name.into(), kind: "varchar".into() };
        let mut rows = Rows::new(vec![kind("x"), kind("y"), kind("z")]);
        rows.push(batch.clone());
        rows.push(batch);
        assert_eq!(rows.len(), 4);
        assert_eq!(rows.row(2).collect::<Vec<_>>(), [Some("a"), None, Some("")]);
        assert_eq!(rows.row(3).collect::<Vec<_>>(), [Some("  "), Some("洗"), None]);
        assert_eq!(rows.cell(4, 0), None);
    }
}
