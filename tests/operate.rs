//! Operating the account: the gate, policies, unknown outcomes, staggering, reverting, as stories and by the binary.

use crate::contract::{all, glue};
use crate::support::World;
use crate::support::story::Story;
use gluedeck_core::domain::policy::Approval;
use gluedeck_core::domain::{
    Activation, Change, CrawlerName, FaultKind, JobName, JobOverrides, JobRunId, JobSetting, Policy, Rule, RunId,
    SettingChange, TriggerName, WorkflowName,
};
use gluedeck_core::request::{ApplyChange, GetAllWorkflows};
use gluedeck_tui::flow::{ConfirmedBy, Msg};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tokio::runtime::Runtime;

const PROGRAM: &str = env!("CARGO_BIN_EXE_gluedeck");

/// Every change that there is.
fn every_change() -> Vec<Change> {
    let (workflow, run) = (WorkflowName::new("User Workflow"), RunId::new("wr_0"));
    let trigger = TriggerName::new("Run Job DynamoDB User Bronze");
    let changes = vec![
        Change::Start { workflow: workflow.clone(), properties: BTreeMap::new() },
        Change::Stop { workflow: workflow.clone(), run: run.clone() },
        Change::Resume { workflow, run, nodes: vec!["wnode_0".into()] },
        Change::StartJob { job: JobName::new("DynamoDB User Gold"), overrides: JobOverrides::default() },
        Change::StopJobRun { job: JobName::new("DynamoDB User Gold"), run: JobRunId::new("jr_0") },
        Change::ResetBookmark(JobName::new("DynamoDB User Gold")),
        Change::StartCrawler(CrawlerName::new("DynamoDB User Bronze Crawler")),
        Change::StopCrawler(CrawlerName::new("DynamoDB User Bronze Crawler")),
        Change::SetCrawlerSchedule {
            crawler: CrawlerName::new("DynamoDB User Bronze Crawler"),
            to: Activation::Activate,
        },
        Change::SetCrawlerSchedule {
            crawler: CrawlerName::new("DynamoDB User Bronze Crawler"),
            to: Activation::Deactivate,
        },
        Change::SetTriggerActivation { trigger: trigger.clone(), to: Activation::Activate },
        Change::SetTriggerActivation { trigger: trigger.clone(), to: Activation::Deactivate },
        Change::Reschedule { trigger, from: "cron(0 3 * * ? *)".into(), to: "cron(5 3 * * ? *)".into() },
        Change::UpdateJob {
            job: JobName::new("DynamoDB User Gold"),
            settings: vec![SettingChange { setting: JobSetting::Workers, from: "2".into(), to: "4".into() }],
        },
    ];
    for change in &changes {
        // A change that is added must be added here: this match has no other arm.
        match change {
            Change::Start { .. } | Change::Stop { .. } | Change::Resume { .. } | Change::StartJob { .. } => {}
            Change::ResetBookmark(_) | Change::UpdateJob { .. } => {}
            Change::StopJobRun { .. } | Change::StartCrawler(_) | Change::StopCrawler(_) => {}
            Change::SetCrawlerSchedule { .. } | Change::SetTriggerActivation { .. } | Change::Reschedule { .. } => {}
        }
    }
    changes
}

/// Nothing that changes something leaves the program: read-only, denied, unconfirmed, or too many at once.
#[test]
fn the_gate_refuses_every_change_there_is() {
    let denied = Policy { rule: Rule::Deny, ..Policy::default() };
    let typed = Policy { rule: Rule::TypeName, ..Policy::default() };
    let few = Policy { max_changes: 0, ..Policy::default() };
    let cases = [
        (true, Policy::default(), "read-only", FaultKind::ReadOnly),
        (false, denied, "denies", FaultKind::Policy),
        (false, typed, "requires typing", FaultKind::Policy),
        (false, few, "at once", FaultKind::Policy),
    ];
    for (read_only, policy, word, kind) in cases {
        let mut story = Story::under(World::at("05:00:00"), (140, 40), read_only, policy);
        for change in every_change() {
            let operation = change.operation();
            let fault = story.perform(ApplyChange { change, approval: Approval::to_one() }).expect_err(operation);
            assert!(fault.kind == kind && fault.message.contains(word), "{fault}");
            assert_eq!(story.world.calls(operation), 0, "{operation}");
        }
        assert!(!story.state.path().join("journal.jsonl").exists(), "what was not sent is not journalled");
    }
}

