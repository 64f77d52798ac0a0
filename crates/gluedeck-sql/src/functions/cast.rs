//! Casts: which there are, and what each does to a value.

use super::build::{kernel, null};
use super::call::Body;
use super::cast_numbers::{java_double, java_real, to_number, type_word};
use crate::analyze::TypedExpr;
use crate::error::{Error, Result};
use crate::session::Facts;
use crate::types::Type;
use crate::value::number::{double_with_exponent, integer_within, real_with_exponent, text_to_decimal};
use crate::value::time::{PICOS_PER_DAY, parse_date, parse_time, parse_timestamp, round_to};
use crate::value::zone::Zone;
use crate::value::{Value, text};
use datafusion::logical_expr::cast as engine_cast;
use std::sync::Arc;

/// A value as a type that it turns into by itself.
pub(crate) fn coerce(value: TypedExpr, ty: &Type, facts: &Arc<Facts>) -> TypedExpr {
    if value.ty == *ty {
        return value;
    }
    if is_relabelled(&value.ty, ty) {
        return TypedExpr { expr: value.expr, ty: ty.clone() };
    }
    if value.ty == Type::Unknown && matches!(value.expr, datafusion::logical_expr::Expr::Literal(..)) {
        return null(ty);
    }
    if is_engine_cast(&value.ty, ty) {
        return TypedExpr { expr: engine_cast(value.expr, ty.arrow()), ty: ty.clone() };
    }
    converted(value, ty, false, facts)
}

/// A value cast to a type, or NULL where it cannot be if `safe`. `None` if there is no such cast.
pub(crate) fn cast(value: TypedExpr, ty: &Type, safe: bool, facts: &Arc<Facts>) -> Option<TypedExpr> {
    if value.ty == *ty {
        return Some(value);
    }
    if !is_castable(&value.ty, ty) {
        return None;
    }
    if crate::types::turns_into(&value.ty, ty) && (is_relabelled(&value.ty, ty) || is_engine_cast(&value.ty, ty)) {
        return Some(coerce(value, ty, facts));
    }
    Some(converted(value, ty, safe, facts))
}

fn converted(value: TypedExpr, ty: &Type, safe: bool, facts: &Arc<Facts>) -> TypedExpr {
    let body: Body = |call| cast_value(call.get(0), call.ty(0), call.result(), &call.site.facts);
    let safely: Body = |call| match cast_value(call.get(0), call.ty(0), call.result(), &call.site.facts) {
        Err(_) => Ok(Value::Null),
        other => other,
    };
    let (name, body) = if safe { ("try_cast", safely) } else { ("cast", body) };
    // NULL as JSON is NULL, but NULL inside what becomes JSON is its null.
    kernel(name, vec![value], ty.clone(), facts, body, true)
}

/// Whether the engine holds both types alike.
fn is_relabelled(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Varchar(a), Type::Varchar(b)) => match (a, b) {
            (_, None) => true,
            (Some(a), Some(b)) => a <= b,
            _ => false,
        },
        (Type::Char(a), Type::Char(b)) => a <= b,
        (Type::Array(a), Type::Array(b)) => a == b || is_relabelled(a, b),
        (Type::Map(k, v), Type::Map(l, w)) => (k == l || is_relabelled(k, l)) && (v == w || is_relabelled(v, w)),
        (Type::Row(a), Type::Row(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((_, a), (_, b))| a == b || is_relabelled(a, b))
        }
        (Type::TimestampTz(a), Type::TimestampTz(b))
        | (Type::Time(a), Type::Time(b))
        | (Type::TimeTz(a), Type::TimeTz(b)) => a <= b,
        (Type::Timestamp(a), Type::Timestamp(b)) => a <= b && from.arrow() == to.arrow(),
        _ => false,
    }
}

/// Widening casts that the engine does as Trino does.
fn is_engine_cast(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (from, Type::Bigint | Type::Integer | Type::Smallint) if from.is_integer() => {
            from.integer_digits() < to.integer_digits()
        }
        (from, Type::Double) => from.is_integer() || *from == Type::Real,
        (Type::Date, Type::Timestamp(0..=3)) => true,
        (from, Type::Decimal(precision, scale)) if from.is_integer() => {
            from.integer_digits().is_some_and(|digits| digits + scale <= *precision)
        }
        (Type::Decimal(p, s), Type::Decimal(q, t)) => t >= s && q - t >= p - s,
        _ => false,
    }
}

pub(super) fn castable(from: &Type, to: &Type) -> bool {
    is_castable(from, to)
}

