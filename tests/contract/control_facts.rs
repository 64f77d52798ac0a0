//! Facts of docs/aws-facts.md on triggers, queues and stops that the other tests leave; each test names its own by
//! their headings.

use super::{glue, job_state, node, workflow};
use crate::support::World;
use aws_sdk_glue::error::ProvideErrorMetadata;
use aws_sdk_glue::types::{
    Action, Condition, CrawlerTargets, JobCommand, JobRunState, JobUpdate, LogicalOperator, Predicate, TriggerState,
    TriggerType,
};

fn job(name: &str) -> Action {
    Action::builder().job_name(name).build()
}

fn when(name: &str, state: JobRunState) -> Condition {
    Condition::builder().logical_operator(LogicalOperator::Equals).job_name(name).state(state).build()
}

fn predicate(conditions: Vec<Condition>) -> Predicate {
    Predicate::builder().logical(aws_sdk_glue::types::Logical::Any).set_conditions(Some(conditions)).build()
}

/// StartTrigger and StopTrigger: CONDITIONAL is activated and deactivated; EVENT, and what was never activated, are
/// refused. Limits of a trigger: one start trigger a workflow, at most 500 conditions. Conditions: none on EXPIRED.
#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_trigger_has_its_rules() {
    let world = World::new();
    let glue = glue(&world);
    glue.stop_trigger().name("Run Job DynamoDB Coupon Silver").send().await.expect("off");
    let create = |name: &str, kind| glue.create_trigger().name(name).r#type(kind).actions(job("DynamoDB Refund Gold"));
    create("event", TriggerType::Event).send().await.expect("created");
    let stopped = glue.stop_trigger().name("event").send().await.expect_err("EVENT stays CREATED");
    assert!(stopped.message().is_some_and(|m| m.contains("in state: CREATED")), "{stopped:?}");
    create("never", TriggerType::Scheduled).schedule("cron(0 9 * * ? *)").send().await.expect("created");
    let stopped = glue.stop_trigger().name("never").send().await.expect_err("never activated");
    assert_eq!(stopped.code(), Some("InvalidInputException"));
    let second = create("second", TriggerType::OnDemand).workflow_name("Coupon Workflow").send().await;
    assert_eq!(second.expect_err("one start trigger").code(), Some("InvalidInputException"));
    let many = (0..501).map(|_| when("DynamoDB Coupon Gold", JobRunState::Failed)).collect();
    let many = create("many", TriggerType::Conditional).predicate(predicate(many)).send().await;
    assert_eq!(many.expect_err("501 conditions").code(), Some("ValidationException"));
    let expired = predicate(vec![when("DynamoDB Coupon Gold", JobRunState::Expired)]);
    let expired = create("expired", TriggerType::Conditional).predicate(expired).send().await;
    assert_eq!(expired.expect_err("EXPIRED fires nothing").code(), Some("InvalidInputException"));
    world.advance_to("03:45:00");
    let coupon = workflow(&glue, "Coupon Workflow").await;
    assert_eq!(job_state(&coupon, "DynamoDB Coupon Bronze DQ"), Some("SUCCEEDED"));
    assert_eq!(job_state(&coupon, "DynamoDB Coupon Silver"), None, "the trigger was off");
    glue.start_trigger().name("Run Job DynamoDB Coupon Silver").send().await.expect("on");
    world.advance_seconds(10);
    let trigger = glue.get_trigger().name("Run Job DynamoDB Coupon Silver").send().await.expect("a trigger").trigger;
    assert_eq!(trigger.and_then(|t| t.state), Some(TriggerState::Activated), "activated, and not fired");
}

