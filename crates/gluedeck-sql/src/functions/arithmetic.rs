//! `+ - * / %`: the types that they give, and no overflow that goes unseen.

use super::build::{arrays, kernel};
use super::call::{Body, Call};
use super::cast::coerce;
use crate::analyze::TypedExpr;
use crate::error::{Code, Error, Result};
use crate::session::Facts;
use crate::syntax::ast::Arithmetic;
use crate::types::{Type, common};
use crate::value::Value;
use crate::value::number::{checked_decimal, divide_rounded, integer_within, power_of_ten};
use crate::value::time::{Day, PICOS_PER_DAY, PICOS_PER_MILLI};
use crate::value::zone::PICOS;
use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array};
use datafusion::arrow::datatypes::{Float64Type, Int64Type};
use std::sync::Arc;

/// An operation of two values. `None` if there is none for their types.
///
/// # Errors
/// If the result's type would be too large.
pub(crate) fn arithmetic(op: Arithmetic, a: TypedExpr, b: TypedExpr, facts: &Arc<Facts>) -> Result<Option<TypedExpr>> {
    if let Some(found) = moments(op, &a, &b, facts) {
        return Ok(Some(found));
    }
    let (x, y) = (unknown_as(&a.ty, &b.ty), unknown_as(&b.ty, &a.ty));
    let Some(ty) = common(&x, &y).filter(Type::is_numeric) else { return Ok(None) };
    if let Type::Decimal(..) = ty {
        let decimal = |ty: &Type| match ty {
            Type::Decimal(precision, scale) => (*precision, *scale),
            other => (other.integer_digits().unwrap_or(38), 0),
        };
        let (x, y) = (decimal(&x), decimal(&y));
        let result = decimal_type(op, x, y)?;
        let a = coerce(a, &Type::Decimal(x.0, x.1), facts);
        let b = coerce(b, &Type::Decimal(y.0, y.1), facts);
        let body: Body = match op {
            Arithmetic::Add => |call| decimal_sum(call, 1),
            Arithmetic::Subtract => |call| decimal_sum(call, -1),
            Arithmetic::Multiply => decimal_product,
            Arithmetic::Divide => decimal_quotient,
            Arithmetic::Modulus => decimal_rest,
        };
        return Ok(Some(kernel(op.sign(), vec![a, b], result, facts, body, true)));
    }
    let (a, b) = (coerce(a, &ty, facts), coerce(b, &ty, facts));
    Ok(Some(match ty {
        Type::Double => doubles(op, a, b, facts),
        Type::Real => {
            let body: Body = match op {
                Arithmetic::Add => |call| real(call, |a, b| a + b),
                Arithmetic::Subtract => |call| real(call, |a, b| a - b),
                Arithmetic::Multiply => |call| real(call, |a, b| a * b),
                Arithmetic::Divide => |call| real(call, |a, b| a / b),
                Arithmetic::Modulus => |call| real(call, |a, b| a % b),
            };
            kernel(op.sign(), vec![a, b], Type::Real, facts, body, true)
        }
        Type::Bigint => bigints(op, a, b, facts),
        ty => {
            let body: Body = match op {
                Arithmetic::Add => |call| integers(call, Arithmetic::Add),
                Arithmetic::Subtract => |call| integers(call, Arithmetic::Subtract),
                Arithmetic::Multiply => |call| integers(call, Arithmetic::Multiply),
                Arithmetic::Divide => |call| integers(call, Arithmetic::Divide),
                Arithmetic::Modulus => |call| integers(call, Arithmetic::Modulus),
            };
            kernel(op.sign(), vec![a, b], ty, facts, body, true)
        }
    }))
}

/// NULL is of the type of what it is computed with.
fn unknown_as(ty: &Type, other: &Type) -> Type {
    match (ty, other) {
        (Type::Unknown, Type::Unknown) => Type::Bigint,
        (Type::Unknown, other) => other.clone(),
        (ty, _) => ty.clone(),
    }
}

