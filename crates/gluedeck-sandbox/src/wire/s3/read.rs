//! GetObject, HeadObject, GetObjectAttributes.

use super::answer::{Answered, etag, no_such_key, precondition, xml};
use super::conditions::{Reading, http_time, of_read};
use super::request::Request;
use super::shapes::{GetObjectAttributesResponse, ObjectParts};
use crate::backend::Backend;
use crate::objects::ObjectInfo;
use crate::wire::fault::WireFault;
use axum::body::{Body, Bytes};
use axum::http::response::Builder;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures::stream;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Headers that a link may replace, by the parameter's end.
const REPLACEABLE: [&str; 6] =
    ["content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding"];

pub(super) fn get(backend: &Backend, request: &Request, head: bool) -> Answered {
    let found = backend.lake.objects.get(&request.bucket, &request.key, backend.hub.now());
    let (path, about) = found.ok_or_else(|| no_such_key(&request.key))?;
    match of_read(request, &about) {
        Reading::Go => {}
        Reading::NotModified => {
            let answer = Response::builder()
                .status(StatusCode::NOT_MODIFIED)
                .header(header::ETAG, etag(&about))
                .header(header::LAST_MODIFIED, http_time(about.modified));
            return answer.body(Body::empty()).map_err(|_| WireFault::internal());
        }
        Reading::Fails(condition) => return Err(precondition(condition)),
    }
    let len = about.size;
    let range = match request.query.get("partNumber") {
        Some(number) => Some(part_range(number, &about)?),
        None => request.header("range").and_then(|text| byte_range(text, len)),
    };
    let (status, from, to) = match range {
        Some(Err(())) => {
            let fault = WireFault::new("InvalidRange", "The requested range is not satisfiable");
            let asked = request.header("range").unwrap_or_default();
            let fault = fault.with("RangeRequested", asked).with("ActualObjectSize", len);
            return Err(fault.status(StatusCode::RANGE_NOT_SATISFIABLE));
        }
        Some(Ok((from, to))) => (StatusCode::PARTIAL_CONTENT, from, to),
        None => (StatusCode::OK, 0, len),
    };
    let mut answer = described(Response::builder().status(status), request, &about);
    answer = answer.header(header::CONTENT_LENGTH, to - from).header(header::ACCEPT_RANGES, "bytes");
    if status == StatusCode::PARTIAL_CONTENT {
        answer = answer.header(header::CONTENT_RANGE, format!("bytes {from}-{}/{len}", to.max(1) - 1));
    }
    if request.query.contains_key("partNumber") {
        answer = answer.header("x-amz-mp-parts-count", about.parts.len().max(1));
    }
    if status == StatusCode::OK
        && request.header("x-amz-checksum-mode").is_some_and(|mode| mode.eq_ignore_ascii_case("enabled"))
        && let Some(checksum) = &about.checksum
    {
        let kind = if checksum.composite { "COMPOSITE" } else { "FULL_OBJECT" };
        answer = answer.header(checksum.algorithm.header(), &checksum.value).header("x-amz-checksum-type", kind);
    }
    let body = if head { Body::empty() } else { content(&path, from, to)? };
    answer.body(body).map_err(|_| WireFault::internal())
}

/// The headers that say what an object is.
fn described(mut answer: Builder, request: &Request, about: &ObjectInfo) -> Builder {
    answer = answer.header(header::ETAG, etag(about)).header(header::LAST_MODIFIED, http_time(about.modified));
    let mut headers = about.headers.clone();
    headers.entry("content-type".to_owned()).or_insert_with(|| "binary/octet-stream".to_owned());
    for name in REPLACEABLE {
        if let Some(value) = request.query.get(&format!("response-{name}")) {
            headers.insert(name.to_owned(), value.clone());
        }
    }
    if headers.get("x-amz-storage-class").is_some_and(|class| class == "STANDARD") {
        headers.remove("x-amz-storage-class");
    }
    let metadata = about.metadata.iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone()));
    headers.extend(metadata);
    if !about.tags.is_empty() {
        headers.insert("x-amz-tagging-count".to_owned(), about.tags.len().to_string());
    }
    for (name, value) in headers {
        // What came as a header can be one again.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes())) {
            answer = answer.header(name, value);
        }
    }
    answer
}

