//! `gluedeck watch`: one message for each thing that is new, whatever happens to the watcher and to who hears of it.

use crate::support::{World, http};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A home whose configuration sends to the sandbox's Slack and to its webhook.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join(".config/gluedeck");
    std::fs::create_dir_all(&folder).expect("a folder");
    let config = r#"
        [watch]
        every = 1
        [watch.sinks.oncall]
        kind = "slack"
        url_env = "ONCALL_URL"
        [watch.sinks.orders]
        kind = "webhook"
        url_env = "HOOK_URL"
        secret_env = "HOOK_SECRET"
        pipelines = ["Refund*"]
    "#;
    std::fs::write(folder.join("config.toml"), config).expect("a file");
    home
}

fn watcher(world: &World, home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gluedeck"));
    let url = world.url();
    command.arg("watch").args(arguments).args(["--endpoint-url", &url]).env("HOME", home);
    command.env_remove("XDG_STATE_HOME").env_remove("XDG_CONFIG_HOME");
    command.envs([("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_REGION", "us-east-1")]);
    command.envs([("ONCALL_URL", format!("{url}/_sandbox/slack")), ("HOOK_URL", format!("{url}/_sandbox/webhook"))]);
    command.env("HOOK_SECRET", "Jefe").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn once(world: &World, home: &Path) -> Output {
    let output = watcher(world, home, &["--once"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn messages(world: &World, to: &str) -> Vec<Value> {
    let all = world.get("/_sandbox/messages")["messages"].as_array().expect("messages").clone();
    all.into_iter().filter(|message| message["to"] == to).collect()
}

fn texts(messages: &[Value]) -> BTreeSet<String> {
    messages.iter().map(|message| message["body"]["text"].as_str().expect("a text").to_owned()).collect()
}

fn fail(world: &World, failure: &str) {
    let (status, answer) = http(&world.url(), "POST", "/_sandbox/messages", failure);
    assert_eq!(status, 200, "{answer}");
}

fn morning(scenario: &str) -> World {
    let world = World::scenario(scenario);
    world.advance_to("05:00:00");
    world
}

#[test]
fn each_failure_is_one_message_and_one_when_it_has_recovered() {
    let (world, home) = (morning("night"), home());
    let dry = watcher(&world, home.path(), &["--once", "--dry-run"]).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&dry.stdout).lines().count(), 3, "{dry:?}");
    assert!(messages(&world, "slack").is_empty(), "nothing was sent");
    once(&world, home.path());
    let sent = messages(&world, "slack");
    let wanted = ["Refund Workflow failed", "Subscription Workflow failed", "User Workflow failed"];
    assert_eq!(texts(&sent), wanted.map(str::to_owned).into());
    let user = sent.iter().find(|message| message["body"]["text"] == "User Workflow failed").expect("a message");
    let body = user["body"]["blocks"].to_string();
    for part in ["phone\\u200b_number", "did not run: ", "gluedeck rerun 'User Workflow'"] {
        assert!(body.contains(part) || body.contains(&part.replace("\\u200b", "\u{200b}")), "{part} of {body}");
    }
    let routed = messages(&world, "webhook");
    assert_eq!((routed.len(), routed[0]["body"]["problems"][0]["verdict"].as_str()), (1, Some("failed")));
    assert!(routed[0]["signature"].as_str().is_some_and(|signature| signature.starts_with("sha256=")), "{routed:?}");
    once(&world, home.path());
    assert_eq!(messages(&world, "slack").len(), 3, "never twice for the same run");
    let rerun = crate::pipelines::command(&world, &["rerun", "Refund", "--whole", "--yes"]);
    assert!(rerun.status.success(), "{}", String::from_utf8_lossy(&rerun.stderr));
    world.advance_minutes(90);
    once(&world, home.path());
    let new: BTreeSet<String> = texts(&messages(&world, "slack")[3..]);
    assert_eq!(new, ["Refund Workflow has recovered".to_owned()].into());
    assert_eq!(messages(&world, "webhook").len(), 2);
}

#[test]
fn every_failure_that_check_lists_is_told_and_nothing_else() {
    let (world, home) = (morning("causes"), home());
    let checked = crate::pipelines::command(&world, &["check", "--output", "json"]);
    let findings: Vec<Value> = serde_json::from_slice(&checked.stdout).expect("JSON");
    let failing = ["failed", "never_ran", "late", "stale"];
    let wanted = findings.iter().filter(|finding| failing.contains(&finding["verdict"].as_str().expect("a word")));
    let wanted: BTreeSet<String> = wanted.map(|finding| finding["key"].as_str().expect("a key").to_owned()).collect();
    assert!(wanted.len() >= 5, "{wanted:?}");
    let dry = watcher(&world, home.path(), &["--once", "--dry-run"]).output().expect("it runs");
    let events = String::from_utf8_lossy(&dry.stdout).into_owned();
    let mut told = Vec::new();
    for event in events.lines() {
        let event: Value = serde_json::from_str(event).expect("JSON");
        let problems = event["problems"].as_array().expect("problems").iter();
        told.extend(problems.map(|problem| problem["key"].as_str().expect("a key").to_owned()));
    }
    assert_eq!((told.len(), told.into_iter().collect::<BTreeSet<_>>()), (wanted.len(), wanted));
}

#[test]
fn a_sink_that_is_down_for_an_hour_loses_nothing() {
    let (world, home) = (morning("night"), home());
    fail(&world, r#"{"status": 503}"#);
    let output = once(&world, home.path());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("sink oncall: HTTP 503; retrying"), "{told}");
    assert!(!told.contains("/_sandbox/slack"), "the URL is a secret: {told}");
    for _ in 0..6 {
        world.advance_minutes(10);
        once(&world, home.path());
    }
    assert!(messages(&world, "slack").is_empty());
    fail(&world, r#"{"status": 429, "retry_after": 1200, "times": 1}"#);
    world.advance_minutes(15);
    once(&world, home.path());
    let after_429 = messages(&world, "slack").len() + messages(&world, "webhook").len();
    assert_eq!(after_429, 3, "one of the four was told to wait");
    world.advance_minutes(15);
    once(&world, home.path());
    assert_eq!(messages(&world, "slack").len() + messages(&world, "webhook").len(), 3, "and waits");
    world.advance_minutes(10);
    once(&world, home.path());
    assert_eq!((messages(&world, "slack").len(), messages(&world, "webhook").len()), (3, 1));
}

#[test]
fn killed_at_any_moment_it_tells_each_thing_once() {
    let (world, home) = (morning("night"), home());
    for round in 0..12_u64 {
        let mut child = watcher(&world, home.path(), &[]).spawn().expect("it runs");
        std::thread::sleep(std::time::Duration::from_millis(15 + round * 29 % 330));
        child.kill().expect("killed");
        child.wait().expect("its end");
    }
    once(&world, home.path());
    let received = world.get("/_sandbox/messages");
    assert_eq!(texts(&messages(&world, "slack")).len(), 3);
    assert_eq!(received["distinct"], 3, "{received}");
    assert_eq!(received["received"], 4, "{received}");
}

#[test]
fn an_account_that_cannot_be_read_is_told_once_and_a_signal_ends_it() {
    let (world, home) = (morning("calm"), home());
    once(&world, home.path());
    world.set_faults(r#"[{"service": "glue", "error": "ExpiredTokenException", "message": "The token has expired"}]"#);
    for _ in 0..2 {
        let output = watcher(&world, home.path(), &["--once"]).output().expect("it runs");
        assert_eq!(output.status.code(), Some(3), "{output:?}");
    }
    world.set_faults("[]");
    once(&world, home.path());
    let sent = messages(&world, "slack");
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent[0]["body"]["text"].as_str().is_some_and(|text| text.contains("cannot be read")), "{sent:?}");
    let child = watcher(&world, home.path(), &[]).spawn().expect("it runs");
    let pid = child.id().to_string();
    while world.calls("ListWorkflows") < 5 {
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
    let output = child.wait_with_output().expect("its end");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn what_is_missing_to_deliver_is_told_before_anything_is_read() {
    let (world, home) = (World::shared_morning(), home());
    let mut command = watcher(&world, home.path(), &["--once"]);
    let output = command.env_remove("HOOK_SECRET").output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("sink orders: the variable HOOK_SECRET is not set"), "{told}");
}
