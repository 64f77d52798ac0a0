//! `json_exists`, `json_value`, `json_query`, `json_object`, `json_array`.

use super::build::arrays;
use super::json_path_tree::{self, PathTree};
use super::json_text::{Json, parsed};
use crate::analyze::TypedExpr;
use crate::error::{Code, Error, Result};
use crate::session::Facts;
use crate::syntax::ast::Wrapper;
use crate::types::Type;
use crate::value::{Column, Value, array_of, text};
use datafusion::arrow::array::ArrayRef;
use std::sync::Arc;

/// A path with the names that are passed to it.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    tree: PathTree,
    /// Names, and whether the value is JSON text.
    names: Vec<(String, bool)>,
    text: String,
}

impl Path {
    pub(crate) fn parse(text: &str, names: Vec<(String, bool)>) -> Result<Self> {
        let tree = super::json_path_parser::parse(text)?;
        for name in tree.variables() {
            if !names.iter().any(|(own, _)| *own == name) {
                let similar = names.iter().any(|(own, _)| own.eq_ignore_ascii_case(&name));
                let hint = match similar {
                    true => format!(". Try quoting \"{name}\" in the PASSING clause to match case"),
                    false => String::new(),
                };
                return Err(Error::of_value(Code::InvalidPath, format!("no value passed for parameter {name}{hint}")));
            }
        }
        Ok(Self { tree, names, text: text.to_owned() })
    }
}

/// What is answered when there is nothing, or something is wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    Null,
    Error,
    Bool(bool),
    Text(&'static str),
    Default,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask {
    Exists { on_error: Answer },
    Value { on_empty: Answer, on_error: Answer },
    Query { wrapper: Wrapper, omit_quotes: bool, on_empty: Answer, on_error: Answer },
}

/// One of the functions that take a path. `values` are the input and what is passed; then come two defaults, if any.
pub(crate) fn asked(
    path: Path,
    mut values: Vec<TypedExpr>,
    ask: Ask,
    defaults: Vec<TypedExpr>,
    ty: Type,
    facts: &Arc<Facts>,
) -> TypedExpr {
    let given = values.len();
    values.extend(defaults);
    let key = format!("{} {ask:?}", path.text);
    let (result, own_facts) = (ty.clone(), Arc::clone(facts));
    let answer = move |values: &[Value], types: &[Type]| {
        let (values, defaults) = values.split_at(given);
        answer(&path, values, types, ask, &Asked { defaults, result: &result, facts: &own_facts })
    };
    let name = match ask {
        Ask::Exists { .. } => "json_exists",
        Ask::Value { .. } => "json_value",
        Ask::Query { .. } => "json_query",
    };
    by_row(name, values, ty, key, facts, answer)
}

/// A function that is computed row by row from its values and their types.
fn by_row(
    name: &str,
    values: Vec<TypedExpr>,
    ty: Type,
    key: String,
    facts: &Arc<Facts>,
    compute: impl Fn(&[Value], &[Type]) -> Result<Value> + Send + Sync + 'static,
) -> TypedExpr {
    let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
    let result = ty.clone();
    let work = move |arrays: &[ArrayRef], rows: usize| -> datafusion::error::Result<ArrayRef> {
        let columns: Vec<Column<'_>> =
            arrays.iter().zip(&types).map(|(array, ty)| Column::of(array.as_ref(), ty)).collect();
        let mut found = Vec::with_capacity(rows);
        for row in 0..rows {
            let values: Vec<Value> = columns.iter().map(|column| column.value(row)).collect();
            found.push(compute(&values, &types)?);
        }
        Ok(array_of(found, &result)?)
    };
    arrays(name, values, ty, key, facts, work)
}

/// Why there is no answer.
struct Failed(Code, String);

/// A call with the values of one row.
struct Asked<'a> {
    defaults: &'a [Value],
    result: &'a Type,
    facts: &'a Facts,
}

