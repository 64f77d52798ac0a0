//! SHOW, DESCRIBE and the DDL that changes the catalog only.

use super::catalog::ensure;
use super::columns::stored_type;
use super::failure::Failure;
use super::frame::plan;
use super::job::{Job, Outcome};
use super::results::{ResultColumn, ResultSet, lines_result};
use crate::lake::{CatalogColumn, CatalogTable, hive_type};
use datafusion::arrow::datatypes::DataType;
use gluedeck_sql::{NewPartition, Statement, TableName};
use std::collections::BTreeMap;
use std::fs;

/// Runs a statement that is no query.
pub(super) async fn execute(job: &Job<'_>, statement: &Statement) -> Result<Outcome, Failure> {
    let (name, lines) = match statement {
        Statement::ShowDatabases(like) => {
            let names = job.lake.catalog().databases.keys().cloned().collect::<Vec<_>>().into_iter();
            ("database_name", names.filter(|name| fits(like.as_ref(), name)).collect())
        }
        Statement::ShowFunctions(like) => {
            let names = gluedeck_sql::function_names().into_iter();
            ("Function", names.filter(|name| fits(like.as_ref(), name)).map(str::to_owned).collect())
        }
        Statement::ShowTables { database, pattern } => {
            ("tab_name", tables(job, database.as_deref(), |t| fits(pattern.as_ref(), &t.name)).await?)
        }
        Statement::ShowViews { database, pattern } => {
            let wanted = |t: &CatalogTable| t.view.is_some() && fits(pattern.as_ref(), &t.name);
            ("views", tables(job, database.as_deref(), wanted).await?)
        }
        Statement::ShowColumns(table) => {
            let table = find(job, table)?;
            let key = table.partition_key.iter();
            ("field", table.columns.iter().chain(key).map(|column| format!("{:<20}", column.name)).collect())
        }
        Statement::ShowPartitions(named) => {
            let table = find(job, named)?;
            let key = table.partition_key.as_ref().ok_or_else(|| {
                Failure::user(
                    1006,
                    format!("FAILED: SemanticException Table {} is not a partitioned table", table.name),
                )
            })?;
            ("partition", table.partitions.keys().map(|value| format!("{}={value}", key.name)).collect())
        }
        Statement::ShowCreateTable(named) => ("createtab_stmt", create_table(job, named)?),
        Statement::ShowCreateView(named) => {
            let table = find(job, named)?;
            let sql = table.view.ok_or_else(|| Failure::user(1006, format!("{} is not a view", table.name)))?;
            ("Create View", vec![format!("CREATE VIEW {} AS", named.name), sql])
        }
        Statement::ShowProperties { table, property } => {
            ("prpt_name", properties(&find(job, table)?, property.as_ref()))
        }
        Statement::Describe(table) => ("col_name", describe(&find(job, table)?)),
        Statement::Repair(table) => ("result", repair(job, table).await?),
        other => {
            change(job, other).await?;
            return Ok(Outcome::of(ResultSet::empty()));
        }
    };
    let mut result = lines_result(name, lines, false, &job.location).map_err(Failure::system)?;
    if matches!(statement, Statement::Describe(_)) {
        // Three columns are announced, and every row has one cell with all parts (measured on Athena).
        let column = |name: &str| ResultColumn { name: name.to_owned(), ..result.columns[0].clone() };
        result.columns = ["col_name", "data_type", "comment"].map(column).to_vec();
    }
    Ok(Outcome::of(result))
}

async fn tables(
    job: &Job<'_>,
    database: Option<&str>,
    wanted: impl Fn(&CatalogTable) -> bool,
) -> Result<Vec<String>, Failure> {
    let database = database.unwrap_or(job.database);
    let catalog = job.lake.catalog();
    let tables = catalog.databases.get(database).ok_or_else(|| Failure::no_schema(database))?;
    Ok(tables.values().filter(|table| wanted(table)).map(|table| table.name.clone()).collect())
}

/// The properties of a table, or the value of one.
fn properties(table: &CatalogTable, property: Option<&String>) -> Vec<String> {
    let changed = table.updated.timestamp().to_string();
    let all = [("classification", "parquet"), ("EXTERNAL", "TRUE"), ("transient_lastDdlTime", &changed)];
    match property {
        None => all.iter().map(|(name, value)| format!("{name}\t{value}")).collect(),
        Some(wanted) => match all.iter().find(|(name, _)| name == wanted) {
            Some((_, value)) => vec![(*value).to_owned()],
            None => vec![format!("Table {} does not have property: {wanted}", table.name)],
        },
    }
}

