//! Regular expressions that a user types.

use regex::{Regex, RegexBuilder};
use thiserror::Error;

/// A compiled expression that is larger than this is refused.
const MAX_COMPILED_BYTES: usize = 1 << 20;

/// Why a text is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExpressionError {
    #[error("the expression {0} needs too much memory; simplify it")]
    TooLarge(String),
    /// The text, and what its parser says.
    #[error("invalid expression {0}: {1}")]
    Invalid(String, String),
}

/// Compiles an expression.
///
/// # Errors
/// If it cannot be read, or would take too much memory.
pub(crate) fn compile(text: &str, case_insensitive: bool) -> Result<Regex, ExpressionError> {
    let built = RegexBuilder::new(text).case_insensitive(case_insensitive).size_limit(MAX_COMPILED_BYTES).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => ExpressionError::TooLarge(text.to_owned()),
        error => {
            let message = error.to_string();
            let why = message.lines().last().unwrap_or("unreadable").trim_start_matches("error: ");
            ExpressionError::Invalid(text.to_owned(), why.to_owned())
        }
    })
}
