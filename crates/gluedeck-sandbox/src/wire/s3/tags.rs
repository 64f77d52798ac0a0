//! Tags of objects.

use super::answer::{Answered, empty, malformed_xml, no_such_key, read_xml, xml};
use super::request::{Request, decoded};
use super::shapes::{Tag, TagSet, Tagging};
use crate::backend::Backend;
use crate::wire::fault::WireFault;
use axum::body::Body;
use axum::http::StatusCode;

/// Tags that an object may have.
const MAX_TAGS: usize = 10;

pub(super) fn get(backend: &Backend, request: &Request) -> Answered {
    let found = backend.lake.objects.get(&request.bucket, &request.key, backend.hub.now());
    let (_, about) = found.ok_or_else(|| no_such_key(&request.key))?;
    let tags = about.tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
    xml(&Tagging { tag_set: TagSet { tags: tags.collect() } })
}

pub(super) async fn put(backend: &Backend, request: &Request, body: Body) -> Answered {
    let given: Tagging = read_xml(body).await?;
    let tags: Vec<(String, String)> = given.tag_set.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    if tags.iter().any(|(key, _)| key.is_empty()) {
        return Err(malformed_xml());
    }
    checked(&tags)?;
    set(backend, request, tags, StatusCode::OK)
}

pub(super) fn delete(backend: &Backend, request: &Request) -> Answered {
    set(backend, request, Vec::new(), StatusCode::NO_CONTENT)
}

fn set(backend: &Backend, request: &Request, tags: Vec<(String, String)>, status: StatusCode) -> Answered {
    let objects = &backend.lake.objects;
    match objects.annotate(&request.bucket, &request.key, backend.hub.now(), |about| about.tags = tags) {
        true => empty(status),
        false => Err(no_such_key(&request.key)),
    }
}

fn checked(tags: &[(String, String)]) -> Result<(), WireFault> {
    if tags.len() > MAX_TAGS {
        return Err(WireFault::new("BadRequest", "Object tags cannot be greater than 10"));
    }
    let twice = |(place, (key, _)): (usize, &(String, String))| tags[..place].iter().any(|(other, _)| other == key);
    match tags.iter().enumerate().any(twice) {
        true => Err(WireFault::new("InvalidTag", "Cannot provide multiple Tags with the same key")),
        false => Ok(()),
    }
}

/// The tags of a header: `a=b&c=d`.
pub(super) fn of_header(request: &Request) -> Result<Vec<(String, String)>, WireFault> {
    let pairs = request.header("x-amz-tagging").unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let tags: Result<Vec<_>, WireFault> = pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(&key.replace('+', " "))?, decoded(&value.replace('+', " "))?))
        })
        .collect();
    let tags = tags?;
    checked(&tags)?;
    Ok(tags)
}
