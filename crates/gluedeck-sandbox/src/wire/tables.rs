//! The tables of the catalog and their versions.

use super::Answer;
use super::databases::missing as missing_database;
use super::fault::WireFault;
use super::glue_common::batch;
use super::glue_json::epoch;
use super::input::Input;
use crate::backend::Backend;
use crate::catalog::{Catalog, CatalogTable, name_pattern};
use crate::control::Time;
use regex::Regex;
use serde_json::{Value, json};

pub(super) fn call(backend: &Backend, operation: &str, input: &Input) -> Option<Answer> {
    let (lake, now) = (&backend.lake, backend.hub.now());
    let account = lake.world.environment.account.as_str();
    Some(match operation {
        "GetTables" => list(&lake.catalog(), account, input),
        "GetTable" => get(&lake.catalog(), account, input),
        "SearchTables" => search(&lake.catalog(), account, input),
        "CreateTable" => lake.change_catalog(|catalog| create(catalog, input, now)),
        "UpdateTable" => lake.change_catalog(|catalog| update(catalog, input, now)),
        "DeleteTable" => lake.change_catalog(|catalog| {
            let (database, name) = (database(input)?, lower(input, "Name")?);
            delete(catalog, &database, &name)
        }),
        "BatchDeleteTable" => lake.change_catalog(|catalog| batch_delete(catalog, input)),
        "GetTableVersions" => versions(&lake.catalog(), account, input),
        "GetTableVersion" => version(&lake.catalog(), account, input),
        "DeleteTableVersion" => lake.change_catalog(|catalog| {
            let version = input.required("VersionId")?.to_owned();
            delete_version(catalog, input, &version).map(|()| json!({}))
        }),
        "BatchDeleteTableVersion" => lake.change_catalog(|catalog| {
            let failed = batch(input, "VersionIds", 100)?.into_iter().filter_map(|version| {
                let error = delete_version(catalog, input, &version).err()?;
                Some(
                    json!({ "TableName": input.get("TableName"), "VersionId": version, "ErrorDetail": detail(&error) }),
                )
            });
            Ok(json!({ "Errors": failed.collect::<Vec<_>>() }))
        }),
        // There are none of these here, and none can be made.
        "GetUserDefinedFunctions" => Ok(json!({ "UserDefinedFunctions": [] })),
        "GetPartitionIndexes" => named(&lake.catalog(), input).map(|_| json!({ "PartitionIndexDescriptorList": [] })),
        "GetColumnStatisticsForTable" => named(&lake.catalog(), input).and_then(|_| statistics(input)),
        _ => return None,
    })
}

pub(super) fn lower(input: &Input, member: &str) -> Result<String, WireFault> {
    input.required(member).map(str::to_lowercase)
}

fn database(input: &Input) -> Result<String, WireFault> {
    lower(input, "DatabaseName")
}

/// The error that there is no such table.
fn missing(name: &str) -> WireFault {
    WireFault::new("EntityNotFoundException", format!("Table {name} not found."))
}

/// `ErrorDetail` of one of a batch.
pub(super) fn detail(error: &WireFault) -> Value {
    json!({ "ErrorCode": error.code(), "ErrorMessage": error.message() })
}

/// The table that `DatabaseName` and `TableName` name, and the database's name.
pub(super) fn named<'c>(catalog: &'c Catalog, input: &Input) -> Result<(String, &'c CatalogTable), WireFault> {
    let (database, name) = (database(input)?, lower(input, "TableName")?);
    let tables = &catalog.databases.get(&database).ok_or_else(|| missing_database(&database))?.tables;
    let table = tables.get(&name).ok_or_else(|| missing(&name))?;
    Ok((database, table))
}

pub(super) fn named_mut<'c>(catalog: &'c mut Catalog, input: &Input) -> Result<&'c mut CatalogTable, WireFault> {
    let (database, name) = (database(input)?, lower(input, "TableName")?);
    let tables = &mut catalog.databases.get_mut(&database).ok_or_else(|| missing_database(&database))?.tables;
    tables.get_mut(&name).ok_or_else(|| missing(&name))
}

fn pattern(text: &str) -> Result<Regex, WireFault> {
    let message = || format!("The expression {text} is not valid");
    name_pattern(text).ok_or_else(|| WireFault::new("InvalidInputException", message()))
}

fn list(catalog: &Catalog, account: &str, input: &Input) -> Answer {
    let database = database(input)?;
    let tables = &catalog.databases.get(&database).ok_or_else(|| missing_database(&database))?.tables;
    let pattern = input.text("Expression")?.map(pattern).transpose()?;
    let wanted = tables.values().filter(|table| pattern.as_ref().is_none_or(|pattern| pattern.is_match(&table.name)));
    let (page, next) = input.page(wanted.collect(), ("MaxResults", 100), "NextToken")?;
    // Without the schema where no more than the names is wanted.
    let only_names = input.texts("AttributesToGet")?.iter().any(|attribute| attribute == "NAME");
    let shape = |table: &CatalogTable| match only_names {
        true => json!({ "Name": table.name, "DatabaseName": database }),
        false => shape(account, &database, table),
    };
    let page: Vec<Value> = page.into_iter().map(shape).collect();
    Ok(json!({ "TableList": page, "NextToken": next }))
}

