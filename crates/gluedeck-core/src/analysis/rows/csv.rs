//! Reading the CSV that Athena writes for a SELECT: every value is quoted, NULL is an empty cell without quotes, an empty
//! string is one with them (measured; readers that do not tell them apart lose the difference). Fed piece by piece.

use super::batch::Batch;
use memchr::{memchr, memchr3};
use thiserror::Error;

/// A cell that is longer than this is no cell of Athena's: a row is at most 32 MB there.
const MAX_CELL_BYTES: usize = 256 << 20;

/// Where in a record the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the first letter of a cell.
    Start,
    /// In a cell without quotes.
    Bare,
    /// Within quotes.
    Quoted,
    /// Behind a quote within quotes: the end, or the first of two that stand for one.
    Quote,
}

/// Why a file is no result of Athena's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CsvError {
    #[error("unterminated cell")]
    Unterminated,
    #[error("`{}` after a quoted cell", .0.escape_default())]
    AfterQuote(char),
    #[error("a row with {found} cells, expected {expected}")]
    Cells { found: usize, expected: usize },
    #[error("the file ends inside a cell")]
    EndsInCell,
}

/// A reader; it takes the file in any pieces.
#[derive(Debug)]
pub struct CsvReader {
    columns: usize,
    /// Records that are left out yet: the header, and rows that are known already.
    skip: usize,
    text: Vec<u8>,
    ends: Vec<u32>,
    at: At,
    /// Cells of the record that is being read.
    cells: usize,
    /// What of `text` and `ends` belongs to whole records.
    whole: (usize, usize),
}

impl CsvReader {
    /// A reader of records with so many cells, which leaves out the first `skip`.
    pub fn new(columns: usize, skip: usize) -> Self {
        let (text, ends) = (Vec::new(), Vec::new());
        Self { columns, skip, text, ends, at: At::Start, cells: 0, whole: (0, 0) }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// If this is no such file: a record with another number of cells, or a cell without end.
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), CsvError> {
        let mut rest = piece;
        while !rest.is_empty() {
            let used = match self.at {
                At::Quoted => match memchr(b'"', rest) {
                    Some(n) => {
                        self.text.extend_from_slice(&rest[..n]);
                        self.at = At::Quote;
                        n + 1
                    }
                    None => {
                        self.text.extend_from_slice(rest);
                        rest.len()
                    }
                },
                At::Quote if rest[0] == b'"' => {
                    self.text.push(b'"');
                    self.at = At::Quoted;
                    1
                }
                At::Start if rest[0] == b'"' => {
                    self.at = At::Quoted;
                    1
                }
                At::Start if !matches!(rest[0], b',' | b'\n' | b'\r') => {
                    self.at = At::Bare;
                    0
                }
                At::Bare => {
                    let n = memchr3(b',', b'\n', b'\r', rest).unwrap_or(rest.len());
                    self.text.extend_from_slice(&rest[..n]);
                    if n < rest.len() { self.delimiter(rest[n])? + n } else { n }
                }
                At::Start | At::Quote => self.delimiter(rest[0])?,
            };
            rest = &rest[used..];
        }
        if self.text.len() - self.whole.0 > MAX_CELL_BYTES { Err(CsvError::Unterminated) } else { Ok(()) }
    }

    fn delimiter(&mut self, byte: u8) -> Result<usize, CsvError> {
        match byte {
            b',' => self.end_cell(),
            b'\n' => {
                self.end_cell();
                self.end_record()?;
            }
            // Part of a line's end; alone it would be a letter that Athena quotes.
            b'\r' => {}
            other => return Err(CsvError::AfterQuote(char::from(other))),
        }
        Ok(1)
    }

    fn end_cell(&mut self) {
        let null = self.at == At::Start;
        self.ends.push(Batch::end(self.text.len(), null));
        self.at = At::Start;
        self.cells += 1;
    }

    fn end_record(&mut self) -> Result<(), CsvError> {
        let found = std::mem::take(&mut self.cells);
        if found != self.columns {
            return Err(CsvError::Cells { found, expected: self.columns });
        }
        if self.skip > 0 {
            self.skip -= 1;
            self.text.truncate(self.whole.0);
            self.ends.truncate(self.whole.1);
        }
        self.whole = (self.text.len(), self.ends.len());
        Ok(())
    }

