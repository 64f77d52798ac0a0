//! The pipeline's tables: a record each, and the items behind it.

use super::fold;
use crate::random::mix;
use gluedeck_pipeline::Record;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A table of the pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) record: Record,
    /// The table that this is a copy of, or itself.
    pub(crate) base: String,
    /// Items of the DynamoDB table on the first night of history.
    pub(super) first: u64,
    /// Items that are added a night.
    pub(super) growth: u64,
    /// Attributes of the items, each with its type.
    attributes: Vec<(String, String)>,
}

impl Table {
    /// The table of a record. Where the record does not say how many items there are, its name decides.
    pub(crate) fn new(record: Record) -> Self {
        let dice = mix(fold(&record.dynamo_table_name));
        let first = record.sandbox_items.map_or(100 + dice % 1_900, u64::from);
        let growth = record.sandbox_items_per_night.map_or(dice / 1_900 % 20, u64::from);
        let attributes = attributes(&record);
        Self { base: record.scope_id.clone(), record, first, growth, attributes }
    }

    /// A further table of the same shape: `User 2` with the job prefix `DynamoDB User 2`.
    pub(super) fn copy(&self, number: usize) -> Self {
        let record = &self.record;
        let copied = Record {
            scope_id: format!("{} {number}", record.scope_id),
            job_name: format!("{} {number}", record.job_name),
            bucket_folder: format!("{}_{number}", record.bucket_folder),
            table_name: format!("{}_{number}", record.table_name),
            dynamo_table_name: format!("{}{number}", record.dynamo_table_name),
            ..record.clone()
        };
        Self { record: copied, ..self.clone() }
    }

    /// The names of the items' attributes, without those that a scenario adds.
    pub(crate) fn record_attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| name.as_str())
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, kind)| (name.as_str(), kind.as_str()))
    }
}

/// What the items have: the record's types, the attributes that its mapping reads, and those that it removes.
fn attributes(record: &Record) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, kind: &str| {
        // The day is the run's.
        if name != "as_of_date" && !all.iter().any(|(known, _)| known == name) {
            all.push((name.to_owned(), kind.to_owned()));
        }
    };
    for (name, kind) in &record.data_types {
        let target = record.mappings.iter().find(|mapping| &mapping.source == name).map(|m| m.target_type.as_str());
        add(name, item_type(kind, target));
    }
    for mapping in &record.mappings {
        add(&mapping.source, item_type(&mapping.source_type, Some(&mapping.target_type)));
    }
    for name in &record.columns_to_remove {
        add(name, if name.ends_with('s') { "list" } else { "map" });
    }
    all
}

/// The type of an attribute's values: text that becomes a number is a number, which DynamoDB sends as text.
fn item_type<'t>(source: &'t str, target: Option<&'t str>) -> &'t str {
    match (source, target.unwrap_or(source)) {
        ("bool" | "boolean", _) => "boolean",
        ("list" | "array", _) => "list",
        ("map" | "struct", _) => "map",
        ("string", "timestamp") => "timestamp",
        ("string", "date") => "date",
        ("string", "boolean" | "bool") => "boolean text",
        ("string", "string" | "varchar" | "char") => "string",
        ("date" | "timestamp", _) => source,
        _ => "number",
    }
}

/// All tables, in the order of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    in_order: Vec<Arc<Table>>,
    by_scope: BTreeMap<String, Arc<Table>>,
}

impl Tables {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.in_order.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.in_order.len()
    }

    /// The table of a `scopeId`.
    pub(crate) fn get(&self, scope: &str) -> Option<&Arc<Table>> {
        self.by_scope.get(scope)
    }

    pub(super) fn remove(&mut self, scope: &str) {
        self.in_order.retain(|table| table.record.scope_id != scope);
        self.by_scope.remove(scope);
    }

    /// Adds a table, or puts it in the place of the one with its `scopeId`.
    pub(super) fn put(&mut self, table: Table) {
        let (scope, table) = (table.record.scope_id.clone(), Arc::new(table));
        match self.in_order.iter_mut().find(|known| known.record.scope_id == scope) {
            Some(known) => *known = Arc::clone(&table),
            None => self.in_order.push(Arc::clone(&table)),
        }
        self.by_scope.insert(scope, table);
    }
}

impl FromIterator<Table> for Tables {
    fn from_iter<I: IntoIterator<Item = Table>>(tables: I) -> Self {
        let in_order: Vec<Arc<Table>> = tables.into_iter().map(Arc::new).collect();
        let by_scope = in_order.iter().map(|table| (table.record.scope_id.clone(), Arc::clone(table))).collect();
        Self { in_order, by_scope }
    }
}
