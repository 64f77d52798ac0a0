//! Columns: from DynamoDB values to Arrow arrays, and from bronze's text to silver's types.

use super::super::world::Value;
use super::LakeError;
use super::catalog::TIMESTAMP;
use chrono::{DateTime, NaiveDate};
use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, BooleanBuilder, Date32Array, Float64Array, Int32Array, Int64Array, ListBuilder,
    StringArray, StringBuilder, StructArray, TimestampMillisecondArray,
};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use std::sync::Arc;

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
    match target {
        "boolean" => DataType::Boolean,
        "int" => DataType::Int32,
        "bigint" => DataType::Int64,
        "double" => DataType::Float64,
        "date" => DataType::Date32,
        "timestamp" => TIMESTAMP,
        _ => DataType::Utf8,
    }
}

/// Converts bronze's column to the target type. Also tells how many filled values did not convert; they become NULL.
pub(super) fn convert(source: &ArrayRef, target: &DataType) -> (ArrayRef, u64) {
    if source.data_type() == target {
        return (Arc::clone(source), 0);
    }
    let Some(text) = source.as_any().downcast_ref::<StringArray>() else {
        let filled = (source.len() - source.null_count()) as u64;
        return (datafusion::arrow::array::new_null_array(target, source.len()), filled);
    };
    let values = || text.iter().map(|value| value.map(str::trim));
    let array: ArrayRef = match target {
        DataType::Boolean => Arc::new(values().map(|v| v?.parse::<bool>().ok()).collect::<BooleanArray>()),
        DataType::Int32 => Arc::new(values().map(|v| v?.parse::<i32>().ok()).collect::<Int32Array>()),
        DataType::Int64 => Arc::new(values().map(|v| v?.parse::<i64>().ok()).collect::<Int64Array>()),
        DataType::Float64 => Arc::new(values().map(|v| v?.parse::<f64>().ok()).collect::<Float64Array>()),
        DataType::Date32 => Arc::new(values().map(|v| days(v?.parse::<NaiveDate>().ok()?)).collect::<Date32Array>()),
        _ => Arc::new(values().map(|v| millis(v?)).collect::<TimestampMillisecondArray>()),
    };
    let lost = (array.null_count() - text.null_count()) as u64;
    (array, lost)
}

fn millis(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_millis())
}

/// Days since 1970-01-01, as Arrow's Date32 counts.
pub(crate) fn days(date: NaiveDate) -> Option<i32> {
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
        let (numbers, lost) = convert(&text, &DataType::Int32);
        assert_eq!(numbers.as_ref(), &Int32Array::from(vec![Some(12), None, None, Some(7)]) as &dyn Array);
        assert_eq!(lost, 1);
        let moments: ArrayRef = Arc::new(StringArray::from(vec!["2026-11-22T03:00:00.250Z", "yesterday"]));
        let (moments, lost) = convert(&moments, &TIMESTAMP);
        assert_eq!(
            moments.as_ref(),
            &TimestampMillisecondArray::from(vec![Some(1_795_316_400_250), None]) as &dyn Array
        );
        assert_eq!(lost, 1);
    }
}
