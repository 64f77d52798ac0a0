//! Expressions of the engine for values, rows, and the aggregates that plans are made of.

use super::call::{Body, Call, Kernel, Lambda, Site, Work};
use super::function::{Function, Implementation, is_volatile};
use crate::analyze::TypedExpr;
use crate::error::{Code, Error, Result};
use crate::session::Facts;
use crate::types::Type;
use crate::value::{Value, array_of};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, StructArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, ScalarUDF, cast as engine_cast, lit};
use std::sync::Arc;

/// A constant.
pub(crate) fn literal(value: Value, ty: &Type) -> TypedExpr {
    let scalar = array_of(vec![value], ty).ok().and_then(|array| ScalarValue::try_from_array(&array, 0).ok());
    TypedExpr { expr: Expr::Literal(scalar.unwrap_or(ScalarValue::Null), None), ty: ty.clone() }
}

pub(crate) fn null(ty: &Type) -> TypedExpr {
    literal(Value::Null, ty)
}

/// The constant that an expression is, also after a cast of one.
pub(crate) fn constant_of(expr: &Expr) -> Option<ScalarValue> {
    match expr {
        Expr::Literal(value, _) => Some(value.clone()),
        Expr::Alias(alias) => constant_of(&alias.expr),
        Expr::Cast(cast) => constant_of(&cast.expr)?.cast_to(cast.field.data_type()).ok(),
        Expr::ScalarFunction(call) => {
            let arguments = call.args.iter().map(constant_of).collect::<Option<Vec<_>>>()?;
            let values = arguments.into_iter().map(datafusion::logical_expr::ColumnarValue::Scalar).collect();
            let field = Arc::new(datafusion::arrow::datatypes::Field::new("x", DataType::Null, true));
            let found = call.func.invoke_with_args(datafusion::logical_expr::ScalarFunctionArgs {
                args: values,
                arg_fields: Vec::new(),
                number_rows: 1,
                return_field: field,
                config_options: Arc::default(),
            });
            match found.ok()? {
                datafusion::logical_expr::ColumnarValue::Scalar(value) => Some(value),
                datafusion::logical_expr::ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0).ok(),
            }
        }
        _ => None,
    }
}

/// A function of rows over expressions.
pub(crate) fn kernel(
    name: &str,
    values: Vec<TypedExpr>,
    result: Type,
    facts: &Arc<Facts>,
    body: Body,
    strict: bool,
) -> TypedExpr {
    let lambdas = values.iter().map(|_| None).collect();
    built(name, values, lambdas, Vec::new(), result, Work::Rows { body, strict }, String::new(), facts)
}

/// A function of arrays over expressions.
pub(crate) fn arrays(
    name: &str,
    values: Vec<TypedExpr>,
    result: Type,
    key: String,
    facts: &Arc<Facts>,
    work: impl Fn(&[ArrayRef], usize) -> datafusion::error::Result<ArrayRef> + Send + Sync + 'static,
) -> TypedExpr {
    let lambdas = values.iter().map(|_| None).collect();
    built(name, values, lambdas, Vec::new(), result, Work::Arrays(Arc::new(work)), key, facts)
}

#[expect(clippy::too_many_arguments, reason = "all that a call has, in one place")]
fn built(
    name: &str,
    values: Vec<TypedExpr>,
    lambdas: Vec<Option<Lambda>>,
    captured: Vec<Expr>,
    result: Type,
    work: Work,
    key: String,
    facts: &Arc<Facts>,
) -> TypedExpr {
    let mut given = values.into_iter();
    let mut types = Vec::new();
    let mut arguments = Vec::new();
    for lambda in &lambdas {
        match lambda {
            Some(lambda) => types.push(Type::Function(lambda.names.clone(), Box::new(lambda.result.clone()))),
            None => {
                if let Some(value) = given.next() {
                    types.push(value.ty);
                    arguments.push(value.expr);
                }
            }
        }
    }
    arguments.extend(captured);
    let volatile = is_volatile(name);
    let site = Site { name: name.to_owned(), types, result: result.clone(), facts: Arc::clone(facts), lambdas };
    let kernel = Kernel::new(site, work, key, volatile);
    TypedExpr { expr: ScalarUDF::from(kernel).call(arguments), ty: result }
}

