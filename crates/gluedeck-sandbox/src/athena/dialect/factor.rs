//! Relations that are made from text.

use super::error::DialectError;
use datafusion::sql::sqlparser::ast::{SetExpr, Statement, TableFactor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

/// The one relation of a SELECT.
pub(super) fn factor(sql: &str) -> Result<TableFactor, DialectError> {
    let refused = || DialectError::not_supported(sql);
    let statements = Parser::parse_sql(&GenericDialect {}, sql).map_err(|_| refused())?;
    match statements.into_iter().next() {
        Some(Statement::Query(query)) => match *query.body {
            SetExpr::Select(select) => select.from.into_iter().next().map(|table| table.relation).ok_or_else(refused),
            _ => Err(refused()),
        },
        _ => Err(refused()),
    }
}
