//! Arrays and maps side by side.

use super::build::arrays;
use crate::analyze::TypedExpr;
use crate::error::{Code, Error};
use crate::session::Facts;
use crate::types::Type;
use crate::value::{Value, array_of};
use datafusion::arrow::array::{ArrayRef, ListArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::DataType;
use std::sync::Arc;

/// Arrays and maps side by side, as rows of their elements: the shorter ones are filled with NULL.
pub(crate) fn zipped(
    values: Vec<TypedExpr>,
    types: Vec<Type>,
    ordinality: bool,
    optional: bool,
    facts: &Arc<Facts>,
) -> TypedExpr {
    let given: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
    let result = Type::array(Type::row(types.clone()));
    let row_type = Type::row(types);
    let work = move |arrays: &[ArrayRef], rows: usize| -> datafusion::error::Result<ArrayRef> {
        let columns: Vec<crate::value::Column<'_>> =
            arrays.iter().zip(&given).map(|(array, ty)| crate::value::Column::of(array.as_ref(), ty)).collect();
        let mut found = Vec::new();
        let mut lengths = Vec::with_capacity(rows);
        for row in 0..rows {
            let lists: Vec<Value> = columns.iter().map(|column| column.value(row)).collect();
            let length = lists.iter().map(length_of).max().unwrap_or(0);
            for index in 0..length {
                let mut items = Vec::new();
                lists.iter().zip(&given).for_each(|(list, ty)| push_element(list, ty, index, &mut items));
                if ordinality {
                    items.push(Value::Int(index as i64 + 1));
                }
                found.push(Value::Row(items));
            }
            if length == 0 && optional {
                found.push(Value::Row(Vec::new()));
            }
            lengths.push(if length == 0 && optional { 1 } else { length });
        }
        let items = array_of(found, &row_type)?;
        let DataType::List(field) = Type::array(row_type.clone()).arrow() else {
            return Err(Error::of_value(Code::GenericInternalError, "no list").into());
        };
        Ok(Arc::new(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), items, None)?))
    };
    arrays("zipped", values, result, format!("{ordinality} {optional}"), facts, work)
}

pub(super) fn length_of(list: &Value) -> usize {
    match list {
        Value::Array(items) => items.len(),
        Value::Map(entries) => entries.len(),
        _ => 0,
    }
}

pub(super) fn push_element(list: &Value, ty: &Type, index: usize, items: &mut Vec<Value>) {
    match (list, ty) {
        (_, Type::Map(..)) => match list.as_map().get(index) {
            Some((key, value)) => items.extend([key.clone(), value.clone()]),
            None => items.extend([Value::Null, Value::Null]),
        },
        (_, Type::Array(element)) => match element.as_ref() {
            Type::Row(fields) => match list.as_array().get(index) {
                Some(Value::Row(parts)) => items.extend(parts.iter().cloned()),
                _ => items.extend(fields.iter().map(|_| Value::Null)),
            },
            _ => items.push(list.as_array().get(index).cloned().unwrap_or(Value::Null)),
        },
        _ => {}
    }
}