fn fits(pattern: Option<&String>, name: &str) -> bool {
    pattern.is_none_or(|pattern| glob(pattern, name))
}

/// Hive's patterns: `*` for anything, `|` for or.
fn glob(pattern: &str, name: &str) -> bool {
    pattern.to_lowercase().split('|').any(|pattern| {
        let parts: Vec<&str> = pattern.split('*').collect();
        let Some((first, rest)) = parts.split_first() else { return false };
        let Some(mut left) = name.strip_prefix(first) else { return false };
        for (index, part) in rest.iter().enumerate() {
            let last = index + 1 == rest.len();
            let found = if last && !part.is_empty() {
                left.rfind(part).filter(|at| at + part.len() == left.len())
            } else {
                left.find(part)
            };
            match found {
                Some(at) => left = &left[at + part.len()..],
                None => return false,
            }
        }
        left.is_empty() || pattern.ends_with('*')
    })
}

fn find(job: &Job<'_>, named: &TableName) -> Result<CatalogTable, Failure> {
    let database = named.database.as_deref().unwrap_or(job.database);
    let found = job.lake.catalog().table(database, &named.name).cloned();
    found.ok_or_else(|| Failure::no_table(database, &named.name))
}

fn describe(table: &CatalogTable) -> Vec<String> {
    let line = |name: &str, kind: &str| format!("{name:<20}\t{kind:<20}\t{:<20}", "");
    let mut lines: Vec<_> = table.columns.iter().map(|c| line(&c.name, &hive_type(&c.data_type))).collect();
    if let Some(key) = &table.partition_key {
        lines.push(line(&key.name, &hive_type(&key.data_type)));
        lines.extend([String::new(), "# Partition Information".into(), line("# col_name", "data_type")]);
        lines.push(line(&key.name, &hive_type(&key.data_type)));
    }
    lines
}

fn create_table(job: &Job<'_>, named: &TableName) -> Result<Vec<String>, Failure> {
    let table = find(job, named)?;
    let database = named.database.as_deref().unwrap_or(job.database);
    let mut lines = vec![format!("CREATE EXTERNAL TABLE `{database}.{}`(", table.name)];
    let last = table.columns.len().saturating_sub(1);
    for (index, column) in table.columns.iter().enumerate() {
        let end = if index == last { ")" } else { ", " };
        lines.push(format!("  `{}` {}{end}", column.name, hive_type(&column.data_type)));
    }
    if let Some(key) = &table.partition_key {
        lines.extend(["PARTITIONED BY ( ".into(), format!("  `{}` {})", key.name, hive_type(&key.data_type))]);
    }
    lines.extend([
        "ROW FORMAT SERDE ".to_owned(),
        "  'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' ".into(),
        "STORED AS INPUTFORMAT ".into(),
        "  'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat' ".into(),
        "OUTPUTFORMAT ".into(),
        "  'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'".into(),
        "LOCATION".into(),
        format!("  's3://{}/{}/'", table.bucket, table.folder),
        "TBLPROPERTIES (".into(),
        "  'classification'='parquet')".into(),
    ]);
    Ok(lines)
}

/// MSCK REPAIR TABLE: registers the folders that are named like partitions and not known yet. Folders with a plain
/// name, such as the crawler's, are no partitions to it.
async fn repair(job: &Job<'_>, named: &TableName) -> Result<Vec<String>, Failure> {
    let table = find(job, named)?;
    let Some(key) = &table.partition_key else { return Ok(Vec::new()) };
    ensure(&job.lake, &table.bucket, &table.folder).await;
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(job.lake.path(&table.bucket, &table.folder)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(value) = name.strip_prefix(&format!("{}=", key.name))
            && !table.partitions.contains_key(value)
        {
            found.insert(value.to_owned(), format!("{}/{name}", table.folder));
        }
    }
    let lines =
        found.keys().map(|value| format!("Repair: Added partition to metastore {}:{}={value}", table.name, key.name));
    let lines = lines.collect();
    let database = named.database.as_deref().unwrap_or(job.database);
    job.lake.change_table(database, &table.name, |table| table.partitions.extend(found));
    Ok(lines)
}

