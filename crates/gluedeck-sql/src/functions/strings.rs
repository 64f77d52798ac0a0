//! Text.

use super::call::{Body, Call};
use super::splitting::{split, split_part, split_to_map, split_to_multimap};
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::{Value, text};
use unicode_normalization::UnicodeNormalization;

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("chr", chr),
    ("codepoint", codepoint),
    ("concat", concat),
    ("concat_ws", concat_ws),
    ("hamming_distance", hamming_distance),
    ("index", |call| position(call, 1)),
    ("length", length),
    ("levenshtein_distance", levenshtein_distance),
    ("lower", |call| Ok(mapped(call, lower))),
    ("lpad", |call| padded(call, true)),
    ("ltrim", |call| trimmed(call, true, false)),
    ("luhn_check", luhn_check),
    ("normalize", normalize),
    ("replace", replace),
    ("reverse", reverse),
    ("rpad", |call| padded(call, false)),
    ("rtrim", |call| trimmed(call, false, true)),
    ("soundex", soundex),
    ("split", split),
    ("split_part", split_part),
    ("split_to_map", split_to_map),
    ("split_to_multimap", split_to_multimap),
    ("starts_with", |call| Ok(Value::Bool(call.text(0).starts_with(call.text(1))))),
    ("strpos", |call| position(call, if call.len() > 2 { call.int(2) } else { 1 })),
    ("substr", substr),
    ("substring", substr),
    ("translate", translate),
    ("trim", |call| trimmed(call, true, true)),
    ("upper", |call| Ok(mapped(call, upper))),
];

/// The text of an argument; of a char with its blanks.
fn whole(call: &Call<'_>, index: usize) -> String {
    match call.ty(index) {
        Type::Char(_) => text(call.get(index), call.ty(index)).unwrap_or_default(),
        _ => call.text(index).to_owned(),
    }
}

/// One letter for one, as Java does it: ß has no capital of its own.
fn lower(letter: char) -> char {
    let mut found = letter.to_lowercase();
    match (found.next(), found.next()) {
        (Some(one), None) => one,
        // İ
        (Some(one), Some(_)) if letter == 'İ' => one,
        _ => letter,
    }
}

fn upper(letter: char) -> char {
    let mut found = letter.to_uppercase();
    match (found.next(), found.next()) {
        (Some(one), None) => one,
        _ => letter,
    }
}

fn mapped(call: &Call<'_>, map: fn(char) -> char) -> Value {
    Value::Text(call.text(0).chars().map(map).collect())
}

fn chr(call: &Call<'_>) -> Result<Value> {
    let number = call.int(0);
    let letter = u32::try_from(number).ok().and_then(char::from_u32);
    let letter = letter.ok_or_else(|| Error::argument(format!("Not a valid Unicode code point: {number}")))?;
    Ok(Value::text(letter))
}

fn codepoint(call: &Call<'_>) -> Result<Value> {
    let mut letters = call.text(0).chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok(Value::Int(i64::from(u32::from(letter)))),
        _ => Err(Error::argument("Input string must be a single character string")),
    }
}

fn concat(call: &Call<'_>) -> Result<Value> {
    if call.len() < 2 {
        return Err(Error::argument("There must be two or more concatenation arguments"));
    }
    Ok(match call.result() {
        Type::Array(element) => {
            let mut items = Vec::new();
            for (value, ty) in call.values.iter().zip(&call.site.types) {
                match value {
                    Value::Array(more) if *ty != **element => items.extend(more.iter().cloned()),
                    other => items.push(other.clone()),
                }
            }
            Value::Array(items)
        }
        Type::Varbinary => Value::Bytes(call.values.iter().flat_map(|value| value.as_bytes().to_vec()).collect()),
        Type::Char(_) => {
            let all: String = (0..call.len()).map(|index| whole(call, index)).collect();
            Value::text(all.trim_end_matches(' '))
        }
        _ => Value::Text((0..call.len()).map(|index| whole(call, index)).collect()),
    })
}

fn concat_ws(call: &Call<'_>) -> Result<Value> {
    if call.get(0).is_null() {
        return Ok(Value::Null);
    }
    let parts: Vec<&str> = match (call.get(1), call.ty(1)) {
        (Value::Array(items), _) => items.iter().filter(|item| !item.is_null()).map(Value::as_text).collect(),
        (Value::Null, Type::Array(_)) => return Ok(Value::Null),
        _ => call.values[1..].iter().filter(|value| !value.is_null()).map(Value::as_text).collect(),
    };
    Ok(Value::Text(parts.join(call.text(0))))
}

