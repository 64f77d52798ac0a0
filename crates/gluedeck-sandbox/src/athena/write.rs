//! The statements that write files: CREATE TABLE AS, INSERT INTO, UNLOAD.

use super::catalog::ensure;
use super::dialect::{Parsed, Properties, Select, TableName};
use super::failure::{Failure, within};
use super::frame::frame;
use super::job::{Job, Outcome};
use super::results::ResultSet;
use crate::lake::{CatalogColumn, CatalogTable, ParquetFile};
use datafusion::arrow::array::{AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::{DataType, TimeUnit, UInt64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::Column;
use datafusion::common::config::CsvOptions;
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, cast};
use datafusion::prelude::DataFrame;
use futures::StreamExt;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};

/// The partition of rows whose key is NULL (Hive).
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// Runs one of the writing statements.
pub(super) async fn execute(job: &Job<'_>, parsed: &Parsed) -> Result<Outcome, Failure> {
    match parsed {
        Parsed::CreateTableAs { table, if_not_exists, properties, query } => {
            create_table(job, table, *if_not_exists, properties, query).await
        }
        Parsed::Insert { table, query } => insert(job, table, query).await,
        Parsed::Unload { location, properties, query } => unload(job, location, properties, query).await,
        _ => Err(Failure::system("not a writing statement")),
    }
}

