//! Athena's SQL on the engine's parser: what a statement is, and what has to be rewritten before the engine sees it.

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, Query, SelectItem, SetExpr, ShowStatementIn, ShowStatementOptions,
    Statement, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use std::ops::ControlFlow;

/// A statement that parsed.
#[derive(Debug, Clone)]
pub(crate) enum Parsed {
    /// SELECT and the like, rewritten for the engine.
    Query(Box<Statement>),
    Explain(Box<Statement>),
    ShowDatabases,
    /// The database, if it was named.
    ShowTables(Option<String>),
    /// Database, if it was named, and table.
    Describe(Option<String>, String),
    /// Parses, but the sandbox does not do it: the words it begins with.
    Unsupported(String),
}

impl Parsed {
    /// Whether Athena calls it DML, which decides on the header row and the kind of the result object.
    pub(crate) fn is_dml(&self) -> bool {
        matches!(self, Self::Query(_) | Self::Explain(_))
    }

    /// `SubstatementType`.
    pub(crate) fn word(&self) -> &str {
        match self {
            Self::Query(_) => "SELECT",
            Self::Explain(_) => "EXPLAIN",
            Self::ShowDatabases => "SHOW_DATABASES",
            Self::ShowTables(_) => "SHOW_TABLES",
            Self::Describe(..) => "DESCRIBE_TABLE",
            Self::Unsupported(words) => words,
        }
    }
}

/// Parses one statement.
///
/// # Errors
/// The message of Athena's MALFORMED_QUERY refusal, `line L:C: …`.
pub(crate) fn parse(sql: &str) -> Result<Parsed, String> {
    let mut statements =
        Parser::parse_sql(&GenericDialect {}, sql).map_err(|error| malformed(sql, &error.to_string()))?;
    if statements.len() > 1 {
        return Err("Only one sql statement is allowed. Got: ".to_owned() + sql);
    }
    let statement = statements.pop().ok_or("Queries of this type are not supported: the statement is empty")?;
    Ok(classify(statement))
}

fn classify(statement: Statement) -> Parsed {
    match statement {
        Statement::Query(mut query) => {
            name_columns(&mut query);
            Parsed::Query(Box::new(lower_cased(Statement::Query(query))))
        }
        Statement::Explain { .. } => Parsed::Explain(Box::new(lower_cased(statement))),
        Statement::ShowDatabases { .. } | Statement::ShowSchemas { .. } => Parsed::ShowDatabases,
        Statement::ShowTables { show_options: ShowStatementOptions { show_in, .. }, .. } => {
            let named = show_in.and_then(|ShowStatementIn { parent_name, .. }| parent_name);
            Parsed::ShowTables(named.map(|name| last(&name)))
        }
        Statement::ExplainTable { table_name, .. } => {
            let mut parts = table_name.0.iter().map(part).collect::<Vec<_>>();
            let table = parts.pop().unwrap_or_default();
            Parsed::Describe(parts.pop(), table)
        }
        other => {
            let text = other.to_string();
            Parsed::Unsupported(text.split_whitespace().take(2).collect::<Vec<_>>().join("_").to_uppercase())
        }
    }
}

/// Athena names an expression without an alias by its position: `_col0`, `_col1`.
fn name_columns(query: &mut Query) {
    let mut body = query.body.as_mut();
    // The names of a UNION are those of its first branch.
    loop {
        body = match body {
            SetExpr::SetOperation { left, .. } => left.as_mut(),
            SetExpr::Query(query) => query.body.as_mut(),
            other => {
                body = other;
                break;
            }
        };
    }
    let SetExpr::Select(select) = body else { return };
    for (index, item) in select.projection.iter_mut().enumerate() {
        if let SelectItem::UnnamedExpr(expr) = item
            && !matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::CompoundFieldAccess { .. })
        {
            *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::new(format!("_col{index}")) };
        }
    }
}

/// Athena does not tell upper from lower case, not even in quotes.
fn lower_cased(mut statement: Statement) -> Statement {
    let _ = statement.visit(&mut LowerCase);
    statement
}

struct LowerCase;

impl VisitorMut for LowerCase {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        for part in &mut relation.0 {
            if let ObjectNamePart::Identifier(ident) = part {
                ident.value = ident.value.to_lowercase();
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(ident) => ident.value = ident.value.to_lowercase(),
            Expr::CompoundIdentifier(idents) => {
                for ident in idents {
                    ident.value = ident.value.to_lowercase();
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn last(name: &ObjectName) -> String {
    name.0.last().map(part).unwrap_or_default()
}

fn part(part: &ObjectNamePart) -> String {
    part.as_ident().map(|ident| ident.value.to_lowercase()).unwrap_or_default()
}

/// From the parser's `sql parser error: … at Line: 1, Column: 8` to Athena's `line 1:8: …`.
fn malformed(sql: &str, error: &str) -> String {
    let text = error.trim_start_matches("sql parser error: ");
    let Some((what, place)) = text.rsplit_once(" at Line: ") else {
        // The parser gives no place where it wanted more: that is the end.
        let last = sql.lines().last().unwrap_or_default().chars().count() + 1;
        return format!("line {}:{last}: mismatched input '<EOF>'. {text}", sql.lines().count().max(1));
    };
    let place = place.replace(", Column: ", ":");
    format!("line {place}: mismatched input. {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_without_a_name_are_named_by_position() {
        let Ok(Parsed::Query(statement)) = parse("select id, count(*), 7/2 as x, 1 from \"User\" group by id") else {
            panic!("a query");
        };
        assert_eq!(
            statement.to_string(),
            "SELECT id, count(*) AS _col1, 7 / 2 AS x, 1 AS _col3 FROM \"user\" GROUP BY id"
        );
    }

    #[test]
    fn a_statement_that_does_not_parse_says_where() {
        let error = parse("selec 1").expect_err("malformed");
        assert!(error.starts_with("line 1:1: mismatched input"), "{error}");
        let error = parse("select 1\n from (").expect_err("malformed");
        assert!(error.starts_with("line 2:"), "{error}");
        assert!(parse("").is_err());
        assert!(parse("select 1; select 2").is_err());
    }

    #[test]
    fn utility_statements_are_told_apart() {
        assert!(matches!(parse("SHOW DATABASES"), Ok(Parsed::ShowDatabases)));
        assert!(
            matches!(parse("show tables in Data_Quality"), Ok(Parsed::ShowTables(Some(db))) if db == "data_quality")
        );
        assert!(
            matches!(parse("describe data_quality.job_runs"), Ok(Parsed::Describe(Some(_), table)) if table == "job_runs")
        );
        assert!(matches!(parse("drop table x"), Ok(Parsed::Unsupported(words)) if words == "DROP_TABLE"));
    }
}
