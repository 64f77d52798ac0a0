//! A table of the lake as the engine reads it: files in folders, one folder a partition, whose values are columns. The
//! engine's own listing tables would do for Parquet, but bring every codec of it along, three of them in C.

use super::file_columns::{FileColumn, Scanned, type_of};
use super::files::{DataFile, HIDDEN, Part, Reader, Source, data_files};
use super::partitions::Partitions;
use super::table_scan::TableScan;
use super::text_format::TextFormat;
use crate::catalog::{CatalogTable, Format};
use crate::lake::Lake;
use chrono::{DateTime, Utc};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use gluedeck_sql::{Code, Error, TableColumn, Type};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// About what a value of a file takes, to guess how many rows there are.
const BYTES_PER_VALUE: u64 = 4;

#[derive(Debug)]
pub(super) struct LakeTable {
    lake: Arc<Lake>,
    schema: SchemaRef,
    columns: Vec<TableColumn>,
    /// One a column of the schema.
    sources: Vec<Source>,
    reader: Reader,
    partitions: Partitions,
    scanned: Scanned,
}

impl LakeTable {
    /// The table as the catalog has it now.
    ///
    /// # Errors
    /// If it cannot be read: the format of its files is not done here, or a column has a type that is none.
    pub(super) fn new(
        lake: Arc<Lake>,
        table: &CatalogTable,
        now: DateTime<Utc>,
        scanned: Scanned,
    ) -> Result<Self, Error> {
        let reader = reader(table)?;
        let mut columns = Vec::new();
        let mut add = |name: &str, ty: Type, hidden: bool, source: Source| {
            columns.push((TableColumn { name: name.to_lowercase(), ty, hidden }, source));
        };
        for (place, column) in table.storage.columns.iter().enumerate() {
            let ty = type_of(column)?;
            let source = Source::File(FileColumn { name: column.name.to_lowercase(), place, ty: ty.clone() });
            add(&column.name, ty, false, source);
        }
        for (place, key) in table.partition_keys.iter().enumerate() {
            add(&key.name, type_of(key)?, false, Source::Key(place));
        }
        for (name, ty) in HIDDEN {
            add(name, ty, true, Source::Hidden(name));
        }
        let (columns, sources): (Vec<TableColumn>, Vec<Source>) = columns.into_iter().unzip();
        let fields = columns.iter().map(|column| Field::new(&column.name, column.ty.arrow(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let partitions = Partitions::of(table, now)?;
        Ok(Self { lake, schema, columns, sources, reader, partitions, scanned })
    }

    /// The columns with their types.
    pub(super) fn columns(&self) -> &[TableColumn] {
        &self.columns
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
        let (reader, folders) = (self.reader.clone(), self.partitions.folders(state, filters)?);
        let parts = state.config().target_partitions();
        let in_files = self.sources.iter().filter(|source| matches!(source, Source::File(_))).count();
        let row_bytes = BYTES_PER_VALUE * in_files.max(1) as u64;
        Ok(async move {
            let found = Arc::clone(&lake);
            let found = tokio::task::spawn_blocking(move || {
                let mut files = Vec::new();
                for folder in folders {
                    let (bucket, key) = found.locate(&folder.location)?;
                    let key = format!("{}/", key.trim_end_matches('/'));
                    found.ensure_under(&bucket, &key);
                    let paths = data_files(&found.path(&bucket, &key)).into_iter();
                    files.extend(paths.map(|path| DataFile { keys: Arc::clone(&folder.keys), path }));
                }
                Ok::<_, crate::lake::LakeError>(files)
            });
            let files = found.await.map_err(|error| DataFusionError::Execution(error.to_string()))?;
            let files = files.map_err(|error| Error::of_value(Code::HiveFilesystemError, error.to_string()))?;
            let share = files.len().div_ceil(parts).max(1);
            let part = |files: &[DataFile]| -> Arc<dyn PartitionStream> {
                Arc::new(Part {
                    lake: Arc::clone(&lake),
                    schema: Arc::clone(&schema),
                    sources: Arc::clone(&sources),
                    reader: reader.clone(),
                    files: files.to_vec(),
                    scanned: Arc::clone(&scanned),
                })
            };
            let bytes: u64 = files.iter().filter_map(|file| file.path.metadata().ok()).map(|about| about.len()).sum();
            let parts = if files.is_empty() { vec![part(&[])] } else { files.chunks(share).map(part).collect() };
            let stream = StreamingTableExec::try_new(schema, parts, None, [], false, limit)?;
            Ok(Arc::new(TableScan { stream, rows: (bytes / row_bytes) as usize }) as _)
        })
    }
}

/// How the table's files are read.
fn reader(table: &CatalogTable) -> Result<Reader, Error> {
    match table.storage.format() {
        Ok(Format::Parquet) => Ok(Reader::Parquet),
        Ok(format) => Ok(Reader::Text(Arc::new(TextFormat::of(table, format)?))),
        Err("") => {
            let text = format!("Table {} has no SerDe in its storage descriptor", table.name);
            Err(Error::of_value(Code::HiveInvalidMetadata, text))
        }
        Err(library) => {
            let text = format!("gluedeck does not read files of the SerDe {library}");
            Err(Error::of_value(Code::NotSupported, text))
        }
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
        let support = |filter: &&Expr| match self.partitions.prunes(filter) {
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
