//! The operations of Athena. Times are epoch seconds with a fraction.

use super::caller::Caller;
use super::fault::WireFault;
use super::glue_json::epoch;
use super::input::Input;
use super::{Answer, athena_catalog};
use crate::sandbox::athena::{Execution, Request, ResultColumn, Row, StartError, WORKGROUP};
use crate::sandbox::realm::Realm;
use serde_json::{Value, json};

pub(super) async fn call(realm: &Realm, caller: &Caller, operation: &str, input: &Input) -> Answer {
    match operation {
        "StartQueryExecution" => start(realm, caller, input),
        "GetQueryExecution" => get(realm, input),
        "BatchGetQueryExecution" => batch_get(realm, input),
        "ListQueryExecutions" => {
            let (ids, next) = input.page(realm.athena.list(), ("MaxResults", 50), "NextToken")?;
            Ok(json!({ "QueryExecutionIds": ids, "NextToken": next }))
        }
        "GetQueryResults" => results(realm, input),
        "StopQueryExecution" => {
            let id = input.required("QueryExecutionId")?;
            realm.athena.stop(id).then(|| json!({})).ok_or_else(|| unknown(id))
        }
        "GetWorkGroup" => match input.required("WorkGroup")? {
            WORKGROUP => Ok(json!({ "WorkGroup": workgroup(realm) })),
            _ => Err(no_workgroup()),
        },
        "ListWorkGroups" => Ok(json!({ "WorkGroups": [{ "Name": WORKGROUP, "State": "ENABLED", "Description": "" }] })),
        "GetQueryRuntimeStatistics" => runtime_statistics(realm, input),
        _ => athena_catalog::call(realm, operation, input),
    }
}

fn start(realm: &Realm, caller: &Caller, input: &Input) -> Answer {
    let sql = input.required("QueryString")?.to_owned();
    if sql.len() > 262_144 {
        return Err(invalid("INVALID_INPUT", "QueryString must have length less than or equal to 262144"));
    }
    if input.text("WorkGroup")?.is_some_and(|name| name != WORKGROUP) {
        return Err(no_workgroup());
    }
    let context = |name: &str| input.get("QueryExecutionContext").and_then(|c| c.get(name)?.as_str());
    if context("Catalog").is_some_and(|catalog| !catalog.eq_ignore_ascii_case("awsdatacatalog")) {
        return Err(invalid("INVALID_INPUT", "The sandbox has one catalog, AwsDataCatalog"));
    }
    let request = Request {
        sql,
        database: context("Database").map(str::to_lowercase),
        output: input.get("ResultConfiguration").and_then(|c| Some(c.get("OutputLocation")?.as_str()?.to_owned())),
        token: input.text("ClientRequestToken")?.map(str::to_owned),
        parameters: input.texts("ExecutionParameters")?,
        reads_only: caller.reads_only(),
    };
    match realm.athena.start(request) {
        Ok(id) => Ok(json!({ "QueryExecutionId": id })),
        Err(StartError::Malformed(message)) => Err(invalid("MALFORMED_QUERY", &message)),
        Err(StartError::Output(message)) => Err(invalid("INVALID_INPUT", &message)),
        Err(StartError::TokenReused) => Err(invalid("INVALID_INPUT", "Idempotent parameters do not match")),
    }
}

fn get(realm: &Realm, input: &Input) -> Answer {
    let id = input.required("QueryExecutionId")?;
    let execution = realm.athena.get(id).ok_or_else(|| unknown(id))?;
    Ok(json!({ "QueryExecution": shape(&execution) }))
}

fn batch_get(realm: &Realm, input: &Input) -> Answer {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in input.texts("QueryExecutionIds")? {
        match realm.athena.get(&id) {
            Some(execution) => found.push(shape(&execution)),
            None => missing.push(json!({ "QueryExecutionId": id, "ErrorCode": "INVALID_INPUT", "ErrorMessage": format!("QueryExecution {id} was not found") })),
        }
    }
    Ok(json!({ "QueryExecutions": found, "UnprocessedQueryExecutionIds": missing }))
}

fn runtime_statistics(realm: &Realm, input: &Input) -> Answer {
    let id = input.required("QueryExecutionId")?;
    let e = realm.athena.get(id).ok_or_else(|| unknown(id))?;
    let rows = e.result.as_ref().map_or(0, |result| result.rows);
    Ok(json!({ "QueryRuntimeStatistics": {
        "Timeline": {
            "QueryQueueTimeInMillis": e.queue_millis, "QueryPlanningTimeInMillis": 0,
            "EngineExecutionTimeInMillis": e.engine_millis, "ServiceProcessingTimeInMillis": 0,
            "TotalExecutionTimeInMillis": e.queue_millis + e.engine_millis,
        },
        "Rows": { "InputBytes": e.scanned_bytes, "OutputRows": rows },
    } }))
}

