//! Reading signatures.

use super::pattern::{Number, Pattern};

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn rest(&mut self) -> &'a str {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest
    }

    pub(super) fn at_end(&mut self) -> bool {
        self.rest().is_empty()
    }

    pub(super) fn take(&mut self, symbol: &str) -> bool {
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    pub(super) fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then_some(&rest[..end])
    }

    pub(super) fn pattern(&mut self) -> Option<Pattern> {
        let start = self.at;
        let word = self.word()?;
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            self.at = start;
            return self.number().map(Pattern::Number);
        }
        let capitals = word.len() <= 2 && word.starts_with(|c: char| c.is_ascii_uppercase());
        if capitals {
            return Some(Pattern::Variable(word.to_owned()));
        }
        let lower = word.to_ascii_lowercase();
        let is_number = lower.len() == 1 || lower == "min" || lower == "max";
        if is_number {
            self.at = start;
            return self.number().map(Pattern::Number);
        }
        let mut parameters = Vec::new();
        if lower == "interval" {
            let fields = if self.take("day to second") { "day to second" } else { "year to month" };
            if fields == "year to month" {
                self.take(fields).then_some(())?;
            }
            return Some(Pattern::Named(format!("interval {fields}"), parameters));
        }
        if self.take("(") {
            loop {
                parameters.push(self.pattern()?);
                // A number may go on.
                if let Some(Pattern::Number(first)) = parameters.last().cloned() {
                    parameters.pop();
                    parameters.push(Pattern::Number(self.number_after(first)?));
                }
                if self.take(")") {
                    break;
                }
                self.take(",").then_some(())?;
            }
        }
        if lower == "function" {
            return Some(Pattern::Function(parameters));
        }
        let zoned = self.take("with time zone");
        let name = if zoned { format!("{lower} with time zone") } else { lower };
        Some(Pattern::Named(name, parameters))
    }

    pub(super) fn number(&mut self) -> Option<Number> {
        let first = self.number_term()?;
        self.number_after(first)
    }

    /// The rest of a sum whose first part was read.
    pub(super) fn number_after(&mut self, first: Number) -> Option<Number> {
        let mut left = self.product_after(first)?;
        loop {
            let rest = self.rest();
            let op = match rest.chars().next() {
                Some('+') => '+',
                Some('-') if !rest.starts_with("->") => '-',
                _ => return Some(left),
            };
            self.at += 1;
            let right = self.number_term()?;
            left = Number::Of(op, Box::new(left), Box::new(self.product_after(right)?));
        }
    }

    pub(super) fn product_after(&mut self, mut left: Number) -> Option<Number> {
        loop {
            let op = match self.rest().chars().next() {
                Some(op @ ('*' | '/')) => op,
                _ => return Some(left),
            };
            self.at += 1;
            left = Number::Of(op, Box::new(left), Box::new(self.number_term()?));
        }
    }

    pub(super) fn number_term(&mut self) -> Option<Number> {
        if self.take("(") {
            let inner = self.number()?;
            self.take(")").then_some(())?;
            return Some(inner);
        }
        let word = self.word()?;
        if let Ok(value) = word.parse() {
            return Some(Number::Literal(value));
        }
        if word == "min" || word == "max" {
            self.take("(").then_some(())?;
            let mut of = vec![self.number()?];
            while self.take(",") {
                of.push(self.number()?);
            }
            self.take(")").then_some(())?;
            return Some(Number::Choice(word == "min", of));
        }
        Some(Number::Variable(word.to_owned()))
    }
}
