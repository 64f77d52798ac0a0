//! The wire: AWS JSON 1.1 over HTTP, one POST that is dispatched on `X-Amz-Target`; the query protocol for STS; S3's
//! paths; and the sandbox's own routes.

mod athena;
mod athena_catalog;
mod athena_workgroups;
mod bookmarks;
mod caller;
mod control_route;
mod databases;
mod dynamodb;
mod fault;
mod foreign;
mod glue;
mod glue_changes;
mod glue_common;
mod glue_json;
mod guard;
mod input;
mod insights;
mod live_tail;
mod logs;
mod metrics;
mod partitions;
mod quality;
mod query_protocol;
mod rates;
mod s3;
mod sinks;
mod tables;
mod triggers;

use self::caller::Caller;
use self::fault::WireFault;
use super::backend::{Backend, Backends};
use super::faults::{AnswerFault, FaultRule, Faults};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Bytes of a request's body; AWS's own limits are lower still for most operations.
const MAX_BODY_BYTES: usize = 8 << 20;

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) backends: Backends,
    pub(crate) faults: Arc<Faults>,
    rates: rates::Rates,
    sinks: sinks::Sinks,
    /// Calls by operation since the start.
    calls: Mutex<BTreeMap<String, u64>>,
    requests: AtomicU64,
}

/// An operation's answer.
type Answer = Result<Value, WireFault>;

/// The routes of the endpoint, which listens on `bind`.
pub(crate) fn router(endpoint: Arc<Endpoint>, bind: IpAddr) -> Router {
    Router::new()
        .route("/", post(call).get(s3::list_buckets))
        .route("/_sandbox", get(control_route::index))
        .route("/_sandbox/clock", get(control_route::clock).post(control_route::set_clock))
        .route("/_sandbox/calls", get(control_route::calls))
        .route("/_sandbox/pipeline", get(control_route::pipeline).post(control_route::set_pipeline))
        .route("/_sandbox/faults", get(control_route::faults).post(control_route::set_faults))
        .route("/_sandbox/slack", post(sinks::slack))
        .route("/_sandbox/webhook", post(sinks::webhook))
        .route("/_sandbox/messages", get(sinks::messages).post(sinks::fail))
        .fallback(s3::object)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(axum::middleware::from_fn_with_state(bind, guard::guard))
        .with_state(endpoint)
}

async fn call(
    State(endpoint): State<Arc<Endpoint>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let answered = match body {
        Err(_) => Err(WireFault::too_large()),
        Ok(body) => operate(&endpoint, &headers, body).await,
    };
    endpoint.finish(answered.unwrap_or_else(IntoResponse::into_response))
}

/// One operation, with whatever the faults do to it.
async fn operate(endpoint: &Arc<Endpoint>, headers: &HeaderMap, body: Bytes) -> Result<Response, WireFault> {
    let Some(target) = headers.get("x-amz-target").and_then(|value| value.to_str().ok()) else {
        return query_protocol::call(endpoint, headers, &body).await;
    };
    let (prefix, operation) = target.split_once('.').ok_or_else(|| WireFault::unknown_operation(target))?;
    let service = service(prefix).ok_or_else(|| WireFault::unknown_operation(target))?;
    let fault = endpoint.apply_faults(service, operation, &body).await?;
    let caller = Caller::of(headers)?;
    let backend = endpoint.backend(&caller)?;
    caller.authorize(&backend.environment.account, service, operation)?;
    let input = match serde_json::from_slice::<Value>(&body) {
        Ok(input @ Value::Object(_)) => input::Input::new(input),
        _ => return Err(WireFault::new("SerializationException", "The body is not a JSON object")),
    };
    if service == "athena" && backend.lake.world.scenario.athena_rates {
        endpoint.rates.take(operation)?;
    }
    endpoint.count(operation);
    if (service, operation) == ("logs", "StartLiveTail") {
        return live_tail::start(&backend, input);
    }
    let answer = dispatch(&backend, &caller, service, operation, input).await;
    let headers = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
    match fault {
        AnswerFault::Lost => std::future::pending().await,
        AnswerFault::Cut => {
            let cut = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
            Ok((StatusCode::OK, headers, Body::from_stream(cut)).into_response())
        }
        AnswerFault::None => {
            let mut answer = answer?;
            glue::compact(&mut answer);
            Ok((StatusCode::OK, headers, answer.to_string()).into_response())
        }
    }
}

