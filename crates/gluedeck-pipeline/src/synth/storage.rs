//! The storage stack: buckets, databases, Athena's workgroup. What holds data stays when the stack is deleted.

use super::template::{Names, bucket_id};
use crate::fields::BUCKETS;
use serde_json::{Map, Value, json};

/// Days after which results of queries are deleted.
const RESULT_DAYS: u32 = 30;

pub(super) fn template(names: &Names<'_>) -> Value {
    let (mut resources, mut outputs) = (Map::new(), Map::new());
    for (purpose, _) in BUCKETS {
        let id = bucket_id(purpose);
        resources.insert(id.clone(), bucket(names, purpose));
        outputs.insert(
            id.clone(),
            json!({ "Value": { "Ref": id }, "Export": { "Name": { "Fn::Sub": format!("${{AWS::StackName}}-{id}") } } }),
        );
    }
    for (name, about) in names.pipeline.databases() {
        let id: String = name.split('_').map(capitalised).chain(["Database".to_owned()]).collect();
        let input = json!({ "Name": name, "Description": about });
        resources.insert(
            id,
            json!({
                "Type": "AWS::Glue::Database",
                "DeletionPolicy": "RetainExceptOnCreate",
                "UpdateReplacePolicy": "Retain",
                "Properties": { "CatalogId": { "Ref": "AWS::AccountId" }, "DatabaseInput": input },
            }),
        );
    }
    resources.insert("WorkGroup".to_owned(), workgroup(names));
    let about = format!("{}: buckets, databases and the workgroup of the pipeline", names.prefix());
    super::template::template(&about, json!({}), resources, Value::Object(outputs))
}

fn bucket(names: &Names<'_>, purpose: &str) -> Value {
    let mut properties = json!({
        "BucketName": names.pipeline.bucket(names.environment, purpose),
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{ "ServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } }],
        },
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
        },
        "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
        "Tags": names.tag_list(),
    });
    if purpose == "athena" {
        properties["LifecycleConfiguration"] =
            json!({ "Rules": [{ "Id": "results", "Status": "Enabled", "ExpirationInDays": RESULT_DAYS }] });
    }
    json!({
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties,
    })
}

fn workgroup(names: &Names<'_>) -> Value {
    json!({
        "Type": "AWS::Athena::WorkGroup",
        "Properties": {
            "Name": names.prefix(),
            "Description": "Queries on the lake",
            "State": "ENABLED",
            "WorkGroupConfiguration": {
                "EnforceWorkGroupConfiguration": true,
                "PublishCloudWatchMetricsEnabled": true,
                "ResultConfiguration": {
                    "EncryptionConfiguration": { "EncryptionOption": "SSE_S3" },
                    "OutputLocation": { "Fn::Sub": "s3://${AthenaBucket}/" },
                },
            },
            "Tags": names.tag_list(),
        },
    })
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
