//! A pipeline's file, in each format; and of a file that is right, that it can be written, patched, deployed and imported.

#![no_main]

use gluedeck_pipeline::file::{Format, Position};
use gluedeck_pipeline::{Pipeline, Placement, compare, definitions_of, import, read, stacks, write, write_schedules};
use std::collections::BTreeMap;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let end = Position::of(text, text.len());
    for format in [Format::Json, Format::Toml, Format::Yaml] {
        match read(text, format) {
            Ok(pipeline) => right(text, format, &pipeline),
            Err(problems) => {
                assert!(!problems.is_empty(), "what is refused is told why");
                assert!(problems.iter().all(|problem| problem.at <= end), "each has a place in the text");
                assert!(problems.windows(2).all(|pair| pair[0].at <= pair[1].at), "in the order of the file");
            }
        }
    }
});

fn right(text: &str, format: Format, pipeline: &Pipeline) {
    assert!(!pipeline.records.is_empty(), "a file without records is wrong");
    assert_eq!(read(&write(pipeline), Format::Json).as_ref(), Ok(pipeline), "what is written is read again");
    let Some(environment) = pipeline.environments.first() else { return };
    let made = pipeline.definitions(environment);
    let all = stacks(pipeline, environment, &Placement::new()).into_iter();
    let templates: Vec<_> = all.map(|stack| (stack.name, stack.template)).collect();
    let found = definitions_of(&templates).expect("templates of ours");
    assert_eq!(compare(&made, &found), [], "templates define what the file does");
    let imported = import(&made, &environment.account, &environment.region);
    assert_eq!(imported.misfits, [], "what a file makes has the form of a file");
    let new = |name: &String| (name.clone(), "cron(17 2 * * ? *)".to_owned());
    let schedules: BTreeMap<String, String> = made.triggers.keys().map(new).collect();
    if let Ok(patched) = write_schedules(text, format, &schedules) {
        let again = read(&patched.text, format).expect("what is patched is right");
        assert!(again.records.iter().all(|record| record.schedule.is_some()));
    }
}
