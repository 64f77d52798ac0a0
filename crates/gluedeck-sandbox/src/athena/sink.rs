//! The files that a statement writes: by partition, in the table's format.

use super::buckets::{Buckets, bucket_of};
use super::failure::{Failure, within};
use super::frame::answer;
use super::job::Job;
use super::rows::Rows;
use crate::catalog::{Column, NO_VALUE, Partition, folder_name};
use crate::lake::{Codec, ParquetFile};
use datafusion::arrow::array::{RecordBatch, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::csv;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::{self, LineDelimitedWriter};
use datafusion::error::DataFusionError;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt;
use gluedeck_sql::{Type, text, values};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Partitions that one statement may write (Athena's documentation: "Use CTAS and INSERT INTO to work around the 100
/// partition limit").
const MAX_PARTITIONS: usize = 100;

/// How moments are written, as LazySimpleSerDe reads them.
const MOMENT: &str = "%Y-%m-%d %H:%M:%S%.f";

/// The formats that are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FileFormat {
    Parquet(Codec),
    Text { delimiter: u8, null: String, gzip: bool },
    Json { gzip: bool },
}

/// Where the files go, and how.
#[derive(Debug)]
pub(super) struct Sink {
    pub(super) format: FileFormat,
    /// The keys, whose columns are the last of the rows and are in the folders' names.
    pub(super) keys: Vec<Column>,
    pub(super) buckets: Option<Buckets>,
    /// Folders of partitions that are there already, wherever they lie.
    pub(super) known: BTreeMap<Vec<String>, PathBuf>,
    pub(super) folder: PathBuf,
    /// `s3://…` of the folder, without a slash at its end.
    pub(super) location: String,
}

/// The values of a file's partition, and its bucket.
type FileKey = (Vec<String>, Option<u32>);

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) rows: u64,
    /// Those that are new, by their values.
    pub(super) partitions: BTreeMap<Vec<String>, Partition>,
    pub(super) files: Vec<PathBuf>,
}

impl Sink {
    /// Writes all rows of a query. What fails leaves nothing behind.
    pub(super) async fn write(&self, job: &Job<'_>, rows: Rows) -> Result<Written, Failure> {
        let failed = |error: DataFusionError| Failure::of(&error);
        let Rows { planned, shape } = rows;
        let mut stream = answer(planned)?.frame.execute_stream().await.map_err(failed)?;
        let mut files: BTreeMap<FileKey, OpenFile> = BTreeMap::new();
        let mut written = Written::default();
        while let Some(batch) = stream.next().await {
            let batch = shape.stored(&batch.map_err(failed)?).map_err(|error| failed(error.into()))?;
            written.rows += batch.num_rows() as u64;
            for (key, part) in self.by_file(&batch).map_err(|error| failed(error.into()))? {
                if files.len() == MAX_PARTITIONS && !files.contains_key(&key) {
                    let text =
                        "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions/buckets";
                    return Err(Failure::user(1009, text));
                }
                let file = match files.entry(key) {
                    Entry::Occupied(entry) => entry.into_mut(),
                    Entry::Vacant(entry) => {
                        let (values, bucket) = entry.key();
                        let own = || self.folder.join(folder_name(&self.keys, values));
                        let folder = self.known.get(values).cloned().unwrap_or_else(own);
                        let name = match bucket {
                            None => job.id.to_owned(),
                            Some(bucket) => format!("{}_bucket-{bucket:05}", job.id),
                        };
                        let file = OpenFile::create(&self.format, &folder, &name, &part).map_err(Failure::system)?;
                        entry.insert(file)
                    }
                };
                file.write(&part).map_err(Failure::system)?;
            }
            within(job)?;
            tokio::task::yield_now().await;
        }
        for ((values, _), file) in files {
            match file.finish() {
                Ok(path) => written.files.push(path),
                Err(error) => {
                    // The others are whole, and no part of an answer.
                    written.files.iter().for_each(|path| drop(fs::remove_file(path)));
                    return Err(Failure::system(error));
                }
            }
            if !self.keys.is_empty() && !self.known.contains_key(&values) {
                let location = format!("{}/{}/", self.location, folder_name(&self.keys, &values));
                written.partitions.insert(values, Partition::at(location, job.now));
            }
        }
        Ok(written)
    }

