//! Trino's types, and how a value of each is held in Arrow.

mod athena;
mod coercion;
mod hive;

pub(crate) use coercion::{common, turns_into};

use datafusion::arrow::datatypes::{DataType, Field, Fields, TimeUnit};
use std::fmt;
use std::sync::Arc;

/// A type of Athena engine version 3.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// The type of NULL.
    Unknown,
    Boolean,
    Tinyint,
    Smallint,
    Integer,
    Bigint,
    Real,
    Double,
    /// Digits in all, and after the point.
    Decimal(u8, u8),
    /// At most so many characters; `None` is without bound.
    Varchar(Option<u32>),
    /// Exactly so many characters, filled up with blanks.
    Char(u32),
    Varbinary,
    Json,
    Uuid,
    IpAddress,
    Color,
    Date,
    /// With so many digits of a second, up to 12.
    Time(u8),
    TimeTz(u8),
    Timestamp(u8),
    TimestampTz(u8),
    IntervalDay,
    IntervalYear,
    Array(Box<Type>),
    Map(Box<Type>, Box<Type>),
    /// Fields, which may have no name.
    Row(Vec<(Option<String>, Type)>),
    /// Sketches: their kind, and what of.
    Digest(&'static str, Option<Box<Type>>),
    /// A lambda: of what, and to what.
    Function(Vec<Type>, Box<Type>),
}

/// A field of a row: its name, if it has one, and its type.
pub(crate) type RowField = (Option<String>, Type);

/// The largest precision of a decimal.
pub(crate) const MAX_PRECISION: u8 = 38;

impl Type {
    pub fn array(element: Type) -> Self {
        Self::Array(Box::new(element))
    }

    pub fn map(key: Type, value: Type) -> Self {
        Self::Map(Box::new(key), Box::new(value))
    }

    /// A row without names.
    pub fn row(fields: Vec<Type>) -> Self {
        Self::Row(fields.into_iter().map(|ty| (None, ty)).collect())
    }

    pub const VARCHAR: Self = Self::Varchar(None);

    /// A type by its lower-case name and numbers: `decimal(10, 2)`.
    pub(crate) fn named(name: &str, numbers: &[u32]) -> Option<Self> {
        let small = |number: u32| u8::try_from(number).ok();
        Some(match (name, numbers) {
            ("unknown", []) => Self::Unknown,
            ("boolean", []) => Self::Boolean,
            ("tinyint", []) => Self::Tinyint,
            ("smallint", []) => Self::Smallint,
            ("integer" | "int", []) => Self::Integer,
            ("bigint", []) => Self::Bigint,
            ("real", []) => Self::Real,
            ("double", []) => Self::Double,
            ("decimal" | "dec", []) => Self::Decimal(38, 0),
            ("decimal" | "dec", [precision]) if *precision <= 38 && *precision > 0 => {
                Self::Decimal(small(*precision)?, 0)
            }
            ("decimal" | "dec", [precision, scale]) if *precision <= 38 && *precision > 0 && scale <= precision => {
                Self::Decimal(small(*precision)?, small(*scale)?)
            }
            ("varchar", []) => Self::VARCHAR,
            ("varchar", [length]) => Self::Varchar((*length < i32::MAX as u32).then_some(*length)),
            ("char", []) => Self::Char(1),
            ("char", [length]) if *length <= 65_536 => Self::Char(*length),
            ("varbinary", []) => Self::Varbinary,
            ("json", []) => Self::Json,
            ("uuid", []) => Self::Uuid,
            ("ipaddress", []) => Self::IpAddress,
            ("color", []) => Self::Color,
            ("date", []) => Self::Date,
            ("time", []) => Self::Time(3),
            ("timestamp", []) => Self::Timestamp(3),
            ("tdigest", []) => Self::Digest("tdigest", None),
            ("setdigest", []) => Self::Digest("SetDigest", None),
            _ => return None,
        })
    }

    /// `array`, `map`, `row` and `qdigest` of types.
    pub(crate) fn nested(name: &str, mut types: Vec<Type>) -> Option<Self> {
        match (name, types.len()) {
            ("array", 1) => Some(Self::array(types.remove(0))),
            ("map", 2) => {
                let key = types.remove(0);
                Some(Self::map(key, types.remove(0)))
            }
            ("row", _) => Some(Self::row(types)),
            ("qdigest", 1) => Some(Self::Digest("qdigest", Some(Box::new(types.remove(0))))),
            _ => None,
        }
    }

    pub(crate) fn is_integer(&self) -> bool {
        matches!(self, Self::Tinyint | Self::Smallint | Self::Integer | Self::Bigint)
    }

    pub(crate) fn is_float(&self) -> bool {
        matches!(self, Self::Real | Self::Double)
    }

    pub(crate) fn is_numeric(&self) -> bool {
        self.is_integer() || self.is_float() || matches!(self, Self::Decimal(..))
    }

