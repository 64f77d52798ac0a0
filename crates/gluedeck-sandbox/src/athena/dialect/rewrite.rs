//! From Athena's SELECT to the engine's: names, functions, samples, hidden columns, views.

use super::error::DialectError;
use super::factor::factor;
use super::{Select, TableName, functions, table_name, unnest};
use crate::athena::results::TWIN;
use datafusion::sql::sqlparser::ast::{
    DataType, ExceptSelectItem, Expr, Ident, LimitClause, ObjectName, ObjectNamePart, Query, SelectItem, SetExpr,
    Statement, TableAlias, TableFactor, TableSampleKind, VisitMut, VisitorMut, WildcardAdditionalOptions,
};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The hidden column that holds the S3 path of a row's file.
const PATH: &str = "$path";

/// Rewrites a query.
///
/// # Errors
/// The message of Athena's NOT_SUPPORTED failure, if the query holds what cannot be put in the engine's words.
pub(super) fn select(mut statement: Statement) -> Result<Select, DialectError> {
    let mut relations = Relations(BTreeSet::new());
    let _ = statement.visit(&mut relations);
    let relations = relations.0;
    if let Statement::Query(query) = &mut statement {
        name_columns(query, &relations);
    }
    let mut rewrite = Rewrite { path: false, unnested: Vec::new(), relations };
    if let ControlFlow::Break(error) = statement.visit(&mut rewrite) {
        return Err(error);
    }
    if rewrite.path {
        let _ = statement.visit(&mut HidePath);
    }
    Ok(Select { statement: Box::new(statement), path: rewrite.path })
}

/// Athena names an expression without an alias by its position: `_col0`, `_col1`.
fn name_columns(query: &mut Query, relations: &BTreeSet<String>) {
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
    let mut names = BTreeSet::new();
    for (index, item) in select.projection.iter_mut().enumerate() {
        let (expr, name) = match item {
            SelectItem::ExprWithAlias { expr, alias } => (expr.clone(), alias.value.clone()),
            SelectItem::UnnamedExpr(expr) => match &*expr {
                Expr::Identifier(ident) => (expr.clone(), ident.value.to_lowercase()),
                Expr::CompoundIdentifier(parts) => {
                    let name = parts.last().map(|part| part.value.to_lowercase()).unwrap_or_default();
                    if is_field(parts, relations) {
                        *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: quoted(&name) };
                        names.insert(name);
                        continue;
                    }
                    (expr.clone(), name)
                }
                _ => {
                    let name = format!("_col{index}");
                    *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::new(&name) };
                    names.insert(name);
                    continue;
                }
            },
            _ => continue,
        };
        // Athena lets two columns have one name; the engine gets another one, of which only the first part is shown.
        if !names.insert(name.clone()) {
            *item = SelectItem::ExprWithAlias { expr, alias: quoted(&format!("{name}{TWIN}{index}")) };
        }
    }
}

fn quoted(name: &str) -> Ident {
    Ident::with_quote('"', name)
}

/// Whether `a.b` means field `b` of a column, not column `b` of a relation.
fn is_field(parts: &[Ident], relations: &BTreeSet<String>) -> bool {
    let depth = parts.iter().take_while(|part| relations.contains(&part.value.to_lowercase())).count();
    // A relation may be named with its database before it.
    depth == 0 && parts.len() == 2
        || depth == 1 && parts.len() == 3 && !relations.contains(&parts[1].value.to_lowercase())
}

/// The names and aliases of everything in FROM.
struct Relations(BTreeSet<String>);

impl VisitorMut for Relations {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let (name, alias) = match factor {
            TableFactor::Table { name, alias, .. } => (Some(table_name(name).name), alias.as_ref()),
            TableFactor::Derived { alias, .. } | TableFactor::UNNEST { alias, .. } => (None, alias.as_ref()),
            _ => (None, None),
        };
        self.0.extend(name);
        self.0.extend(alias.map(|alias| alias.name.value.to_lowercase()));
        ControlFlow::Continue(())
    }
}

struct Rewrite {
    path: bool,
    /// Aliases whose columns now belong to the relation on their left.
    unnested: Vec<String>,
    /// What columns can be qualified with.
    relations: BTreeSet<String>,
}

impl VisitorMut for Rewrite {
    type Break = DialectError;

