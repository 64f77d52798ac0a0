//! Results: everything is text, NULL is absent, types have Athena's names. The rows lie on disk, never in memory, however
//! many they are: once as the result object in the bucket, and once in batches that a page is read from.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::BatchCoalescer;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::FileReader;
use datafusion::arrow::ipc::writer::FileWriter;
use gluedeck_sql::{Type, text, values};
use std::fs::{self, File};
use std::io;
use std::io::{BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::{NamedTempFile, TempPath};
use thiserror::Error;

/// Rows of a batch on disk, as many as a page of GetQueryResults may hold.
const BATCH: usize = 1_000;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultColumn {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) precision: i64,
    pub(crate) scale: i64,
}

/// A finished result. A cell is `None` where it is NULL.
#[derive(Debug)]
pub(crate) struct ResultSet {
    pub(crate) columns: Vec<ResultColumn>,
    pub(crate) rows: usize,
    /// None where the statement has no result, as DDL.
    batches: Option<TempPath>,
}

pub(crate) type Row = Vec<Option<String>>;

/// Why a result cannot be written, or read again.
#[derive(Debug, Error)]
pub(crate) enum ResultError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    #[error("the result ends too soon")]
    EndsEarly,
    #[error("the result object has no folder")]
    NoFolder,
    /// The most there may be.
    #[error("the result is larger than {0} MB")]
    TooLarge(u64),
}

impl ResultSet {
    /// What DDL answers: no columns and no rows.
    pub(super) fn empty() -> Self {
        Self { columns: Vec::new(), rows: 0, batches: None }
    }

    /// What CREATE TABLE AS answers: a column for its rows, and none (measured on Athena).
    pub(super) fn of_rows() -> Self {
        Self { columns: vec![column("rows", &Type::Bigint, true)], rows: 0, batches: None }
    }

    /// The rows from `from`, at most `count`.
    ///
    /// # Errors
    /// If the batches on disk cannot be read any more.
    pub(crate) fn page(&self, from: usize, count: usize) -> Result<Vec<Row>, ResultError> {
        let end = from.saturating_add(count).min(self.rows);
        let mut rows = Vec::with_capacity(end.saturating_sub(from));
        let Some(batches) = &self.batches else { return Ok(rows) };
        let file = File::open(batches)?;
        let mut reader = FileReader::try_new(BufReader::new(file), None)?;
        let mut at = from;
        while at < end {
            reader.set_index(at / BATCH)?;
            let batch = reader.next().ok_or(ResultError::EndsEarly)??;
            let first = at % BATCH;
            let last = batch.num_rows().min(first + end - at);
            let columns: Vec<&StringArray> = batch.columns().iter().map(|column| column.as_string()).collect();
            let cell = |column: &&StringArray, row| column.is_valid(row).then(|| column.value(row).to_owned());
            rows.extend((first..last).map(|row| columns.iter().map(|column| cell(column, row)).collect::<Row>()));
            at += last - first;
        }
        Ok(rows)
    }
}

/// Where a result is put: the file of the result object, and the folder of the batches.
#[derive(Debug)]
pub(super) struct ResultLocation {
    pub(super) object: PathBuf,
    pub(super) spool: PathBuf,
    /// Bytes that the result object may have.
    pub(super) most: u64,
}

/// Writes a result while the query runs. Dropped before `finish`, it leaves nothing behind.
pub(super) struct ResultWriter {
    columns: Vec<ResultColumn>,
    types: Vec<Type>,
    rows: usize,
    location: PathBuf,
    most: u64,
    object: BufWriter<NamedTempFile>,
    /// Header and quotes for a DML statement, tabs for the others.
    dml: bool,
    written: u64,
    text: SchemaRef,
    pending: BatchCoalescer,
    batches: FileWriter<BufWriter<NamedTempFile>>,
}

