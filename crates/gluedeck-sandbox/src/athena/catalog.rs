//! The Glue catalog as the language sees it: tables, views, `"t$partitions"`, `information_schema`.

use super::columns::sql_type;
use super::scan::{LakeTable, Scanned};
use crate::lake::{CatalogColumn, CatalogTable, Lake};
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::MemTable;
use gluedeck_sql::{Catalog, CatalogEntry, TableColumn, Type, Value, array};
use std::sync::Arc;

const INFORMATION_SCHEMA: &str = "information_schema";

/// The one catalog, `AwsDataCatalog`.
#[derive(Debug)]
pub(super) struct GlueCatalog {
    lake: Arc<Lake>,
    /// What the query has read.
    scanned: Scanned,
}

impl GlueCatalog {
    pub(super) fn new(lake: Arc<Lake>, scanned: Scanned) -> Self {
        Self { lake, scanned }
    }
}

impl Catalog for GlueCatalog {
    fn find(&self, database: &str, name: &str) -> Option<CatalogEntry> {
        let catalog = self.lake.catalog();
        if database == INFORMATION_SCHEMA {
            return information_schema(&catalog, name);
        }
        if let Some(base) = name.strip_suffix("$partitions") {
            return partitions(catalog.table(database, base)?);
        }
        let table = catalog.table(database, name)?;
        if let Some(sql) = &table.view {
            return Some(CatalogEntry::View { sql: sql.clone(), database: database.to_owned() });
        }
        let table = LakeTable::new(Arc::clone(&self.lake), table, Arc::clone(&self.scanned));
        let columns = table.columns().to_vec();
        Some(CatalogEntry::Table { provider: Arc::new(table), columns })
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

/// `"t$partitions"`: the key's values.
fn partitions(table: &CatalogTable) -> Option<CatalogEntry> {
    let key = table.partition_key.as_ref()?;
    let value = |text: &String| match key.data_type {
        DataType::Date32 => {
            text.parse().ok().and_then(crate::lake::days).map_or(Value::Null, |days| Value::Int(i64::from(days)))
        }
        _ => Value::Text(text.clone()),
    };
    let ty = sql_type(&key.data_type);
    memory(vec![(key.name.as_str(), ty, table.partitions.keys().map(value).collect())])
}

/// A table of the information schema, by name.
fn information_schema(catalog: &crate::lake::Catalog, name: &str) -> Option<CatalogEntry> {
    let tables = || catalog.databases.iter().flat_map(|(d, tables)| tables.values().map(move |t| (d.as_str(), t)));
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
            let rows: Vec<_> = tables().filter(|(_, table)| name == "tables" || table.view.is_some()).collect();
            let kind = |table: &CatalogTable| if table.view.is_some() { "VIEW" } else { "BASE TABLE" };
            let last = match name {
                "tables" => text("table_type", rows.iter().map(|(_, table)| kind(table).to_owned())),
                _ => text("view_definition", rows.iter().filter_map(|(_, table)| table.view.clone())),
            };
            memory(vec![
                text("table_catalog", catalogs(rows.len())),
                text("table_schema", rows.iter().map(|(database, _)| (*database).to_owned())),
                text("table_name", rows.iter().map(|(_, table)| table.name.clone())),
                last,
            ])
        }
        "columns" => {
            let rows: Vec<(&str, &CatalogTable, i64, &CatalogColumn, &str)> = tables()
                .flat_map(|(database, table)| {
                    let key = table.partition_key.iter().map(|key| (key, "partition key"));
                    let columns = table.columns.iter().map(|column| (column, "")).chain(key);
                    columns.zip(1..).map(move |((column, extra), number)| (database, table, number, column, extra))
                })
                .collect();
            memory(vec![
                text("table_catalog", catalogs(rows.len())),
                text("table_schema", rows.iter().map(|row| row.0.to_owned())),
                text("table_name", rows.iter().map(|row| row.1.name.clone())),
                text("column_name", rows.iter().map(|row| row.3.name.clone())),
                ("ordinal_position", Type::Bigint, rows.iter().map(|row| Value::Int(row.2)).collect()),
                ("column_default", Type::VARCHAR, vec![Value::Null; rows.len()]),
                text("is_nullable", rows.iter().map(|_| "YES".to_owned())),
                text("data_type", rows.iter().map(|row| sql_type(&row.3.data_type).to_string())),
                ("comment", Type::VARCHAR, vec![Value::Null; rows.len()]),
                text("extra_info", rows.iter().map(|row| row.4.to_owned())),
            ])
        }
        _ => None,
    }
}
