//! The engine: DataFusion over the lake's Parquet, one session a statement.

use super::dialect::{Parsed, Select};
use super::failure::{Failure, within};
use super::frame::frame;
use super::job::{Job, Outcome};
use super::results::{ResultError, ResultWriter, lines_result};
use super::{statements, write};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::physical_plan::displayable;
use futures::StreamExt;

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
        Parsed::Refused(error) => Err(Failure::user(1200, error.to_string())),
        _ => statements::execute(job, parsed).await,
    }
}

async fn query(job: &Job<'_>, select: &Select) -> Result<Outcome, Failure> {
    let failed = |error: DataFusionError| Failure::of(&error, job);
    let exhausted = |error: ResultError| failed(DataFusionError::ResourcesExhausted(error.to_string()));
    let frame = frame(job, select).await.map_err(failed)?;
    let mut result = ResultWriter::new(frame.schema().as_arrow(), true, &job.location).map_err(exhausted)?;
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

async fn explain(job: &Job<'_>, select: &Select) -> EngineResult<Outcome> {
    let plan = frame(job, select).await?.create_physical_plan().await?;
    let lines = displayable(plan.as_ref()).indent(false).to_string().lines().map(str::to_owned).collect();
    let result = lines_result("Query Plan", lines, true, &job.location);
    let result = result.map_err(|error| DataFusionError::ResourcesExhausted(error.to_string()))?;
    Ok(Outcome::of(result))
}
