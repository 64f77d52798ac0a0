//! The fields of a file: what each may hold, and what it is for. The reader and the JSON Schema are both made of these.

use crate::record::Layer;

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FieldKind {
    /// Text that matches a pattern (as JSON Schema has it), and what that is in words.
    Text { pattern: &'static str, words: &'static str },
    /// A whole number.
    Whole { least: u32, most: u32 },
    /// A number.
    Number { least: f64, most: f64 },
    /// Text to text.
    Tags,
    /// A map of these fields.
    Map(fn() -> Vec<Field>),
    /// A map of names to maps of these fields.
    Named(fn() -> Vec<Field>),
    /// A list of records.
    Records,
}

/// A field of a map.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: FieldKind,
    pub(crate) required: bool,
    pub(crate) about: String,
}

const NAME: FieldKind = FieldKind::Text {
    pattern: r"^[A-Za-z0-9_][A-Za-z0-9_. -]{0,198}[A-Za-z0-9_]$|^[A-Za-z0-9_]$",
    words: "1 to 200 letters, digits, blanks, dots, hyphens or underscores, without a blank at either end",
};
const SCOPE: FieldKind = FieldKind::Text {
    pattern: r"^[A-Za-z0-9][A-Za-z0-9_ -]{0,98}[A-Za-z0-9]$|^[A-Za-z0-9]$",
    words: "1 to 100 letters, digits, blanks, hyphens or underscores",
};
const TABLE: FieldKind = FieldKind::Text {
    pattern: r"^[a-z_][a-z0-9_]{0,254}$",
    words: "lower-case letters, digits and underscores, as Athena names tables",
};
const FOLDER: FieldKind = FieldKind::Text {
    pattern: r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$",
    words: "a folder without a slash at either end, as in user or shop/user",
};
const DYNAMO: FieldKind = FieldKind::Text {
    pattern: r"^[A-Za-z0-9_.-]{3,255}$",
    words: "3 to 255 letters, digits, dots, hyphens or underscores, as DynamoDB names tables",
};
const COLUMNS: FieldKind = FieldKind::Text {
    pattern: r"^\s*([^,:\s]+\s*(,\s*[^,:\s]+\s*)*)?$",
    words: "columns separated by commas, as in id,email",
};
const TYPES: FieldKind = FieldKind::Text {
    pattern: r"^\s*([^,:\s]+:[A-Za-z]+\s*(,\s*[^,:\s]+:[A-Za-z]+\s*)*)?$",
    words: "column:type separated by commas, as in isActive:boolean,roles:list",
};
const MAPPING: FieldKind = FieldKind::Text {
    pattern: r"^[^:-]+:[^:-]+:[^:-]+:[^:-]+(-[^:-]+:[^:-]+:[^:-]+:[^:-]+)*$",
    words: "source:type:target:type separated by hyphens, as in id:string:id:string-createdAt:string:created_at:timestamp",
};
// Worker types of Spark jobs of Glue 3.0 and newer that are no streams (Glue's developer guide, "Worker types").
const WORKER_TYPE: FieldKind =
    FieldKind::Text { pattern: r"^(G\.(1|2|4|8|12|16)X|R\.(1|2|4|8)X)$", words: "a worker type, as in G.1X" };
// Glue's limits: 2 to 299 workers, a timeout of at most seven days, at most ten retries (Glue service model, CreateJob).
const WORKERS: FieldKind = FieldKind::Whole { least: 2, most: 299 };
const TIMEOUT: FieldKind = FieldKind::Whole { least: 1, most: 10_080 };
const RETRIES: FieldKind = FieldKind::Whole { least: 0, most: 10 };
const GLUE_VERSION: FieldKind = FieldKind::Text { pattern: r"^(3\.0|4\.0|5\.0|5\.1)$", words: "3.0, 4.0, 5.0 or 5.1" };
const SCHEDULE: FieldKind = FieldKind::Text { pattern: r"^cron\(.+\)$", words: "a schedule, as in cron(0 3 * * ? *)" };
const SHARE: FieldKind = FieldKind::Number { least: 0.0, most: 1.0 };
const CHANGE: FieldKind = FieldKind::Number { least: 0.0, most: 1_000.0 };
const BUCKET: FieldKind = FieldKind::Text {
    pattern: r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
    words: "3 to 63 lower-case letters, digits, dots or hyphens, as S3 names buckets",
};

fn field(name: &str, kind: FieldKind, about: &str) -> Field {
    Field { name: name.to_owned(), kind, required: false, about: about.to_owned() }
}

fn required(name: &str, kind: FieldKind, about: &str) -> Field {
    Field { required: true, ..field(name, kind, about) }
}

/// What holds for the jobs of a record, and by default for those of all.
fn job_fields() -> Vec<Field> {
    vec![
        field("timeout", TIMEOUT, "Minutes after which a job run is ended."),
        field("maxRetries", RETRIES, "How often a failed job run is started again."),
        field("glueVersion", GLUE_VERSION, "The Glue version of the jobs."),
        field("maxEmptyShare", SHARE, "How many values of a KPI field may be empty, as a share of the rows."),
        field(
            "maxRowCountChange",
            CHANGE,
            "How far the number of rows may move against the day before, as a share of it.",
        ),
    ]
}