/// The decimal that an operation gives (Trino's documentation of decimals).
fn decimal_type(op: Arithmetic, (p, s): (u8, u8), (q, t): (u8, u8)) -> Result<Type> {
    let (p, s, q, t) = (i32::from(p), i32::from(s), i32::from(q), i32::from(t));
    let (precision, scale) = match op {
        Arithmetic::Add | Arithmetic::Subtract => ((p - s).max(q - t) + s.max(t) + 1, s.max(t)),
        Arithmetic::Multiply => (p + q, s + t),
        Arithmetic::Divide => (p + t + (t - s).max(0), s.max(t)),
        Arithmetic::Modulus => ((p - s).min(q - t) + s.max(t), s.max(t)),
    };
    if scale > 38 {
        let message = format!("DECIMAL scale must be in range [0, precision (38)]: {scale}");
        return Err(Error::of_value(Code::InvalidFunctionArgument, message));
    }
    Ok(Type::Decimal(precision.clamp(1, 38) as u8, scale as u8))
}

fn scales(call: &Call<'_>) -> (u32, u32, u8, u32) {
    let scale = |ty: &Type| match ty {
        Type::Decimal(_, scale) => u32::from(*scale),
        _ => 0,
    };
    let precision = match call.result() {
        Type::Decimal(precision, _) => *precision,
        _ => 38,
    };
    (scale(call.ty(0)), scale(call.ty(1)), precision, scale(call.result()))
}

fn decimal_sum(call: &Call<'_>, sign: i128) -> Result<Value> {
    let (s, t, _, scale) = scales(call);
    let a = call.get(0).as_big().checked_mul(power_of_ten(scale - s));
    let b = call.get(1).as_big().checked_mul(power_of_ten(scale - t));
    let sum = a.zip(b).and_then(|(a, b)| a.checked_add(sign * b));
    checked_decimal(sum, 38).map(Value::Big)
}

fn decimal_product(call: &Call<'_>) -> Result<Value> {
    checked_decimal(call.get(0).as_big().checked_mul(call.get(1).as_big()), 38).map(Value::Big)
}

fn decimal_quotient(call: &Call<'_>) -> Result<Value> {
    use datafusion::arrow::datatypes::i256;
    let (s, t, _, scale) = scales(call);
    let divisor = call.get(1).as_big();
    if divisor == 0 {
        return Err(division_by_zero());
    }
    let dividend = call.get(0).as_big();
    let shift = scale + t - s;
    if let Some(shifted) = dividend.checked_mul(power_of_ten(shift)).filter(|_| shift <= 38) {
        return checked_decimal(Some(divide_rounded(shifted, divisor)), 38).map(Value::Big);
    }
    let ten = |power: u32| i256::from_i128(power_of_ten(power.min(38)));
    let wide = i256::from_i128(dividend).wrapping_mul(ten(shift)).wrapping_mul(ten(shift.saturating_sub(38)));
    let divisor = i256::from_i128(divisor);
    let (quotient, rest) = (wide.wrapping_div(divisor), wide.wrapping_rem(divisor));
    let twice = rest.wrapping_abs().wrapping_mul(i256::from_i128(2));
    let up = twice >= divisor.wrapping_abs();
    let negative = (dividend < 0) != (call.get(1).as_big() < 0);
    let step = i256::from_i128(if negative { -1 } else { 1 });
    let rounded = if up { quotient.wrapping_add(step) } else { quotient };
    checked_decimal(rounded.to_i128(), 38).map(Value::Big)
}

fn decimal_rest(call: &Call<'_>) -> Result<Value> {
    let (s, t, _, scale) = scales(call);
    let a = call.get(0).as_big().checked_mul(power_of_ten(scale - s));
    let b = call.get(1).as_big().checked_mul(power_of_ten(scale - t));
    match (a, b) {
        (_, Some(0)) => Err(division_by_zero()),
        (Some(a), Some(b)) => Ok(Value::Big(a % b)),
        // A divisor beyond 128 bits is larger than the dividend.
        (Some(a), None) => Ok(Value::Big(a)),
        _ => Err(Error::out_of_range("Decimal overflow")),
    }
}

pub(super) fn division_by_zero() -> Error {
    Error::of_value(Code::DivisionByZero, "Division by zero")
}

