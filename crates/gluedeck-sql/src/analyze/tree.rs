//! Expressions as trees: what is in them, and how Trino writes them.

use crate::error::{Code, Error};
use crate::syntax::ast::{Call, Expr, ExprKind, Name, SortItem};

/// A copy of an expression with something done to each part that `change` knows; parts of what it changed are left.
pub(super) fn map(expr: &Expr, change: &dyn Fn(&Expr) -> Option<Expr>) -> Expr {
    if let Some(changed) = change(expr) {
        return changed;
    }
    let one = |inner: &Expr| Box::new(map(inner, change));
    let many = |list: &[Expr]| list.iter().map(|inner| map(inner, change)).collect::<Vec<_>>();
    let kind = match &expr.kind {
        ExprKind::Dereference(base, name) => ExprKind::Dereference(one(base), name.clone()),
        ExprKind::Row(items) => ExprKind::Row(many(items)),
        ExprKind::Array(items) => ExprKind::Array(many(items)),
        ExprKind::Subscript(a, b) => ExprKind::Subscript(one(a), one(b)),
        ExprKind::Negative(a) => ExprKind::Negative(one(a)),
        ExprKind::Positive(a) => ExprKind::Positive(one(a)),
        ExprKind::Arithmetic(op, a, b) => ExprKind::Arithmetic(*op, one(a), one(b)),
        ExprKind::Concat(a, b) => ExprKind::Concat(one(a), one(b)),
        ExprKind::AtTimeZone(a, b) => ExprKind::AtTimeZone(one(a), one(b)),
        ExprKind::Not(a) => ExprKind::Not(one(a)),
        ExprKind::And(items) => ExprKind::And(many(items)),
        ExprKind::Or(items) => ExprKind::Or(many(items)),
        ExprKind::Comparison(op, a, b) => ExprKind::Comparison(*op, one(a), one(b)),
        ExprKind::Quantified { op, quantifier, value, query } => {
            ExprKind::Quantified { op: *op, quantifier: *quantifier, value: one(value), query: query.clone() }
        }
        ExprKind::Between { value, low, high } => {
            ExprKind::Between { value: one(value), low: one(low), high: one(high) }
        }
        ExprKind::InList(value, items) => ExprKind::InList(one(value), many(items)),
        ExprKind::InQuery(value, query) => ExprKind::InQuery(one(value), query.clone()),
        ExprKind::Like { value, pattern, escape } => {
            ExprKind::Like { value: one(value), pattern: one(pattern), escape: escape.as_deref().map(one) }
        }
        ExprKind::IsNull(a) => ExprKind::IsNull(one(a)),
        ExprKind::IsDistinctFrom(a, b) => ExprKind::IsDistinctFrom(one(a), one(b)),
        ExprKind::Call(call) => ExprKind::Call(Box::new(map_call(call, change))),
        ExprKind::Lambda(names, body) => {
            // Its own names hide others.
            let hidden = |inner: &Expr| match &inner.kind {
                ExprKind::Identifier(name) if names.contains(name) => Some(inner.clone()),
                _ => change(inner),
            };
            ExprKind::Lambda(names.clone(), Box::new(map(body, &hidden)))
        }
        ExprKind::Case { operand, branches, otherwise } => ExprKind::Case {
            operand: operand.as_deref().map(one),
            branches: branches.iter().map(|(a, b)| (map(a, change), map(b, change))).collect(),
            otherwise: otherwise.as_deref().map(one),
        },
        ExprKind::Cast { value, ty, safe } => ExprKind::Cast { value: one(value), ty: ty.clone(), safe: *safe },
        ExprKind::Extract(field, value) => ExprKind::Extract(field.clone(), one(value)),
        ExprKind::Grouping(items) => ExprKind::Grouping(many(items)),
        other => other.clone(),
    };
    Expr { position: expr.position, kind }
}

