//! SQL on rows that are already here, and Parquet files of them. Nothing is scanned in the account, nothing is paid.

pub mod arrow;
mod parquet_file;

pub use parquet_file::ParquetFile;

use datafusion::datasource::MemTable;
use datafusion::error::Result as EngineResult;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{DataType, Expr, VisitMut, VisitorMut};
use gluedeck_core::analysis::rows::{LocalSqlError, Rows};
use gluedeck_core::analysis::sql::depth;
use std::ops::ControlFlow;
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
    let frame = frame(&session, sql).await.map_err(|error| text(&error))?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let found = frame.collect().await.map_err(|error| text(&error))?;
    arrow::rows(&schema, &found).map_err(|error| text(&error))
}

/// What a SELECT answers.
async fn frame(session: &SessionContext, sql: &str) -> EngineResult<DataFrame> {
    let state = session.state();
    let mut statement = state.sql_to_statement(sql, &state.config().options().sql_parser.dialect)?;
    if let Statement::Statement(inner) = &mut statement {
        let _ = inner.visit(&mut Milliseconds);
    }
    let plan = state.statement_to_plan(statement).await?;
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_statements(false).with_allow_dml(false);
    options.verify_plan(&plan)?;
    session.execute_logical_plan(plan).await
}

/// Timestamps have milliseconds, as Athena's have: the engine's nanoseconds end in 2262.
struct Milliseconds;

impl VisitorMut for Milliseconds {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let data_type = match expr {
            Expr::Cast { data_type, .. } => data_type,
            Expr::TypedString(typed) => &mut typed.data_type,
            _ => return ControlFlow::Continue(()),
        };
        if let DataType::Timestamp(precision @ None, _) = data_type {
            *precision = Some(3);
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gluedeck_core::analysis::rows::Batch;
    use gluedeck_core::domain::ResultColumn;

    #[tokio::test]
    async fn timestamps_of_all_years_are_compared_and_shown() {
        let mut rows = Rows::new(vec![ResultColumn { name: "at".into(), kind: "timestamp".into() }]);
        let mut batch = Batch::new(1);
        for at in ["0001-01-01 00:00:00.000", "9999-12-31 23:59:59.123"] {
            batch.push([Some(at)]);
        }
        rows.push(batch);
        let sql = "select max(at), min(at), count(*) from result where at < timestamp '9999-12-31 23:59:59.999'";
        let found = query(sql, rows).await.expect("rows");
        let cells: Vec<Option<&str>> = found.row(0).collect();
        assert_eq!(cells, [Some("9999-12-31 23:59:59.123"), Some("0001-01-01 00:00:00.000"), Some("2")]);
        assert!(query("create table x as select 1", Rows::default()).await.is_err());
    }
}
