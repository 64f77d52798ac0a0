//! The sandbox's own routes: its clock and its counters.

use super::Endpoint;
use super::fault::WireFault;
use crate::sandbox::control::Time;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
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
        let now = endpoint.hub.now();
        if to < now || to > now + chrono::Days::new(366) {
            let message = format!("clock: now must lie between {now} and a year later");
            return WireFault::new("ValidationException", message).into_response();
        }
    }
    endpoint.hub.clock(|clock| {
        if let Some(speed) = change.speed {
            clock.set_speed(speed);
        }
        if let Some(paused) = change.paused {
            clock.set_paused(paused);
        }
    });
    if let Some(to) = change.now {
        let hub = Arc::clone(&endpoint.hub);
        // Everything that lies between happens for real, on the lake too, so this may take a while.
        if tokio::task::spawn_blocking(move || hub.advance(to)).await.is_err() {
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

fn clock_value(endpoint: &Endpoint) -> Value {
    let (now, speed, paused) = endpoint.hub.clock(|clock| (clock.now(), clock.speed(), clock.paused()));
    json!({ "now": now.to_rfc3339_opts(SecondsFormat::Millis, true), "speed": speed, "paused": paused })
}

fn answer(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}
