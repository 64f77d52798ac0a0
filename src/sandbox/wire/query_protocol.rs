//! The AWS query protocol, which STS speaks: a form in, XML out.

use super::Endpoint;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Answers `GetCallerIdentity`; everything else is an invalid action.
pub(super) fn call(endpoint: &Endpoint, body: &[u8]) -> Response {
    let body = String::from_utf8_lossy(body);
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default();
    if action != "GetCallerIdentity" {
        let xml = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code>\
                   <Message>The sandbox has no such action</Message></Error></ErrorResponse>";
        return (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "text/xml")], xml).into_response();
    }
    endpoint.count(action);
    let account = endpoint.hub.read(|control, _| control.world.night.account.clone());
    let xml = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:user/oncall</Arn><UserId>AIDASANDBOX</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    );
    ([(header::CONTENT_TYPE, "text/xml")], xml).into_response()
}
