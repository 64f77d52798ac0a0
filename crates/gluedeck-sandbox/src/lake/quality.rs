//! The data-quality job, one program for three layers: KPI fields must be filled, date fields must hold dates, row counts
//! must not jump.

use super::super::world::{Layer, Record, Table, World};
use super::LakeError;
use super::columns::{TIMESTAMP, column, joined, moment as moment_of};
use super::parquet_io::{count_rows, read_folder, write_file};
use super::{Facts, Lake, Step, Work, bronze, gold, silver};
use crate::catalog::{CatalogTable, Column, Partition};
use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

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
pub(super) fn check(
    lake: &Lake,
    record: &Record,
    layer: Layer,
    work: &Work,
    pending: &[Work],
) -> Result<Facts, LakeError> {
    let folder = day_folder(lake, record, layer, work.date);
    let (fields, dates) = (&record.layer(layer).kpi_fields, &record.layer(layer).date_time_fields);
    let wanted = |name: &str| fields.iter().chain(dates).any(|field| field == name);
    let batches = read_folder(&folder, wanted)?.ok_or_else(|| LakeError::NoData {
        layer: layer.word(),
        table: record.table_name.clone(),
        date: work.date,
    })?;
    let rows = batches.iter().map(RecordBatch::num_rows).sum::<usize>() as u64;
    let column_of = |name: &str| -> Result<Option<ArrayRef>, LakeError> {
        let parts: Option<Vec<_>> = batches.iter().map(|batch| batch.column_by_name(name).cloned()).collect();
        parts.map(|parts| joined(&parts)).transpose()
    };
    // Silver's as_of_date is the partition itself.
    let is_partition = |column: &str| layer == Layer::Silver && column == "as_of_date";
    let share = empty_share(&lake.world, record);
    let mut checks = Vec::new();
    for column in fields {
        let array = column_of(column)?;
        let empty = if is_partition(column) { 0 } else { array.as_ref().map_or(rows, empty_rows) };
        checks.push(filled(column, rows, empty, share));
    }
    for column in dates {
        let array = column_of(column)?.filter(|_| !is_partition(column));
        checks.push(parses(column, rows, array.as_ref().map_or(0, unparsed_rows)));
    }
    let yesterday = work.date.pred_opt().and_then(|day| {
        count_rows(&day_folder(lake, record, counted(layer), day)).or_else(|| {
            let known = pending.iter().any(|past| (past.step, past.date) == (Step::Load(counted(layer)), day));
            known.then(|| lake.world.row_count(&record.scope_id, day))
        })
    });
    let change = row_count_change(&lake.world, record);
    checks.extend(yesterday.map(|before| row_count(rows, before, change)));
    write_verdicts(lake, record, layer, work, rows, &checks)?;
    Ok(facts(rows, checks))
}

/// The layer whose rows of the day before a layer's are compared with: gold keeps no yesterday, and takes silver's.
fn counted(layer: Layer) -> Layer {
    if layer == Layer::Gold { Layer::Silver } else { layer }
}

/// The check of the row count on a past night, if the night before it was loaded.
pub(super) fn expect_row_count(
    world: &World,
    record: &Record,
    layer: Layer,
    date: NaiveDate,
    loads: &[Work],
) -> Option<Check> {
    let day = date.pred_opt()?;
    let known = loads.iter().any(|past| (past.step, past.date) == (Step::Load(counted(layer)), day));
    let rows = |date| world.row_count(&record.scope_id, date);
    known.then(|| row_count(rows(date), rows(day), row_count_change(world, record)))
}

/// What `check` finds on a night whose data are as the world says.
pub(super) fn expect(world: &World, table: &str, layer: Layer, date: NaiveDate) -> Facts {
    let Some(known) = world.table(table) else { return Facts::default() };
    let (record, rows) = (&known.record, world.row_count(table, date));
    let (fields, dates) = (&record.layer(layer).kpi_fields, &record.layer(layer).date_time_fields);
    let source_of = |column: &str| match layer {
        Layer::Bronze => Some(column.to_owned()),
        _ => record.mappings.iter().find(|mapping| mapping.target == column).map(|mapping| mapping.source.clone()),
    };
    let (missing, words) =
        (|source: &str| world.missing_rows(table, source, date), |source: &str| world.word_rows(table, source, date));
    let share = empty_share(world, record);
    let filled = fields.iter().map(|column| {
        let lost = |source: &str| if layer == Layer::Bronze { 0 } else { words(source) };
        let empty = source_of(column).map_or(0, |source| missing(&source) + lost(&source));
        filled(column, rows, empty, share)
    });
    let parses = dates.iter().map(|column| {
        // What silver could not convert is empty there.
        let wrong = if layer == Layer::Bronze { words(column) } else { 0 };
        parses(column, rows, wrong)
    });
    facts(rows, filled.chain(parses).collect())
}

