//! What an expression reads.

use super::functions::is_aggregate;
use super::tree::Expr;

impl Expr {
    /// Tells the fields that it reads.
    pub(super) fn fields(&self, tell: &mut impl FnMut(&str)) {
        match self {
            Self::Field(name) => tell(name),
            // It reads the time that an event has.
            Self::Call(name, arguments) => {
                if name == "bin" {
                    tell("@timestamp");
                }
                arguments.iter().for_each(|argument| argument.fields(tell));
            }
            Self::Negative(inner) | Self::Not(inner) | Self::Like(inner, _) => inner.fields(tell),
            Self::Binary(_, left, right) | Self::Compare(_, left, right) | Self::Contains(left, right) => {
                left.fields(tell);
                right.fields(tell);
            }
            Self::And(left, right) | Self::Or(left, right) => {
                left.fields(tell);
                right.fields(tell);
            }
            Self::In(value, others) => {
                value.fields(tell);
                others.iter().for_each(|other| other.fields(tell));
            }
            Self::Number(_) | Self::Text(_) | Self::Period(_) | Self::Star => {}
        }
    }

    /// Whether it is or has an aggregate.
    pub(super) fn aggregates(&self) -> bool {
        match self {
            Self::Call(name, arguments) => is_aggregate(name) || arguments.iter().any(Self::aggregates),
            Self::Negative(inner) | Self::Not(inner) => inner.aggregates(),
            Self::Binary(_, left, right) | Self::Compare(_, left, right) => left.aggregates() || right.aggregates(),
            _ => false,
        }
    }
}
