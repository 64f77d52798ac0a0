//! Rows as Arrow's arrays, with the types that Athena names, and back.

use datafusion::arrow::array::{ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, RecordBatch, StringBuilder};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use gluedeck_core::analysis::rows::{Batch, Rows};
use gluedeck_core::domain::ResultColumn;
use gluedeck_sql::{TableColumn, Type, text, values};
use std::sync::Arc;

/// The type of a column. What has no counterpart stays text, as Athena sends it.
fn sql_type(kind: &str) -> Type {
    match kind {
        "tinyint" | "smallint" | "integer" | "int" | "bigint" => Type::Bigint,
        "float" | "real" | "double" => Type::Double,
        // Athena tells precision and scale apart from the type; text in this type holds every value it sends.
        "decimal" => Type::Decimal(38, 9),
        "boolean" => Type::Boolean,
        "date" => Type::Date,
        "timestamp" => Type::Timestamp(3),
        _ => Type::VARCHAR,
    }
}

/// The columns as the language knows them.
pub(crate) fn columns(columns: &[ResultColumn]) -> Vec<TableColumn> {
    let names = schema(columns);
    let typed = columns.iter().zip(names.fields());
    typed
        .map(|(column, field)| TableColumn {
            name: field.name().to_lowercase(),
            ty: sql_type(&column.kind),
            hidden: false,
        })
        .collect()
}

/// The schema. Names that are empty, or occur twice, get their place behind them.
pub fn schema(columns: &[ResultColumn]) -> SchemaRef {
    let mut names: Vec<String> = Vec::new();
    let mut fields = Vec::new();
    for (n, column) in columns.iter().enumerate() {
        let taken = column.name.is_empty() || names.contains(&column.name);
        let name = if taken { format!("{}_{}", column.name, n + 1) } else { column.name.clone() };
        fields.push(Field::new(&name, sql_type(&column.kind).arrow(), true));
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
pub fn rows(columns: Vec<(String, Type)>, batches: &[RecordBatch]) -> Rows {
    let described = columns.iter().map(|(name, ty)| ResultColumn { name: name.clone(), kind: ty.athena_name() });
    let mut rows = Rows::new(described.collect());
    let types: Vec<Type> = columns.into_iter().map(|(_, ty)| ty.shown()).collect();
    for batch in batches {
        let texts = |(column, ty): (usize, &Type)| -> Vec<Option<String>> {
            values(batch, column, ty).iter().map(|value| text(value, ty)).collect()
        };
        let cells: Vec<Vec<Option<String>>> = types.iter().enumerate().map(texts).collect();
        let mut some = Batch::new(types.len());
        for row in 0..batch.num_rows() {
            some.push(cells.iter().map(|column| column[row].as_deref()));
            if some.is_full() {
                rows.push(std::mem::replace(&mut some, Batch::new(types.len())));
            }
        }
        rows.push(some);
    }
    rows
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
        let types = super::columns(&columns).into_iter().map(|column| (column.name, column.ty)).collect();
        let back = rows(types, &[made]);
        assert_eq!(back.row(0).collect::<Vec<_>>(), one.map(Some));
        assert_eq!(back.row(1).collect::<Vec<_>>(), [None; 7]);
        let mut bad = Batch::new(columns.len());
        bad.push([Some("x")]);
        assert!(record_batch(&schema, &bad).is_err());
    }
}
