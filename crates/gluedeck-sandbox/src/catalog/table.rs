//! Tables and partitions, with the members that Glue's model has (`TableInput`, `PartitionInput`, `StorageDescriptor`).

use super::format::Format;
use super::view::view_sql;
use chrono::{DateTime, Utc};
use gluedeck_sql::Type;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// `TableType` of a view.
pub(crate) const VIEW: &str = "VIRTUAL_VIEW";

/// A table or view. What the sandbox has no use for is kept, and answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CatalogTable {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) table_type: Option<String>,
    #[serde(default)]
    pub(crate) partition_keys: Vec<Column>,
    #[serde(default, rename = "StorageDescriptor")]
    pub(crate) storage: Storage,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) view_original_text: Option<String>,
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
    /// By their values, one a key.
    #[serde(skip)]
    pub(crate) partitions: BTreeMap<Vec<String>, Partition>,
    #[serde(skip)]
    pub(crate) created: DateTime<Utc>,
    #[serde(skip)]
    pub(crate) updated: DateTime<Utc>,
    #[serde(skip)]
    pub(crate) version: u64,
    /// Earlier versions, without their partitions.
    #[serde(skip)]
    pub(crate) archive: BTreeMap<u64, CatalogTable>,
}

/// A column. Its type is the catalog's name of it, which the catalog does not check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Column {
    pub(crate) name: String,
    #[serde(rename = "Type", default = "string")]
    pub(crate) ty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) comment: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parameters: BTreeMap<String, String>,
}

fn string() -> String {
    "string".to_owned()
}

/// `StorageDescriptor`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Storage {
    pub(crate) columns: Vec<Column>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) location: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) input_format: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) output_format: String,
    #[serde(rename = "SerdeInfo")]
    pub(crate) serde: SerdeInfo,
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SerdeInfo {
    #[serde(rename = "SerializationLibrary", skip_serializing_if = "String::is_empty")]
    pub(crate) library: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parameters: BTreeMap<String, String>,
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
}

/// A partition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Partition {
    /// `s3://bucket/folder/`.
    pub(crate) location: String,
    /// None where it is the table's, but for the location.
    pub(crate) storage: Option<Box<Storage>>,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) created: DateTime<Utc>,
}

impl CatalogTable {
    /// An external table.
    pub(crate) fn external(name: &str, storage: Storage, at: DateTime<Utc>) -> Self {
        Self {
            name: name.to_owned(),
            table_type: Some("EXTERNAL_TABLE".to_owned()),
            partition_keys: Vec::new(),
            storage,
            parameters: BTreeMap::new(),
            view_original_text: None,
            others: Map::new(),
            partitions: BTreeMap::new(),
            created: at,
            updated: at,
            version: 0,
            archive: BTreeMap::new(),
        }
    }

    /// A table of the pipeline: Parquet, as its jobs and its crawler register it.
    pub(crate) fn parquet(name: &str, columns: Vec<Column>, location: String, at: DateTime<Utc>) -> Self {
        let mut table = Self::external(name, Storage::new(Format::Parquet, columns, location), at);
        table.parameters.insert("classification".to_owned(), "parquet".to_owned());
        table
    }

    pub(crate) fn is_view(&self) -> bool {
        self.table_type.as_deref() == Some(VIEW)
    }

    /// The SQL of a view of Athena.
    pub(crate) fn view_sql(&self) -> Option<String> {
        view_sql(self.view_original_text.as_deref().filter(|_| self.is_view())?)
    }

    /// Columns and partition keys.
    pub(crate) fn all_columns(&self) -> impl Iterator<Item = &Column> {
        self.storage.columns.iter().chain(&self.partition_keys)
    }

    /// Puts a new definition in the place of this one.
    pub(crate) fn replace(&mut self, new: Self, keep_this: bool, at: DateTime<Utc>) {
        let new = Self {
            partitions: std::mem::take(&mut self.partitions),
            archive: std::mem::take(&mut self.archive),
            created: self.created,
            updated: at,
            version: self.version + 1,
            ..new
        };
        let mut old = std::mem::replace(self, new);
        if keep_this {
            old.partitions = BTreeMap::new();
            self.archive.insert(old.version, old);
        }
    }

    /// Changes the definition, and keeps the earlier one in the archive.
    pub(crate) fn change(&mut self, at: DateTime<Utc>, change: impl FnOnce(&mut Self)) {
        let mut new = self.clone();
        change(&mut new);
        let partitions = std::mem::take(&mut new.partitions);
        self.replace(new, true, at);
        self.partitions = partitions;
    }
}

impl Storage {
    /// A storage descriptor as Athena makes it.
    pub(crate) fn new(format: Format, columns: Vec<Column>, location: String) -> Self {
        let (library, (input, output)) = format.classes();
        Self {
            columns,
            location,
            input_format: input.to_owned(),
            output_format: output.to_owned(),
            serde: SerdeInfo {
                library: library.to_owned(),
                parameters: BTreeMap::from([("serialization.format".to_owned(), "1".to_owned())]),
                others: Map::new(),
            },
            others: Map::from_iter([
                ("Compressed".to_owned(), json!(false)),
                ("NumberOfBuckets".to_owned(), json!(-1)),
                ("SortColumns".to_owned(), json!([])),
                ("StoredAsSubDirectories".to_owned(), json!(false)),
            ]),
        }
    }

    /// The format of the files; the SerDe's library if it is none that is read here.
    pub(crate) fn format(&self) -> Result<Format, &str> {
        Format::of(&self.serde.library)
    }
}

impl Column {
    pub(crate) fn new(name: &str, ty: impl Into<String>) -> Self {
        Self { name: name.to_lowercase(), ty: ty.into(), comment: None, parameters: BTreeMap::new() }
    }

    /// The language's type; None if it has none of that name.
    pub(crate) fn sql_type(&self) -> Option<Type> {
        Type::of_hive(&self.ty)
    }
}

impl Partition {
    pub(crate) fn at(location: String, created: DateTime<Utc>) -> Self {
        Self { location, storage: None, parameters: BTreeMap::new(), created }
    }

    /// The whole storage descriptor, as the table has it or of its own.
    pub(crate) fn storage(&self, table: &CatalogTable) -> Storage {
        let storage = self.storage.as_deref().unwrap_or(&table.storage).clone();
        Storage { location: self.location.clone(), ..storage }
    }
}
