//! A request to S3: where, what its query string and its headers say, and who signed a link.

use crate::wire::caller::Caller;
use crate::wire::fault::WireFault;
use axum::http::{HeaderMap, StatusCode, Uri};
use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// Seconds for which a link is good at the most.
const MAX_LINK_SECONDS: i64 = 604_800;

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) headers: HeaderMap,
}

impl Request {
    pub(super) fn of(uri: &Uri, headers: HeaderMap) -> Result<Self, WireFault> {
        let path = uri.path().strip_prefix('/').unwrap_or(uri.path());
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let mut query = BTreeMap::new();
        for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            query.insert(decoded(name)?, decoded(&value.replace('+', " "))?);
        }
        let (bucket, key) = (decoded(bucket)?, decoded(key)?);
        if key.len() > 1_024 {
            let fault = WireFault::new("KeyTooLongError", "Your key is too long");
            return Err(fault.with("Size", key.len()).with("MaxSizeAllowed", 1_024));
        }
        Ok(Self { bucket, key, query, headers })
    }

    /// A parameter of the query string; empty if it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A header that is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
    }

    /// A number of things that a page may have, of which at most `most` come.
    pub(super) fn page_size(&self, name: &str, most: usize) -> Result<usize, WireFault> {
        match self.query.get(name) {
            None => Ok(most),
            Some(text) => match text.parse::<i32>() {
                Ok(number) if number >= 0 => Ok((number as usize).min(most)),
                _ => {
                    let message = format!("Provided {name} not an integer or within integer range");
                    Err(WireFault::new("InvalidArgument", message)
                        .with("ArgumentName", name)
                        .with("ArgumentValue", text.as_str()))
                }
            },
        }
    }

    /// The caller of a link that was signed in its query string; None if it was not. Clients sign with this machine's clock, so
    /// the real time says whether it has expired.
    pub(super) fn link(&self) -> Result<Option<Caller>, WireFault> {
        let expired = |at: DateTime<Utc>| {
            let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
            WireFault::new("AccessDenied", "Request has expired")
                .with("Expires", time(at))
                .with("ServerTime", time(Utc::now()))
                .status(StatusCode::FORBIDDEN)
        };
        let wrong = |message: &str| Err(WireFault::new("AuthorizationQueryParametersError", message));
        if let Some(scope) = self.query.get("X-Amz-Credential") {
            let Ok(date) = NaiveDateTime::parse_from_str(self.text("X-Amz-Date"), "%Y%m%dT%H%M%SZ") else {
                return wrong("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
            };
            let seconds = self.text("X-Amz-Expires").parse::<i64>().unwrap_or(-1);
            if seconds < 0 {
                return wrong("X-Amz-Expires should be a number");
            }
            if seconds > MAX_LINK_SECONDS {
                return wrong(
                    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less \
                     than 604800 seconds",
                );
            }
            let end = date.and_utc() + TimeDelta::seconds(seconds);
            let expired = |end| expired(end).with("X-Amz-Expires", seconds);
            return if end < Utc::now() { Err(expired(end)) } else { Caller::of_scope(scope).map(Some) };
        }
        // Version 2, as boto3 signs links unless it is given_info otherwise: it names no Region.
        if let Some(access_key) = self.query.get("AWSAccessKeyId") {
            let end = self.text("Expires").parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            let Some(end) = end else {
                return Err(WireFault::new("AccessDenied", "Invalid date (should be seconds since epoch)")
                    .status(StatusCode::FORBIDDEN));
            };
            let scope = format!("{access_key}/0/us-east-1/s3/aws4_request");
            return if end < Utc::now() { Err(expired(end)) } else { Caller::of_scope(&scope).map(Some) };
        }
        Ok(None)
    }
}

/// Text that is percent-encoded.
pub(super) fn decoded(text: &str) -> Result<String, WireFault> {
    let plain = percent_decode_str(text).decode_utf8();
    plain.map(|text| text.into_owned()).map_err(|_| WireFault::new("InvalidURI", "Couldn't parse the specified URI."))
}
