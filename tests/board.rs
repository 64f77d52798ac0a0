//! The board, the workflow, the night: filters, orders, evidence, comparison, refreshing, environments, the doctor.

use crate::support::World;
use crate::support::story::Story;
use gluedeck_tui::app::{Environments, update};
use gluedeck_tui::flow::{Effect, Key, Keymap, Msg, Update};
use serde_json::Value;
use std::fs;
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_gluedeck");

/// The morning after, with all histories read.
fn morning() -> Story {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    for _ in 0..30 {
        story.wait(200);
    }
    story
}

#[test]
fn filters_are_fuzzy_inverse_by_field_and_by_comparison() {
    let mut story = morning();
    for (filter, count) in [
        ("mactran", "1 of 22"),
        ("state:failed", "3 of 22"),
        ("!state:succeeded", "4 of 22"),
        ("took<1m state:failed", "2 of 22"),
        ("took>5m !user", "of 22"),
        ("cost>1000", "0 of 22"),
        ("\"is empty\"", "1 of 22"),
    ] {
        story.press("/");
        story.types(filter);
        story.press("enter");
        story.sees(&format!("/{filter}"));
        story.sees(count);
        story.press("esc");
    }
    story.press("/");
    story.types("nobody:x");
    story.sees("unknown field nobody");
}

#[test]
fn rows_are_sorted_by_any_column_and_the_selection_stays() {
    let mut story = morning();
    story.press("j j");
    let selected = |story: &mut Story| {
        let screen = story.screen();
        let line = screen.lines().rev().nth(1).expect("a context line").to_owned();
        line.split(" Workflow").next().expect("a name").trim().to_owned()
    };
    let name = selected(&mut story);
    story.press(">");
    story.sees("sorted by name");
    let order: Vec<usize> =
        ["Account ", "Refund ", "UserRole "].iter().map(|name| story.screen().find(name).expect("there")).collect();
    assert!(order.is_sorted());
    story.press("I");
    story.sees("sorted by name, reversed");
    assert!(story.screen().find("UserRole ").expect("there") < story.screen().find("Account ").expect("there"));
    story.press(":");
    story.types("sort took\n");
    story.sees("sorted by took");
    assert_eq!(selected(&mut story), name, "by identity");
}

#[test]
fn the_evidence_leads_to_its_proof() {
    let mut story = morning();
    story.press("/");
    story.types("Refund\n");
    story.press("e");
    story.sees("COMPLETED only means no action is still running");
    story.sees("97 DPU of 100");
    story.sees("bronze crawler did not run: its trigger needs bronze SUCCEEDED (is FAILED)");
    story.press("j enter");
    story.wait(1_000);
    story.sees("DynamoDB Refund Bronze");
    assert!(story.screen().contains("3 Logs"), "at the log of the failed step");
    story.press("1 e j j j enter");
    story.sees("EARLIER RUNS");
    story.misses("Why Refund");
}

#[test]
fn an_earlier_run_is_opened_compared_and_described() {
    let mut story = morning();
    story.press("/");
    story.types("User Workflow\n");
    story.press("enter c");
    story.sees("This run vs last successful run");
    story.sees("did not run");
    story.sees("FAILED, was SUCCEEDED");
    story.press("esc tab j enter");
    story.sees("EARLIER RUN ");
    story.press("esc p");
    story.sees("Run properties of User Workflow");
    story.press("esc d");
    story.sees("\"Job\"");
    story.press("esc v");
    story.sees("silver DQ");
    story.press("esc");
    story.sees("STEP");
}

#[test]
fn the_timeline_shows_the_night_and_those_before() {
    let mut story = morning();
    story.press("2");
    story.sees("night 15 of 15");
    story.sees("100 limit");
    story.press("[");
    story.sees("night 14 of 15");
    story.sees("03:10");
    story.press("] ]");
    story.sees("No runs of a later night");
    story.press("+ +");
    story.sees("zoom 4×");
    story.press("0 enter");
    story.sees("STEP");
}

