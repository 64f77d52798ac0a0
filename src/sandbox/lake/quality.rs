//! The data-quality job, one program for three layers: KPI fields must be filled, row counts must not jump.

use super::super::world::{Layer, Record, World};
use super::catalog::{CatalogColumn, CatalogTable};
use super::columns::joined;
use super::parquet_io::{count_rows, read_folder, write_file};
use super::{Facts, Lake, Work, bronze, gold, silver};
use chrono::NaiveDate;
use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// How far the row count may move against the day before, as a share of it.
const ROW_COUNT_THRESHOLD: f64 = 0.5;

/// One verdict on one column, or on the whole table (`column` is then `*`).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Check {
    pub(crate) column: String,
    pub(crate) name: &'static str,
    pub(crate) rows: u64,
    pub(crate) failed_rows: u64,
    pub(crate) observed: f64,
    pub(crate) threshold: f64,
    pub(crate) passed: bool,
}

/// Checks the day's rows of a layer, writes the verdicts to `data_quality`, and fails when one is violated.
pub(super) fn check(lake: &Lake, record: &Record, layer: Layer, work: &Work) -> Result<Facts, String> {
    let folder = day_folder(lake, record, layer, work.date);
    let batches = read_folder(&folder)?.ok_or_else(|| {
        format!("AnalysisException: no {} data of {} for {}", layer.word(), record.table_name, work.date)
    })?;
    let rows = batches.iter().map(RecordBatch::num_rows).sum::<usize>() as u64;
    let mut checks = Vec::new();
    for column in record.kpi_fields(layer) {
        // Silver's as_of_date is the partition itself.
        if layer == Layer::Silver && column == "as_of_date" {
            checks.push(filled(column, rows, 0));
            continue;
        }
        let parts: Option<Vec<_>> = batches.iter().map(|b| b.column_by_name(column).cloned()).collect();
        let empty = match parts {
            None => rows,
            Some(parts) => empty_rows(&joined(&parts)?),
        };
        checks.push(filled(column, rows, empty));
    }
    let yesterday = work.date.pred_opt().and_then(|day| match layer {
        // Gold keeps no yesterday: its row count is compared with silver's of the day before.
        Layer::Gold => count_rows(&day_folder(lake, record, Layer::Silver, day)),
        _ => count_rows(&day_folder(lake, record, layer, day)),
    });
    checks.extend(yesterday.map(|before| row_count(rows, before)));
    write_verdicts(lake, record, layer, work, rows, &checks)?;
    Ok(facts(rows, checks))
}

/// What `check` finds on a night whose data are as the world says.
pub(super) fn expect(world: &World, table: &str, layer: Layer, date: NaiveDate) -> Facts {
    let Some(record) = world.record(table) else { return Facts::default() };
    let rows = world.row_count(table, date);
    let source_of = |column: &str| match layer {
        Layer::Bronze => Some(column.to_owned()),
        _ => record.mappings().into_iter().find(|m| m.target == column).map(|m| m.source),
    };
    let checks = record.kpi_fields(layer).into_iter().map(|column| {
        let missing = |source: &str| world.missing_rows(table, source, date);
        let words = |source: &str| if layer == Layer::Bronze { 0 } else { world.word_rows(table, source, date) };
        let empty = source_of(column).map_or(0, |source| missing(&source) + words(&source));
        filled(column, rows, empty)
    });
    facts(rows, checks.collect())
}

fn facts(rows: u64, checks: Vec<Check>) -> Facts {
    let failed: Vec<String> = checks.iter().filter(|check| !check.passed).map(sentence).collect();
    let error = (!failed.is_empty()).then(|| format!("DataQualityError: {}", failed.join("; ")));
    Facts { rows_read: rows, checks, error, ..Facts::default() }
}

fn sentence(check: &Check) -> String {
    match check.name {
        "filled" => format!(
            "{} is empty in {} of {} rows (KPI, allowed {})",
            check.column, check.failed_rows, check.rows, check.threshold
        ),
        _ => format!("row count moved by {:.0} %, allowed {:.0} %", check.observed * 100.0, check.threshold * 100.0),
    }
}

fn filled(column: &str, rows: u64, empty: u64) -> Check {
    Check {
        column: column.to_owned(),
        name: "filled",
        rows,
        failed_rows: empty,
        observed: empty as f64,
        threshold: 0.0,
        passed: empty == 0,
    }
}

fn row_count(rows: u64, before: u64) -> Check {
    let moved = (rows as f64 - before as f64).abs() / (before as f64).max(1.0);
    let passed = moved <= ROW_COUNT_THRESHOLD;
    let failed_rows = if passed { 0 } else { rows.abs_diff(before) };
    Check {
        column: "*".into(),
        name: "row_count",
        rows,
        failed_rows,
        observed: moved,
        threshold: ROW_COUNT_THRESHOLD,
        passed,
    }
}