/// A call of a function of the registry.
pub(crate) fn scalar(
    function: &'static Function,
    values: Vec<TypedExpr>,
    lambdas: Vec<Option<Lambda>>,
    captured: Vec<Expr>,
    result: Type,
    key: String,
    facts: &Arc<Facts>,
) -> TypedExpr {
    let work = match function.implementation {
        Implementation::Scalar { body, strict } => Work::Rows { body, strict },
        _ => Work::Rows { body: not_done, strict: false },
    };
    built(function.name, values, lambdas, captured, result, work, key, facts)
}

fn not_done(call: &Call<'_>) -> Result<Value> {
    Err(Error::of_value(Code::NotSupported, format!("gluedeck does not do the function {} here", call.site.name)))
}

/// A field of a row.
pub(crate) fn field(base: TypedExpr, index: usize, ty: Type, facts: &Arc<Facts>) -> TypedExpr {
    let work = move |arrays: &[ArrayRef], _: usize| {
        let row = arrays[0].as_struct();
        let column = row.column(index);
        // A row that is NULL has NULL fields.
        Ok(match row.nulls() {
            None => Arc::clone(column),
            Some(nulls) => {
                let missing = datafusion::arrow::array::BooleanArray::new(!nulls.inner(), None);
                datafusion::arrow::compute::nullif(column, &missing)?
            }
        })
    };
    arrays("row_field", vec![base], ty, index.to_string(), facts, work)
}

/// A row without names.
pub(crate) fn row(items: Vec<TypedExpr>, facts: &Arc<Facts>) -> TypedExpr {
    let ty = Type::row(items.iter().map(|item| item.ty.clone()).collect());
    let DataType::Struct(fields) = ty.arrow() else { return null(&ty) };
    let work = move |arrays: &[ArrayRef], rows: usize| -> datafusion::error::Result<ArrayRef> {
        if fields.is_empty() {
            return Ok(Arc::new(StructArray::new_empty_fields(rows, None)));
        }
        Ok(Arc::new(StructArray::try_new(fields.clone(), arrays.to_vec(), None)?))
    };
    arrays("row", items, ty, String::new(), facts, work)
}

/// An array of expressions.
pub(crate) fn array(items: Vec<TypedExpr>, element: Type, facts: &Arc<Facts>) -> TypedExpr {
    if items.is_empty() {
        return literal(Value::Array(Vec::new()), &Type::array(element));
    }
    let body: Body = |call| Ok(Value::Array(call.values.to_vec()));
    kernel("array", items, Type::array(element), facts, body, false)
}

/// A value that the engine itself groups and joins by: instants without their zone.
pub(crate) fn comparable(value: TypedExpr, facts: &Arc<Facts>) -> Expr {
    match value.ty {
        Type::TimestampTz(_) | Type::TimeTz(_) => instant(value, facts),
        Type::Double | Type::Real => value.expr,
        ref ty if ty.is_plainly_compared() => value.expr,
        _ => {
            // Nested values by a text that is the same for what is equal.
            let body: Body = |call| Ok(Value::text(format!("{:?}", Normal(call.get(0)))));
            kernel("key", vec![value], Type::VARCHAR, facts, body, true).expr
        }
    }
}

/// The same for grouping, where NULL is a group.
pub(crate) fn group_key(value: TypedExpr, facts: &Arc<Facts>) -> Expr {
    comparable(value, facts)
}

/// A value that the engine sorts as Trino does.
pub(crate) fn sortable(value: TypedExpr, facts: &Arc<Facts>) -> Expr {
    match &value.ty {
        Type::TimestampTz(_) | Type::TimeTz(_) => instant(value, facts),
        _ => value.expr,
    }
}

fn instant(value: TypedExpr, facts: &Arc<Facts>) -> Expr {
    let body: Body = |call| Ok(Value::Big(call.get(0).as_big()));
    kernel("instant", vec![value], Type::Decimal(38, 0), facts, body, true).expr
}

/// A value in a form whose text is the same for equal values.
struct Normal<'a>(&'a Value);

impl std::fmt::Debug for Normal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Value::Array(items) | Value::Row(items) => f.debug_list().entries(items.iter().map(Normal)).finish(),
            Value::Map(entries) => {
                let mut sorted: Vec<_> = entries.iter().collect();
                sorted.sort();
                f.debug_map().entries(sorted.iter().map(|(key, value)| (Normal(key), Normal(value)))).finish()
            }
            Value::Zoned { picos, .. } => write!(f, "{picos}"),
            Value::Double(value) => write!(f, "{:?}", value + 0.0),
            Value::Real(value) => write!(f, "{:?}", value + 0.0),
            other => write!(f, "{other:?}"),
        }
    }
}

