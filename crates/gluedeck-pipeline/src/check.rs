//! What is wrong with records that are well formed: names that collide, columns that nothing makes, types that cannot be cast.

use crate::file::{Node, Value};
use crate::pipeline::Pipeline;
use crate::read::{Reader, RecordNode, mapping};
use crate::record::{Layer, Mapping};
use crate::schedule;
use std::collections::HashMap;

/// Columns that the jobs add (docs/pipeline.md: Layers).
const DAY: &str = "as_of_date";
const TYPE: &str = "type";

/// Notes everything that is wrong.
pub(crate) fn check(reader: &mut Reader<'_>, pipeline: &Pipeline, placed: &[RecordNode<'_>], root: &Node) {
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

/// Where an environment's schedule stands.
fn place_of(root: &Node, environment: &str) -> usize {
    fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
        let Value::Map(entries) = &node.value else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }
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
            let message = format!("{name} is no type: expected {}", DataType::words());
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
                    None if column == DAY || column == TYPE => continue,
                    None => match made.iter().find(|mapping| mapping.source == column) {
                        Some(mapping) => format!("no mapping makes {column}; did you mean {}?", mapping.target),
                        None => {
                            format!("no mapping makes {column}: expected a target of applyMapping, {DAY} or {TYPE}")
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
