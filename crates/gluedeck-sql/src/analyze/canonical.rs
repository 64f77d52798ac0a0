//! Expressions made comparable: names become the columns that they mean.

use super::expressions::{Builder, names};
use super::scope::{Field, find};
use crate::error::{Code, Error, Result};
use crate::syntax::ast::{Call, Expr, Kind, Name, Select, SelectItem, SortItem};

/// A copy of an expression with something done to each part that `change` knows; parts of what it changed are left.
pub(super) fn map(expr: &Expr, change: &dyn Fn(&Expr) -> Option<Expr>) -> Expr {
    if let Some(changed) = change(expr) {
        return changed;
    }
    let one = |inner: &Expr| Box::new(map(inner, change));
    let many = |list: &[Expr]| list.iter().map(|inner| map(inner, change)).collect::<Vec<_>>();
    let kind = match &expr.kind {
        Kind::Dereference(base, name) => Kind::Dereference(one(base), name.clone()),
        Kind::Row(items) => Kind::Row(many(items)),
        Kind::Array(items) => Kind::Array(many(items)),
        Kind::Subscript(a, b) => Kind::Subscript(one(a), one(b)),
        Kind::Negative(a) => Kind::Negative(one(a)),
        Kind::Positive(a) => Kind::Positive(one(a)),
        Kind::Arithmetic(op, a, b) => Kind::Arithmetic(*op, one(a), one(b)),
        Kind::Concat(a, b) => Kind::Concat(one(a), one(b)),
        Kind::AtTimeZone(a, b) => Kind::AtTimeZone(one(a), one(b)),
        Kind::Not(a) => Kind::Not(one(a)),
        Kind::And(items) => Kind::And(many(items)),
        Kind::Or(items) => Kind::Or(many(items)),
        Kind::Comparison(op, a, b) => Kind::Comparison(*op, one(a), one(b)),
        Kind::Quantified { op, quantifier, value, query } => {
            Kind::Quantified { op: *op, quantifier: *quantifier, value: one(value), query: query.clone() }
        }
        Kind::Between { value, low, high } => Kind::Between { value: one(value), low: one(low), high: one(high) },
        Kind::InList(value, items) => Kind::InList(one(value), many(items)),
        Kind::InQuery(value, query) => Kind::InQuery(one(value), query.clone()),
        Kind::Like { value, pattern, escape } => {
            Kind::Like { value: one(value), pattern: one(pattern), escape: escape.as_deref().map(one) }
        }
        Kind::IsNull(a) => Kind::IsNull(one(a)),
        Kind::IsDistinctFrom(a, b) => Kind::IsDistinctFrom(one(a), one(b)),
        Kind::Call(call) => Kind::Call(Box::new(map_call(call, change))),
        Kind::Lambda(names, body) => {
            // Its own names hide others.
            let hidden = |inner: &Expr| match &inner.kind {
                Kind::Identifier(name) if names.contains(name) => Some(inner.clone()),
                _ => change(inner),
            };
            Kind::Lambda(names.clone(), Box::new(map(body, &hidden)))
        }
        Kind::Case { operand, branches, otherwise } => Kind::Case {
            operand: operand.as_deref().map(one),
            branches: branches.iter().map(|(a, b)| (map(a, change), map(b, change))).collect(),
            otherwise: otherwise.as_deref().map(one),
        },
        Kind::Cast { value, ty, safe } => Kind::Cast { value: one(value), ty: ty.clone(), safe: *safe },
        Kind::Extract(field, value) => Kind::Extract(field.clone(), one(value)),
        Kind::Grouping(items) => Kind::Grouping(many(items)),
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
        let name = Name { text: field.column, quoted: true, position: inner.position };
        Some(Expr { position: inner.position, kind: Kind::Identifier(name) })
    })
}

/// A sort key with what the names of the SELECT's items stand for.
pub(super) fn with_aliases(item: &SortItem, aliases: &[(Name, Expr)]) -> SortItem {
    let value = map(&item.value, &|inner| match &inner.kind {
        Kind::Identifier(name) => {
            let (_, value) = aliases.iter().find(|(alias, _)| alias == name)?;
            Some(Expr { position: inner.position, kind: value.kind.clone() })
        }
        Kind::Integer(_) => Some(inner.clone()),
        _ => None,
    });
    // A number that a name stands for is no position.
    let value = match (&item.value.kind, &value.kind) {
        (Kind::Identifier(_), Kind::Integer(_)) => Expr { position: value.position, kind: Kind::Positive(Box::new(value)) },
        _ => value,
    };
    SortItem { value, ..item.clone() }
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
        let of_relation = |field: &&Field| {
            field.level == 0
                && !field.hidden
                && qualifier.len() <= field.qualifier.len()
                && field.qualifier[field.qualifier.len() - qualifier.len()..].iter().zip(&qualifier).all(|(a, b)| b.is(a))
        };
        let found: Vec<&Field> = builder.fields.iter().filter(of_relation).collect();
        if found.is_empty() {
            if of.is_some() && builder.fields.iter().any(|field| field.name.as_ref().is_some_and(|name| qualifier[0].is(name))) {
                items.push(item.clone());
                continue;
            }
            return Err(match of {
                None => Error::at(*position, Code::ColumnNotFound, "SELECT * not allowed in queries without FROM clause"),
                Some(of) => {
                    let message = format!("Unable to resolve reference {}", written(of));
                    Error::at(of.position, Code::InvalidColumnReference, message)
                }
            });
        }
        if let Some(columns) = columns.as_ref().filter(|columns| columns.len() != found.len()) {
            let message = format!("Column alias list has {} entries but '{}' has {} columns", columns.len(), qualifier.last().map(Name::lower).unwrap_or_default(), found.len());
            return Err(Error::at(*position, Code::MismatchedColumnAliases, message));
        }
        for (index, field) in found.into_iter().enumerate() {
            let exact = Name { text: field.column.clone(), quoted: true, position: *position };
            let value = Expr { position: *position, kind: Kind::Identifier(exact) };
            let named = |text: String| Name { text, quoted: true, position: *position };
            let alias = match columns {
                Some(columns) => Some(columns[index].clone()),
                None => Some(named(field.name.clone().unwrap_or_default())),
            };
            items.push(SelectItem::Single { value, alias });
        }
    }
    Ok(Select { items, ..select.clone() })
}

/// An expression as Trino writes it in messages; only names are written out.
pub(super) fn written(expr: &Expr) -> String {
    match &expr.kind {
        Kind::Identifier(name) if name.quoted => format!("\"{}\"", name.text),
        Kind::Identifier(name) => name.lower(),
        Kind::Dereference(base, name) => format!("{}.{}", written(base), name.lower()),
        Kind::Integer(digits) | Kind::Decimal(digits) | Kind::Double(digits) => digits.clone(),
        Kind::Text(text) => format!("'{text}'"),
        Kind::Call(call) => {
            let arguments: Vec<String> = call.arguments.iter().map(written).collect();
            let star = if call.star { "*".to_owned() } else { arguments.join(", ") };
            format!("{}({star})", call.name.dotted())
        }
        Kind::Arithmetic(op, a, b) => format!("({} {} {})", written(a), op.sign(), written(b)),
        Kind::Comparison(op, a, b) => format!("({} {} {})", written(a), op.sign(), written(b)),
        _ => "…".to_owned(),
    }
}
