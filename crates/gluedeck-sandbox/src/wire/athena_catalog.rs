//! The operations of Athena around the queries: catalog metadata, named queries, prepared statements.

use super::Answer;
use super::fault::{WireFault, invalid};
use super::glue_json::epoch;
use super::input::Input;
use crate::athena::NamedQuery;
use crate::backend::Backend;
use crate::catalog::{CatalogTable, Column};
use serde_json::{Value, json};

pub(super) fn call(backend: &Backend, operation: &str, input: &Input) -> Answer {
    match operation {
        "ListDataCatalogs" => {
            Ok(json!({ "DataCatalogsSummary": [{ "CatalogName": "AwsDataCatalog", "Type": "GLUE" }] }))
        }
        "GetDataCatalog" => match input.required("Name")? {
            name if name.eq_ignore_ascii_case("awsdatacatalog") => {
                Ok(json!({ "DataCatalog": { "Name": "AwsDataCatalog", "Type": "GLUE", "Parameters": {} } }))
            }
            name => Err(invalid("INVALID_INPUT", &format!("DataCatalog {name} was not found"))),
        },
        "ListDatabases" => {
            catalog(input)?;
            let names: Vec<String> = backend.lake.catalog().databases.keys().cloned().collect();
            let (names, next) = input.page(names, ("MaxResults", 50), "NextToken")?;
            let entries: Vec<_> = names.into_iter().map(|name| json!({ "Name": name })).collect();
            Ok(json!({ "DatabaseList": entries, "NextToken": next }))
        }
        "GetDatabase" => {
            catalog(input)?;
            let name = input.required("DatabaseName")?.to_lowercase();
            match backend.lake.catalog().databases.contains_key(&name) {
                true => Ok(json!({ "Database": { "Name": name } })),
                false => Err(metadata_missing("Database", &name)),
            }
        }
        "ListTableMetadata" => list_tables(backend, input),
        "GetTableMetadata" => {
            catalog(input)?;
            let (database, name) = (input.required("DatabaseName")?, input.required("TableName")?.to_lowercase());
            let catalog = backend.lake.catalog();
            let table =
                catalog.table(&database.to_lowercase(), &name).ok_or_else(|| metadata_missing("Table", &name))?;
            Ok(json!({ "TableMetadata": metadata(table) }))
        }
        _ if operation.contains("NamedQuer") => named_queries(backend, operation, input),
        _ if operation.contains("PreparedStatement") => prepared_statements(backend, operation, input),
        _ => Err(WireFault::unknown_operation(operation)),
    }
}

fn catalog(input: &Input) -> Result<(), WireFault> {
    match input.required("CatalogName")? {
        name if name.eq_ignore_ascii_case("awsdatacatalog") => Ok(()),
        name => Err(invalid("INVALID_INPUT", &format!("DataCatalog {name} was not found"))),
    }
}

/// A Glue error as Athena passes it on (measured: docs/aws-facts.md, "Texts of DDL").
fn metadata_missing(what: &str, name: &str) -> WireFault {
    let message = format!(
        "{what} {name} not found. (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; \
         Request ID: 00000000-0000-4000-8000-000000000000; Proxy: null)"
    );
    WireFault::new("MetadataException", message)
}

fn list_tables(backend: &Backend, input: &Input) -> Answer {
    catalog(input)?;
    let database = input.required("DatabaseName")?.to_lowercase();
    // The pattern is a regular expression.
    let pattern = input.text("Expression")?.map(|text| regex::Regex::new(&format!("^(?:{text})$")));
    let pattern = pattern.transpose().map_err(|_| invalid("INVALID_INPUT", "Expression is not a valid pattern"))?;
    let catalog = backend.lake.catalog();
    let found = catalog.databases.get(&database).ok_or_else(|| metadata_missing("Database", &database))?;
    let matching = found.tables.values().filter(|table| pattern.as_ref().is_none_or(|p| p.is_match(&table.name)));
    let (page, next) = input.page(matching.collect(), ("MaxResults", 50), "NextToken")?;
    Ok(json!({ "TableMetadataList": page.into_iter().map(metadata).collect::<Vec<_>>(), "NextToken": next }))
}

fn metadata(table: &CatalogTable) -> Value {
    let column = |column: &Column| json!({ "Name": column.name, "Type": column.ty, "Comment": column.comment });
    let storage = &table.storage;
    let mut parameters = table.parameters.clone();
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() {
            parameters.insert(name.to_owned(), value.to_owned());
        }
    };
    add("location", &storage.location);
    add("inputformat", &storage.input_format);
    add("outputformat", &storage.output_format);
    add("serde.serialization.lib", &storage.serde.library);
    for (name, value) in &storage.serde.parameters {
        add(&format!("serde.param.{name}"), value);
    }
    json!({
        "Name": table.name,
        "CreateTime": epoch(table.created),
        "LastAccessTime": epoch(table.updated),
        "TableType": table.table_type,
        "Columns": storage.columns.iter().map(column).collect::<Vec<_>>(),
        "PartitionKeys": table.partition_keys.iter().map(column).collect::<Vec<_>>(),
        "Parameters": parameters,
    })
}

