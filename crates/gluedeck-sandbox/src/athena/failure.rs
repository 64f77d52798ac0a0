//! The engine's errors in Athena's words.

use super::dialect::position;
use super::job::Job;
use datafusion::error::DataFusionError;

/// `AthenaError`: category 1 is the system's, 2 the user's, 3 others'.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) category: i32,
    pub(crate) kind: i32,
    pub(crate) message: String,
    /// Whether the same query may succeed if it is run again.
    pub(crate) retryable: bool,
    /// The bytes that had been read when the workgroup's limit ended the query, which is then CANCELLED.
    pub(crate) cut_off_at: Option<u64>,
}

impl Failure {
    /// The user's fault. `kind` is a type of the error reference (docs/aws-facts.md: Query errors): 1006 syntax, 1110
    /// no such table, 12xx not supported, 13xx not found.
    pub(super) fn user(kind: i32, message: impl Into<String>) -> Self {
        Self { category: 2, kind, message: message.into(), retryable: false, cut_off_at: None }
    }

    pub(super) fn system(message: impl std::fmt::Display) -> Self {
        let message = format!("GENERIC_INTERNAL_ERROR: {message}");
        Self { category: 1, kind: 9999, message, retryable: false, cut_off_at: None }
    }

    /// The system's fault, of the kind that passes: the query goes back to QUEUED (docs/aws-facts.md: Query states).
    pub(super) fn transient(message: impl std::fmt::Display) -> Self {
        Self { retryable: true, ..Self::system(message) }
    }

    /// The workgroup's `BytesScannedCutoffPerQuery` ended the query.
    pub(super) fn cut_off(bytes: u64) -> Self {
        Self { cut_off_at: Some(bytes), ..Self::user(1014, "Bytes scanned limit was exceeded") }
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
        if let Some(failure) = Self::unresolved(text, job) {
            return failure;
        }
        let text = &own_words(text);
        match root {
            DataFusionError::ResourcesExhausted(what) => {
                Self::user(2, format!("Query exhausted resources at this scale factor: {what}"))
            }
            DataFusionError::NotImplemented(what) => Self::user(1200, format!("NOT_SUPPORTED: {}", own_words(what))),
            DataFusionError::Plan(what) if has_code(what) => Self::user(1006, what.clone()),
            DataFusionError::Plan(what) => Self::user(1006, format!("SYNTAX_ERROR: {}", own_words(what))),
            DataFusionError::Internal(what) => Self::user(1006, format!("SYNTAX_ERROR: {}", own_words(what))),
            DataFusionError::ArrowError(what, _) if what.to_string().contains("Divide by zero") => {
                Self::user(1101, "DIVISION_BY_ZERO: Division by zero")
            }
            DataFusionError::ArrowError(what, _) => {
                Self::user(1101, format!("INVALID_CAST_ARGUMENT: {}", own_words(&what.to_string())))
            }
            DataFusionError::Execution(what) if has_code(what) => Self::user(1101, what.clone()),
            // Such as a file of gold that was overwritten while it was read.
            DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => Self::transient(text),
            _ => Self::user(1006, format!("GENERIC_USER_ERROR: {text}")),
        }
    }
}

impl Failure {
    /// What names something that is not there, with the place where it is named.
    fn unresolved(text: &str, job: &Job<'_>) -> Option<Self> {
        let quoted = || text.split('\'').nth(1).unwrap_or_default().to_owned();
        if text.contains("table '") && text.contains("not found") {
            let table = quoted();
            let database = table.rsplit('.').nth(1).unwrap_or(job.database);
            if !job.lake.catalog().databases.contains_key(database) {
                return Some(Self::no_schema(database));
            }
            let at = position(job.sql, table.rsplit('.').next().unwrap_or(&table));
            return Some(Self::user(1110, format!("TABLE_NOT_FOUND: {at}Table '{table}' does not exist")));
        }
        if text.contains("failed to resolve schema") {
            return Some(Self::no_schema(job.database));
        }
        if let Some(rest) = text.split("No field named ").nth(1) {
            let column = rest.split(". ").next().unwrap_or(rest).trim_end_matches('.');
            let at = position(job.sql, column.rsplit('.').next().unwrap_or(column).trim_matches('"'));
            let message = format!(
                "COLUMN_NOT_FOUND: {at}Column '{column}' cannot be resolved or requester is not authorized to access requested resources"
            );
            return Some(Self::user(1006, message));
        }
        if let Some(rest) = text.split("Invalid function '").nth(1) {
            let name = rest.split('\'').next().unwrap_or(rest);
            let at = position(job.sql, name);
            return Some(Self::user(1006, format!("FUNCTION_NOT_FOUND: {at}Function '{name}' not registered")));
        }
        if let Some(rest) = text.split("Column in SELECT must be in GROUP BY or an aggregate function").nth(1) {
            let column = rest.split('"').nth(1).unwrap_or_default().rsplit('.').next().unwrap_or_default().to_owned();
            let at = position(job.sql, &column);
            let message = format!(
                "EXPRESSION_NOT_AGGREGATE: {at}'{column}' must be an aggregate expression or appear in GROUP BY clause"
            );
            return Some(Self::user(1006, message));
        }
        None
    }
}

/// Whether a message already begins with one of Athena's codes.
fn has_code(message: &str) -> bool {
    let code = message.split(':').next().unwrap_or_default();
    code.len() > 5 && message.len() > code.len() && code.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// A message without the engine's name and with Trino's names of types.
fn own_words(message: &str) -> String {
    let first =
        message.split("\n").next().unwrap_or_default().split("This issue was likely").next().unwrap_or_default();
    let types = [
        ("Timestamp(ms)", "timestamp(3)"),
        ("Timestamp(ns)", "timestamp"),
        ("Utf8View", "varchar"),
        ("Utf8", "varchar"),
        ("Int64", "bigint"),
        ("Int32", "integer"),
        ("Float64", "double"),
        ("Date32", "date"),
        ("Boolean", "boolean"),
        ("DataFusion", "the engine"),
    ];
    let text = types.iter().fold(first.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours));
    text.trim_start_matches("Internal error: ").trim().trim_end_matches('.').to_owned()
}

/// Ends a query that has read more than its workgroup allows.
pub(super) fn within(job: &Job<'_>) -> Result<(), Failure> {
    let scanned = job.scanned_bytes();
    match job.cutoff {
        Some(cutoff) if scanned > cutoff => Err(Failure::cut_off(scanned)),
        _ => Ok(()),
    }
}
