//! JSON: the older functions, and casts to and from it. Numbers keep the digits that they are written with.

use super::call::{Body, Call};
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::number::{double_text, real_text, text_to_decimal};
use crate::value::{Value, text};

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("is_json_scalar", |call| {
        let found =
            parsed(call.text(0)).map_err(|_| Error::argument(format!("Invalid JSON value: {}", call.text(0))))?;
        Ok(Value::Bool(!matches!(found, Json::Array(_) | Json::Object(_))))
    }),
    ("json_array_contains", json_array_contains),
    ("json_array_get", json_array_get),
    ("json_array_length", |call| {
        Ok(match parsed(call.text(0)) {
            Ok(Json::Array(items)) => Value::Int(items.len() as i64),
            _ => Value::Null,
        })
    }),
    ("json_extract", |call| Ok(extracted(call)?.map_or(Value::Null, |found| Value::Text(found.written())))),
    ("json_extract_scalar", |call| {
        Ok(match extracted(call)? {
            Some(Json::Text(text)) => Value::Text(text),
            Some(Json::Number(digits)) => Value::Text(digits),
            Some(Json::Bool(value)) => Value::text(value.to_string()),
            _ => Value::Null,
        })
    }),
    ("json_format", |call| Ok(Value::text(call.text(0)))),
    ("json_parse", |call| json_parse(call.text(0)).map(Value::Text)),
    ("json_size", |call| {
        Ok(match extracted(call)? {
            Some(Json::Array(items)) => Value::Int(items.len() as i64),
            Some(Json::Object(members)) => Value::Int(members.len() as i64),
            Some(_) => Value::Int(0),
            None => Value::Null,
        })
    }),
];

/// JSON as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// How deep JSON may nest.
const MAX_DEPTH: usize = 200;