/// A part of a file, read as the client takes it.
fn content(path: &Path, from: u64, to: u64) -> Result<Body, WireFault> {
    let mut file = File::open(path).map_err(|_| WireFault::internal())?;
    file.seek(SeekFrom::Start(from)).map_err(|_| WireFault::internal())?;
    let chunks = stream::unfold((file, to - from), |(mut file, left)| async move {
        let mut chunk = vec![0; left.min(1 << 18) as usize];
        if left == 0 {
            return None;
        }
        match file.read(&mut chunk) {
            Ok(0) => None,
            Ok(read) => {
                chunk.truncate(read);
                Some((Ok(Bytes::from(chunk)), (file, left - read as u64)))
            }
            Err(error) => Some((Err(error), (file, 0))),
        }
    });
    Ok(Body::from_stream(chunks))
}

/// `bytes=a-b`, `bytes=a-`, `bytes=-n`: the half-open range. A header that is none of these counts as absent.
pub(super) fn byte_range(text: &str, len: u64) -> Option<Result<(u64, u64), ()>> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to => (from, to.saturating_add(1).min(len)),
        (Ok(from), Err(_)) if to.is_empty() => (from, len),
        (Err(_), Ok(last)) if from.is_empty() => (if last == 0 { len } else { len.saturating_sub(last) }, len),
        _ => return None,
    };
    Some(if range.0 < len { Ok(range) } else { Err(()) })
}

/// The bytes of one part of an object that was uploaded in parts.
fn part_range(number: &str, about: &ObjectInfo) -> Result<Result<(u64, u64), ()>, WireFault> {
    let whole = [about.size];
    let parts = if about.parts.is_empty() { &whole[..] } else { &about.parts };
    let place =
        number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).filter(|place| *place < parts.len());
    let place = place.ok_or_else(|| {
        WireFault::new("InvalidPartNumber", "The requested partnumber is not satisfiable")
            .status(StatusCode::RANGE_NOT_SATISFIABLE)
    })?;
    let from: u64 = parts[..place].iter().sum();
    Ok(Ok((from, from + parts[place])))
}

pub(super) fn attributes(backend: &Backend, request: &Request) -> Answered {
    let found = backend.lake.objects.get(&request.bucket, &request.key, backend.hub.now());
    let (_, about) = found.ok_or_else(|| no_such_key(&request.key))?;
    let all = request.headers.get_all("x-amz-object-attributes").iter().filter_map(|value| value.to_str().ok());
    let wanted: Vec<&str> = all.flat_map(|list| list.split(',')).map(str::trim).collect();
    let asks = |name: &str| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name));
    let checksum = about.checksum.as_ref().map(|checksum| {
        let kind = if checksum.composite { "COMPOSITE" } else { "FULL_OBJECT" };
        [(checksum.algorithm.element(), checksum.value.clone()), ("ChecksumType", kind.to_owned())].into()
    });
    let class = about.headers.get("x-amz-storage-class").cloned().unwrap_or_else(|| "STANDARD".to_owned());
    let parts = (!about.parts.is_empty()).then_some(ObjectParts { parts_count: about.parts.len() });
    let mut answer = xml(&GetObjectAttributesResponse {
        etag: asks("ETag").then(|| about.etag.clone()),
        checksum: checksum.filter(|_| asks("Checksum")),
        object_parts: parts.filter(|_| asks("ObjectParts")),
        storage_class: asks("StorageClass").then_some(class),
        object_size: asks("ObjectSize").then_some(about.size),
    })?;
    if let Ok(modified) = HeaderValue::from_str(&http_time(about.modified)) {
        answer.headers_mut().insert(header::LAST_MODIFIED, modified);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert_eq!(byte_range("bytes=0-3", 10), Some(Ok((0, 4))));
        assert_eq!(byte_range("bytes=4-", 10), Some(Ok((4, 10))));
        assert_eq!(byte_range("bytes=-4", 10), Some(Ok((6, 10))));
        assert_eq!(byte_range("bytes=0-99", 10), Some(Ok((0, 10))));
        assert_eq!(byte_range("bytes=10-", 10), Some(Err(())));
        assert_eq!(byte_range("bytes=-0", 10), Some(Err(())));
        assert_eq!(byte_range("bytes=5-2", 10), None);
        assert_eq!(byte_range("bytes=0-1,3-4", 10), None);
        assert_eq!(byte_range("lines=1-2", 10), None);
    }
}
