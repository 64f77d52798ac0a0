//! What the templates have in common: names, tags, references from one stack to another.

use crate::fields::BUCKETS;
use crate::pipeline::{Environment, Pipeline};
use crate::record::Record;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The parameter of a stack that names the one with the buckets.
pub(super) const STORAGE_STACK: &str = "StorageStack";

/// A stack: its name and its template.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    pub name: String,
    /// `compute-1.template.json`.
    pub file: String,
    pub template: Value,
}

/// The names of an environment's stacks and of what is in them.
pub(super) struct Names<'p> {
    pub(super) pipeline: &'p Pipeline,
    pub(super) environment: &'p Environment,
}

impl Names<'_> {
    /// `tumble-dev`.
    pub(super) fn prefix(&self) -> String {
        format!("{}-{}", self.pipeline.project, self.environment.name)
    }

    /// `tumble-dev-storage`.
    pub(super) fn stack_name(&self, stack: &str) -> String {
        format!("{}-{stack}", self.prefix())
    }

    pub(super) fn stack(&self, name: &str, template: Value) -> Stack {
        Stack { name: self.stack_name(name), file: format!("{name}.template.json"), template }
    }

    /// Tags of everything that the pipeline makes, and those of a record.
    pub(super) fn tags(&self, record: Option<&Record>) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::from([("pipeline".to_owned(), self.prefix())]);
        tags.extend(self.pipeline.tags.clone());
        tags.extend(record.map(|record| record.tags.clone()).unwrap_or_default());
        tags
    }

    /// Tags as most services take them.
    pub(super) fn tag_list(&self) -> Value {
        self.tags(None).into_iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
    }

    /// A text in which the names of buckets are taken from the stack that makes them.
    pub(super) fn with_buckets(&self, text: &str) -> Value {
        let mut found = Map::new();
        let mut shown = text.replace("${", "${!");
        for (purpose, _) in BUCKETS {
            let bucket = self.pipeline.bucket(self.environment, purpose);
            if has_bucket(&shown, &bucket) {
                let id = bucket_id(purpose);
                shown = shown.replacen(&bucket, &format!("${{{id}}}"), 1);
                found.insert(id, self.import(&bucket_id(purpose)));
            }
        }
        match found.len() {
            0 => Value::from(text),
            1 if shown.starts_with("${") && shown.ends_with('}') => {
                found.into_iter().next().map_or(Value::Null, |f| f.1)
            }
            _ => json!({ "Fn::Sub": [shown, found] }),
        }
    }

    /// An output of the storage stack.
    fn import(&self, output: &str) -> Value {
        json!({ "Fn::ImportValue": { "Fn::Sub": format!("${{{STORAGE_STACK}}}-{output}") } })
    }

    /// The parameter that `with_buckets` needs.
    pub(super) fn storage_parameter(&self) -> Value {
        json!({
            "Type": "String",
            "Default": self.stack_name("storage"),
            "Description": "The stack that has the buckets",
        })
    }
}

/// Whether a text is a bucket's name or an address in it: one name may be the beginning of another.
fn has_bucket(text: &str, bucket: &str) -> bool {
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with('/');
    text.strip_prefix("s3://").unwrap_or(text).strip_prefix(bucket).is_some_and(is_end)
}

/// `BronzeBucket`.
pub(super) fn bucket_id(purpose: &str) -> String {
    let mut letters = purpose.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain("Bucket".chars()).collect()
}

/// What the logical ids of a record's resources begin with. They have letters and digits only; where the `scopeId` has more,
/// a number made of it keeps two records apart that differ in nothing else.
pub(super) fn record_id(record: &Record) -> String {
    let plain: String = record.scope_id.chars().filter(char::is_ascii_alphanumeric).collect();
    if plain == record.scope_id {
        return plain;
    }
    // FNV-1a.
    let hash =
        record.scope_id.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{plain}X{hash:08x}")
}

/// A role that a service takes on, with one policy.
pub(super) fn role_of(names: &Names<'_>, service: &str, policy: &str, statements: Value) -> Value {
    json!({
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": document(json!([
                { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": service } },
            ])),
            "Policies": [{ "PolicyName": policy, "PolicyDocument": document(statements) }],
            "Tags": names.tag_list(),
        },
    })
}

pub(super) fn document(statements: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A template of these parts; empty ones are left out.
pub(super) fn template(about: &str, parameters: Value, resources: Map<String, Value>, outputs: Value) -> Value {
    let mut whole = Map::new();
    whole.insert("AWSTemplateFormatVersion".to_owned(), json!("2010-09-09"));
    whole.insert("Description".to_owned(), json!(about));
    for (name, part) in [("Parameters", parameters), ("Resources", Value::Object(resources)), ("Outputs", outputs)] {
        if part.as_object().is_some_and(|part| !part.is_empty()) {
            whole.insert(name.to_owned(), part);
        }
    }
    Value::Object(whole)
}
