//! A Glue pipeline as a file: one record a table, and the settings that hold for all. Nothing here calls AWS.

mod check;
mod fields;
pub mod file;
mod pipeline;
mod problem;
mod read;
mod record;
pub mod schedule;
mod schema;

pub use pipeline::{Environment, JobDefaults, Pipeline};
pub use problem::Problem;
pub use record::{Layer, LayerFields, Mapping, Record};
pub use schema::schema;

use file::Format;

/// Reads a file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn read(text: &str, format: Format) -> Result<Pipeline, Vec<Problem>> {
    let root = read::tree(text, format).map_err(|problem| vec![problem])?;
    let mut reader = read::Reader::new(text);
    let (mut pipeline, records) = reader.file(&root);
    check::check(&mut reader, &pipeline, &records, &root);
    if !reader.problems.is_empty() {
        reader.problems.sort_by_key(|problem| problem.at);
        return Err(reader.problems);
    }
    pipeline.records = records.into_iter().map(|node| node.record).collect();
    Ok(pipeline)
}
