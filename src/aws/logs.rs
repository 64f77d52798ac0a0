//! CloudWatch Logs: one stream, page by page, forward.

use super::clients::Clients;
use super::fault;
use crate::domain::{Fault, FaultKind, LogLine, LogSource, Time};
use crate::flow::Reply;
use crate::flow::request::LogPage;
use aws_sdk_cloudwatchlogs::types::OutputLogEvent;

/// What the stream holds after `token`, or from its beginning on. The end is reached when the token that was sent comes
/// back; sent again later, it yields what was written since (CloudWatch Logs, GetLogEvents).
pub(super) async fn page(
    clients: &Clients,
    source: &LogSource,
    token: Option<String>,
    from: Option<Time>,
) -> Result<Reply, Fault> {
    clients.budgets.logs.take().await;
    let call = clients
        .logs
        .get_log_events()
        .log_group_name(&source.group)
        .log_stream_name(&source.stream)
        .start_from_head(true)
        .set_start_time(from.map(|from| from.timestamp_millis()))
        .set_next_token(token.clone());
    let answer = match call.send().await.map_err(|error| fault::of("GetLogEvents", &error)) {
        Ok(answer) => answer,
        // A run that has just started has no stream yet.
        Err(fault) if fault.kind == FaultKind::NotFound => {
            return Ok(Reply::LogPage(LogPage { missing: true, lines: Vec::new(), token: None, at_end: true }));
        }
        Err(fault) => return Err(fault),
    };
    let next = answer.next_forward_token().map(str::to_owned);
    let at_end = next.is_none() || next == token;
    Ok(Reply::LogPage(LogPage {
        missing: false,
        lines: answer.events().iter().map(line).collect(),
        token: next,
        at_end,
    }))
}

fn line(event: &OutputLogEvent) -> LogLine {
    LogLine {
        at: event.timestamp().and_then(Time::from_timestamp_millis),
        ingested: event.ingestion_time().and_then(Time::from_timestamp_millis),
        message: event.message().unwrap_or_default().to_owned(),
    }
}
