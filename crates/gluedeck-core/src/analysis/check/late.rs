//! Runs that take longer, and starts that do not happen, by what the runs of the last fortnight were.

use super::finding::{Finding, Verdict};
use crate::analysis::reason::duration;
use crate::analysis::{History, Outcome};
use crate::domain::{Pipeline, PipelineRun, Time, TriggerKind};
use chrono::{TimeDelta, Timelike};
use std::collections::BTreeSet;

/// The runs that say what is usual.
const FORTNIGHT: TimeDelta = TimeDelta::days(14);
/// So many successful runs it takes to know how long one lasts.
const ENOUGH_RUNS: usize = 3;
/// So many days with a run it takes to call them a habit.
const ENOUGH_DAYS: usize = 5;
/// Starts of a habit lie within so many minutes of each other.
const SPREAD: i64 = 60;
/// A start has so long before it counts as missing.
const GRACE: TimeDelta = TimeDelta::minutes(30);
const DAY_MINUTES: i64 = 24 * 60;

/// A run that goes on for longer than any successful run of the last fortnight, by a quarter and a minute.
pub(super) fn late(pipeline: &Pipeline, history: &History, now: Time) -> Option<Finding> {
    let runs = pipeline.last_run.iter().chain(&pipeline.other_active);
    let run = runs.filter(|run| run.status.is_active()).min_by_key(|run| run.started_on)?;
    let good = history.past_runs.iter().filter(|past| {
        past.outcome == Outcome::Succeeded
            && past.run.previous.is_none()
            && past.run.started_on >= Some(now - FORTNIGHT)
    });
    let seconds: Vec<i64> = good.filter_map(|past| past.seconds).collect();
    let longest = *seconds.iter().max().filter(|_| seconds.len() >= ENOUGH_RUNS)?;
    let (started, elapsed) = (run.started_on?, run.elapsed_seconds(now)?);
    if elapsed <= longest + longest / 4 + 60 {
        return None;
    }
    let text = format!(
        "runs for {}; the longest of {} successful runs in 14 days took {}",
        duration(elapsed),
        seconds.len(),
        duration(longest)
    );
    let key = format!("{} {} late", pipeline.id.kind(), run.id);
    let due = started + TimeDelta::seconds(longest);
    Some(Finding { at: Some(due), ..Finding::of(pipeline, Verdict::Late, key, text) })
}

/// Of a pipeline that no schedule starts: a start at the usual time of day that did not happen.
pub(super) fn missing_start(pipeline: &Pipeline, history: &History, now: Time) -> Option<Finding> {
    if pipeline.triggers.iter().any(|trigger| trigger.kind == TriggerKind::Scheduled) {
        return None;
    }
    let first = |run: &&PipelineRun| run.previous.is_none() && run.started_on >= Some(now - FORTNIGHT);
    let runs = || history.past_runs.iter().map(|past| &past.run).chain(&pipeline.last_run).filter(first);
    let starts: BTreeSet<Time> = runs().filter_map(|run| run.started_on).collect();
    let (usual, shift) = time_of_day(&starts)?;
    let days: BTreeSet<_> = starts.iter().map(|at| (*at + shift).date_naive()).collect();
    let (first_day, last_day) = (days.first()?, days.last()?);
    let span = (*last_day - *first_day).num_days() as usize + 1;
    if days.len() < ENOUGH_DAYS || days.len() * 5 < span * 4 {
        return None;
    }
    // The last time that it was due, and could have happened by now.
    let until = now - GRACE;
    let midnight = until.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let today = midnight + TimeDelta::minutes(usual);
    let due = if today <= until { today } else { today - TimeDelta::days(1) };
    let window = TimeDelta::minutes(SPREAD);
    // Nothing is said of a habit that ended before.
    let kept = starts.iter().any(|at| *at >= due - TimeDelta::days(2));
    if !kept || starts.iter().any(|at| *at >= due - window) {
        return None;
    }
    let text = format!("usually starts at about {}Z ({} of {span} days), and did not", due.format("%H:%M"), days.len());
    let key = format!("{} {} {due}", pipeline.id.kind(), pipeline.id);
    Some(Finding { at: Some(due), ..Finding::of(pipeline, Verdict::NeverRan, key, text) })
}

