//! The statements of a text: Athena takes one a query, people write several.

use super::token::{TokenKind, tokens};
use std::ops::Range;

/// A statement: where its words stand in the text, in bytes, without the semicolon and the blanks around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub range: Range<usize>,
}

impl Statement {
    /// Its text.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.range.clone()]
    }
}

/// All statements. What is only blanks and comments is none.
pub fn all(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    // Comments in front of a statement go with it, for they say what it is for.
    let (mut from, mut first, mut to): (usize, Option<usize>, usize) = (0, None, 0);
    let mut close = |from: usize, first: Option<usize>, to: usize| {
        if first.is_some() {
            let lead = text[from..].len() - text[from..].trim_start().len();
            found.push(Statement { range: from + lead..to });
        }
    };
    for token in tokens(text) {
        match token.kind {
            TokenKind::Sign if token.text == ";" => {
                close(from, first, to);
                (from, first) = (token.to(), None);
            }
            TokenKind::Blank | TokenKind::Comment => {}
            _ => {
                first.get_or_insert(token.from);
                to = token.to();
            }
        }
    }
    close(from, first, to);
    found
}

/// The statement at a place: the one around it, else the one before it, else the first.
pub fn at(text: &str, offset: usize) -> Option<Statement> {
    let all = all(text);
    let around = |statement: &&Statement| statement.range.start <= offset && offset <= statement.range.end;
    // The cursor behind `;` still means the statement that it ends, up to the next line.
    let before = |statement: &&Statement| statement.range.end < offset;
    all.iter().find(around).or_else(|| all.iter().rfind(before)).or_else(|| all.first()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(sql: &str) -> Vec<&str> {
        all(sql).iter().map(|statement| &sql[statement.range.clone()]).collect()
    }

    #[test]
    fn semicolons_in_strings_and_comments_end_nothing() {
        let sql = "select ';' -- a;\n  , 2;\n\n-- second\nselect /* ; */ \"x;y\" ;; -- the end\n";
        assert_eq!(texts(sql), ["select ';' -- a;\n  , 2", "-- second\nselect /* ; */ \"x;y\""]);
        assert!(texts(" \n-- nothing\n;/* none */;").is_empty());
    }

    #[test]
    fn the_statement_under_the_cursor() {
        let sql = "select 1;\nselect 2;\n";
        let under = |offset: usize| at(sql, offset).map(|statement| statement.text(sql)).unwrap_or_default();
        assert_eq!(
            (under(0), under(8), under(9), under(10), under(sql.len())),
            ("select 1", "select 1", "select 1", "select 2", "select 2")
        );
        assert_eq!(at("-- no", 2), None);
    }

    proptest! {
        #[test]
        fn every_statement_lies_in_the_text(text in any::<String>(), offset in 0_usize..80) {
            let all = all(&text);
            prop_assert!(all.iter().all(|statement| !statement.text(&text).trim().is_empty()));
            prop_assert!(all.windows(2).all(|two| two[0].range.end <= two[1].range.start));
            let _ = at(&text, offset);
        }
    }
}
