//! SQL on rows that are already here, and Parquet files of them. Nothing is scanned in the account, nothing is paid.

pub mod arrow;
mod parquet_file;

pub use parquet_file::ParquetFile;

use datafusion::datasource::MemTable;
use datafusion::prelude::DataFrame;
use gluedeck_core::analysis::rows::{LocalSqlError, Rows};
use gluedeck_core::analysis::sql::depth;
use gluedeck_sql::{Catalog, CatalogEntry, Error, Facts, Statement};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The name of the table that the rows are.
const TABLE: &str = "result";

/// Runs a SELECT on the rows, which are the table `result`, in Athena's language.
///
/// # Errors
/// What is wrong with the SQL, or with a value.
pub async fn query(sql: &str, rows: Rows) -> Result<Rows, LocalSqlError> {
    if depth::depth(sql) > depth::MAX_DEPTH {
        return Err(LocalSqlError::TooDeep);
    }
    let text = |error: &dyn std::fmt::Display| LocalSqlError::Engine(error.to_string());
    let refused = |error: Error| LocalSqlError::Engine(format!("{}: {error}", error.code.name()));
    let query = match gluedeck_sql::parse(sql).map_err(refused)? {
        Statement::Query(query) => query,
        Statement::Refused(error) => return Err(refused(error)),
        _ => {
            let why = "only a query can be run on the rows that are here: SELECT … FROM result";
            return Err(LocalSqlError::Engine(why.to_owned()));
        }
    };
    let columns = arrow::columns(&rows.columns);
    let schema = arrow::schema(&rows.columns);
    let convert = {
        let schema = Arc::clone(&schema);
        move || rows.batches().iter().map(|batch| arrow::record_batch(&schema, batch)).collect::<Result<Vec<_>, _>>()
    };
    let batches = tokio::task::spawn_blocking(convert).await.map_err(|error| text(&error))?;
    let batches = batches.map_err(|error| text(&error))?;
    let provider = Arc::new(MemTable::try_new(schema, vec![batches]).map_err(|error| text(&error))?);
    let catalog = OneTable(CatalogEntry::Table { provider, columns });
    let plan = gluedeck_sql::plan(&query, &catalog, facts()).map_err(refused)?;
    let frame = DataFrame::new(gluedeck_sql::session(2, None).map_err(|error| text(&error))?.state(), plan.plan);
    let found = frame.collect().await.map_err(|error| refused(Error::from_engine(&error)))?;
    Ok(arrow::rows(plan.columns, &found))
}

/// What a query here can know: the machine's clock, and no database.
fn facts() -> Facts {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Facts {
        now_micros: i64::try_from(now.as_micros()).unwrap_or(i64::MAX),
        user: String::new(),
        database: String::new(),
        query_id: String::new(),
    }
}

/// The catalog of one table.
#[derive(Debug)]
struct OneTable(CatalogEntry);

impl Catalog for OneTable {
    fn find(&self, database: &str, name: &str) -> gluedeck_sql::Result<Option<CatalogEntry>> {
        Ok((database.is_empty() && name == TABLE).then(|| self.0.clone()))
    }

    fn has_database(&self, name: &str) -> bool {
        name.is_empty()
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
