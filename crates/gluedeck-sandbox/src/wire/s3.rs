//! S3, path style: the lake's own files and the query results, to be listed, read and written.

use super::Endpoint;
use super::caller::Caller;
use super::fault::{WireFault, escape};
use crate::backend::Backend;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use futures::{StreamExt, stream};
use percent_encoding::percent_decode_str;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

/// Bytes of an object that is put.
const MAX_OBJECT_BYTES: u64 = 256 << 20;

type Answered = Result<Response, WireFault>;

/// A request to S3: where, and what its query string says.
struct Request {
    bucket: String,
    key: String,
    query: BTreeMap<String, String>,
}

/// `GET /`: the buckets.
pub(super) async fn list_buckets(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap) -> Response {
    let answered = async {
        let backend = enter(&endpoint, &headers, "ListBuckets").await?;
        let names = backend.lake.buckets();
        let at = xml_time(backend.lake.world.first_night.and_time(chrono::NaiveTime::MIN).and_utc());
        let entry = |name: &String| format!("<Bucket><Name>{name}</Name><CreationDate>{at}</CreationDate></Bucket>");
        let entries: String = names.iter().map(entry).collect();
        Ok(xml(&format!(
            "<ListAllMyBucketsResult><Owner><ID>sandbox</ID></Owner><Buckets>{entries}</Buckets></ListAllMyBucketsResult>"
        )))
    };
    endpoint.finish(answered.await.unwrap_or_else(WireFault::into_xml))
}

/// Everything that is no other route: `/bucket` and `/bucket/key`.
pub(super) async fn object(
    State(endpoint): State<Arc<Endpoint>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answered = operate(&endpoint, &method, &uri, &headers, body).await;
    endpoint.finish(answered.unwrap_or_else(WireFault::into_xml))
}

