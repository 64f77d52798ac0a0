//! A log of a million lines: what a key, a frame and a filter cost. `cargo bench --bench logs`

use gluedeck_core::analysis::log::{Chunk, Filter, Filters, Log, Side, first_real_error};
use gluedeck_core::domain::{LogLine, Time};
use std::hint::black_box;
use std::time::{Duration, Instant};

const EVENTS: usize = 1_000_000;
const PAGE: usize = 10_000;

/// A page as a job writes it: mostly routine, now and then a warning, and one error in all.
fn page(number: usize) -> Chunk {
    let line = |n: usize| {
        let message = match n {
            700_001 => "26/11/25 03:04:00 ERROR ProcessLauncher: Error from Python:Traceback (most recent call last):\n  File \"/tmp/job.py\", line 3, in main\nValueError: n/a".to_owned(),
            n if n % 997 == 0 => format!("26/11/25 03:00:09 WARN TaskSetManager: task {n} is slow"),
            n => format!("26/11/25 03:00:09 INFO RecordWriter: record {n} of {EVENTS} written to partition {}", n % 64),
        };
        let at = Time::from_timestamp_millis(1_795_576_000_000 + n as i64 / 3);
        LogLine { at, ingested: at, message }
    };
    Chunk::of((number * PAGE..(number + 1) * PAGE).map(line))
}

fn timed<T>(what: &str, rounds: u32, mut work: impl FnMut() -> T) -> T {
    let begun = Instant::now();
    let mut last = work();
    for _ in 1..rounds {
        last = work();
    }
    let took: Duration = begun.elapsed() / rounds;
    println!("{what:54} {:>12.3} ms", took.as_secs_f64() * 1_000.0);
    last
}

fn filters(text: &str) -> Filters {
    Filters { stack: vec![Filter::parse(text).expect("a filter")], ..Filters::default() }
}

fn main() {
    let pages: Vec<Chunk> =
        timed("1,000,000 lines cut, judged and packed", 1, || (0..EVENTS / PAGE).map(page).collect());
    let mut log = Log::default();
    // As they come if the end is read first.
    timed("merged and grouped, the last page first", 1, || {
        for page in pages.iter().rev() {
            log.add(0, page.clone(), Side::Older);
        }
    });
    println!("{:54} {:>12.1} MB", "held", log.bytes() as f64 / 1_048_576.0);
    for text in ["partition 63", "level:warn", "!INFO", "~rcrd999", "slow|ValueError", "record (7|8)[0-9]+5 "] {
        let filter_job = log.set_filters(filters(text)).expect("so many are filtered off the key path");
        let answer = timed(&format!("filter {text:24} off the key path"), 1, || filter_job.run());
        timed(&format!("       {text:24} its answer taken"), 1, || log.apply_filter_result(answer.clone()));
        println!("{:54} {:>12} records", "", log.shown().len());
    }
    if let Some(filter_job) = log.set_filters(Filters::default()) {
        log.apply_filter_result(filter_job.run());
    }
    let ids: Vec<_> = (0..1_000).map(|n| log.shown()[n * 999]).collect();
    timed("where a record is among a million, 1,000 times", 10, || {
        ids.iter().filter_map(|id| log.position(*id).ok()).map(black_box).sum::<usize>()
    });
    timed("the first real error of a million lines", 5, || first_real_error(&log));
    timed("a page of 10,000 new lines added at the end", 1, || {
        let later = Chunk::of((0..PAGE).map(|n| LogLine {
            at: Time::from_timestamp_millis(1_795_577_000_000 + n as i64),
            ingested: None,
            message: format!("more {n}"),
        }));
        log.add(0, later, Side::Newer)
    });
}
