//! Probes: whether the caller is allowed an action, found by asking for something that is not there. A caller who may not
//! is told so before anything is looked up; one who may is told that there is no such thing. Nothing is ever changed.

use super::clients::Clients;
use super::{fault, gateway::Gateway};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use gluedeck_core::domain::{Fault, FaultKind};
use gluedeck_core::request::{GetAccount, GetDpuLimit};
use std::error::Error;

/// Which policy of `docs/iam.md` has an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Look,
    Query,
    Change,
}

/// An action, and what is missing without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    pub name: &'static str,
    pub part: Part,
    pub without: &'static str,
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Allowed,
    Denied(Fault),
    /// It was not asked, or the answer tells neither.
    Unknown(String),
}

const fn action(name: &'static str, part: Part, without: &'static str) -> Action {
    Action { name, part, without }
}

/// Actions of `docs/iam.md` that are not asked for: Athena calls them with the caller's rights, and reading a result from S3
/// falls back to Athena's own pages.
pub const NOT_PROBED: [&str; 9] = [
    "glue:GetPartition",
    "glue:BatchGetPartition",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:GetBucketLocation",
    "s3:PutObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
    // Asked for by UpdateJob, for a role that only the job's definition names.
    "iam:PassRole",
];

/// Every other action that this program uses; `docs/iam.md` lists them by policy.
pub const ACTIONS: [Action; 56] = [
    action("sts:GetCallerIdentity", Part::Look, "the account is unknown, and staggers cannot be resumed"),
    action("glue:ListWorkflows", Part::Look, "the board shows no workflows"),
    action("glue:BatchGetWorkflows", Part::Look, "the board shows names only"),
    action("glue:GetWorkflow", Part::Look, "a workflow cannot be described"),
    action("glue:GetWorkflowRun", Part::Look, "runs cannot be described, results of starts not verified"),
    action("glue:GetWorkflowRuns", Part::Look, "no run history and no usual durations"),
    action("glue:GetWorkflowRunProperties", Part::Look, "run properties are not shown"),
    action("glue:GetTriggers", Part::Look, "jobs and triggers outside of workflows are not shown"),
    action("glue:GetTrigger", Part::Look, "triggers are not described, schedules not changed"),
    action("glue:GetJob", Part::Look, "jobs are not described"),
    action("glue:GetJobs", Part::Look, "staggers are planned from earlier runs only"),
    action("glue:GetJobRun", Part::Look, "job runs are not described"),
    action("glue:GetJobRuns", Part::Look, "`gluedeck logs` needs a run ID"),
    action("glue:GetCrawler", Part::Look, "crawlers are not described"),
    action("glue:GetCrawlers", Part::Look, "an account is not compared with the pipeline's file"),
    action("glue:ListJobs", Part::Look, "jobs outside of workflows are not shown"),
    action("glue:ListCrawlers", Part::Look, "jobs and crawlers outside of workflows are not shown"),
    action("glue:BatchGetJobs", Part::Look, "jobs outside of workflows are not shown"),
    action("glue:BatchGetCrawlers", Part::Look, "crawlers outside of workflows are not shown"),
    action("glue:ListCrawls", Part::Look, "only the last crawl of a crawler is known"),
    action("glue:GetDataQualityResult", Part::Look, "rules that failed are not shown for alerts of Glue Data Quality"),
    action("glue:GetJobBookmark", Part::Look, "bookmarks of jobs are not shown"),
    action("cloudwatch:GetMetricData", Part::Look, "metrics of job runs are not shown"),
    action("logs:GetLogEvents", Part::Look, "logs cannot be read"),
    action(
        "logs:DescribeLogStreams",
        Part::Look,
        "only the two default streams of a run are found: no executors, no root cause",
    ),
    action("logs:FilterLogEvents", Part::Look, "gluedeck logs --group does not work"),
    action("logs:StartLiveTail", Part::Look, "logs are followed by reading them again, seconds later"),
    action("servicequotas:GetServiceQuota", Part::Look, "the DPU limit is unknown, unless dpu_limit is configured"),
    action("athena:StartQueryExecution", Part::Query, "queries cannot be run"),
    action("athena:GetQueryExecution", Part::Query, "query status cannot be read"),
    action("athena:GetQueryResults", Part::Query, "rows cannot be read"),
    action("athena:StopQueryExecution", Part::Query, "queries cannot be cancelled"),
    action("athena:BatchGetQueryExecution", Part::Query, "history and queries left running are not shown"),
    action("athena:ListQueryExecutions", Part::Query, "the account's history is not listed"),
    action("athena:ListWorkGroups", Part::Query, "workgroups are not listed; use :workgroup NAME"),
    action("athena:ListNamedQueries", Part::Query, "named queries are not in the library"),
    action("athena:BatchGetNamedQuery", Part::Query, "named queries are not in the library"),
    action("glue:GetDatabases", Part::Query, "databases are not listed"),
    action("glue:GetDatabase", Part::Query, "Athena cannot resolve databases"),
    action("glue:GetTables", Part::Query, "the catalog and completion have no tables"),
    action("glue:GetTable", Part::Query, "Athena cannot resolve tables"),
    action("glue:GetPartitions", Part::Query, "Athena cannot find partitions"),
    action("glue:StartWorkflowRun", Part::Change, "workflows cannot be started"),
    action("glue:StopWorkflowRun", Part::Change, "runs cannot be stopped"),
    action("glue:ResumeWorkflowRun", Part::Change, "failed runs cannot be resumed from the failed step"),
    action("glue:StartJobRun", Part::Change, "single jobs cannot be started"),
    action("glue:BatchStopJobRun", Part::Change, "job runs cannot be stopped"),
    action("glue:ResetJobBookmark", Part::Change, "bookmarks of jobs cannot be reset"),
    action("glue:StartCrawler", Part::Change, "crawlers cannot be started"),
    action("glue:StopCrawler", Part::Change, "crawls cannot be stopped"),
    action("glue:StartCrawlerSchedule", Part::Change, "crawlers' schedules cannot be activated"),
    action("glue:StopCrawlerSchedule", Part::Change, "crawlers' schedules cannot be deactivated"),
    action("glue:StartTrigger", Part::Change, "triggers cannot be activated"),
    action("glue:StopTrigger", Part::Change, "triggers cannot be deactivated"),
    action("glue:UpdateTrigger", Part::Change, "schedules cannot be staggered"),
    action("glue:UpdateJob", Part::Change, "`gluedeck pipeline apply` cannot change jobs"),
];

