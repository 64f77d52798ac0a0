//! The statements that write files: CREATE TABLE AS, INSERT INTO, UNLOAD.

use super::catalog::ensure;
use super::columns::{retyped, settled, sql_type, stored_type};
use super::failure::{Failure, within};
use super::frame::{answer, facts, plan};
use super::job::{Job, Outcome};
use super::results::ResultSet;
use crate::lake::{CatalogColumn, CatalogTable, ParquetFile};
use datafusion::arrow::array::{RecordBatch, UInt32Array, new_null_array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::DataFusionError;
use futures::StreamExt;
use gluedeck_sql::ast::Query;
use gluedeck_sql::{Code, Error, Plan, Properties, Statement, TableName, Type};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// The partition of rows whose key is NULL (Hive).
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// Runs one of the writing statements.
pub(super) async fn execute(job: &Job<'_>, statement: &Statement) -> Result<Outcome, Failure> {
    match statement {
        Statement::CreateTableAs { .. } => create_table(job, statement).await,
        Statement::Insert { table, columns, query } => insert(job, table, columns.as_deref(), query).await,
        Statement::Unload { location, properties, query } => unload(job, location, properties, query).await,
        _ => Err(Failure::system("not a writing statement")),
    }
}

async fn create_table(job: &Job<'_>, statement: &Statement) -> Result<Outcome, Failure> {
    let Statement::CreateTableAs { table: named, if_not_exists, properties, query, with_data } = statement else {
        return Err(Failure::system("not a CREATE TABLE AS"));
    };
    let database = named.database.as_deref().unwrap_or(job.database);
    if !job.lake.catalog().databases.contains_key(database) {
        return Err(Failure::no_schema(database));
    }
    if job.lake.catalog().table(database, &named.name).is_some() {
        if *if_not_exists {
            return Ok(Outcome::of(ResultSet::empty()));
        }
        let message = format!("TABLE_ALREADY_EXISTS: Table '{database}.{}' already exists", named.name);
        return Err(Failure::user(1006, message));
    }
    let keys = partition_columns(properties)?;
    let planned = plan(job, query)?;
    named_once(&planned)?;
    let mut columns = stored_columns(&planned)?;
    let fields = Arc::new(file_schema(&columns));
    let partition_key = match keys.first() {
        None => None,
        Some(key) if columns.last().is_some_and(|last| &last.name == key) => columns.pop(),
        Some(_) => {
            let message =
                "INVALID_TABLE_PROPERTY: Partition keys must be the last columns in the table, in the same order";
            return Err(Failure::user(1006, message));
        }
    };
    let default = format!("s3://{}/tables/{}/", job.lake.world.bucket("athena"), job.id);
    let location = properties.get("external_location").unwrap_or(&default);
    let (bucket, folder, path) = empty_folder(job, location).await?;
    let written = match with_data {
        true => write_parquet(job, &Rows::of(job, planned, fields)?, &path, &keys).await?,
        false => 0,
    };
    let partitions = partition_key.as_ref().map(|key| folders(&path, &folder, &key.name)).unwrap_or_default();
    let table = CatalogTable {
        name: named.name.clone(),
        columns,
        partition_key,
        bucket: bucket.clone(),
        folder,
        partitions,
        view: None,
        created: job.now,
        updated: job.now,
    };
    job.lake.put_table(database, table);
    outcome(job, &bucket, &path, written)
}

/// Every column of a new table needs a name of its own.
pub(super) fn named_once(planned: &Plan) -> Result<(), Failure> {
    let names: Vec<&str> = planned.columns.iter().map(|(name, _)| name.as_str()).collect();
    for (index, name) in names.iter().enumerate() {
        let error = if planned.unnamed.contains(&index) {
            Error::of_value(
                Code::MissingColumnName,
                format!("line 1:1: Column name not specified at position {}", index + 1),
            )
        } else if names[..index].contains(name) {
            Error::of_value(
                Code::DuplicateColumnName,
                format!("line 1:1: Column name '{name}' specified more than once"),
            )
        } else {
            continue;
        };
        return Err(Failure { kind: 1006, ..Failure::of_sql(&error) });
    }
    Ok(())
}

/// Columns of the catalog for what a query answers.
pub(super) fn stored_columns(planned: &Plan) -> Result<Vec<CatalogColumn>, Failure> {
    let stored = |(name, ty): &(String, Type)| Ok(CatalogColumn::new(name, stored_type(name, ty)?));
    let columns: Result<Vec<_>, Error> = planned.columns.iter().map(stored).collect();
    columns.map_err(|error| Failure {
        kind: if error.code == Code::NotSupported { 1200 } else { 1006 },
        ..Failure::of_sql(&error)
    })
}

fn file_schema(columns: &[CatalogColumn]) -> Schema {
    Schema::new(columns.iter().map(|c| Field::new(&c.source, c.data_type.clone(), true)).collect::<Vec<_>>())
}

/// The partition columns of a CREATE TABLE AS, whose other properties must be what the lake has.
fn partition_columns(properties: &Properties) -> Result<Vec<String>, Failure> {
    let format = properties.get("format").map_or("PARQUET", String::as_str);
    if !format.eq_ignore_ascii_case("parquet") {
        return Err(not_done(&format!("CREATE TABLE AS in the format {format}")));
    }
    only(properties, &["format", "external_location", "partitioned_by", "write_compression", "parquet_compression"])?;
    let names = properties.get("partitioned_by").map(String::as_str).unwrap_or_default();
    let keys: Vec<String> = names.split(',').map(|k| k.trim().to_lowercase()).filter(|k| !k.is_empty()).collect();
    match keys.len() {
        0 | 1 => Ok(keys),
        _ => Err(not_done("more than one partition column")),
    }
}

/// Refuses properties that would be ignored.
fn only(properties: &Properties, known: &[&str]) -> Result<(), Failure> {
    if let Some(table_type) = properties.get("table_type").filter(|kind| !kind.eq_ignore_ascii_case("hive")) {
        return Err(not_done(&format!("tables of the type {table_type}")));
    }
    match properties.keys().find(|name| !known.contains(&name.as_str()) && *name != "table_type") {
        None => Ok(()),
        Some(name) => Err(not_done(&format!("the property {name} here"))),
    }
}

fn not_done(what: &str) -> Failure {
    Failure::user(1200, format!("NOT_SUPPORTED: gluedeck does not do {what}"))
}

async fn insert(job: &Job<'_>, named: &TableName, given: Option<&[String]>, query: &Query) -> Result<Outcome, Failure> {
    let database = named.database.as_deref().unwrap_or(job.database);
    let table = job.lake.catalog().table(database, &named.name).cloned();
    let table = table.ok_or_else(|| Failure::no_table(database, &named.name))?;
    ensure(&job.lake, &table.bucket, &table.folder).await;
    let hive = table.partition_key.as_ref().map(|key| format!("{}/{}=", table.folder, key.name));
    if table.view.is_some()
        || hive.is_some_and(|hive| table.partitions.values().any(|folder| !folder.starts_with(&hive)))
    {
        let what = format!("INSERT INTO {database}.{}: its folders are not named like partitions", table.name);
        return Err(not_done(&what));
    }
    let targets: Vec<CatalogColumn> = table.columns.iter().chain(&table.partition_key).cloned().collect();
    let planned = plan(job, query)?;
    let places = insert_places(&targets, given, &planned)?;
    let rows = Rows { places, ..Rows::of(job, planned, Arc::new(file_schema(&targets)))? };
    let keys: Vec<String> = table.partition_key.iter().map(|key| key.source.clone()).collect();
    let path = job.lake.path(&table.bucket, &table.folder);
    let written = write_parquet(job, &rows, &path, &keys).await?;
    if let Some(key) = &table.partition_key {
        let partitions = folders(&path, &table.folder, &key.name);
        job.lake.change_table(database, &table.name, |table| table.partitions.extend(partitions));
    }
    outcome(job, &table.bucket, &path, written)
}

/// Which column of the query each column of the table takes, if any.
fn insert_places(
    targets: &[CatalogColumn],
    given: Option<&[String]>,
    planned: &Plan,
) -> Result<Vec<Option<usize>>, Failure> {
    let refused =
        |code: Code, text: String| Err(Failure { kind: 1006, ..Failure::of_sql(&Error::of_value(code, text)) });
    let all: Vec<String> = targets.iter().map(|column| column.name.clone()).collect();
    let named = given.unwrap_or(&all);
    if let Some(name) = named.iter().find(|name| !all.contains(name)) {
        return refused(
            Code::ColumnNotFound,
            format!("line 1:1: Insert column name does not exist in target table: {name}"),
        );
    }
    let types = |types: Vec<Type>| types.iter().map(Type::to_string).collect::<Vec<_>>().join(", ");
    let wanted: Vec<Type> = named
        .iter()
        .filter_map(|name| targets.iter().find(|column| column.name == *name))
        .map(|column| sql_type(&column.data_type))
        .collect();
    let found: Vec<Type> = planned.columns.iter().map(|(_, ty)| ty.clone()).collect();
    let fits = |(from, to): (&Type, &Type)| gluedeck_sql::is_assignable(&settled(from), to);
    if wanted.len() != found.len() || !found.iter().zip(&wanted).all(fits) {
        let (wanted, found) = (types(wanted), types(found));
        let text = format!("line 1:1: Insert query has mismatched column types: Table: [{wanted}], Query: [{found}]");
        return refused(Code::TypeMismatch, text);
    }
    Ok(all.iter().map(|column| named.iter().position(|name| name == column)).collect())
}

async fn unload(job: &Job<'_>, location: &str, properties: &Properties, query: &Query) -> Result<Outcome, Failure> {
    only(properties, &["format", "compression", "field_delimiter"])?;
    let format = properties.get("format").map_or("PARQUET", String::as_str).to_uppercase();
    if !["PARQUET", "TEXTFILE", "JSON"].contains(&format.as_str()) {
        return Err(not_done(&format!("UNLOAD in the format {format}")));
    }
    let planned = plan(job, query)?;
    let schema = Arc::new(file_schema(&stored_columns(&planned)?));
    if format == "TEXTFILE" && schema.fields().iter().any(|field| field.data_type().is_nested()) {
        return Err(not_done("UNLOAD of arrays, maps and rows in the format TEXTFILE"));
    }
    let rows = Rows::of(job, planned, schema)?;
    let (bucket, _, path) = empty_folder(job, location).await?;
    if format == "PARQUET" {
        return outcome(job, &bucket, &path, write_parquet(job, &rows, &path, &[]).await?);
    }
    let delimiter = properties.get("field_delimiter").and_then(|d| d.bytes().next()).unwrap_or(1);
    // Put in its place when it is whole: what fails leaves nothing behind.
    let file = BufWriter::new(NamedTempFile::new_in(&path).map_err(Failure::system)?);
    let mut lines: Lines = match format.as_str() {
        "JSON" => Lines::Json(Box::new(LineDelimitedWriter::new(file))),
        _ => {
            let text = csv::WriterBuilder::new()
                .with_header(false)
                .with_delimiter(delimiter)
                .with_null("\\N".to_owned())
                .build(file);
            Lines::Text(Box::new(text))
        }
    };
    let mut written = 0;
    let mut stream = rows.stream().await?;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|error| Failure::of(&error))?;
        let batch = rows.stored(&batch).map_err(|error| Failure::of(&error.into()))?;
        lines.write(&batch).map_err(|error| Failure::of(&error.into()))?;
        written += batch.num_rows() as u64;
        within(job)?;
        tokio::task::yield_now().await;
    }
    lines.finish(&path.join(job.id))?;
    outcome(job, &bucket, &path, written)
}

