//! Literals that are written in codes.

use crate::error::{Code, Error, Position, Result};

pub(super) fn decode_hex(text: &str, position: Position) -> Result<Vec<u8>> {
    let digits: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let invalid = |message: &str| Error::at(position, Code::SyntaxError, message);
    if digits.iter().any(|c| !c.is_ascii_hexdigit()) {
        return Err(invalid("Binary literal can only contain hexadecimal digits"));
    }
    if !digits.len().is_multiple_of(2) {
        return Err(invalid("Binary literal must contain an even number of digits"));
    }
    let value = |c: char| c.to_digit(16).unwrap_or_default() as u8;
    Ok(digits.chunks(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect())
}

/// `U&'\0041 \+01F600'`.
pub(super) fn decode_unicode(text: &str, escape: &str, position: Position) -> Result<String> {
    let invalid = |message: String| Error::at(position, Code::SyntaxError, message);
    let mut letters = escape.chars();
    let (Some(mark), None) = (letters.next(), letters.next()) else {
        return Err(invalid("Invalid Unicode escape character".into()));
    };
    let mut decoded = String::new();
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        if letter != mark {
            decoded.push(letter);
            continue;
        }
        let mut ahead = rest.clone();
        match ahead.next() {
            Some(next) if next == mark => {
                decoded.push(mark);
                rest = ahead;
            }
            Some('+') => {
                decoded.push(code_point(&ahead.by_ref().take(6).collect::<String>(), 6, position)?);
                rest = ahead;
            }
            Some(_) => decoded.push(code_point(&rest.by_ref().take(4).collect::<String>(), 4, position)?),
            None => return Err(invalid("Incomplete escape sequence: ".into())),
        }
    }
    Ok(decoded)
}

pub(super) fn code_point(digits: &str, length: usize, position: Position) -> Result<char> {
    let valid = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
    let digits = &digits[..valid];
    if digits.chars().count() < length {
        return Err(Error::at(position, Code::SyntaxError, format!("Incomplete escape sequence: {digits}")));
    }
    let value = u32::from_str_radix(digits, 16)
        .map_err(|_| Error::at(position, Code::SyntaxError, format!("Invalid hexadecimal digit: {digits}")))?;
    char::from_u32(value)
        .ok_or_else(|| Error::at(position, Code::SyntaxError, format!("Invalid escaped character: {digits}")))
}
