//! Reading templates: their resources in the order of their dependencies, with parameters and names resolved.

use super::failure::{Context, Failure, invalid};
use super::resources;

use super::stacks::{Request, StackResource};
use gluedeck_pipeline::intrinsics::{self, Lookup};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Resources of a template ("AWS CloudFormation quotas").
const MAX_RESOURCES: usize = 500;
/// Outputs of a template.
const MAX_OUTPUTS: usize = 200;
/// Bytes of a template in the request; one from a bucket may have 1 MB.
pub(super) const MAX_BODY_BYTES: usize = 51_200;
pub(super) const MAX_URL_BYTES: usize = 1_000_000;

/// A template that is well formed.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) about: String,
    pub(super) parameters: Map<String, Value>,
    pub(super) resources: Map<String, Value>,
    pub(super) outputs: Map<String, Value>,
}

impl Template {
    /// Reads a template: JSON, with the sections and resource types that the pipeline's stacks have.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let whole: Value = serde_json::from_str(text)
            .map_err(|error| invalid(format!("Template format error: JSON not well-formed. ({error})")))?;
        let Value::Object(mut whole) = whole else {
            return Err(invalid("Template format error: unsupported structure."));
        };
        let mut section = |name: &str| match whole.remove(name) {
            None => Ok(Map::new()),
            Some(Value::Object(map)) => Ok(map),
            Some(_) => Err(invalid(format!("Template format error: {name} must be an object."))),
        };
        let (parameters, resources, outputs) = (section("Parameters")?, section("Resources")?, section("Outputs")?);
        let about = whole.remove("Description").and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default();
        whole.remove("AWSTemplateFormatVersion");
        if let Some(name) = whole.keys().next() {
            return Err(invalid(format!("Template format error: the sandbox does not support the section {name}")));
        }
        if resources.is_empty() {
            return Err(invalid("Template format error: At least one Resources member must be defined."));
        }
        if resources.len() > MAX_RESOURCES {
            let message = format!(
                "Template format error: Number of resources, {}, is greater than maximum allowed, {MAX_RESOURCES}",
                resources.len()
            );
            return Err(invalid(message));
        }
        if outputs.len() > MAX_OUTPUTS {
            return Err(invalid(format!(
                "Template format error: Number of outputs is greater than maximum allowed, {MAX_OUTPUTS}"
            )));
        }
        for (name, resource) in &resources {
            let kind = resource["Type"].as_str().ok_or_else(|| {
                invalid(format!(
                    "Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
                ))
            })?;
            if !resources::is_supported(kind) {
                return Err(invalid(format!("Template format error: Unrecognized resource types: [{kind}]")));
            }
        }
        Ok(Self { about, parameters, resources, outputs })
    }

    /// What has to be allowed for it.
    pub(super) fn capability(&self) -> Option<&'static str> {
        let has_iam = |resource: &Value| resource["Type"].as_str().is_some_and(|kind| kind.starts_with("AWS::IAM::"));
        self.resources.values().any(has_iam).then_some("CAPABILITY_IAM")
    }

    /// The values of its parameters: what is given, else the default.
    pub(super) fn parameters(&self, given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Failure> {
        if let Some(name) = given.keys().find(|name| !self.parameters.contains_key(*name)) {
            return Err(invalid(format!("Parameters: [{name}] do not exist in the template")));
        }
        let value = |(name, declared): (&String, &Value)| {
            let default = declared["Default"].as_str().map(str::to_owned);
            match given.get(name).cloned().or(default) {
                Some(value) => Ok((name.clone(), value)),
                None => Err(invalid(format!("Parameters: [{name}] must have values"))),
            }
        };
        self.parameters.iter().map(value).collect()
    }

    /// The logical ids, each after those that it refers to.
    pub(super) fn in_order(&self) -> Result<Vec<String>, Failure> {
        let (mut done, mut order) = (BTreeSet::new(), Vec::new());
        for name in self.resources.keys() {
            self.visit(name, &mut Vec::new(), &mut done, &mut order)?;
        }
        Ok(order)
    }

    fn visit(
        &self,
        name: &str,
        path: &mut Vec<String>,
        done: &mut BTreeSet<String>,
        order: &mut Vec<String>,
    ) -> Result<(), Failure> {
        if done.contains(name) {
            return Ok(());
        }
        if path.iter().any(|before| before == name) {
            return Err(invalid(format!("Circular dependency between resources: [{}]", path.join(", "))));
        }
        path.push(name.to_owned());
        for other in self.needs(name)? {
            self.visit(&other, path, done, order)?;
        }
        path.pop();
        done.insert(name.to_owned());
        order.push(name.to_owned());
        Ok(())
    }

    /// What a resource refers to, of the template's resources.
    fn needs(&self, name: &str) -> Result<Vec<String>, Failure> {
        let resource = &self.resources[name];
        let mut needed = Vec::new();
        intrinsics::references(&resource["Properties"], &mut needed);
        needed.retain(|other| self.resources.contains_key(other));
        let depends = match &resource["DependsOn"] {
            Value::String(one) => vec![one.clone()],
            Value::Array(list) => list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        };
        if let Some(unknown) = depends.iter().find(|other| !self.resources.contains_key(*other)) {
            let message = format!(
                "Template format error: Unresolved resource dependencies [{unknown}] in the Resources block of the template"
            );
            return Err(invalid(message));
        }
        needed.extend(depends);
        Ok(needed)
    }
}

/// What names stand for while a stack is made.
pub(super) struct Names<'b> {
    pub(super) at: &'b Context<'b>,
    pub(super) stack: (&'b str, &'b str),
    pub(super) parameters: &'b BTreeMap<String, String>,
    pub(super) resources: &'b BTreeMap<String, StackResource>,
    pub(super) exports: &'b BTreeMap<String, String>,
}

impl Lookup for Names<'_> {
    fn reference(&self, name: &str) -> Option<Value> {
        let environment = &self.at.backend.environment;
        Some(Value::from(match name {
            "AWS::Region" => environment.region.clone(),
            "AWS::AccountId" => environment.account.clone(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::StackName" => self.stack.0.to_owned(),
            "AWS::StackId" => self.stack.1.to_owned(),
            other => match self.parameters.get(other) {
                Some(value) => value.clone(),
                None => self.resources.get(other)?.physical.clone(),
            },
        }))
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Option<String> {
        self.resources.get(resource)?.attributes.get(attribute).cloned()
    }

    fn export(&self, name: &str) -> Option<String> {
        self.exports.get(name).cloned()
    }
}

/// The same request on a stack that is there: parameters that are not given again keep their values.
pub(super) fn with_previous(request: Request, previous: &[String], before: &BTreeMap<String, String>) -> Request {
    let mut parameters = request.parameters;
    for name in previous {
        if let Some(value) = before.get(name) {
            parameters.insert(name.clone(), value.clone());
        }
    }
    Request { parameters, ..request }
}
