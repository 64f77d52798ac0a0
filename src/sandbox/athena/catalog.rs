//! The Glue catalog as the engine sees it: tables as views over their files, `"t$partitions"`, `information_schema`.

use crate::sandbox::lake::{Catalog, CatalogTable, Lake, trino_type};
use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{CatalogProvider, MemTable, SchemaProvider};
use datafusion::common::{Column, ScalarValue};
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::datasource::{TableProvider, ViewTable, provider_as_source};
use datafusion::error::Result as EngineResult;
use datafusion::functions::core::expr_fn::input_file_name;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast, lit};
use datafusion::prelude::{concat, strpos, substr};
use std::sync::Arc;

const INFORMATION_SCHEMA: &str = "information_schema";

/// The one catalog, `AwsDataCatalog`.
#[derive(Debug)]
pub(super) struct GlueCatalog {
    lake: Arc<Lake>,
    /// Whether tables show the hidden column `"$path"`.
    path: bool,
}

impl GlueCatalog {
    pub(super) fn new(lake: Arc<Lake>, path: bool) -> Self {
        Self { lake, path }
    }
}

impl CatalogProvider for GlueCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.lake.catalog().databases.keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let known = name == INFORMATION_SCHEMA || self.lake.catalog().databases.contains_key(name);
        let database = GlueDatabase { lake: Arc::clone(&self.lake), name: name.to_owned(), path: self.path };
        known.then(|| Arc::new(database) as _)
    }
}

#[derive(Debug)]
struct GlueDatabase {
    lake: Arc<Lake>,
    name: String,
    path: bool,
}

#[async_trait]
impl SchemaProvider for GlueDatabase {
    fn table_names(&self) -> Vec<String> {
        self.lake.catalog().databases.get(&self.name).map(|tables| tables.keys().cloned().collect()).unwrap_or_default()
    }

    async fn table(&self, name: &str) -> EngineResult<Option<Arc<dyn TableProvider>>> {
        if self.name == INFORMATION_SCHEMA {
            ensure(&self.lake, None).await;
            return information_schema(&self.lake.catalog(), name);
        }
        let (base, partitions) = match name.strip_suffix("$partitions") {
            Some(base) => (base, true),
            None => (name, false),
        };
        ensure(&self.lake, Some(base)).await;
        let Some(table) = self.lake.catalog().table(&self.name, base).cloned() else { return Ok(None) };
        if partitions {
            return self::partitions(&table);
        }
        provider(&self.lake, &table, self.path).map(Some)
    }

    fn table_exist(&self, name: &str) -> bool {
        self.lake.catalog().table(&self.name, name).is_some()
    }
}

/// Brings the past of what a name may mean onto the disk. Verdicts come from all tables.
pub(super) async fn ensure(lake: &Arc<Lake>, table: Option<&str>) {
    let lake = Arc::clone(lake);
    let scope =
        table.and_then(|name| lake.world.records.iter().find(|r| r.table_name == name).map(|r| r.scope_id.clone()));
    let work = tokio::task::spawn_blocking(move || match scope {
        Some(scope) => lake.ensure(&scope),
        None => lake.ensure_all(),
    });
    // A panic in there leaves the table without its past; the query then says what it does not find.
    let _ = work.await;
}

/// A view over the table's files: one branch a partition, with the partition's value as a constant (so that a filter on
/// it prunes the branch), and the files' column names in lower case.
fn provider(lake: &Lake, table: &CatalogTable, path: bool) -> EngineResult<Arc<dyn TableProvider>> {
    let fields: Vec<_> = table.columns.iter().map(|c| Field::new(&c.source, c.data_type.clone(), true)).collect();
    let files = Arc::new(Schema::new(fields));
    let branches: Vec<(Option<&String>, &String)> = match &table.partition_key {
        None => vec![(None, &table.folder)],
        Some(_) => table.partitions.iter().map(|(value, folder)| (Some(value), folder)).collect(),
    };
    let mut view: Option<LogicalPlanBuilder> = None;
    for (value, folder) in branches {
        let source = listing(lake, &table.bucket, folder, Arc::clone(&files))?;
        let scan = LogicalPlanBuilder::scan(&table.name, provider_as_source(source), None)?;
        // By exact name: `col` would fold `machineId` to lower case and find nothing.
        let columns = table.columns.iter().map(|c| {
            let column = Expr::Column(Column::new_unqualified(&c.source));
            // An alias equal to the name would be a second column of that name to the engine's optimizer.
            if c.source == c.name { column } else { column.alias(&c.name) }
        });
        let key = table.partition_key.as_ref().zip(value).map(|(key, value)| match key.data_type {
            DataType::Date32 => cast(lit(value.as_str()), DataType::Date32).alias(&key.name),
            _ => lit(ScalarValue::Utf8(Some(value.clone()))).alias(&key.name),
        });
        let branch = scan.project(columns.chain(key).chain(path.then(s3_path)))?;
        view = Some(match view {
            None => branch,
            Some(view) => view.union(branch.build()?)?,
        });
    }
    match view {
        Some(view) => Ok(Arc::new(ViewTable::new(view.build()?, None))),
        None => {
            let mut fields: Vec<_> =
                table.columns.iter().map(|c| Field::new(&c.name, c.data_type.clone(), true)).collect();
            fields.extend(table.partition_key.iter().map(|key| Field::new(&key.name, key.data_type.clone(), true)));
            Ok(Arc::new(EmptyTable::new(Arc::new(Schema::new(fields)))))
        }
    }
}

/// The file of a row as Athena writes it: what comes behind the lake's `/s3/` folder.
fn s3_path() -> Expr {
    let file = input_file_name();
    let inside = substr(file.clone(), strpos(file, lit("/s3/")) + lit(4_i64));
    concat(vec![lit("s3://"), inside]).alias("$path")
}

fn listing(lake: &Lake, bucket: &str, folder: &str, schema: SchemaRef) -> EngineResult<Arc<dyn TableProvider>> {
    let path = format!("{}/", lake.path(bucket, folder).display());
    let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let config =
        ListingTableConfig::new(ListingTableUrl::parse(&path)?).with_listing_options(options).with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
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
            Arc::new(values.map(|value| crate::sandbox::lake::days(value.parse().ok()?)).collect::<Date32Array>())
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