/// The minute of the day at which starts usually happen, if they all lie close together, and by what they are shifted so that
/// those of one night have one date.
fn time_of_day(starts: &BTreeSet<Time>) -> Option<(i64, TimeDelta)> {
    let minutes: Vec<i64> = starts.iter().map(|at| i64::from(at.hour() * 60 + at.minute())).collect();
    // Around midnight, times of the evening count as before it.
    let shifted = |by: i64| minutes.iter().map(move |minute| (minute + by).rem_euclid(DAY_MINUTES));
    let shift = [0, DAY_MINUTES / 2].into_iter().find(|by| {
        let (low, high) = (shifted(*by).min(), shifted(*by).max());
        low.zip(high).is_some_and(|(low, high)| high - low <= SPREAD)
    })?;
    let mut sorted: Vec<i64> = shifted(shift).collect();
    sorted.sort_unstable();
    Some(((sorted[sorted.len() / 2] - shift).rem_euclid(DAY_MINUTES), TimeDelta::minutes(shift)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PipelineId, RunId, RunStatus, Statistics};

    fn at(text: &str) -> Time {
        text.parse().expect("a time")
    }

    fn run(started: Time, minutes: Option<i64>) -> PipelineRun {
        let good = Statistics { total: 1, succeeded: 1, ..Statistics::default() };
        PipelineRun {
            id: RunId::new(started.to_rfc3339()),
            previous: None,
            status: if minutes.is_some() { RunStatus::Completed } else { RunStatus::Running },
            error: None,
            started_on: Some(started),
            completed_on: minutes.map(|minutes| started + TimeDelta::minutes(minutes)),
            statistics: Some(good),
            steps: None,
        }
    }

    /// A run of 20 minutes each night until the 26th of November, at 23:50 and ever ten minutes later.
    fn nights() -> Vec<PipelineRun> {
        let first = at("2026-11-12T23:50:00Z");
        (0..14)
            .map(|night| run(first + TimeDelta::days(night) + TimeDelta::minutes(night % 4 * 10), Some(20)))
            .collect()
    }

    fn pipeline(runs: &[PipelineRun]) -> (Pipeline, History) {
        let last_run = runs.iter().max_by_key(|run| run.started_on).cloned();
        let pipeline = Pipeline { id: PipelineId::workflow("W"), known: true, last_run, ..Pipeline::default() };
        let history = History::of(Some(&pipeline), runs.to_vec());
        (pipeline, history)
    }

    #[test]
    fn a_run_is_late_once_it_lasts_longer_than_every_successful_one() {
        let started = at("2026-11-26T23:50:00Z");
        let runs: Vec<PipelineRun> = nights().into_iter().chain([run(started, None)]).collect();
        let (pipeline, history) = pipeline(&runs);
        let after = |minutes| late(&pipeline, &history, started + TimeDelta::minutes(minutes));
        assert_eq!((after(20), after(26)), (None, None));
        let found = after(27).expect("late");
        assert_eq!((found.verdict, found.at), (Verdict::Late, Some(started + TimeDelta::minutes(20))));
        assert_eq!(found.text, "runs for 27m00s; the longest of 13 successful runs in 14 days took 20m00s");
        assert_eq!(after(600).map(|later| later.key), Some(found.key), "it is one finding for as long as it lasts");
    }

    #[test]
    fn too_few_successful_runs_say_nothing() {
        let started = at("2026-11-26T23:50:00Z");
        let runs: Vec<PipelineRun> = nights().into_iter().take(2).chain([run(started, None)]).collect();
        let (pipeline, history) = pipeline(&runs);
        assert_eq!(late(&pipeline, &history, started + TimeDelta::hours(9)), None);
    }

    #[test]
    fn a_habit_that_is_broken_is_told_once_a_night_even_around_midnight() {
        let (pipeline, history) = pipeline(&nights());
        // The last one began in the evening of the 25th; those of the fortnight began between 23:50 and 00:20.
        let missing = |now: &str| missing_start(&pipeline, &history, at(now));
        assert_eq!(missing("2026-11-26T23:59:00Z"), None);
        assert_eq!(missing("2026-11-27T00:20:00Z"), None, "it has half an hour");
        let found = missing("2026-11-27T00:40:00Z").expect("a missing start");
        assert_eq!(found.verdict, Verdict::NeverRan);
        assert!(found.text.starts_with("usually starts at about 00:"), "{}", found.text);
        assert_eq!(missing("2026-11-27T20:00:00Z").map(|later| later.key), Some(found.key));
        assert_eq!(missing("2026-11-30T20:00:00Z"), None, "a habit that has ended is none");
    }

    #[test]
    fn a_run_in_time_or_starts_all_over_the_day_are_no_missing_start() {
        let runs: Vec<PipelineRun> = nights().into_iter().chain([run(at("2026-11-27T00:05:00Z"), Some(20))]).collect();
        let (regular, history) = pipeline(&runs);
        assert_eq!(missing_start(&regular, &history, at("2026-11-27T02:00:00Z")), None);
        let first = at("2026-11-13T00:00:00Z");
        let runs: Vec<PipelineRun> = (0..14).map(|n| run(first + TimeDelta::hours(n * 25), Some(5))).collect();
        let (anytime, history) = pipeline(&runs);
        assert_eq!(missing_start(&anytime, &history, at("2026-11-27T23:00:00Z")), None);
    }
}
