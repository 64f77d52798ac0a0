//! Log lines: levels, stack traces, causes, filters; and that no control character is left in what is shown.

#![no_main]

use gluedeck_core::analysis::log::{Cause, Chunk, Filter, Filters, Log, Side};
use gluedeck_core::domain::{LogLine, Time};
use gluedeck_tui::ui::text::{clean, cut, width};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (filter, lines) = text.split_once('\n').unwrap_or(("", text));
    let line = |(n, message): (usize, &str)| LogLine {
        at: Time::from_timestamp_millis(n as i64 / 3),
        ingested: None,
        message: message.to_owned(),
    };
    let count = lines.lines().count();
    let mut log = Log::default();
    if let Ok(filter) = Filter::parse(filter) {
        let stack = vec![filter];
        log.set_filters(Filters { stack, find: None, sources: vec!["one".to_owned()], hidden: Vec::new() });
    }
    log.add(0, Chunk::of(lines.lines().enumerate().map(line)), Side::Newer);
    assert_eq!(log.len(), count, "no line is lost");
    assert!(log.shown().len() <= count);
    Cause::of(lines);
    let shown = clean(text);
    assert!(!shown.chars().any(char::is_control), "nothing reaches the terminal but text");
    assert!(width(&cut(&shown, 40)) <= 40, "what is cut fits");
});
