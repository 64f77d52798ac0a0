//! The text of a pipeline's file as a tree of values, each with its place in the text: JSON with comments, TOML or YAML.

mod json;
mod node;
mod toml;
mod yaml;

pub use node::{Entry, Node, Value};

use std::ops::Range;
use std::path::Path;
use thiserror::Error;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, in which comments and a comma behind the last element are allowed.
    Json,
    Toml,
    Yaml,
}

impl Format {
    /// By the end of the file's name; what has another end, or none, is taken for JSON.
    pub fn of(path: &Path) -> Self {
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        match end.to_ascii_lowercase().as_str() {
            "toml" => Self::Toml,
            "yaml" | "yml" => Self::Yaml,
            _ => Self::Json,
        }
    }

    /// As in messages.
    pub fn title(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }
}

/// Line and column of a place in a text, both from 1; columns are counted in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl Position {
    /// The position of a byte of a text.
    pub fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

/// Why a text is none of its format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Byte of the text.
    pub at: usize,
    pub message: String,
}

/// Reads a text.
///
/// # Errors
/// The first place where it is not of the format.
pub fn parse(text: &str, format: Format) -> Result<Node, SyntaxError> {
    match format {
        Format::Json => json::parse(text),
        Format::Toml => toml::parse(text),
        Format::Yaml => yaml::parse(text),
    }
}

/// Where a part of a text value lies in the file: `at` is the byte of the part in the value. Of a value with escapes only
/// the whole is known.
pub fn part(text: &str, node: &Node, at: usize) -> usize {
    let Value::Text(value) = &node.value else { return node.span.start };
    let Range { start, end } = node.span;
    let raw = text.get(start..end).unwrap_or_default();
    raw.find(value.as_str()).filter(|_| value.is_char_boundary(at)).map_or(start, |from| start + from + at)
}