impl Json {
    /// As short as it can be written.
    pub(super) fn written(&self) -> String {
        let mut found = String::new();
        self.write(&mut found);
        found
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(digits) => out.push_str(digits),
            Self::Text(text) => quoted(text, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    quoted(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// With numbers that are no whole ones as Java writes them.
    pub(super) fn with_java_numbers(self) -> Self {
        match self {
            Self::Number(digits) if digits.contains(['.', 'e', 'E']) => {
                Self::Number(digits.parse().map_or(digits, double_text))
            }
            Self::Array(items) => Self::Array(items.into_iter().map(Self::with_java_numbers).collect()),
            Self::Object(members) => {
                let member = |(name, value): (String, Self)| (name, value.with_java_numbers());
                Self::Object(members.into_iter().map(member).collect())
            }
            other => other,
        }
    }

    /// With members in order and numbers as Java writes them.
    fn canonical(self) -> Self {
        match self {
            Self::Number(digits) if digits.contains(['.', 'e', 'E']) => {
                Self::Number(digits.parse().map_or(digits, double_text))
            }
            Self::Array(items) => Self::Array(items.into_iter().map(Self::canonical).collect()),
            Self::Object(members) => {
                let mut sorted: Vec<(String, Self)> = Vec::new();
                for (name, value) in members {
                    let value = value.canonical();
                    // Of the same name the last one counts.
                    match sorted.iter_mut().find(|(other, _)| *other == name) {
                        Some((_, own)) => *own = value,
                        None => sorted.push((name, value)),
                    }
                }
                sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
                Self::Object(sorted)
            }
            other => other,
        }
    }
}

pub(super) fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            letter if u32::from(letter) < 0x20 => out.push_str(&format!("\\u{:04X}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
}

/// Reads JSON.
pub(super) fn parsed(text: &str) -> std::result::Result<Json, ()> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let found = reader.value()?;
    reader.blank();
    if reader.at == text.len() { Ok(found) } else { Err(()) }
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

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn take(&mut self, word: &str) -> bool {
        self.blank();
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn value(&mut self) -> std::result::Result<Json, ()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(());
        }
        self.blank();
        let found = match self.rest().chars().next().ok_or(())? {
            '{' => self.object()?,
            '[' => {
                self.at += 1;
                let mut items = Vec::new();
                if !self.take("]") {
                    loop {
                        items.push(self.value()?);
                        if self.take("]") {
                            break;
                        }
                        self.take(",").then_some(()).ok_or(())?;
                    }
                }
                Json::Array(items)
            }
            '"' => Json::Text(self.string()?),
            '-' | '0'..='9' => Json::Number(self.number()?),
            _ if self.take("null") => Json::Null,
            _ if self.take("true") => Json::Bool(true),
            _ if self.take("false") => Json::Bool(false),
            _ => return Err(()),
        };
        self.depth -= 1;
        Ok(found)
    }

    fn object(&mut self) -> std::result::Result<Json, ()> {
        self.at += 1;
        let mut members = Vec::new();
        if self.take("}") {
            return Ok(Json::Object(members));
        }
        loop {
            self.blank();
            let name = self.string()?;
            self.take(":").then_some(()).ok_or(())?;
            members.push((name, self.value()?));
            if self.take("}") {
                return Ok(Json::Object(members));
            }
            self.take(",").then_some(()).ok_or(())?;
        }
    }

    fn number(&mut self) -> std::result::Result<String, ()> {
        let start = self.at;
        let digits = |reader: &mut Self| {
            let count = reader.rest().bytes().take_while(u8::is_ascii_digit).count();
            reader.at += count;
            count
        };
        if self.rest().starts_with('-') {
            self.at += 1;
        }
        let zero = self.rest().starts_with('0');
        let whole = digits(self);
        if whole == 0 || (zero && whole > 1) {
            return Err(());
        }
        if self.rest().starts_with('.') {
            self.at += 1;
            if digits(self) == 0 {
                return Err(());
            }
        }
        if self.rest().starts_with(['e', 'E']) {
            self.at += 1;
            if self.rest().starts_with(['+', '-']) {
                self.at += 1;
            }
            if digits(self) == 0 {
                return Err(());
            }
        }
        Ok(self.text[start..self.at].to_owned())
    }

    fn string(&mut self) -> std::result::Result<String, ()> {
        let mut letters = self.rest().char_indices();
        if letters.next().map(|(_, letter)| letter) != Some('"') {
            return Err(());
        }
        let mut found = String::new();
        let mut high: Option<u32> = None;
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.at += at + 1;
                    return Ok(found);
                }
                '\\' => match letters.next().ok_or(())?.1 {
                    'n' => found.push('\n'),
                    'r' => found.push('\r'),
                    't' => found.push('\t'),
                    'b' => found.push('\u{8}'),
                    'f' => found.push('\u{c}'),
                    'u' => {
                        let digits: String = letters.by_ref().take(4).map(|(_, digit)| digit).collect();
                        let unit = u32::from_str_radix(&digits, 16).map_err(|_| ())?;
                        match (high.take(), unit) {
                            (Some(high), 0xdc00..=0xdfff) => {
                                let letter = 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
                                found.push(char::from_u32(letter).ok_or(())?);
                            }
                            (_, 0xd800..=0xdbff) => high = Some(unit),
                            _ => found.push(char::from_u32(unit).unwrap_or('\u{fffd}')),
                        }
                    }
                    other @ ('"' | '\\' | '/') => found.push(other),
                    _ => return Err(()),
                },
                letter if u32::from(letter) < 0x20 => return Err(()),
                letter => found.push(letter),
            }
        }
        Err(())
    }
}

/// The text of JSON as `json_parse` keeps it.
pub(crate) fn json_parse(text: &str) -> Result<String> {
    let found = parsed(text).map_err(|()| Error::argument(format!("Cannot convert value to JSON: '{text}'")))?;
    Ok(found.canonical().written())
}

/// The steps of a path such as `$.store.book[0]["title"]`.
fn steps(path: &str) -> Result<Vec<String>> {
    let invalid = || Error::argument(format!("Invalid JSON path: '{path}'"));
    let mut rest = path.strip_prefix('$').ok_or_else(invalid)?;
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        match first {
            '.' => {
                let end = rest[1..].find(['.', '[']).map_or(rest.len(), |at| at + 1);
                let name = &rest[1..end];
                let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '$' | '@');
                if name.is_empty() || !name.chars().all(plain) {
                    return Err(invalid());
                }
                found.push(name.to_owned());
                rest = &rest[end..];
            }
            '[' => {
                let inner = &rest[1..];
                if let Some(text) = inner.strip_prefix('"') {
                    let mut name = String::new();
                    let mut letters = text.char_indices();
                    let end = loop {
                        match letters.next().ok_or_else(invalid)? {
                            (at, '"') => break at,
                            (_, '\\') => name.push(letters.next().ok_or_else(invalid)?.1),
                            (_, letter) => name.push(letter),
                        }
                    };
                    found.push(name);
                    rest = text[end + 1..].strip_prefix(']').ok_or_else(invalid)?;
                } else {
                    let end = inner.find(']').ok_or_else(invalid)?;
                    let name = &inner[..end];
                    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_')) {
                        return Err(invalid());
                    }
                    found.push(name.to_owned());
                    rest = &inner[end + 1..];
                }
            }
            _ => return Err(invalid()),
        }
    }
    Ok(found)
}