fn hamming_distance(call: &Call<'_>) -> Result<Value> {
    let (a, b): (Vec<char>, Vec<char>) = (call.text(0).chars().collect(), call.text(1).chars().collect());
    if a.len() != b.len() {
        return Err(Error::argument("The input strings to hamming_distance function must have the same length"));
    }
    Ok(Value::Int(a.iter().zip(&b).filter(|(a, b)| a != b).count() as i64))
}

fn length(call: &Call<'_>) -> Result<Value> {
    Ok(Value::Int(match (call.get(0), call.ty(0)) {
        (Value::Bytes(bytes), _) => bytes.len() as i64,
        (_, Type::Char(length)) => i64::from(*length),
        (other, _) => other.as_text().chars().count() as i64,
    }))
}

fn levenshtein_distance(call: &Call<'_>) -> Result<Value> {
    let (a, b): (Vec<char>, Vec<char>) = (call.text(0).chars().collect(), call.text(1).chars().collect());
    if (a.len() as u64).saturating_mul(b.len() as u64) > 1_000_000 {
        return Err(Error::argument("The combined inputs for Levenshtein distance are too large"));
    }
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = previous[j] + usize::from(x != y);
            row.push(change.min(previous[j + 1] + 1).min(row[j] + 1));
        }
        previous = row;
    }
    Ok(Value::Int(previous.last().copied().unwrap_or_default() as i64))
}

fn padded(call: &Call<'_>, left: bool) -> Result<Value> {
    let target = call.int(1);
    if !(0..=i64::from(i32::MAX)).contains(&target) {
        return Err(Error::argument(format!("Target length must be in the range [0..{}]", i32::MAX)));
    }
    let target = target as usize;
    if let Value::Bytes(bytes) = call.get(0) {
        let pad = call.get(2).as_bytes();
        if pad.is_empty() {
            return Err(Error::argument("Padding bytes must not be empty"));
        }
        if bytes.len() >= target {
            return Ok(Value::Bytes(bytes[..target].to_vec()));
        }
        check_memory(target)?;
        let fill: Vec<u8> = pad.iter().copied().cycle().take(target - bytes.len()).collect();
        return Ok(Value::Bytes(if left { [fill, bytes.clone()].concat() } else { [bytes.clone(), fill].concat() }));
    }
    let pad = call.text(2);
    if pad.is_empty() {
        return Err(Error::argument("Padding string must not be empty"));
    }
    let given = whole(call, 0);
    let count = given.chars().count();
    if count >= target {
        return Ok(Value::Text(given.chars().take(target).collect()));
    }
    check_memory(target)?;
    let fill: String = pad.chars().cycle().take(target - count).collect();
    Ok(Value::Text(if left { fill + &given } else { given + &fill }))
}

/// What one value may become in bytes.
pub(super) fn check_memory(bytes: usize) -> Result<()> {
    if bytes > 64 << 20 {
        return Err(Error::argument("the value would have more than 64 MB"));
    }
    Ok(())
}

fn is_blank(letter: char) -> bool {
    matches!(letter, '\u{9}'..='\u{d}' | '\u{1c}'..='\u{20}' | '\u{1680}' | '\u{2000}'..='\u{2006}'
        | '\u{2008}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{205f}' | '\u{3000}')
}

fn trimmed(call: &Call<'_>, left: bool, right: bool) -> Result<Value> {
    let set: Option<Vec<char>> = (call.len() > 1).then(|| call.text(1).chars().collect());
    let cut = |letter: char| match &set {
        Some(set) => set.contains(&letter),
        None => is_blank(letter),
    };
    // What fills up a char is no part of it.
    let mut rest = call.text(0);
    if left {
        rest = rest.trim_start_matches(cut);
    }
    if right {
        rest = rest.trim_end_matches(cut);
    }
    Ok(Value::text(match call.result() {
        Type::Char(_) => rest.trim_end_matches(' '),
        _ => rest,
    }))
}

fn luhn_check(call: &Call<'_>) -> Result<Value> {
    let digits = call.text(0);
    if digits.is_empty() {
        return Ok(Value::Bool(false));
    }
    let mut sum = 0;
    for (index, letter) in digits.chars().rev().enumerate() {
        let digit = letter.to_digit(10).ok_or_else(|| Error::argument("Input contains non-digit character"))?;
        let value = if index % 2 == 1 { digit * 2 } else { digit };
        sum += if value > 9 { value - 9 } else { value };
    }
    Ok(Value::Bool(sum % 10 == 0))
}

fn normalize(call: &Call<'_>) -> Result<Value> {
    let given = call.text(0);
    let form = if call.len() > 1 { call.text(1) } else { "NFC" };
    Ok(Value::Text(match form {
        "NFD" => given.nfd().collect(),
        "NFC" => given.nfc().collect(),
        "NFKD" => given.nfkd().collect(),
        "NFKC" => given.nfkc().collect(),
        other => {
            return Err(Error::argument(format!("Normalization form must be one of [NFD, NFC, NFKD, NFKC]: {other}")));
        }
    }))
}

