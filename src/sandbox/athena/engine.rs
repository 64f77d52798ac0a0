//! The engine: DataFusion over the lake's Parquet, with the Glue catalog as its only source of tables.

use super::Failure;
use super::dialect::Parsed;
use super::results::ResultSet;
use crate::sandbox::lake::{Catalog, CatalogTable, Lake, hive_type};
use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{CatalogProvider, SchemaProvider};
use datafusion::common::{Column, ScalarValue};
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::datasource::{TableProvider, ViewTable, provider_as_source};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast, lit};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement as EngineStatement;
use futures::StreamExt;
use std::sync::Arc;

/// Runs a statement; answers its result and the bytes read from Parquet.
pub(super) async fn execute(lake: Arc<Lake>, parsed: &Parsed, database: &str) -> Result<(ResultSet, u64), Failure> {
    match parsed {
        Parsed::Query(statement) | Parsed::Explain(statement) => {
            run(lake, EngineStatement::Statement(statement.clone()), database)
                .await
                .map_err(|error| failure(&error, database))
        }
        Parsed::ShowDatabases => Ok((ResultSet::single("database_name", lake.catalog().databases.keys().cloned()), 0)),
        Parsed::ShowTables(named) => {
            ensure(&lake, None).await;
            let database = named.as_deref().unwrap_or(database);
            let catalog = lake.catalog();
            let tables = catalog.databases.get(database).ok_or_else(|| missing_schema(database))?;
            Ok((ResultSet::single("tab_name", tables.keys().cloned()), 0))
        }
        Parsed::Describe(named, table) => {
            ensure(&lake, Some(table)).await;
            let database = named.as_deref().unwrap_or(database);
            describe(&lake.catalog(), database, table).map(|result| (result, 0))
        }
        Parsed::Unsupported(words) => {
            let message = format!("NOT_SUPPORTED: the sandbox does not do {} statements", words.replace('_', " "));
            Err(Failure { category: 2, kind: 1200, message })
        }
    }
}

/// Bytes that a query's operators may hold.
const MOST_MEMORY: usize = 512 << 20;
/// Bytes of a result's columns; as text they take a few times as much.
const MOST_RESULT: usize = 64 << 20;

async fn run(lake: Arc<Lake>, statement: EngineStatement, database: &str) -> EngineResult<(ResultSet, u64)> {
    let mut config = SessionConfig::new()
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema("awsdatacatalog", database)
        .with_information_schema(true)
        .with_target_partitions(2);
    config.options_mut().sql_parser.parse_float_as_decimal = true;
    config.options_mut().execution.parquet.schema_force_view_types = false;
    let runtime = RuntimeEnvBuilder::new().with_memory_limit(MOST_MEMORY, 1.0).build_arc()?;
    let context = SessionContext::new_with_config_rt(config, runtime);
    context.register_catalog("awsdatacatalog", Arc::new(GlueCatalog { lake }));
    let plan = context.state().statement_to_plan(statement).await?;
    let frame = context.execute_logical_plan(plan).await?;
    let mut result = ResultSet::of_schema(frame.schema().as_arrow());
    let task = frame.task_ctx();
    let plan = frame.create_physical_plan().await?;
    let mut held = 0;
    let mut stream = execute_stream(Arc::clone(&plan), Arc::new(task))?;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        held += batch.get_array_memory_size();
        if held > MOST_RESULT {
            return Err(DataFusionError::ResourcesExhausted("the result is too large for the sandbox".to_owned()));
        }
        result.extend(&batch).map_err(DataFusionError::Execution)?;
        // Gives a cancel a place to take hold between batches.
        tokio::task::yield_now().await;
    }
    Ok((result, scanned_bytes(plan.as_ref())))
}

fn scanned_bytes(plan: &dyn ExecutionPlan) -> u64 {
    let own =
        plan.metrics().and_then(|metrics| metrics.sum_by_name("bytes_scanned")).map_or(0, |value| value.as_usize());
    own as u64 + plan.children().into_iter().map(|child| scanned_bytes(child.as_ref())).sum::<u64>()
}

/// Brings the past of what a name may mean onto the disk. Verdicts come from all tables.
async fn ensure(lake: &Arc<Lake>, table: Option<&str>) {
    let lake = Arc::clone(lake);
    let scope =
        table.and_then(|name| lake.world.records.iter().find(|r| r.table_name == name).map(|r| r.scope_id.clone()));
    let work = tokio::task::spawn_blocking(move || match scope {
        Some(scope) => lake.ensure(&scope),
        None => lake.ensure_all(),
    });
    // A panic in there leaves the table without its past; the query then says what it does not find.
    let _ = work.await;
}

fn describe(catalog: &Catalog, database: &str, name: &str) -> Result<ResultSet, Failure> {
    let table = catalog.table(database, name).ok_or_else(|| Failure {
        category: 2,
        kind: 1301,
        message: format!("FAILED: SemanticException [Error 10001]: Table not found {database}.{name}"),
    })?;
    let line = |name: &str, kind: &str| format!("{name:<20}\t{kind:<20}\t{:<20}", "");
    let mut lines: Vec<_> = table.columns.iter().map(|c| line(&c.name, &hive_type(&c.data_type))).collect();
    if let Some(key) = &table.partition_key {
        lines.push(line(&key.name, &hive_type(&key.data_type)));
        lines.extend([String::new(), "# Partition Information".into(), line("# col_name", "data_type")]);
        lines.push(line(&key.name, &hive_type(&key.data_type)));
    }
    Ok(ResultSet::single("col_name", lines))
}

#[derive(Debug)]
struct GlueCatalog {
    lake: Arc<Lake>,
}

