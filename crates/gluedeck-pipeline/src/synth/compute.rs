//! The compute stacks: jobs and crawlers with the role that they run as, and, in the first, the alert.

use super::alert;
use super::template::{Names, STORAGE_STACK, document, record_id, role_of};
use crate::definitions::{CrawlerDefinition, JobDefinition};
use crate::record::{Layer, Record};
use serde_json::{Map, Value, json};

/// Without it the folders of days whose columns differ become tables of their own (Glue's developer guide, "Creating a single
/// schema for each Amazon S3 include path").
const CRAWLER_CONFIGURATION: &str = r#"{"Version":1.0,"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"}}"#;

pub(super) fn template(names: &Names<'_>, records: &[Record], is_first: bool) -> Value {
    let mut resources = Map::new();
    let mut parameters = Map::from_iter([(STORAGE_STACK.to_owned(), names.storage_parameter())]);
    if names.environment.role.is_none() {
        resources.insert("JobRole".to_owned(), job_role(names));
    }
    for record in records {
        add_record(names, record, &mut resources);
    }
    if is_first {
        parameters.insert(alert::WEBHOOK.to_owned(), alert::webhook_parameter(names));
        resources.extend(alert::resources(names));
    }
    let about = format!("{}: jobs, crawlers and their role", names.prefix());
    super::template::template(&about, Value::Object(parameters), resources, json!({}))
}

fn add_record(names: &Names<'_>, record: &Record, resources: &mut Map<String, Value>) {
    let id = record_id(record);
    let made = names.pipeline.resources(names.environment, record);
    if names.environment.role.is_none() {
        resources.insert(format!("{id}Policy"), table_policy(record));
    }
    let ids =
        Layer::ALL.into_iter().flat_map(|layer| [format!("{}Job", layer.title()), format!("{}DqJob", layer.title())]);
    for (end, job) in ids.zip(made.jobs) {
        resources.insert(format!("{id}{end}"), job_resource(names, record, job));
    }
    resources.insert(format!("{id}BronzeCrawler"), crawler_resource(names, record, made.crawler));
}

fn role(names: &Names<'_>) -> Value {
    match &names.environment.role {
        Some(role) => json!(role),
        None => json!({ "Fn::GetAtt": ["JobRole", "Arn"] }),
    }
}

fn job_resource(names: &Names<'_>, record: &Record, job: JobDefinition) -> Value {
    let arguments: Map<String, Value> =
        job.arguments.into_iter().map(|(name, value)| (name, names.with_buckets(&value))).collect();
    json!({
        "Type": "AWS::Glue::Job",
        "Properties": {
            "Name": job.name,
            "Role": role(names),
            "Command": { "Name": "glueetl", "PythonVersion": "3", "ScriptLocation": names.with_buckets(&job.script) },
            "DefaultArguments": arguments,
            "ExecutionProperty": { "MaxConcurrentRuns": job.max_concurrent_runs },
            "GlueVersion": job.glue_version,
            "MaxRetries": job.max_retries,
            "NumberOfWorkers": job.workers,
            "Timeout": job.timeout_minutes,
            "WorkerType": job.worker_type,
            "Tags": names.tags(Some(record)),
        },
    })
}

fn crawler_resource(names: &Names<'_>, record: &Record, crawler: CrawlerDefinition) -> Value {
    json!({
        "Type": "AWS::Glue::Crawler",
        "Properties": {
            "Name": crawler.name,
            "Role": role(names),
            "DatabaseName": crawler.database,
            "Targets": { "S3Targets": [{ "Path": names.with_buckets(&crawler.path) }] },
            "Configuration": CRAWLER_CONFIGURATION,
            "RecrawlPolicy": { "RecrawlBehavior": crawler.recrawl },
            "SchemaChangePolicy": { "UpdateBehavior": crawler.on_change, "DeleteBehavior": crawler.on_delete },
            "Tags": names.tags(Some(record)),
        },
    })
}

/// The role of jobs and crawlers, without the tables that they read: those have a policy each.
fn job_role(names: &Names<'_>) -> Value {
    let bucket = |purpose: &str, end: &str| {
        let name = names.pipeline.bucket(names.environment, purpose);
        json!({ "Fn::Sub": format!("arn:${{AWS::Partition}}:s3:::{name}{end}") })
    };
    let written = ["bronze", "silver", "gold", "dataQuality", "assets"];
    let all = ["bronze", "silver", "gold", "dataQuality", "assets", "scripts"];
    let arn = |rest: &str| json!({ "Fn::Sub": format!("arn:${{AWS::Partition}}:{rest}") });
    let glue = |rest: &str| arn(&format!("glue:${{AWS::Region}}:${{AWS::AccountId}}:{rest}"));
    let mut catalog = vec![glue("catalog")];
    for (database, _) in names.pipeline.databases() {
        catalog.extend([glue(&format!("database/{database}")), glue(&format!("table/{database}/*"))]);
    }
    let statements = json!([
        { "Sid": "Buckets", "Effect": "Allow", "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
          "Resource": all.map(|purpose| bucket(purpose, "")) },
        { "Sid": "Lake", "Effect": "Allow", "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
          "Resource": written.map(|purpose| bucket(purpose, "/*")) },
        { "Sid": "Programs", "Effect": "Allow", "Action": "s3:GetObject", "Resource": bucket("scripts", "/*") },
        { "Sid": "Catalog", "Effect": "Allow", "Action": [
            "glue:BatchCreatePartition", "glue:BatchGetPartition", "glue:BatchUpdatePartition", "glue:CreatePartition",
            "glue:CreateTable", "glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable",
            "glue:GetTables", "glue:UpdatePartition", "glue:UpdateTable",
          ], "Resource": catalog },
        { "Sid": "RunsOfWorkflows", "Effect": "Allow", "Action": "glue:GetWorkflowRun",
          "Resource": glue("workflow/*") },
        { "Sid": "Logs", "Effect": "Allow",
          "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
          "Resource": arn("logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws-glue/*") },
        { "Sid": "Metrics", "Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*",
          "Condition": { "StringEquals": { "cloudwatch:namespace": "Glue" } } },
    ]);
    role_of(names, "glue.amazonaws.com", "Pipeline", statements)
}

/// Reading a record's table.
fn table_policy(record: &Record) -> Value {
    let table = format!(
        "arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/{}",
        record.dynamo_table_name
    );
    json!({
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyName": record_id(record),
            "Roles": [{ "Ref": "JobRole" }],
            "PolicyDocument": document(json!([{
                "Effect": "Allow",
                "Action": ["dynamodb:DescribeTable", "dynamodb:Scan"],
                "Resource": { "Fn::Sub": table },
            }])),
        },
    })
}
