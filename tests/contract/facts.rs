//! Facts of docs/aws-facts.md on runs, triggers, job runs and Athena that no other test holds the sandbox to; each test
//! names its own by their headings.

use super::{glue, job_state, query, sdk, workflow};
use crate::support::World;
use aws_sdk_glue::error::ProvideErrorMetadata;
use aws_sdk_glue::types::{Action, Condition, CrawlState, JobRunState, Logical, LogicalOperator, Predicate};
use aws_sdk_glue::types::{EventBatchingCondition, ExecutionClass, TriggerType, TriggerUpdate, WorkflowRunStatus};

/// MaxConcurrentRuns: a start over it leaves a run in ERROR if the schedule made it, and is refused if a call did.
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

/// Static graph and run graph: a run keeps the triggers that it was started with; later changes do not affect it.
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

/// Run statistics: the counters need not add up to the total. ResumeWorkflowRun: PreviousRunId is set on resumed runs
/// only; a resumed run has the old attempts of what it does not repeat; a STOPPED run cannot be resumed.
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

/// Conditions: AND waits for all of them, and only certain states can be waited for. StartTrigger and StopTrigger: an
/// EVENT trigger cannot be started. Limits of a trigger: two crawlers. StartJobRun and BatchStopJobRun: 25 runs.
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

/// Refused Athena calls: results before success, of what failed, of what is unknown. Header row: it counts in a page.
/// Query states: client request tokens. Workgroups: output locations.
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

/// Job run states: a trigger that runs a deleted job leaves a run in ERROR. Conditions: no trigger can wait for it, so
/// nothing follows, and the run ends COMPLETED. Run statistics: ErroredActions counts it. Glue events: it has none.
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_job_is_a_run_in_error() {
    let world = World::new();
    let glue = glue(&world);
    let job = "DynamoDB Coupon Silver";
    glue.delete_job().job_name(job).send().await.expect("deleted");
    glue.delete_job().job_name(job).send().await.expect("deleted already");
    assert_eq!(glue.get_job().job_name(job).send().await.expect_err("gone").code(), Some("EntityNotFoundException"));
    let by_hand = glue.start_job_run().job_name(job).send().await.expect_err("gone");
    assert_eq!(by_hand.code(), Some("EntityNotFoundException"));
    world.advance_to("03:45:00");
    let coupon = workflow(&glue, "Coupon Workflow").await;
    let run = coupon.last_run().expect("a run");
    assert_eq!((job_state(&coupon, job), job_state(&coupon, "DynamoDB Coupon Silver DQ")), (Some("ERROR"), None));
    let counted = run.statistics().map(|s| (s.errored_actions(), s.failed_actions(), s.succeeded_actions()));
    assert_eq!((run.status(), counted), (Some(&WorkflowRunStatus::Completed), Some((1, 0, 3))));
    let events = std::fs::read_to_string(world.lake.path().join("events.jsonl")).expect("events.jsonl");
    assert!(!events.lines().any(|line| line.contains("DynamoDB Coupon Silver\"")), "no event of it");
}

/// Limits of concurrent job runs: over the account's limit, a call is refused, and a run that a trigger starts is
/// FAILED. Job run queuing: it is WAITING.
#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_limit_of_job_runs_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("few.toml");
    std::fs::write(&file, "job_runs_limit = 3\ncalm_capacity = true\n").expect("written");
    let world = World::scenario(file.to_str().expect("a path"));
    let glue = glue(&world);
    world.advance_to("03:00:05");
    let start = glue.start_job_run().job_name("DynamoDB User Gold");
    let refused = start.clone().send().await.expect_err("the fourth");
    assert_eq!(refused.code(), Some("ResourceNumberLimitExceededException"));
    let id = start.job_run_queuing_enabled(true).send().await.expect("accepted").job_run_id.expect("an id");
    let waiting = glue.get_job_run().job_name("DynamoDB User Gold").run_id(id).send().await.expect("a run").job_run;
    assert_eq!(waiting.and_then(|run| run.job_run_state), Some(JobRunState::Waiting));
    world.advance_to("03:45:00");
    let mut failed = 0;
    for workflow in super::all(&glue).await {
        let graph = workflow.last_run().and_then(|run| run.graph()).expect("a graph");
        let runs = graph.nodes().iter().filter_map(|node| node.job_details()).flat_map(|d| d.job_runs());
        let errors: Vec<_> = runs.filter_map(|run| run.error_message()).collect();
        assert!(errors.iter().all(|error| *error == "Max concurrent runs exceeded"), "{errors:?}");
        failed += usize::from(!errors.is_empty());
    }
    assert!(failed >= 19, "{failed} of 22 were over the limit of 3");
}

