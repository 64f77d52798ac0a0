//! A pipeline's file, in each format.

#![no_main]

use gluedeck_pipeline::file::{Format, Position};
use gluedeck_pipeline::read;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let end = Position::of(text, text.len());
    for format in [Format::Json, Format::Toml, Format::Yaml] {
        match read(text, format) {
            Ok(pipeline) => assert!(!pipeline.records.is_empty(), "a file without records is wrong"),
            Err(problems) => {
                assert!(!problems.is_empty(), "what is refused is told why");
                assert!(problems.iter().all(|problem| problem.at <= end), "each has a place in the text");
                assert!(problems.windows(2).all(|pair| pair[0].at <= pair[1].at), "in the order of the file");
            }
        }
    }
});
