//! What DDL says of databases and tables, in Hive's words.

use std::collections::BTreeMap;

/// A table by name, and by database if that was named. All in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    pub database: Option<String>,
    pub name: String,
}

/// The `WITH (…)` properties of CTAS and UNLOAD: name to text, or to the texts of an array joined by commas.
pub type Properties = BTreeMap<String, String>;

/// A column of a table: its type by the catalog's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiveColumn {
    pub name: String,
    pub ty: String,
    pub comment: Option<String>,
}

/// A partition: key and value, in the order of the statement.
pub type PartitionSpec = Vec<(String, String)>;

/// One partition of ALTER TABLE … ADD PARTITION.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPartition {
    pub spec: PartitionSpec,
    pub location: Option<String>,
}

/// CREATE DATABASE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDatabase {
    pub name: String,
    pub if_not_exists: bool,
    pub comment: Option<String>,
    pub location: Option<String>,
    pub properties: Properties,
}

/// CREATE EXTERNAL TABLE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTable {
    pub table: TableName,
    pub if_not_exists: bool,
    pub columns: Vec<HiveColumn>,
    pub partition_keys: Vec<HiveColumn>,
    pub comment: Option<String>,
    /// Columns that the rows are spread by, and the number of files.
    pub buckets: Option<(Vec<String>, u32)>,
    pub row_format: Option<RowFormat>,
    pub stored_as: Option<StoredAs>,
    pub location: Option<String>,
    pub properties: Properties,
}

/// ROW FORMAT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFormat {
    /// With the delimiters by the names that the SerDe has for them, such as `field.delim`.
    Delimited(Properties),
    Serde {
        class: String,
        properties: Properties,
    },
}

/// STORED AS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredAs {
    /// In capitals: PARQUET, TEXTFILE.
    Format(String),
    Classes {
        input: String,
        output: String,
    },
}

/// What ALTER TABLE does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableChange {
    AddPartitions { if_not_exists: bool, partitions: Vec<NewPartition> },
    DropPartitions { if_exists: bool, partitions: Vec<PartitionSpec> },
    RenamePartition { from: PartitionSpec, to: PartitionSpec },
    AddColumns(Vec<HiveColumn>),
    ReplaceColumns(Vec<HiveColumn>),
    ChangeColumn { name: String, column: HiveColumn },
    SetProperties(Properties),
    SetLocation { partition: Option<PartitionSpec>, location: String },
}

impl TableChange {
    /// `SubstatementType`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::AddPartitions { .. } => "ALTER_TABLE_ADD_PARTITION",
            Self::DropPartitions { .. } => "ALTER_TABLE_DROP_PARTITION",
            Self::RenamePartition { .. } => "ALTER_TABLE_RENAME_PARTITION",
            Self::AddColumns(_) => "ALTER_TABLE_ADD_COLUMN",
            Self::ReplaceColumns(_) => "ALTER_TABLE_REPLACE_COLUMN",
            Self::ChangeColumn { .. } => "ALTER_TABLE_CHANGE_COLUMN",
            Self::SetProperties(_) => "ALTER_TABLE_PROPERTIES",
            Self::SetLocation { .. } => "ALTER_TABLE_SET_LOCATION",
        }
    }
}
