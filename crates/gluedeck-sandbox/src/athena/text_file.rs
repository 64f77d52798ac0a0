//! A file of lines as columns of the language's types.

use super::file_columns::{FileColumn, Scanned, batch_of, unreadable};
use super::text_format::{Cells, TextFormat};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::error::Result as EngineResult;
use flate2::read::MultiGzDecoder;
use gluedeck_sql::{Code, Error, Value, array};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Rows that are read at a time.
const BATCH: usize = 8_192;
/// Bytes of a line (Athena's documentation: "Service quotas", query limits: a row of text may have 32 MB).
const MAX_LINE_BYTES: u64 = 32 << 20;

pub(super) struct TextFile {
    url: String,
    wanted: Arc<[FileColumn]>,
    schema: SchemaRef,
    format: Arc<TextFormat>,
    lines: Box<dyn BufRead + Send>,
    ended: bool,
}

impl TextFile {
    pub(super) fn open(
        path: &Path,
        url: String,
        wanted: Arc<[FileColumn]>,
        format: Arc<TextFormat>,
        scanned: &Scanned,
    ) -> EngineResult<Self> {
        let opened = File::open(path).map_err(|error| unreadable(&url, &error))?;
        let size = opened.metadata().map_or(0, |about| about.len());
        scanned.fetch_add(size, Ordering::Relaxed);
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let lines: Box<dyn BufRead + Send> = match extension.to_ascii_lowercase().as_str() {
            "gz" => Box::new(BufReader::new(MultiGzDecoder::new(opened))),
            "zst" => Box::new(BufReader::new(
                zstd::stream::read::Decoder::new(opened).map_err(|error| unreadable(&url, &error))?,
            )),
            other @ ("bz2" | "lz4" | "snappy" | "deflate" | "lzo") => {
                let text = format!("gluedeck does not read files that are compressed as .{other}: {url}");
                return Err(Error::of_value(Code::NotSupported, text).into());
            }
            _ => Box::new(BufReader::new(opened)),
        };
        let schema = wanted.iter().map(|column| Field::new(&column.name, column.ty.arrow(), true));
        let schema = Arc::new(Schema::new(schema.collect::<Vec<_>>()));
        let mut file = Self { url, wanted, schema, format, lines, ended: false };
        for _ in 0..file.format.header_lines {
            file.line()?;
        }
        Ok(file)
    }

    /// The next line without its end; None after the last.
    fn line(&mut self) -> EngineResult<Option<String>> {
        let mut line = Vec::new();
        let read = (&mut self.lines).take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
        let read = read.map_err(|error| self.broken(&error))?;
        if read as u64 == MAX_LINE_BYTES && line.last() != Some(&b'\n') {
            return Err(
                Error::of_value(Code::HiveCursorError, format!("Line too long in text file: {}", self.url)).into()
            );
        }
        if read == 0 {
            return Ok(None);
        }
        for end in [b'\n', b'\r'] {
            if line.last() == Some(&end) {
                line.pop();
            }
        }
        Ok(Some(String::from_utf8(line).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())))
    }

    fn broken(&self, error: &io::Error) -> Error {
        Error::of_value(Code::HiveCursorError, format!("Failed to read file at {}: {error}", self.url))
    }

    fn batch(&mut self) -> EngineResult<Option<RecordBatch>> {
        let mut values: Vec<Vec<Value>> = vec![Vec::new(); self.wanted.len()];
        let mut rows = 0;
        while rows < BATCH && !self.ended {
            let Some(line) = self.line()? else {
                self.ended = true;
                break;
            };
            let cells = self.format.cells(&line).map_err(|error| self.in_file(error))?;
            rows += 1;
            // To count the rows, none need be understood.
            for (column, values) in self.wanted.iter().zip(&mut values) {
                let value = match &cells {
                    Cells::Nothing => Value::Null,
                    cells => self.format.value(cells, column).map_err(|error| self.in_file(error))?,
                };
                values.push(value);
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        let columns = values.into_iter().zip(self.wanted.iter()).map(|(values, column)| array(values, &column.ty));
        batch_of(&self.schema, columns.collect::<Result<_, _>>()?, rows).map(Some)
    }

    fn in_file(&self, error: Error) -> Error {
        Error { message: format!("{} in {}", error.message, self.url), ..error }
    }
}

impl Iterator for TextFile {
    type Item = EngineResult<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.batch();
        if batch.is_err() {
            self.ended = true;
        }
        batch.transpose()
    }
}