/// Conditions: a trigger may wait for FAILED, and more than one needs Logical. Run properties: jobs get --WORKFLOW_NAME
/// and --WORKFLOW_RUN_ID. Limits of a trigger: at most 50 jobs. An event batching condition is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_can_watch_for_failure() {
    let world = World::new();
    let glue = glue(&world);
    let job = |name: &str| Action::builder().job_name(name).build();
    let when = |name: &str, state| {
        Condition::builder().logical_operator(LogicalOperator::Equals).job_name(name).state(state).build()
    };
    let create = || glue.create_trigger().r#type(TriggerType::Conditional).workflow_name("User Workflow");
    let failed = when("DynamoDB User Silver DQ", JobRunState::Failed);
    let two =
        Predicate::builder().conditions(failed.clone()).conditions(when("DynamoDB User Gold", JobRunState::Stopped));
    let ambiguous = create().name("two").actions(job("DynamoDB Refund Gold")).predicate(two.clone().build());
    assert_eq!(ambiguous.send().await.expect_err("no Logical").code(), Some("InvalidInputException"));
    let any = create().name("on failure").start_on_creation(true).predicate(two.logical(Logical::Any).build());
    any.actions(job("DynamoDB Refund Gold")).send().await.expect("created");
    let many = (0..51).map(|_| job("DynamoDB Refund Gold")).collect();
    let many = create().name("many").set_actions(Some(many)).predicate(Predicate::builder().conditions(failed).build());
    assert_eq!(many.send().await.expect_err("51 jobs").code(), Some("ResourceNumberLimitExceededException"));
    world.advance_to("03:45:00");
    let user = workflow(&glue, "User Workflow").await;
    assert_eq!(job_state(&user, "DynamoDB Refund Gold"), Some("SUCCEEDED"), "the failure fired it");
    let run = &super::node(&user, "DynamoDB Refund Gold").job_details().expect("details").job_runs()[0];
    let argument = |name: &str| run.arguments().and_then(|a| a.get(name)).map(String::as_str);
    assert_eq!(argument("--WORKFLOW_NAME"), Some("User Workflow"));
    assert_eq!(argument("--WORKFLOW_RUN_ID"), user.last_run().and_then(|run| run.workflow_run_id()));
    let batching = EventBatchingCondition::builder().batch_size(5).batch_window(900).build().expect("valid");
    let event = glue.create_trigger().name("event").r#type(TriggerType::Event).actions(job("DynamoDB Refund Gold"));
    event.event_batching_condition(batching.clone()).send().await.expect("created");
    let kept = glue.get_trigger().name("event").send().await.expect("a trigger").trigger.expect("a trigger");
    assert_eq!(kept.event_batching_condition(), Some(&batching));
}

/// StartJobRun and BatchStopJobRun: the ID of an earlier run retries it. Job run queuing: the run's setting overrides
/// the job's; it needs a job without retries and is not for FLEX. State names of crawls: what crawlers refuse.
#[tokio::test(flavor = "multi_thread")]
async fn starting_by_hand_has_its_rules() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("jobs.toml");
    let text = "dpu_limit = 4\n[[job]]\nname = 'DynamoDB User Gold'\nmax_retries = 1\n\
                [[job]]\nname = 'DynamoDB Order Gold'\nqueuing = true\n";
    std::fs::write(&file, text).expect("written");
    let world = World::scenario(file.to_str().expect("a path"));
    world.advance_to("05:00:00");
    let glue = glue(&world);
    let start = |job: &str| glue.start_job_run().job_name(job);
    let state = async |job: &str, id: &str| {
        let run = glue.get_job_run().job_name(job).run_id(id).send().await.expect("a run").job_run.expect("a run");
        (run.job_run_state().map(|s| s.as_str().to_owned()).unwrap_or_default(), run)
    };
    let coupon = "DynamoDB Coupon Gold";
    let first = start(coupon).arguments("--day", "x").send().await.expect("started").job_run_id.expect("an id");
    world.advance_to("05:30:00");
    let again = start(coupon).job_run_id(&first).send().await.expect("retried").job_run_id.expect("an id");
    let (_, run) = state(coupon, &again).await;
    assert_ne!(again, first);
    let day = run.arguments().and_then(|a| a.get("--day")).map(String::as_str);
    assert_eq!((run.previous_run_id(), day), (Some(first.as_str()), Some("x")));
    let unknown = start(coupon).job_run_id("jr_0").send().await.expect_err("no such run");
    assert_eq!(unknown.code(), Some("EntityNotFoundException"));
    // The coupon's run holds 2 of the 4 DPUs, so 3 more are too many.
    let order = "DynamoDB Order Gold";
    let queued = start(order).number_of_workers(3).send().await.expect("accepted").job_run_id.expect("an id");
    assert_eq!(state(order, &queued).await.0, "WAITING", "the job queues");
    glue.batch_stop_job_run().job_name(order).job_run_ids(&queued).send().await.expect("stopped");
    let at_once = start(order).number_of_workers(3).job_run_queuing_enabled(false).send().await.expect("accepted");
    assert_eq!(state(order, &at_once.job_run_id.expect("an id")).await.0, "FAILED", "this run does not");
    let retries = start("DynamoDB User Gold").job_run_queuing_enabled(true).send().await.expect_err("retries");
    assert_eq!(retries.code(), Some("InvalidInputException"));
    let flex = start("DynamoDB Refund Gold").job_run_queuing_enabled(true).execution_class(ExecutionClass::Flex);
    assert_eq!(flex.send().await.expect_err("FLEX").code(), Some("InvalidInputException"));
    let both = start("DynamoDB Refund Gold").max_capacity(2.0).number_of_workers(2).send().await.expect_err("both");
    assert_eq!(both.code(), Some("InvalidInputException"));
    let long = start("DynamoDB Refund Gold").timeout(10_081).send().await.expect_err("more than 7 days");
    assert_eq!(long.code(), Some("InvalidInputException"));
    let crawler = "DynamoDB User Bronze Crawler";
    let idle = glue.stop_crawler().name(crawler).send().await.expect_err("idle");
    assert_eq!(idle.code(), Some("CrawlerNotRunningException"));
    glue.start_crawler().name(crawler).send().await.expect("started");
    let twice = glue.start_crawler().name(crawler).send().await.expect_err("running");
    assert_eq!(twice.code(), Some("CrawlerRunningException"));
    glue.stop_crawler().name(crawler).send().await.expect("stopping");
    let stopping = glue.stop_crawler().name(crawler).send().await.expect_err("stopping");
    assert_eq!(stopping.code(), Some("CrawlerStoppingException"));
}