/// What the journal cannot hold is not sent.
#[test]
fn a_change_that_cannot_be_journalled_is_not_sent() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    // A folder is where the file belongs.
    std::fs::create_dir(story.state.path().join("journal.jsonl")).expect("a folder");
    for change in every_change() {
        // Other changes are no change in this world, or of a run that is not there, and end before the journal.
        if !matches!(change, Change::Start { .. } | Change::StartJob { .. } | Change::StartCrawler(_)) {
            continue;
        }
        let operation = change.operation();
        let fault = story.perform(ApplyChange { change, approval: Approval::to_one() }).expect_err(operation);
        assert_eq!(fault.kind, FaultKind::NotSaved, "{fault}");
        assert!(fault.message.starts_with("nothing was sent: cannot write the journal"), "{fault}");
        assert_eq!(story.world.calls(operation), 0, "{operation}");
    }
}

/// Every operation that is no reading is one of the gate's, in the sandbox's own count, after everything was tried.
#[test]
fn no_other_operation_changes_anything() {
    let mut story = Story::with(World::at("05:00:00"), (140, 40), true);
    for keys in ["s", "r", "R", "x", "enter", "t", "R", "J", "F", "1", "6", "enter", "7", "U", "4", "1"] {
        story.press(keys);
        story.wait(500);
        story.press("tab enter");
        story.press("esc");
    }
    let calls = story.world.get("/_sandbox/calls");
    let reads = ["Get", "List", "BatchGet", "Describe"];
    for name in calls.as_object().expect("counts").keys() {
        assert!(reads.iter().any(|read| name.starts_with(read)), "{name} was called");
    }
}

/// The same by the commands: all of them, confirmed, in a read-only session.
#[test]
fn no_command_changes_anything_read_only() {
    let world = World::at("05:00:00");
    let home = tempfile::tempdir().expect("a folder");
    let commands: [&[&str]; 10] = [
        &["start", "Coupon"],
        &["rerun", "User"],
        &["rerun", "User", "--whole"],
        &["stop", "Coupon"],
        &["job", "start", "DynamoDB User Gold"],
        &["crawler", "start", "DynamoDB User Bronze Crawler"],
        &["trigger", "on", "Run Job DynamoDB Campaign Bronze"],
        &["trigger", "off", "Run Job DynamoDB User Bronze"],
        &["stagger", "--schedule", "--limit", "60"],
        &["stagger", "--now", "--limit", "60"],
    ];
    for arguments in commands {
        let refused = run(&world, home.path(), &[arguments, &["--yes", "--read-only"]].concat());
        let expected = if arguments[0] == "stop" { 1 } else { 3 };
        assert_eq!(refused.status.code(), Some(expected), "{arguments:?}: {}", text(&refused));
    }
    let calls = world.get("/_sandbox/calls");
    for name in calls.as_object().expect("counts").keys() {
        assert!(["Get", "List", "BatchGet"].iter().any(|read| name.starts_with(read)), "{name} was called");
    }
}

/// Schedules are activated and deactivated on one workflow or on all marked, from the board.
#[test]
fn schedules_are_switched_from_the_board() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.press("/");
    story.types("ou\n");
    story.press("space j space t");
    story.sees("Deactivate 2 triggers");
    story.wait(500);
    story.press("tab enter");
    story.wait(10);
    assert_eq!(story.world.calls("StopTrigger"), 2);
}