    /// Athena does not tell upper from lower case, not even in quotes.
    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<DialectError> {
        for part in &mut relation.0 {
            if let ObjectNamePart::Identifier(ident) = part {
                ident.value = ident.value.to_lowercase();
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut datafusion::sql::sqlparser::ast::Select) -> ControlFlow<DialectError> {
        for table in &mut select.from {
            match unnest::fold(table) {
                Ok(aliases) => self.unnested.extend(aliases),
                Err(error) => return ControlFlow::Break(error),
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<DialectError> {
        let Some(fetch) = query.fetch.take() else { return ControlFlow::Continue(()) };
        match &mut query.limit_clause {
            Some(LimitClause::LimitOffset { limit: limit @ None, .. }) => *limit = fetch.quantity,
            None => {
                let limit = fetch.quantity;
                query.limit_clause = Some(LimitClause::LimitOffset { limit, offset: None, limit_by: Vec::new() });
            }
            Some(_) => return ControlFlow::Break(DialectError::TwoLimits),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<DialectError> {
        if let TableFactor::Table { name, alias, sample: Some(sample), .. } = factor {
            match sampled(name, alias.as_ref(), sample) {
                Ok(replacement) => *factor = replacement,
                Err(error) => return ControlFlow::Break(error),
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<DialectError> {
        match expr {
            Expr::Identifier(ident) => {
                ident.value = ident.value.to_lowercase();
                self.path |= ident.value == PATH;
            }
            Expr::CompoundIdentifier(idents) => {
                for ident in idents.iter_mut() {
                    ident.value = ident.value.to_lowercase();
                }
                self.path |= idents.last().is_some_and(|ident| ident.value == PATH);
                if let [alias, column] = idents.as_slice()
                    && self.unnested.contains(&alias.value)
                {
                    *expr = Expr::Identifier(column.clone());
                } else if is_field(idents, &self.relations)
                    && let Some((field, column)) = idents.split_last()
                {
                    let column: Vec<String> = column.iter().map(|part| format!("\"{}\"", part.value)).collect();
                    let text = format!("{}['{}']", column.join("."), field.value.replace('\'', "''"));
                    return self.replace(expr, &text);
                }
            }
            // Only such a number is a double; the others with a point are decimals.
            Expr::Value(value) => {
                let number = value.to_string();
                if number.starts_with(|c: char| c.is_ascii_digit()) && number.contains(['e', 'E']) {
                    return self.replace(expr, &format!("CAST('{number}' AS DOUBLE)"));
                }
            }
            Expr::Cast { data_type, .. } => to_milliseconds(data_type),
            Expr::TypedString(typed) => to_milliseconds(&mut typed.data_type),
            // Sunday is 7 here, and 0 in the engine.
            Expr::Extract { field, expr: of, .. }
                if matches!(field.to_string().to_lowercase().as_str(), "dow" | "day_of_week") =>
            {
                let text = format!("day_of_week({of})");
                return self.replace(expr, &text);
            }
            Expr::Function(function) => match functions::translate(function) {
                Ok(Some(translated)) => *expr = translated,
                Ok(None) => {}
                Err(error) => return ControlFlow::Break(error),
            },
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Athena's timestamps have milliseconds (docs/aws-facts.md). The engine's own nanoseconds would end in 2262.
fn to_milliseconds(data_type: &mut DataType) {
    if let DataType::Timestamp(precision @ None, _) = data_type {
        *precision = Some(3);
    }
}

impl Rewrite {
    fn replace(&self, expr: &mut Expr, text: &str) -> ControlFlow<DialectError> {
        match functions::expression(text) {
            Ok(new) => {
                *expr = new;
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// The engine takes TABLESAMPLE and ignores it; a share of the rows by chance is what it means.
fn sampled(
    name: &ObjectName,
    alias: Option<&TableAlias>,
    sample: &TableSampleKind,
) -> Result<TableFactor, DialectError> {
    let (TableSampleKind::BeforeTableAlias(sample) | TableSampleKind::AfterTableAlias(sample)) = sample;
    let quantity =
        sample.quantity.as_ref().ok_or_else(|| DialectError::not_supported("TABLESAMPLE without a percentage"))?;
    let base = table_name(name).name;
    let alias = alias.map_or_else(|| format!("\"{base}\""), |alias| alias.name.to_string());
    let sql = format!("SELECT 1 FROM (SELECT * FROM {name} WHERE random() < ({}) / 100.0) AS {alias}", quantity.value);
    factor(&sql)
}

/// With the hidden column among a table's columns, `*` must go on to mean all others.
struct HidePath;

impl VisitorMut for HidePath {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut datafusion::sql::sqlparser::ast::Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) = item
                && options.opt_except.is_none()
            {
                let hidden = Ident::with_quote('"', PATH);
                let opt_except = Some(ExceptSelectItem { first_element: hidden, additional_elements: Vec::new() });
                *options = WildcardAdditionalOptions { opt_except, ..options.clone() };
            }
        }
        ControlFlow::Continue(())
    }
}

/// Puts the query of a view where the view is named; a view may name views, not too deep.
///
/// # Errors
/// If a view's own SQL does not parse any more.
pub(in crate::athena) fn expand_views(
    statement: &mut Statement,
    view: &dyn Fn(&TableName) -> Option<String>,
) -> Result<(), DialectError> {
    for _ in 0..16 {
        let mut expand = Expand { view, found: false };
        if let ControlFlow::Break(error) = statement.visit(&mut expand) {
            return Err(error);
        }
        if !expand.found {
            return Ok(());
        }
    }
    Err(DialectError::TooDeep)
}

struct Expand<'a> {
    view: &'a dyn Fn(&TableName) -> Option<String>,
    found: bool,
}

impl VisitorMut for Expand<'_> {
    type Break = DialectError;

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<DialectError> {
        let TableFactor::Table { name, alias, args: None, .. } = table else { return ControlFlow::Continue(()) };
        let named = table_name(name);
        let Some(sql) = (self.view)(&named) else { return ControlFlow::Continue(()) };
        self.found = true;
        let alias = alias.as_ref().map_or_else(|| format!("\"{}\"", named.name), ToString::to_string);
        let query = match super::parse(&sql) {
            Ok(super::Parsed::Query(query)) => query.statement.to_string(),
            Ok(_) => return ControlFlow::Break(DialectError::NoQuery(named.name)),
            Err(error) => {
                return ControlFlow::Break(DialectError::View { name: named.name.clone(), error: Box::new(error) });
            }
        };
        match factor(&format!("SELECT 1 FROM ({query}) AS {alias}")) {
            Ok(derived) => *table = derived,
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}
