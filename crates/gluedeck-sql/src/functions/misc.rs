//! UUIDs, addresses, colors, sizes, `format`, and what the session answers.

use super::call::{Body, Call};
use crate::error::{Error, Result};
use crate::value::number::{double_text, power_of_ten};
use crate::value::{Value, text};

pub(super) const FUNCTIONS: &[(&str, Body)] = &[
    ("bar", bar),
    ("color", color),
    ("cosine_distance", |call| {
        Ok(match cosine_similarity(call)? {
            Value::Double(similarity) => Value::Double(1.0 - similarity),
            unknown => unknown,
        })
    }),
    ("cosine_similarity", cosine_similarity),
    ("current_groups", |_| Ok(Value::Array(Vec::new()))),
    ("format", super::format_java::format),
    ("format_number", format_number),
    ("parse_data_size", parse_data_size),
    ("parse_presto_data_size", parse_data_size),
    ("render", render),
    ("rgb", rgb),
    ("uuid", uuid),
    ("version", |_| Ok(Value::text("athena-3"))),
];

fn uuid(_: &Call<'_>) -> Result<Value> {
    let mut bytes = [0u8; 16];
    bytes[..8].copy_from_slice(&super::math::random_bits().to_be_bytes());
    bytes[8..].copy_from_slice(&super::math::random_bits().to_be_bytes());
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Ok(Value::Bytes(bytes.to_vec()))
}

const SYSTEM_COLORS: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

fn color(call: &Call<'_>) -> Result<Value> {
    if call.len() == 1 {
        return parse_color(call.text(0)).map(Value::Int);
    }
    let (value, low, high, from, to) = if call.len() == 3 {
        (call.double(0), 0.0, 1.0, call.int(1), call.int(2))
    } else {
        (call.double(0), call.double(1), call.double(2), call.int(3), call.int(4))
    };
    let fraction = ((value - low) / (high - low)).clamp(0.0, 1.0);
    mixed(fraction, from, to).map(Value::Int)
}

fn parse_color(name: &str) -> Result<i64> {
    let invalid = || Error::argument(format!("Invalid color: '{name}'"));
    let lower = name.to_lowercase();
    if let Some(index) = SYSTEM_COLORS.iter().position(|own| *own == lower) {
        return Ok(-(index as i64) - 1);
    }
    let digits = name.strip_prefix('#').filter(|digits| digits.len() == 3 && digits.is_ascii()).ok_or_else(invalid)?;
    let mut value = 0;
    for digit in digits.chars() {
        let digit = i64::from(digit.to_digit(16).ok_or_else(invalid)?);
        value = value << 8 | digit << 4 | digit;
    }
    Ok(value)
}

fn mixed(fraction: f64, from: i64, to: i64) -> Result<i64> {
    for (color, name) in [(from, "lowColor"), (to, "highColor")] {
        if color < 0 {
            return Err(Error::argument(format!("{name} not a valid RGB color")));
        }
    }
    let (a, b) = (hue(from), hue(to));
    let fraction = fraction as f32;
    let mix = |index: usize| fraction * (b[index] - a[index]) + a[index];
    Ok(from_hue(mix(0), mix(1), mix(2)))
}

/// Hue, saturation and brightness, as `java.awt.Color` has them.
fn hue(color: i64) -> [f32; 3] {
    let part = |shift: i64| (color >> shift & 0xff) as f32;
    let (red, green, blue) = (part(16), part(8), part(0));
    let (high, low) = (red.max(green).max(blue), red.min(green).min(blue));
    let saturation = if high == 0.0 { 0.0 } else { (high - low) / high };
    let mut hue = 0.0;
    if saturation != 0.0 {
        let away = |part: f32| (high - part) / (high - low);
        hue = if red == high {
            away(blue) - away(green)
        } else if green == high {
            2.0 + away(red) - away(blue)
        } else {
            4.0 + away(green) - away(red)
        } / 6.0;
        if hue < 0.0 {
            hue += 1.0;
        }
    }
    [hue, saturation, high / 255.0]
}

fn from_hue(hue: f32, saturation: f32, brightness: f32) -> i64 {
    let byte = |part: f32| (part * 255.0 + 0.5) as i64;
    if saturation == 0.0 {
        let grey = byte(brightness);
        return grey << 16 | grey << 8 | grey;
    }
    let sixth = (hue - hue.floor()) * 6.0;
    let rest = sixth - sixth.floor();
    let p = brightness * (1.0 - saturation);
    let q = brightness * (1.0 - saturation * rest);
    let t = brightness * (1.0 - saturation * (1.0 - rest));
    let (red, green, blue) = match sixth as i64 {
        0 => (brightness, t, p),
        1 => (q, brightness, p),
        2 => (p, brightness, t),
        3 => (p, q, brightness),
        4 => (t, p, brightness),
        _ => (brightness, p, q),
    };
    byte(red) << 16 | byte(green) << 8 | byte(blue)
}

fn rgb(call: &Call<'_>) -> Result<Value> {
    for (index, name) in ["red", "green", "blue"].iter().enumerate() {
        if !(0..=255).contains(&call.int(index)) {
            return Err(Error::argument(format!("{name} must be between 0 and 255")));
        }
    }
    Ok(Value::Int(call.int(0) << 16 | call.int(1) << 8 | call.int(2)))
}

