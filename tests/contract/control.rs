//! The control plane: triggers that change, jobs that queue, retry and time out, what is told about it.

use super::{all, glue, job_state, node, workflow};
use crate::support::World;
use aws_sdk_glue::error::ProvideErrorMetadata;
use aws_sdk_glue::types::{Action, JobRunState, Trigger, TriggerState, TriggerType, TriggerUpdate};

const START: &str = "Run Job DynamoDB User Bronze";

async fn trigger(glue: &aws_sdk_glue::Client, name: &str) -> Trigger {
    glue.get_trigger().name(name).send().await.expect("a trigger").trigger.expect("a trigger")
}

/// StartTrigger and StopTrigger: states change asynchronously; a SCHEDULED trigger is activated, not fired.
#[tokio::test(flavor = "multi_thread")]
async fn triggers_change_their_state_asynchronously() {
    let world = World::new();
    let glue = glue(&world);
    glue.stop_trigger().name(START).send().await.expect("stopped");
    assert_eq!(trigger(&glue, START).await.state(), Some(&TriggerState::Deactivating));
    // Concurrent changes collide: two in one workflow at the same time.
    let other = glue.stop_trigger().name("Run Job DynamoDB User Gold").send().await.expect_err("a collision");
    assert_eq!(other.code(), Some("ConcurrentModificationException"));
    world.advance_to("02:59:40");
    assert_eq!(trigger(&glue, START).await.state(), Some(&TriggerState::Deactivated));
    world.advance_to("03:01:00");
    let user = workflow(&glue, "User Workflow").await;
    assert!(
        user.last_run().and_then(|run| run.started_on()).is_none_or(|at| at.to_string() < world.day()),
        "off is off"
    );
    glue.start_trigger().name(START).send().await.expect("started");
    world.advance_to("03:02:00");
    assert_eq!(trigger(&glue, START).await.state(), Some(&TriggerState::Activated));
    let same = workflow(&glue, "User Workflow").await;
    assert_eq!(same.last_run().and_then(|r| r.workflow_run_id()), user.last_run().and_then(|r| r.workflow_run_id()));
}

/// UpdateTrigger overwrites the whole definition, and needs no deactivation; the trigger passes through UPDATING.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_overwrites_the_whole_definition() {
    let world = World::new();
    let glue = glue(&world);
    let before = trigger(&glue, START).await;
    let update = TriggerUpdate::builder().schedule("cron(30 3 * * ? *)").set_actions(before.actions.clone());
    let update = update.set_description(before.description.clone()).build();
    glue.update_trigger().name(START).trigger_update(update).send().await.expect("updated");
    assert_eq!(trigger(&glue, START).await.state(), Some(&TriggerState::Updating));
    world.advance_to("03:01:00");
    let after = trigger(&glue, START).await;
    let mut expected = before.clone();
    expected.schedule = Some("cron(30 3 * * ? *)".into());
    assert_eq!(after, expected);
    let user = workflow(&glue, "User Workflow").await;
    let started = |w: &aws_sdk_glue::types::Workflow| w.last_run().and_then(|r| r.started_on()).map(|at| at.secs());
    let earlier = started(&user);
    world.advance_to("03:31:00");
    assert!(started(&workflow(&glue, "User Workflow").await) > earlier, "the new schedule holds, the old does not");
    // What is left out of an update is gone.
    let bare = TriggerUpdate::builder().schedule("cron(0 4 * * ? *)").build();
    glue.update_trigger().name(START).trigger_update(bare).send().await.expect("updated");
    assert!(trigger(&glue, START).await.actions().is_empty());
    for schedule in ["cron(0 3 * * ?)", "cron(0/3 * * * ? *)", "rate(1 hour)", "0 3 * * ? *"] {
        let update = TriggerUpdate::builder().schedule(schedule).set_actions(before.actions.clone()).build();
        let refused = glue.update_trigger().name("Run Job DynamoDB Order Bronze").trigger_update(update).send().await;
        assert_eq!(refused.expect_err(schedule).code(), Some("InvalidInputException"), "{schedule}");
    }
}

