//! `gluedeck query`: its arguments.

use super::values::{minutes, parameter};
use crate::headless::{Output, QueryOptions};
use clap::Args;
use gluedeck_core::domain::QueryContext;
use gluedeck_core::domain::query::bytes_of;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::PathBuf;

/// What is to be run, where, and how its rows are wanted.
#[derive(Debug, Args)]
pub struct QueryArgs {
    /// The SQL, one or more statements; `-` reads it from stdin
    #[arg(required_unless_present = "file", allow_hyphen_values = true)]
    sql: Option<String>,
    /// Read the SQL from a file
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    file: Option<PathBuf>,
    /// The database for unqualified names
    #[arg(long, value_name = "DB")]
    database: Option<String>,
    /// The workgroup, instead of primary
    #[arg(long, value_name = "NAME")]
    workgroup: Option<String>,
    /// The data catalog, instead of AwsDataCatalog
    #[arg(long, value_name = "NAME")]
    catalog: Option<String>,
    /// Value of `:NAME` in the SQL
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// Save the rows to a file, by its extension: .csv, .json, .jsonl, .md, .sql or .parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print at most N rows
    #[arg(long, value_name = "N")]
    max_rows: Option<usize>,
    /// Cancel the query if it scans more than this, such as 500MB or 2TB
    #[arg(long, value_name = "BYTES", value_parser = bytes_of)]
    max_scan: Option<i64>,
    /// Reuse a result of the same query up to this old, such as 60m, 12h or 7d
    #[arg(long, value_name = "AGE", value_parser = minutes)]
    reuse: Option<u32>,
    /// Run SQL that changes data; without this it is only listed, and the exit code is 2
    #[arg(long)]
    yes: bool,
}

impl QueryArgs {
    /// The options that they mean; what they leave out is as usual.
    ///
    /// # Errors
    /// If the SQL cannot be read.
    pub fn options(self, output: Output, usual: &QueryContext) -> io::Result<QueryOptions> {
        let sql = match (self.sql.as_deref(), &self.file) {
            (Some("-"), _) => {
                let mut text = String::new();
                io::stdin().read_to_string(&mut text)?;
                text
            }
            (Some(sql), _) => sql.to_owned(),
            (None, Some(path)) => std::fs::read_to_string(path)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?,
            (None, None) => String::new(),
        };
        // A byte order mark says how a file is encoded; it is none of its text.
        let sql = sql.trim_start_matches('\u{feff}').to_owned();
        let query_context = QueryContext {
            catalog: self.catalog.or_else(|| usual.catalog.clone()),
            database: self.database.or_else(|| usual.database.clone()),
            workgroup: self.workgroup.or_else(|| usual.workgroup.clone()),
            reuse_minutes: self.reuse.or(usual.reuse_minutes),
        };
        let parameters: BTreeMap<String, String> = self.parameters.into_iter().collect();
        let (out, max_rows, max_scan, yes) = (self.out, self.max_rows, self.max_scan, self.yes);
        Ok(QueryOptions { sql, query_context, parameters, output, out, max_rows, max_scan, yes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(bytes_of("10"), Ok(10));
        assert_eq!(bytes_of("1.5KB"), Ok(1_536));
        assert_eq!(bytes_of("2TB"), Ok(2 << 40));
        assert!(bytes_of("2X").is_err() && bytes_of("GB").is_err());
    }
}
