//! What is wrong with a query, and where.

/// A query that is none. Places are letters from the begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) message: String,
    pub(crate) from: usize,
    pub(crate) to: usize,
}
