//! Contract tests: the real SDK, and plain HTTP, against the sandbox. Each names the facts that it holds the sandbox
//! to, by their headings in docs/aws-facts.md, or in docs/pipeline.md where it says so.

mod athena;
mod athena_facts;
mod control;
mod control_facts;
mod facts;
mod logs;
mod wire;

use crate::support::{World, http, http_with};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_glue::error::ProvideErrorMetadata;
use aws_sdk_glue::types::{Node, Workflow, WorkflowRunStatus};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) fn sdk(world: &World) -> SdkConfig {
    sdk_as(world, "AKIATEST", "us-east-1")
}

/// As the owner of an access key, in a Region.
fn sdk_as(world: &World, access_key: &str, region: &'static str) -> SdkConfig {
    let credentials = aws_credential_types::Credentials::new(access_key, "test", None, None, "test");
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    builder.set_endpoint_url(Some(world.url()));
    builder.build()
}

pub(crate) fn glue(world: &World) -> aws_sdk_glue::Client {
    aws_sdk_glue::Client::new(&sdk(world))
}

async fn workflow(glue: &aws_sdk_glue::Client, name: &str) -> Workflow {
    let answer = glue.get_workflow().name(name).include_graph(true).send().await.expect("a workflow");
    answer.workflow.expect("a workflow")
}

pub(crate) async fn all(glue: &aws_sdk_glue::Client) -> Vec<Workflow> {
    let names = glue.list_workflows().max_results(25).send().await.expect("names").workflows.unwrap_or_default();
    let answer = glue.batch_get_workflows().set_names(Some(names)).include_graph(true).send().await;
    answer.expect("workflows").workflows.unwrap_or_default()
}

fn node<'w>(workflow: &'w Workflow, name: &str) -> &'w Node {
    let graph = workflow.last_run().and_then(|run| run.graph()).expect("a run's graph");
    graph.nodes().iter().find(|node| node.name() == Some(name)).expect(name)
}

fn job_state<'w>(workflow: &'w Workflow, name: &str) -> Option<&'w str> {
    let runs = node(workflow, name).job_details().map(|details| details.job_runs()).unwrap_or_default();
    runs.first().and_then(|run| run.job_run_state()).map(|state| state.as_str())
}

