//! The Glue catalog as the engine sees it: tables, `"t$partitions"`, `information_schema`.

use super::scan::{LakeTable, Scanned};
use crate::lake::{Catalog, CatalogTable, Lake, trino_type};
use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::{CatalogProvider, MemTable, SchemaProvider, TableProvider};
use datafusion::error::Result as EngineResult;
use std::sync::Arc;

const INFORMATION_SCHEMA: &str = "information_schema";

/// The one catalog, `AwsDataCatalog`.
#[derive(Debug)]
pub(super) struct GlueCatalog {
    lake: Arc<Lake>,
    /// Whether tables show the hidden column `"$path"`.
    path: bool,
    /// What the query has read.
    scanned: Scanned,
}

impl GlueCatalog {
    pub(super) fn new(lake: Arc<Lake>, path: bool, scanned: Scanned) -> Self {
        Self { lake, path, scanned }
    }
}

impl CatalogProvider for GlueCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.lake.catalog().databases.keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let known = name == INFORMATION_SCHEMA || self.lake.catalog().databases.contains_key(name);
        let (lake, scanned) = (Arc::clone(&self.lake), Arc::clone(&self.scanned));
        let database = GlueDatabase { lake, name: name.to_owned(), path: self.path, scanned };
        known.then(|| Arc::new(database) as _)
    }
}

#[derive(Debug)]
struct GlueDatabase {
    lake: Arc<Lake>,
    name: String,
    path: bool,
    scanned: Scanned,
}

#[async_trait]
impl SchemaProvider for GlueDatabase {
    fn table_names(&self) -> Vec<String> {
        self.lake.catalog().databases.get(&self.name).map(|tables| tables.keys().cloned().collect()).unwrap_or_default()
    }

    async fn table(&self, name: &str) -> EngineResult<Option<Arc<dyn TableProvider>>> {
        if self.name == INFORMATION_SCHEMA {
            return information_schema(&self.lake.catalog(), name);
        }
        let (base, partitions) = match name.strip_suffix("$partitions") {
            Some(base) => (base, true),
            None => (name, false),
        };
        let Some(table) = self.lake.catalog().table(&self.name, base).cloned() else { return Ok(None) };
        if partitions {
            return self::partitions(&table);
        }
        let (lake, scanned) = (Arc::clone(&self.lake), Arc::clone(&self.scanned));
        Ok(Some(Arc::new(LakeTable::new(lake, &table, self.path, scanned))))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.lake.catalog().table(&self.name, name).is_some()
    }
}

/// Brings onto the disk what past nights left in a folder.
pub(super) async fn ensure(lake: &Arc<Lake>, bucket: &str, folder: &str) {
    let (lake, bucket, folder) = (Arc::clone(lake), bucket.to_owned(), format!("{}/", folder.trim_end_matches('/')));
    // A panic in there leaves the folder without its past; the query then says what it does not find.
    let _ = tokio::task::spawn_blocking(move || lake.ensure_under(&bucket, &folder)).await;
}

fn memory(fields: Vec<Field>, columns: Vec<ArrayRef>) -> EngineResult<Option<Arc<dyn TableProvider>>> {
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    Ok(Some(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?)))
}

/// `"t$partitions"`: the key's values.
fn partitions(table: &CatalogTable) -> EngineResult<Option<Arc<dyn TableProvider>>> {
    let Some(key) = &table.partition_key else { return Ok(None) };
    let values = table.partitions.keys();
    let column: ArrayRef = match key.data_type {
        DataType::Date32 => {
            Arc::new(values.map(|value| crate::lake::days(value.parse().ok()?)).collect::<Date32Array>())
        }
        _ => Arc::new(values.map(|value| Some(value.as_str())).collect::<StringArray>()),
    };
    memory(vec![Field::new(&key.name, key.data_type.clone(), true)], vec![column])
}

/// A table of the information schema, by name.
fn information_schema(catalog: &Catalog, name: &str) -> EngineResult<Option<Arc<dyn TableProvider>>> {
    let tables = || catalog.databases.iter().flat_map(|(d, tables)| tables.values().map(move |t| (d.as_str(), t)));
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let texts = |values: Vec<String>| -> ArrayRef { Arc::new(StringArray::from(values)) };
    match name {
        "schemata" => {
            let names: Vec<String> = catalog.databases.keys().cloned().chain([INFORMATION_SCHEMA.to_owned()]).collect();
            let catalogs = texts(vec!["awsdatacatalog".to_owned(); names.len()]);
            memory(vec![text("catalog_name"), text("schema_name")], vec![catalogs, texts(names)])
        }
        "tables" | "views" => {
            let rows: Vec<_> = tables().filter(|(_, table)| name == "tables" || table.view.is_some()).collect();
            let kind = |table: &CatalogTable| if table.view.is_some() { "VIEW" } else { "BASE TABLE" };
            let (last, values): (&str, Vec<String>) = match name {
                "tables" => ("table_type", rows.iter().map(|(_, table)| kind(table).to_owned()).collect()),
                _ => ("view_definition", rows.iter().filter_map(|(_, table)| table.view.clone()).collect()),
            };
            let columns = vec![
                texts(vec!["awsdatacatalog".to_owned(); rows.len()]),
                texts(rows.iter().map(|(database, _)| (*database).to_owned()).collect()),
                texts(rows.iter().map(|(_, table)| table.name.clone()).collect()),
                texts(values),
            ];
            memory(vec![text("table_catalog"), text("table_schema"), text("table_name"), text(last)], columns)
        }
        "columns" => {
            let rows: Vec<_> = tables()
                .flat_map(|(database, table)| {
                    let key = table.partition_key.iter().map(|key| (key, "partition key"));
                    let columns = table.columns.iter().map(|column| (column, "")).chain(key);
                    columns.enumerate().map(move |(n, (column, extra))| (database, table, n as i64 + 1, column, extra))
                })
                .collect();
            let column = |value: &dyn Fn(usize) -> String| texts((0..rows.len()).map(value).collect());
            let columns = vec![
                column(&|_| "awsdatacatalog".to_owned()),
                column(&|row| rows[row].0.to_owned()),
                column(&|row| rows[row].1.name.clone()),
                column(&|row| rows[row].3.name.clone()),
                Arc::new(rows.iter().map(|row| Some(row.2)).collect::<Int64Array>()),
                column(&|_| "YES".to_owned()),
                column(&|row| trino_type(&rows[row].3.data_type)),
                column(&|row| rows[row].4.to_owned()),
            ];
            let names = ["table_catalog", "table_schema", "table_name", "column_name"];
            let mut fields: Vec<Field> = names.into_iter().map(text).collect();
            fields.push(Field::new("ordinal_position", DataType::Int64, true));
            fields.extend(["is_nullable", "data_type", "extra_info"].into_iter().map(text));
            memory(fields, columns)
        }
        _ => Ok(None),
    }
}
