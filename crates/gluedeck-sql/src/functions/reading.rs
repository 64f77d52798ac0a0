//! A moment that is read from a text, part by part.

use crate::error::Error;
use crate::value::time::{Day, PICOS_PER_DAY};
use crate::value::zone::{PICOS, Zone};

/// What has been read of a text so far.
pub(super) struct Reading<'a> {
    pub(super) text: &'a str,
    pub(super) year: Option<i64>,
    pub(super) week_year: Option<i64>,
    pub(super) week: Option<i64>,
    pub(super) day_of_week: Option<i64>,
    pub(super) day_of_year: Option<i64>,
    pub(super) month: Option<u32>,
    pub(super) day: Option<u32>,
    pub(super) hour: i64,
    pub(super) half: Option<bool>,
    pub(super) half_hour: Option<i64>,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) picos: i128,
    pub(super) zone: Option<Zone>,
    /// A number that was read and is beyond its range.
    pub(super) failed: Option<Error>,
    pub(super) given: &'a str,
}

/// A year of two digits: 1970 to 2069.
pub(super) fn short_year(year: i64) -> i64 {
    if year < 70 { 2000 + year } else { 1900 + year }
}

/// What Joda says of a date whose month or day there is not: `2019-02-29`.
pub(super) fn day_error(given: &str, date: &str) -> Option<Error> {
    let mut parts = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next().unwrap_or(Ok(1)).ok()?);
    out_of_range(given, year, month, day)
}

pub(super) fn out_of_range(given: &str, year: i64, month: i64, day: i64) -> Option<Error> {
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

pub(super) const MONTHS: [&str; 12] = [
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

pub(super) const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The error that a text does not have the form of its pattern, with what is left of it.
pub(super) fn malformed(given: &str, rest: &str) -> Error {
    let at = given.len() - rest.len();
    if at == 0 || at >= given.len() {
        Error::argument(format!("Invalid format: \"{given}\""))
    } else {
        Error::argument(format!("Invalid format: \"{given}\" is malformed at \"{rest}\""))
    }
}

impl<'a> Reading<'a> {
    pub(super) fn new(text: &'a str) -> Self {
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
    pub(super) fn beyond(&self, given: &str) -> Option<Error> {
        let year = self.year.unwrap_or(if self.month.is_some() { 2000 } else { 1970 });
        out_of_range(given, year, i64::from(self.month.unwrap_or(1)), i64::from(self.day.unwrap_or(1)))
    }

    pub(super) fn literal(&mut self, letter: char) -> Option<()> {
        let mut rest = self.text.chars();
        let same = rest.next()?.to_lowercase().eq(letter.to_lowercase());
        self.text = rest.as_str();
        same.then_some(())
    }

    /// A number of at most so many digits.
    pub(super) fn number(&mut self, longest: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
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

    pub(super) fn signed(&mut self, longest: usize) -> Option<i64> {
        let negative = self.text.starts_with('-');
        if self.text.starts_with(['-', '+']) {
            self.text = &self.text[1..];
        }
        let number = self.number(longest, 0..=i64::MAX)?;
        Some(if negative { -number } else { number })
    }

    /// The index of one of some names, or of their first three letters; the longest that fits.
    pub(super) fn name(&mut self, names: &[&str]) -> Option<usize> {
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

    pub(super) fn read_half(&mut self) -> Option<()> {
        let word = self.text.get(..2)?;
        self.half = Some(match word.to_ascii_uppercase().as_str() {
            "AM" => false,
            "PM" => true,
            _ => return None,
        });
        self.text = &self.text[2..];
        Some(())
    }

    pub(super) fn fraction(&mut self, longest: usize) -> Option<()> {
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
    pub(super) fn local(&self) -> Option<i128> {
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