/// A name that nothing has: nobody names anything so.
const NO_SUCH_NAME: &str = "gluedeck-doctor-looks-for-what-is-not-there";
/// A query's id that nothing has.
const NO_SUCH_QUERY_ID: &str = "00000000-0000-4000-8000-000000000000";

/// The fault of one call, sent once, if it failed.
macro_rules! ask {
    ($once:expr, $operation:expr, $call:expr) => {
        fault_of($operation, $call.customize().config_override($once()).send().await)
    };
}

macro_rules! once_of {
    ($service:ident) => {
        || $service::config::Builder::new().retry_config(RetryConfig::disabled())
    };
}

fn fault_of<T, E>(operation: &str, sent: Result<T, SdkError<E, HttpResponse>>) -> Option<Fault>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    sent.err().map(|error| fault::of(operation, &error))
}

/// Why an operation is not asked for.
fn unasked(operation: &str) -> Option<&'static str> {
    match operation {
        "StartQueryExecution" => Some("it would run a query"),
        "StartLiveTail" => Some("a session costs by the minute"),
        "GetMetricData" => Some("each metric that is asked for costs"),
        _ => None,
    }
}

impl Gateway {
    /// Whether the caller is allowed an action. In a session that may change nothing, actions that change are not asked.
    pub async fn probe(&self, action: &Action) -> Finding {
        let (service, operation) = action.name.split_once(':').unwrap_or(("", action.name));
        if action.part == Part::Change && self.is_read_only() {
            return Finding::Unknown("not checked: this session is read-only".to_owned());
        }
        if let Some(why) = unasked(operation) {
            return Finding::Unknown(format!("not checked: {why}"));
        }
        let clients = self.clients();
        if let Some(config_fault) = &clients.config_fault {
            return Finding::Unknown(config_fault.message.clone());
        }
        let fault = match (service, operation) {
            ("sts", _) => self.perform(GetAccount).await.err(),
            ("servicequotas", _) => self.perform(GetDpuLimit).await.err(),
            ("athena", _) => athena(&clients, operation).await,
            ("logs", _) => {
                let once = once_of!(aws_sdk_cloudwatchlogs);
                let (logs, group) = (clients.logs().await, "/aws-glue/jobs/error");
                match operation {
                    "DescribeLogStreams" => {
                        let call =
                            logs.describe_log_streams().log_group_name(group).log_stream_name_prefix(NO_SUCH_NAME);
                        ask!(once, operation, call)
                    }
                    "FilterLogEvents" => {
                        let call = logs
                            .filter_log_events()
                            .log_group_name(group)
                            .log_stream_name_prefix(NO_SUCH_NAME)
                            .limit(1);
                        ask!(once, operation, call)
                    }
                    _ => {
                        let call = logs.get_log_events().log_group_name(group);
                        ask!(once, operation, call.log_stream_name(NO_SUCH_NAME))
                    }
                }
            }
            _ if action.part == Part::Change => change(&clients, operation).await,
            _ if operation.contains("Database") || operation.contains("Table") || operation.contains("Partition") => {
                catalog(&clients, operation).await
            }
            _ => look(&clients, operation).await,
        };
        match fault {
            None => Finding::Allowed,
            Some(fault) => match fault.kind {
                // The service has looked, and found nothing, or did not like what it was asked for.
                FaultKind::NotFound | FaultKind::Refused => Finding::Allowed,
                FaultKind::Denied => Finding::Denied(fault),
                _ => Finding::Unknown(format!("{}: {}", fault.headline(), fault.message)),
            },
        }
    }

