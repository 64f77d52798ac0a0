//! Which types turn into which others by themselves (Trino's `TypeCoercion`).

use super::{MAX_PRECISION, RowField, Type};

/// The type to which both of two turn by themselves, if there is one.
pub(crate) fn common(a: &Type, b: &Type) -> Option<Type> {
    use Type::{
        Array, Bigint, Char, Date, Decimal, Double, Integer, Map, Real, Row, Smallint, Time, TimeTz, Timestamp,
        TimestampTz, Tinyint, Unknown, Varchar,
    };
    if a == b {
        return Some(a.clone());
    }
    let rank = |ty: &Type| match ty {
        Tinyint => Some(0),
        Smallint => Some(1),
        Integer => Some(2),
        Bigint => Some(3),
        _ => None,
    };
    match (a, b) {
        (Unknown, other) | (other, Unknown) => Some(other.clone()),
        (x, y) if rank(x).is_some() && rank(y).is_some() => Some(if rank(x) > rank(y) { x.clone() } else { y.clone() }),
        (Double, y) | (y, Double) if y.is_numeric() => Some(Double),
        (Real, y) | (y, Real) if y.is_numeric() => Some(Real),
        (Decimal(p, s), Decimal(q, t)) => {
            let scale = *s.max(t);
            let whole = (p - s).max(q - t);
            Some(Decimal((whole + scale).min(MAX_PRECISION), scale))
        }
        (Decimal(..), y) => common(a, &Decimal(y.integer_digits()?, 0)),
        (x, Decimal(..)) => common(&Decimal(x.integer_digits()?, 0), b),
        (Varchar(x), Varchar(y)) => Some(Varchar(match (x, y) {
            (Some(x), Some(y)) => Some(*x.max(y)),
            _ => None,
        })),
        (Char(x), Char(y)) => Some(Char(*x.max(y))),
        // A varchar becomes a char, padded (SQL's comparison of both).
        (Char(x), Varchar(Some(y))) | (Varchar(Some(y)), Char(x)) => Some(Char(*x.max(y))),
        (Char(_), Varchar(None)) | (Varchar(None), Char(_)) => Some(Char(65_536)),
        (Date, Timestamp(p)) | (Timestamp(p), Date) => Some(Timestamp(*p)),
        (Date, TimestampTz(p)) | (TimestampTz(p), Date) => Some(TimestampTz(*p)),
        (Timestamp(p), Timestamp(q)) => Some(Timestamp(*p.max(q))),
        (TimestampTz(p), TimestampTz(q)) | (Timestamp(p), TimestampTz(q)) | (TimestampTz(p), Timestamp(q)) => {
            Some(TimestampTz(*p.max(q)))
        }
        (Time(p), Time(q)) => Some(Time(*p.max(q))),
        (TimeTz(p), TimeTz(q)) | (Time(p), TimeTz(q)) | (TimeTz(p), Time(q)) => Some(TimeTz(*p.max(q))),
        (Array(x), Array(y)) => Some(Type::array(common(x, y)?)),
        (Map(k, v), Map(l, w)) => Some(Type::map(common(k, l)?, common(v, w)?)),
        (Row(x), Row(y)) if x.len() == y.len() => {
            let field =
                |((a, x), (b, y)): (&RowField, &RowField)| Some((if a == b { a.clone() } else { None }, common(x, y)?));
            x.iter().zip(y).map(field).collect::<Option<Vec<_>>>().map(Row)
        }
        _ => None,
    }
}

/// Whether a value of one type is taken where another is wanted.
pub(crate) fn turns_into(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Varchar(Some(_)), Type::Char(_)) => false,
        // A row's names do not matter.
        (Type::Row(x), Type::Row(y)) => x.len() == y.len() && x.iter().zip(y).all(|((_, x), (_, y))| turns_into(x, y)),
        (Type::Array(x), Type::Array(y)) => turns_into(x, y),
        (Type::Map(k, v), Type::Map(l, w)) => turns_into(k, l) && turns_into(v, w),
        _ => common(from, to).as_ref() == Some(to),
    }
}
