//! What is wrong with records that are well formed: names that collide, columns that nothing makes, types that cannot be cast.

use crate::fields::BUCKETS;
use crate::file::{Node, Value};
use crate::pipeline::{Environment, Pipeline};
use crate::read::{Reader, RecordNode, mapping};
use crate::record::{Layer, Mapping};
use crate::schedule;
use std::collections::HashMap;

/// The column that the jobs add in every layer (docs/pipeline.md: Layers).
const DAY: &str = "as_of_date";

/// Notes everything that is wrong.
pub(crate) fn check(reader: &mut Reader<'_>, pipeline: &Pipeline, placed: &[RecordNode<'_>], root: &Node) {
    settings(reader, pipeline, root);
    for environment in &pipeline.environments {
        if let Err(error) = schedule::validate(&environment.schedule) {
            let field = format!("environments.{}.schedule", environment.name);
            reader.report(place_of(root, &environment.name), None, Some(&field), error.to_string());
        }
    }
    if placed.is_empty() && reader.problems.is_empty() {
        reader.report(root.span.start, None, None, "there are no records: expected at least one".to_owned());
    }
    for record in placed {
        schedules(reader, record);
        data_types(reader, record);
        mappings(reader, record);
        columns(reader, record);
    }
    names(reader, placed);
}

/// Days that CloudWatch Logs keeps events for (PutRetentionPolicy).
const RETENTION_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653];

/// Settings that are well formed and cannot be together.
fn settings(reader: &mut Reader<'_>, pipeline: &Pipeline, root: &Node) {
    if let Some(days) = pipeline.log_retention_days.filter(|days| !RETENTION_DAYS.contains(days)) {
        let list = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
        let at = entry(root, "logRetentionDays").unwrap_or(root).span.start;
        reader.report(at, None, Some("logRetentionDays"), format!("expected one of {list}, found {days}"));
    }
    for (n, one) in pipeline.environments.iter().enumerate() {
        let place = |field: &str| {
            let node = entry(root, "environments").and_then(|all| entry(entry(all, &one.name)?, field));
            node.unwrap_or(root).span.start
        };
        let earlier = &pipeline.environments[..n];
        let same = |other: &&Environment| other.account == one.account && other.region == one.region;
        if let Some(other) = earlier.iter().find(same).filter(|_| !one.account.is_empty()) {
            let message = format!(
                "account {} in {} is {} already: jobs and databases would have the same names",
                one.account, one.region, other.name
            );
            reader.report(place("region"), None, Some(&format!("environments.{}.region", one.name)), message);
        }
        let mut taken: HashMap<String, &str> = HashMap::new();
        for (purpose, _) in BUCKETS {
            let bucket = pipeline.bucket(one, purpose);
            if let Some(other) = taken.insert(bucket.clone(), purpose) {
                let field = format!("environments.{}.buckets.{purpose}", one.name);
                let message = format!("{bucket} is the bucket of {other} already: expected one of its own");
                reader.report(place("buckets"), None, Some(&field), message);
            }
        }
    }
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Value::Map(entries) = &node.value else { return None };
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
}

/// Where an environment's schedule stands.
fn place_of(root: &Node, environment: &str) -> usize {
    let found = entry(root, "environments").and_then(|all| entry(entry(all, environment)?, "schedule"));
    found.unwrap_or(root).span.start
}

fn schedules(reader: &mut Reader<'_>, placed: &RecordNode<'_>) {
    if let Some(text) = placed.given.text("schedule")
        && let Err(error) = schedule::validate(text)
    {
        reader.report_part(placed, "schedule", text, error.to_string());
    }
}

fn data_types(reader: &mut Reader<'_>, placed: &RecordNode<'_>) {
    for pair in placed.given.parts("dataTypes", ',') {
        let Some((_, name)) = pair.split_once(':') else { continue };
        let name = name.trim();
        if DataType::of(name).is_none() {
            let message = format!("{name} is no type: expected string, boolean, number, list or map");
            reader.report_part(placed, "dataTypes", name, message);
        }
    }
}

fn mappings(reader: &mut Reader<'_>, placed: &RecordNode<'_>) {
    const FIELD: &str = "applyMapping";
    let mut targets: HashMap<String, &str> = HashMap::new();
    for part in placed.given.parts(FIELD, '-') {
        let Some(Mapping { source, source_type, target, target_type }) = mapping(part) else { continue };
        let mut report = |message: String| reader.report_part(placed, FIELD, part, message);
        if placed.record.columns_to_remove.contains(&source) {
            report(format!("it maps {source}, which columnsToRemove names: expected one or the other"));
        }
        let is_column = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
        if target.is_empty() || !target.chars().all(is_column) {
            report(format!("{target} is no column: expected lower-case letters, digits and underscores"));
        }
        if target == DAY {
            report(format!("{DAY} is the day of the run, which the jobs add: expected another column"));
        }
        if let Some(before) = targets.insert(target.clone(), part) {
            report(format!("{target} is made twice, by {before} before: expected a column of its own"));
        }
        if is_map(&target_type) {
            report(format!(
                "{target} would be a {target_type}, whose fields nothing says: expected string, which holds JSON"
            ));
        }
        let (from, to) = (DataType::of(&source_type), DataType::of(&target_type));
        for (name, found) in [(&source_type, from), (&target_type, to)] {
            if found.is_none() {
                report(format!("{name} is no type: expected {}", DataType::words()));
            }
        }
        if let (Some(from), Some(to)) = (from, to)
            && !from.can_become(to)
        {
            report(format!("{source_type} cannot be cast to {target_type}: expected {}", from.targets()));
        }
    }
}

