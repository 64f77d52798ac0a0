//! Moments to texts and back, by MySQL's, Joda's and Teradata's patterns; and Java's `format`.

use super::call::{Body, Call};
use super::datetime::local;
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::time::{Day, PICOS_PER_DAY, PICOS_PER_MILLI, round_to};
use crate::value::zone::{PICOS, Zone};
use crate::value::{Value, text};

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("date_format", date_format),
    ("date_parse", date_parse),
    ("format_datetime", format_datetime),
    ("parse_datetime", parse_datetime),
    ("to_char", |call| teradata_text(call)),
    ("to_date", |call| teradata_moment(call).map(|at| Value::Int(at.div_euclid(PICOS_PER_DAY) as i64))),
    ("to_timestamp", |call| teradata_moment(call).map(Value::Big)),
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A moment split into what patterns show.
struct Shown {
    day: Day,
    /// Picoseconds of the day.
    clock: i128,
}

impl Shown {
    fn of(call: &Call<'_>) -> Self {
        let at = round_to(local(call.get(0), call.ty(0)), 3);
        Self { day: Day::of(at.div_euclid(PICOS_PER_DAY) as i64), clock: at.rem_euclid(PICOS_PER_DAY) }
    }

    fn hour(&self) -> i64 {
        (self.clock / (3600 * PICOS)) as i64
    }

    fn half_day_hour(&self) -> i64 {
        (self.hour() + 11) % 12 + 1
    }

    fn minute(&self) -> i64 {
        (self.clock / (60 * PICOS) % 60) as i64
    }

    fn second(&self) -> i64 {
        (self.clock / PICOS % 60) as i64
    }

    fn half(&self) -> &'static str {
        if self.hour() < 12 { "AM" } else { "PM" }
    }
}

fn month_name(day: &Day) -> &'static str {
    MONTHS[day.month as usize - 1]
}

fn day_name(day: &Day) -> &'static str {
    DAYS[day.day_of_week() as usize - 1]
}

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

fn signed_year(year: i64, digits: usize) -> String {
    let sign = if year < 0 { "-" } else { "" };
    format!("{sign}{:0digits$}", year.abs())
}

/// What has been read of a text so far.
struct Reading<'a> {
    text: &'a str,
    year: Option<i64>,
    week_year: Option<i64>,
    week: Option<i64>,
    day_of_week: Option<i64>,
    day_of_year: Option<i64>,
    month: Option<u32>,
    day: Option<u32>,
    hour: i64,
    half: Option<bool>,
    half_hour: Option<i64>,
    minute: i64,
    second: i64,
    picos: i128,
    zone: Option<Zone>,
    /// A number that was read and is beyond its range.
    failed: Option<Error>,
    given: &'a str,
}

