//! The data catalog: databases, tables, columns, partitions.

use super::Time;
use serde::{Deserialize, Serialize};

/// A database and its tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Database {
    pub name: String,
    /// By name.
    pub tables: Vec<Table>,
}

/// A table, as GetTables tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    /// Without the partition keys.
    pub columns: Vec<Column>,
    pub partition_keys: Vec<Column>,
    pub location: Option<String>,
    pub updated_on: Option<Time>,
    /// `EXTERNAL_TABLE` or `VIRTUAL_VIEW`, as the API has it.
    pub kind: Option<String>,
    /// Rows and bytes that the crawler has last counted; it does not count again while nothing else changes.
    pub records: Option<i64>,
    pub bytes: Option<i64>,
}

/// A column; `kind` is Hive's name of its type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: String,
}

/// A partition of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    /// A value a key.
    pub values: Vec<String>,
    pub location: Option<String>,
    pub created_on: Option<Time>,
    pub records: Option<i64>,
    pub bytes: Option<i64>,
}

impl Table {
    /// All columns, the partition keys last, as `select *` gives them.
    pub fn all_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().chain(&self.partition_keys)
    }

    /// Whether it is a view.
    pub fn is_view(&self) -> bool {
        self.kind.as_deref() == Some("VIRTUAL_VIEW")
    }
}