/// An object of members that are values already. `json!` copies each value it is given, and a graph lies five deep.
pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    members.into_iter().collect()
}

/// The service of a target's prefix, as IAM calls it.
fn service(prefix: &str) -> Option<&'static str> {
    Some(match prefix {
        "AWSGlue" => "glue",
        "Logs_20140328" => "logs",
        "AmazonAthena" => "athena",
        "DynamoDB_20120810" => "dynamodb",
        "ServiceQuotasV20190624" => "servicequotas",
        "GraniteServiceVersion20100801" => "cloudwatch",
        _ => return None,
    })
}

async fn dispatch(
    backend: &Arc<Backend>,
    caller: &Caller,
    service: &str,
    operation: &str,
    input: input::Input,
) -> Answer {
    match service {
        "athena" => {
            let answer = athena::call(backend, caller, operation, &input).await;
            answer.map_err(|fault| fault.in_words_of("InvalidRequestException"))
        }
        "servicequotas" => glue::quota(backend, operation, &input),
        "cloudwatch" => metrics::call(&backend.hub, operation, &input),
        _ => {
            // Reading the catalog may bring the past onto the disk, and logs may be long: both take real time.
            let (backend, operation, service) = (Arc::clone(backend), operation.to_owned(), service.to_owned());
            let work = tokio::task::spawn_blocking(move || match service.as_str() {
                "glue" => glue::call(&backend, &operation, &input),
                "dynamodb" => dynamodb::call(&backend, &operation, &input),
                _ => insights::call(&backend, &operation, &input)
                    .unwrap_or_else(|| logs::call(&backend, &operation, &input))
                    .map_err(|fault| fault.in_words_of("InvalidParameterException")),
            });
            work.await.unwrap_or_else(|_| Err(WireFault::internal()))
        }
    }
}

impl Endpoint {
    pub(crate) fn new(backends: Backends, faults: Arc<Faults>) -> Self {
        let (rates, sinks, calls, requests) = Default::default();
        Self { backends, faults, rates, sinks, calls, requests }
    }

    fn backend(&self, caller: &Caller) -> Result<Arc<Backend>, WireFault> {
        self.backends.of(&caller.access_key, &caller.region).map_err(|_| WireFault::internal())
    }

    fn count(&self, operation: &str) {
        let mut calls = self.calls.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *calls.entry(operation.to_owned()).or_default() += 1;
    }

    /// Lets the faults have their way with a call. Answers what is to become of its answer.
    async fn apply_faults(&self, service: &str, operation: &str, body: &[u8]) -> Result<AnswerFault, WireFault> {
        let hit = self.faults.hit(service, operation, body);
        if !hit.latency.is_zero() {
            tokio::time::sleep(hit.latency).await;
        }
        match hit.instead {
            None => Ok(hit.answer),
            Some(rule) => {
                self.count(&format!("{operation} (fault)"));
                Err(WireFault::of_rule(&rule))
            }
        }
    }

    /// The headers that every answer has.
    fn finish(&self, mut response: Response<Body>) -> Response<Body> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let id = format!("5a4db0c5-0000-4000-8000-{number:012x}");
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-amzn-requestid", value);
        }
        response
    }
}

impl WireFault {
    fn of_rule(rule: &FaultRule) -> Self {
        let status =
            rule.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::BAD_REQUEST);
        let code = rule.error.as_deref().unwrap_or(if status.is_server_error() {
            "InternalFailure"
        } else {
            "ValidationException"
        });
        Self::new(code, rule.message.as_deref().unwrap_or("a fault that was asked for"))
            .status(status)
            .verbatim(rule.body.clone())
    }
}
