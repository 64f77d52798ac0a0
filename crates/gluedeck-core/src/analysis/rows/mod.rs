//! The rows of a query: held in few allocations, sorted and filtered by number, formatted, counted, copied.

pub mod arrange;
mod batch;
pub mod chart;
pub mod copy;
mod csv;
pub mod show;
pub mod statistics;

pub use arrange::{Arranged, Arrangement};
pub use batch::{Batch, Rows};
pub use csv::{CsvError, CsvReader};

use thiserror::Error;

/// Why SQL on rows that are here has no result.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LocalSqlError {
    /// As the engine says it.
    #[error("{0}")]
    Engine(String),
    #[error("the statement has more than {} levels of brackets and operators", crate::analysis::sql::depth::MAX_DEPTH)]
    TooDeep,
    #[error("this build has no local SQL (feature local-sql)")]
    NotBuilt,
}