/// A policy that wants the name typed: what is pasted does not count, a wrong name is said, and the right one is sent.
#[test]
fn production_wants_the_name_typed() {
    let mut story = Story::under(World::at("05:00:00"), (140, 40), false, Policy::of_environment("prod"));
    story.press("/");
    story.types("coupon\n");
    story.press("s");
    story.sees("To confirm, type: Coupon Workflow");
    story.wait(500);
    story.press("shift-tab enter");
    story.sees("Start Coupon Workflow");
    story.press("tab tab tab tab");
    story.send(Msg::Paste("Coupon Workflow".into()));
    story.press("tab tab enter");
    story.sees("type Coupon Workflow first");
    story.press("shift-tab shift-tab");
    story.types("Coupon Workflow");
    story.press("tab tab enter");
    story.wait(10);
    assert_eq!(story.world.calls("StartWorkflowRun"), 1);
    story.press("7");
    story.sees("StartWorkflowRun");
}

/// Run properties are shown with their defaults; what is edited is sent, with the defaults.
#[test]
fn run_properties_can_be_edited_before_a_start() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.press("/");
    story.types("coupon\n");
    story.press("s");
    story.sees("property table");
    story.wait(500);
    story.press("shift-tab");
    story.types("day=2026-11-22");
    story.press("tab tab enter");
    let names = Some(vec![WorkflowName::new("Coupon Workflow")]);
    let workflows = story.perform(GetAllWorkflows { names }).expect("workflows");
    let run = workflows[0].last_run.as_ref().expect("a run").id.clone();
    let read = Runtime::new().expect("a runtime").block_on(async {
        let client = glue(&story.world);
        let call = client.get_workflow_run_properties().name("Coupon Workflow").run_id(run.as_str());
        call.send().await.expect("properties").run_properties.unwrap_or_default()
    });
    assert_eq!(read.get("day").map(String::as_str), Some("2026-11-22"));
    assert_eq!(read.get("table").map(String::as_str), Some("coupon"));
    story.wait(3_000);
    story.press("7");
    story.sees("succeeded to running");
}

/// An answer that never comes: the account is read, and what it shows is said. Nothing is sent twice.
#[test]
fn an_unknown_outcome_is_resolved_by_reading() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    let send = |story: &mut Story, change: Change| story.perform(ApplyChange { change, approval: Approval::to_one() });
    let cut = r#"[{"operation": "Start*", "cut_answer": true}, {"operation": "Stop*", "cut_answer": true}, {"operation": "Update*", "cut_answer": true}]"#;
    story.world.set_faults(cut);
    let workflow = WorkflowName::new("Coupon Workflow");
    let start = Change::Start { workflow: workflow.clone(), properties: BTreeMap::new() };
    let done = send(&mut story, start.clone()).expect("it was taken");
    assert!(
        done.how == ConfirmedBy::ReadBack && done.id.as_deref().is_some_and(|id| id.starts_with("wr_")),
        "{done:?}"
    );
    let run = RunId::new(done.id.expect("an id"));
    let stop = send(&mut story, Change::Stop { workflow, run });
    assert!(matches!(stop, Ok(ref done) if done.how == ConfirmedBy::ReadBack), "{stop:?}");
    for change in [
        Change::StartJob { job: JobName::new("DynamoDB Order Gold"), overrides: JobOverrides::default() },
        Change::StartCrawler(CrawlerName::new("DynamoDB Order Bronze Crawler")),
        Change::SetTriggerActivation {
            trigger: TriggerName::new("Run Job DynamoDB Order Gold"),
            to: Activation::Deactivate,
        },
    ] {
        let operation = change.operation();
        let taken = send(&mut story, change);
        assert!(matches!(taken, Ok(ref done) if done.how == ConfirmedBy::ReadBack), "{taken:?}");
        assert_eq!(story.world.calls(operation), 1, "{operation}");
    }
    // Refused by a server that answers nonsense: reading shows that it was not taken.
    story
        .world
        .set_faults(r#"[{"operation": "StartWorkflowRun", "status": 500, "error": "InternalServiceException"}]"#);
    let order = Change::Start { workflow: WorkflowName::new("Order Workflow"), properties: BTreeMap::new() };
    let fault = send(&mut story, order).expect_err("not taken");
    assert_eq!(fault.kind, FaultKind::NotApplied, "{fault}");
    assert_eq!(story.world.calls("StartWorkflowRun (fault)"), 1, "sent once");
    let journal = std::fs::read_to_string(story.state.path().join("journal.jsonl")).expect("a journal");
    assert!(journal.contains("\"found_by_reading\":true") && journal.contains("not applied"), "{journal}");
}

