//! Why a query fails, as Athena says it.

use super::job::Job;
use datafusion::error::DataFusionError;
use gluedeck_sql::{Code, Error};

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

    /// The same with another sentence.
    pub(super) fn then(self, sentence: &str) -> Self {
        Self { message: format!("{}. {sentence}", self.message.trim_end_matches('.')), ..self }
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

    pub(super) fn no_database(database: &str) -> Self {
        Self::user(1006, format!("FAILED: SemanticException [Error 10072]: Database does not exist: {database}"))
    }

    pub(super) fn no_schema(database: &str) -> Self {
        Self::user(1301, format!("SCHEMA_NOT_FOUND: Schema '{database}' does not exist"))
    }

    /// What the language refused: a code of Trino, a place if it is of the statement, and a message.
    pub(super) fn of_sql(error: &Error) -> Self {
        let message = format!("{}: {error}", error.code.name());
        let kind = match error.code {
            Code::GenericInternalError => return Self { category: 1, kind: 9999, ..Self::user(9999, message) },
            Code::NotSupported => 1200,
            Code::SchemaNotFound | Code::TableNotFound => 1301,
            Code::FunctionNotFound => 1303,
            Code::TypeMismatch => 1002,
            Code::DivisionByZero => 1001,
            Code::InvalidFunctionArgument => 1106,
            Code::InvalidCastArgument | Code::MissingColumnName => 1100,
            // Of a value, met while the query ran.
            _ if error.position.is_none() => 1007,
            _ => 1006,
        };
        Self::user(kind, message)
    }

    /// What went wrong while the engine ran a query.
    pub(super) fn of(error: &DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(what) => {
                Self::user(2, format!("Query exhausted resources at this scale factor: {what}"))
            }
            // Such as a file of gold that was overwritten while it was read.
            DataFusionError::IoError(what) => Self::transient(what),
            DataFusionError::NotImplemented(what) => {
                Self::user(1200, format!("NOT_SUPPORTED: gluedeck does not do this: {what}"))
            }
            root => Self::of_sql(&Error::from_engine(root)),
        }
    }
}

/// What Hive's DDL task says of what it could not do.
pub(super) fn ddl_failed(kind: i32, why: &str) -> Failure {
    let task = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask";
    Failure::user(kind, format!("{task}. {why}"))
}

/// Ends a query that has read more than its workgroup allows.
pub(super) fn within(job: &Job<'_>) -> Result<(), Failure> {
    let scanned = job.scanned_bytes();
    match job.cutoff {
        Some(cutoff) if scanned > cutoff => Err(Failure::cut_off(scanned)),
        _ => Ok(()),
    }
}
