//! The path language of the SQL standard's JSON functions: `lax $.a[*] ? (@.b > 1)`.

use super::json_path_tree::{Method, PathError, PathTree, Step, Test};
use super::json_path_values::{arithmetic, compared, descend, kind, kind_word, number, rounded};
use super::json_text::Json;

type Found = std::result::Result<Vec<Json>, PathError>;

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
