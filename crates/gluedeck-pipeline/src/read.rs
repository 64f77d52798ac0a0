//! Reading a file: its tree against the fields, everything that is wrong at once.

use crate::fields::{Field, FieldKind, default_fields, environment_fields, file_fields, record_fields};
use crate::file::{self, Entry, Format, Node, Position, Value};
use crate::pipeline::{Environment, JobDefaults, Pipeline};
use crate::problem::Problem;
use crate::record::{Layer, LayerFields, Mapping, Record};
use regex::Regex;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The valid values of a map, by field.
#[derive(Debug, Default)]
pub(crate) struct Given<'n>(BTreeMap<&'n str, &'n Node>);

impl<'n> Given<'n> {
    pub(crate) fn node(&self, field: &str) -> Option<&'n Node> {
        self.0.get(field).copied()
    }

    pub(crate) fn text(&self, field: &str) -> Option<&'n str> {
        match &self.node(field)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn owned(&self, field: &str) -> Option<String> {
        self.text(field).map(str::to_owned)
    }

    fn whole(&self, field: &str) -> Option<u32> {
        self.number(field).map(|number| number as u32)
    }

    fn number(&self, field: &str) -> Option<f64> {
        match &self.node(field)?.value {
            Value::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    /// The parts of a list in text.
    pub(crate) fn parts(&self, field: &str, separator: char) -> Vec<&'n str> {
        let parts = self.text(field).unwrap_or_default().split(separator);
        parts.map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    fn tags(&self, field: &str) -> BTreeMap<String, String> {
        let Some(Value::Map(entries)) = self.node(field).map(|node| &node.value) else { return BTreeMap::new() };
        let pairs = entries.iter().filter_map(|entry| match &entry.node.value {
            Value::Text(text) => Some((entry.key.clone(), text.clone())),
            _ => None,
        });
        pairs.collect()
    }
}

/// A record with where it stands.
#[derive(Debug)]
pub(crate) struct RecordNode<'n> {
    pub(crate) record: Record,
    pub(crate) given: Given<'n>,
    pub(crate) node: &'n Node,
    /// As problems call it.
    pub(crate) name: String,
}

/// What reads a file, and what it has found wrong.
#[derive(Debug)]
pub(crate) struct Reader<'t> {
    text: &'t str,
    pub(crate) problems: Vec<Problem>,
    patterns: HashMap<&'static str, Regex>,
    /// The record that is being read.
    record: Option<String>,
}

/// The tree of a text.
///
/// # Errors
/// Where the text is none of its format.
pub(crate) fn tree(text: &str, format: Format) -> Result<Node, Problem> {
    if text.starts_with('\u{feff}') {
        let message = "the file begins with a byte order mark: expected UTF-8 without one".to_owned();
        return Err(Problem { at: Position { line: 1, column: 1 }, record: None, field: None, message });
    }
    file::parse(text, format).map_err(|error| {
        let message = format!("this is no {}: {}", format.title(), error.message);
        Problem { at: Position::of(text, error.at), record: None, field: None, message }
    })
}

