//! Java's `Formatter`: `%5.2f`, `%,d`, `%-10s` and the others.

use super::call::Call;
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::Value;
use crate::value::number::decimal_text;
use crate::value::text;
use crate::value::time::{Day, PICOS_PER_DAY};
use crate::value::zone::PICOS;

/// One `%…` of a pattern.
struct Directive {
    index: Option<usize>,
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
    conversion: char,
    /// The letter after `t`.
    part: Option<char>,
    text: String,
}

fn print(pattern: &str, values: &[Value], types: &[Type]) -> Result<String> {
    let invalid = |why: String| Error::argument(format!("Invalid format string: {pattern} ({why})"));
    let mut found = String::new();
    let mut rest = pattern;
    let mut next = 0;
    let mut last = 0;
    while let Some(at) = rest.find('%') {
        found.push_str(&rest[..at]);
        let (directive, after) = directive(&rest[at..]).ok_or_else(|| {
            let shown: String = rest[at..].chars().take(2).collect();
            invalid(format!("UnknownFormatConversion: Conversion = '{}'", &shown[1..]))
        })?;
        rest = after;
        match directive.conversion {
            'n' => found.push('\n'),
            '%' => found.push_str(&padded("%", &directive)),
            _ => {
                let index = match directive.index {
                    _ if directive.flags.contains('<') => last,
                    Some(index) => index - 1,
                    None => {
                        next += 1;
                        next - 1
                    }
                };
                last = index;
                let (Some(value), Some(ty)) = (values.get(index), types.get(index)) else {
                    return Err(invalid(format!("MissingFormatArgument: Format specifier '{}'", directive.text)));
                };
                found.push_str(&shown(&directive, value, ty).map_err(invalid)?);
            }
        }
    }
    found.push_str(rest);
    Ok(found)
}

fn directive(text: &str) -> Option<(Directive, &str)> {
    let mut at = 1;
    let digits = |at: usize| text[at..].bytes().take_while(u8::is_ascii_digit).count();
    let mut index = None;
    let count = digits(at);
    if count > 0 && text[at + count..].starts_with('$') {
        index = text[at..at + count].parse().ok().filter(|index| *index > 0);
        at += count + 1;
    }
    let flags: String = text[at..].chars().take_while(|c| "-#+ 0,(<".contains(*c)).collect();
    at += flags.len();
    let count = digits(at);
    let width = text[at..at + count].parse().ok();
    at += count;
    let mut precision = None;
    if text[at..].starts_with('.') {
        let count = digits(at + 1);
        precision = Some(text[at + 1..at + 1 + count].parse().ok()?);
        at += count + 1;
    }
    let conversion = text[at..].chars().next()?;
    at += conversion.len_utf8();
    let mut part = None;
    if matches!(conversion, 't' | 'T') {
        part = text[at..].chars().next();
        at += part?.len_utf8();
    }
    if !"bBhHsScCdoxXeEfgGaAtT%n".contains(conversion) {
        return None;
    }
    Some((Directive { index, flags, width, precision, conversion, part, text: text[..at].to_owned() }, &text[at..]))
}

fn padded(text: &str, directive: &Directive) -> String {
    let width = directive.width.unwrap_or(0);
    let count = text.chars().count();
    if count >= width {
        return text.to_owned();
    }
    let fill = " ".repeat(width - count);
    if directive.flags.contains('-') { text.to_owned() + &fill } else { fill + text }
}

fn shown(directive: &Directive, value: &Value, ty: &Type) -> std::result::Result<String, String> {
    let upper = directive.conversion.is_ascii_uppercase();
    let mismatch = || format!("IllegalFormatConversion: {} != {}", directive.conversion, java_type(ty));
    let text = match directive.conversion.to_ascii_lowercase() {
        'b' => match value {
            Value::Null => "false".to_owned(),
            Value::Bool(value) => value.to_string(),
            _ => "true".to_owned(),
        },
        's' => {
            let whole = plain(value, ty);
            let whole = match (value, ty) {
                (Value::Null, _) => "null".to_owned(),
                _ => whole,
            };
            match directive.precision {
                Some(precision) => whole.chars().take(precision).collect(),
                None => whole,
            }
        }
        _ if value.is_null() => "null".to_owned(),
        'd' => match value {
            Value::Int(number) if ty.is_integer() => {
                return Ok(cased(signed(directive, &number.unsigned_abs().to_string(), *number < 0), upper));
            }
            _ => return Err(mismatch()),
        },
        'x' | 'o' => match value {
            Value::Int(number) if ty.is_integer() => {
                let bits = match ty {
                    Type::Bigint => *number as u64,
                    Type::Integer => u64::from(*number as u32),
                    Type::Smallint => u64::from(*number as u16),
                    _ => u64::from(*number as u8),
                };
                let digits = if directive.conversion == 'o' { format!("{bits:o}") } else { format!("{bits:x}") };
                return Ok(cased(signed(directive, &digits, false), upper));
            }
            _ => return Err(mismatch()),
        },
        'f' | 'e' | 'g' => {
            let (digits, negative) = number(directive, value, ty).ok_or_else(mismatch)?;
            return Ok(cased(signed(directive, &digits, negative), upper));
        }
        'c' => match value {
            Value::Int(number) => {
                u32::try_from(*number).ok().and_then(char::from_u32).map(String::from).ok_or_else(mismatch)?
            }
            _ => return Err(mismatch()),
        },
        't' => moment(directive.part.unwrap_or(' '), value, ty).ok_or_else(mismatch)?,
        _ => return Err(mismatch()),
    };
    Ok(cased(padded(&text, directive), upper))
}

