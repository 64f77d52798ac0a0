//! Help for a function: at the cursor, and as text.

use super::{Function, find};
use crate::analysis::sql::token::{Token, TokenKind, tokens};

/// The function at the cursor (a byte): the one whose name it touches, or else the one in whose brackets it stands.
pub fn at(text: &str, cursor: usize) -> Option<&'static Function> {
    let tokens: Vec<Token<'_>> = tokens(text).filter(|token| token.kind != TokenKind::Blank).collect();
    let touches = |token: &&Token<'_>| token.from <= cursor && cursor <= token.to() && is_name(token);
    if let Some(found) = tokens.iter().find(touches).and_then(|token| find(token.text)) {
        return Some(found);
    }
    let before: Vec<&Token<'_>> = tokens.iter().take_while(|token| token.to() <= cursor).collect();
    let mut closed = 0_usize;
    for (place, token) in before.iter().enumerate().rev() {
        match token.text {
            ")" => closed += 1,
            "(" if closed > 0 => closed -= 1,
            "(" => {
                let name = place.checked_sub(1).map(|place| before[place]).filter(|token| is_name(token));
                if let Some(found) = name.and_then(|name| find(name.text)) {
                    return Some(found);
                }
            }
            ";" => return None,
            _ => {}
        }
    }
    None
}

/// Some functions are called as keywords are: `if`, `trim`.
fn is_name(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Name | TokenKind::Keyword)
}

impl Function {
    /// Signatures, what it does, and an example.
    pub fn help(&self) -> String {
        let null =
            if self.strict { "Any NULL among the arguments makes it NULL." } else { "It takes NULLs in its own way." };
        format!("{}\n\n{}\n{null}\n\nselect {}\n", self.signatures.join("\n"), self.about, self.example)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The function at the mark.
    fn marked(text: &str) -> Option<&'static str> {
        let cursor = text.find('|').expect("a mark");
        at(&text.replace('|', ""), cursor).map(|function| function.name)
    }

    #[test]
    fn the_function_that_is_touched_or_that_is_around() {
        assert_eq!(marked("select sub|str(name, 1)"), Some("substr"));
        assert_eq!(marked("select |substr(name, 1)"), Some("substr"));
        assert_eq!(marked("select substr(na|me, 1)"), Some("substr"));
        assert_eq!(marked("select substr(lower(name), |1)"), Some("substr"));
        assert_eq!(marked("select substr((1 + |2), 1)"), Some("substr"));
        assert_eq!(marked("select substr(name, 1), n|ame"), None);
        assert_eq!(marked("select substr(1; select |1"), None);
        assert_eq!(marked("|"), None);
    }

    #[test]
    fn help_has_signatures_and_an_example() {
        let help = find("substr").expect("a function").help();
        assert!(help.starts_with("substr(") && help.contains("\nselect substr("), "{help}");
    }
}
