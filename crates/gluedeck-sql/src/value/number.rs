//! Numbers as text, and decimals.

use crate::error::{Error, Result};
use crate::types::Type;

/// Ten to a power, up to 38.
pub(crate) fn power_of_ten(exponent: u32) -> i128 {
    10i128.pow(exponent.min(38))
}

/// A double as Java writes it: `1.0`, `1.0E10`, `NaN`.
pub(crate) fn double_text(value: f64) -> String {
    let shortest = format!("{value:e}");
    let longer = format!("{value:.1e}");
    // Of the smallest number Java writes two digits: 4.9E-324.
    let exact = !shortest.contains('.') && longer.parse() == Ok(value) && value.abs() <= f64::from_bits(1);
    java_text(value, if exact { longer } else { shortest })
}

pub(crate) fn real_text(value: f32) -> String {
    let shortest = format!("{value:e}");
    let longer = format!("{value:.1e}");
    let exact = !shortest.contains('.') && longer.parse() == Ok(value) && value.abs() <= f32::from_bits(1);
    java_text(f64::from(value), if exact { longer } else { shortest })
}

/// A double as a cast writes it, always with an exponent: `1.0E0`, `1.2E3` (Trino since its release 369).
pub(crate) fn double_with_exponent(value: f64) -> String {
    with_exponent(&double_text(value), &format!("{value:e}"))
}

/// The same of a real.
pub(crate) fn real_with_exponent(value: f32) -> String {
    with_exponent(&real_text(value), &format!("{value:e}"))
}

fn with_exponent(plain: &str, scientific: &str) -> String {
    match scientific.split_once('e') {
        // 0E0, and what is no number.
        Some((digits @ ("0" | "-0"), _)) => format!("{digits}E0"),
        None => plain.to_owned(),
        Some((digits, exponent)) => {
            // The digits of the smallest numbers are those that Java writes.
            let digits = plain.split_once('E').map_or(digits, |(digits, _)| digits);
            let point = if digits.contains('.') { "" } else { ".0" };
            format!("{digits}{point}E{exponent}")
        }
    }
}

fn java_text(value: f64, scientific: String) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0.0".into() } else { "0.0".into() };
    }
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let digits: String = digits.chars().filter(|c| *c != '.').collect();
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    if (-3..7).contains(&exponent) {
        let text = if exponent < 0 {
            format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1))
        } else {
            let whole = exponent as usize + 1;
            let padded = format!("{digits:0<whole$}");
            let (before, after) = padded.split_at(whole);
            format!("{before}.{}", if after.is_empty() { "0" } else { after })
        };
        return format!("{sign}{text}");
    }
    let (first, rest) = digits.split_at(1);
    format!("{sign}{first}.{}E{exponent}", if rest.is_empty() { "0" } else { rest })
}

/// A decimal with its digits after the point.
pub(crate) fn decimal_text(unscaled: i128, scale: u8) -> String {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = unscaled.unsigned_abs().to_string();
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let scale = usize::from(scale);
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

/// Another scale, rounding half away from zero. `None` if it is too large for 128 bits.
pub(crate) fn rescale(unscaled: i128, from: u8, to: u8) -> Option<i128> {
    if to >= from {
        return unscaled.checked_mul(power_of_ten(u32::from(to - from)));
    }
    Some(divide_rounded(unscaled, power_of_ten(u32::from(from - to))))
}

/// A quotient, rounded half away from zero. The divisor is not zero.
pub(crate) fn divide_rounded(dividend: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    let half_up = rest.unsigned_abs() >= divisor.unsigned_abs() - rest.unsigned_abs();
    if rest != 0 && half_up { quotient + if (dividend < 0) == (divisor < 0) { 1 } else { -1 } } else { quotient }
}

pub(crate) fn fits(unscaled: i128, precision: u8) -> bool {
    unscaled.unsigned_abs() < power_of_ten(u32::from(precision)).unsigned_abs()
}

/// The decimal of a literal, with the precision and scale that its digits have. `None` if it is none, or too long.
pub(crate) fn parse_decimal(text: &str) -> Option<(i128, Type)> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let precision = (whole.len() + fraction.len()).max(1);
    if precision > 38 {
        return None;
    }
    let unscaled: i128 = format!("0{whole}{fraction}").parse().ok()?;
    Some((sign * unscaled, Type::Decimal(precision as u8, fraction.len() as u8)))
}

