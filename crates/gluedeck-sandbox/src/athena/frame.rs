//! A query as a frame of the engine: its session, the catalog, the functions, the types.

use super::catalog::GlueCatalog;
use super::dialect::{Select, TableName, expand_views};
use super::job::Job;
use super::{functions, types};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement as EngineStatement;
use std::sync::Arc;

/// Bytes that a query's operators may hold.
const MAX_MEMORY_BYTES: usize = 512 << 20;

/// The frame of a query, with the views in it expanded.
pub(super) async fn frame(job: &Job<'_>, select: &Select) -> EngineResult<DataFrame> {
    let mut config = SessionConfig::new()
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema("awsdatacatalog", job.database)
        .with_target_partitions(2);
    config.options_mut().sql_parser.parse_float_as_decimal = true;
    config.options_mut().sql_parser.default_null_ordering = "nulls_last".to_owned();
    config.options_mut().execution.time_zone = Some("UTC".to_owned());
    let runtime = RuntimeEnvBuilder::new().with_memory_limit(MAX_MEMORY_BYTES, 1.0).build_arc()?;
    let context = SessionContext::new_with_config_rt(config, runtime);
    let catalog = GlueCatalog::new(Arc::clone(&job.lake), select.path, Arc::clone(&job.scanned));
    context.register_catalog("awsdatacatalog", Arc::new(catalog));
    functions::register(&context);
    let mut statement = select.statement.clone();
    let view = |table: &TableName| {
        let database = table.database.as_deref().unwrap_or(job.database);
        job.lake.catalog().table(database, &table.name).and_then(|table| table.view.clone())
    };
    expand_views(&mut statement, &view).map_err(|error| DataFusionError::Plan(error.to_string()))?;
    let mut state = context.state();
    // The night is simulated, so "now" is.
    state.execution_props_mut().query_execution_start_time = Some(job.now);
    let plan = state.statement_to_plan(EngineStatement::Statement(statement)).await?;
    let plan = types::apply(plan, &state)?;
    Ok(DataFrame::new(state, plan))
}