/// How many values of a KPI field may be empty, as a share of the rows.
fn empty_share(world: &World, record: &Record) -> f64 {
    record.max_empty_share.unwrap_or(world.settings().pipeline.defaults.max_empty_share)
}

/// How far the row count may move against the day before, as a share of it.
fn row_count_change(world: &World, record: &Record) -> f64 {
    record.max_row_count_change.unwrap_or(world.settings().pipeline.defaults.max_row_count_change)
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
        "parses" => format!("{} is no date in {} of {} rows", check.column, check.failed_rows, check.rows),
        _ => format!("row count moved by {:.0} %, allowed {:.0} %", check.observed * 100.0, check.threshold * 100.0),
    }
}

fn filled(column: &str, rows: u64, empty: u64, share: f64) -> Check {
    let allowed = (rows as f64 * share).floor();
    Check {
        column: column.to_owned(),
        name: "filled",
        rows,
        failed_rows: empty,
        observed: empty as f64,
        threshold: allowed,
        passed: empty as f64 <= allowed,
    }
}

fn parses(column: &str, rows: u64, wrong: u64) -> Check {
    Check {
        column: column.to_owned(),
        name: "parses",
        rows,
        failed_rows: wrong,
        observed: wrong as f64,
        threshold: 0.0,
        passed: wrong == 0,
    }
}

fn row_count(rows: u64, before: u64, allowed: f64) -> Check {
    let moved = (rows as f64 - before as f64).abs() / (before as f64).max(1.0);
    let passed = moved <= allowed;
    let failed_rows = if passed { 0 } else { rows.abs_diff(before) };
    Check { column: "*".into(), name: "row_count", rows, failed_rows, observed: moved, threshold: allowed, passed }
}

/// Rows that are NULL, or text that is blank.
fn empty_rows(array: &ArrayRef) -> u64 {
    let blank = array
        .as_any()
        .downcast_ref::<StringArray>()
        .map_or(0, |text| text.iter().flatten().filter(|value| value.trim().is_empty()).count());
    (array.null_count() + blank) as u64
}

/// Filled values of a text column that are neither a date nor a moment. Of another type there are none.
fn unparsed_rows(array: &ArrayRef) -> u64 {
    let Some(text) = array.as_any().downcast_ref::<StringArray>() else { return 0 };
    let filled = text.iter().flatten().map(str::trim).filter(|value| !value.is_empty());
    filled.filter(|value| moment_of(value).is_none()).count() as u64
}

/// The folder of a layer's rows of a night.
pub(super) fn day_folder(lake: &Lake, record: &Record, layer: Layer, date: NaiveDate) -> PathBuf {
    let (bucket, key) = day_key(lake, record, layer, date);
    lake.path(&bucket, &key)
}

/// Bucket and key of that folder; the key ends in a slash.
pub(super) fn day_key(lake: &Lake, record: &Record, layer: Layer, date: NaiveDate) -> (String, String) {
    let ((bucket, folder), day) = match layer {
        Layer::Bronze => (bronze::location(lake, record), format!("{date}/")),
        Layer::Silver => (silver::location(lake, record), format!("as_of_date={date}/")),
        Layer::Gold => (gold::location(lake, record), String::new()),
    };
    (bucket, format!("{folder}/{day}"))
}

/// Adds this run's rows to `column_checks` and `job_runs`, in a file of their own.
fn write_verdicts(
    lake: &Lake,
    record: &Record,
    layer: Layer,
    work: &Work,
    rows: u64,
    checks: &[Check],
) -> Result<(), LakeError> {
    let id: String = work.run_id.chars().filter(char::is_ascii_alphanumeric).take(14).collect();
    let file = format!("{}-{}-{id}.snappy.parquet", record.table_name, layer.word());
    let Some(table) = lake.world.table(&work.table) else { return Ok(()) };
    write(lake, work.date, &file, &[Verdict { table, layer, work, rows, checks }])?;
    register(lake, work);
    Ok(())
}

/// Writes the verdicts of past nights, one file a night and table.
pub(super) fn write_past(lake: &Lake, past: &[(Work, Vec<Check>)]) -> Result<(), LakeError> {
    let mut nights: BTreeMap<NaiveDate, Vec<Verdict<'_>>> = BTreeMap::new();
    for (work, checks) in past {
        let (Some(table), Step::Quality(layer)) = (lake.world.table(&work.table), work.step) else { continue };
        let rows = lake.world.row_count(&work.table, work.date);
        nights.entry(work.date).or_default().push(Verdict { table, layer, work, rows, checks });
    }
    nights.iter().try_for_each(|(date, verdicts)| write(lake, *date, "past.snappy.parquet", verdicts))
}

/// What a run of the job found.
struct Verdict<'v> {
    table: Arc<Table>,
    layer: Layer,
    work: &'v Work,
    rows: u64,
    checks: &'v [Check],
}

