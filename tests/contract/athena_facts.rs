//! Executions of Athena: states, errors, workgroups, limits, reuse, as in the section Athena of docs/aws-facts.md.

use super::{query, sdk};
use crate::support::World;
use aws_sdk_athena::error::ProvideErrorMetadata;
use aws_sdk_athena::operation::start_query_execution::StartQueryExecutionError;
use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionState, ResultConfiguration, ResultReuseByAgeConfiguration, ResultReuseConfiguration,
    WorkGroupConfiguration,
};

struct Client(aws_sdk_athena::Client);

impl Client {
    fn new(world: &World) -> Self {
        let config = aws_sdk_athena::config::Builder::from(&sdk(world));
        let retries = aws_sdk_athena::config::retry::RetryConfig::disabled();
        Self(aws_sdk_athena::Client::from_conf(config.retry_config(retries).build()))
    }

    async fn get(&self, id: &str) -> QueryExecution {
        let answer = self.0.get_query_execution().query_execution_id(id).send().await.expect("an answer");
        answer.query_execution.expect("an execution")
    }

    /// Waits for the end, and answers the states on the way, each once in a row.
    async fn states(&self, id: &str) -> (Vec<QueryExecutionState>, QueryExecution) {
        let mut seen = Vec::new();
        loop {
            let execution = self.get(id).await;
            let state = execution.status().and_then(|s| s.state()).expect("a state").clone();
            if seen.last() != Some(&state) {
                seen.push(state.clone());
            }
            if !matches!(state, QueryExecutionState::Queued | QueryExecutionState::Running) {
                return (seen, execution);
            }
            tokio::task::yield_now().await;
        }
    }

    async fn run(&self, sql: &str, group: &str) -> QueryExecution {
        let started = self.0.start_query_execution().query_string(sql).work_group(group).send().await.expect("started");
        self.states(&started.query_execution_id.expect("an id")).await.1
    }
}

fn to(location: &str) -> ResultConfiguration {
    ResultConfiguration::builder().output_location(location).build()
}

/// RUNNING may go back to QUEUED on errors that pass; one that does not pass is FAILED, of the system's, and retryable.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_query_may_be_queued_again() {
    use QueryExecutionState::{Queued, Running, Succeeded};
    let world = World::at("05:00:00");
    let athena = Client::new(&world);
    let rule = |times| {
        let what = r#""operation": "RunQuery", "resource": "select 41", "latency_ms": 300, "error": "x", "message": "HIVE_CURSOR_ERROR: gone""#;
        format!("[{{{what}, \"times\": {times}}}]")
    };
    world.set_faults(&rule(1));
    let start = athena.0.start_query_execution().query_string("select 41 + 1");
    let id = start.clone().send().await.expect("started").query_execution_id.expect("an id");
    let (states, _) = athena.states(&id).await;
    let again = states.iter().position(|s| *s == Running).expect("it ran");
    // The second time it may be over before anybody looks.
    let seen: Vec<_> = states[again..].iter().filter(|state| **state != Running).collect();
    assert_eq!(seen, [&Queued, &Succeeded]);
    world.set_faults(&rule(9));
    let id = start.send().await.expect("started").query_execution_id.expect("an id");
    let (_, failed) = athena.states(&id).await;
    let status = failed.status().expect("a status");
    let error = status.athena_error().expect("an error");
    assert_eq!(
        (status.state(), error.error_category(), error.retryable()),
        (Some(&QueryExecutionState::Failed), Some(1), true)
    );
    assert!(status.state_change_reason().is_some_and(|reason| reason.contains("HIVE_CURSOR_ERROR")));
}

