//! Regular expressions, in Java's syntax.

use super::call::{Body, Call};
use crate::error::{Error, Result};
use crate::value::Value;
use fancy_regex::{Captures, Regex};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("regexp_count", regexp_count),
    ("regexp_extract", regexp_extract),
    ("regexp_extract_all", regexp_extract_all),
    ("regexp_like", |call| {
        let regex = regex(call.text(1))?;
        regex.is_match(call.text(0)).map(Value::Bool).map_err(failed)
    }),
    ("regexp_position", regexp_position),
    ("regexp_replace", regexp_replace),
    ("regexp_split", regexp_split),
];

/// How many patterns are kept compiled.
const MAX_PATTERNS: usize = 64;

thread_local! {
    static PATTERNS: RefCell<HashMap<String, Rc<Regex>>> = RefCell::new(HashMap::new());
}

fn failed(error: fancy_regex::Error) -> Error {
    Error::argument(format!("regular expression: {error}"))
}

/// A pattern that must match a line from its begin to its end.
pub(crate) fn whole_line(pattern: &str) -> Result<Regex> {
    compiled(&format!("\\A(?:{})\\z", translated(pattern)))
}

fn compiled(pattern: &str) -> Result<Regex> {
    Regex::new(pattern).map_err(|error| {
        let text = error.to_string();
        // Joni's words for the most common fault.
        let unclosed = text.contains("parenthesis without closing");
        Error::argument(if unclosed { "end pattern with unmatched parenthesis".to_owned() } else { text })
    })
}

pub(super) fn regex(pattern: &str) -> Result<Rc<Regex>> {
    if let Some(found) = PATTERNS.with_borrow(|patterns| patterns.get(pattern).cloned()) {
        return Ok(found);
    }
    let compiled = Rc::new(compiled(&translated(pattern))?);
    PATTERNS.with_borrow_mut(|patterns| {
        if patterns.len() >= MAX_PATTERNS {
            patterns.clear();
        }
        patterns.insert(pattern.to_owned(), Rc::clone(&compiled));
    });
    Ok(compiled)
}

/// Java's `\Q…\E` in the syntax of the library, and an unpaired `]` or `}` as a letter.
fn translated(pattern: &str) -> String {
    let mut found = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find("\\Q") {
        found.push_str(&rest[..at]);
        let quoted = &rest[at + 2..];
        let (literal, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
        found.push_str(&fancy_regex::escape(literal));
        rest = after;
    }
    found.push_str(rest);
    found
}

/// All matches, each with its groups.
fn captures<'t>(regex: &Regex, text: &'t str) -> Result<Vec<Captures<'t, str>>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at <= text.len() {
        let Some(captures) = regex.captures_from_pos(text, at).map_err(failed)? else { break };
        let Some(whole) = captures.get(0) else { break };
        // After an empty match the search goes on one letter further; after another it may find an empty one.
        at = match whole.end() - whole.start() {
            0 => whole.end() + text[whole.end()..].chars().next().map_or(1, char::len_utf8),
            _ => whole.end(),
        };
        found.push(captures);
    }
    Ok(found)
}

fn regexp_count(call: &Call<'_>) -> Result<Value> {
    let regex = regex(call.text(1))?;
    Ok(Value::Int(captures(&regex, call.text(0))?.len() as i64))
}

fn group(call: &Call<'_>, regex: &Regex) -> Result<usize> {
    let group = if call.len() > 2 { call.int(2) } else { 0 };
    let last = regex.captures_len() as i64 - 1;
    if group < 0 {
        return Err(Error::argument("Group cannot be negative"));
    }
    if group > last {
        return Err(Error::argument(format!("Pattern has {last} groups. Cannot access group {group}")));
    }
    Ok(group as usize)
}

fn regexp_extract(call: &Call<'_>) -> Result<Value> {
    let regex = regex(call.text(1))?;
    let group = group(call, &regex)?;
    let found = regex.captures(call.text(0)).map_err(failed)?;
    Ok(found.and_then(|found| found.get(group).map(|part| Value::text(part.as_str()))).unwrap_or(Value::Null))
}