    /// The server's clock less this machine's, by the last answer, in seconds.
    pub fn clock_skew(&self) -> Option<i64> {
        self.clients().budgets.meter.skew().map(|skew| skew.num_seconds())
    }
}

async fn look(clients: &Clients, operation: &str) -> Option<Fault> {
    let (glue, once) = (clients.glue().await, once_of!(aws_sdk_glue));
    match operation {
        "ListWorkflows" => ask!(once, operation, glue.list_workflows().max_results(1)),
        "BatchGetWorkflows" => ask!(once, operation, glue.batch_get_workflows().names(NO_SUCH_NAME)),
        "GetWorkflow" => ask!(once, operation, glue.get_workflow().name(NO_SUCH_NAME)),
        "GetWorkflowRun" => ask!(once, operation, glue.get_workflow_run().name(NO_SUCH_NAME).run_id(NO_SUCH_NAME)),
        "GetWorkflowRuns" => ask!(once, operation, glue.get_workflow_runs().name(NO_SUCH_NAME)),
        "GetWorkflowRunProperties" => {
            ask!(once, operation, glue.get_workflow_run_properties().name(NO_SUCH_NAME).run_id(NO_SUCH_NAME))
        }
        "GetTriggers" => ask!(once, operation, glue.get_triggers().max_results(1)),
        "GetTrigger" => ask!(once, operation, glue.get_trigger().name(NO_SUCH_NAME)),
        "GetJob" => ask!(once, operation, glue.get_job().job_name(NO_SUCH_NAME)),
        "GetJobs" => ask!(once, operation, glue.get_jobs().max_results(1)),
        "GetJobRun" => ask!(once, operation, glue.get_job_run().job_name(NO_SUCH_NAME).run_id(NO_SUCH_NAME)),
        "GetJobRuns" => ask!(once, operation, glue.get_job_runs().job_name(NO_SUCH_NAME)),
        "GetCrawler" => ask!(once, operation, glue.get_crawler().name(NO_SUCH_NAME)),
        "GetCrawlers" => ask!(once, operation, glue.get_crawlers().max_results(1)),
        "ListJobs" => ask!(once, operation, glue.list_jobs().max_results(1)),
        "ListCrawlers" => ask!(once, operation, glue.list_crawlers().max_results(1)),
        "BatchGetJobs" => ask!(once, operation, glue.batch_get_jobs().job_names(NO_SUCH_NAME)),
        "BatchGetCrawlers" => ask!(once, operation, glue.batch_get_crawlers().crawler_names(NO_SUCH_NAME)),
        "GetDataQualityResult" => ask!(once, operation, glue.get_data_quality_result().result_id(NO_SUCH_NAME)),
        "GetJobBookmark" => ask!(once, operation, glue.get_job_bookmark().job_name(NO_SUCH_NAME)),
        "ListCrawls" => ask!(once, operation, glue.list_crawls().crawler_name(NO_SUCH_NAME)),
        _ => Some(not_known(operation)),
    }
}

