//! Sessions: from flags and environment to a configured SDK.

use super::mfa::{self, MfaCodes, MfaProvider};
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use gluedeck_core::domain::{OwnPrices, Policy};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;

/// What a session is made of.
#[derive(Debug, Clone, Default)]
pub struct SessionOptions {
    pub endpoint_url: Option<String>,
    pub profile: Option<String>,
    pub region: Option<String>,
    /// Refuse every change, whatever asks for it.
    pub read_only: bool,
    /// What else the environment lets one change.
    pub policy: Policy,
    /// Prices in place of those that are known of the Region.
    pub prices: OwnPrices,
    pub credentials: Credentials,
    /// Where the code comes from that a profile with `mfa_serial` needs.
    pub mfa: MfaCodes,
}

/// Where credentials come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Credentials {
    /// The SDK's default chain: environment, profiles, SSO, process, web identity, container, instance.
    #[default]
    Chain,
    /// Made up, for a sandbox of our own: real ones are neither read nor sent.
    Dummy,
}

/// Why there are no clients.
#[derive(Debug, Error)]
pub enum ConnectError {
    #[error("AWS_CA_BUNDLE {}: {source}", .path.display())]
    CaBundle { path: PathBuf, source: BoxError },
    #[error("{0} has a line break or a blank at its end, which no request can carry; set it again without")]
    Blank(&'static str),
    #[error("home folder unknown, so changes could not be journalled; set HOME or XDG_STATE_HOME")]
    NoStateFolder,
}

/// The SDK's configuration.
pub(super) async fn configure(options: &SessionOptions) -> Result<SdkConfig, ConnectError> {
    let http = http_client(options)?;
    let retry = RetryConfig::standard().with_max_attempts(3);
    // A server on this machine recovers at once, or not at all.
    let retry = match options.endpoint_url.as_deref().is_some_and(is_loopback) {
        true => retry.with_initial_backoff(Duration::from_millis(20)),
        false => retry,
    };
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(3_100))
        .operation_attempt_timeout(Duration::from_secs(20))
        .build();
    if options.credentials == Credentials::Dummy {
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
    let defaults = || {
        let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http.clone());
        let loader = loader.retry_config(retry.clone()).timeout_config(timeouts.clone());
        match &options.endpoint_url {
            Some(url) => loader.endpoint_url(url),
            None => loader,
        }
    };
    let mut loader = defaults();
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(role) = mfa::role(options.profile.as_deref()).await {
        let region = options.region.clone().or_else(|| role.region.clone()).map(Region::new);
        let mut source = defaults().profile_name(&role.source);
        if let Some(region) = region {
            source = source.region(region);
        }
        let source = source.load().await;
        loader = loader.credentials_provider(MfaProvider::new(role, &source, options.mfa.clone()));
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    } else if is_blank("AWS_REGION") {
        // The SDK takes an empty variable for a Region of that name; the AWS CLI takes it for none.
        loader = loader.region(ProfileFileRegionProvider::new());
    }
    if let Some(name) = KEY_VARIABLES.into_iter().find(|name| is_broken(name)) {
        return Err(ConnectError::Blank(name));
    }
    Ok(loader.load().await)
}

/// Variables whose values go into the headers of every request.
const KEY_VARIABLES: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

fn is_blank(name: &str) -> bool {
    std::env::var(name).is_ok_and(|value| value.trim().is_empty())
}

/// Whether a variable has what no header can carry; the SDK panics on it (aws-runtime, `auth.rs`).
fn is_broken(name: &str) -> bool {
    let broken = |value: String| value.trim() != value || value.chars().any(char::is_control);
    std::env::var(name).is_ok_and(broken)
}

/// Whether the endpoint is a server on this machine, which has none of AWS's quotas.
pub(super) fn is_loopback(endpoint: &str) -> bool {
    let host = endpoint.split("://").nth(1).unwrap_or(endpoint);
    ["127.", "localhost", "[::1]"].iter().any(|start| host.starts_with(start))
}

/// What to say if the profile that is asked for, by flag or by `AWS_PROFILE`, is in neither of the two files.
pub(super) fn missing_profile(options: &SessionOptions) -> Option<String> {
    if options.credentials == Credentials::Dummy {
        return None;
    }
    let wanted = profile_in_use(options)?;
    let files = profile_files();
    let known = known_profiles();
    // The default profile may be named without being written down.
    if known.contains(&wanted) || wanted == "default" {
        return None;
    }
    if wanted.contains(char::is_whitespace) {
        return Some(format!("the AWS SDK reads no profile with a blank in its name: rename {wanted:?}"));
    }
    let names = known.into_iter().collect::<Vec<_>>().join(", ");
    let others = if names.is_empty() { "no profiles in either file".to_owned() } else { format!("available: {names}") };
    Some(format!("no profile {wanted} in {} or {}; {others}", files[0].display(), files[1].display()))
}