fn extracted(call: &Call<'_>) -> Result<Option<Json>> {
    let steps = steps(call.text(1))?;
    let Ok(mut found) = parsed(call.text(0)) else { return Ok(None) };
    for step in steps {
        let next = match found {
            Json::Object(members) => members.into_iter().find(|(name, _)| *name == step).map(|(_, value)| value),
            Json::Array(items) => step.parse::<usize>().ok().and_then(|index| items.into_iter().nth(index)),
            _ => None,
        };
        match next {
            Some(next) => found = next,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

fn json_array_contains(call: &Call<'_>) -> Result<Value> {
    let Ok(Json::Array(items)) = parsed(call.text(0)) else { return Ok(Value::Null) };
    let wanted = call.get(1);
    let same = |item: &Json| match (item, wanted) {
        (Json::Bool(item), Value::Bool(wanted)) => item == wanted,
        (Json::Text(item), Value::Text(wanted)) => item == wanted,
        (Json::Number(digits), Value::Int(wanted)) => digits.parse::<i64>() == Ok(*wanted),
        (Json::Number(digits), Value::Double(wanted)) => {
            digits.contains(['.', 'e', 'E'])
                && digits.parse::<f64>().is_ok_and(|number| number == *wanted && number.is_finite())
        }
        _ => false,
    };
    Ok(Value::Bool(items.iter().any(same)))
}

fn json_array_get(call: &Call<'_>) -> Result<Value> {
    let Ok(Json::Array(items)) = parsed(call.text(0)) else { return Ok(Value::Null) };
    let index = call.int(1);
    let index = if index < 0 { items.len() as i64 + index } else { index };
    Ok(match usize::try_from(index).ok().and_then(|index| items.get(index)) {
        None | Some(Json::Null) => Value::Null,
        // Without its quotes, as the documentation warns.
        Some(Json::Text(text)) => Value::text(text.as_str()),
        Some(other) => Value::Text(other.written()),
    })
}

/// A value cast to JSON.
pub(super) fn cast_to_json(value: &Value, ty: &Type) -> Result<String> {
    to_json(value, ty).map(|json| json.written())
}

fn to_json(value: &Value, ty: &Type) -> Result<Json> {
    Ok(match (value, ty) {
        (Value::Null, _) => Json::Null,
        (Value::Bool(value), _) => Json::Bool(*value),
        (Value::Text(text), Type::Json) => parsed(text).unwrap_or(Json::Text(text.clone())),
        (Value::Double(number), _) if !number.is_finite() => Json::Text(double_text(*number)),
        (Value::Double(number), _) => Json::Number(double_text(*number)),
        (Value::Real(number), _) if !number.is_finite() => Json::Text(real_text(*number)),
        (Value::Real(number), _) => Json::Number(real_text(*number)),
        (Value::Int(_), ty) if ty.is_integer() => Json::Number(text(value, ty).unwrap_or_default()),
        (Value::Big(_), Type::Decimal(..)) => Json::Number(text(value, ty).unwrap_or_default()),
        (Value::Array(items), Type::Array(element)) => {
            Json::Array(items.iter().map(|item| to_json(item, element)).collect::<Result<_>>()?)
        }
        (Value::Map(entries), Type::Map(key, of)) => {
            let mut members = Vec::new();
            for (name, value) in entries {
                members.push((text(name, key).unwrap_or_default(), to_json(value, of)?));
            }
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(members)
        }
        (Value::Row(items), Type::Row(fields)) => {
            let member = |((item, (name, ty)), _): ((&Value, &(Option<String>, Type)), usize)| {
                Ok((name.clone().unwrap_or_default(), to_json(item, ty)?))
            };
            Json::Object(items.iter().zip(fields).zip(0..).map(member).collect::<Result<_>>()?)
        }
        (other, ty) => Json::Text(text(other, ty).unwrap_or_default()),
    })
}

/// JSON cast to a type.
pub(super) fn cast_from_json(json: &str, ty: &Type) -> Result<Value> {
    let invalid = || {
        let shown: String = json.chars().take(1000).collect();
        Error::cast(format!("Cannot cast to {ty}. {shown}"))
    };
    // What `json_array_get` leaves without quotes is a text.
    let found = parsed(json).unwrap_or(Json::Text(json.to_owned()));
    from_json(&found, ty, true).ok_or_else(|| match (&found, ty) {
        (_, Type::Array(_) | Type::Map(..) | Type::Row(_)) => invalid(),
        (Json::Text(text), _) => {
            let word = if *ty == Type::Integer { "INT".to_owned() } else { ty.to_string().to_uppercase() };
            Error::cast(format!("Cannot cast '{text}' to {word}"))
        }
        _ => Error::cast(format!("Cannot cast '{json}' to {ty}")),
    })
}

fn from_json(json: &Json, ty: &Type, outermost: bool) -> Option<Value> {
    let number = |digits: &str| digits.parse::<f64>().ok();
    Some(match (json, ty) {
        (json, Type::Json) => Value::Text(json.clone().written()),
        (Json::Null, _) => Value::Null,
        (Json::Text(text), Type::Varchar(_)) => Value::text(limited(text, ty)),
        (Json::Bool(value), Type::Varchar(_)) => Value::text(limited(&value.to_string(), ty)),
        (Json::Number(digits), Type::Varchar(_)) => {
            let digits = if digits.contains(['.', 'e', 'E']) { double_text(number(digits)?) } else { digits.clone() };
            Value::text(limited(&digits, ty))
        }
        (Json::Bool(value), Type::Boolean) => Value::Bool(*value),
        (Json::Number(digits), Type::Boolean) => Value::Bool(number(digits)? != 0.0),
        (Json::Text(text), Type::Boolean) => match text.to_lowercase().as_str() {
            "t" | "true" | "1" => Value::Bool(true),
            "f" | "false" | "0" => Value::Bool(false),
            _ => return None,
        },
        (json, ty) if ty.is_integer() => {
            let whole = match json {
                Json::Bool(value) => i128::from(*value),
                Json::Text(text) => i128::from(text.parse::<i64>().ok()?),
                Json::Number(digits) => match digits.parse::<i128>() {
                    Ok(whole) => whole,
                    Err(_) => number(digits)?.round() as i128,
                },
                _ => return None,
            };
            Value::Int(crate::value::number::integer_within(whole, ty)?)
        }
        (json, Type::Double | Type::Real) => {
            let value = match json {
                Json::Bool(value) => f64::from(u8::from(*value)),
                Json::Text(text) => super::cast::java_double(text)?,
                Json::Number(digits) => number(digits)?,
                _ => return None,
            };
            if *ty == Type::Real { Value::Real(value as f32) } else { Value::Double(value) }
        }
        (json, Type::Decimal(precision, scale)) => {
            let digits = match json {
                Json::Bool(value) => u8::from(*value).to_string(),
                Json::Text(text) => text.clone(),
                Json::Number(digits) => digits.clone(),
                _ => return None,
            };
            Value::Big(text_to_decimal(&digits, *precision, *scale)??)
        }
        (Json::Array(items), Type::Array(element)) => {
            Value::Array(items.iter().map(|item| from_json(item, element, false)).collect::<Option<_>>()?)
        }
        (Json::Object(members), Type::Map(key, of)) => {
            let mut entries: Vec<(Value, Value)> = Vec::new();
            for (name, value) in members {
                let name = from_json(&Json::Text(name.clone()), key, false)?;
                if entries.iter().any(|(other, _)| *other == name) {
                    return None;
                }
                entries.push((name, from_json(value, of, false)?));
            }
            Value::Map(entries)
        }
        (Json::Array(items), Type::Row(fields)) if items.len() == fields.len() => {
            let parts = items.iter().zip(fields).map(|(item, (_, ty))| from_json(item, ty, false));
            Value::Row(parts.collect::<Option<_>>()?)
        }
        (Json::Object(members), Type::Row(fields)) => {
            let field = |(name, ty): &(Option<String>, Type)| {
                let own = name.as_deref().unwrap_or_default();
                match members.iter().find(|(name, _)| name.eq_ignore_ascii_case(own)) {
                    Some((_, value)) => from_json(value, ty, false),
                    None => Some(Value::Null),
                }
            };
            Value::Row(fields.iter().map(field).collect::<Option<_>>()?)
        }
        _ => {
            let _ = outermost;
            return None;
        }
    })
}

fn limited(text: &str, ty: &Type) -> String {
    match ty {
        Type::Varchar(Some(length)) => text.chars().take(*length as usize).collect(),
        _ => text.to_owned(),
    }
}