fn named_queries(backend: &Backend, operation: &str, input: &Input) -> Answer {
    let mut named = backend.athena.named();
    let unknown = |id: &str| invalid("INVALID_INPUT", &format!("NamedQuery {id} was not found"));
    let shape = |id: &String, query: &NamedQuery| {
        json!({
            "NamedQueryId": id, "Name": query.name, "Description": query.description, "Database": query.database,
            "QueryString": query.sql, "WorkGroup": "primary",
        })
    };
    match operation {
        "ListNamedQueries" => {
            let (ids, next) = input.page(named.keys().cloned().collect(), ("MaxResults", 50), "NextToken")?;
            Ok(json!({ "NamedQueryIds": ids, "NextToken": next }))
        }
        "GetNamedQuery" => {
            let id = input.required("NamedQueryId")?.to_owned();
            let query = named.get(&id).ok_or_else(|| unknown(&id))?;
            Ok(json!({ "NamedQuery": shape(&id, query) }))
        }
        "BatchGetNamedQuery" => {
            let ids = input.texts("NamedQueryIds")?;
            let found: Vec<_> = ids.iter().filter_map(|id| named.get(id).map(|query| shape(id, query))).collect();
            let missing = ids.iter().filter(|id| !named.contains_key(*id));
            let missing: Vec<_> =
                missing.map(|id| json!({ "NamedQueryId": id, "ErrorCode": "INVALID_INPUT" })).collect();
            Ok(json!({ "NamedQueries": found, "UnprocessedNamedQueryIds": missing }))
        }
        "CreateNamedQuery" => {
            let query = NamedQuery {
                name: input.required("Name")?.to_owned(),
                description: input.text("Description")?.map(str::to_owned),
                database: input.required("Database")?.to_owned(),
                sql: input.required("QueryString")?.to_owned(),
            };
            let number = named.len();
            let id = backend.lake.world.uuid(&format!("named {number} {} {}", query.name, backend.hub.now()));
            named.insert(id.clone(), query);
            Ok(json!({ "NamedQueryId": id }))
        }
        "UpdateNamedQuery" => {
            let id = input.required("NamedQueryId")?.to_owned();
            let query = named.get_mut(&id).ok_or_else(|| unknown(&id))?;
            query.name = input.required("Name")?.to_owned();
            query.sql = input.required("QueryString")?.to_owned();
            query.description = input.text("Description")?.map(str::to_owned);
            Ok(json!({}))
        }
        "DeleteNamedQuery" => {
            let id = input.required("NamedQueryId")?;
            named.remove(id).map(|_| json!({})).ok_or_else(|| unknown(id))
        }
        _ => Err(WireFault::unknown_operation(operation)),
    }
}

fn prepared_statements(backend: &Backend, operation: &str, input: &Input) -> Answer {
    let mut prepared = backend.athena.prepared();
    let unknown = |name: &str| {
        WireFault::new("ResourceNotFoundException", format!("PreparedStatement {name} was not found"))
            .with("ResourceName", name)
    };
    match operation {
        "ListPreparedStatements" => {
            let names: Vec<_> = prepared.keys().map(|name| json!({ "StatementName": name })).collect();
            let (names, next) = input.page(names, ("MaxResults", 50), "NextToken")?;
            Ok(json!({ "PreparedStatements": names, "NextToken": next }))
        }
        "GetPreparedStatement" => {
            let name = input.required("StatementName")?;
            let sql = prepared.get(name).ok_or_else(|| unknown(name))?;
            Ok(
                json!({ "PreparedStatement": { "StatementName": name, "QueryStatement": sql, "WorkGroupName": "primary" } }),
            )
        }
        "CreatePreparedStatement" | "UpdatePreparedStatement" => {
            let (name, sql) = (input.required("StatementName")?, input.required("QueryStatement")?);
            let create = operation.starts_with("Create");
            if create && prepared.contains_key(name) {
                return Err(invalid("INVALID_INPUT", &format!("PreparedStatement {name} already exists")));
            }
            if !create && !prepared.contains_key(name) {
                return Err(unknown(name));
            }
            prepared.insert(name.to_owned(), sql.to_owned());
            Ok(json!({}))
        }
        "DeletePreparedStatement" => {
            let name = input.required("StatementName")?;
            prepared.remove(name).map(|_| json!({})).ok_or_else(|| unknown(name))
        }
        _ => Err(WireFault::unknown_operation(operation)),
    }
}
