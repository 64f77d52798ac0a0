//! What JSON paths compute with.

use super::json_path_tree::Method;
use super::json_text::Json;

pub(super) fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Number(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// A kind as errors have it.
pub(super) fn kind_word(json: &Json) -> String {
    kind(json).to_uppercase()
}

pub(super) fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::Text(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

pub(super) fn descend(item: &Json, name: &str, found: &mut Vec<Json>) {
    match item {
        Json::Object(members) => {
            found.extend(members.iter().filter(|(own, _)| own == name).map(|(_, value)| value.clone()));
            members.iter().for_each(|(_, value)| descend(value, name, found));
        }
        Json::Array(items) => items.iter().for_each(|item| descend(item, name, found)),
        _ => {}
    }
}

pub(super) fn compared(sign: &str, a: &Json, b: &Json) -> Option<bool> {
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

pub(super) fn rounded(digits: &str, method: Method) -> String {
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
pub(super) fn arithmetic(op: char, x: &str, y: &str) -> Option<String> {
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
