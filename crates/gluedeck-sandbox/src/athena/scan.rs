//! A table of the lake as the engine reads it: Parquet files in folders, one folder a partition, whose value is a column.
//! The engine's own listing tables would do, but bring every codec of Parquet along, three of them in C.

use super::columns::{retyped, sql_type};
use crate::lake::{CatalogTable, Lake, days, parquet_files};
use chrono::{DateTime, Utc};
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions, new_null_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::stream;
use gluedeck_sql::{TableColumn, Type, Value, array, utc_moment};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows that are read at a time.
const BATCH: usize = 8_192;

/// Bytes that the scans of a query have read so far: of the columns that it names, as they lie in the files.
pub(super) type Scanned = Arc<AtomicU64>;

/// Where a column of the table comes from.
#[derive(Debug, Clone)]
enum Source {
    /// The files' column of that name, which may have other cases than the table's, with the catalog's type. Files without
    /// it have NULL.
    File(String, DataType),
    /// The partition's value.
    Key,
    /// What is said of the file of a row.
    Hidden(&'static str),
}

/// The hidden columns of a table, and their types (Trino's documentation of the Hive connector).
const HIDDEN: [(&str, Type); 3] =
    [("$path", Type::VARCHAR), ("$file_modified_time", Type::TimestampTz(3)), ("$file_size", Type::Bigint)];

/// A folder with files in the table's bucket, and the partition that it is.
#[derive(Debug, Clone)]
struct Folder {
    partition: Option<ScalarValue>,
    key: String,
}

#[derive(Debug)]
pub(super) struct LakeTable {
    lake: Arc<Lake>,
    schema: SchemaRef,
    columns: Vec<TableColumn>,
    /// One a column of the schema.
    sources: Vec<Source>,
    bucket: String,
    folders: Vec<Folder>,
    scanned: Scanned,
}

impl LakeTable {
    /// The table as the catalog has it now.
    pub(super) fn new(lake: Arc<Lake>, table: &CatalogTable, scanned: Scanned) -> Self {
        let named = |name: &str, ty: Type, hidden| TableColumn { name: name.to_owned(), ty, hidden };
        let mut columns: Vec<(TableColumn, Source)> = table
            .columns
            .iter()
            .map(|column| {
                let source = Source::File(column.source.clone(), column.data_type.clone());
                (named(&column.name, sql_type(&column.data_type), false), source)
            })
            .collect();
        let key = table.partition_key.iter();
        columns.extend(key.map(|key| (named(&key.name, sql_type(&key.data_type), false), Source::Key)));
        columns.extend(HIDDEN.map(|(name, ty)| (named(name, ty, true), Source::Hidden(name))));
        let (columns, sources): (Vec<TableColumn>, Vec<Source>) = columns.into_iter().unzip();
        let fields = columns.iter().map(|column| Field::new(&column.name, column.ty.arrow(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let folder = |partition, key: &String| Folder { partition, key: format!("{}/", key.trim_end_matches('/')) };
        let folders = match &table.partition_key {
            None => vec![folder(None, &table.folder)],
            Some(key) => {
                table.partitions.iter().map(|(v, path)| folder(Some(value(&key.data_type, v)), path)).collect()
            }
        };
        let bucket = table.bucket.clone();
        Self { schema, columns, sources, bucket, folders, scanned, lake }
    }

    /// The columns with their types.
    pub(super) fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    fn key_name(&self) -> Option<&str> {
        let at = self.sources.iter().position(|source| matches!(source, Source::Key))?;
        Some(self.schema.field(at).name())
    }

    /// Whether a filter is about the partition's value alone, so that it says which folders are read.
    fn prunes(&self, filter: &Expr) -> bool {
        let Some(key) = self.key_name() else { return false };
        let reaches_out = |expr: &Expr| -> EngineResult<bool> {
            Ok(matches!(
                expr,
                Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) | Expr::OuterReferenceColumn(..)
            ))
        };
        let own = |column: &Column| column.name == key;
        !filter.is_volatile()
            && filter.exists(reaches_out).is_ok_and(|reaches_out| !reaches_out)
            && filter.column_refs().into_iter().all(own)
    }

    /// The folders whose partitions pass all filters.
    fn pruned(&self, state: &dyn Session, filters: &[Expr]) -> EngineResult<Vec<Folder>> {
        let Some(key) = self.key_name() else { return Ok(self.folders.clone()) };
        if filters.is_empty() || self.folders.is_empty() {
            return Ok(self.folders.clone());
        }
        let keys = ScalarValue::iter_to_array(self.folders.iter().filter_map(|folder| folder.partition.clone()))?;
        let schema = Arc::new(Schema::new(vec![Field::new(key, keys.data_type().clone(), true)]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![keys])?;
        let schema = DFSchema::try_from(schema)?;
        let mut passes = vec![true; self.folders.len()];
        for filter in filters.iter().filter(|filter| self.prunes(filter)) {
            let filter = state.create_physical_expr(filter.clone(), &schema)?;
            let answer = filter.evaluate(&batch)?.into_array(batch.num_rows())?;
            let answer =
                answer.as_boolean_opt().ok_or_else(|| DataFusionError::Plan("a filter is no boolean".into()))?;
            passes.iter_mut().zip(answer).for_each(|(passes, answer)| *passes &= answer == Some(true));
        }
        Ok(self.folders.iter().zip(passes).filter(|(_, passes)| *passes).map(|(folder, _)| folder.clone()).collect())
    }

    /// The scan of what a query wants of the table. What it reads is brought onto the disk first.
    fn plan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<impl Future<Output = EngineResult<Arc<dyn ExecutionPlan>>> + Send + use<>> {
        let all: Vec<usize> = (0..self.sources.len()).collect();
        let wanted = projection.unwrap_or(&all);
        let schema = Arc::new(self.schema.project(wanted)?);
        let sources: Arc<[Source]> = wanted.iter().map(|at| self.sources[*at].clone()).collect();
        let (lake, scanned) = (Arc::clone(&self.lake), Arc::clone(&self.scanned));
        let (bucket, folders) = (self.bucket.clone(), self.pruned(state, filters)?);
        let parts = state.config().target_partitions();
        Ok(async move {
            let found = Arc::clone(&lake);
            let found = tokio::task::spawn_blocking(move || files(&found, &bucket, folders)).await;
            let files = found.map_err(|error| DataFusionError::Execution(error.to_string()))?;
            let share = files.len().div_ceil(parts).max(1);
            let part = |files: &[DataFile]| -> Arc<dyn PartitionStream> {
                Arc::new(Part {
                    lake: Arc::clone(&lake),
                    schema: Arc::clone(&schema),
                    sources: Arc::clone(&sources),
                    files: files.to_vec(),
                    scanned: Arc::clone(&scanned),
                })
            };
            let parts = if files.is_empty() { vec![part(&[])] } else { files.chunks(share).map(part).collect() };
            Ok(Arc::new(StreamingTableExec::try_new(schema, parts, None, [], false, limit)?) as _)
        })
    }
}

/// The files of the folders, which are brought onto the disk if they are of past nights.
fn files(lake: &Lake, bucket: &str, folders: Vec<Folder>) -> Vec<DataFile> {
    let mut files = Vec::new();
    for Folder { partition, key } in folders {
        lake.ensure_under(bucket, &key);
        let found = parquet_files(&lake.path(bucket, &key)).unwrap_or_default();
        files.extend(found.into_iter().map(|path| DataFile { partition: partition.clone(), path }));
    }
    files
}

fn hidden_type(name: &str) -> Type {
    HIDDEN.iter().find(|(known, _)| *known == name).map_or(Type::VARCHAR, |(_, ty)| ty.clone())
}

fn value(data_type: &DataType, text: &str) -> ScalarValue {
    match data_type {
        DataType::Date32 => ScalarValue::Date32(text.parse().ok().and_then(days)),
        _ => ScalarValue::Utf8(Some(text.to_owned())),
    }
}

impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| match self.prunes(filter) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(support).collect())
    }

