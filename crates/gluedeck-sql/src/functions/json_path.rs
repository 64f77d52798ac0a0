//! The path language of the SQL standard's JSON functions: `lax $.a[*] ? (@.b > 1)`.

use super::json::Json;
use crate::error::{Code, Error, Result};

/// A path that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PathTree {
    pub(super) lax: bool,
    root: Step,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Context,
    Current,
    Last,
    Variable(String),
    Literal(Json),
    /// A member by name, or all members.
    Member(Box<Step>, Option<String>),
    Descendants(Box<Step>, String),
    /// Elements by index, or by indexes from and to; none is all of them.
    Elements(Box<Step>, Vec<(Step, Option<Step>)>),
    Filter(Box<Step>, Box<Test>),
    Method(Box<Step>, Method),
    Negative(Box<Step>, bool),
    Binary(char, Box<Step>, Box<Step>),
    /// A predicate as a value.
    Test(Box<Test>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Method {
    Type,
    Size,
    Double,
    Ceiling,
    Floor,
    Abs,
    KeyValue,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Compare(&'static str, Step, Step),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Exists(Step),
    IsUnknown(Box<Test>),
    StartsWith(Step, Step),
}

/// What a path meets that it cannot go on with: in strict mode, or of the wrong type.
#[derive(Debug)]
pub(super) struct PathError(pub(super) String);

type Found = std::result::Result<Vec<Json>, PathError>;

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

struct Reader<'a> {
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
            return Err(Error::of_value(Code::NotSupported, "the sandbox does not do like_regex in JSON paths"));
        }
        Ok(None)
    }
}

/// What a path is walked with.
struct Walk<'a> {
    lax: bool,
    context: &'a Json,
    variables: &'a [(String, Vec<Json>)],
}

#[derive(Clone, Copy)]
struct StepScope<'a> {
    current: Option<&'a Json>,
    last: Option<usize>,
}

impl PathTree {
    pub(super) fn variables(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.root, &mut found);
        found
    }

    /// The items that the path leads to.
    pub(super) fn walk(&self, context: &Json, variables: &[(String, Vec<Json>)]) -> Found {
        let walk = Walk { lax: self.lax, context, variables };
        walk.step(&self.root, StepScope { current: None, last: None })
    }
}

fn collect(step: &Step, found: &mut Vec<String>) {
    if let Step::Variable(name) = step {
        found.push(name.clone());
    }
    match step {
        Step::Member(base, _) | Step::Descendants(base, _) | Step::Method(base, _) | Step::Negative(base, _) => {
            collect(base, found);
        }
        Step::Elements(base, subscripts) => {
            collect(base, found);
            for (from, to) in subscripts {
                collect(from, found);
                to.iter().for_each(|to| collect(to, found));
            }
        }
        Step::Filter(base, test) => {
            collect(base, found);
            collect_test(test, found);
        }
        Step::Test(test) => collect_test(test, found),
        Step::Binary(_, a, b) => {
            collect(a, found);
            collect(b, found);
        }
        _ => {}
    }
}

fn collect_test(test: &Test, found: &mut Vec<String>) {
    match test {
        Test::Compare(_, a, b) | Test::StartsWith(a, b) => {
            collect(a, found);
            collect(b, found);
        }
        Test::And(a, b) | Test::Or(a, b) => {
            collect_test(a, found);
            collect_test(b, found);
        }
        Test::Not(inner) | Test::IsUnknown(inner) => collect_test(inner, found),
        Test::Exists(step) => collect(step, found),
    }
}

fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// A kind as errors have it.
fn kind_word(json: &Json) -> String {
    kind(json).to_uppercase()
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::Text(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

impl Walk<'_> {
    fn fail<T>(&self, what: impl Into<String>) -> std::result::Result<T, PathError> {
        Err(PathError(what.into()))
    }

    fn step(&self, step: &Step, place: StepScope<'_>) -> Found {
        match step {
            Step::Context => Ok(vec![self.context.clone()]),
            Step::Current => match place.current {
                Some(current) => Ok(vec![current.clone()]),
                None => self.fail("'@' outside of a filter"),
            },
            Step::Last => match place.last {
                Some(last) => Ok(vec![Json::Number(last.to_string())]),
                None => self.fail("'last' outside of an array accessor"),
            },
            Step::Variable(name) => match self.variables.iter().find(|(own, _)| own == name) {
                Some((_, items)) => Ok(items.clone()),
                None => self.fail(format!("no value passed for parameter {name}")),
            },
            Step::Literal(value) => Ok(vec![value.clone()]),
            Step::Member(base, name) => self.members(base, name.as_deref(), place),
            Step::Descendants(base, name) => {
                let mut found = Vec::new();
                self.step(base, place)?.iter().for_each(|item| descend(item, name, &mut found));
                Ok(found)
            }
            Step::Elements(base, subscripts) => self.elements(base, subscripts, place),
            Step::Filter(base, test) => {
                let items = self.unwrapped(self.step(base, place)?);
                let kept = items.into_iter().filter(|item| {
                    let place = StepScope { current: Some(item), last: None };
                    self.test(test, place) == Some(true)
                });
                Ok(kept.collect())
            }
            Step::Method(base, method) => self.method(base, *method, place),
            Step::Negative(base, negative) => {
                let items = self.unwrapped(self.step(base, place)?);
                items
                    .iter()
                    .map(|item| match item {
                        Json::Number(digits) if *negative => Ok(Json::Number(match digits.strip_prefix('-') {
                            Some(positive) => positive.to_owned(),
                            None => format!("-{digits}"),
                        })),
                        Json::Number(_) => Ok(item.clone()),
                        _ => self.fail(format!("invalid item type. Expected: NUMBER, actual: {}", kind_word(item))),
                    })
                    .collect()
            }
            Step::Binary(op, a, b) => self.binary(*op, self.step(a, place)?, self.step(b, place)?),
            Step::Test(test) => Ok(vec![self.test(test, place).map_or(Json::Null, Json::Bool)]),
        }
    }

    /// In lax mode an array stands for its elements.
    fn unwrapped(&self, items: Vec<Json>) -> Vec<Json> {
        if !self.lax {
            return items;
        }
        let unwrap = |item| match item {
            Json::Array(items) => items,
            other => vec![other],
        };
        items.into_iter().flat_map(unwrap).collect()
    }

    fn members(&self, base: &Step, name: Option<&str>, place: StepScope<'_>) -> Found {
        let mut found = Vec::new();
        for item in self.unwrapped(self.step(base, place)?) {
            match (item, name) {
                (Json::Object(members), None) => found.extend(members.into_iter().map(|(_, value)| value)),
                (Json::Object(members), Some(name)) => {
                    let before = found.len();
                    found.extend(members.into_iter().filter(|(own, _)| own == name).map(|(_, value)| value));
                    if !self.lax && found.len() == before {
                        return self.fail(format!("structural error: missing member '{name}' in JSON object"));
                    }
                }
                (other, _) if !self.lax => {
                    return self.fail(format!("invalid item type. Expected: OBJECT, actual: {}", kind_word(&other)));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    fn elements(&self, base: &Step, subscripts: &[(Step, Option<Step>)], place: StepScope<'_>) -> Found {
        let mut found = Vec::new();
        for item in self.step(base, place)? {
            let items = match item {
                Json::Array(items) => items,
                other if self.lax => vec![other],
                other => {
                    return self.fail(format!("invalid item type. Expected: ARRAY, actual: {}", kind_word(&other)));
                }
            };
            if subscripts.is_empty() {
                found.extend(items);
                continue;
            }
            let here = StepScope { last: Some(items.len().saturating_sub(1)), ..place };
            for (from, to) in subscripts {
                let from = self.index(from, here)?;
                let to = match to {
                    Some(to) => self.index(to, here)?,
                    None => from,
                };
                if !self.lax && (from < 0 || to >= items.len() as i64 || from > to) {
                    return self.fail(match items.len() {
                        0 => "structural error: invalid array subscript for empty array".to_owned(),
                        size => format!(
                            "structural error: invalid array subscript: [{from}, {to}] for array of size {size}"
                        ),
                    });
                }
                let range = from.max(0)..=to.min(items.len() as i64 - 1);
                found.extend(range.filter_map(|index| items.get(index as usize).cloned()));
            }
        }
        Ok(found)
    }

    fn index(&self, step: &Step, place: StepScope<'_>) -> std::result::Result<i64, PathError> {
        let items = self.step(step, place)?;
        match items.as_slice() {
            [item] => match number(item) {
                Some(value) => Ok(value.trunc() as i64),
                None => self.fail(format!("array subscript 'from' value must be singleton numeric: {}", kind(item))),
            },
            _ => self.fail("array subscript 'from' value must be singleton numeric"),
        }
    }

    fn method(&self, base: &Step, method: Method, place: StepScope<'_>) -> Found {
        let items = self.step(base, place)?;
        let items = match method {
            Method::Type | Method::Size => items,
            _ => self.unwrapped(items),
        };
        let mut found = Vec::new();
        for (id, item) in items.into_iter().enumerate() {
            match (method, &item) {
                (Method::Type, item) => found.push(Json::Text(kind(item).to_owned())),
                (Method::Size, Json::Array(items)) => found.push(Json::Number(items.len().to_string())),
                (Method::Size, _) if self.lax => found.push(Json::Number("1".into())),
                (Method::Size, other) => {
                    return self.fail(format!("invalid item type. Expected: ARRAY, actual: {}", kind_word(other)));
                }
                (Method::KeyValue, Json::Object(members)) => {
                    for (name, value) in members {
                        found.push(Json::Object(vec![
                            ("name".into(), Json::Text(name.clone())),
                            ("value".into(), value.clone()),
                            ("id".into(), Json::Number(id.to_string())),
                        ]));
                    }
                }
                (Method::Double, Json::Text(text)) => match text.trim().parse::<f64>() {
                    Ok(value) => found.push(Json::Number(crate::value::number::double_text(value))),
                    Err(_) => return self.fail("invalid text for double()"),
                },
                (Method::Double, Json::Number(digits)) => {
                    let value: f64 = digits.parse().unwrap_or_default();
                    found.push(Json::Number(crate::value::number::double_text(value)));
                }
                (Method::Ceiling | Method::Floor | Method::Abs, Json::Number(digits)) => {
                    found.push(Json::Number(rounded(digits, method)));
                }
                (_, other) => {
                    return self.fail(format!("invalid item type. Expected: NUMBER, actual: {}", kind_word(other)));
                }
            }
        }
        Ok(found)
    }

    fn binary(&self, op: char, a: Vec<Json>, b: Vec<Json>) -> Found {
        let (a, b) = (self.unwrapped(a), self.unwrapped(b));
        let ([a], [b]) = (a.as_slice(), b.as_slice()) else {
            return self.fail("arithmetic binary expression requires singleton operands");
        };
        let (Json::Number(x), Json::Number(y)) = (a, b) else {
            return self.fail(format!("invalid operand types to {op} operator ({}, {})", kind(a), kind(b)));
        };
        let digits = arithmetic(op, x, y);
        digits.map(|digits| vec![Json::Number(digits)]).ok_or_else(|| PathError("division by zero".into()))
    }

    /// `None` is unknown.
    fn test(&self, test: &Test, place: StepScope<'_>) -> Option<bool> {
        match test {
            Test::And(a, b) => match (self.test(a, place), self.test(b, place)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Test::Or(a, b) => match (self.test(a, place), self.test(b, place)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Test::Not(inner) => self.test(inner, place).map(|value| !value),
            Test::IsUnknown(inner) => Some(self.test(inner, place).is_none()),
            Test::Exists(step) => self.step(step, place).ok().map(|items| !items.is_empty()),
            Test::Compare(sign, a, b) => {
                let (a, b) = (self.step(a, place).ok()?, self.step(b, place).ok()?);
                let (a, b) = (self.unwrapped(a), self.unwrapped(b));
                self.any(&a, &b, |a, b| compared(sign, a, b))
            }
            Test::StartsWith(a, b) => {
                let a = self.unwrapped(self.step(a, place).ok()?);
                let b = self.step(b, place).ok()?;
                self.any(&a, &b, |a, b| match (a, b) {
                    (Json::Text(a), Json::Text(b)) => Some(a.starts_with(b.as_str())),
                    _ => None,
                })
            }
        }
    }

    /// Whether a pair fits. In lax mode the first that does decides; a pair that cannot be told makes it unknown.
    fn any(&self, a: &[Json], b: &[Json], fits: impl Fn(&Json, &Json) -> Option<bool>) -> Option<bool> {
        let (mut found, mut unknown) = (false, false);
        for x in a {
            for y in b {
                match fits(x, y) {
                    Some(true) if self.lax => return Some(true),
                    Some(true) => found = true,
                    Some(false) => {}
                    None if self.lax => return None,
                    None => unknown = true,
                }
            }
        }
        if unknown { None } else { Some(found) }
    }
}

fn descend(item: &Json, name: &str, found: &mut Vec<Json>) {
    match item {
        Json::Object(members) => {
            found.extend(members.iter().filter(|(own, _)| own == name).map(|(_, value)| value.clone()));
            members.iter().for_each(|(_, value)| descend(value, name, found));
        }
        Json::Array(items) => items.iter().for_each(|item| descend(item, name, found)),
        _ => {}
    }
}

fn compared(sign: &str, a: &Json, b: &Json) -> Option<bool> {
    use std::cmp::Ordering;
    let order = match (a, b) {
        (Json::Null, Json::Null) => return Some(sign == "==" || sign == "<=" || sign == ">="),
        (Json::Null, _) | (_, Json::Null) => return Some(sign == "<>"),
        (Json::Bool(a), Json::Bool(b)) => a.cmp(b),
        (Json::Text(a), Json::Text(b)) => a.cmp(b),
        (Json::Number(_), Json::Number(_)) => number(a)?.partial_cmp(&number(b)?)?,
        _ => return None,
    };
    Some(match sign {
        "==" => order == Ordering::Equal,
        "<>" => order != Ordering::Equal,
        "<" => order == Ordering::Less,
        "<=" => order != Ordering::Greater,
        ">" => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

fn rounded(digits: &str, method: Method) -> String {
    if method == Method::Abs {
        return digits.trim_start_matches('-').to_owned();
    }
    if !digits.contains(['.', 'e', 'E']) {
        return digits.to_owned();
    }
    let value: f64 = digits.parse().unwrap_or_default();
    let value = if method == Method::Ceiling { value.ceil() } else { value.floor() };
    crate::value::number::double_text(value)
}

/// Two numbers by an operator; exact as long as neither has an exponent. `None` is a division by zero.
fn arithmetic(op: char, x: &str, y: &str) -> Option<String> {
    let exact = |digits: &str| crate::value::number::parse_decimal(digits).filter(|_| !digits.contains(['e', 'E']));
    if let (Some((a, crate::types::Type::Decimal(_, s))), Some((b, crate::types::Type::Decimal(_, t)))) =
        (exact(x), exact(y))
    {
        let scale = s.max(t);
        let raise = |value: i128, by: u8| value.checked_mul(crate::value::number::power_of_ten(u32::from(by)));
        let both = raise(a, scale - s).zip(raise(b, scale - t));
        let (value, scale) = match (op, both) {
            ('+', Some((a, b))) => (a.checked_add(b), scale),
            ('-', Some((a, b))) => (a.checked_sub(b), scale),
            ('*', _) => (a.checked_mul(b), s + t),
            ('/', _) if b == 0 => return None,
            ('%', _) if b == 0 => return None,
            ('/', Some((a, b))) if scale == 0 => (a.checked_div(b), 0),
            ('/', Some((a, b))) => (raise(a, scale).map(|a| crate::value::number::divide_rounded(a, b)), scale),
            ('%', Some((a, b))) => (a.checked_rem(b), scale),
            _ => (None, 0),
        };
        return Some(match value {
            Some(value) => crate::value::number::decimal_text(value, scale),
            None => "0".to_owned(),
        });
    }
    let (a, b): (f64, f64) = (x.parse().ok()?, y.parse().ok()?);
    let value = match op {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        '/' => a / b,
        _ => a % b,
    };
    Some(crate::value::number::double_text(value))
}
