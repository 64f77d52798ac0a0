//! Filter patterns of CloudWatch Logs: terms, phrases, `?` and `-`, regular expressions, JSON selectors.

use regex::Regex;
use serde_json::Value;
use thiserror::Error;

/// A pattern that parsed.
#[derive(Debug, Clone)]
pub(crate) enum Pattern {
    Everything,
    Terms { all: Vec<Term>, any: Vec<Term>, none: Vec<Term> },
    Json(Selector),
}

/// A word or phrase, looked for as it is, or a regular expression.
#[derive(Debug, Clone)]
pub(crate) enum Term {
    Text(String),
    Regex(Regex),
}

/// A condition on a JSON event.
#[derive(Debug, Clone)]
pub(crate) enum Selector {
    And(Box<Selector>, Box<Selector>),
    Or(Box<Selector>, Box<Selector>),
    Compare { path: Vec<String>, operator: String, value: Operand },
    Is { path: Vec<String>, what: Value },
    Missing { path: Vec<String> },
}

#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Number(f64),
    /// Text in which `*` stands for anything.
    Text(Regex),
}

/// What is not understood in a pattern.
#[derive(Debug, Clone, PartialEq, Error)]
pub(crate) enum PatternError {
    #[error("a {0} has no closing {1}")]
    Unclosed(&'static str, char),
    #[error("unexpected {0} in the selector")]
    Unexpected(String),
    #[error("the selector ends too soon")]
    EndsEarly,
    #[error("the selector is nested too deep")]
    TooDeep,
    #[error("IS {0} is not known")]
    UnknownIs(String),
    #[error("{0} is no operator")]
    NoOperator(String),
    #[error("{0} is no path: a path begins with $")]
    NoPath(String),
    #[error("a term is empty")]
    EmptyTerm,
    #[error("space-delimited patterns are not supported by the sandbox")]
    SpaceDelimited,
    #[error(transparent)]
    Regex(#[from] regex::Error),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is not understood in it.
    pub(crate) fn parse(text: &str) -> Result<Self, PatternError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::Everything);
        }
        if let Some(inner) = text.strip_prefix('{') {
            let inner = inner.strip_suffix('}').ok_or(PatternError::Unclosed("selector", '}'))?;
            let mut reader = Reader { words: words(inner)?, at: 0 };
            let selector = reader.or()?;
            return match reader.peek() {
                None => Ok(Self::Json(selector)),
                Some(word) => Err(PatternError::Unexpected(word.to_owned())),
            };
        }
        if text.starts_with('[') {
            return Err(PatternError::SpaceDelimited);
        }
        terms(text)
    }

    /// Whether an event's message matches.
    pub(crate) fn matches(&self, message: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Terms { all, any, none } => {
                let found = |term: &Term| term.is_in(message);
                !none.iter().any(found)
                    && all.iter().all(found)
                    // Beside terms that must be there, the optional ones decide nothing.
                    && (!all.is_empty() || any.is_empty() || any.iter().any(found))
            }
            Self::Json(selector) => {
                serde_json::from_str::<Value>(message).is_ok_and(|event| event.is_object() && selector.matches(&event))
            }
        }
    }
}

impl Term {
    fn is_in(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text),
            Self::Regex(regex) => regex.is_match(message),
        }
    }
}

fn terms(text: &str) -> Result<Pattern, PatternError> {
    let (mut all, mut any, mut none) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = text;
    while !rest.is_empty() {
        let (list, after) = match rest.chars().next() {
            Some('?') => (&mut any, &rest[1..]),
            Some('-') => (&mut none, &rest[1..]),
            _ => (&mut all, rest),
        };
        let (term, after) = if let Some(quoted) = after.strip_prefix('"') {
            let (phrase, after) = quoted.split_once('"').ok_or(PatternError::Unclosed("phrase", '"'))?;
            (Term::Text(phrase.to_owned()), after)
        } else if let Some(quoted) = after.strip_prefix('%') {
            let (regex, after) = quoted.split_once('%').ok_or(PatternError::Unclosed("regular expression", '%'))?;
            (Term::Regex(Regex::new(regex)?), after)
        } else {
            let end = after.find(char::is_whitespace).unwrap_or(after.len());
            (Term::Text(after[..end].to_owned()), &after[end..])
        };
        if matches!(&term, Term::Text(text) if text.is_empty()) {
            return Err(PatternError::EmptyTerm);
        }
        list.push(term);
        rest = after.trim_start();
    }
    Ok(Pattern::Terms { all, any, none })
}

/// The words of a selector: paths, operators, values, parentheses.
fn words(text: &str) -> Result<Vec<String>, PatternError> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let two = rest.get(..2).unwrap_or_default();
        let len = if first == '"' {
            2 + rest[1..].find('"').ok_or(PatternError::Unclosed("text", '"'))?
        } else if matches!(two, "&&" | "||" | "!=" | "<=" | ">=") {
            2
        } else if matches!(first, '(' | ')' | '=' | '<' | '>') {
            1
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "()=<>!&|\"".contains(c)).unwrap_or(rest.len());
            if end == 0 {
                return Err(PatternError::Unexpected(first.to_string()));
            }
            end
        };
        words.push(rest[..len].to_owned());
        rest = rest[len..].trim_start();
    }
    Ok(words)
}

struct Reader {
    words: Vec<String>,
    at: usize,
}

/// How deep parentheses may be nested.
const DEPTH: usize = 32;

impl Reader {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Result<String, PatternError> {
        let word = self.words.get(self.at).cloned().ok_or(PatternError::EndsEarly)?;
        self.at += 1;
        Ok(word)
    }

