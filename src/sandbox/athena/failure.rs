//! The engine's errors in Athena's words.

use super::engine::Job;
use datafusion::error::DataFusionError;

/// `AthenaError`: category 1 is the system's, 2 the user's, 3 others'.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) category: i32,
    pub(crate) kind: i32,
    pub(crate) message: String,
}

impl Failure {
    /// The user's fault. `kind` is of the error catalog (AWS_FACTS 6: 1006 syntax, 1110 no such table, 12xx
    /// unsupported, 13xx not found).
    pub(super) fn user(kind: i32, message: impl Into<String>) -> Self {
        Self { category: 2, kind, message: message.into() }
    }

    pub(super) fn system(message: impl std::fmt::Display) -> Self {
        Self { category: 1, kind: 9999, message: format!("GENERIC_INTERNAL_ERROR: {message}") }
    }

    pub(super) fn no_table(database: &str, name: &str) -> Self {
        Self::user(1301, format!("FAILED: SemanticException [Error 10001]: Table not found {database}.{name}"))
    }

    pub(super) fn no_schema(database: &str) -> Self {
        Self::user(1300, format!("SCHEMA_NOT_FOUND: Schema '{database}' does not exist"))
    }

    /// What the engine refused, in a query of a job.
    pub(super) fn of(error: &DataFusionError, job: &Job<'_>) -> Self {
        let root = error.find_root();
        let text = root.to_string();
        let text = text.split('\n').next().unwrap_or_default();
        let quoted = || text.split('\'').nth(1).unwrap_or_default().to_owned();
        if text.contains("table '") && text.contains("not found") {
            let table = quoted();
            let database = table.rsplit('.').nth(1).unwrap_or(job.database);
            if !job.lake.catalog().databases.contains_key(database) {
                return Self::no_schema(database);
            }
            return Self::user(1110, format!("TABLE_NOT_FOUND: Table '{table}' does not exist"));
        }
        if text.contains("failed to resolve schema") {
            return Self::no_schema(job.database);
        }
        if let Some(rest) = text.split("No field named ").nth(1) {
            let column = rest.split(". ").next().unwrap_or(rest).trim_end_matches('.');
            let message = format!(
                "COLUMN_NOT_FOUND: Column '{column}' cannot be resolved or requester is not authorized to access requested resources"
            );
            return Self::user(1006, message);
        }
        if let Some(rest) = text.split("Invalid function '").nth(1) {
            let name = rest.split('\'').next().unwrap_or(rest);
            return Self::user(1006, format!("FUNCTION_NOT_FOUND: Function '{name}' not registered"));
        }
        match root {
            DataFusionError::ResourcesExhausted(what) => Self {
                category: 2,
                kind: 2,
                message: format!("Query exhausted resources at this scale factor: {what}"),
            },
            DataFusionError::NotImplemented(what) => Self::user(1200, format!("NOT_SUPPORTED: {what}")),
            DataFusionError::Plan(what) if has_code(what) => Self::user(1006, what.clone()),
            DataFusionError::Plan(what) => Self::user(1006, format!("SYNTAX_ERROR: {what}")),
            DataFusionError::ArrowError(what, _) if what.to_string().contains("Divide by zero") => {
                Self::user(1101, "DIVISION_BY_ZERO: Division by zero")
            }
            DataFusionError::ArrowError(what, _) => Self::user(1101, format!("INVALID_CAST_ARGUMENT: {what}")),
            DataFusionError::Execution(what) if has_code(what) => Self::user(1101, what.clone()),
            DataFusionError::ParquetError(_) | DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => {
                Self::system(text)
            }
            _ => Self::user(1006, format!("GENERIC_USER_ERROR: {text}")),
        }
    }
}

/// Whether a message already begins with one of Athena's codes.
fn has_code(message: &str) -> bool {
    let code = message.split(':').next().unwrap_or_default();
    code.len() > 5 && message.len() > code.len() && code.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}