impl<'t> Reader<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, problems: Vec::new(), patterns: HashMap::new(), record: None }
    }

    /// Notes what is wrong at a byte of the text.
    pub(crate) fn report(&mut self, at: usize, record: Option<&str>, field: Option<&str>, message: String) {
        let at = Position::of(self.text, at);
        let owned = |name: Option<&str>| name.map(str::to_owned);
        self.problems.push(Problem { at, record: owned(record), field: owned(field), message });
    }

    /// Notes what is wrong with a part of a record's field.
    pub(crate) fn report_part(&mut self, placed: &RecordNode<'_>, field: &str, part: &str, message: String) {
        let node = placed.given.node(field);
        let at = node.map_or(placed.node.span.start, |node| match &node.value {
            Value::Text(value) => {
                let offset = (part.as_ptr() as usize).checked_sub(value.as_ptr() as usize);
                let inside = offset.filter(|offset| offset + part.len() <= value.len());
                file::part(self.text, node, inside.unwrap_or_default())
            }
            _ => node.span.start,
        });
        self.report(at, Some(&placed.name), Some(field), message);
    }

    fn report_field(&mut self, at: usize, field: &str, message: String) {
        let record = self.record.clone();
        self.report(at, record.as_deref(), Some(field), message);
    }

    /// The valid values of a map; what is unknown, missing, given twice or of another kind is noted.
    fn map<'n>(&mut self, node: &'n Node, fields: &[Field], inside: &str) -> Given<'n> {
        let Value::Map(entries) = &node.value else {
            let message = format!("expected a map of fields, found {}", node.kind());
            let (record, field) = (self.record.clone(), inside.strip_suffix('.'));
            self.report(node.span.start, record.as_deref(), field, message);
            return Given::default();
        };
        let (mut given, mut seen) = (Given::default(), HashSet::new());
        for entry in entries {
            let name = format!("{inside}{}", entry.key);
            let Some(field) = fields.iter().find(|field| field.name == entry.key) else {
                self.report_field(entry.key_span.start, &name, unknown(&entry.key, fields));
                continue;
            };
            if !seen.insert(&entry.key) {
                self.report_field(entry.key_span.start, &name, "given twice".to_owned());
                continue;
            }
            match self.wrong(&entry.node, field.kind) {
                Some(message) => self.report_field(entry.node.span.start, &name, message),
                None => _ = given.0.insert(&entry.key, &entry.node),
            }
        }
        for field in fields.iter().filter(|field| field.required && !seen.contains(&field.name)) {
            let message = format!("missing: expected {}", expected(field.kind));
            self.report_field(node.span.start, &format!("{inside}{}", field.name), message);
        }
        given
    }

    /// What is wrong with a value.
    fn wrong(&mut self, node: &Node, kind: FieldKind) -> Option<String> {
        let expected = expected(kind);
        match (kind, &node.value) {
            (FieldKind::Text { pattern, .. }, Value::Text(text)) => {
                let matches = self.pattern(pattern).is_none_or(|pattern| pattern.is_match(text));
                (!matches).then(|| format!("expected {expected}, found {:?}", cut(text)))
            }
            (FieldKind::Text { .. }, Value::Number(number)) => {
                Some(format!("expected {expected}, found a number: write \"{number}\""))
            }
            (FieldKind::Whole { least, most }, Value::Number(number)) => {
                let whole = number.parse::<f64>().ok().filter(|value| value.fract() == 0.0);
                let inside = whole.is_some_and(|value| (f64::from(least)..=f64::from(most)).contains(&value));
                (!inside).then(|| format!("expected {expected}, found {}", cut(number)))
            }
            (FieldKind::Number { least, most }, Value::Number(number)) => {
                let inside = number.parse::<f64>().is_ok_and(|value| (least..=most).contains(&value));
                (!inside).then(|| format!("expected {expected}, found {}", cut(number)))
            }
            (FieldKind::Tags, Value::Map(tags)) => {
                if let Some(message) = wrong_tag_keys(tags) {
                    return Some(format!("expected {expected}, {message}"));
                }
                let wrong = tags
                    .iter()
                    .find(|tag| !matches!(&tag.node.value, Value::Text(text) if text.chars().count() <= 256))?;
                Some(format!("expected {expected}, and {} is {}", cut(&wrong.key), wrong.node.kind()))
            }
            (FieldKind::Map(_) | FieldKind::Named(_), Value::Map(_)) | (FieldKind::Records, Value::List(_)) => None,
            _ => Some(format!("expected {expected}, found {}", node.kind())),
        }
    }

    /// A compiled pattern. All of them compile: a test compiles each.
    fn pattern(&mut self, pattern: &'static str) -> Option<&Regex> {
        if !self.patterns.contains_key(pattern) {
            self.patterns.insert(pattern, Regex::new(pattern).ok()?);
        }
        self.patterns.get(pattern)
    }

    /// The settings and the records of a file.
    pub(crate) fn file<'n>(&mut self, root: &'n Node) -> (Pipeline, Vec<RecordNode<'n>>) {
        let mut pipeline = Pipeline::default();
        let records = match &root.value {
            Value::List(records) => records.as_slice(),
            Value::Map(_) => {
                let given = self.map(root, &file_fields(), "");
                self.settings(&given, &mut pipeline);
                match given.node("records").map(|node| &node.value) {
                    Some(Value::List(records)) => records.as_slice(),
                    _ => &[],
                }
            }
            _ => {
                let message =
                    format!("expected a list of records, or a map with the field records, found {}", root.kind());
                self.report(root.span.start, None, None, message);
                &[]
            }
        };
        let fields = record_fields();
        let placed = records.iter().enumerate().map(|(n, node)| self.record(node, n + 1, &fields)).collect();
        (pipeline, placed)
    }

    fn settings(&mut self, given: &Given<'_>, pipeline: &mut Pipeline) {
        pipeline.project = given.owned("project").unwrap_or_else(|| pipeline.project.clone());
        pipeline.log_retention_days = given.whole("logRetentionDays");
        pipeline.tags = given.tags("tags");
        if let Some(node) = given.node("defaults") {
            let given = self.map(node, &default_fields(), "defaults.");
            pipeline.defaults = defaults(&given, &pipeline.defaults);
        }
        let Some(Value::Map(environments)) = given.node("environments").map(|node| &node.value) else { return };
        pipeline.environments.clear();
        for (n, entry) in environments.iter().enumerate() {
            let inside = format!("environments.{}", entry.key);
            if environments[..n].iter().any(|before| before.key == entry.key) {
                self.report_field(entry.key_span.start, &inside, "given twice".to_owned());
                continue;
            }
            let named = !entry.key.is_empty()
                && entry.key.len() <= 20
                && entry.key.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-');
            if !named {
                let message = "expected a name of 1 to 20 lower-case letters, digits or hyphens".to_owned();
                self.report_field(entry.key_span.start, &inside, message);
            }
            let given = self.map(&entry.node, &environment_fields(), &format!("{inside}."));
            let buckets = match given.node("buckets") {
                Some(node) => self.buckets(node, &format!("{inside}.buckets.")),
                None => BTreeMap::new(),
            };
            pipeline.environments.push(Environment {
                name: entry.key.clone(),
                account: given.owned("account").unwrap_or_default(),
                region: given.owned("region").unwrap_or_default(),
                schedule: given.owned("schedule").unwrap_or_else(|| Environment::default().schedule),
                role: given.owned("role"),
                buckets,
            });
        }
    }

    fn buckets(&mut self, node: &Node, inside: &str) -> BTreeMap<String, String> {
        let fields = environment_fields().into_iter().find(|field| field.name == "buckets");
        let Some(FieldKind::Map(fields)) = fields.map(|field| field.kind) else { return BTreeMap::new() };
        let given = self.map(node, &fields(), inside);
        given.0.keys().filter_map(|name| Some(((*name).to_owned(), given.owned(name)?))).collect()
    }

    fn record<'n>(&mut self, node: &'n Node, number: usize, fields: &[Field]) -> RecordNode<'n> {
        let scope = match &node.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == "scopeId"),
            _ => None,
        };
        let name = match scope.map(|entry| &entry.node.value) {
            Some(Value::Text(text)) if !text.trim().is_empty() => cut(text).escape_debug().to_string(),
            _ => format!("#{number}"),
        };
        self.record = Some(name.clone());
        let given = self.map(node, fields, "");
        self.record = None;
        let record = record(&given);
        RecordNode { record, given, node, name }
    }
}

