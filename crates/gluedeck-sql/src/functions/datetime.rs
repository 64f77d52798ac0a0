//! Dates and times.

use super::arithmetic::{plus_months, plus_picos};
use super::call::{Body, Call};
use super::datetime_iso::{from_iso8601_date, iso_timestamp, to_iso8601};
use super::moment::{local, offset_minutes};
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::Value;
use crate::value::time::{Day, PICOS_PER_DAY, PICOS_PER_MILLI, month_days, parse_date, round_to, truncate_to};
use crate::value::zone::{PICOS, Zone};

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("at_timezone", at_timezone),
    ("current_timezone", |call| Ok(Value::text(call.site.facts.zone().to_string()))),
    ("date", date),
    ("date_add", date_add),
    ("date_diff", date_diff),
    ("date_trunc", date_trunc),
    ("day", |call| part(call, Part::Day)),
    ("day_of_month", |call| part(call, Part::Day)),
    ("day_of_week", |call| part(call, Part::DayOfWeek)),
    ("day_of_year", |call| part(call, Part::DayOfYear)),
    ("dow", |call| part(call, Part::DayOfWeek)),
    ("doy", |call| part(call, Part::DayOfYear)),
    ("from_iso8601_date", from_iso8601_date),
    ("from_iso8601_timestamp", |call| iso_timestamp(call, 3)),
    ("from_iso8601_timestamp_nanos", |call| iso_timestamp(call, 9)),
    ("from_unixtime", from_unixtime),
    ("from_unixtime_nanos", from_unixtime_nanos),
    ("hour", |call| part(call, Part::Hour)),
    ("human_readable_seconds", human_readable_seconds),
    ("last_day_of_month", last_day_of_month),
    ("millisecond", |call| part(call, Part::Millisecond)),
    ("minute", |call| part(call, Part::Minute)),
    ("month", |call| part(call, Part::Month)),
    ("now", |call| {
        Ok(Value::Zoned { picos: truncate_to(call.site.facts.now_picos(), 3), zone: call.site.facts.zone() })
    }),
    ("parse_duration", parse_duration),
    ("quarter", |call| part(call, Part::Quarter)),
    ("second", |call| part(call, Part::Second)),
    ("timezone", |call| {
        Ok(match (call.get(0), call.ty(0)) {
            (Value::Zoned { zone, .. }, _) => Value::text(zone.to_string()),
            _ => Value::Null,
        })
    }),
    ("timezone_hour", |call| Ok(Value::Int(offset_minutes(call) / 60))),
    ("timezone_minute", |call| Ok(Value::Int(offset_minutes(call) % 60))),
    ("to_iso8601", to_iso8601),
    ("to_milliseconds", |call| Ok(Value::Int(call.int(0)))),
    ("to_unixtime", |call| {
        Ok(Value::Double(match call.get(0) {
            Value::Zoned { picos, .. } | Value::Big(picos) => crate::value::number::decimal_to_double(*picos, 12),
            other => other.as_double(),
        }))
    }),
    ("week", |call| part(call, Part::Week)),
    ("week_of_year", |call| part(call, Part::Week)),
    ("with_timezone", with_timezone),
    ("year", |call| part(call, Part::Year)),
    ("year_of_week", |call| part(call, Part::WeekYear)),
    ("yow", |call| part(call, Part::WeekYear)),
];

/// A moment of a type from what a clock shows, in the zone of another.
fn relocated(local: i128, like: &Value, ty: &Type) -> Value {
    match (like, ty) {
        (Value::Zoned { zone, .. }, Type::TimeTz(_)) => {
            Value::Zoned { picos: zone.to_utc(local).rem_euclid(PICOS_PER_DAY), zone: *zone }
        }
        (Value::Zoned { picos, zone }, _) => Value::Zoned { picos: zone.to_utc_near(local, *picos), zone: *zone },
        (_, Type::Date) => Value::Int(local.div_euclid(PICOS_PER_DAY) as i64),
        (_, Type::Time(_)) => Value::Int(local as i64),
        _ => Value::Big(local),
    }
}

/// `value AT TIME ZONE zone`.
pub(crate) fn at_time_zone(
    value: crate::analyze::TypedExpr,
    zone: crate::analyze::TypedExpr,
    facts: &std::sync::Arc<crate::session::Facts>,
) -> crate::analyze::TypedExpr {
    let ty = value.ty.clone();
    super::build::kernel("at_timezone", vec![value, zone], ty, facts, at_timezone, true)
}

