//! One job or crawler by itself: its runs, what differs between two, its definition and bookmark, and what can be done to it.

use crate::logs::glue;
use crate::support::World;
use crate::support::story::Story;
use serde_json::{Value, json};

/// The screen of a pipeline, by its name.
fn open(scenario: &str, size: (u16, u16), name: &str, read_only: bool) -> Story {
    let mut story = Story::with(World::scenario(scenario), size, read_only);
    story.until("Jobs");
    story.press(":");
    story.types(&format!("open {name}\n"));
    story.until("run 1 of the last");
    story
}

fn runs(world: &World, job: &str) -> Vec<Value> {
    glue(world, "GetJobRuns", &json!({ "JobName": job }))["JobRuns"].as_array().expect("runs").clone()
}

#[test]
fn a_job_shows_its_runs_as_the_account_has_them() {
    let mut story = open("mixed", (140, 44), "marketing attribution", false);
    let all = runs(&story.world, "marketing attribution");
    story.sees(&format!("run 1 of the last {}", all.len()));
    for run in &all {
        story.sees(run["JobRunState"].as_str().expect("a state"));
    }
    story.sees(all[0]["Id"].as_str().expect("an id"));
    story.sees("Column 'campaign_id' does not exist");
    story.sees("started elsewhere");
    story.sees("s3://scripts-of-others/marketing_attrib");
    story.sees("off: each run reads everything");
    story.press("c");
    story.sees("vs the last successful run before it");
    story.sees("FAILED, was SUCCEEDED");
    story.press("esc j space G c");
    story.sees("vs the marked run");
    story.press("esc g m");
    story.until("heap used, executors");
    story.sees("FROM START TO END");
    story.press("j");
    story.sees("m reads the metrics of the selected run.");
    story.press("k m l");
    story.until("AnalysisException");
}

#[test]
fn a_step_of_a_workflow_has_the_same_screen() {
    let mut story = Story::new(World::at("05:00:00"), (140, 44));
    story.until("User");
    story.press("/");
    story.types("User Workflow\n");
    story.press("enter i");
    story.until("run 1 of the last");
    story.sees("in User Workflow");
    story.sees("trigger Run DQ Job");
    story.press("esc");
    story.sees("EARLIER RUNS");
}

#[test]
fn a_crawler_shows_its_crawls_and_what_they_changed() {
    let mut story = open("mixed", (140, 44), "landing zone", false);
    let crawls = glue(&story.world, "ListCrawls", &json!({ "CrawlerName": "landing zone", "MaxResults": 25 }));
    let count = crawls["Crawls"].as_array().map_or(0, Vec::len);
    story.sees(&format!("run 1 of the last {count}"));
    story.sees("+0 ~0 -0");
    story.sees("0 tables");
    story.sees("cron(10 */2 * * ? *)");
    story.sees("others");
    story.press("b");
    story.sees("Only jobs have bookmarks");
    story.press("m");
    story.sees("Only job runs have metrics");
}

#[test]
fn a_run_is_repeated_with_what_it_was_given() {
    let world = World::scenario("mixed");
    let given = json!({ "--day": "2026-11-22", "--note": "two words", "--db_password": "hunter2" });
    glue(
        &world,
        "StartJobRun",
        &json!({ "JobName": "never run", "Arguments": given, "NumberOfWorkers": 7,
        "WorkerType": "G.2X", "ExecutionClass": "FLEX" }),
    );
    let first = runs(&world, "never run")[0]["Id"].as_str().expect("an id").to_owned();
    glue(&world, "BatchStopJobRun", &json!({ "JobName": "never run", "JobRunIds": [first] }));
    world.advance_seconds(60);
    let mut story = Story::new(world, (140, 44));
    story.until("Jobs");
    story.press(":");
    story.types("open never run\n");
    story.until("STOPPED");
    story.press("r");
    story.sees("Rerun never run");
    story.sees("With the arguments and workers of the run of");
    story.sees("'--note=two words'");
    story.misses("hunter2");
    story.wait(500);
    story.press("tab enter");
    story.until("never run: started");
    let again = &runs(&story.world, "never run")[0];
    assert_ne!(again["Id"], first.as_str());
    assert_eq!(again["Arguments"], given);
    let of = |member: &str| again[member].clone();
    assert_eq!(
        (of("NumberOfWorkers"), of("WorkerType"), of("ExecutionClass")),
        (7.into(), "G.2X".into(), "FLEX".into())
    );
    let journal = std::fs::read_to_string(story.state.path().join("journal.jsonl")).expect("a journal");
    assert!(journal.contains("two words") && !journal.contains("hunter2"), "{journal}");
}

#[test]
fn a_start_tells_of_the_run_that_is_under_way_and_takes_what_is_typed() {
    let mut story = open("mixed", (140, 44), "backfill history", false);
    story.press("s");
    story.sees("max concurrent runs is 1, so AWS will reject it");
    story.sees("Runs as FLEX: on spare capacity");
    story.press("esc :");
    story.types("open adhoc verify\n");
    story.until("It has never run.");
    story.press("s");
    story.sees("class (standard, flex)");
    // The fields come after the buttons: workers, worker type, class.
    story.wait(500);
    story.press("tab tab");
    story.types("3");
    story.press("tab");
    story.types("G.1X");
    story.press("tab");
    story.types("flex");
    story.press("tab tab");
    story.types("'--day=a b'");
    story.press("tab tab enter");
    story.until("adhoc verify: started");
    let run = &runs(&story.world, "adhoc verify")[0];
    assert_eq!((&run["NumberOfWorkers"], &run["ExecutionClass"]), (&3.into(), &"FLEX".into()));
    assert_eq!(run["Arguments"], json!({ "--day": "a b" }));
}

