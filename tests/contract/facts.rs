//! Facts of AWS_FACTS sections 2, 3 and 6 that no other test holds the sandbox to; each names its own.

use super::{glue, job_state, query, sdk, workflow};
use crate::support::World;
use aws_sdk_glue::error::ProvideErrorMetadata;
use aws_sdk_glue::types::{Action, Condition, CrawlState, JobRunState, Logical, LogicalOperator, Predicate};
use aws_sdk_glue::types::{TriggerType, TriggerUpdate, WorkflowRunStatus};

/// 2: a start refused by MaxConcurrentRuns leaves an ERROR run when the schedule made it, an exception when a call did.
#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_start_over_the_limit_is_an_error_run() {
    let world = World::new();
    let glue = glue(&world);
    let by_hand = glue.start_workflow_run().name("User Workflow").send().await.expect("started").run_id;
    let again = glue.start_workflow_run().name("User Workflow").send().await.expect_err("one at a time");
    assert_eq!(again.code(), Some("ConcurrentRunsExceededException"));
    world.advance_to("03:00:10");
    let runs = glue.get_workflow_runs().name("User Workflow").max_results(2).send().await.expect("runs");
    let scheduled =
        runs.runs().iter().find(|run| run.workflow_run_id() != by_hand.as_deref()).expect("the scheduled one");
    assert_eq!(scheduled.status(), Some(&WorkflowRunStatus::Error));
    assert_eq!(scheduled.error_message(), Some("Concurrent runs exceeded for workflow: User Workflow."));
}

/// 2: a run keeps the triggers that it was started with; later edits do not touch it.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_run_keeps_its_snapshot() {
    let world = World::new();
    world.advance_to("03:00:20");
    let glue = glue(&world);
    glue.delete_trigger().name("Run Crawler DynamoDB Coupon Bronze").send().await.expect("deleted");
    let coupon = workflow(&glue, "Coupon Workflow").await;
    let triggers = |graph: &aws_sdk_glue::types::WorkflowGraph| {
        graph.nodes().iter().filter(|node| node.trigger_details().is_some()).count()
    };
    assert_eq!(coupon.graph().map(triggers), Some(6));
    assert_eq!(coupon.last_run().and_then(|run| run.graph()).map(triggers), Some(7));
    world.advance_to("03:45:00");
    let coupon = workflow(&glue, "Coupon Workflow").await;
    assert_eq!(job_state(&coupon, "DynamoDB Coupon Gold DQ"), Some("SUCCEEDED"), "the chain went through it");
}

/// 2: the counters need not add up to the total, and PreviousRunId is the resumed run's only. 3.4: a resumed run carries
/// the old attempts of what it does not repeat; a STOPPED run cannot be resumed.
#[tokio::test(flavor = "multi_thread")]
async fn counters_and_previous_runs_say_what_they_say() {
    let world = World::at("05:00:00");
    let glue = glue(&world);
    let user = workflow(&glue, "User Workflow").await;
    let run = user.last_run().expect("a run");
    let s = run.statistics().expect("statistics");
    assert_eq!((s.total_actions(), s.succeeded_actions(), s.failed_actions(), s.stopped_actions()), (7, 4, 1, 0));
    assert_eq!(run.previous_run_id(), None);
    let failed = run
        .graph()
        .and_then(|g| g.nodes().iter().find(|n| n.name() == Some("DynamoDB User Silver DQ")))
        .expect("the node");
    let id = run.workflow_run_id().expect("an id").to_owned();
    let resume =
        glue.resume_workflow_run().name("User Workflow").run_id(&id).node_ids(failed.unique_id().expect("an id"));
    let resumed = resume.send().await.expect("resumed").run_id.expect("an id");
    let new =
        glue.get_workflow_run().name("User Workflow").run_id(&resumed).include_graph(true).send().await.expect("a run");
    let new = new.run.expect("a run");
    assert_eq!(new.previous_run_id(), Some(id.as_str()));
    let nodes = new.graph().expect("a graph").nodes();
    let bronze =
        nodes.iter().find(|n| n.name() == Some("DynamoDB User Bronze")).and_then(|n| n.job_details()).expect("details");
    assert!(bronze.job_runs()[0].started_on() < new.started_on(), "an attempt older than the run");
    glue.stop_workflow_run().name("User Workflow").run_id(&resumed).send().await.expect("stopping");
    let stopping = glue.get_workflow_run().name("User Workflow").run_id(&resumed).send().await.expect("a run").run;
    assert_eq!(stopping.and_then(|r| r.status), Some(WorkflowRunStatus::Stopping));
    world.advance_minutes(2);
    let refused =
        glue.resume_workflow_run().name("User Workflow").run_id(&resumed).node_ids(failed.unique_id().expect("an id"));
    assert_eq!(refused.send().await.expect_err("STOPPED").code(), Some("IllegalWorkflowStateException"));
}

