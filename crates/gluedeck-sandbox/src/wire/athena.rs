//! The operations of Athena. Times are epoch seconds with a fraction.

use super::caller::Caller;
use super::fault::{WireFault, invalid};
use super::glue_json::epoch;
use super::input::Input;
use super::{Answer, athena_catalog, athena_workgroups, object};
use crate::athena::{Execution, PRIMARY, Request, ResultColumn, Row, StartError};
use crate::backend::Backend;
use chrono::TimeDelta;
use serde_json::{Value, json};

pub(super) async fn call(backend: &Backend, caller: &Caller, operation: &str, input: &Input) -> Answer {
    match operation {
        "StartQueryExecution" => start(backend, caller, input),
        "GetQueryExecution" => get(backend, input),
        "BatchGetQueryExecution" => batch_get(backend, input),
        "ListQueryExecutions" => {
            let group = input.text("WorkGroup")?.unwrap_or(PRIMARY);
            backend.athena.groups.get(group).ok_or_else(athena_workgroups::unknown)?;
            let (ids, next) = input.page(backend.athena.list(group), ("MaxResults", 50), "NextToken")?;
            Ok(json!({ "QueryExecutionIds": ids, "NextToken": next }))
        }
        "GetQueryResults" => results(backend, input),
        "StopQueryExecution" => {
            let id = input.required("QueryExecutionId")?;
            backend.athena.stop(id).then(|| json!({})).ok_or_else(|| unknown(id))
        }
        "GetQueryRuntimeStatistics" => runtime_statistics(backend, input),
        name if name.contains("WorkGroup") => athena_workgroups::call(backend, operation, input),
        _ => athena_catalog::call(backend, operation, input),
    }
}

fn start(backend: &Backend, caller: &Caller, input: &Input) -> Answer {
    let sql = input.required("QueryString")?.to_owned();
    if sql.len() > 262_144 {
        return Err(invalid("INVALID_INPUT", "QueryString must have length less than or equal to 262144"));
    }
    let token = input.text("ClientRequestToken")?;
    if token.is_some_and(|token| !(32..=128).contains(&token.chars().count())) {
        return Err(invalid("INVALID_INPUT", "ClientRequestToken must have length between 32 and 128"));
    }
    let context = |name: &str| input.get("QueryExecutionContext").and_then(|c| c.get(name)?.as_str());
    if context("Catalog").is_some_and(|catalog| !catalog.eq_ignore_ascii_case("awsdatacatalog")) {
        return Err(invalid("INVALID_INPUT", "The sandbox has one catalog, AwsDataCatalog"));
    }
    let request = Request {
        sql,
        database: context("Database").map(|name| name.trim_matches('`').to_lowercase()),
        output: input.get("ResultConfiguration").and_then(|c| Some(c.get("OutputLocation")?.as_str()?.to_owned())),
        work_group: input.text("WorkGroup")?.unwrap_or(PRIMARY).to_owned(),
        reuse: reuse(input)?,
        token: token.map(str::to_owned),
        parameters: input.texts("ExecutionParameters")?,
        reads_only: caller.reads_only(),
    };
    match backend.athena.start(request) {
        Ok(id) => Ok(json!({ "QueryExecutionId": id })),
        Err(StartError::Malformed(message)) => Err(invalid("MALFORMED_QUERY", &message)),
        Err(StartError::Output(message)) => Err(invalid("INVALID_INPUT", &message)),
        Err(StartError::TokenReused) => Err(invalid("INVALID_INPUT", "Idempotent parameters do not match")),
        Err(StartError::NoWorkGroup) => Err(athena_workgroups::unknown()),
        Err(StartError::WorkGroupDisabled) => Err(invalid("INVALID_INPUT", "WorkGroup is disabled.")),
        Err(StartError::TooMany) => {
            let message = "You have exceeded the limit for the number of queries you can run concurrently.";
            Err(WireFault::new("TooManyRequestsException", message).with("Reason", "CONCURRENT_QUERY_LIMIT_EXCEEDED"))
        }
    }
}

/// `ResultReuseConfiguration`: an hour if it does not say how old a result may be, a week at the most (service model).
fn reuse(input: &Input) -> Result<Option<TimeDelta>, WireFault> {
    let by_age = input.get("ResultReuseConfiguration").and_then(|given| given.get("ResultReuseByAgeConfiguration"));
    let Some(by_age) = by_age.filter(|by_age| by_age.get("Enabled") == Some(&Value::Bool(true))) else {
        return Ok(None);
    };
    match by_age.get("MaxAgeInMinutes").and_then(Value::as_i64).unwrap_or(60) {
        minutes @ 0..=10_080 => Ok(Some(TimeDelta::minutes(minutes))),
        _ => Err(invalid("INVALID_INPUT", "MaxAgeInMinutes must have value between 0 and 10080")),
    }
}

