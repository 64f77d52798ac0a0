//! Describing a resource: the service's own answer, word for word, so that what this version does not know shows too.

use super::clients::Clients;
use super::fault;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use chrono::{DateTime, SecondsFormat};
use gluedeck_core::analysis::redact;
use gluedeck_core::domain::{Fault, FaultKind, Target};
use gluedeck_core::request::ResourceRef;
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// Keeps the body of the answer.
#[derive(Debug, Clone, Default)]
struct Capture(Arc<Mutex<Vec<u8>>>);

impl Intercept for Capture {
    fn name(&self) -> &'static str {
        "capture"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(body) = context.response().body().bytes() {
            *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = body.to_vec();
        }
        Ok(())
    }
}

/// One call, and its answer's body.
macro_rules! answer {
    ($operation:expr, $call:expr) => {{
        let capture = Capture::default();
        let sent = $call.customize().interceptor(capture.clone()).send().await;
        sent.map_err(|error| fault::of($operation, &error))?;
        ($operation, std::mem::take(&mut *capture.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())))
    }};
}

/// The resource as pretty JSON.
///
/// Times are told in RFC 3339 in place of the wire's seconds, and what is named like a secret is not shown.
pub(super) async fn describe(clients: &Clients, what: &ResourceRef) -> Result<String, Fault> {
    let glue = clients.glue().await;
    let (operation, body) = match what {
        ResourceRef::Workflow(name) => {
            answer!("GetWorkflow", glue.get_workflow().name(name.as_str()).include_graph(true))
        }
        ResourceRef::Run { workflow, run } => {
            let call = glue.get_workflow_run().name(workflow.as_str()).run_id(run.as_str());
            answer!("GetWorkflowRun", call.include_graph(true))
        }
        ResourceRef::Trigger(name) => answer!("GetTrigger", glue.get_trigger().name(name.as_str())),
        ResourceRef::Target(Target::Job(name)) => answer!("GetJob", glue.get_job().job_name(name.as_str())),
        ResourceRef::Target(Target::Crawler(name)) => answer!("GetCrawler", glue.get_crawler().name(name.as_str())),
        ResourceRef::JobRun { job, run } => {
            answer!("GetJobRun", glue.get_job_run().job_name(job.as_str()).run_id(run.as_str()))
        }
    };
    let garbled = |error: serde_json::Error| Fault::new(FaultKind::InvalidResponse, operation, error.to_string());
    let mut value: Value = serde_json::from_slice(&body).map_err(garbled)?;
    make_readable("", &mut value);
    serde_json::to_string_pretty(&value).map_err(garbled)
}

fn make_readable(key: &str, value: &mut Value) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(key, value)| make_readable(key, value)),
        Value::Array(items) => items.iter_mut().for_each(|item| make_readable(key, item)),
        Value::Number(number) if ["On", "Time", "Updated"].iter().any(|end| key.ends_with(end)) => {
            let millis = number.as_f64().filter(|seconds| *seconds > 1e8).map(|seconds| (seconds * 1e3) as i64);
            if let Some(at) = millis.and_then(DateTime::from_timestamp_millis) {
                *value = Value::String(at.to_rfc3339_opts(SecondsFormat::Millis, true));
            }
        }
        Value::String(text) if redact::is_secret(key) => *text = "(not shown)".to_owned(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_readable_and_secrets_are_not_shown() {
        let mut value = json!({"Job": {"CreatedOn": 1764039600.5, "Timeout": 60,
            "DefaultArguments": {"--db_password": "hunter2", "--table": "user"}}});
        make_readable("", &mut value);
        let job = &value["Job"];
        assert_eq!(job["CreatedOn"], "2025-11-25T03:00:00.500Z");
        assert_eq!(job["Timeout"], 60);
        assert_eq!(job["DefaultArguments"], json!({"--db_password": "(not shown)", "--table": "user"}));
    }
}
