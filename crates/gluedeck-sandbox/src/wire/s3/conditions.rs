//! Conditions on an object's ETag and time (RFC 9110; S3 service model, GetObject, CopyObject, PutObject).

use super::answer::precondition;
use super::request::Request;
use crate::objects::{ObjectInfo, WriteCondition};
use crate::wire::fault::WireFault;
use chrono::{DateTime, Utc};

/// What a reading request's conditions say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Go,
    NotModified,
    /// The header whose condition does not hold.
    Fails(&'static str),
}

/// Holds an object against the conditions of GET and HEAD.
pub(super) fn of_read(request: &Request, about: &ObjectInfo) -> Reading {
    read(request, "", about)
}

/// Holds the source of a copy against its conditions, which all fail alike.
///
/// # Errors
/// PreconditionFailed.
pub(super) fn of_source(request: &Request, about: &ObjectInfo) -> Result<(), WireFault> {
    match read(request, "x-amz-copy-source-", about) {
        Reading::Go => Ok(()),
        Reading::NotModified => Err(precondition("x-amz-copy-source-If-None-Match")),
        Reading::Fails(condition) => Err(precondition(condition)),
    }
}

fn read(request: &Request, prefix: &str, about: &ObjectInfo) -> Reading {
    let header = |name: &str| request.header(&format!("{prefix}{name}"));
    let time = |name: &str| {
        let text = header(name)?;
        let rfc = DateTime::parse_from_rfc2822(text).or_else(|_| DateTime::parse_from_rfc3339(text));
        rfc.ok().map(|at| at.timestamp())
    };
    let modified = about.modified.timestamp();
    match header("if-match") {
        Some(wanted) if !matches(wanted, about) => return Reading::Fails("If-Match"),
        Some(_) => {}
        None => {
            if time("if-unmodified-since").is_some_and(|since| modified > since) {
                return Reading::Fails("If-Unmodified-Since");
            }
        }
    }
    let unchanged = match header("if-none-match") {
        Some(wanted) => matches(wanted, about),
        None => time("if-modified-since").is_some_and(|since| modified <= since),
    };
    if unchanged { Reading::NotModified } else { Reading::Go }
}

/// Whether a list of ETags has the object's.
fn matches(wanted: &str, about: &ObjectInfo) -> bool {
    wanted.trim() == "*" || wanted.split(',').any(|etag| unquoted(etag) == about.etag)
}

pub(super) fn unquoted(etag: &str) -> &str {
    etag.trim().trim_start_matches("W/").trim_matches('"')
}

/// The conditions of a writing request.
///
/// # Errors
/// If there is one that S3 does not do.
pub(super) fn of_write(request: &Request) -> Result<WriteCondition, WireFault> {
    let if_absent = match request.header("if-none-match") {
        None => false,
        Some("*") => true,
        Some(_) => {
            let message = "A header you provided implies functionality that is not implemented";
            return Err(WireFault::new("NotImplemented", message).with("Header", "If-None-Match"));
        }
    };
    Ok(WriteCondition { if_absent, if_match: request.header("if-match").map(|etag| unquoted(etag).to_owned()) })
}

/// As headers have times.
pub(super) fn http_time(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
