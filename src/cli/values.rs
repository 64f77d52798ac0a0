//! The values of options, read from text.

use chrono::{NaiveTime, TimeDelta};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use gluedeck_core::analysis::check::MaxAge;
use gluedeck_core::analysis::layers::Layer;
use thiserror::Error;
use tracing::level_filters::LevelFilter;

/// Why a text is no value of an option.
#[derive(Debug, Clone, PartialEq, Error)]
pub(super) enum ValueError {
    #[error("{text} is not a number between {low} and {high}")]
    Number { text: String, low: f64, high: f64 },
    #[error("{0} is not NAME=VALUE")]
    Pair(String),
    #[error("{0} is not a time of day such as 02:59:30")]
    TimeOfDay(String),
    #[error("invalid age {0}, use e.g. 60m, 12h or 7d")]
    Age(String),
    #[error("invalid time {0}, use e.g. 90s, 60m, 12h or 7d")]
    Span(String),
    #[error("invalid age {0}, use e.g. 26h, or gold:6h with a layer: bronze, silver or gold")]
    MaxAge(String),
    #[error("Athena reuses results between 1 minute and 7 days old")]
    ReuseAge,
}

fn number(text: &str, low: f64, high: f64) -> Result<f64, ValueError> {
    match text.parse::<f64>() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        _ => Err(ValueError::Number { text: text.to_owned(), low, high }),
    }
}

/// One of the levels of `tracing`, but for the one that nothing here logs at.
pub(super) fn log_level() -> impl TypedValueParser<Value = LevelFilter> {
    PossibleValuesParser::new(["off", "error", "warn", "info", "debug"]).try_map(|word| word.parse::<LevelFilter>())
}

pub(super) fn positive(text: &str) -> Result<f64, ValueError> {
    number(text, 0.0625, 1e6)
}

pub(super) fn not_negative(text: &str) -> Result<f64, ValueError> {
    number(text, 0.0, 1e6)
}

pub(super) fn margin(text: &str) -> Result<f64, ValueError> {
    number(text, 1.0, 10.0)
}

pub(super) fn percent(text: &str) -> Result<f64, ValueError> {
    number(text, 1.0, 100.0)
}

pub(super) fn pair(text: &str) -> Result<(String, String), ValueError> {
    let (name, value) = text.split_once('=').ok_or_else(|| ValueError::Pair(text.to_owned()))?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) fn time_of_day(text: &str) -> Result<NaiveTime, ValueError> {
    let formats = ["%H:%M:%S", "%H:%M"];
    let parsed = formats.iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok());
    parsed.ok_or_else(|| ValueError::TimeOfDay(text.to_owned()))
}

/// A parameter of a query; a colon in front of its name is no part of it.
pub(super) fn parameter(text: &str) -> Result<(String, String), ValueError> {
    pair(text).map(|(name, value)| (name.trim_start_matches(':').to_owned(), value))
}

/// `60m`, `12h` or `7d` in minutes; Athena takes at most a week.
pub(super) fn minutes(text: &str) -> Result<u32, ValueError> {
    let wrong = || ValueError::Age(text.to_owned());
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = text.strip_suffix(unit).and_then(|number| number.parse::<u32>().ok()).ok_or_else(wrong)?;
    let minutes = match unit {
        'm' => Some(number),
        'h' => number.checked_mul(60),
        'd' => number.checked_mul(24 * 60),
        _ => None,
    };
    match minutes {
        Some(minutes @ 1..=10_080) => Ok(minutes),
        Some(_) => Err(ValueError::ReuseAge),
        None => Err(wrong()),
    }
}

/// `90s`, `60m`, `12h` or `7d`; at most 90 days, for which Glue keeps runs.
pub(super) fn span(text: &str) -> Result<TimeDelta, ValueError> {
    let wrong = || ValueError::Span(text.to_owned());
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = text.strip_suffix(unit).and_then(|number| number.parse::<u32>().ok()).ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let span = TimeDelta::seconds(i64::from(number) * seconds);
    if span > TimeDelta::zero() && span <= TimeDelta::days(90) { Ok(span) } else { Err(wrong()) }
}

/// `gold:6h`, or `26h` of the last step whatever its layer.
pub(super) fn max_age(text: &str) -> Result<MaxAge, ValueError> {
    let wrong = || ValueError::MaxAge(text.to_owned());
    let (layer, age) = match text.split_once(':') {
        None => (None, text),
        Some((word, age)) => {
            let layer = Layer::ALL.into_iter().find(|layer| layer.word().eq_ignore_ascii_case(word));
            (Some(layer.ok_or_else(wrong)?), age)
        }
    };
    Ok(MaxAge { layer, age: span(age).map_err(|_| wrong())? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_ages_of_layers() {
        assert_eq!((span("90s"), span("2h")), (Ok(TimeDelta::seconds(90)), Ok(TimeDelta::hours(2))));
        assert!(["0h", "91d", "h", "", "-1h", "1.5h", "1µ"].into_iter().all(|text| span(text).is_err()));
        let gold = MaxAge { layer: Some(Layer::Gold), age: TimeDelta::hours(6) };
        assert_eq!((max_age("Gold:6h"), max_age("1d").map(|age| age.layer)), (Ok(gold), Ok(None)));
        assert!(max_age("platinum:6h").is_err() && max_age("gold:").is_err());
    }

    #[test]
    fn ages() {
        assert_eq!((minutes("60m"), minutes("2h"), minutes("7d")), (Ok(60), Ok(120), Ok(10_080)));
        assert!(minutes("8d").is_err() && minutes("1w").is_err() && minutes("").is_err());
    }
}
