//! The sandbox's files and expressions: scenarios, schedules, filter patterns, SQL.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| gluedeck_sandbox::fuzzing::parse(text));
