//! The calendar: days, months, times of day, and their texts.

use super::zone::{PICOS, Zone};

pub(crate) const PICOS_PER_DAY: i128 = 86_400 * PICOS;
pub(crate) const PICOS_PER_MILLI: i128 = PICOS / 1000;

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) year: i64,
    pub(crate) month: u32,
    pub(crate) day: u32,
}

impl Day {
    /// From days since 1970. The calendar goes back before its invention (Trino).
    pub(crate) fn of(days: i64) -> Self {
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
        Self { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
    }

    /// Days since 1970.
    pub(crate) fn days(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = i64::from(self.month);
        let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    pub(crate) fn checked(year: i64, month: u32, day: u32) -> Option<Self> {
        let valid = (1..=12).contains(&month) && day >= 1 && day <= month_days(year, month);
        valid.then_some(Self { year, month, day })
    }

    /// Some months later; a day that the month has not becomes its last.
    pub(crate) fn plus_months(self, months: i64) -> Self {
        let total = self.year * 12 + i64::from(self.month) - 1 + months;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) as u32 + 1);
        Self { year, month, day: self.day.min(month_days(year, month)) }
    }

    pub(crate) fn day_of_year(self) -> i64 {
        self.days() - Self { year: self.year, month: 1, day: 1 }.days() + 1
    }

    /// 1 is Monday.
    pub(crate) fn day_of_week(self) -> i64 {
        (self.days() + 3).rem_euclid(7) + 1
    }

    /// Year and week of ISO 8601.
    pub(crate) fn iso_week(self) -> (i64, i64) {
        let thursday = Self::of(self.days() - self.day_of_week() + 4);
        (thursday.year, (thursday.day_of_year() - 1) / 7 + 1)
    }
}

pub(crate) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(crate) fn month_days(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A moment that has been read from a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moment {
    /// Picoseconds since 1970, as a clock shows them.
    pub(crate) local: i128,
    /// Digits after the second's point.
    pub(crate) precision: u8,
    pub(crate) zone: Option<String>,
}

/// Reads `2026-01-31 12:34:56.789 Europe/Berlin`, of which only the date is needed. `None` if it is something else.
pub(crate) fn parse_timestamp(text: &str) -> Option<Moment> {
    let text = text.trim();
    let negative = text.starts_with('-');
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (date, rest) = match body.find(' ') {
        Some(at) if body[at + 1..].trim_start().starts_with(|c: char| c.is_ascii_digit()) => {
            (&body[..at], Some(body[at + 1..].trim_start()))
        }
        Some(at) => {
            // A zone without a time.
            let day = parse_civil(&body[..at], negative)?;
            let zone = Some(body[at + 1..].trim().to_owned());
            return Some(Moment { local: i128::from(day.days()) * PICOS_PER_DAY, precision: 0, zone });
        }
        None => (body, None),
    };
    let day = parse_civil(date, negative)?;
    let midnight = i128::from(day.days()) * PICOS_PER_DAY;
    let Some(rest) = rest else { return Some(Moment { local: midnight, precision: 0, zone: None }) };
    let (picos, precision, zone) = parse_time(rest)?;
    Some(Moment { local: midnight + picos, precision, zone })
}

fn parse_civil(text: &str, negative: bool) -> Option<Day> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |text: &str, longest: usize| {
        (text.len() <= longest && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse::<i64>().ok())
            .flatten()
    };
    if parts.next().is_some() || year.len() < 4 {
        return None;
    }
    let year = number(year, 9)?;
    let day = Day::checked(if negative { -year } else { year }, number(month, 2)? as u32, number(day, 2)? as u32)?;
    // A date is a day of 32 bits.
    i32::try_from(day.days()).is_ok().then_some(day)
}

/// Reads a date of a cast: `2026-01-31`, with blanks around. `None` if it is something else.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let text = text.trim();
    let negative = text.starts_with('-');
    parse_civil(text.strip_prefix(['-', '+']).unwrap_or(text), negative).map(Day::days)
}