async fn catalog(clients: &Clients, operation: &str) -> Option<Fault> {
    let (glue, once) = (clients.glue().await, once_of!(aws_sdk_glue));
    match operation {
        "GetDatabases" => ask!(once, operation, glue.get_databases().max_results(1)),
        "GetDatabase" => ask!(once, operation, glue.get_database().name(NO_SUCH_NAME)),
        "GetTables" => ask!(once, operation, glue.get_tables().database_name(NO_SUCH_NAME).max_results(1)),
        "GetTable" => ask!(once, operation, glue.get_table().database_name(NO_SUCH_NAME).name(NO_SUCH_NAME)),
        "GetPartitions" => {
            ask!(once, operation, glue.get_partitions().database_name(NO_SUCH_NAME).table_name(NO_SUCH_NAME))
        }
        _ => Some(not_known(operation)),
    }
}

async fn athena(clients: &Clients, operation: &str) -> Option<Fault> {
    let (athena, once) = (&clients.athena, once_of!(aws_sdk_athena));
    match operation {
        "GetQueryExecution" => ask!(once, operation, athena.get_query_execution().query_execution_id(NO_SUCH_QUERY_ID)),
        "GetQueryResults" => ask!(once, operation, athena.get_query_results().query_execution_id(NO_SUCH_QUERY_ID)),
        "BatchGetQueryExecution" => {
            ask!(once, operation, athena.batch_get_query_execution().query_execution_ids(NO_SUCH_QUERY_ID))
        }
        "ListQueryExecutions" => ask!(once, operation, athena.list_query_executions().max_results(1)),
        "ListWorkGroups" => ask!(once, operation, athena.list_work_groups().max_results(1)),
        "BatchGetNamedQuery" => {
            ask!(once, operation, athena.batch_get_named_query().named_query_ids(NO_SUCH_QUERY_ID))
        }
        "ListNamedQueries" => ask!(once, operation, athena.list_named_queries().max_results(1)),
        "StopQueryExecution" => {
            ask!(once, operation, athena.stop_query_execution().query_execution_id(NO_SUCH_QUERY_ID))
        }
        _ => Some(not_known(operation)),
    }
}

async fn change(clients: &Clients, operation: &str) -> Option<Fault> {
    let (glue, once) = (clients.glue().await, once_of!(aws_sdk_glue));
    match operation {
        "StartWorkflowRun" => ask!(once, operation, glue.start_workflow_run().name(NO_SUCH_NAME)),
        "StopWorkflowRun" => ask!(once, operation, glue.stop_workflow_run().name(NO_SUCH_NAME).run_id(NO_SUCH_NAME)),
        "ResumeWorkflowRun" => {
            ask!(
                once,
                operation,
                glue.resume_workflow_run().name(NO_SUCH_NAME).run_id(NO_SUCH_NAME).node_ids(NO_SUCH_NAME)
            )
        }
        "StartJobRun" => ask!(once, operation, glue.start_job_run().job_name(NO_SUCH_NAME)),
        "BatchStopJobRun" => {
            ask!(once, operation, glue.batch_stop_job_run().job_name(NO_SUCH_NAME).job_run_ids(NO_SUCH_NAME))
        }
        "ResetJobBookmark" => ask!(once, operation, glue.reset_job_bookmark().job_name(NO_SUCH_NAME)),
        "StartCrawlerSchedule" => ask!(once, operation, glue.start_crawler_schedule().crawler_name(NO_SUCH_NAME)),
        "StopCrawlerSchedule" => ask!(once, operation, glue.stop_crawler_schedule().crawler_name(NO_SUCH_NAME)),
        "StopCrawler" => ask!(once, operation, glue.stop_crawler().name(NO_SUCH_NAME)),
        "StartCrawler" => ask!(once, operation, glue.start_crawler().name(NO_SUCH_NAME)),
        "StartTrigger" => ask!(once, operation, glue.start_trigger().name(NO_SUCH_NAME)),
        "StopTrigger" => ask!(once, operation, glue.stop_trigger().name(NO_SUCH_NAME)),
        "UpdateTrigger" => {
            let update = aws_sdk_glue::types::TriggerUpdate::builder().description(NO_SUCH_NAME).build();
            ask!(once, operation, glue.update_trigger().name(NO_SUCH_NAME).trigger_update(update))
        }
        "UpdateJob" => {
            let update = aws_sdk_glue::types::JobUpdate::builder().description(NO_SUCH_NAME).build();
            ask!(once, operation, glue.update_job().job_name(NO_SUCH_NAME).job_update(update))
        }
        _ => Some(not_known(operation)),
    }
}

fn not_known(operation: &str) -> Fault {
    Fault::new(FaultKind::Misconfigured, operation, "no probe for this action")
}