/// What was throttled, or collided, was not carried out, and only that is sent again.
#[test]
fn throttled_and_colliding_changes_are_sent_again() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    let throttle = r#"[{"operation": "StartWorkflowRun", "times": 2, "error": "ThrottlingException", "message": "Rate exceeded"}]"#;
    story.world.set_faults(throttle);
    let start = Change::Start { workflow: WorkflowName::new("Coupon Workflow"), properties: BTreeMap::new() };
    let done = story.perform(ApplyChange { change: start, approval: Approval::to_one() });
    assert!(done.is_ok(), "{done:?}");
    assert_eq!((story.world.calls("StartWorkflowRun (fault)"), story.world.calls("StartWorkflowRun")), (2, 1));
}

/// Every trigger by its name, as a client of its own reads it.
fn triggers(world: &World) -> BTreeMap<String, aws_sdk_glue::types::Trigger> {
    Runtime::new().expect("a runtime").block_on(triggers_of(world))
}

async fn triggers_of(world: &World) -> BTreeMap<String, aws_sdk_glue::types::Trigger> {
    let answer = glue(world).get_triggers().max_results(200).send().await.expect("triggers");
    answer.triggers().iter().map(|t| (t.name().unwrap_or_default().to_owned(), t.clone())).collect()
}

/// Workflows with a failed job in their last run, and the most DPUs that job runs held at a time since `since`.
fn night(world: &World, since: i64) -> (Vec<String>, f64) {
    Runtime::new().expect("a runtime").block_on(async {
        let client = glue(world);
        let mut failed = Vec::new();
        for workflow in all(&client).await {
            if workflow.last_run().and_then(|run| run.statistics()).is_some_and(|s| s.failed_actions() > 0) {
                failed.push(workflow.name().unwrap_or_default().to_owned());
            }
        }
        let mut events = Vec::new();
        for job in client.list_jobs().send().await.expect("jobs").job_names() {
            let runs = client.get_job_runs().job_name(job).max_results(5).send().await.expect("runs");
            for run in runs.job_runs() {
                let (Some(start), Some(end)) = (run.started_on(), run.completed_on()) else { continue };
                if start.secs() >= since && end.as_nanos() > start.as_nanos() {
                    events.push((start.as_nanos(), run.max_capacity().unwrap_or(0.0)));
                    events.push((end.as_nanos(), -run.max_capacity().unwrap_or(0.0)));
                }
            }
        }
        events.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (mut held, mut peak) = (0.0_f64, 0.0_f64);
        for (_, dpu) in events {
            held += dpu;
            peak = peak.max(held);
        }
        (failed, peak)
    })
}