fn is_castable(from: &Type, to: &Type) -> bool {
    use Type::{
        Array, Boolean, Char, Date, Digest, IntervalDay, IntervalYear, IpAddress, Json, Map, Row, Time, TimeTz,
        Timestamp, TimestampTz, Unknown, Uuid, Varbinary, Varchar,
    };
    match (from, to) {
        (Unknown, _) => true,
        (from, to) if from == to => true,
        (Array(a), Array(b)) => is_castable(a, b),
        (Map(k, v), Map(l, w)) => is_castable(k, l) && is_castable(v, w),
        (Row(a), Row(b)) => a.len() == b.len() && a.iter().zip(b).all(|((_, a), (_, b))| is_castable(a, b)),
        (from, Json) => to_json(from),
        (Json, to) => from_json(to),
        (Boolean, to) if to.is_numeric() => true,
        (from, Boolean) if from.is_numeric() => true,
        (from, to) if from.is_numeric() && to.is_numeric() => true,
        (from, Varchar(_)) => {
            from.is_numeric()
                || from.is_text()
                || matches!(from, Boolean | Date | Time(_) | TimeTz(_) | Timestamp(_) | TimestampTz(_))
                || matches!(from, IntervalDay | IntervalYear | Uuid | IpAddress)
        }
        (from, Char(_)) => from.is_text(),
        (Varchar(_) | Char(_), to) => {
            to.is_numeric()
                || matches!(
                    to,
                    Boolean | Date | Time(_) | TimeTz(_) | Timestamp(_) | TimestampTz(_) | Uuid | IpAddress | Varbinary
                )
        }
        (Date, Timestamp(_) | TimestampTz(_)) => true,
        (Time(_), TimeTz(_) | Time(_) | Timestamp(_) | TimestampTz(_)) => true,
        (TimeTz(_), TimeTz(_) | Time(_) | Timestamp(_) | TimestampTz(_)) => true,
        (Timestamp(_) | TimestampTz(_), Date | Time(_) | TimeTz(_) | Timestamp(_) | TimestampTz(_)) => true,
        (Uuid | IpAddress | Digest(..), Varbinary) | (Varbinary, Uuid | IpAddress | Digest(..)) => true,
        _ => false,
    }
}

fn to_json(from: &Type) -> bool {
    match from {
        Type::Array(element) => to_json(element),
        Type::Map(key, value) => {
            (key.is_text() || key.is_numeric() || matches!(**key, Type::Boolean | Type::Unknown)) && to_json(value)
        }
        Type::Row(fields) => fields.iter().all(|(_, ty)| to_json(ty)),
        from => {
            from.is_numeric()
                || from.is_text()
                || matches!(from, Type::Boolean | Type::Json | Type::Date | Type::Timestamp(_) | Type::Unknown)
        }
    }
}

fn from_json(to: &Type) -> bool {
    match to {
        Type::Array(element) => from_json(element),
        Type::Map(key, value) => {
            (matches!(**key, Type::Varchar(_) | Type::Boolean) || key.is_numeric()) && from_json(value)
        }
        Type::Row(fields) => fields.iter().all(|(_, ty)| from_json(ty)),
        to => to.is_numeric() || matches!(to, Type::Varchar(_) | Type::Boolean | Type::Json),
    }
}

/// Casts one value.
///
/// # Errors
/// If the value has no form of the type.
pub(crate) fn cast_value(value: &Value, from: &Type, to: &Type, facts: &Facts) -> Result<Value> {
    if value.is_null() || from == to {
        return Ok(value.clone());
    }
    match (from, to) {
        (_, Type::Json) => super::json_cast::cast_to_json(value, from).map(Value::Text),
        (Type::Json, _) => super::json_cast::cast_from_json(value.as_text(), to),
        (Type::Array(a), Type::Array(b)) => {
            let items = value.as_array().iter().map(|item| cast_value(item, a, b, facts));
            items.collect::<Result<_>>().map(Value::Array)
        }
        (Type::Map(k, v), Type::Map(l, w)) => cast_map(value, (k, v), (l, w), facts),
        (Type::Row(a), Type::Row(b)) => {
            let parts = value.as_array().iter().zip(a).zip(b);
            let parts = parts.map(|((item, (_, a)), (_, b))| cast_value(item, a, b, facts));
            parts.collect::<Result<_>>().map(Value::Row)
        }
        (_, Type::Varchar(length)) => to_varchar(value, from, *length),
        (_, Type::Char(length)) => {
            let whole = text(value, from).unwrap_or_default();
            let cut: String = whole.chars().take(*length as usize).collect();
            Ok(Value::text(cut.trim_end_matches(' ')))
        }
        (Type::Varchar(_) | Type::Char(_), Type::Varbinary) => Ok(Value::Bytes(value.as_text().as_bytes().to_vec())),
        (Type::Varchar(_) | Type::Char(_), _) => from_text(value.as_text(), to, facts),
        (_, Type::Boolean) => Ok(Value::Bool(value.as_double() != 0.0)),
        (from, to) if to.is_numeric() => to_number(value, from, to),
        (Type::Uuid | Type::Varbinary | Type::IpAddress | Type::Digest(..), _) => bytes(value, to),
        _ => moment(value, from, to, facts),
    }
}

