//! Types as the service names and shows them.

use super::Type;

impl Type {
    /// `ColumnInfo.Type`: the type without its numbers, and `float` for `real`.
    pub fn athena_name(&self) -> String {
        let name = match self {
            Self::Real => "float",
            Self::Decimal(..) => "decimal",
            Self::Varchar(_) => "varchar",
            Self::Char(_) => "char",
            Self::Time(_) => "time",
            Self::TimeTz(_) => "time with time zone",
            Self::Timestamp(_) => "timestamp",
            Self::TimestampTz(_) => "timestamp with time zone",
            Self::Array(_) => "array",
            Self::Map(..) => "map",
            Self::Row(_) => "row",
            other => return other.to_string(),
        };
        name.to_owned()
    }

    /// The type whose text a result has. Moments and times have three digits of a second at least: clients such as
    /// PyAthena, which read what the service sends, take no other form.
    pub fn shown(self) -> Self {
        match self {
            Self::Timestamp(precision) => Self::Timestamp(precision.max(3)),
            Self::TimestampTz(precision) => Self::TimestampTz(precision.max(3)),
            Self::Time(precision) => Self::Time(precision.max(3)),
            Self::TimeTz(precision) => Self::TimeTz(precision.max(3)),
            other => other,
        }
    }
}