/// The text formats of UNLOAD.
enum Lines {
    Text(Box<csv::Writer<BufWriter<NamedTempFile>>>),
    Json(Box<LineDelimitedWriter<BufWriter<NamedTempFile>>>),
}

impl Lines {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        match self {
            Self::Text(writer) => writer.write(batch),
            Self::Json(writer) => writer.write(batch),
        }
    }

    fn finish(self, location: &Path) -> Result<(), Failure> {
        let file = match self {
            Self::Text(writer) => writer.into_inner(),
            Self::Json(mut writer) => {
                writer.finish().map_err(Failure::system)?;
                writer.into_inner()
            }
        };
        let file = file.into_inner().map_err(Failure::system)?;
        file.persist(location).map_err(Failure::system)?;
        Ok(())
    }
}

/// What a query answers, on its way into files.
struct Rows {
    frame: datafusion::prelude::DataFrame,
    schema: SchemaRef,
    /// The query's column for each of the files'; NULL where there is none.
    places: Vec<Option<usize>>,
}

impl Rows {
    /// The rows of a query for files with this schema.
    fn of(job: &Job<'_>, planned: Plan, schema: SchemaRef) -> Result<Self, Failure> {
        let places: Vec<Option<usize>> = (0..schema.fields().len()).map(Some).collect();
        let types: Vec<Type> = planned.columns.iter().map(|(_, ty)| settled(ty)).collect();
        let planned = planned.cast(&types, &Arc::new(facts(job))).map_err(|error| Failure::of_sql(&error))?;
        Ok(Self { frame: answer(planned)?.frame, schema, places })
    }

