//! Moments as a clock shows them.

use super::call::Call;
use super::reading::{DAYS, MONTHS};
use crate::types::Type;
use crate::value::Value;
use crate::value::time::{Day, PICOS_PER_DAY, round_to};
use crate::value::zone::PICOS;

/// What a clock shows at a moment: picoseconds since 1970 without regard to its zone.
pub(super) fn local(value: &Value, ty: &Type) -> i128 {
    match (value, ty) {
        (Value::Zoned { picos, zone }, Type::TimeTz(_)) => zone.to_local(*picos).rem_euclid(PICOS_PER_DAY),
        (Value::Zoned { picos, zone }, _) => zone.to_local(*picos),
        (Value::Int(days), Type::Date) => i128::from(*days) * PICOS_PER_DAY,
        (other, _) => other.as_big(),
    }
}

pub(super) fn offset_minutes(call: &Call<'_>) -> i64 {
    match call.get(0) {
        Value::Zoned { picos, zone } => zone.offset_at(picos.div_euclid(PICOS) as i64) / 60,
        _ => 0,
    }
}

/// A moment split into what patterns show.
pub(super) struct Shown {
    pub(super) day: Day,
    /// Picoseconds of the day.
    pub(super) clock: i128,
}

pub(super) fn month_name(day: &Day) -> &'static str {
    MONTHS[day.month as usize - 1]
}

pub(super) fn day_name(day: &Day) -> &'static str {
    DAYS[day.day_of_week() as usize - 1]
}

pub(super) fn signed_year(year: i64, digits: usize) -> String {
    let sign = if year < 0 { "-" } else { "" };
    format!("{sign}{:0digits$}", year.abs())
}

impl Shown {
    pub(super) fn of(call: &Call<'_>) -> Self {
        let at = round_to(local(call.get(0), call.ty(0)), 3);
        Self { day: Day::of(at.div_euclid(PICOS_PER_DAY) as i64), clock: at.rem_euclid(PICOS_PER_DAY) }
    }

    pub(super) fn hour(&self) -> i64 {
        (self.clock / (3600 * PICOS)) as i64
    }

    pub(super) fn half_day_hour(&self) -> i64 {
        (self.hour() + 11) % 12 + 1
    }

    pub(super) fn minute(&self) -> i64 {
        (self.clock / (60 * PICOS) % 60) as i64
    }

    pub(super) fn second(&self) -> i64 {
        (self.clock / PICOS % 60) as i64
    }

    pub(super) fn half(&self) -> &'static str {
        if self.hour() < 12 { "AM" } else { "PM" }
    }
}