fn shape(e: &Execution) -> Value {
    let error = e.failure.as_ref().map(
        |f| json!({ "ErrorCategory": f.category, "ErrorType": f.kind, "Retryable": false, "ErrorMessage": f.message }),
    );
    json!({
        "QueryExecutionId": e.id,
        "Query": e.sql,
        "StatementType": e.parsed.kind(),
        "SubstatementType": e.parsed.word(),
        "ResultConfiguration": { "OutputLocation": e.output },
        "ResultReuseConfiguration": { "ResultReuseByAgeConfiguration": { "Enabled": false } },
        "QueryExecutionContext": { "Database": e.database, "Catalog": "awsdatacatalog" },
        "Status": {
            "State": e.state,
            "StateChangeReason": match e.state { "CANCELLED" => Some("Query cancelled by user"), _ => e.failure.as_ref().map(|f| f.message.as_str()) },
            "SubmissionDateTime": epoch(e.submitted),
            "CompletionDateTime": e.completed.map(epoch),
            "AthenaError": error,
        },
        "Statistics": {
            "EngineExecutionTimeInMillis": e.engine_millis,
            "DataScannedInBytes": e.scanned_bytes,
            "DataManifestLocation": e.manifest,
            "TotalExecutionTimeInMillis": e.queue_millis + e.engine_millis,
            "QueryQueueTimeInMillis": e.queue_millis,
            "ServiceProcessingTimeInMillis": 0,
            "ResultReuseInformation": { "ReusedPreviousResult": false },
        },
        "WorkGroup": WORKGROUP,
        "EngineVersion": { "SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3" },
    })
}

/// A page of rows. The first page of a DML statement starts with the column names, which count against its size.
fn results(realm: &Realm, input: &Input) -> Answer {
    let id = input.required("QueryExecutionId")?;
    let execution = realm.athena.get(id).ok_or_else(|| unknown(id))?;
    let Some(result) = execution.result.as_ref() else {
        let message = match execution.state {
            "FAILED" | "CANCELLED" => {
                format!("Query did not finish successfully. Final query state: {}", execution.state)
            }
            state => format!("Query has not yet finished. Current state: {state}"),
        };
        return Err(invalid("INVALID_QUERY_EXECUTION_STATE", &message));
    };
    // The header is the first row of all, so it counts against the first page and shifts the others by one.
    let header = usize::from(execution.parsed.kind() == "DML" && !result.columns.is_empty());
    let (from, size, next) = input.window(result.rows + header, ("MaxResults", 1_000), "NextToken")?;
    let mut page: Vec<Row> = Vec::with_capacity(size);
    if header > from && size > 0 {
        page.push(result.columns.iter().map(|c| Some(c.name.clone())).collect());
    }
    let rows = result.page(from.saturating_sub(header), size - page.len());
    page.extend(rows.map_err(|_| invalid("INVALID_INPUT", "The result of this query is no longer there"))?);
    let cell = |cell: &Option<String>| cell.as_ref().map_or_else(|| json!({}), |text| json!({ "VarCharValue": text }));
    let row = |row: &Row| json!({ "Data": row.iter().map(cell).collect::<Vec<_>>() });
    Ok(json!({
        "UpdateCount": execution.updated,
        "ResultSet": {
            "Rows": page.iter().map(row).collect::<Vec<_>>(),
            "ResultSetMetadata": { "ColumnInfo": result.columns.iter().map(column).collect::<Vec<_>>() },
        },
        "NextToken": next,
    }))
}

fn column(column: &ResultColumn) -> Value {
    json!({
        "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": column.name, "Label": column.name,
        "Type": column.kind, "Precision": column.precision, "Scale": column.scale, "Nullable": "UNKNOWN", "CaseSensitive": column.kind == "varchar",
    })
}

fn workgroup(realm: &Realm) -> Value {
    json!({
        "Name": WORKGROUP,
        "State": "ENABLED",
        "Configuration": {
            "ResultConfiguration": { "OutputLocation": format!("s3://{}/", realm.lake.world.bucket("athena")) },
            "EnforceWorkGroupConfiguration": false,
            "PublishCloudWatchMetricsEnabled": false,
            "RequesterPaysEnabled": false,
            "EngineVersion": { "SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3" },
        },
    })
}

pub(super) fn invalid(code: &str, message: &str) -> WireFault {
    WireFault::new("InvalidRequestException", message).with("AthenaErrorCode", code)
}

fn unknown(id: &str) -> WireFault {
    invalid("INVALID_INPUT", &format!("QueryExecution {id} was not found"))
}

fn no_workgroup() -> WireFault {
    invalid("INVALID_INPUT", "WorkGroup is not found.")
}