const COLUMN_CHECKS: [(&str, DataType); 11] = [
    ("table_name", DataType::Utf8),
    ("layer", DataType::Utf8),
    ("column_name", DataType::Utf8),
    ("check_name", DataType::Utf8),
    ("total_rows", DataType::Int64),
    ("failed_rows", DataType::Int64),
    ("observed", DataType::Float64),
    ("threshold", DataType::Float64),
    ("passed", DataType::Boolean),
    ("job_run_id", DataType::Utf8),
    ("checked_at", TIMESTAMP),
];

const JOB_RUNS: [(&str, DataType); 9] = [
    ("table_name", DataType::Utf8),
    ("layer", DataType::Utf8),
    ("job_name", DataType::Utf8),
    ("job_run_id", DataType::Utf8),
    ("verdict", DataType::Utf8),
    ("checks", DataType::Int64),
    ("failed_checks", DataType::Int64),
    ("total_rows", DataType::Int64),
    ("checked_at", TIMESTAMP),
];

/// The tables of the database, and the schemas of their files.
fn tables() -> [(&'static str, Schema); 2] {
    let schema = |fields: &[(&str, DataType)]| {
        Schema::new(fields.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect::<Vec<_>>())
    };
    [("column_checks", schema(&COLUMN_CHECKS)), ("job_runs", schema(&JOB_RUNS))]
}

fn write(lake: &Lake, date: NaiveDate, file: &str, verdicts: &[Verdict<'_>]) -> Result<(), LakeError> {
    let checks: Vec<(&Verdict<'_>, &Check)> =
        verdicts.iter().flat_map(|verdict| verdict.checks.iter().map(move |check| (verdict, check))).collect();
    let failed = |verdict: &Verdict<'_>| verdict.checks.iter().filter(|check| !check.passed).count() as i64;
    let columns: [Vec<ArrayRef>; 2] = [
        vec![
            text(checks.iter().map(|(v, _)| v.table.record.table_name.as_str())),
            text(checks.iter().map(|(v, _)| v.layer.word())),
            text(checks.iter().map(|(_, c)| c.column.as_str())),
            text(checks.iter().map(|(_, c)| c.name)),
            count(checks.iter().map(|(_, c)| c.rows as i64)),
            count(checks.iter().map(|(_, c)| c.failed_rows as i64)),
            Arc::new(checks.iter().map(|(_, c)| Some(c.observed)).collect::<Float64Array>()),
            Arc::new(checks.iter().map(|(_, c)| Some(c.threshold)).collect::<Float64Array>()),
            Arc::new(checks.iter().map(|(_, c)| Some(c.passed)).collect::<BooleanArray>()),
            text(checks.iter().map(|(v, _)| v.work.run_id.as_str())),
            moment(checks.iter().map(|(v, _)| v.work.at)),
        ],
        vec![
            text(verdicts.iter().map(|v| v.table.record.table_name.as_str())),
            text(verdicts.iter().map(|v| v.layer.word())),
            text(verdicts.iter().map(|v| v.work.job.as_str())),
            text(verdicts.iter().map(|v| v.work.run_id.as_str())),
            text(verdicts.iter().map(|v| if failed(v) == 0 { "PASSED" } else { "FAILED" })),
            count(verdicts.iter().map(|v| v.checks.len() as i64)),
            count(verdicts.iter().map(failed)),
            count(verdicts.iter().map(|v| v.rows as i64)),
            moment(verdicts.iter().map(|v| v.work.at)),
        ],
    ];
    for ((table, schema), columns) in tables().into_iter().zip(columns) {
        let batch = RecordBatch::try_new(Arc::new(schema), columns)?;
        let path = lake.path(&lake.world.bucket("dataQuality"), &format!("{table}/as_of_date={date}/{file}"));
        write_file(&path, &batch)?;
    }
    Ok(())
}

fn text<'t>(values: impl Iterator<Item = &'t str>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<StringArray>())
}

fn count(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<Int64Array>())
}

fn moment(values: impl Iterator<Item = DateTime<Utc>>) -> ArrayRef {
    Arc::new(values.map(|at| Some(at.timestamp_millis())).collect::<TimestampMillisecondArray>())
}

/// Registers the night's partitions of both tables.
pub(super) fn register(lake: &Lake, work: &Work) {
    let day = work.date.to_string();
    for (table, schema) in tables() {
        let location = format!("s3://{}/{table}/", lake.world.bucket("dataQuality"));
        let partition = Partition::at(format!("{location}as_of_date={day}/"), work.at);
        let columns = schema.fields().iter().map(|field| column(field.name(), field.data_type())).collect();
        let mut entry = CatalogTable::parquet(table, columns, location, work.at);
        entry.partition_keys = vec![Column::new("as_of_date", "date")];
        entry.partitions = BTreeMap::from([(vec![day.clone()], partition)]);
        lake.change_catalog(|catalog| catalog.register("data_quality", entry));
    }
}
