//! Roles that are only given with an MFA code. The SDK's chain asks for none, so a profile with `mfa_serial` is carried out
//! here: credentials of the source profile, then AssumeRole with the code.

use super::fault::{self, MFA_CODE_NEEDED};
use aws_config::SdkConfig;
use aws_config::profile::{self, ProfileSet};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_types::retry::RetryConfig;
use aws_types::os_shim_internal::{Env, Fs};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use thiserror::Error;

/// Credentials are renewed so long before they end.
const MARGIN: Duration = Duration::from_secs(60);

/// A code is good for half a minute or so; an older one would be refused.
const CODE_AGE: Duration = Duration::from_secs(90);

/// The code that was given last, and the credentials that it was good for. Clones share both; neither is ever printed.
#[derive(Clone, Default)]
pub struct MfaCodes {
    code: Arc<Mutex<Option<(String, Instant)>>>,
    held: Arc<tokio::sync::Mutex<Option<Credentials>>>,
}

impl fmt::Debug for MfaCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MfaCodes")
    }
}

impl MfaCodes {
    /// A code for the next request for credentials.
    pub fn give(&self, code: &str) {
        *self.code.lock().unwrap_or_else(PoisonError::into_inner) = Some((code.trim().to_owned(), Instant::now()));
    }

    /// The code that was given, unless it is too old; it is good for one request.
    fn take(&self) -> Option<String> {
        let given = self.code.lock().unwrap_or_else(PoisonError::into_inner).take();
        given.filter(|(code, at)| !code.is_empty() && at.elapsed() < CODE_AGE).map(|(code, _)| code)
    }
}

/// The MFA device whose code the profile in use needs, if it needs one.
pub async fn mfa_device(profile: Option<&str>) -> Option<String> {
    role(profile).await.map(|role| role.serial)
}

/// A role of a profile, as the profile has it.
#[derive(Debug, Clone)]
pub(super) struct MfaRole {
    arn: String,
    serial: String,
    /// The profile whose credentials ask for the role.
    pub(super) source: String,
    /// Keys of the source, where it is the profile itself.
    own_keys: Option<Credentials>,
    pub(super) region: Option<String>,
    session: Option<String>,
    external_id: Option<String>,
    seconds: Option<i32>,
}

/// The role of the profile in use, if it wants a code. Keys in the environment come before any profile, as in the chain.
pub(super) async fn role(profile: Option<&str>) -> Option<MfaRole> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if variable("AWS_ACCESS_KEY_ID").is_some() {
        return None;
    }
    let name = profile.map(str::to_owned).or_else(|| variable("AWS_PROFILE")).unwrap_or_else(|| "default".to_owned());
    let files = EnvConfigFiles::default();
    let profiles = profile::load(&Fs::real(), &Env::real(), &files, Some(name.clone().into())).await.ok()?;
    of_profile(&profiles, &name)
}

fn of_profile(profiles: &ProfileSet, name: &str) -> Option<MfaRole> {
    let own = profiles.get_profile(name)?;
    let get = |key: &str| own.get(key).map(str::to_owned);
    let source = get("source_profile")?;
    let keys = get("aws_access_key_id").zip(get("aws_secret_access_key")).filter(|_| source == name);
    let own_keys = keys.map(|(key, secret)| Credentials::new(key, secret, get("aws_session_token"), None, "profile"));
    Some(MfaRole {
        arn: get("role_arn")?,
        serial: get("mfa_serial")?,
        source,
        own_keys,
        region: get("region"),
        session: get("role_session_name"),
        external_id: get("external_id"),
        seconds: get("duration_seconds").and_then(|seconds| seconds.parse().ok()),
    })
}

/// Why there are no credentials.
#[derive(Debug, Error)]
enum MfaError {
    #[error("{MFA_CODE_NEEDED} {0}")]
    CodeNeeded(String),
    #[error("AssumeRole of {arn}: {message}")]
    Refused { arn: String, message: String },
    #[error("AssumeRole of {0}: an answer without credentials")]
    NoCredentials(String),
}

/// Gives the role's credentials, and asks for a code where those have ended.
#[derive(Debug)]
pub(super) struct MfaProvider {
    role: MfaRole,
    sts: aws_sdk_sts::Client,
    codes: MfaCodes,
}

impl MfaProvider {
    /// `source` is the configuration of the source profile.
    pub(super) fn new(role: MfaRole, source: &SdkConfig, codes: MfaCodes) -> Self {
        // A code that was sent is used up: a second attempt would be refused.
        let mut config = aws_sdk_sts::config::Builder::from(source).retry_config(RetryConfig::disabled());
        if let Some(keys) = &role.own_keys {
            config = config.credentials_provider(keys.clone());
        }
        Self { sts: aws_sdk_sts::Client::from_conf(config.build()), role, codes }
    }

    async fn credentials(&self) -> Result<Credentials, MfaError> {
        // One after the other: a code is good for one request.
        let mut held = self.codes.held.lock().await;
        let good = |held: &&Credentials| held.expiry().is_none_or(|end| end > SystemTime::now() + MARGIN);
        if let Some(held) = held.as_ref().filter(good) {
            return Ok(held.clone());
        }
        let serial = &self.role.serial;
        let code = self.codes.take().ok_or_else(|| MfaError::CodeNeeded(serial.clone()))?;
        let arn = || self.role.arn.clone();
        let answer = self
            .sts
            .assume_role()
            .role_arn(&self.role.arn)
            .role_session_name(self.role.session.as_deref().unwrap_or("gluedeck"))
            .serial_number(serial)
            .token_code(code)
            .set_external_id(self.role.external_id.clone())
            .set_duration_seconds(self.role.seconds)
            .send()
            .await
            .map_err(|error| MfaError::Refused { arn: arn(), message: fault::of("AssumeRole", &error).message })?;
        let given = answer.credentials().ok_or_else(|| MfaError::NoCredentials(arn()))?;
        let end = SystemTime::try_from(*given.expiration()).ok();
        let token = Some(given.session_token().to_owned());
        let made = Credentials::new(given.access_key_id(), given.secret_access_key(), token, end, "mfa");
        *held = Some(made.clone());
        Ok(made)
    }
}

impl ProvideCredentials for MfaProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { self.credentials().await.map_err(CredentialsError::provider_error) })
    }
}