fn cased(text: String, upper: bool) -> String {
    if upper { text.to_uppercase() } else { text }
}

fn java_type(ty: &Type) -> &'static str {
    match ty {
        Type::Varchar(_) | Type::Char(_) => "java.lang.String",
        Type::Double => "java.lang.Double",
        Type::Real => "java.lang.Float",
        Type::Boolean => "java.lang.Boolean",
        Type::Decimal(..) => "java.math.BigDecimal",
        _ => "java.lang.Long",
    }
}

/// Digits with a sign, groups and zeros as the flags say.
fn signed(directive: &Directive, digits: &str, negative: bool) -> String {
    let has = |flag: char| directive.flags.contains(flag);
    let grouped = if has(',') { grouped(digits) } else { digits.to_owned() };
    let (before, after) = match (negative, has('('), has('+'), has(' ')) {
        (true, true, ..) => ("(", ")"),
        (true, ..) => ("-", ""),
        (false, _, true, _) => ("+", ""),
        (false, _, _, true) => (" ", ""),
        _ => ("", ""),
    };
    let length = before.len() + grouped.len() + after.len();
    let zeros = match directive.width {
        Some(width) if has('0') && width > length => "0".repeat(width - length),
        _ => String::new(),
    };
    padded(&format!("{before}{zeros}{grouped}{after}"), directive)
}

fn grouped(digits: &str) -> String {
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut found = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            found.push(',');
        }
        found.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{found}.{fraction}"),
        None => found,
    }
}