impl Asked<'_> {
    /// What is answered in place of an answer; `index` is that of its default.
    fn instead(&self, answer: Answer, failed: Failed, index: usize) -> Result<Value> {
        match answer {
            Answer::Null => Ok(Value::Null),
            Answer::Error => Err(Error::of_value(failed.0, failed.1)),
            Answer::Bool(value) => Ok(Value::Bool(value)),
            Answer::Text(text) => super::cast_value(&Value::text(text), &Type::VARCHAR, self.result, self.facts),
            Answer::Default => Ok(self.defaults.get(index).cloned().unwrap_or(Value::Null)),
        }
    }

    fn value(&self, items: &[Json], on_empty: Answer, on_error: Answer) -> Result<Value> {
        let wrong = |message: &str| {
            Failed(Code::JsonValueResultError, format!("cannot extract SQL scalar from JSON: {message}"))
        };
        match items {
            [] => self.instead(on_empty, wrong("JSON path found no items"), 0),
            [Json::Array(_) | Json::Object(_)] => {
                self.instead(on_error, wrong("JSON path found an item that cannot be converted to an SQL value"), 1)
            }
            [item] => match scalar(item, self.result, self.facts) {
                Ok(value) => Ok(value),
                Err(_) => {
                    let given = match item {
                        Json::Text(_) => "varchar",
                        Json::Bool(_) => "boolean",
                        Json::Number(digits) if digits.contains(['.', 'e', 'E']) => "double",
                        _ => "bigint",
                    };
                    let result = self.result;
                    let message = format!(
                        "Cannot cast value of type {given} to declared return type of function JSON_VALUE: {result}"
                    );
                    self.instead(on_error, Failed(Code::JsonValueResultError, message), 1)
                }
            },
            _ => self.instead(on_error, wrong("JSON path found multiple items"), 1),
        }
    }

    fn query(&self, items: Vec<Json>, wrapper: Wrapper, omit_quotes: bool, answers: (Answer, Answer)) -> Result<Value> {
        let (on_empty, on_error) = answers;
        let wrong =
            |message: &str| Failed(Code::JsonOutputConversionError, format!("conversion from JSON failed: {message}"));
        if items.is_empty() {
            return self.instead(on_empty, wrong("JSON path found no items"), 0);
        }
        let single_structure = items.len() == 1 && matches!(items[0], Json::Array(_) | Json::Object(_));
        let whole = match wrapper {
            Wrapper::Unconditional => Json::Array(items),
            Wrapper::Conditional if !single_structure => Json::Array(items),
            _ if items.len() == 1 => items[0].clone(),
            _ => return self.instead(on_error, wrong("JSON path found multiple items"), 0),
        };
        let written = match (&whole, omit_quotes) {
            (Json::Text(text), true) => text.clone(),
            _ => whole.written(),
        };
        super::cast_value(&Value::Text(written), &Type::VARCHAR, self.result, self.facts)
    }
}

fn answer(path: &Path, values: &[Value], types: &[Type], ask: Ask, asked: &Asked<'_>) -> Result<Value> {
    if values[0].is_null() {
        return Ok(Value::Null);
    }
    let walked = walk(path, values, types);
    match ask {
        Ask::Exists { on_error } => match walked {
            Ok(items) => Ok(Value::Bool(!items.is_empty())),
            Err(failed) => asked.instead(on_error, failed, 0),
        },
        Ask::Value { on_empty, on_error } => match walked {
            Ok(items) => asked.value(&items, on_empty, on_error),
            Err(failed) => asked.instead(on_error, failed, 1),
        },
        Ask::Query { wrapper, omit_quotes, on_empty, on_error } => match walked {
            Ok(items) => asked.query(items, wrapper, omit_quotes, (on_empty, on_error)),
            Err(failed) => asked.instead(on_error, failed, 0),
        },
    }
}

fn walk(path: &Path, values: &[Value], types: &[Type]) -> std::result::Result<Vec<Json>, Failed> {
    let input = |value: &Value| {
        let decoded = match value {
            Value::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            other => Some(other.as_text()),
        };
        decoded.and_then(|text| parsed(text).ok()).map(Json::with_java_numbers)
    };
    let unreadable = || Failed(Code::JsonInputConversionError, "conversion to JSON failed: ".into());
    let context = input(&values[0]).ok_or_else(unreadable)?;
    let mut variables = Vec::new();
    for (((name, is_json), value), ty) in path.names.iter().zip(&values[1..]).zip(&types[1..]) {
        let value = match value {
            // No item at all.
            Value::Null if *is_json => {
                variables.push((name.clone(), Vec::new()));
                continue;
            }
            Value::Null => Json::Null,
            value if *is_json => input(value).ok_or_else(unreadable)?,
            value => plain(value, ty),
        };
        variables.push((name.clone(), vec![value]));
    }
    let failed = |error: json_path_tree::PathError| {
        Failed(Code::PathEvaluationError, format!("path evaluation failed: {}", error.0))
    };
    path.tree.walk(&context, &variables).map_err(failed)
}

/// A value as JSON.
fn plain(value: &Value, ty: &Type) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(_) if ty.is_integer() => Json::Number(text(value, ty).unwrap_or_default()),
        Value::Double(_) | Value::Real(_) | Value::Big(_) if ty.is_numeric() => {
            Json::Number(text(value, ty).unwrap_or_default())
        }
        _ => Json::Text(text(value, ty).unwrap_or_default()),
    }
}

