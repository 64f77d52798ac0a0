//! Pipelines that are no workflows: chains of triggers, jobs and crawlers that stand alone, beside the 22 workflows and without
//! any.

use crate::support::World;
use crate::support::story::Story;
use gluedeck_core::analysis::stagger::starts_by_trigger;
use gluedeck_core::analysis::triage::alerts_in;
use gluedeck_core::analysis::{Outcome, outcome};
use gluedeck_core::domain::PipelineId;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_gluedeck");

/// The minute before the night, with everything in the account read.
fn read(scenario: &str) -> Story {
    let world = World::scenario(scenario);
    let mut story = Story::new(world, (140, 60));
    for _ in 0..400 {
        let listed = story.model.context.pipelines().iter().any(|p| p.id.as_workflow().is_none());
        let known = |p: &gluedeck_core::domain::Pipeline| story.model.context.history(&p.id).is_some();
        if listed && story.model.context.pipelines().iter().all(known) {
            return story;
        }
        story.wait(1_000);
    }
    panic!("not everything is read:\n{}", story.screen());
}

pub(crate) fn command(world: &World, arguments: &[&str]) -> Output {
    let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_REGION", "us-east-1")];
    let home = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(PROGRAM);
    let command = command.args(arguments).args(["--endpoint-url", &world.url()]).envs(keys).env("HOME", home.path());
    command.env_remove("XDG_STATE_HOME").env_remove("XDG_CONFIG_HOME").output().expect("it runs")
}

fn json(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a JSON array")
}

