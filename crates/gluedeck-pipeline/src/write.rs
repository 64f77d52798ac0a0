//! A pipeline as the text of a JSON file.

use crate::pipeline::{Environment, JobDefaults, Pipeline};
use crate::record::{Layer, Record};
use serde_json::{Value, json};

/// Fields in the order of the file; what is empty is left out.
#[derive(Default)]
struct Fields(Vec<(String, Value)>);

impl Fields {
    fn add(&mut self, name: &str, value: Value) {
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        if !is_empty {
            self.0.push((name.to_owned(), value));
        }
    }

    /// One field a line.
    fn text(&self, indent: &str) -> String {
        let lines = self.0.iter().map(|(name, value)| format!("{indent}  {}: {value}", json!(name)));
        format!("{{\n{}\n{indent}}}", lines.collect::<Vec<_>>().join(",\n"))
    }
}

/// The text, which `read` takes.
pub fn write(pipeline: &Pipeline) -> String {
    let mut head = Fields::default();
    head.add("project", json!(pipeline.project));
    head.add("logRetentionDays", json!(pipeline.log_retention_days));
    head.add("tags", json!(pipeline.tags));
    let environments = pipeline.environments.iter().map(|environment| {
        format!("    {}: {}", json!(environment.name), environment_fields(environment).text("    "))
    });
    let defaults = default_fields(&pipeline.defaults);
    let mut parts: Vec<String> = head.0.iter().map(|(name, value)| format!("  {}: {value}", json!(name))).collect();
    parts.push(format!("  \"environments\": {{\n{}\n  }}", environments.collect::<Vec<_>>().join(",\n")));
    if !defaults.0.is_empty() {
        parts.push(format!("  \"defaults\": {}", defaults.text("  ")));
    }
    let records = pipeline.records.iter().map(|record| format!("    {}", record_fields(record).text("    ")));
    parts.push(format!("  \"records\": [\n{}\n  ]", records.collect::<Vec<_>>().join(",\n")));
    format!("{{\n{}\n}}\n", parts.join(",\n"))
}

fn environment_fields(environment: &Environment) -> Fields {
    let mut fields = Fields::default();
    fields.add("account", json!(environment.account));
    fields.add("region", json!(environment.region));
    fields.add("schedule", json!(environment.schedule));
    fields.add("role", json!(environment.role));
    fields.add("buckets", json!(environment.buckets));
    fields
}

/// The defaults that are not the usual.
fn default_fields(defaults: &JobDefaults) -> Fields {
    let usual = JobDefaults::default();
    let mut fields = Fields::default();
    let mut add = |name: &str, value: Value, usual: Value| {
        if value != usual {
            fields.add(name, value);
        }
    };
    add("workerType", json!(defaults.worker_type), json!(usual.worker_type));
    add("workers", json!(defaults.workers), json!(usual.workers));
    add("dqWorkerType", json!(defaults.dq_worker_type), json!(usual.dq_worker_type));
    add("dqWorkers", json!(defaults.dq_workers), json!(usual.dq_workers));
    add("timeout", json!(defaults.timeout_minutes), json!(usual.timeout_minutes));
    add("maxRetries", json!(defaults.max_retries), json!(usual.max_retries));
    add("glueVersion", json!(defaults.glue_version), json!(usual.glue_version));
    add("maxEmptyShare", json!(defaults.max_empty_share), json!(usual.max_empty_share));
    add("maxRowCountChange", json!(defaults.max_row_count_change), json!(usual.max_row_count_change));
    fields
}

fn record_fields(record: &Record) -> Fields {
    let mut fields = Fields::default();
    fields.add("scopeId", json!(record.scope_id));
    fields.add("jobName", json!(record.job_name));
    fields.add("bucketFolder", json!(record.bucket_folder));
    fields.add("tableName", json!(record.table_name));
    fields.add("dynamoTableName", json!(record.dynamo_table_name));
    fields.add("columnsToRemove", json!(record.columns_to_remove.join(",")));
    let types = record.data_types.iter().map(|(column, kind)| format!("{column}:{kind}"));
    fields.add("dataTypes", json!(types.collect::<Vec<_>>().join(",")));
    for layer in Layer::ALL {
        let of = record.layer(layer);
        let mut add = |end: &str, value: Value| fields.add(&format!("{}{end}", layer.word()), value);
        add("WorkerType", json!(of.worker_type));
        add("Workers", json!(of.workers));
        add("DqWorkerType", json!(of.dq_worker_type));
        add("DqWorkers", json!(of.dq_workers));
        add("KpiFields", json!(of.kpi_fields.join(",")));
        add("DateTimeFields", json!(of.date_time_fields.join(",")));
    }
    fields.add("applyMapping", json!(record.apply_mapping()));
    fields.add("schedule", json!(record.schedule));
    fields.add("timeout", json!(record.timeout_minutes));
    fields.add("maxRetries", json!(record.max_retries));
    fields.add("glueVersion", json!(record.glue_version));
    fields.add("maxEmptyShare", json!(record.max_empty_share));
    fields.add("maxRowCountChange", json!(record.max_row_count_change));
    fields.add("tags", json!(record.tags));
    fields.add("sandboxItems", json!(record.sandbox_items));
    fields.add("sandboxItemsPerNight", json!(record.sandbox_items_per_night));
    fields
}
