//! Answers of S3: XML, empty ones, and the faults that many operations have.

use crate::objects::{ObjectInfo, WriteError};
use crate::wire::fault::WireFault;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

/// What an operation answers.
pub(super) type Answered = Result<Response, WireFault>;

/// A shape as XML, in S3's namespace.
pub(super) fn xml(shape: &impl Serialize) -> Answered {
    document(quick_xml::se::to_string(shape))
}

/// The same for a shape that does not say its own name, since one of its members is a map.
pub(super) fn xml_named(root: &str, shape: &impl Serialize) -> Answered {
    document(quick_xml::se::to_string_with_root(root, shape))
}

fn document(text: Result<String, quick_xml::se::SeError>) -> Answered {
    let text = text.map_err(|_| WireFault::internal())?;
    // The root is the only element with a namespace of its own.
    let end = text.find(['>', '/', ' ']).unwrap_or(text.len());
    let (root, rest) = text.split_at(end);
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{root} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"{rest}"
    );
    Ok(([(header::CONTENT_TYPE, "application/xml")], body).into_response())
}

pub(super) fn empty(status: StatusCode) -> Answered {
    Response::builder().status(status).body(Body::empty()).map_err(|_| WireFault::internal())
}

/// As XML has times.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An ETag as headers and XML have it.
pub(super) fn etag(about: &ObjectInfo) -> String {
    format!("\"{}\"", about.etag)
}

pub(super) fn no_such_bucket(bucket: &str) -> WireFault {
    let fault = WireFault::new("NoSuchBucket", "The specified bucket does not exist");
    fault.with("BucketName", bucket).status(StatusCode::NOT_FOUND)
}

pub(super) fn no_such_key(key: &str) -> WireFault {
    WireFault::new("NoSuchKey", "The specified key does not exist.").with("Key", key).status(StatusCode::NOT_FOUND)
}

pub(super) fn precondition(condition: &str) -> WireFault {
    let fault = WireFault::new("PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
    fault.with("Condition", condition).status(StatusCode::PRECONDITION_FAILED)
}

pub(super) fn argument(message: &str, name: &str, value: &str) -> WireFault {
    WireFault::new("InvalidArgument", message).with("ArgumentName", name).with("ArgumentValue", value)
}

pub(super) fn malformed_xml() -> WireFault {
    let message = "The XML you provided was not well-formed or did not validate against our published schema";
    WireFault::new("MalformedXML", message)
}

/// Why an object was not written.
pub(super) fn unwritten(error: WriteError, key: &str) -> WireFault {
    match error {
        WriteError::Precondition(condition) => precondition(condition),
        WriteError::Missing => no_such_key(key),
        WriteError::Disk => WireFault::internal(),
    }
}

/// The content of an XML body.
///
/// # Errors
/// If it is too large, or no such shape.
pub(super) async fn read_xml<T: serde::de::DeserializeOwned>(body: Body) -> Result<T, WireFault> {
    let bytes = axum::body::to_bytes(body, 2 << 20).await.map_err(|_| WireFault::too_large())?;
    quick_xml::de::from_reader(bytes.as_ref()).map_err(|_| malformed_xml())
}