/// docs/pipeline.md, Tables and workflows: 22 workflows of 7 triggers, 6 jobs and 1 crawler each, and four databases.
#[tokio::test(flavor = "multi_thread")]
async fn the_account_holds_308_resources_and_four_databases() {
    let world = World::new();
    let glue = glue(&world);
    let workflows = all(&glue).await;
    assert_eq!(workflows.len(), 22);
    for workflow in &workflows {
        let nodes = workflow.graph().map(|graph| graph.nodes()).unwrap_or_default();
        let count = |kind: &str| nodes.iter().filter(|node| node.r#type().is_some_and(|t| t.as_str() == kind)).count();
        assert_eq!((count("TRIGGER"), count("JOB"), count("CRAWLER")), (7, 6, 1), "{:?}", workflow.name());
    }
    assert_eq!(glue.get_triggers().max_results(200).send().await.expect("triggers").triggers().len(), 154);
    assert_eq!(glue.get_jobs().send().await.expect("jobs").jobs().len(), 132);
    assert_eq!(glue.get_crawlers().send().await.expect("crawlers").crawlers().len(), 22);
    assert_eq!(glue.get_databases().send().await.expect("databases").database_list().len(), 4);
}

/// Limits of list and batch calls: BatchGetWorkflows takes 25 names and returns unknown ones, and ListWorkflows pages.
#[tokio::test(flavor = "multi_thread")]
async fn pages_and_batches_keep_the_models_limits() {
    let world = World::new();
    let glue = glue(&world);
    let first = glue.list_workflows().max_results(20).send().await.expect("a page");
    let token = first.next_token().expect("a second page");
    let second = glue.list_workflows().max_results(20).next_token(token).send().await.expect("a page");
    let names: BTreeSet<_> = first.workflows().iter().chain(second.workflows()).collect();
    assert_eq!((first.workflows().len(), second.workflows().len(), names.len()), (20, 2, 22));
    let missing = glue.batch_get_workflows().names("Nobody").send().await.expect("an answer");
    assert_eq!(missing.missing_workflows(), ["Nobody"]);
    let error = glue.list_workflows().max_results(26).send().await.expect_err("over the limit");
    assert_eq!(error.code(), Some("ValidationException"));
    let names = (0..26).map(|n| format!("w{n}")).collect();
    let error = glue.batch_get_workflows().set_names(Some(names)).send().await.expect_err("over the limit");
    assert_eq!(error.code(), Some("ValidationException"));
    let error = glue.get_workflow().name("Nobody").send().await.expect_err("not there");
    assert_eq!(error.code(), Some("EntityNotFoundException"));
    let error = glue.list_workflows().next_token("x").send().await.expect_err("a bad token");
    assert_eq!(error.code(), Some("InvalidInputException"));
}

/// docs/pipeline.md, What goes wrong: some workflows fail at the DPU limit, never User; User's silver check fails
/// because of the data. Failed jobs start nothing, and the run still ends COMPLETED.
#[tokio::test(flavor = "multi_thread")]
async fn the_default_night_fails_where_it_should_and_says_why() {
    let world = World::new();
    world.advance_to("03:45:00");
    let workflows = all(&glue(&world)).await;
    let mut over_limit = Vec::new();
    for workflow in &workflows {
        let name = workflow.name().unwrap_or_default();
        let run = workflow.last_run().expect("a run");
        assert_eq!(run.status(), Some(&WorkflowRunStatus::Completed), "{name}");
        let failed = run.statistics().map_or(0, |s| s.failed_actions());
        let nodes = run.graph().map(|graph| graph.nodes()).unwrap_or_default();
        let runs = nodes.iter().filter_map(|node| node.job_details()).flat_map(|details| details.job_runs());
        let errors: Vec<_> = runs.filter_map(|run| run.error_message()).collect();
        if errors.iter().any(|error| error.contains("Exceeded maximum concurrent compute capacity")) {
            over_limit.push(name.to_owned());
            assert_eq!(run.statistics().map(|s| s.succeeded_actions()), Some(0), "{name}: nothing downstream ran");
        } else if name == "User Workflow" {
            assert_eq!((failed, job_state(workflow, "DynamoDB User Silver DQ")), (1, Some("FAILED")));
            assert_eq!(job_state(workflow, "DynamoDB User Gold"), None, "a failed job fires nothing");
            assert!(errors[0].contains("phone_number is empty in 31 of 1204 rows"), "{errors:?}");
        } else {
            assert_eq!((failed, run.statistics().map(|s| s.succeeded_actions())), (0, Some(7)), "{name}: {errors:?}");
        }
    }
    assert!((1..=5).contains(&over_limit.len()), "{over_limit:?}");
}

/// The same seed gives the same night; whatever the seed, User is never over the limit.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_night() {
    let mut nights = Vec::new();
    for seed in [7, 7, 8] {
        let world = World::with("02:59:30", seed);
        world.advance_to("03:02:00");
        let workflows = all(&glue(&world)).await;
        let user = workflows.iter().find(|w| w.name() == Some("User Workflow")).expect("User");
        assert_eq!(job_state(user, "DynamoDB User Bronze"), Some("RUNNING"));
        let runs = workflows.iter().filter_map(|w| w.last_run());
        nights.push(runs.map(|run| format!("{:?} {:?}", run.workflow_run_id(), run.started_on())).collect::<Vec<_>>());
    }
    assert_eq!(nights[0], nights[1]);
    assert_ne!(nights[0], nights[2]);
}

/// Static graph and run graph: nodes have the same ID in both, and a node that has not run has no runs.
#[tokio::test(flavor = "multi_thread")]
async fn the_runs_graph_carries_job_runs_and_the_static_one_does_not() {
    let world = World::new();
    world.advance_to("03:00:30");
    let user = workflow(&glue(&world), "User Workflow").await;
    let fixed = user.graph().expect("the static graph").nodes();
    let bronze = fixed.iter().find(|node| node.name() == Some("DynamoDB User Bronze")).expect("the node");
    assert!(bronze.job_details().is_none_or(|details| details.job_runs().is_empty()));
    assert_eq!(bronze.unique_id(), node(&user, "DynamoDB User Bronze").unique_id());
    assert!(bronze.unique_id().is_some_and(|id| id.starts_with("wnode_") && id.len() == 70));
    assert_eq!(job_state(&user, "DynamoDB User Gold"), None);
    let run = node(&user, "DynamoDB User Bronze").job_details().expect("details").job_runs()[0].clone();
    assert!(run.id().is_some_and(|id| id.starts_with("jr_") && id.len() == 67));
    assert_eq!((run.max_capacity(), run.log_group_name()), (Some(2.0), Some("/aws-glue/jobs")));
}