    /// Rows that are whole, if there are enough to make a batch of, or `last` is true.
    pub fn take(&mut self, last: bool) -> Option<Batch> {
        let rows = self.whole.1.checked_div(self.columns).unwrap_or(0);
        let enough = self.whole.0 >= 1 << 20 || rows >= 8_192;
        if rows == 0 || !(enough || last) {
            return None;
        }
        let text = self.text.split_off(self.whole.0);
        let ends: Vec<u32> = self.ends.split_off(self.whole.1);
        let whole = std::mem::replace(&mut self.text, text);
        let from = whole.len() as u32;
        let batch = Batch::of_bytes(self.columns, whole, std::mem::take(&mut self.ends));
        self.ends = ends.into_iter().map(|end| end - from).collect();
        self.whole = (0, 0);
        Some(batch)
    }

    /// The file has ended: the last record may lack its line end.
    ///
    /// # Errors
    /// If the file ends within a record.
    pub fn finish(&mut self) -> Result<(), CsvError> {
        if self.cells > 0 || self.at != At::Start {
            if self.at == At::Quoted {
                return Err(CsvError::EndsInCell);
            }
            self.end_cell();
            self.end_record()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &[u8], columns: usize, skip: usize, piece: usize) -> Result<Vec<Vec<Option<String>>>, CsvError> {
        let mut reader = CsvReader::new(columns, skip);
        let mut rows = Vec::new();
        let mut add = |batch: Option<Batch>| {
            if let Some(batch) = batch {
                let cell = |row, column| batch.cell(row, column).map(str::to_owned);
                rows.extend((0..batch.len()).map(|row| (0..columns).map(|c| cell(row, c)).collect::<Vec<_>>()));
            }
        };
        for piece in text.chunks(piece.max(1)) {
            reader.feed(piece)?;
            add(reader.take(true));
        }
        reader.finish()?;
        add(reader.take(true));
        Ok(rows)
    }

    #[test]
    fn null_and_empty_and_line_breaks_survive() {
        let text = b"\"a\",\"b\"\n\"1\",\n\"\",\"x \"\"y\"\"\nz\"\n,\"\"\r\n\"last\",\"one\"";
        let some = |text: &str| Some(text.to_owned());
        for piece in 1..8 {
            let rows = read(text, 2, 1, piece).expect("a file");
            assert_eq!(
                rows,
                [
                    vec![some("1"), None],
                    vec![some(""), some("x \"y\"\nz")],
                    vec![None, some("")],
                    vec![some("last"), some("one")]
                ]
            );
        }
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        assert!(read(b"\"a\",\"b\"\n\"1\"\n", 2, 0, 64).is_err());
        assert!(read(b"\"a\"x\n", 1, 0, 64).is_err());
        assert!(read(b"\"a", 1, 0, 64).is_err());
    }

    #[test]
    fn what_is_no_utf8_is_replaced_within_its_cell() {
        let rows = read(b"\"\xe6\",\"\xb4\x97\"\n", 2, 0, 64).expect("a file");
        assert_eq!(rows, [vec![Some("\u{fffd}".to_owned()), Some("\u{fffd}\u{fffd}".to_owned())]]);
    }

    fn cell() -> impl Strategy<Value = Option<String>> {
        prop_oneof![
            Just(None),
            Just(Some(String::new())),
            any::<String>().prop_map(Some),
            "[\",\n\r a]{0,9}".prop_map(Some)
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(rows in prop::collection::vec(prop::collection::vec(cell(), 3), 0..12), piece in 1_usize..40) {
            let mut text = String::new();
            for row in &rows {
                let cells: Vec<String> = row.iter().map(|cell| match cell {
                    None => String::new(),
                    Some(cell) => format!("\"{}\"", cell.replace('"', "\"\"")),
                }).collect();
                text += &(cells.join(",") + "\n");
            }
            prop_assert_eq!(read(text.as_bytes(), 3, 0, piece), Ok(rows));
        }

        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), piece in 1_usize..40) {
            let _ = read(&bytes, 2, 1, piece);
        }
    }
}