fn get(catalog: &Catalog, account: &str, input: &Input) -> Answer {
    let (database, name) = (database(input)?, lower(input, "Name")?);
    let tables = &catalog.databases.get(&database).ok_or_else(|| missing_database(&database))?.tables;
    let table = tables.get(&name).ok_or_else(|| missing(&name))?;
    Ok(json!({ "Table": shape(account, &database, table) }))
}

/// A table as `Table`.
fn shape(account: &str, database: &str, table: &CatalogTable) -> Value {
    let mut shape = serde_json::to_value(table).unwrap_or_default();
    shape["DatabaseName"] = json!(database);
    shape["CreateTime"] = json!(epoch(table.created));
    shape["UpdateTime"] = json!(epoch(table.updated));
    shape["VersionId"] = json!(table.version.to_string());
    shape["IsRegisteredWithLakeFormation"] = json!(false);
    shape["CatalogId"] = json!(account);
    shape["CreatedBy"] = json!(format!("arn:aws:iam::{account}:user/oncall"));
    shape
}

/// The table of a `TableInput`.
fn given(input: &Input, now: Time) -> Result<CatalogTable, WireFault> {
    let members =
        input.get("TableInput").ok_or_else(|| WireFault::new("InvalidInputException", "TableInput cannot be null"))?;
    let mut members = members.clone();
    if let Some(members) = members.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    let table: Result<CatalogTable, _> = serde_json::from_value(members);
    let mut table = table.map_err(|error| WireFault::new("SerializationException", format!("TableInput: {error}")))?;
    if table.name.is_empty() {
        return Err(WireFault::new("InvalidInputException", "TableInput.Name cannot be null or empty"));
    }
    table.name = table.name.to_lowercase();
    (table.created, table.updated) = (now, now);
    Ok(table)
}

fn create(catalog: &mut Catalog, input: &Input, now: Time) -> Answer {
    let (database, table) = (database(input)?, given(input, now)?);
    if input.get("PartitionIndexes").and_then(Value::as_array).is_some_and(|indexes| !indexes.is_empty()) {
        return Err(WireFault::new("InvalidInputException", "The sandbox has no partition indexes"));
    }
    let tables = &mut catalog.databases.get_mut(&database).ok_or_else(|| missing_database(&database))?.tables;
    if tables.contains_key(&table.name) {
        return Err(WireFault::new("AlreadyExistsException", "Table already exists."));
    }
    tables.insert(table.name.clone(), table);
    Ok(json!({}))
}

fn update(catalog: &mut Catalog, input: &Input, now: Time) -> Answer {
    let (database, table) = (database(input)?, given(input, now)?);
    let tables = &mut catalog.databases.get_mut(&database).ok_or_else(|| missing_database(&database))?.tables;
    let known = tables.get_mut(&table.name).ok_or_else(|| missing(&table.name))?;
    if input.text("VersionId")?.is_some_and(|version| version != known.version.to_string()) {
        return Err(WireFault::new(
            "ConcurrentModificationException",
            "Update table failed due to concurrent modifications.",
        ));
    }
    known.replace(table, !input.flag("SkipArchive"), now);
    Ok(json!({}))
}

fn delete(catalog: &mut Catalog, database: &str, name: &str) -> Answer {
    let tables = &mut catalog.databases.get_mut(database).ok_or_else(|| missing_database(database))?.tables;
    tables.remove(name).map(|_| json!({})).ok_or_else(|| missing(name))
}

fn batch_delete(catalog: &mut Catalog, input: &Input) -> Answer {
    let database = database(input)?;
    let mut errors = Vec::new();
    for name in batch(input, "TablesToDelete", 100)? {
        if let Err(error) = delete(catalog, &database, &name.to_lowercase()) {
            errors.push(json!({ "TableName": name, "ErrorDetail": detail(&error) }));
        }
    }
    Ok(json!({ "Errors": errors }))
}

fn version_shape(account: &str, database: &str, table: &CatalogTable) -> Value {
    json!({ "Table": shape(account, database, table), "VersionId": table.version.to_string() })
}

fn versions(catalog: &Catalog, account: &str, input: &Input) -> Answer {
    let (database, table) = named(catalog, input)?;
    let all: Vec<&CatalogTable> = std::iter::once(table).chain(table.archive.values().rev()).collect();
    let (page, next) = input.page(all, ("MaxResults", 100), "NextToken")?;
    let page: Vec<Value> = page.into_iter().map(|table| version_shape(account, &database, table)).collect();
    Ok(json!({ "TableVersions": page, "NextToken": next }))
}