/// MaxConcurrentRuns: a second start is refused. StopWorkflowRun: the run ends STOPPED, without rollback.
/// ResumeWorkflowRun: not of a STOPPED run; the new run has its own ID, keeps the attempts of other nodes, and runs
/// downstream steps.
#[tokio::test(flavor = "multi_thread")]
async fn start_stop_and_resume_follow_the_apis_rules() {
    let world = World::at("05:00:00");
    let glue = glue(&world);
    let failed = workflow(&glue, "User Workflow").await.last_run.expect("the night's run");
    let old_id = failed.workflow_run_id().expect("an id").to_owned();
    let id_of = |name: &str| {
        let nodes = failed.graph().expect("a graph").nodes();
        nodes.iter().find(|n| n.name() == Some(name)).and_then(|n| n.unique_id()).expect(name).to_owned()
    };
    let never_ran = glue
        .resume_workflow_run()
        .name("User Workflow")
        .run_id(&old_id)
        .node_ids(id_of("DynamoDB User Gold"))
        .send()
        .await;
    assert_eq!(never_ran.expect_err("no attempt").code(), Some("InvalidInputException"));
    let (dq, silver) = (id_of("DynamoDB User Silver DQ"), id_of("DynamoDB User Silver"));
    let resumed = glue
        .resume_workflow_run()
        .name("User Workflow")
        .run_id(&old_id)
        .node_ids(&dq)
        .node_ids(&silver)
        .send()
        .await
        .expect("resumed");
    assert_ne!(resumed.run_id(), Some(old_id.as_str()));
    assert_eq!(resumed.node_ids(), [silver], "a node behind another selected one is dropped");
    let run = workflow(&glue, "User Workflow").await;
    assert_eq!(run.last_run().and_then(|run| run.previous_run_id()), Some(old_id.as_str()));
    assert_eq!(job_state(&run, "DynamoDB User Bronze"), Some("SUCCEEDED"), "copied from the old run");
    assert_eq!(job_state(&run, "DynamoDB User Silver"), Some("STARTING"));
    let second = glue.start_workflow_run().name("User Workflow").send().await.expect_err("it runs already");
    assert_eq!(second.code(), Some("ConcurrentRunsExceededException"));
    let id = resumed.run_id().expect("an id");
    glue.stop_workflow_run().name("User Workflow").run_id(id).send().await.expect("stopping");
    let stopping = workflow(&glue, "User Workflow").await;
    assert_eq!(stopping.last_run().and_then(|run| run.status()), Some(&WorkflowRunStatus::Stopping));
    world.advance_minutes(2);
    let stopped = workflow(&glue, "User Workflow").await;
    assert_eq!(stopped.last_run().and_then(|run| run.status()), Some(&WorkflowRunStatus::Stopped));
    assert_eq!(job_state(&stopped, "DynamoDB User Silver"), Some("STOPPED"));
    let again = glue.resume_workflow_run().name("User Workflow").run_id(id).node_ids(&dq).send().await;
    assert_eq!(again.expect_err("stopped").code(), Some("IllegalWorkflowStateException"));
    let fresh = glue.start_workflow_run().name("User Workflow").run_properties("k", "v").send().await.expect("started");
    let properties = glue
        .get_workflow_run_properties()
        .name("User Workflow")
        .run_id(fresh.run_id().expect("an id"))
        .send()
        .await
        .expect("properties");
    assert_eq!(properties.run_properties().and_then(|p| p.get("k")).map(String::as_str), Some("v"));
}

