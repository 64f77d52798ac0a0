//! Uploads in parts.

use super::answer::{Answered, argument, empty, malformed_xml, read_xml, time, unwritten, xml, xml_named};
use super::body::receive;
use super::conditions::{of_write, unquoted};
use super::list::encoded;
use super::request::Request;
use super::shapes::{
    CommonPrefixes, CompleteMultipartUpload, CompleteMultipartUploadResult, InitiateMultipartUploadResult,
    ListMultipartUploadsResult, ListPartsResult, ListedPart, ListedUpload, OWNER,
};
use super::write::{given_info, with_checksum};
use crate::backend::Backend;
use crate::objects::{Algorithm, Checksum, Hasher, MIN_PART_BYTES, ObjectInfo, Part, Upload};
use crate::wire::fault::WireFault;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode};
use data_encoding::BASE64;
use md5::{Digest, Md5};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::Arc;

pub(super) fn no_such_upload(id: &str) -> WireFault {
    let message = "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been \
                   aborted or completed.";
    WireFault::new("NoSuchUpload", message).with("UploadId", id).status(StatusCode::NOT_FOUND)
}

/// The number of the part that a request is about.
pub(super) fn part_number(request: &Request) -> Result<u32, WireFault> {
    let text = request.text("partNumber");
    text.parse()
        .ok()
        .filter(|number| (1..=10_000).contains(number))
        .ok_or_else(|| argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text))
}

fn upload(backend: &Backend, request: &Request) -> Result<Upload, WireFault> {
    let id = request.text("uploadId");
    backend.lake.objects.uploads.get(id, &request.bucket, &request.key).ok_or_else(|| no_such_upload(id))
}

pub(super) fn create(backend: &Backend, request: &Request) -> Answered {
    let mut about = given_info(request)?;
    let word = request.header("x-amz-checksum-algorithm");
    let algorithm = word.and_then(Algorithm::named);
    let full = |algorithm: Algorithm| match request.header("x-amz-checksum-type") {
        Some(kind) => kind.eq_ignore_ascii_case("FULL_OBJECT"),
        None => algorithm == Algorithm::Crc64Nvme,
    };
    about.checksum =
        algorithm.map(|algorithm| Checksum { algorithm, value: String::new(), composite: !full(algorithm) });
    let begun = backend.lake.objects.uploads.begin(Upload {
        bucket: request.bucket.clone(),
        key: request.key.clone(),
        begun: backend.hub.now(),
        about,
        parts: BTreeMap::new(),
    });
    let upload_id = begun.map_err(|_| WireFault::internal())?;
    let (bucket, key) = (request.bucket.clone(), request.key.clone());
    let mut answer = xml(&InitiateMultipartUploadResult { bucket, key, upload_id })?;
    if let Some(algorithm) = algorithm {
        let kind = if full(algorithm) { "FULL_OBJECT" } else { "COMPOSITE" };
        answer.headers_mut().insert("x-amz-checksum-algorithm", HeaderValue::from_static(algorithm.word()));
        answer.headers_mut().insert("x-amz-checksum-type", HeaderValue::from_static(kind));
    }
    Ok(answer)
}

pub(super) async fn part(backend: &Backend, request: &Request, body: Body) -> Answered {
    let number = part_number(request)?;
    upload(backend, request)?;
    let received = receive(backend, request, body).await?;
    let about = ObjectInfo { etag: received.etag.clone(), ..ObjectInfo::default() };
    let part = Part {
        etag: received.etag,
        size: received.size,
        modified: backend.hub.now(),
        checksum: Some(received.checksum.clone()),
    };
    let id = request.text("uploadId");
    match backend.lake.objects.uploads.add(id, number, received.file, part) {
        Ok(true) => with_checksum(&about, &received.checksum, StatusCode::OK),
        Ok(false) => Err(no_such_upload(id)),
        Err(_) => Err(WireFault::internal()),
    }
}

