//! Athena: start, watch, read, stop.

use super::clients::Clients;
use super::fault;
use crate::domain::{Fault, FaultKind, QueryId, QueryState, QueryStatus, ResultColumn, ResultPage};
use crate::flow::Reply;
use aws_sdk_athena::types::{QueryExecution, QueryExecutionContext, Row, StatementType};

/// Starts a query. The SDK gives it a client request token, so that its own retries start it once.
pub(super) async fn start(clients: &Clients, sql: &str, database: Option<String>) -> Result<Reply, Fault> {
    let context = QueryExecutionContext::builder().set_database(database).build();
    let call = clients.athena.start_query_execution().query_string(sql).query_execution_context(context);
    let answer = call.send().await.map_err(|error| fault::of("StartQueryExecution", &error))?;
    let id = answer.query_execution_id.map(QueryId::new);
    id.map(Reply::QueryStarted)
        .ok_or_else(|| Fault::new(FaultKind::Garbled, "StartQueryExecution", "the answer has no id"))
}

/// The state of a query.
pub(super) async fn status(clients: &Clients, id: &QueryId) -> Result<Reply, Fault> {
    let call = clients.athena.get_query_execution().query_execution_id(id.as_str());
    let answer = call.send().await.map_err(|error| fault::of("GetQueryExecution", &error))?;
    let execution = answer.query_execution.as_ref();
    let status = execution.and_then(|execution| shape(id, execution));
    status
        .map(Reply::QueryStatus)
        .ok_or_else(|| Fault::new(FaultKind::Garbled, "GetQueryExecution", "the answer has no state"))
}

fn shape(id: &QueryId, execution: &QueryExecution) -> Option<QueryStatus> {
    let status = execution.status()?;
    let statistics = execution.statistics();
    Some(QueryStatus {
        id: id.clone(),
        state: QueryState::from_word(status.state()?.as_str()),
        reason: status.state_change_reason().map(str::to_owned),
        scanned_bytes: statistics.and_then(|s| s.data_scanned_in_bytes()),
        engine_millis: statistics.and_then(|s| s.engine_execution_time_in_millis()),
        queue_millis: statistics.and_then(|s| s.query_queue_time_in_millis()),
        has_header: execution.statement_type() == Some(&StatementType::Dml),
    })
}

/// A page of rows, at most 1,000 with the header.
pub(super) async fn rows(clients: &Clients, status: &QueryStatus, next: Option<String>) -> Result<Reply, Fault> {
    let first = next.is_none();
    let call = clients.athena.get_query_results().query_execution_id(status.id.as_str());
    let answer = call.max_results(1_000).set_next_token(next).send().await;
    let answer = answer.map_err(|error| fault::of("GetQueryResults", &error))?;
    let result = answer.result_set();
    let info = result.and_then(|result| result.result_set_metadata()).map(|metadata| metadata.column_info());
    let columns = info.unwrap_or_default().iter();
    let columns = columns.map(|c| ResultColumn { name: c.name().to_owned(), kind: c.r#type().to_owned() });
    let rows = result.map(|result| result.rows()).unwrap_or_default();
    let skip = usize::from(first && status.has_header);
    Ok(Reply::QueryRows(ResultPage {
        columns: columns.collect(),
        rows: rows.iter().skip(skip).map(row).collect(),
        next: answer.next_token.filter(|token| !token.is_empty()),
    }))
}

fn row(row: &Row) -> Vec<Option<String>> {
    row.data().iter().map(|datum| datum.var_char_value().map(str::to_owned)).collect()
}

/// Cancels a query; one that has ended stays as it is.
pub(super) async fn stop(clients: &Clients, id: &QueryId) -> Result<Reply, Fault> {
    let call = clients.athena.stop_query_execution().query_execution_id(id.as_str());
    call.send().await.map_err(|error| fault::of("StopQueryExecution", &error))?;
    Ok(Reply::QueryStopped)
}
