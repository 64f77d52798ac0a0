//! ALTER TABLE, and MSCK REPAIR TABLE, which adds partitions as it does.

use super::catalog::ensure;
use super::failure::{Failure, ddl_failed};
use super::job::{Job, Outcome};
use super::results::lines_result;
use super::show::find;
use crate::catalog::{CatalogTable, Column, Partition, folder_name, folder_values};
use gluedeck_sql::{HiveColumn, NewPartition, PartitionSpec, TableChange, TableName, plain_value};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Runs ALTER TABLE.
pub(super) fn alter_table(job: &Job<'_>, named: &TableName, change: &TableChange) -> Result<(), Failure> {
    let database = named.database.as_deref().unwrap_or(job.database);
    // Under one lock, so that what others add meanwhile is not lost; what fails changes nothing.
    job.lake.change_catalog(|catalog| {
        let known = catalog.table_mut(database, &named.name).ok_or_else(|| Failure::no_table(database, &named.name))?;
        let mut table = known.clone();
        altered(job, &mut table, change)?;
        *known = table;
        Ok(())
    })
}

fn altered(job: &Job<'_>, table: &mut CatalogTable, change: &TableChange) -> Result<(), Failure> {
    match change {
        TableChange::AddPartitions { if_not_exists, partitions } => {
            add_partitions(job, table, *if_not_exists, partitions)?;
        }
        TableChange::DropPartitions { if_exists, partitions } => {
            for spec in partitions {
                let gone = matching(table, spec)?;
                if gone.is_empty() && !if_exists {
                    return Err(no_partition(spec));
                }
                table.partitions.retain(|values, _| !gone.contains(values));
            }
        }
        TableChange::RenamePartition { from, to } => {
            let (from, to) = (values(table, from)?, values(table, to)?);
            if table.partitions.contains_key(&to) {
                return Err(ddl_failed(1006, "AlreadyExistsException(message:Partition already exists.)"));
            }
            let partition = table.partitions.remove(&from).ok_or_else(|| no_partition(&spec_of(table, &from)))?;
            table.partitions.insert(to, partition);
        }
        TableChange::SetLocation { partition: Some(spec), location } => {
            let values = values(table, spec)?;
            let partition = table.partitions.get_mut(&values).ok_or_else(|| no_partition(spec))?;
            partition.location = format!("{}/", location.trim_end_matches('/'));
        }
        definition => {
            let mut new = table.clone();
            redefine(job, &mut new, definition)?;
            table.change(job.now, |table| *table = new);
        }
    }
    Ok(())
}

/// The changes of a table's definition.
fn redefine(job: &Job<'_>, table: &mut CatalogTable, change: &TableChange) -> Result<(), Failure> {
    match change {
        TableChange::AddColumns(columns) => table.storage.columns.extend(columns.iter().map(column)),
        TableChange::ReplaceColumns(columns) => table.storage.columns = columns.iter().map(column).collect(),
        TableChange::ChangeColumn { name, column: new } => {
            let known = table.storage.columns.iter_mut().find(|known| known.name == *name);
            let known = known.ok_or_else(|| ddl_failed(1006, &format!("Invalid column reference {name}")))?;
            *known = Column { comment: new.comment.clone().or_else(|| known.comment.clone()), ..column(new) };
        }
        TableChange::SetProperties(properties) => {
            table.parameters.extend(properties.clone());
            table.parameters.insert("last_modified_by".to_owned(), "hadoop".to_owned());
            table.parameters.insert("last_modified_time".to_owned(), job.now.timestamp().to_string());
        }
        TableChange::SetLocation { location, .. } => {
            location.trim_end_matches('/').clone_into(&mut table.storage.location)
        }
        _ => {}
    }
    touch(table, job);
    named_differently(table.all_columns().map(|column| column.name.as_str()), table.storage.columns.len())
}

