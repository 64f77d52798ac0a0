//! The engine: DataFusion over the lake's Parquet, one session a statement.

use super::catalog::GlueCatalog;
use super::dialect::{Parsed, Select, expand_views};
use super::failure::Failure;
use super::results::{Place, ResultSet, ResultWriter};
use super::scan::Scanned;
use super::{functions, statements, types, write};
use crate::control::Time;
use crate::lake::Lake;
use datafusion::arrow::array::{RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::displayable;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement as EngineStatement;
use futures::StreamExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A statement at work.
#[derive(Debug)]
pub(super) struct Job<'a> {
    pub(super) lake: Arc<Lake>,
    pub(super) database: &'a str,
    pub(super) place: Place,
    /// The execution's id, which names what it writes.
    pub(super) id: &'a str,
    /// The statement's text, in which errors are located.
    pub(super) sql: &'a str,
    /// What `now()` answers.
    pub(super) now: Time,
    /// Bytes that it may read.
    pub(super) cutoff: Option<u64>,
    /// What it has read.
    pub(super) scanned: Scanned,
}

impl Job<'_> {
    /// Bytes that it has read so far.
    pub(super) fn scanned_bytes(&self) -> u64 {
        self.scanned.load(Ordering::Relaxed)
    }
}

/// What a statement left behind.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) result: ResultSet,
    pub(super) scanned_bytes: u64,
    /// Rows written by CTAS and INSERT.
    pub(super) updated: u64,
    /// The object that lists the files that CTAS, INSERT and UNLOAD wrote, `s3://…`.
    pub(super) manifest: Option<String>,
}

impl Outcome {
    pub(super) fn of(result: ResultSet) -> Self {
        Self { result, scanned_bytes: 0, updated: 0, manifest: None }
    }
}

/// Bytes that a query's operators may hold.
const MOST_MEMORY: usize = 512 << 20;

/// Runs a statement.
pub(super) async fn execute(job: &Job<'_>, parsed: &Parsed) -> Result<Outcome, Failure> {
    match parsed {
        Parsed::Query(select) => query(job, select).await,
        Parsed::Explain(select) => explain(job, select).await.map_err(|error| Failure::of(&error, job)),
        Parsed::CreateTableAs { .. } | Parsed::Insert { .. } | Parsed::Unload { .. } => {
            write::execute(job, parsed).await
        }
        Parsed::Unsupported(words) => {
            let words = words.replace('_', " ");
            Err(Failure::user(1200, format!("NOT_SUPPORTED: the sandbox does not do {words} statements")))
        }
        Parsed::Refused(message) => Err(Failure::user(1200, message.clone())),
        _ => statements::execute(job, parsed).await,
    }
}

/// The frame of a query, with the views in it expanded.
pub(super) async fn frame(job: &Job<'_>, select: &Select) -> EngineResult<DataFrame> {
    let mut config = SessionConfig::new()
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema("awsdatacatalog", job.database)
        .with_target_partitions(2);
    config.options_mut().sql_parser.parse_float_as_decimal = true;
    config.options_mut().sql_parser.default_null_ordering = "nulls_last".to_owned();
    config.options_mut().execution.time_zone = Some("UTC".to_owned());
    let runtime = RuntimeEnvBuilder::new().with_memory_limit(MOST_MEMORY, 1.0).build_arc()?;
    let context = SessionContext::new_with_config_rt(config, runtime);
    let catalog = GlueCatalog::new(Arc::clone(&job.lake), select.path, Arc::clone(&job.scanned));
    context.register_catalog("awsdatacatalog", Arc::new(catalog));
    functions::register(&context);
    let mut statement = select.statement.clone();
    let view = |table: &super::dialect::TableName| {
        let database = table.database.as_deref().unwrap_or(job.database);
        job.lake.catalog().table(database, &table.name).and_then(|table| table.view.clone())
    };
    expand_views(&mut statement, &view).map_err(DataFusionError::Plan)?;
    let mut state = context.state();
    // The night is simulated, so "now" is.
    state.execution_props_mut().query_execution_start_time = Some(job.now);
    let plan = state.statement_to_plan(EngineStatement::Statement(statement)).await?;
    let plan = types::apply(plan, &state)?;
    Ok(DataFrame::new(state, plan))
}

async fn query(job: &Job<'_>, select: &Select) -> Result<Outcome, Failure> {
    let failed = |error: DataFusionError| Failure::of(&error, job);
    let exhausted = |what| failed(DataFusionError::ResourcesExhausted(what));
    let frame = frame(job, select).await.map_err(failed)?;
    let mut result = ResultWriter::new(frame.schema().as_arrow(), true, &job.place).map_err(exhausted)?;
    let mut stream = frame.execute_stream().await.map_err(failed)?;
    while let Some(batch) = stream.next().await {
        result.push(&batch.map_err(failed)?).map_err(exhausted)?;
        within(job)?;
        // Gives a cancel a place to take hold between batches.
        tokio::task::yield_now().await;
    }
    within(job)?;
    let result = result.finish().map_err(exhausted)?;
    Ok(Outcome { scanned_bytes: job.scanned_bytes(), ..Outcome::of(result) })
}

/// Ends a query that has read more than its workgroup allows.
pub(super) fn within(job: &Job<'_>) -> Result<(), Failure> {
    let scanned = job.scanned_bytes();
    match job.cutoff {
        Some(cutoff) if scanned > cutoff => Err(Failure::cut_off(scanned)),
        _ => Ok(()),
    }
}

async fn explain(job: &Job<'_>, select: &Select) -> EngineResult<Outcome> {
    let plan = frame(job, select).await?.create_physical_plan().await?;
    let lines = displayable(plan.as_ref()).indent(false).to_string().lines().map(str::to_owned).collect();
    let result = lines_result("Query Plan", lines, true, &job.place).map_err(DataFusionError::ResourcesExhausted)?;
    Ok(Outcome::of(result))
}

/// One column of text.
pub(super) fn lines_result(name: &str, lines: Vec<String>, dml: bool, place: &Place) -> Result<ResultSet, String> {
    let schema = Arc::new(Schema::new(vec![Field::new(name, DataType::Utf8, true)]));
    let mut result = ResultWriter::new(&schema, dml, place)?;
    let column = Arc::new(StringArray::from(lines));
    result.push(&RecordBatch::try_new(schema, vec![column]).map_err(|error| error.to_string())?)?;
    result.finish()
}