/// The fields of a record.
pub(crate) fn record_fields() -> Vec<Field> {
    let mut fields = vec![
        required("scopeId", SCOPE, "The table's name in the workflow's: `User` makes `User Workflow`."),
        required("jobName", NAME, "What the names of jobs, crawler and triggers begin with: `DynamoDB User`."),
        required("bucketFolder", FOLDER, "The table's folder in each layer's bucket."),
        required("tableName", TABLE, "The table's name in each layer's database."),
        required("dynamoTableName", DYNAMO, "The DynamoDB table that is read."),
        field("columnsToRemove", COLUMNS, "Attributes that silver does not take over."),
        field("dataTypes", TYPES, "Types of attributes, where the items alone do not tell them."),
    ];
    for layer in Layer::ALL {
        let (word, of) = (layer.word(), layer.title());
        let mut add = |end: &str, kind, about: String| fields.push(field(&format!("{word}{end}"), kind, &about));
        add("WorkerType", WORKER_TYPE, format!("The worker type of the {of} job."));
        add("Workers", WORKERS, format!("How many workers the {of} job has."));
        add("DqWorkerType", WORKER_TYPE, format!("The worker type of the {of} data-quality job."));
        add("DqWorkers", WORKERS, format!("How many workers the {of} data-quality job has."));
        add("KpiFields", COLUMNS, format!("Columns of {word} that must be there and filled."));
        add("DateTimeFields", COLUMNS, format!("Columns of {word} that must hold a date or a moment."));
    }
    fields.push(required("applyMapping", MAPPING, "What silver makes of the attributes."));
    fields.push(field("schedule", SCHEDULE, "When the workflow starts, in place of the environment's schedule."));
    fields.extend(job_fields());
    fields.push(field("tags", FieldKind::Tags, "Tags of the record's resources."));
    let count = FieldKind::Whole { least: 0, most: 1_000_000 };
    fields.push(field("sandboxItems", count, "How many items the sandbox's DynamoDB table has at first."));
    fields.push(field("sandboxItemsPerNight", count, "How many items the sandbox's DynamoDB table gains a night."));
    fields
}

/// What holds where a record says nothing.
pub(crate) fn default_fields() -> Vec<Field> {
    let mut fields = vec![
        field("workerType", WORKER_TYPE, "The worker type of the jobs."),
        field("workers", WORKERS, "How many workers a job has."),
        field("dqWorkerType", WORKER_TYPE, "The worker type of the data-quality jobs."),
        field("dqWorkers", WORKERS, "How many workers a data-quality job has."),
    ];
    fields.extend(job_fields());
    fields
}

/// The purposes of the buckets, in the order of the file, each with the end of its usual name.
pub(crate) const BUCKETS: [(&str, &str); 7] = [
    ("bronze", "analytics-bronze"),
    ("silver", "analytics-silver"),
    ("gold", "analytics-gold"),
    ("scripts", "gluescript-job"),
    ("assets", "glue-assets"),
    ("dataQuality", "data-quality"),
    ("athena", "athena"),
];

fn bucket_fields() -> Vec<Field> {
    BUCKETS
        .iter()
        .map(|(name, end)| field(name, BUCKET, &format!("In place of <project>-<environment>-{end}.")))
        .collect()
}

/// An environment that the pipeline is deployed to.
pub(crate) fn environment_fields() -> Vec<Field> {
    let account = FieldKind::Text { pattern: "^[0-9]{12}$", words: "the 12 digits of an AWS account" };
    let region = FieldKind::Text { pattern: "^[a-z]{2}(-[a-z]+)+-[0-9]+$", words: "a Region, as in us-east-1" };
    let role =
        FieldKind::Text { pattern: r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", words: "the ARN of a role that exists" };
    vec![
        required("account", account, "The AWS account."),
        required("region", region, "The Region."),
        field("schedule", SCHEDULE, "When the workflows start."),
        field("role", role, "A role that exists, for jobs and crawlers; without it one is made."),
        field("buckets", FieldKind::Map(bucket_fields), "Buckets with other names than the usual."),
    ]
}

/// The file, where it is more than a list of records.
pub(crate) fn file_fields() -> Vec<Field> {
    let project = FieldKind::Text {
        pattern: "^[a-z][a-z0-9-]{0,19}$",
        words: "1 to 20 lower-case letters, digits or hyphens: names of buckets begin with it",
    };
    vec![
        field("$schema", FieldKind::Text { pattern: "", words: "the address of the JSON Schema" }, "The JSON Schema."),
        field("project", project, "What the names of buckets begin with."),
        field("environments", FieldKind::Named(environment_fields), "Where the pipeline is deployed to, by name."),
        field("defaults", FieldKind::Map(default_fields), "What holds where a record says nothing."),
        field(
            "logRetentionDays",
            FieldKind::Whole { least: 1, most: 3_653 },
            "How long logs are kept: those of the alert function and, if it is given, those of all Glue jobs and crawlers.",
        ),
        field("tags", FieldKind::Tags, "Tags of all resources."),
        required("records", FieldKind::Records, "The tables, one record each."),
    ]
}
