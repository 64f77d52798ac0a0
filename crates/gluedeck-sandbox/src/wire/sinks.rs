//! Receivers for who sends messages: a webhook of Slack, and a plain one, which fail on demand.

use super::Endpoint;
use super::fault::WireFault;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

/// Messages that are kept.
const MAX_MESSAGES: usize = 10_000;

/// What has been received, and what is answered instead of taking it.
#[derive(Debug, Default)]
pub(super) struct Sinks(Mutex<Received>);

#[derive(Debug, Default)]
struct Received {
    messages: Vec<Value>,
    /// What the next requests are answered.
    failure: Option<Failure>,
    /// Requests that were answered so.
    refused: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    status: u16,
    /// Seconds in `Retry-After`.
    retry_after: Option<u64>,
    /// After so many requests it ends; without it, when it is told to.
    times: Option<u64>,
}

impl Sinks {
    fn lock(&self) -> MutexGuard<'_, Received> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The failure that a request meets, if one is asked for.
    fn refuse(&self) -> Option<Response> {
        let mut received = self.lock();
        let failure = received.failure.clone()?;
        received.refused += 1;
        if let Some(times) = received.failure.as_mut().and_then(|failure| failure.times.as_mut()) {
            *times -= 1;
            if *times == 0 {
                received.failure = None;
            }
        }
        let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, "failed on demand").into_response();
        if let Some(value) = failure.retry_after.and_then(|seconds| seconds.to_string().parse().ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        Some(response)
    }

    fn take(&self, to: &str, headers: &HeaderMap, body: Value) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let message = json!({
            "to": to,
            "id": text("idempotency-key"),
            "signature": text("x-gluedeck-signature"),
            "body": body,
        });
        let mut received = self.lock();
        received.messages.push(message);
        let more = received.messages.len().saturating_sub(MAX_MESSAGES);
        received.messages.drain(..more);
    }
}

/// `POST /_sandbox/slack`: an incoming webhook of Slack. What Slack does not take is refused as Slack refuses it.
pub(super) async fn slack(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = endpoint.sinks.refuse() {
        return refused;
    }
    let message = serde_json::from_slice::<Value>(&body).ok().filter(Value::is_object);
    let Some(message) = message else { return (StatusCode::BAD_REQUEST, "invalid_payload").into_response() };
    if let Some(reason) = not_slack(&message) {
        return (StatusCode::BAD_REQUEST, reason).into_response();
    }
    endpoint.sinks.take("slack", &headers, message);
    (StatusCode::OK, "ok").into_response()
}

/// Why Slack refuses a message ("Sending messages using incoming webhooks", "Block Kit": limits of sections).
fn not_slack(message: &Value) -> Option<&'static str> {
    let text = message.get("text").and_then(Value::as_str);
    let blocks = message.get("blocks").and_then(Value::as_array);
    if text.is_none_or(str::is_empty) && blocks.is_none_or(Vec::is_empty) {
        return Some("no_text");
    }
    let is_block = |block: &Value| {
        let text = block.get("text").and_then(|text| text.get("text")).and_then(Value::as_str);
        block.get("type").and_then(Value::as_str) == Some("section")
            && text.is_some_and(|text| (1..=3_000).contains(&text.chars().count()))
    };
    let fits = blocks.is_none_or(|blocks| blocks.len() <= 50 && blocks.iter().all(is_block));
    (!fits).then_some("invalid_blocks")
}

/// `POST /_sandbox/webhook`: takes any JSON.
pub(super) async fn webhook(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = endpoint.sinks.refuse() {
        return refused;
    }
    match serde_json::from_slice::<Value>(&body) {
        Ok(message) => {
            endpoint.sinks.take("webhook", &headers, message);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

/// `GET /_sandbox/messages`: what the two have received.
pub(super) async fn messages(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let received = endpoint.sinks.lock();
    let ids: BTreeSet<&str> = received.messages.iter().filter_map(|message| message["id"].as_str()).collect();
    super::control_route::answer(&json!({
        "received": received.messages.len(),
        "distinct": ids.len(),
        "refused": received.refused,
        "failure": received.failure,
        "messages": received.messages,
    }))
}

/// `POST /_sandbox/messages`: what the next requests to the two are answered; `null` ends it.
pub(super) async fn fail(State(endpoint): State<Arc<Endpoint>>, body: Bytes) -> Response {
    match serde_json::from_slice::<Option<Failure>>(&body) {
        Ok(Some(failure)) if !(400..=599).contains(&failure.status) || failure.times == Some(0) => {
            WireFault::new("ValidationException", "messages: status must be 400 to 599, times above 0").into_response()
        }
        Ok(failure) => {
            endpoint.sinks.lock().failure = failure;
            messages(State(endpoint)).await
        }
        Err(error) => WireFault::new("ValidationException", format!("messages: {error}")).into_response(),
    }
}
