//! Moments to texts and back, by MySQL's, Joda's and Teradata's patterns; and Java's `format`.

use super::call::{Body, Call};
use super::joda::{format_datetime, parse_datetime};
use super::moment::{Shown, day_name, month_name, signed_year};
use super::reading::{DAYS, MONTHS, Reading, malformed, short_year};
use super::teradata::{teradata_moment, teradata_text};
use crate::error::{Error, Result};
use crate::value::Value;
use crate::value::time::PICOS_PER_DAY;
use crate::value::zone::PICOS;

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("date_format", date_format),
    ("date_parse", date_parse),
    ("format_datetime", format_datetime),
    ("parse_datetime", parse_datetime),
    ("to_char", |call| teradata_text(call)),
    ("to_date", |call| teradata_moment(call).map(|at| Value::Int(at.div_euclid(PICOS_PER_DAY) as i64))),
    ("to_timestamp", |call| teradata_moment(call).map(Value::Big)),
];

fn date_format(call: &Call<'_>) -> Result<Value> {
    let shown = Shown::of(call);
    let mut found = String::new();
    let mut letters = call.text(1).chars();
    if call.text(1).is_empty() {
        return Err(Error::argument("Both printing and parsing not supported"));
    }
    while let Some(letter) = letters.next() {
        if letter != '%' {
            found.push(letter);
            continue;
        }
        let Some(code) = letters.next() else {
            found.push('%');
            break;
        };
        let day = &shown.day;
        found.push_str(&match code {
            'a' => day_name(day)[..3].to_owned(),
            'b' => month_name(day)[..3].to_owned(),
            'c' => day.month.to_string(),
            'd' => format!("{:02}", day.day),
            'e' => day.day.to_string(),
            'f' => format!("{:06}", shown.clock % PICOS / 1_000_000),
            'H' => format!("{:02}", shown.hour()),
            'h' | 'I' => format!("{:02}", shown.half_day_hour()),
            'i' => format!("{:02}", shown.minute()),
            'j' => format!("{:03}", day.day_of_year()),
            'k' => shown.hour().to_string(),
            'l' => shown.half_day_hour().to_string(),
            'M' => month_name(day).to_owned(),
            'm' => format!("{:02}", day.month),
            'p' => shown.half().to_owned(),
            'r' => format!("{:02}:{:02}:{:02} {}", shown.half_day_hour(), shown.minute(), shown.second(), shown.half()),
            'S' | 's' => format!("{:02}", shown.second()),
            'T' => format!("{:02}:{:02}:{:02}", shown.hour(), shown.minute(), shown.second()),
            'v' => format!("{:02}", day.iso_week().1),
            'W' => day_name(day).to_owned(),
            'x' => format!("{:04}", day.iso_week().0),
            'Y' => signed_year(day.year, 4),
            'y' => format!("{:02}", day.year.rem_euclid(100)),
            '%' => "%".to_owned(),
            'D' | 'U' | 'u' | 'V' | 'w' | 'X' => {
                return Err(Error::argument(format!("%{code} not supported in date format string")));
            }
            other => other.to_string(),
        });
    }
    Ok(Value::Text(found))
}

fn date_parse(call: &Call<'_>) -> Result<Value> {
    let (given, pattern) = (call.text(0), call.text(1));
    if pattern.is_empty() {
        return Err(Error::argument("Both printing and parsing not supported"));
    }
    let mut reading = Reading::new(given);
    let mut letters = pattern.chars();
    let mut read = || -> Option<Result<()>> {
        while let Some(letter) = letters.next() {
            if letter != '%' {
                reading.literal(letter)?;
                continue;
            }
            let Some(code) = letters.next() else {
                reading.literal('%')?;
                break;
            };
            if "DUuVwX".contains(code) {
                return Some(Err(Error::argument(format!("%{code} not supported in date format string"))));
            }
            mysql_part(&mut reading, code)?;
        }
        reading.text.is_empty().then_some(Ok(()))
    };
    let invalid = |rest: &str| malformed(given, rest);
    match read() {
        Some(Ok(())) => {}
        Some(Err(error)) => return Err(error),
        None => return Err(reading.failed.take().unwrap_or_else(|| invalid(reading.text))),
    }
    let at = reading.local().ok_or_else(|| reading.beyond(given).unwrap_or_else(|| invalid("")))?;
    Ok(Value::Big(crate::value::time::truncate_to(at, 3)))
}

fn mysql_part(reading: &mut Reading<'_>, code: char) -> Option<()> {
    match code {
        'Y' => reading.year = Some(reading.signed(4)?),
        'y' => reading.year = Some(short_year(reading.number(2, 0..=99)?)),
        'x' => reading.week_year = Some(reading.signed(4)?),
        'v' => reading.week = Some(reading.number(2, 1..=53)?),
        'm' | 'c' => reading.month = Some(reading.number(2, 1..=12)? as u32),
        'b' | 'M' => reading.month = Some(reading.name(&MONTHS)? as u32 + 1),
        'd' | 'e' => reading.day = Some(reading.number(2, 1..=31)? as u32),
        'j' => reading.day_of_year = Some(reading.number(3, 1..=366)?),
        'a' | 'W' => reading.day_of_week = Some(reading.name(&DAYS)? as i64 + 1),
        'H' | 'k' => reading.hour = reading.number(2, 0..=23)?,
        'h' | 'I' | 'l' => reading.half_hour = Some(reading.number(2, 1..=12)?),
        'i' => reading.minute = reading.number(2, 0..=59)?,
        's' | 'S' => reading.second = reading.number(2, 0..=59)?,
        'f' => reading.fraction(9)?,
        'p' => reading.read_half()?,
        'T' => {
            reading.hour = reading.number(2, 0..=23)?;
            reading.literal(':')?;
            reading.minute = reading.number(2, 0..=59)?;
            reading.literal(':')?;
            reading.second = reading.number(2, 0..=59)?;
        }
        'r' => {
            reading.half_hour = Some(reading.number(2, 1..=12)?);
            reading.literal(':')?;
            reading.minute = reading.number(2, 0..=59)?;
            reading.literal(':')?;
            reading.second = reading.number(2, 0..=59)?;
            reading.literal(' ')?;
            reading.read_half()?;
        }
        other => reading.literal(other)?,
    }
    Some(())
}
