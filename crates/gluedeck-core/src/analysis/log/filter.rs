//! Filters of a log: regular expressions, fuzzy words, their inverse, levels and sources, stacked.

use super::line::Level;
use crate::analysis::expression::{ExpressionError, compile};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use regex::Regex;
use thiserror::Error;

/// Characters of a line that are matched by a fuzzy word.
const FUZZY: usize = 2_000;

/// One filter.
#[derive(Debug, Clone)]
pub struct Filter {
    /// As it was typed.
    pub text: String,
    inverse: bool,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Regex(Regex),
    Fuzzy(Pattern),
    Level(Level),
    /// Part of a source's label.
    Source(String),
}

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FilterError {
    #[error("unknown level {0}: error, warn, info or noise")]
    UnknownLevel(String),
    #[error(transparent)]
    Expression(#[from] ExpressionError),
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Filter {
    /// Reads a filter: a regular expression, its case ignored unless it has capitals; `~` in front: letters in order;
    /// `=`: the text as it stands; `level:warn`: at least of that level; `source:error`; and `!` before any of them inverts it.
    ///
    /// # Errors
    /// If the level is unknown, or the expression cannot be read.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let (inverse, wanted) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let test = if let Some(word) = wanted.strip_prefix("level:") {
            let known = Level::named(word.trim());
            Test::Level(known.ok_or_else(|| FilterError::UnknownLevel(word.to_owned()))?)
        } else if let Some(word) = wanted.strip_prefix("source:") {
            Test::Source(word.trim().to_lowercase())
        } else if let Some(letters) = wanted.strip_prefix('~') {
            Test::Fuzzy(Pattern::parse(letters, CaseMatching::Smart, Normalization::Smart))
        } else if let Some(literal) = wanted.strip_prefix('=') {
            Test::Regex(regex(&regex::escape(literal))?)
        } else {
            Test::Regex(regex(wanted)?)
        };
        Ok(Self { text: text.to_owned(), inverse, test })
    }

    /// A regular expression, or what it does not find.
    ///
    /// # Errors
    /// If it cannot be read, or would take too much memory.
    pub fn regex(text: &str, inverse: bool) -> Result<Self, FilterError> {
        Ok(Self { text: text.to_owned(), inverse, test: Test::Regex(regex(text)?) })
    }

    /// Whether what is wanted, or with an inverse filter what is not, is in a line.
    pub fn finds(&self, line: &str, level: Level, source: &str, scratch: &mut Scratch) -> bool {
        match &self.test {
            Test::Regex(regex) => regex.is_match(line),
            Test::Fuzzy(pattern) => scratch.fuzzy(pattern, line),
            Test::Level(least) => level >= *least,
            Test::Source(word) => source.to_lowercase().contains(word),
        }
    }

    /// Whether it lets pass only what it does not find.
    pub fn is_inverse(&self) -> bool {
        self.inverse
    }

    /// Where it matches in a line: what to mark. The first few only.
    pub fn marks(&self, line: &str) -> Vec<(usize, usize)> {
        match &self.test {
            Test::Regex(regex) if !self.inverse => {
                let found = regex.find_iter(line).map(|found| (found.start(), found.end()));
                found.filter(|(from, to)| from < to).take(32).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn regex(text: &str) -> Result<Regex, ExpressionError> {
    compile(text, !text.chars().any(char::is_uppercase))
}

/// What matching needs room for.
#[derive(Debug)]
pub struct Scratch {
    matcher: Matcher,
    letters: Vec<char>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { matcher: Matcher::new(Config::DEFAULT), letters: Vec::new() }
    }
}

impl Scratch {
    fn fuzzy(&mut self, pattern: &Pattern, line: &str) -> bool {
        let end = line.char_indices().nth(FUZZY).map_or(line.len(), |(at, _)| at);
        pattern.score(Utf32Str::new(&line[..end], &mut self.letters), &mut self.matcher).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(filter: &str, line: &str) -> bool {
        let level = super::super::line::level(line);
        let filter = Filter::parse(filter).expect("a filter");
        filter.finds(line, level, "error", &mut Scratch::default()) != filter.is_inverse()
    }

    #[test]
    fn filters_of_every_kind() {
        assert!(passes("null.*phone", "null in phone_number") && !passes("null.*phone", "phone null"));
        assert!(passes("NULL", "NULL") && !passes("NULL", "null"), "capitals are meant");
        assert!(!passes("!phone", "phone") && passes("!phone", "email"));
        assert!(passes("~phnb", "phone_number") && !passes("~xyz", "phone_number"));
        assert!(passes("=a.b", "a.b") && !passes("=a.b", "axb"));
        assert!(passes("level:error", "ERROR x") && !passes("level:error", "WARN x") && passes("!level:error", "WARN"));
        assert!(passes("source:err", "x") && !passes("source:output", "x"));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert!(Filter::parse("(").expect_err("unclosed").to_string().contains("unclosed group"));
        assert!(Filter::parse("(((a{100}){100}){100})").expect_err("too big").to_string().contains("memory"));
        assert!(Filter::parse("level:odd").expect_err("no level").to_string().contains("odd"));
    }
}