/// Errors have a category, a type and a text: the user's are 2, 1301 is a table that is not there, 1006 syntax.
#[tokio::test(flavor = "multi_thread")]
async fn errors_have_category_and_type() {
    let world = World::at("05:00:00");
    let athena = Client::new(&world);
    for (sql, kind) in [("select * from data_quality.nope", 1301), ("select nope from data_quality.job_runs", 1006)] {
        let execution = athena.run(sql, "primary").await;
        let status = execution.status().expect("a status");
        let error = status.athena_error().expect("an error");
        assert_eq!(
            (error.error_category(), error.error_type(), error.retryable()),
            (Some(2), Some(kind), false),
            "{sql}"
        );
        assert_eq!(error.error_message(), status.state_change_reason());
    }
    let rows = query(&world, "select 1 as n, 'a' as t").await;
    assert_eq!(rows.state, "SUCCEEDED");
    let result = athena.run("select 1 as n, cast(2.5 as decimal(4,2)) as d", "primary").await;
    let id = result.query_execution_id().expect("an id");
    let page = athena.0.get_query_results().query_execution_id(id).send().await.expect("results");
    let columns = page.result_set().and_then(|set| set.result_set_metadata()).expect("columns").column_info().to_vec();
    assert!(columns.iter().all(|column| column.nullable().is_some_and(|n| n.as_str() == "UNKNOWN")));
    assert_eq!((columns[1].r#type(), columns[1].precision(), columns[1].scale()), ("decimal", 4, 2));
}

/// Workgroups: one that enforces its settings overrides the request's location silently; one without a location needs the
/// request's; one that is not there, or disabled, is refused; each has its own history.
#[tokio::test(flavor = "multi_thread")]
async fn workgroups_say_where_results_go() {
    let world = World::at("05:00:00");
    let athena = Client::new(&world);
    let create = |name: &str, configuration: WorkGroupConfiguration| {
        athena.0.create_work_group().name(name).configuration(configuration).send()
    };
    let strict = WorkGroupConfiguration::builder().result_configuration(to("s3://tumble-dev-athena/strict/"));
    create("strict", strict.enforce_work_group_configuration(true).build()).await.expect("created");
    create("bare", WorkGroupConfiguration::builder().enforce_work_group_configuration(false).build())
        .await
        .expect("created");
    let start = |group: &str| athena.0.start_query_execution().query_string("select 1").work_group(group);
    let elsewhere = to("s3://tumble-dev-athena/elsewhere/");
    let output = async |id: Option<String>| {
        let execution = athena.states(&id.expect("an id")).await.1;
        execution.result_configuration().and_then(|c| c.output_location()).unwrap_or_default().to_owned()
    };
    let started = start("strict").result_configuration(elsewhere.clone()).send().await.expect("started");
    let strict = started.query_execution_id.clone();
    assert!(output(started.query_execution_id).await.starts_with("s3://tumble-dev-athena/strict/"));
    let started = start("primary").result_configuration(elsewhere.clone()).send().await.expect("started");
    assert!(output(started.query_execution_id).await.starts_with("s3://tumble-dev-athena/elsewhere/"));
    let nowhere = start("bare").send().await.expect_err("no location");
    assert!(nowhere.message().is_some_and(|m| m.starts_with("No output location provided.")), "{nowhere:?}");
    start("bare").result_configuration(elsewhere).send().await.expect("started");
    let listed = athena.0.list_query_executions().work_group("strict").send().await.expect("ids");
    assert_eq!(listed.query_execution_ids(), [strict.expect("an id")]);
    athena
        .0
        .update_work_group()
        .work_group("bare")
        .state(aws_sdk_athena::types::WorkGroupState::Disabled)
        .send()
        .await
        .expect("updated");
    assert!(start("bare").send().await.expect_err("disabled").message().is_some_and(|m| m.contains("disabled")));
    athena.0.delete_work_group().work_group("bare").send().await.expect("deleted");
    let gone = start("bare").send().await.expect_err("gone");
    assert_eq!((gone.code(), gone.message()), (Some("InvalidRequestException"), Some("WorkGroup is not found.")));
    assert!(athena.0.delete_work_group().work_group("primary").send().await.is_err(), "primary stays");
    assert_eq!(athena.0.list_work_groups().send().await.expect("groups").work_groups().len(), 2);
}

/// A workgroup's cutoff, of 10 MB at least, cancels what reads more, and what was read counts.
#[tokio::test(flavor = "multi_thread")]
async fn a_workgroup_can_cut_queries_off() {
    let world = World::at("05:00:00");
    let athena = Client::new(&world);
    let limit = |bytes| {
        WorkGroupConfiguration::builder()
            .bytes_scanned_cutoff_per_query(bytes)
            .result_configuration(to("s3://tumble-dev-athena/"))
    };
    let create = |bytes| athena.0.create_work_group().name("frugal").configuration(limit(bytes).build()).send();
    assert!(create(9_999_999).await.is_err(), "less than 10 MB");
    create(10_000_000).await.expect("created");
    let many = "create table data_quality.big with (write_compression = 'NONE') as select cast(uuid() as varchar) as id from (select 1 as one) s \
                cross join unnest(sequence(1, 600)) as t(n) cross join unnest(sequence(1, 600)) as u(m)";
    let made = athena.run(many, "primary").await;
    assert_eq!(made.status().and_then(|s| s.state()), Some(&QueryExecutionState::Succeeded), "{made:?}");
    let whole = "select count(distinct id) from data_quality.big";
    let free = athena.run(whole, "primary").await;
    let scanned = free.statistics().and_then(|s| s.data_scanned_in_bytes()).unwrap_or_default();
    assert!(scanned > 10_000_000, "{scanned}");
    let cut = athena.run(whole, "frugal").await;
    let status = cut.status().expect("a status");
    assert_eq!(
        (status.state(), status.state_change_reason()),
        (Some(&QueryExecutionState::Cancelled), Some("Bytes scanned limit was exceeded"))
    );
    assert!(cut.statistics().and_then(|s| s.data_scanned_in_bytes()).is_some_and(|bytes| bytes > 10_000_000));
}

/// Limits: queries queued and running, 262,144 bytes of SQL, 50 ids a batch and a page, the length of a token.
#[tokio::test(flavor = "multi_thread")]
async fn limits_are_the_services() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("two.toml");
    std::fs::write(&file, "queries_limit = 2\n").expect("written");
    let world = World::scenario(file.to_str().expect("a path"));
    let athena = Client::new(&world);
    world.set_faults(r#"[{"operation": "RunQuery", "latency_ms": 60000}]"#);
    let start = |sql: &str| athena.0.start_query_execution().query_string(sql);
    let first = start("select 1").send().await.expect("started").query_execution_id.expect("an id");
    start("select 2").send().await.expect("started");
    let third = start("select 3").send().await.expect_err("too many").into_service_error();
    let StartQueryExecutionError::TooManyRequestsException(refused) = &third else { panic!("{third:?}") };
    assert_eq!(refused.reason().map(|r| r.as_str()), Some("CONCURRENT_QUERY_LIMIT_EXCEEDED"));
    athena.0.stop_query_execution().query_execution_id(&first).send().await.expect("stopped");
    start("select 3").send().await.expect("one has ended");
    let long = format!("select '{}'", "x".repeat(262_144));
    assert_eq!(start(&long).send().await.expect_err("long").code(), Some("InvalidRequestException"));
    let short = start("select 1").client_request_token("short").send().await.expect_err("31 or fewer");
    assert_eq!(short.code(), Some("InvalidRequestException"));
    let ids: Vec<String> = (0..51).map(|n| format!("id-{n}")).collect();
    let batch =
        |ids: &[String]| athena.0.batch_get_query_execution().set_query_execution_ids(Some(ids.to_vec())).send();
    assert!(batch(&ids).await.is_err());
    assert_eq!(batch(&ids[..50]).await.expect("50").unprocessed_query_execution_ids().len(), 50);
    assert!(athena.0.list_query_executions().max_results(51).send().await.is_err());
}

/// The history of executions is 45 days long.
#[tokio::test(flavor = "multi_thread")]
async fn executions_are_forgotten_after_45_days() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("one.toml");
    // One workflow, so that the nights between are soon over.
    std::fs::write(&file, "workflows = 1\ncalm_capacity = true\n").expect("written");
    let world = World::scenario(file.to_str().expect("a path"));
    let athena = Client::new(&world);
    let old = athena.run("select 1", "primary").await.query_execution_id.expect("an id");
    world.advance_minutes(44 * 24 * 60);
    athena.run("select 2", "primary").await;
    athena.get(&old).await;
    world.advance_minutes(2 * 24 * 60);
    athena.run("select 3", "primary").await;
    let gone = athena.0.get_query_execution().query_execution_id(&old).send().await.expect_err("forgotten");
    assert!(gone.message().is_some_and(|m| m.contains("was not found")), "{gone:?}");
}

/// Rates: in a scenario that wants them, calls are throttled beyond the service's bursts.
#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_the_burst_are_throttled() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rates.toml");
    std::fs::write(&file, "athena_rates = true\n").expect("written");
    let world = World::scenario(file.to_str().expect("a path"));
    let athena = Client::new(&world);
    let mut taken = 0;
    // 10 in a burst and 5 a second: a hundred calls in a row cannot all be let through.
    for _ in 0..100 {
        match athena.0.list_query_executions().send().await {
            Ok(_) => taken += 1,
            Err(error) => assert_eq!(error.code(), Some("ThrottlingException")),
        }
    }
    assert!((10..100).contains(&taken), "{taken} of 100");
    assert!(
        athena
            .0
            .get_query_execution()
            .query_execution_id("x")
            .send()
            .await
            .is_err_and(|e| e.code() != Some("ThrottlingException"))
    );
}

