//! The files of a table: which there are, and their rows, whatever their format.

use super::file_columns::{FileColumn, Scanned, batch_of};
use super::parquet_file::ParquetFile;
use super::text_file::TextFile;
use super::text_format::TextFormat;
use crate::lake::Lake;
use chrono::{DateTime, Utc};
use datafusion::arrow::array::{ArrayRef, RecordBatch, new_null_array};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::ScalarValue;
use datafusion::error::Result as EngineResult;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::stream;
use gluedeck_sql::{Type, Value, array, utc_moment};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The hidden columns of a table, and their types (Trino's documentation of the Hive connector).
pub(super) const HIDDEN: [(&str, Type); 3] =
    [("$path", Type::VARCHAR), ("$file_modified_time", Type::TimestampTz(3)), ("$file_size", Type::Bigint)];

/// Where a column of the table comes from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// The files.
    File(FileColumn),
    /// The value of the partition's key of this place.
    Key(usize),
    /// What is said of the file of a row.
    Hidden(&'static str),
}

/// How files are read.
#[derive(Debug, Clone)]
pub(super) enum Reader {
    Parquet,
    Text(Arc<TextFormat>),
}

/// A file, and the values of its partition.
#[derive(Debug, Clone)]
pub(super) struct DataFile {
    pub(super) keys: Arc<[ScalarValue]>,
    pub(super) path: PathBuf,
}

/// Batches of a file with the columns of the files that are wanted, in their order and of the language's types.
pub(super) type Batches = Box<dyn Iterator<Item = EngineResult<RecordBatch>> + Send>;

/// The data files below a folder, in the order of their paths. Names that begin with a dot or an underscore are none
/// (Athena's documentation: "Table location in Amazon S3").
pub(super) fn data_files(folder: &Path) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if name.starts_with(['.', '_']) || name.ends_with(".unfinished") {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(path),
                // An empty object has no rows, whatever its format.
                _ if entry.metadata().is_ok_and(|about| about.len() > 0) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// Files that are read one after the other.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) lake: Arc<Lake>,
    pub(super) schema: SchemaRef,
    /// One a column of the schema.
    pub(super) sources: Arc<[Source]>,
    pub(super) reader: Reader,
    pub(super) files: Vec<DataFile>,
    pub(super) scanned: Scanned,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let wanted = self.sources.iter().filter_map(|source| match source {
            Source::File(column) => Some(column.clone()),
            _ => None,
        });
        let reading = Reading {
            lake: Arc::clone(&self.lake),
            schema: Arc::clone(&self.schema),
            sources: Arc::clone(&self.sources),
            wanted: wanted.collect(),
            reader: self.reader.clone(),
            files: self.files.clone().into_iter(),
            open: None,
            scanned: Arc::clone(&self.scanned),
        };
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream::iter(reading)))
    }
}

struct Reading {
    lake: Arc<Lake>,
    schema: SchemaRef,
    sources: Arc<[Source]>,
    wanted: Arc<[FileColumn]>,
    reader: Reader,
    files: std::vec::IntoIter<DataFile>,
    open: Option<(DataFile, Batches)>,
    scanned: Scanned,
}

impl Iterator for Reading {
    type Item = EngineResult<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((file, batches)) = &mut self.open {
                match batches.next() {
                    Some(Ok(batch)) => {
                        let file = file.clone();
                        return Some(self.shape(&batch, &file));
                    }
                    Some(Err(error)) => return Some(Err(error)),
                    None => self.open = None,
                }
            }
            let file = self.files.next()?;
            match self.batches(&file) {
                Ok(batches) => self.open = Some((file, batches)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Reading {
    fn batches(&self, file: &DataFile) -> EngineResult<Batches> {
        let url = self.lake.url(&file.path).unwrap_or_default();
        let wanted = Arc::clone(&self.wanted);
        Ok(match &self.reader {
            Reader::Parquet => Box::new(ParquetFile::open(&file.path, url, wanted, &self.scanned)?),
            Reader::Text(format) => {
                Box::new(TextFile::open(&file.path, url, wanted, Arc::clone(format), &self.scanned)?)
            }
        })
    }

    /// The value of a hidden column.
    fn said_of(&self, file: &DataFile, name: &str) -> Value {
        let about = file.path.metadata();
        match name {
            "$path" => self.lake.url(&file.path).map_or(Value::Null, Value::Text),
            "$file_size" => about.map_or(Value::Null, |about| Value::Int(about.len() as i64)),
            _ => {
                let modified = about.and_then(|about| about.modified()).ok();
                modified.map_or(Value::Null, |at| utc_moment(DateTime::<Utc>::from(at).timestamp_millis()))
            }
        }
    }

    /// A batch of a file as one of the table.
    fn shape(&self, batch: &RecordBatch, file: &DataFile) -> EngineResult<RecordBatch> {
        let rows = batch.num_rows();
        let mut read = batch.columns().iter();
        let columns = self.sources.iter().zip(self.schema.fields()).map(|(source, field)| -> EngineResult<ArrayRef> {
            Ok(match source {
                Source::File(_) => read.next().map_or_else(|| new_null_array(field.data_type(), rows), Arc::clone),
                Source::Key(place) => file.keys[*place].to_array_of_size(rows)?,
                Source::Hidden(name) => {
                    let ty = HIDDEN.iter().find(|(known, _)| known == name).map_or(Type::VARCHAR, |(_, ty)| ty.clone());
                    array(vec![self.said_of(file, name); rows], &ty)?
                }
            })
        });
        batch_of(&self.schema, columns.collect::<EngineResult<_>>()?, rows)
    }
}
