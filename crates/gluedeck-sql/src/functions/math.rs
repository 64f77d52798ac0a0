//! Numbers and bits.

use super::arithmetic::division_by_zero;
use super::bits::{Shift, bit_count, from_base, shifted, to_base};
use super::build::kernel;
use super::call::{Body, Call};
use crate::error::{Error, Result};
use crate::session::Facts;
use crate::types::Type;
use crate::value::number::{checked_decimal, divide_rounded, integer_within, power_of_ten};
use crate::value::{Value, extreme};
use datafusion::logical_expr::Expr;
use std::cell::Cell;
use std::sync::Arc;

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("abs", abs),
    ("acos", |call| double(call, f64::acos)),
    ("asin", |call| double(call, f64::asin)),
    ("atan", |call| double(call, f64::atan)),
    ("atan2", |call| Ok(Value::Double(call.double(0).atan2(call.double(1))))),
    ("bit_count", bit_count),
    ("bitwise_and", |call| Ok(Value::Int(call.int(0) & call.int(1)))),
    ("bitwise_left_shift", |call| shifted(call, Shift::Left)),
    ("bitwise_not", |call| Ok(Value::Int(!call.int(0)))),
    ("bitwise_or", |call| Ok(Value::Int(call.int(0) | call.int(1)))),
    ("bitwise_right_shift", |call| shifted(call, Shift::Right)),
    ("bitwise_right_shift_arithmetic", |call| shifted(call, Shift::Arithmetic)),
    ("bitwise_xor", |call| Ok(Value::Int(call.int(0) ^ call.int(1)))),
    ("cbrt", |call| double(call, f64::cbrt)),
    ("ceil", |call| whole(call, f64::ceil, 1)),
    ("ceiling", |call| whole(call, f64::ceil, 1)),
    ("cos", |call| double(call, f64::cos)),
    ("cosh", |call| double(call, f64::cosh)),
    ("degrees", |call| double(call, f64::to_degrees)),
    ("e", |_| Ok(Value::Double(std::f64::consts::E))),
    ("exp", |call| double(call, f64::exp)),
    ("floor", |call| whole(call, f64::floor, -1)),
    ("from_base", from_base),
    ("greatest", |call| Ok(extreme(call.values, true).cloned().unwrap_or(Value::Null))),
    ("infinity", |_| Ok(Value::Double(f64::INFINITY))),
    ("is_finite", |call| Ok(Value::Bool(call.double(0).is_finite()))),
    ("is_infinite", |call| Ok(Value::Bool(call.double(0).is_infinite()))),
    ("is_nan", |call| Ok(Value::Bool(call.double(0).is_nan()))),
    ("least", |call| Ok(extreme(call.values, false).cloned().unwrap_or(Value::Null))),
    ("ln", |call| double(call, f64::ln)),
    ("log", log),
    ("log10", |call| double(call, f64::log10)),
    ("log2", |call| double(call, f64::log2)),
    ("mod", modulus),
    ("nan", |_| Ok(Value::Double(f64::NAN))),
    ("pi", |_| Ok(Value::Double(std::f64::consts::PI))),
    ("pow", power),
    ("power", power),
    ("radians", |call| double(call, f64::to_radians)),
    ("rand", random_number),
    ("random", random_number),
    ("round", round),
    ("sign", sign),
    ("sin", |call| double(call, f64::sin)),
    ("sinh", |call| double(call, f64::sinh)),
    ("sqrt", |call| double(call, f64::sqrt)),
    ("tan", |call| double(call, f64::tan)),
    ("tanh", |call| double(call, f64::tanh)),
    ("to_base", to_base),
    ("truncate", truncate),
    ("width_bucket", width_bucket),
];

fn double(call: &Call<'_>, compute: fn(f64) -> f64) -> Result<Value> {
    Ok(Value::Double(compute(call.double(0))))
}

fn abs(call: &Call<'_>) -> Result<Value> {
    Ok(match call.get(0) {
        Value::Int(number) => {
            Value::Int(integer_within(i128::from(*number).abs(), call.result()).ok_or_else(|| {
                Error::out_of_range(format!("Value {number} is out of range for abs({})", call.result()))
            })?)
        }
        Value::Big(number) => Value::Big(number.abs()),
        Value::Real(number) => Value::Real(number.abs()),
        other => Value::Double(other.as_double().abs()),
    })
}

fn sign(call: &Call<'_>) -> Result<Value> {
    let of_float = |number: f64| if number.is_nan() || number == 0.0 { number } else { number.signum() };
    Ok(match call.get(0) {
        Value::Int(number) => Value::Int(number.signum()),
        Value::Big(number) => Value::Big(number.signum()),
        Value::Real(number) => Value::Real(of_float(f64::from(*number)) as f32),
        other => Value::Double(of_float(other.as_double())),
    })
}

