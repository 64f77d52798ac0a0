//! S3, path style: the lake's own files, the query results, and whatever clients put.

mod answer;
mod body;
mod buckets;
mod conditions;
mod copy;
mod list;
mod multipart;
mod past;
mod read;
mod request;
mod shapes;
mod tags;
mod write;

use self::answer::Answered;
use self::past::bring;
use self::request::Request;
use super::Endpoint;
use super::caller::Caller;
use super::fault::WireFault;
use crate::backend::Backend;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// `GET /`: the buckets.
pub(super) async fn list_buckets(endpoint: State<Arc<Endpoint>>, uri: Uri, headers: HeaderMap) -> Response {
    object(endpoint, Method::GET, uri, headers, Body::empty()).await
}

/// Everything that is no other route: `/bucket` and `/bucket/key`.
pub(super) async fn object(
    State(endpoint): State<Arc<Endpoint>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let number = endpoint.requests.fetch_add(1, Ordering::Relaxed);
    let (id, host) = (format!("{number:016X}"), "gluedeck-sandbox");
    let answered = operate(&endpoint, &method, &uri, headers, body).await;
    let mut response =
        answered.unwrap_or_else(|fault| fault.with("RequestId", id.as_str()).with("HostId", host).into_xml());
    if method == Method::HEAD && !response.status().is_success() {
        *response.body_mut() = Body::empty();
    }
    let headers = response.headers_mut();
    headers.insert("x-amz-id-2", HeaderValue::from_static("gluedeck-sandbox"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-amz-request-id", id);
    }
    endpoint.finish(response)
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    ListBuckets,
    CreateBucket,
    HeadBucket,
    DeleteBucket,
    GetBucketLocation,
    GetBucketVersioning,
    ListObjects,
    ListObjectsV2,
    ListObjectVersions,
    ListMultipartUploads,
    DeleteObjects,
    GetObject,
    HeadObject,
    PutObject,
    CopyObject,
    DeleteObject,
    GetObjectAttributes,
    GetObjectTagging,
    PutObjectTagging,
    DeleteObjectTagging,
    CreateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
}

impl Operation {
    fn of(method: &Method, request: &Request) -> Option<Self> {
        let asks = |name: &str| request.query.contains_key(name);
        let copies = request.headers.contains_key("x-amz-copy-source");
        if request.bucket.is_empty() {
            return (method == Method::GET).then_some(Self::ListBuckets);
        }
        Some(match (method, request.key.is_empty()) {
            (&Method::PUT, true) if request.query.is_empty() => Self::CreateBucket,
            (&Method::HEAD, true) => Self::HeadBucket,
            (&Method::DELETE, true) if request.query.is_empty() => Self::DeleteBucket,
            (&Method::POST, true) if asks("delete") => Self::DeleteObjects,
            (&Method::GET, true) if asks("location") => Self::GetBucketLocation,
            (&Method::GET, true) if asks("versioning") => Self::GetBucketVersioning,
            (&Method::GET, true) if asks("uploads") => Self::ListMultipartUploads,
            (&Method::GET, true) if asks("versions") => Self::ListObjectVersions,
            (&Method::GET, true) if request.text("list-type") == "2" => Self::ListObjectsV2,
            (&Method::GET, true) if !["acl", "policy", "tagging", "cors"].into_iter().any(asks) => Self::ListObjects,
            (&Method::GET, false) if asks("uploadId") => Self::ListParts,
            (&Method::GET, false) if asks("tagging") => Self::GetObjectTagging,
            (&Method::GET, false) if asks("attributes") => Self::GetObjectAttributes,
            (&Method::GET, false) if !["acl", "torrent", "retention", "legal-hold"].into_iter().any(asks) => {
                Self::GetObject
            }
            (&Method::HEAD, false) => Self::HeadObject,
            (&Method::PUT, false) if asks("partNumber") && copies => Self::UploadPartCopy,
            (&Method::PUT, false) if asks("partNumber") => Self::UploadPart,
            (&Method::PUT, false) if asks("tagging") => Self::PutObjectTagging,
            (&Method::PUT, false) if copies => Self::CopyObject,
            (&Method::PUT, false) if !["acl", "retention", "legal-hold"].into_iter().any(asks) => Self::PutObject,
            (&Method::POST, false) if asks("uploads") => Self::CreateMultipartUpload,
            (&Method::POST, false) if asks("uploadId") => Self::CompleteMultipartUpload,
            (&Method::DELETE, false) if asks("uploadId") => Self::AbortMultipartUpload,
            (&Method::DELETE, false) if asks("tagging") => Self::DeleteObjectTagging,
            (&Method::DELETE, false) => Self::DeleteObject,
            _ => return None,
        })
    }

    /// As the service model has it.
    fn name(self) -> String {
        format!("{self:?}")
    }
}

async fn operate(endpoint: &Endpoint, method: &Method, uri: &Uri, headers: HeaderMap, body: Body) -> Answered {
    let request = Request::of(uri, headers)?;
    let operation = Operation::of(method, &request).ok_or_else(|| {
        let kind = if request.key.is_empty() { "BUCKET" } else { "OBJECT" };
        WireFault::new("MethodNotAllowed", "The specified method is not allowed against this resource.")
            .with("Method", method.as_str())
            .with("ResourceType", kind)
            .status(StatusCode::METHOD_NOT_ALLOWED)
    })?;
    let backend = enter(endpoint, &request, &operation.name()).await?;
    let needs_bucket = !matches!(operation, Operation::ListBuckets | Operation::CreateBucket);
    if needs_bucket && !backend.lake.buckets().contains(&request.bucket) {
        return Err(answer::no_such_bucket(&request.bucket));
    }
    bring(&backend, &request.bucket, if request.key.is_empty() { request.text("prefix") } else { &request.key })
        .await?;
    match operation {
        Operation::ListBuckets => buckets::list(&backend, &request),
        Operation::CreateBucket => buckets::create(&backend, &request, body).await,
        Operation::HeadBucket => buckets::head(&backend),
        Operation::DeleteBucket => buckets::delete(&backend, &request),
        Operation::GetBucketLocation => buckets::location(&backend),
        Operation::GetBucketVersioning => answer::xml(&shapes::VersioningConfiguration::default()),
        Operation::ListObjects | Operation::ListObjectsV2 | Operation::ListObjectVersions => {
            // To list is to look at every file.
            let backend = Arc::clone(&backend);
            let listed = tokio::task::spawn_blocking(move || match operation {
                Operation::ListObjectVersions => list::versions(&backend, &request),
                version => list::list(&backend, &request, version == Operation::ListObjectsV2),
            });
            listed.await.map_err(|_| WireFault::internal())?
        }
        Operation::ListMultipartUploads => multipart::list_uploads(&backend, &request),
        Operation::DeleteObjects => write::delete_many(&backend, &request, body).await,
        Operation::GetObject => read::get(&backend, &request, false),
        Operation::HeadObject => read::get(&backend, &request, true),
        Operation::PutObject => write::put(&backend, &request, body).await,
        Operation::CopyObject => copy::object(&backend, &request).await,
        Operation::DeleteObject => {
            backend.lake.objects.delete(&request.bucket, &request.key);
            answer::empty(StatusCode::NO_CONTENT)
        }
        Operation::GetObjectAttributes => read::attributes(&backend, &request),
        Operation::GetObjectTagging => tags::get(&backend, &request),
        Operation::PutObjectTagging => tags::put(&backend, &request, body).await,
        Operation::DeleteObjectTagging => tags::delete(&backend, &request),
        Operation::CreateMultipartUpload => multipart::create(&backend, &request),
        Operation::UploadPart => multipart::part(&backend, &request, body).await,
        Operation::UploadPartCopy => copy::part(&backend, &request).await,
        Operation::CompleteMultipartUpload => multipart::complete(&backend, &request, body).await,
        Operation::AbortMultipartUpload => multipart::abort(&backend, &request),
        Operation::ListParts => multipart::list_parts(&backend, &request),
    }
}

/// Faults, caller, permission, count: what every call goes through.
async fn enter(endpoint: &Endpoint, request: &Request, operation: &str) -> Result<Arc<Backend>, WireFault> {
    endpoint.apply_faults("s3", operation, b"").await?;
    let denied = |_| WireFault::new("AccessDenied", "Access Denied").status(StatusCode::FORBIDDEN);
    let caller = match request.link()? {
        Some(caller) => caller,
        None => Caller::of(&request.headers).map_err(denied)?,
    };
    let backend = endpoint.backend(&caller)?;
    caller.authorize(&backend.environment.account, "s3", operation).map_err(|fault| match fault.code() {
        "ExpiredTokenException" => fault,
        _ => fault.status(StatusCode::FORBIDDEN),
    })?;
    endpoint.count(operation);
    Ok(backend)
}
