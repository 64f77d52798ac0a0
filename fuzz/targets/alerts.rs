//! Pasted text: Slack lines, EventBridge events, ids and names.

#![no_main]

use gluedeck_core::analysis::redact;
use gluedeck_core::analysis::triage::alerts;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let found = alerts(text);
    assert!(found.len() <= 200, "a paste has a limited number of alerts");
    let names = found.iter().filter_map(|alert| alert.name.as_deref());
    assert!(names.clone().all(|name| !name.is_empty()), "a name is not empty");
    redact::values(text);
});