fn word(op: Arithmetic) -> &'static str {
    match op {
        Arithmetic::Add => "addition",
        Arithmetic::Subtract => "subtraction",
        Arithmetic::Multiply => "multiplication",
        Arithmetic::Divide => "division",
        Arithmetic::Modulus => "modulus",
    }
}

fn whole(op: Arithmetic, a: i64, b: i64) -> Result<i128> {
    let (x, y) = (i128::from(a), i128::from(b));
    Ok(match op {
        Arithmetic::Add => x + y,
        Arithmetic::Subtract => x - y,
        Arithmetic::Multiply => x * y,
        Arithmetic::Divide | Arithmetic::Modulus if b == 0 => return Err(division_by_zero()),
        Arithmetic::Divide => x / y,
        Arithmetic::Modulus => x % y,
    })
}

fn integers(call: &Call<'_>, op: Arithmetic) -> Result<Value> {
    let (a, b) = (call.int(0), call.int(1));
    let result = whole(op, a, b)?;
    integer_within(result, call.result()).map(Value::Int).ok_or_else(|| overflow(op, a, b, call.result()))
}

fn overflow(op: Arithmetic, a: i64, b: i64, ty: &Type) -> Error {
    let message = match op {
        Arithmetic::Divide => format!("{ty} division overflow: {a} / {b}"),
        _ => format!("{ty} {} overflow: {a} {} {b}", word(op), op.sign()),
    };
    Error::out_of_range(message)
}

fn bigints(op: Arithmetic, a: TypedExpr, b: TypedExpr, facts: &Arc<Facts>) -> TypedExpr {
    let work = move |arrays: &[ArrayRef], _: usize| -> datafusion::error::Result<ArrayRef> {
        let (a, b) = (arrays[0].as_primitive::<Int64Type>(), arrays[1].as_primitive::<Int64Type>());
        let one = |(a, b): (Option<i64>, Option<i64>)| {
            let (Some(a), Some(b)) = (a, b) else { return Ok(None) };
            i64::try_from(whole(op, a, b)?).map(Some).map_err(|_| overflow(op, a, b, &Type::Bigint))
        };
        let found = a.iter().zip(b.iter()).map(one).collect::<Result<Int64Array>>()?;
        Ok(Arc::new(found))
    };
    arrays(op.sign(), vec![a, b], Type::Bigint, String::new(), facts, work)
}

fn doubles(op: Arithmetic, a: TypedExpr, b: TypedExpr, facts: &Arc<Facts>) -> TypedExpr {
    let compute: fn(f64, f64) -> f64 = match op {
        Arithmetic::Add => |a, b| a + b,
        Arithmetic::Subtract => |a, b| a - b,
        Arithmetic::Multiply => |a, b| a * b,
        Arithmetic::Divide => |a, b| a / b,
        Arithmetic::Modulus => |a, b| a % b,
    };
    let work = move |arrays: &[ArrayRef], _: usize| -> datafusion::error::Result<ArrayRef> {
        let (a, b) = (arrays[0].as_primitive::<Float64Type>(), arrays[1].as_primitive::<Float64Type>());
        Ok(Arc::new(a.iter().zip(b.iter()).map(|(a, b)| Some(compute(a?, b?))).collect::<Float64Array>()))
    };
    arrays(op.sign(), vec![a, b], Type::Double, String::new(), facts, work)
}

fn real(call: &Call<'_>, compute: fn(f32, f32) -> f32) -> Result<Value> {
    let number = |index| call.double(index) as f32;
    Ok(Value::Real(compute(number(0), number(1))))
}