fn version(catalog: &Catalog, account: &str, input: &Input) -> Answer {
    let (database, table) = named(catalog, input)?;
    let found = match input.text("VersionId")? {
        None => Some(table),
        Some(text) => {
            let number = number(text)?;
            if number == table.version { Some(table) } else { table.archive.get(&number) }
        }
    };
    let found = found.ok_or_else(|| WireFault::new("EntityNotFoundException", "Version not found."))?;
    Ok(json!({ "TableVersion": version_shape(account, &database, found) }))
}

fn number(version: &str) -> Result<u64, WireFault> {
    version.parse().map_err(|_| WireFault::new("InvalidInputException", format!("The version {version} is no number")))
}

fn delete_version(catalog: &mut Catalog, input: &Input, version: &str) -> Result<(), WireFault> {
    let table = named_mut(catalog, input)?;
    let number = number(version)?;
    if number == table.version {
        return Err(WireFault::new("InvalidInputException", "Cannot delete the current version of a table."));
    }
    let gone = table.archive.remove(&number);
    gone.map(|_| ()).ok_or_else(|| WireFault::new("EntityNotFoundException", "Version not found."))
}

/// No column has statistics here.
fn statistics(input: &Input) -> Answer {
    let missing = |name: String| {
        let message = format!("Column statistics of {name} not found.");
        json!({ "ColumnName": name, "Error": { "ErrorCode": "EntityNotFoundException", "ErrorMessage": message } })
    };
    let errors: Vec<Value> = batch(input, "ColumnNames", 100)?.into_iter().map(missing).collect();
    Ok(json!({ "ColumnStatisticsList": [], "Errors": errors }))
}

/// SearchTables: tables in which every word is found, that pass the filters, in the order that is wanted.
fn search(catalog: &Catalog, account: &str, input: &Input) -> Answer {
    let words = input.text("SearchText")?.unwrap_or_default().trim_matches('"').to_lowercase();
    let filters = input.get("Filters").and_then(Value::as_array).cloned().unwrap_or_default();
    let all = catalog
        .databases
        .iter()
        .flat_map(|(database, known)| known.tables.values().map(move |t| shape(account, database, t)));
    let holds = |table: &Value| {
        let text = searched(table);
        words.split_whitespace().all(|word| text.contains(word)) && filters.iter().all(|filter| passes(table, filter))
    };
    let mut found: Vec<Value> = all.filter(holds).collect();
    for criterion in input.get("SortCriteria").and_then(Value::as_array).into_iter().flatten().rev() {
        let text = |member: &str| criterion.get(member).and_then(Value::as_str).unwrap_or_default();
        let field = member(text("FieldName"));
        found.sort_by_key(|table| table.get(&field).map(Value::to_string));
        if text("Sort") == "DESC" {
            found.reverse();
        }
    }
    let (page, next) = input.page(found, ("MaxResults", 1_000), "NextToken")?;
    Ok(json!({ "TableList": page, "NextToken": next }))
}

/// What is searched for words: names, descriptions, comments, parameters.
fn searched(table: &Value) -> String {
    let mut table = table.clone();
    for member in ["CreateTime", "UpdateTime", "VersionId"] {
        table[member] = Value::Null;
    }
    table.to_string().to_lowercase()
}

/// The member of a table that a filter or an order names in its own spelling.
fn member(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "databasename" | "database" => "DatabaseName".to_owned(),
        "name" | "tablename" => "Name".to_owned(),
        "updatetime" => "UpdateTime".to_owned(),
        "createtime" => "CreateTime".to_owned(),
        "owner" => "Owner".to_owned(),
        "description" => "Description".to_owned(),
        "tabletype" | "type" => "TableType".to_owned(),
        _ => name.to_owned(),
    }
}

fn passes(table: &Value, filter: &Value) -> bool {
    let text = |member: &str| filter.get(member).and_then(Value::as_str).unwrap_or_default();
    let (key, wanted) = (member(text("Key")), text("Value"));
    let found = table.get(&key).or_else(|| table.get("Parameters").and_then(|parameters| parameters.get(&key)));
    match found {
        // A part between punctuation is found, too (Glue service model, SearchTables).
        Some(Value::String(found)) => {
            let parts = found.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            std::iter::once(found.as_str()).chain(parts).any(|part| part.eq_ignore_ascii_case(wanted))
        }
        Some(Value::Number(found)) => {
            let (Some(found), Ok(wanted)) = (found.as_f64(), wanted.parse::<f64>()) else { return false };
            match text("Comparator") {
                "GREATER_THAN" => found > wanted,
                "GREATER_THAN_EQUALS" => found >= wanted,
                "LESS_THAN" => found < wanted,
                "LESS_THAN_EQUALS" => found <= wanted,
                _ => (found - wanted).abs() < f64::EPSILON,
            }
        }
        _ => false,
    }
}
