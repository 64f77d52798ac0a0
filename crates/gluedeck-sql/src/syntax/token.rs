//! Trino's tokens (the lexer rules of `SqlBase.g4`).

use crate::error::{Code, Error, Position, Result};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// A word that is not quoted: a keyword or an identifier. As written.
    Word(String),
    /// `"…"`, without the quotes.
    Quoted(String),
    /// `` `…` ``, without the quotes.
    Backquoted(String),
    /// A word that begins with a digit.
    DigitWord(String),
    Text(String),
    /// `U&'…'`, not yet decoded.
    UnicodeText(String),
    /// `X'…'`, not yet decoded.
    Binary(String),
    Integer(String),
    Decimal(String),
    Double(String),
    Symbol(&'static str),
    Parameter,
    Unknown(char),
    End,
}

/// A token where it stands.
#[derive(Debug, Clone)]
pub(crate) struct PositionedToken {
    pub(crate) token: Token,
    pub(crate) position: Position,
    /// The bytes of the statement that it takes.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

const SYMBOLS: [&str; 27] = [
    "<=", ">=", "<>", "!=", "||", "->", "=>", "{-", "-}", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]",
    ",", ".", ";", "{", "}", ":",
];

/// Splits a statement into tokens; the last one is `End`.
///
/// # Errors
/// An unterminated text or comment.
pub(crate) fn tokens(sql: &str) -> Result<Vec<PositionedToken>> {
    let mut lexer = Lexer { sql, at: 0, line: 1, column: 1, backslashes: false };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank()?;
        let (position, start) = (lexer.position(), lexer.at);
        let token = lexer.token()?;
        let last = token == Token::End;
        tokens.push(PositionedToken { token, position, start, end: lexer.at });
        lexer.backslashes = lexer.backslashes || (tokens.len() <= 2 && is_of_hive(&tokens));
        if last {
            return Ok(tokens);
        }
    }
}

/// Whether a statement that begins so is Hive's.
fn is_of_hive(tokens: &[PositionedToken]) -> bool {
    let is = |at: usize, word: &str| matches!(tokens.get(at).map(|token| &token.token), Some(Token::Word(own)) if own.eq_ignore_ascii_case(word));
    is(0, "ALTER") || is(0, "CREATE") && ["EXTERNAL", "DATABASE", "SCHEMA"].iter().any(|word| is(1, word))
}

struct Lexer<'a> {
    sql: &'a str,
    at: usize,
    line: u32,
    column: u32,
    /// Whether a backslash keeps a quote from ending a text: in the statements of Hive.
    backslashes: bool,
}

impl<'a> Lexer<'a> {
    fn position(&self) -> Position {
        Position { line: self.line, column: self.column }
    }

    fn rest(&self) -> &'a str {
        &self.sql[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        if letter == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(letter)
    }

    fn skip(&mut self, letters: usize) {
        for _ in 0..letters {
            self.next();
        }
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&wanted) {
            self.next();
        }
        &self.sql[start..self.at]
    }

    fn skip_blank(&mut self) -> Result<()> {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            if self.rest().starts_with("--") {
                self.take_while(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                let Some(end) = self.rest().find("*/") else {
                    return Ok(());
                };
                let letters = self.rest()[..end + 2].chars().count();
                self.skip(letters);
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Token> {
        let Some(first) = self.peek() else { return Ok(Token::End) };
        let rest = self.rest();
        let text_after = |prefix: &str| rest.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
        if text_after("U&'") && rest[3..].contains('\'') {
            self.skip(2);
            return self.quoted('\'').map(Token::UnicodeText);
        }
        if text_after("X'") {
            self.skip(1);
            return self.quoted('\'').map(Token::Binary);
        }
        match first {
            '\'' => self.quoted('\'').map(Token::Text),
            '"' => self.quoted('"').map(Token::Quoted),
            '`' => self.quoted('`').map(Token::Backquoted),
            '?' => {
                self.next();
                Ok(Token::Parameter)
            }
            c if c.is_ascii_alphabetic() || c == '_' => Ok(Token::Word(self.take_while(is_word).to_owned())),
            c if c.is_ascii_digit() => Ok(self.number()),
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => Ok(self.number()),
            c => {
                let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) else {
                    self.next();
                    return Ok(Token::Unknown(c));
                };
                self.skip(symbol.len());
                Ok(Token::Symbol(symbol))
            }
        }
    }

    /// A text in quotes, in which the quote is written twice.
    fn quoted(&mut self, quote: char) -> Result<String> {
        let position = self.position();
        self.next();
        let mut text = String::new();
        while let Some(letter) = self.next() {
            if letter == '\\' && self.backslashes && quote != '`' {
                // What it means is known where the text is used.
                text.push(letter);
                text.extend(self.next());
            } else if letter != quote {
                text.push(letter);
            } else if self.peek() == Some(quote) {
                self.next();
                text.push(quote);
            } else {
                return Ok(text);
            }
        }
        // ANTLR gives the opening quote to the catch-all rule, which no statement takes.
        Err(Error::at(position, Code::SyntaxError, format!("mismatched input '{quote}'. Expecting: <expression>")))
    }

    fn number(&mut self) -> Token {
        let start = self.at;
        let digits = |lexer: &mut Self| lexer.take_while(|c| c.is_ascii_digit()).len();
        digits(self);
        let mut decimal = false;
        if self.peek() == Some('.') {
            decimal = true;
            self.next();
            digits(self);
        }
        let exponent = {
            let rest = self.rest();
            let mut letters = rest.chars();
            let marked = matches!(letters.next(), Some('e' | 'E'));
            let tail = letters.as_str();
            let tail = tail.strip_prefix(['+', '-']).unwrap_or(tail);
            marked && tail.starts_with(|c: char| c.is_ascii_digit())
        };
        if exponent {
            self.next();
            if matches!(self.peek(), Some('+' | '-')) {
                self.next();
            }
            digits(self);
            if !self.peek().is_some_and(is_word) {
                return Token::Double(self.sql[start..self.at].to_owned());
            }
        }
        if !decimal && self.peek().is_some_and(is_word) {
            self.take_while(is_word);
            return Token::DigitWord(self.sql[start..self.at].to_owned());
        }
        let text = self.sql[start..self.at].to_owned();
        if decimal { Token::Decimal(text) } else { Token::Integer(text) }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