fn at_timezone(call: &Call<'_>) -> Result<Value> {
    let zone = match call.ty(1) {
        Type::IntervalDay => {
            let millis = call.int(1);
            if millis % 60_000 != 0 {
                return Err(Error::argument("Invalid time zone offset interval: interval contains seconds"));
            }
            Zone::of_minutes(millis / 60_000)?
        }
        _ => Zone::named(call.text(1))?,
    };
    Ok(match (call.get(0), call.ty(0)) {
        (Value::Zoned { picos, .. }, Type::TimeTz(_)) => {
            let minutes = zone.offset_at(call.site.facts.now_micros / 1_000_000) / 60;
            Value::Zoned { picos: *picos, zone: Zone::of_minutes(minutes)? }
        }
        (Value::Zoned { picos, .. }, _) => Value::Zoned { picos: *picos, zone },
        (other, _) => Value::Zoned { picos: other.as_big(), zone },
    })
}

fn with_timezone(call: &Call<'_>) -> Result<Value> {
    let zone = Zone::named(call.text(1))?;
    Ok(Value::Zoned { picos: zone.to_utc_by_joda(call.get(0).as_big()), zone })
}

fn date(call: &Call<'_>) -> Result<Value> {
    match call.ty(0) {
        Type::Varchar(_) => {
            let given = call.text(0);
            parse_date(given)
                .map(Value::Int)
                .ok_or_else(|| Error::cast(format!("Value cannot be cast to date: {given}")))
        }
        ty => Ok(Value::Int(local(call.get(0), ty).div_euclid(PICOS_PER_DAY) as i64)),
    }
}

fn last_day_of_month(call: &Call<'_>) -> Result<Value> {
    let day = Day::of(local(call.get(0), call.ty(0)).div_euclid(PICOS_PER_DAY) as i64);
    let last = crate::value::time::month_days(day.year, day.month);
    Ok(Value::Int(Day { day: last, ..day }.days()))
}

#[derive(Clone, Copy)]
enum Part {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    DayOfWeek,
    DayOfYear,
    WeekYear,
    Hour,
    Minute,
    Second,
    Millisecond,
}

fn part(call: &Call<'_>, part: Part) -> Result<Value> {
    if *call.ty(0) == Type::IntervalYear {
        let months = call.int(0);
        return Ok(Value::Int(if matches!(part, Part::Year) { months / 12 } else { months % 12 }));
    }
    if *call.ty(0) == Type::IntervalDay {
        let millis = call.int(0);
        return Ok(Value::Int(match part {
            Part::Day => millis / 86_400_000,
            Part::Hour => millis % 86_400_000 / 3_600_000,
            Part::Minute => millis % 3_600_000 / 60_000,
            Part::Second => millis % 60_000 / 1000,
            _ => millis % 1000,
        }));
    }
    let local = local(call.get(0), call.ty(0));
    let day = Day::of(local.div_euclid(PICOS_PER_DAY) as i64);
    let clock = local.rem_euclid(PICOS_PER_DAY);
    let seconds = (clock / PICOS) as i64;
    Ok(Value::Int(match part {
        Part::Year => day.year,
        Part::Quarter => i64::from(day.month - 1) / 3 + 1,
        Part::Month => i64::from(day.month),
        Part::Week => day.iso_week().1,
        Part::Day => i64::from(day.day),
        Part::DayOfWeek => day.day_of_week(),
        Part::DayOfYear => day.day_of_year(),
        Part::WeekYear => day.iso_week().0,
        Part::Hour => seconds / 3600,
        Part::Minute => seconds / 60 % 60,
        Part::Second => seconds % 60,
        Part::Millisecond => (clock % PICOS / PICOS_PER_MILLI) as i64,
    }))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Picos(i128),
    Days(i64),
    Months(i64),
}