/// 2, 3.1: AND waits for all its conditions; EVENT triggers cannot be started; a trigger starts at most two crawlers;
/// conditions know certain states only.
#[tokio::test(flavor = "multi_thread")]
async fn predicates_and_trigger_kinds_have_their_rules() {
    let world = World::new();
    let glue = glue(&world);
    let job = |name: &str| Action::builder().job_name(name).build();
    let when = |name: &str, state| {
        Condition::builder().logical_operator(LogicalOperator::Equals).job_name(name).state(state).build()
    };
    let both = Predicate::builder()
        .logical(Logical::And)
        .conditions(when("DynamoDB Coupon Bronze", JobRunState::Succeeded))
        .conditions(when("DynamoDB Coupon Silver", JobRunState::Succeeded));
    let create = glue.create_trigger().name("both").r#type(TriggerType::Conditional).start_on_creation(true);
    let create = create.workflow_name("Coupon Workflow").actions(job("DynamoDB Refund Gold"));
    create.predicate(both.build()).send().await.expect("created");
    world.advance_to("03:45:00");
    let coupon = workflow(&glue, "Coupon Workflow").await;
    let at = |name: &str| {
        super::node(&coupon, name)
            .job_details()
            .and_then(|d| d.job_runs().first())
            .and_then(|r| r.started_on())
            .map(|t| t.secs())
    };
    assert!(at("DynamoDB Refund Gold") > at("DynamoDB Coupon Silver"), "it waited for the second");
    glue.create_trigger()
        .name("event")
        .r#type(TriggerType::Event)
        .actions(job("DynamoDB Coupon Gold"))
        .send()
        .await
        .expect("created");
    let refused = glue.start_trigger().name("event").send().await.expect_err("EVENT");
    assert_eq!(refused.message(), Some("Trigger Type EVENT cannot be started"));
    let crawl = |table: &str| Action::builder().crawler_name(format!("DynamoDB {table} Bronze Crawler")).build();
    let many = glue.create_trigger().name("many").r#type(TriggerType::OnDemand);
    let many = many.actions(crawl("User")).actions(crawl("Order")).actions(crawl("Coupon")).send().await;
    assert_eq!(many.expect_err("three crawlers").code(), Some("InvalidInputException"));
    for condition in [
        when("DynamoDB Coupon Gold", JobRunState::Error),
        Condition::builder()
            .logical_operator(LogicalOperator::Equals)
            .crawler_name("DynamoDB User Bronze Crawler")
            .crawl_state(CrawlState::Running)
            .build(),
        Condition::builder().job_name("DynamoDB Coupon Gold").state(JobRunState::Failed).build(),
    ] {
        let update = TriggerUpdate::builder().actions(job("DynamoDB Coupon Gold"));
        let update = update.predicate(Predicate::builder().conditions(condition).build()).build();
        let refused = glue.update_trigger().name("both").trigger_update(update).send().await.expect_err("refused");
        assert_eq!(refused.code(), Some("InvalidInputException"));
    }
    let ids = (0..26).map(|n| format!("jr_{n}")).collect();
    let refused = glue.batch_stop_job_run().job_name("DynamoDB Coupon Gold").set_job_run_ids(Some(ids)).send().await;
    assert_eq!(refused.expect_err("26").code(), Some("ValidationException"));
}

