//! The AWS query protocol, which STS and CloudFormation speak: a form in, XML out.

use super::Endpoint;
use super::caller::Caller;
use super::fault::{WireFault, escape};
use super::input::Input;
use super::{athena_workgroups, glue};
use crate::backend::Backend;
use crate::cloudformation::{self, Context, Failure, Form};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{TimeDelta, Utc};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::sync::Arc;

/// The API version of CloudFormation, which tells its requests from those of STS.
const CLOUDFORMATION: &str = "2010-05-15";

/// Answers operations of STS and of CloudFormation; everything else is an invalid action.
pub(super) async fn call(endpoint: &Endpoint, headers: &HeaderMap, body: &[u8]) -> Result<Response, WireFault> {
    let form = form(body);
    let action = form.get("Action").cloned().unwrap_or_default();
    if action.is_empty() {
        return Err(WireFault::unknown_operation("without a target"));
    }
    let service = match form.get("Version").map(String::as_str) {
        Some(CLOUDFORMATION) => "cloudformation",
        _ => "sts",
    };
    Ok(answer(endpoint, headers, (service, &action), (form, body)).await.unwrap_or_else(refused))
}

/// The parameters of a form.
fn form(body: &[u8]) -> Form {
    let text = String::from_utf8_lossy(body);
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

async fn answer(
    endpoint: &Endpoint,
    headers: &HeaderMap,
    (service, action): (&'static str, &str),
    (form, body): (Form, &[u8]),
) -> Result<Response, WireFault> {
    endpoint.apply_faults(service, action, body).await?;
    let caller = Caller::of(headers)?;
    let backend = endpoint.backend(&caller)?;
    let account = backend.environment.account.as_str();
    caller.authorize(account, service, action)?;
    if service == "cloudformation" {
        endpoint.count(action);
        let (backend, operation) = (Arc::clone(&backend), action.to_owned());
        // A stack of many resources takes its time.
        let work = tokio::task::spawn_blocking(move || deploy(&backend, &operation, &form));
        let result = work.await.unwrap_or_else(|_| Err(WireFault::internal()))?;
        return Ok(result_xml(action, &result));
    }
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

/// An operation of CloudFormation, which makes its resources by the operations of the other services.
fn deploy(backend: &Backend, operation: &str, form: &Form) -> Result<Value, WireFault> {
    let call = |service: &str, operation: &str, input: Value| {
        let input = Input::new(input);
        let answer = match service {
            "athena" => athena_workgroups::call(backend, operation, &input),
            _ => glue::call(backend, operation, &input),
        };
        answer.map_err(|fault| Failure::new(fault.code(), fault.message()))
    };
    let context = Context { backend, call: &call };
    cloudformation::call(&context, operation, form).map_err(|failure| WireFault::new(&failure.code, failure.message))
}

/// The members of a result as CloudFormation writes them.
fn result_xml(action: &str, result: &Value) -> Response {
    let members = xml_of(result);
    let xml = format!(
        "<{action}Response xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><{action}Result>{members}\
         </{action}Result><ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata></{action}Response>"
    );
    ([(header::CONTENT_TYPE, "text/xml")], xml).into_response()
}

/// A value as XML: maps by their names, lists as members; what is null is left out.
fn xml_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => escape(text),
        Value::Array(list) => list.iter().map(|entry| format!("<member>{}</member>", xml_of(entry))).collect(),
        Value::Object(map) => {
            let there = map.iter().filter(|(_, value)| !value.is_null());
            there.map(|(name, value)| format!("<{name}>{}</{name}>", xml_of(value))).collect()
        }
    }
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
    // The query protocol says ExpiredToken, the JSON services ExpiredTokenException.
    let code = match fault.code() {
        "ExpiredTokenException" => "ExpiredToken".to_owned(),
        "AccessDeniedException" => "AccessDenied".to_owned(),
        other => other.to_owned(),
    };
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