/// SHOW FUNCTIONS is the utility statement that has a header row; EXPLAIN, which is DML, has one too; FAILED queries say so
/// when their results are asked for.
#[tokio::test(flavor = "multi_thread")]
async fn the_exceptions_of_the_header_row() {
    let world = World::at("05:00:00");
    let functions = query(&world, "show functions").await;
    assert_eq!(functions.rows[0], [Some("Function".into())], "{:?}", functions.reason);
    assert!(functions.rows.iter().any(|row| row[0].as_deref() == Some("date_parse")));
    let explain = query(&world, "explain select 1").await;
    assert_eq!(explain.rows[0], [Some("Query Plan".into())]);
    let athena = Client::new(&world);
    let failed = athena.run("select nope from data_quality.job_runs", "primary").await;
    let id = failed.query_execution_id().expect("an id");
    let refused = athena.0.get_query_results().query_execution_id(id).send().await.expect_err("it failed");
    assert!(refused.message().is_some_and(|m| m.contains("Final query state: FAILED")), "{refused:?}");
    let page = athena.run("select 1 as n", "primary").await;
    let id = page.query_execution_id().expect("an id");
    let results = athena.0.get_query_results().query_execution_id(id).max_results(1_001).send().await;
    assert!(results.is_err(), "MaxResults is 1 to 1000");
}