/// A variable that is set to something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The configuration file and the credentials file, wherever the environment has them.
fn profile_files() -> [PathBuf; 2] {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let file = |name: &str, default: &str| variable(name).map_or_else(|| home.join(default), PathBuf::from);
    [file("AWS_CONFIG_FILE", ".aws/config"), file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")]
}

/// The names of all profiles of both files.
pub fn known_profiles() -> BTreeSet<String> {
    let texts = profile_files().into_iter().map(|file| std::fs::read_to_string(file).unwrap_or_default());
    texts.flat_map(|text| profiles(&text)).collect()
}

/// The profile that is asked for, by flag or by `AWS_PROFILE`.
fn profile_in_use(options: &SessionOptions) -> Option<String> {
    options.profile.clone().or_else(|| variable("AWS_PROFILE"))
}

/// The command that logs in again with the profile in use, if it is one of IAM Identity Center.
pub(super) fn login(options: &SessionOptions) -> Option<String> {
    let profile = profile_in_use(options).unwrap_or_else(|| "default".to_owned());
    let text = std::fs::read_to_string(&profile_files()[0]).unwrap_or_default();
    is_sso(&text, &profile).then(|| format!("aws sso login --profile {profile}"))
}

/// Whether the section of a profile names an SSO session or start address.
fn is_sso(text: &str, profile: &str) -> bool {
    let mut own = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            own = profile_name(section).as_deref() == Some(profile);
        } else if own && (line.starts_with("sso_session") || line.starts_with("sso_start_url")) {
            return true;
        }
    }
    false
}

/// The names of `[profile name]` and `[name]` sections.
fn profiles(text: &str) -> Vec<String> {
    let sections = text.lines().filter_map(|line| line.trim().strip_prefix('[')?.split(']').next());
    sections.filter_map(profile_name).collect()
}

/// The profile of a section's heading; none of sections of another kind, and of names with blanks: the SDK does not read
/// those, quoted or not (aws-runtime, `normalize.rs`).
fn profile_name(section: &str) -> Option<String> {
    if section.starts_with("sso-session") || section.starts_with("services") {
        return None;
    }
    let name = section.trim();
    let name = name.strip_prefix("profile").filter(|rest| rest.starts_with(char::is_whitespace)).unwrap_or(name);
    let name = name.trim().trim_matches(['"', '\'']);
    (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| name.to_owned())
}

/// A configuration that can send nothing: there is nobody to send it as.
pub(super) fn without_credentials(options: &SessionOptions) -> Result<SdkConfig, ConnectError> {
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http_client(options)?)
        .region(options.region.clone().map(Region::new));
    builder.set_endpoint_url(options.endpoint_url.clone());
    Ok(builder.build())
}

/// HTTPS by rustls; a private certificate authority comes from `AWS_CA_BUNDLE`, and a proxy from `HTTPS_PROXY`, `HTTP_PROXY`
/// and `NO_PROXY`, as with AWS's own tools (the SDK's default client reads none of them). A sandbox of our own has no
/// certificate, so that nothing has to be right there to try it; and a server on this machine needs no proxy.
fn http_client(options: &SessionOptions) -> Result<SharedHttpClient, ConnectError> {
    let own_sandbox = options.credentials == Credentials::Dummy;
    let trust_context = if own_sandbox { TlsContext::default() } else { trusted()? };
    let local = own_sandbox || options.endpoint_url.as_deref().is_some_and(is_loopback);
    let proxy = if local { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
    let client = aws_smithy_http_client::Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        let connector = connector.tls_provider(Provider::Rustls(CryptoMode::Ring));
        connector.tls_context(trust_context.clone()).build()
    });
    Ok(client)
}

/// Whose certificates are taken.
pub(crate) fn trusted() -> Result<TlsContext, ConnectError> {
    let Some(path) = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) else {
        return Ok(TlsContext::default());
    };
    let path = PathBuf::from(path);
    let failed = |source: BoxError| ConnectError::CaBundle { path: path.clone(), source };
    let pem = std::fs::read(&path).map_err(|error| failed(error.into()))?;
    let trust = TrustStore::empty().with_native_roots(true).with_pem_certificate(pem);
    TlsContext::builder().with_trust_store(trust).build().map_err(|error| failed(error.into()))
}

/// The proxies of the environment, by their variables, without names and passwords.
pub fn proxies() -> Vec<(String, String)> {
    let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    let set = names.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?)));
    set.filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), without_user(&value))).collect()
}

/// `http://name:password@host:port` without what comes before the host.
fn without_user(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}

#[cfg(test)]
mod tests {
    use super::{is_sso, profiles, without_user};

    #[test]
    fn profiles_are_the_sections_of_both_files() {
        let text = "[default]\nregion=x\n [profile dev-1]\n[sso-session corp]\n[prod]\n# [not]\n";
        assert_eq!(profiles(text), ["default", "dev-1", "prod"]);
        let quoted = "[profile 'data']\nsso_session = corp\n[profile b]\n[profile \"a b\"]\n[sso-session corp]\nsso_start_url = x\n[profiles]\n";
        assert_eq!(profiles(quoted), ["data", "b", "profiles"]);
        assert!(is_sso(quoted, "data") && !is_sso(quoted, "b"));
    }

    #[test]
    fn a_proxys_name_and_password_are_not_shown() {
        assert_eq!(without_user("http://me:se@cret@proxy.corp:3128"), "http://proxy.corp:3128");
        assert_eq!(without_user("proxy.corp:3128"), "proxy.corp:3128");
    }
}