async fn operate(endpoint: &Endpoint, method: &Method, uri: &Uri, headers: &HeaderMap, body: Body) -> Answered {
    let request = Request::of(uri)?;
    let asks = |name: &str| request.query.contains_key(name);
    let operation = match (method, request.key.is_empty()) {
        (&Method::GET, true) if asks("location") => "GetBucketLocation",
        (&Method::GET, true) => "ListObjectsV2",
        (&Method::HEAD, true) => "HeadBucket",
        (&Method::POST, true) if asks("delete") => "DeleteObjects",
        (&Method::GET, false) => "GetObject",
        (&Method::HEAD, false) => "HeadObject",
        (&Method::PUT, false) => "PutObject",
        (&Method::DELETE, false) => "DeleteObject",
        _ => {
            return Err(WireFault::new(
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
            )
            .status(StatusCode::METHOD_NOT_ALLOWED));
        }
    };
    let backend = enter(endpoint, headers, operation).await?;
    if !backend.lake.buckets().contains(&request.bucket) {
        return Err(WireFault::new("NoSuchBucket", "The specified bucket does not exist").status(StatusCode::NOT_FOUND));
    }
    // The past must lie on the disk before anybody looks.
    let (lake, bucket) = (Arc::clone(&backend.lake), request.bucket.clone());
    let under = if request.key.is_empty() { request.text("prefix") } else { &request.key }.to_owned();
    let made = tokio::task::spawn_blocking(move || lake.ensure_under(&bucket, &under));
    made.await.map_err(|_| WireFault::internal())?;
    match operation {
        "GetBucketLocation" => Ok(location(&backend)),
        "ListObjectsV2" => list(&backend, &request),
        "HeadBucket" => Ok(StatusCode::OK.into_response()),
        "DeleteObjects" => delete_many(&backend, &request, body).await,
        "PutObject" => put(&backend, &request, headers, body).await,
        "DeleteObject" => {
            let _ = fs::remove_file(path(&backend, &request)?);
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        _ => get(&backend, &request, headers, operation == "HeadObject"),
    }
}

/// Faults, caller, permission, count: what every call goes through.
async fn enter(endpoint: &Endpoint, headers: &HeaderMap, operation: &str) -> Result<Arc<Backend>, WireFault> {
    endpoint.apply_faults("s3", operation, b"").await?;
    let denied = |_| WireFault::new("AccessDenied", "Access Denied").status(StatusCode::FORBIDDEN);
    let caller = Caller::of(headers).map_err(denied)?;
    let backend = endpoint.backend(&caller)?;
    caller.authorize(&backend.environment.account, "s3", operation).map_err(|fault| match fault.code() {
        "ExpiredTokenException" => fault,
        _ => fault.status(StatusCode::FORBIDDEN),
    })?;
    endpoint.count(operation);
    Ok(backend)
}

impl Request {
    fn of(uri: &Uri) -> Result<Self, WireFault> {
        let bad = || WireFault::new("InvalidURI", "Couldn't parse the specified URI.");
        let decode =
            |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| bad());
        let path = uri.path().trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let mut query = BTreeMap::new();
        for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            query.insert(decode(name)?, decode(&value.replace('+', " "))?);
        }
        Ok(Self { bucket: decode(bucket)?, key: decode(key)?, query })
    }

    fn number(&self, name: &str, otherwise: usize) -> usize {
        self.query.get(name).and_then(|value| value.parse().ok()).unwrap_or(otherwise)
    }

    fn text(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// Objects are files here, so not every key that S3 takes has a place.
fn no_such_place() -> WireFault {
    WireFault::new("InvalidArgument", "The sandbox keeps objects as files, and cannot keep one of this key")
}

fn no_such_key() -> WireFault {
    WireFault::new("NoSuchKey", "The specified key does not exist.").status(StatusCode::NOT_FOUND)
}

/// The file of a key, which never lies outside the bucket's folder.
fn path(backend: &Backend, request: &Request) -> Result<std::path::PathBuf, WireFault> {
    let location = format!("s3://{}/{}", request.bucket, request.key);
    let (bucket, key) = backend.lake.locate(&location).map_err(|_| no_such_key())?;
    if key.contains('\0') {
        return Err(no_such_key());
    }
    Ok(backend.lake.path(&bucket, &key))
}

fn get(backend: &Backend, request: &Request, headers: &HeaderMap, head: bool) -> Answered {
    let path = path(backend, request)?;
    let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file).ok_or_else(no_such_key)?;
    let len = metadata.len();
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, from, to) = match range.and_then(|text| byte_range(text, len)) {
        Some(Err(())) => {
            let fault = WireFault::new("InvalidRange", "The requested range is not satisfiable");
            return Err(fault.status(StatusCode::RANGE_NOT_SATISFIABLE));
        }
        Some(Ok((from, to))) => (StatusCode::PARTIAL_CONTENT, from, to),
        None => (StatusCode::OK, 0, len),
    };
    let modified = modified(backend, &metadata);
    let mut answer = Response::builder()
        .status(status)
        .header(header::CONTENT_LENGTH, to - from)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::ETAG, etag(&metadata))
        .header(header::LAST_MODIFIED, modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        answer = answer.header(header::CONTENT_RANGE, format!("bytes {from}-{}/{len}", to.max(1) - 1));
    }
    let body = if head { Body::empty() } else { content(&path, from, to)? };
    answer.body(body).map_err(|_| WireFault::internal())
}

/// A part of a file, read as the client takes it.
fn content(path: &Path, from: u64, to: u64) -> Result<Body, WireFault> {
    let mut file = File::open(path).map_err(|_| no_such_key())?;
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
fn byte_range(text: &str, len: u64) -> Option<Result<(u64, u64), ()>> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to => (from, to.saturating_add(1).min(len)),
        (Ok(from), Err(_)) if to.is_empty() => (from, len),
        (Err(_), Ok(last)) if from.is_empty() && last > 0 => (len.saturating_sub(last), len),
        _ => return None,
    };
    Some(if range.0 < len { Ok(range) } else { Err(()) })
}