fn get(backend: &Backend, input: &Input) -> Answer {
    let id = input.required("QueryExecutionId")?;
    let execution = backend.athena.get(id).ok_or_else(|| unknown(id))?;
    Ok(json!({ "QueryExecution": shape(&execution) }))
}

fn batch_get(backend: &Backend, input: &Input) -> Answer {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in super::glue_common::batch(input, "QueryExecutionIds", 50)? {
        match backend.athena.get(&id) {
            Some(execution) => found.push(shape(&execution)),
            None => missing.push(json!({ "QueryExecutionId": id, "ErrorCode": "INVALID_INPUT", "ErrorMessage": format!("QueryExecution {id} was not found") })),
        }
    }
    Ok(json!({ "QueryExecutions": found, "UnprocessedQueryExecutionIds": missing }))
}

fn runtime_statistics(backend: &Backend, input: &Input) -> Answer {
    let id = input.required("QueryExecutionId")?;
    let e = backend.athena.get(id).ok_or_else(|| unknown(id))?;
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
        |f| json!({ "ErrorCategory": f.category, "ErrorType": f.kind, "Retryable": f.retryable, "ErrorMessage": f.message }),
    );
    json!({
        "QueryExecutionId": e.id,
        "Query": e.sql,
        "StatementType": e.statement.kind(),
        "SubstatementType": e.statement.word(),
        "ResultConfiguration": e.output.as_ref().map(|output| json!({ "OutputLocation": output })),
        "ManagedQueryResultsConfiguration": { "Enabled": e.output.is_none() },
        "ResultReuseConfiguration": {
            "ResultReuseByAgeConfiguration": { "Enabled": e.reuse.is_some(), "MaxAgeInMinutes": e.reuse.map(|age| age.num_minutes()) },
        },
        "QueryExecutionContext": { "Database": e.database, "Catalog": "awsdatacatalog" },
        "Status": {
            "State": e.state,
            "StateChangeReason": e.failure.as_ref().map_or((e.state == "CANCELLED").then_some("Query cancelled by user"), |f| Some(&f.message)),
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
            "ResultReuseInformation": { "ReusedPreviousResult": e.reused },
        },
        "WorkGroup": e.work_group,
        "EngineVersion": { "SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3" },
    })
}

/// A page of rows. The first page of a DML statement starts with the column names, which count against its size.
fn results(backend: &Backend, input: &Input) -> Answer {
    let id = input.required("QueryExecutionId")?;
    let execution = backend.athena.get(id).ok_or_else(|| unknown(id))?;
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
    let header = usize::from(execution.statement.has_header() && !result.columns.is_empty());
    let (from, size, next) = input.window(result.rows + header, ("MaxResults", 1_000), "NextToken")?;
    let mut page: Vec<Row> = Vec::with_capacity(size);
    if header > from && size > 0 {
        page.push(result.columns.iter().map(|c| Some(c.name.clone())).collect());
    }
    let rows = result.page(from.saturating_sub(header), size - page.len());
    page.extend(rows.map_err(|_| invalid("INVALID_INPUT", "The result of this query is no longer there"))?);
    let cell = |cell| match cell {
        Some(text) => object([("VarCharValue", Value::String(text))]),
        None => object([]),
    };
    let row = |row: Row| object([("Data", row.into_iter().map(cell).collect())]);
    let columns: Vec<_> = result.columns.iter().map(column).collect();
    let rows = object([
        ("Rows", page.into_iter().map(row).collect()),
        ("ResultSetMetadata", json!({ "ColumnInfo": columns })),
    ]);
    Ok(object([("UpdateCount", json!(execution.updated)), ("ResultSet", rows), ("NextToken", next.into())]))
}

fn column(column: &ResultColumn) -> Value {
    json!({
        "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": column.name, "Label": column.name,
        "Type": column.kind, "Precision": column.precision, "Scale": column.scale, "Nullable": "UNKNOWN", "CaseSensitive": column.kind == "varchar",
    })
}

fn unknown(id: &str) -> WireFault {
    invalid("INVALID_INPUT", &format!("QueryExecution {id} was not found"))
}
