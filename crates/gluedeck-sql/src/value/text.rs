//! A value as Athena's results write it.

use super::Value;
use super::number::{decimal_text, double_text, real_text};
use super::time::{date_text, day_interval_text, time_text, timestamp_text, year_interval_text, zoned_text};
use crate::types::Type;

/// The text of a value; NULL, which results write as nothing at all, is `None`. Inside an array, a map or a row it is `null`.
pub fn text(value: &Value, ty: &Type) -> Option<String> {
    Some(match (value, ty) {
        (Value::Null, _) => return None,
        (Value::Bool(value), _) => value.to_string(),
        (Value::Int(value), Type::Date) => date_text(*value),
        (Value::Int(value), Type::Time(precision)) => time_text(i128::from(*value), *precision),
        (Value::Int(value), Type::IntervalDay) => day_interval_text(*value),
        (Value::Int(value), Type::IntervalYear) => year_interval_text(*value),
        (Value::Int(value), Type::Color) => color_text(*value),
        (Value::Int(value), _) => value.to_string(),
        (Value::Real(value), _) => real_text(*value),
        (Value::Double(value), _) => double_text(*value),
        (Value::Big(value), Type::Decimal(_, scale)) => decimal_text(*value, *scale),
        (Value::Big(value), Type::Timestamp(precision)) => timestamp_text(*value, *precision),
        (Value::Big(value), _) => value.to_string(),
        (Value::Zoned { picos, zone }, Type::TimeTz(precision)) => {
            let local = zone.to_local(*picos).rem_euclid(super::time::PICOS_PER_DAY);
            format!("{}{}", time_text(local, *precision), offset_text(zone.offset_at(0)))
        }
        (Value::Zoned { picos, zone }, Type::TimestampTz(precision)) => zoned_text(*picos, *zone, *precision),
        (Value::Zoned { picos, .. }, _) => picos.to_string(),
        (Value::Text(text), Type::Char(length)) => padded(text, *length),
        (Value::Text(text), _) => text.clone(),
        (Value::Bytes(bytes), Type::Uuid) => uuid_text(bytes),
        (Value::Bytes(bytes), Type::IpAddress) => ip_text(bytes),
        (Value::Bytes(bytes), _) => hex_pairs(bytes),
        (Value::Array(items), ty) => {
            let element = match ty {
                Type::Array(element) => element,
                other => other,
            };
            let items: Vec<String> = items.iter().map(|item| nested(item, element)).collect();
            format!("[{}]", items.join(", "))
        }
        (Value::Map(entries), Type::Map(key, of)) => {
            let entry = |(k, v): &(Value, Value)| format!("{}={}", nested(k, key), nested(v, of));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        (Value::Row(items), Type::Row(fields)) => {
            let field = |(index, (value, (name, ty))): (usize, (&Value, &(Option<String>, Type)))| match name {
                Some(name) => format!("{name}={}", nested(value, ty)),
                None => format!("field{index}={}", nested(value, ty)),
            };
            let fields: Vec<String> = items.iter().zip(fields).enumerate().map(field).collect();
            format!("{{{}}}", fields.join(", "))
        }
        (Value::Map(_) | Value::Row(_), _) => String::new(),
    })
}

fn nested(value: &Value, ty: &Type) -> String {
    text(value, ty).unwrap_or_else(|| "null".to_owned())
}

/// Filled up with blanks.
pub(crate) fn padded(text: &str, length: u32) -> String {
    let missing = (length as usize).saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}

fn offset_text(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

pub(crate) fn hex_pairs(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

pub(crate) fn uuid_text(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match hex.len() {
        32 => format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]),
        _ => hex,
    }
}

pub(crate) fn ip_text(bytes: &[u8]) -> String {
    let Ok(octets) = <[u8; 16]>::try_from(bytes) else { return hex_pairs(bytes) };
    let address = std::net::Ipv6Addr::from(octets);
    match address.to_ipv4_mapped() {
        Some(address) => address.to_string(),
        None => address.to_string(),
    }
}

pub(crate) fn color_text(value: i64) -> String {
    const SYSTEM: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
    match usize::try_from(-value - 1) {
        Ok(index) if index < SYSTEM.len() => SYSTEM[index].to_owned(),
        _ => format!("#{value:06x}"),
    }
}