/// The parts that a request to complete names.
fn named_parts(upload: &Upload, wanted: &CompleteMultipartUpload) -> Result<Vec<(u32, Part)>, WireFault> {
    if wanted.parts.is_empty() {
        return Err(malformed_xml());
    }
    if !wanted.parts.is_sorted_by(|a, b| a.part_number < b.part_number) {
        let message = "The list of parts was not in ascending order. Parts must be ordered by part number.";
        return Err(WireFault::new("InvalidPartOrder", message));
    }
    let mut parts = Vec::new();
    for named in &wanted.parts {
        let found = upload.parts.get(&named.part_number).filter(|part| part.etag == unquoted(&named.etag));
        let found = found.ok_or_else(|| {
            let message = "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
                           specified entity tag may not match the part's entity tag.";
            WireFault::new("InvalidPart", message).with("PartNumber", named.part_number)
        })?;
        parts.push((named.part_number, found.clone()));
    }
    let last = parts.len() - 1;
    if let Some((number, part)) = parts[..last].iter().find(|(_, part)| part.size < MIN_PART_BYTES) {
        let message = "Your proposed upload is smaller than the minimum allowed size";
        let fault = WireFault::new("EntityTooSmall", message).with("ProposedSize", part.size);
        let fault = fault.with("MinSizeAllowed", MIN_PART_BYTES).with("PartNumber", *number);
        return Err(fault.with("ETag", part.etag.as_str()));
    }
    Ok(parts)
}

pub(super) async fn complete(backend: &Arc<Backend>, request: &Request, body: Body) -> Answered {
    let condition = of_write(request)?;
    let (wanted, id) = (read_xml::<CompleteMultipartUpload>(body).await?, request.text("uploadId").to_owned());
    let upload = upload(backend, request)?;
    let parts = named_parts(&upload, &wanted)?;
    let (numbers, of_backend, own) =
        (parts.iter().map(|(number, _)| *number).collect::<Vec<_>>(), Arc::clone(backend), id.clone());
    let algorithm = upload.about.checksum.as_ref().map_or(Algorithm::Crc64Nvme, |checksum| checksum.algorithm);
    let joined = tokio::task::spawn_blocking(move || {
        let objects = &of_backend.lake.objects;
        let mut into = Hashed { file: objects.incoming()?, hasher: algorithm.hasher() };
        objects.uploads.join(&own, &numbers, &mut into)?;
        Ok::<_, io::Error>((into.file, BASE64.encode(&into.hasher.finish())))
    });
    let (file, whole) = joined.await.map_err(|_| WireFault::internal())?.map_err(|_| WireFault::internal())?;
    let composite = upload.about.checksum.as_ref().is_some_and(|checksum| checksum.composite);
    let value = match composite {
        false => whole,
        true => format!("{}-{}", algorithm.of(&raw_checksums(&parts, algorithm)), parts.len()),
    };
    let digests: Vec<u8> = parts.iter().flat_map(|(_, part)| hex::decode(&part.etag).unwrap_or_default()).collect();
    let checksum = Checksum { algorithm, value, composite };
    let about = ObjectInfo {
        etag: format!("{}-{}", hex::encode(Md5::digest(&digests)), parts.len()),
        size: parts.iter().map(|(_, part)| part.size).sum(),
        modified: backend.hub.now(),
        checksum: Some(checksum.clone()),
        parts: parts.iter().map(|(_, part)| part.size).collect(),
        ..upload.about
    };
    let stored = backend.lake.objects.put((&request.bucket, &request.key), file, about, &condition);
    let about = stored.map_err(|error| unwritten(error, &request.key))?;
    backend.lake.objects.uploads.end(&id);
    let kind = if composite { "COMPOSITE" } else { "FULL_OBJECT" };
    let result = CompleteMultipartUploadResult {
        location: format!("/{}/{}", request.bucket, request.key),
        bucket: request.bucket.clone(),
        key: request.key.clone(),
        etag: format!("\"{}\"", about.etag),
        checksum: [(algorithm.element(), checksum.value), ("ChecksumType", kind.to_owned())].into(),
    };
    xml_named("CompleteMultipartUploadResult", &result)
}

/// The checksums of the parts one after the other, as bytes.
fn raw_checksums(parts: &[(u32, Part)], algorithm: Algorithm) -> Vec<u8> {
    let own = parts.iter().filter_map(|(_, part)| part.checksum.as_ref().filter(|own| own.algorithm == algorithm));
    own.flat_map(|own| BASE64.decode(own.value.as_bytes()).unwrap_or_default()).collect()
}