/// Trigger states by type: ON_DEMAND triggers stay CREATED and fire when they are started; they cannot be stopped.
#[tokio::test(flavor = "multi_thread")]
async fn an_on_demand_trigger_fires_and_stays_created() {
    let world = World::new();
    let glue = glue(&world);
    let action = Action::builder().job_name("DynamoDB Coupon Gold").build();
    let create = glue.create_trigger().name("by hand").r#type(TriggerType::OnDemand).actions(action);
    create.clone().send().await.expect("created");
    assert_eq!(create.send().await.expect_err("twice").code(), Some("AlreadyExistsException"));
    glue.start_trigger().name("by hand").send().await.expect("fired");
    assert_eq!(trigger(&glue, "by hand").await.state(), Some(&TriggerState::Created));
    let runs = glue.get_job_runs().job_name("DynamoDB Coupon Gold").max_results(1).send().await.expect("runs");
    assert_eq!(runs.job_runs()[0].trigger_name(), Some("by hand"));
    let refused = glue.stop_trigger().name("by hand").send().await.expect_err("CREATED");
    assert!(refused.message().is_some_and(|m| m.contains("not allowed when trigger is in state: CREATED")));
    glue.delete_trigger().name("by hand").send().await.expect("deleted");
    assert_eq!(
        glue.get_trigger().name("by hand").send().await.expect_err("gone").code(),
        Some("EntityNotFoundException")
    );
}

/// Starts outside the workflow: a job that a call starts fires nothing. StartJobRun and BatchStopJobRun: overrides, and
/// an answer for each run.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_by_hand_fires_nothing_and_can_be_stopped() {
    let world = World::at("05:00:00");
    let glue = glue(&world);
    let job = "DynamoDB Coupon Bronze";
    let run = glue.start_job_run().job_name(job).number_of_workers(3).timeout(7).arguments("--day", "x").send().await;
    let id = run.expect("started").job_run_id.expect("an id");
    let again = glue.start_job_run().job_name(job).send().await.expect_err("one at a time");
    assert_eq!(again.code(), Some("ConcurrentRunsExceededException"));
    let get =
        async || glue.get_job_run().job_name(job).run_id(&id).send().await.expect("a run").job_run.expect("a run");
    let found = get().await;
    assert_eq!(
        (found.max_capacity(), found.timeout(), found.arguments().map(|a| a.len())),
        (Some(3.0), Some(7), Some(1))
    );
    world.advance_to("05:20:00");
    assert_eq!(get().await.job_run_state(), Some(&JobRunState::Succeeded));
    let crawl = glue.get_crawler().name("DynamoDB Coupon Bronze Crawler").send().await.expect("a crawler");
    let last = crawl.crawler.and_then(|c| c.last_crawl?.start_time).expect("a crawl");
    assert!(last.secs() < found.started_on().expect("a time").secs(), "nothing downstream ran");
    let id = glue.start_job_run().job_name(job).send().await.expect("started").job_run_id.expect("an id");
    let stop = glue.batch_stop_job_run().job_name(job).job_run_ids(&id).job_run_ids("jr_0").send().await.expect("200");
    assert_eq!((stop.successful_submissions().len(), stop.errors().len()), (1, 1));
    world.advance_to("05:22:00");
    let stopped = glue.get_job_run().job_name(job).run_id(&id).send().await.expect("a run").job_run.expect("a run");
    assert_eq!(stopped.job_run_state(), Some(&JobRunState::Stopped));
}