/// A scalar of JSON as a value of a type.
fn scalar(item: &Json, ty: &Type, facts: &Facts) -> Result<Value> {
    let cast = |value: Value, from: Type| {
        if !super::cast::castable(&from, ty) {
            return Err(Error::cast("JSON path found an item that cannot be cast"));
        }
        super::cast_value(&value, &from, ty, facts)
    };
    match item {
        Json::Null => Ok(Value::Null),
        Json::Bool(value) => cast(Value::Bool(*value), Type::Boolean),
        Json::Text(text) => cast(Value::text(text.as_str()), Type::Varchar(Some(text.chars().count() as u32))),
        Json::Number(digits) => {
            if digits.contains('.')
                && !digits.contains(['e', 'E'])
                && let Some((value, own)) = crate::value::number::parse_decimal(digits)
            {
                return cast(Value::Big(value), own);
            }
            if digits.contains(['.', 'e', 'E']) {
                return match digits.parse() {
                    Ok(value) => cast(Value::Double(value), Type::Double),
                    Err(_) => Err(Error::cast("not a number")),
                };
            }
            match digits.parse::<i64>() {
                Ok(value) if i32::try_from(value).is_ok() => cast(Value::Int(value), Type::Integer),
                Ok(value) => cast(Value::Int(value), Type::Bigint),
                Err(_) => match crate::value::number::parse_decimal(digits) {
                    Some((value, own)) => cast(Value::Big(value), own),
                    None => Err(Error::cast("a number beyond all types")),
                },
            }
        }
        _ => Err(Error::cast("not a scalar")),
    }
}

/// How members or elements are made.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// Which of the values are JSON already.
    pub(crate) json: Vec<bool>,
    pub(crate) absent_on_null: bool,
    pub(crate) unique_keys: bool,
}

fn item(value: &Value, ty: &Type, is_json: bool) -> Result<Json> {
    match value {
        Value::Null => Ok(Json::Null),
        value if is_json || *ty == Type::Json => parsed(value.as_text())
            .map_err(|()| Error::of_value(Code::JsonInputConversionError, "conversion to JSON failed: ")),
        value => Ok(plain(value, ty)),
    }
}

/// `json_object` of names and values in turn.
pub(crate) fn object(values: Vec<TypedExpr>, shape: Shape, ty: Type, facts: &Arc<Facts>) -> TypedExpr {
    made("json_object", values, shape, ty, facts, |values, types, shape| {
        let mut members: Vec<(String, Json)> = Vec::new();
        for (index, pair) in values.chunks(2).enumerate() {
            if pair[0].is_null() {
                return Err(Error::argument("null value passed for JSON object key to JSON_OBJECT function"));
            }
            if pair[1].is_null() && shape.absent_on_null {
                continue;
            }
            let name = text(&pair[0], &types[index * 2]).unwrap_or_default();
            if members.iter().any(|(other, _)| *other == name) {
                if shape.unique_keys {
                    return Err(Error::argument(format!("duplicate key passed to JSON_OBJECT function: {name}")));
                }
                return Err(Error::of_value(
                    Code::JsonOutputConversionError,
                    "conversion from JSON failed: cannot construct a JSON object with duplicate key",
                ));
            }
            members.push((name, item(&pair[1], &types[index * 2 + 1], shape.json[index])?));
        }
        Ok(Json::Object(members))
    })
}

/// `json_array` of values.
pub(crate) fn array(values: Vec<TypedExpr>, shape: Shape, ty: Type, facts: &Arc<Facts>) -> TypedExpr {
    made("json_array", values, shape, ty, facts, |values, types, shape| {
        let mut items = Vec::new();
        for (index, value) in values.iter().enumerate() {
            if !(value.is_null() && shape.absent_on_null) {
                items.push(item(value, &types[index], shape.json[index])?);
            }
        }
        Ok(Json::Array(items))
    })
}

fn made(
    name: &str,
    values: Vec<TypedExpr>,
    shape: Shape,
    ty: Type,
    facts: &Arc<Facts>,
    make: fn(&[Value], &[Type], &Shape) -> Result<Json>,
) -> TypedExpr {
    let key = format!("{shape:?}");
    let (result, own_facts) = (ty.clone(), Arc::clone(facts));
    let compute = move |values: &[Value], types: &[Type]| {
        let made = make(values, types, &shape)?.written();
        match &result {
            Type::Varbinary => Ok(Value::Bytes(made.into_bytes())),
            result => super::cast_value(&Value::Text(made), &Type::VARCHAR, result, &own_facts),
        }
    };
    by_row(name, values, ty, key, facts, compute)
}
