//! The words of SQL, told apart well enough to color, split and complete them; text that is no SQL is split too.

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Keyword,
    /// A name of something, or of a function.
    Name,
    /// A name within double quotes or backquotes.
    Quoted,
    String,
    Number,
    Comment,
    /// `:name`, to be filled in.
    Parameter,
    Blank,
    /// Punctuation and operators.
    Sign,
}

/// A word and where it stands, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    pub kind: TokenKind,
    pub text: &'t str,
    pub from: usize,
}

impl Token<'_> {
    /// Behind its last byte.
    pub fn to(&self) -> usize {
        self.from + self.text.len()
    }

    /// Whether it is this word, whatever the case.
    pub fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }
}

/// All words of a text, blanks and comments too: together they are the text.
pub fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = &text[from..];
        let (kind, len) = next(rest, &text[..from])?;
        let token = Token { kind, text: &rest[..len], from };
        from += len;
        Some(token)
    })
}

fn next(rest: &str, before: &str) -> Option<(TokenKind, usize)> {
    let first = rest.chars().next()?;
    Some(match first {
        _ if rest.starts_with("--") => (TokenKind::Comment, rest.find('\n').unwrap_or(rest.len())),
        _ if rest.starts_with("/*") => (TokenKind::Comment, rest.find("*/").map_or(rest.len(), |end| end + 2)),
        '\'' => (TokenKind::String, quoted(rest, '\'')),
        '"' | '`' => (TokenKind::Quoted, quoted(rest, first)),
        ':' if is_parameter(rest, before) => (TokenKind::Parameter, 1 + length(&rest[1..], is_word)),
        _ if first.is_ascii_digit() => (TokenKind::Number, length(rest, |letter| is_word(letter) || letter == '.')),
        _ if is_word(first) => {
            let len = length(rest, is_word);
            (if is_keyword(&rest[..len]) { TokenKind::Keyword } else { TokenKind::Name }, len)
        }
        _ if first.is_whitespace() => (TokenKind::Blank, length(rest, char::is_whitespace)),
        _ => (TokenKind::Sign, first.len_utf8()),
    })
}

/// `:name`, but not the second colon of `::type`, nor what is behind a word: `a[1:n]` has no parameter.
fn is_parameter(rest: &str, before: &str) -> bool {
    let begins = rest[1..].starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    begins && !before.ends_with(|letter: char| letter == ':' || is_word(letter))
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

fn length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|letter: char| !belongs(letter)).unwrap_or(text.len())
}

/// Up to the quote that ends it; two of them stand for one.
fn quoted(rest: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(end) = rest[at..].find(quote) {
        at += end + 1;
        if !rest[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    rest.len()
}

fn is_keyword(word: &str) -> bool {
    word.len() <= 12 && KEYWORDS.binary_search(&word.to_ascii_lowercase().as_str()).is_ok()
}

/// The words of Athena's grammar that people type, in order.
pub const KEYWORDS: [&str; 107] = [
    "all",
    "alter",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "catalogs",
    "columns",
    "create",
    "cross",
    "cube",
    "current_date",
    "database",
    "databases",
    "date",
    "deallocate",
    "delete",
    "desc",
    "describe",
    "distinct",
    "drop",
    "else",
    "end",
    "escape",
    "except",
    "execute",
    "exists",
    "explain",
    "external",
    "extract",
    "false",
    "fetch",
    "filter",
    "first",
    "for",
    "format",
    "from",
    "full",
    "functions",
    "group",
    "grouping",
    "having",
    "if",
    "in",
    "inner",
    "insert",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "last",
    "lateral",
    "left",
    "like",
    "limit",
    "location",
    "merge",
    "natural",
    "not",
    "null",
    "nulls",
    "offset",
    "on",
    "or",
    "order",
    "ordinality",
    "outer",
    "over",
    "partition",
    "partitions",
    "prepare",
    "recursive",
    "repair",
    "right",
    "rollup",
    "rows",
    "schema",
    "schemas",
    "select",
    "set",
    "sets",
    "show",
    "table",
    "tables",
    "tablesample",
    "then",
    "timestamp",
    "true",
    "union",
    "unload",
    "unnest",
    "update",
    "using",
    "values",
    "view",
    "views",
    "when",
    "where",
    "window",
    "with",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_told_apart() {
        let sql = "SELECT 'it''s', \"a b\", x1, 12.5, :day::date /* a\nb */ -- why";
        let found: Vec<_> = tokens(sql)
            .filter(|t| !matches!(t.kind, TokenKind::Blank | TokenKind::Sign))
            .map(|t| (t.kind, t.text))
            .collect();
        assert_eq!(
            found,
            [
                (TokenKind::Keyword, "SELECT"),
                (TokenKind::String, "'it''s'"),
                (TokenKind::Quoted, "\"a b\""),
                (TokenKind::Name, "x1"),
                (TokenKind::Number, "12.5"),
                (TokenKind::Parameter, ":day"),
                (TokenKind::Keyword, "date"),
                (TokenKind::Comment, "/* a\nb */"),
                (TokenKind::Comment, "-- why"),
            ]
        );
    }

    #[test]
    fn the_keywords_are_in_order() {
        assert!(KEYWORDS.is_sorted());
        assert!(is_keyword("WHERE") && is_keyword("select") && !is_keyword("account"));
    }

    proptest! {
        #[test]
        fn tokens_are_the_whole_text(text in any::<String>()) {
            let joined: String = tokens(&text).map(|token| token.text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
