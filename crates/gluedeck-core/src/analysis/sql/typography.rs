//! Characters that come with text from a chat or a document and are not valid in SQL: curly quotes, no-break spaces, full-width signs,
//! byte order marks. Within strings, quoted names and comments they are what was meant.

use super::token::{TokenKind, tokens};
use std::fmt;

/// Such a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// Where it stands: from 1, the column in letters.
    pub line: usize,
    pub column: usize,
    pub letter: char,
    /// What SQL has in its place; nothing for what is not to be seen.
    pub plain: &'static str,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, letter, .. } = self;
        write!(f, "line {line}:{column} has {} (U+{:04X})", name(*letter), u32::from(*letter))
    }
}

/// The characters of a text that are not valid in SQL.
pub fn foreign(sql: &str) -> Vec<Foreign> {
    if sql.is_ascii() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let (mut line, mut column) = (1, 1);
    for token in tokens(sql) {
        let meant = matches!(token.kind, TokenKind::String | TokenKind::Quoted | TokenKind::Comment);
        for letter in token.text.chars() {
            if let Some(plain) = plain(letter).filter(|_| !meant) {
                found.push(Foreign { line, column, letter, plain });
            }
            (line, column) = if letter == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
    }
    found
}

/// The text with SQL's own characters in their places.
pub fn replaced(sql: &str) -> String {
    let meant = |kind| matches!(kind, TokenKind::String | TokenKind::Quoted | TokenKind::Comment);
    let mut text = String::with_capacity(sql.len());
    for token in tokens(sql) {
        for letter in token.text.chars() {
            match plain(letter).filter(|_| !meant(token.kind)) {
                Some(plain) => text.push_str(plain),
                None => text.push(letter),
            }
        }
    }
    text
}

fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2032}' | '\u{ff07}' => "'",
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{2033}' | '\u{ff02}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' => "-",
        '\u{ff08}' => "(",
        '\u{ff09}' => ")",
        '\u{ff0a}' => "*",
        '\u{ff0c}' => ",",
        '\u{ff0e}' => ".",
        '\u{ff1b}' => ";",
        '\u{ff1d}' => "=",
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' => "",
        '\u{2028}' | '\u{2029}' => "\n",
        _ if letter.is_whitespace() && !letter.is_ascii() => " ",
        _ => return None,
    })
}

fn name(letter: char) -> String {
    match (letter, plain(letter)) {
        ('\u{feff}', _) => "a byte order mark".to_owned(),
        ('\u{a0}' | '\u{202f}', _) => "a no-break space".to_owned(),
        (_, Some("")) => "an invisible character".to_owned(),
        (_, Some(" " | "\n")) => "a non-ASCII space".to_owned(),
        _ => format!("«{letter}»"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_chats_make_of_quotes_and_blanks_is_found_and_replaced() {
        let pasted = "\u{feff}select\u{a0}\u{201c}id\u{201d}\n  from t where a = \u{2018}x\u{2019}\u{ff1b}";
        assert_eq!(replaced(pasted), "select \"id\"\n  from t where a = 'x';");
        let found = foreign(pasted);
        assert_eq!(found.len(), 7);
        assert_eq!(found[0].to_string(), "line 1:1 has a byte order mark (U+FEFF)");
        assert_eq!(found[1].to_string(), "line 1:8 has a no-break space (U+00A0)");
        assert_eq!(found[4].to_string(), "line 2:20 has «\u{2018}» (U+2018)");
        let meant = "select '\u{201c}x\u{a0}' as \"\u{2019}\" -- \u{2019}";
        assert_eq!(foreign(meant), []);
        assert_eq!(replaced(meant), meant);
    }

    proptest! {
        #[test]
        fn nothing_foreign_is_left(text in "[a-z '\"\u{2018}\u{2019}\u{201c}\u{a0}\u{feff}\u{ff1b}\n-]{0,40}") {
            let mut text = text;
            // A quote that was put in place may open a string, in which the rest is meant.
            for _ in 0..60 {
                text = replaced(&text);
            }
            prop_assert_eq!(foreign(&text), []);
        }
    }
}