/// Log streams, Pages of GetLogEvents: streams by run ID in output and error; a forward token yields what was written
/// since, and the end is when the same token comes back; a run that has not started has no stream.
#[tokio::test(flavor = "multi_thread")]
async fn logs_are_read_by_tokens_without_losing_a_line() {
    let world = World::new();
    world.advance_to("03:00:20");
    let logs = aws_sdk_cloudwatchlogs::Client::new(&sdk(&world));
    let user = workflow(&glue(&world), "User Workflow").await;
    let id = node(&user, "DynamoDB User Bronze").job_details().expect("details").job_runs()[0]
        .id()
        .expect("an id")
        .to_owned();
    let streams = logs
        .describe_log_streams()
        .log_group_name("/aws-glue/jobs/error")
        .log_stream_name_prefix(&id)
        .send()
        .await
        .expect("streams");
    assert_eq!(streams.log_streams().len(), 2, "the driver's, and the one executor's");
    let (mut token, mut read) = (None::<String>, Vec::new());
    for minute in ["03:00:40", "03:01:10", "03:02:00", "03:06:00"] {
        world.advance_to(minute);
        loop {
            let call =
                logs.get_log_events().log_group_name("/aws-glue/jobs/error").log_stream_name(&id).start_from_head(true);
            let page = call.limit(7).set_next_token(token.clone()).send().await.expect("a page");
            read.extend(
                page.events().iter().map(|event| (event.timestamp(), event.message().unwrap_or_default().to_owned())),
            );
            let next = page.next_forward_token().map(str::to_owned);
            if next == token {
                break;
            }
            token = next;
        }
    }
    let whole = logs
        .get_log_events()
        .log_group_name("/aws-glue/jobs/error")
        .log_stream_name(&id)
        .start_from_head(true)
        .send()
        .await
        .expect("all");
    let whole: Vec<_> = whole
        .events()
        .iter()
        .map(|event| (event.timestamp(), event.message().unwrap_or_default().to_owned()))
        .collect();
    assert_eq!(read, whole);
    assert!(
        whole.len() > 20 && whole.last().is_some_and(|(_, text)| text.contains("Successfully stopped SparkContext"))
    );
    let error = logs
        .get_log_events()
        .log_group_name("/aws-glue/jobs/error")
        .log_stream_name("jr_nobody")
        .send()
        .await
        .expect_err("no stream");
    assert_eq!(error.code(), Some("ResourceNotFoundException"));
    let both = logs
        .describe_log_streams()
        .log_group_name("/aws-glue/jobs/error")
        .log_stream_name_prefix("jr")
        .order_by(aws_sdk_cloudwatchlogs::types::OrderBy::LastEventTime);
    assert_eq!(both.send().await.expect_err("prefix and time").code(), Some("InvalidParameterException"));
}

struct Rows {
    state: String,
    reason: Option<String>,
    scanned: i64,
    output: String,
    rows: Vec<Vec<Option<String>>>,
}

async fn query(world: &World, sql: &str) -> Rows {
    let athena = aws_sdk_athena::Client::new(&sdk(world));
    let context = aws_sdk_athena::types::QueryExecutionContext::builder().database("tumble_analytics_gold").build();
    let id = athena
        .start_query_execution()
        .query_string(sql)
        .query_execution_context(context)
        .send()
        .await
        .expect("started");
    let id = id.query_execution_id().expect("an id").to_owned();
    loop {
        let answer = athena.get_query_execution().query_execution_id(&id).send().await.expect("a state");
        let execution = answer.query_execution().expect("an execution");
        let status = execution.status().expect("a status");
        let state = status.state().expect("a state").as_str().to_owned();
        if matches!(state.as_str(), "QUEUED" | "RUNNING") {
            tokio::task::yield_now().await;
            continue;
        }
        let results = athena.get_query_results().query_execution_id(&id).send().await.ok();
        let rows =
            results.and_then(|results| results.result_set).map(|set| set.rows.unwrap_or_default()).unwrap_or_default();
        let cells = |row: aws_sdk_athena::types::Row| {
            row.data().iter().map(|d| d.var_char_value().map(str::to_owned)).collect()
        };
        return Rows {
            state,
            reason: status.state_change_reason().map(str::to_owned),
            scanned: execution.statistics().and_then(|s| s.data_scanned_in_bytes()).unwrap_or(0),
            output: execution.result_configuration().and_then(|c| c.output_location()).unwrap_or_default().to_owned(),
            rows: rows.into_iter().map(cells).collect(),
        };
    }
}

/// Rows of the Parquet files of a folder, read with another reader than the SQL engine's.
fn rows_on_disk(folder: &std::path::Path) -> i64 {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let parquet = files.filter(|path| path.extension().is_some_and(|e| e == "parquet"));
    let rows = |path| {
        SerializedFileReader::new(std::fs::File::open(path).expect("a file"))
            .expect("Parquet")
            .metadata()
            .file_metadata()
            .num_rows()
    };
    parquet.map(rows).sum()
}