/// A file whose checksum is made while it is written.
struct Hashed {
    file: tempfile::NamedTempFile,
    hasher: Hasher,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

pub(super) fn abort(backend: &Backend, request: &Request) -> Answered {
    upload(backend, request)?;
    match backend.lake.objects.uploads.end(request.text("uploadId")) {
        true => empty(StatusCode::NO_CONTENT),
        false => Err(no_such_upload(request.text("uploadId"))),
    }
}

pub(super) fn list_parts(backend: &Backend, request: &Request) -> Answered {
    let upload = upload(backend, request)?;
    let most = request.page_size("max-parts", 1_000)?;
    let after = request.text("part-number-marker").parse::<u32>().unwrap_or(0);
    let mut left = upload.parts.range(after.saturating_add(1)..);
    let page: Vec<(u32, Part)> = left.by_ref().take(most).map(|(number, part)| (*number, part.clone())).collect();
    let is_truncated = left.next().is_some();
    xml(&ListPartsResult {
        bucket: request.bucket.clone(),
        key: request.key.clone(),
        upload_id: request.text("uploadId").to_owned(),
        part_number_marker: after,
        next_part_number_marker: page.last().map(|(number, _)| *number),
        max_parts: most,
        is_truncated,
        storage_class: "STANDARD",
        initiator: OWNER,
        owner: OWNER,
        part: page
            .into_iter()
            .map(|(part_number, part)| ListedPart {
                part_number,
                last_modified: time(part.modified),
                etag: format!("\"{}\"", part.etag),
                size: part.size,
            })
            .collect(),
    })
}

pub(super) fn list_uploads(backend: &Backend, request: &Request) -> Answered {
    let (prefix, delimiter) = (request.text("prefix"), request.text("delimiter"));
    let most = request.page_size("max-uploads", 1_000)?;
    let (key_marker, id_marker) = (request.text("key-marker"), request.text("upload-id-marker"));
    let all = backend.lake.objects.uploads.of_bucket(&request.bucket);
    // The ids of one key are in the order in which they were begun.
    let marked = all.iter().position(|(id, upload)| upload.key == key_marker && id == id_marker);
    let later = all.iter().enumerate().filter(|(place, (_, upload))| match marked {
        Some(marked) => *place > marked,
        None => upload.key.as_str() > key_marker,
    });
    let (mut listed, mut folders) = (Vec::new(), BTreeSet::new());
    let (mut is_truncated, mut last) = (false, None);
    for (_, (id, upload)) in later.filter(|(_, (_, upload))| upload.key.starts_with(prefix)) {
        let folder = upload.key[prefix.len()..].find(delimiter).filter(|_| !delimiter.is_empty());
        let folder = folder.map(|at| upload.key[..prefix.len() + at + delimiter.len()].to_owned());
        if folder.as_ref().is_some_and(|folder| folders.contains(folder)) {
            continue;
        }
        if listed.len() + folders.len() == most {
            is_truncated = true;
            break;
        }
        last = Some((upload.key.clone(), id.clone()));
        match folder {
            Some(folder) => _ = folders.insert(folder),
            None => listed.push(ListedUpload {
                key: encoded(request, &upload.key),
                upload_id: id.clone(),
                initiated: time(upload.begun),
                storage_class: "STANDARD",
                owner: OWNER,
                initiator: OWNER,
            }),
        }
    }
    let last = last.filter(|_| is_truncated);
    xml(&ListMultipartUploadsResult {
        bucket: request.bucket.clone(),
        key_marker: encoded(request, key_marker),
        upload_id_marker: id_marker.to_owned(),
        next_key_marker: last.as_ref().map(|(key, _)| encoded(request, key)),
        next_upload_id_marker: last.map(|(_, id)| id),
        prefix: encoded(request, prefix),
        delimiter: (!delimiter.is_empty()).then(|| encoded(request, delimiter)),
        max_uploads: most,
        is_truncated,
        upload: listed,
        common_prefixes: folders.iter().map(|folder| CommonPrefixes { prefix: encoded(request, folder) }).collect(),
    })
}