fn regexp_extract_all(call: &Call<'_>) -> Result<Value> {
    let regex = regex(call.text(1))?;
    let group = group(call, &regex)?;
    let part = |found: &Captures<'_, str>| found.get(group).map_or(Value::Null, |part| Value::text(part.as_str()));
    Ok(Value::Array(captures(&regex, call.text(0))?.iter().map(part).collect()))
}

fn regexp_position(call: &Call<'_>) -> Result<Value> {
    let (start, occurrence) =
        (if call.len() > 2 { call.int(2) } else { 1 }, if call.len() > 3 { call.int(3) } else { 1 });
    if start < 1 {
        return Err(Error::argument("start position cannot be smaller than 1"));
    }
    if occurrence < 1 {
        return Err(Error::argument("occurrence cannot be smaller than 1"));
    }
    let text = call.text(0);
    let Some((from, _)) = text.char_indices().nth(start as usize - 1) else { return Ok(Value::Int(-1)) };
    let regex = regex(call.text(1))?;
    let found = captures(&regex, &text[from..])?;
    let found = found.get(occurrence as usize - 1).and_then(|found| found.get(0));
    Ok(Value::Int(found.map_or(-1, |found| start + text[from..from + found.start()].chars().count() as i64)))
}

fn regexp_replace(call: &Call<'_>) -> Result<Value> {
    let regex = regex(call.text(1))?;
    let text = call.text(0);
    let mut found = String::new();
    let mut last = 0;
    let by_lambda = call.site.lambdas.get(2).is_some_and(Option::is_some);
    for captures in captures(&regex, text)? {
        let Some(whole) = captures.get(0) else { continue };
        found.push_str(&text[last..whole.start()]);
        last = whole.end();
        if by_lambda {
            let groups = (1..captures.len())
                .map(|index| captures.get(index).map_or(Value::Null, |part| Value::text(part.as_str())))
                .collect();
            match call.apply(2, vec![Value::Array(groups)])? {
                Value::Null => return Ok(Value::Null),
                value => found.push_str(value.as_text()),
            }
        } else if call.len() > 2 {
            replaced(call.text(2), &captures, &regex, &mut found)?;
        }
    }
    found.push_str(&text[last..]);
    Ok(Value::Text(found))
}

/// A replacement with `$1`, `${name}` and `\$`.
fn replaced(replacement: &str, captures: &Captures<'_, str>, regex: &Regex, found: &mut String) -> Result<()> {
    let mut letters = replacement.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(next) => found.push(next),
                None => return Err(Error::argument("Illegal replacement sequence: missing escaped character")),
            },
            '$' => match letters.peek() {
                Some('{') => {
                    letters.next();
                    let name: String = letters.by_ref().take_while(|letter| *letter != '}').collect();
                    if !regex.capture_names().flatten().any(|own| own == name) {
                        return Err(Error::argument(format!(
                            "Illegal replacement sequence: unknown group {{ {name} }}"
                        )));
                    }
                    found.push_str(captures.name(&name).map_or("", |part| part.as_str()));
                }
                Some(digit) if digit.is_ascii_digit() => {
                    let last = captures.len() - 1;
                    let mut number = letters.next().and_then(|digit| digit.to_digit(10)).unwrap_or_default() as usize;
                    if number > last {
                        return Err(Error::argument(format!("Illegal replacement sequence: unknown group {number}")));
                    }
                    // As many digits as still name a group.
                    while let Some(digit) = letters.peek().and_then(|letter| letter.to_digit(10)) {
                        let longer = number * 10 + digit as usize;
                        if longer > last {
                            break;
                        }
                        number = longer;
                        letters.next();
                    }
                    found.push_str(captures.get(number).map_or("", |part| part.as_str()));
                }
                _ => return Err(Error::argument(format!("Illegal replacement sequence: {replacement}"))),
            },
            letter => found.push(letter),
        }
    }
    Ok(())
}

fn regexp_split(call: &Call<'_>) -> Result<Value> {
    let regex = regex(call.text(1))?;
    let text = call.text(0);
    let mut parts = Vec::new();
    let mut last = 0;
    for captures in captures(&regex, text)? {
        let Some(whole) = captures.get(0) else { continue };
        parts.push(Value::text(&text[last..whole.start()]));
        last = whole.end();
    }
    parts.push(Value::text(&text[last..]));
    Ok(Value::Array(parts))
}