/// What dates, times and intervals give.
fn moments(op: Arithmetic, a: &TypedExpr, b: &TypedExpr, facts: &Arc<Facts>) -> Option<TypedExpr> {
    use Type::{Date, IntervalDay, IntervalYear, Time, TimeTz, Timestamp, TimestampTz};
    let is_interval = |ty: &Type| matches!(ty, IntervalDay | IntervalYear);
    let is_moment = |ty: &Type| matches!(ty, Date | Time(_) | TimeTz(_) | Timestamp(_) | TimestampTz(_));
    let both = |a: &TypedExpr, b: &TypedExpr, result: &Type, body: Body| {
        Some(kernel(op.sign(), vec![a.clone(), b.clone()], result.clone(), facts, body, true))
    };
    match (op, &a.ty, &b.ty) {
        (Arithmetic::Add, moment, interval) if is_moment(moment) && is_interval(interval) => {
            fits(moment, interval).then_some(())?;
            both(a, b, &widened(moment, interval), |call| shift(call, 0, 1, 1))
        }
        (Arithmetic::Add, interval, moment) if is_moment(moment) && is_interval(interval) => {
            fits(moment, interval).then_some(())?;
            both(b, a, &widened(moment, interval), |call| shift(call, 0, 1, 1))
        }
        (Arithmetic::Subtract, moment, interval) if is_moment(moment) && is_interval(interval) => {
            fits(moment, interval).then_some(())?;
            both(a, b, &widened(moment, interval), |call| shift(call, 0, 1, -1))
        }
        (Arithmetic::Add, x, y) if is_interval(x) && x == y => both(a, b, x, |call| interval_sum(call, 1)),
        (Arithmetic::Subtract, x, y) if is_interval(x) && x == y => both(a, b, x, |call| interval_sum(call, -1)),
        (Arithmetic::Multiply | Arithmetic::Divide, x, y)
            if is_interval(x) && (y.is_integer() || y.is_float() || matches!(y, Type::Decimal(..))) =>
        {
            let number = if y.is_integer() {
                coerce(b.clone(), &Type::Bigint, facts)
            } else {
                coerce(b.clone(), &Type::Double, facts)
            };
            let body: Body =
                if op == Arithmetic::Multiply { |call| scaled(call, false) } else { |call| scaled(call, true) };
            both(a, &number, x, body)
        }
        (Arithmetic::Multiply, x, y) if is_interval(y) && x.is_numeric() => moments(op, b, a, facts),
        (Arithmetic::Subtract, x, y) if is_moment(x) && is_moment(y) => {
            let ty = common(x, y)?;
            let (a, b) = (coerce(a.clone(), &ty, facts), coerce(b.clone(), &ty, facts));
            both(&a, &b, &IntervalDay, difference)
        }
        _ => None,
    }
}

fn fits(moment: &Type, interval: &Type) -> bool {
    !matches!((moment, interval), (Type::Time(_) | Type::TimeTz(_), Type::IntervalYear))
}

/// Milliseconds of an interval show up in the sum.
fn widened(moment: &Type, interval: &Type) -> Type {
    match (moment, interval) {
        (Type::Timestamp(p), Type::IntervalDay) => Type::Timestamp((*p).max(3)),
        (Type::TimestampTz(p), Type::IntervalDay) => Type::TimestampTz((*p).max(3)),
        (Type::Time(p), Type::IntervalDay) => Type::Time((*p).max(3)),
        (Type::TimeTz(p), Type::IntervalDay) => Type::TimeTz((*p).max(3)),
        (moment, _) => moment.clone(),
    }
}

fn shift(call: &Call<'_>, moment: usize, interval: usize, sign: i64) -> Result<Value> {
    let by = call.int(interval).checked_mul(sign).ok_or_else(|| Error::out_of_range("interval overflow"))?;
    if *call.ty(interval) == Type::IntervalYear {
        return plus_months(call.get(moment), call.ty(moment), by);
    }
    if *call.ty(moment) == Type::Date {
        if by % 86_400_000 != 0 {
            return Err(Error::argument(match sign {
                1 => "Cannot add hour, minutes or seconds to a date",
                _ => "Cannot subtract hour, minutes or seconds from a date",
            }));
        }
        return Ok(Value::Int(call.int(moment) + by / 86_400_000));
    }
    Ok(plus_picos(call.get(moment), call.ty(moment), i128::from(by) * PICOS_PER_MILLI))
}

