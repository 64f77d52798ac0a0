//! Columns: from DynamoDB values to Arrow arrays, and from bronze's text to silver's types.

use super::super::world::Value;
use super::LakeError;
use crate::catalog::Column;
use chrono::{DateTime, NaiveDate, NaiveTime};
use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, BooleanBuilder, Date32Array, Float32Array, Float64Array, Int8Array, Int16Array,
    Int32Array, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder, StructArray,
    TimestampMillisecondArray, new_null_array,
};
use datafusion::arrow::compute::{cast, concat};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;
use std::sync::Arc;

/// The timestamp type of the lake's files: milliseconds, no zone.
pub(super) const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Millisecond, None);

/// A column of the catalog for one of the files.
pub(super) fn column(name: &str, data_type: &DataType) -> Column {
    Column::new(name, hive_type(data_type))
}

/// Columns of the catalog for those of the files.
pub(super) fn columns_of(fields: &[Field]) -> Vec<Column> {
    fields.iter().map(|field| column(field.name(), field.data_type())).collect()
}

/// The catalog's (Hive's) name of a type.
fn hive_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "boolean".into(),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 => "smallint".into(),
        DataType::Int32 => "int".into(),
        DataType::Int64 => "bigint".into(),
        DataType::Float64 => "double".into(),
        DataType::Float32 => "float".into(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Binary => "binary".into(),
        DataType::Date32 => "date".into(),
        DataType::Timestamp(_, _) => "timestamp".into(),
        DataType::List(field) => format!("array<{}>", hive_type(field.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields.iter().map(|f| format!("{}:{}", f.name(), hive_type(f.data_type()))).collect();
            format!("struct<{}>", fields.join(","))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                format!("map<{},{}>", hive_type(fields[0].data_type()), hive_type(fields[1].data_type()))
            }
            _ => "string".into(),
        },
        _ => "string".into(),
    }
}

/// The bronze type of a DynamoDB type: numbers stay text, as DynamoDB sends them.
pub(super) fn bronze_type(dynamo: &str) -> DataType {
    match dynamo {
        "boolean" => DataType::Boolean,
        "list" => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
        "map" => DataType::Struct(map_fields()),
        _ => DataType::Utf8,
    }
}

fn map_fields() -> Fields {
    Fields::from(vec![Field::new("id", DataType::Utf8, true), Field::new("name", DataType::Utf8, true)])
}

/// An array of the attribute's values, typed by its DynamoDB type. A value of another type becomes NULL.
pub(super) fn bronze_array(dynamo: &str, values: impl Iterator<Item = Option<Value>>) -> ArrayRef {
    match dynamo {
        "boolean" => {
            let mut builder = BooleanBuilder::new();
            for value in values {
                builder.append_option(match value {
                    Some(Value::Boolean(truth)) => Some(truth),
                    _ => None,
                });
            }
            Arc::new(builder.finish())
        }
        "list" => {
            let mut builder = ListBuilder::new(StringBuilder::new());
            for value in values {
                match value {
                    Some(Value::List(entries)) => builder.append_value(entries.into_iter().map(Some)),
                    _ => builder.append_null(),
                }
            }
            Arc::new(builder.finish())
        }
        "map" => {
            let (mut ids, mut names) = (StringBuilder::new(), StringBuilder::new());
            for value in values {
                let (id, name) = match value {
                    Some(Value::Map { id, name }) => (Some(id), Some(name)),
                    _ => (None, None),
                };
                ids.append_option(id);
                names.append_option(name);
            }
            let fields: Vec<ArrayRef> = vec![Arc::new(ids.finish()), Arc::new(names.finish())];
            Arc::new(StructArray::new(map_fields(), fields, None))
        }
        _ => {
            let mut builder = StringBuilder::new();
            for value in values {
                builder.append_option(match value {
                    Some(Value::Text(text)) => Some(text),
                    _ => None,
                });
            }
            Arc::new(builder.finish())
        }
    }
}

/// The silver type of a mapping's target type.
pub(super) fn silver_type(target: &str) -> DataType {
    let plain = target.split(['(', '<']).next().unwrap_or_default().trim().to_lowercase();
    match plain.as_str() {
        "boolean" | "bool" => DataType::Boolean,
        "byte" | "tinyint" => DataType::Int8,
        "short" | "smallint" => DataType::Int16,
        "int" | "integer" => DataType::Int32,
        "long" | "bigint" => DataType::Int64,
        "float" => DataType::Float32,
        "double" | "number" => DataType::Float64,
        "decimal" => decimal(target),
        "date" => DataType::Date32,
        "timestamp" => TIMESTAMP,
        "list" | "array" => bronze_type("list"),
        "map" | "struct" => bronze_type("map"),
        _ => DataType::Utf8,
    }
}

/// `decimal(12,2)`; without numbers it is Hive's, of ten digits.
fn decimal(target: &str) -> DataType {
    let numbers = target.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(numbers, _)| numbers);
    let mut numbers = numbers.unwrap_or_default().split(',').map(str::trim);
    let precision = numbers.next().and_then(|digits| digits.parse().ok()).filter(|digits| (1..=38).contains(digits));
    let scale = numbers.next().and_then(|digits| digits.parse().ok()).unwrap_or(0);
    DataType::Decimal128(precision.unwrap_or(10), scale)
}

