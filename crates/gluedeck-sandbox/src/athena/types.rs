//! Trino's rules of types where the engine's differ: what may be compared, how a cast rounds and writes, how decimals
//! divide. Applied to the plan before the engine makes types agree in its own, more lenient way.

use crate::lake::trino_type;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ScalarValue, plan_err};
use datafusion::error::Result as EngineResult;
use datafusion::execution::session_state::SessionState;
use datafusion::functions::math::expr_fn::round;
use datafusion::logical_expr::expr::{BinaryExpr, Cast, InList};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Operator, cast, lit};

/// Applies the rules to every expression of a plan.
///
/// # Errors
/// `TYPE_MISMATCH`, where Trino has no operator for two types.
pub(super) fn apply(plan: LogicalPlan, state: &SessionState) -> EngineResult<LogicalPlan> {
    let done = plan.transform_up_with_subqueries(|plan| {
        let mut schema = merge_schema(&plan.inputs());
        if let LogicalPlan::TableScan(scan) = &plan {
            schema.merge(&DFSchema::try_from_qualified_schema(scan.table_name.clone(), &scan.source.schema())?);
        }
        // What a column is called must not change with its expression.
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let changed = expr.transform_up(|expr| rule(expr, &schema, state))?;
            Ok(changed.update_data(|expr| name.restore(expr)))
        })?
        .map_data(LogicalPlan::recompute_schema)
    })?;
    Ok(done.data)
}

fn rule(expr: Expr, schema: &DFSchema, state: &SessionState) -> EngineResult<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let types = (left.get_type(schema), right.get_type(schema));
            // A column of an outer query has no type here; the engine will see to it.
            let (Ok(a), Ok(b)) = types else { return same(Expr::BinaryExpr(BinaryExpr { left, op, right })) };
            if is_comparison(op) || op == Operator::StringConcat {
                check(op, (&left, &a), (&right, &b))?;
            }
            let scale = match (op, scale(&a), scale(&b)) {
                // The scale of a quotient is the larger of the two; the engine keeps more digits.
                (Operator::Divide, Some(a), Some(b)) => Some(a.max(b)),
                _ => None,
            };
            let decimal = matches!(a, DataType::Decimal128(..)) || matches!(b, DataType::Decimal128(..));
            let expr = Expr::BinaryExpr(BinaryExpr { left, op, right });
            match scale.filter(|_| decimal) {
                Some(scale) => Ok(Transformed::yes(cast(expr, DataType::Decimal128(38, scale)))),
                None => same(expr),
            }
        }
        Expr::InList(InList { expr, list, negated }) => {
            if let Ok(a) = expr.get_type(schema) {
                for item in &list {
                    if let Ok(b) = item.get_type(schema) {
                        check(Operator::Eq, (&expr, &a), (item, &b))?;
                    }
                }
            }
            same(Expr::InList(InList { expr, list, negated }))
        }
        Expr::Between(between) => {
            if let (Ok(a), Ok(b)) = (between.expr.get_type(schema), between.low.get_type(schema)) {
                check(Operator::LtEq, (&between.expr, &a), (&between.low, &b))?;
            }
            same(Expr::Between(between))
        }
        Expr::Cast(Cast { expr, field }) => conversion(*expr, field, schema, state),
        Expr::ScalarFunction(call) if call.func.name() == "arrow_typeof" && call.args.len() == 1 => {
            match call.args[0].get_type(schema) {
                Ok(kind) => Ok(Transformed::yes(lit(trino_type(&kind)))),
                Err(_) => same(Expr::ScalarFunction(call)),
            }
        }
        other => same(other),
    }
}

fn same(expr: Expr) -> EngineResult<Transformed<Expr>> {
    Ok(Transformed::no(expr))
}

/// A cast to a whole number rounds, and a timestamp is written with a blank and milliseconds.
fn conversion(
    inner: Expr,
    field: datafusion::arrow::datatypes::FieldRef,
    schema: &DFSchema,
    state: &SessionState,
) -> EngineResult<Transformed<Expr>> {
    let from = inner.get_type(schema);
    let again = |inner: Expr| Expr::Cast(Cast { expr: Box::new(inner), field: field.clone() });
    let Ok(from) = from else { return same(again(inner)) };
    match (&from, field.data_type()) {
        (DataType::Float64 | DataType::Float32 | DataType::Decimal128(..), to) if to.is_integer() => {
            Ok(Transformed::yes(again(round(vec![inner]))))
        }
        (DataType::Timestamp(_, None), DataType::Utf8 | DataType::Utf8View) => {
            let Some(function) = state.scalar_functions().get("format_datetime") else { return same(again(inner)) };
            let pattern = lit(ScalarValue::Utf8(Some("yyyy-MM-dd HH:mm:ss.SSS".to_owned())));
            let millis = cast(inner, DataType::Timestamp(datafusion::arrow::datatypes::TimeUnit::Millisecond, None));
            Ok(Transformed::yes(again(function.call(vec![millis, pattern]))))
        }
        _ => same(again(inner)),
    }
}

fn is_comparison(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

/// The scale of a decimal, or of a whole number.
fn scale(data_type: &DataType) -> Option<i8> {
    match data_type {
        DataType::Decimal128(_, scale) => Some(*scale),
        other if other.is_integer() => Some(0),
        _ => None,
    }
}

/// Types of one family can be compared.
fn family(data_type: &DataType) -> Option<&'static str> {
    match data_type {
        DataType::Boolean => Some("boolean"),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Some("moment"),
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => Some("text"),
        other if other.is_numeric() => Some("number"),
        // Intervals, arrays, rows and NULL are left to the engine.
        _ => None,
    }
}

fn check(op: Operator, (left, a): (&Expr, &DataType), (right, b): (&Expr, &DataType)) -> EngineResult<()> {
    let mismatch = match (family(a), family(b)) {
        (Some(a), Some(b)) if op == Operator::StringConcat => a != "text" || b != "text",
        (Some(a), Some(b)) => a != b,
        _ => false,
    };
    if mismatch {
        let (a, b) = (name(left, a), name(right, b));
        return plan_err!("TYPE_MISMATCH: Cannot apply operator: {a} {op} {b}");
    }
    Ok(())
}

/// The type's name; a text literal's with its length.
fn name(expr: &Expr, data_type: &DataType) -> String {
    match expr {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => format!("varchar({})", text.chars().count()),
        _ => trino_type(data_type),
    }
}
