//! Why CloudFormation refuses, and how it reaches the services whose resources it makes.

use crate::backend::Backend;
use gluedeck_pipeline::intrinsics::ResolveError;
use serde_json::Value;

/// An error of the service: code and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

/// What is wrong with a request or a template.
pub(super) fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("ValidationError", message)
}

impl From<ResolveError> for Failure {
    fn from(error: ResolveError) -> Self {
        invalid(error.to_string())
    }
}

/// Calls an operation of another service: `glue` or `athena`, the operation's name, its input.
pub(crate) type Call<'c> = &'c dyn Fn(&str, &str, Value) -> Result<Value, Failure>;

/// An account's Region, and its services.
pub(crate) struct Context<'c> {
    pub(crate) backend: &'c Backend,
    pub(crate) call: Call<'c>,
}