/// Athena's answers agree with the files, layer by layer; gold holds only the newest day; bronze has lower-case names and
/// `partition_0`; the verdicts lie in data_quality.
#[tokio::test(flavor = "multi_thread")]
async fn athena_agrees_with_the_parquet_files() {
    let world = World::new();
    world.advance_to("03:20:00");
    let day = world.day();
    let number = |rows: &Rows| rows.rows[1][0].clone().expect("a number").parse::<i64>().expect("a number");
    for (table, sql, folder) in [
        (
            "coupon",
            "select count(*) from tumble_analytics_gold.coupon".to_owned(),
            "tumble-dev-analytics-gold/coupon".to_owned(),
        ),
        (
            "coupon",
            format!("SELECT COUNT(*) FROM \"tumble_analytics_silver\".\"coupon\" WHERE as_of_date = date '{day}'"),
            format!("tumble-dev-analytics-silver/coupon/as_of_date={day}"),
        ),
        (
            "coupon",
            format!("select count(*) from AwsDataCatalog.tumble_analytics_bronze.Coupon where partition_0 = '{day}'"),
            format!("tumble-dev-analytics-bronze/coupon/{day}"),
        ),
        (
            "user",
            format!(
                "select count(*) from tumble_analytics_bronze.user where partition_0 = '{day}' and as_of_date = '{day}'"
            ),
            format!("tumble-dev-analytics-bronze/user/{day}"),
        ),
    ] {
        let answer = query(&world, &sql).await;
        assert_eq!(answer.state, "SUCCEEDED", "{table}: {:?}", answer.reason);
        assert_eq!(number(&answer), rows_on_disk(&world.bucket(&folder)), "{sql}");
    }
    let missing = query(
        &world,
        &format!(
            "select count(*) from tumble_analytics_bronze.user where phonenumber is null and partition_0 = '{day}'"
        ),
    )
    .await;
    assert_eq!(number(&missing), 31);
    let checks = query(&world, &format!("select column_name, failed_rows from data_quality.column_checks where not passed and as_of_date = date '{day}'")).await;
    assert_eq!(checks.rows[1..], [[Some("phone_number".into()), Some("31".into())]]);
    let gold =
        query(&world, "select count(distinct as_of_date), max(as_of_date) from tumble_analytics_gold.user").await;
    assert_eq!(gold.rows[1][0].as_deref(), Some("1"));
    assert_ne!(gold.rows[1][1].as_deref(), Some(day.as_str()), "tonight's chain stopped before gold");
    let nights =
        query(&world, "select count(*) from (select distinct as_of_date from tumble_analytics_silver.coupon) d").await;
    assert_eq!(number(&nights), 15, "fourteen nights of history and tonight");
}

