//! A request to a URL of the user's own, such as a webhook: not to AWS, and not signed as its requests are.

use crate::session::{is_loopback, trusted};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use std::time::Duration;
use thiserror::Error;

/// What the receiver answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How long to wait before the next attempt, if it says so in seconds (`Retry-After`, RFC 9110).
    pub retry_after: Option<Duration>,
}

/// Why nothing was answered. The URL is not named: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PostError {
    #[error("not a URL of http or https")]
    Url,
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    #[error("{0}")]
    Connection(String),
}

/// Posts a body, and waits for the answer's head.
///
/// # Errors
/// If there is no answer within that time.
pub async fn post(url: &str, headers: &[(&str, String)], body: String, within: Duration) -> Result<Answer, PostError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST").map_err(|_| PostError::Url)?;
    request.set_uri(url.to_owned()).map_err(|_| PostError::Url)?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(PostError::Url);
    }
    for (name, value) in headers {
        request.headers_mut().try_insert((*name).to_owned(), value.clone()).map_err(|_| PostError::Url)?;
    }
    let proxy = if is_loopback(url) { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
    let trusted = trusted().map_err(|error| PostError::Connection(error.to_string()))?;
    let connector = Connector::builder().proxy_config(proxy).tls_provider(Provider::Rustls(CryptoMode::Ring));
    let call = connector.tls_context(trusted).build().call(request);
    let answered = tokio::time::timeout(within, call).await.map_err(|_| PostError::Timeout(within))?;
    let response = answered.map_err(|error| PostError::Connection(without_url(&error, url)))?;
    let retry_after = response.headers().get("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    Ok(Answer { status: response.status().as_u16(), retry_after })
}

/// The innermost reason of an error, without the URL, should it name it.
fn without_url(error: &dyn std::error::Error, url: &str) -> String {
    let mut reason = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    reason.to_string().replace(url, "the URL")
}
