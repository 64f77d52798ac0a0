//! SQL on rows that are here: DataFusion over one table, `result`. Nothing is scanned in the account, nothing is paid.

use crate::analysis::rows::Rows;

/// Runs SQL on the rows, which are the table `result`.
///
/// # Errors
/// What is wrong with the SQL, or with a value.
#[cfg(feature = "local-sql")]
pub async fn query(sql: &str, rows: Rows) -> Result<Rows, String> {
    use crate::analysis::rows::arrow;
    use datafusion::datasource::MemTable;
    use datafusion::prelude::{SessionConfig, SessionContext};
    use std::sync::Arc;
    let schema = arrow::schema(&rows.columns);
    let convert = {
        let schema = Arc::clone(&schema);
        move || rows.batches().iter().map(|batch| arrow::record_batch(&schema, batch)).collect::<Result<Vec<_>, _>>()
    };
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let batches = tokio::task::spawn_blocking(convert).await.map_err(|error| text(&error))?;
    let batches = batches.map_err(|error| text(&error))?;
    let table = MemTable::try_new(schema, vec![batches]).map_err(|error| text(&error))?;
    let session = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(2));
    session.register_table("result", Arc::new(table)).map_err(|error| text(&error))?;
    let options = datafusion::execution::context::SQLOptions::new().with_allow_ddl(false).with_allow_statements(false);
    let frame = session.sql_with_options(sql, options.with_allow_dml(false)).await.map_err(|error| text(&error))?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let found = frame.collect().await.map_err(|error| text(&error))?;
    arrow::rows(&schema, &found).map_err(|error| text(&error))
}

/// This program was built without the engine.
///
/// # Errors
/// Always.
#[cfg(not(feature = "local-sql"))]
#[expect(clippy::unused_async, reason = "as with the engine")]
pub async fn query(_sql: &str, _rows: Rows) -> Result<Rows, String> {
    Err("this gluedeck was built without the feature local-sql".to_owned())
}
