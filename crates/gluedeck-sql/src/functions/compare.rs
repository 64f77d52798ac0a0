//! Comparisons that are Trino's and not the engine's, LIKE, and subscripts.

use super::build::{arrays, kernel};
use super::call::Body;
use super::{coerce, literal};
use crate::analyze::TypedExpr;
use crate::error::{Code, Error, Result};
use crate::session::Facts;
use crate::syntax::ast::Comparison;
use crate::types::Type;
use crate::value::{Value, equal, text};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use std::cmp::Ordering;
use std::sync::Arc;

/// Compares two values of one type.
pub(crate) fn comparison(op: Comparison, a: TypedExpr, b: TypedExpr, facts: &Arc<Facts>) -> TypedExpr {
    if a.ty == Type::Double {
        let work = move |arrays: &[ArrayRef], _: usize| -> datafusion::error::Result<ArrayRef> {
            Ok(Arc::new(doubles(op, arrays[0].as_primitive(), arrays[1].as_primitive())))
        };
        return arrays("compare", vec![a, b], Type::Boolean, op.sign().to_owned(), facts, work);
    }
    let body: Body = match op {
        Comparison::Equal => |call| Ok(known(equal(call.get(0), call.get(1)))),
        Comparison::NotEqual => |call| Ok(known(equal(call.get(0), call.get(1)).map(|equal| !equal))),
        Comparison::Less => |call| ordered(call.get(0), call.get(1), |order| order == Ordering::Less),
        Comparison::LessOrEqual => |call| ordered(call.get(0), call.get(1), |order| order != Ordering::Greater),
        Comparison::Greater => |call| ordered(call.get(0), call.get(1), |order| order == Ordering::Greater),
        Comparison::GreaterOrEqual => |call| ordered(call.get(0), call.get(1), |order| order != Ordering::Less),
    };
    let name = format!("compare {}", op.sign());
    kernel(&name, vec![a, b], Type::Boolean, facts, body, true)
}

/// NaN is equal to nothing, and neither smaller nor larger.
fn doubles(op: Comparison, a: &Float64Array, b: &Float64Array) -> BooleanArray {
    let nulls = NullBuffer::union(a.nulls(), b.nulls());
    let bits = match op {
        Comparison::Equal => bits(a, b, |a, b| a == b),
        Comparison::NotEqual => bits(a, b, |a, b| a != b),
        Comparison::Less => bits(a, b, |a, b| a < b),
        Comparison::LessOrEqual => bits(a, b, |a, b| a <= b),
        Comparison::Greater => bits(a, b, |a, b| a > b),
        Comparison::GreaterOrEqual => bits(a, b, |a, b| a >= b),
    };
    BooleanArray::new(bits, nulls)
}

fn bits(a: &Float64Array, b: &Float64Array, test: impl Fn(f64, f64) -> bool) -> BooleanBuffer {
    let (a, b) = (a.values(), b.values());
    BooleanBuffer::collect_bool(a.len(), |row| test(a[row], b[row]))
}

fn known(answer: Option<bool>) -> Value {
    answer.map_or(Value::Null, Value::Bool)
}

fn ordered(a: &Value, b: &Value, test: fn(Ordering) -> bool) -> Result<Value> {
    let nan = |value: &Value| matches!(value, Value::Real(value) if value.is_nan());
    if nan(a) || nan(b) {
        return Ok(Value::Bool(false));
    }
    let (x, y) = (a.as_array(), b.as_array());
    for (x, y) in x.iter().zip(y) {
        match (x.is_null() || y.is_null(), equal(x, y)) {
            (true, _) => {
                let what = if matches!(a, Value::Row(_)) { "ROW" } else { "ARRAY" };
                let message = format!(
                    "{what} comparison not supported for {} with null elements",
                    if what == "ROW" { "fields" } else { "arrays" }
                );
                return Err(Error::of_value(Code::NotSupported, message));
            }
            (_, Some(false)) => break,
            _ => {}
        }
    }
    Ok(Value::Bool(test(a.cmp(b))))
}