/// A unit by name, of those that a type has.
fn unit(name: &str, ty: &Type) -> Result<Unit> {
    let lower = name.to_lowercase();
    let clock = !matches!(ty, Type::Date);
    let calendar = !matches!(ty, Type::Time(_) | Type::TimeTz(_));
    let invalid = || {
        let kind = match ty {
            Type::Date => "DATE",
            Type::Time(_) | Type::TimeTz(_) => "Time",
            _ => "Timestamp",
        };
        Error::argument(format!("'{name}' is not a valid {kind} field"))
    };
    match lower.as_str() {
        "millisecond" if clock => Ok(Unit::Picos(PICOS_PER_MILLI)),
        "second" if clock => Ok(Unit::Picos(PICOS)),
        "minute" if clock => Ok(Unit::Picos(60 * PICOS)),
        "hour" if clock => Ok(Unit::Picos(3600 * PICOS)),
        "day" if calendar => Ok(Unit::Days(1)),
        "week" if calendar => Ok(Unit::Days(7)),
        "month" if calendar => Ok(Unit::Months(1)),
        "quarter" if calendar => Ok(Unit::Months(3)),
        "year" if calendar => Ok(Unit::Months(12)),
        _ => Err(invalid()),
    }
}

fn date_add(call: &Call<'_>) -> Result<Value> {
    let (count, value, ty) = (call.int(1), call.get(2), call.ty(2));
    match unit(call.text(0), ty)? {
        Unit::Months(months) => {
            let months = months.checked_mul(count).filter(|months| months.abs() < 12_000_000);
            let months = months.ok_or_else(|| Error::argument(format!("the value {count} is out of range")))?;
            plus_months(value, ty, months)
        }
        Unit::Days(days) => {
            let days = days.checked_mul(count).filter(|days| days.abs() < 400_000_000);
            let days = days.ok_or_else(|| Error::argument(format!("the value {count} is out of range")))?;
            // By the calendar of the moment's zone.
            Ok(match (value, ty) {
                (Value::Int(date), Type::Date) => Value::Int(date + days),
                _ => relocated(local(value, ty) + i128::from(days) * PICOS_PER_DAY, value, ty),
            })
        }
        Unit::Picos(picos) => {
            let moved = plus_picos(value, ty, picos * i128::from(count));
            Ok(match (moved, ty) {
                (Value::Big(at), Type::Timestamp(precision)) => Value::Big(round_to(at, *precision)),
                (Value::Zoned { picos, zone }, Type::TimestampTz(precision)) => {
                    Value::Zoned { picos: round_to(picos, *precision), zone }
                }
                (Value::Int(at), Type::Time(precision)) => {
                    Value::Int(round_to(i128::from(at), *precision).rem_euclid(PICOS_PER_DAY) as i64)
                }
                (Value::Zoned { picos, zone }, Type::TimeTz(precision)) => {
                    Value::Zoned { picos: round_to(picos, *precision), zone }
                }
                (moved, _) => moved,
            })
        }
    }
}

fn date_diff(call: &Call<'_>) -> Result<Value> {
    let (a, b, ty) = (call.get(1), call.get(2), call.ty(1));
    let unit = unit(call.text(0), ty)?;
    if let Unit::Picos(picos) = unit {
        // Of timestamps Trino counts whole milliseconds of each.
        let millis = |picos: i128| truncate_to(picos, 3);
        let difference = match ty {
            Type::TimestampTz(_) => millis(b.as_big()) - millis(a.as_big()),
            Type::TimeTz(_) => b.as_big() - a.as_big(),
            Type::Time(_) => local(b, ty) - local(a, ty),
            _ => millis(local(b, ty)) - millis(local(a, ty)),
        };
        return Ok(Value::Int((difference / picos) as i64));
    }
    // By the calendar of the first one's zone.
    let (from, to) = match (a, b) {
        (Value::Zoned { picos: x, zone }, Value::Zoned { picos: y, .. }) => (zone.to_local(*x), zone.to_local(*y)),
        _ => (local(a, ty), local(b, ty)),
    };
    Ok(Value::Int(match unit {
        Unit::Days(days) => ((to - from) / (PICOS_PER_DAY * i128::from(days))) as i64,
        Unit::Months(months) => months_between(from, to) / months,
        Unit::Picos(_) => 0,
    }))
}

/// Whole months from one moment to another. The end of a month is the end of a longer one, too (Joda-Time's
/// `getDifferenceAsLong`, by which Trino counts).
fn months_between(from: i128, to: i128) -> i64 {
    if to < from {
        return -months_between(to, from);
    }
    let split = |picos: i128| (Day::of(picos.div_euclid(PICOS_PER_DAY) as i64), picos.rem_euclid(PICOS_PER_DAY));
    let ((a, a_clock), (b, b_clock)) = (split(from), split(to));
    let months = (b.year - a.year) * 12 + i64::from(b.month) - i64::from(a.month);
    let a_day = if b.day == month_days(b.year, b.month) { a.day.min(b.day) } else { a.day };
    if (b.day, b_clock) < (a_day, a_clock) { months - 1 } else { months }
}