/// The terminal's sequence for a color: one of its own, or the nearest of its cube.
fn escape(color: i64) -> String {
    let step = |shift: i64| (color >> shift & 0xff) * 6 / 256;
    let index = if color < 0 { -color - 1 } else { 16 + step(16) * 36 + step(8) * 6 + step(0) };
    format!("\u{1b}[38;5;{index}m")
}

fn render(call: &Call<'_>) -> Result<Value> {
    let (shown, color) = match call.get(0) {
        Value::Bool(value) => {
            // The terminal's own green and red.
            (if *value { "✓" } else { "✗" }.to_owned(), if *value { -3 } else { -2 })
        }
        value => (text(value, call.ty(0)).unwrap_or_default(), call.int(1)),
    };
    Ok(Value::Text(format!("{}{shown}\u{1b}[0m", escape(color))))
}

fn bar(call: &Call<'_>) -> Result<Value> {
    let (from, to) = if call.len() > 2 { (call.int(2), call.int(3)) } else { (0xff_0000, 0x00_ff00) };
    let width = call.int(1).max(0);
    if from < 0 || to < 0 {
        return Err(Error::argument("color is not a valid rgb value"));
    }
    let filled = ((width as f64 * call.double(0)) as i64).clamp(0, width);
    let mut found = String::new();
    for index in 0..filled {
        let color = mixed(index as f64 / (width as f64 - 1.0), from, to)?;
        found.push_str(&escape(color));
        found.push('█');
    }
    found.push_str("\u{1b}[0m");
    found.push_str(&" ".repeat((width - filled) as usize));
    Ok(Value::Text(found))
}

fn cosine_similarity(call: &Call<'_>) -> Result<Value> {
    type Vector = Vec<(Value, f64)>;
    let (a, b): (Vector, Vector) = match (call.get(0), call.get(1)) {
        (Value::Map(a), Value::Map(b)) => {
            if a.iter().chain(b).any(|(_, value)| value.is_null()) {
                return Ok(Value::Null);
            }
            let pairs =
                |map: &[(Value, Value)]| map.iter().map(|(key, value)| (key.clone(), value.as_double())).collect();
            (pairs(a), pairs(b))
        }
        _ => {
            let (a, b) = (call.array(0), call.array(1));
            if a.len() != b.len() {
                return Err(Error::argument("The arguments must have the same length"));
            }
            if a.iter().chain(b).any(Value::is_null) {
                return Ok(Value::Null);
            }
            let pairs = |items: &[Value]| {
                items.iter().enumerate().map(|(i, value)| (Value::Int(i as i64), value.as_double())).collect()
            };
            (pairs(a), pairs(b))
        }
    };
    let length = |vector: &[(Value, f64)]| vector.iter().map(|(_, value)| value * value).sum::<f64>().sqrt();
    let product: f64 = a
        .iter()
        .filter_map(|(key, value)| b.iter().find(|(other, _)| other == key).map(|(_, other)| value * other))
        .sum();
    let (x, y) = (length(&a), length(&b));
    Ok(Value::Double(product / (x * y) + 0.0))
}

fn parse_data_size(call: &Call<'_>) -> Result<Value> {
    let given = call.text(0);
    let invalid = || Error::argument(format!("Invalid data size: '{given}'"));
    let end = given.find(|c: char| !(c.is_ascii_digit() || c == '.')).ok_or_else(invalid)?;
    let (number, unit) = given.split_at(end);
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
    let power = units.iter().position(|own| *own == unit).ok_or_else(invalid)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    let scale = fraction.len() as u32;
    let digits: i128 = format!("0{whole}{fraction}").parse().map_err(|_| invalid())?;
    let too_large = || Error::out_of_range(format!("Value out of range: '{given}' ('{given}B')"));
    let bytes = digits.checked_mul(1i128 << (10 * power)).ok_or_else(too_large)? / power_of_ten(scale);
    crate::value::number::checked_decimal(Some(bytes), 38).map(Value::Big).map_err(|_| too_large())
}

fn format_number(call: &Call<'_>) -> Result<Value> {
    let mut value = call.double(0);
    if !value.is_finite() {
        return Ok(Value::Text(double_text(value).replace("Infinity", "∞")));
    }
    let units = ["", "K", "M", "B", "T", "Q"];
    let mut unit = 0;
    while value.abs() >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 {
        return Ok(Value::Text(format!("{}", value.trunc() as i64)));
    }
    // Negative ones always have two digits after the point: Trino compares without regard to the sign.
    let digits = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    let rounded = round_half_even(value, digits);
    let shown = format!("{rounded:.digits$}");
    let shown = if shown.contains('.') { shown.trim_end_matches('0').trim_end_matches('.') } else { &shown };
    Ok(Value::Text(format!("{shown}{}", units[unit])))
}

fn round_half_even(value: f64, digits: usize) -> f64 {
    let factor = 10f64.powi(digits as i32);
    let scaled = value * factor;
    let floor = scaled.floor();
    let rest = scaled - floor;
    let up = rest > 0.5 || (rest == 0.5 && floor % 2.0 != 0.0);
    (if up { floor + 1.0 } else { floor }) / factor
}
