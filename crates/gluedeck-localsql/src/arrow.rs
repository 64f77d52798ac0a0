//! Rows as Arrow's arrays, with the types that Athena names, and back.

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use gluedeck_core::analysis::rows::{Batch, Rows};
use gluedeck_core::domain::ResultColumn;
use std::sync::Arc;

/// The type of a column. What has no counterpart stays text, as Athena sends it.
pub fn data_type(kind: &str) -> DataType {
    match kind {
        "tinyint" | "smallint" | "integer" | "int" | "bigint" => DataType::Int64,
        "float" | "real" | "double" => DataType::Float64,
        // Athena tells precision and scale apart from the type; text in this type holds every value it sends.
        "decimal" => DataType::Decimal128(38, 9),
        "boolean" => DataType::Boolean,
        "date" => DataType::Date32,
        "timestamp" => DataType::Timestamp(TimeUnit::Millisecond, None),
        _ => DataType::Utf8,
    }
}

/// The schema. Names that are empty, or occur twice, get their place behind them.
pub fn schema(columns: &[ResultColumn]) -> SchemaRef {
    let mut names: Vec<String> = Vec::new();
    let mut fields = Vec::new();
    for (n, column) in columns.iter().enumerate() {
        let taken = column.name.is_empty() || names.contains(&column.name);
        let name = if taken { format!("{}_{}", column.name, n + 1) } else { column.name.clone() };
        fields.push(Field::new(&name, data_type(&column.kind), true));
        names.push(name);
    }
    Arc::new(Schema::new(fields))
}

/// A batch in Arrow's arrays.
///
/// # Errors
/// If a value is none of its column's type.
pub fn record_batch(schema: &SchemaRef, batch: &Batch) -> Result<RecordBatch, ArrowError> {
    let columns = schema.fields().iter().enumerate().map(|(n, field)| array(batch, n, field.data_type()));
    RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_, _>>()?)
}

fn array(batch: &Batch, column: usize, kind: &DataType) -> Result<ArrayRef, ArrowError> {
    let cells = || (0..batch.len()).map(|row| batch.cell(row, column));
    let bad = |text: &str| ArrowError::ParseError(format!("{text} is no {kind}"));
    Ok(match kind {
        DataType::Int64 => {
            let mut made = Int64Builder::with_capacity(batch.len());
            for cell in cells() {
                made.append_option(cell.map(|text| text.parse().map_err(|_| bad(text))).transpose()?);
            }
            Arc::new(made.finish())
        }
        DataType::Float64 => {
            let mut made = Float64Builder::with_capacity(batch.len());
            for cell in cells() {
                made.append_option(cell.map(|text| text.parse().map_err(|_| bad(text))).transpose()?);
            }
            Arc::new(made.finish())
        }
        DataType::Boolean => {
            let mut made = BooleanBuilder::with_capacity(batch.len());
            for cell in cells() {
                made.append_option(cell.map(|text| text.parse().map_err(|_| bad(text))).transpose()?);
            }
            Arc::new(made.finish())
        }
        kind => {
            let mut made = StringBuilder::new();
            cells().for_each(|cell| made.append_option(cell));
            let text: ArrayRef = Arc::new(made.finish());
            match kind {
                DataType::Utf8 => text,
                kind => cast_with_options(&text, kind, &CastOptions { safe: false, ..CastOptions::default() })?,
            }
        }
    })
}

/// The rows of a query over Arrow's arrays, as Athena would send them.
///
/// # Errors
/// If a value has no text.
pub fn rows(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Rows, ArrowError> {
    let columns = schema.fields().iter();
    let columns = columns.map(|field| ResultColumn { name: field.name().clone(), kind: kind(field.data_type()) });
    let mut rows = Rows::new(columns.collect());
    let options = FormatOptions::new()
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.3f"))
        .with_null("")
        .with_display_error(false);
    for batch in batches {
        let arrays: Vec<ArrayRef> = batch.columns().to_vec();
        let made: Result<Vec<ArrayFormatter<'_>>, ArrowError> =
            arrays.iter().map(|array| ArrayFormatter::try_new(array.as_ref(), &options)).collect();
        let (made, mut some) = (made?, Batch::new(arrays.len()));
        for row in 0..batch.num_rows() {
            let text = |n: usize| (!arrays[n].is_null(row)).then(|| made[n].value(row).to_string());
            let cells: Vec<Option<String>> = (0..arrays.len()).map(text).collect();
            some.push(cells.iter().map(Option::as_deref));
            if some.is_full() {
                rows.push(std::mem::replace(&mut some, Batch::new(arrays.len())));
            }
        }
        rows.push(some);
    }
    Ok(rows)
}

/// Athena's name of a type.
fn kind(data_type: &DataType) -> String {
    let name = match data_type {
        DataType::Int8 => "tinyint",
        DataType::Int16 => "smallint",
        DataType::Int32 | DataType::UInt16 | DataType::UInt8 => "integer",
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "bigint",
        DataType::Float16 | DataType::Float32 => "real",
        DataType::Float64 => "double",
        DataType::Decimal128(..) | DataType::Decimal256(..) => "decimal",
        DataType::Boolean => "boolean",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Timestamp(..) => "timestamp",
        DataType::List(_) | DataType::LargeList(_) => "array",
        DataType::Struct(_) => "row",
        DataType::Map(..) => "map",
        _ => "varchar",
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_nulls_go_there_and_back() {
        let column = |name: &str, kind: &str| ResultColumn { name: name.into(), kind: kind.into() };
        let columns = [
            column("n", "bigint"),
            column("n", "double"),
            column("", "boolean"),
            column("d", "date"),
            column("t", "timestamp"),
            column("s", "varchar"),
            column("a", "array"),
        ];
        let mut batch = Batch::new(columns.len());
        let one = ["7", "1.5", "true", "2026-11-22", "2026-11-22 03:00:00.123", "", "[1, 2]"];
        batch.push(one.map(Some));
        batch.push([None; 7]);
        let schema = schema(&columns);
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, ["n", "n_2", "_3", "d", "t", "s", "a"]);
        let made = record_batch(&schema, &batch).expect("arrays");
        let back = rows(&schema, &[made]).expect("rows");
        assert_eq!(back.row(0).collect::<Vec<_>>(), one.map(Some));
        assert_eq!(back.row(1).collect::<Vec<_>>(), [None; 7]);
        let mut bad = Batch::new(columns.len());
        bad.push([Some("x")]);
        assert!(record_batch(&schema, &bad).is_err());
    }
}
