//! Errors as AWS JSON 1.1 puts them on the wire.

use crate::sandbox::control::Refusal;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An AWS error: code, message, HTTP status, and members of the error's own.
#[derive(Debug, Clone)]
pub(crate) struct WireFault {
    status: StatusCode,
    code: String,
    message: String,
    member: Option<(&'static str, Value)>,
}

impl WireFault {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: code.to_owned(), message: message.into(), member: None }
    }

    /// Adds a member of the error's shape, such as Athena's `AthenaErrorCode`.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.member = Some((name, value.into()));
        self
    }

    pub(crate) fn unknown_operation(what: &str) -> Self {
        Self::new("UnknownOperationException", format!("The sandbox has no operation {what}"))
    }

    pub(crate) fn internal() -> Self {
        let mut fault = Self::new("InternalServiceException", "The sandbox failed on this request");
        fault.status = StatusCode::INTERNAL_SERVER_ERROR;
        fault
    }
}

impl From<Refusal> for WireFault {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code, refusal.message)
    }
}

impl IntoResponse for WireFault {
    fn into_response(self) -> Response {
        let mut body = json!({ "__type": self.code, "message": self.message, "Message": self.message });
        if let Some((name, value)) = self.member {
            body[name] = value;
        }
        let headers =
            [(header::CONTENT_TYPE.as_str(), "application/x-amz-json-1.1".to_owned()), ("x-amzn-errortype", self.code)];
        (self.status, headers, body.to_string()).into_response()
    }
}
