//! How deep a statement is, by its words: an engine calls itself once for each level, and a stack that is used up ends the
//! process.

use super::token::{TokenKind, tokens};

/// Levels at most of SQL on rows that are here.
pub const MAX_DEPTH: usize = 400;

/// A bound of the levels: brackets within brackets, and operators one after the other, which are a level each.
pub fn depth(sql: &str) -> usize {
    // Operators of each bracket that is open.
    let mut open: Vec<usize> = vec![0];
    let (mut sum, mut deepest) = (0, 0);
    let mut bar = false;
    for token in tokens(sql) {
        // The second half of `||`.
        let half = bar && token.text == "|";
        bar = !half && token.text == "|";
        match (token.kind, token.text) {
            (TokenKind::Sign, "(" | "[") => open.push(0),
            (TokenKind::Sign, ")" | "]") => {
                sum -= open.pop().unwrap_or_default();
                if open.is_empty() {
                    open.push(0);
                }
            }
            // The next expression of a list begins again.
            (TokenKind::Sign, "," | ";") => sum -= open.last_mut().map(std::mem::take).unwrap_or_default(),
            (TokenKind::Sign, "|") if half => {}
            (TokenKind::Sign, "+" | "-" | "*" | "/" | "%" | "|" | ":") => {
                sum += 1;
                open.iter_mut().next_back().into_iter().for_each(|last| *last += 1);
            }
            (TokenKind::Keyword | TokenKind::Name, word) if is_level(word) => {
                sum += 1;
                open.iter_mut().next_back().into_iter().for_each(|last| *last += 1);
            }
            _ => {}
        }
        deepest = deepest.max(sum + open.len());
    }
    deepest
}

fn is_level(word: &str) -> bool {
    const WORDS: [&str; 9] = ["and", "or", "not", "case", "union", "intersect", "except", "join", "select"];
    WORDS.iter().any(|level| word.eq_ignore_ascii_case(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_and_brackets_are_deep_and_lists_are_not() {
        assert!(depth("select 1") < 5);
        assert!(depth(&format!("select {}1", "1+".repeat(1_000))) > 1_000);
        assert!(depth(&format!("select {}1{}", "(".repeat(1_000), ")".repeat(1_000))) > 1_000);
        assert!(depth(&format!("select a in ({}1), b + c", "1, ".repeat(1_000))) < 10);
        assert!(depth(&format!("select {}1", "a and b, ".repeat(1_000))) < 10);
        assert!(depth("))))") < 5);
    }
}