fn add_partitions(
    job: &Job<'_>,
    table: &mut CatalogTable,
    if_not_exists: bool,
    new: &[NewPartition],
) -> Result<(), Failure> {
    for NewPartition { spec, location } in new {
        let values = values(table, spec)?;
        if table.partitions.contains_key(&values) {
            if if_not_exists {
                continue;
            }
            return Err(ddl_failed(1006, "AlreadyExistsException(message:Partition already exists.)"));
        }
        let location = match location {
            Some(location) => format!("{}/", location.trim_end_matches('/')),
            None => {
                let folder = table.storage.location.trim_end_matches('/');
                format!("{folder}/{}/", folder_name(&table.partition_keys, &values))
            }
        };
        table.partitions.insert(values, Partition::at(location, job.now));
    }
    Ok(())
}

/// The values of a partition that a statement names in full.
fn values(table: &CatalogTable, spec: &PartitionSpec) -> Result<Vec<String>, Failure> {
    known_keys(table, spec)?;
    let value = |key: &Column| {
        let (_, value) = spec.iter().find(|(name, _)| *name == key.name.to_lowercase()).ok_or_else(|| {
            let (spec, count) = (spec_text(spec), table.partition_keys.len());
            let why = format!("partition spec {spec} doesn't contain all ({count}) partition columns");
            Failure::user(1006, format!("FAILED: ValidationFailureSemanticException {why}"))
        })?;
        match key.sql_type().is_some_and(|ty| plain_value(value, &ty).is_none()) {
            true => {
                let word = key.sql_type().map_or_else(String::new, |ty| ty.to_string().to_uppercase());
                let why = format!("Invalid partition value '{value}' for {word} partition key: {}", key.name);
                Err(Failure::user(1006, format!("HIVE_INVALID_PARTITION_VALUE: {why}")))
            }
            false => Ok(value.clone()),
        }
    };
    table.partition_keys.iter().map(value).collect()
}

/// The partitions that a statement names by some or all of their keys.
fn matching(table: &CatalogTable, spec: &PartitionSpec) -> Result<Vec<Vec<String>>, Failure> {
    known_keys(table, spec)?;
    let keys = &table.partition_keys;
    let meets = |values: &&Vec<String>| {
        keys.iter().zip(*values).all(|(key, value)| {
            spec.iter().filter(|(name, _)| *name == key.name.to_lowercase()).all(|(_, wanted)| wanted == value)
        })
    };
    Ok(table.partitions.keys().filter(meets).cloned().collect())
}

fn known_keys(table: &CatalogTable, spec: &PartitionSpec) -> Result<(), Failure> {
    let text = spec_text(spec);
    if table.partition_keys.is_empty() {
        let why = format!("table is not partitioned but partition spec exists: {text}");
        return Err(Failure::user(1006, format!("FAILED: SemanticException {why}")));
    }
    let is_key = |name: &str| table.partition_keys.iter().any(|key| key.name.to_lowercase() == name);
    match spec.iter().find(|(name, _)| !is_key(name)) {
        None => Ok(()),
        Some((name, _)) => {
            let why = format!("[Error 10098]: Non-Partition column appears in the partition specification:  {name}");
            Err(Failure::user(1006, format!("FAILED: SemanticException {why}")))
        }
    }
}

fn spec_of(table: &CatalogTable, values: &[String]) -> PartitionSpec {
    table.partition_keys.iter().map(|key| key.name.clone()).zip(values.iter().cloned()).collect()
}

fn spec_text(spec: &PartitionSpec) -> String {
    format!("{{{}}}", spec.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", "))
}

fn no_partition(spec: &PartitionSpec) -> Failure {
    Failure::user(1006, format!("FAILED: SemanticException [Error 10006]: Partition not found {}", spec_text(spec)))
}

pub(super) fn column(given: &HiveColumn) -> Column {
    Column { comment: given.comment.clone(), ..Column::new(&given.name, given.ty.as_str()) }
}

/// Every column needs a name of its own; the first so many are no partition keys.
pub(super) fn named_differently<'n>(names: impl Iterator<Item = &'n str>, columns: usize) -> Result<(), Failure> {
    let mut known: Vec<&str> = Vec::new();
    for name in names {
        if known.contains(&name) {
            let why = match known.len() < columns {
                true => format!("[Error 10036]: Duplicate column name: {name}"),
                false => "[Error 10035]: Column repeated in partitioning columns".to_owned(),
            };
            return Err(Failure::user(1006, format!("FAILED: SemanticException {why}")));
        }
        known.push(name);
    }
    Ok(())
}

