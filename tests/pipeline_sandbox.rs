//! The sandbox on a pipeline that is brought: its own tables, and records that come and go while it serves.

use crate::support::World;
use crate::support::story::Story;
use serde_json::{Value, json};

/// The record of the User table, as the pipeline's own configuration has it: nothing in it is for the sandbox.
const USER: &str = include_str!("pipeline_files/user.json");

/// The same file with more records.
fn with(more: &[Value]) -> String {
    let mut records: Vec<Value> = serde_json::from_str(USER).expect("JSON");
    records.extend(more.iter().cloned());
    json!(records).to_string()
}

fn voucher() -> Value {
    json!({
        "scopeId": "Voucher", "jobName": "DynamoDB Voucher", "bucketFolder": "voucher", "tableName": "voucher",
        "dynamoTableName": "Voucher", "silverKpiFields": "id,as_of_date", "goldKpiFields": "id",
        "applyMapping": "id:string:id:string-validUntil:string:valid_until:date-amount:string:amount:int",
    })
}

#[test]
fn a_file_with_one_record_is_a_sandbox_with_one_workflow() {
    let world = World::of_pipeline(USER);
    world.advance_to("05:00:00");
    let mut story = Story::new(world, (140, 40));
    story.sees("✔ 1 succeeded");
    assert_eq!(story.line("✔ User").matches('✔').count(), 8, "the outcome and seven steps\n{}", story.screen());
    let scripts = story.world.bucket("tumble-dev-gluescript-job");
    for program in ["bronze.py", "silver.py", "gold.py", "data_quality.py", "lake.py"] {
        assert!(scripts.join(program).is_file(), "{program}");
    }
}

#[test]
fn a_record_that_is_added_is_on_the_board_and_in_gold_the_next_night() {
    let world = World::of_pipeline(USER);
    world.advance_to("05:00:00");
    let mut story = Story::new(world, (140, 40));
    story.misses("Voucher");
    story.world.set_pipeline(&with(&[voucher()])).expect("it is taken");
    story.press("ctrl-r");
    story.until("Voucher");
    story.world.advance_minutes(24 * 60);
    story.press("ctrl-r");
    story.wait(2_000);
    assert_eq!(story.line("Voucher").matches('✔').count(), 8, "{}", story.screen());
    let gold = story.world.bucket("tumble-dev-analytics-gold").join("voucher");
    assert!(gold.read_dir().expect("a folder").count() > 0);
    // What is taken out is gone, and the rest goes on.
    story.world.set_pipeline(USER).expect("it is taken");
    story.press("ctrl-r");
    story.wait(2_000);
    story.misses("Voucher");
    story.sees("✔ User");
}

#[test]
fn a_file_that_is_wrong_is_refused_and_changes_nothing() {
    let world = World::of_pipeline(USER);
    let mut broken = voucher();
    broken["goldWorkers"] = json!(1);
    let refused = world.set_pipeline(&with(&[broken])).expect_err("one worker is too few");
    assert!(refused.contains("record Voucher, field goldWorkers: expected"), "{refused}");
    let elsewhere = json!({ "project": "shop", "records": [voucher()] }).to_string();
    let refused = world.set_pipeline(&elsewhere).expect_err("another project");
    assert!(refused.contains("only records can be changed"), "{refused}");
    let mut story = Story::new(world, (140, 40));
    story.misses("Voucher");
}

/// The example's morning after a scenario's night, with the file beside it.
fn morning_of(scenario: &str) -> (Story, std::path::PathBuf) {
    let world = World::scenario(scenario);
    let file = world.lake.path().join("pipeline.json");
    std::fs::write(&file, include_str!("../examples/pipeline.json")).expect("a file");
    world.advance_to("05:00:00");
    let mut story = Story::new(world, (140, 44));
    story.model.context.session.pipeline_file = Some(file.clone());
    (story, file)
}

#[test]
fn drift_from_the_file_is_marked_and_listed() {
    let (mut story, file) = morning_of("night");
    // Somebody has deactivated it.
    story.until("≠ 1 drift");
    assert!(story.line("Campaign").contains("Campaign          ≠"), "{}", story.screen());
    assert!(!story.line(" User ").contains('≠'), "{}", story.screen());
    story.press("=");
    story.sees("1 difference");
    story.sees("Run Job DynamoDB Campaign Bronze");
    story.sees("state off, file on");
    story.press("enter");
    story.sees("Campaign Workflow");
    story.press("esc");
    story.press("esc");
    // A response without its list is none, and nothing is missing by it.
    story.world.set_faults(r#"[{"operation": "GetJobs", "status": 200, "body": "{}"}]"#);
    story.press("ctrl-r");
    story.wait(500);
    story.press("=");
    story.sees("HTTP 200 without Jobs");
    story.sees("state off, file on");
    story.misses("missing");
    story.world.set_faults("[]");
    story.press("esc");
    // A file that is wrong is told as such, and what was known stays.
    std::fs::write(&file, "[{}]").expect("a file");
    story.press("ctrl-r");
    story.wait(500);
    story.press("=");
    story.sees("pipeline.json:1:2");
    story.sees("state off, file on");
}

#[test]
fn a_stagger_writes_its_schedules_into_the_file() {
    let (mut story, file) = morning_of("quota");
    // A change of a trigger takes seconds to settle.
    story.world.post(&json!({ "paused": false, "speed": 600.0 }));
    let before = std::fs::read_to_string(&file).expect("a file");
    story.press("6");
    story.until("over minimum");
    story.press("enter");
    story.sees("A deployment that changes a trigger restores its old schedule");
    story.sees("write into pipeline.json (yes, no)  yes");
    story.wait(500);
    story.press("tab enter");
    story.until("schedules written into");
    let after = std::fs::read_to_string(&file).expect("a file");
    let new: Vec<&str> = after.lines().filter(|line| !before.contains(*line)).collect();
    assert!(!new.is_empty() && new.iter().all(|line| line.trim().starts_with("\"schedule\": \"cron(")), "{new:?}");
    let rest: Vec<&str> = after.lines().filter(|line| !new.contains(line)).collect();
    assert_eq!(rest, before.lines().collect::<Vec<_>>(), "comments and form are as they were");
    // The night's other workers are drift as before; the schedules are none.
    story.press("1 ctrl-r =");
    story.wait(500);
    story.sees("differences");
    story.misses("cron(");
}