impl CatalogProvider for GlueCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.lake.catalog().databases.keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let known = self.lake.catalog().databases.contains_key(name);
        known.then(|| Arc::new(GlueDatabase { lake: Arc::clone(&self.lake), name: name.to_owned() }) as _)
    }
}

#[derive(Debug)]
struct GlueDatabase {
    lake: Arc<Lake>,
    name: String,
}

#[async_trait]
impl SchemaProvider for GlueDatabase {
    fn table_names(&self) -> Vec<String> {
        self.lake.ensure_all();
        self.lake.catalog().databases.get(&self.name).map(|tables| tables.keys().cloned().collect()).unwrap_or_default()
    }

    async fn table(&self, name: &str) -> EngineResult<Option<Arc<dyn TableProvider>>> {
        ensure(&self.lake, Some(name)).await;
        let table = self.lake.catalog().table(&self.name, name).cloned();
        table.map(|table| provider(&self.lake, &table)).transpose()
    }

    fn table_exist(&self, name: &str) -> bool {
        self.lake.catalog().table(&self.name, name).is_some()
    }
}

/// A view over the table's files: one branch a partition, with the partition's value as a constant (so that a filter on
/// it prunes the branch), and the files' column names in lower case.
fn provider(lake: &Lake, table: &CatalogTable) -> EngineResult<Arc<dyn TableProvider>> {
    let fields: Vec<_> = table.columns.iter().map(|c| Field::new(&c.source, c.data_type.clone(), true)).collect();
    let files = Arc::new(Schema::new(fields));
    let branches: Vec<(Option<&String>, &String)> = match &table.partition_key {
        None => vec![(None, &table.folder)],
        Some(_) => table.partitions.iter().map(|(value, folder)| (Some(value), folder)).collect(),
    };
    let mut view: Option<LogicalPlanBuilder> = None;
    for (value, folder) in branches {
        let source = listing(lake, &table.bucket, folder, Arc::clone(&files))?;
        let scan = LogicalPlanBuilder::scan(&table.name, provider_as_source(source), None)?;
        // By exact name: `col` would fold `machineId` to lower case and find nothing.
        let columns = table.columns.iter().map(|c| Expr::Column(Column::new_unqualified(&c.source)).alias(&c.name));
        let key = table.partition_key.as_ref().zip(value).map(|(key, value)| match key.data_type {
            DataType::Date32 => cast(lit(value.as_str()), DataType::Date32).alias(&key.name),
            _ => lit(ScalarValue::Utf8(Some(value.clone()))).alias(&key.name),
        });
        let branch = scan.project(columns.chain(key))?;
        view = Some(match view {
            None => branch,
            Some(view) => view.union(branch.build()?)?,
        });
    }
    match view {
        Some(view) => Ok(Arc::new(ViewTable::new(view.build()?, None))),
        None => Ok(Arc::new(EmptyTable::new(files))),
    }
}

fn listing(lake: &Lake, bucket: &str, folder: &str, schema: SchemaRef) -> EngineResult<Arc<dyn TableProvider>> {
    let path = format!("{}/", lake.path(bucket, folder).display());
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let config =
        ListingTableConfig::new(ListingTableUrl::parse(&path)?).with_listing_options(options).with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

fn missing_schema(database: &str) -> Failure {
    Failure { category: 2, kind: 1300, message: format!("SCHEMA_NOT_FOUND: Schema '{database}' does not exist") }
}

/// The engine's errors in Athena's words.
fn failure(error: &DataFusionError, database: &str) -> Failure {
    let root = error.find_root().to_string();
    let text = root.split("\n").next().unwrap_or(&root);
    let quoted = || text.split('\'').nth(1).unwrap_or_default().to_owned();
    let user = |kind: i32, message: String| Failure { category: 2, kind, message };
    if text.contains("table '") && text.contains("not found") {
        return user(1110, format!("TABLE_NOT_FOUND: Table '{}' does not exist", quoted()));
    }
    if text.contains("failed to resolve schema") {
        return user(1300, format!("SCHEMA_NOT_FOUND: Schema '{database}' does not exist"));
    }
    if let Some(rest) = text.split("No field named ").nth(1) {
        let column = rest.split(['.', ' ']).find(|part| !part.is_empty()).unwrap_or(rest).trim_matches('"');
        let column = rest.split(". ").next().unwrap_or(column).trim_end_matches('.');
        return user(
            1006,
            format!(
                "COLUMN_NOT_FOUND: Column '{column}' cannot be resolved or requester is not authorized to access requested resources"
            ),
        );
    }
    if let Some(rest) = text.split("Invalid function '").nth(1) {
        let name = rest.split('\'').next().unwrap_or(rest);
        return user(1006, format!("FUNCTION_NOT_FOUND: Function '{name}' not registered"));
    }
    match error.find_root() {
        DataFusionError::ResourcesExhausted(what) => {
            Failure { category: 2, kind: 2, message: format!("Query exhausted resources at this scale factor: {what}") }
        }
        DataFusionError::NotImplemented(what) => user(1200, format!("NOT_SUPPORTED: {what}")),
        DataFusionError::Plan(what) => user(1006, format!("SYNTAX_ERROR: {what}")),
        DataFusionError::ArrowError(what, _) => user(1006, format!("INVALID_CAST_ARGUMENT: {what}")),
        DataFusionError::ParquetError(_) | DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => {
            Failure { category: 1, kind: 9999, message: format!("GENERIC_INTERNAL_ERROR: {text}") }
        }
        _ => user(1006, format!("GENERIC_USER_ERROR: {text}")),
    }
}
