//! The sandbox's own routes: its clock, its counters, its faults. `GET /_sandbox` describes them.

use super::Endpoint;
use super::fault::WireFault;
use crate::control::Time;
use crate::faults::FaultRule;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use gluedeck_pipeline::file::Format;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /_sandbox/clock`.
pub(super) async fn clock(State(endpoint): State<Arc<Endpoint>>) -> Response {
    answer(&clock_value(&endpoint))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    now: Option<Time>,
    speed: Option<f64>,
    paused: Option<bool>,
}

/// `POST /_sandbox/clock`: any of `now` (forward only; what lies between happens), `speed`, `paused`.
pub(super) async fn set_clock(State(endpoint): State<Arc<Endpoint>>, body: Bytes) -> Response {
    let change: ClockChange = match serde_json::from_slice(&body) {
        Ok(change) => change,
        Err(error) => return WireFault::new("ValidationException", format!("clock: {error}")).into_response(),
    };
    if change.speed.is_some_and(|speed| !(speed > 0.0 && speed <= 1e6)) {
        return WireFault::new("ValidationException", "clock: speed must be above 0 and at most 1000000")
            .into_response();
    }
    if let Some(to) = change.now {
        let now = endpoint.backends.engine.now();
        if to < now || to > now + chrono::Days::new(366) {
            let message = format!("clock: now must lie between {now} and a year later");
            return WireFault::new("ValidationException", message).into_response();
        }
    }
    endpoint.backends.engine.clock(|clock| {
        if let Some(speed) = change.speed {
            clock.set_speed(speed);
        }
        if let Some(paused) = change.paused {
            clock.set_paused(paused);
        }
    });
    if let Some(to) = change.now {
        let engine = Arc::clone(&endpoint.backends.engine);
        // Everything that lies between happens for real, on the lake too, so this may take a while.
        if tokio::task::spawn_blocking(move || engine.advance(to)).await.is_err() {
            return WireFault::internal().into_response();
        }
    }
    answer(&clock_value(&endpoint))
}

/// `GET /_sandbox/calls`: the number of calls by operation.
pub(super) async fn calls(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let calls = endpoint.calls.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    answer(&json!(*calls))
}

/// `GET /_sandbox/faults`: the rules in force.
pub(super) async fn faults(State(endpoint): State<Arc<Endpoint>>) -> Response {
    answer(&json!(endpoint.faults.rules()))
}

/// `POST /_sandbox/faults`: an array of rules, in place of the ones in force; `[]` ends them.
pub(super) async fn set_faults(State(endpoint): State<Arc<Endpoint>>, body: Bytes) -> Response {
    match serde_json::from_slice::<Vec<FaultRule>>(&body) {
        Ok(rules) if rules.iter().any(|rule| !(0.0..=1.0).contains(&rule.rate)) => {
            WireFault::new("ValidationException", "faults: rate must lie between 0 and 1").into_response()
        }
        Ok(rules) => {
            endpoint.faults.set(rules);
            answer(&json!(endpoint.faults.rules()))
        }
        Err(error) => WireFault::new("ValidationException", format!("faults: {error}")).into_response(),
    }
}

/// `GET /_sandbox/pipeline`: the names of the tables that are in force.
pub(super) async fn pipeline(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let pipeline = endpoint.backends.pipeline();
    let records: Vec<&str> = pipeline.records.iter().map(|record| record.scope_id.as_str()).collect();
    answer(&json!({ "project": pipeline.project, "records": records }))
}

/// `POST /_sandbox/pipeline`: a pipeline's file, in place of the one in force. JSON, or by its content type TOML or YAML.
pub(super) async fn set_pipeline(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap, body: Bytes) -> Response {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let format = match content_type {
        name if name.contains("toml") => Format::Toml,
        name if name.contains("yaml") => Format::Yaml,
        _ => Format::Json,
    };
    let text = String::from_utf8_lossy(&body);
    let pipeline = match gluedeck_pipeline::read(&text, format) {
        Ok(pipeline) => pipeline,
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(|problem| format!("pipeline:{problem}")).collect();
            return WireFault::new("ValidationException", lines.join("\n")).into_response();
        }
    };
    let shared = Arc::clone(&endpoint);
    match tokio::task::spawn_blocking(move || shared.backends.set_pipeline(pipeline)).await {
        Err(_) => WireFault::internal().into_response(),
        Ok(Err(reason)) => WireFault::new("ValidationException", format!("pipeline: {reason}")).into_response(),
        Ok(Ok(())) => self::pipeline(State(endpoint)).await,
    }
}

/// `GET /_sandbox`: what there is, in words.
pub(super) async fn index() -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], INDEX).into_response()
}

const INDEX: &str = "\
The sandbox's own routes. Everything else is AWS's protocol.

GET  /_sandbox/clock    {\"now\": RFC 3339, \"speed\": simulated seconds a second, \"paused\": bool}
POST /_sandbox/clock    any of these keys; now goes forward only, and what lies between happens
GET  /_sandbox/calls    the number of calls by operation
GET  /_sandbox/pipeline the tables of the pipeline
POST /_sandbox/pipeline a pipeline's file in place of the one in force: tables are added, changed and removed at once
GET  /_sandbox/faults   the fault rules in force
POST /_sandbox/faults   an array of rules in place of them; [] ends them. A rule has any of
                        service, operation (a * at its end matches any ending), resource (text in the body),
                        rate (0 to 1), after_s, times, latency_ms, error, message, status, body, and, after a
                        call that was carried out, lose_answer or cut_answer (not of S3, STS and live tail).
                        The operation RunQuery is a query at work: late, or, with an error, back in QUEUED
POST /_sandbox/slack    an incoming webhook of Slack; /_sandbox/webhook takes any JSON
GET  /_sandbox/messages what the two have received; distinct counts the values of Idempotency-Key
POST /_sandbox/messages {\"status\": 400 to 599, \"retry_after\": seconds, \"times\": requests} is answered from now on; null ends it
";

fn clock_value(endpoint: &Endpoint) -> Value {
    let (now, speed, paused) = endpoint.backends.engine.clock(|clock| (clock.now(), clock.speed(), clock.paused()));
    json!({ "now": now.to_rfc3339_opts(SecondsFormat::Millis, true), "speed": speed, "paused": paused })
}

pub(super) fn answer(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}
