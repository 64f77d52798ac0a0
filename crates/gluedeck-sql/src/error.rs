//! What is wrong with a statement, in Trino's words: a code, a place and a message.

use std::fmt;

/// A place in a statement: line and column, both from 1, as Trino counts them (columns in characters).
///
/// Two places are always equal, so that expressions can be compared without regard to where they stand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

impl PartialEq for Position {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Position {}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}:{}", self.line, self.column)
    }
}

/// Trino's names of what can be wrong (`io.trino.spi.StandardErrorCode`), those that are met here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    AmbiguousName,
    CatalogNotFound,
    ColumnNotFound,
    ColumnTypeUnknown,
    ConstraintViolation,
    DivisionByZero,
    DuplicateColumnName,
    DuplicateNamedQuery,
    DuplicateWindowName,
    ExceededFunctionMemoryLimit,
    ExpressionNotAggregate,
    ExpressionNotInDistinct,
    ExpressionNotScalar,
    FunctionNotAggregate,
    FunctionNotFound,
    FunctionNotWindow,
    GenericInternalError,
    GenericUserError,
    HiveBadData,
    HiveCannotOpenSplit,
    HiveCursorError,
    HiveFilesystemError,
    HiveInvalidMetadata,
    HiveInvalidPartitionValue,
    HiveUnsupportedFormat,
    InvalidArguments,
    InvalidCastArgument,
    InvalidColumnReference,
    InvalidFunctionArgument,
    InvalidLimitClause,
    InvalidLiteral,
    InvalidOrderBy,
    InvalidParameterUsage,
    InvalidPath,
    InvalidRecursiveReference,
    InvalidView,
    InvalidWindowFrame,
    InvalidWindowReference,
    JsonInputConversionError,
    JsonOutputConversionError,
    JsonValueResultError,
    MismatchedColumnAliases,
    MissingColumnAliases,
    MissingColumnName,
    MissingGroupBy,
    MissingOrderBy,
    MissingOver,
    NestedAggregation,
    NestedRecursive,
    NestedWindow,
    NotSupported,
    NumericValueOutOfRange,
    PathEvaluationError,
    SchemaNotFound,
    SubqueryMultipleRows,
    SyntaxError,
    TableNotFound,
    TooManyArguments,
    TypeMismatch,
    TypeNotFound,
    ViewIsRecursive,
}

impl Code {
    /// As Athena writes it before a message: `TYPE_MISMATCH`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for (index, letter) in format!("{self:?}").chars().enumerate() {
            if letter.is_ascii_uppercase() && index > 0 {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        name
    }
}

/// Why a statement was refused or failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    pub code: Code,
    pub position: Option<Position>,
    pub message: String,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of a value, met while a statement runs.
    pub fn of_value(code: Code, message: impl Into<String>) -> Self {
        Self { code, position: None, message: message.into() }
    }

    /// An error of the statement, at a place of it.
    pub fn at(position: Position, code: Code, message: impl Into<String>) -> Self {
        Self { code, position: Some(position), message: message.into() }
    }

    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::of_value(Code::InvalidFunctionArgument, message)
    }

    pub(crate) fn cast(message: impl Into<String>) -> Self {
        Self::of_value(Code::InvalidCastArgument, message)
    }

    pub(crate) fn out_of_range(message: impl Into<String>) -> Self {
        Self::of_value(Code::NumericValueOutOfRange, message)
    }

    /// What Trino does and this does not.
    pub fn unsupported(position: Position, what: impl fmt::Display) -> Self {
        Self::at(position, Code::NotSupported, format!("gluedeck does not do {what}"))
    }

    /// Whether `TRY` turns this error into NULL (Trino's documentation of `try`).
    pub(crate) fn is_caught_by_try(&self) -> bool {
        matches!(
            self.code,
            Code::DivisionByZero
                | Code::InvalidCastArgument
                | Code::InvalidFunctionArgument
                | Code::NumericValueOutOfRange
        )
    }

    /// Finds the error of a value inside the engine's error.
    pub fn from_engine(error: &datafusion::error::DataFusionError) -> Self {
        use datafusion::error::DataFusionError as Engine;
        match error.find_root() {
            Engine::External(inner) => match inner.downcast_ref::<Self>() {
                Some(found) => found.clone(),
                None => Self::of_value(Code::GenericInternalError, inner.to_string()),
            },
            Engine::ArrowError(inner, _) => match inner.as_ref() {
                datafusion::arrow::error::ArrowError::ExternalError(inner) => match inner.downcast_ref::<Self>() {
                    Some(found) => found.clone(),
                    None => Self::of_value(Code::GenericInternalError, inner.to_string()),
                },
                other => Self::of_value(Code::GenericInternalError, other.to_string()),
            },
            other => Self::of_value(Code::GenericInternalError, other.to_string()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "{position}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for datafusion::error::DataFusionError {
    fn from(error: Error) -> Self {
        Self::External(Box::new(error))
    }
}