/// Reads `12:34:56.789 +02:00`: picoseconds of the day, digits of the second, and the zone.
pub(crate) fn parse_time(text: &str) -> Option<(i128, u8, Option<String>)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(text.len());
    let (clock, zone) = (&text[..end], text[end..].trim());
    let mut parts = clock.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let number = |text: &str, below: i128| {
        (!text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse::<i128>().ok().filter(|value| *value < below))
            .flatten()
    };
    let (whole, fraction) = second.map_or(("0", ""), |second| second.split_once('.').unwrap_or((second, "")));
    if second.is_some_and(|second| second.ends_with('.')) || fraction.len() > 12 {
        return None;
    }
    let seconds = (number(hour, 24)? * 60 + number(minute, 60)?) * 60 + number(whole, 60)?;
    let picos: i128 = if fraction.is_empty() { 0 } else { format!("{fraction:0<12}").parse().ok()? };
    let zone = (!zone.is_empty()).then(|| zone.to_owned());
    Some((seconds * PICOS + picos, fraction.len() as u8, zone))
}

/// Rounds picoseconds to a precision, half up.
pub(crate) fn round_to(picos: i128, precision: u8) -> i128 {
    let unit = super::number::power_of_ten(u32::from(12 - precision.min(12)));
    (picos + unit / 2).div_euclid(unit) * unit
}

pub(crate) fn truncate_to(picos: i128, precision: u8) -> i128 {
    let unit = super::number::power_of_ten(u32::from(12 - precision.min(12)));
    picos.div_euclid(unit) * unit
}

pub(crate) fn date_text(days: i64) -> String {
    let day = Day::of(days);
    let sign = if day.year < 0 {
        "-"
    } else if day.year > 9999 {
        "+"
    } else {
        ""
    };
    format!("{sign}{:04}-{:02}-{:02}", day.year.abs(), day.month, day.day)
}

/// `12:34:56.789`, of picoseconds of a day.
pub(crate) fn time_text(picos: i128, precision: u8) -> String {
    let seconds = picos / PICOS;
    let mut text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if precision > 0 {
        let fraction = format!("{:012}", picos % PICOS);
        text.push('.');
        text.push_str(&fraction[..usize::from(precision.min(12))]);
    }
    text
}

pub(crate) fn timestamp_text(local: i128, precision: u8) -> String {
    let (days, picos) = (local.div_euclid(PICOS_PER_DAY), local.rem_euclid(PICOS_PER_DAY));
    format!("{} {}", date_text(days as i64), time_text(picos, precision))
}

pub(crate) fn zoned_text(picos: i128, zone: Zone, precision: u8) -> String {
    format!("{} {zone}", timestamp_text(zone.to_local(picos), precision))
}

/// `1 02:03:04.567` of milliseconds.
pub(crate) fn day_interval_text(millis: i64) -> String {
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    let (seconds, rest) = (millis / 1000, millis % 1000);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    format!("{sign}{} {:02}:{:02}:{:02}.{rest:03}", hours / 24, hours % 24, minutes % 60, seconds % 60)
}

/// `1-2` of months.
pub(crate) fn year_interval_text(months: i64) -> String {
    let sign = if months < 0 { "-" } else { "" };
    format!("{sign}{}-{}", months.unsigned_abs() / 12, months.unsigned_abs() % 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_both_ways() {
        for days in [-1_000_000, -719_528, -1, 0, 59, 60, 11_016, 20_000, 2_932_896, 5_000_000] {
            assert_eq!(Day::of(days).days(), days);
        }
        assert_eq!(date_text(0), "1970-01-01");
        assert_eq!(Day { year: 2024, month: 1, day: 31 }.plus_months(1), Day { year: 2024, month: 2, day: 29 });
        assert_eq!(Day { year: 2021, month: 1, day: 3 }.iso_week(), (2020, 53));
        assert_eq!(Day::of(0).day_of_week(), 4);
    }

    #[test]
    fn moments_are_read() {
        let moment = parse_timestamp("2026-01-31 12:34:56.789 Europe/Berlin").expect("a moment");
        assert_eq!(timestamp_text(moment.local, moment.precision), "2026-01-31 12:34:56.789");
        assert_eq!(moment.zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(parse_timestamp("2026-02-30"), None);
        assert_eq!(parse_timestamp("2026-01-01 25:00"), None);
        assert_eq!(day_interval_text(-90_061_001), "-1 01:01:01.001");
        assert_eq!(year_interval_text(-14), "-1-2");
    }
}