/// Notes when DDL last changed the table.
pub(super) fn touch(table: &mut CatalogTable, job: &Job<'_>) {
    table.parameters.insert("transient_lastDdlTime".to_owned(), job.now.timestamp().to_string());
}

/// MSCK REPAIR TABLE: registers the folders that are named like partitions and not known yet, and names those that are gone.
/// Folders with a plain name, such as the crawler's, are no partitions to it.
pub(super) async fn repair(job: &Job<'_>, named: &TableName) -> Result<Outcome, Failure> {
    let typed = match &named.database {
        Some(database) => format!("{database}.{}", named.name),
        None => named.name.clone(),
    };
    let lines = match find(job, named) {
        Err(_) => vec![format!("Tables not in metastore:\t{}", named.name)],
        Ok(table) if table.is_view() => {
            return Err(ddl_failed(1100, "Can not create a Path from an empty string"));
        }
        Ok(table) => repair_table(job, named, &typed, &table).await?,
    };
    let mut result = lines_result("result", lines, false, &job.location).map_err(Failure::system)?;
    result.columns.clear();
    Ok(Outcome::of(result))
}

/// The table is called in the lines as it is `typed`.
async fn repair_table(
    job: &Job<'_>,
    named: &TableName,
    typed: &str,
    table: &CatalogTable,
) -> Result<Vec<String>, Failure> {
    let keys = &table.partition_keys;
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (bucket, folder) =
        job.lake.locate(&table.storage.location).map_err(|why| Failure::user(1006, why.to_string()))?;
    ensure(&job.lake, &bucket, &folder).await;
    let root = job.lake.path(&bucket, &folder);
    let mut found = BTreeMap::new();
    for folder in folders(&root, keys.len()) {
        if let Some(values) = folder_values(keys, &folder) {
            found.insert(values, folder);
        }
    }
    let new: BTreeMap<Vec<String>, String> = found
        .iter()
        .filter(|(values, _)| !table.partitions.contains_key(*values))
        .map(|(v, f)| (v.clone(), f.clone()))
        .collect();
    let gone = |(values, partition): &(&Vec<String>, &Partition)| {
        let there =
            job.lake.locate(&partition.location).is_ok_and(|(bucket, key)| job.lake.path(&bucket, &key).is_dir());
        !found.contains_key(*values) && !there
    };
    let gone: Vec<String> = table
        .partitions
        .iter()
        .filter(gone)
        .map(|(values, _)| format!("\t{typed}:{}", folder_name(keys, values)))
        .collect();
    let mut lines = Vec::new();
    if !new.is_empty() {
        let all: Vec<String> = new.values().map(|folder| format!("\t{typed}:{folder}")).collect();
        lines.push(format!("Partitions not in metastore:{}", all.concat()));
    }
    if !gone.is_empty() {
        lines.push(format!("Partitions missing from filesystem:{}", gone.concat()));
    }
    lines.extend(new.values().map(|folder| format!("Repair: Added partition to metastore {typed}:{folder}")));
    let database = named.database.as_deref().unwrap_or(job.database);
    let location = table.storage.location.trim_end_matches('/');
    job.lake.change_catalog(|catalog| {
        if let Some(known) = catalog.table_mut(database, &named.name) {
            let at = |(values, folder): (Vec<String>, String)| {
                (values, Partition::at(format!("{location}/{folder}/"), job.now))
            };
            known.partitions.extend(new.into_iter().map(at));
        }
    });
    Ok(lines)
}

/// Folders so many levels below one, as paths from there.
fn folders(root: &Path, levels: usize) -> Vec<String> {
    let mut found = vec![String::new()];
    for _ in 0..levels {
        let inner = found.iter().flat_map(|folder| {
            let entries = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
            let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            folders.map(move |entry| format!("{folder}{}/", entry.file_name().to_string_lossy())).collect::<Vec<_>>()
        });
        found = inner.collect();
    }
    let mut found: Vec<String> = found.into_iter().map(|folder| folder.trim_end_matches('/').to_owned()).collect();
    found.sort();
    found
}
