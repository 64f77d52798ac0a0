//! The databases of the catalog.

use super::Answer;
use super::fault::WireFault;
use super::glue_json::epoch;
use super::input::Input;
use crate::backend::Backend;
use crate::catalog::{Catalog, Database};
use serde_json::{Map, Value, json};

pub(super) fn call(backend: &Backend, operation: &str, input: &Input) -> Option<Answer> {
    let (lake, now) = (&backend.lake, backend.hub.now());
    let account = lake.world.environment.account.as_str();
    Some(match operation {
        "GetDatabases" => list(&lake.catalog(), account, input),
        "GetDatabase" => get(&lake.catalog(), account, input),
        "CreateDatabase" => given(input).and_then(|(name, described)| {
            if input.get("Tags").and_then(Value::as_object).is_some_and(|tags| !tags.is_empty()) {
                return Err(WireFault::new("InvalidInputException", "The sandbox keeps no tags of databases"));
            }
            match lake.change_catalog(|catalog| catalog.create_database(&name, described, now)) {
                true => Ok(json!({})),
                false => Err(WireFault::new("AlreadyExistsException", "Database already exists.")),
            }
        }),
        "UpdateDatabase" => given(input).and_then(|(_, described)| {
            let name = input.required("Name")?.to_lowercase();
            lake.change_catalog(|catalog| {
                let database = catalog.databases.get_mut(&name).ok_or_else(|| missing(&name))?;
                database.described = described;
                Ok(json!({}))
            })
        }),
        // With its tables, as the service does (Glue service model, DeleteDatabase).
        "DeleteDatabase" => input.required("Name").map(str::to_lowercase).and_then(|name| {
            lake.change_catalog(|catalog| catalog.databases.remove(&name))
                .map(|_| json!({}))
                .ok_or_else(|| missing(&name))
        }),
        _ => return None,
    })
}

fn list(catalog: &Catalog, account: &str, input: &Input) -> Answer {
    let (page, next) = input.page(catalog.databases.iter().collect(), ("MaxResults", 100), "NextToken")?;
    let page: Vec<Value> = page.into_iter().map(|(name, database)| shape(account, name, database)).collect();
    Ok(json!({ "DatabaseList": page, "NextToken": next }))
}

fn get(catalog: &Catalog, account: &str, input: &Input) -> Answer {
    let name = input.required("Name")?.to_lowercase();
    let database = catalog.databases.get(&name).ok_or_else(|| missing(&name))?;
    Ok(json!({ "Database": shape(account, &name, database) }))
}

fn shape(account: &str, name: &str, database: &Database) -> Value {
    let mut shape = Value::Object(database.described.clone());
    shape["Name"] = json!(name);
    shape["CatalogId"] = json!(account);
    if let Some(created) = database.created {
        shape["CreateTime"] = json!(epoch(created));
    }
    shape
}

/// The error that there is no such database.
pub(super) fn missing(name: &str) -> WireFault {
    WireFault::new("EntityNotFoundException", format!("Database {name} not found."))
}

/// Name and members of a `DatabaseInput`. The catalog has names in lower case.
fn given(input: &Input) -> Result<(String, Map<String, Value>), WireFault> {
    let missing = |member: &str| WireFault::new("InvalidInputException", format!("{member} cannot be null or empty"));
    let members = input.get("DatabaseInput").and_then(Value::as_object).ok_or_else(|| missing("DatabaseInput"))?;
    let name = members.get("Name").and_then(Value::as_str).filter(|name| !name.is_empty());
    Ok((name.ok_or_else(|| missing("DatabaseInput.Name"))?.to_lowercase(), members.clone()))
}