#[test]
fn a_bookmark_is_reset_after_a_question() {
    let mut story = open("mixed", (140, 44), "orders export", false);
    story.until("(b resets it)");
    story.press("b");
    story.sees("Reset bookmark of orders export");
    story.sees("This cannot be undone");
    story.wait(500);
    story.press("tab enter");
    story.until("orders export: bookmark reset");
    assert_eq!(story.world.calls("ResetJobBookmark"), 1);
    story.until("on, and empty");
}

#[test]
fn in_a_read_only_session_nothing_is_stopped_rerun_or_reset() {
    let mut story = open("mixed", (140, 44), "orders export", true);
    story.until("(b resets it)");
    for key in ["b", "r", "s"] {
        story.press(key);
        story.wait(500);
        story.press("tab enter");
        story.until("read-only");
        story.wait(5_000);
    }
    story.press(":");
    story.types("open clickstream\n");
    story.until("RUNNING");
    story.press("x");
    story.sees("Stop clickstream");
    story.wait(500);
    story.press("tab enter");
    story.until("read-only");
    for operation in ["ResetJobBookmark", "StartJobRun", "BatchStopJobRun"] {
        assert_eq!(story.world.calls(operation), 0, "{operation}");
    }
}

#[test]
fn groups_fold_and_a_kind_is_gone_to_by_its_name() {
    let mut story = Story::new(World::scenario("mixed"), (140, 60));
    story.until("marketing attribution");
    for heading in ["Workflows 22", "Trigger chains 3", "Jobs 13", "Crawlers"] {
        story.sees(heading);
    }
    story.press("tab");
    story.misses("PaymentMethod");
    story.sees("Workflows 22");
    story.sees("marketing attribution");
    story.press("enter");
    story.sees("PaymentMethod");
    story.press(":");
    story.types("jobs\n");
    story.sees("/kind:job  13 of");
    story.misses("PaymentMethod");
    story.press("esc :");
    story.types("crawlers\n");
    story.sees("partner files");
    story.misses("clickstream");
}

/// A command's exit code and texts.
fn command(world: &World, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = crate::pipelines::command(world, arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_plan_says_what_is_sent_and_what_else_holds_capacity() {
    let world = World::scenario("mixed");
    let (code, plan, said) =
        command(&world, &["job", "start", "orders export", "--class", "flex", "--workers", "3", "--argument=--day=1"]);
    assert_eq!(code, Some(2), "{said}");
    for wanted in ["With 3 workers, class FLEX, --day 1.", "this one has 3: it may take", "Runs as FLEX"] {
        assert!(plan.contains(wanted), "{wanted}: {plan}");
    }
    let (_, plan, _) = command(&world, &["job", "start", "orders export", "--worker-type", "X.9X"]);
    assert!(plan.contains("cost unknown") && plan.contains("what it needs is not known"), "{plan}");
    let (_, plan, _) = command(&world, &["start", "orders export"]);
    let held = crate::pipelines::running_dpus(&world).0;
    assert!(held > 0.0 && plan.contains(&format!("{held} of 100 DPUs are in use")), "{held}: {plan}");
    // A Python shell job has a capacity, and no workers that could be asked for.
    let (code, _, said) = command(&world, &["rerun", "vendor sftp", "--yes"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(world.calls("StartJobRun"), 1);
}

#[test]
fn what_was_started_by_a_command_is_waited_for() {
    let world = World::scenario("mixed");
    world.post(&json!({ "paused": false, "speed": 3000.0 }));
    let (code, _, said) = command(&world, &["start", "job:currency rates", "crawler:landing zone", "--yes", "--wait"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("currency rates: SUCCEEDED") && said.contains("landing zone: SUCCEEDED"), "{said}");
    let newest = &runs(&world, "currency rates")[0];
    assert_eq!(newest["JobRunState"], "SUCCEEDED");
}

#[test]
fn the_schedule_of_a_crawler_is_switched_by_the_command_for_triggers() {
    let world = World::scenario("mixed");
    let (code, _, said) = command(&world, &["trigger", "off", "landing zone", "--yes"]);
    assert_eq!((code, world.calls("StopCrawlerSchedule"), world.calls("StopTrigger")), (Some(0), 1, 0), "{said}");
}

#[test]
fn a_chain_that_only_its_schedule_starts_is_not_advised_to_be_started() {
    let world = World::scenario("mixed");
    let (code, card, said) = command(&world, &["triage", "sales nightly", "--no-query"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(card.contains("one by one") && !card.contains("gluedeck rerun"), "{card}");
    let (code, _, said) = command(&world, &["rerun", "sales nightly", "--yes"]);
    assert!(code == Some(1) && said.contains("gluedeck job start"), "{said}");
    let (_, card, _) = command(&world, &["triage", "vendor sftp", "--no-query"]);
    assert!(!card.contains("whole workflow") && card.contains("un the job again"), "{card}");
}