/// Starts outside the workflow: a crawler that a call starts fires nothing. StopWorkflowRun: a crawl ends too, and what
/// has not started never does.
#[tokio::test(flavor = "multi_thread")]
async fn crawls_by_hand_fire_nothing_and_end_with_their_run() {
    let world = World::at("05:00:00");
    let glue = glue(&world);
    let before = workflow(&glue, "Coupon Workflow").await;
    let started = |w: &aws_sdk_glue::types::Workflow| {
        let runs = node(w, "DynamoDB Coupon Bronze DQ").job_details().map(|d| d.job_runs()[0].started_on().cloned());
        runs.flatten()
    };
    glue.start_crawler().name("DynamoDB Coupon Bronze Crawler").send().await.expect("started");
    world.advance_minutes(10);
    assert_eq!(started(&workflow(&glue, "Coupon Workflow").await), started(&before), "nothing downstream ran");
    let run = glue.start_workflow_run().name("Coupon Workflow").send().await.expect("started").run_id.expect("an id");
    let crawl = async || {
        let coupon = workflow(&glue, "Coupon Workflow").await;
        let crawls = node(&coupon, "DynamoDB Coupon Bronze Crawler").crawler_details().map(|d| d.crawls().to_vec());
        let state = crawls.unwrap_or_default().first().and_then(|c| c.state()).map(|s| s.as_str().to_owned());
        (state, coupon)
    };
    for _ in 0..60 {
        world.advance_seconds(15);
        if crawl().await.0.as_deref() == Some("RUNNING") {
            break;
        }
    }
    assert_eq!(crawl().await.0.as_deref(), Some("RUNNING"));
    glue.stop_workflow_run().name("Coupon Workflow").run_id(&run).send().await.expect("stopping");
    assert_eq!(crawl().await.0.as_deref(), Some("CANCELLING"));
    world.advance_minutes(5);
    let (state, coupon) = crawl().await;
    assert_eq!(state.as_deref(), Some("CANCELLED"));
    assert_eq!(job_state(&coupon, "DynamoDB Coupon Bronze DQ"), None);
    let run = coupon.last_run().expect("a run");
    assert_eq!(run.status().map(|s| s.as_str()), Some("STOPPED"));
    assert_eq!(run.statistics().map(|s| (s.succeeded_actions(), s.stopped_actions())), Some((1, 1)), "no rollback");
}

/// Job run queuing: a run that waits for capacity fails after 15 minutes, and StateDetail has the reason. Limits of
/// concurrent job runs: one too many fails if a trigger starts it, and is refused if a call does, with Glue's message.
#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_and_concurrency_has_its_words() {
    let world = World::at("05:00:00");
    let glue = glue(&world);
    let start = |job: &str| glue.start_job_run().job_name(job);
    let get = async |job: &str, id: &str| {
        glue.get_job_run().job_name(job).run_id(id).send().await.expect("a run").job_run.expect("a run")
    };
    // Alone over the limit of 100, so its turn never comes.
    let large = start("DynamoDB Coupon Gold").number_of_workers(101).job_run_queuing_enabled(true).send().await;
    let large = large.expect("accepted").job_run_id.expect("an id");
    assert!(get("DynamoDB Coupon Gold", &large).await.state_detail().is_some_and(|d| d.contains("compute capacity")));
    start("DynamoDB User Gold").send().await.expect("started");
    let twice = start("DynamoDB User Gold").send().await.expect_err("one at a time");
    assert_eq!(twice.message(), Some("Concurrent runs exceeded for DynamoDB User Gold"));
    let queued = start("DynamoDB User Gold").job_run_queuing_enabled(true).send().await.expect("accepted");
    let queued = get("DynamoDB User Gold", &queued.job_run_id.expect("an id")).await;
    assert!(queued.state_detail().is_some_and(|d| d.contains("concurrent runs")), "{queued:?}");
    glue.create_trigger()
        .name("again")
        .r#type(TriggerType::OnDemand)
        .actions(job("DynamoDB User Gold"))
        .send()
        .await
        .expect("created");
    glue.start_trigger().name("again").send().await.expect("fired");
    let runs = glue.get_job_runs().job_name("DynamoDB User Gold").max_results(1).send().await.expect("runs");
    let run = &runs.job_runs()[0];
    assert_eq!(
        (run.job_run_state(), run.error_message()),
        (Some(&JobRunState::Failed), Some("Max concurrent runs exceeded"))
    );
    world.advance_minutes(16);
    let given_up = get("DynamoDB Coupon Gold", &large).await;
    assert_eq!((given_up.job_run_state(), given_up.execution_time()), (Some(&JobRunState::Failed), 0));
    let all =
        glue.batch_stop_job_run().job_name("DynamoDB Coupon Gold").job_run_ids("jr_0").job_run_ids("jr_1").send().await;
    assert_eq!(all.expect("200 though all fail").errors().len(), 2);
}

