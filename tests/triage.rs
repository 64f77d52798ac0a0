//! `gluedeck triage`: from an alert to a card, on the nights of the sandbox.

use crate::support::World;
use crate::terminal::{KEYS, PROGRAM, command};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};

fn triage(world: &World, text: &str, arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(PROGRAM)
        .args(["--endpoint-url", &world.url(), "triage"])
        .args(arguments)
        .env_clear()
        .envs(crate::terminal::surroundings())
        .envs(KEYS)
        .env("HOME", home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    child.stdin.take().expect("stdin").write_all(text.as_bytes()).expect("written");
    child.wait_with_output().expect("it ends")
}

fn cards(world: &World, text: &str) -> Vec<Value> {
    let output = triage(world, text, &["--output", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON on stdout, and nothing else");
    value.as_array().expect("an array").clone()
}

/// The Slack lines of what has failed in the night.
pub(crate) fn slack(world: &World) -> Vec<String> {
    let all: Value =
        serde_json::from_slice(&command(&world.url(), &["workflows", "--output", "json"]).stdout).expect("JSON");
    let mut lines = Vec::new();
    for workflow in all.as_array().expect("workflows") {
        for trigger in workflow["triggers"].as_array().expect("triggers") {
            for target in trigger["targets"].as_array().expect("targets") {
                let state = target["state"].as_str().unwrap_or_default();
                if !["FAILED", "TIMEOUT"].contains(&state) {
                    continue;
                }
                let name = &target["name"];
                let (kind, detail) = match target["kind"].as_str() {
                    Some("crawler") => (
                        "Glue Crawler State Change",
                        json!({ "crawlerName": name, "state": "Failed", "message": "Crawler Failed", "errorMessage": target["error"] }),
                    ),
                    _ => (
                        "Glue Job State Change",
                        json!({ "jobName": name, "severity": "ERROR", "state": state, "message": target["error"] }),
                    ),
                };
                let event = json!({
                    "version": "0", "detail-type": kind, "source": "aws.glue", "account": "111122223333",
                    "time": world.now(), "region": "us-east-1", "resources": [], "detail": detail,
                });
                lines.push(format!("{} Workflow {state} - {event}", name.as_str().unwrap_or_default()));
            }
        }
    }
    lines
}

/// The night of a scenario, as it stands at five.
pub(crate) fn night(scenario: &str) -> World {
    let world = World::scenario(scenario);
    world.advance_to("05:00:00");
    world
}

#[test]
fn every_failure_of_a_night_has_its_card() {
    for (scenario, wanted) in [
        ("night", vec![("dpu_limit", "bronze"), ("dpu_limit", "bronze"), ("data_quality", "silver DQ")]),
        ("timeout", vec![("timeout", "silver")]),
        ("crawler", vec![("crawler", "bronze crawler")]),
        ("schema-drift", vec![("data_quality", "silver DQ")]),
        ("quota", vec![("dpu_limit", "bronze"); 7]),
    ] {
        let world = night(scenario);
        let lines = slack(&world);
        let found = cards(&world, &lines.join("\n"));
        let classes: Vec<(&str, &str)> = found
            .iter()
            .map(|card| (card["class"].as_str().unwrap_or_default(), card["step"].as_str().unwrap_or_default()))
            .collect();
        assert_eq!(classes, wanted, "{scenario}");
        for card in &found {
            assert!(card["cause"].as_str().is_some_and(|cause| cause.len() > 5), "{card}");
            assert!(card["evidence"].as_array().is_some_and(|all| !all.is_empty()), "{card}");
            assert!(card["proposal"]["what"].as_str().is_some(), "{card}");
            assert!(card["not_run"].as_array().is_some_and(|all| !all.is_empty()), "{card}");
            assert!(card["workflow"].as_str().is_some_and(|name| name.ends_with(" Workflow")), "{card}");
        }
    }
}

/// Class and step of the failures of the `causes` scenario, by workflow.
pub(crate) const CAUSES: [(&str, &str, &str); 10] = [
    ("Address", "access_denied", "bronze"),
    ("Coupon", "missing_input", "gold"),
    ("Device", "schema_change", "silver"),
    ("Facility", "throttling", "bronze"),
    ("Invoice", "crawler", "bronze crawler"),
    ("MachineTransaction", "out_of_memory", "silver"),
    ("Notification", "code_error", "silver"),
    ("Order", "timeout", "silver"),
    ("PriceRule", "unknown", "gold"),
    ("User", "data_quality", "silver DQ"),
];

#[test]
fn every_class_is_told_from_what_the_run_and_its_log_say() {
    let world = night("causes");
    let found = cards(&world, &slack(&world).join("\n"));
    let told = |card: &Value, key: &str| card[key].as_str().unwrap_or_default().to_owned();
    for (workflow, class, step) in CAUSES {
        let name = format!("{workflow} Workflow");
        let card = found.iter().find(|card| card["workflow"] == name.as_str()).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!((told(card, "class").as_str(), told(card, "step").as_str()), (class, step), "{name}");
        let evidence = card["evidence"].as_array().expect("evidence");
        let has_log =
            evidence.iter().any(|proof| proof["where"].as_str().is_some_and(|place| place.contains(" at 20")));
        assert!(has_log || class == "timeout", "{name}: the lines of its log\n{card}");
    }
    assert_eq!(found.len(), CAUSES.len());
    let cause = |class: &str| told(found.iter().find(|card| card["class"] == class).expect(class), "cause");
    assert!(cause("out_of_memory").contains("exceeding memory limits"), "the log has more than the run");
    assert!(cause("schema_change").contains("firmwareVersion"));
}

/// What cannot be made by data: a run that has the job's only place, and a job that is deleted.
#[test]
fn a_place_that_is_taken_and_a_job_that_is_gone() {
    let world = World::scenario("calm");
    world.advance_to("02:59:30");
    let change = |arguments: &[&str]| {
        let output = command(&world.url(), arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    };
    change(&["job", "start", "DynamoDB Refund Bronze", "--yes"]);
    world.delete_job("DynamoDB Device Silver");
    world.advance_to("05:00:00");
    let card = |name: &str| cards(&world, name).remove(0);
    let refund = card("Refund");
    assert_eq!((&refund["class"], &refund["step"]), (&json!("concurrency"), &json!("bronze")), "{refund}");
    let device = card("Device");
    assert_eq!((&device["class"], &device["state"]), (&json!("deleted_job"), &json!("ERROR")), "{device}");
    assert_eq!(device["proposal"]["command"], Value::Null, "what is not there is not run again");
}

#[test]
fn a_service_that_throttles_and_fails_hides_no_cause() {
    let world = night("night");
    let lines = slack(&world).join("\n");
    world.set_faults(
        r#"[{"rate": 0.15, "error": "ThrottlingException", "message": "Rate exceeded"},
            {"rate": 0.05, "status": 500, "error": "InternalServiceException", "message": "Internal service error"}]"#,
    );
    let classes: Vec<Value> = cards(&world, &lines).iter().map(|card| card["class"].clone()).collect();
    assert_eq!(classes, ["dpu_limit", "dpu_limit", "data_quality"]);
}

/// Events and names in one paste; ids cut short; names with a slip; steps that have not failed; runs that are gone.
#[test]
fn what_is_meant_is_found_or_said_not_to_be() {
    let world = night("night");
    let told = |text: &str| {
        let output = triage(&world, text, &["--output", "json", "--no-query"]);
        let cards: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let steps =
            cards.as_array().expect("an array").iter().map(|card| format!("{} {}", card["workflow"], card["step"]));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), steps.collect::<Vec<_>>(), said)
    };
    let event = r#"{"detail":{"jobName":"DynamoDB Refund Bronze","state":"FAILED"}}"#;
    for text in [format!("X - {event}\nUser\n"), format!("User\nX - {event}")] {
        let (code, mut steps, said) = told(&text);
        steps.sort();
        assert_eq!((code, steps.len()), (Some(0), 2), "{steps:?} {said}");
    }
    let (_, _, said) = told("DynamoDB User Bronze DQ");
    assert!(said.contains("has not failed: its last run is SUCCEEDED; failed step: silver DQ"), "{said}");
    let (code, _, said) = told("DynamoDB User Gold");
    assert!(code == Some(1) && said.contains("did not run in the last run; failed step: silver DQ"), "{said}");
    let (_, _, said) = told("Acount");
    assert!(said.contains("did you mean Account"), "{said}");
    assert_eq!(told(":rotating_light: User").0, Some(0));
    let id = cards(&world, "User")[0]["run_id"].as_str().expect("an id").to_owned();
    assert_eq!(told(&id[..14]).1, ["\"User Workflow\" \"silver DQ\""]);
    // A run that is gone explains nothing, and nothing is proposed for another one.
    let gone = r#"{"detail":{"jobName":"DynamoDB User Silver","state":"FAILED","jobRunId":"jr_00000000000000000000"}}"#;
    let output = triage(&world, gone, &["--output", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found[0]["proposal"]["command"], Value::Null, "{found}");
    // Of another account: the same names, and nothing of here is told for it.
    let theirs = r#"{"account":"999988887777","detail":{"jobName":"DynamoDB User Silver DQ","state":"FAILED"}}"#;
    let (code, steps, said) = told(theirs);
    assert!(code == Some(1) && steps.is_empty() && said.contains("for 999988887777"), "{said}");
    // The report's commands can be used as they are.
    let output = triage(&world, "Refund", &["--redact"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("gluedeck stagger --now 'Refund Workflow' 'Subscription Workflow'"), "{text}");
}

#[test]
fn the_report_has_no_secrets_and_if_asked_no_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("leaky.toml");
    let text = "description = 'x'\ncalm_capacity = true\n[[job_fails]]\njob = 'DynamoDB User Bronze'\n\
        error = \"ValueError: cannot read 'Bob Smith' with password=hunter22 from bob@example.com\"\n";
    std::fs::write(&file, text).expect("written");
    let world = night(&file.to_string_lossy());
    for output in ["json", "markdown"] {
        let all = triage(&world, "User", &["--output", output]);
        let text = String::from_utf8_lossy(&all.stdout).into_owned();
        assert!(text.contains("Bob Smith") && !text.contains("hunter22"), "{text}");
        let without = triage(&world, "User", &["--output", output, "--redact"]);
        let text = String::from_utf8_lossy(&without.stdout).into_owned();
        assert!(text.contains("ValueError") && !text.contains("Bob Smith") && !text.contains("bob@"), "{text}");
    }
}

#[test]
fn the_classic_alert_is_explained_with_its_numbers() {
    let world = night("night");
    let line = slack(&world).into_iter().find(|line| line.contains("User Silver DQ")).expect("the alert");
    let output = triage(&world, &line, &[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for part in [
        "## User Workflow: silver DQ FAILED (data quality)",
        "phone_number is empty in 31 of 1204 rows",
        "downstream steps not run: gold, gold DQ",
        "gold last updated",
        "silver.user phone_number filled: 31 of 1204 rows on",
        "DataQualityError",
        "gluedeck rerun 'User Workflow' --whole",
        "If the threshold is wrong instead",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    // A name alone leads there too, and so does the workflow's.
    for text in ["DynamoDB User Silver DQ", "user workflow", "  *User*  "] {
        assert_eq!(cards(&world, text)[0]["step"], "silver DQ", "{text}");
    }
}

#[test]
fn one_alert_costs_few_calls() {
    let world = night("timeout");
    let lines = slack(&world);
    let calls = |world: &World| -> u64 {
        let all = world.get("/_sandbox/calls");
        all.as_object().expect("calls").values().filter_map(Value::as_u64).sum()
    };
    let before = calls(&world);
    assert_eq!(cards(&world, &lines[0])[0]["class"], "timeout");
    let sent = calls(&world) - before;
    assert!(sent <= 12, "{sent} calls");
}

#[test]
fn what_names_nothing_is_refused_with_a_reason() {
    let world = night("calm");
    for (text, code, said) in [
        ("", 2, "no alert"),
        (" \n\t", 2, "no alert"),
        ("complete garbage \u{1b}[31m", 1, "crawler named"),
        ("{\"a\": 1}", 1, "no job, crawler, workflow or run in the text"),
        ("jr_0123456789abcdef0123456789abcdef", 1, "no recent workflow run has the ID"),
        ("--output", 1, "crawler named"),
        (
            "Nobody Workflow FAILED - {\"region\":\"eu-west-1\",\"detail\":{\"jobName\":\"Nobody\",\"state\":\"FAILED\"}}",
            1,
            "use --region eu-west-1",
        ),
    ] {
        let output = triage(&world, text, &[]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{text:?}: {told}");
        assert!(told.contains(said), "{text:?}: {told}");
        assert!(output.stdout.is_empty() && !told.contains('\u{1b}'), "{text:?}");
    }
}
