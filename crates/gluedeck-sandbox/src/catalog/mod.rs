//! The Glue Data Catalog: databases, tables, partitions, as the crawler, the jobs, Athena's DDL and any client put them.

mod expression;
mod format;
mod name_pattern;
mod partition;
mod projection;
mod table;
mod view;

pub(crate) use expression::Expression;
pub(crate) use format::{Format, JSON_SERDE, classes};
pub(crate) use name_pattern::name_pattern;
pub(crate) use partition::{NO_VALUE, folder_name, folder_values};
pub(crate) use projection::{MAX_VALUES, Projection};
pub(crate) use table::{CatalogTable, Column, Partition, Storage, VIEW};
pub(crate) use view::view_text;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    pub(crate) databases: BTreeMap<String, Database>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Database {
    /// What CreateDatabase was given, besides the name.
    pub(crate) described: Map<String, Value>,
    /// None of those that were there from the start.
    pub(crate) created: Option<DateTime<Utc>>,
    pub(crate) tables: BTreeMap<String, CatalogTable>,
}

impl Catalog {
    /// A catalog with these databases, each with its description.
    pub(crate) fn new(databases: Vec<(String, &str)>) -> Self {
        let database = |text: &str| Database {
            described: Map::from_iter([("Description".to_owned(), Value::from(text))]),
            ..Database::default()
        };
        Self { databases: databases.into_iter().map(|(name, text)| (name, database(text))).collect() }
    }

    /// A table by lower-case names.
    pub(crate) fn table(&self, database: &str, table: &str) -> Option<&CatalogTable> {
        self.databases.get(database)?.tables.get(table)
    }

    pub(crate) fn table_mut(&mut self, database: &str, table: &str) -> Option<&mut CatalogTable> {
        self.databases.get_mut(database)?.tables.get_mut(table)
    }

    /// Adds a database with what it is described with. False if there is one of that name.
    pub(crate) fn create_database(&mut self, name: &str, described: Map<String, Value>, at: DateTime<Utc>) -> bool {
        let new = !self.databases.contains_key(name);
        if new {
            self.databases.insert(name.to_owned(), Database { described, created: Some(at), tables: BTreeMap::new() });
        }
        new
    }

    /// Registers a table, or brings a registered one up to date: new columns and partitions are added, types changed, none is dropped.
    pub(crate) fn register(&mut self, database: &str, table: CatalogTable) {
        let Some(Database { tables, .. }) = self.databases.get_mut(database) else { return };
        match tables.get_mut(&table.name) {
            None => {
                tables.insert(table.name.clone(), table);
            }
            Some(known) => {
                let columns = &mut known.storage.columns;
                for column in table.storage.columns {
                    match columns.iter_mut().find(|known| known.name == column.name) {
                        Some(known) => known.ty = column.ty,
                        None => columns.push(column),
                    }
                }
                known.partitions.extend(table.partitions);
                known.updated = known.updated.max(table.updated);
            }
        }
    }
}