impl ResultWriter {
    /// A writer for a result with these columns.
    pub(super) fn new(columns: Vec<(String, Type)>, dml: bool, location: &ResultLocation) -> Result<Self, ResultError> {
        let folder = location.object.parent().ok_or(ResultError::NoFolder)?;
        fs::create_dir_all(&location.spool).and_then(|()| fs::create_dir_all(folder))?;
        let fields = columns.iter().map(|(name, _)| Field::new(name, DataType::Utf8, true));
        let text = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let batches = NamedTempFile::new_in(&location.spool)?;
        let batches = FileWriter::try_new_buffered(batches, &text)?;
        let object = NamedTempFile::new_in(folder)?;
        let mut writer = Self {
            columns: columns.iter().map(|(name, ty)| column(name, ty, dml)).collect(),
            types: columns.into_iter().map(|(_, ty)| ty.shown()).collect(),
            rows: 0,
            location: location.object.clone(),
            most: location.most,
            object: BufWriter::new(object),
            dml,
            written: 0,
            pending: BatchCoalescer::new(Arc::clone(&text), BATCH),
            text,
            batches,
        };
        if dml {
            let names: Vec<_> = writer.columns.iter().map(|column| Some(column.name.clone())).collect();
            writer.line(names.iter().map(Option::as_deref))?;
        }
        Ok(writer)
    }

    /// Adds a batch's rows.
    ///
    /// # Errors
    /// If a column has a type that has no text form, the disk is full, or the result is too large.
    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<(), ResultError> {
        let columns: Vec<StringArray> =
            self.types.iter().enumerate().map(|(index, ty)| texts(batch, index, ty)).collect();
        for row in 0..batch.num_rows() {
            self.line(columns.iter().map(|column| column.is_valid(row).then(|| column.value(row))))?;
        }
        self.rows += batch.num_rows();
        let columns = columns.into_iter().map(|column| Arc::new(column) as ArrayRef).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.text), columns)?;
        self.pending.push_batch(batch)?;
        self.drain()
    }

    /// Puts the result object where it belongs and answers the result.
    pub(super) fn finish(mut self) -> Result<ResultSet, ResultError> {
        self.pending.finish_buffered_batch()?;
        self.drain()?;
        let batches = self.batches.into_inner()?;
        let batches = batches.into_inner().map_err(io::IntoInnerError::into_error)?.into_temp_path();
        let file = self.object.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(&self.location).map_err(|error| error.error)?;
        Ok(ResultSet { columns: self.columns, rows: self.rows, batches: Some(batches) })
    }

    fn drain(&mut self) -> Result<(), ResultError> {
        while let Some(batch) = self.pending.next_completed_batch() {
            self.batches.write(&batch)?;
        }
        Ok(())
    }

    fn line<'a>(&mut self, cells: impl Iterator<Item = Option<&'a str>>) -> Result<(), ResultError> {
        let mut line = String::new();
        for (index, cell) in cells.enumerate() {
            match (index, self.dml) {
                (0, _) => {}
                (_, true) => line.push(','),
                (_, false) => line.push('\t'),
            }
            match cell {
                // Every value is quoted, so that NULL, an empty field, is told from empty text.
                Some(value) if self.dml => line.extend(["\"", &value.replace('"', "\"\""), "\""]),
                Some(value) => line.push_str(value),
                None => {}
            }
        }
        line.push('\n');
        self.written += line.len() as u64;
        if self.written > self.most {
            return Err(ResultError::TooLarge(self.most >> 20));
        }
        Ok(self.object.write_all(line.as_bytes())?)
    }
}

fn column(name: &str, ty: &Type, dml: bool) -> ResultColumn {
    // The statements that are no DML answer in Hive's words.
    let kind = if dml { ty.athena_name() } else { "string".to_owned() };
    let (precision, scale) = if dml { measures(ty) } else { (0, 0) };
    ResultColumn { name: name.to_owned(), kind, precision, scale }
}

fn texts(batch: &RecordBatch, index: usize, ty: &Type) -> StringArray {
    if let (Type::Varchar(_) | Type::Json, Some(text)) = (ty, batch.column(index).as_string_opt::<i32>()) {
        return text.clone();
    }
    values(batch, index, ty).iter().map(|value| text(value, ty)).collect()
}

