//! Glue's cron expressions: six fields, UTC, `?` in one of the two day fields, no faster than every five minutes.

use chrono::{DateTime, TimeDelta, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use thiserror::Error;

/// A moment in UTC.
type Time = DateTime<Utc>;

/// Why Glue takes no such schedule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CronError {
    #[error("Schedule is not in the correct format: {0}")]
    Format(String),
    #[error("Schedule must have 6 fields: {0}")]
    Fields(String),
    #[error("Exactly one of day-of-month and day-of-week must be ?: {0}")]
    Days(String),
    #[error("Day-of-week must be 1-7 or SUN-SAT: {0}")]
    DayOfWeek(String),
    #[error("Schedule {0} is not valid")]
    Invalid(String),
    #[error("Schedule must not be faster than every 5 minutes: {0}")]
    TooFast(String),
}

/// Parses `cron(Minutes Hours Day-of-month Month Day-of-week Year)`.
///
/// # Errors
/// If it is not one that Glue takes. The rules are those of Glue's "Time-based schedules for jobs and crawlers".
pub fn validate(expression: &str) -> Result<Cron, CronError> {
    let inner = expression
        .strip_prefix("cron(")
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or_else(|| CronError::Format(expression.to_owned()))?;
    let fields: Vec<_> = inner.split_whitespace().collect();
    let [_, _, day_of_month, _, day_of_week, year] = fields[..] else {
        return Err(CronError::Fields(expression.to_owned()));
    };
    if (day_of_month == "?") == (day_of_week == "?") {
        return Err(CronError::Days(expression.to_owned()));
    }
    if day_of_week.contains('#') || day_of_week.contains('0') {
        return Err(CronError::DayOfWeek(expression.to_owned()));
    }
    let pattern = format!("0 {} {year}", fields[..5].join(" ").replace('?', "*"));
    let cron = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build()
        .parse(&pattern)
        .map_err(|_| CronError::Invalid(expression.to_owned()))?;
    let from = Time::UNIX_EPOCH + TimeDelta::days(20_000);
    let first = next(&cron, from);
    let second = first.and_then(|first| next(&cron, first));
    if let (Some(first), Some(second)) = (first, second)
        && second - first < TimeDelta::minutes(5)
    {
        return Err(CronError::TooFast(expression.to_owned()));
    }
    Ok(cron)
}

/// The first time after `after` that matches, if there is one.
pub fn next(cron: &Cron, after: Time) -> Option<Time> {
    cron.find_next_occurrence(&after, false).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glues_examples_are_taken_and_its_rules_are_kept() {
        for good in [
            "cron(0 3 * * ? *)",
            "cron(15 12 * * ? *)",
            "cron(0 18 ? * MON-FRI *)",
            "cron(0 8 1 * ? *)",
            "cron(0/15 * * * ? *)",
        ] {
            assert!(validate(good).is_ok(), "{good}: {:?}", validate(good));
        }
        for bad in [
            "0 3 * * ? *",
            "cron(0 3 * * ?)",
            "cron(0 3 * * * *)",
            "cron(0 3 ? * ? *)",
            "cron(60 3 * * ? *)",
            "cron(0 24 * * ? *)",
            "cron(0 3 ? * 0 *)",
            "cron(* * * * ? *)",
            "cron(0/3 * * * ? *)",
            "rate(1 hour)",
        ] {
            assert!(validate(bad).is_err(), "{bad} was taken");
        }
    }

    #[test]
    fn sunday_is_day_one() {
        let cron = validate("cron(0 3 ? * 1 *)").expect("valid");
        let saturday: Time = "2026-11-21T00:00:00Z".parse().expect("a time");
        assert_eq!(next(&cron, saturday), "2026-11-22T03:00:00Z".parse().ok());
    }
}
