//! The Glue Data Catalog: databases, tables, columns and partitions, as the crawler and the jobs register them.

use chrono::{DateTime, Utc};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub(crate) struct Catalog {
    pub(crate) databases: BTreeMap<String, BTreeMap<String, CatalogTable>>,
    /// What CreateDatabase was given of a database, besides its name.
    pub(crate) described: BTreeMap<String, Map<String, Value>>,
}

#[derive(Debug, Clone)]
pub(crate) struct CatalogTable {
    pub(crate) name: String,
    pub(crate) columns: Vec<CatalogColumn>,
    /// At most one key in this lake.
    pub(crate) partition_key: Option<CatalogColumn>,
    pub(crate) bucket: String,
    /// The folder inside the bucket, without a slash at its end.
    pub(crate) folder: String,
    /// Partition value to the folder that holds it.
    pub(crate) partitions: BTreeMap<String, String>,
    /// The SQL of a view; a view has no files.
    pub(crate) view: Option<String>,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
}

/// A column: its name in the catalog (lower case) and in the files.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CatalogColumn {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) data_type: DataType,
}

impl CatalogColumn {
    pub(crate) fn new(source: &str, data_type: DataType) -> Self {
        Self { name: source.to_lowercase(), source: source.to_owned(), data_type }
    }
}

impl Catalog {
    /// A catalog with these databases, each with its description.
    pub(super) fn new(databases: Vec<(String, &str)>) -> Self {
        let described = |text: &str| Map::from_iter([("Description".to_owned(), Value::from(text))]);
        Self {
            databases: databases.iter().map(|(name, _)| (name.clone(), BTreeMap::new())).collect(),
            described: databases.into_iter().map(|(name, text)| (name, described(text))).collect(),
        }
    }

    pub(crate) fn table(&self, database: &str, table: &str) -> Option<&CatalogTable> {
        self.databases.get(database)?.get(table)
    }

    /// Registers a table, or brings a registered one up to date: new columns and partitions are added, types changed, none is dropped.
    pub(super) fn register(&mut self, database: &str, table: CatalogTable) {
        let Some(tables) = self.databases.get_mut(database) else { return };
        match tables.get_mut(&table.name) {
            None => {
                tables.insert(table.name.clone(), table);
            }
            Some(known) => {
                for column in table.columns {
                    match known.columns.iter_mut().find(|known| known.name == column.name) {
                        Some(known) => known.data_type = column.data_type,
                        None => known.columns.push(column),
                    }
                }
                known.partitions.extend(table.partitions);
                known.updated = known.updated.max(table.updated);
            }
        }
    }
}

/// The catalog's (Hive's) name of a type.
pub(crate) fn hive_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "boolean".into(),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 => "smallint".into(),
        DataType::Int32 => "int".into(),
        DataType::Int64 => "bigint".into(),
        DataType::Float64 => "double".into(),
        DataType::Float32 => "float".into(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Binary => "binary".into(),
        DataType::Date32 => "date".into(),
        DataType::Timestamp(_, _) => "timestamp".into(),
        DataType::List(field) => format!("array<{}>", hive_type(field.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields.iter().map(|f| format!("{}:{}", f.name(), hive_type(f.data_type()))).collect();
            format!("struct<{}>", fields.join(","))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                format!("map<{},{}>", hive_type(fields[0].data_type()), hive_type(fields[1].data_type()))
            }
            _ => "string".into(),
        },
        _ => "string".into(),
    }
}

/// The timestamp type of the lake's files: milliseconds, no zone.
pub(super) const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Millisecond, None);