/// Job run queuing: a run over the limit waits, without DPUs, and starts when there is capacity.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_queuing_waits_for_capacity() {
    let world = World::new();
    world.advance_to("03:00:20");
    let glue = glue(&world);
    let over = glue.start_job_run().job_name("DynamoDB Refund Silver").number_of_workers(40);
    let refused = over.clone().send().await.expect("accepted").job_run_id.expect("an id");
    let waiting = over.job_run_queuing_enabled(true).send().await.expect("accepted").job_run_id.expect("an id");
    let run = async |id: &str| {
        let answer = glue.get_job_run().job_name("DynamoDB Refund Silver").run_id(id).send().await.expect("a run");
        answer.job_run.expect("a run")
    };
    let failed = run(&refused).await;
    assert_eq!(failed.job_run_state(), Some(&JobRunState::Failed));
    assert!(failed.error_message().is_some_and(|m| m.contains("Exceeded maximum concurrent compute capacity")));
    let held = run(&waiting).await;
    assert_eq!(held.job_run_state(), Some(&JobRunState::Waiting));
    assert!(held.state_detail().is_some_and(|d| d.contains("capacity")));
    world.advance_to("03:14:00");
    assert_ne!(run(&waiting).await.job_run_state(), Some(&JobRunState::Waiting), "it got its turn");
}

/// The `timeout` scenario: TIMEOUT after the job's own limit, and nothing downstream runs; the run ends COMPLETED.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_hangs_times_out() {
    let world = World::scenario("timeout");
    world.advance_to("03:45:00");
    let order = workflow(&glue(&world), "Order Workflow").await;
    assert_eq!(job_state(&order, "DynamoDB Order Silver"), Some("TIMEOUT"));
    assert_eq!(job_state(&order, "DynamoDB Order Silver DQ"), None);
    let run = order.last_run().expect("a run");
    assert_eq!(
        (run.status().map(|s| s.as_str()), run.statistics().map(|s| s.timeout_actions())),
        (Some("COMPLETED"), Some(1))
    );
}

/// The `crawler` scenario. docs/pipeline.md, The alert function: a crawl that fails has an event, but no line in Slack.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_crawl_is_told_but_not_in_slack() {
    let world = World::scenario("crawler");
    world.advance_to("03:45:00");
    let invoice = workflow(&glue(&world), "Invoice Workflow").await;
    let crawls = node(&invoice, "DynamoDB Invoice Bronze Crawler").crawler_details().expect("details").crawls();
    assert_eq!(crawls[0].state().map(|s| s.as_str()), Some("FAILED"));
    assert_eq!(job_state(&invoice, "DynamoDB Invoice Bronze DQ"), None);
    let read = |name: &str| std::fs::read_to_string(world.lake.path().join(name)).expect(name);
    let events: Vec<serde_json::Value> =
        read("events.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let failed = |e: &&serde_json::Value| e["detail"]["state"] == "Failed" && e["detail"]["crawlerName"].is_string();
    assert_eq!(events.iter().filter(failed).count(), 1);
    assert_eq!(read("slack.txt"), "", "the rule's filter knows FAILED and TIMEOUT only");
}

/// The default night's Slack lines are those of the failed jobs, each with the whole event.
#[tokio::test(flavor = "multi_thread")]
async fn slack_gets_the_failed_jobs() {
    let world = World::new();
    world.advance_to("03:45:00");
    let slack = std::fs::read_to_string(world.lake.path().join("slack.txt")).expect("slack.txt");
    let user =
        slack.lines().find(|line| line.starts_with("DynamoDB User Silver DQ Workflow FAILED - {")).expect("User");
    let event: serde_json::Value = serde_json::from_str(user.split_once(" - ").expect("an event").1).expect("JSON");
    assert_eq!((&event["source"], &event["account"]), (&"aws.glue".into(), &"111122223333".into()));
    assert!(event["detail"]["message"].as_str().is_some_and(|m| m.contains("phone_number")));
    let workflows = all(&glue(&world)).await;
    let failed: i32 = workflows.iter().filter_map(|w| w.last_run()?.statistics().map(|s| s.failed_actions())).sum();
    assert_eq!(slack.lines().count() as i32, failed);
}

