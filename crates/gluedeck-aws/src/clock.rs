//! The sandbox's clock, learned over HTTP like everything else. AWS has none, and then the system's is right.

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use gluedeck_core::domain::Time;
use serde::Deserialize;
use std::time::Duration;

/// What `GET /_sandbox/clock` answers.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct ClockReading {
    pub now: Time,
    /// Simulated seconds a wall second.
    pub speed: f64,
    pub paused: bool,
}

/// Reads the clock of an endpoint; `None` if it is no sandbox, or does not answer within that time. Only a server on this
/// machine, by plain HTTP, is asked: a sandbox is nowhere else.
pub async fn read_clock(endpoint: &str, within: Duration) -> Option<ClockReading> {
    let address = endpoint.strip_prefix("http://")?.trim_end_matches('/');
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    if !matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
        return None;
    }
    tokio::time::timeout(within, ask(address)).await.ok()?
}

async fn ask(address: &str) -> Option<ClockReading> {
    let mut request = HttpRequest::empty();
    request.set_uri(format!("http://{address}/_sandbox/clock")).ok()?;
    let response = Connector::builder().build_http().call(request).await.ok()?;
    let body = ByteStream::new(response.into_body()).collect().await.ok()?;
    serde_json::from_slice(&body.into_bytes()).ok()
}