fn names(values: &[Value], kind: &str) -> BTreeSet<String> {
    let of_kind = values.iter().filter(|value| value["kind"] == kind);
    of_kind.map(|value| value["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn an_account_with_only_jobs_is_listed_and_judged() {
    let mut story = read("jobs-only");
    for name in ["orders export", "marketing attribution", "clickstream", "currency rates", "never run", "landing zone"]
    {
        story.sees(name);
    }
    story.misses("No Glue");
    story.sees("1 failed");
    story.sees("Column 'campaign_id' does not exist");
    story.sees("Python shell 3.0");
    // A stream that has run for days is no news.
    story.misses("clickstream late");
    story.press("/");
    story.types("kind:job state:failed\n");
    story.sees("marketing attribution");
    story.misses("clickstream");
}

#[test]
fn beside_the_workflows_everything_else_is_found() {
    let story = read("mixed");
    let of = |name: &str| {
        let found = story.model.context.pipelines().iter().find(|pipeline| pipeline.id.as_str() == name);
        found.unwrap_or_else(|| panic!("{name} is not listed"))
    };
    assert!(matches!(of("sales nightly").id, PipelineId::Chain(_)));
    assert_eq!(outcome::of_pipeline(of("sales nightly")), Outcome::Failed);
    assert!(matches!(of("invoices weekly").id, PipelineId::Chain(_)), "its job is gone, and it is still there");
    for failed in ["marketing attribution", "vendor sftp", "partner files"] {
        assert_eq!(outcome::of_pipeline(of(failed)), Outcome::Failed, "{failed}");
    }
    assert_eq!(of("vendor sftp").last_run.as_ref().map(|run| run.steps.iter().flatten().count()), Some(1));
    let retried = of("vendor sftp").last_run.as_ref().and_then(|run| run.steps.as_ref()?.first().cloned());
    assert_eq!(retried.map(|step| step.attempts.len()), Some(2), "a retry is an attempt of its run");
    for running in ["clickstream", "iot ingest", "backfill history", "feature store"] {
        assert_eq!(outcome::of_pipeline(of(running)), Outcome::Running, "{running}");
    }
    let held = story.model.context.dpu_held();
    assert_eq!((held.standard, held.flex), running_dpus(&story.world), "as the runs of the account say");
}

#[test]
fn a_stream_that_began_days_ago_is_on_the_timeline_of_today() {
    let mut story = read("jobs-only");
    story.press("2");
    story.sees("clickstream");
    story.sees("1 running");
}

/// DPUs of all job runs that hold capacity, by plain calls: standard and FLEX.
pub(crate) fn running_dpus(world: &World) -> (f64, f64) {
    let mut held = (0.0, 0.0);
    for job in crate::logs::glue(world, "ListJobs", &serde_json::json!({}))["JobNames"].as_array().expect("names") {
        let runs = crate::logs::glue(world, "GetJobRuns", &serde_json::json!({ "JobName": job }));
        for run in runs["JobRuns"].as_array().expect("runs") {
            if ["STARTING", "RUNNING", "STOPPING"].iter().any(|state| run["JobRunState"] == *state) {
                let dpu = run["MaxCapacity"].as_f64().expect("a number");
                if run["ExecutionClass"] == "FLEX" { held.1 += dpu } else { held.0 += dpu }
            }
        }
    }
    held
}

/// Jobs and crawlers whose last runs of the day before `now` failed, by plain calls: name and when it began.
fn failed_lately(world: &World, now: f64) -> BTreeSet<String> {
    const FAILED: [&str; 4] = ["FAILED", "TIMEOUT", "ERROR", "EXPIRED"];
    let day = |began: &Value| began.as_f64().is_some_and(|began| began > now - 86_400.0);
    let glue = |operation: &str, arguments: Value| crate::logs::glue(world, operation, &arguments);
    let mut failed = BTreeSet::new();
    for job in glue("ListJobs", serde_json::json!({}))["JobNames"].as_array().expect("names") {
        let runs = glue("GetJobRuns", serde_json::json!({ "JobName": job }));
        let runs = runs["JobRuns"].as_array().expect("runs");
        if runs.iter().any(|run| day(&run["StartedOn"]) && FAILED.iter().any(|state| run["JobRunState"] == *state)) {
            failed.insert(job.as_str().expect("a name").to_owned());
        }
    }
    for crawler in glue("ListCrawlers", serde_json::json!({}))["CrawlerNames"].as_array().expect("names") {
        let crawls = glue("ListCrawls", serde_json::json!({ "CrawlerName": crawler }));
        let crawls = crawls["Crawls"].as_array().expect("crawls");
        if crawls.iter().any(|crawl| day(&crawl["StartTime"]) && crawl["State"] == "FAILED") {
            failed.insert(crawler.as_str().expect("a name").to_owned());
        }
    }
    failed
}

#[test]
fn every_failure_of_the_day_that_the_account_knows_is_on_the_screen_of_failures() {
    let mut story = read("mixed");
    story.press("8");
    story.wait(2_000);
    let now = story.model.context.now().timestamp() as f64;
    let wanted = failed_lately(&story.world, now);
    let failures = &story.model.screens.triage.failures;
    let targets = failures.iter().filter_map(|failure| failure.target.as_ref());
    let listed: BTreeSet<String> = targets.map(|target| target.name().to_owned()).collect();
    assert_eq!(listed, wanted);
    assert!(wanted.len() >= 5, "{wanted:?}");
    let screen = story.screen();
    for name in ["marketing attribution", "vendor sftp", "partner files", "sales nightly"] {
        assert!(screen.contains(name), "{name}\n{screen}");
    }
    assert!(screen.contains("PIPELINE"), "{screen}");
}

#[test]
fn the_commands_list_what_the_account_has() {
    let world = World::scenario("mixed");
    let all = json(&command(&world, &["pipelines", "--output", "json"]));
    assert_eq!(names(&all, "workflow").len(), 22);
    assert!(names(&all, "chain").contains("sales nightly") && names(&all, "crawler").contains("landing zone"));
    let of_glue = |operation: &str, member: &str| -> BTreeSet<String> {
        let answer = crate::logs::glue(&world, operation, &serde_json::json!({}));
        let names = answer[member].as_array().expect("names").iter();
        names.map(|name| name.as_str().expect("a name").to_owned()).collect()
    };
    let listed = |arguments: &[&str]| -> BTreeSet<String> {
        let values = json(&command(&world, &[arguments, &["--output", "json"]].concat()));
        values.iter().map(|value| value["name"].as_str().expect("a name").to_owned()).collect()
    };
    // The job that a trigger names and that is gone is listed too: the trigger will try to start it.
    let mut jobs = listed(&["jobs"]);
    assert!(jobs.remove("invoices of last year"));
    assert_eq!(jobs, of_glue("ListJobs", "JobNames"));
    assert_eq!(listed(&["crawlers"]), of_glue("ListCrawlers", "CrawlerNames"));
    assert_eq!(listed(&["triggers"]), of_glue("ListTriggers", "TriggerNames"));
}

#[test]
fn a_run_of_a_lone_job_is_stopped_by_keys() {
    let mut story = read("jobs-only");
    story.press("/");
    story.types("clickstream\n");
    story.press("x");
    story.sees("Stop clickstream");
    story.sees("started again from its beginning");
    story.wait(500);
    story.press("tab enter");
    story.until("stop requested");
    assert_eq!(story.world.calls("BatchStopJobRun"), 1);
    assert_eq!(story.world.calls("StopWorkflowRun"), 0);
}

#[test]
fn a_failure_of_a_lone_job_a_crawler_and_a_chain_is_explained_by_its_name() {
    let world = World::scenario("mixed");
    for (name, cause) in [
        ("marketing attribution", "Column 'campaign_id' does not exist"),
        ("vendor sftp", "Connection timed out"),
        ("partner files", "has no permission to list"),
        ("sales nightly", "Access Denied"),
        ("sales transform", "Access Denied"),
    ] {
        let output = command(&world, &["triage", name, "--no-query"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains(cause), "{name}: {text}");
    }
    let output = command(&world, &["triage", "orders export", "--no-query"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("no workflow, job or crawler named"), "it is there, and has not failed: {text}");
}

#[test]
fn a_lone_job_has_its_step_its_runs_and_no_status_of_a_workflow() {
    let mut story = read("mixed");
    story.press("/");
    story.types("marketing\n");
    story.press("enter");
    story.until("started elsewhere");
    // Nothing shows through of what a workflow without triggers would have there: "No triggers: nothing in it can start."
    story.misses("attributionstart");
    story.misses("Glue status");
    story.misses("nothing in it can start");
    story.press("l");
    story.until("AnalysisException");
    story.press("q r");
    story.sees("With the arguments and workers of the run of");
    story.press("esc q e");
    story.sees("a person or something outside of Glue does");
    story.misses("COMPLETED");
}

#[test]
fn the_schedule_of_a_crawler_is_switched_through_the_gate() {
    let mut story = read("mixed");
    story.press("/");
    story.types("landing\n");
    story.press("t");
    story.sees("Deactivate schedule of landing zone");
    story.wait(500);
    story.press("tab enter");
    story.until("landing zone: deactivated");
    assert_eq!((story.world.calls("StopCrawlerSchedule"), story.world.calls("StopTrigger")), (1, 0));
}

#[test]
fn schedules_of_all_kinds_are_staggered_and_only_workflows_are_started() {
    let mut story = read("mixed");
    story.press("6");
    story.wait(2_000);
    let default = story.model.screens.stagger.selected(&story.model.context);
    assert!(default.len() >= 20 && default.iter().all(|id| id.as_workflow().is_some()), "{default:?}");
    assert!(story.screen().contains(" workflows · schedules from"), "{}", story.screen());
    // All that are marked.
    let all = story.model.context.pipelines().iter().filter(|pipeline| starts_by_trigger(pipeline));
    story.model.screens.stagger.asked = all.map(|pipeline| pipeline.id.clone()).collect();
    story.press("u");
    story.wait(2_000);
    assert!(story.screen().contains(" pipelines · schedules from"), "{}", story.screen());
    let planned = |story: &Story| {
        let plan = story.model.screens.stagger.plan.as_ref().expect("a plan");
        let names = plan.starts.iter().map(|placed| placed.workflow.to_string()).collect::<BTreeSet<_>>();
        let left_out = plan.left_out.iter().map(|(id, why)| format!("{id}: {why}")).collect::<BTreeSet<_>>();
        (names, left_out)
    };
    let (names, left_out) = planned(&story);
    for name in ["User Workflow", "sales nightly", "currency rates", "vendor sftp"] {
        assert!(names.contains(name), "{name}: {names:?}");
    }
    // A crawler's own schedule is no trigger, and what runs every hour has no time of the day.
    assert!(!names.contains("landing zone") && !left_out.iter().any(|line| line.starts_with("landing zone")));
    assert!(left_out.iter().any(|line| line.starts_with("orders export: schedule")), "{left_out:?}");
    story.model.screens.stagger.asked.clear();
    story.press("tab");
    story.wait(2_000);
    let selected = story.model.screens.stagger.selected(&story.model.context);
    assert!(selected.iter().all(|id| id.as_workflow().is_some()), "{selected:?}");
}

/// Alert texts as public integrations make them, each with what stands in it: job, crawler or pipeline, run or not.
#[test]
fn alerts_of_other_tools_are_read_by_the_names_of_the_account() {
    let story = read("mixed");
    let run_of = |job: &str| {
        let runs = crate::logs::glue(&story.world, "GetJobRuns", &serde_json::json!({ "JobName": job }));
        runs["JobRuns"][0]["Id"].as_str().expect("a run").to_owned()
    };
    let (job, crawler, chain) = ("marketing attribution", "partner files", "sales nightly");
    let run = run_of(job);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alerts");
    let mut files = 0;
    for file in std::fs::read_dir(folder).expect("the folder").filter_map(Result::ok) {
        let text = std::fs::read_to_string(file.path()).expect("text");
        let marks = ["@JOB@", "@RUN@", "@CRAWLER@", "@CHAIN@"];
        let [has_job, has_run, has_crawler, has_chain] = marks.map(|mark| text.contains(mark));
        let time = "2026-11-25T01:06:20Z";
        let filled = [("@JOB@", job), ("@RUN@", &run), ("@CRAWLER@", crawler), ("@CHAIN@", chain), ("@TIME@", time)];
        let text = filled.iter().fold(text, |text, (mark, with)| text.replace(mark, with));
        let name = match (has_crawler, has_chain) {
            (true, _) => crawler,
            (_, true) => "sales transform",
            _ => job,
        };
        let wanted = usize::from(has_job || has_run || has_crawler || has_chain);
        let output = command(&story.world, &["triage", &text, "--no-query", "--output", "json"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let cards: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let cards = cards.as_array().cloned().unwrap_or_default();
        assert_eq!(cards.len(), wanted, "{:?}: {said}\n{text}", file.file_name());
        for card in &cards {
            assert_eq!(card["name"], name, "{:?}: {card}", file.file_name());
            assert!(!has_run || card["run_id"] == run, "{:?}: {card}", file.file_name());
        }
        assert!(!said.contains("no workflow, job or crawler named"), "{:?}: {said}", file.file_name());
        // As Slack has it: escaped, and as a quotation.
        let here = |text: &str| alerts_in(text, story.model.context.pipelines());
        let plain: Vec<_> = here(&text).into_iter().map(|alert| (alert.name, alert.run)).collect();
        let slack = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let quoted = slack.lines().map(|line| format!("> {line}\n")).collect::<String>();
        for text in [slack, quoted] {
            let mangled: Vec<_> = here(&text).into_iter().map(|alert| (alert.name, alert.run)).collect();
            assert_eq!(mangled, plain, "{:?}\n{text}", file.file_name());
        }
        files += 1;
    }
    assert!(files >= 40, "{files} files");
}

/// Before its runs have been read, nothing is said of a job but that it is there.
#[test]
fn a_job_whose_runs_are_not_read_is_unknown_and_not_one_that_never_ran() {
    let world = World::scenario("jobs-only");
    world.set_faults(
        r#"[{"service": "glue", "operation": "GetJobRuns", "error": "AccessDeniedException", "status": 400}]"#,
    );
    let mut story = Story::new(world, (140, 40));
    story.until("orders export");
    story.until("runs not read yet");
    story.misses("never ran");
}

/// A chain cannot be resumed: what would start it all again is not offered as a rerun from the failed step.
#[test]
fn a_chain_is_not_resumed_and_not_started_by_hand() {
    let mut story = read("mixed");
    story.press("/");
    story.types("sales\n");
    story.press("F");
    story.sees("only the run of a workflow can be resumed");
    story.press("s");
    story.sees("is started by its schedule or its event only");
    assert_eq!(story.world.calls("StartTrigger") + story.world.calls("StartJobRun"), 0);
}

/// What others post of a failure outside of workflows: the state machine's event, the alarm, and of data quality the rules.
#[test]
fn the_alerts_of_state_machines_alarms_and_data_quality_are_explained() {
    let world = World::scenario("mixed");
    world.advance_minutes(30);
    let posted = std::fs::read_to_string(world.lake.path().join("slack.txt")).expect("what was posted");
    let posted: Vec<String> = posted.lines().map(str::to_owned).collect();
    let line = |word: &str| {
        let found = posted.iter().find(|line| line.contains(word));
        found.unwrap_or_else(|| panic!("nothing with {word} was posted: {posted:?}")).clone()
    };
    for (word, name, cause) in [
        ("Step Functions Execution Status Change", "returns scoring", "Path does not exist"),
        ("CloudWatch Alarm State Change", "returns scoring", "Path does not exist"),
        ("Data Quality Evaluation Results Available", "orders export", "ColumnValues"),
    ] {
        let output = command(&world, &["triage", &line(word), "--no-query"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains(name) && text.contains(cause), "{word}: {text}");
    }
    let table = r#"{"detail-type": "Glue Data Catalog Table State Change", "region": "us-east-1",
        "detail": {"databaseName": "lake", "tableName": "orders", "typeOfChange": "UpdateTable"}}"#;
    let output = command(&world, &["triage", table]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("about the table lake.orders (UpdateTable)"), "{said}");
}

/// A name without a run means its latest failure, which may be long over; and the card says so.
#[test]
fn a_name_without_a_run_means_the_latest_failure() {
    let world = World::scenario("mixed");
    let glue = |operation: &str, input: Value| crate::logs::glue(&world, operation, &input);
    let output = command(&world, &["triage", "marketing attribution", "--no-query"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("this is the latest failure"), "{text}");
    // A later run goes on: the failure before it is what is asked about.
    let failed = glue("GetJobRuns", serde_json::json!({ "JobName": "marketing attribution" }));
    let failed = failed["JobRuns"][0]["Id"].as_str().expect("a run").to_owned();
    glue("StartJobRun", serde_json::json!({ "JobName": "marketing attribution" }));
    let output = command(&world, &["triage", "marketing attribution", "--no-query", "--output", "json"]);
    assert_eq!(json(&output)[0]["run_id"], failed.as_str());
}

/// A job and a crawler of one name: asked about, and told apart by the kind in front.
#[test]
fn a_name_that_several_kinds_bear_is_asked_about() {
    let world = World::scenario("mixed");
    let job = serde_json::json!({ "Name": "partner files", "Role": "r", "Command": { "Name": "glueetl" } });
    crate::logs::glue(&world, "CreateJob", &job);
    for arguments in [["triage", "partner files"], ["start", "partner files"], ["stop", "partner files"]] {
        let output = command(&world, &arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("job:partner files or crawler:partner files"), "{arguments:?}: {said}");
        assert!(!output.status.success());
    }
    let output = command(&world, &["triage", "crawler:partner files", "--no-query"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("has no permission to list"), "{text}");
    let output = command(&world, &["start", "job:partner files"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("StartJobRun") || text.contains("Start partner files"), "{text}");
    assert_eq!(world.calls("StartJobRun") + world.calls("StartCrawler"), 0);
}
