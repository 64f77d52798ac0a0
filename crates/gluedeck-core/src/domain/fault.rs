//! What went wrong with a call, in words for a person: what failed, why, and what to do next.

use thiserror::Error;

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{operation}: {}: {message}", self.headline())]
pub struct Fault {
    pub kind: FaultKind,
    /// The operation, such as `BatchGetWorkflows`.
    pub operation: String,
    /// The service's own words, or the connector's.
    pub message: String,
}

/// The kinds that are handled differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Nothing in the credential chain answered.
    NoCredentials,
    /// Credentials or SSO session have expired.
    Expired,
    /// A provider of credentials failed: a process, a role that is not given.
    CredentialsFailed,
    /// The profile's role is only given with a code.
    MfaCodeNeeded,
    /// This machine's time is not that of the service.
    WrongClock,
    /// The service knows the caller and says no, or this program is read-only.
    Denied,
    Throttled,
    /// No connection, or no answer in time.
    Unreachable,
    NotFound,
    /// The service took the request and refused it: the caller must change something.
    Refused,
    /// What this program was told about the account does not hold; nothing was sent.
    Misconfigured,
    /// What has to be on disk before the call could not be written; nothing was sent.
    NotSaved,
    /// This program is told to change nothing.
    ReadOnly,
    /// The environment's policy, as configured, does not allow it.
    Policy,
    /// An answer that could not be read.
    InvalidResponse,
    /// An error of the service itself.
    Service,
    /// A call that changes something got no clear answer; whether it took effect is not known.
    OutcomeUnknown,
    /// A call that changes something got no answer, and reading afterwards showed that it did not take effect.
    NotApplied,
}

impl Fault {
    pub fn new(kind: FaultKind, operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, operation: operation.into(), message: message.into() }
    }

    /// A word or two for a status line.
    pub fn headline(&self) -> &'static str {
        match self.kind {
            FaultKind::NoCredentials => "no credentials",
            FaultKind::Expired => "credentials expired",
            FaultKind::CredentialsFailed => "credentials failed",
            FaultKind::MfaCodeNeeded => "MFA code needed",
            FaultKind::WrongClock => "clock wrong",
            FaultKind::Denied => "access denied",
            FaultKind::Throttled => "throttled",
            FaultKind::Unreachable => "unreachable",
            FaultKind::NotFound => "not found",
            FaultKind::Refused => "rejected",
            FaultKind::Misconfigured => "not configured",
            FaultKind::NotSaved => "not saved",
            FaultKind::ReadOnly => "read-only",
            FaultKind::Policy => "denied by policy",
            FaultKind::InvalidResponse => "invalid response",
            FaultKind::Service => "service error",
            FaultKind::OutcomeUnknown => "outcome unknown",
            FaultKind::NotApplied => "not applied",
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self.kind {
            FaultKind::NoCredentials => {
                "Checked AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the profile in ~/.aws/config and ~/.aws/credentials \
                 (SSO, assumed role, process), web identity, and container and instance credentials. Run `aws sso login` or \
                 `aws configure`, or use another profile with --profile."
            }
            FaultKind::Expired => "Run `aws sso login` (or refresh the keys) in another terminal.",
            FaultKind::CredentialsFailed => {
                "The profile names where credentials come from, and that failed: see the message. `aws sts \
                 get-caller-identity` with the same profile asks the same."
            }
            FaultKind::MfaCodeNeeded => {
                "The profile has an mfa_serial. In the console type :mfa and the code; a command asks for it on a terminal. \
                 Without one, `eval \"$(aws configure export-credentials --format env)\"` asks."
            }
            FaultKind::WrongClock => {
                "Set this machine's clock (timedatectl, or the settings): AWS takes requests of the last five minutes only."
            }
            FaultKind::Denied => {
                "Ask for the action in your IAM policy, or use another profile; docs/iam.md lists what is needed."
            }
            FaultKind::Throttled => "AWS limits calls per account and Region.",
            FaultKind::Unreachable => "Check the network, the Region and the endpoint.",
            FaultKind::Misconfigured => {
                "Nothing was sent. Use the right flag, variable or profile; in the console, E offers profiles and Regions."
            }
            FaultKind::NotSaved => "Check the space and the permissions of the state folder, then try again.",
            FaultKind::ReadOnly => "Remove --read-only, or read_only in the configuration, to allow changes.",
            FaultKind::NotFound => "It may have been deleted or renamed, or be in another Region or account.",
            FaultKind::Refused => "See the message for what was not accepted.",
            FaultKind::InvalidResponse => "Check for a proxy or another server at this endpoint.",
            FaultKind::Service => "This is an error in the service.",
            FaultKind::Policy => "See [environments.NAME.policy] in the configuration file.",
            FaultKind::NotApplied => "It was sent once and had no effect; you can try again.",
            FaultKind::OutcomeUnknown => {
                "It was sent once, not retried. Look at what it has done before you try again."
            }
        }
    }

    /// Whether another change came in between; the service has carried out nothing (Glue service model).
    pub fn is_conflict(&self) -> bool {
        self.message.starts_with("ConcurrentModificationException")
    }

    /// Whether only a person can fix it, with a login or the right time: the console waits for that, a command ends.
    pub fn needs_a_person(&self) -> bool {
        matches!(
            self.kind,
            FaultKind::NoCredentials
                | FaultKind::Expired
                | FaultKind::CredentialsFailed
                | FaultKind::MfaCodeNeeded
                | FaultKind::WrongClock
        )
    }

    /// Whether trying again later may help without anybody changing the request.
    pub fn is_transient(&self) -> bool {
        let passes = matches!(
            self.kind,
            FaultKind::Throttled | FaultKind::Unreachable | FaultKind::InvalidResponse | FaultKind::Service
        );
        passes || self.needs_a_person()
    }
}
