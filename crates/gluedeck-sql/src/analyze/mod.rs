//! From the tree of a query to the engine's plan, with Trino's names, types and errors settled on the way.

mod aggregates;
mod calls;
mod canonical;
mod conversions;
mod expressions;
mod frames;
mod group_scope;
mod grouping;

mod joins;
mod json;
mod lambdas;
mod lateral;
mod literals;
mod operators;
mod ordering;
mod recursive;
mod references;
mod relations;
mod scope;
mod select;
mod sets;
mod subqueries;
mod tree;
mod unnest;
mod values;
mod windows;

pub(crate) use scope::{Env, RelationPlan};

use crate::error::{Code, Error, Result};
use crate::session::Facts;
use crate::syntax::ast::{QualifiedName, Query};
use crate::types::Type;
use datafusion::catalog::TableProvider;
use datafusion::common::{JoinType, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan};
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableColumn {
    pub name: String,
    pub ty: Type,
    /// Not among the columns of `*`: `"$path"`.
    pub hidden: bool,
}

/// What a name of the catalog stands for.
#[derive(Debug, Clone)]
pub enum CatalogEntry {
    /// Rows; the provider's columns stand in the order of `columns` and hold their types as [`Type::arrow`] says.
    Table { provider: Arc<dyn TableProvider>, columns: Vec<TableColumn> },
    /// A query, in the database that its names without one are in.
    View { sql: String, database: String },
}

/// Where tables come from.
pub trait Catalog: fmt::Debug + Send + Sync {
    /// A table or view of a database, by lower-case names.
    ///
    /// # Errors
    /// Why a table that is there cannot be read.
    fn find(&self, database: &str, name: &str) -> Result<Option<CatalogEntry>>;

    fn has_database(&self, name: &str) -> bool;
}

/// An expression whose type is known.
#[derive(Debug, Clone)]
pub(crate) struct TypedExpr {
    pub(crate) expr: Expr,
    pub(crate) ty: Type,
}

/// The name of the one catalog (Athena's documentation: the Glue Data Catalog).
pub(crate) const CATALOG: &str = "awsdatacatalog";

/// Plans one statement.
#[derive(Debug)]
pub(crate) struct Planner<'a> {
    pub(crate) catalog: &'a dyn Catalog,
    pub(crate) facts: Arc<Facts>,
    next: Cell<usize>,
    /// The views that are being read, outermost first.
    views: std::cell::RefCell<Vec<String>>,
}

impl<'a> Planner<'a> {
    pub(crate) fn new(catalog: &'a dyn Catalog, facts: Arc<Facts>) -> Self {
        Self { catalog, facts, next: Cell::new(0), views: Default::default() }
    }

    /// A column name that nothing else has.
    pub(crate) fn fresh(&self) -> String {
        let number = self.next.get();
        self.next.set(number + 1);
        format!("c{number}")
    }

    /// Plans a whole query.
    pub(crate) fn plan(&self, query: &Query) -> Result<RelationPlan> {
        self.query(query, &Env::default(), None)
    }

    /// Database and name of a table, and its name with both.
    fn table_name(&self, name: &QualifiedName) -> Result<(String, String)> {
        let parts: Vec<String> = name.0.iter().map(|part| part.lower()).collect();
        match parts.as_slice() {
            [table] => Ok((self.facts.database.clone(), table.clone())),
            [database, table] => Ok((database.clone(), table.clone())),
            [catalog, database, table] if catalog == CATALOG => Ok((database.clone(), table.clone())),
            [catalog, _, _] => {
                Err(Error::at(name.position(), Code::CatalogNotFound, format!("Catalog '{catalog}' does not exist")))
            }
            _ => Err(Error::at(
                name.position(),
                Code::SyntaxError,
                format!("Too many dots in table name: {}", name.dotted()),
            )),
        }
    }
}

/// What the engine says of a plan that it should have taken is a fault of this program.
pub(crate) fn internal(error: DataFusionError) -> Error {
    Error::from_engine(&error)
}

pub(crate) fn column(name: &str) -> Expr {
    Expr::Column(datafusion::common::Column::new_unqualified(name))
}

/// Joins rows whose columns are the same, where NULL is the same as NULL. The engine's own setting for that will not do: a
/// condition that it makes a key of the join later would hold for NULLs, too.
pub(crate) fn join_same(
    left: LogicalPlan,
    right: LogicalPlan,
    kind: JoinType,
    keys: &[(String, String)],
) -> Result<LogicalPlan> {
    use datafusion::logical_expr::LogicalPlanBuilder;
    let (mut left_keys, mut right_keys): (Vec<Expr>, Vec<Expr>) = Default::default();
    for (own, other) in keys {
        let ty = left.schema().field_with_unqualified_name(own).map_err(internal)?.data_type();
        let default = ScalarValue::new_default(ty).map_err(internal)?;
        for (name, keys) in [(own, &mut left_keys), (other, &mut right_keys)] {
            let value = datafusion::functions::core::coalesce();
            keys.push(value.call(vec![column(name), Expr::Literal(default.clone(), None)]));
            keys.push(column(name).is_null());
        }
    }
    let builder = LogicalPlanBuilder::from(left).join_with_expr_keys(right, kind, (left_keys, right_keys), None);
    builder.and_then(LogicalPlanBuilder::build).map_err(internal)
}

/// A plan with other columns.
pub(crate) fn project(plan: LogicalPlan, columns: Vec<Expr>) -> Result<LogicalPlan> {
    use datafusion::logical_expr::LogicalPlanBuilder;
    LogicalPlanBuilder::from(plan).project(columns).and_then(LogicalPlanBuilder::build).map_err(internal)
}