async fn create_table(
    job: &Job<'_>,
    named: &TableName,
    if_not_exists: bool,
    properties: &Properties,
    query: &Select,
) -> Result<Outcome, Failure> {
    let database = named.database.as_deref().unwrap_or(job.database);
    if !job.lake.catalog().databases.contains_key(database) {
        return Err(Failure::no_schema(database));
    }
    if job.lake.catalog().table(database, &named.name).is_some() {
        if if_not_exists {
            return Ok(Outcome::of(ResultSet::empty()));
        }
        let message = format!("TABLE_ALREADY_EXISTS: Table '{database}.{}' already exists", named.name);
        return Err(Failure::user(1006, message));
    }
    let keys = partition_columns(properties)?;
    let default = format!("s3://{}/tables/{}/", job.lake.world.bucket("athena"), job.id);
    let location = properties.get("external_location").unwrap_or(&default);
    let (bucket, folder, path) = empty_folder(job, location).await?;
    let frame = plain(frame(job, query).await.map_err(|error| Failure::of(&error, job))?, job)?;
    let mut columns: Vec<CatalogColumn> =
        frame.schema().fields().iter().map(|f| column(f.name(), f.data_type())).collect();
    let partition_key = match keys.first() {
        None => None,
        Some(key) if columns.last().is_some_and(|last| &last.name == key) => columns.pop(),
        Some(_) => {
            let message =
                "INVALID_TABLE_PROPERTY: Partition keys must be the last columns in the table, in the same order";
            return Err(Failure::user(1006, message));
        }
    };
    let written = write_parquet(job, frame, &path, &keys).await?;
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

/// The partition columns of a CREATE TABLE AS, whose format must be one that the lake has.
fn partition_columns(properties: &Properties) -> Result<Vec<String>, Failure> {
    let format = properties.get("format").map_or("PARQUET", String::as_str);
    if !format.eq_ignore_ascii_case("parquet") {
        return Err(Failure::user(1200, format!("NOT_SUPPORTED: CREATE TABLE AS in the format {format}")));
    }
    let names = properties.get("partitioned_by").map(String::as_str).unwrap_or_default();
    let keys: Vec<String> = names.split(',').map(|k| k.trim().to_lowercase()).filter(|k| !k.is_empty()).collect();
    match keys.len() {
        0 | 1 => Ok(keys),
        _ => Err(Failure::user(1200, "NOT_SUPPORTED: more than one partition column")),
    }
}

async fn insert(job: &Job<'_>, named: &TableName, query: &Select) -> Result<Outcome, Failure> {
    let database = named.database.as_deref().unwrap_or(job.database);
    let table = job.lake.catalog().table(database, &named.name).cloned();
    let table = table.ok_or_else(|| Failure::no_table(database, &named.name))?;
    ensure(&job.lake, &table.bucket, &table.folder).await;
    let hive = table.partition_key.as_ref().map(|key| format!("{}/{}=", table.folder, key.name));
    if table.view.is_some()
        || hive.is_some_and(|hive| table.partitions.values().any(|folder| !folder.starts_with(&hive)))
    {
        return Err(Failure::user(
            1200,
            format!("NOT_SUPPORTED: INSERT INTO {database}.{}: its folders are not named like partitions", table.name),
        ));
    }
    let frame = frame(job, query).await.map_err(|error| Failure::of(&error, job))?;
    let targets: Vec<&CatalogColumn> = table.columns.iter().chain(&table.partition_key).collect();
    let given = frame.schema().fields().len();
    if given != targets.len() {
        let message = format!("SYNTAX_ERROR: Insert query has {given} columns but the table has {}", targets.len());
        return Err(Failure::user(1006, message));
    }
    let named_as: Vec<Expr> = frame
        .schema()
        .columns()
        .into_iter()
        .zip(&targets)
        .map(|(given, target)| cast(Expr::Column(given), target.data_type.clone()).alias(&target.source))
        .collect();
    let frame = frame.select(named_as).map_err(|error| Failure::of(&error, job))?;
    let keys: Vec<String> = table.partition_key.iter().map(|key| key.name.clone()).collect();
    let path = job.lake.path(&table.bucket, &table.folder);
    let written = write_parquet(job, frame, &path, &keys).await?;
    if let Some(key) = &table.partition_key {
        let partitions = folders(&path, &table.folder, &key.name);
        job.lake.change_table(database, &table.name, |table| table.partitions.extend(partitions));
    }
    outcome(job, &table.bucket, &path, written)
}

async fn unload(job: &Job<'_>, location: &str, properties: &Properties, query: &Select) -> Result<Outcome, Failure> {
    let (bucket, _, path) = empty_folder(job, location).await?;
    let frame = plain(frame(job, query).await.map_err(|error| Failure::of(&error, job))?, job)?;
    let format = properties.get("format").map_or("PARQUET", String::as_str).to_uppercase();
    let target = format!("{}/", path.display());
    let options = DataFrameWriteOptions::new();
    let written = match format.as_str() {
        "PARQUET" => return outcome(job, &bucket, &path, write_parquet(job, frame, &path, &[]).await?),
        "TEXTFILE" => {
            let delimiter = properties.get("field_delimiter").and_then(|d| d.bytes().next()).unwrap_or(1);
            let csv = CsvOptions::default().with_has_header(false).with_delimiter(delimiter);
            frame.write_csv(&target, options, Some(csv)).await
        }
        "JSON" => frame.write_json(&target, options, None).await,
        other => return Err(Failure::user(1200, format!("NOT_SUPPORTED: UNLOAD in the format {other}"))),
    };
    let rows = written.map_err(|error| Failure::of(&error, job))?;
    outcome(job, &bucket, &path, count(&rows))
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

/// The frame with the types that the lake's tables have.
fn plain(frame: DataFrame, job: &Job<'_>) -> Result<DataFrame, Failure> {
    let fields = frame.schema().columns().into_iter().zip(frame.schema().fields().iter());
    let columns: Vec<Expr> = fields
        .map(|(column, field)| {
            let name = field.name().to_lowercase();
            cast(Expr::Column(Column::clone(&column)), lake_type(field.data_type())).alias(name)
        })
        .collect();
    frame.select(columns).map_err(|error| Failure::of(&error, job))
}

fn lake_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => DataType::Utf8,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16 => DataType::Int32,
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        DataType::Timestamp(..) => DataType::Timestamp(TimeUnit::Millisecond, None),
        other => other.clone(),
    }
}

/// A catalog column for a result column.
pub(super) fn column(name: &str, data_type: &DataType) -> CatalogColumn {
    CatalogColumn::new(&name.to_lowercase(), lake_type(data_type))
}

/// Writes the rows as Parquet, one file a partition; answers how many.
async fn write_parquet(job: &Job<'_>, frame: DataFrame, path: &Path, keys: &[String]) -> Result<u64, Failure> {
    let failed = |error: DataFusionError| Failure::of(&error, job);
    let mut stream = frame.execute_stream().await.map_err(failed)?;
    let mut files: BTreeMap<String, ParquetFile> = BTreeMap::new();
    let mut rows = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(failed)?;
        rows += batch.num_rows() as u64;
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
    Ok(rows)
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

/// The engine answers a write with one number.
fn count(batches: &[RecordBatch]) -> u64 {
    let columns = batches.iter().filter_map(|batch| batch.columns().first());
    columns.filter_map(|c| c.as_primitive_opt::<UInt64Type>()).flat_map(|c| c.iter().flatten()).sum()
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
