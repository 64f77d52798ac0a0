//! Reading JSON paths.

use super::json_path_tree::{Method, PathTree, Step, Test};
use super::json_text::Json;
use crate::error::{Code, Error, Result};

pub(super) fn parse(text: &str) -> Result<PathTree> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let lax = reader.word("lax");
    if !lax && !reader.word("strict") {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len()).max(1).min(text.len());
        let word = text.get(..end).unwrap_or(text);
        let message = format!("Failed to parse JSON path: mismatched input '{word}' expecting {{'lax', 'strict'}}");
        return Err(Error::of_value(Code::InvalidPath, message));
    }
    let root = reader.expression()?;
    reader.blank();
    if reader.at < text.len() {
        return Err(reader.invalid());
    }
    Ok(PathTree { lax, root })
}

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn invalid(&self) -> Error {
        let column = self.text[..self.at].chars().count() + 1;
        let next: String = self.rest().chars().take(1).collect();
        let shown = if next.is_empty() { "<EOF>".to_owned() } else { next };
        Error::of_value(
            Code::InvalidPath,
            format!("Failed to parse JSON path: mismatched input '{shown}' at column {column}"),
        )
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, symbol: &str) -> bool {
        self.blank();
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn word(&mut self, word: &str) -> bool {
        self.blank();
        let rest = self.rest();
        let ends =
            !rest.get(word.len()..).is_some_and(|after| after.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
        let found = rest.starts_with(word) && ends;
        if found {
            self.at += word.len();
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<()> {
        if self.take(symbol) { Ok(()) } else { Err(self.invalid()) }
    }

    fn expression(&mut self) -> Result<Step> {
        self.depth += 1;
        if self.depth > 60 {
            return Err(Error::of_value(Code::InvalidPath, "the path is nested too deep"));
        }
        let mark = self.at;
        // A predicate is a value, too.
        if let Ok(test) = self.disjunction()
            && test.is_some()
        {
            self.depth -= 1;
            return Ok(test.map(|test| Step::Test(Box::new(test))).unwrap_or(Step::Context));
        }
        self.at = mark;
        let found = self.sum();
        self.depth -= 1;
        found
    }

    fn sum(&mut self) -> Result<Step> {
        let mut left = self.product()?;
        loop {
            let op = if self.take("+") {
                '+'
            } else if self.take("-") {
                '-'
            } else {
                return Ok(left);
            };
            left = Step::Binary(op, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Step> {
        let mut left = self.unary()?;
        loop {
            let op = if self.take("*") {
                '*'
            } else if self.take("/") {
                '/'
            } else if self.take("%") {
                '%'
            } else {
                return Ok(left);
            };
            left = Step::Binary(op, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Result<Step> {
        if self.take("-") {
            return Ok(Step::Negative(Box::new(self.unary()?), true));
        }
        if self.take("+") {
            return Ok(Step::Negative(Box::new(self.unary()?), false));
        }
        self.accessed()
    }

    fn accessed(&mut self) -> Result<Step> {
        let mut base = self.primary()?;
        loop {
            self.blank();
            if self.take("..") {
                let name = self.member_name()?;
                base = Step::Descendants(Box::new(base), name);
            } else if self.take(".") {
                base = self.after_dot(base)?;
            } else if self.take("[") {
                base = self.elements(base)?;
            } else if self.take("?") {
                self.expect("(")?;
                let test = self.disjunction()?.ok_or_else(|| self.invalid())?;
                self.expect(")")?;
                base = Step::Filter(Box::new(base), Box::new(test));
            } else {
                return Ok(base);
            }
        }
    }

    fn after_dot(&mut self, base: Step) -> Result<Step> {
        if self.take("*") {
            return Ok(Step::Member(Box::new(base), None));
        }
        let methods = [
            ("type", Method::Type),
            ("size", Method::Size),
            ("double", Method::Double),
            ("ceiling", Method::Ceiling),
            ("floor", Method::Floor),
            ("abs", Method::Abs),
            ("keyvalue", Method::KeyValue),
        ];
        let mark = self.at;
        for (name, method) in methods {
            if self.word(name) && self.take("(") {
                self.expect(")")?;
                return Ok(Step::Method(Box::new(base), method));
            }
            self.at = mark;
        }
        let name = self.member_name()?;
        Ok(Step::Member(Box::new(base), Some(name)))
    }

    fn elements(&mut self, base: Step) -> Result<Step> {
        let mut subscripts = Vec::new();
        if !self.take("*") {
            loop {
                let from = self.sum()?;
                let to = if self.word("to") { Some(self.sum()?) } else { None };
                subscripts.push((from, to));
                if !self.take(",") {
                    break;
                }
            }
        }
        self.expect("]")?;
        Ok(Step::Elements(Box::new(base), subscripts))
    }

    fn member_name(&mut self) -> Result<String> {
        self.blank();
        if self.rest().starts_with('"') {
            return self.string();
        }
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        if end == 0 || rest.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.invalid());
        }
        let name = rest[..end].to_owned();
        self.at += end;
        Ok(name)
    }

    /// A text in double quotes, in which a quote is written twice.
    fn string(&mut self) -> Result<String> {
        let mut found = String::new();
        let mut letters = self.rest()[1..].char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' if letters.peek().is_some_and(|(_, next)| *next == '"') => {
                    letters.next();
                    found.push('"');
                }
                '"' => {
                    self.at += at + 2;
                    return Ok(found);
                }
                letter => found.push(letter),
            }
        }
        Err(self.invalid())
    }

    fn primary(&mut self) -> Result<Step> {
        self.blank();
        let rest = self.rest();
        match rest.chars().next() {
            Some('$') => {
                self.at += 1;
                let rest = self.rest();
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                if end == 0 {
                    if rest.starts_with('"') {
                        return self.string().map(Step::Variable);
                    }
                    return Ok(Step::Context);
                }
                let name = rest[..end].to_owned();
                self.at += end;
                Ok(Step::Variable(name))
            }
            Some('@') => {
                self.at += 1;
                Ok(Step::Current)
            }
            Some('(') => {
                self.at += 1;
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some('"') => self.string().map(|text| Step::Literal(Json::Text(text))),
            Some(digit) if digit.is_ascii_digit() => {
                let end = rest
                    .char_indices()
                    .find(|(at, c)| {
                        let exponent = matches!(c, '+' | '-') && rest[..*at].ends_with(['e', 'E']);
                        !(c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E') || exponent)
                    })
                    .map_or(rest.len(), |(at, _)| at);
                let mut digits = rest[..end].to_owned();
                self.at += end;
                if digits.contains(['e', 'E']) {
                    digits = digits.parse().map_or(digits, crate::value::number::double_text);
                }
                Ok(Step::Literal(Json::Number(digits)))
            }
            _ if self.word("null") => Ok(Step::Literal(Json::Null)),
            _ if self.word("true") => Ok(Step::Literal(Json::Bool(true))),
            _ if self.word("false") => Ok(Step::Literal(Json::Bool(false))),
            _ if self.word("last") => Ok(Step::Last),
            _ => Err(self.invalid()),
        }
    }

    /// A predicate; `None` if what stands there is only a value.
    fn disjunction(&mut self) -> Result<Option<Test>> {
        let Some(mut left) = self.conjunction()? else { return Ok(None) };
        while self.take("||") {
            let right = self.conjunction()?.ok_or_else(|| self.invalid())?;
            left = Test::Or(Box::new(left), Box::new(right));
        }
        Ok(Some(left))
    }

    fn conjunction(&mut self) -> Result<Option<Test>> {
        let Some(mut left) = self.negation()? else { return Ok(None) };
        while self.take("&&") {
            let right = self.negation()?.ok_or_else(|| self.invalid())?;
            left = Test::And(Box::new(left), Box::new(right));
        }
        Ok(Some(left))
    }

    fn negation(&mut self) -> Result<Option<Test>> {
        self.blank();
        if self.rest().starts_with('!') && !self.rest().starts_with("!=") {
            self.at += 1;
            let inner = self.negation()?.ok_or_else(|| self.invalid())?;
            return Ok(Some(Test::Not(Box::new(inner))));
        }
        self.predicate()
    }

    fn predicate(&mut self) -> Result<Option<Test>> {
        let mark = self.at;
        if self.word("exists") {
            self.expect("(")?;
            let inner = self.sum()?;
            self.expect(")")?;
            return Ok(Some(Test::Exists(inner)));
        }
        if self.take("(") {
            if let Ok(Some(test)) = self.disjunction()
                && self.take(")")
            {
                if self.word("is") {
                    if self.word("unknown") {
                        return Ok(Some(Test::IsUnknown(Box::new(test))));
                    }
                    return Err(self.invalid());
                }
                return Ok(Some(test));
            }
            self.at = mark;
        }
        let left = self.sum()?;
        for sign in ["==", "<>", "!=", "<=", ">=", "<", ">"] {
            if self.take(sign) {
                let right = self.sum()?;
                let sign = if sign == "!=" { "<>" } else { sign };
                return Ok(Some(Test::Compare(sign, left, right)));
            }
        }
        if self.word("starts") {
            if !self.word("with") {
                return Err(self.invalid());
            }
            let right = self.sum()?;
            return Ok(Some(Test::StartsWith(left, right)));
        }
        if self.word("like_regex") {
            return Err(Error::of_value(Code::NotSupported, "gluedeck does not do like_regex in JSON paths"));
        }
        Ok(None)
    }
}
