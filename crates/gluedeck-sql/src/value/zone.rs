//! Time zones of values: fixed offsets and the zones of the IANA database.

use crate::error::{Code, Error, Result};
use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

pub(crate) const PICOS: i128 = 1_000_000_000_000;

/// A time zone, by a number of 12 bits: 0 is UTC, up to 1680 an offset of minutes from -14:00, from 2048 a named zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(u16);

const NAMED: u16 = 2048;
const MAX_OFFSET: i32 = 14 * 60;

impl Zone {
    pub(crate) const UTC: Self = Self(0);

    pub(crate) fn from_key(key: u16) -> Self {
        Self(key)
    }

    pub(crate) fn key(self) -> u16 {
        self.0
    }

    /// # Errors
    /// If it is beyond 14 hours.
    pub(crate) fn of_minutes(minutes: i64) -> Result<Self> {
        match i32::try_from(minutes) {
            Ok(0) => Ok(Self::UTC),
            Ok(minutes) if minutes.abs() <= MAX_OFFSET => {
                let key = minutes + MAX_OFFSET;
                // The key 840 would be +00:00, which is UTC; the keys below it are shifted up by one, so that none is 0.
                Ok(Self(if minutes < 0 { key as u16 + 1 } else { key as u16 }))
            }
            _ => Err(Error::argument(format!("Invalid offset minutes {minutes}"))),
        }
    }

    fn minutes(self) -> Option<i32> {
        match self.0 {
            0 => Some(0),
            key if key < NAMED => {
                let key = i32::from(key);
                Some(if key <= MAX_OFFSET { key - 1 - MAX_OFFSET } else { key - MAX_OFFSET })
            }
            _ => None,
        }
    }

    fn tz(self) -> Option<Tz> {
        TZ_VARIANTS.get(usize::from(self.0.checked_sub(NAMED)?)).copied()
    }

    /// A zone by name or offset, as Trino takes them: `UTC`, `Z`, `+02:00`, `+02`, `UTC+2`, `America/New_York`.
    ///
    /// # Errors
    /// If there is no such zone.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let lower = name.to_lowercase();
        if matches!(
            lower.as_str(),
            "utc"
                | "z"
                | "ut"
                | "gmt"
                | "gmt0"
                | "greenwich"
                | "uct"
                | "universal"
                | "zulu"
                | "etc/utc"
                | "etc/gmt"
                | "etc/uct"
                | "etc/ut"
                | "etc/universal"
                | "etc/zulu"
                | "etc/greenwich"
                | "etc/gmt0"
        ) {
            return Ok(Self::UTC);
        }
        let bare = ["etc/utc", "etc/gmt", "utc", "gmt", "ut"].iter().find_map(|prefix| {
            let rest = lower.strip_prefix(prefix)?;
            rest.starts_with(['+', '-']).then_some((prefix.starts_with("etc"), rest))
        });
        let (inverted, offset) = bare.unwrap_or((false, lower.as_str()));
        let unknown = || Error::of_value(Code::InvalidFunctionArgument, format!("'{name}' is not a valid time zone"));
        if let Some(minutes) = offset_minutes(offset) {
            return Self::of_minutes(if inverted { -minutes } else { minutes }).map_err(|_| unknown());
        }
        zones().get(name).map(|index| Self(NAMED + *index)).ok_or_else(unknown)
    }

    /// Seconds that the zone is ahead of UTC at an instant (seconds since 1970).
    pub(crate) fn offset_at(self, seconds: i64) -> i64 {
        if let Some(minutes) = self.minutes() {
            return i64::from(minutes) * 60;
        }
        let Some(tz) = self.tz() else { return 0 };
        match DateTime::from_timestamp(seconds, 0) {
            Some(instant) => i64::from(tz.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc()),
            None => 0,
        }
    }

    /// What a clock in the zone shows at an instant. Both are picoseconds.
    pub(crate) fn to_local(self, picos: i128) -> i128 {
        let seconds = picos.div_euclid(PICOS) as i64;
        picos + i128::from(self.offset_at(seconds)) * PICOS
    }

    /// The same as Joda tells it, which the date functions use: of a time that comes twice, the earlier one in the west and the
    /// later one in the east.
    pub(crate) fn to_utc_by_joda(self, local: i128) -> i128 {
        let offset_at = |picos: i128| self.offset_at(picos.div_euclid(PICOS) as i64);
        let shifted = |offset: i64| local - i128::from(offset) * PICOS;
        let estimate = offset_at(local);
        let offset = offset_at(shifted(estimate));
        let gap = estimate != offset && estimate < 0 && offset_at(shifted(offset)) != offset;
        shifted(if gap { estimate } else { offset })
    }

    /// The instant at which a clock shows this, which had another offset before at an instant: kept if it still fits.
    pub(crate) fn to_utc_near(self, local: i128, before: i128) -> i128 {
        let offset = self.offset_at(before.div_euclid(PICOS) as i64);
        let kept = local - i128::from(offset) * PICOS;
        if self.offset_at(kept.div_euclid(PICOS) as i64) == offset { kept } else { self.to_utc_by_joda(local) }
    }

    /// The instant at which a clock in the zone shows this. A time that a change skips is moved on by what is skipped; of one
    /// that comes twice, the first is meant (Joda, which Trino follows).
    pub(crate) fn to_utc(self, local: i128) -> i128 {
        if let Some(minutes) = self.minutes() {
            return local - i128::from(minutes) * 60 * PICOS;
        }
        let Some(tz) = self.tz() else { return local };
        let seconds = local.div_euclid(PICOS) as i64;
        let Some(naive) = DateTime::from_timestamp(seconds, 0).map(|instant| instant.naive_utc()) else { return local };
        let offset = match tz.offset_from_local_datetime(&naive) {
            LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => offset.fix().local_minus_utc(),
            LocalResult::None => before_gap(tz, naive),
        };
        local - i128::from(offset) * PICOS
    }
}

/// The offset that held before a change that skips this time.
fn before_gap(tz: Tz, naive: NaiveDateTime) -> i32 {
    let earlier = naive - chrono::TimeDelta::hours(3);
    tz.offset_from_utc_datetime(&earlier)
        .fix()
        .local_minus_utc()
        .min(tz.offset_from_utc_datetime(&(naive - chrono::TimeDelta::hours(26))).fix().local_minus_utc())
}

fn zones() -> &'static HashMap<String, u16> {
    static ZONES: OnceLock<HashMap<String, u16>> = OnceLock::new();
    ZONES.get_or_init(|| {
        let named = |(index, tz): (usize, &Tz)| (tz.name().to_owned(), index as u16);
        TZ_VARIANTS.iter().enumerate().map(named).collect()
    })
}

/// `+02:00`, `-0330`, `+2`.
fn offset_minutes(text: &str) -> Option<i64> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if rest.len() == 4 => rest.split_at_checked(2)?,
        None => (rest, "0"),
    };
    let digits = |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let minutes: i64 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes))
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.minutes(), self.tz()) {
            (Some(0), _) => f.write_str("UTC"),
            (Some(minutes), _) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
            (_, Some(tz)) => f.write_str(tz.name()),
            _ => f.write_str("UTC"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_numbers_and_back() {
        for name in ["UTC", "+02:00", "-14:00", "+14:00", "-00:01", "+00:01", "America/New_York", "Europe/Berlin"] {
            let zone = Zone::named(name).expect(name);
            assert_eq!(Zone::from_key(zone.key()).to_string(), name);
            assert!(zone.key() < 4096);
        }
        assert!(Zone::named("+15:00").is_err() && Zone::named("Nowhere").is_err());
    }
}
