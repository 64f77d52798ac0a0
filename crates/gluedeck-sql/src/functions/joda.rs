//! Joda's patterns.

use super::call::Call;
use super::moment::{Shown, day_name, month_name, signed_year};
use super::reading::{DAYS, MONTHS, Reading, malformed, short_year};
use crate::error::{Error, Result};
use crate::value::Value;
use crate::value::zone::{PICOS, Zone};

/// The runs of a Joda pattern: a letter and how often, or a text.
pub(super) fn joda(pattern: &str) -> Result<Vec<(Option<char>, usize, String)>> {
    let mut runs: Vec<(Option<char>, usize, String)> = Vec::new();
    let letters: Vec<char> = pattern.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        if letter.is_ascii_alphabetic() {
            let count = letters[at..].iter().take_while(|other| **other == letter).count();
            runs.push((Some(letter), count, String::new()));
            at += count;
        } else if letter == '\'' {
            let mut literal = String::new();
            at += 1;
            if letters.get(at) == Some(&'\'') {
                literal.push('\'');
                at += 1;
            } else {
                while at < letters.len() {
                    if letters[at] == '\'' {
                        if letters.get(at + 1) == Some(&'\'') {
                            literal.push('\'');
                            at += 2;
                            continue;
                        }
                        break;
                    }
                    literal.push(letters[at]);
                    at += 1;
                }
                at += 1;
            }
            runs.push((None, 0, literal));
        } else {
            runs.push((None, 0, letter.to_string()));
            at += 1;
        }
    }
    if runs.is_empty() {
        return Err(Error::argument("Invalid pattern specification"));
    }
    Ok(runs)
}

pub(super) fn format_datetime(call: &Call<'_>) -> Result<Value> {
    let shown = Shown::of(call);
    let zone = match call.get(0) {
        Value::Zoned { picos, zone } => Some((*zone, zone.offset_at(picos.div_euclid(PICOS) as i64))),
        _ => None,
    };
    let mut found = String::new();
    for (letter, count, literal) in joda(call.text(1))? {
        let Some(letter) = letter else {
            found.push_str(&literal);
            continue;
        };
        let number = |value: i64| format!("{value:0count$}");
        let day = &shown.day;
        found.push_str(&match letter {
            'G' => if day.year > 0 { "AD" } else { "BC" }.to_owned(),
            'C' => number(day.year.abs() / 100),
            'Y' | 'y' | 'x' => {
                let year = if letter == 'x' { day.iso_week().0 } else { day.year };
                if count == 2 { format!("{:02}", year.rem_euclid(100)) } else { signed_year(year, count) }
            }
            'w' => number(day.iso_week().1),
            'e' => number(day.day_of_week()),
            'E' => {
                if count > 3 {
                    day_name(day).to_owned()
                } else {
                    day_name(day)[..3].to_owned()
                }
            }
            'D' => number(day.day_of_year()),
            'M' => match count {
                1 | 2 => number(i64::from(day.month)),
                3 => month_name(day)[..3].to_owned(),
                _ => month_name(day).to_owned(),
            },
            'd' => number(i64::from(day.day)),
            'a' => shown.half().to_owned(),
            'K' => number(shown.hour() % 12),
            'h' => number(shown.half_day_hour()),
            'H' => number(shown.hour()),
            'k' => number((shown.hour() + 23) % 24 + 1),
            'm' => number(shown.minute()),
            's' => number(shown.second()),
            'S' => {
                let fraction = format!("{:012}", shown.clock % PICOS);
                format!("{:0<count$}", &fraction[..count.min(12)])
            }
            'z' | 'Z' => zone_text(letter, count, zone, call.get(0))?,
            other => {
                return Err(Error::argument(format!("Illegal pattern component: {}", other.to_string().repeat(count))));
            }
        });
    }
    Ok(Value::Text(found))
}

/// What `z` and `Z` show of a zone and its offset in seconds.
fn zone_text(letter: char, count: usize, zone: Option<(Zone, i64)>, value: &Value) -> Result<String> {
    let Some((zone, offset)) = zone else {
        let message = "format_datetime for TIMESTAMP type, cannot use 'Z' nor 'z' in format, as this type does not contain TZ information";
        return Err(Error::argument(message));
    };
    if letter == 'z' {
        return Ok(zone_name(zone, value, count > 3));
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.abs() / 60;
    Ok(match count {
        1 => format!("{sign}{:02}{:02}", minutes / 60, minutes % 60),
        2 => format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60),
        _ => zone.to_string(),
    })
}