fn defaults(given: &Given<'_>, before: &JobDefaults) -> JobDefaults {
    JobDefaults {
        worker_type: given.owned("workerType").unwrap_or_else(|| before.worker_type.clone()),
        workers: given.whole("workers").unwrap_or(before.workers),
        dq_worker_type: given.owned("dqWorkerType").unwrap_or_else(|| before.dq_worker_type.clone()),
        dq_workers: given.whole("dqWorkers").unwrap_or(before.dq_workers),
        timeout_minutes: given.whole("timeout").unwrap_or(before.timeout_minutes),
        max_retries: given.whole("maxRetries").unwrap_or(before.max_retries),
        glue_version: given.owned("glueVersion").unwrap_or_else(|| before.glue_version.clone()),
        max_empty_share: given.number("maxEmptyShare").unwrap_or(before.max_empty_share),
        max_row_count_change: given.number("maxRowCountChange").unwrap_or(before.max_row_count_change),
    }
}

fn record(given: &Given<'_>) -> Record {
    let columns = |field: &str| given.parts(field, ',').into_iter().map(str::to_owned).collect::<Vec<_>>();
    let types = given.parts("dataTypes", ',').into_iter().filter_map(|pair| pair.split_once(':'));
    let layer = |layer: Layer| {
        let field = |end: &str| format!("{}{end}", layer.word());
        LayerFields {
            worker_type: given.owned(&field("WorkerType")),
            workers: given.whole(&field("Workers")),
            dq_worker_type: given.owned(&field("DqWorkerType")),
            dq_workers: given.whole(&field("DqWorkers")),
            kpi_fields: columns(&field("KpiFields")),
            date_time_fields: columns(&field("DateTimeFields")),
        }
    };
    Record {
        scope_id: given.owned("scopeId").unwrap_or_default(),
        job_name: given.owned("jobName").unwrap_or_default(),
        bucket_folder: given.owned("bucketFolder").unwrap_or_default(),
        table_name: given.owned("tableName").unwrap_or_default(),
        dynamo_table_name: given.owned("dynamoTableName").unwrap_or_default(),
        columns_to_remove: columns("columnsToRemove"),
        data_types: types.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect(),
        layers: Layer::ALL.map(layer),
        mappings: given.parts("applyMapping", '-').into_iter().filter_map(mapping).collect(),
        schedule: given.owned("schedule"),
        timeout_minutes: given.whole("timeout"),
        max_retries: given.whole("maxRetries"),
        glue_version: given.owned("glueVersion"),
        max_empty_share: given.number("maxEmptyShare"),
        max_row_count_change: given.number("maxRowCountChange"),
        tags: given.tags("tags"),
        sandbox_items: given.whole("sandboxItems"),
        sandbox_items_per_night: given.whole("sandboxItemsPerNight"),
    }
}

