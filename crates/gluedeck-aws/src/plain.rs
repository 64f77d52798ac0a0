//! Calls without a generated client, on the SDK's own runtime (retries, timeouts, signatures, the same configuration): S3's
//! GetObject, Service Quotas' GetServiceQuota and, in `metrics`, CloudWatch's GetMetricData. The clients of these services are
//! half a minute of a build and more.

use super::meter::Tap;
use aws_config::SdkConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::auth::no_auth::{NO_AUTH_SCHEME_ID, NoAuthScheme};
use aws_smithy_runtime::client::identity::no_auth::NoAuthIdentityResolver;
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::TransientErrorClassifier;
use aws_smithy_runtime::client::stalled_stream_protection::StalledStreamProtectionInterceptor;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{AuthSchemeOptionResolverParams, SharedAuthScheme};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::interceptors::context::{Error as AnyError, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::{ConfigBag, Layer};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;

/// A call that failed.
pub(super) type Failed = SdkError<CallError, HttpResponse>;

/// The error of a call that the service refuses.
#[derive(Debug)]
pub(super) struct CallError(ErrorMetadata);

impl ProvideErrorMetadata for CallError {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for CallError {}

/// Service Quotas, for the one quota that is asked for.
#[derive(Debug)]
pub(super) struct Quotas {
    get: Operation<(&'static str, &'static str), f64, CallError>,
}

impl Quotas {
    pub(super) fn new(config: &SdkConfig, tap: Tap) -> Self {
        let url = own_endpoint(config, "Service Quotas").unwrap_or_else(|| {
            let (region, fips) = (region(config), if config.use_fips() == Some(true) { "-fips" } else { "" });
            let suffix = if config.use_dual_stack() == Some(true) { "api.aws" } else { dns_suffix(&region) };
            format!("https://servicequotas{fips}.{region}.{suffix}")
        });
        let call = call(config, ("Service Quotas", "GetServiceQuota", "servicequotas"), SigningOptions::default(), tap);
        let call = call.endpoint_url(&url).serializer(|(service, quota): (&str, &str)| {
            let body = serde_json::json!({ "ServiceCode": service, "QuotaCode": quota }).to_string();
            let mut request = HttpRequest::new(SdkBody::from(body));
            request.set_method("POST")?;
            request.set_uri("/")?;
            request.headers_mut().insert("content-type", "application/x-amz-json-1.1");
            request.headers_mut().insert("x-amz-target", "ServiceQuotasV20190624.GetServiceQuota");
            Ok(request)
        });
        Self { get: call.deserializer(quota).build() }
    }

    /// The value of an account's quota (Service Quotas, GetServiceQuota).
    pub(super) async fn get(&self, service: &'static str, quota: &'static str) -> Result<f64, Failed> {
        self.get.invoke((service, quota)).await
    }
}

fn quota(response: &HttpResponse) -> Result<f64, OrchestratorError<CallError>> {
    let value = json_answer(response)?["Quota"]["Value"].as_f64();
    value.ok_or_else(|| OrchestratorError::response("the response has no quota value".into()))
}

/// The answer of a service that speaks JSON, or its refusal.
pub(super) fn json_answer(response: &HttpResponse) -> Result<serde_json::Value, OrchestratorError<CallError>> {
    let body: serde_json::Value = match serde_json::from_slice(response.body().bytes().unwrap_or_default()) {
        Ok(body) => body,
        // A proxy's page, or half an answer: an error without a code is one that no service sends.
        Err(_) if !response.status().is_success() => return refused(None, None),
        Err(error) => return Err(OrchestratorError::response(error.into())),
    };
    if response.status().is_success() {
        return Ok(body);
    }
    // `AccessDeniedException`, with or without its namespace before it and an address after it (AWS JSON 1.1).
    let kind = body["__type"].as_str().or_else(|| response.headers().get("x-amzn-errortype"));
    let code = kind.and_then(|kind| kind.split(':').next()?.rsplit('#').next());
    refused(code, body["message"].as_str().or_else(|| body["Message"].as_str()))
}

/// S3, for reading objects.
#[derive(Debug)]
pub(super) struct S3 {
    config: SdkConfig,
    /// An endpoint that was given, at which buckets have no host names of their own.
    endpoint: Option<String>,
    tap: Tap,
}

/// An object, or a part of it, that is being read.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) body: ByteStream,
    pub(super) etag: Option<String>,
}

/// Which object, from which byte on, and only if it is still this one.
#[derive(Debug, Clone)]
struct GetObject {
    /// The path of its URL.
    path: String,
    from: u64,
    etag: Option<String>,
}

/// What stands in a path as it is (RFC 3986, unreserved; and the slash between folders).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

impl S3 {
    pub(super) fn new(config: &SdkConfig, tap: Tap) -> Self {
        Self { config: config.clone(), endpoint: own_endpoint(config, "S3"), tap }
    }

    /// Opens an object, from a byte on. With an `etag`, only if it is still that one (S3, GetObject).
    pub(super) async fn get(&self, bucket: &str, key: &str, from: u64, etag: Option<&str>) -> Result<Object, Failed> {
        let (url, path) = self.place(bucket, key);
        // S3 signs the path as it is sent, and wants the hash of the body in a header.
        let mut signing = SigningOptions::default();
        (signing.double_uri_encode, signing.normalize_uri_path, signing.content_sha256_header) = (false, false, true);
        let call = call(&self.config, ("S3", "GetObject", "s3"), signing, self.tap.clone());
        let call = call.endpoint_url(&url).serializer(|get: GetObject| {
            let mut request = HttpRequest::new(SdkBody::empty());
            request.set_method("GET")?;
            request.set_uri(get.path)?;
            if get.from > 0 {
                request.headers_mut().insert("range", format!("bytes={}-", get.from));
            }
            if let Some(etag) = get.etag {
                request.headers_mut().insert("if-match", etag);
            }
            Ok(request)
        });
        let call = call.deserializer_impl::<Object, CallError>(ObjectReader).build();
        call.invoke(GetObject { path, from, etag: etag.map(str::to_owned) }).await
    }

    /// Host and path of an object: a bucket has a host name of its own, unless an endpoint was given, or the name does
    /// not fit the certificate of such hosts (S3 user guide, virtual hosting of buckets).
    fn place(&self, bucket: &str, key: &str) -> (String, String) {
        let key = utf8_percent_encode(key, PATH);
        let by_path = format!("/{}/{key}", utf8_percent_encode(bucket, PATH));
        if let Some(endpoint) = &self.endpoint {
            return (endpoint.trim_end_matches('/').to_owned(), by_path);
        }
        let region = region(&self.config);
        let fips = if self.config.use_fips() == Some(true) { "-fips" } else { "" };
        let dual = if self.config.use_dual_stack() == Some(true) { ".dualstack" } else { "" };
        let host = format!("s3{fips}{dual}.{region}.{}", dns_suffix(&region));
        let fits = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
        if bucket.bytes().all(fits) {
            (format!("https://{bucket}.{host}"), format!("/{key}"))
        } else {
            (format!("https://{host}"), by_path)
        }
    }
}

#[derive(Debug)]
struct ObjectReader;

impl DeserializeResponse for ObjectReader {
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<AnyError>>> {
        // The body of a refusal is small, and is read before it is looked at.
        response.status().is_success().then(|| {
            let etag = response.headers().get("etag").map(str::to_owned);
            Ok(Output::erase(Object { body: ByteStream::new(response.take_body()), etag }))
        })
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<AnyError>> {
        let text = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
        let refused = refused::<Output>(element(&text, "Code"), element(&text, "Message"));
        refused.map_err(|error| error.map_operation_error(AnyError::erase))
    }
}

/// The text of the first such element of S3's error document, which has no nesting and no attributes.
fn element<'t>(xml: &'t str, name: &str) -> Option<&'t str> {
    xml.split_once(&format!("<{name}>"))?.1.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

fn refused<T>(code: Option<&str>, message: Option<&str>) -> Result<T, OrchestratorError<CallError>> {
    let mut metadata = ErrorMetadata::builder();
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    if let Some(message) = message {
        metadata = metadata.message(message);
    }
    Err(OrchestratorError::operation(CallError(metadata.build())))
}

/// A call as the generated clients make theirs: the same connections, credentials, retries and timeouts.
pub(super) fn call(
    config: &SdkConfig,
    (service, operation, signing_name): (&'static str, &'static str, &'static str),
    signing_options: SigningOptions,
    tap: Tap,
) -> OperationBuilder {
    let mut layer = Layer::new("signing");
    let mut parts = RuntimeComponentsBuilder::new("signing");
    let credentials = config.credentials_provider();
    let scheme = if credentials.is_some() { SCHEME_ID } else { NO_AUTH_SCHEME_ID };
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig {
        region: config.region().cloned().map(SigningRegion::from),
        name: Some(SigningName::from(signing_name)),
        signing_options,
        ..SigV4OperationSigningConfig::default()
    });
    parts = parts.with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![scheme])));
    parts = match credentials {
        Some(credentials) => parts
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_identity_resolver(SCHEME_ID, credentials),
        None => parts
            .with_auth_scheme(SharedAuthScheme::new(NoAuthScheme::default()))
            .with_identity_resolver(NO_AUTH_SCHEME_ID, SharedIdentityResolver::new(NoAuthIdentityResolver::new())),
    };
    if let Some(cache) = config.identity_cache() {
        parts = parts.with_identity_cache(Some(cache));
    }
    let mut call = Operation::builder()
        .service_name(service)
        .operation_name(operation)
        .interceptor(tap)
        .interceptor(StalledStreamProtectionInterceptor::default())
        .retry_classifier(TransientErrorClassifier::<CallError>::new())
        .retry_classifier(AwsErrorCodeClassifier::<CallError>::new())
        .runtime_plugin(StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(parts));
    if let Some(version) = config.behavior_version() {
        call = call.behavior_version(version);
    }
    if let Some(http) = config.http_client() {
        call = call.http_client(http);
    }
    if let Some(retry) = config.retry_config() {
        call = call.standard_retry(retry);
    }
    if let Some(timeouts) = config.timeout_config() {
        call = call.timeout_config(timeouts.clone());
    }
    call
}

