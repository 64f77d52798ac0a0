//! The bronze job (a DynamoDB table, untransformed, into the day's folder) and the crawler after it.

use super::super::world::{Attribute, Layer, Record, Table};
use super::LakeError;
use super::columns::{bronze_array, bronze_type, column};
use super::parquet_io::{parquet_files, replace_folder};
use super::{Facts, Lake, Step, Work};
use crate::catalog::{CatalogTable, Column, Partition};
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

/// Where the bronze snapshots of a table lie: bucket and folder.
pub(super) fn location(lake: &Lake, record: &Record) -> (String, String) {
    (lake.world.layer_bucket(Layer::Bronze), record.bucket_folder.clone())
}

/// Reads the whole DynamoDB table as of the day and overwrites the day's folder.
pub(super) fn load(lake: &Lake, table: &Table, work: &Work) -> Result<Facts, LakeError> {
    let (world, record) = (&lake.world, &table.record);
    let rows = world.row_count(&record.scope_id, work.date);
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (name, kind) in world.attributes(table, work.date) {
        let attribute = Attribute::new(world, table, (name, kind), work.date);
        fields.push(Field::new(name, bronze_type(kind), true));
        arrays.push(bronze_array(kind, (0..rows).map(|row| attribute.value(row))));
    }
    let day = work.date.to_string();
    for (name, value) in added(table).map(|name| (name, if name == "type" { Layer::Bronze.word() } else { &day })) {
        fields.push(Field::new(name, DataType::Utf8, true));
        arrays.push(Arc::new(StringArray::from(vec![value; rows as usize])));
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?;
    let (bucket, folder) = location(lake, record);
    replace_folder(&lake.path(&bucket, &format!("{folder}/{day}")), &batch)?;
    Ok(Facts { rows_read: rows, rows_written: rows, ..Facts::default() })
}

/// The columns that are added: `type` only where the items have no attribute of this name.
fn added(table: &Table) -> impl Iterator<Item = &'static str> {
    let has_type = table.record_attributes().any(|name| name == "type");
    ["as_of_date"].into_iter().chain((!has_type).then_some("type"))
}

/// Registers every day's folder as a partition and every column of every file, with names in lower case. Of nights that
/// are still to be brought onto the disk, the world tells both.
pub(super) fn crawl(lake: &Lake, table: &Table, work: &Work, pending: &[Work]) -> Result<Facts, LakeError> {
    let record = &table.record;
    let (bucket, folder) = location(lake, record);
    if let Some(fails) = fails(lake, record, work) {
        return Err(LakeError::Injected(fails));
    }
    let root = lake.path(&bucket, &folder);
    let (mut partitions, mut columns) = past(lake, table, pending);
    let mut rows_read = 0;
    let listed = fs::read_dir(&root);
    let listed = listed.map_err(|source| LakeError::List { bucket: bucket.clone(), folder: folder.clone(), source })?;
    for entry in listed {
        let path = entry?.path();
        let Some(day) = path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_dir()) else { continue };
        partitions.insert(day.to_owned(), format!("{folder}/{day}"));
        let rows = infer(&path, &mut columns)?;
        if day == work.date.to_string() {
            rows_read = rows;
        }
    }
    put(lake, record, work, columns, partitions);
    Ok(Facts { rows_read, ..Facts::default() })
}

/// What a crawl of a past night has registered.
pub(super) fn register(lake: &Lake, table: &Table, work: &Work, pending: &[Work]) {
    let (partitions, columns) = past(lake, table, pending);
    put(lake, &table.record, work, columns, partitions);
}

/// Partitions and columns of the nights that are still to be brought onto the disk and that the catalog does not know.
fn past(lake: &Lake, table: &Table, pending: &[Work]) -> (BTreeMap<String, String>, Vec<Column>) {
    let record = &table.record;
    let (_, folder) = location(lake, record);
    let (mut partitions, mut columns) = (BTreeMap::new(), Vec::new());
    let catalog = lake.catalog();
    let known = catalog.table(&lake.world.settings().pipeline.database(Layer::Bronze), &record.bronze_table());
    let is_new = |night: &Work| known.is_none_or(|table| !table.partitions.contains_key(&vec![night.date.to_string()]));
    for work in pending.iter().filter(|work| work.step == Step::Load(Layer::Bronze) && is_new(work)) {
        partitions.insert(work.date.to_string(), format!("{folder}/{}", work.date));
        let attributes = lake.world.attributes(table, work.date).into_iter();
        let attributes = attributes.map(|(name, kind)| column(name, &bronze_type(kind)));
        let own = added(table).map(|name| column(name, &DataType::Utf8));
        attributes.chain(own).for_each(|column| add(&mut columns, column));
    }
    (partitions, columns)
}

fn put(lake: &Lake, record: &Record, work: &Work, columns: Vec<Column>, partitions: BTreeMap<String, String>) {
    let (bucket, folder) = location(lake, record);
    let location = |folder: &str| format!("s3://{bucket}/{folder}/");
    let mut table = CatalogTable::parquet(&record.bronze_table(), columns, location(&folder), work.at);
    // A plain folder name gives no key, so Glue calls it partition_0.
    table.partition_keys = vec![Column::new("partition_0", "string")];
    let at = |(day, folder): (String, String)| (vec![day], Partition::at(location(&folder), work.at));
    table.partitions = partitions.into_iter().map(at).collect();
    lake.put_in_catalog(Layer::Bronze, table);
}

fn add(columns: &mut Vec<Column>, column: Column) {
    if !columns.iter().any(|known| known.name == column.name) {
        columns.push(column);
    }
}

/// The error of a crawler that the scenario lets fail.
pub(super) fn fails(lake: &Lake, record: &Record, work: &Work) -> Option<String> {
    let rules = &lake.world.scenario.crawl_fails;
    let rule = rules.iter().find(|rule| rule.table == record.scope_id)?;
    (lake.world.night_number(work.date) >= 0).then(|| rule.error.clone())
}

/// Adds the columns of a folder's files that are not known yet; answers the number of rows.
fn infer(folder: &Path, columns: &mut Vec<Column>) -> Result<u64, LakeError> {
    let mut rows = 0;
    for path in parquet_files(folder).unwrap_or_default() {
        let file = File::open(&path)?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)?;
        rows += reader.metadata().file_metadata().num_rows() as u64;
        for field in reader.schema().fields() {
            add(columns, column(field.name(), field.data_type()));
        }
    }
    Ok(rows)
}