impl<'a> Reading<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            year: None,
            week_year: None,
            week: None,
            day_of_week: None,
            day_of_year: None,
            month: None,
            day: None,
            hour: 0,
            half: None,
            half_hour: None,
            minute: 0,
            second: 0,
            picos: 0,
            zone: None,
            failed: None,
            given: text,
        }
    }

    /// What is wrong with a date that there is not.
    fn beyond(&self, given: &str) -> Option<Error> {
        let year = self.year.unwrap_or(if self.month.is_some() { 2000 } else { 1970 });
        out_of_range(given, year, i64::from(self.month.unwrap_or(1)), i64::from(self.day.unwrap_or(1)))
    }

    fn literal(&mut self, letter: char) -> Option<()> {
        let mut rest = self.text.chars();
        let same = rest.next()?.to_lowercase().eq(letter.to_lowercase());
        self.text = rest.as_str();
        same.then_some(())
    }

    /// A number of at most so many digits.
    fn number(&mut self, longest: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let digits = self.text.bytes().take(longest).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.text.split_at(digits);
        self.text = rest;
        let number: i64 = digits.parse().ok()?;
        if !range.contains(&number) {
            let (low, high) = (range.start(), range.end());
            let given = self.given;
            let message = format!("Cannot parse \"{given}\": Value {number} must be in the range [{low},{high}]");
            self.failed = Some(Error::argument(message));
            return None;
        }
        Some(number)
    }

    fn signed(&mut self, longest: usize) -> Option<i64> {
        let negative = self.text.starts_with('-');
        if self.text.starts_with(['-', '+']) {
            self.text = &self.text[1..];
        }
        let number = self.number(longest, 0..=i64::MAX)?;
        Some(if negative { -number } else { number })
    }

    /// The index of one of some names, or of their first three letters; the longest that fits.
    fn name(&mut self, names: &[&str]) -> Option<usize> {
        for short in [false, true] {
            for (index, name) in names.iter().enumerate() {
                let name = if short { &name[..3] } else { name };
                let fits = self.text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
                if fits {
                    self.text = &self.text[name.len()..];
                    return Some(index);
                }
            }
        }
        None
    }

    fn read_half(&mut self) -> Option<()> {
        let word = self.text.get(..2)?;
        self.half = Some(match word.to_ascii_uppercase().as_str() {
            "AM" => false,
            "PM" => true,
            _ => return None,
        });
        self.text = &self.text[2..];
        Some(())
    }

    fn fraction(&mut self, longest: usize) -> Option<()> {
        let digits = self.text.bytes().take(longest).take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        let (number, rest) = self.text.split_at(digits);
        self.text = rest;
        self.picos = format!("{number:0<12}").parse().ok()?;
        Some(())
    }

    /// What a clock shows, in picoseconds since 1970.
    fn local(&self) -> Option<i128> {
        let year = self.year.unwrap_or(if self.month.is_some() || self.day_of_year.is_some() { 2000 } else { 1970 });
        let day = if let Some(number) = self.day_of_year {
            let last = if crate::value::time::is_leap(year) { 366 } else { 365 };
            (number <= last).then(|| Day::of(Day { year, month: 1, day: 1 }.days() + number - 1))?
        } else if self.week.is_some() || self.week_year.is_some() {
            let fourth = Day { year: self.week_year.or(self.year).unwrap_or(1970), month: 1, day: 4 };
            let monday = fourth.days() - fourth.day_of_week() + 1;
            Day::of(monday + (self.week.unwrap_or(1) - 1) * 7 + self.day_of_week.unwrap_or(1) - 1)
        } else {
            Day::checked(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?
        };
        let hour = match (self.half_hour, self.half) {
            (Some(hour), half) => hour % 12 + if half == Some(true) { 12 } else { 0 },
            (None, Some(half)) if self.hour < 12 && half => self.hour + 12,
            _ => self.hour,
        };
        let seconds = (hour * 60 + self.minute) * 60 + self.second;
        Some(i128::from(day.days()) * PICOS_PER_DAY + i128::from(seconds) * PICOS + self.picos)
    }
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
    let invalid = |rest: &str| {
        let at = given.len() - rest.len();
        if at == 0 || at >= given.len() {
            Error::argument(format!("Invalid format: \"{given}\""))
        } else {
            Error::argument(format!("Invalid format: \"{given}\" is malformed at \"{rest}\""))
        }
    };
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

/// A year of two digits: 1970 to 2069.
fn short_year(year: i64) -> i64 {
    if year < 70 { 2000 + year } else { 1900 + year }
}

/// What Joda says of a date whose month or day there is not: `2019-02-29`.
pub(super) fn day_error(given: &str, date: &str) -> Option<Error> {
    let mut parts = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next().unwrap_or(Ok(1)).ok()?);
    out_of_range(given, year, month, day)
}

fn out_of_range(given: &str, year: i64, month: i64, day: i64) -> Option<Error> {
    let error = |value: i64, name: &str, last: u32| {
        Some(Error::argument(format!(
            "Cannot parse \"{given}\": Value {value} for {name} must be in the range [1,{last}]"
        )))
    };
    if !(1..=12).contains(&month) {
        return error(month, "monthOfYear", 12);
    }
    let last = crate::value::time::month_days(year, month as u32);
    if !(1..=i64::from(last)).contains(&day) { error(day, "dayOfMonth", last) } else { None }
}