    /// Whether it is a day, a time, a moment or an interval.
    pub(crate) fn is_temporal(&self) -> bool {
        matches!(
            self,
            Self::Date
                | Self::Time(_)
                | Self::TimeTz(_)
                | Self::Timestamp(_)
                | Self::TimestampTz(_)
                | Self::IntervalDay
                | Self::IntervalYear
        )
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Varchar(_) | Self::Char(_))
    }

    /// Whether values can be brought into an order.
    pub(crate) fn is_orderable(&self) -> bool {
        match self {
            Self::Map(..) | Self::Json | Self::Color | Self::Digest(..) | Self::Function(..) => false,
            Self::Array(element) => element.is_orderable(),
            Self::Row(fields) => fields.iter().all(|(_, ty)| ty.is_orderable()),
            _ => true,
        }
    }

    /// Whether values can be told equal.
    pub(crate) fn is_comparable(&self) -> bool {
        match self {
            Self::Color | Self::Digest(..) | Self::Function(..) => false,
            Self::Array(element) => element.is_comparable(),
            Self::Map(key, value) => key.is_comparable() && value.is_comparable(),
            Self::Row(fields) => fields.iter().all(|(_, ty)| ty.is_comparable()),
            _ => true,
        }
    }

    /// Whether the engine's own comparisons are Trino's: one array of plain values, without NaN, padding or zones.
    pub(crate) fn is_plainly_compared(&self) -> bool {
        matches!(
            self,
            Self::Unknown
                | Self::Boolean
                | Self::Tinyint
                | Self::Smallint
                | Self::Integer
                | Self::Bigint
                | Self::Decimal(..)
                | Self::Varchar(_)
                | Self::Char(_)
                | Self::Varbinary
                | Self::Json
                | Self::Uuid
                | Self::IpAddress
                | Self::Date
                | Self::Time(_)
                | Self::Timestamp(_)
                | Self::IntervalDay
                | Self::IntervalYear
        )
    }

    /// Digits of a whole number of this type, as a decimal.
    pub(crate) fn integer_digits(&self) -> Option<u8> {
        Some(match self {
            Self::Tinyint => 3,
            Self::Smallint => 5,
            Self::Integer => 10,
            Self::Bigint => 19,
            _ => return None,
        })
    }

    /// The Arrow type that holds the values. NULL's type is held as booleans; times, intervals and what has a zone as numbers
    /// (`crate::value` says which), since Arrow has no type of a zone a value.
    pub fn arrow(&self) -> DataType {
        match self {
            Self::Unknown | Self::Boolean => DataType::Boolean,
            Self::Tinyint => DataType::Int8,
            Self::Smallint => DataType::Int16,
            Self::Integer | Self::IntervalYear | Self::Color => DataType::Int32,
            Self::Bigint | Self::IntervalDay | Self::Time(_) => DataType::Int64,
            Self::Real => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Decimal(precision, scale) => DataType::Decimal128(*precision, *scale as i8),
            Self::Varchar(_) | Self::Char(_) | Self::Json => DataType::Utf8,
            Self::Varbinary | Self::Uuid | Self::IpAddress | Self::Digest(..) => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Timestamp(0..=3) => DataType::Timestamp(TimeUnit::Millisecond, None),
            Self::Timestamp(4..=6) => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Timestamp(_) | Self::TimestampTz(_) | Self::TimeTz(_) => DataType::Decimal128(38, 0),
            Self::Array(element) => DataType::List(Arc::new(Field::new("item", element.arrow(), true))),
            Self::Map(key, value) => {
                let entry =
                    Fields::from(vec![Field::new("key", key.arrow(), false), Field::new("value", value.arrow(), true)]);
                DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entry), false)), false)
            }
            Self::Row(fields) => {
                let field = |(index, (_, ty)): (usize, &(Option<String>, Type))| {
                    Field::new(format!("field{index}"), ty.arrow(), true)
                };
                DataType::Struct(fields.iter().enumerate().map(field).collect())
            }
            Self::Function(..) => DataType::Null,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Boolean => f.write_str("boolean"),
            Self::Tinyint => f.write_str("tinyint"),
            Self::Smallint => f.write_str("smallint"),
            Self::Integer => f.write_str("integer"),
            Self::Bigint => f.write_str("bigint"),
            Self::Real => f.write_str("real"),
            Self::Double => f.write_str("double"),
            Self::Decimal(precision, scale) => write!(f, "decimal({precision},{scale})"),
            Self::Varchar(None) => f.write_str("varchar"),
            Self::Varchar(Some(length)) => write!(f, "varchar({length})"),
            Self::Char(length) => write!(f, "char({length})"),
            Self::Varbinary => f.write_str("varbinary"),
            Self::Json => f.write_str("json"),
            Self::Uuid => f.write_str("uuid"),
            Self::IpAddress => f.write_str("ipaddress"),
            Self::Color => f.write_str("color"),
            Self::Date => f.write_str("date"),
            Self::Time(precision) => write!(f, "time({precision})"),
            Self::TimeTz(precision) => write!(f, "time({precision}) with time zone"),
            Self::Timestamp(precision) => write!(f, "timestamp({precision})"),
            Self::TimestampTz(precision) => write!(f, "timestamp({precision}) with time zone"),
            Self::IntervalDay => f.write_str("interval day to second"),
            Self::IntervalYear => f.write_str("interval year to month"),
            Self::Array(element) => write!(f, "array({element})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Row(fields) => {
                f.write_str("row(")?;
                for (index, (name, ty)) in fields.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    match name {
                        Some(name) if is_plain_name(name) => write!(f, "{comma}{name} {ty}")?,
                        Some(name) => write!(f, "{comma}\"{}\" {ty}", name.replace('"', "\"\""))?,
                        None => write!(f, "{comma}{ty}")?,
                    }
                }
                f.write_str(")")
            }
            Self::Digest(kind, None) => f.write_str(kind),
            Self::Digest(kind, Some(of)) => write!(f, "{kind}({of})"),
            Self::Function(arguments, result) => {
                f.write_str("function(")?;
                for argument in arguments {
                    write!(f, "{argument},")?;
                }
                write!(f, "{result})")
            }
        }
    }
}

fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty()
}