async fn put(backend: &Backend, request: &Request, headers: &HeaderMap, body: Body) -> Answered {
    if request.key.len() > 1_024 {
        return Err(WireFault::new("KeyTooLongError", "Your key is too long"));
    }
    let path = path(backend, request).map_err(|_| no_such_place())?;
    if request.key.ends_with('/') {
        // A marker of a folder: the folder itself is one.
        fs::create_dir_all(&path).map_err(|_| no_such_place())?;
        return Ok(StatusCode::OK.into_response());
    }
    let folder = path.parent().ok_or_else(no_such_place)?;
    fs::create_dir_all(folder).map_err(|_| no_such_place())?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|_| WireFault::internal())?;
    let mut chunked = headers.contains_key("x-amz-decoded-content-length").then(Chunked::default);
    let (mut data, mut written) = (body.into_data_stream(), 0_u64);
    while let Some(part) = data.next().await {
        let part = part.map_err(|_| WireFault::new("IncompleteBody", "The request body terminated unexpectedly"))?;
        let part = match &mut chunked {
            None => part.to_vec(),
            Some(chunked) => chunked.decode(&part),
        };
        written += part.len() as u64;
        if written > MAX_OBJECT_BYTES {
            return Err(WireFault::new("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"));
        }
        file.write_all(&part).map_err(|_| WireFault::internal())?;
    }
    let stored = file.persist(&path).map_err(|_| no_such_place())?;
    let metadata = stored.metadata().map_err(|_| WireFault::internal())?;
    Ok(([(header::ETAG, etag(&metadata))], StatusCode::OK).into_response())
}

/// Takes the data out of `aws-chunked` coding: `LEN[;extension]\r\nDATA\r\n … 0\r\ntrailers`.
#[derive(Default)]
struct Chunked {
    pending: Vec<u8>,
    ended: bool,
}

impl Chunked {
    fn decode(&mut self, part: &[u8]) -> Vec<u8> {
        self.pending.extend_from_slice(part);
        let mut data = Vec::new();
        while !self.ended {
            let Some(line) = self.pending.windows(2).position(|two| two == b"\r\n") else { break };
            let head = String::from_utf8_lossy(&self.pending[..line]).into_owned();
            let Ok(len) = usize::from_str_radix(head.split(';').next().unwrap_or_default(), 16) else {
                self.ended = true;
                break;
            };
            if len == 0 {
                self.ended = true;
            } else if self.pending.len() < line + len + 4 {
                break;
            } else {
                data.extend_from_slice(&self.pending[line + 2..line + 2 + len]);
                self.pending.drain(..line + len + 4);
            }
        }
        data
    }
}

async fn delete_many(backend: &Backend, request: &Request, body: Body) -> Answered {
    let bytes = axum::body::to_bytes(body, 1 << 20).await.map_err(|_| WireFault::too_large())?;
    let text = String::from_utf8_lossy(&bytes);
    let keys = text.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
    let mut deleted = String::new();
    for key in keys {
        let plain = key.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        let one = Request { bucket: request.bucket.clone(), key: plain, query: BTreeMap::new() };
        let _ = fs::remove_file(path(backend, &one)?);
        deleted += &format!("<Deleted><Key>{key}</Key></Deleted>");
    }
    Ok(xml(&format!("<DeleteResult>{deleted}</DeleteResult>")))
}

fn location(backend: &Backend) -> Response {
    // us-east-1 is the Region that has no name here.
    let region = if backend.environment.region == "us-east-1" { "" } else { &backend.environment.region };
    xml(&format!("<LocationConstraint>{region}</LocationConstraint>"))
}

/// A page of a listing.
#[derive(Default)]
struct Listing {
    contents: String,
    prefixes: BTreeSet<String>,
    count: usize,
    last: String,
    truncated: bool,
}