/// Result reuse: the same text within the age answers from the earlier result and reads nothing.
#[tokio::test(flavor = "multi_thread")]
async fn results_can_be_reused() {
    let world = World::at("05:00:00");
    let athena = Client::new(&world);
    let sql = "select count(distinct id) from tumble_analytics_silver.coupon";
    let fresh = athena.run(sql, "primary").await;
    let by_age = ResultReuseByAgeConfiguration::builder().enabled(true).max_age_in_minutes(30).build();
    let reuse = ResultReuseConfiguration::builder().result_reuse_by_age_configuration(by_age).build();
    let again = async || {
        let start = athena.0.start_query_execution().query_string(sql).result_reuse_configuration(reuse.clone());
        athena.states(&start.send().await.expect("started").query_execution_id.expect("an id")).await.1
    };
    let of = |execution: &QueryExecution| {
        let statistics = execution.statistics().expect("statistics");
        let reused = statistics.result_reuse_information().is_some_and(|r| r.reused_previous_result());
        (reused, statistics.data_scanned_in_bytes().unwrap_or_default() > 0)
    };
    assert_eq!(of(&fresh), (false, true));
    let reused = again().await;
    assert_eq!(of(&reused), (true, false));
    let id = reused.query_execution_id().expect("an id");
    assert!(
        athena
            .0
            .get_query_results()
            .query_execution_id(id)
            .send()
            .await
            .is_ok_and(|r| r.result_set().is_some_and(|s| s.rows().len() == 2))
    );
    world.advance_minutes(31);
    assert_eq!(of(&again().await), (false, true), "too old");
}