async fn change(job: &Job<'_>, statement: &Statement) -> Result<(), Failure> {
    match statement {
        Statement::AddPartitions { table, if_not_exists, partitions } => {
            add_partitions(job, table, *if_not_exists, partitions)
        }
        Statement::DropTable { table: named, if_exists, view } => {
            let found = find(job, named);
            let table = match found {
                Err(_) if *if_exists => return Ok(()),
                other => other?,
            };
            if table.view.is_some() != *view {
                let kind = if *view { "a table" } else { "a view" };
                return Err(Failure::user(1006, format!("{} is {kind}", table.name)));
            }
            job.lake.drop_table(named.database.as_deref().unwrap_or(job.database), &named.name);
            Ok(())
        }
        Statement::CreateView { view, or_replace, sql } => create_view(job, view, *or_replace, sql).await,
        // PREPARE and DEALLOCATE are the service's own; the engine has nothing to do for them.
        _ => Ok(()),
    }
}

fn add_partitions(job: &Job<'_>, named: &TableName, if_not_exists: bool, new: &[NewPartition]) -> Result<(), Failure> {
    let table = find(job, named)?;
    let Some(key) = &table.partition_key else {
        return Err(Failure::user(
            1006,
            format!("FAILED: SemanticException Table {} is not a partitioned table", table.name),
        ));
    };
    let mut added = BTreeMap::new();
    for (value, location) in new {
        if table.partitions.contains_key(value) && !if_not_exists {
            return Err(Failure::user(1006, format!("AlreadyExistsException: Partition already exists: {value}")));
        }
        if key.data_type == DataType::Date32 && value.parse::<chrono::NaiveDate>().is_err() {
            return Err(Failure::user(
                1006,
                format!(
                    "HIVE_INVALID_PARTITION_VALUE: Invalid partition value '{value}' for DATE partition key: {}",
                    key.name
                ),
            ));
        }
        let folder = match location {
            None => format!("{}/{}={value}", table.folder, key.name),
            Some(location) => {
                let (bucket, folder) = job.lake.locate(location).map_err(|why| Failure::user(1006, why.to_string()))?;
                if bucket != table.bucket {
                    return Err(Failure::user(1200, "NOT_SUPPORTED: a partition in another bucket than its table"));
                }
                folder.trim_end_matches('/').to_owned()
            }
        };
        added.insert(value.clone(), folder);
    }
    let database = named.database.as_deref().unwrap_or(job.database);
    job.lake.change_table(database, &table.name, |table| {
        for (value, folder) in added {
            table.partitions.entry(value).or_insert(folder);
        }
    });
    Ok(())
}

async fn create_view(job: &Job<'_>, view: &TableName, or_replace: bool, sql: &str) -> Result<(), Failure> {
    let database = view.database.as_deref().unwrap_or(job.database);
    if !job.lake.catalog().databases.contains_key(database) {
        return Err(Failure::no_schema(database));
    }
    let known = job.lake.catalog().table(database, &view.name).map(|table| table.view.is_some());
    if known.is_some() && !(or_replace && known == Some(true)) {
        return Err(Failure::user(1006, format!("View already exists: '{database}.{}'", view.name)));
    }
    let query = gluedeck_sql::parse_query(sql).map_err(|error| Failure::user(1006, error.to_string()))?;
    let planned = plan(job, &query)?;
    super::write::named_once(&planned)?;
    // What no table could store is text to the catalog; the view's rows have their own type.
    let stored = |name: &str, ty| stored_type(name, ty).unwrap_or(DataType::Utf8);
    let columns = planned.columns.iter().map(|(name, ty)| CatalogColumn::new(name, stored(name, ty))).collect();
    let table = CatalogTable {
        name: view.name.clone(),
        columns,
        partition_key: None,
        bucket: String::new(),
        folder: String::new(),
        partitions: BTreeMap::new(),
        view: Some(sql.to_owned()),
        created: job.now,
        updated: job.now,
    };
    job.lake.put_table(database, table);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn hives_patterns() {
        for (pattern, name, matches) in [
            ("user", "user", true),
            ("user", "user_role", false),
            ("user*", "user_role", true),
            ("*role", "user_role", true),
            ("*er*ol*", "user_role", true),
            ("order|user*", "user_role", true),
            ("*x", "user_role", false),
            ("*", "anything", true),
        ] {
            assert_eq!(glob(pattern, name), matches, "{pattern} {name}");
        }
    }
}