/// The digits of a number without its sign.
fn number(directive: &Directive, value: &Value, ty: &Type) -> Option<(String, bool)> {
    let precision = directive.precision.unwrap_or(6);
    let float = match (value, ty) {
        (Value::Double(value), _) => *value,
        (Value::Real(value), _) => value.to_string().parse().ok()?,
        (Value::Big(unscaled), Type::Decimal(_, scale)) => {
            if directive.conversion == 'f' {
                let scaled = crate::value::number::rescale(*unscaled, *scale, precision.min(38) as u8)?;
                return Some((decimal_text(scaled.abs(), precision.min(38) as u8), *unscaled < 0));
            }
            decimal_text(*unscaled, *scale).parse().ok()?
        }
        _ => return None,
    };
    if !float.is_finite() {
        return Some((crate::value::number::double_text(float.abs()), float < 0.0));
    }
    let absolute = float.abs();
    let exponent_form = |precision: usize| {
        let text = format!("{absolute:.precision$e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    };
    let digits = match directive.conversion.to_ascii_lowercase() {
        'f' => half_up(absolute, precision),
        'e' => exponent_form(precision),
        _ => {
            let precision = precision.max(1);
            if absolute != 0.0 && (absolute < 1e-4 || absolute >= 10f64.powi(precision as i32)) {
                exponent_form(precision - 1)
            } else {
                let whole = if absolute < 1.0 { 1 } else { absolute.log10().floor() as usize + 1 };
                half_up(absolute, precision.saturating_sub(whole))
            }
        }
    };
    Some((digits, float.is_sign_negative() && float != 0.0))
}

/// Rounded half up by the shortest digits, as Java does.
fn half_up(value: f64, digits: usize) -> String {
    let shortest = format!("{value}");
    let Some((whole, fraction)) = shortest.split_once('.') else { return format!("{value:.digits$}") };
    if fraction.len() <= digits {
        return format!("{value:.digits$}");
    }
    let kept: i128 = match format!("{whole}{}", &fraction[..digits]).parse() {
        Ok(kept) => kept,
        Err(_) => return format!("{value:.digits$}"),
    };
    let up = fraction.as_bytes()[digits] >= b'5';
    decimal_text(kept + i128::from(up), digits as u8)
}

/// One part of a moment.
fn moment(part: char, value: &Value, ty: &Type) -> Option<String> {
    if !matches!(ty, Type::Date | Type::Timestamp(_) | Type::TimestampTz(_) | Type::Time(_)) {
        return None;
    }
    let local = super::moment::local(value, ty);
    let day = Day::of(local.div_euclid(PICOS_PER_DAY) as i64);
    let clock = local.rem_euclid(PICOS_PER_DAY);
    let seconds = (clock / PICOS) as i64;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let (months, days) = (super::reading::MONTHS, super::reading::DAYS);
    let (month, weekday) = (months[day.month as usize - 1], days[day.day_of_week() as usize - 1]);
    Some(match part {
        'Y' => format!("{:04}", day.year),
        'y' => format!("{:02}", day.year.rem_euclid(100)),
        'm' => format!("{:02}", day.month),
        'd' => format!("{:02}", day.day),
        'e' => day.day.to_string(),
        'j' => format!("{:03}", day.day_of_year()),
        'B' => month.to_owned(),
        'b' | 'h' => month[..3].to_owned(),
        'A' => weekday.to_owned(),
        'a' => weekday[..3].to_owned(),
        'H' => format!("{hour:02}"),
        'I' => format!("{:02}", (hour + 11) % 12 + 1),
        'k' => hour.to_string(),
        'l' => ((hour + 11) % 12 + 1).to_string(),
        'M' => format!("{minute:02}"),
        'S' => format!("{second:02}"),
        'L' => format!("{:03}", clock % PICOS / 1_000_000_000),
        'N' => format!("{:09}", clock % PICOS / 1000),
        'p' => if hour < 12 { "am" } else { "pm" }.to_owned(),
        'R' => format!("{hour:02}:{minute:02}"),
        'T' => format!("{hour:02}:{minute:02}:{second:02}"),
        'r' => format!("{:02}:{minute:02}:{second:02} {}", (hour + 11) % 12 + 1, if hour < 12 { "AM" } else { "PM" }),
        'D' => format!("{:02}/{:02}/{:02}", day.month, day.day, day.year.rem_euclid(100)),
        'F' => format!("{:04}-{:02}-{:02}", day.year, day.month, day.day),
        'c' => {
            let zone = match value {
                Value::Zoned { zone, .. } => zone.to_string(),
                _ => "Z".to_owned(),
            };
            format!(
                "{} {} {:02} {hour:02}:{minute:02}:{second:02} {zone} {:04}",
                &weekday[..3],
                &month[..3],
                day.day,
                day.year
            )
        }
        _ => return None,
    })
}

/// Java's `String.format` with the conversions that values have.
pub(super) fn format(call: &Call<'_>) -> Result<Value> {
    if call.get(0).is_null() {
        return Ok(Value::Null);
    }
    print(call.text(0), &call.values[1..], &call.site.types[1..]).map(Value::Text)
}

/// A value as `format` shows it with `%s`: moments as Java's classes write themselves.
pub(super) fn plain(value: &Value, ty: &Type) -> String {
    // Java's have nine digits.
    let nanos = |picos: i128| crate::value::time::round_to(picos, 9);
    let clock = |picos: i128| {
        let (seconds, nanos) = ((picos / PICOS) as i64, picos % PICOS / 1000);
        let mut text = format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
        if seconds % 60 != 0 || nanos != 0 {
            text.push_str(&format!(":{:02}", seconds % 60));
        }
        let fraction = format!("{nanos:09}");
        match nanos {
            0 => {}
            _ if nanos % 1_000_000 == 0 => text.push_str(&format!(".{}", &fraction[..3])),
            _ if nanos % 1000 == 0 => text.push_str(&format!(".{}", &fraction[..6])),
            _ => text.push_str(&format!(".{fraction}")),
        }
        text
    };
    let local = |at: i128| {
        let date = crate::value::time::date_text(at.div_euclid(PICOS_PER_DAY) as i64);
        format!("{date}T{}", clock(at.rem_euclid(PICOS_PER_DAY)))
    };
    match (value, ty) {
        (Value::Int(time), Type::Time(_)) => clock(nanos(i128::from(*time))),
        (Value::Big(at), Type::Timestamp(_)) => local(nanos(*at)),
        (Value::Zoned { picos, zone }, Type::TimestampTz(_)) => {
            let minutes = zone.offset_at(picos.div_euclid(PICOS) as i64) / 60;
            let sign = if minutes < 0 { '-' } else { '+' };
            let offset = match minutes {
                0 => "Z".to_owned(),
                minutes => format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60),
            };
            let name = zone.to_string();
            let named = if name.starts_with(['+', '-']) { String::new() } else { format!("[{name}]") };
            format!("{}{offset}{named}", local(nanos(zone.to_local(*picos))))
        }
        _ => text(value, ty).unwrap_or_else(|| "null".to_owned()),
    }
}
