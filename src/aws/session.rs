//! Sessions: from flags and environment to a configured SDK.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use std::time::Duration;

/// What a session is made of.
#[derive(Debug, Clone, Default)]
pub struct SessionOptions {
    pub endpoint_url: Option<String>,
    pub profile: Option<String>,
    pub region: Option<String>,
    /// Refuse every change, whatever asks for it.
    pub read_only: bool,
    pub credentials: Credentials,
}

/// Where credentials come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Credentials {
    /// The SDK's default chain: environment, profiles, SSO, process, web identity, container, instance.
    #[default]
    Chain,
    /// Made up, for a sandbox of our own: real ones are neither read nor sent.
    MadeUp,
}

/// The SDK's configuration.
pub(super) async fn configure(options: &SessionOptions) -> Result<SdkConfig, String> {
    let http = http_client()?;
    let retry = RetryConfig::standard().with_max_attempts(3);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(3_100))
        .operation_attempt_timeout(Duration::from_secs(20))
        .build();
    if options.credentials == Credentials::MadeUp {
        let made_up = aws_credential_types::Credentials::new("AKIASANDBOX000000000", "sandbox", None, None, "sandbox");
        let region = options.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(SharedCredentialsProvider::new(made_up))
            .region(Region::new(region))
            .http_client(http)
            .retry_config(retry)
            .timeout_config(timeouts);
        builder.set_endpoint_url(options.endpoint_url.clone());
        return Ok(builder.build());
    }
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http).retry_config(retry).timeout_config(timeouts);
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    Ok(loader.load().await)
}

/// HTTPS by rustls; a private certificate authority comes from `AWS_CA_BUNDLE`, as with AWS's own tools.
fn http_client() -> Result<SharedHttpClient, String> {
    let mut builder = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    if let Some(path) = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) {
        let shown = path.to_string_lossy().into_owned();
        let pem = std::fs::read(&path).map_err(|error| format!("AWS_CA_BUNDLE {shown}: {error}"))?;
        let trust = TrustStore::empty().with_native_roots(true).with_pem_certificate(pem);
        let context = TlsContext::builder().with_trust_store(trust).build();
        builder = builder.tls_context(context.map_err(|error| format!("AWS_CA_BUNDLE {shown}: {error}"))?);
    }
    Ok(builder.build_https())
}
