//! The alert: a rule that hears of failures, and the function that it calls.

use super::template::{Names, role_of};
use crate::programs::ALERT_FUNCTION;
use serde_json::{Map, Value, json};

/// The parameter that names the secret with the address of the Slack webhook.
pub(super) const WEBHOOK: &str = "SlackWebhookParameter";

pub(super) fn webhook_parameter(names: &Names<'_>) -> Value {
    json!({
        "Type": "String",
        "Default": format!("/{}/{}/slack-webhook", names.pipeline.project, names.environment.name),
        "Description": "The SecureString parameter of Systems Manager with the address of the Slack webhook",
    })
}

/// The rule that hears of failures, and the function that it calls. A crawler's failure is `Failed`, a job's `FAILED`.
pub(super) fn resources(names: &Names<'_>) -> Map<String, Value> {
    let function = format!("{}-alert", names.prefix());
    let group = format!("/aws/lambda/{function}");
    let logs = format!("arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{group}:*");
    let secret = format!("arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter${{{WEBHOOK}}}");
    let statements = json!([
        { "Sid": "Logs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
          "Resource": { "Fn::Sub": logs } },
        { "Sid": "Webhook", "Effect": "Allow", "Action": "ssm:GetParameter", "Resource": { "Fn::Sub": secret } },
    ]);
    let mut parts = Map::from_iter([
        ("AlertRole".to_owned(), role_of(names, "lambda.amazonaws.com", "Alert", statements)),
        ("AlertLogGroup".to_owned(), log_group(names, &group)),
        ("AlertFunction".to_owned(), function_resource(names, &function)),
    ]);
    let pattern = json!({
        "source": ["aws.glue"],
        "detail-type": ["Glue Job State Change", "Glue Crawler State Change"],
        "detail": { "state": ["FAILED", "TIMEOUT", "ERROR", "Failed"] },
    });
    parts.insert(
        "AlertRule".to_owned(),
        json!({
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Name": function,
                "Description": "Jobs and crawlers that failed",
                "EventPattern": pattern,
                "State": "ENABLED",
                "Targets": [{ "Id": "alert", "Arn": { "Fn::GetAtt": ["AlertFunction", "Arn"] } }],
            },
        }),
    );
    parts.insert(
        "AlertPermission".to_owned(),
        json!({
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": { "Ref": "AlertFunction" },
                "Principal": "events.amazonaws.com",
                "SourceArn": { "Fn::GetAtt": ["AlertRule", "Arn"] },
            },
        }),
    );
    parts
}

fn log_group(names: &Names<'_>, group: &str) -> Value {
    json!({
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {
            "LogGroupName": group,
            "RetentionInDays": names.pipeline.log_retention_days.unwrap_or(90),
            "Tags": names.tag_list(),
        },
    })
}

fn function_resource(names: &Names<'_>, function: &str) -> Value {
    json!({
        "Type": "AWS::Lambda::Function",
        "DependsOn": "AlertLogGroup",
        "Properties": {
            "FunctionName": function,
            "Description": "Tells a Slack channel of Glue jobs and crawlers that failed",
            "Code": { "ZipFile": ALERT_FUNCTION },
            "Handler": "index.handler",
            "Role": { "Fn::GetAtt": ["AlertRole", "Arn"] },
            "Runtime": "python3.13",
            "Timeout": 30,
            "Environment": { "Variables": { "WEBHOOK_PARAMETER": { "Ref": WEBHOOK } } },
            "Tags": names.tag_list(),
        },
    })
}
