//! A Parquet file as columns of the language's types, whoever wrote it.

use super::columns::retyped;
use super::file_columns::{FileColumn, Scanned, batch_of, unreadable};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, ListArray, MapArray, PrimitiveArray, RecordBatch, StringArray, StructArray,
    new_null_array,
};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{
    DataType, Field, Fields, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType,
};
use datafusion::arrow::error::ArrowError;
use datafusion::error::{DataFusionError, Result as EngineResult};
use gluedeck_sql::{Code, Error, Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Rows that are read at a time.
const BATCH: usize = 8_192;

pub(super) struct ParquetFile {
    url: String,
    wanted: Arc<[FileColumn]>,
    schema: SchemaRef,
    reader: ParquetRecordBatchReader,
}

impl ParquetFile {
    pub(super) fn open(path: &Path, url: String, wanted: Arc<[FileColumn]>, scanned: &Scanned) -> EngineResult<Self> {
        let opened = File::open(path).map_err(|error| unreadable(&url, &error))?;
        // A folder of Parquet may hold what is none (Athena's and Trino's words for it).
        let none = |error: parquet::errors::ParquetError| {
            let text = format!("Error opening Hive split {url}: {error}");
            DataFusionError::from(Error::of_value(Code::HiveCannotOpenSplit, text))
        };
        let builder = ParquetRecordBatchReaderBuilder::try_new(opened).map_err(none)?;
        let fields = builder.schema().fields();
        let is_wanted = |name: &str| wanted.iter().any(|column| column.name.eq_ignore_ascii_case(name));
        let roots: Vec<usize> = (0..fields.len()).filter(|at| is_wanted(fields[*at].name())).collect();
        let description = builder.parquet_schema();
        let leaves: Vec<usize> = (0..description.num_columns())
            .filter(|leaf| roots.contains(&description.get_column_root_idx(*leaf)))
            .collect();
        let groups = builder.metadata().row_groups().iter();
        let bytes: i64 = groups.flat_map(|group| leaves.iter().map(|leaf| group.column(*leaf).compressed_size())).sum();
        scanned.fetch_add(bytes.max(0) as u64, Ordering::Relaxed);
        let mask = ProjectionMask::leaves(description, leaves);
        let reader = builder.with_projection(mask).with_batch_size(BATCH).build().map_err(none)?;
        let schema = wanted.iter().map(|column| Field::new(&column.name, column.ty.arrow(), true));
        let schema = Arc::new(Schema::new(schema.collect::<Vec<_>>()));
        Ok(Self { url, wanted, schema, reader })
    }

    fn shaped(&self, batch: &RecordBatch) -> EngineResult<RecordBatch> {
        let fields = batch.schema();
        let columns = self.wanted.iter().map(|column| {
            let found = fields.fields().iter().position(|field| field.name().eq_ignore_ascii_case(&column.name));
            match found {
                None => Ok(new_null_array(&column.ty.arrow(), batch.num_rows())),
                Some(at) => self.column(column, batch.column(at)),
            }
        });
        batch_of(&self.schema, columns.collect::<EngineResult<_>>()?, batch.num_rows())
    }

    fn column(&self, column: &FileColumn, found: &ArrayRef) -> EngineResult<ArrayRef> {
        let read = read_as(found, &column.ty).map_err(|error| {
            let text = format!("Malformed Parquet file {}: column {}: {error}", self.url, column.name);
            Error::of_value(Code::HiveBadData, text)
        })?;
        let Some(read) = read else {
            let text = format!(
                "Field {}'s type {} in parquet file {} is incompatible with type {} defined in table schema",
                column.name,
                physical(found.data_type()),
                self.url,
                column.ty
            );
            return Err(Error::of_value(Code::HiveBadData, text).into());
        };
        Ok(retyped(&read, &column.ty.arrow())?)
    }
}

impl Iterator for ParquetFile {
    type Item = EngineResult<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.next()? {
            Ok(batch) => Some(self.shaped(&batch)),
            Err(error) => Some(Err(unreadable(&self.url, &error))),
        }
    }
}