    async fn stream(&self) -> Result<datafusion::execution::SendableRecordBatchStream, Failure> {
        self.frame.clone().execute_stream().await.map_err(|error| Failure::of(&error))
    }

    /// A batch of the query as one of the files.
    fn stored(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let columns = self.places.iter().zip(self.schema.fields()).map(|(place, field)| match place {
            Some(place) => retyped(batch.column(*place), field.data_type()),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        });
        RecordBatch::try_new(Arc::clone(&self.schema), columns.collect::<Result<_, _>>()?)
    }
}

/// Where a statement may write: a folder of the lake with nothing in it.
async fn empty_folder(job: &Job<'_>, location: &str) -> Result<(String, String, PathBuf), Failure> {
    let (bucket, key) = job.lake.locate(location).map_err(|why| Failure::user(1006, why.to_string()))?;
    let folder = key.trim_end_matches('/').to_owned();
    let path = job.lake.path(&bucket, &folder);
    ensure(&job.lake, &bucket, &folder).await;
    if fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some()) {
        let message =
            format!("HIVE_PATH_ALREADY_EXISTS: Target directory for table already exists: s3://{bucket}/{folder}");
        return Err(Failure::user(1006, message));
    }
    fs::create_dir_all(&path).map_err(Failure::system)?;
    Ok((bucket, folder, path))
}