    fn or(&mut self) -> Result<Selector, PatternError> {
        if self.words[..self.at].iter().filter(|word| *word == "(").count() > DEPTH {
            return Err(PatternError::TooDeep);
        }
        let mut left = self.and()?;
        while self.peek() == Some("||") {
            self.at += 1;
            left = Selector::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Selector, PatternError> {
        let mut left = self.one()?;
        while self.peek() == Some("&&") {
            self.at += 1;
            left = Selector::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Selector, PatternError> {
        let word = self.next()?;
        if word == "(" {
            let inner = self.or()?;
            return match self.next()?.as_str() {
                ")" => Ok(inner),
                other => Err(PatternError::Unexpected(other.to_owned())),
            };
        }
        let path = path(&word)?;
        let operator = self.next()?;
        match operator.to_uppercase().as_str() {
            "IS" => match self.next()?.to_uppercase().as_str() {
                "NULL" => Ok(Selector::Is { path, what: Value::Null }),
                "TRUE" => Ok(Selector::Is { path, what: Value::Bool(true) }),
                "FALSE" => Ok(Selector::Is { path, what: Value::Bool(false) }),
                other => Err(PatternError::UnknownIs(other.to_owned())),
            },
            "NOT" if self.next()?.eq_ignore_ascii_case("exists") => Ok(Selector::Missing { path }),
            "=" | "!=" | "<" | ">" | "<=" | ">=" => {
                let value = operand(&self.next()?)?;
                Ok(Selector::Compare { path, operator, value })
            }
            other => Err(PatternError::NoOperator(other.to_owned())),
        }
    }
}

fn operand(word: &str) -> Result<Operand, PatternError> {
    if let Ok(number) = word.parse() {
        return Ok(Operand::Number(number));
    }
    let text = word.trim_matches('"');
    let parts: Vec<String> = text.split('*').map(regex::escape).collect();
    Ok(Operand::Text(Regex::new(&format!("(?s)^{}$", parts.join(".*")))?))
}

/// `$.a.b[0]` as `a`, `b`, `0`.
fn path(word: &str) -> Result<Vec<String>, PatternError> {
    let rest = word.strip_prefix('$').ok_or_else(|| PatternError::NoPath(word.to_owned()))?;
    let parts = rest.split(['.', '[', ']']).filter(|part| !part.is_empty());
    Ok(parts.map(|part| part.trim_matches(['"', '\'']).to_owned()).collect())
}

fn at<'v>(event: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(event, |value, step| match value {
        Value::Array(values) => values.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

impl Selector {
    fn matches(&self, event: &Value) -> bool {
        match self {
            Self::And(left, right) => left.matches(event) && right.matches(event),
            Self::Or(left, right) => left.matches(event) || right.matches(event),
            Self::Is { path, what } => at(event, path) == Some(what),
            Self::Missing { path } => at(event, path).is_none(),
            Self::Compare { path, operator, value } => {
                let Some(found) = at(event, path) else { return false };
                match (value, found) {
                    (Operand::Number(wanted), found) => {
                        let Some(number) = found.as_f64() else { return operator == "!=" };
                        match operator.as_str() {
                            "=" => number == *wanted,
                            "!=" => number != *wanted,
                            "<" => number < *wanted,
                            ">" => number > *wanted,
                            "<=" => number <= *wanted,
                            _ => number >= *wanted,
                        }
                    }
                    (Operand::Text(wanted), found) => {
                        let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
                        match operator.as_str() {
                            "=" => wanted.is_match(&text),
                            "!=" => !wanted.is_match(&text),
                            _ => false,
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, message: &str) -> bool {
        Pattern::parse(pattern).expect(pattern).matches(message)
    }

    #[test]
    fn terms_follow_the_services_rules() {
        for (pattern, message, found) in [
            ("", "anything", true),
            ("ERROR", "an ERROR here", true),
            ("ERROR", "an error here", false),
            ("ERROR phone", "ERROR: phone_number", true),
            ("ERROR phone", "ERROR: email", false),
            ("?ERROR ?WARN", "a WARN", true),
            ("?ERROR ?WARN", "an INFO", false),
            ("ERROR -phone", "ERROR: phone_number", false),
            ("\"stage 3\"", "in stage 3.0", true),
            ("%TID [0-9]+%", "(TID 42)", true),
        ] {
            assert_eq!(matches(pattern, message), found, "{pattern} on {message}");
        }
        assert!(Pattern::parse("\"open").is_err());
        assert!(Pattern::parse("[a, b]").is_err_and(|error| error.to_string().contains("space-delimited")));
    }

    #[test]
    fn selectors_look_into_json() {
        let event = r#"{"state":"FAILED","n":7,"run":{"ids":["a","b"]},"gone":null,"ok":false}"#;
        for (pattern, found) in [
            ("{ $.state = \"FAILED\" }", true),
            ("{ $.state = FAIL* && $.n >= 7 }", true),
            ("{ $.state != \"FAILED\" || ($.n < 3) }", false),
            ("{ $.run.ids[1] = \"b\" }", true),
            ("{ $.gone IS NULL }", true),
            ("{ $.ok IS FALSE }", true),
            ("{ $.nothing NOT EXISTS }", true),
            ("{ $.nothing = 1 }", false),
        ] {
            assert_eq!(matches(pattern, event), found, "{pattern}");
        }
        assert!(!matches("{ $.n = 7 }", "no JSON"));
        for bad in ["{ $.a = }", "{ a = 1 }", "{ $.a ~ 1 }", "{ $.a = 1", "{ ($.a = 1 }"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(pattern in "\\PC{0,60}", message in "\\PC{0,60}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                let _ = pattern.matches(&message);
            }
            let selector = format!("{{{pattern}}}");
            if let Ok(pattern) = Pattern::parse(&selector) {
                let _ = pattern.matches(&message);
            }
        }
    }
}