/// The array as a type of the language; None if files with such a column are incompatible with it.
fn read_as(found: &ArrayRef, ty: &Type) -> Result<Option<ArrayRef>, ArrowError> {
    use DataType as D;
    let exactly = CastOptions { safe: false, ..CastOptions::default() };
    let cast_to = |data_type: &DataType| cast_with_options(found, data_type, &exactly).map(Some);
    match (found.data_type(), ty) {
        (D::Dictionary(_, values), _) => read_as(&cast(found, values)?, ty),
        (D::Null, _) => Ok(Some(new_null_array(&ty.arrow(), found.len()))),
        (D::Boolean, Type::Boolean) | (D::Date32, Type::Date) => Ok(Some(Arc::clone(found))),
        (
            D::Int8 | D::Int16 | D::Int32 | D::Int64 | D::UInt8 | D::UInt16 | D::UInt32 | D::UInt64,
            Type::Tinyint | Type::Smallint | Type::Integer | Type::Bigint | Type::Decimal(..),
        )
        | (D::Float32, Type::Real | Type::Double)
        | (D::Float64, Type::Double)
        | (D::Decimal32(..) | D::Decimal64(..) | D::Decimal128(..) | D::Decimal256(..), Type::Decimal(..)) => {
            cast_to(&ty.arrow())
        }
        (D::Utf8 | D::LargeUtf8 | D::Utf8View | D::Binary | D::LargeBinary | D::BinaryView, Type::Varchar(length)) => {
            let text = cast_with_options(found, &D::Utf8, &exactly)?;
            Ok(Some(length.map_or(Arc::clone(&text), |length| cut(text.as_string(), length))))
        }
        (D::Utf8 | D::LargeUtf8 | D::Utf8View, Type::Char(length)) => {
            let text = cast_with_options(found, &D::Utf8, &exactly)?;
            let trimmed = text.as_string::<i32>().iter().map(|text| Some(text?.trim_end_matches(' '))).collect();
            Ok(Some(cut(&trimmed, *length)))
        }
        (D::Binary | D::LargeBinary | D::BinaryView | D::FixedSizeBinary(_) | D::Utf8, Type::Varbinary) => {
            cast_to(&D::Binary)
        }
        (D::Timestamp(unit, _), Type::Timestamp(_)) => rounded(found, *unit).map(Some),
        (D::List(_) | D::LargeList(_) | D::FixedSizeList(..), Type::Array(element)) => {
            let field = |inner: &DataType| Arc::new(Field::new_list_field(inner.clone(), true));
            let inner = match found.data_type() {
                D::List(inner) | D::LargeList(inner) | D::FixedSizeList(inner, _) => inner.data_type().clone(),
                _ => return Ok(None),
            };
            let list = cast(found, &D::List(field(&inner)))?;
            let list = list.as_list::<i32>();
            let Some(values) = read_as(list.values(), element)? else { return Ok(None) };
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            Ok(Some(Arc::new(ListArray::try_new(field(values.data_type()), offsets, values, nulls)?)))
        }
        (D::Map(..), Type::Map(key, value)) => {
            let map = found.as_map();
            let (Some(keys), Some(values)) = (read_as(map.keys(), key)?, read_as(map.values(), value)?) else {
                return Ok(None);
            };
            let fields = Fields::from(vec![
                Field::new("key", keys.data_type().clone(), false),
                Field::new("value", values.data_type().clone(), true),
            ]);
            let entries = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
            let field = Arc::new(Field::new("entries", D::Struct(fields), false));
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            Ok(Some(Arc::new(MapArray::try_new(field, offsets, entries, nulls, false)?)))
        }
        (D::Struct(inner), Type::Row(fields)) => read_row(found.as_struct(), inner, fields),
        _ => Ok(None),
    }
}

/// Fields by their names. Those that the file does not have are NULL.
fn read_row(
    row: &StructArray,
    inner: &Fields,
    fields: &[(Option<String>, Type)],
) -> Result<Option<ArrayRef>, ArrowError> {
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    for (name, ty) in fields {
        let name = name.as_deref().unwrap_or_default();
        let column = match inner.iter().position(|field| field.name().eq_ignore_ascii_case(name)) {
            None => new_null_array(&ty.arrow(), row.len()),
            Some(at) => match read_as(row.column(at), ty)? {
                Some(column) => column,
                None => return Ok(None),
            },
        };
        names.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    Ok(Some(Arc::new(StructArray::try_new_with_length(names.into(), columns, row.nulls().cloned(), row.len())?)))
}

/// Texts of at most so many characters.
fn cut(text: &StringArray, length: u32) -> ArrayRef {
    let short = |text: &str| text.chars().take(length as usize).collect::<String>();
    Arc::new(text.iter().map(|text| text.map(short)).collect::<StringArray>())
}

/// Moments in milliseconds, rounded as Trino does (`io.trino.spi.type.Timestamps.round`).
fn rounded(found: &ArrayRef, unit: TimeUnit) -> Result<ArrayRef, ArrowError> {
    let millis = |value: i64, per: i64| (value + per / 2).div_euclid(per);
    let plain = cast(found, &DataType::Timestamp(unit, None))?;
    let rounded: PrimitiveArray<TimestampMillisecondType> = match unit {
        TimeUnit::Microsecond => plain.as_primitive::<TimestampMicrosecondType>().unary(|value| millis(value, 1_000)),
        TimeUnit::Nanosecond => plain.as_primitive::<TimestampNanosecondType>().unary(|value| millis(value, 1_000_000)),
        _ => return cast(&plain, &DataType::Timestamp(TimeUnit::Millisecond, None)),
    };
    Ok(Arc::new(rounded))
}

/// Parquet's name of how a type is kept.
fn physical(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "BOOLEAN",
        DataType::Int64 | DataType::UInt64 | DataType::Timestamp(..) | DataType::Time64(_) => "INT64",
        DataType::Float32 => "FLOAT",
        DataType::Float64 => "DOUBLE",
        DataType::Decimal128(..) | DataType::Decimal256(..) | DataType::FixedSizeBinary(_) => "FIXED_LEN_BYTE_ARRAY",
        DataType::Struct(_) | DataType::List(_) | DataType::Map(..) => "group",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary | DataType::LargeBinary => {
            "BINARY"
        }
        _ => "INT32",
    }
}
