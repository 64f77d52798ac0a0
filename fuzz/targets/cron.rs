//! Glue's schedules.

#![no_main]

use gluedeck_core::domain::Time;
use gluedeck_core::domain::schedule::{at_time_of_day, is_every_day, last_fire, next_fire, time_of_day};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let now: Time = "2026-11-25T03:00:00Z".parse().expect("a time");
    if let Some(next) = next_fire(text, now) {
        assert!(next > now, "the next time is later");
    }
    if let Some(last) = last_fire(text, now) {
        assert!(last <= now, "the last time is not later");
    }
    is_every_day(text);
    if let Some(time) = time_of_day(text) {
        let moved = at_time_of_day(text, time).expect("a schedule at one time of day can be moved");
        assert_eq!(time_of_day(&moved), Some(time));
    }
});