pub(super) fn map_call(call: &Call, change: &dyn Fn(&Expr) -> Option<Expr>) -> Call {
    let sort = |item: &SortItem| SortItem { value: map(&item.value, change), ..item.clone() };
    let mut copy = call.clone();
    copy.arguments = call.arguments.iter().map(|inner| map(inner, change)).collect();
    copy.order_by = call.order_by.iter().map(sort).collect();
    copy.filter = call.filter.as_ref().map(|inner| map(inner, change));
    if let Some(crate::syntax::ast::Over::Window(window)) = &mut copy.over {
        window.partition_by = window.partition_by.iter().map(|inner| map(inner, change)).collect();
        window.order_by = window.order_by.iter().map(sort).collect();
    }
    copy
}

/// The error that an expression of a SELECT is of no group, which Trino tells of the whole expression.
pub(super) fn not_grouped(error: Error, expr: &Expr) -> Error {
    if error.code != Code::ExpressionNotAggregate || error.message.starts_with("Subquery") {
        return error;
    }
    if matches!(expr.kind, ExprKind::Column(_)) {
        return error;
    }
    let message = format!("'{}' must be an aggregate expression or appear in GROUP BY clause", written(expr));
    Error::at(expr.position, Code::ExpressionNotAggregate, message)
}

/// An expression as Trino writes it in messages.
pub(super) fn written(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(written).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Identifier(name) if name.quoted => format!("\"{}\"", name.text),
        ExprKind::Identifier(name) => name.lower(),
        ExprKind::Dereference(base, name) => format!("{}.{}", written(base), name.lower()),
        ExprKind::Null => "null".to_owned(),
        ExprKind::Boolean(value) => value.to_string(),
        ExprKind::Integer(digits) | ExprKind::Double(digits) => digits.clone(),
        ExprKind::Decimal(digits) => format!("DECIMAL '{digits}'"),
        ExprKind::Text(text) => format!("'{}'", text.replace('\'', "''")),
        ExprKind::Typed { type_name, text, .. } => format!("{} '{text}'", type_name.to_uppercase()),
        ExprKind::Call(call) => {
            let distinct = if call.distinct { "DISTINCT " } else { "" };
            let arguments = if call.star { "*".to_owned() } else { list(&call.arguments) };
            format!("{}({distinct}{arguments})", call.name.dotted())
        }
        ExprKind::Arithmetic(op, a, b) => format!("({} {} {})", written(a), op.sign(), written(b)),
        ExprKind::Comparison(op, a, b) => format!("({} {} {})", written(a), op.sign(), written(b)),
        ExprKind::Concat(a, b) => format!("concat({}, {})", written(a), written(b)),
        ExprKind::Negative(value) => format!("-{}", written(value)),
        ExprKind::Positive(value) => written(value),
        ExprKind::Not(value) => format!("(NOT {})", written(value)),
        ExprKind::And(terms) => format!("({})", terms.iter().map(written).collect::<Vec<_>>().join(" AND ")),
        ExprKind::Or(terms) => format!("({})", terms.iter().map(written).collect::<Vec<_>>().join(" OR ")),
        ExprKind::IsNull(value) => format!("({} IS NULL)", written(value)),
        ExprKind::Cast { value, ty, safe } => {
            format!("{}({} AS {})", if *safe { "TRY_CAST" } else { "CAST" }, written(value), ty.text)
        }
        ExprKind::Array(items) => format!("ARRAY[{}]", list(items)),
        ExprKind::Row(items) => format!("ROW ({})", list(items)),
        ExprKind::Subscript(base, index) => format!("{}[{}]", written(base), written(index)),
        ExprKind::InList(value, items) => format!("({} IN ({}))", written(value), list(items)),
        ExprKind::Between { value, low, high } => {
            format!("({} BETWEEN {} AND {})", written(value), written(low), written(high))
        }
        ExprKind::Like { value, pattern, .. } => format!("({} LIKE {})", written(value), written(pattern)),
        _ => "…".to_owned(),
    }
}

/// The names of `a` and `a.b`, if it is no more than that.
pub(super) fn names(expr: &Expr) -> Option<Vec<Name>> {
    match &expr.kind {
        ExprKind::Identifier(name) => Some(vec![name.clone()]),
        ExprKind::Dereference(base, name) => {
            let mut names = names(base)?;
            names.push(name.clone());
            Some(names)
        }
        _ => None,
    }
}
