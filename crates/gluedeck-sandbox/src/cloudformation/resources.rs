//! The resource types: how each is made, changed and deleted. Those of Glue and Athena are made by the services' own
//! operations, with the properties as their input.

use super::failure::{Context, Failure, invalid};

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The types that the pipeline's stacks have.
const SUPPORTED: [&str; 13] = [
    "AWS::Athena::WorkGroup",
    "AWS::Events::Rule",
    "AWS::Glue::Crawler",
    "AWS::Glue::Database",
    "AWS::Glue::Job",
    "AWS::Glue::Trigger",
    "AWS::Glue::Workflow",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
];

pub(super) fn is_supported(kind: &str) -> bool {
    SUPPORTED.contains(&kind)
}

/// What a resource is called, and what `Fn::GetAtt` finds of it.
pub(super) type Made = (String, BTreeMap<String, String>);

/// A resource that is to be made: of which stack, what it is called there, its type and properties.
pub(super) struct Wanted<'w> {
    pub(super) stack: &'w str,
    pub(super) logical: &'w str,
    pub(super) kind: &'w str,
    pub(super) properties: &'w Value,
}

impl Wanted<'_> {
    fn text(&self, pointer: &str) -> Option<String> {
        self.properties.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    }

    /// The name that it is given; None where one is made up.
    pub(super) fn name(&self) -> Option<String> {
        self.text(match self.kind {
            "AWS::S3::Bucket" => "/BucketName",
            "AWS::Glue::Database" => "/DatabaseInput/Name",
            "AWS::Logs::LogGroup" => "/LogGroupName",
            "AWS::Lambda::Function" => "/FunctionName",
            "AWS::IAM::Role" => "/RoleName",
            "AWS::IAM::Policy" => "/PolicyName",
            _ => "/Name",
        })
    }

    fn required(&self) -> Result<String, Failure> {
        let missing = || invalid(format!("{}: its name is missing; the sandbox makes none up", self.logical));
        self.name().ok_or_else(missing)
    }
}

/// Makes a resource.
pub(super) fn create(at: &Context<'_>, wanted: &Wanted<'_>) -> Result<Made, Failure> {
    let properties = wanted.properties;
    let glue = |operation: &str, input: Value| (at.call)("glue", operation, input);
    let made_up = || format!("{}-{}", wanted.stack, wanted.logical);
    let name = match wanted.kind {
        "AWS::S3::Bucket" => {
            let name = wanted.required()?;
            let created = at.backend.lake.create_bucket(&name).map_err(|error| invalid(error.to_string()))?;
            if !created {
                return Err(invalid(format!("{name} already exists")));
            }
            name
        }
        "AWS::Glue::Database" => {
            glue("CreateDatabase", json!({ "DatabaseInput": properties["DatabaseInput"] }))?;
            wanted.required()?
        }
        "AWS::Glue::Job" => named(glue("CreateJob", properties.clone())?),
        "AWS::Glue::Crawler" => {
            glue("CreateCrawler", properties.clone())?;
            wanted.required()?
        }
        "AWS::Glue::Workflow" => named(glue("CreateWorkflow", properties.clone())?),
        "AWS::Glue::Trigger" => {
            let name = named(glue("CreateTrigger", properties.clone())?);
            settle(at, &name);
            name
        }
        "AWS::Athena::WorkGroup" => {
            let input = workgroup(properties, "Configuration");
            (at.call)("athena", "CreateWorkGroup", input)?;
            wanted.required()?
        }
        _ => wanted.name().unwrap_or_else(made_up),
    };
    Ok((name.clone(), attributes(at, wanted.kind, &name)))
}

fn named(answer: Value) -> String {
    answer["Name"].as_str().unwrap_or_default().to_owned()
}

/// CloudFormation waits until a trigger has settled before it goes on.
fn settle(at: &Context<'_>, trigger: &str) {
    // It refuses nothing.
    let _ = at.backend.hub.change(|control, _| {
        control.settle_now(trigger);
        Ok(())
    });
}