/// A scenario from a file; MaxRetries: a failed run is followed by another attempt with an id of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_file_can_give_a_job_retries() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("retries.toml");
    let text = "calm_capacity = true\n[[missing]]\ntable = 'User'\nattribute = 'phoneNumber'\nfrom_night = 0\nrows = 5\n\
                [[job]]\nname = 'DynamoDB User Silver DQ'\nmax_retries = 2\n";
    std::fs::write(&file, text).expect("written");
    let world = World::scenario(file.to_str().expect("a path"));
    world.advance_to("03:45:00");
    let user = workflow(&glue(&world), "User Workflow").await;
    let runs = super::node(&user, "DynamoDB User Silver DQ").job_details().expect("details").job_runs();
    let attempts: Vec<_> = runs.iter().map(|run| (run.attempt(), run.job_run_state().map(|s| s.as_str()))).collect();
    assert_eq!(attempts, [(2, Some("FAILED")), (1, Some("FAILED")), (0, Some("FAILED"))]);
    assert!(runs[1].id().is_some_and(|id| id.ends_with("_attempt_1")));
    assert_eq!(runs[1].previous_run_id(), runs[2].id());
}

/// 6: results before success, of what failed, of what is unknown; pages that count the header; tokens; outputs.
#[tokio::test(flavor = "multi_thread")]
async fn athenas_results_have_their_rules() {
    let world = World::at("05:00:00");
    let athena = aws_sdk_athena::Client::new(&sdk(&world));
    let start = |sql: &str| athena.start_query_execution().query_string(sql);
    let results = |id: &str| athena.get_query_results().query_execution_id(id);
    let token = "0123456789abcdef0123456789abcdef";
    let endless = "select count(*) from tumble_analytics_gold.user a, tumble_analytics_gold.user b, tumble_analytics_gold.user c, tumble_analytics_gold.user d";
    let first =
        start(endless).client_request_token(token).send().await.expect("started").query_execution_id.expect("an id");
    let same =
        start(endless).client_request_token(token).send().await.expect("the same").query_execution_id.expect("an id");
    assert_eq!(first, same, "the same token with the same text is the same query");
    let other = start("select 1").client_request_token(token).send().await.expect_err("the same token with other text");
    assert_eq!(other.code(), Some("InvalidRequestException"));
    let early = results(&first).send().await.expect_err("too early");
    assert!(early.message().is_some_and(|m| m.contains("Query has not yet finished. Current state:")), "{early:?}");
    athena.stop_query_execution().query_execution_id(&first).send().await.expect("stopped");
    let cancelled = results(&first).send().await.expect_err("cancelled");
    assert!(cancelled.message().is_some_and(|m| m.contains("Final query state: CANCELLED")));
    let bucket = aws_sdk_athena::types::ResultConfiguration::builder().output_location("s3://nobodys/").build();
    let outside = start("select 1").result_configuration(bucket).send().await.expect_err("no such bucket");
    assert!(outside.message().is_some_and(|m| m.contains("Unable to verify/create output bucket")), "{outside:?}");
    let group = start("select 1").work_group("nobody").send().await.expect_err("no such workgroup");
    assert!(group.message().is_some_and(|m| m.contains("WorkGroup is not found")));
    let long = query(&world, "select * from (select id from tumble_analytics_silver.order_item limit 1500)").await;
    assert_eq!(long.rows.len(), 1_000, "the first page holds the header and 999 rows");
    assert_eq!(long.rows[0], [Some("id".into())]);
    let value = query(&world, "select 'id' as id").await;
    assert_eq!(value.rows, [[Some("id".into())], [Some("id".into())]], "a value equal to its column's name survives");
    let describe = query(&world, "describe tumble_analytics_gold.user").await;
    assert!(describe.rows[0].len() == 1 && describe.rows[0][0].as_ref().is_some_and(|line| line.contains('\t')));
}