    /// The rows by the file that they are in. The columns of the keys are not in the files.
    fn by_file(&self, batch: &RecordBatch) -> Result<Vec<(FileKey, RecordBatch)>, ArrowError> {
        if self.keys.is_empty() && self.buckets.is_none() {
            return Ok(if batch.num_rows() == 0 { Vec::new() } else { vec![((Vec::new(), None), batch.clone())] });
        }
        let kept = batch.num_columns() - self.keys.len();
        let key = |(place, key): (usize, &Column)| -> Vec<Option<String>> {
            let ty = key.sql_type().unwrap_or(Type::VARCHAR);
            values(batch, kept + place, &ty).iter().map(|value| text(value, &ty)).collect()
        };
        let columns: Vec<Vec<Option<String>>> = self.keys.iter().enumerate().map(key).collect();
        let buckets = self.bucket_of_rows(batch)?;
        let mut files: BTreeMap<FileKey, Vec<u32>> = BTreeMap::new();
        for row in 0..batch.num_rows() {
            let value = |column: &Vec<Option<String>>| match &column[row] {
                // An empty text names no folder (Hive).
                Some(text) if !text.is_empty() => text.clone(),
                _ => NO_VALUE.to_owned(),
            };
            let bucket = buckets.as_ref().map(|buckets| buckets[row]);
            files.entry((columns.iter().map(value).collect(), bucket)).or_default().push(row as u32);
        }
        let data = batch.project(&(0..kept).collect::<Vec<_>>())?;
        let part = |(key, rows): (FileKey, Vec<u32>)| Ok((key, take_record_batch(&data, &UInt32Array::from(rows))?));
        files.into_iter().map(part).collect()
    }

    /// The bucket of each row, if there are any.
    fn bucket_of_rows(&self, batch: &RecordBatch) -> Result<Option<Vec<u32>>, ArrowError> {
        let Some(Buckets { columns, count, types }) = &self.buckets else { return Ok(None) };
        let mut read = Vec::new();
        for (name, ty) in columns.iter().zip(types) {
            read.push((values(batch, batch.schema().index_of(name)?, ty), ty));
        }
        let bucket = |row: usize| bucket_of(read.iter().map(|(values, ty)| (&values[row], *ty)), *count);
        Ok(Some((0..batch.num_rows()).map(bucket).collect()))
    }
}

/// A file that is being written, put in its place when it is whole.
enum OpenFile {
    Parquet(Box<ParquetFile>, PathBuf),
    Text(Box<csv::Writer<Packed>>, PathBuf),
    Json(Box<LineDelimitedWriter<Packed>>, PathBuf),
}

/// Bytes on their way into a file, compressed or as they are.
enum Packed {
    Plain(BufWriter<NamedTempFile>),
    Gzip(GzEncoder<BufWriter<NamedTempFile>>),
}

impl OpenFile {
    fn create(format: &FileFormat, folder: &Path, id: &str, batch: &RecordBatch) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| error.to_string();
        let gzip = matches!(format, FileFormat::Text { gzip: true, .. } | FileFormat::Json { gzip: true });
        let path = folder.join(if gzip { format!("{id}.gz") } else { id.to_owned() });
        if let FileFormat::Parquet(codec) = format {
            let file = ParquetFile::create(&path, batch.schema(), *codec).map_err(|error| failed(&error))?;
            return Ok(Self::Parquet(Box::new(file), path));
        }
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        let file = BufWriter::new(NamedTempFile::new_in(folder).map_err(|error| failed(&error))?);
        let file = if gzip { Packed::Gzip(GzEncoder::new(file, Compression::fast())) } else { Packed::Plain(file) };
        Ok(match format {
            FileFormat::Text { delimiter, null, .. } => {
                let builder = csv::WriterBuilder::new()
                    .with_header(false)
                    .with_delimiter(*delimiter)
                    .with_quote_style(csv::QuoteStyle::Never)
                    .with_timestamp_format(MOMENT.to_owned())
                    .with_null(null.clone());
                Self::Text(Box::new(builder.build(file)), path)
            }
            _ => {
                let builder = json::WriterBuilder::new().with_timestamp_format(MOMENT.to_owned());
                Self::Json(Box::new(builder.build(file)), path)
            }
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), String> {
        match self {
            Self::Parquet(file, _) => file.write(batch).map_err(|error| error.to_string()),
            Self::Text(writer, _) => writer.write(batch).map_err(|error| error.to_string()),
            Self::Json(writer, _) => writer.write(batch).map_err(|error| error.to_string()),
        }
    }

    fn finish(self) -> Result<PathBuf, String> {
        let failed = |error: &dyn std::fmt::Display| error.to_string();
        let (packed, path) = match self {
            Self::Parquet(file, path) => {
                file.finish().map_err(|error| failed(&error))?;
                return Ok(path);
            }
            Self::Text(writer, path) => (writer.into_inner(), path),
            Self::Json(mut writer, path) => {
                writer.finish().map_err(|error| failed(&error))?;
                (writer.into_inner(), path)
            }
        };
        let file = match packed {
            Packed::Plain(file) => file,
            Packed::Gzip(encoder) => encoder.finish().map_err(|error| failed(&error))?,
        };
        let file = file.into_inner().map_err(|error| failed(&error))?;
        file.persist(&path).map_err(|error| failed(&error))?;
        Ok(path)
    }
}

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Gzip(file) => file.flush(),
        }
    }
}