/// IS DISTINCT FROM.
pub(crate) fn distinct(a: TypedExpr, b: TypedExpr, facts: &Arc<Facts>) -> TypedExpr {
    let body: Body = |call| Ok(Value::Bool(call.get(0) != call.get(1)));
    kernel("is_distinct", vec![a, b], Type::Boolean, facts, body, false)
}

/// LIKE of a value, a pattern and, if there is one, what marks a letter of the pattern that is meant as it is.
pub(crate) fn like(arguments: Vec<TypedExpr>, facts: &Arc<Facts>) -> TypedExpr {
    let body: Body = |call| {
        let value = match call.ty(0) {
            Type::Char(_) => text(call.get(0), call.ty(0)).unwrap_or_default(),
            _ => call.text(0).to_owned(),
        };
        let escape = match call.len() {
            3 => {
                let mut letters = call.text(2).chars();
                match (letters.next(), letters.next()) {
                    (Some(letter), None) => Some(letter),
                    _ => return Err(Error::argument("Escape string must be a single character")),
                }
            }
            _ => None,
        };
        Ok(Value::Bool(matches(&value, &pattern(call.text(1), escape)?)))
    };
    kernel("like", arguments, Type::Boolean, facts, body, true)
}

enum Part {
    Letter(char),
    One,
    Any,
}

fn pattern(text: &str, escape: Option<char>) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        parts.push(match letter {
            letter if Some(letter) == escape => match letters.next() {
                Some(next) if next == '%' || next == '_' || Some(next) == escape => Part::Letter(next),
                _ => {
                    let message = "Escape character must be followed by '%', '_' or the escape character itself";
                    return Err(Error::argument(message));
                }
            },
            '%' => Part::Any,
            '_' => Part::One,
            letter => Part::Letter(letter),
        });
    }
    Ok(parts)
}

fn matches(text: &str, pattern: &[Part]) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let (mut at, mut part) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < letters.len() {
        match pattern.get(part) {
            Some(Part::Any) => {
                retry = Some((part, at));
                part += 1;
            }
            Some(Part::One) => {
                at += 1;
                part += 1;
            }
            Some(Part::Letter(letter)) if *letter == letters[at] => {
                at += 1;
                part += 1;
            }
            _ => match retry {
                Some((any, from)) => {
                    retry = Some((any, from + 1));
                    at = from + 1;
                    part = any + 1;
                }
                None => return false,
            },
        }
    }
    pattern[part.min(pattern.len())..].iter().all(|part| matches!(part, Part::Any))
}

/// `array[i]` and `map[key]`. `None` if the index is of no type that fits.
pub(crate) fn subscript(base: TypedExpr, index: TypedExpr, facts: &Arc<Facts>) -> Option<TypedExpr> {
    match base.ty.clone() {
        Type::Array(element) => {
            if !crate::types::turns_into(&index.ty, &Type::Bigint) {
                return None;
            }
            let index = coerce(index, &Type::Bigint, facts);
            let body: Body = |call| {
                let items = call.array(0);
                let message = match call.int(1) {
                    0 => "SQL array indices start at 1".to_owned(),
                    index if index < 0 => format!("Array subscript is negative: {index}"),
                    index => match items.get(index as usize - 1) {
                        Some(item) => return Ok(item.clone()),
                        None => format!(
                            "Array subscript must be less than or equal to array length: {index} > {}",
                            items.len()
                        ),
                    },
                };
                Err(Error::argument(message))
            };
            Some(kernel("subscript", vec![base, index], *element, facts, body, true))
        }
        Type::Map(key, value) => {
            if !crate::types::turns_into(&index.ty, &key) {
                return None;
            }
            let index = coerce(index, &key, facts);
            let body: Body = |call| {
                let found = call.get(0).as_map().iter().find(|(key, _)| key == call.get(1));
                found.map(|(_, value)| value.clone()).ok_or_else(|| {
                    let key = text(call.get(1), call.ty(1)).unwrap_or_default();
                    Error::argument(format!("Key not present in map: {key}"))
                })
            };
            Some(kernel("map_subscript", vec![base, index], *value, facts, body, true))
        }
        Type::Unknown => Some(literal(Value::Null, &Type::Unknown)),
        _ => None,
    }
}