fn cast_map(value: &Value, from: (&Type, &Type), to: (&Type, &Type), facts: &Facts) -> Result<Value> {
    let mut entries: Vec<(Value, Value)> = Vec::new();
    for (key, item) in value.as_map() {
        let key = cast_value(key, from.0, to.0, facts)?;
        if entries.iter().any(|(other, _)| *other == key) {
            return Err(Error::cast("duplicate keys"));
        }
        entries.push((key, cast_value(item, from.1, to.1, facts)?));
    }
    Ok(Value::Map(entries))
}

/// A value as a cast to varchar writes it. None of NULL.
pub(super) fn text_of_cast(value: &Value, from: &Type) -> Option<String> {
    match value {
        Value::Double(number) => Some(double_with_exponent(*number)),
        Value::Real(number) => Some(real_with_exponent(*number)),
        _ => text(value, from),
    }
}

fn to_varchar(value: &Value, from: &Type, length: Option<u32>) -> Result<Value> {
    let whole = text_of_cast(value, from).unwrap_or_default();
    let Some(length) = length.filter(|length| whole.chars().count() > *length as usize) else {
        return Ok(Value::Text(whole));
    };
    if from.is_text() {
        return Ok(Value::Text(whole.chars().take(length as usize).collect()));
    }
    Err(Error::cast(format!("Value {whole} cannot be represented as varchar({length})")))
}

fn bytes(value: &Value, to: &Type) -> Result<Value> {
    let bytes = value.as_bytes();
    match to {
        Type::Uuid if bytes.len() != 16 => Err(Error::cast(format!("Invalid UUID binary length: {}", bytes.len()))),
        Type::IpAddress => match bytes.len() {
            4 => {
                let mut whole = vec![0; 10];
                whole.extend([0xff, 0xff]);
                whole.extend(bytes);
                Ok(Value::Bytes(whole))
            }
            16 => Ok(value.clone()),
            length => Err(Error::cast(format!("Invalid IP address binary length: {length}"))),
        },
        _ => Ok(value.clone()),
    }
}

/// The value that a text file has written without quotes; None if it is none of the type.
pub(crate) fn plain_value(given: &str, to: &Type) -> Option<Value> {
    match to {
        Type::Varchar(None) => Some(Value::text(given)),
        Type::Varchar(Some(length)) => Some(Value::Text(given.chars().take(*length as usize).collect())),
        Type::Char(length) => {
            let text: String = given.chars().take(*length as usize).collect();
            Some(Value::text(text.trim_end_matches(' ')))
        }
        Type::Boolean if given.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        Type::Boolean if given.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        Type::Boolean => None,
        Type::Varbinary => data_encoding::BASE64.decode(given.as_bytes()).ok().map(Value::Bytes),
        _ => from_text(given, to, &Facts::default()).ok(),
    }
}

fn from_text(given: &str, to: &Type, facts: &Facts) -> Result<Value> {
    let cannot = || Error::cast(format!("Cannot cast '{given}' to {}", type_word(to)));
    let trimmed = given.trim();
    Ok(match to {
        Type::Boolean => match given.to_lowercase().as_str() {
            "t" | "true" | "1" => Value::Bool(true),
            "f" | "false" | "0" => Value::Bool(false),
            _ => return Err(cannot()),
        },
        to if to.is_integer() => {
            let number =
                given.strip_prefix('+').unwrap_or(given).parse::<i64>().ok().filter(|_| !given.starts_with("+-"));
            Value::Int(number.and_then(|number| integer_within(i128::from(number), to)).ok_or_else(cannot)?)
        }
        Type::Double => Value::Double(java_double(trimmed).ok_or_else(cannot)?),
        Type::Real => Value::Real(
            java_double(trimmed)
                .map(|_| trimmed.trim_end_matches(['d', 'D', 'f', 'F']))
                .and_then(java_real)
                .ok_or_else(cannot)?,
        ),
        Type::Decimal(precision, scale) => match text_to_decimal(trimmed, *precision, *scale) {
            Some(Some(value)) => Value::Big(value),
            Some(None) => {
                return Err(Error::cast(format!(
                    "Cannot cast VARCHAR '{given}' to DECIMAL({precision}, {scale}). Value too large."
                )));
            }
            None => {
                return Err(Error::cast(format!(
                    "Cannot cast VARCHAR '{given}' to DECIMAL({precision}, {scale}). Value is not a number."
                )));
            }
        },
        Type::Date => {
            Value::Int(parse_date(given).ok_or_else(|| Error::cast(format!("Value cannot be cast to date: {given}")))?)
        }
        Type::Timestamp(_) | Type::TimestampTz(_) | Type::Time(_) | Type::TimeTz(_) => {
            return text_to_moment(given, to, facts);
        }
        Type::Uuid => super::addresses::parse_uuid(given)?,
        Type::IpAddress => super::addresses::parse_ip(given)?,
        _ => return Err(cannot()),
    })
}

