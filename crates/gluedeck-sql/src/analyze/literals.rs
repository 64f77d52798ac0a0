//! Literals, and the values that the session knows.

use super::TypedExpr;
use crate::error::{Code, Error, Result};
use crate::functions;
use crate::session::Facts;
use crate::syntax::ast::{Expr, ExprKind, IntervalField};
use crate::types::Type;
use crate::value::{Value, number, time};
use std::sync::Arc;

/// The value of a literal, with the type that Trino gives it.
pub(super) fn literal(expr: &Expr, facts: &Arc<Facts>) -> Result<TypedExpr> {
    let invalid = |message: String| Error::at(expr.position, Code::InvalidLiteral, message);
    match &expr.kind {
        ExprKind::Null => Ok(functions::null(&Type::Unknown)),
        ExprKind::Boolean(value) => Ok(functions::literal(Value::Bool(*value), &Type::Boolean)),
        ExprKind::Integer(digits) => match digits.parse::<i64>() {
            Ok(value) => {
                let ty = if i32::try_from(value).is_ok() { Type::Integer } else { Type::Bigint };
                Ok(functions::literal(Value::Int(value), &ty))
            }
            Err(_) => {
                let message = format!("Invalid numeric literal: {digits}");
                Err(Error::at(expr.position, Code::SyntaxError, message))
            }
        },
        ExprKind::Decimal(digits) => {
            decimal(digits).ok_or_else(|| invalid(format!("Invalid decimal literal: {digits}")))
        }
        ExprKind::Double(digits) => match digits.parse() {
            Ok(value) => Ok(functions::literal(Value::Double(value), &Type::Double)),
            Err(_) => Err(invalid(format!("Invalid numeric literal: {digits}"))),
        },
        ExprKind::Text(text) => {
            let ty = Type::Varchar(Some(text.chars().count() as u32));
            Ok(functions::literal(Value::text(text.as_str()), &ty))
        }
        ExprKind::Binary(bytes) => Ok(functions::literal(Value::Bytes(bytes.clone()), &Type::Varbinary)),
        ExprKind::Typed { type_name, ty, text } => typed(expr, type_name, ty.as_ref(), text, facts),
        ExprKind::Interval { negative, text, from, to } => {
            interval(*negative, text, *from, *to).ok_or_else(|| invalid(format!("Invalid INTERVAL literal: {text}")))
        }
        _ => Err(invalid("not a literal".into())),
    }
}

fn decimal(digits: &str) -> Option<TypedExpr> {
    let (value, ty) = number::parse_decimal(digits)?;
    Some(functions::literal(Value::Big(value), &ty))
}

/// `DATE '2026-01-31'` and the like.
fn typed(expr: &Expr, name: &str, ty: Option<&Type>, text: &str, facts: &Arc<Facts>) -> Result<TypedExpr> {
    let invalid = || {
        let message = format!("'{text}' is not a valid {} literal", name.to_uppercase());
        Error::at(expr.position, Code::InvalidLiteral, message)
    };
    match ty {
        Some(Type::Decimal(..)) => decimal(text.trim()).ok_or_else(invalid),
        Some(Type::Timestamp(_)) => {
            let moment = time::parse_timestamp(text).ok_or_else(invalid)?;
            match &moment.zone {
                None => Ok(functions::literal(Value::Big(moment.local), &Type::Timestamp(moment.precision))),
                Some(zone) => {
                    let zone = crate::value::zone::Zone::named(zone).map_err(|_| invalid())?;
                    let value = Value::Zoned { picos: zone.to_utc(moment.local), zone };
                    Ok(functions::literal(value, &Type::TimestampTz(moment.precision)))
                }
            }
        }
        Some(Type::Time(_)) => {
            let (picos, precision, zone) = time::parse_time(text.trim()).ok_or_else(invalid)?;
            match zone {
                None => Ok(functions::literal(Value::Int(picos as i64), &Type::Time(precision))),
                Some(zone) => {
                    let zone = crate::value::zone::Zone::named(&zone).map_err(|_| invalid())?;
                    let picos = zone.to_utc(picos).rem_euclid(time::PICOS_PER_DAY);
                    Ok(functions::literal(Value::Zoned { picos, zone }, &Type::TimeTz(precision)))
                }
            }
        }
        Some(Type::Varchar(_)) => Ok(functions::literal(Value::text(text), &Type::VARCHAR)),
        Some(Type::Char(_)) => {
            let ty = Type::Char(text.chars().count() as u32);
            Ok(functions::literal(Value::text(text.trim_end_matches(' ')), &ty))
        }
        Some(Type::Json) => {
            let value = functions::json_parse(text).map_err(|_| invalid())?;
            Ok(functions::literal(Value::Text(value), &Type::Json))
        }
        Some(ty) => {
            let given = functions::literal(Value::text(text), &Type::VARCHAR);
            let value = functions::cast_value(&Value::text(text), &Type::VARCHAR, ty, facts);
            match (value, functions::cast(given, ty, false, facts)) {
                (Ok(value), Some(_)) => Ok(functions::literal(value, ty)),
                (Err(_), Some(_)) => Err(invalid()),
                _ => {
                    let message = format!("No literal form for type {ty}");
                    Err(Error::at(expr.position, Code::InvalidLiteral, message))
                }
            }
        }
        None => Err(Error::at(expr.position, Code::TypeNotFound, format!("Unknown type: {name}"))),
    }
}