fn date_trunc(call: &Call<'_>) -> Result<Value> {
    let (value, ty) = (call.get(1), call.ty(1));
    let unit_name = call.text(0).to_lowercase();
    let kind = unit(call.text(0), ty)?;
    if unit_name == "millisecond"
        && !matches!(ty, Type::Timestamp(_) | Type::TimestampTz(_) | Type::Time(_) | Type::TimeTz(_))
    {
        return Err(Error::argument(format!("'{unit_name}' is not a valid TIMESTAMP field")));
    }
    let at = local(value, ty);
    let day = Day::of(at.div_euclid(PICOS_PER_DAY) as i64);
    let midnight = |day: Day| i128::from(day.days()) * PICOS_PER_DAY;
    let cut = match (kind, unit_name.as_str()) {
        (Unit::Picos(picos), _) => match value {
            // Hours of a zone whose offset is no whole hour begin where its clock says.
            Value::Zoned { picos: instant, zone } if !matches!(ty, Type::TimeTz(_)) => {
                let rest = at.rem_euclid(picos);
                return Ok(Value::Zoned { picos: instant - rest, zone: *zone });
            }
            _ => at.div_euclid(picos) * picos,
        },
        (_, "day") => midnight(day),
        (_, "week") => midnight(Day::of(day.days() - day.day_of_week() + 1)),
        (_, "month") => midnight(Day { day: 1, ..day }),
        (_, "quarter") => midnight(Day { day: 1, month: (day.month - 1) / 3 * 3 + 1, ..day }),
        _ => midnight(Day { day: 1, month: 1, ..day }),
    };
    Ok(relocated(cut, value, ty))
}

fn from_unixtime(call: &Call<'_>) -> Result<Value> {
    let millis = call.double(0) * 1000.0;
    if !millis.is_finite() {
        return Err(Error::argument(format!("Invalid unix time: {}", call.double(0))));
    }
    let zone = match call.len() {
        1 => call.site.facts.zone(),
        2 => Zone::named(call.text(1))?,
        _ => Zone::of_minutes(call.int(1) * 60 + call.int(2))?,
    };
    // Java's `Math.round`.
    let millis = (millis + 0.5).floor() as i128;
    Ok(Value::Zoned { picos: millis * PICOS_PER_MILLI, zone })
}

fn from_unixtime_nanos(call: &Call<'_>) -> Result<Value> {
    let nanos = match (call.get(0), call.ty(0)) {
        (Value::Big(unscaled), Type::Decimal(_, scale)) => {
            crate::value::number::rescale(*unscaled, *scale, 0).unwrap_or_default()
        }
        (other, _) => other.as_big(),
    };
    Ok(Value::Zoned { picos: nanos * 1000, zone: call.site.facts.zone() })
}

fn human_readable_seconds(call: &Call<'_>) -> Result<Value> {
    let seconds = call.double(0);
    if !seconds.is_finite() {
        return Err(Error::argument(format!("Invalid argument found: {}", crate::value::number::double_text(seconds))));
    }
    let mut rest = seconds.round().abs() as u64;
    let mut parts = Vec::new();
    for (name, size) in [("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)] {
        let count = rest / size;
        rest %= size;
        if count > 0 || (name == "second" && parts.is_empty()) {
            parts.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    }
    Ok(Value::Text(parts.join(", ")))
}

fn parse_duration(call: &Call<'_>) -> Result<Value> {
    let given = call.text(0).trim();
    if call.text(0).is_empty() {
        return Err(Error::argument("duration is empty"));
    }
    let invalid = || Error::argument(format!("duration is not a valid data duration string: {given}"));
    let end = given.find(|c: char| !(c.is_ascii_digit() || c == '.')).ok_or_else(invalid)?;
    let (number, name) = given.split_at(end);
    let number: f64 = number.parse().map_err(|_| invalid())?;
    let millis = match name.trim() {
        "ns" => 1e-6,
        "us" => 1e-3,
        "ms" => 1.0,
        "s" => 1000.0,
        "m" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        other => return Err(Error::argument(format!("Unknown time unit: {other}"))),
    };
    Ok(Value::Int((number * millis + 0.5).floor() as i64))
}
