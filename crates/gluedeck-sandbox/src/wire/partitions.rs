//! The partitions of the catalog's tables.

use super::Answer;
use super::fault::WireFault;
use super::glue_json::epoch;
use super::input::Input;
use super::tables::{detail, named, named_mut};
use crate::backend::Backend;
use crate::catalog::{Catalog, CatalogTable, Expression, Partition, Storage};
use crate::control::Time;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Partitions that one call may name (Glue service model).
const MAX_GOT: usize = 1_000;
const MAX_CREATED: usize = 100;
const MAX_DELETED: usize = 25;
/// Letters of an expression.
const MAX_EXPRESSION: usize = 2_048;

pub(super) fn call(backend: &Backend, operation: &str, input: &Input) -> Option<Answer> {
    let (lake, now) = (&backend.lake, backend.hub.now());
    let account = lake.world.environment.account.as_str();
    let change = |change: &dyn Fn(&mut CatalogTable) -> Answer| {
        lake.change_catalog(|catalog| change(named_mut(catalog, input)?))
    };
    Some(match operation {
        "GetPartition" => get(&lake.catalog(), account, input),
        "GetPartitions" => list(&lake.catalog(), account, input),
        "BatchGetPartition" => batch_get(&lake.catalog(), account, input),
        "CreatePartition" => change(&|table| create(table, given(input)?, now).map(|()| json!({}))),
        "BatchCreatePartition" => change(&|table| {
            let mut errors = Vec::new();
            for new in inputs(input, "PartitionInputList", MAX_CREATED)? {
                if let Err(error) = create(table, new, now) {
                    errors.push(json!({ "PartitionValues": new.get("Values"), "ErrorDetail": detail(&error) }));
                }
            }
            Ok(json!({ "Errors": errors }))
        }),
        "UpdatePartition" => {
            change(&|table| update(table, &input.texts("PartitionValueList")?, given(input)?).map(|()| json!({})))
        }
        "BatchUpdatePartition" => change(&|table| {
            let mut errors = Vec::new();
            for entry in inputs(input, "Entries", MAX_CREATED)? {
                let values = texts(entry.get("PartitionValueList"));
                let new = entry.get("PartitionInput").unwrap_or(&Value::Null);
                if let Err(error) = update(table, &values, new) {
                    errors.push(json!({ "PartitionValueList": values, "ErrorDetail": detail(&error) }));
                }
            }
            Ok(json!({ "Errors": errors }))
        }),
        "DeletePartition" => change(&|table| delete(table, &input.texts("PartitionValues")?).map(|()| json!({}))),
        "BatchDeletePartition" => change(&|table| {
            let mut errors = Vec::new();
            for entry in inputs(input, "PartitionsToDelete", MAX_DELETED)? {
                let values = texts(entry.get("Values"));
                if let Err(error) = delete(table, &values) {
                    errors.push(json!({ "PartitionValues": values, "ErrorDetail": detail(&error) }));
                }
            }
            Ok(json!({ "Errors": errors }))
        }),
        _ => return None,
    })
}

fn refused(message: &str) -> WireFault {
    WireFault::new("InvalidInputException", message)
}

fn missing() -> WireFault {
    WireFault::new("EntityNotFoundException", "Cannot find partition.")
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

fn inputs<'i>(input: &'i Input, member: &str, most: usize) -> Result<&'i [Value], WireFault> {
    let list =
        input.get(member).and_then(Value::as_array).ok_or_else(|| refused(&format!("{member} cannot be null")))?;
    if list.len() > most {
        let message = format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length less \
             than or equal to {most}"
        );
        return Err(WireFault::new("ValidationException", message));
    }
    Ok(list)
}

fn given(input: &Input) -> Result<&Value, WireFault> {
    input.get("PartitionInput").ok_or_else(|| refused("PartitionInput cannot be null"))
}

fn get(catalog: &Catalog, account: &str, input: &Input) -> Answer {
    let (database, table) = named(catalog, input)?;
    let values = input.texts("PartitionValues")?;
    counted(table, &values)?;
    let partition = table.partitions.get(&values).ok_or_else(missing)?;
    Ok(json!({ "Partition": shape((account, &database), table, &values, partition, true) }))
}

fn list(catalog: &Catalog, account: &str, input: &Input) -> Answer {
    let (database, table) = named(catalog, input)?;
    let expression = match input.text("Expression")?.filter(|text| !text.trim().is_empty()) {
        None => None,
        Some(text) if text.chars().count() > MAX_EXPRESSION => {
            let message = format!(
                "1 validation error detected: Value at 'expression' failed to satisfy constraint: Member must have \
                 length less than or equal to {MAX_EXPRESSION}"
            );
            return Err(WireFault::new("ValidationException", message));
        }
        Some(text) => Some(Expression::parse(text, &table.partition_keys).map_err(|error| refused(&error))?),
    };
    let (segment, segments) = segment(input)?;
    let mut wanted: Vec<(&Vec<String>, &Partition)> = Vec::new();
    for (place, (values, partition)) in table.partitions.iter().enumerate() {
        let met = expression.as_ref().map_or(Ok(true), |expression| expression.is_met_by(values));
        let met = met.map_err(|error| WireFault::new("InvalidStateException", error))?;
        if met && place % segments == segment {
            wanted.push((values, partition));
        }
    }
    let (page, next) = input.page(wanted, ("MaxResults", 1_000), "NextToken")?;
    let with_columns = !input.flag("ExcludeColumnSchema");
    let shape = |(values, partition): (&Vec<String>, &Partition)| {
        shape((account, &database), table, values, partition, with_columns)
    };
    Ok(json!({ "Partitions": page.into_iter().map(shape).collect::<Vec<_>>(), "NextToken": next }))
}

