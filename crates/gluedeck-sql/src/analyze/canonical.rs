//! Expressions made comparable: names become the columns that they mean.

use super::expressions::{Builder, names};
use super::scope::{Field, find};
use crate::error::{Code, Error, Position, Result};
use crate::syntax::ast::{Call, Expr, ExprKind, Name, Select, SelectItem, SortItem};

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

fn map_call(call: &Call, change: &dyn Fn(&Expr) -> Option<Expr>) -> Call {
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

/// Each name as the column that it means.
pub(super) fn resolved(expr: &Expr, fields: &[Field]) -> Expr {
    map(expr, &|inner| {
        let mut parts = names(inner)?;
        let name = parts.pop()?;
        let field = find(fields, &parts, &name).ok().flatten()?;
        Some(Expr { position: inner.position, kind: ExprKind::Column(field.column) })
    })
}

/// A sort key with what the names of the SELECT's items stand for.
pub(super) fn with_aliases(item: &SortItem, aliases: &[(Name, Expr)]) -> Result<SortItem> {
    if let ExprKind::Identifier(name) = &item.value.kind {
        let mut same = aliases.iter().filter(|(alias, _)| alias == name);
        if let (Some((_, first)), Some((_, second))) = (same.next(), same.next())
            && first != second
        {
            let message = format!("Column '{}' is ambiguous", name.text);
            return Err(Error::at(item.value.position, Code::AmbiguousName, message));
        }
    }
    let value = map(&item.value, &|inner| match &inner.kind {
        ExprKind::Identifier(name) => {
            let (_, value) = aliases.iter().find(|(alias, _)| alias == name)?;
            Some(Expr { position: inner.position, kind: value.kind.clone() })
        }
        ExprKind::Integer(_) => Some(inner.clone()),
        _ => None,
    });
    // A number that a name stands for is no position.
    let value = match (&item.value.kind, &value.kind) {
        (ExprKind::Identifier(_), ExprKind::Integer(_)) => {
            Expr { position: value.position, kind: ExprKind::Positive(Box::new(value)) }
        }
        _ => value,
    };
    Ok(SortItem { value, ..item.clone() })
}

/// The columns of a relation, or of all, that `*` shows.
fn of_relation<'f>(fields: &'f [Field], qualifier: &[Name]) -> Vec<&'f Field> {
    let named = |field: &&Field| {
        let own = &field.qualifier;
        field.level == 0
            && !field.hidden
            && qualifier.len() <= own.len()
            && own[own.len() - qualifier.len()..].iter().zip(qualifier).all(|(a, b)| b.is(a))
    };
    fields.iter().filter(named).collect()
}

/// The error that there is nothing for a `*`.
fn no_relation(of: Option<&Expr>, position: Position) -> Error {
    match of {
        None => Error::at(position, Code::ColumnNotFound, "SELECT * not allowed in queries without FROM clause"),
        Some(of) => {
            let message = format!("Unable to resolve reference {}", written(of));
            Error::at(of.position, Code::InvalidColumnReference, message)
        }
    }
}

/// A SELECT with the columns of its `*` written out.
pub(super) fn expanded(select: &Select, builder: &Builder<'_, '_>) -> Result<Select> {
    let mut items = Vec::new();
    for item in &select.items {
        let SelectItem::All { of, columns, position } = item else {
            items.push(item.clone());
            continue;
        };
        let qualifier = match of {
            None => Vec::new(),
            Some(of) => match names(of) {
                Some(qualifier) => qualifier,
                None => {
                    items.push(item.clone());
                    continue;
                }
            },
        };
        let found = of_relation(&builder.fields, &qualifier);
        if found.is_empty() {
            if let Some((name, relation)) = qualifier.split_last()
                && find(&builder.fields, relation, name)?.is_some()
            {
                // All fields of a row.
                items.push(item.clone());
                continue;
            }
            return Err(no_relation(of.as_ref(), *position));
        }
        if let Some(columns) = columns.as_ref().filter(|columns| columns.len() != found.len()) {
            let message =
                format!("Column alias list has {} entries but relation has {} columns", columns.len(), found.len());
            let position = columns.first().map_or(*position, |name| name.position);
            return Err(Error::at(position, Code::MismatchedColumnAliases, message));
        }
        for (index, field) in found.into_iter().enumerate() {
            let value = Expr { position: *position, kind: ExprKind::Column(field.column.clone()) };
            let named = |text: String| Name { text, quoted: true, position: *position };
            let alias = match columns {
                Some(columns) => Some(columns[index].clone()),
                None => field.name.clone().map(named),
            };
            items.push(SelectItem::Single { value, alias });
        }
    }
    Ok(Select { items, ..select.clone() })
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