fn program(world: &World, home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(["--endpoint-url", &world.url()])
        .args(arguments)
        .env_clear()
        .envs(crate::terminal::surroundings())
        .env("HOME", home);
    command.envs([("AWS_ACCESS_KEY_ID", "AKIATEST"), ("AWS_SECRET_ACCESS_KEY", "x"), ("AWS_REGION", "us-east-1")]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(world: &World, home: &Path, arguments: &[&str]) -> Output {
    program(world, home, arguments).output().expect("the program")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn seconds(world: &World) -> i64 {
    world.now().parse::<chrono::DateTime<chrono::Utc>>().expect("a time").timestamp()
}

/// The quota night: unstaggered, many workflows fail; with rewritten schedules the next night has none, and stays within
/// the limit. Each trigger is as before but for its schedule, and revert restores it exactly.
#[test]
fn staggered_schedules_make_a_good_night_and_can_be_reverted() {
    let world = World::scenario("quota");
    let home = tempfile::tempdir().expect("a folder");
    world.advance_to("05:00:00");
    assert!(night(&world, 0).0.len() >= 4, "the unstaggered night fails");
    let before = triggers(&world);
    let plan = run(&world, home.path(), &["stagger", "--schedule", "--dry-run", "--output", "json"]);
    assert_eq!(plan.status.code(), Some(0), "{}", text(&plan));
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("JSON");
    assert!(plan["peak_dpu"].as_f64() <= plan["limit"].as_f64() && plan["limit"] == json!(100.0));
    assert!(plan["unstaggered"]["over_limit"].as_array().is_some_and(|names| names.len() >= 4), "{plan}");
    assert_eq!(plan["starts"].as_array().map(Vec::len), Some(22));
    assert_eq!(run(&world, home.path(), &["stagger", "--schedule"]).status.code(), Some(2), "not confirmed");
    assert_eq!(world.calls("UpdateTrigger"), 0);
    world.post(&json!({ "paused": false, "speed": 600.0 }));
    let applied = run(&world, home.path(), &["stagger", "--schedule", "--yes"]);
    assert_eq!(applied.status.code(), Some(0), "{}", text(&applied));
    world.post(&json!({ "paused": true }));
    let after = triggers(&world);
    let mut moved = 0;
    for (name, trigger) in &after {
        let mut expected = before[name].clone();
        moved += usize::from(expected.schedule != trigger.schedule);
        expected.schedule.clone_from(&trigger.schedule);
        assert_eq!(*trigger, expected, "only the schedule of {name} changed");
    }
    assert!(moved >= 5, "{moved} schedules moved");
    let evening = seconds(&world);
    world.advance_minutes(24 * 60 - 30);
    let (failed, peak) = night(&world, evening);
    assert_eq!(failed, Vec::<String>::new(), "the staggered night");
    assert!(peak > 60.0 && peak <= 100.0, "{peak}");
    world.post(&json!({ "paused": false }));
    let journal = run(&world, home.path(), &["journal", "--output", "json"]);
    let journal: Value = serde_json::from_slice(&journal.stdout).expect("JSON");
    let id = journal[0]["batch"].as_str().expect("a rollout").to_owned();
    assert_eq!(run(&world, home.path(), &["revert", &id]).status.code(), Some(2), "not confirmed");
    let reverted = run(&world, home.path(), &["revert", &id, "--yes"]);
    assert_eq!(reverted.status.code(), Some(0), "{}", text(&reverted));
    assert_eq!(triggers(&world), before, "exactly as before");
    assert_eq!(run(&world, home.path(), &["revert", "nothing", "--yes"]).status.code(), Some(2));
}

/// The same night started live: as capacity frees, none over the limit.
#[test]
fn a_live_stagger_keeps_within_the_limit() {
    let world = World::scenario("quota");
    let home = tempfile::tempdir().expect("a folder");
    world.advance_to("05:00:00");
    let since = seconds(&world);
    world.post(&json!({ "paused": false, "speed": 60.0 }));
    let applied = run(&world, home.path(), &["stagger", "--now", "--all", "--yes", "--output", "json"]);
    assert_eq!(applied.status.code(), Some(0), "{}", text(&applied));
    let applied: Value = serde_json::from_slice(&applied.stdout).expect("JSON");
    let items = applied["rollout"]["items"].as_array().expect("items").clone();
    let started = ["started", "running", "succeeded"];
    assert!(
        items.len() == 22
            && items
                .iter()
                .all(|item| started.contains(&item["state"].as_str().expect("a state")) && item["run"].is_string()),
        "{items:?}"
    );
    world.post(&json!({ "paused": true }));
    world.advance_minutes(60);
    let (failed, peak) = night(&world, since);
    assert_eq!(failed, Vec::<String>::new(), "the staggered starts");
    assert!(peak > 60.0 && peak <= 100.0, "{peak}");
}

/// A workflow that fails halts a live stagger that was told so.
#[test]
fn a_live_stagger_halts_at_the_first_failure_if_asked() {
    let world = World::at("05:00:00");
    let home = tempfile::tempdir().expect("a folder");
    world.post(&json!({ "paused": false, "speed": 200.0 }));
    // User goes first, and fails at its silver check; with a limit of 4 the others have to wait for each other.
    let folder = home.path().join(".config/gluedeck");
    std::fs::create_dir_all(&folder).expect("a folder");
    let names = ["User", "Coupon", "Campaign", "UserRole", "Facility"];
    let behind = names[1..].iter().map(|name| format!("[stagger.workflows.'{name} Workflow']\npriority = 1\n"));
    std::fs::write(folder.join("config.toml"), behind.collect::<String>()).expect("written");
    let mut arguments = vec!["stagger", "--now", "--yes", "--limit", "4", "--halt-on-failure"];
    arguments.extend(names);
    let halted = run(&world, home.path(), &arguments);
    assert_eq!(halted.status.code(), Some(1), "{}", text(&halted));
    assert!(text(&halted).contains("stopped: User Workflow failed"), "{}", text(&halted));
    assert!(world.calls("StartWorkflowRun") < names.len() as u64);
}

/// Killed in the middle of rewriting schedules: the journal knows what was done, and all of it can be put back.
#[test]
fn a_killed_stagger_can_be_reverted_by_the_next_console() {
    let world = World::scenario("quota");
    let home = tempfile::tempdir().expect("a folder");
    world.advance_to("05:00:00");
    let before = triggers(&world);
    world.post(&json!({ "paused": false, "speed": 600.0 }));
    // Slow enough that it is in the middle when it is killed.
    world.set_faults(r#"[{"operation": "UpdateTrigger", "latency_ms": 30}]"#);
    let mut child = program(&world, home.path(), &["stagger", "--schedule", "--yes"]).spawn().expect("the program");
    while world.calls("UpdateTrigger") < 3 {
        std::thread::yield_now();
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    world.set_faults("[]");
    let changed = triggers(&world).iter().filter(|(name, t)| t.schedule != before[*name].schedule).count();
    assert!((2..22).contains(&changed), "{changed}");
    let state = home.path().join(".local/state/gluedeck");
    let port = world.url().rsplit(':').next().unwrap_or_default().to_owned();
    let name = format!("rollout-aws-111122223333-us-east-1-127_0_0_1_{port}.json");
    let file = std::fs::read_to_string(state.join(&name)).expect("the rollout is on disk");
    let id = serde_json::from_str::<Value>(&file).expect("JSON")["id"].as_str().expect("an id").to_owned();
    let journal = run(&world, home.path(), &["journal", &id]);
    assert!(text(&journal).lines().count() > changed, "{}", text(&journal));
    let again = run(&world, home.path(), &["stagger", "--schedule", "--yes"]);
    assert!(again.status.code() == Some(1) && text(&again).contains("was interrupted"), "{}", text(&again));
    // In another account nothing of it is gone on with, or undone.
    let elsewhere = program(&world, home.path(), &["revert", &id, "--yes"])
        .env("AWS_ACCESS_KEY_ID", "AKIAPRODUCTION000000")
        .output()
        .expect("the program");
    assert!(elsewhere.status.code() == Some(2) && text(&elsewhere).contains("was made in"), "{}", text(&elsewhere));
    // One that somebody has changed since is left alone; the rest is put back.
    let moved = |name: &str| triggers(&world)[name].schedule != before[name].schedule;
    let theirs = before.keys().find(|name| moved(name)).expect("one that was rewritten").clone();
    Runtime::new().expect("a runtime").block_on(async {
        let trigger = &triggers_of(&world).await[&theirs];
        let update = aws_sdk_glue::types::TriggerUpdate::builder().schedule("cron(0 9 * * ? *)");
        let update = update.set_actions(trigger.actions.clone()).set_description(trigger.description.clone());
        glue(&world).update_trigger().name(&theirs).trigger_update(update.build()).send().await.expect("edited");
    });
    let reverted = run(&world, home.path(), &["revert", &id, "--yes"]);
    assert_eq!(reverted.status.code(), Some(0), "{}", text(&reverted));
    assert!(text(&reverted).contains("Not reverted"), "{}", text(&reverted));
    let after = triggers(&world);
    assert!(before.iter().all(|(name, trigger)| *name == theirs || after[name] == *trigger));
    assert_eq!(after[&theirs].schedule(), Some("cron(0 9 * * ? *)"));
    assert!(!state.join(&name).exists(), "what was reverted is not gone on with");
    let nothing = run(&world, home.path(), &["revert", &id, "--yes"]);
    assert!(nothing.status.code() == Some(1) && text(&nothing).contains("nothing to revert"), "{}", text(&nothing));
}

/// On the screen: plan all, move one by hand, apply, see it done; a trigger that somebody has edited since is left alone,
/// and halts it; the rest is reverted.
#[test]
fn a_stagger_on_the_screen_is_planned_moved_applied_and_reverted() {
    let mut story = Story::new(World::scenario("quota"), (140, 50));
    story.world.advance_to("05:00:00");
    story.wait(20_000);
    for _ in 0..60 {
        story.wait(400);
    }
    story.press("6");
    story.wait(400);
    story.sees("22 workflows");
    story.sees("starting in the same second over the limit");
    story.sees("% over minimum");
    story.press("down down l");
    story.sees("set manually");
    story.press("u");
    story.misses("set manually");
    story.press("space");
    story.sees("excluded");
    story.press("G space");
    story.sees("22 workflows");
    let before = triggers(&story.world);
    // Somebody edits the trigger that is to be changed last.
    let plan = story.model.screens.stagger.plan.clone().expect("a plan");
    let last = plan.starts.iter().rev().find_map(|placed| placed.change.clone().filter(|c| c.from != c.to));
    let last = last.expect("a schedule that changes");
    let edited =
        Change::Reschedule { trigger: last.trigger.clone(), from: last.from.clone(), to: "cron(0 9 * * ? *)".into() };
    story.world.post(&json!({ "paused": false, "speed": 600.0 }));
    story.perform(ApplyChange { change: edited, approval: Approval::to_one() }).expect("edited");
    story.press("enter");
    story.sees("schedules");
    story.sees("drift");
    story.wait(500);
    story.press("tab enter");
    story.wait(100);
    story.sees("stopped: ");
    story.sees("changed by someone else");
    // It is said on whatever screen one is.
    story.press("1");
    story.sees("Stagger stopped");
    story.press("6");
    assert_eq!(triggers(&story.world)[last.trigger.as_str()].schedule(), Some("cron(0 9 * * ? *)"), "not overwritten");
    story.press("U");
    story.sees("Revert");
    story.wait(500);
    story.press("tab enter");
    story.wait(100);
    let after = triggers(&story.world);
    for (name, trigger) in before.iter().filter(|(name, _)| *name != last.trigger.as_str()) {
        assert_eq!(&after[name], trigger);
    }
    story.press("7");
    story.sees("UpdateTrigger");
    story.press("/");
    story.types("someone\n");
    story.misses("state changes observed · /someone 0");
}

/// On the screen, live: starts are admitted as capacity frees; one is skipped, all are paused and gone on with; none fails
/// at the limit, and the console follows what it has started.
#[test]
fn a_live_stagger_on_the_screen_admits_pauses_and_goes_on() {
    let mut story = Story::new(World::scenario("quota"), (140, 50));
    story.world.advance_to("05:00:00");
    let since = seconds(&story.world);
    for _ in 0..60 {
        story.wait(700);
    }
    for _ in 0..22 {
        story.press("space j");
    }
    story.press("S tab");
    story.wait(400);
    story.sees("start now, staggered");
    story.press("enter");
    story.sees("Start 22 workflows, staggered");
    story.sees("planned for");
    story.wait(500);
    story.press("tab enter");
    story.wait(3_100);
    let first = story.world.calls("StartWorkflowRun");
    assert!((5..22).contains(&first), "{first} were started at once");
    story.press("G space P");
    story.sees("1 skipped");
    story.sees("paused");
    for _ in 0..12 {
        story.world.advance_seconds(20);
        story.wait(3_100);
    }
    assert_eq!(story.world.calls("StartWorkflowRun"), first, "nothing is started while it is paused");
    story.press("P");
    for _ in 0..120 {
        story.world.advance_seconds(20);
        story.wait(3_100);
    }
    assert_eq!(story.world.calls("StartWorkflowRun"), 21);
    story.world.advance_minutes(30);
    story.wait(20_000);
    let (failed, peak) = night(&story.world, since);
    let skipped = failed.len();
    assert!(skipped <= 1, "only the skipped one may still show its failed night: {failed:?}");
    assert!(peak > 60.0 && peak <= 100.0, "{peak}");
    // What became of them stays on the screen.
    story.sees("rollout");
    story.sees("21 succeeded, 1 skipped");
    story.press("7");
    story.sees("running to succeeded");
}

/// Policies from the configuration hold for the commands: what is denied exits with 3, what must be typed with 2.
#[test]
fn policies_hold_for_commands() {
    let world = World::at("05:00:00");
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join(".config/gluedeck");
    std::fs::create_dir_all(&folder).expect("a folder");
    let text_of = "environment = 'live'\n[environments.live.policy]\ndefault = 'type-name'\nschedule = 'deny'\nstop = 'deny'\nmax_changes = 2\n";
    std::fs::write(folder.join("config.toml"), text_of).expect("written");
    let code = |arguments: &[&str]| run(&world, home.path(), arguments).status.code();
    assert_eq!(code(&["start", "Coupon"]), Some(2));
    assert_eq!(code(&["start", "Coupon", "--yes"]), Some(2), "the name is not typed");
    assert_eq!(code(&["start", "Coupon", "--yes", "--confirm", "Order Workflow"]), Some(2));
    assert_eq!(code(&["start", "Coupon", "Order", "Refund", "--yes", "--confirm", "3 changes"]), Some(3), "too many");
    assert_eq!(code(&["stagger", "--schedule", "--yes", "--confirm", "x"]), Some(3));
    assert_eq!(code(&["stagger", "--schedule"]), Some(3), "denied is said with the plan");
    assert_eq!(world.calls("StartWorkflowRun") + world.calls("UpdateTrigger"), 0);
    assert_eq!(code(&["start", "Coupon", "--yes", "--confirm", "Coupon Workflow"]), Some(0));
    assert_eq!(code(&["stop", "Coupon", "--yes", "--confirm", "Coupon Workflow"]), Some(3));
    assert_eq!(code(&["start", "Order", "Refund", "--yes", "--confirm", "2 changes"]), Some(0));
    assert_eq!((world.calls("StartWorkflowRun"), world.calls("StopWorkflowRun")), (3, 0));
}

/// Bad input: nothing to plan, an unknown workflow, a limit that is too small for one.
#[test]
fn a_stagger_says_what_cannot_be_planned() {
    let world = World::at("05:00:00");
    let home = tempfile::tempdir().expect("a folder");
    let all = |arguments: &[&str]| run(&world, home.path(), arguments);
    assert_eq!(all(&["stagger", "Nobody", "--schedule"]).status.code(), Some(2));
    let small = all(&["stagger", "--schedule", "--limit", "3"]);
    assert!(text(&small).contains("over the limit of 3"), "{}", text(&small));
    let off = all(&["stagger", "Campaign", "--schedule", "--limit", "50"]);
    assert!(off.status.code() == Some(1) && text(&off).contains("schedule is DEACTIVATED"), "{}", text(&off));
    world.set_faults(r#"[{"operation": "GetServiceQuota", "error": "AccessDeniedException", "message": "no"}]"#);
    let unknown = all(&["stagger", "--schedule"]);
    assert!(unknown.status.code() == Some(2) && text(&unknown).contains("--limit"), "{}", text(&unknown));
}