fn text_to_moment(given: &str, to: &Type, facts: &Facts) -> Result<Value> {
    let cannot = || Error::cast(format!("Value cannot be cast to {}: {given}", base_name(to)));
    match to {
        Type::Timestamp(precision) => {
            // A zone is read and left away.
            let moment = parse_timestamp(given).ok_or_else(cannot)?;
            if let Some(name) = &moment.zone {
                Zone::named(name).map_err(|_| cannot())?;
            }
            Ok(Value::Big(round_to(moment.local, *precision)))
        }
        Type::TimestampTz(precision) => {
            let moment = parse_timestamp(given).ok_or_else(cannot)?;
            let zone = match &moment.zone {
                Some(name) => Zone::named(name).map_err(|_| cannot())?,
                None => facts.zone(),
            };
            Ok(Value::Zoned { picos: round_to(zone.to_utc(moment.local), *precision), zone })
        }
        Type::Time(precision) => {
            let (picos, _, zone) = parse_time(given.trim()).ok_or_else(cannot)?;
            if zone.is_some() {
                return Err(cannot());
            }
            Ok(Value::Int(round_to(picos, *precision).rem_euclid(PICOS_PER_DAY) as i64))
        }
        Type::TimeTz(precision) => {
            let (picos, _, zone) = parse_time(given.trim()).ok_or_else(cannot)?;
            let zone = match zone {
                Some(name) => Zone::named(&name).map_err(|_| cannot())?,
                None => facts.zone(),
            };
            Ok(Value::Zoned { picos: zone.to_utc(round_to(picos, *precision)).rem_euclid(PICOS_PER_DAY), zone })
        }
        _ => Err(cannot()),
    }
}

fn base_name(ty: &Type) -> &'static str {
    match ty {
        Type::Timestamp(_) => "timestamp",
        Type::TimestampTz(_) => "timestamp with time zone",
        Type::Time(_) => "time",
        _ => "time with time zone",
    }
}

/// Between dates, times and timestamps.
fn moment(value: &Value, from: &Type, to: &Type, facts: &Facts) -> Result<Value> {
    let session = facts.zone();
    let today = || session.to_local(facts.now_picos()).div_euclid(PICOS_PER_DAY) * PICOS_PER_DAY;
    // What a clock shows, and where.
    let (local, zone) = match (value, from) {
        (Value::Int(days), Type::Date) => (i128::from(*days) * PICOS_PER_DAY, None),
        (Value::Int(time), Type::Time(_)) => (today() + i128::from(*time), None),
        (Value::Zoned { picos, zone }, Type::TimeTz(_)) => {
            (today() + zone.to_local(*picos).rem_euclid(PICOS_PER_DAY), Some(*zone))
        }
        (Value::Zoned { picos, zone }, _) => (zone.to_local(*picos), Some(*zone)),
        (other, _) => (other.as_big(), None),
    };
    let of_day = |precision: u8| round_to(local.rem_euclid(PICOS_PER_DAY), precision).rem_euclid(PICOS_PER_DAY);
    Ok(match to {
        Type::Date => Value::Int(local.div_euclid(PICOS_PER_DAY) as i64),
        Type::Timestamp(precision) => Value::Big(round_to(local, *precision)),
        Type::TimestampTz(precision) => match (value, from) {
            (Value::Zoned { picos, zone }, Type::TimestampTz(_)) => {
                Value::Zoned { picos: round_to(*picos, *precision), zone: *zone }
            }
            _ => {
                let zone = zone.unwrap_or(session);
                Value::Zoned { picos: zone.to_utc(round_to(local, *precision)), zone }
            }
        },
        Type::Time(precision) => Value::Int(of_day(*precision) as i64),
        Type::TimeTz(precision) => {
            let own = zone.unwrap_or(session);
            // A named zone has the offset that it has at that moment.
            let offset = match value {
                Value::Zoned { picos, .. } => own.offset_at(picos.div_euclid(crate::value::zone::PICOS) as i64),
                _ => own.offset_at(facts.now_micros / 1_000_000),
            };
            let fixed = Zone::of_minutes(offset / 60)?;
            Value::Zoned { picos: fixed.to_utc(of_day(*precision)).rem_euclid(PICOS_PER_DAY), zone: fixed }
        }
        _ => return Err(Error::cast(format!("Cannot cast {from} to {to}"))),
    })
}
