//! SHOW, DESCRIBE and the DDL that changes the catalog only.

use super::catalog::ensure;
use super::dialect::{NewPartition, Parsed, TableName};
use super::failure::Failure;
use super::frame::frame;
use super::job::{Job, Outcome};
use super::results::{ResultColumn, ResultSet, lines_result};
use crate::lake::{CatalogTable, hive_type};
use datafusion::arrow::datatypes::DataType;
use std::collections::BTreeMap;
use std::fs;

/// Runs a statement that is no query.
pub(super) async fn execute(job: &Job<'_>, parsed: &Parsed) -> Result<Outcome, Failure> {
    let (name, lines) = match parsed {
        Parsed::ShowDatabases => ("database_name", job.lake.catalog().databases.keys().cloned().collect()),
        Parsed::ShowFunctions(like) => {
            let names = super::functions::names(super::dialect::function_names()).into_iter();
            ("Function", names.filter(|name| like.as_ref().is_none_or(|like| glob(like, name))).collect())
        }
        Parsed::ShowTables(database, like) => {
            ("tab_name", tables(job, database.as_deref(), |t| like.as_ref().is_none_or(|l| glob(l, &t.name))).await?)
        }
        Parsed::ShowViews(database) => ("views", tables(job, database.as_deref(), |t| t.view.is_some()).await?),
        Parsed::ShowColumns(table) => {
            let table = find(job, table)?;
            let key = table.partition_key.iter();
            ("field", table.columns.iter().chain(key).map(|column| format!("{:<20}", column.name)).collect())
        }
        Parsed::ShowPartitions(named) => {
            let table = find(job, named)?;
            let key = table.partition_key.as_ref().ok_or_else(|| {
                Failure::user(
                    1006,
                    format!("FAILED: SemanticException Table {} is not a partitioned table", table.name),
                )
            })?;
            ("partition", table.partitions.keys().map(|value| format!("{}={value}", key.name)).collect())
        }
        Parsed::ShowCreateTable(named) => ("createtab_stmt", create_table(job, named)?),
        Parsed::ShowCreateView(named) => {
            let table = find(job, named)?;
            let sql = table.view.ok_or_else(|| Failure::user(1006, format!("{} is not a view", table.name)))?;
            ("Create View", vec![format!("CREATE VIEW {} AS", named.name), sql])
        }
        Parsed::ShowProperties(named) => {
            let table = find(job, named)?;
            let lines = [("classification", "parquet"), ("EXTERNAL", "TRUE")];
            let at = ("transient_lastDdlTime", table.updated.timestamp().to_string());
            let at = format!("{}\t{}", at.0, at.1);
            ("prpt_name", lines.iter().map(|(name, value)| format!("{name}\t{value}")).chain([at]).collect())
        }
        Parsed::Describe(table) => ("col_name", describe(&find(job, table)?)),
        Parsed::Repair(table) => ("result", repair(job, table).await?),
        other => {
            change(job, other).await?;
            return Ok(Outcome::of(ResultSet::empty()));
        }
    };
    let mut result = lines_result(name, lines, false, &job.location).map_err(Failure::system)?;
    if matches!(parsed, Parsed::Describe(_)) {
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

async fn change(job: &Job<'_>, parsed: &Parsed) -> Result<(), Failure> {
    match parsed {
        Parsed::AddPartitions { table, if_not_exists, partitions } => {
            add_partitions(job, table, *if_not_exists, partitions)
        }
        Parsed::DropTable { table: named, if_exists, view } => {
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
        Parsed::CreateView { view, or_replace, sql } => create_view(job, view, *or_replace, sql).await,
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
    let parsed = super::dialect::parse(sql).map_err(|error| Failure::user(1006, error.to_string()))?;
    let Parsed::Query(select) = parsed else {
        return Err(Failure::user(1006, "SYNTAX_ERROR: a view needs a query"));
    };
    let frame = frame(job, &select).await.map_err(|error| Failure::of(&error, job))?;
    let columns = frame.schema().fields().iter().map(|f| super::write::column(f.name(), f.data_type())).collect();
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