/// The runs of a Joda pattern: a letter and how often, or a text.
fn joda(pattern: &str) -> Result<Vec<(Option<char>, usize, String)>> {
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

fn format_datetime(call: &Call<'_>) -> Result<Value> {
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
            'E' => if count > 3 { day_name(day).to_owned() } else { day_name(day)[..3].to_owned() },
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
            'z' => match zone {
                Some((zone, offset)) => zone_name(zone, offset, call.get(0), count > 3),
                None => return Err(Error::argument("format_datetime for TIMESTAMP type, cannot use 'Z' nor 'z' in format, as this type does not contain TZ information")),
            },
            'Z' => match zone {
                Some((zone, offset)) => {
                    let sign = if offset < 0 { '-' } else { '+' };
                    let minutes = offset.abs() / 60;
                    match count {
                        1 => format!("{sign}{:02}{:02}", minutes / 60, minutes % 60),
                        2 => format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60),
                        _ => zone.to_string(),
                    }
                }
                None => return Err(Error::argument("format_datetime for TIMESTAMP type, cannot use 'Z' nor 'z' in format, as this type does not contain TZ information")),
            },
            other => return Err(Error::argument(format!("Illegal pattern component: {}", other.to_string().repeat(count)))),
        });
    }
    Ok(Value::Text(found))
}

/// `EST`, or `Eastern Standard Time`; of an offset, the offset.
fn zone_name(zone: Zone, offset: i64, value: &Value, long: bool) -> String {
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
    let _ = offset;
    short.unwrap_or(name)
}

fn parse_datetime(call: &Call<'_>) -> Result<Value> {
    let (given, pattern) = (call.text(0), call.text(1));
    let runs = joda(pattern)?;
    let mut reading = Reading::new(given);
    let invalid = |rest: &str| {
        let at = given.len() - rest.len();
        if at == 0 || at >= given.len() {
            Error::argument(format!("Invalid format: \"{given}\""))
        } else {
            Error::argument(format!("Invalid format: \"{given}\" is malformed at \"{rest}\""))
        }
    };
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

fn joda_part(reading: &mut Reading<'_>, letter: char, count: usize, followed: bool) -> Option<Result<()>> {
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

/// The tokens of Teradata's patterns.
const TERADATA: [&str; 9] = ["yyyy", "hh24", "yy", "hh", "mi", "mm", "dd", "ss", "am"];

fn teradata_tokens(pattern: &str) -> Result<Vec<std::result::Result<&'static str, char>>> {
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

fn teradata_text(call: &Call<'_>) -> Result<Value> {
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

fn teradata_moment(call: &Call<'_>) -> Result<i128> {
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

/// Java's `String.format` with the conversions that values have.
pub(super) fn format(call: &Call<'_>) -> Result<Value> {
    if call.get(0).is_null() {
        return Ok(Value::Null);
    }
    super::format_java::format(call.text(0), &call.values[1..], &call.site.types[1..]).map(Value::Text)
}

/// A value as `format` shows it with `%s`: moments as Java's classes write themselves.
pub(super) fn plain(value: &Value, ty: &Type) -> String {
    let clock = |picos: i128| {
        let (seconds, nanos) = ((picos / PICOS) as i64, picos % PICOS / 1000);
        let mut text = format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
        if seconds % 60 != 0 || nanos != 0 {
            text.push_str(&format!(":{:02}", seconds % 60));
        }
        let fraction = format!("{nanos:09}");
        match nanos {
            0 => {}
            _ if nanos % 1_000_000 == 0 => text.push_str(&format!(".{}", &fraction[..3])),
            _ if nanos % 1000 == 0 => text.push_str(&format!(".{}", &fraction[..6])),
            _ => text.push_str(&format!(".{fraction}")),
        }
        text
    };
    let local = |at: i128| {
        let date = crate::value::time::date_text(at.div_euclid(PICOS_PER_DAY) as i64);
        format!("{date}T{}", clock(at.rem_euclid(PICOS_PER_DAY)))
    };
    match (value, ty) {
        (Value::Int(time), Type::Time(_)) => clock(i128::from(*time)),
        (Value::Big(at), Type::Timestamp(_)) => local(*at),
        (Value::Zoned { picos, zone }, Type::TimestampTz(_)) => {
            let minutes = zone.offset_at(picos.div_euclid(PICOS) as i64) / 60;
            let sign = if minutes < 0 { '-' } else { '+' };
            let offset = match minutes {
                0 => "Z".to_owned(),
                minutes => format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60),
            };
            let name = zone.to_string();
            let named = if name.starts_with(['+', '-']) { String::new() } else { format!("[{name}]") };
            format!("{}{offset}{named}", local(zone.to_local(*picos)))
        }
        _ => text(value, ty).unwrap_or_else(|| "null".to_owned()),
    }
}
