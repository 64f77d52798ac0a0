//! A Parquet file of rows, compressed with Snappy, with the types that Athena names.

use super::arrow;
use datafusion::arrow::datatypes::SchemaRef;
use gluedeck_core::analysis::rows::Batch;
use gluedeck_core::domain::ResultColumn;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::io;

/// A file that is being written.
pub struct ParquetFile {
    schema: SchemaRef,
    writer: ArrowWriter<File>,
}

impl std::fmt::Debug for ParquetFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetFile").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl ParquetFile {
    /// Begins a file with these columns.
    ///
    /// # Errors
    /// If the writer refuses the schema.
    pub fn new(file: File, columns: &[ResultColumn]) -> io::Result<Self> {
        let schema = arrow::schema(columns);
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(io::Error::other)?;
        Ok(Self { schema, writer })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// If a value is none of its column's type, or the file cannot be written.
    pub fn push(&mut self, batch: &Batch) -> io::Result<()> {
        let batch = arrow::record_batch(&self.schema, batch).map_err(io::Error::other)?;
        self.writer.write(&batch).map_err(io::Error::other)
    }

    /// Ends the file; it is on disk when this returns.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(self) -> io::Result<()> {
        self.writer.into_inner().map_err(io::Error::other)?.sync_all()
    }
}
