//! `gluedeck pipeline`: a pipeline's file, without an account.

use super::Exit;
use super::output::{self, Output};
use gluedeck_core::analysis::words::counted;
use gluedeck_pipeline::file::Format;
use gluedeck_pipeline::{Problem, schema};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;

/// Reads a pipeline's file, and prints what is wrong with it, or how many records it has.
///
/// # Errors
/// If stdout cannot be written.
pub fn check_pipeline(path: &Path, output: Output) -> io::Result<Exit> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("gluedeck: cannot read {}: {error}", path.display());
            return Ok(Exit::Usage);
        }
    };
    let read = gluedeck_pipeline::read(&text, Format::of(path));
    let problems = read.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    let file = path.display().to_string();
    match output {
        Output::Json => output::json(&Value::Array(problems.iter().map(|problem| as_json(&file, problem)).collect()))?,
        Output::Csv => output::csv(
            &["file", "line", "column", "record", "field", "message"],
            problems.iter().map(|problem| as_row(&file, problem)),
        )?,
        _ => problems.iter().try_for_each(|problem| output::line(&format!("{file}:{problem}")))?,
    }
    match read {
        Ok(pipeline) => {
            eprintln!("gluedeck: {file}: {}, nothing wrong", counted(pipeline.records.len(), "record"));
            Ok(Exit::Done)
        }
        Err(problems) => {
            eprintln!("gluedeck: {file}: {}", counted(problems.len(), "problem"));
            Ok(Exit::Failed)
        }
    }
}

/// Prints the JSON Schema of a pipeline's file.
///
/// # Errors
/// If stdout cannot be written.
pub fn print_pipeline_schema() -> io::Result<Exit> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &schema())?;
    writeln!(out)?;
    Ok(Exit::Done)
}

fn as_json(file: &str, problem: &Problem) -> Value {
    json!({
        "file": file, "line": problem.at.line, "column": problem.at.column, "record": problem.record,
        "field": problem.field, "message": problem.message,
    })
}

fn as_row(file: &str, problem: &Problem) -> Vec<String> {
    let Problem { at, record, field, message } = problem;
    let (record, field) = (record.clone().unwrap_or_default(), field.clone().unwrap_or_default());
    vec![file.to_owned(), at.line.to_string(), at.column.to_string(), record, field, message.clone()]
}
