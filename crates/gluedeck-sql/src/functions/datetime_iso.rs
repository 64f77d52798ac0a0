//! ISO 8601.

use super::call::Call;
use super::moment::{local, offset_minutes};
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::Value;
use crate::value::time::{Day, PICOS_PER_DAY, date_text, time_text, truncate_to};
use crate::value::zone::{PICOS, Zone};

pub(super) fn from_iso8601_date(call: &Call<'_>) -> Result<Value> {
    let given = call.text(0);
    iso_day(given).map(|day| Value::Int(day.days())).ok_or_else(|| iso_error(given))
}

/// What Joda says of a text: which number is beyond its range, or that it is no such text.
pub(super) fn iso_error(given: &str) -> Error {
    if let Some((date, time)) = given.split_once('T') {
        let hour = time.get(..2).and_then(|hour| hour.parse::<i64>().ok());
        if iso_day(date).is_some()
            && let Some(hour) = hour.filter(|hour| *hour > 23)
        {
            let message = format!("Cannot parse \"{given}\": Value {hour} for hourOfDay must be in the range [0,23]");
            return Error::argument(message);
        }
    }
    super::reading::day_error(given, given.split('T').next().unwrap_or(given))
        .unwrap_or_else(|| Error::argument(format!("Invalid format: \"{given}\"")))
}

/// `2026-01-31`, `2026-01`, `2026`, `2026-W05-6`, `2026-W05`, `2026-031`.
pub(super) fn iso_day(text: &str) -> Option<Day> {
    let negative = text.starts_with('-');
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = body.split('-');
    let year_text = parts.next()?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(year_text) || year_text.len() > 9 {
        return None;
    }
    let year = year_text.parse::<i64>().ok()? * if negative { -1 } else { 1 };
    let (second, third) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    match (second, third) {
        (None, None) => Day::checked(year, 1, 1),
        (Some(week), day) if week.starts_with('W') => {
            let week: i64 = week[1..].parse().ok().filter(|week| (1..=53).contains(week))?;
            let day: i64 = day.map_or(Some(1), |day| day.parse().ok().filter(|day| (1..=7).contains(day)))?;
            let fourth = Day::checked(year, 1, 4)?;
            let monday = fourth.days() - fourth.day_of_week() + 1;
            Some(Day::of(monday + (week - 1) * 7 + day - 1))
        }
        (Some(number), None) if number.len() == 3 && digits(number) => {
            let number: i64 = number.parse().ok()?;
            let last = if crate::value::time::is_leap(year) { 366 } else { 365 };
            (1..=last).contains(&number).then(|| Day::of(Day { year, month: 1, day: 1 }.days() + number - 1))
        }
        (Some(month), day) if digits(month) && month.len() <= 2 => {
            let day = day.map_or(Some(1), |day| day.parse().ok().filter(|_| digits(day) && day.len() <= 2))?;
            Day::checked(year, month.parse().ok()?, day)
        }
        _ => None,
    }
}

pub(super) fn iso_timestamp(call: &Call<'_>, precision: u8) -> Result<Value> {
    let given = call.text(0);
    let nanos = precision == 9;
    let iso_error = |given: &str| match nanos {
        true => Error::argument(format!("Text '{given}' could not be parsed")),
        false => iso_error(given),
    };
    let (date, time) = given.split_once('T').map_or((given, None), |(date, time)| (date, Some(time)));
    if nanos && time.is_none() {
        return Err(iso_error(given));
    }
    // A zone in brackets goes before the offset.
    let (time, named) = match time.and_then(|time| time.strip_suffix(']')?.split_once('[')).filter(|_| nanos) {
        Some((time, name)) => (Some(time), Some(Zone::named(name)?)),
        None => (time, None),
    };
    let day = iso_day(date).ok_or_else(|| iso_error(given))?;
    let midnight = i128::from(day.days()) * PICOS_PER_DAY;
    let Some(time) = time else {
        let zone = call.site.facts.zone();
        return Ok(Value::Zoned { picos: zone.to_utc(midnight), zone });
    };
    let end = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(end);
    let picos = iso_clock(clock).ok_or_else(|| iso_error(given))?;
    let zone =
        if zone.is_empty() { call.site.facts.zone() } else { Zone::named(zone).map_err(|_| iso_error(given))? };
    let picos = truncate_to(zone.to_utc(midnight + picos), precision);
    Ok(Value::Zoned { picos, zone: named.unwrap_or(zone) })
}

/// `12`, `12:34`, `12:34:56`, `12:34:56.789`, where the last part may have a fraction.
pub(super) fn iso_clock(text: &str) -> Option<i128> {
    if text.is_empty() {
        return Some(0);
    }
    let (whole, fraction) = match text.find(['.', ',']) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let mut picos = 0;
    let mut unit = 3600 * PICOS;
    let limits = [24, 60, 60];
    for (index, part) in whole.split(':').enumerate() {
        let number: i128 = part.parse().ok().filter(|_| part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit()))?;
        if index > 2 || number >= limits[index] {
            return None;
        }
        unit = [3600 * PICOS, 60 * PICOS, PICOS][index];
        picos += number * unit;
    }
    if !fraction.is_empty() {
        if !fraction.bytes().all(|b| b.is_ascii_digit()) || fraction.len() > 12 {
            return None;
        }
        picos += fraction.parse::<i128>().ok()? * unit / 10i128.pow(fraction.len() as u32);
    }
    Some(picos)
}

pub(super) fn to_iso8601(call: &Call<'_>) -> Result<Value> {
    let (value, ty) = (call.get(0), call.ty(0));
    let at = local(value, ty);
    let date = date_text(at.div_euclid(PICOS_PER_DAY) as i64);
    let precision = match ty {
        Type::Date => return Ok(Value::Text(date)),
        Type::Timestamp(precision) | Type::TimestampTz(precision) => *precision,
        _ => 3,
    };
    let time = time_text(at.rem_euclid(PICOS_PER_DAY), precision);
    let zone = match value {
        Value::Zoned { .. } => {
            let minutes = offset_minutes(call);
            if minutes == 0 {
                "Z".to_owned()
            } else {
                let sign = if minutes < 0 { '-' } else { '+' };
                format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        }
        _ => String::new(),
    };
    Ok(Value::Text(format!("{date}T{time}{zone}")))
}