/// KPI and date fields of silver and gold, which have the mapping's columns. Bronze has whatever the items have.
fn columns(reader: &mut Reader<'_>, placed: &RecordNode<'_>) {
    let made: Vec<&Mapping> = placed.record.mappings.iter().collect();
    if made.is_empty() {
        return;
    }
    for layer in [Layer::Silver, Layer::Gold] {
        for end in ["KpiFields", "DateTimeFields"] {
            let field = format!("{}{end}", layer.word());
            for column in placed.given.parts(&field, ',') {
                let mapping = made.iter().find(|mapping| mapping.target == column);
                let message = match mapping {
                    None if column == DAY => continue,
                    None => match made.iter().find(|mapping| mapping.source == column) {
                        Some(mapping) => format!("no mapping makes {column}; did you mean {}?", mapping.target),
                        None => {
                            format!("no mapping makes {column}: expected a target of applyMapping, or {DAY}")
                        }
                    },
                    Some(mapping) if end == "DateTimeFields" && !is_moment(&mapping.target_type) => {
                        format!("{column} is mapped to {}: expected string, date or timestamp", mapping.target_type)
                    }
                    Some(_) => continue,
                };
                reader.report_part(placed, &field, column, message);
            }
        }
    }
}

fn is_map(name: &str) -> bool {
    let plain = name.split(['(', '<']).next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(plain.as_str(), "map" | "struct")
}

fn is_moment(name: &str) -> bool {
    matches!(DataType::of(name), None | Some(DataType::Text | DataType::Date | DataType::Timestamp))
}

/// Names that two records share, and names of resources that come out alike.
fn names(reader: &mut Reader<'_>, placed: &[RecordNode<'_>]) {
    let mut taken: HashMap<(&str, String), &str> = HashMap::new();
    for one in placed {
        for field in ["scopeId", "jobName", "bucketFolder", "tableName", "dynamoTableName"] {
            let Some(name) = one.given.text(field) else { continue };
            // Athena and the catalog do not tell upper from lower case.
            if let Some(other) = taken.insert((field, name.to_lowercase()), &one.name) {
                let message = format!("record {other} has the same: expected one of its own");
                reader.report_part(one, field, name, message);
            }
        }
    }
    for one in placed {
        let Some(folder) = one.given.text("bucketFolder") else { continue };
        let outer = |other: &&RecordNode<'_>| {
            let theirs = &other.record.bucket_folder;
            !theirs.is_empty() && folder.strip_prefix(theirs.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        if let Some(other) = placed.iter().find(outer) {
            let message = format!(
                "it lies in the folder of record {}, whose gold job overwrites it: expected one beside it",
                other.name
            );
            reader.report_part(one, "bucketFolder", folder, message);
        }
    }
    let mut resources: HashMap<String, &RecordNode<'_>> = HashMap::new();
    for one in placed.iter().filter(|one| !one.record.job_name.is_empty()) {
        let record = &one.record;
        let jobs = Layer::ALL.into_iter().flat_map(|layer| [record.job(layer), record.quality_job(layer)]);
        for name in jobs {
            if let Some(other) = resources.insert(name.clone(), one)
                && !other.record.job_name.eq_ignore_ascii_case(&record.job_name)
            {
                let message = format!("it makes the job {name}, as record {} does: expected another name", other.name);
                reader.report_part(one, "jobName", &record.job_name, message);
            }
        }
    }
}

/// What a type can hold. The names are those of Glue's ApplyMapping and of Hive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DataType {
    Text,
    Boolean,
    Whole,
    Fraction,
    Date,
    Timestamp,
    Nested,
}

impl DataType {
    fn of(name: &str) -> Option<Self> {
        let plain = name.split_once(['(', '<']).map_or(name, |(plain, _)| plain).trim().to_ascii_lowercase();
        Some(match plain.as_str() {
            "string" | "char" | "varchar" => Self::Text,
            "boolean" | "bool" => Self::Boolean,
            "byte" | "tinyint" | "short" | "smallint" | "int" | "integer" | "long" | "bigint" => Self::Whole,
            "float" | "double" | "decimal" | "number" => Self::Fraction,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            "array" | "list" | "map" | "struct" => Self::Nested,
            _ => return None,
        })
    }

    fn words() -> &'static str {
        "string, boolean, int, long, float, double, decimal(p,s), number, date, timestamp, list, map or struct"
    }

    /// By Spark's casts, without those whose meaning is a guess: a number is no moment, since nothing says of what unit.
    fn can_become(self, to: Self) -> bool {
        match self {
            Self::Text => to != Self::Nested,
            Self::Boolean => matches!(to, Self::Text | Self::Boolean | Self::Whole),
            Self::Whole | Self::Fraction => matches!(to, Self::Text | Self::Whole | Self::Fraction),
            Self::Date | Self::Timestamp => matches!(to, Self::Text | Self::Date | Self::Timestamp),
            Self::Nested => matches!(to, Self::Text | Self::Nested),
        }
    }

    fn targets(self) -> &'static str {
        match self {
            Self::Text => "any type that is not nested",
            Self::Boolean => "string, boolean or a whole number",
            Self::Whole | Self::Fraction => "string or a number",
            Self::Date | Self::Timestamp => "string, date or timestamp",
            Self::Nested => "string or the same",
        }
    }
}
