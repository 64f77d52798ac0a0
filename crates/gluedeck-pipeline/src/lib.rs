//! A Glue pipeline as a file: one record a table, and the settings that hold for all. Nothing here calls AWS.

mod check;
mod compare;
mod definitions;
mod fields;
pub mod file;
mod import;
pub mod intrinsics;
mod patch;
mod pipeline;
mod problem;
mod programs;
mod read;
mod record;
mod resources;
pub mod schedule;
mod schema;
mod synth;
mod templates;
mod write;

pub use compare::{Change, Difference, ResourceKind, compare, or_nothing};
pub use definitions::{CrawlerDefinition, Definitions, JobDefinition, Target, TriggerDefinition, WorkflowDefinition};
pub use import::{Imported, Misfit, import};
pub use patch::{PatchError, Patched, write_schedules};
pub use pipeline::{Environment, EnvironmentError, JobDefaults, Pipeline, bucket_purposes};
pub use problem::Problem;
pub use programs::job_programs;
pub use record::{Layer, LayerFields, Mapping, Record};
pub use resources::RecordResources;
pub use schema::schema;
pub use synth::{OutputFile, Placement, Stack, placement, stacks, synth};
pub use templates::definitions_of;
pub use write::write;

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
