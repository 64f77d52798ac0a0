//! Tokens of a query.

use super::malformed::Malformed;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name, a keyword or a function.
    Name(String),
    /// A name in back-quotes.
    Quoted(String),
    Number(String),
    /// Digits and letters together: `5m`.
    Period(String),
    Text(String),
    Regex(String),
    Symbol(&'static str),
    End,
}

#[derive(Debug, Clone)]
pub(super) struct TokenAt {
    pub(super) token: Token,
    /// Letters from the begin of the query.
    pub(super) from: usize,
    pub(super) to: usize,
}

const SYMBOLS: [&str; 20] =
    ["=~", "!=", "<=", ">=", "=", "<", ">", "|", ",", "(", ")", "[", "]", "+", "-", "*", "/", "%", "^", "."];

/// Takes a query apart. A slash begins a regular expression where a value may begin.
pub(super) fn tokens(query: &str) -> Result<Vec<TokenAt>, Malformed> {
    let letters: Vec<char> = query.chars().collect();
    let (mut tokens, mut at): (Vec<TokenAt>, usize) = (Vec::new(), 0);
    while at < letters.len() {
        let (from, letter) = (at, letters[at]);
        if letter.is_whitespace() {
            at += 1;
            continue;
        }
        if letter == '#' {
            at = (at..letters.len()).find(|at| letters[*at] == '\n').unwrap_or(letters.len());
            continue;
        }
        let token = match letter {
            '\'' | '"' => Token::Text(delimited(&letters, &mut at, letter)?),
            '`' => Token::Quoted(delimited(&letters, &mut at, '`')?),
            '@' if letters.get(at + 1) == Some(&'`') => {
                at += 1;
                Token::Quoted(format!("@{}", delimited(&letters, &mut at, '`')?))
            }
            '/' if begins_value(&tokens) => Token::Regex(regex(&letters, &mut at)?),
            letter if letter.is_ascii_digit() => number(&letters, &mut at),
            letter if letter == '@' || letter == '_' || letter.is_alphabetic() => {
                while at < letters.len() && is_of_name(&letters, at) {
                    at += 1;
                }
                Token::Name(letters[from..at].iter().collect())
            }
            _ => {
                let rest: String = letters[at..letters.len().min(at + 2)].iter().collect();
                let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
                let Some(symbol) = symbol else { return Err(unexpected(&letter.to_string(), query, at)) };
                at += symbol.len();
                Token::Symbol(symbol)
            }
        };
        tokens.push(TokenAt { token, from, to: at });
    }
    tokens.push(TokenAt { token: Token::End, from: at, to: at });
    Ok(tokens)
}

fn is_of_name(letters: &[char], at: usize) -> bool {
    let plain = |letter: char| letter == '@' || letter == '_' || letter.is_alphanumeric();
    plain(letters[at]) || (letters[at] == '.' && letters.get(at + 1).is_some_and(|next| plain(*next)))
}

/// Whether a slash here begins a regular expression: it does behind `like`, `=~` and `parse` with or without a field.
fn begins_value(tokens: &[TokenAt]) -> bool {
    let word = |back: usize| match tokens.iter().rev().nth(back).map(|placed| &placed.token) {
        Some(Token::Name(name)) => name.to_lowercase(),
        _ => String::new(),
    };
    matches!(tokens.last().map(|placed| &placed.token), Some(Token::Symbol("=~")))
        || word(0) == "like"
        || word(0) == "parse"
        || word(1) == "parse"
}

/// What is between two marks, with backslashes that escape the mark and themselves.
fn delimited(letters: &[char], at: &mut usize, mark: char) -> Result<String, Malformed> {
    let from = *at;
    let mut text = String::new();
    *at += 1;
    while let Some(letter) = letters.get(*at) {
        match letter {
            '\\' if letters.get(*at + 1).is_some_and(|next| *next == mark || *next == '\\') => {
                text.push(letters[*at + 1]);
                *at += 2;
            }
            letter if *letter == mark => {
                *at += 1;
                return Ok(text);
            }
            letter => {
                text.push(*letter);
                *at += 1;
            }
        }
    }
    Err(Malformed { message: format!("unexpected symbol found {mark} at position {from}"), from, to: letters.len() })
}

fn regex(letters: &[char], at: &mut usize) -> Result<String, Malformed> {
    let from = *at;
    let mut text = String::new();
    *at += 1;
    while let Some(letter) = letters.get(*at) {
        match letter {
            '\\' => {
                let next = letters.get(*at + 1).copied().unwrap_or('\\');
                if next != '/' {
                    text.push('\\');
                }
                text.push(next);
                *at += 2;
            }
            '/' => {
                *at += 1;
                return Ok(text);
            }
            letter => {
                text.push(*letter);
                *at += 1;
            }
        }
    }
    Err(Malformed { message: format!("unexpected symbol found / at position {from}"), from, to: letters.len() })
}

fn number(letters: &[char], at: &mut usize) -> Token {
    let from = *at;
    let digits = |at: &mut usize| {
        while letters.get(*at).is_some_and(char::is_ascii_digit) {
            *at += 1;
        }
    };
    digits(at);
    if letters.get(*at) == Some(&'.') && letters.get(*at + 1).is_some_and(char::is_ascii_digit) {
        *at += 1;
        digits(at);
    }
    let whole = *at;
    while letters.get(*at).is_some_and(|letter| letter.is_alphabetic()) {
        *at += 1;
    }
    let text: String = letters[from..*at].iter().collect();
    if *at > whole { Token::Period(text) } else { Token::Number(text) }
}

/// The error of a token that fits nowhere.
pub(super) fn unexpected(token: &str, query: &str, at: usize) -> Malformed {
    let before: Vec<char> = query.chars().take(at).collect();
    let line = before.iter().filter(|letter| **letter == '\n').count() + 1;
    let position = before.iter().rev().take_while(|letter| **letter != '\n').count();
    let to = at + token.chars().count();
    let message = format!("unexpected symbol found {token} at line {line} and position {position}");
    Malformed { message, from: at, to: to.max(at) }
}