/// The endpoint that was given: for the service, by the environment or the profile, or for all.
pub(super) fn own_endpoint(config: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let for_service = key.ok().and_then(|key| config.service_config()?.load_config(key));
    for_service.or_else(|| config.endpoint_url().map(str::to_owned))
}

pub(super) fn region(config: &SdkConfig) -> String {
    config.region().map(ToString::to_string).unwrap_or_else(|| "us-east-1".to_owned())
}

/// What the hosts of a Region end in (AWS SDKs, partitions.json).
pub(super) fn dns_suffix(region: &str) -> &'static str {
    const SUFFIXES: [(&str, &str); 6] = [
        ("cn-", "amazonaws.com.cn"),
        ("us-iso-", "c2s.ic.gov"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"),
        ("us-isof-", "csp.hci.ic.gov"),
        ("eusc-", "amazonaws.eu"),
    ];
    SUFFIXES.iter().find(|(start, _)| region.starts_with(start)).map_or("amazonaws.com", |(_, suffix)| suffix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_config::Region;

    fn s3(region: &str, change: impl FnOnce(&mut aws_types::sdk_config::Builder)) -> S3 {
        let mut config = SdkConfig::builder().region(Region::new(region.to_owned()));
        change(&mut config);
        let meter = super::super::meter::Meter::default();
        let budget = super::super::budget::Budget::new(1.0, 1.0);
        S3::new(&config.build(), Tap { meter: meter.into(), budget: budget.into() })
    }

    fn url(s3: &S3, bucket: &str, key: &str) -> String {
        let (host, path) = s3.place(bucket, key);
        host + &path
    }

    #[test]
    fn objects_are_where_s3_has_them() {
        let plain = s3("eu-west-1", |_| {});
        let key = "a b/é+1.csv";
        assert_eq!(url(&plain, "rows", key), "https://rows.s3.eu-west-1.amazonaws.com/a%20b/%C3%A9%2B1.csv");
        assert_eq!(url(&plain, "my.rows", "a.csv"), "https://s3.eu-west-1.amazonaws.com/my.rows/a.csv");
        let china = s3("cn-north-1", |_| {});
        assert_eq!(url(&china, "rows", "a"), "https://rows.s3.cn-north-1.amazonaws.com.cn/a");
        let fips = s3("us-gov-west-1", |config| {
            config.set_use_fips(Some(true)).set_use_dual_stack(Some(true));
        });
        assert_eq!(url(&fips, "rows", "a"), "https://rows.s3-fips.dualstack.us-gov-west-1.amazonaws.com/a");
        let given = s3("us-east-1", |config| {
            config.set_endpoint_url(Some("http://127.0.0.1:4566/".to_owned()));
        });
        assert_eq!(url(&given, "rows", "a"), "http://127.0.0.1:4566/rows/a");
    }

    #[test]
    fn refusals_have_their_code_and_what_no_service_sends_has_none() {
        let xml = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>gone</Message></Error>";
        assert_eq!((element(xml, "Code"), element(xml, "Message")), (Some("NoSuchKey"), Some("gone")));
        assert_eq!(element("<html>", "Code"), None);
        let answer = |status: u16, body: &'static str| {
            quota(&HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body)))
        };
        assert_eq!(answer(200, r#"{"Quota": {"Value": 100.0}}"#).expect("a value"), 100.0);
        let refused = answer(400, r#"{"__type": "com.amazonaws#AccessDeniedException:x", "message": "no"}"#);
        let refused = refused.expect_err("refused");
        let refused = refused.as_operation_error().expect("by the service");
        assert_eq!((refused.code(), refused.message()), (Some("AccessDeniedException"), Some("no")));
        let proxy = answer(502, "<html>").expect_err("a proxy's page");
        assert_eq!(proxy.as_operation_error().and_then(ProvideErrorMetadata::code), None);
        assert!(answer(200, "{}").is_err() && answer(200, "{\"Quo").is_err());
    }
}
