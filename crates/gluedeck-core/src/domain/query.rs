//! Athena queries: where they run, what became of them, and the shape of their results.

use super::Time;
use super::ids::QueryId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a query runs, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QueryContext {
    /// The data catalog; Athena's own, `AwsDataCatalog`, if none.
    pub catalog: Option<String>,
    pub database: Option<String>,
    /// `primary` if none.
    pub workgroup: Option<String>,
    /// An earlier result of the same text may be taken if it is at most this old, in minutes (at most 10,080).
    pub reuse_minutes: Option<u32>,
}

/// A query execution, as GetQueryExecution tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryExecution {
    pub id: QueryId,
    pub sql: String,
    pub query_context: QueryContext,
    pub state: QueryState,
    /// `StateChangeReason`: why it failed, or was cancelled.
    pub reason: Option<String>,
    pub submitted_on: Option<Time>,
    pub completed_on: Option<Time>,
    pub scanned_bytes: Option<i64>,
    pub engine_millis: Option<i64>,
    pub queue_millis: Option<i64>,
    pub total_millis: Option<i64>,
    /// Whether the rows are those of an earlier execution, so that nothing was scanned.
    pub reused: bool,
    pub kind: StatementKind,
    /// The API's value for the statement, such as `SELECT` or `SHOW_TABLES`.
    pub statement: Option<String>,
    /// Where the service has put the result; none with managed results.
    pub output: Option<String>,
}

/// The kinds of statement that Athena tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StatementKind {
    /// SELECT, EXPLAIN, INSERT.
    Dml,
    /// CREATE, DROP, ALTER.
    Ddl,
    /// SHOW, DESCRIBE.
    Utility,
    #[default]
    Unknown,
}

/// The state of a query execution. RUNNING may go back to QUEUED.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryState {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    /// A word this version does not know, shown as it is.
    Other(String),
}

/// A column of a result; `kind` is the engine's name of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultColumn {
    pub name: String,
    pub kind: String,
}

impl QueryContext {
    /// The workgroup's name.
    pub fn workgroup(&self) -> &str {
        self.workgroup.as_deref().unwrap_or("primary")
    }

    /// The data catalog's name.
    pub fn catalog(&self) -> &str {
        self.catalog.as_deref().unwrap_or("AwsDataCatalog")
    }
}

impl QueryExecution {
    /// One of which only this much is known yet.
    pub fn begun(id: QueryId, sql: &str, query_context: &QueryContext) -> Self {
        Self {
            id,
            sql: sql.to_owned(),
            query_context: query_context.clone(),
            state: QueryState::Queued,
            reason: None,
            submitted_on: None,
            completed_on: None,
            scanned_bytes: None,
            engine_millis: None,
            queue_millis: None,
            total_millis: None,
            reused: false,
            kind: StatementKind::Unknown,
            statement: None,
            output: None,
        }
    }

    /// Whether the first row of the first page is the column names: so for DML, and for SHOW FUNCTIONS, not for other
    /// utility statements (measured on Athena; AWS's documents do not say). The names themselves do not tell: a row may
    /// hold them.
    pub fn has_header(&self) -> bool {
        self.kind == StatementKind::Dml || self.statement.as_deref() == Some("SHOW_FUNCTIONS")
    }

    /// The bucket and key of the result if it is a CSV with the rows: that of a SELECT (a CTAS or INSERT writes none).
    pub fn result_object(&self) -> Option<(&str, &str)> {
        let path = self.output.as_deref()?.strip_prefix("s3://")?;
        let (bucket, key) = path.split_once('/')?;
        (self.has_header() && key.ends_with(".csv")).then_some((bucket, key))
    }

    /// What it cost in US dollars at the list price, as far as that is known. A cancelled query pays for what it has
    /// scanned; DDL is free.
    pub fn cost(&self) -> Option<f64> {
        match self.kind {
            StatementKind::Ddl | StatementKind::Utility => Some(0.0),
            _ => self.scanned_bytes.map(scan_cost),
        }
    }
}

impl QueryState {
    /// From the API's value.
    pub fn from_word(word: &str) -> Self {
        match word {
            "QUEUED" => Self::Queued,
            "RUNNING" => Self::Running,
            "SUCCEEDED" => Self::Succeeded,
            "FAILED" => Self::Failed,
            "CANCELLED" => Self::Cancelled,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The API's value.
    pub fn word(&self) -> &str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Other(word) => word,
        }
    }

    /// Whether it will change no more.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

impl ResultColumn {
    /// Whether values are aligned to the right.
    pub fn is_number(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "tinyint" | "smallint" | "integer" | "int" | "bigint" | "float" | "real" | "double" | "decimal"
        )
    }
}

/// What a scan costs in US dollars at Athena's list price: 5 a terabyte, at least 10 MB a query.
pub fn scan_cost(scanned_bytes: i64) -> f64 {
    const TERABYTE: f64 = 1_099_511_627_776.0;
    const MIN_BILLED_BYTES: i64 = 10 * 1_048_576;
    if scanned_bytes == 0 { 0.0 } else { scanned_bytes.max(MIN_BILLED_BYTES) as f64 / TERABYTE * 5.0 }
}

/// What queries may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryLimits {
    /// One that may scan more bytes is asked about first.
    pub ask_above: i64,
    /// One that has scanned more bytes is cancelled.
    pub stop_above: Option<i64>,
}

impl Default for QueryLimits {
    fn default() -> Self {
        // A hundred gigabytes are half a dollar; a terabyte is five.
        Self { ask_above: 100 << 30, stop_above: Some(1 << 40) }
    }
}

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SizeError {
    #[error("unknown unit {0}: use B, KB, MB, GB or TB")]
    Unit(String),
    #[error("invalid size {0}, use e.g. 500MB")]
    Number(String),
}

/// `500MB` in bytes.
///
/// # Errors
/// If the unit or the number is none.
pub fn bytes_of(text: &str) -> Result<i64, SizeError> {
    let split = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let power = match unit.trim().to_uppercase().trim_end_matches('B') {
        "" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        _ => return Err(SizeError::Unit(unit.to_owned())),
    };
    let number: f64 = number.parse().map_err(|_| SizeError::Number(text.to_owned()))?;
    Ok((number * 1024_f64.powi(power)) as i64)
}

/// A query that was sent from this machine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PastQuery {
    /// By this machine's clock.
    pub at: Option<Time>,
    /// Environment, Region and endpoint.
    pub scope_key: String,
    pub sql: String,
    pub query_context: QueryContext,
    /// None if no answer has come.
    pub id: Option<QueryId>,
    /// The word of its end; none if nobody has seen it end.
    pub state: Option<String>,
    pub reason: Option<String>,
    pub scanned_bytes: Option<i64>,
    pub total_millis: Option<i64>,
    /// The process that has sent it.
    pub process: Option<u32>,
}

impl PastQuery {
    /// Whether nobody has seen it end.
    pub fn is_open(&self) -> bool {
        self.state.is_none()
    }
}
