//! Between the types of files and the language's.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Fields, TimeUnit};
use datafusion::arrow::error::ArrowError;
use gluedeck_sql::{Code, Error, Type};
use std::sync::Arc;

/// The type that a table of the lake keeps values of a type in.
///
/// # Errors
/// What Trino says of a type that Hive's tables do not have.
pub(super) fn stored_type(name: &str, ty: &Type) -> Result<DataType, Error> {
    let refused = |text: String| Err(Error::of_value(Code::NotSupported, text));
    Ok(match ty {
        Type::Unknown => {
            let text = format!("line 1:1: Column type is unknown: {name}");
            return Err(Error::of_value(Code::ColumnTypeUnknown, text));
        }
        Type::Varchar(_) | Type::Char(_) => DataType::Utf8,
        Type::Timestamp(_) => DataType::Timestamp(TimeUnit::Millisecond, None),
        Type::Array(element) => DataType::List(Arc::new(Field::new_list_field(stored_type(name, element)?, true))),
        Type::Map(key, value) => {
            let key = Field::new("key", stored_type(name, key)?, false);
            let entry = Fields::from(vec![key, Field::new("value", stored_type(name, value)?, true)]);
            DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entry), false)), false)
        }
        Type::Row(fields) => {
            let mut stored = Vec::new();
            for (field, inner) in fields {
                let Some(field) = field else {
                    return refused(format!(
                        "Anonymous row type is not supported in Hive. Please give each field a name: {ty}"
                    ));
                };
                stored.push(Field::new(field, stored_type(name, inner)?, true));
            }
            DataType::Struct(stored.into())
        }
        Type::Boolean
        | Type::Tinyint
        | Type::Smallint
        | Type::Integer
        | Type::Bigint
        | Type::Real
        | Type::Double
        | Type::Decimal(..)
        | Type::Varbinary
        | Type::Date => ty.arrow(),
        _ => return refused(format!("Unsupported Hive type: {ty}")),
    })
}

/// The language's type of what is stored: a cast to it makes a value ready to be stored.
pub(super) fn settled(ty: &Type) -> Type {
    match ty {
        Type::Varchar(_) | Type::Char(_) => Type::VARCHAR,
        Type::Timestamp(_) => Type::Timestamp(3),
        Type::Array(element) => Type::array(settled(element)),
        Type::Map(key, value) => Type::map(settled(key), settled(value)),
        Type::Row(fields) => Type::Row(fields.iter().map(|(name, ty)| (name.clone(), settled(ty))).collect()),
        other => other.clone(),
    }
}

/// The same values in another Arrow type that differs in the names of fields only; anything else is cast.
pub(super) fn retyped(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    Ok(match (array.data_type(), to) {
        (DataType::List(_), DataType::List(field)) => {
            let list = array.as_list::<i32>();
            let values = retyped(list.values(), field.data_type())?;
            Arc::new(ListArray::try_new(Arc::clone(field), list.offsets().clone(), values, list.nulls().cloned())?)
        }
        (DataType::Struct(from), DataType::Struct(fields)) if from.len() == fields.len() => {
            let row = array.as_struct();
            let columns = row.columns().iter().zip(fields).map(|(column, field)| retyped(column, field.data_type()));
            let columns = columns.collect::<Result<_, _>>()?;
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, row.nulls().cloned(), row.len())?)
        }
        (DataType::Map(..), DataType::Map(field, ordered)) => {
            let map = array.as_map();
            let entries: ArrayRef = Arc::new(map.entries().clone());
            let entries = retyped(&entries, field.data_type())?.as_struct().clone();
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, nulls, *ordered)?)
        }
        _ => cast_with_options(array, to, &CastOptions { safe: false, ..CastOptions::default() })?,
    })
}