/// Converts bronze's column to the target type. Also tells how many filled values did not convert; they become NULL. The
/// programs in `jobs/` convert by the same rules (`lake.converted`).
pub(super) fn convert(source: &ArrayRef, target: &DataType) -> Result<(ArrayRef, u64), LakeError> {
    if source.data_type() == target {
        return Ok((Arc::clone(source), 0));
    }
    let array: ArrayRef = match source.as_any().downcast_ref::<StringArray>() {
        Some(text) => of_text(text, target)?,
        None if source.data_type() == &DataType::Boolean => cast(source, target)?,
        None if target == &DataType::Utf8 => Arc::new(as_json(source)?),
        None => new_null_array(target, source.len()),
    };
    let lost = (array.null_count() - source.null_count()) as u64;
    Ok((array, lost))
}

fn of_text(text: &StringArray, target: &DataType) -> Result<ArrayRef, LakeError> {
    let values = || text.iter().map(|value| value.map(str::trim));
    let numbers = || values().map(|value| value.filter(|text| is_number(text)));
    Ok(match target {
        DataType::Boolean => Arc::new(values().map(|v| v?.parse::<bool>().ok()).collect::<BooleanArray>()),
        DataType::Int8 => Arc::new(values().map(|v| v?.parse::<i8>().ok()).collect::<Int8Array>()),
        DataType::Int16 => Arc::new(values().map(|v| v?.parse::<i16>().ok()).collect::<Int16Array>()),
        DataType::Int32 => Arc::new(values().map(|v| v?.parse::<i32>().ok()).collect::<Int32Array>()),
        DataType::Int64 => Arc::new(values().map(|v| v?.parse::<i64>().ok()).collect::<Int64Array>()),
        DataType::Float32 => Arc::new(numbers().map(|v| v?.parse::<f32>().ok()).collect::<Float32Array>()),
        DataType::Float64 => Arc::new(numbers().map(|v| v?.parse::<f64>().ok()).collect::<Float64Array>()),
        DataType::Date32 => Arc::new(values().map(|v| days(date(v?)?)).collect::<Date32Array>()),
        DataType::Timestamp(..) => Arc::new(values().map(|v| moment(v?)).collect::<TimestampMillisecondArray>()),
        DataType::Decimal128(..) => {
            let numbers: ArrayRef = Arc::new(numbers().collect::<StringArray>());
            cast(&numbers, target)?
        }
        _ => new_null_array(target, text.len()),
    })
}

/// Digits with a point, a sign or an exponent: no infinity, and nothing that is no number.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
}

/// Nested values as JSON.
fn as_json(source: &ArrayRef) -> Result<StringArray, LakeError> {
    let schema = Arc::new(Schema::new(vec![Field::new("v", source.data_type().clone(), true)]));
    let batch = RecordBatch::try_new(schema, vec![Arc::clone(source)])?;
    let mut writer = WriterBuilder::new().build::<_, LineDelimited>(Vec::new());
    writer.write(&batch)?;
    writer.finish()?;
    let text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    let value = |line: &str| Some(line.strip_prefix("{\"v\":")?.strip_suffix('}')?.to_owned());
    Ok(text.lines().map(value).collect())
}

/// `2026-11-22`, or the day of a moment.
fn date(text: &str) -> Option<NaiveDate> {
    let day = text.get(..10)?;
    moment(text)?;
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()
}

/// Milliseconds since 1970 of `2026-11-22T03:00:00.250Z` with any offset, or of the midnight of `2026-11-22`.
pub(super) fn moment(text: &str) -> Option<i64> {
    if text.len() == 10 {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        return Some(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis());
    }
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_millis())
}

/// Days since 1970-01-01, as Arrow's Date32 counts.
pub(super) fn days(date: NaiveDate) -> Option<i32> {
    i32::try_from((date - NaiveDate::default()).num_days()).ok()
}

/// One array of several; all must be of one type.
pub(super) fn joined(parts: &[ArrayRef]) -> Result<ArrayRef, LakeError> {
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    Ok(concat(&parts)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_do_not_convert_become_null_and_are_counted() {
        let text: ArrayRef = Arc::new(StringArray::from(vec![Some("12"), Some("twelve"), None, Some(" 7 ")]));
        let (numbers, lost) = convert(&text, &DataType::Int32).expect("text converts");
        assert_eq!(numbers.as_ref(), &Int32Array::from(vec![Some(12), None, None, Some(7)]) as &dyn Array);
        assert_eq!(lost, 1);
        let moments: ArrayRef = Arc::new(StringArray::from(vec!["2026-11-22T03:00:00.250Z", "yesterday"]));
        let (moments, lost) = convert(&moments, &TIMESTAMP).expect("text converts");
        assert_eq!(
            moments.as_ref(),
            &TimestampMillisecondArray::from(vec![Some(1_795_316_400_250), None]) as &dyn Array
        );
        assert_eq!(lost, 1);
    }
}
