//! The AWS query protocol, which STS speaks: a form in, XML out.

use super::Endpoint;
use super::caller::Caller;
use super::fault::{WireFault, escape};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{TimeDelta, Utc};

/// Answers `GetCallerIdentity` and `AssumeRole`; everything else is an invalid action.
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
    let account = backend.environment.account.as_str();
    caller.authorize(account, "sts", action)?;
    if action == "AssumeRole" {
        endpoint.count(action);
        return assume_role(body);
    }
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

/// Temporary keys for any role; with an MFA device only for a code of six digits that is not `000000`. They end an hour
/// from now by the clock of the clients, who compare with their own.
fn assume_role(body: &[u8]) -> Result<Response, WireFault> {
    let form = String::from_utf8_lossy(body).into_owned();
    let field = |name: &str| {
        let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
    };
    let code = field("TokenCode").unwrap_or_default();
    let is_code = code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()) && code != "000000";
    if field("SerialNumber").is_some() && !is_code {
        let message = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
        return Err(WireFault::new("AccessDenied", message.to_owned()));
    }
    let end = (Utc::now() + TimeDelta::hours(1)).format("%Y-%m-%dT%H:%M:%SZ");
    let xml = format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
         <AccessKeyId>ASIASANDBOX000000000</AccessKeyId><SecretAccessKey>sandbox</SecretAccessKey>\
         <SessionToken>sandbox</SessionToken><Expiration>{end}</Expiration></Credentials></AssumeRoleResult>\
         <ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata></AssumeRoleResponse>"
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
