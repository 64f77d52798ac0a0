//! JSON as text: reading and writing it.

use crate::value::number::double_text;

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
pub(super) const MAX_DEPTH: usize = 200;

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

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Json {
    /// As short as it can be written.
    pub(super) fn written(&self) -> String {
        let mut found = String::new();
        self.write(&mut found);
        found
    }

    pub(super) fn write(&self, out: &mut String) {
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
    pub(super) fn canonical(self) -> Self {
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

impl Reader<'_> {
    pub(super) fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    pub(super) fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    pub(super) fn take(&mut self, word: &str) -> bool {
        self.blank();
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    pub(super) fn value(&mut self) -> std::result::Result<Json, ()> {
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

    pub(super) fn object(&mut self) -> std::result::Result<Json, ()> {
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

    pub(super) fn number(&mut self) -> std::result::Result<String, ()> {
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

    pub(super) fn string(&mut self) -> std::result::Result<String, ()> {
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