/// Months or milliseconds of `'1-2' YEAR TO MONTH`, `'1 02:03:04.5' DAY TO SECOND`.
fn interval(negative: bool, text: &str, from: IntervalField, to: Option<IntervalField>) -> Option<TypedExpr> {
    let to = to.unwrap_or(from);
    let (minus, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    let sign = if negative != minus { -1 } else { 1 };
    let number = |text: &str| {
        (!text.is_empty())
            .then(|| text.parse::<i64>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit())))
            .flatten()
    };
    if from > to || (from <= IntervalField::Month) != (to <= IntervalField::Month) {
        return None;
    }
    if from <= IntervalField::Month {
        let months = match (from, to) {
            (IntervalField::Year, IntervalField::Year) => number(digits)?.checked_mul(12)?,
            (IntervalField::Month, _) => number(digits)?,
            _ => {
                let (years, months) = digits.split_once('-').unwrap_or((digits, "0"));
                number(years)?.checked_mul(12)?.checked_add(number(months)?)?
            }
        };
        let months = i32::try_from(sign * months).ok()?;
        return Some(functions::literal(Value::Int(i64::from(months)), &Type::IntervalYear));
    }
    let fields = [IntervalField::Day, IntervalField::Hour, IntervalField::Minute, IntervalField::Second];
    let units: [i64; 4] = [86_400_000, 3_600_000, 60_000, 1000];
    let mut rest = digits;
    let mut millis = 0i64;
    for (index, field) in fields.iter().enumerate().filter(|(_, field)| **field >= from && **field <= to) {
        let end = if *field == to { rest.len() } else { rest.find([' ', ':']).unwrap_or(rest.len()) };
        let part = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        if *field == IntervalField::Second {
            let (whole, fraction) = part.split_once('.').unwrap_or((part, ""));
            let fraction = if fraction.is_empty() { 0 } else { number(&format!("{fraction:0<3}")[..3])? };
            millis = millis.checked_add(number(whole)?.checked_mul(1000)?.checked_add(fraction)?)?;
        } else {
            millis = millis.checked_add(number(part)?.checked_mul(units[index])?)?;
        }
        if rest.is_empty() {
            break;
        }
    }
    rest.is_empty().then(|| functions::literal(Value::Int(sign * millis), &Type::IntervalDay))
}

/// `current_date` and the others that are written without brackets. `None` if this is none that is answered.
pub(super) fn special(name: &str, precision: u8, facts: &Arc<Facts>) -> Option<TypedExpr> {
    let now = time::truncate_to(facts.now_picos(), precision);
    let zone = facts.zone();
    let local = zone.to_local(now);
    let of_day = local.rem_euclid(time::PICOS_PER_DAY);
    let text = |text: &str| functions::literal(Value::text(text), &Type::VARCHAR);
    Some(match name {
        "current_date" => functions::literal(Value::Int(local.div_euclid(time::PICOS_PER_DAY) as i64), &Type::Date),
        "current_timestamp" => functions::literal(Value::Zoned { picos: now, zone }, &Type::TimestampTz(precision)),
        "localtimestamp" => functions::literal(Value::Big(local), &Type::Timestamp(precision)),
        "current_time" => {
            let picos = now.rem_euclid(time::PICOS_PER_DAY);
            functions::literal(Value::Zoned { picos, zone }, &Type::TimeTz(precision))
        }
        "localtime" => functions::literal(Value::Int(of_day as i64), &Type::Time(precision)),
        "current_user" => text(&facts.user),
        "current_catalog" => text(super::CATALOG),
        "current_schema" => text(&facts.database),
        _ => return None,
    })
}