/// Writes the rows as Parquet, one file a partition; answers how many.
async fn write_parquet(job: &Job<'_>, rows: &Rows, path: &Path, keys: &[String]) -> Result<u64, Failure> {
    let failed = |error: DataFusionError| Failure::of(&error);
    let mut stream = rows.stream().await?;
    let mut files: BTreeMap<String, ParquetFile> = BTreeMap::new();
    let mut written = 0;
    while let Some(batch) = stream.next().await {
        let batch = rows.stored(&batch.map_err(failed)?).map_err(|error| failed(error.into()))?;
        written += batch.num_rows() as u64;
        for (folder, part) in by_partition(&batch, keys).map_err(|error| failed(error.into()))? {
            let file = match files.entry(folder) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    let location = path.join(entry.key()).join(format!("{}.snappy.parquet", job.id));
                    entry.insert(ParquetFile::create(&location, part.schema()).map_err(Failure::system)?)
                }
            };
            file.write(&part).map_err(Failure::system)?;
        }
        within(job)?;
        tokio::task::yield_now().await;
    }
    for file in files.into_values() {
        file.finish().map_err(Failure::system)?;
    }
    Ok(written)
}

/// The rows by the folder of their partition, whose column is in the folder's name and not in the file.
fn by_partition(batch: &RecordBatch, keys: &[String]) -> Result<Vec<(String, RecordBatch)>, ArrowError> {
    let Some(key) = keys.first() else { return Ok(vec![(String::new(), batch.clone())]) };
    let at = batch.schema().index_of(key)?;
    let options = FormatOptions::new().with_null(NO_VALUE);
    let values = ArrayFormatter::try_new(batch.column(at), &options)?;
    let mut folders: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for row in 0..batch.num_rows() {
        folders.entry(format!("{key}={}", values.value(row))).or_default().push(row as u32);
    }
    let kept: Vec<usize> = (0..batch.num_columns()).filter(|column| *column != at).collect();
    let kept = batch.project(&kept)?;
    let part = |(folder, rows): (String, Vec<u32>)| Ok((folder, take_record_batch(&kept, &UInt32Array::from(rows))?));
    folders.into_iter().map(part).collect()
}

/// The folders `key=value` under a table's folder.
fn folders(path: &Path, folder: &str, key: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let prefix = format!("{key}=");
    names.filter_map(|name| Some((name.strip_prefix(&prefix)?.to_owned(), format!("{folder}/{name}")))).collect()
}

/// Writes the manifest, one URL a line, beside the result object.
fn outcome(job: &Job<'_>, bucket: &str, path: &Path, updated: u64) -> Result<Outcome, Failure> {
    let root = job.lake.path(bucket, "");
    let mut files = Vec::new();
    let mut open = vec![path.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(key) = path.strip_prefix(&root) {
                files.push(format!("s3://{bucket}/{}\n", key.display()));
            }
        }
    }
    files.sort();
    let folder = job.location.object.parent().ok_or_else(|| Failure::system("the result object has no folder"))?;
    fs::create_dir_all(folder).map_err(Failure::system)?;
    let name = format!("{}-manifest.csv", job.id);
    fs::write(folder.join(&name), files.concat()).map_err(Failure::system)?;
    let manifest = job.lake.url(&folder.join(&name));
    Ok(Outcome { updated, manifest, ..Outcome::of(ResultSet::empty()) })
}
