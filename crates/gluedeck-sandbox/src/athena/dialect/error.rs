//! Why a statement is not run, as Athena says it.

use thiserror::Error;

/// Why a statement is not run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum DialectError {
    /// With `line L:C: ` in front.
    #[error("{0}")]
    Malformed(String),
    #[error("Queries of this type are not supported: the statement is empty")]
    Empty,
    #[error("line 1:1: statement is too large (stack overflow while parsing)")]
    TooLarge,
    #[error("Only one sql statement is allowed. Got: {0}")]
    Several(String),
    #[error("NOT_SUPPORTED: {0}")]
    NotSupported(String),
    #[error("SYNTAX_ERROR: LIMIT and FETCH FIRST in one query")]
    TwoLimits,
    #[error("INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected {expected} but found {found}")]
    Parameters { expected: usize, found: usize },
    #[error("PreparedStatement {0} was not found")]
    NoPrepared(String),
    #[error("INVALID_VIEW: View '{name}': {error}")]
    View { name: String, error: Box<DialectError> },
    #[error("INVALID_VIEW: View '{0}' is no query")]
    NoQuery(String),
    #[error("Statement stack depth exceeded: views are nested too deep")]
    TooDeep,
}

impl DialectError {
    pub(super) fn not_supported(what: impl Into<String>) -> Self {
        Self::NotSupported(what.into())
    }
}
