//! The Glue data catalog: databases, tables, partitions.

use super::clients::Clients;
use super::fault;
use super::pages::Pages;
use aws_sdk_glue::types;
use gluedeck_core::domain::{Column, Fault, FaultKind, Partition, Table};
use std::collections::HashMap;

/// Partitions that are read at the most: the newest of a table that has more cannot be told without reading all.
const MAX_PARTITIONS: usize = 20_000;

/// The names of the catalog's databases.
pub(super) async fn databases(clients: &Clients) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    let mut pages = Pages::default();
    let mut token = None;
    loop {
        let call = clients.glue().await.get_databases().max_results(100).set_next_token(token);
        let answer = call.send().await.map_err(|error| fault::of("GetDatabases", &error))?;
        names.extend(answer.database_list().iter().map(|database| database.name().to_owned()));
        token = pages.next(answer.next_token);
        if token.is_none() {
            return Ok(names);
        }
    }
}

/// The tables of a database, with columns; views too.
pub(super) async fn tables(clients: &Clients, database: &str) -> Result<Vec<Table>, Fault> {
    let mut tables = Vec::new();
    let mut pages = Pages::default();
    let mut token = None;
    loop {
        let call = clients.glue().await.get_tables().database_name(database).max_results(100).set_next_token(token);
        let answer = call.send().await.map_err(|error| fault::of("GetTables", &error))?;
        tables.extend(fault::listed("GetTables", "TableList", answer.table_list)?.iter().map(table));
        token = pages.next(answer.next_token);
        if token.is_none() {
            tables.sort_by(|a: &Table, b: &Table| a.name.cmp(&b.name));
            return Ok(tables);
        }
    }
}

/// A table of a database; none if there is no such table.
pub(super) async fn table_named(clients: &Clients, database: &str, name: &str) -> Result<Option<Table>, Fault> {
    let call = clients.glue().await.get_table().database_name(database).name(name);
    match call.send().await.map_err(|error| fault::of("GetTable", &error)) {
        Ok(answer) => Ok(answer.table().map(table)),
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn table(table: &types::Table) -> Table {
    let columns = table.storage_descriptor().map(|descriptor| descriptor.columns()).unwrap_or_default();
    let (records, bytes) = counted(table.parameters());
    Table {
        name: table.name().to_owned(),
        columns: columns.iter().map(column).collect(),
        partition_keys: table.partition_keys().iter().map(column).collect(),
        location: table.storage_descriptor().and_then(|descriptor| descriptor.location()).map(str::to_owned),
        updated_on: table.update_time().and_then(super::time),
        kind: table.table_type().map(str::to_owned),
        records,
        bytes,
    }
}

fn column(column: &types::Column) -> Column {
    Column { name: column.name().to_owned(), kind: column.r#type().unwrap_or_default().to_owned() }
}

/// What a crawler has counted: `recordCount` and `sizeKey` (Glue, table properties of crawlers).
fn counted(parameters: Option<&HashMap<String, String>>) -> (Option<i64>, Option<i64>) {
    let number = |name: &str| parameters?.get(name)?.parse().ok();
    (number("recordCount"), number("sizeKey"))
}

/// The partitions of a table, the newest by their values first.
pub(super) async fn partitions(clients: &Clients, database: &str, table: &str) -> Result<Vec<Partition>, Fault> {
    let mut partitions: Vec<Partition> = Vec::new();
    let mut pages = Pages::default();
    let mut token = None;
    loop {
        let call = clients.glue().await.get_partitions().database_name(database).table_name(table).max_results(1_000);
        let answer = call.exclude_column_schema(true).set_next_token(token).send().await;
        let answer = answer.map_err(|error| fault::of("GetPartitions", &error))?;
        partitions.extend(answer.partitions().iter().map(|partition| {
            let (records, bytes) = counted(partition.parameters());
            Partition {
                values: partition.values().to_vec(),
                location: partition.storage_descriptor().and_then(|d| d.location()).map(str::to_owned),
                created_on: partition.creation_time().and_then(super::time),
                records,
                bytes,
            }
        }));
        token = pages.next(answer.next_token);
        if token.is_none() || partitions.len() >= MAX_PARTITIONS {
            partitions.sort_by(|a, b| b.values.cmp(&a.values));
            return Ok(partitions);
        }
    }
}
