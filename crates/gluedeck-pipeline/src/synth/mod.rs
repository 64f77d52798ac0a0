//! CloudFormation of a pipeline: the templates of its stacks, the programs, and a script that deploys both.
//!
//! A stack takes 500 resources and a template 1 MB ("AWS CloudFormation quotas"), so the records are spread over several
//! stacks by their place in the file: a record that is added at the end leaves all others where they are.

mod alert;
mod compute;
mod deploy;
mod storage;
mod template;
mod workflows;

use crate::pipeline::{Environment, Pipeline};
use crate::programs;
use crate::record::Record;
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

/// The stacks of a pipeline in an environment, in the order in which they are deployed.
pub fn stacks(pipeline: &Pipeline, environment: &Environment) -> Vec<Stack> {
    let names = Names { pipeline, environment };
    let mut stacks = vec![names.stack("storage", storage::template(&names))];
    let chunks = || pipeline.records.chunks(RECORDS_A_STACK).enumerate().map(|(n, records)| (n + 1, records));
    let compute = |(n, records): (usize, &[Record])| {
        names.stack(&format!("compute-{n}"), compute::template(&names, records, n == 1))
    };
    stacks.extend(chunks().map(compute));
    stacks.extend(
        chunks().map(|(n, records)| names.stack(&format!("workflows-{n}"), workflows::template(&names, records))),
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
