//! StartLiveTail: an event stream with one update a second, of what has arrived since the one before.

use super::fault::WireFault;
use super::input::Input;
use super::logs::{arrived_between, group_arn, group_of_arn, invalid, known_group};
use crate::backend::Backend;
use crate::logs::pattern::Pattern;
use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures::stream;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The service sends an update each second, with at most this many events, and ends a session after three hours.
const UPDATE_INTERVAL: Duration = Duration::from_secs(1);
const MAX_EVENTS: usize = 500;
const SESSION: Duration = Duration::from_secs(3 * 3_600);

/// A session, as it is carried from update to update.
struct Session {
    backend: Arc<Backend>,
    groups: Vec<String>,
    names: Vec<String>,
    prefixes: Vec<String>,
    pattern: Pattern,
    begun: Instant,
    seen: DateTime<Utc>,
    step: Step,
}

enum Step {
    Response,
    Start,
    Updates,
    Ended,
}

/// Opens a session. What is wrong with the request is refused before the stream begins.
pub(super) fn start(backend: &Arc<Backend>, input: Input) -> Result<Response, WireFault> {
    let identifiers = input.texts("logGroupIdentifiers")?;
    if identifiers.is_empty() || identifiers.len() > 10 {
        return Err(invalid("logGroupIdentifiers must have between 1 and 10 members"));
    }
    if identifiers.iter().any(|arn| arn.ends_with(":*") || !arn.starts_with("arn:")) {
        return Err(invalid("logGroupIdentifiers must be ARNs without :* at their end"));
    }
    let (names, prefixes) = (input.texts("logStreamNames")?, input.texts("logStreamNamePrefixes")?);
    if (!names.is_empty() || !prefixes.is_empty()) && identifiers.len() > 1 {
        return Err(invalid("Stream names can be given with a single log group only"));
    }
    if !names.is_empty() && !prefixes.is_empty() {
        return Err(invalid("logStreamNames and logStreamNamePrefixes cannot be given together"));
    }
    let pattern = Pattern::parse(input.text("logEventFilterPattern")?.unwrap_or_default())
        .map_err(|why| invalid(&format!("Invalid filter pattern: {why}")))?;
    let groups = backend.hub.read(|control, _| {
        let known = identifiers.iter().map(|arn| known_group(control, group_of_arn(arn)));
        known.collect::<Result<Vec<_>, _>>()
    })?;
    let session = Session {
        backend: Arc::clone(backend),
        groups,
        names,
        prefixes,
        pattern,
        begun: Instant::now(),
        seen: backend.hub.now(),
        step: Step::Response,
    };
    let frames = stream::unfold(session, |mut session| async move {
        let frame = session.next().await?;
        Some((frame, session))
    });
    let headers = [(header::CONTENT_TYPE, "application/vnd.amazon.eventstream")];
    Ok((StatusCode::OK, headers, Body::from_stream(frames)).into_response())
}

impl Session {
    async fn next(&mut self) -> Option<Result<Bytes, std::io::Error>> {
        let (kind, payload) = match self.step {
            Step::Response => {
                self.step = Step::Start;
                ("initial-response", json!({}))
            }
            Step::Start => {
                self.step = Step::Updates;
                ("sessionStart", self.opening())
            }
            Step::Updates if self.begun.elapsed() > SESSION => {
                self.step = Step::Ended;
                return Some(frame(
                    "exception",
                    "SessionTimeoutException",
                    &json!({ "message": "The session has ended" }),
                ));
            }
            Step::Updates => {
                tokio::time::sleep(UPDATE_INTERVAL).await;
                ("sessionUpdate", self.update())
            }
            Step::Ended => return None,
        };
        Some(frame("event", kind, &payload))
    }

    fn opening(&self) -> Value {
        let arns: Vec<String> =
            self.backend.hub.read(|control, _| self.groups.iter().map(|group| group_arn(control, group)).collect());
        json!({
            "requestId": "00000000-0000-4000-8000-000000000001", "sessionId": "00000000-0000-4000-8000-000000000002",
            "logGroupIdentifiers": arns, "logStreamNames": self.names, "logStreamNamePrefixes": self.prefixes,
        })
    }

    fn update(&mut self) -> Value {
        let now = self.backend.hub.now();
        let wanted = |name: &str| {
            (self.names.is_empty() || self.names.iter().any(|known| known == name))
                && (self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| name.starts_with(prefix)))
        };
        let (mut results, mut sampled) = (Vec::new(), false);
        for group in &self.groups {
            let (events, more) = arrived_between(&self.backend, group, wanted, (self.seen, now), MAX_EVENTS);
            sampled |= more;
            let arn = self.backend.hub.read(|control, _| group_arn(control, group));
            for (stream, event) in events.into_iter().filter(|(_, event)| self.pattern.matches(&event.message)) {
                results.push(json!({
                    "logStreamName": stream, "logGroupIdentifier": arn, "message": event.message,
                    "timestamp": event.at.timestamp_millis(), "ingestionTime": event.ingested.timestamp_millis(),
                }));
            }
        }
        self.seen = now;
        sampled |= results.len() > MAX_EVENTS;
        results.truncate(MAX_EVENTS);
        json!({ "sessionMetadata": { "sampled": sampled }, "sessionResults": results })
    }
}

fn frame(message_type: &'static str, kind: &'static str, payload: &Value) -> Result<Bytes, std::io::Error> {
    let text = |text: &'static str| HeaderValue::String(text.into());
    let name = if message_type == "exception" { ":exception-type" } else { ":event-type" };
    let message = Message::new(payload.to_string())
        .add_header(Header::new(":message-type", text(message_type)))
        .add_header(Header::new(name, text(kind)))
        .add_header(Header::new(":content-type", text("application/json")));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).map_err(std::io::Error::other)?;
    Ok(Bytes::from(bytes))
}