/// A moment some picoseconds later; times go round at midnight.
pub(super) fn plus_picos(value: &Value, ty: &Type, picos: i128) -> Value {
    match (value, ty) {
        (Value::Int(time), Type::Time(_)) => Value::Int((i128::from(*time) + picos).rem_euclid(PICOS_PER_DAY) as i64),
        (Value::Zoned { picos: at, zone }, Type::TimeTz(_)) => {
            Value::Zoned { picos: (at + picos).rem_euclid(PICOS_PER_DAY), zone: *zone }
        }
        (Value::Zoned { picos: at, zone }, _) => Value::Zoned { picos: at + picos, zone: *zone },
        (Value::Big(at), _) => Value::Big(at + picos),
        (Value::Int(days), Type::Date) => Value::Int(days + picos.div_euclid(PICOS_PER_DAY) as i64),
        (other, _) => other.clone(),
    }
}

/// A moment some months later, by the calendar of its own zone.
pub(super) fn plus_months(value: &Value, ty: &Type, months: i64) -> Result<Value> {
    let local_months = |local: i128| {
        let day = Day::of(local.div_euclid(PICOS_PER_DAY) as i64).plus_months(months);
        i128::from(day.days()) * PICOS_PER_DAY + local.rem_euclid(PICOS_PER_DAY)
    };
    Ok(match (value, ty) {
        (Value::Int(days), Type::Date) => Value::Int(Day::of(*days).plus_months(months).days()),
        (Value::Big(local), _) => Value::Big(local_months(*local)),
        (Value::Zoned { picos, zone }, _) => {
            Value::Zoned { picos: zone.to_utc_near(local_months(zone.to_local(*picos)), *picos), zone: *zone }
        }
        _ => return Err(Error::argument("no months in a time")),
    })
}

fn interval_sum(call: &Call<'_>, sign: i128) -> Result<Value> {
    let sum = i128::from(call.int(0)) + sign * i128::from(call.int(1));
    integer_within(sum, call.result()).map(Value::Int).ok_or_else(|| Error::out_of_range("interval overflow"))
}

fn scaled(call: &Call<'_>, divide: bool) -> Result<Value> {
    let result = match (call.get(1), divide) {
        (Value::Int(0), true) => return Err(division_by_zero()),
        (Value::Int(number), true) => i128::from(call.int(0)) / i128::from(*number),
        (Value::Int(number), false) => i128::from(call.int(0)) * i128::from(*number),
        (other, _) if other.as_double().is_nan() => {
            return Err(Error::argument(if divide { "Cannot divide by NaN" } else { "Cannot multiply by NaN" }));
        }
        (other, true) if other.as_double() == 0.0 => return Err(division_by_zero()),
        (other, true) => (call.int(0) as f64 / other.as_double()) as i128,
        (other, false) => (call.int(0) as f64 * other.as_double()) as i128,
    };
    integer_within(result, call.result()).map(Value::Int).ok_or_else(|| Error::out_of_range("interval overflow"))
}

fn difference(call: &Call<'_>) -> Result<Value> {
    let picos = match call.ty(0) {
        Type::Date => return Ok(Value::Int((call.int(0) - call.int(1)) * 86_400_000)),
        _ => call.get(0).as_big() - call.get(1).as_big(),
    };
    Ok(Value::Int(crate::value::time::round_to(picos, 3).div_euclid(PICOS / 1000) as i64))
}

/// `-x`.
pub(crate) fn negative(value: TypedExpr, facts: &Arc<Facts>) -> TypedExpr {
    let ty = if value.ty == Type::Unknown { Type::Bigint } else { value.ty.clone() };
    let value = coerce(value, &ty, facts);
    let body: Body = |call| match call.get(0) {
        Value::Int(number) => {
            let found = integer_within(-i128::from(*number), call.result());
            found
                .map(Value::Int)
                .ok_or_else(|| Error::out_of_range(format!("{} negation overflow: {number}", call.result())))
        }
        Value::Double(number) => Ok(Value::Double(-number)),
        Value::Real(number) => Ok(Value::Real(-number)),
        Value::Big(number) => Ok(Value::Big(-number)),
        other => Ok(other.clone()),
    };
    kernel("negative", vec![value], ty, facts, body, true)
}
