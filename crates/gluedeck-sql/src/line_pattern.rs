//! Patterns that take lines apart, in Java's syntax, as RegexSerDe has them.

use crate::error::Result;
use fancy_regex::Regex;

/// A pattern that must match a whole line.
#[derive(Debug, Clone)]
pub struct LinePattern {
    regex: Regex,
}

impl LinePattern {
    /// # Errors
    /// If it is no pattern.
    pub fn new(pattern: &str) -> Result<Self> {
        Ok(Self { regex: crate::functions::whole_line(pattern)? })
    }

    /// The groups of a line, where a group that took part in no match is None; None if the line does not match.
    pub fn groups(&self, line: &str) -> Option<Vec<Option<String>>> {
        let found = self.regex.captures(line).ok().flatten()?;
        Some(found.iter().skip(1).map(|group| group.map(|group| group.as_str().to_owned())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        let pattern = LinePattern::new(r"(\d+) (\w+)( x)?").expect("a pattern");
        assert_eq!(pattern.groups("12 ab"), Some(vec![Some("12".into()), Some("ab".into()), None]));
        assert_eq!(pattern.groups("12 ab x rest"), None);
        assert!(LinePattern::new("(").is_err());
    }
}
