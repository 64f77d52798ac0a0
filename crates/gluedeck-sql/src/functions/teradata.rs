//! Teradata's patterns.

use super::call::Call;
use super::moment::{Shown, signed_year};
use super::reading::Reading;
use crate::error::{Error, Result};
use crate::value::Value;
use crate::value::time::PICOS_PER_MILLI;

/// The tokens of Teradata's patterns.
pub(super) const TERADATA: [&str; 9] = ["yyyy", "hh24", "yy", "hh", "mi", "mm", "dd", "ss", "am"];

pub(super) fn teradata_tokens(pattern: &str) -> Result<Vec<std::result::Result<&'static str, char>>> {
    let mut found = Vec::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let token = TERADATA.iter().find(|token| rest.starts_with(**token));
        match token {
            Some(token) => {
                found.push(Ok(*token));
                rest = &rest[token.len()..];
            }
            None if "-/,.;: ".contains(letter) => {
                found.push(Err(letter));
                rest = &rest[letter.len_utf8()..];
            }
            None => {
                return Err(Error::argument(format!(
                    "Failed to tokenize string [{pattern}] at offset [{}]",
                    pattern.len() - rest.len()
                )));
            }
        }
    }
    Ok(found)
}

pub(super) fn teradata_text(call: &Call<'_>) -> Result<Value> {
    let shown = Shown::of(call);
    let mut found = String::new();
    for token in teradata_tokens(call.text(1))? {
        found.push_str(&match token {
            Err(letter) => letter.to_string(),
            Ok("yyyy") => signed_year(shown.day.year, 4),
            Ok("yy") => format!("{:02}", shown.day.year.rem_euclid(100)),
            Ok("mm") => format!("{:02}", shown.day.month),
            Ok("dd") => format!("{:02}", shown.day.day),
            Ok("hh24") => format!("{:02}", shown.hour()),
            Ok("hh") => format!("{:02}", shown.half_day_hour()),
            Ok("mi") => format!("{:02}", shown.minute()),
            Ok("ss") => format!("{:02}", shown.second()),
            Ok(_) => shown.half().to_owned(),
        });
    }
    Ok(Value::Text(found))
}

pub(super) fn teradata_moment(call: &Call<'_>) -> Result<i128> {
    let given = call.text(0);
    let mut reading = Reading::new(given);
    let tokens = teradata_tokens(call.text(1))?;
    let mut read = || -> Option<()> {
        for token in &tokens {
            match token {
                Err(letter) => reading.literal(*letter)?,
                Ok("yyyy") => reading.year = Some(reading.number(4, 0..=9999)?),
                Ok("yy") => reading.year = Some(2000 + reading.number(2, 0..=99)?),
                Ok("mm") => reading.month = Some(reading.number(2, 1..=12)? as u32),
                Ok("dd") => reading.day = Some(reading.number(2, 1..=31)? as u32),
                Ok("hh24") => reading.hour = reading.number(2, 0..=23)?,
                Ok("hh") => reading.half_hour = Some(reading.number(2, 0..=12)?),
                Ok("mi") => reading.minute = reading.number(2, 0..=59)?,
                Ok("ss") => reading.second = reading.number(2, 0..=59)?,
                Ok(_) => reading.read_half()?,
            }
        }
        reading.text.is_empty().then_some(())
    };
    let found = read();
    let at = found.and_then(|()| reading.local());
    let _ = PICOS_PER_MILLI;
    at.ok_or_else(|| Error::argument(format!("Invalid format: \"{given}\"")))
}
