//! The workflow stacks: workflows and their triggers.

use super::template::{Names, record_id};
use crate::definitions::{Target, TriggerDefinition};
use crate::record::{Layer, Record};
use serde_json::{Map, Value, json};

/// The parameter with the environment's schedule.
const SCHEDULE: &str = "Schedule";

pub(super) fn template(names: &Names<'_>, records: &[Record]) -> Value {
    let mut resources = Map::new();
    for record in records {
        add_record(names, record, &mut resources);
    }
    let mut parameters = Map::new();
    if records.iter().any(|record| record.schedule.is_none()) {
        parameters.insert(
            SCHEDULE.to_owned(),
            json!({
                "Type": "String",
                "Default": names.environment.schedule,
                "Description": "When the workflows start that have no schedule of their own, UTC",
            }),
        );
    }
    let about = format!("{}: workflows and triggers", names.prefix());
    super::template::template(&about, Value::Object(parameters), resources, json!({}))
}

fn add_record(names: &Names<'_>, record: &Record, resources: &mut Map<String, Value>) {
    let id = record_id(record);
    let made = names.pipeline.resources(names.environment, record);
    let workflow = made.workflow;
    resources.insert(
        format!("{id}Workflow"),
        json!({
            "Type": "AWS::Glue::Workflow",
            "Properties": {
                "Name": workflow.name,
                "Description": workflow.description,
                "MaxConcurrentRuns": workflow.max_concurrent_runs,
                "DefaultRunProperties": workflow.properties,
                "Tags": names.tags(Some(record)),
            },
        }),
    );
    // Glue changes a workflow's triggers one at a time (docs/aws-facts.md: Triggers); so each waits for the one before it.
    let mut before: Option<String> = None;
    for (end, trigger) in trigger_ids().zip(made.triggers) {
        let own = format!("{id}{end}");
        let mut resource = trigger_resource(names, record, &id, trigger);
        if let Some(before) = before.replace(own.clone()) {
            resource["DependsOn"] = json!(before);
        }
        resources.insert(own, resource);
    }
}

/// The ends of the logical ids, in the order of the chain.
fn trigger_ids() -> impl Iterator<Item = String> {
    let bronze = ["BronzeJobTrigger", "BronzeCrawlerTrigger", "BronzeDqJobTrigger"].map(str::to_owned);
    let rest = [Layer::Silver, Layer::Gold]
        .into_iter()
        .flat_map(|layer| [format!("{}JobTrigger", layer.title()), format!("{}DqJobTrigger", layer.title())]);
    bronze.into_iter().chain(rest)
}

fn trigger_resource(names: &Names<'_>, record: &Record, id: &str, trigger: TriggerDefinition) -> Value {
    let actions: Value = trigger.actions.iter().map(|target| named(target, json!({}))).collect();
    let conditions: Vec<Value> = trigger
        .conditions
        .iter()
        .map(|(target, state)| {
            let member = if matches!(target, Target::Job(_)) { "State" } else { "CrawlState" };
            named(target, json!({ "LogicalOperator": "EQUALS", member: state }))
        })
        .collect();
    let mut properties = json!({
        "Name": trigger.name,
        "Description": trigger.description,
        "Type": trigger.trigger_type,
        "WorkflowName": { "Ref": format!("{id}Workflow") },
        "StartOnCreation": trigger.active,
        "Actions": actions,
        "Tags": names.tags(Some(record)),
    });
    if let Some(schedule) = trigger.schedule {
        properties["Schedule"] = if record.schedule.is_some() { json!(schedule) } else { json!({ "Ref": SCHEDULE }) };
    }
    if !conditions.is_empty() {
        properties["Predicate"] = json!({ "Logical": trigger.logical, "Conditions": conditions });
    }
    json!({ "Type": "AWS::Glue::Trigger", "Properties": properties })
}

/// A map with the name of a job or crawler in it.
fn named(target: &Target, mut map: Value) -> Value {
    let member = if matches!(target, Target::Job(_)) { "JobName" } else { "CrawlerName" };
    map[member] = json!(target.name());
    map
}