/// Rows that are NULL, or text that is blank.
fn empty_rows(array: &ArrayRef) -> u64 {
    let blank = array
        .as_any()
        .downcast_ref::<StringArray>()
        .map_or(0, |text| text.iter().flatten().filter(|value| value.trim().is_empty()).count());
    (array.null_count() + blank) as u64
}

fn day_folder(lake: &Lake, record: &Record, layer: Layer, date: NaiveDate) -> PathBuf {
    let ((bucket, folder), day) = match layer {
        Layer::Bronze => (bronze::location(lake, record), format!("/{date}")),
        Layer::Silver => (silver::location(lake, record), format!("/as_of_date={date}")),
        Layer::Gold => (gold::location(lake, record), String::new()),
    };
    lake.path(&bucket, &format!("{folder}{day}"))
}

/// Adds this run's rows to `column_checks` and `job_runs`, in a file of their own.
fn write_verdicts(
    lake: &Lake,
    record: &Record,
    layer: Layer,
    work: &Work,
    rows: u64,
    checks: &[Check],
) -> Result<(), String> {
    let n = checks.len();
    let text = |value: &str, n: usize| -> ArrayRef { Arc::new(StringArray::from(vec![value; n])) };
    let count = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
    let at = |n: usize| -> ArrayRef { Arc::new(TimestampMillisecondArray::from(vec![work.at.timestamp_millis(); n])) };
    let columns = vec![
        ("table_name", text(&record.table_name, n)),
        ("layer", text(layer.word(), n)),
        ("column_name", Arc::new(checks.iter().map(|c| Some(c.column.as_str())).collect::<StringArray>()) as ArrayRef),
        ("check_name", Arc::new(checks.iter().map(|c| Some(c.name)).collect::<StringArray>())),
        ("total_rows", count(checks.iter().map(|c| c.rows as i64).collect())),
        ("failed_rows", count(checks.iter().map(|c| c.failed_rows as i64).collect())),
        ("observed", Arc::new(checks.iter().map(|c| Some(c.observed)).collect::<Float64Array>())),
        ("threshold", Arc::new(checks.iter().map(|c| Some(c.threshold)).collect::<Float64Array>())),
        ("passed", Arc::new(checks.iter().map(|c| Some(c.passed)).collect::<BooleanArray>())),
        ("job_run_id", text(&work.run_id, n)),
        ("checked_at", at(n)),
    ];
    write_table(lake, "column_checks", record, layer, work, columns)?;
    let failed = checks.iter().filter(|check| !check.passed).count() as i64;
    let verdict = if failed == 0 { "PASSED" } else { "FAILED" };
    let columns = vec![
        ("table_name", text(&record.table_name, 1)),
        ("layer", text(layer.word(), 1)),
        ("job_name", text(&work.job, 1)),
        ("job_run_id", text(&work.run_id, 1)),
        ("verdict", text(verdict, 1)),
        ("checks", count(vec![n as i64])),
        ("failed_checks", count(vec![failed])),
        ("total_rows", count(vec![rows as i64])),
        ("checked_at", at(1)),
    ];
    write_table(lake, "job_runs", record, layer, work, columns)
}

fn write_table(
    lake: &Lake,
    table: &str,
    record: &Record,
    layer: Layer,
    work: &Work,
    columns: Vec<(&str, ArrayRef)>,
) -> Result<(), String> {
    let fields: Vec<_> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let catalog_columns = fields.iter().map(|f| CatalogColumn::new(f.name(), f.data_type().clone())).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|e| e.to_string())?;
    let bucket = lake.world.bucket("data-quality");
    let day = work.date.to_string();
    let folder = format!("{table}/as_of_date={day}");
    let id: String = work.run_id.chars().filter(char::is_ascii_alphanumeric).take(14).collect();
    let file = format!("{folder}/{}-{}-{id}.snappy.parquet", record.bucket_folder, layer.word());
    write_file(&lake.path(&bucket, &file), &batch)?;
    let entry = CatalogTable {
        name: table.to_owned(),
        columns: catalog_columns,
        partition_key: Some(CatalogColumn::new("as_of_date", DataType::Date32)),
        bucket,
        folder: table.to_owned(),
        partitions: BTreeMap::from([(day, folder)]),
        view: None,
        created: work.at,
        updated: work.at,
    };
    lake.change_catalog(|catalog| catalog.register("data_quality", entry));
    Ok(())
}
