//! CreateDatabase, UpdateDatabase and DeleteDatabase of the catalog.

use super::Answer;
use super::fault::WireFault;
use super::input::Input;
use crate::lake::Lake;
use serde_json::{Map, Value, json};

pub(super) fn change(lake: &Lake, operation: &str, input: &Input) -> Answer {
    match operation {
        "CreateDatabase" => {
            let (name, described) = given(input)?;
            match lake.create_database(&name, described) {
                true => Ok(json!({})),
                false => Err(WireFault::new("AlreadyExistsException", "Database already exists.")),
            }
        }
        "UpdateDatabase" => {
            let (name, (_, described)) = (input.required("Name")?.to_lowercase(), given(input)?);
            found(lake.describe_database(&name, described), &name)
        }
        _ => {
            let name = input.required("Name")?.to_lowercase();
            found(lake.drop_database(&name), &name)
        }
    }
}

fn found(done: bool, name: &str) -> Answer {
    match done {
        true => Ok(json!({})),
        false => Err(WireFault::new("EntityNotFoundException", format!("Database {name} not found."))),
    }
}

/// Name and members of a `DatabaseInput`. The catalog has names in lower case.
fn given(input: &Input) -> Result<(String, Map<String, Value>), WireFault> {
    let missing = |member: &str| WireFault::new("InvalidInputException", format!("{member} cannot be null or empty"));
    let members = input.get("DatabaseInput").and_then(Value::as_object).ok_or_else(|| missing("DatabaseInput"))?;
    let name = members.get("Name").and_then(Value::as_str).filter(|name| !name.is_empty());
    Ok((name.ok_or_else(|| missing("DatabaseInput.Name"))?.to_lowercase(), members.clone()))
}