/// Athena: a header row for DML only, NULL is absent, a syntax error is refused at once, an unknown table fails the
/// execution, results before the end are refused, pruning shows in the bytes, the CSV lies in the results bucket.
#[tokio::test(flavor = "multi_thread")]
async fn athena_behaves_as_measured() {
    let world = World::at("05:00:00");
    let values = query(&world, "select 1 as a, null, '' as c, true, 7/2").await;
    assert_eq!(values.rows[0].iter().flatten().collect::<Vec<_>>(), ["a", "_col1", "c", "_col3", "_col4"]);
    assert_eq!(values.rows[1], [Some("1".into()), None, Some(String::new()), Some("true".into()), Some("3".into())]);
    let csv = world.bucket(values.output.trim_start_matches("s3://"));
    assert!(
        values.output.starts_with("s3://tumble-dev-athena/") && values.output.ends_with(".csv"),
        "{}",
        values.output
    );
    assert_eq!(
        std::fs::read_to_string(csv).expect("the result object").lines().nth(1),
        Some("\"1\",,\"\",\"true\",\"3\"")
    );
    let tables = query(&world, "show tables in data_quality").await;
    assert_eq!(tables.rows, [[Some("column_checks".into())], [Some("job_runs".into())]], "no header row");
    let athena = aws_sdk_athena::Client::new(&sdk(&world));
    let refused = athena.start_query_execution().query_string("selec 1").send().await.expect_err("malformed");
    assert_eq!(refused.code(), Some("InvalidRequestException"));
    assert!(refused.message().is_some_and(|m| m.starts_with("line 1:1:")), "{:?}", refused.message());
    let unknown = query(&world, "select * from nope").await;
    assert_eq!(unknown.state, "FAILED");
    assert!(unknown.reason.is_some_and(|r| r.contains("TABLE_NOT_FOUND")));
    let unsupported = query(&world, "optimize nobody rewrite data using bin_pack").await;
    assert!(unsupported.reason.is_some_and(|r| r.contains("OPTIMIZE")));
    // A result without an end takes no memory, and a cancel ends it and leaves nothing behind.
    let endless = "select a.*, b.* from tumble_analytics_silver.user a cross join tumble_analytics_silver.user b";
    let started = athena.start_query_execution().query_string(endless).send().await.expect("started");
    let id = started.query_execution_id().expect("an id");
    let state = async || {
        let answer = athena.get_query_execution().query_execution_id(id).send().await.expect("an execution");
        answer.query_execution.and_then(|e| e.status?.state).map(|state| state.as_str().to_owned())
    };
    while state().await.as_deref() == Some("QUEUED") {}
    athena.stop_query_execution().query_execution_id(id).send().await.expect("stopped");
    assert_eq!(state().await.as_deref(), Some("CANCELLED"));
    let left = || {
        let entries = std::fs::read_dir(world.bucket("tumble-dev-athena")).expect("the bucket");
        entries.filter_map(Result::ok).any(|e| e.file_name().to_string_lossy().starts_with('.'))
    };
    while left() {
        tokio::task::yield_now().await;
    }
    let day = world.day();
    let one = query(
        &world,
        &format!(
            "select sum(amount) from tumble_analytics_silver.refund where as_of_date = date '{day}' - interval '1' day"
        ),
    )
    .await;
    let all = query(&world, "select sum(amount) from tumble_analytics_silver.refund").await;
    assert!(
        one.state == "SUCCEEDED" && all.scanned > 5 * one.scanned.max(1),
        "{} of {}: {:?}",
        one.scanned,
        all.scanned,
        one.reason
    );
    let missing = athena.get_query_results().query_execution_id("0").send().await.expect_err("no such query");
    assert!(missing.message().is_some_and(|m| m.contains("was not found")));
}

/// Bad input: wrong targets, bodies that are no JSON, wrong types: an AWS-shaped error each, and the server lives.
#[test]
fn garbage_gets_an_aws_shaped_error() {
    let world = World::new();
    let target = |name: &'static str| [("X-Amz-Target", name), ("Content-Type", "application/x-amz-json-1.1")];
    let code = |(status, body): (u16, String)| {
        (status, serde_json::from_str::<Value>(&body).expect("JSON")["__type"].as_str().unwrap_or("").to_owned())
    };
    let send = |name, body: &[u8]| code(http_with(&world.url(), "POST", "/", &target(name), body));
    assert_eq!(send("AWSGlue.Nonsense", b"{}"), (400, "UnknownOperationException".into()));
    assert_eq!(send("nodot", b"{}"), (400, "UnknownOperationException".into()));
    assert_eq!(send("AWSGlue.GetWorkflow", b"\xff\xfe{"), (400, "SerializationException".into()));
    assert_eq!(send("AWSGlue.GetWorkflow", b"{\"Name\": 7}"), (400, "SerializationException".into()));
    assert_eq!(send("AWSGlue.GetWorkflow", b"{}"), (400, "ValidationException".into()));
    assert_eq!(send("AWSGlue.ListWorkflows", b"{\"MaxResults\": -1}"), (400, "ValidationException".into()));
    assert_eq!(
        send("Logs_20140328.GetLogEvents", b"{\"logGroupName\":\"/aws-glue/jobs/error\"}"),
        (400, "InvalidParameterException".into())
    );
    assert_eq!(http(&world.url(), "GET", "/nowhere", "").0, 404);
    assert_eq!(world.post(&json!({ "speed": 0 })).0, 400);
    assert_eq!(world.post(&json!({ "now": "1999-01-01T00:00:00Z" })).0, 400, "the clock goes forward only");
    assert_eq!(world.calls("GetWorkflow"), 2, "what could not be read is no call");
}
