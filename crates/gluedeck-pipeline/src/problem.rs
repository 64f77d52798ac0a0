//! What is wrong with a file: where, in which record and field, and what is expected.

use crate::file::Position;
use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub at: Position,
    /// The record's `scopeId`, or its number if it has none: `User`, `#3`.
    pub record: Option<String>,
    pub field: Option<String>,
    /// What is wrong, and what is expected.
    pub message: String,
}

/// `12:5: record User, field bronzeWorkers: expected …`, to be put behind the file's name and a colon.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.at.line, self.at.column)?;
        let record = self.record.as_ref().map(|record| format!("record {record}"));
        let field = self.field.as_ref().map(|field| format!("field {field}"));
        let place: Vec<String> = record.into_iter().chain(field).collect();
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        f.write_str(&self.message)
    }
}