fn attributes(at: &Context<'_>, kind: &str, name: &str) -> BTreeMap<String, String> {
    let (account, region) = (&at.backend.environment.account, &at.backend.environment.region);
    let arn = match kind {
        "AWS::IAM::Role" => format!("arn:aws:iam::{account}:role/{name}"),
        "AWS::Lambda::Function" => format!("arn:aws:lambda:{region}:{account}:function:{name}"),
        "AWS::Events::Rule" => format!("arn:aws:events:{region}:{account}:rule/{name}"),
        "AWS::Logs::LogGroup" => format!("arn:aws:logs:{region}:{account}:log-group:{name}:*"),
        "AWS::S3::Bucket" => format!("arn:aws:s3:::{name}"),
        _ => return BTreeMap::new(),
    };
    BTreeMap::from([("Arn".to_owned(), arn)])
}

/// CreateWorkGroup and UpdateWorkGroup call the configuration otherwise than the resource does.
fn workgroup(properties: &Value, member: &str) -> Value {
    let mut input = properties.clone();
    if let Some(map) = input.as_object_mut()
        && let Some(configuration) = map.remove("WorkGroupConfiguration")
    {
        map.insert(member.to_owned(), configuration);
    }
    input
}

/// The properties without some of them.
fn without(properties: &Value, names: &[&str]) -> Map<String, Value> {
    let members = properties.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| !names.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Gives a resource that keeps its name other properties.
pub(super) fn update(at: &Context<'_>, kind: &str, name: &str, properties: &Value) -> Result<(), Failure> {
    let glue = |operation: &str, input: Value| (at.call)("glue", operation, input).map(|_| ());
    match kind {
        "AWS::Glue::Database" => {
            glue("UpdateDatabase", json!({ "Name": name, "DatabaseInput": properties["DatabaseInput"] }))
        }
        "AWS::Glue::Job" => {
            glue("UpdateJob", json!({ "JobName": name, "JobUpdate": without(properties, &["Name", "Tags"]) }))
        }
        "AWS::Glue::Crawler" => glue("UpdateCrawler", properties.clone()),
        "AWS::Glue::Workflow" => glue("UpdateWorkflow", properties.clone()),
        "AWS::Glue::Trigger" => {
            let changed = without(properties, &["Name", "Type", "WorkflowName", "StartOnCreation", "Tags"]);
            settle(at, name);
            glue("UpdateTrigger", json!({ "Name": name, "TriggerUpdate": changed }))?;
            settle(at, name);
            Ok(())
        }
        "AWS::Athena::WorkGroup" => {
            let mut input = workgroup(properties, "ConfigurationUpdates");
            input["WorkGroup"] = json!(name);
            if let Some(changes) = input.get_mut("ConfigurationUpdates").and_then(Value::as_object_mut)
                && let Some(result) = changes.remove("ResultConfiguration")
            {
                changes.insert("ResultConfigurationUpdates".to_owned(), result);
            }
            (at.call)("athena", "UpdateWorkGroup", input).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Deletes a resource.
pub(super) fn delete(at: &Context<'_>, kind: &str, name: &str) -> Result<(), Failure> {
    let glue = |operation: &str, input: Value| (at.call)("glue", operation, input).map(|_| ());
    match kind {
        "AWS::Glue::Database" => glue("DeleteDatabase", json!({ "Name": name })),
        "AWS::Glue::Job" => glue("DeleteJob", json!({ "JobName": name })),
        "AWS::Glue::Crawler" => glue("DeleteCrawler", json!({ "Name": name })),
        "AWS::Glue::Workflow" => glue("DeleteWorkflow", json!({ "Name": name })),
        "AWS::Glue::Trigger" => {
            settle(at, name);
            glue("DeleteTrigger", json!({ "Name": name }))
        }
        "AWS::Athena::WorkGroup" => {
            let input = json!({ "WorkGroup": name, "RecursiveDeleteOption": true });
            (at.call)("athena", "DeleteWorkGroup", input).map(|_| ())
        }
        "AWS::S3::Bucket" => at.backend.lake.delete_bucket(name).map_err(|error| invalid(error.to_string())),
        _ => Ok(()),
    }
}