fn list(backend: &Backend, request: &Request) -> Answered {
    let root = backend.lake.path(&request.bucket, "");
    let prefix = request.text("prefix");
    let mut keys = Vec::new();
    // Only folders that can hold the prefix are walked.
    let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
    if !folder.split('/').any(|part| part == "..") {
        walk(&root, &root.join(folder), &mut keys);
    }
    keys.retain(|(key, _)| key.starts_with(prefix));
    keys.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(token) = request.query.get("continuation-token")
        && !keys.iter().any(|(key, _)| key == token)
    {
        return Err(WireFault::new("InvalidArgument", "The continuation token provided is incorrect"));
    }
    let most = request.number("max-keys", 1_000).min(1_000);
    let page = page(backend, request, &keys, most);
    let common = page.prefixes.iter();
    let common: String =
        common.map(|p| format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", name(request, p))).collect();
    let coding = if request.text("encoding-type") == "url" { "<EncodingType>url</EncodingType>" } else { "" };
    let next = match page.truncated {
        true => format!("<NextContinuationToken>{}</NextContinuationToken>", escape(&page.last)),
        false => String::new(),
    };
    Ok(xml(&format!(
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{}</Name><Prefix>{}</Prefix>\
         {coding}<KeyCount>{}</KeyCount><MaxKeys>{most}</MaxKeys><IsTruncated>{}</IsTruncated>{next}{}{common}</ListBucketResult>",
        request.bucket,
        name(request, prefix),
        page.count,
        page.truncated,
        page.contents
    )))
}

/// A key as the request wants it written: XML has no way to write control characters, so clients ask for URL coding.
fn name(request: &Request, key: &str) -> String {
    if request.text("encoding-type") == "url" {
        const KEPT: percent_encoding::AsciiSet =
            percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
        return percent_encoding::utf8_percent_encode(key, &KEPT).to_string();
    }
    escape(key)
}

/// The keys after the token, those under a common prefix as one.
fn page(backend: &Backend, request: &Request, keys: &[(String, fs::Metadata)], most: usize) -> Listing {
    let (prefix, delimiter) = (request.text("prefix"), request.text("delimiter"));
    let after = match (request.query.get("continuation-token"), request.query.get("start-after")) {
        (Some(token), _) => token.as_str(),
        (None, Some(start)) => start,
        (None, None) => request.text("marker"),
    };
    let mut page = Listing::default();
    for (key, metadata) in keys.iter().filter(|(key, _)| key.as_str() > after) {
        let inner = key[prefix.len()..].find(delimiter).filter(|_| !delimiter.is_empty());
        let common = inner.map(|at| key[..prefix.len() + at + delimiter.len()].to_owned());
        if common.as_ref().is_some_and(|common| page.prefixes.contains(common)) {
            // The token of a page that ended in a common prefix is the last key under it.
            page.last.clone_from(key);
            continue;
        }
        if page.count == most {
            page.truncated = true;
            break;
        }
        page.count += 1;
        page.last.clone_from(key);
        match common {
            Some(common) => {
                page.prefixes.insert(common);
            }
            None => {
                page.contents += &format!(
                    "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                    name(request, key),
                    xml_time(modified(backend, metadata)),
                    escape(&etag(metadata)),
                    metadata.len()
                );
            }
        }
    }
    page
}

/// All files under a folder, as keys. Files that are being written have names that begin with a dot or end otherwise.
fn walk(root: &Path, folder: &Path, keys: &mut Vec<(String, fs::Metadata)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, Ok(metadata)) = (entry.path(), entry.metadata()) else { continue };
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if metadata.is_dir() {
            walk(root, &path, keys);
        } else if !hidden
            && path.extension().is_none_or(|extension| extension != "unfinished")
            && let Ok(key) = path.strip_prefix(root)
        {
            keys.push((key.to_string_lossy().into_owned(), metadata));
        }
    }
}

/// When a file was written, in simulated time: never later than now.
fn modified(backend: &Backend, metadata: &fs::Metadata) -> DateTime<Utc> {
    let written = metadata.modified().map(DateTime::<Utc>::from).unwrap_or_default();
    written.min(backend.hub.now())
}

fn etag(metadata: &fs::Metadata) -> String {
    let nanos = metadata.modified().map(|at| DateTime::<Utc>::from(at).timestamp_nanos_opt().unwrap_or(0)).unwrap_or(0);
    format!("\"{:016x}{:016x}\"", nanos as u64, metadata.len())
}

fn xml_time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn xml(content: &str) -> Response {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{content}");
    let kind: (HeaderName, &str) = (header::CONTENT_TYPE, "application/xml");
    ([kind], body).into_response()
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
        assert_eq!(byte_range("bytes=5-2", 10), None);
        assert_eq!(byte_range("lines=1-2", 10), None);
    }

    #[test]
    fn chunked_bodies_are_decoded_wherever_they_are_cut() {
        let body = b"5;chunk-signature=abc\r\nhello\r\n7\r\n, world\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n";
        for cut in 0..body.len() {
            let mut chunked = Chunked::default();
            let mut data = chunked.decode(&body[..cut]);
            data.extend(chunked.decode(&body[cut..]));
            assert_eq!(data, b"hello, world", "{cut}");
        }
    }
}