/// Schedules: Glue's cron expressions, valid and invalid, as the API takes and refuses them.
#[tokio::test(flavor = "multi_thread")]
async fn schedules_are_validated() {
    let world = World::at("05:00:00");
    let glue = glue(&world);
    let create = async |number: usize, schedule: &str| {
        let action = Action::builder().job_name("DynamoDB Refund Gold").build();
        let create = glue.create_trigger().name(format!("s{number}")).r#type(TriggerType::Scheduled);
        create.schedule(schedule).actions(action).send().await
    };
    let good = [
        "cron(0 3 * * ? *)",
        "cron(15 12 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0/15 * * * ? *)",
        "cron(0/5 8-17 ? * MON-FRI *)",
    ];
    for (number, schedule) in good.into_iter().enumerate() {
        create(number, schedule).await.expect(schedule);
    }
    let bad = [
        "0 3 * * ? *",
        "cron(0 3 * * ?)",
        "cron(0 3 * * * *)",
        "cron(0 3 1 * MON *)",
        "cron(0 3 ? * ? *)",
        "cron(60 3 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 3 ? * 0 *)",
        "cron(0 3 0 * ? *)",
        "cron(* * * * ? *)",
        "cron(0/3 * * * ? *)",
        "rate(1 hour)",
        "cron(0 3 ? * 2#1 *)",
    ];
    for (number, schedule) in bad.into_iter().enumerate() {
        let refused = create(100 + number, schedule).await.expect_err(schedule);
        assert_eq!(refused.code(), Some("InvalidInputException"), "{schedule}");
    }
}

/// ResumeWorkflowRun: it takes no triggers, and a resumed run can be resumed. StopWorkflowRun: a run that has ended
/// cannot be stopped. Run properties: Put overwrites key by key.
#[tokio::test(flavor = "multi_thread")]
async fn resuming_can_be_repeated() {
    let world = World::at("05:00:00");
    let glue = glue(&world);
    let user = workflow(&glue, "User Workflow").await;
    let first = user.last_run().and_then(|run| run.workflow_run_id()).expect("a run").to_owned();
    let id_of = |name: &str| super::node(&user, name).unique_id().expect("an id").to_owned();
    let resume = |run: &str, node: &str| glue.resume_workflow_run().name("User Workflow").run_id(run).node_ids(node);
    let trigger = resume(&first, &id_of("Run Job DynamoDB User Silver")).send().await.expect_err("a trigger");
    assert_eq!(trigger.code(), Some("InvalidInputException"));
    let ended = glue.stop_workflow_run().name("User Workflow").run_id(&first).send().await.expect_err("ended");
    assert_eq!(ended.code(), Some("IllegalWorkflowStateException"));
    let silver = id_of("DynamoDB User Silver");
    let second = resume(&first, &silver).send().await.expect("resumed").run_id.expect("an id");
    glue.put_workflow_run_properties()
        .name("User Workflow")
        .run_id(&second)
        .run_properties("a", "1")
        .send()
        .await
        .expect("put");
    glue.put_workflow_run_properties()
        .name("User Workflow")
        .run_id(&second)
        .run_properties("b", "2")
        .send()
        .await
        .expect("put");
    let properties = glue.get_workflow_run_properties().name("User Workflow").run_id(&second).send().await;
    let properties = properties.expect("properties").run_properties.unwrap_or_default();
    assert!(properties.get("a").is_some_and(|v| v == "1") && properties.get("b").is_some_and(|v| v == "2"));
    world.advance_minutes(20);
    let third = resume(&second, &silver).send().await.expect("resumed again").run_id.expect("an id");
    let run = glue.get_workflow_run().name("User Workflow").run_id(&third).send().await.expect("a run").run;
    assert_eq!(run.and_then(|run| run.previous_run_id), Some(second));
}
