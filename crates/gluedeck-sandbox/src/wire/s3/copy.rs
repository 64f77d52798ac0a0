//! CopyObject and UploadPartCopy.

use super::answer::{Answered, argument, etag, no_such_bucket, no_such_key, time, unwritten, xml};
use super::conditions::{of_source, of_write};
use super::multipart::{no_such_upload, part_number};
use super::past::bring;
use super::read::byte_range;
use super::request::{Request, decoded};
use super::shapes::{CopyObjectResult, CopyPartResult};
use super::write::given_info;
use crate::backend::Backend;
use crate::objects::{Algorithm, Checksum, ObjectInfo, Part};
use crate::wire::fault::WireFault;
use data_encoding::BASE64;
use md5::{Digest, Md5};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// The source of a copy, if it is there and its conditions hold.
async fn source(backend: &Backend, request: &Request) -> Result<(String, String, PathBuf, Arc<ObjectInfo>), WireFault> {
    let given = request.header("x-amz-copy-source").unwrap_or_default();
    let given = given.split("?versionId=").next().unwrap_or_default();
    let given = decoded(given)?;
    let given = given.strip_prefix('/').unwrap_or(&given);
    let (bucket, key) =
        given.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty()).ok_or_else(|| {
            let message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
            argument(message, "x-amz-copy-source", given)
        })?;
    if !backend.lake.buckets().contains(bucket) {
        return Err(no_such_bucket(bucket));
    }
    bring(backend, bucket, key).await?;
    let found = backend.lake.objects.get(bucket, key, backend.hub.now());
    let (path, about) = found.ok_or_else(|| no_such_key(key))?;
    of_source(request, &about)?;
    Ok((bucket.to_owned(), key.to_owned(), path, about))
}

/// What a directive says: whether the request replaces what the source has.
fn replaces(request: &Request, header: &str, what: &str) -> Result<bool, WireFault> {
    match request.header(header).unwrap_or("COPY") {
        "COPY" => Ok(false),
        "REPLACE" => Ok(true),
        other => Err(argument(&format!("Unknown {what} directive."), header, other)),
    }
}

pub(super) async fn object(backend: &Backend, request: &Request) -> Answered {
    let replaces_metadata = replaces(request, "x-amz-metadata-directive", "metadata")?;
    let replaces_tags = replaces(request, "x-amz-tagging-directive", "tagging")?;
    let condition = of_write(request)?;
    let (bucket, key, path, about) = source(backend, request).await?;
    let given = given_info(request)?;
    let class = given.headers.get("x-amz-storage-class").cloned();
    if bucket == request.bucket && key == request.key && !replaces_metadata && class.is_none() {
        let message = "This copy request is illegal because it is trying to copy an object to itself without changing the \
                       object's metadata, storage class, website redirect location or encryption attributes.";
        return Err(WireFault::new("InvalidRequest", message));
    }
    let copied = copied(backend, &path, 0, about.size).await?;
    let (mut headers, metadata) = match replaces_metadata {
        true => (given.headers, given.metadata),
        false => (about.headers.clone(), about.metadata.clone()),
    };
    headers.remove("x-amz-storage-class");
    headers.extend(class.map(|class| ("x-amz-storage-class".to_owned(), class)));
    let new = ObjectInfo {
        etag: copied.etag,
        size: about.size,
        modified: backend.hub.now(),
        headers,
        metadata,
        tags: if replaces_tags { given.tags } else { about.tags.clone() },
        checksum: Some(copied.checksum),
        ..ObjectInfo::default()
    };
    let stored = backend.lake.objects.put((&request.bucket, &request.key), copied.file, new, &condition);
    let about = stored.map_err(|error| unwritten(error, &request.key))?;
    xml(&CopyObjectResult { last_modified: time(about.modified), etag: etag(&about) })
}

pub(super) async fn part(backend: &Backend, request: &Request) -> Answered {
    let (number, id) = (part_number(request)?, request.text("uploadId"));
    let uploads = &backend.lake.objects.uploads;
    uploads.get(id, &request.bucket, &request.key).ok_or_else(|| no_such_upload(id))?;
    let (_, _, path, about) = source(backend, request).await?;
    let (from, to) = match request.header("x-amz-copy-source-range") {
        None => (0, about.size),
        Some(text) => {
            let ends = text.strip_prefix("bytes=").and_then(|ends| ends.split_once('-'));
            let within = ends.and_then(|(from, to)| Some((from.parse::<u64>().ok()?, to.parse::<u64>().ok()?)));
            let within = within.filter(|(from, to)| from <= to && *to < about.size);
            let range = within.and_then(|_| byte_range(text, about.size)?.ok());
            range.ok_or_else(|| {
                let message = format!("Range specified is not valid for source object of size: {}", about.size);
                argument(&message, "x-amz-copy-source-range", text)
            })?
        }
    };
    let copied = copied(backend, &path, from, to).await?;
    let now = backend.hub.now();
    let part = Part { etag: copied.etag, size: to - from, modified: now, checksum: Some(copied.checksum) };
    let etag = format!("\"{}\"", part.etag);
    match uploads.add(id, number, copied.file, part) {
        Ok(true) => xml(&CopyPartResult { last_modified: time(now), etag }),
        Ok(false) => Err(no_such_upload(id)),
        Err(_) => Err(WireFault::internal()),
    }
}

/// A copy of a part of a file.
struct Copied {
    file: NamedTempFile,
    etag: String,
    checksum: Checksum,
}

async fn copied(backend: &Backend, path: &Path, from: u64, to: u64) -> Result<Copied, WireFault> {
    let (file, path) = (backend.lake.objects.incoming().map_err(|_| WireFault::internal())?, path.to_owned());
    let copied = tokio::task::spawn_blocking(move || copy(file, &path, from, to));
    copied.await.map_err(|_| WireFault::internal())?.map_err(|_| WireFault::internal())
}

fn copy(mut file: NamedTempFile, path: &Path, from: u64, to: u64) -> std::io::Result<Copied> {
    let mut source = File::open(path)?;
    source.seek(SeekFrom::Start(from))?;
    let mut source = source.take(to - from);
    let (mut md5, mut hasher, mut chunk) = (Md5::new(), Algorithm::Crc64Nvme.hasher(), vec![0; 1 << 16]);
    loop {
        let read = source.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        md5.update(&chunk[..read]);
        hasher.update(&chunk[..read]);
        file.write_all(&chunk[..read])?;
    }
    let value = BASE64.encode(&hasher.finish());
    let checksum = Checksum { algorithm: Algorithm::Crc64Nvme, value, composite: false };
    Ok(Copied { file, etag: hex::encode(md5.finalize()), checksum })
}
