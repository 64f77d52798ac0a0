//! The silver job: bronze's day, renamed and typed by the explicit mapping, into its `as_of_date` partition.

use super::super::world::{Layer, Record};
use super::LakeError;
use super::columns::{column, columns_of, convert, joined, silver_type};
use super::parquet_io::{read_folder, replace_folder};
use super::{Facts, Lake, Work, bronze};
use crate::catalog::{CatalogTable, Column, Partition};
use datafusion::arrow::array::{ArrayRef, RecordBatch, new_null_array};
use datafusion::arrow::datatypes::{Field, Schema};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where silver keeps a table: bucket and folder.
pub(super) fn location(lake: &Lake, record: &Record) -> (String, String) {
    (lake.world.layer_bucket(Layer::Silver), record.bucket_folder.clone())
}

/// Maps the day's bronze snapshot; only mapped columns go on, so nested ones and technical ones are dropped.
pub(super) fn load(lake: &Lake, record: &Record, work: &Work) -> Result<Facts, LakeError> {
    let (bucket, folder) = bronze::location(lake, record);
    let day = work.date.to_string();
    let mappings = &record.mappings;
    let mapped = |name: &str| mappings.iter().any(|mapping| mapping.source == name);
    let source = read_folder(&lake.path(&bucket, &format!("{folder}/{day}")), mapped)?
        .ok_or_else(|| LakeError::NoPath { bucket: bucket.clone(), folder: format!("{folder}/{day}") })?;
    let rows: usize = source.iter().map(RecordBatch::num_rows).sum();
    let mut facts = Facts { rows_read: rows as u64, rows_written: rows as u64, ..Facts::default() };
    let (mut fields, mut arrays) = (Vec::new(), Vec::<ArrayRef>::new());
    for mapping in mappings {
        let target = silver_type(&mapping.target_type);
        let parts: Option<Vec<_>> = source.iter().map(|b| b.column_by_name(&mapping.source).cloned()).collect();
        let array = match parts.filter(|parts| !parts.is_empty()) {
            None => new_null_array(&target, rows),
            Some(parts) => {
                let (array, lost) = convert(&joined(&parts)?, &target)?;
                if lost > 0 {
                    facts.unconverted.push((mapping.target.clone(), lost));
                }
                array
            }
        };
        fields.push(Field::new(&mapping.target, target, true));
        arrays.push(array);
    }
    let columns = columns_of(&fields);
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?;
    let (bucket, folder) = location(lake, record);
    replace_folder(&lake.path(&bucket, &format!("{folder}/as_of_date={day}")), &batch)?;
    put(lake, record, work, columns);
    Ok(facts)
}

/// What the job of a past night has registered.
pub(super) fn register(lake: &Lake, record: &Record, work: &Work) {
    put(lake, record, work, columns(record));
}

/// The columns that the mapping makes.
pub(super) fn columns(record: &Record) -> Vec<Column> {
    let mappings = record.mappings.iter();
    mappings.map(|mapping| column(&mapping.target, &silver_type(&mapping.target_type))).collect()
}

fn put(lake: &Lake, record: &Record, work: &Work, columns: Vec<Column>) {
    let (bucket, folder) = location(lake, record);
    let day = work.date.to_string();
    let location = format!("s3://{bucket}/{folder}/");
    let partition = Partition::at(format!("{location}as_of_date={day}/"), work.at);
    let mut table = CatalogTable::parquet(&record.table_name, columns, location, work.at);
    table.partition_keys = vec![Column::new("as_of_date", "date")];
    table.partitions = BTreeMap::from([(vec![day], partition)]);
    lake.put_in_catalog(Layer::Silver, table);
}
