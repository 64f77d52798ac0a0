//! From the SDK's errors to faults a person can act on.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use gluedeck_core::domain::{Fault, FaultKind};
use std::error::Error;

/// How the message of an MFA code that is missing begins.
pub(super) const MFA_CODE_NEEDED: &str = "MFA code needed for";

/// The fault of a call that reads.
pub(super) fn of<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let fault = |kind, message: String| Fault::new(kind, operation, message);
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let code = service.err().code().unwrap_or("unknown error");
            let message = service.err().message().unwrap_or_default();
            let kind = match service.err().code() {
                None => FaultKind::InvalidResponse,
                Some(_) if is_of_the_clock(code, message) => FaultKind::WrongClock,
                Some(_) => kind_of(code, status),
            };
            fault(kind, if message.is_empty() { code.to_owned() } else { format!("{code}: {message}") })
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            fault(FaultKind::InvalidResponse, format!("HTTP {status} with an unexpected body"))
        }
        SdkError::TimeoutError(_) => fault(FaultKind::Unreachable, "timed out".into()),
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => {
            if let Some(credentials) = cause::<CredentialsError>(error) {
                let kind = credentials_kind(credentials);
                let message = match kind {
                    FaultKind::NoCredentials => "no credentials found in the provider chain".to_owned(),
                    FaultKind::CredentialsFailed | FaultKind::MfaCodeNeeded => why_failed(credentials),
                    _ => innermost(credentials),
                };
                return fault(kind, message);
            }
            let message = match cause::<std::io::Error>(error) {
                Some(io) => io.to_string(),
                None => innermost(error),
            };
            let construction = matches!(error, SdkError::ConstructionFailure(_));
            fault(if construction { FaultKind::Refused } else { FaultKind::Unreachable }, message)
        }
        _ => fault(FaultKind::Service, DisplayErrorContext(error).to_string()),
    }
}

/// The list of an answer. AWS sends an empty one as such; an answer without it, or without a body, is no answer at all.
pub(super) fn listed<T>(operation: &str, member: &str, list: Option<Vec<T>>) -> Result<Vec<T>, Fault> {
    let message = || format!("HTTP 200 without {member}");
    list.ok_or_else(|| Fault::new(FaultKind::InvalidResponse, operation, message()))
}

/// The fault of a call that changes something: where the request may have arrived, the outcome is unknown.
pub(super) fn of_change<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let fault = of(operation, error);
    let never_arrived =
        cause::<std::io::Error>(error).is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused);
    let unknown = match fault.kind {
        FaultKind::Unreachable => !never_arrived,
        FaultKind::InvalidResponse | FaultKind::Service => true,
        _ => false,
    };
    if unknown { Fault { kind: FaultKind::OutcomeUnknown, ..fault } } else { fault }
}

/// By the error code; ThrottlingException is modelled on none of the operations used here, so no variant tells it.
fn kind_of(code: &str, status: u16) -> FaultKind {
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" => FaultKind::Expired,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "LimitExceededException" => FaultKind::Throttled,
        "EntityNotFoundException" | "ResourceNotFoundException" => FaultKind::NotFound,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken" => FaultKind::Denied,
        "OperationTimeoutException" => FaultKind::Service,
        _ if code.starts_with("AccessDenied") => FaultKind::Denied,
        _ if status >= 500 => FaultKind::Service,
        _ => FaultKind::Refused,
    }
}

/// `Signature expired: 20261130T… is now earlier than …`, `Signature not yet current`, and S3's name for it.
fn is_of_the_clock(code: &str, message: &str) -> bool {
    code == "RequestTimeTooSkewed"
        || message.contains("Signature expired")
        || message.contains("Signature not yet current")
}

/// The chain ends at the first provider that the profile names, whatever becomes of it: what it said is the cause.
fn credentials_kind(error: &CredentialsError) -> FaultKind {
    let text = DisplayErrorContext(error).to_string().to_lowercase();
    let process =
        text.contains("credential_process") || text.contains("external process") || text.contains("assumerole");
    if text.contains(&MFA_CODE_NEEDED.to_lowercase()) {
        return FaultKind::MfaCodeNeeded;
    }
    let sso = text.contains("sso") && (text.contains("token") || text.contains("expired"));
    match error {
        CredentialsError::CredentialsNotLoaded(_) => FaultKind::NoCredentials,
        CredentialsError::ProviderTimedOut(_) => FaultKind::Unreachable,
        _ if process => FaultKind::CredentialsFailed,
        _ if sso || text.contains("expired") => FaultKind::Expired,
        _ => FaultKind::CredentialsFailed,
    }
}

/// What a provider of credentials says: the service's code and words where there are any, else all that the errors add up to.
fn why_failed(error: &CredentialsError) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(current) = next {
        let text = current.to_string();
        // Wrappings repeat what they wrap, or say only that something failed.
        let says = !["unhandled error", "service error", "an error occurred while loading credentials"]
            .contains(&text.as_str());
        if says && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = current.source();
    }
    parts.join(": ")
}

/// The first cause of a type in the chain of sources.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut current = error;
    while let Some(source) = current.source() {
        current = source;
    }
    current.to_string()
}
