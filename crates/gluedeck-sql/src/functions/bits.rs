//! Bits, and numbers in other bases.

use super::call::Call;
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::Value;

pub(super) fn radix(number: i64) -> Result<u32> {
    match u32::try_from(number) {
        Ok(radix) if (2..=36).contains(&radix) => Ok(radix),
        _ => Err(Error::argument("Radix must be between 2 and 36")),
    }
}

pub(super) fn from_base(call: &Call<'_>) -> Result<Value> {
    let radix = radix(call.int(1))?;
    let text = call.text(0);
    let number = i64::from_str_radix(text, radix);
    number.map(Value::Int).map_err(|_| Error::argument(format!("Not a valid base-{radix} number: {text}")))
}

pub(super) fn to_base(call: &Call<'_>) -> Result<Value> {
    let radix = radix(call.int(1))?;
    let number = call.int(0);
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((rest % u64::from(radix)) as u32, radix).unwrap_or('0'));
        rest /= u64::from(radix);
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        digits.push('-');
    }
    Ok(Value::Text(digits.into_iter().rev().collect()))
}

pub(super) enum Shift {
    Left,
    Right,
    Arithmetic,
}

pub(super) fn bits_of(ty: &Type) -> u32 {
    match ty {
        Type::Tinyint => 8,
        Type::Smallint => 16,
        Type::Integer => 32,
        _ => 64,
    }
}

/// A number's bits moved; what leaves its width is lost.
pub(super) fn shifted(call: &Call<'_>, shift: Shift) -> Result<Value> {
    let bits = bits_of(call.ty(0));
    let (number, by) = (call.int(0), call.int(1));
    let mask = if bits == 64 { u64::MAX } else { (1u64 << bits) - 1 };
    let own = number as u64 & mask;
    let far = by < 0 || by >= i64::from(bits);
    let found = match shift {
        Shift::Arithmetic => return Ok(Value::Int(if far { if number < 0 { -1 } else { 0 } } else { number >> by })),
        _ if far => 0,
        Shift::Left => (own << by) & mask,
        Shift::Right => own >> by,
    };
    // The highest bit is the sign.
    Ok(Value::Int(((found << (64 - bits)) as i64) >> (64 - bits)))
}

pub(super) fn bit_count(call: &Call<'_>) -> Result<Value> {
    let (number, bits) = (call.int(0), call.int(1));
    if !(2..=64).contains(&bits) {
        return Err(Error::argument(format!("Bits specified in bit_count must be between 2 and 64, got {bits}")));
    }
    if bits == 64 {
        return Ok(Value::Int(i64::from(number.count_ones())));
    }
    let (low, high) = (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1);
    if !(low..=high).contains(&number) {
        let message = format!(
            "Number must be representable with the bits specified. {number} cannot be represented with {bits} bits"
        );
        return Err(Error::argument(message));
    }
    Ok(Value::Int(i64::from((number as u64 & ((1u64 << bits) - 1)).count_ones())))
}
