//! Values of fields.

use chrono::DateTime;

/// A value. Nothing is a field that an event does not have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Nothing,
    Text(String),
    Number(f64),
    /// Milliseconds since 1970.
    Time(i64),
}

impl Value {
    pub(super) fn of_truth(truth: bool) -> Self {
        Self::Number(f64::from(u8::from(truth)))
    }

    /// As results have it; None if it is left out of them.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number_text(*number)),
            Self::Time(millis) => {
                Some(DateTime::from_timestamp_millis(*millis)?.format("%Y-%m-%d %H:%M:%S%.3f").to_string())
            }
        }
    }

    /// As a number, if it reads as one.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Time(millis) => Some(*millis as f64),
            Self::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Nothing => None,
        }
    }

    /// Whether it holds as a condition.
    pub(super) fn holds(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Number(number) => *number != 0.0,
            Self::Time(_) => true,
            Self::Text(text) => !text.is_empty() && text != "0" && !text.eq_ignore_ascii_case("false"),
        }
    }

    /// Whether it is there.
    pub(super) fn is_present(&self) -> bool {
        *self != Self::Nothing
    }
}

/// Whole numbers without a point, others with four digits after it at the most.
fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return format!("{number:.0}");
    }
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