#[test]
fn a_failed_reading_empties_nothing_and_says_how_old_all_is() {
    let mut story = morning();
    let rows = |screen: &str| screen.lines().skip(7).take(22).map(str::to_owned).collect::<Vec<_>>();
    let before = rows(&story.screen());
    story.world.set_faults(
        r#"[{"operation": "BatchGetWorkflows", "error": "ThrottlingException", "message": "Rate exceeded"}]"#,
    );
    story.wait(20_000);
    story.sees("throttled");
    assert_eq!(rows(&story.screen()), before, "nothing is emptied, nothing moves");
    story.wait(40_000);
    story.sees("s old");
    story.world.set_faults("[]");
    story.wait(31_000);
    story.misses(" old");
    story.press("!");
    story.sees("BatchGetWorkflows");
}

#[test]
fn of_many_workflows_the_screen_is_one_call_and_a_round_is_one_for_25() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("many.toml");
    fs::write(&file, "description = 'many'\nworkflows = 110\n").expect("written");
    let mut story = Story::new(World::scenario(file.to_str().expect("a path")), (140, 40));
    story.world.advance_to("06:30:00");
    for _ in 0..20 {
        story.wait(1_000);
    }
    story.wait(16_000);
    for _ in 0..8 {
        story.wait(16_000);
    }
    story.sees("of 110");
    story.sees("all read");
    let before = story.world.calls("BatchGetWorkflows");
    story.wait(16_000);
    let visible = story.world.calls("BatchGetWorkflows") - before;
    assert!((1..=6).contains(&visible), "the screen, and at most one round: {visible}");
    let before = story.world.calls("BatchGetWorkflows");
    for _ in 0..4 {
        story.wait(16_000);
    }
    let calls = story.world.calls("BatchGetWorkflows") - before;
    assert!(calls <= 4 + 2 * 5, "four readings of the screen and at most two rounds of five: {calls}");
}

#[test]
fn the_last_snapshot_comes_back_marked_as_old_and_asks_nothing() {
    let story = morning();
    let snapshot = story.model.context.snapshot().expect("a snapshot");
    let mut next = Story::new(World::at("05:00:00"), (140, 40));
    next.model.context.pipelines = gluedeck_tui::flow::Load::Idle;
    next.model.context.pipelines_read_at = None;
    update(&mut next.model, Msg::Update(Update::Snapshot(Box::new(snapshot))));
    next.sees("cached data");
    next.sees("✖ 3 failed");
    next.press("s");
    next.sees("wait until the account is loaded");
    next.press("ctrl-r");
    next.wait(5_000);
    next.misses("cached data");
}

#[test]
fn keys_mouse_and_palette_do_the_same() {
    let mut story = morning();
    story.press(":");
    story.types("timel");
    story.sees("go to the timeline");
    story.press("enter");
    story.sees("night 15 of 15");
    story.screen();
    story.send(Msg::Click { column: 3, row: 1 });
    story.sees("sorted by severity");
    // A tab leads to its screen whatever its key is.
    let usual = std::mem::take(&mut story.model.keymap);
    (story.model.keymap, _) = Keymap::of(&[("timeline".to_owned(), vec!["f9".to_owned()])].into());
    story.send(Msg::Click { column: 17, row: 1 });
    story.sees("night 15 of 15");
    story.model.keymap = usual;
    story.press("1");
    story.send(Msg::Click { column: 10, row: 9 });
    story.send(Msg::Click { column: 10, row: 9 });
    story.sees("STEP");
    story.press("1 :");
    story.types("fly\n");
    story.sees("unknown command \"fly\"");
    story.press("T j");
    assert_ne!(story.model.look.theme.name, "dark");
    story.press("esc");
    assert_eq!(story.model.look.theme.name, "dark");
    story.press("ctrl-s");
    story.types("json\n");
    let saved = story.effects.iter().find_map(|effect| match effect {
        Effect::SaveFile { name, text } if name.ends_with(".json") => Some(text.clone()),
        _ => None,
    });
    let rows: Value = serde_json::from_str(&saved.expect("a file")).expect("JSON");
    assert_eq!(rows.as_array().map(Vec::len), Some(22));
}

