//! PutObject and DeleteObjects.

use super::answer::{Answered, etag, malformed_xml, read_xml, unwritten, xml};
use super::body::receive;
use super::conditions::of_write;
use super::request::Request;
use super::shapes::{Delete, DeleteResult};
use super::tags::of_header;
use crate::backend::Backend;
use crate::objects::{Checksum, ObjectInfo};
use crate::wire::fault::WireFault;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use std::collections::BTreeMap;

/// Headers that are kept with an object.
const KEPT: [&str; 7] = [
    "content-type",
    "cache-control",
    "content-encoding",
    "content-disposition",
    "content-language",
    "expires",
    "x-amz-storage-class",
];
/// Bytes of an object's metadata, names and values together.
const MAX_METADATA_BYTES: usize = 2_048;

pub(super) async fn put(backend: &Backend, request: &Request, body: Body) -> Answered {
    let condition = of_write(request)?;
    let mut about = given_info(request)?;
    let received = receive(backend, request, body).await?;
    about.etag = received.etag;
    about.size = received.size;
    about.checksum = Some(received.checksum.clone());
    about.modified = backend.hub.now();
    let objects = &backend.lake.objects;
    let stored = objects.put((&request.bucket, &request.key), received.file, about, &condition);
    let about = stored.map_err(|error| unwritten(error, &request.key))?;
    with_checksum(&about, &received.checksum, StatusCode::OK)
}

/// An empty answer with ETag and checksum.
pub(super) fn with_checksum(about: &ObjectInfo, checksum: &Checksum, status: StatusCode) -> Answered {
    let answer = Response::builder()
        .status(status)
        .header(header::ETAG, etag(about))
        .header(checksum.algorithm.header(), &checksum.value)
        .header("x-amz-checksum-type", "FULL_OBJECT");
    answer.body(Body::empty()).map_err(|_| WireFault::internal())
}

/// What a request tells of the object that it makes.
pub(super) fn given_info(request: &Request) -> Result<ObjectInfo, WireFault> {
    let mut headers = BTreeMap::new();
    for name in KEPT {
        let Some(value) = request.header(name) else { continue };
        // The coding of the transfer is none of the object.
        let value = match name {
            "content-encoding" => {
                let codings =
                    value.split(',').map(str::trim).filter(|coding| !coding.eq_ignore_ascii_case("aws-chunked"));
                codings.collect::<Vec<_>>().join(",")
            }
            _ => value.to_owned(),
        };
        if !value.is_empty() {
            headers.insert(name.to_owned(), value);
        }
    }
    let named = request.headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-amz-meta-")?;
        Some((name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    });
    let metadata: BTreeMap<String, String> = named.collect();
    let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > MAX_METADATA_BYTES {
        let message = "Your metadata headers exceed the maximum allowed metadata size";
        let fault = WireFault::new("MetadataTooLarge", message);
        return Err(fault.with("Size", size).with("MaxSizeAllowed", MAX_METADATA_BYTES));
    }
    Ok(ObjectInfo { headers, metadata, tags: of_header(request)?, ..ObjectInfo::default() })
}

pub(super) async fn delete_many(backend: &Backend, request: &Request, body: Body) -> Answered {
    let delete: Delete = read_xml(body).await?;
    if delete.object.is_empty() || delete.object.len() > 1_000 {
        return Err(malformed_xml());
    }
    for object in &delete.object {
        backend.lake.objects.delete(&request.bucket, &object.key);
    }
    xml(&DeleteResult { deleted: if delete.quiet { Vec::new() } else { delete.object } })
}
