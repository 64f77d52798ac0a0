//! Reading tokens: what is next, what was expected, how deep.

use super::ast::{Name, QualifiedName};
use super::token::{PositionedToken, Token, tokens};
use super::words::is_reserved;
use crate::error::{Code, Error, Position, Result};
use std::collections::BTreeSet;

/// How deep a statement may nest. Trino's own limit is its stack, of some hundreds.
const MAX_DEPTH: usize = 330;

/// A parser at a place of a statement.
#[derive(Debug)]
pub(crate) struct Parser<'a> {
    pub(super) sql: &'a str,
    tokens: Vec<PositionedToken>,
    at: usize,
    /// The furthest token that was looked at, and what would have fitted there.
    furthest: usize,
    expected: BTreeSet<String>,
    depth: usize,
    pub(super) parameters: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(sql: &'a str) -> Result<Self> {
        let tokens = tokens(sql)?;
        Ok(Self { sql, tokens, at: 0, furthest: 0, expected: BTreeSet::new(), depth: 0, parameters: 0 })
    }

    pub(super) fn token(&self) -> &Token {
        &self.tokens[self.at].token
    }

    pub(super) fn ahead(&self, count: usize) -> &Token {
        &self.tokens[(self.at + count).min(self.tokens.len() - 1)].token
    }

    pub(super) fn position(&self) -> Position {
        self.tokens[self.at].position
    }

    /// Byte offset of the next token.
    pub(crate) fn offset(&self) -> usize {
        self.tokens[self.at].start
    }

    /// The source from a byte offset to the last token that was taken.
    pub(super) fn source(&self, start: usize) -> &'a str {
        let end = self.at.checked_sub(1).map_or(start, |last| self.tokens[last].end);
        self.sql.get(start..end).unwrap_or_default()
    }

    /// Takes what is left, without its last semicolon, and answers its source.
    pub(super) fn rest(&mut self) -> String {
        let text = self.sql[self.offset()..].trim().trim_end_matches(';').trim_end();
        self.skip_to_end();
        text.to_owned()
    }

    pub(super) fn skip_to_end(&mut self) {
        self.at = self.tokens.len() - 1;
    }

    pub(super) fn at_end(&self) -> bool {
        *self.token() == Token::End
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.token().clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    /// Goes back to a place that `mark` gave.
    pub(super) fn back(&mut self, mark: usize) {
        self.at = mark;
    }

    pub(super) fn mark(&self) -> usize {
        self.at
    }

    fn note(&mut self, what: String) {
        if self.at > self.furthest {
            self.furthest = self.at;
            self.expected.clear();
        }
        if self.at == self.furthest {
            self.expected.insert(what);
        }
    }

    /// Whether the next word is a keyword; does not take it.
    pub(super) fn at_word(&mut self, word: &str) -> bool {
        self.note(format!("'{}'", word.to_ascii_uppercase()));
        matches!(self.token(), Token::Word(text) if text.eq_ignore_ascii_case(word))
    }

    /// Whether the words that follow are these; expects nothing.
    pub(super) fn looks_like(&self, words: &[&str]) -> bool {
        let is = |(index, word): (usize, &&str)| match self.ahead(index) {
            Token::Word(text) => text.eq_ignore_ascii_case(word),
            Token::Symbol(symbol) => symbol == word,
            _ => false,
        };
        words.iter().enumerate().all(is)
    }

    /// Takes a keyword if it is next.
    pub(crate) fn word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.advance();
        }
        found
    }

    /// Takes the keywords if all of them are next.
    pub(crate) fn words(&mut self, words: &[&str]) -> bool {
        let found = self.looks_like(words);
        if found {
            words.iter().for_each(|_| drop(self.advance()));
        } else if let Some(first) = words.first() {
            self.note(format!("'{}'", first.to_ascii_uppercase()));
        }
        found
    }

    pub(crate) fn expect_word(&mut self, word: &str) -> Result<()> {
        if self.word(word) { Ok(()) } else { Err(self.mismatched()) }
    }

    pub(super) fn at_symbol(&mut self, symbol: &str) -> bool {
        self.note(format!("'{symbol}'"));
        matches!(self.token(), Token::Symbol(found) if *found == symbol)
    }

    pub(crate) fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.at_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(crate) fn expect_symbol(&mut self, symbol: &str) -> Result<()> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.mismatched()) }
    }

    /// The error that the next token is none of those that were looked for.
    pub(crate) fn mismatched(&mut self) -> Error {
        let place = &self.tokens[self.furthest.max(self.at)];
        let found = match &place.token {
            Token::End => "<EOF>".to_owned(),
            _ => self.sql[place.start..place.end].to_owned(),
        };
        let expected: Vec<&str> =
            if self.furthest < self.at { Vec::new() } else { self.expected.iter().map(String::as_str).collect() };
        let expected =
            if expected.is_empty() { String::new() } else { format!(". Expecting: {}", expected.join(", ")) };
        Error::at(place.position, Code::SyntaxError, format!("mismatched input '{found}'{expected}"))
    }

    /// The error that the next token does not begin what was wanted.
    pub(super) fn wanted(&mut self, what: &str) -> Error {
        self.note(format!("<{what}>"));
        self.mismatched()
    }

    pub(crate) fn expect_end(&mut self) -> Result<()> {
        self.symbol(";");
        self.note("<EOF>".to_owned());
        if *self.token() == Token::End { Ok(()) } else { Err(self.mismatched()) }
    }

    /// Does something one level deeper.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            let message = "statement is too large (stack overflow while parsing)";
            return Err(Error::at(self.position(), Code::SyntaxError, message));
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    /// What is separated by commas.
    pub(crate) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut found = vec![read(self)?];
        while self.symbol(",") {
            found.push(read(self)?);
        }
        Ok(found)
    }

    /// Whether the next token is a name.
    pub(super) fn at_name(&mut self) -> bool {
        self.note("<identifier>".to_owned());
        match self.token() {
            Token::Word(word) => !is_reserved(word),
            Token::Quoted(_) | Token::Backquoted(_) | Token::DigitWord(_) => true,
            _ => false,
        }
    }

    /// # Errors
    /// If there is none, or one that Trino does not take: with back-quotes, or one that begins with a digit.
    pub(crate) fn name(&mut self) -> Result<Name> {
        if !self.at_name() {
            return Err(self.mismatched());
        }
        let position = self.position();
        match self.advance() {
            Token::Word(text) => Ok(Name { text, quoted: false, position }),
            Token::Quoted(text) if text.is_empty() => {
                Err(Error::at(position, Code::SyntaxError, "Zero-length delimited identifier not allowed"))
            }
            Token::Quoted(text) => Ok(Name { text, quoted: true, position }),
            Token::Backquoted(_) => {
                let message = "backquoted identifiers are not supported; use double quotes to quote identifiers";
                Err(Error::at(position, Code::SyntaxError, message))
            }
            _ => {
                let message = "identifiers must not start with a digit; surround the identifier with double quotes";
                Err(Error::at(position, Code::SyntaxError, message))
            }
        }
    }

    pub(crate) fn qualified_name(&mut self) -> Result<QualifiedName> {
        let mut parts = vec![self.name()?];
        while self.symbol(".") {
            parts.push(self.name()?);
        }
        Ok(QualifiedName(parts))
    }

    /// `(a, b)`.
    pub(crate) fn names(&mut self) -> Result<Vec<Name>> {
        self.expect_symbol("(")?;
        let names = self.list(Self::name)?;
        self.expect_symbol(")")?;
        Ok(names)
    }

    pub(super) fn at_text(&mut self) -> bool {
        self.note("<string>".to_owned());
        matches!(self.token(), Token::Text(_) | Token::UnicodeText(_))
    }

    /// A text literal.
    pub(crate) fn text(&mut self) -> Result<String> {
        if !self.at_text() {
            return Err(self.mismatched());
        }
        let position = self.position();
        match self.advance() {
            Token::UnicodeText(text) => {
                let escape = if self.word("UESCAPE") { self.text()? } else { "\\".to_owned() };
                super::literals::decode_unicode(&text, &escape, position)
            }
            Token::Text(text) => Ok(text),
            _ => Err(self.mismatched()),
        }
    }

    /// Digits.
    pub(crate) fn integer(&mut self) -> Result<String> {
        self.note("<integer>".to_owned());
        match self.token().clone() {
            Token::Integer(digits) => {
                self.advance();
                Ok(digits)
            }
            _ => Err(self.mismatched()),
        }
    }
}
