//! SQL on rows that are already here, and Parquet files of them. Nothing is scanned in the account, nothing is paid.

pub mod arrow;
mod parquet_file;

pub use parquet_file::ParquetFile;

use datafusion::datasource::MemTable;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::{SessionConfig, SessionContext};
use gluedeck_core::analysis::rows::{LocalSqlError, Rows};
use gluedeck_core::analysis::sql::depth;
use std::sync::Arc;

/// Runs a SELECT on the rows, which are the table `result`. The dialect is DataFusion's, not Athena's.
///
/// # Errors
/// What is wrong with the SQL, or with a value.
pub async fn query(sql: &str, rows: Rows) -> Result<Rows, LocalSqlError> {
    if depth::depth(sql) > depth::MAX_DEPTH {
        return Err(LocalSqlError::TooDeep);
    }
    let schema = arrow::schema(&rows.columns);
    let convert = {
        let schema = Arc::clone(&schema);
        move || rows.batches().iter().map(|batch| arrow::record_batch(&schema, batch)).collect::<Result<Vec<_>, _>>()
    };
    let text = |error: &dyn std::fmt::Display| LocalSqlError::Engine(error.to_string());
    let batches = tokio::task::spawn_blocking(convert).await.map_err(|error| text(&error))?;
    let batches = batches.map_err(|error| text(&error))?;
    let table = MemTable::try_new(schema, vec![batches]).map_err(|error| text(&error))?;
    let session = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(2));
    session.register_table("result", Arc::new(table)).map_err(|error| text(&error))?;
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_statements(false).with_allow_dml(false);
    let frame = session.sql_with_options(sql, options).await.map_err(|error| text(&error))?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let found = frame.collect().await.map_err(|error| text(&error))?;
    arrow::rows(&schema, &found).map_err(|error| text(&error))
}
