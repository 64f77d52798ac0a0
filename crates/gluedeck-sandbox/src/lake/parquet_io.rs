//! Reading and writing the lake's Parquet files.

use super::LakeError;
use datafusion::arrow::array::{RecordBatch, RecordBatchReader};
use datafusion::arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// Writes one file in place of whatever the folder held, so that a reader sees either the old or the new content.
pub(super) fn replace_folder(folder: &Path, batch: &RecordBatch) -> Result<(), LakeError> {
    fs::create_dir_all(folder).map_err(|e| LakeError::file("create", folder, &e))?;
    write_file(&folder.join("part-00000.snappy.parquet"), batch)
}

/// Writes one file, complete or not at all.
pub(super) fn write_file(path: &Path, batch: &RecordBatch) -> Result<(), LakeError> {
    let mut file = ParquetFile::create(path, batch.schema(), Codec::Snappy)?;
    file.write(batch)?;
    file.finish()
}

/// How the pages of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    None,
    Snappy,
    Gzip,
    Zstd,
}

impl Codec {
    /// As table properties name it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "UNCOMPRESSED",
            Self::Snappy => "SNAPPY",
            Self::Gzip => "GZIP",
            Self::Zstd => "ZSTD",
        }
    }

    fn compression(self) -> Compression {
        match self {
            Self::None => Compression::UNCOMPRESSED,
            Self::Snappy => Compression::SNAPPY,
            Self::Gzip => Compression::GZIP(GzipLevel::default()),
            Self::Zstd => Compression::ZSTD(ZstdLevel::default()),
        }
    }
}

/// A file that is being written, beside its place; it is put there when it is whole. Dropped before, it leaves nothing
/// behind: a folder with a rest in it is none that CREATE TABLE AS may write to again.
#[derive(Debug)]
pub(crate) struct ParquetFile {
    path: PathBuf,
    unfinished: TempPath,
    writer: ArrowWriter<File>,
}

impl ParquetFile {
    pub(crate) fn create(path: &Path, schema: SchemaRef, codec: Codec) -> Result<Self, LakeError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| LakeError::file("create", folder, &e))?;
        }
        let unfinished = path.with_extension("unfinished");
        let file = File::create(&unfinished).map_err(|e| LakeError::file("create", &unfinished, &e))?;
        let unfinished = TempPath::try_from_path(unfinished).map_err(|e| LakeError::file("create", path, &e))?;
        let properties = WriterProperties::builder().set_compression(codec.compression()).build();
        let writer =
            ArrowWriter::try_new(file, schema, Some(properties)).map_err(|e| LakeError::file("write", path, &e))?;
        Ok(Self { path: path.to_owned(), unfinished, writer })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.writer.write(batch).map_err(|e| LakeError::file("write", &self.path, &e))
    }

    pub(crate) fn finish(self) -> Result<(), LakeError> {
        self.writer.close().map_err(|e| LakeError::file("write", &self.path, &e))?;
        self.unfinished.persist(&self.path).map_err(|e| LakeError::file("rename", &self.path, &e.error))
    }
}

/// All rows of a folder's files, or `None` where there is no such folder. Columns that are not `wanted` are not read.
pub(super) fn read_folder(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Option<Vec<RecordBatch>>, LakeError> {
    let Some(files) = parquet_files(folder) else { return Ok(None) };
    let mut batches = Vec::new();
    for path in files {
        let file = File::open(&path).map_err(|e| LakeError::file("open", &path, &e))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| LakeError::file("read", &path, &e))?;
        let roots = reader.schema().fields().iter().enumerate();
        let roots: Vec<usize> = roots.filter(|(_, field)| wanted(field.name())).map(|(root, _)| root).collect();
        let mask = ProjectionMask::roots(reader.parquet_schema(), roots);
        let reader = reader.with_projection(mask).with_batch_size(8_192).build();
        let reader = reader.map_err(|e| LakeError::file("read", &path, &e))?;
        // A file without rows has no batches, but its columns count.
        batches.push(RecordBatch::new_empty(reader.schema()));
        for batch in reader {
            batches.push(batch.map_err(|e| LakeError::file("read", &path, &e))?);
        }
    }
    Ok(Some(batches))
}

/// The number of rows of a folder's files, from their footers.
pub(super) fn count_rows(folder: &Path) -> Option<u64> {
    let mut rows = 0;
    for path in parquet_files(folder)? {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).ok()?).ok()?;
        rows += reader.metadata().file_metadata().num_rows() as u64;
    }
    Some(rows)
}

/// The Parquet files of a folder in the order of their names; `None` where there is no folder or no file.
pub(super) fn parquet_files(folder: &Path) -> Option<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).ok()?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "parquet"))
        .collect();
    files.sort();
    (!files.is_empty()).then_some(files)
}
