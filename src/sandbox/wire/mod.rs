//! The wire: AWS JSON 1.1 over HTTP, one POST that is dispatched on `X-Amz-Target`.

mod athena;
mod control_route;
mod fault;
mod glue;
mod glue_json;
mod input;
mod logs;
mod query_protocol;

use self::fault::WireFault;
use super::athena::Athena;
use super::control::Hub;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) hub: Arc<Hub>,
    pub(crate) athena: Arc<Athena>,
    /// Calls by operation since the start.
    pub(crate) calls: Mutex<BTreeMap<String, u64>>,
}

/// An operation's answer.
type Answer = Result<Value, WireFault>;

/// The routes of the endpoint.
pub(crate) fn router(endpoint: Arc<Endpoint>) -> Router {
    Router::new()
        .route("/", post(call))
        .route("/_sandbox/clock", get(control_route::clock).post(control_route::set_clock))
        .route("/_sandbox/calls", get(control_route::calls))
        .fallback(no_such_route)
        .with_state(endpoint)
}

async fn call(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(target) = headers.get("x-amz-target").and_then(|value| value.to_str().ok()) else {
        return query_protocol::call(&endpoint, &body);
    };
    let Some((service, operation)) = target.split_once('.') else {
        return WireFault::unknown_operation(target).into_response();
    };
    let answer = match serde_json::from_slice::<Value>(&body) {
        Ok(input @ Value::Object(_)) => dispatch(&endpoint, service, operation, input).await,
        _ => Err(WireFault::new("SerializationException", "The body is not a JSON object")),
    };
    match answer {
        Err(fault) => fault.into_response(),
        Ok(value) => {
            let headers = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
            (StatusCode::OK, headers, glue::compact(value).to_string()).into_response()
        }
    }
}

async fn dispatch(endpoint: &Arc<Endpoint>, service: &str, operation: &str, input: Value) -> Answer {
    endpoint.count(operation);
    let input = input::Input::new(input);
    match service {
        "AWSGlue" => {
            // Reading the catalog may bring the past onto the disk, which takes real time.
            let (endpoint, operation) = (Arc::clone(endpoint), operation.to_owned());
            tokio::task::spawn_blocking(move || glue::call(&endpoint, &operation, &input))
                .await
                .unwrap_or_else(|_| Err(WireFault::internal()))
        }
        "Logs_20140328" => logs::call(&endpoint.hub, operation, &input),
        "AmazonAthena" => athena::call(endpoint, operation, &input).await,
        "ServiceQuotasV20190624" => glue::quota(&endpoint.hub, operation, &input),
        _ => Err(WireFault::unknown_operation(&format!("{service}.{operation}"))),
    }
}

async fn no_such_route() -> Response {
    WireFault::unknown_operation("this path").into_response()
}

impl Endpoint {
    fn count(&self, operation: &str) {
        let mut calls = self.calls.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *calls.entry(operation.to_owned()).or_default() += 1;
    }
}