pub(crate) fn mapping(part: &str) -> Option<Mapping> {
    let mut fields = part.split(':').map(|field| field.trim().to_owned());
    let mapping = Mapping {
        source: fields.next()?,
        source_type: fields.next()?,
        target: fields.next()?,
        target_type: fields.next()?,
    };
    fields.next().is_none().then_some(mapping)
}

fn expected(kind: FieldKind) -> String {
    match kind {
        FieldKind::Text { words, .. } => words.to_owned(),
        FieldKind::Whole { least, most } => format!("a whole number from {least} to {most}"),
        FieldKind::Number { least, most } => format!("a number from {least} to {most}"),
        FieldKind::Tags => "a map of text to text of at most 256 characters".to_owned(),
        FieldKind::Map(_) => "a map of fields".to_owned(),
        FieldKind::Named(_) => "a map of names".to_owned(),
        FieldKind::Records => "a list of records".to_owned(),
    }
}

/// What is wrong with the keys of tags ("Tagging AWS resources": at most 50, 128 characters, none that begins with aws:).
fn wrong_tag_keys(tags: &[Entry]) -> Option<String> {
    // One is gluedeck's own.
    const MAX_TAGS: usize = 49;
    if tags.len() > MAX_TAGS {
        return Some(format!("of at most {MAX_TAGS} tags, found {}", tags.len()));
    }
    tags.iter().enumerate().find_map(|(n, tag)| {
        let key = cut(&tag.key);
        match tag.key.as_str() {
            "" => Some("and a tag has no key".to_owned()),
            "pipeline" => Some("and pipeline is the tag that every resource has".to_owned()),
            name if name.to_lowercase().starts_with("aws:") => Some(format!("and {key} begins with aws:")),
            name if name.chars().count() > 128 => Some(format!("and {key} has more than 128 characters")),
            name if tags[..n].iter().any(|before| before.key == name) => Some(format!("and {key} is given twice")),
            _ => None,
        }
    })
}

fn unknown(name: &str, fields: &[Field]) -> String {
    let distance = |field: &&Field| strsim::damerau_levenshtein(&field.name.to_lowercase(), &name.to_lowercase());
    let near = fields.iter().min_by_key(distance).filter(|field| distance(field) <= name.len().div_ceil(3));
    match near {
        Some(field) => format!("there is no such field; did you mean {}?", field.name),
        None => "there is no such field (`gluedeck pipeline schema` lists them)".to_owned(),
    }
}

fn cut(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