    // What `#[async_trait]` would make of an async fn, but for the future, which has none of the engine's expressions in
    // it: to prove that such a one may go to another thread takes the compiler seconds.
    fn scan<'a, 'b, 'c, 'd, 'e>(
        &'a self,
        state: &'b dyn Session,
        projection: Option<&'c Vec<usize>>,
        filters: &'d [Expr],
        limit: Option<usize>,
    ) -> Pin<Box<dyn Future<Output = EngineResult<Arc<dyn ExecutionPlan>>> + Send + 'e>>
    where
        'a: 'e,
        'b: 'e,
        'c: 'e,
        'd: 'e,
        Self: 'e,
    {
        let plan = self.plan(state, projection, filters, limit);
        Box::pin(async { plan?.await })
    }
}

#[derive(Debug, Clone)]
struct DataFile {
    partition: Option<ScalarValue>,
    path: PathBuf,
}

/// Files that are read one after the other.
#[derive(Debug)]
struct Part {
    lake: Arc<Lake>,
    schema: SchemaRef,
    /// One a column of the schema.
    sources: Arc<[Source]>,
    files: Vec<DataFile>,
    scanned: Scanned,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let reading = Reading {
            lake: Arc::clone(&self.lake),
            schema: Arc::clone(&self.schema),
            sources: Arc::clone(&self.sources),
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
    files: std::vec::IntoIter<DataFile>,
    open: Option<(DataFile, ParquetRecordBatchReader)>,
    scanned: Scanned,
}

impl Iterator for Reading {
    type Item = EngineResult<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((file, reader)) = &mut self.open {
                match reader.next() {
                    Some(Ok(batch)) => {
                        let file = file.clone();
                        return Some(self.shape(&batch, &file));
                    }
                    Some(Err(error)) => return Some(Err(unreadable(file, &error))),
                    None => self.open = None,
                }
            }
            let file = self.files.next()?;
            match self.reader(&file) {
                Ok(reader) => self.open = Some((file, reader)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// A file that has been overwritten meanwhile, say.
fn unreadable(file: &DataFile, error: &dyn std::fmt::Display) -> DataFusionError {
    DataFusionError::IoError(io::Error::other(format!("{}: {error}", file.path.display())))
}

impl Reading {
    fn reader(&self, file: &DataFile) -> EngineResult<ParquetRecordBatchReader> {
        let failed =
            |error: &dyn std::fmt::Display| DataFusionError::Execution(format!("{}: {error}", file.path.display()));
        let opened = File::open(&file.path).map_err(|error| failed(&error))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(opened).map_err(|error| failed(&error))?;
        let wanted: Vec<usize> = self
            .sources
            .iter()
            .filter_map(|source| match source {
                Source::File(name, _) => builder.schema().index_of(name).ok(),
                _ => None,
            })
            .collect();
        let description = builder.parquet_schema();
        let leaves: Vec<usize> = (0..description.num_columns())
            .filter(|leaf| wanted.contains(&description.get_column_root_idx(*leaf)))
            .collect();
        let groups = builder.metadata().row_groups().iter();
        let bytes: i64 = groups.flat_map(|group| leaves.iter().map(|leaf| group.column(*leaf).compressed_size())).sum();
        self.scanned.fetch_add(bytes.max(0) as u64, Ordering::Relaxed);
        let mask = ProjectionMask::leaves(description, leaves);
        builder.with_projection(mask).with_batch_size(BATCH).build().map_err(|error| failed(&error))
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
        let columns = self.sources.iter().zip(self.schema.fields()).map(|(source, field)| -> EngineResult<ArrayRef> {
            Ok(match source {
                Source::File(name, data_type) => match batch.column_by_name(name) {
                    None => new_null_array(field.data_type(), rows),
                    Some(column) if column.data_type() == field.data_type() => Arc::clone(column),
                    Some(column) if column.data_type() == data_type => retyped(column, field.data_type())?,
                    Some(column) => retyped(&cast(column, data_type)?, field.data_type())?,
                },
                Source::Key => match &file.partition {
                    Some(key) => key.to_array_of_size(rows)?,
                    None => new_null_array(field.data_type(), rows),
                },
                Source::Hidden(name) => array(vec![self.said_of(file, name); rows], &hidden_type(name))?,
            })
        });
        let columns = columns.collect::<EngineResult<Vec<_>>>()?;
        // A query may want no column at all, but the number of rows.
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}