/// The `schema-drift` scenario: a new attribute becomes a bronze column by itself; words where numbers were do not
/// convert, are counted, and fail the silver check.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_attribute_evolves_the_schema() {
    let world = World::scenario("schema-drift");
    world.advance_to("03:45:00");
    let table = glue(&world).get_table().database_name("tumble_analytics_bronze").name("order").send().await;
    let table = table.expect("a table").table.expect("a table");
    let columns = table.storage_descriptor().map(|s| s.columns()).unwrap_or_default();
    assert!(columns.iter().any(|column| column.name() == "loyaltytier"), "{columns:?}");
    let counts = super::query(&world, "select count_if(loyaltytier is null) > 0, count_if(loyaltytier is not null) > 0 from tumble_analytics_bronze.\"order\"").await;
    assert_eq!(counts.rows[1], [Some("true".into()), Some("true".into())], "old partitions read as NULL");
    let invoice = workflow(&glue(&world), "Invoice Workflow").await;
    assert_eq!(job_state(&invoice, "DynamoDB Invoice Silver DQ"), Some("FAILED"));
    let runs = node(&invoice, "DynamoDB Invoice Silver DQ").job_details().expect("details").job_runs();
    assert!(
        runs[0].error_message().is_some_and(|m| m.contains("amount is empty in 47")),
        "{:?}",
        runs[0].error_message()
    );
}

/// The `quota` scenario: without staggering, many workflows fail at the limit and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn the_quota_night_fails_at_the_limit() {
    let world = World::scenario("quota");
    world.advance_to("03:45:00");
    let mut over = 0;
    for workflow in all(&glue(&world)).await {
        let graph = workflow.last_run().and_then(|run| run.graph()).expect("a graph");
        let runs = graph.nodes().iter().filter_map(|node| node.job_details()).flat_map(|d| d.job_runs());
        let errors: Vec<_> = runs.filter_map(|run| run.error_message()).collect();
        assert!(errors.iter().all(|error| error.contains("compute capacity")), "{errors:?}");
        over += usize::from(!errors.is_empty());
    }
    assert!((4..=18).contains(&over), "{over}");
}

/// Limits of list and batch calls, Run properties; tags and crawler metrics.
#[tokio::test(flavor = "multi_thread")]
async fn tags_metrics_and_batches_answer() {
    let world = World::at("05:00:00");
    let glue = glue(&world);
    let arn = "arn:aws:glue:us-east-1:111122223333:workflow/User Workflow";
    glue.tag_resource().resource_arn(arn).tags_to_add("team", "laundry").send().await.expect("tagged");
    let tags = glue.get_tags().resource_arn(arn).send().await.expect("tags").tags.unwrap_or_default();
    assert_eq!(tags.get("team").map(String::as_str), Some("laundry"));
    let nobody = glue.get_tags().resource_arn("arn:aws:glue:us-east-1:111122223333:job/Nobody").send().await;
    assert_eq!(nobody.expect_err("unknown").code(), Some("EntityNotFoundException"));
    let metrics =
        glue.get_crawler_metrics().crawler_name_list("DynamoDB User Bronze Crawler").send().await.expect("metrics");
    assert!(metrics.crawler_metrics_list()[0].median_runtime_seconds() > 30.0);
    let jobs = glue.batch_get_jobs().job_names("DynamoDB User Gold").job_names("Nobody").send().await.expect("jobs");
    assert_eq!((jobs.jobs().len(), jobs.jobs_not_found().len()), (1, 1));
    let run =
        workflow(&glue, "User Workflow").await.last_run().and_then(|r| r.workflow_run_id()).expect("a run").to_owned();
    let put = glue.put_workflow_run_properties().name("User Workflow").run_id(&run).run_properties("k", "v");
    put.send().await.expect("put");
    let read = glue.get_workflow_run_properties().name("User Workflow").run_id(&run).send().await.expect("properties");
    assert_eq!(read.run_properties().and_then(|p| p.get("k")).map(String::as_str), Some("v"));
}
