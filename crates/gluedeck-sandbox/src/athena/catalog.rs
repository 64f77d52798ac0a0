//! The Glue catalog as the language sees it: tables, views, `"t$partitions"`, `information_schema`.

use super::file_columns::{Scanned, type_of};
use super::scan::LakeTable;
use crate::catalog::{CatalogTable, Column, NO_VALUE};
use crate::lake::Lake;
use chrono::{DateTime, Utc};
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::catalog::MemTable;
use gluedeck_sql::{Catalog, CatalogEntry, Code, Error, TableColumn, Type, Value, array, plain_value};
use std::sync::Arc;

const INFORMATION_SCHEMA: &str = "information_schema";

/// The one catalog, `AwsDataCatalog`.
#[derive(Debug)]
pub(super) struct GlueCatalog {
    lake: Arc<Lake>,
    /// When the query began, which says where a projection of partitions ends.
    now: DateTime<Utc>,
    /// What the query has read.
    scanned: Scanned,
}

impl GlueCatalog {
    pub(super) fn new(lake: Arc<Lake>, now: DateTime<Utc>, scanned: Scanned) -> Self {
        Self { lake, now, scanned }
    }
}

impl Catalog for GlueCatalog {
    fn find(&self, database: &str, name: &str) -> Result<Option<CatalogEntry>, Error> {
        let catalog = self.lake.catalog();
        if database == INFORMATION_SCHEMA {
            return Ok(information_schema(&catalog, name));
        }
        if let Some(table) = name.strip_suffix("$partitions").and_then(|base| catalog.table(database, base)) {
            return partitions(table);
        }
        let Some(table) = catalog.table(database, name) else { return Ok(None) };
        if table.is_view() {
            let sql = table.view_sql().ok_or_else(|| {
                Error::of_value(Code::InvalidView, format!("Invalid view JSON of view '{database}.{name}'"))
            })?;
            return Ok(Some(CatalogEntry::View { sql, database: database.to_owned() }));
        }
        let table = LakeTable::new(Arc::clone(&self.lake), table, self.now, Arc::clone(&self.scanned))?;
        let columns = table.columns().to_vec();
        Ok(Some(CatalogEntry::Table { provider: Arc::new(table), columns }))
    }

    fn has_database(&self, name: &str) -> bool {
        name == INFORMATION_SCHEMA || self.lake.catalog().databases.contains_key(name)
    }
}

/// Brings onto the disk what past nights left in a folder.
pub(super) async fn ensure(lake: &Arc<Lake>, bucket: &str, folder: &str) {
    let (lake, bucket, folder) = (Arc::clone(lake), bucket.to_owned(), format!("{}/", folder.trim_end_matches('/')));
    // A panic in there leaves the folder without its past; the query then says what it does not find.
    let _ = tokio::task::spawn_blocking(move || lake.ensure_under(&bucket, &folder)).await;
}

/// Rows that are here, by column: its name, type and values.
fn memory(columns: Vec<(&str, Type, Vec<Value>)>) -> Option<CatalogEntry> {
    let (mut described, mut fields, mut arrays): (Vec<TableColumn>, Vec<Field>, Vec<ArrayRef>) = Default::default();
    for (name, ty, values) in columns {
        fields.push(Field::new(name, ty.arrow(), true));
        arrays.push(array(values, &ty).ok()?);
        described.push(TableColumn { name: name.to_owned(), ty, hidden: false });
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).ok()?;
    let provider = Arc::new(MemTable::try_new(schema, vec![vec![batch]]).ok()?);
    Some(CatalogEntry::Table { provider, columns: described })
}

/// `"t$partitions"`: the values of the keys.
fn partitions(table: &CatalogTable) -> Result<Option<CatalogEntry>, Error> {
    let mut columns = Vec::new();
    for (place, key) in table.partition_keys.iter().enumerate() {
        let ty = type_of(key)?;
        let value = |values: &Vec<String>| match values.get(place) {
            Some(text) if text != NO_VALUE => plain_value(text, &ty).unwrap_or(Value::Null),
            _ => Value::Null,
        };
        columns.push((key.name.as_str(), ty.clone(), table.partitions.keys().map(value).collect()));
    }
    Ok(if columns.is_empty() { None } else { memory(columns) })
}

/// A table of the information schema, by name.
fn information_schema(catalog: &crate::catalog::Catalog, name: &str) -> Option<CatalogEntry> {
    let tables = || catalog.databases.iter().flat_map(|(d, known)| known.tables.values().map(move |t| (d.as_str(), t)));
    fn text(name: &str, values: impl Iterator<Item = String>) -> (&str, Type, Vec<Value>) {
        (name, Type::VARCHAR, values.map(Value::Text).collect())
    }
    let catalogs = |count: usize| std::iter::repeat_n("awsdatacatalog".to_owned(), count);
    match name {
        "schemata" => {
            let names = || catalog.databases.keys().cloned().chain([INFORMATION_SCHEMA.to_owned()]);
            memory(vec![text("catalog_name", catalogs(names().count())), text("schema_name", names())])
        }
        "tables" | "views" => {
            let rows: Vec<_> = tables().filter(|(_, table)| name == "tables" || table.is_view()).collect();
            let kind = |table: &CatalogTable| if table.is_view() { "VIEW" } else { "BASE TABLE" };
            let last = match name {
                "tables" => text("table_type", rows.iter().map(|(_, table)| kind(table).to_owned())),
                _ => text("view_definition", rows.iter().map(|(_, table)| table.view_sql().unwrap_or_default())),
            };
            memory(vec![
                text("table_catalog", catalogs(rows.len())),
                text("table_schema", rows.iter().map(|(database, _)| (*database).to_owned())),
                text("table_name", rows.iter().map(|(_, table)| table.name.clone())),
                last,
            ])
        }
        "columns" => {
            let rows: Vec<(&str, &CatalogTable, i64, &Column, &str)> = tables()
                .flat_map(|(database, table)| {
                    let key = table.partition_keys.iter().map(|key| (key, "partition key"));
                    let columns = table.storage.columns.iter().map(|column| (column, "")).chain(key);
                    columns.zip(1..).map(move |((column, extra), number)| (database, table, number, column, extra))
                })
                .collect();
            memory(vec![
                text("table_catalog", catalogs(rows.len())),
                text("table_schema", rows.iter().map(|row| row.0.to_owned())),
                text("table_name", rows.iter().map(|row| row.1.name.clone())),
                text("column_name", rows.iter().map(|row| row.3.name.to_lowercase())),
                ("ordinal_position", Type::Bigint, rows.iter().map(|row| Value::Int(row.2)).collect()),
                ("column_default", Type::VARCHAR, vec![Value::Null; rows.len()]),
                text("is_nullable", rows.iter().map(|_| "YES".to_owned())),
                text(
                    "data_type",
                    rows.iter().map(|row| row.3.sql_type().map_or_else(|| row.3.ty.clone(), |ty| ty.to_string())),
                ),
                (
                    "comment",
                    Type::VARCHAR,
                    rows.iter().map(|row| row.3.comment.clone().map_or(Value::Null, Value::Text)).collect(),
                ),
                text("extra_info", rows.iter().map(|row| row.4.to_owned())),
            ])
        }
        _ => None,
    }
}