/// Run properties: Put overwrites a property that exists. A workflow that does not exist cannot be started.
#[tokio::test(flavor = "multi_thread")]
async fn properties_are_overwritten_key_by_key() {
    let world = World::at("05:00:00");
    let glue = glue(&world);
    let missing = glue.start_workflow_run().name("Nobody").send().await.expect_err("not there");
    assert_eq!(missing.code(), Some("EntityNotFoundException"));
    let run =
        glue.start_workflow_run().name("Coupon Workflow").run_properties("a", "1").run_properties("b", "2").send();
    let run = run.await.expect("started").run_id.expect("an id");
    let put = glue.put_workflow_run_properties().name("Coupon Workflow").run_id(&run).run_properties("a", "9");
    put.send().await.expect("put");
    let read =
        glue.get_workflow_run_properties().name("Coupon Workflow").run_id(&run).send().await.expect("properties");
    let read = read.run_properties.unwrap_or_default();
    assert_eq!((read.get("a").map(String::as_str), read.get("b").map(String::as_str)), (Some("9"), Some("2")));
}

/// Jobs and crawlers that somebody else creates: GetJob gives back what CreateJob was given, UpdateJob overwrites the whole
/// definition, and a run takes its time and says that its script was not executed.
#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_create_is_kept_and_runs() {
    let world = World::at("05:00:00");
    let glue = glue(&world);
    let command = || JobCommand::builder().name("pythonshell").script_location("s3://mine/x.py").build();
    let create = glue.create_job().name("mine").role("arn:aws:iam::1:role/mine").command(command());
    let create = create.description("what it does").glue_version("3.0").default_arguments("--a", "1");
    create.tags("team", "data").send().await.expect("created");
    let read = async || glue.get_job().job_name("mine").send().await.expect("it is there").job.expect("a job");
    let job = read().await;
    assert_eq!((job.role(), job.description()), (Some("arn:aws:iam::1:role/mine"), Some("what it does")));
    assert_eq!(job.command().and_then(|command| command.name()), Some("pythonshell"));
    let again = glue.create_job().name("mine").role("r").command(command()).send().await;
    assert_eq!(again.expect_err("it exists").code(), Some("AlreadyExistsException"));
    let tags = glue.get_tags().resource_arn("arn:aws:glue:us-east-1:111122223333:job/mine").send().await.expect("tags");
    assert_eq!(tags.tags().and_then(|tags| tags.get("team")).map(String::as_str), Some("data"));
    let run = glue.start_job_run().job_name("mine").send().await.expect("started").job_run_id.expect("an id");
    world.advance_seconds(1_200);
    let done = glue.get_job_run().job_name("mine").run_id(&run).send().await.expect("a run").job_run.expect("a run");
    assert_eq!(done.job_run_state(), Some(&JobRunState::Succeeded));
    let logs = aws_sdk_cloudwatchlogs::Client::new(&super::sdk(&world));
    let log = logs.get_log_events().log_group_name("/aws-glue/jobs/output").log_stream_name(&run).start_from_head(true);
    let lines = log.send().await.expect("a log");
    assert!(lines.events().iter().any(|line| line.message().is_some_and(|text| text.contains("was not executed"))));
    let update = JobUpdate::builder().role("arn:aws:iam::1:role/other").command(command()).build();
    glue.update_job().job_name("mine").job_update(update).send().await.expect("updated");
    assert_eq!(read().await.description(), None, "what was left out is gone");
    let crawler = glue.create_crawler().name("files").role("r").targets(CrawlerTargets::builder().build());
    crawler.send().await.expect("created");
    let none = glue.start_crawler_schedule().crawler_name("files").send().await.expect_err("it has no schedule");
    assert_eq!(none.code(), Some("NoScheduleException"));
    glue.update_crawler().name("files").schedule("cron(0/10 * * * ? *)").send().await.expect("scheduled");
    world.advance_seconds(1_500);
    let crawls = glue.list_crawls().crawler_name("files").send().await.expect("crawls");
    assert!(!crawls.crawls().is_empty(), "by the schedule that it was given later");
    glue.stop_crawler_schedule().crawler_name("files").send().await.expect("stopped");
    world.advance_seconds(600);
    glue.delete_crawler().name("files").send().await.expect("deleted");
    let gone = glue.get_crawler().name("files").send().await.expect_err("it is gone");
    assert_eq!(gone.code(), Some("EntityNotFoundException"));
}