fn measures(ty: &Type) -> (i64, i64) {
    match ty {
        Type::Decimal(precision, scale) => (i64::from(*precision), i64::from(*scale)),
        Type::Tinyint => (3, 0),
        Type::Smallint => (5, 0),
        Type::Integer => (10, 0),
        Type::Bigint => (19, 0),
        Type::Real | Type::Double => (17, 0),
        Type::Time(precision) | Type::TimeTz(precision) => (i64::from(*precision.max(&3)), 0),
        Type::Timestamp(precision) | Type::TimestampTz(precision) => (i64::from(*precision.max(&3)), 0),
        Type::Varchar(Some(length)) | Type::Char(length) => (i64::from(*length), 0),
        Type::Varchar(None) => (i64::from(i32::MAX), 0),
        Type::Varbinary => (1 << 30, 0),
        _ => (0, 0),
    }
}

/// One column of text.
pub(super) fn lines_result(
    name: &str,
    lines: Vec<String>,
    dml: bool,
    location: &ResultLocation,
) -> Result<ResultSet, ResultError> {
    let schema = Arc::new(Schema::new(vec![Field::new(name, DataType::Utf8, true)]));
    let mut result = ResultWriter::new(vec![(name.to_owned(), Type::VARCHAR)], dml, location)?;
    let column = Arc::new(StringArray::from(lines));
    result.push(&RecordBatch::try_new(schema, vec![column])?)?;
    result.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::Int64Array;
    use std::path::Path;

    fn location(folder: &Path, most: u64) -> ResultLocation {
        ResultLocation { object: folder.join("bucket/q.csv"), spool: folder.join("results"), most }
    }

    fn files(folder: &Path) -> usize {
        let inside = |name: &str| fs::read_dir(folder.join(name)).map_or(0, Iterator::count);
        inside("bucket") + inside("results")
    }

    #[test]
    fn pages_cut_the_rows_anywhere_and_lose_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let schema = Schema::new(vec![Field::new("n", DataType::Int64, true), Field::new("t", DataType::Utf8, true)]);
        let columns = vec![("n".to_owned(), Type::Bigint), ("t".to_owned(), Type::VARCHAR)];
        let mut writer = ResultWriter::new(columns, true, &location(folder.path(), 1 << 20)).expect("a writer");
        for part in [0..1_700, 1_700..1_701, 1_701..4_321] {
            let text: StringArray = part.clone().map(|n| (n % 3 > 0).then(|| "\"".repeat(n % 3 - 1))).collect();
            let numbers: Int64Array = part.map(|n| n as i64).collect();
            let batch = RecordBatch::try_new(Arc::new(schema.clone()), vec![Arc::new(numbers), Arc::new(text)]);
            writer.push(&batch.expect("a batch")).expect("written");
        }
        let result = writer.finish().expect("a result");
        let all = result.page(0, usize::MAX).expect("all rows");
        assert_eq!((result.rows, all.len()), (4_321, 4_321));
        assert_eq!(all[3], [Some("3".into()), None]);
        assert_eq!(all[4], [Some("4".into()), Some(String::new())], "empty text is not NULL");
        for (from, count) in [(0, 999), (999, 2), (1_998, 1_004), (4_320, 10), (4_321, 10), (9_999, 1)] {
            let expected = &all[from.min(4_321)..(from + count).min(4_321)];
            assert_eq!(result.page(from, count).expect("a page"), expected, "{from} {count}");
        }
        let object = fs::read_to_string(folder.path().join("bucket/q.csv")).expect("the object");
        let lines: Vec<_> = object.lines().take(7).collect();
        assert_eq!(
            lines,
            ["\"n\",\"t\"", "\"0\",", "\"1\",\"\"", "\"2\",\"\"\"\"", "\"3\",", "\"4\",\"\"", "\"5\",\"\"\"\""]
        );
        drop(result);
        assert_eq!(files(folder.path()), 1, "the batches go with the result, the object stays");
    }

    #[test]
    fn a_result_that_is_too_large_or_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let schema = Schema::new(vec![Field::new("nothing", DataType::Boolean, true)]);
        let mut writer =
            ResultWriter::new(vec![("nothing".to_owned(), Type::Unknown)], true, &location(folder.path(), 1_000))
                .expect("a writer");
        let nulls = datafusion::arrow::array::new_null_array(&DataType::Boolean, 2_000);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![nulls]).expect("a batch");
        assert!(writer.push(&batch).expect_err("too large").to_string().contains("larger"));
        drop(writer);
        assert_eq!(files(folder.path()), 0);
    }
}
