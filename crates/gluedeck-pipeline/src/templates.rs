//! What templates define: the other way from `synth`, for comparisons.

use crate::definitions::{
    CrawlerDefinition, Definitions, JobDefinition, Target, TriggerDefinition, WorkflowDefinition,
};
use crate::intrinsics::{Lookup, ResolveError, resolve};
use serde_json::Value;
use std::collections::BTreeMap;

/// The names of one template, and what all of them export.
struct Template<'t> {
    template: &'t Value,
    stack: &'t str,
    exports: &'t BTreeMap<String, String>,
}

impl Lookup for Template<'_> {
    fn reference(&self, name: &str) -> Option<Value> {
        if name == "AWS::StackName" {
            return Some(Value::from(self.stack));
        }
        if let Some(parameter) = self.template["Parameters"].get(name) {
            return parameter.get("Default").cloned();
        }
        // What a resource is called is its name; of accounts and Regions a template does not tell.
        let properties = self.template["Resources"].get(name).map(|resource| &resource["Properties"]);
        let named = properties.and_then(|properties| properties.get("Name").or(properties.get("BucketName")).cloned());
        named.or_else(|| Some(Value::from(format!("({name})"))))
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Option<String> {
        Some(format!("({resource}.{attribute})"))
    }

    fn export(&self, name: &str) -> Option<String> {
        self.exports.get(name).cloned()
    }
}

/// The definitions of stacks, each with its name, in the order in which they are deployed.
///
/// # Errors
/// If a template uses what these templates do not, or imports what none before it exports.
pub fn definitions_of(stacks: &[(String, Value)]) -> Result<Definitions, ResolveError> {
    let (mut all, mut exports) = (Definitions::default(), BTreeMap::new());
    for (stack, template) in stacks {
        let lookup = Template { template, stack, exports: &exports };
        for resource in template["Resources"].as_object().into_iter().flat_map(|resources| resources.values()) {
            let kind = resource["Type"].as_str().unwrap_or_default();
            if kind.starts_with("AWS::Glue::") {
                add(&mut all, kind, &resolve(&resource["Properties"], &lookup)?);
            }
        }
        let mut more = BTreeMap::new();
        for output in template["Outputs"].as_object().into_iter().flat_map(|outputs| outputs.values()) {
            let name = resolve(&output["Export"]["Name"], &lookup)?;
            let value = resolve(&output["Value"], &lookup)?;
            if let (Some(name), Some(value)) = (name.as_str(), value.as_str()) {
                more.insert(name.to_owned(), value.to_owned());
            }
        }
        exports.extend(more);
    }
    Ok(all)
}

fn add(all: &mut Definitions, kind: &str, properties: &Value) {
    let name = text(&properties["Name"]);
    match kind {
        "AWS::Glue::Database" => {
            let input = &properties["DatabaseInput"];
            all.databases.insert(text(&input["Name"]), text(&input["Description"]));
        }
        "AWS::Glue::Workflow" => _ = all.workflows.insert(name.clone(), workflow(name, properties)),
        "AWS::Glue::Trigger" => _ = all.triggers.insert(name.clone(), trigger(name, properties)),
        "AWS::Glue::Job" => _ = all.jobs.insert(name.clone(), job(name, properties)),
        "AWS::Glue::Crawler" => _ = all.crawlers.insert(name.clone(), crawler(name, properties)),
        _ => {}
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn whole(value: &Value) -> u32 {
    value.as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
}

fn texts(value: &Value) -> BTreeMap<String, String> {
    let pairs = value.as_object().into_iter().flatten();
    pairs.map(|(name, value)| (name.clone(), text(value))).collect()
}

fn workflow(name: String, properties: &Value) -> WorkflowDefinition {
    WorkflowDefinition {
        name,
        description: text(&properties["Description"]),
        max_concurrent_runs: properties["MaxConcurrentRuns"].as_u64().and_then(|most| u32::try_from(most).ok()),
        properties: texts(&properties["DefaultRunProperties"]),
    }
}

fn target(of: &Value) -> Option<Target> {
    let named = |member: &str| of.get(member).map(text);
    named("JobName").map(Target::Job).or_else(|| named("CrawlerName").map(Target::Crawler))
}

fn trigger(name: String, properties: &Value) -> TriggerDefinition {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let state =
        |condition: &Value| text(condition.get("State").or(condition.get("CrawlState")).unwrap_or(&Value::Null));
    let predicate = &properties["Predicate"];
    let conditions = list(&predicate["Conditions"]);
    TriggerDefinition {
        name,
        workflow: properties["WorkflowName"].as_str().map(str::to_owned),
        trigger_type: text(&properties["Type"]),
        description: text(&properties["Description"]),
        schedule: properties["Schedule"].as_str().map(str::to_owned),
        logical: text(&predicate["Logical"]),
        conditions: conditions.iter().filter_map(|condition| Some((target(condition)?, state(condition)))).collect(),
        actions: list(&properties["Actions"]).iter().filter_map(target).collect(),
        active: properties["StartOnCreation"].as_bool().unwrap_or_default(),
    }
}

fn job(name: String, properties: &Value) -> JobDefinition {
    JobDefinition {
        name,
        script: text(&properties["Command"]["ScriptLocation"]),
        arguments: texts(&properties["DefaultArguments"]),
        worker_type: text(&properties["WorkerType"]),
        workers: whole(&properties["NumberOfWorkers"]),
        timeout_minutes: whole(&properties["Timeout"]),
        max_retries: whole(&properties["MaxRetries"]),
        glue_version: text(&properties["GlueVersion"]),
        max_concurrent_runs: whole(&properties["ExecutionProperty"]["MaxConcurrentRuns"]),
    }
}

fn crawler(name: String, properties: &Value) -> CrawlerDefinition {
    let policy = &properties["SchemaChangePolicy"];
    CrawlerDefinition {
        name,
        database: text(&properties["DatabaseName"]),
        path: text(&properties["Targets"]["S3Targets"][0]["Path"]),
        recrawl: text(&properties["RecrawlPolicy"]["RecrawlBehavior"]),
        on_change: text(&policy["UpdateBehavior"]),
        on_delete: text(&policy["DeleteBehavior"]),
    }
}