/// A value, or NULL if it is or holds NULL.
pub(crate) fn whole(value: TypedExpr, facts: &Arc<Facts>) -> Expr {
    match value.ty {
        Type::Array(_) | Type::Map(..) | Type::Row(_) => {
            let body: Body = |call| Ok(Value::Bool(!call.get(0).has_null()));
            let has = kernel("is_whole", vec![value], Type::Boolean, facts, body, true).expr;
            // NULL unless true.
            Expr::BinaryExpr(datafusion::logical_expr::BinaryExpr {
                left: Box::new(has.clone()),
                op: datafusion::logical_expr::Operator::Or,
                right: Box::new(null(&Type::Boolean).expr),
            })
        }
        _ => value.expr,
    }
}

/// What a table's provider gives, as the engine holds the type: rows and arrays of rows under the engine's own field names.
pub(crate) fn rows_of(read: Expr, given: &DataType, ty: &Type, facts: &Arc<Facts>) -> Expr {
    let wanted = ty.arrow();
    if *given == wanted {
        return read;
    }
    if !matches!(ty, Type::Array(_) | Type::Map(..) | Type::Row(_)) {
        return engine_cast(read, wanted);
    }
    let work = move |arrays: &[ArrayRef], _: usize| Ok(datafusion::arrow::compute::cast(&arrays[0], &wanted)?);
    arrays("renamed", vec![TypedExpr { expr: read, ty: ty.clone() }], ty.clone(), String::new(), facts, work).expr
}

pub(crate) fn to_bigint(expr: Expr) -> Expr {
    engine_cast(expr, DataType::Int64)
}

pub(crate) fn or_zero(expr: Expr) -> Expr {
    datafusion::functions::core::expr_fn::coalesce(vec![expr, lit(0i64)])
}

/// The number of a recursive query's next step, up to a limit.
pub(crate) fn next_step(number: Expr, limit: i64, facts: &Arc<Facts>) -> Expr {
    let work = move |arrays: &[ArrayRef], _: usize| -> datafusion::error::Result<ArrayRef> {
        let numbers = arrays[0].as_primitive::<datafusion::arrow::datatypes::Int64Type>();
        if numbers.iter().flatten().any(|number| number >= limit) {
            let message = format!(
                "Recursion depth limit exceeded ({limit}). Use 'max_recursion_depth' session property to modify the limit."
            );
            return Err(Error::of_value(Code::NotSupported, message).into());
        }
        Ok(Arc::new(numbers.iter().map(|n| n.map(|n| n + 1)).collect::<datafusion::arrow::array::Int64Array>()))
    };
    arrays("next_step", vec![TypedExpr { expr: number, ty: Type::Bigint }], Type::Bigint, String::new(), facts, work)
        .expr
}

/// `TRY`: what a lambda without arguments answers, or NULL in the rows where it cannot be computed.
pub(crate) fn try_value(lambda: Lambda, captured: Vec<Expr>, ty: Type, key: String, facts: &Arc<Facts>) -> TypedExpr {
    let body: Body = |call| match call.apply(0, Vec::new()) {
        Err(error) if error.is_caught_by_try() => Ok(Value::Null),
        other => other,
    };
    built("try", Vec::new(), vec![Some(lambda)], captured, ty, Work::Rows { body, strict: false }, key, facts)
}

/// Whether an expression can fail for some row; what cannot is left to the engine to order.
pub(crate) fn may_fail(expr: &Expr) -> bool {
    match expr {
        Expr::Column(_) | Expr::Literal(..) => false,
        Expr::Alias(alias) => may_fail(&alias.expr),
        Expr::BinaryExpr(binary) => may_fail(&binary.left) || may_fail(&binary.right),
        Expr::Not(inner)
        | Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::IsTrue(inner)
        | Expr::IsFalse(inner) => may_fail(inner),
        Expr::Like(like) => may_fail(&like.expr) || may_fail(&like.pattern),
        Expr::InList(list) => may_fail(&list.expr) || list.list.iter().any(may_fail),
        Expr::ScalarFunction(call) => {
            const SAFE: [&str; 8] = ["coalesce", "instant", "key", "row_field", "compare", "like", "lower", "upper"];
            !SAFE.contains(&call.func.name()) || call.args.iter().any(may_fail)
        }
        _ => true,
    }
}
