//! Buckets.

use super::answer::{Answered, empty, xml};
use super::request::Request;
use super::shapes::{Bucket, Buckets, CreateBucketConfiguration, ListAllMyBucketsResult, LocationConstraint, OWNER};
use crate::backend::Backend;
use crate::wire::fault::WireFault;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use chrono::NaiveTime;

const DEFAULT_REGION: &str = "us-east-1";

pub(super) fn list(backend: &Backend, request: &Request) -> Answered {
    let at = super::answer::time(backend.lake.world.first_night.and_time(NaiveTime::MIN).and_utc());
    let (prefix, after) = (request.text("prefix"), request.text("continuation-token"));
    let most = request.page_size("max-buckets", 10_000)?;
    let names: Vec<String> =
        backend.lake.buckets().into_iter().filter(|name| name.starts_with(prefix) && name.as_str() > after).collect();
    let next = (names.len() > most).then(|| names.get(most.saturating_sub(1)).cloned()).flatten();
    let bucket =
        |name: String| Bucket { name, creation_date: at.clone(), bucket_region: backend.environment.region.clone() };
    xml(&ListAllMyBucketsResult {
        owner: OWNER,
        buckets: Buckets { buckets: names.into_iter().take(most).map(bucket).collect() },
        prefix: request.query.get("prefix").cloned(),
        continuation_token: next,
    })
}

pub(super) async fn create(backend: &Backend, request: &Request, body: Body) -> Answered {
    let (name, region) = (&request.bucket, backend.environment.region.as_str());
    let bytes = axum::body::to_bytes(body, 1 << 16).await.map_err(|_| WireFault::too_large())?;
    let constraint = match bytes.is_empty() {
        true => None,
        false => {
            let given: Result<CreateBucketConfiguration, _> = quick_xml::de::from_reader(bytes.as_ref());
            given.map_err(|_| super::answer::malformed_xml())?.location_constraint
        }
    };
    if !is_name(name) {
        return Err(
            WireFault::new("InvalidBucketName", "The specified bucket is not valid.").with("BucketName", name.as_str())
        );
    }
    // The endpoint of us-east-1 makes buckets of every Region.
    if region != DEFAULT_REGION && constraint.as_deref() != Some(region) {
        let word = constraint.as_deref().unwrap_or("unspecified");
        let message = format!(
            "The {word} location constraint is incompatible for the region specific endpoint this request was sent to."
        );
        return Err(WireFault::new("IllegalLocationConstraintException", message));
    }
    if let Some(elsewhere) = constraint.as_deref().filter(|other| *other != region) {
        let message = format!("The sandbox has one Region, {region}, and makes no buckets in {elsewhere}");
        return Err(WireFault::new("NotImplemented", message).status(StatusCode::NOT_IMPLEMENTED));
    }
    let new = backend.lake.create_bucket(name).map_err(|_| WireFault::internal())?;
    if !new && region != DEFAULT_REGION {
        let message = "Your previous request to create the named bucket succeeded and you already own it.";
        let fault = WireFault::new("BucketAlreadyOwnedByYou", message).with("BucketName", name.as_str());
        return Err(fault.status(StatusCode::CONFLICT));
    }
    let mut answer = empty(StatusCode::OK)?;
    if let Ok(location) = HeaderValue::from_str(&format!("/{name}")) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

/// Whether a bucket may be called so (Amazon S3's documentation: "Bucket naming rules").
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| plain(byte) || byte == b'-' || byte == b'.')
        && name.bytes().next().is_some_and(plain)
        && name.bytes().last().is_some_and(plain)
        && !name.contains("..")
}

pub(super) fn delete(backend: &Backend, request: &Request) -> Answered {
    let name = &request.bucket;
    backend.lake.delete_bucket(name).map_err(|error| {
        WireFault::new("BucketNotEmpty", error.to_string())
            .with("BucketName", name.as_str())
            .status(StatusCode::CONFLICT)
    })?;
    empty(StatusCode::NO_CONTENT)
}

pub(super) fn head(backend: &Backend) -> Answered {
    let mut answer = empty(StatusCode::OK)?;
    if let Ok(region) = HeaderValue::from_str(&backend.environment.region) {
        answer.headers_mut().insert("x-amz-bucket-region", region);
    }
    Ok(answer)
}

pub(super) fn location(backend: &Backend) -> Answered {
    // us-east-1 is the Region that has no name here.
    let region = Some(backend.environment.region.clone()).filter(|region| region != DEFAULT_REGION);
    xml(&LocationConstraint { region: region.unwrap_or_default() })
}