fn scale_of(ty: &Type) -> u8 {
    match ty {
        Type::Decimal(_, scale) => *scale,
        _ => 0,
    }
}

/// `ceil` and `floor`; `up` is the direction of the whole number that a decimal goes to.
fn whole(call: &Call<'_>, compute: fn(f64) -> f64, up: i128) -> Result<Value> {
    Ok(match call.get(0) {
        Value::Int(number) => Value::Int(*number),
        Value::Real(number) => Value::Real(compute(f64::from(*number)) as f32),
        Value::Big(unscaled) => {
            let unit = power_of_ten(u32::from(scale_of(call.ty(0))));
            let floor = unscaled.div_euclid(unit);
            let exact = unscaled.rem_euclid(unit) == 0;
            Value::Big(if up > 0 && !exact { floor + 1 } else { floor })
        }
        other => Value::Double(compute(other.as_double())),
    })
}

fn log(call: &Call<'_>) -> Result<Value> {
    Ok(Value::Double(call.double(1).ln() / call.double(0).ln()))
}

fn power(call: &Call<'_>) -> Result<Value> {
    let (base, exponent) = (call.double(0), call.double(1));
    // Java's `pow` answers NaN where C's answers 1.
    let odd = base.abs() == 1.0 && exponent.is_infinite() || base == 1.0 && exponent.is_nan();
    Ok(Value::Double(if odd { f64::NAN } else { base.powf(exponent) }))
}

fn modulus(call: &Call<'_>) -> Result<Value> {
    Ok(match (call.get(0), call.get(1)) {
        (Value::Int(_), Value::Int(0)) | (Value::Big(_), Value::Big(0)) => return Err(division_by_zero()),
        (Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_rem(*b)),
        (Value::Real(a), Value::Real(b)) => Value::Real(a % b),
        (Value::Big(a), Value::Big(b)) => {
            let (s, t) = (scale_of(call.ty(0)), scale_of(call.ty(1)));
            let scale = s.max(t);
            let raise = |value: i128, by: u8| value.checked_mul(power_of_ten(u32::from(by)));
            match (raise(*a, scale - s), raise(*b, scale - t)) {
                (Some(a), Some(b)) => Value::Big(a % b),
                (Some(a), None) => Value::Big(a),
                _ => return Err(Error::out_of_range("Decimal overflow")),
            }
        }
        (a, b) => Value::Double(a.as_double() % b.as_double()),
    })
}

fn round(call: &Call<'_>) -> Result<Value> {
    let digits = if call.len() > 1 { call.int(1) } else { 0 };
    Ok(match call.get(0) {
        Value::Int(number) => {
            if digits >= 0 {
                return Ok(Value::Int(*number));
            }
            let Some(unit) = u32::try_from(-digits).ok().filter(|digits| *digits < 20).map(power_of_ten) else {
                return Ok(Value::Int(0));
            };
            let rounded = divide_rounded(i128::from(*number), unit) * unit;
            Value::Int(integer_within(rounded, call.result()).ok_or_else(|| {
                Error::out_of_range(match call.result() {
                    Type::Bigint => format!("numerical overflow: {number}"),
                    ty => format!("Out of range for {ty}: {rounded}"),
                })
            })?)
        }
        Value::Big(unscaled) => Value::Big(round_decimal(call, *unscaled, digits)?),
        Value::Real(number) => Value::Real(round_double(f64::from(*number), digits) as f32),
        other => Value::Double(round_double(other.as_double(), digits)),
    })
}

fn round_decimal(call: &Call<'_>, unscaled: i128, digits: i64) -> Result<i128> {
    let own = i64::from(scale_of(call.ty(0)));
    let target = i64::from(scale_of(call.result()));
    let dropped = own - digits;
    let rounded = match dropped {
        ..=0 => unscaled,
        1..=38 => {
            let unit = power_of_ten(dropped as u32);
            divide_rounded(unscaled, unit).checked_mul(unit).ok_or_else(|| Error::out_of_range("decimal overflow"))?
        }
        _ => 0,
    };
    let shown = if target < own { divide_rounded(rounded, power_of_ten((own - target) as u32)) } else { rounded };
    let Type::Decimal(precision, _) = call.result() else { return Ok(shown) };
    checked_decimal(Some(shown), *precision)
}

