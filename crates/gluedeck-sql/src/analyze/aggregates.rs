//! Aggregates and window functions in expressions.

use super::tree;
use crate::error::{Code, Error, Position, Result};
use crate::functions::{self};
use crate::syntax::ast::{Call, Expr, ExprKind, Over, Select, SelectItem, SortItem};

pub(super) fn is_aggregated(select: &Select, order: &[SortItem]) -> bool {
    let has = |expr: &Expr| first_aggregate(expr).is_some();
    select.group_by.is_some()
        || select.having.is_some()
        || select.items.iter().any(|item| matches!(item, SelectItem::Single { value, .. } if has(value)))
        || order.iter().any(|item| has(&item.value))
}

/// The name of the first aggregate in an expression, without those of subqueries.
pub(super) fn first_aggregate(expr: &Expr) -> Option<String> {
    let mut found = Vec::new();
    collect(expr, &mut found);
    found.first().map(|(call, position)| {
        tree::written(&Expr { position: *position, kind: ExprKind::Call(Box::new(call.clone())) })
    })
}

/// The first window function in an expression, and where it stands.
pub(super) fn first_window(expr: &Expr) -> Option<(String, Position)> {
    let found = std::cell::RefCell::new(None);
    tree::map(expr, &|inner| match &inner.kind {
        ExprKind::Call(call) if call.over.is_some() => {
            found.borrow_mut().get_or_insert((tree::written(inner), inner.position));
            Some(inner.clone())
        }
        _ => None,
    });
    found.into_inner()
}

pub(super) fn aggregates(select: &Select, order: &[SortItem]) -> Result<Vec<(Call, Position)>> {
    let mut found = Vec::new();
    for item in &select.items {
        if let SelectItem::Single { value, .. } = item {
            collect(value, &mut found);
        }
    }
    select.having.iter().for_each(|having| collect(having, &mut found));
    order.iter().for_each(|item| collect(&item.value, &mut found));
    for (_, window) in &select.windows {
        window.partition_by.iter().for_each(|expr| collect(expr, &mut found));
        window.order_by.iter().for_each(|item| collect(&item.value, &mut found));
    }
    for (call, position) in &found {
        if let Some((window, _)) = call.arguments.iter().find_map(first_window) {
            let name = call.name.dotted();
            let message = format!("Cannot nest window functions inside aggregation '{name}': [{window}]");
            return Err(Error::at(*position, Code::NestedWindow, message));
        }
        let mut inner = Vec::new();
        call.arguments.iter().for_each(|argument| collect(argument, &mut inner));
        if let Some((nested, _)) = inner.first() {
            let name = call.name.dotted();
            let message = format!(
                "Cannot nest aggregations inside aggregation '{name}': [{}]",
                tree::written(&Expr { position: *position, kind: ExprKind::Call(Box::new(nested.clone())) })
            );
            return Err(Error::at(*position, Code::NestedAggregation, message));
        }
    }
    Ok(found)
}

/// Collects the calls of aggregates that are no windows.
pub(super) fn collect(expr: &Expr, found: &mut Vec<(Call, Position)>) {
    let cell = std::cell::RefCell::new(found);
    tree::map(expr, &|inner| match &inner.kind {
        ExprKind::Call(call) if call.over.is_none() && functions::is_aggregate(&call.name.dotted()) => {
            cell.borrow_mut().push(((**call).clone(), inner.position));
            Some(inner.clone())
        }
        // Those of a lambda are refused where it is read.
        ExprKind::Lambda(..) => Some(inner.clone()),
        ExprKind::Call(call) => {
            if let Some(Over::Window(window)) = &call.over {
                for item in &window.order_by {
                    collect(&item.value, &mut cell.borrow_mut());
                }
                for expr in &window.partition_by {
                    collect(expr, &mut cell.borrow_mut());
                }
                for argument in &call.arguments {
                    collect(argument, &mut cell.borrow_mut());
                }
                return Some(inner.clone());
            }
            None
        }
        _ => None,
    });
}
