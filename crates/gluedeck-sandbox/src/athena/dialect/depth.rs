//! How deep a statement is, before anything is made of it: the parser, the planner and whatever walks through a tree call
//! themselves once for each level, and a stack that is used up ends the process.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// Levels at most. Threads that run queries have a stack for it ([`crate::STACK_BYTES`]); Athena's own limit is its
/// stack too ("statement is too large (stack overflow while parsing)").
pub(super) const MAX_DEPTH: usize = 400;

/// A bound of the levels of the tree: brackets within brackets, and operators one after the other, which are a level each.
pub(super) fn depth(tokens: &[TokenWithSpan]) -> usize {
    // Operators of each bracket that is open.
    let mut open: Vec<usize> = vec![0];
    let (mut sum, mut deepest) = (0, 0);
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket => open.push(0),
            Token::RParen | Token::RBracket => {
                sum -= open.pop().unwrap_or_default();
                if open.is_empty() {
                    open.push(0);
                }
            }
            // The next expression of a list begins again.
            Token::Comma | Token::SemiColon => {
                sum -= open.last_mut().map(std::mem::take).unwrap_or_default();
            }
            token if is_level(token) => {
                sum += 1;
                if let Some(last) = open.last_mut() {
                    *last += 1;
                }
            }
            _ => {}
        }
        deepest = deepest.max(sum + open.len());
    }
    deepest
}

/// Whether a token makes the tree a level deeper where it follows others of its kind.
fn is_level(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::NOT
                | Keyword::CASE
                | Keyword::UNION
                | Keyword::INTERSECT
                | Keyword::EXCEPT
                | Keyword::JOIN
                | Keyword::SELECT
        ),
        Token::Plus
        | Token::Minus
        | Token::Mul
        | Token::Div
        | Token::Mod
        | Token::StringConcat
        | Token::DoubleColon
        | Token::Arrow => true,
        _ => false,
    }
}