/// Half away from zero, by the digits that the number shows.
fn round_double(number: f64, digits: i64) -> f64 {
    if !number.is_finite() || number == 0.0 {
        return number;
    }
    if digits > 340 {
        return number;
    }
    if digits < -308 {
        return 0.0;
    }
    let factor = 10f64.powi(digits as i32);
    let scaled = number * factor;
    if !scaled.is_finite() {
        return number;
    }
    let found = scaled.round() / factor;
    if found.is_finite() { found } else { number }
}

fn truncate(call: &Call<'_>) -> Result<Value> {
    let digits = if call.len() > 1 { call.int(1) } else { 0 };
    Ok(match call.get(0) {
        Value::Big(unscaled) => {
            let own = i64::from(scale_of(call.ty(0)));
            let target = i64::from(scale_of(call.result()));
            let dropped = own - digits;
            let cut = match dropped {
                ..=0 => *unscaled,
                1..=38 => unscaled / power_of_ten(dropped as u32) * power_of_ten(dropped as u32),
                _ => 0,
            };
            Value::Big(if target < own { cut / power_of_ten((own - target) as u32) } else { cut })
        }
        Value::Real(number) => Value::Real(number.trunc()),
        Value::Int(number) => Value::Int(*number),
        other => Value::Double(other.as_double().trunc()),
    })
}

thread_local! {
    static STATE: Cell<u64> = Cell::new(
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |since| since.as_nanos() as u64) | 1,
    );
}

/// 64 random bits (splitmix64); not for secrets.
pub(super) fn random_bits() -> u64 {
    STATE.with(|state| {
        let next = state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        state.set(next);
        let mixed = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

fn random_number(call: &Call<'_>) -> Result<Value> {
    let (low, high) = match call.len() {
        0 => return Ok(Value::Double((random_bits() >> 11) as f64 / (1u64 << 53) as f64)),
        1 => (0, call.int(0)),
        _ => (call.int(0), call.int(1)),
    };
    if call.len() == 1 && high <= 0 {
        return Err(Error::argument("bound must be positive"));
    }
    if low >= high {
        return Err(Error::argument("start value must be less than stop value"));
    }
    let span = (i128::from(high) - i128::from(low)) as u128;
    Ok(Value::Int((i128::from(low) + (u128::from(random_bits()) % span) as i128) as i64))
}

fn width_bucket(call: &Call<'_>) -> Result<Value> {
    let operand = call.double(0);
    if call.len() == 2 {
        let bins = call.array(1);
        if bins.is_empty() {
            return Err(Error::argument("Bins cannot be an empty array"));
        }
        if operand.is_nan() {
            return Err(Error::argument("Operand cannot be NaN"));
        }
        if bins.iter().any(|bin| bin.is_null() || !bin.as_double().is_finite()) {
            return Err(Error::argument(match bins.iter().find(|bin| bin.is_null()) {
                Some(_) => "Bin values cannot be NULL".to_owned(),
                None => {
                    let bin = bins.iter().map(Value::as_double).find(|bin| !bin.is_finite()).unwrap_or(f64::NAN);
                    format!("Bin value must be finite, got {}", crate::value::number::double_text(bin))
                }
            }));
        }
        if bins.windows(2).any(|pair| pair[0].as_double() > pair[1].as_double()) {
            return Err(Error::argument("Bin values are not sorted in ascending order"));
        }
        return Ok(Value::Int(bins.iter().filter(|bin| bin.as_double() <= operand).count() as i64));
    }
    let (low, high, count) = (call.double(1), call.double(2), call.int(3));
    if count <= 0 {
        return Err(Error::argument("bucketCount must be greater than 0"));
    }
    if operand.is_nan() {
        return Err(Error::argument("operand must not be NaN"));
    }
    if !low.is_finite() {
        return Err(Error::argument("first bound must be finite"));
    }
    if !high.is_finite() {
        return Err(Error::argument("second bound must be finite"));
    }
    if low == high {
        return Err(Error::argument("bounds cannot equal each other"));
    }
    let (below, above) = if low < high { (operand < low, operand >= high) } else { (operand > low, operand <= high) };
    if below {
        return Ok(Value::Int(0));
    }
    if above {
        let beyond = count.checked_add(1);
        return beyond.map(Value::Int).ok_or_else(|| {
            Error::out_of_range(format!(
                "Bucket for value {} is out of range",
                crate::value::number::double_text(operand)
            ))
        });
    }
    Ok(Value::Int((count as f64 * (operand - low).abs() / (high - low).abs() + 1.0) as i64))
}

/// A number of at least 0 and less than 1, another one each row.
pub(crate) fn random(facts: &Arc<Facts>) -> Expr {
    kernel("random", Vec::new(), Type::Double, facts, random_number, false).expr
}
