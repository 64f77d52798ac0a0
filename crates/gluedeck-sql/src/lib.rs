//! The SQL of Athena engine version 3: Trino's grammar, types, functions and errors, planned for DataFusion.
//!
//! [`parse`] reads a statement, [`Query::plan`] makes the engine's plan of a query over a [`Catalog`].

mod analyze;
mod error;
mod functions;
mod session;
mod syntax;
mod types;
mod value;

pub use analyze::{Catalog, CatalogEntry, TableColumn};
pub use error::{Code, Error, Position, Result};
pub use functions::is_done;
pub use session::Facts;
pub use syntax::ast;
pub use types::Type;
pub use value::{Value, text};

use datafusion::arrow::array::RecordBatch;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use std::sync::Arc;

/// A query and what it answers.
#[derive(Debug, Clone)]
pub struct Plan {
    pub plan: LogicalPlan,
    /// Names, which unnamed columns have by their place (`_col0`), and types.
    pub columns: Vec<(String, Type)>,
}

/// Reads a query.
///
/// # Errors
/// What Trino's parser says, with the place.
pub fn parse_query(sql: &str) -> Result<ast::Query> {
    let mut parser = syntax::Parser::new(sql)?;
    let query = parser.query()?;
    parser.expect_end()?;
    Ok(query)
}

/// Plans a query.
///
/// # Errors
/// What Trino's analyzer says, with the place.
pub fn plan(query: &ast::Query, catalog: &dyn Catalog, facts: Facts) -> Result<Plan> {
    let planner = analyze::Planner::new(catalog, Arc::new(facts));
    let planned = planner.plan(query)?;
    let mut columns = Vec::new();
    let mut exact = Vec::new();
    for (index, field) in planned.visible().enumerate() {
        let name = field.name.as_ref().map_or_else(|| format!("_col{index}"), |name| name.to_lowercase());
        columns.push((name, field.ty.clone()));
        exact.push(analyze::column(&field.column));
    }
    let plan = analyze::project(planned.plan, exact)?;
    Ok(Plan { plan, columns })
}

/// A session of the engine for plans of this crate.
pub fn session(partitions: usize) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(partitions).with_information_schema(false);
    SessionContext::new_with_config(config)
}

/// The values of a batch's column, which holds a type.
pub fn values(batch: &RecordBatch, column: usize, ty: &Type) -> Vec<Value> {
    let reader = value::Column::of(batch.column(column).as_ref(), ty);
    (0..batch.num_rows()).map(|row| reader.value(row)).collect()
}