fn replace(call: &Call<'_>) -> Result<Value> {
    let (given, part) = (call.text(0), call.text(1));
    let with = if call.len() > 2 { call.text(2) } else { "" };
    if part.is_empty() {
        check_memory(given.len() + with.len() * (given.chars().count() + 1))?;
        // Between all letters, before the first and after the last.
        let mut found = with.to_owned();
        for letter in given.chars() {
            found.push(letter);
            found.push_str(with);
        }
        return Ok(Value::Text(found));
    }
    check_memory(given.matches(part).count() * with.len() + given.len())?;
    Ok(Value::Text(given.replace(part, with)))
}

fn reverse(call: &Call<'_>) -> Result<Value> {
    Ok(match call.get(0) {
        Value::Bytes(bytes) => Value::Bytes(bytes.iter().rev().copied().collect()),
        Value::Array(items) => Value::Array(items.iter().rev().cloned().collect()),
        _ => {
            let reversed: String = whole(call, 0).chars().rev().collect();
            match call.result() {
                Type::Char(_) => Value::text(reversed.trim_end_matches(' ')),
                _ => Value::Text(reversed),
            }
        }
    })
}

fn soundex(call: &Call<'_>) -> Result<Value> {
    let given = call.text(0);
    if let Some(other) = given.chars().find(|letter| !letter.is_ascii() && letter.is_alphabetic()) {
        return Err(Error::argument(format!("The character is not mapped: {} (index=0)", upper(other))));
    }
    let code = |letter: char| match letter {
        'B' | 'F' | 'P' | 'V' => '1',
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => '2',
        'D' | 'T' => '3',
        'L' => '4',
        'M' | 'N' => '5',
        'R' => '6',
        'H' | 'W' => '-',
        _ => '0',
    };
    let letters: Vec<char> = given.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect();
    let Some(first) = letters.first() else { return Ok(Value::text("")) };
    let mut found = first.to_string();
    let mut last = code(*first);
    for letter in &letters[1..] {
        match code(*letter) {
            '-' => {}
            next => {
                if next != '0' && next != last {
                    found.push(next);
                }
                last = next;
            }
        }
    }
    found.push_str("000");
    Ok(Value::Text(found.chars().take(4).collect()))
}

/// The place of the n-th occurrence, from the end if negative; 0 if there is none.
fn position(call: &Call<'_>, instance: i64) -> Result<Value> {
    let (given, part) = (call.text(0), call.text(1));
    if instance == 0 {
        return Err(Error::argument("'instance' must be a positive or negative number."));
    }
    if part.is_empty() {
        return Ok(Value::Int(1));
    }
    let starts: Vec<usize> =
        given.char_indices().map(|(at, _)| at).filter(|at| given[*at..].starts_with(part)).collect();
    let nth = instance.unsigned_abs() as usize - 1;
    let found = if instance > 0 { starts.get(nth) } else { starts.iter().rev().nth(nth) };
    Ok(Value::Int(found.map_or(0, |at| given[..*at].chars().count() as i64 + 1)))
}

fn substr(call: &Call<'_>) -> Result<Value> {
    let (start, length) = (call.int(1), (call.len() > 2).then(|| call.int(2)));
    if let Value::Bytes(bytes) = call.get(0) {
        let range = range(bytes.len(), start, length);
        return Ok(Value::Bytes(bytes[range].to_vec()));
    }
    let letters: Vec<char> = whole(call, 0).chars().collect();
    let found: String = letters[range(letters.len(), start, length)].iter().collect();
    Ok(match call.result() {
        Type::Char(_) => Value::text(found.trim_end_matches(' ')),
        _ => Value::Text(found),
    })
}

/// What a start from 1, or from the end if negative, and a length take of so many.
fn range(count: usize, start: i64, length: Option<i64>) -> std::ops::Range<usize> {
    let count = count as i64;
    let from = if start < 0 { count + start } else { start - 1 };
    if start == 0 || from < 0 || from >= count || length.is_some_and(|length| length <= 0) {
        return 0..0;
    }
    let to = length.map_or(count, |length| from.saturating_add(length).min(count));
    from as usize..to as usize
}

fn translate(call: &Call<'_>) -> Result<Value> {
    let (from, to): (Vec<char>, Vec<char>) = (call.text(1).chars().collect(), call.text(2).chars().collect());
    let found = call.text(0).chars().filter_map(|letter| match from.iter().position(|other| *other == letter) {
        None => Some(letter),
        Some(index) => to.get(index).copied(),
    });
    Ok(Value::Text(found.collect()))
}
