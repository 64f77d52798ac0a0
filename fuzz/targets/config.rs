//! The configuration file and themes.

#![no_main]

use gluedeck::config;
use gluedeck_core::domain::query::bytes_of;
use gluedeck_tui::flow::Keymap;
use gluedeck_tui::ui::{Depth, Theme};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (config, complaints) = config::parse(text, "config.toml");
    assert!(complaints.iter().all(|complaint| complaint.starts_with("config.toml")), "a complaint says where");
    for name in config.environments() {
        config.environment(name).policy(name);
    }
    Keymap::of(&config.keys);
    if let Err(error) = Theme::parse(text, Depth::True) {
        assert!(!error.to_string().is_empty());
    }
    let _ = bytes_of(text);
});
