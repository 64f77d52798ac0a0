//! The gold job: the newest silver partition, whole, in place of what gold held before.

use super::super::world::{Layer, Record};
use super::LakeError;
use super::columns::{columns_of, days, joined};
use super::parquet_io::{read_folder, replace_folder};
use super::{Facts, Lake, Work, silver};
use crate::catalog::{CatalogTable, Column};
use chrono::NaiveDate;
use datafusion::arrow::array::{ArrayRef, Date32Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use std::fs;
use std::sync::Arc;

/// Where gold keeps a table: bucket and folder.
pub(super) fn location(lake: &Lake, record: &Record) -> (String, String) {
    (lake.world.layer_bucket(Layer::Gold), record.bucket_folder.clone())
}

/// Overwrites gold with the newest `as_of_date` of silver, which becomes a column.
pub(super) fn load(lake: &Lake, record: &Record, work: &Work) -> Result<Facts, LakeError> {
    let (bucket, folder) = silver::location(lake, record);
    let nothing = || LakeError::NoPath { bucket: bucket.clone(), folder: folder.clone() };
    let entries = fs::read_dir(lake.path(&bucket, &folder)).map_err(|_| nothing())?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let nights = names.filter_map(|name| name.strip_prefix("as_of_date=")?.parse::<NaiveDate>().ok());
    // A past night's job is done late, when newer days may be there.
    let day = nights.filter(|day| *day <= work.date).max().ok_or_else(nothing)?;
    let source =
        read_folder(&lake.path(&bucket, &format!("{folder}/as_of_date={day}")), |_| true)?.ok_or_else(nothing)?;
    let rows: usize = source.iter().map(RecordBatch::num_rows).sum();
    let schema = source.first().map(RecordBatch::schema).ok_or_else(nothing)?;
    let (mut fields, mut arrays) = (Vec::new(), Vec::<ArrayRef>::new());
    for (index, field) in schema.fields().iter().enumerate() {
        let parts: Vec<_> = source.iter().map(|batch| Arc::clone(batch.column(index))).collect();
        fields.push(field.as_ref().clone());
        arrays.push(joined(&parts)?);
    }
    fields.push(Field::new("as_of_date", DataType::Date32, true));
    arrays.push(Arc::new(Date32Array::from(vec![days(day); rows])));
    let columns = columns_of(&fields);
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?;
    let (bucket, folder) = location(lake, record);
    replace_folder(&lake.path(&bucket, &folder), &batch)?;
    put(lake, record, work, columns);
    Ok(Facts { rows_read: rows as u64, rows_written: rows as u64, ..Facts::default() })
}

/// What the job of a past night has registered.
pub(super) fn register(lake: &Lake, record: &Record, work: &Work) {
    let mut columns = silver::columns(record);
    columns.push(Column::new("as_of_date", "date"));
    put(lake, record, work, columns);
}

fn put(lake: &Lake, record: &Record, work: &Work, columns: Vec<Column>) {
    let (bucket, folder) = location(lake, record);
    let table = CatalogTable::parquet(&record.table_name, columns, format!("s3://{bucket}/{folder}/"), work.at);
    lake.put_in_catalog(Layer::Gold, table);
}