#[test]
fn environments_are_gone_to_and_shown_on_one_board() {
    let (mut dev, mut prod) = (morning(), morning());
    dev.model.context.session.environment = "dev".into();
    prod.model.context.session.environment = "prod".into();
    prod.model.context.session.production = Some(true);
    let mut environments = Environments::new(vec![dev.model, prod.model], 0);
    let mut press = |environments: &mut Environments, keys: &str| {
        for name in keys.split(' ') {
            environments.update(Msg::Key(Key::parse(name).expect("a key")));
        }
        dev.terminal.draw(|frame| gluedeck_tui::app::draw_environments(frame, environments)).expect("a frame");
        gluedeck_tui::ui::svg::text(dev.terminal.backend().buffer())
    };
    let one = press(&mut environments, "j");
    assert!(!one.contains("PRODUCTION") && !one.contains("ENV"), "{one}");
    let both = press(&mut environments, "A g");
    assert!(both.contains("ENV") && both.contains("✖ 6 failed"), "{both}");
    let second = press(&mut environments, "j");
    assert_eq!(environments.at, 1, "the same workflow in prod comes next, and one is then in prod");
    assert!(second.contains("PRODUCTION"), "{second}");
    press(&mut environments, "A E");
    let back = press(&mut environments, "k enter");
    assert_eq!(environments.at, 0);
    assert!(!back.contains("PRODUCTION"), "{back}");
}

fn doctor(url: &str, key: &str) -> (Output, Value) {
    let home = tempfile::tempdir().expect("a folder");
    let output = Command::new(PROGRAM)
        .args(["doctor", "--output", "json", "--endpoint-url", url, "--region", "us-east-1"])
        .env_clear()
        .envs(crate::terminal::surroundings())
        .env("HOME", home.path())
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .output()
        .expect("the program");
    let checks = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output, checks)
}

fn verdict<'c>(checks: &'c Value, name: &str) -> &'c str {
    let found = checks.as_array().into_iter().flatten().find(|check| check["check"] == name);
    found.and_then(|check| check["verdict"].as_str()).unwrap_or("none")
}

#[test]
fn the_doctor_tells_good_read_only_and_expired_keys_and_a_closed_port_apart() {
    let world = World::at("05:00:00");
    let runs = || world.calls("StartWorkflowRun");
    let (good, checks) = doctor(&world.url(), "AKIASANDBOX000000000");
    assert_eq!(good.status.code(), Some(0), "{checks:#}");
    assert_eq!((verdict(&checks, "credentials"), verdict(&checks, "glue:UpdateTrigger")), ("ok", "ok"), "{checks:#}");
    assert_eq!(runs(), 1, "one question, and nothing was started");
    let unknown: Vec<&str> = checks
        .as_array()
        .expect("checks")
        .iter()
        .filter(|check| check["verdict"] == "unknown")
        .filter_map(|check| check["check"].as_str())
        .collect();
    let unasked = ["cloudwatch:GetMetricData", "logs:StartLiveTail", "athena:StartQueryExecution"];
    assert_eq!(unknown, unasked, "every other action has a probe");
    let (read_only, checks) = doctor(&world.url(), "AKIAREADONLY00000000");
    assert_eq!(read_only.status.code(), Some(0), "who only looks is well: {checks:#}");
    assert_eq!((verdict(&checks, "glue:ListWorkflows"), verdict(&checks, "glue:StartJobRun")), ("ok", "warning"));
    let (expired, checks) = doctor(&world.url(), "AKIAEXPIRED000000000");
    assert_eq!((expired.status.code(), verdict(&checks, "credentials")), (Some(3), "wrong"), "{checks:#}");
    let (closed, checks) = doctor("http://127.0.0.1:9", "AKIASANDBOX000000000");
    assert_eq!((closed.status.code(), verdict(&checks, "reachability")), (Some(3), "wrong"), "{checks:#}");
}
