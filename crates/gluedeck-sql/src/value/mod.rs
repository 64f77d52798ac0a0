//! One value at a time, for the functions that work row by row: what Arrow holds, as Rust.

mod arrow;
pub(crate) mod number;
mod text;
pub(crate) mod time;
pub(crate) mod zone;

pub(crate) use arrow::{Column, array_of};
pub use text::text;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// A value. Which variant a type has:
///
/// | type | variant |
/// |---|---|
/// | boolean | `Bool` |
/// | whole numbers, color | `Int` |
/// | date | `Int`, days since 1970 |
/// | time | `Int`, picoseconds of the day |
/// | interval day to second; year to month | `Int`, milliseconds; months |
/// | real; double | `Real`; `Double` |
/// | decimal | `Big`, without the point |
/// | timestamp | `Big`, picoseconds since 1970 |
/// | timestamp and time with time zone | `Zoned` |
/// | varchar, char (without the blanks at its end), json | `Text` |
/// | varbinary, uuid, ipaddress, sketches | `Bytes` |
///
/// Values are equal as `IS NOT DISTINCT FROM` tells it: NULL and NULL, NaN and NaN, the same instant in two zones, maps with
/// their entries in another order.
#[derive(Debug, Clone)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Real(f32),
    Double(f64),
    Big(i128),
    Zoned { picos: i128, zone: zone::Zone },
    Text(String),
    Bytes(Vec<u8>),
    Array(Vec<Value>),
    Map(Vec<(Value, Value)>),
    Row(Vec<Value>),
}

impl Value {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }

    /// Whether it is or holds NULL.
    pub(crate) fn has_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Array(items) | Self::Row(items) => items.iter().any(Self::has_null),
            Self::Map(entries) => entries.iter().any(|(_, value)| value.has_null()),
            _ => false,
        }
    }

    pub(crate) fn as_int(&self) -> i64 {
        match self {
            Self::Int(value) => *value,
            Self::Big(value) => *value as i64,
            Self::Bool(value) => i64::from(*value),
            _ => 0,
        }
    }

    pub(crate) fn as_big(&self) -> i128 {
        match self {
            Self::Big(value) | Self::Zoned { picos: value, .. } => *value,
            Self::Int(value) => i128::from(*value),
            _ => 0,
        }
    }

    pub(crate) fn as_double(&self) -> f64 {
        match self {
            Self::Double(value) => *value,
            Self::Real(value) => f64::from(*value),
            Self::Int(value) => *value as f64,
            Self::Big(value) => *value as f64,
            _ => f64::NAN,
        }
    }

    pub(crate) fn as_bool(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    pub(crate) fn as_text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Text(text) => text.as_bytes(),
            _ => &[],
        }
    }

    pub(crate) fn as_array(&self) -> &[Value] {
        match self {
            Self::Array(items) | Self::Row(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn as_map(&self) -> &[(Value, Value)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(_) => 1,
            Self::Real(_) => 2,
            Self::Double(_) => 3,
            Self::Big(_) => 4,
            Self::Zoned { .. } => 5,
            Self::Text(_) => 6,
            Self::Bytes(_) => 7,
            Self::Array(_) => 8,
            Self::Map(_) => 9,
            Self::Row(_) => 10,
            Self::Null => 11,
        }
    }
}

/// `=` of two values: `None` is NULL. NaN is equal to nothing; what holds NULL is unknown unless something else differs.
pub(crate) fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::Double(a), Value::Double(b)) => Some(a == b),
        (Value::Real(a), Value::Real(b)) => Some(a == b),
        (Value::Array(a), Value::Array(b)) if a.len() != b.len() => Some(false),
        (Value::Array(a), Value::Array(b)) | (Value::Row(a), Value::Row(b)) => {
            all_equal(a.iter().zip(b).map(|(a, b)| equal(a, b)))
        }
        (Value::Map(a), Value::Map(b)) if a.len() != b.len() => Some(false),
        (Value::Map(a), Value::Map(b)) => {
            let found = |(key, value): &(Value, Value)| match b.iter().find(|(other, _)| other == key) {
                Some((_, other)) => equal(value, other),
                None => Some(false),
            };
            all_equal(a.iter().map(found))
        }
        _ => Some(a == b),
    }
}

fn all_equal(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            None => known = None,
            Some(true) => {}
        }
    }
    known
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Map(a), Self::Map(b)) => {
                a.len() == b.len() && a.iter().all(|entry| b.iter().any(|other| other == entry))
            }
            _ => self.cmp(other) == Ordering::Equal,
        }
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    /// The order of Trino's ORDER BY within a type: NaN is the largest number, text goes by code points. NULL is last.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Real(a), Self::Real(b)) => order(f64::from(*a), f64::from(*b)),
            (Self::Double(a), Self::Double(b)) => order(*a, *b),
            (Self::Big(a), Self::Big(b)) => a.cmp(b),
            (Self::Zoned { picos: a, .. }, Self::Zoned { picos: b, .. }) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) | (Self::Row(a), Self::Row(b)) => a.cmp(b),
            (Self::Map(a), Self::Map(b)) => sorted(a).cmp(&sorted(b)),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl Value {
    /// The order in which NaN is the smallest number: the largest of several values is NaN only where there is nothing else.
    fn cmp_for_max(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Real(a), Self::Real(b)) => order_for_max(f64::from(*a), f64::from(*b)),
            (Self::Double(a), Self::Double(b)) => order_for_max(*a, *b),
            (Self::Array(a), Self::Array(b)) | (Self::Row(a), Self::Row(b)) => {
                let pairs = a.iter().zip(b).map(|(a, b)| a.cmp_for_max(b));
                pairs.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            _ => self.cmp(other),
        }
    }

    /// By how far they are from being the largest, or the smallest: `Less` is nearer.
    pub(crate) fn cmp_extreme(&self, other: &Self, largest: bool) -> Ordering {
        if largest { other.cmp_for_max(self) } else { self.cmp(other) }
    }
}

/// The largest value, or the smallest; the first of equal ones.
pub(crate) fn extreme<'v>(values: impl IntoIterator<Item = &'v Value>, largest: bool) -> Option<&'v Value> {
    values.into_iter().reduce(|best, value| if value.cmp_extreme(best, largest).is_lt() { value } else { best })
}

fn order_for_max(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

fn sorted(entries: &[(Value, Value)]) -> Vec<&(Value, Value)> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort();
    sorted
}

fn order(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        let float = |value: f64, state: &mut H| {
            let value = if value.is_nan() { f64::NAN } else { value + 0.0 };
            value.to_bits().hash(state);
        };
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Int(value) => value.hash(state),
            Self::Real(value) => float(f64::from(*value), state),
            Self::Double(value) => float(*value, state),
            Self::Big(value) | Self::Zoned { picos: value, .. } => value.hash(state),
            Self::Text(text) => text.hash(state),
            Self::Bytes(bytes) => bytes.hash(state),
            Self::Array(items) | Self::Row(items) => items.hash(state),
            // The order of entries must not matter.
            Self::Map(entries) => entries.len().hash(state),
        }
    }
}