/// The part of the partitions that is asked for: its number, and how many parts there are.
fn segment(input: &Input) -> Result<(usize, usize), WireFault> {
    let Some(segment) = input.get("Segment") else { return Ok((0, 1)) };
    let number =
        |member: &str| segment.get(member).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    match (number("SegmentNumber"), number("TotalSegments")) {
        (Some(segment), Some(segments)) if segment < segments && segments <= 10 => Ok((segment, segments)),
        _ => Err(refused("Segment: SegmentNumber must be less than TotalSegments, which is 1 to 10")),
    }
}

fn batch_get(catalog: &Catalog, account: &str, input: &Input) -> Answer {
    let (database, table) = named(catalog, input)?;
    let (mut found, mut unprocessed) = (Vec::new(), Vec::new());
    for entry in inputs(input, "PartitionsToGet", MAX_GOT)? {
        let values = texts(entry.get("Values"));
        counted(table, &values)?;
        match table.partitions.get(&values) {
            Some(partition) => found.push(shape((account, &database), table, &values, partition, true)),
            None => unprocessed.push(json!({ "Values": values })),
        }
    }
    Ok(json!({ "Partitions": found, "UnprocessedKeys": unprocessed }))
}

fn shape(
    (account, database): (&str, &str),
    table: &CatalogTable,
    values: &[String],
    partition: &Partition,
    with_columns: bool,
) -> Value {
    let mut storage = partition.storage(table);
    if !with_columns {
        storage.columns.clear();
    }
    json!({
        "Values": values, "DatabaseName": database, "TableName": table.name, "CreationTime": epoch(partition.created),
        "StorageDescriptor": storage, "Parameters": partition.parameters, "CatalogId": account,
    })
}

/// One value for each key.
fn counted(table: &CatalogTable, values: &[String]) -> Result<(), WireFault> {
    match values.len() == table.partition_keys.len() {
        true => Ok(()),
        false => Err(refused("The number of partition keys do not match the number of partition values")),
    }
}

/// Values and partition of a `PartitionInput`.
fn partition(table: &CatalogTable, new: &Value, at: Time) -> Result<(Vec<String>, Partition), WireFault> {
    let values = texts(new.get("Values"));
    counted(table, &values)?;
    let unreadable =
        |error: serde_json::Error| WireFault::new("SerializationException", format!("PartitionInput: {error}"));
    let storage: Option<Storage> = match new.get("StorageDescriptor").filter(|storage| !storage.is_null()) {
        None => None,
        Some(storage) => Some(serde_json::from_value(storage.clone()).map_err(unreadable)?),
    };
    let parameters: BTreeMap<String, String> = match new.get("Parameters").filter(|parameters| !parameters.is_null()) {
        None => BTreeMap::new(),
        Some(parameters) => serde_json::from_value(parameters.clone()).map_err(unreadable)?,
    };
    let location = storage.as_ref().map(|storage| storage.location.clone()).unwrap_or_default();
    // Kept once, by the table, as long as it is the same.
    let own = storage.filter(|own| *own != Storage { location: own.location.clone(), ..table.storage.clone() });
    Ok((values, Partition { storage: own.map(Box::new), parameters, ..Partition::at(location, at) }))
}

fn create(table: &mut CatalogTable, new: &Value, now: Time) -> Result<(), WireFault> {
    let (values, partition) = partition(table, new, now)?;
    if table.partitions.contains_key(&values) {
        return Err(WireFault::new("AlreadyExistsException", "Partition already exists."));
    }
    table.partitions.insert(values, partition);
    Ok(())
}

fn update(table: &mut CatalogTable, old: &[String], new: &Value) -> Result<(), WireFault> {
    let known = table.partitions.get(old).ok_or_else(missing)?;
    let (values, partition) = partition(table, new, known.created)?;
    if values != old && table.partitions.contains_key(&values) {
        return Err(WireFault::new("AlreadyExistsException", "Partition already exists."));
    }
    table.partitions.remove(old);
    table.partitions.insert(values, partition);
    Ok(())
}

fn delete(table: &mut CatalogTable, values: &[String]) -> Result<(), WireFault> {
    table.partitions.remove(values).map(|_| ()).ok_or_else(missing)
}
