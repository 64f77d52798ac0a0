//! The script that deploys what was written: lines of the AWS CLI, to be read before they are run.

use super::template::Stack;
use crate::pipeline::{Environment, Pipeline};
use serde_json::Value;

/// The log groups of Glue (docs/aws-facts.md: Where logs are).
const LOG_GROUPS: [&str; 4] =
    ["/aws-glue/jobs/output", "/aws-glue/jobs/error", "/aws-glue/jobs/logs-v2", "/aws-glue/crawlers"];

pub(super) fn script(pipeline: &Pipeline, environment: &Environment, stacks: &[Stack]) -> String {
    let (account, region) = (&environment.account, &environment.region);
    let bucket = |purpose: &str| pipeline.bucket(environment, purpose);
    let mut lines = vec![
        "#!/bin/sh".to_owned(),
        format!(
            "# Deploys {} to the environment {}: account {account}, {region}. It needs the AWS CLI and may be run again.",
            pipeline.project, environment.name
        ),
        "set -eu".to_owned(),
        "cd \"$(dirname \"$0\")\"".to_owned(),
        format!("export AWS_REGION={region} AWS_DEFAULT_REGION={region}"),
        "account=$(aws sts get-caller-identity --query Account --output text)".to_owned(),
        format!("if [ \"$account\" != {account} ]; then"),
        format!("  echo \"deploy.sh: these credentials are of account $account; {account} is meant\" >&2"),
        "  exit 1".to_owned(),
        "fi".to_owned(),
        String::new(),
    ];
    for (index, stack) in stacks.iter().enumerate() {
        let mut line = format!(
            "aws cloudformation deploy --stack-name {} --template-file {} --no-fail-on-empty-changeset",
            stack.name, stack.file
        );
        if index > 0 {
            // The CLI keeps the parameters of a stack as they were unless they are given.
            let schedule = stack.template.pointer("/Parameters/Schedule/Default").and_then(Value::as_str);
            line += &schedule.map(|given| format!(" --parameter-overrides 'Schedule={given}'")).unwrap_or_default();
            // A template of more than 51,200 bytes goes by way of a bucket.
            line += &format!(" --s3-bucket {} --s3-prefix templates --capabilities CAPABILITY_IAM", bucket("assets"));
        }
        lines.push(line);
        if index == 0 {
            lines.push(format!("aws s3 sync jobs s3://{}", bucket("scripts")));
        }
    }
    if let Some(days) = pipeline.log_retention_days {
        for group in LOG_GROUPS {
            lines.push(format!("aws logs create-log-group --log-group-name {group} 2>/dev/null || true"));
            lines.push(format!("aws logs put-retention-policy --log-group-name {group} --retention-in-days {days}"));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
