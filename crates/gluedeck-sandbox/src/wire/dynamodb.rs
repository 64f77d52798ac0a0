//! DynamoDB's Scan, ListTables and DescribeTable: the items that the bronze jobs read, as they are today.

use super::Answer;
use super::fault::WireFault;
use super::input::Input;
use crate::backend::Backend;
use crate::world::{Attribute, Table, Value as ItemValue};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Items on a page; the service ends a page at 1 MB.
const PAGE: u64 = 1_000;

pub(super) fn call(backend: &Backend, operation: &str, input: &Input) -> Answer {
    match operation {
        "ListTables" => {
            let tables = backend.lake.world.tables();
            let mut names: Vec<&str> = tables.iter().map(|table| table.record.dynamo_table_name.as_str()).collect();
            names.sort_unstable();
            Ok(json!({ "TableNames": names }))
        }
        "DescribeTable" => {
            let table = table(backend, input)?;
            let rows = backend.lake.world.row_count(&table.record.scope_id, backend.hub.now().date_naive());
            let environment = &backend.environment;
            let name = &table.record.dynamo_table_name;
            let arn = format!("arn:aws:dynamodb:{}:{}:table/{name}", environment.region, environment.account);
            Ok(json!({ "Table": {
                "TableName": name, "TableArn": arn, "TableStatus": "ACTIVE", "ItemCount": rows,
                "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
                "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            } }))
        }
        "Scan" => scan(backend, input),
        _ => Err(WireFault::new("UnknownOperationException", format!("The sandbox has no operation {operation}"))),
    }
}

fn table(backend: &Backend, input: &Input) -> Result<Arc<Table>, WireFault> {
    let name = input.required("TableName")?;
    let tables = backend.lake.world.tables();
    let found = tables.iter().find(|table| table.record.dynamo_table_name == name).cloned();
    found.ok_or_else(|| {
        let message = format!("Requested resource not found: Table: {name} not found");
        WireFault::new("ResourceNotFoundException", message)
    })
}

/// A page of a table, or of one of the segments that it is read in.
fn scan(backend: &Backend, input: &Input) -> Answer {
    for member in ["FilterExpression", "ProjectionExpression", "IndexName", "AttributesToGet", "ScanFilter"] {
        if input.get(member).is_some() {
            return Err(WireFault::new("ValidationException", format!("The sandbox's Scan does not support {member}")));
        }
    }
    let (table, world) = (table(backend, input)?, &backend.lake.world);
    let date = backend.hub.now().date_naive();
    let whole = |name: &str, otherwise: u64| -> Result<u64, WireFault> {
        Ok(input.integer(name)?.and_then(|number| u64::try_from(number).ok()).unwrap_or(otherwise))
    };
    let (segment, segments) = (whole("Segment", 0)?, whole("TotalSegments", 1)?.max(1));
    if segment >= segments {
        let message = "The Segment parameter is zero-based and must be less than parameter TotalSegments";
        return Err(WireFault::new("ValidationException", message));
    }
    let limit = whole("Limit", PAGE)?.clamp(1, PAGE);
    let rows = world.row_count(&table.record.scope_id, date);
    let attributes: Vec<(&str, Attribute<'_>)> = world
        .attributes(&table, date)
        .into_iter()
        .map(|(name, kind)| (name, Attribute::new(world, &table, (name, kind), date)))
        .collect();
    let first = match input.get("ExclusiveStartKey").and_then(|key| key.pointer("/id/S")).and_then(Value::as_str) {
        Some(id) => {
            let row = id.rsplit('-').next().and_then(|digits| digits.parse::<u64>().ok());
            row.ok_or_else(|| WireFault::new("ValidationException", "The provided starting key is invalid"))? + segments
        }
        None => segment,
    };
    let wanted = (first..rows).step_by(usize::try_from(segments).unwrap_or(1));
    let page: Vec<u64> = wanted.take(usize::try_from(limit).unwrap_or(1)).collect();
    let items: Vec<Value> = page.iter().map(|row| item(&attributes, *row)).collect();
    let last =
        page.last().filter(|row| **row + segments < rows).map(|row| json!({ "id": { "S": format!("item-{row:06}") } }));
    Ok(json!({ "Items": items, "Count": items.len(), "ScannedCount": items.len(), "LastEvaluatedKey": last }))
}

/// An item, with the type of each attribute.
fn item(attributes: &[(&str, Attribute<'_>)], row: u64) -> Value {
    let mut item = Map::new();
    for (name, attribute) in attributes {
        let Some(value) = attribute.value(row) else { continue };
        let value = match value {
            ItemValue::Text(text) if attribute.is_number() && text.parse::<f64>().is_ok() => json!({ "N": text }),
            ItemValue::Text(text) => json!({ "S": text }),
            ItemValue::Boolean(truth) => json!({ "BOOL": truth }),
            ItemValue::List(entries) => {
                json!({ "L": entries.into_iter().map(|entry| json!({ "S": entry })).collect::<Vec<_>>() })
            }
            ItemValue::Map { id, name } => json!({ "M": { "id": { "S": id }, "name": { "S": name } } }),
        };
        item.insert((*name).to_owned(), value);
    }
    Value::Object(item)
}
