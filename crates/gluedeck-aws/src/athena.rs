//! Athena: start, follow, stop, and what others have run.

use super::clients::Clients;
use super::fault;
use super::pages::Pages;
use aws_sdk_athena::types::{
    QueryExecution as Sdk, QueryExecutionContext, ResultReuseByAgeConfiguration, ResultReuseConfiguration,
    StatementType, WorkGroupState,
};
use gluedeck_core::domain::{Fault, FaultKind, QueryContext, QueryExecution, QueryId, QueryState, StatementKind};
use gluedeck_core::request::{NamedQuery, QueryPage, Workgroup};

/// Executions that one call tells of (Athena, BatchGetQueryExecution).
const BATCH: usize = 50;

/// Starts a query. With the same token it is started once, however often the call is sent.
pub(super) async fn start(
    clients: &Clients,
    sql: &str,
    query_context: &QueryContext,
    token: &str,
) -> Result<QueryId, Fault> {
    let context = QueryExecutionContext::builder()
        .set_database(query_context.database.clone())
        .set_catalog(query_context.catalog.clone())
        .build();
    let by_age = |minutes: u32| {
        let age = ResultReuseByAgeConfiguration::builder().enabled(true).max_age_in_minutes(minutes as i32).build();
        ResultReuseConfiguration::builder().result_reuse_by_age_configuration(age).build()
    };
    let call = clients
        .athena
        .start_query_execution()
        .query_string(sql)
        .query_execution_context(context)
        .client_request_token(token)
        .set_work_group(query_context.workgroup.clone())
        .set_result_reuse_configuration(query_context.reuse_minutes.map(by_age));
    let answer = call.send().await.map_err(|error| fault::of("StartQueryExecution", &error))?;
    let id = answer.query_execution_id.map(QueryId::new);
    id.ok_or_else(|| Fault::new(FaultKind::InvalidResponse, "StartQueryExecution", "the response has no ID"))
}

/// What became of a query so far.
pub(super) async fn execution(clients: &Clients, id: &QueryId) -> Result<QueryExecution, Fault> {
    let call = clients.athena.get_query_execution().query_execution_id(id.as_str());
    let answer = call.send().await.map_err(|error| fault::of("GetQueryExecution", &error))?;
    let found = answer.query_execution.as_ref().and_then(shape);
    found.ok_or_else(|| Fault::new(FaultKind::InvalidResponse, "GetQueryExecution", "the response has no state"))
}

fn shape(execution: &Sdk) -> Option<QueryExecution> {
    let status = execution.status()?;
    let statistics = execution.statistics();
    let context = execution.query_execution_context();
    let reused = statistics.and_then(|s| s.result_reuse_information()).is_some_and(|r| r.reused_previous_result());
    let by_age = execution.result_reuse_configuration().and_then(|r| r.result_reuse_by_age_configuration());
    let output = execution.result_configuration().and_then(|result| result.output_location());
    Some(QueryExecution {
        id: QueryId::new(execution.query_execution_id()?),
        sql: execution.query().unwrap_or_default().to_owned(),
        query_context: QueryContext {
            catalog: context.and_then(|context| context.catalog()).map(str::to_owned),
            database: context.and_then(|context| context.database()).map(str::to_owned),
            workgroup: execution.work_group().map(str::to_owned),
            reuse_minutes: by_age
                .filter(|age| age.enabled())
                .and_then(|age| age.max_age_in_minutes())
                .map(|m| m as u32),
        },
        state: QueryState::from_word(status.state()?.as_str()),
        reason: status.state_change_reason().map(str::to_owned),
        submitted_on: status.submission_date_time().and_then(super::time),
        completed_on: status.completion_date_time().and_then(super::time),
        scanned_bytes: statistics.and_then(|s| s.data_scanned_in_bytes()),
        engine_millis: statistics.and_then(|s| s.engine_execution_time_in_millis()),
        queue_millis: statistics.and_then(|s| s.query_queue_time_in_millis()),
        total_millis: statistics.and_then(|s| s.total_execution_time_in_millis()),
        reused,
        kind: match execution.statement_type() {
            Some(StatementType::Dml) => StatementKind::Dml,
            Some(StatementType::Ddl) => StatementKind::Ddl,
            Some(StatementType::Utility) => StatementKind::Utility,
            _ => StatementKind::Unknown,
        },
        statement: execution.substatement_type().map(str::to_owned),
        output: output.map(str::to_owned),
    })
}

