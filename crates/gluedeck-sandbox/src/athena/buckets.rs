//! Buckets of a table's rows: which file of a partition a row is in, by the hash of columns (Hive's first version, which
//! Athena writes unless it is told otherwise: its documentation, "What is bucketing").

use gluedeck_sql::{Type, Value};

/// The columns that rows are spread by, and the number of buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Buckets {
    pub(super) columns: Vec<String>,
    /// One a column.
    pub(super) types: Vec<Type>,
    pub(super) count: u32,
}

/// Whether rows can be spread by values of a type.
pub(super) fn is_hashed(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Boolean
            | Type::Tinyint
            | Type::Smallint
            | Type::Integer
            | Type::Bigint
            | Type::Real
            | Type::Double
            | Type::Date
            | Type::Varchar(_)
    )
}

/// The bucket of a row with these values.
pub(super) fn bucket_of<'v>(values: impl Iterator<Item = (&'v Value, &'v Type)>, count: u32) -> u32 {
    let hash = values.fold(0_i32, |hash, (value, ty)| hash.wrapping_mul(31).wrapping_add(hashed(value, ty)));
    (hash & i32::MAX) as u32 % count.max(1)
}

fn hashed(value: &Value, ty: &Type) -> i32 {
    let folded = |bits: i64| ((bits as u64 >> 32) as i64 ^ bits) as i32;
    match (value, ty) {
        (Value::Bool(truth), _) => i32::from(*truth),
        (Value::Int(number), Type::Bigint) => folded(*number),
        (Value::Int(number), _) => *number as i32,
        (Value::Real(number), _) => number.to_bits() as i32,
        (Value::Double(number), _) => folded(number.to_bits() as i64),
        (Value::Text(text), _) => {
            text.bytes().fold(0_i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(byte as i8)))
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_hives() {
        let one = |value: Value, ty: Type| hashed(&value, &ty);
        assert_eq!(one(Value::Int(7), Type::Integer), 7);
        assert_eq!(one(Value::Int(-1), Type::Bigint), 0);
        assert_eq!(one(Value::Int(1 << 33), Type::Bigint), 2);
        // As Java's String.hashCode of ASCII.
        assert_eq!(one(Value::Text("hello".into()), Type::VARCHAR), 99_162_322);
        assert_eq!(one(Value::Null, Type::VARCHAR), 0);
        let row = [(Value::Int(3), Type::Integer), (Value::Text("a".into()), Type::VARCHAR)];
        assert_eq!(bucket_of(row.iter().map(|(value, ty)| (value, ty)), 8), (3 * 31 + 97) % 8);
        assert_eq!(bucket_of([(&Value::Int(-5), &Type::Integer)].into_iter(), 4), 3);
    }
}
