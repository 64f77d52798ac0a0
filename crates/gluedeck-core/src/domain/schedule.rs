//! Glue's schedules: `cron(Minutes Hours Day-of-month Month Day-of-week Year)`, UTC.

use super::Time;
use chrono::{NaiveTime, Timelike};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use std::collections::HashMap;

/// When a schedule fires next after a moment. `None` where the expression is not understood or never fires again.
///
/// The fields are Glue's (AWS Glue, "Time-based schedules for jobs and crawlers"): day-of-week counts from 1 = SUN, and
/// `?` stands in one of the two day fields.
pub fn next_fire(schedule: &str, after: Time) -> Option<Time> {
    parsed(schedule)?.find_next_occurrence(&after, false).ok()
}

/// When schedules fire next, for what asks at every frame: reading an expression takes a hundred times longer than looking
/// it up.
#[derive(Debug, Default)]
pub struct NextFires {
    known: HashMap<String, Option<Time>>,
}

impl NextFires {
    /// Brings it up to date, when time goes on or triggers have changed; only these schedules are kept.
    pub fn update<'s>(&mut self, schedules: impl IntoIterator<Item = &'s str>, now: Time) {
        let mut known = HashMap::with_capacity(self.known.len());
        for schedule in schedules {
            // Many workflows share one.
            if known.contains_key(schedule) {
                continue;
            }
            let kept = self.known.remove_entry(schedule).filter(|(_, next)| next.is_none_or(|next| next > now));
            let (schedule, next) = kept.unwrap_or_else(|| (schedule.to_owned(), next_fire(schedule, now)));
            known.insert(schedule, next);
        }
        self.known = known;
    }

    /// When a schedule fires next; none if it never does, or is none of those.
    pub fn of(&self, schedule: &str) -> Option<Time> {
        self.known.get(schedule).copied().flatten()
    }

    /// Forgets everything: the clock went back.
    pub fn clear(&mut self) {
        self.known.clear();
    }
}

/// When a schedule has fired last, at a moment or before it. `None` where the expression is not understood or has never
/// fired.
pub fn last_fire(schedule: &str, until: Time) -> Option<Time> {
    parsed(schedule)?.find_previous_occurrence(&until, true).ok()
}

fn parsed(schedule: &str) -> Option<Cron> {
    let inner = schedule.strip_prefix("cron(")?.strip_suffix(')')?;
    let fields: Vec<_> = inner.split_whitespace().collect();
    let (year, rest) = fields.split_last().filter(|(_, rest)| rest.len() == 5)?;
    let pattern = format!("0 {} {year}", rest.join(" ").replace('?', "*"));
    // "Sloppy" is what croner calls `0/15`, which Glue's own examples use.
    let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Required);
    let parser = parser.alternative_weekdays(true).sloppy_ranges(true).build();
    parser.parse(&pattern).ok()
}

/// The six fields between the parentheses.
fn fields(schedule: &str) -> Option<[&str; 6]> {
    let inner = schedule.strip_prefix("cron(")?.strip_suffix(')')?;
    inner.split_whitespace().collect::<Vec<_>>().try_into().ok()
}

/// The time of day of a schedule that fires at one time of the days on which it fires. `None` where minute or hour is
/// anything but a number.
pub fn time_of_day(schedule: &str) -> Option<NaiveTime> {
    let [minute, hour, ..] = fields(schedule)?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    NaiveTime::from_hms_opt(number(hour)?, number(minute)?, 0)
}

/// The same schedule at another time of day: only minute and hour change.
pub fn at_time_of_day(schedule: &str, time: NaiveTime) -> Option<String> {
    time_of_day(schedule)?;
    let [_, _, rest @ ..] = fields(schedule)?;
    Some(format!("cron({} {} {})", time.minute(), time.hour(), rest.join(" ")))
}

/// Whether it fires on every day.
pub fn is_every_day(schedule: &str) -> bool {
    fields(schedule).is_some_and(|[_, _, rest @ ..]| {
        let every = |field: &str| field == "*" || field == "?";
        rest.iter().all(|field| every(field))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Time {
        text.parse().expect("a time")
    }

    #[test]
    fn the_last_start() {
        let last = |schedule, until| last_fire(schedule, at(until));
        assert_eq!(last("cron(0 3 * * ? *)", "2026-11-22T03:00:00Z"), Some(at("2026-11-22T03:00:00Z")));
        assert_eq!(last("cron(0 3 * * ? *)", "2026-11-22T02:59:59Z"), Some(at("2026-11-21T03:00:00Z")));
        assert_eq!(last("cron(0 18 ? * MON-FRI *)", "2026-11-22T12:00:00Z"), Some(at("2026-11-20T18:00:00Z")));
        assert_eq!(last("rate(1 day)", "2026-11-22T12:00:00Z"), None);
    }

    #[test]
    fn the_nightly_start() {
        assert_eq!(next_fire("cron(0 3 * * ? *)", at("2026-11-22T02:59:59Z")), Some(at("2026-11-22T03:00:00Z")));
        assert_eq!(next_fire("cron(0 3 * * ? *)", at("2026-11-22T03:00:00Z")), Some(at("2026-11-23T03:00:00Z")));
        assert_eq!(next_fire("cron(0 18 ? * MON-FRI *)", at("2026-11-21T00:00:00Z")), Some(at("2026-11-23T18:00:00Z")));
    }

    #[test]
    fn steps_from_a_start() {
        assert_eq!(next_fire("cron(5/15 * * * ? *)", at("2026-11-22T03:06:00Z")), Some(at("2026-11-22T03:20:00Z")));
    }

    #[test]
    fn what_is_not_understood_is_unknown() {
        for text in ["", "cron()", "rate(1 hour)", "cron(0 3 * * ?)", "cron(0 25 * * ? *)"] {
            assert_eq!(next_fire(text, at("2026-11-22T00:00:00Z")), None, "{text}");
        }
    }

    #[test]
    fn only_the_time_of_day_moves() {
        let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).expect("a time");
        assert_eq!(time_of_day("cron(5 3 ? * MON-FRI *)"), Some(at(3, 5)));
        let moved = at_time_of_day("cron(5 3 ? * MON-FRI *)", at(4, 30));
        assert_eq!(moved.as_deref(), Some("cron(30 4 ? * MON-FRI *)"));
        assert!(is_every_day("cron(0 3 * * ? *)") && !is_every_day("cron(5 3 ? * MON-FRI *)"));
        for text in ["cron(0/15 * * * ? *)", "cron(0 3,4 * * ? *)", "rate(1 day)", "cron(0 24 * * ? *)"] {
            assert_eq!(time_of_day(text), None, "{text}");
            assert_eq!(at_time_of_day(text, at(4, 0)), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,40}") {
            let _ = next_fire(&text, at("2026-11-22T00:00:00Z"));
            let _ = next_fire(&format!("cron({text})"), at("2026-11-22T00:00:00Z"));
        }
    }
}
