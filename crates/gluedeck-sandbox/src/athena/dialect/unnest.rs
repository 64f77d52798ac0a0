//! CROSS JOIN UNNEST over a column: the engine unnests in a SELECT list only, so the join becomes one.

use super::error::DialectError;
use super::factor::factor;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Join, TableAlias, TableFactor, TableWithJoins, Visit, Visitor};
use std::ops::ControlFlow;

/// Folds every `left CROSS JOIN UNNEST(column) AS t(x)` into `(SELECT *, unnest(column) AS x FROM left) AS left`.
///
/// The unnested columns then belong to the left relation: answers the aliases that no longer name a relation. What
/// cannot be folded is refused by name.
pub(super) fn fold(table: &mut TableWithJoins) -> Result<Vec<String>, DialectError> {
    let mut kept: Vec<Join> = Vec::new();
    let mut aliases = Vec::new();
    for join in std::mem::take(&mut table.joins) {
        let unnest = match &join.relation {
            TableFactor::UNNEST { array_exprs, alias, with_ordinality, .. } if array_exprs.iter().any(names_column) => {
                Some((array_exprs.clone(), alias.clone(), *with_ordinality))
            }
            _ => None,
        };
        match unnest {
            None => kept.push(join),
            Some((arrays, alias, ordinality)) if kept.is_empty() => {
                table.relation = folded(&table.relation, &arrays, alias.as_ref(), ordinality)?;
                aliases.extend(alias.map(|alias| alias.name.value.to_lowercase()));
            }
            Some(_) => {
                return Err(DialectError::not_supported("CROSS JOIN UNNEST after another join; unnest in a subquery"));
            }
        }
    }
    table.joins = kept;
    Ok(aliases)
}

fn folded(
    left: &TableFactor,
    arrays: &[Expr],
    alias: Option<&TableAlias>,
    ordinality: bool,
) -> Result<TableFactor, DialectError> {
    let (TableFactor::Table { alias: left_alias, .. } | TableFactor::Derived { alias: left_alias, .. }) = left else {
        return Err(DialectError::not_supported("CROSS JOIN UNNEST of such a relation"));
    };
    let name = match (left_alias, left) {
        (Some(alias), _) => alias.name.to_string(),
        (None, TableFactor::Table { name, .. }) => name.0.last().map(ToString::to_string).unwrap_or_default(),
        (None, _) => "unnested".to_owned(),
    };
    let names: Vec<Ident> = alias.map(|a| a.columns.iter().map(|c| c.name.clone()).collect()).unwrap_or_default();
    let needed = arrays.len() + usize::from(ordinality);
    if names.len() != needed {
        return Err(DialectError::NotSupported(format!("CROSS JOIN UNNEST needs an alias with {needed} column names")));
    }
    let mut columns: Vec<String> =
        arrays.iter().zip(&names).map(|(array, name)| format!("unnest({array}) AS {name}")).collect();
    if ordinality {
        let place = names.last().map(ToString::to_string).unwrap_or_default();
        columns.push(format!("unnest(generate_series(1, CAST(cardinality({}) AS BIGINT))) AS {place}", arrays[0]));
    }
    // A row without elements has no rows in a cross join.
    let filled: Vec<String> = arrays.iter().map(|array| format!("cardinality({array}) > 0")).collect();
    factor(&format!(
        "SELECT 1 FROM (SELECT *, {} FROM {left} WHERE {}) AS {name}",
        columns.join(", "),
        filled.join(" OR ")
    ))
}

/// Whether the expression depends on a column of what stands to its left.
fn names_column(expr: &Expr) -> bool {
    struct Names;
    impl Visitor for Names {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Identifier(_) | Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    expr.visit(&mut Names).is_break()
}
