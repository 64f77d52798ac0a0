//! SQL as text: its words, its statements, what can be completed, what it may cost, where an error is.

pub mod advice;
pub mod changes;
pub mod complete;
pub mod depth;
pub mod functions;
pub mod library;
pub mod parameters;
pub mod position;
pub mod statements;
pub mod suggest;
pub mod tables;
pub mod token;
pub mod typography;

pub use statements::Statement;
pub use token::{Token, TokenKind, tokens};

/// The longest text that is formatted: the formatter's time grows with the square of it.
const MAX_FORMAT_BYTES: usize = 16 << 10;

/// The text formatted; its words, their order and the comments stay. None if it is too long.
pub fn formatted(sql: &str) -> Option<String> {
    if sql.len() > MAX_FORMAT_BYTES {
        return None;
    }
    use sqlformat::{Dialect, FormatOptions, Indent, QueryParams, format};
    let options = FormatOptions {
        indent: Indent::Spaces(2),
        uppercase: None,
        lines_between_queries: 2,
        dialect: Dialect::Generic,
        ..FormatOptions::default()
    };
    Some(format(sql, &QueryParams::None, &options))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What must not change: all that is no blank.
    fn bare(sql: &str) -> String {
        sql.chars().filter(|letter| !letter.is_whitespace()).collect()
    }

    #[test]
    fn formatting_changes_blanks_only() {
        let sql =
            "select a,count(*) n from x.y where as_of_date=date '2026-11-22' and b in ('p  q', :k) group by 1 -- why";
        let formatted = formatted(sql).expect("short");
        assert_eq!(bare(&formatted), bare(sql));
        assert!(formatted.lines().count() > 4, "{formatted}");
    }

    proptest! {
        #[test]
        fn formatting_never_panics(sql in "[a-z'\"(),;:*=<> \n-]{0,80}") {
            let _ = formatted(&sql);
        }
    }
}
