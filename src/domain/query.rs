//! Athena queries and their results.

use super::ids::QueryId;

/// A query execution, as GetQueryExecution tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryStatus {
    pub id: QueryId,
    pub state: QueryState,
    /// `StateChangeReason`: why it failed.
    pub reason: Option<String>,
    pub scanned_bytes: Option<i64>,
    pub engine_millis: Option<i64>,
    pub queue_millis: Option<i64>,
    /// Whether the first row of the first page is the column names: so for DML (SELECT, EXPLAIN), not for utility
    /// statements (measured on Athena; AWS's documents do not say).
    pub has_header: bool,
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

/// A page of rows. A cell is `None` where it is NULL; everything else is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultPage {
    pub columns: Vec<ResultColumn>,
    pub rows: Vec<Vec<Option<String>>>,
    pub next: Option<String>,
}

impl QueryState {
    /// From the API's word.
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

    /// The API's word.
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
            "tinyint" | "smallint" | "integer" | "bigint" | "float" | "real" | "double" | "decimal"
        )
    }
}

/// What a scan costs in US dollars at Athena's list price: 5 a terabyte, at least 10 MB a query.
pub fn scan_cost(scanned_bytes: i64) -> f64 {
    const TERABYTE: f64 = 1_099_511_627_776.0;
    const LEAST: i64 = 10 * 1_048_576;
    if scanned_bytes == 0 { 0.0 } else { scanned_bytes.max(LEAST) as f64 / TERABYTE * 5.0 }
}
