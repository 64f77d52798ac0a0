//! The AWS query protocol, which STS speaks: a form in, XML out.

use super::Endpoint;
use super::caller::Caller;
use super::fault::{WireFault, escape};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Answers `GetCallerIdentity`; everything else is an invalid action.
pub(super) async fn call(endpoint: &Endpoint, headers: &HeaderMap, body: &[u8]) -> Result<Response, WireFault> {
    let form = String::from_utf8_lossy(body);
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default();
    if action.is_empty() {
        return Err(WireFault::unknown_operation("without a target"));
    }
    Ok(answer(endpoint, headers, action, body).await.unwrap_or_else(refused))
}

async fn answer(endpoint: &Endpoint, headers: &HeaderMap, action: &str, body: &[u8]) -> Result<Response, WireFault> {
    endpoint.apply_faults("sts", action, body).await?;
    let caller = Caller::of(headers)?;
    let backend = endpoint.backend(&caller)?;
    let account = backend.environment.account;
    caller.authorize(account, "sts", action)?;
    if action != "GetCallerIdentity" {
        return Err(WireFault::new("InvalidAction", format!("Could not find operation {action}")));
    }
    endpoint.count(action);
    let arn = escape(&caller.arn(account));
    let xml = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>{arn}</Arn><UserId>AIDASANDBOX</UserId><Account>{account}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    );
    Ok(([(header::CONTENT_TYPE, "text/xml")], xml).into_response())
}

fn refused(fault: WireFault) -> Response {
    // STS says ExpiredToken, the JSON services ExpiredTokenException.
    let code = fault.code().trim_end_matches("Exception").to_owned();
    let status = match code.as_str() {
        "ExpiredToken" | "AccessDenied" | "MissingAuthenticationToken" => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    };
    let message = escape(fault.message());
    let xml = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>sandbox</RequestId></ErrorResponse>"
    );
    (status, [(header::CONTENT_TYPE, "text/xml")], xml).into_response()
}
