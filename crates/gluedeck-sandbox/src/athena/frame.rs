//! A query as a frame of the engine, with the language's types of its columns.

use super::catalog::GlueCatalog;
use super::failure::Failure;
use super::job::Job;
use datafusion::prelude::DataFrame;
use gluedeck_sql::ast::Query;
use gluedeck_sql::{Facts, Plan, Type};
use std::sync::Arc;

/// Bytes that a query's operators may hold.
const MAX_MEMORY_BYTES: usize = 512 << 20;

/// What a query answers: names and types of its columns, and the frame.
pub(super) struct Answer {
    pub(super) columns: Vec<(String, Type)>,
    pub(super) frame: DataFrame,
}

/// Plans a query over the catalog.
pub(super) fn plan(job: &Job<'_>, query: &Query) -> Result<Plan, Failure> {
    let catalog = GlueCatalog::new(Arc::clone(&job.lake), job.now, Arc::clone(&job.scanned));
    gluedeck_sql::plan(query, &catalog, facts(job)).map_err(|error| Failure::of_sql(&error))
}

/// What the query can know of where and when it runs. The night is simulated, so "now" is.
pub(super) fn facts(job: &Job<'_>) -> Facts {
    Facts {
        now_micros: job.now.timestamp_micros(),
        user: job.lake.world.environment.account.clone(),
        database: job.database.to_owned(),
        query_id: job.id.to_owned(),
    }
}

/// A plan that is ready to run.
pub(super) fn answer(plan: Plan) -> Result<Answer, Failure> {
    let context = gluedeck_sql::session(2, Some(MAX_MEMORY_BYTES)).map_err(|error| Failure::of(&error))?;
    Ok(Answer { columns: plan.columns, frame: DataFrame::new(context.state(), plan.plan) })
}
