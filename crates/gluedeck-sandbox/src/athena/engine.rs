//! The engine: DataFusion over the lake's Parquet, one session a statement.

use super::failure::{Failure, within};
use super::frame::{answer, plan};
use super::job::{Job, Outcome};
use super::results::{ResultError, ResultWriter, lines_result};
use super::{alter, ddl, show, write};
use datafusion::error::DataFusionError;
use datafusion::physical_plan::displayable;
use futures::StreamExt;
use gluedeck_sql::Statement;
use gluedeck_sql::ast::Query;

/// Runs a statement.
pub(super) async fn execute(job: &Job<'_>, statement: &Statement) -> Result<Outcome, Failure> {
    match statement {
        Statement::Query(select) => query(job, select).await,
        Statement::Explain(select) => explain(job, select).await,
        Statement::CreateTableAs { .. } | Statement::Insert { .. } | Statement::Unload { .. } => {
            write::execute(job, statement).await
        }
        Statement::Refused(error) => Err(Failure::of_sql(error)),
        Statement::Unsupported(words) => {
            Err(Failure::user(1200, format!("NOT_SUPPORTED: gluedeck does not do {words}")))
        }
        other if other.kind() == "UTILITY" => show::execute(job, other),
        Statement::Repair(table) => alter::repair(job, table).await,
        other => ddl::execute(job, other).await,
    }
}

async fn query(job: &Job<'_>, select: &Query) -> Result<Outcome, Failure> {
    let failed = |error: DataFusionError| Failure::of(&error);
    let exhausted = |error: ResultError| failed(DataFusionError::ResourcesExhausted(error.to_string()));
    let answer = answer(plan(job, select)?)?;
    let mut result = ResultWriter::new(answer.columns, true, &job.location).map_err(exhausted)?;
    let mut stream = answer.frame.execute_stream().await.map_err(failed)?;
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

async fn explain(job: &Job<'_>, select: &Query) -> Result<Outcome, Failure> {
    let plan = answer(plan(job, select)?)?.frame.create_physical_plan().await;
    let plan = plan.map_err(|error| Failure::of(&error))?;
    let lines = displayable(plan.as_ref()).indent(false).to_string().lines().map(str::to_owned).collect();
    let result = lines_result("Query Plan", lines, true, &job.location);
    let result = result.map_err(|error| Failure::of(&DataFusionError::ResourcesExhausted(error.to_string())))?;
    Ok(Outcome::of(result))
}
