//! CloudFormation of a pipeline: the templates of its stacks, the programs, and a script that deploys both.
//!
//! A stack takes 500 resources and a template 1 MB ("AWS CloudFormation quotas"), so the records are spread over several
//! stacks. A record that is added or taken out leaves all others where they are: the templates that were written before say
//! where that is, since a resource that moves from one deployed stack to another is in the way of itself.

mod alert;
mod compute;
mod deploy;
mod storage;
mod template;
mod workflows;

use crate::pipeline::{Environment, Pipeline};
use crate::programs;
use crate::record::Record;
use serde_json::Value;
use std::collections::BTreeMap;
use template::Names;
pub use template::Stack;

/// A file of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Below the output folder, with slashes.
    pub path: String,
    pub text: String,
    pub executable: bool,
}

/// Records in one stack. Each makes eight resources of compute, and there are a few more; the policies of their role, one a
/// table, must not exceed 10,240 characters together ("IAM and AWS STS quotas").
const RECORDS_A_STACK: usize = 30;

/// In which stack each table is, by the beginning of its logical ids.
pub type Placement = BTreeMap<String, usize>;

/// Where tables are by templates that were written before, each with its file's name.
pub fn placement(templates: &[(String, Value)]) -> Placement {
    const CRAWLER: &str = "BronzeCrawler";
    let mut placed = Placement::new();
    for (file, template) in templates {
        let number = file.strip_prefix("compute-").and_then(|rest| rest.split('.').next()?.parse().ok());
        let ids = template["Resources"].as_object().into_iter().flat_map(|resources| resources.keys());
        let tables = ids.filter_map(|id| id.strip_suffix(CRAWLER));
        placed
            .extend(number.into_iter().flat_map(|number: usize| tables.clone().map(move |id| (id.to_owned(), number))));
    }
    placed
}

/// The records of each stack. A table stays in the stack in which it is `placed`; a new one comes into the first that has
/// room.
fn spread(records: &[Record], placed: &Placement) -> BTreeMap<usize, Vec<Record>> {
    let mut spread: BTreeMap<usize, Vec<Record>> = BTreeMap::new();
    let mut left = Vec::new();
    for record in records {
        match placed.get(&template::record_id(record)) {
            Some(number) => spread.entry(*number).or_default().push(record.clone()),
            None => left.push(record),
        }
    }
    for record in left {
        let has_room = |number: &usize| spread.get(number).is_none_or(|records| records.len() < RECORDS_A_STACK);
        let number = (1..).find(has_room).unwrap_or(1);
        spread.entry(number).or_default().push(record.clone());
    }
    spread
}

/// The stacks of a pipeline in an environment, in the order in which they are deployed.
pub fn stacks(pipeline: &Pipeline, environment: &Environment, placed: &Placement) -> Vec<Stack> {
    let names = Names { pipeline, environment };
    let mut stacks = vec![names.stack("storage", storage::template(&names))];
    let spread = spread(&pipeline.records, placed);
    let first = spread.keys().next().copied();
    stacks.extend(spread.iter().map(|(n, records)| {
        names.stack(&format!("compute-{n}"), compute::template(&names, records, Some(*n) == first))
    }));
    stacks.extend(
        spread.iter().map(|(n, records)| names.stack(&format!("workflows-{n}"), workflows::template(&names, records))),
    );
    stacks
}

/// Everything that is needed to deploy the stacks of a pipeline: the same bytes for the same file.
pub fn synth(pipeline: &Pipeline, environment: &Environment, stacks: &[Stack]) -> Vec<OutputFile> {
    let file = |path: String, text: String| OutputFile { path, text, executable: false };
    let templates = stacks.iter().map(|stack| file(stack.file.clone(), format!("{:#}\n", stack.template)));
    let programs = programs::job_programs().map(|(name, text)| file(format!("jobs/{name}"), text.to_owned()));
    let deploy = deploy::script(pipeline, environment, stacks);
    let deploy = OutputFile { path: "deploy.sh".to_owned(), text: deploy, executable: true };
    templates.chain(programs).chain([deploy]).collect()
}
