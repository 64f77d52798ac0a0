//! The SQL of Athena engine version 3: Trino's grammar, types, functions and errors, planned for DataFusion.
//!
//! [`parse`] reads a statement, [`plan`] makes the engine's plan of a query over a [`Catalog`].

mod analyze;
mod error;
mod functions;
mod line_pattern;
mod optimizer;
mod session;
mod syntax;
mod types;
mod value;

pub use analyze::{Catalog, CatalogEntry, TableColumn};
pub use error::{Code, Error, Position, Result};
pub use functions::is_done;
pub use line_pattern::LinePattern;
pub use session::Facts;
pub use syntax::ast;
pub use syntax::statement::Statement;
pub use syntax::table_ast::{
    HiveColumn, NewDatabase, NewPartition, NewTable, PartitionSpec, Properties, RowFormat, StoredAs, TableChange,
    TableName,
};
pub use types::Type;
pub use value::{Value, text};

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::error::ArrowError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::prelude::{SessionConfig, SessionContext};
use std::sync::Arc;

/// A query and what it answers.
#[derive(Debug, Clone)]
pub struct Plan {
    pub plan: LogicalPlan,
    /// Names, which unnamed columns have by their place (`_col0`), and types.
    pub columns: Vec<(String, Type)>,
    /// Places of the columns that have no name but their place's.
    pub unnamed: Vec<usize>,
}

impl Plan {
    /// The same rows with every column cast to a type.
    ///
    /// # Errors
    /// If there is no such cast.
    pub fn cast(self, types: &[Type], facts: &Arc<Facts>) -> Result<Self> {
        let (mut exact, mut columns) = (Vec::new(), Vec::new());
        let fields: Vec<_> = self.plan.schema().columns();
        for ((field, (name, from)), to) in fields.into_iter().zip(self.columns).zip(types) {
            let column = analyze::TypedExpr { expr: Expr::Column(field.clone()), ty: from.clone() };
            let cast = functions::cast(column, to, false, facts)
                .ok_or_else(|| Error::of_value(Code::TypeMismatch, format!("Cannot cast {from} to {to}")))?;
            exact.push(cast.expr.alias(field.name));
            columns.push((name, to.clone()));
        }
        Ok(Self { plan: analyze::project(self.plan, exact)?, columns, unnamed: self.unnamed })
    }
}

/// Whether values of a type are taken where another is wanted, without a cast.
pub fn is_assignable(from: &Type, to: &Type) -> bool {
    from == to || types::turns_into(from, to)
}

/// The array of a type's values, as [`Type::arrow`] says.
///
/// # Errors
/// If a value is none of the type.
pub fn array(values: Vec<Value>, ty: &Type) -> std::result::Result<ArrayRef, ArrowError> {
    value::array_of(values, ty)
}

/// The value that a text file has written of a type that is not nested; None if it is none.
pub fn plain_value(text: &str, ty: &Type) -> Option<Value> {
    functions::plain_value(text, ty)
}

/// The value of `timestamp with time zone` in UTC.
pub fn utc_moment(millis: i64) -> Value {
    Value::Zoned { picos: i128::from(millis) * value::time::PICOS_PER_MILLI, zone: value::zone::Zone::UTC }
}

/// Names of the functions that are done, in their order.
pub fn function_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = gluedeck_core::analysis::sql::functions::all().iter().map(|f| f.name).collect();
    names.retain(|name| is_done(name) == Some(true));
    names.sort_unstable();
    names
}

/// Reads a statement.
///
/// # Errors
/// Why the service refuses it, with the place.
pub fn parse(sql: &str) -> Result<Statement> {
    syntax::statements::statement(sql)
}

/// Puts values in place of the `?` of a statement.
///
/// # Errors
/// If there are fewer or more values than places.
pub fn fill(sql: &str, parameters: &[String]) -> Result<String> {
    syntax::statements::fill(sql, parameters)
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

/// Reads an expression alone.
///
/// # Errors
/// What Trino's parser says, with the place.
pub fn parse_expression(sql: &str) -> Result<ast::Expr> {
    let mut parser = syntax::Parser::new(sql)?;
    let expression = parser.expression()?;
    parser.expect_end()?;
    Ok(expression)
}

/// Plans a query.
///
/// # Errors
/// What Trino's analyzer says, with the place.
pub fn plan(query: &ast::Query, catalog: &dyn Catalog, facts: Facts) -> Result<Plan> {
    let planner = analyze::Planner::new(catalog, Arc::new(facts));
    let planned = planner.plan(query)?;
    let (mut columns, mut exact, mut unnamed) = (Vec::new(), Vec::new(), Vec::new());
    for (index, field) in planned.visible().enumerate() {
        let name = field.name.as_ref().map_or_else(|| format!("_col{index}"), |name| name.to_lowercase());
        columns.push((name, field.ty.clone()));
        unnamed.extend(field.name.is_none().then_some(index));
        exact.push(analyze::column(&field.column));
    }
    let plan = analyze::project(planned.plan, exact)?;
    Ok(Plan { plan, columns, unnamed })
}

/// A session of the engine for plans of this crate, which runs them in so many parts and holds at most so many bytes.
///
/// # Errors
/// If the engine cannot be set up.
pub fn session(partitions: usize, memory: Option<usize>) -> datafusion::error::Result<SessionContext> {
    let config = SessionConfig::new().with_target_partitions(partitions).with_information_schema(false);
    let runtime = RuntimeEnvBuilder::new();
    let runtime = if let Some(most) = memory { runtime.with_memory_limit(most, 1.0) } else { runtime };
    let state = SessionStateBuilder::new().with_config(config).with_runtime_env(runtime.build_arc()?);
    let state = state.with_default_features().with_physical_optimizer_rules(optimizer::rules());
    Ok(SessionContext::new_with_state(state.build()))
}

/// The values of a batch's column, which holds a type.
pub fn values(batch: &RecordBatch, column: usize, ty: &Type) -> Vec<Value> {
    let reader = value::Column::of(batch.column(column).as_ref(), ty);
    (0..batch.num_rows()).map(|row| reader.value(row)).collect()
}
