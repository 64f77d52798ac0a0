//! Between Arrow's arrays and values.

use super::Value;
use super::time::PICOS_PER_MILLI;
use super::zone::Zone;
use crate::types::Type;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, ListArray, MapArray, StringArray, StructArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, new_null_array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType,
};
use datafusion::arrow::error::ArrowError;
use std::sync::Arc;

/// An array that can be asked for its values.
#[derive(Debug)]
pub(crate) struct Column<'a> {
    array: &'a dyn Array,
    kind: ColumnKind<'a>,
}

#[derive(Debug)]
enum ColumnKind<'a> {
    Bool(&'a BooleanArray),
    Int8(&'a Int8Array),
    Int16(&'a Int16Array),
    Int32(&'a Int32Array),
    Int64(&'a Int64Array),
    Date(&'a Date32Array),
    Real(&'a Float32Array),
    Double(&'a Float64Array),
    Big(&'a Decimal128Array),
    Zoned(&'a Decimal128Array),
    Millis(&'a TimestampMillisecondArray),
    Micros(&'a TimestampMicrosecondArray),
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
    List(&'a ListArray, Box<Column<'a>>),
    Map(&'a MapArray, Box<Column<'a>>, Box<Column<'a>>),
    Row(Vec<Column<'a>>),
    Null,
}

impl<'a> Column<'a> {
    /// An array of a type. One that is of another Arrow type than the type has reads as NULL.
    pub(crate) fn of(array: &'a dyn Array, ty: &Type) -> Self {
        Self { array, kind: Self::kind(array, ty).unwrap_or(ColumnKind::Null) }
    }

    fn kind(array: &'a dyn Array, ty: &Type) -> Option<ColumnKind<'a>> {
        Some(match ty {
            Type::Unknown | Type::Boolean => ColumnKind::Bool(array.as_boolean_opt()?),
            Type::Tinyint => ColumnKind::Int8(array.as_primitive_opt::<Int8Type>()?),
            Type::Smallint => ColumnKind::Int16(array.as_primitive_opt::<Int16Type>()?),
            Type::Integer | Type::IntervalYear | Type::Color => {
                ColumnKind::Int32(array.as_primitive_opt::<Int32Type>()?)
            }
            Type::Bigint | Type::IntervalDay | Type::Time(_) => {
                ColumnKind::Int64(array.as_primitive_opt::<Int64Type>()?)
            }
            Type::Real => ColumnKind::Real(array.as_primitive_opt::<Float32Type>()?),
            Type::Double => ColumnKind::Double(array.as_primitive_opt::<Float64Type>()?),
            Type::Date => ColumnKind::Date(array.as_primitive_opt::<Date32Type>()?),
            Type::Timestamp(0..=3) => ColumnKind::Millis(array.as_primitive_opt::<TimestampMillisecondType>()?),
            Type::Timestamp(4..=6) => ColumnKind::Micros(array.as_primitive_opt::<TimestampMicrosecondType>()?),
            Type::Timestamp(_) | Type::Decimal(..) => ColumnKind::Big(array.as_primitive_opt::<Decimal128Type>()?),
            Type::TimestampTz(_) | Type::TimeTz(_) => ColumnKind::Zoned(array.as_primitive_opt::<Decimal128Type>()?),
            Type::Varchar(_) | Type::Char(_) | Type::Json => ColumnKind::Text(array.as_string_opt::<i32>()?),
            Type::Varbinary | Type::Uuid | Type::IpAddress | Type::Digest(..) => {
                ColumnKind::Bytes(array.as_binary_opt::<i32>()?)
            }
            Type::Array(element) => {
                let list = array.as_list_opt::<i32>()?;
                ColumnKind::List(list, Box::new(Column::of(list.values().as_ref(), element)))
            }
            Type::Map(key, value) => {
                let map = array.as_map_opt()?;
                let keys = Box::new(Column::of(map.keys().as_ref(), key));
                ColumnKind::Map(map, keys, Box::new(Column::of(map.values().as_ref(), value)))
            }
            Type::Row(fields) => {
                let row = array.as_struct_opt()?;
                ColumnKind::Row(
                    row.columns().iter().zip(fields).map(|(c, (_, ty))| Column::of(c.as_ref(), ty)).collect(),
                )
            }
            Type::Function(..) => ColumnKind::Null,
        })
    }

    pub(crate) fn value(&self, row: usize) -> Value {
        if self.array.is_null(row) {
            return Value::Null;
        }
        match &self.kind {
            ColumnKind::Bool(array) => Value::Bool(array.value(row)),
            ColumnKind::Int8(array) => Value::Int(i64::from(array.value(row))),
            ColumnKind::Int16(array) => Value::Int(i64::from(array.value(row))),
            ColumnKind::Int32(array) => Value::Int(i64::from(array.value(row))),
            ColumnKind::Int64(array) => Value::Int(array.value(row)),
            ColumnKind::Date(array) => Value::Int(i64::from(array.value(row))),
            ColumnKind::Real(array) => Value::Real(array.value(row)),
            ColumnKind::Double(array) => Value::Double(array.value(row)),
            ColumnKind::Big(array) => Value::Big(array.value(row)),
            ColumnKind::Zoned(array) => {
                let packed = array.value(row);
                Value::Zoned { picos: packed >> 12, zone: Zone::from_key((packed & 0xfff) as u16) }
            }
            ColumnKind::Millis(array) => Value::Big(i128::from(array.value(row)) * PICOS_PER_MILLI),
            ColumnKind::Micros(array) => Value::Big(i128::from(array.value(row)) * 1_000_000),
            ColumnKind::Text(array) => Value::Text(array.value(row).to_owned()),
            ColumnKind::Bytes(array) => Value::Bytes(array.value(row).to_vec()),
            ColumnKind::List(array, items) => {
                let offsets = array.value_offsets();
                Value::Array((offsets[row] as usize..offsets[row + 1] as usize).map(|i| items.value(i)).collect())
            }
            ColumnKind::Map(array, keys, values) => {
                let offsets = array.value_offsets();
                let range = offsets[row] as usize..offsets[row + 1] as usize;
                Value::Map(range.map(|i| (keys.value(i), values.value(i))).collect())
            }
            ColumnKind::Row(fields) => Value::Row(fields.iter().map(|field| field.value(row)).collect()),
            ColumnKind::Null => Value::Null,
        }
    }
}

/// The array of a type that holds these values.
///
/// # Errors
/// If a value does not fit, such as a timestamp of a far year.
pub(crate) fn array_of(values: Vec<Value>, ty: &Type) -> Result<ArrayRef, ArrowError> {
    let present = |value: &Value| !value.is_null();
    macro_rules! numbers {
        ($array:ty, $number:ty) => {
            Arc::new(values.iter().map(|v| present(v).then(|| v.as_int() as $number)).collect::<$array>())
        };
    }
    Ok(match ty {
        Type::Unknown | Type::Boolean => {
            Arc::new(values.iter().map(|v| present(v).then(|| v.as_bool())).collect::<BooleanArray>())
        }
        Type::Tinyint => numbers!(Int8Array, i8),
        Type::Smallint => numbers!(Int16Array, i16),
        Type::Integer | Type::IntervalYear | Type::Color => numbers!(Int32Array, i32),
        Type::Bigint | Type::IntervalDay | Type::Time(_) => numbers!(Int64Array, i64),
        Type::Date => numbers!(Date32Array, i32),
        Type::Real => {
            Arc::new(values.iter().map(|v| present(v).then(|| v.as_double() as f32)).collect::<Float32Array>())
        }
        Type::Double => Arc::new(values.iter().map(|v| present(v).then(|| v.as_double())).collect::<Float64Array>()),
        Type::Timestamp(0..=3) => {
            let millis = narrowed(&values, PICOS_PER_MILLI)?;
            Arc::new(TimestampMillisecondArray::from(millis))
        }
        Type::Timestamp(4..=6) => Arc::new(TimestampMicrosecondArray::from(narrowed(&values, 1_000_000)?)),
        Type::Decimal(..) | Type::Timestamp(_) => {
            let array: Decimal128Array = values.iter().map(|v| present(v).then(|| v.as_big())).collect();
            Arc::new(array.with_data_type(ty.arrow()))
        }
        Type::TimestampTz(_) | Type::TimeTz(_) => {
            let packed = |value: &Value| match value {
                Value::Zoned { picos, zone } => Some((picos << 12) | i128::from(zone.key())),
                _ => None,
            };
            let array: Decimal128Array = values.iter().map(packed).collect();
            Arc::new(array.with_data_type(ty.arrow()))
        }
        Type::Varchar(_) | Type::Char(_) | Type::Json => {
            Arc::new(values.iter().map(|v| present(v).then(|| v.as_text())).collect::<StringArray>())
        }
        Type::Varbinary | Type::Uuid | Type::IpAddress | Type::Digest(..) => {
            Arc::new(values.iter().map(|v| present(v).then(|| v.as_bytes())).collect::<BinaryArray>())
        }
        Type::Array(_) | Type::Map(..) | Type::Row(_) => return nested(values, ty),
        Type::Function(..) => new_null_array(&DataType::Null, values.len()),
    })
}

fn narrowed(values: &[Value], unit: i128) -> Result<Vec<Option<i64>>, ArrowError> {
    let narrow = |value: &Value| match value {
        Value::Null => Ok(None),
        other => match i64::try_from(other.as_big().div_euclid(unit)) {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(ArrowError::ComputeError("timestamp out of range".into())),
        },
    };
    values.iter().map(narrow).collect()
}

fn nested(values: Vec<Value>, ty: &Type) -> Result<ArrayRef, ArrowError> {
    let nulls = NullBuffer::from_iter(values.iter().map(|value| !value.is_null()));
    let nulls = (nulls.null_count() > 0).then_some(nulls);
    match (ty, ty.arrow()) {
        (Type::Array(element), DataType::List(field)) => {
            let offsets = OffsetBuffer::from_lengths(values.iter().map(|value| value.as_array().len()));
            let items = values.into_iter().flat_map(|value| match value {
                Value::Array(items) => items,
                _ => Vec::new(),
            });
            let items = array_of(items.collect(), element)?;
            Ok(Arc::new(ListArray::try_new(field, offsets, items, nulls)?))
        }
        (Type::Map(key, of), DataType::Map(field, sorted)) => {
            let offsets = OffsetBuffer::from_lengths(values.iter().map(|value| value.as_map().len()));
            let entries = values.into_iter().flat_map(|value| match value {
                Value::Map(entries) => entries,
                _ => Vec::new(),
            });
            let (keys, items): (Vec<Value>, Vec<Value>) = entries.unzip();
            let DataType::Struct(fields) = field.data_type() else {
                return Err(ArrowError::SchemaError("a map without entries".into()));
            };
            let columns = vec![array_of(keys, key)?, array_of(items, of)?];
            let entries = StructArray::try_new(fields.clone(), columns, None)?;
            Ok(Arc::new(MapArray::try_new(field, offsets, entries, nulls, sorted)?))
        }
        (Type::Row(fields), DataType::Struct(arrow)) => {
            let rows = values.len();
            let mut columns: Vec<Vec<Value>> = fields.iter().map(|_| Vec::with_capacity(rows)).collect();
            for value in values {
                let mut items = match value {
                    Value::Row(items) => items,
                    _ => Vec::new(),
                }
                .into_iter();
                columns.iter_mut().for_each(|column| column.push(items.next().unwrap_or(Value::Null)));
            }
            let columns: Result<Vec<ArrayRef>, ArrowError> =
                columns.into_iter().zip(fields).map(|(column, (_, ty))| array_of(column, ty)).collect();
            if fields.is_empty() {
                return Ok(Arc::new(StructArray::new_empty_fields(rows, nulls)));
            }
            Ok(Arc::new(StructArray::try_new(arrow, columns?, nulls)?))
        }
        _ => Err(ArrowError::SchemaError("no such nested type".into())),
    }
}