/// A text as a decimal of a type, for casts: `1e2` too. `None` if it is no number.
pub(crate) fn text_to_decimal(text: &str, precision: u8, scale: u8) -> Option<Option<i128>> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].strip_prefix('+').unwrap_or(&text[at + 1..]).parse::<i32>().ok()?),
        None => (text, 0),
    };
    let negative = mantissa.starts_with('-');
    let digits = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: String = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Digits after the point that would be there, against those that may be.
    let shift = i64::from(scale) - fraction.len() as i64 + i64::from(exponent);
    let all = all.trim_start_matches('0');
    let value = if all.is_empty() {
        Some(0)
    } else if shift >= 0 {
        if all.len() as i64 + shift > 38 {
            None
        } else {
            all.parse::<i128>().ok().and_then(|value| value.checked_mul(power_of_ten(shift as u32)))
        }
    } else {
        let cut = usize::try_from(-shift).unwrap_or(usize::MAX);
        if cut > all.len() {
            Some(0)
        } else {
            let (kept, dropped) = all.split_at(all.len() - cut);
            let round_up = dropped.as_bytes().first().is_some_and(|digit| *digit >= b'5');
            let kept: i128 = if kept.is_empty() { Some(0) } else { kept.parse().ok() }.unwrap_or(i128::MAX);
            kept.checked_add(i128::from(round_up))
        }
    };
    let value = value.filter(|value| fits(*value, precision));
    Some(value.map(|value| if negative { -value } else { value }))
}

/// A double as a decimal, by its shortest text (Java's `BigDecimal.valueOf`), rounded half up.
pub(crate) fn double_to_decimal(value: f64, precision: u8, scale: u8) -> Option<i128> {
    if !value.is_finite() {
        return None;
    }
    text_to_decimal(&format!("{value:e}"), precision, scale).flatten()
}

/// A real as a decimal, by its shortest text.
pub(crate) fn real_to_decimal(value: f32, precision: u8, scale: u8) -> Option<i128> {
    if !value.is_finite() {
        return None;
    }
    text_to_decimal(&format!("{value:e}"), precision, scale).flatten()
}

/// A decimal as a double.
pub(crate) fn decimal_to_double(unscaled: i128, scale: u8) -> f64 {
    decimal_text(unscaled, scale).parse().unwrap_or(f64::NAN)
}

/// A whole number within the bounds of a type.
pub(crate) fn integer_within(value: i128, ty: &Type) -> Option<i64> {
    let (low, high) = match ty {
        Type::Tinyint => (i64::from(i8::MIN), i64::from(i8::MAX)),
        Type::Smallint => (i64::from(i16::MIN), i64::from(i16::MAX)),
        Type::Integer | Type::IntervalYear => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    i64::try_from(value).ok().filter(|value| (low..=high).contains(value))
}

/// A result that must fit a decimal of 38 digits.
pub(crate) fn checked_decimal(value: Option<i128>, precision: u8) -> Result<i128> {
    value.filter(|value| fits(*value, precision)).ok_or_else(|| Error::out_of_range("Decimal overflow"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_java_does() {
        for (value, text) in [
            (1.0, "1.0"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (123.456, "123.456"),
            (-1.5e-10, "-1.5E-10"),
            (f64::INFINITY, "Infinity"),
            (-0.0, "-0.0"),
        ] {
            assert_eq!(double_text(value), text);
        }
        assert_eq!(real_text(0.1), "0.1");
        for (value, text) in [
            (0.0, "0E0"),
            (-0.0, "-0E0"),
            (1.0, "1.0E0"),
            (12e2, "1.2E3"),
            (17.1, "1.71E1"),
            (-0.05, "-5.0E-2"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::from_bits(1), "4.9E-324"),
        ] {
            assert_eq!(double_with_exponent(value), text);
        }
    }

    #[test]
    fn decimals_round_half_away_from_zero() {
        assert_eq!(divide_rounded(5, 2), 3);
        assert_eq!(divide_rounded(-5, 2), -3);
        assert_eq!(divide_rounded(4, 3), 1);
        assert_eq!(text_to_decimal("2.345", 10, 2), Some(Some(235)));
        assert_eq!(text_to_decimal("-0.005", 10, 2), Some(Some(-1)));
        assert_eq!(text_to_decimal("1e2", 10, 1), Some(Some(1000)));
        assert_eq!(text_to_decimal("12345", 4, 0), Some(None));
        assert_eq!(text_to_decimal("x", 4, 0), None);
        assert_eq!(decimal_text(-5, 2), "-0.05");
    }
}
