//! Columns of files, and what the readers of all formats have in common.

use crate::catalog::Column;
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result as EngineResult};
use gluedeck_sql::{Code, Error, Type};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Bytes that the scans of a query have read so far: of the columns that it names, as they lie in the files.
pub(super) type Scanned = Arc<AtomicU64>;

/// A column of the files.
#[derive(Debug, Clone)]
pub(super) struct FileColumn {
    /// In small letters; files may write it in others.
    pub(super) name: String,
    /// Its place among the table's columns.
    pub(super) place: usize,
    pub(super) ty: Type,
}

/// The language's type of a column.
pub(super) fn type_of(column: &Column) -> Result<Type, Error> {
    column.sql_type().ok_or_else(|| {
        let text = format!("Unsupported Hive type {} of column {}", column.ty, column.name);
        Error::of_value(Code::NotSupported, text)
    })
}

/// A batch that may have no column at all, but a number of rows.
pub(super) fn batch_of(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> EngineResult<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// A file that cannot be read: one that has been overwritten meanwhile, say.
pub(super) fn unreadable(url: &str, error: &dyn std::fmt::Display) -> DataFusionError {
    DataFusionError::IoError(io::Error::other(format!("{url}: {error}")))
}
