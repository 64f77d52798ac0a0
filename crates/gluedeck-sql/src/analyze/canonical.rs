//! Expressions made comparable: names become the columns that they mean.

use super::expressions::Builder;
use super::scope::{Field, find};
use super::tree::{map, names, written};
use crate::error::{Code, Error, Position, Result};
use crate::syntax::ast::{Expr, ExprKind, Name, Select, SelectItem, SortItem};

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

/// The columns of a relation of a query around, by their names.
fn outer_items(builder: &Builder<'_, '_>, qualifier: &[Name]) -> Vec<SelectItem> {
    let carried = builder.fields.iter().filter(|field| field.level > 0).cloned();
    let mut scopes = vec![carried.map(|field| Field { level: 0, ..field }).collect::<Vec<_>>()];
    let mut scope = builder.env.outer;
    while let Some(outer) = scope {
        scopes.push(outer.fields.clone());
        scope = outer.parent;
    }
    for fields in &scopes {
        let found = of_relation(fields, qualifier);
        if found.is_empty() {
            continue;
        }
        let item = |name: Name| {
            let mut parts = qualifier.iter().cloned().chain([name.clone()]);
            let first = parts.next().unwrap_or_else(|| name.clone());
            let identifier = Expr { position: name.position, kind: ExprKind::Identifier(first) };
            let value = parts.fold(identifier, |of, part| Expr {
                position: part.position,
                kind: ExprKind::Dereference(Box::new(of), part),
            });
            SelectItem::Single { value, alias: Some(name) }
        };
        let position = qualifier.first().map(|name| name.position).unwrap_or_default();
        let named = |field: &Field| Some(Name { text: field.name.clone()?, quoted: true, position });
        // A column without a name cannot be named; nothing stands for such a relation.
        let names: Option<Vec<Name>> = found.into_iter().map(named).collect();
        return names.unwrap_or_default().into_iter().map(item).collect();
    }
    Vec::new()
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
        let outer =
            if found.is_empty() && !qualifier.is_empty() { outer_items(builder, &qualifier) } else { Vec::new() };
        if columns.is_none() && !outer.is_empty() {
            items.extend(outer);
            continue;
        }
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