/// `EST`, or `Eastern Standard Time`; of an offset, the offset.
pub(super) fn zone_name(zone: Zone, value: &Value, long: bool) -> String {
    let name = zone.to_string();
    if name == "UTC" {
        return if long { "Coordinated Universal Time" } else { "UTC" }.to_owned();
    }
    if !name.contains('/') {
        return name;
    }
    let seconds = value.as_big().div_euclid(PICOS) as i64;
    let short = chrono::DateTime::from_timestamp(seconds, 0).and_then(|instant| {
        let tz: chrono_tz::Tz = name.parse().ok()?;
        Some(instant.with_timezone(&tz).format("%Z").to_string())
    });
    short.unwrap_or(name)
}

pub(super) fn parse_datetime(call: &Call<'_>) -> Result<Value> {
    let (given, pattern) = (call.text(0), call.text(1));
    let runs = joda(pattern)?;
    let mut reading = Reading::new(given);
    let invalid = |rest: &str| malformed(given, rest);
    for (index, (letter, count, literal)) in runs.iter().enumerate() {
        let Some(letter) = letter else {
            for letter in literal.chars() {
                let rest = reading.text;
                reading.literal(letter).ok_or_else(|| invalid(rest))?;
            }
            continue;
        };
        // A number followed by another has just its digits.
        let followed = matches!(runs.get(index + 1), Some((Some(next), ..)) if next.is_ascii_alphabetic());
        let rest = reading.text;
        let read = joda_part(&mut reading, *letter, *count, followed);
        match read {
            Some(Ok(())) => {}
            Some(Err(error)) => return Err(error),
            None => return Err(reading.failed.take().unwrap_or_else(|| invalid(rest))),
        }
    }
    if !reading.text.is_empty() {
        return Err(invalid(reading.text));
    }
    let at = reading.local().ok_or_else(|| reading.beyond(given).unwrap_or_else(|| invalid("")))?;
    let zone = reading.zone.unwrap_or(call.site.facts.zone());
    Ok(Value::Zoned { picos: crate::value::time::truncate_to(zone.to_utc(at), 3), zone })
}

pub(super) fn joda_part(reading: &mut Reading<'_>, letter: char, count: usize, followed: bool) -> Option<Result<()>> {
    let longest = |most: usize| if followed { count.max(1) } else { most.max(count) };
    match letter {
        'Y' | 'y' => {
            let digits = reading.text.trim_start_matches(['-', '+']).bytes().take_while(u8::is_ascii_digit).count();
            let year = reading.signed(longest(9))?;
            reading.year = Some(if count == 2 && digits == 2 { short_year(year) } else { year });
        }
        'x' => reading.week_year = Some(reading.signed(longest(9))?),
        'w' => reading.week = Some(reading.number(longest(2), 1..=53)?),
        'e' => reading.day_of_week = Some(reading.number(longest(1), 1..=7)?),
        'E' => reading.day_of_week = Some(reading.name(&DAYS)? as i64 + 1),
        'D' => reading.day_of_year = Some(reading.number(longest(3), 1..=366)?),
        'M' if count < 3 => reading.month = Some(reading.number(longest(2), 1..=12)? as u32),
        'M' => reading.month = Some(reading.name(&MONTHS)? as u32 + 1),
        'd' => reading.day = Some(reading.number(longest(2), 1..=31)? as u32),
        'a' => reading.read_half()?,
        'K' => reading.half_hour = Some(reading.number(longest(2), 0..=11)?),
        'h' => reading.half_hour = Some(reading.number(longest(2), 1..=12)?),
        'H' => reading.hour = reading.number(longest(2), 0..=23)?,
        'k' => reading.hour = reading.number(longest(2), 1..=24)? % 24,
        'm' => reading.minute = reading.number(longest(2), 0..=59)?,
        's' => reading.second = reading.number(longest(2), 0..=59)?,
        'S' => reading.fraction(count)?,
        'Z' | 'z' => {
            let end = reading.text.find(' ').unwrap_or(reading.text.len());
            let (name, rest) = reading.text.split_at(end);
            reading.zone = Some(Zone::named(name).ok()?);
            reading.text = rest;
        }
        other => {
            return Some(Err(Error::argument(format!(
                "Illegal pattern component: {}",
                other.to_string().repeat(count)
            ))));
        }
    }
    Some(Ok(()))
}