/// Cancels a query; one that has ended stays as it is.
pub(super) async fn stop(clients: &Clients, id: &QueryId) -> Result<(), Fault> {
    let call = clients.athena.stop_query_execution().query_execution_id(id.as_str());
    call.send().await.map_err(|error| fault::of("StopQueryExecution", &error))?;
    Ok(())
}

/// Executions of a workgroup in the last 45 days, anybody's, the newest first: a page of them.
pub(super) async fn history(clients: &Clients, workgroup: &str, next: Option<String>) -> Result<QueryPage, Fault> {
    let call = clients.athena.list_query_executions().work_group(workgroup).max_results(BATCH as i32);
    let answer = call.set_next_token(next).send().await.map_err(|error| fault::of("ListQueryExecutions", &error))?;
    let next = answer.next_token.filter(|token| !token.is_empty());
    let executions = executions(clients, answer.query_execution_ids.unwrap_or_default()).await?;
    Ok(QueryPage { executions, next })
}

/// Executions by their ids; those that are gone are left out.
pub(super) async fn executions(clients: &Clients, ids: Vec<String>) -> Result<Vec<QueryExecution>, Fault> {
    let mut found = Vec::new();
    for batch in ids.chunks(BATCH) {
        let call = clients.athena.batch_get_query_execution().set_query_execution_ids(Some(batch.to_vec()));
        let answer = call.send().await.map_err(|error| fault::of("BatchGetQueryExecution", &error))?;
        let mut some: Vec<QueryExecution> = answer.query_executions().iter().filter_map(shape).collect();
        // The service may answer in another order than it was asked in.
        some.sort_by_key(|execution| batch.iter().position(|id| id == execution.id.as_str()));
        found.extend(some);
    }
    Ok(found)
}

/// The workgroups, with what they impose.
pub(super) async fn workgroups(clients: &Clients) -> Result<Vec<Workgroup>, Fault> {
    let mut found = Vec::new();
    let mut pages = Pages::default();
    let mut next = None;
    loop {
        let call = clients.athena.list_work_groups().set_next_token(next);
        let answer = call.send().await.map_err(|error| fault::of("ListWorkGroups", &error))?;
        found.extend(answer.work_groups().iter().filter_map(|group| {
            let enabled = group.state() != Some(&WorkGroupState::Disabled);
            let description = group.description().unwrap_or_default().to_owned();
            Some(Workgroup { name: group.name()?.to_owned(), description, enabled })
        }));
        next = pages.next(answer.next_token);
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// The named queries of a workgroup.
pub(super) async fn named_queries(clients: &Clients, workgroup: &str) -> Result<Vec<NamedQuery>, Fault> {
    let mut found = Vec::new();
    let mut pages = Pages::default();
    let mut next = None;
    loop {
        let call = clients.athena.list_named_queries().work_group(workgroup).set_next_token(next);
        let answer = call.send().await.map_err(|error| fault::of("ListNamedQueries", &error))?;
        for batch in answer.named_query_ids().chunks(BATCH) {
            let call = clients.athena.batch_get_named_query().set_named_query_ids(Some(batch.to_vec()));
            let answer = call.send().await.map_err(|error| fault::of("BatchGetNamedQuery", &error))?;
            found.extend(answer.named_queries().iter().map(|query| NamedQuery {
                name: query.name().to_owned(),
                description: query.description().unwrap_or_default().to_owned(),
                database: query.database().to_owned(),
                sql: query.query_string().to_owned(),
            }));
        }
        next = pages.next(answer.next_token);
        if next.is_none() {
            return Ok(found);
        }
    }
}
