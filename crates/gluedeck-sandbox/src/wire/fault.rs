//! Errors as AWS puts them on the wire: JSON for most services, XML for S3 and STS.

use crate::control::Refusal;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An AWS error: code, message, HTTP status, and members of the error's own.
#[derive(Debug, Clone)]
pub(crate) struct WireFault {
    status: StatusCode,
    code: String,
    message: String,
    members: Vec<(&'static str, Value)>,
    /// A body to be sent in place of a well-formed one.
    verbatim: Option<Box<str>>,
}

impl WireFault {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        let (status, members) = (StatusCode::BAD_REQUEST, Vec::new());
        Self { status, code: code.to_owned(), message: message.into(), members, verbatim: None }
    }

    /// Adds a member of the error's shape, such as Athena's `AthenaErrorCode`, or an element of S3's, such as `Key`.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn verbatim(mut self, body: Option<String>) -> Self {
        self.verbatim = body.map(String::into_boxed_str);
        self
    }

    pub(crate) fn unknown_operation(what: &str) -> Self {
        Self::new("UnknownOperationException", format!("The sandbox has no operation {what}"))
    }

    pub(crate) fn internal() -> Self {
        Self::new("InternalServiceException", "The sandbox failed on this request")
            .status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn too_large() -> Self {
        Self::new("RequestEntityTooLargeException", "The request's body is too large")
            .status(StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// The error as S3 and STS write it. Their codes have no `Exception` at the end.
    pub(crate) fn into_xml(self) -> Response {
        let code = match self.code.as_str() {
            "IllegalLocationConstraintException" => &self.code,
            code => code.trim_end_matches("Exception"),
        };
        let (code, message) = (escape(code), escape(&self.message));
        let element = |(name, value): &(&str, Value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("<{name}>{}</{name}>", escape(&text))
        };
        let more: String = self.members.iter().map(element).collect();
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>");
        let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{error}");
        (self.status, [(header::CONTENT_TYPE, "application/xml")], self.verbatim.map_or(body, String::from))
            .into_response()
    }

    /// The same refusal in the words of a service that has one code for all that is wrong with a request.
    pub(crate) fn in_words_of(mut self, code: &str) -> Self {
        if matches!(self.code.as_str(), "InvalidInputException" | "ValidationException") {
            code.clone_into(&mut self.code);
        }
        self
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

/// Text inside XML.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter if letter.is_control() && !matches!(letter, '\n' | '\t') => {
                escaped.push_str(&format!("&#x{:x};", u32::from(letter)));
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

impl From<Refusal> for WireFault {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.code, refusal.message)
    }
}

impl IntoResponse for WireFault {
    fn into_response(self) -> Response {
        let mut body = json!({ "__type": self.code, "message": self.message, "Message": self.message });
        for (name, value) in self.members {
            body[name] = value;
        }
        let headers =
            [(header::CONTENT_TYPE.as_str(), "application/x-amz-json-1.1".to_owned()), ("x-amzn-errortype", self.code)];
        (self.status, headers, self.verbatim.map_or_else(|| body.to_string(), String::from)).into_response()
    }
}

/// Athena's `InvalidRequestException`.
pub(super) fn invalid(code: &str, message: &str) -> WireFault {
    WireFault::new("InvalidRequestException", message).with("AthenaErrorCode", code)
}
