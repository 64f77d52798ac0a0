//! Addresses of the AWS console.

use super::context::{Endpoint, Session};
use gluedeck_core::domain::Target;
use gluedeck_core::request::ResourceRef;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a part of an address (RFC 3986, unreserved).
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where the AWS console shows a resource; none for what is not AWS, or without a Region.
pub fn address(session: &Session, what: &ResourceRef) -> Option<String> {
    let region = session.region.as_deref().filter(|_| session.endpoint == Endpoint::Aws)?;
    let domain = match region {
        region if region.starts_with("cn-") => "console.amazonaws.cn",
        region if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    let part = |name: &str| utf8_percent_encode(name, PART).to_string();
    let glue = |path: &str, name: &str| format!("glue/home?region={region}#/v2/{path}/view/{}", part(name));
    let place = match what {
        ResourceRef::Workflow(name) => glue("etl-configuration/workflows", name.as_str()),
        ResourceRef::Run { workflow, .. } => {
            glue("etl-configuration/workflows", workflow.as_str()) + "?activeViewTab=id-tab-history"
        }
        ResourceRef::Trigger(name) => glue("etl-configuration/triggers", name.as_str()),
        ResourceRef::Target(Target::Crawler(name)) => glue("data-catalog/crawlers", name.as_str()),
        ResourceRef::Target(Target::Job(name)) => {
            format!("gluestudio/home?region={region}#/editor/job/{}/runs", part(name.as_str()))
        }
        ResourceRef::JobRun { job, run } => {
            format!("gluestudio/home?region={region}#/job/{}/run/{}", part(job.as_str()), part(run.as_str()))
        }
    };
    Some(format!("https://{region}.{domain}/{place}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Load;
    use gluedeck_core::domain::{JobName, JobRunId, Policy, WorkflowName};

    #[test]
    fn addresses_lead_to_the_resource_and_only_on_aws() {
        let session = |endpoint, region: &str| Session {
            environment: "dev".into(),
            endpoint,
            region: Some(region.into()),
            account: Load::Idle,
            read_only: false,
            policy: Policy::default(),
            color: None,
            only: None,
            production: None,
            pipeline_file: None,
            has_sandbox: true,
        };
        let workflow = ResourceRef::Workflow(WorkflowName::new("User Workflow"));
        let aws = session(Endpoint::Aws, "us-east-1");
        assert_eq!(
            address(&aws, &workflow).as_deref(),
            Some(
                "https://us-east-1.console.aws.amazon.com/glue/home?region=us-east-1#/v2/etl-configuration/workflows/view/User%20Workflow"
            )
        );
        let run = ResourceRef::JobRun { job: JobName::new("a/b"), run: JobRunId::new("jr_1") };
        let address_of_run = address(&session(Endpoint::Aws, "cn-north-1"), &run).expect("an address");
        assert!(address_of_run.starts_with("https://cn-north-1.console.amazonaws.cn/gluestudio/"), "{address_of_run}");
        assert!(address_of_run.ends_with("#/job/a%2Fb/run/jr_1"), "{address_of_run}");
        assert_eq!(address(&session(Endpoint::Sandbox("x".into()), "us-east-1"), &workflow), None);
    }
}
