//! Triage and quality in the console: pastes, cards, the list of failures, notes, the report; and what a paste never does.

use crate::support::World;
use crate::support::story::Story;
use crate::terminal::{KEYS, Terminal};
use crate::triage::{CAUSES, night, slack};
use gluedeck_core::analysis::triage::Environment;
use gluedeck_core::domain::Acknowledged;
use gluedeck_tui::flow::effect::Destination;
use gluedeck_tui::flow::{Effect, Msg, Route, Update};
use serde_json::json;

/// A console that has read everything about the night.
fn console(world: World) -> Story {
    let mut story = Story::new(world, (140, 44));
    while story.model.context.history.len() < story.model.context.pipelines().len()
        || story.model.context.pipelines().is_empty()
    {
        story.wait(300);
    }
    story
}

fn paste(story: &mut Story, text: &str) {
    story.send(Msg::Paste(text.to_owned()));
}

/// A Slack line, posted now.
fn alert(story: &Story, job: &str, detail: serde_json::Value) -> String {
    let mut detail = detail;
    detail["jobName"] = json!(job);
    let event = json!({
        "version": "0", "detail-type": "Glue Job State Change", "source": "aws.glue", "account": "111122223333",
        "time": story.world.now(), "region": "us-east-1", "resources": [], "detail": detail,
    });
    format!("{job} Workflow FAILED - {event}")
}

#[test]
fn a_paste_leads_to_the_cause_in_few_calls() {
    for (scenario, wanted) in [
        ("night", vec!["DPU limit exceeded", "DPU limit exceeded", "data quality"]),
        ("timeout", vec!["timeout"]),
        ("crawler", vec!["crawler"]),
        ("schema-drift", vec!["data quality"]),
    ] {
        let mut story = console(night(scenario));
        let lines = slack(&story.world);
        assert_eq!(lines.len(), wanted.len(), "{scenario}");
        for (line, class) in lines.iter().zip(wanted) {
            let before = story.world.get("/_sandbox/calls");
            paste(&mut story, line);
            let after = story.world.get("/_sandbox/calls");
            let count = |all: &serde_json::Value, name: &str| all[name].as_u64().unwrap_or(0);
            let sent: Vec<(String, u64)> = after
                .as_object()
                .expect("calls")
                .keys()
                .map(|name| (name.clone(), count(&after, name) - count(&before, name)))
                // How often a query is asked about while it runs is the machine's doing.
                .filter(|(name, count)| *count > 0 && name != "GetQueryExecution")
                .collect();
            let total: u64 = sent.iter().map(|(_, count)| count).sum();
            assert!(total <= 8, "{scenario}: {sent:?}");
            story.sees(&format!("CAUSE   {class}"));
            story.sees("loaded in");
            story.sees("did not run");
            story.sees("   if ");
        }
    }
}

#[test]
fn every_class_has_its_card() {
    let mut story = console(night("causes"));
    let lines = slack(&story.world);
    paste(&mut story, &lines.join("\n"));
    story.sees(&format!("1 of {} alerts", CAUSES.len()));
    for n in 0..CAUSES.len() {
        let line = story.line("✖ DynamoDB");
        let (_, class, step) =
            CAUSES.iter().find(|(name, ..)| line.contains(&format!("{name} Workflow"))).expect("known");
        assert!(line.contains(&format!("· {step}")), "{line}");
        let title = match *class {
            "access_denied" => "access denied",
            "missing_input" => "missing input",
            "schema_change" => "schema change",
            "throttling" => "throttled",
            "out_of_memory" => "out of memory or disk",
            "code_error" => "script error",
            "unknown" => "unknown cause",
            "data_quality" => "data quality",
            other => other,
        };
        story.sees(&format!("CAUSE   {title}"));
        story.press("n");
        story.sees(&format!("{} of {} alerts", (n + 1) % CAUSES.len() + 1, CAUSES.len()));
    }
}

#[test]
fn each_line_of_the_card_leads_to_its_proof() {
    let mut story = console(night("night"));
    let line = slack(&story.world).into_iter().find(|line| line.contains("User Silver DQ")).expect("the alert");
    paste(&mut story, &line);
    story.sees("phone_number is empty in 31 of 1204 rows");
    story.sees("1 of 14 earlier checks failed too");
    story.sees("also failed or late: Refund, Subscription");
    // The log, at its first real error.
    story.press("l");
    story.until("DataQualityError");
    assert_eq!(story.model.route, Route::Logs);
    story.press("8 v");
    assert_eq!(story.model.route, Route::Athena);
    story.sees("from tumble_analytics_silver.user");
    assert_eq!(story.world.calls("StartQueryExecution"), 1, "the rows are asked for by the user, not by the card");
    story.press("ctrl-r");
    story.until("31 rows");
    // What it proposes, one key away; and nothing has happened yet.
    story.press("esc 8 r");
    story.sees("Rerun User Workflow");
    story.wait(500);
    story.press("enter");
    assert_eq!(story.world.calls("StartWorkflowRun"), 0, "Cancel has the focus");
    story.press("g enter");
    story.sees("JobRunState");
    story.press("esc y");
    let copied = story.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.expect("copied");
    for part in ["*User Workflow: silver DQ FAILED* at 03:08Z", "Did not run: gold, gold DQ", "Next: fix the data"] {
        assert!(copied.contains(part), "{copied}");
    }
    story.press("i");
    let saved = story.effects.iter().rev().find_map(|effect| match effect {
        Effect::SaveFile { name, text } => Some((name.clone(), text.clone())),
        _ => None,
    });
    let (name, text) = saved.expect("saved");
    assert!(name.starts_with("gluedeck-incident-User-Workflow-") && name.ends_with(".md"), "{name}");
    for part in ["## Timeline", "## Other failures in the last 24 hours", "## Open questions", "as_of_date = date"] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

/// An id leads to its run, of whichever night; what is good since needs nothing.
#[test]
fn runs_of_earlier_nights_are_found_by_their_ids() {
    let mut story = console(night("night"));
    let name = story.model.context.pipelines().iter().find(|w| w.short_name() == "User").expect("there").id.clone();
    let history = story.model.context.history(&name).expect("known");
    let earlier =
        history.past_runs.iter().find(|night| night.outcome == gluedeck_core::analysis::Outcome::Failed).expect("one");
    let step = gluedeck_core::analysis::reason::failed_step(&earlier.run).expect("a step");
    let (job_run, run) = (step.last().and_then(|a| a.id.clone()).expect("an id"), earlier.run.id.clone());
    for id in [job_run.to_string(), run.to_string()] {
        paste(&mut story, &format!("what about {id}?"));
        story.sees("DynamoDB User Silver DQ  FAILED");
        story.sees("phone_number is empty in 12 of 1156 rows");
    }
    // Refund got no capacity; by hand it runs well.
    let line = slack(&story.world).into_iter().find(|line| line.contains("Refund")).expect("the alert");
    let refund = story.model.context.pipelines().iter().find(|w| w.short_name() == "Refund").expect("there");
    let id = gluedeck_core::analysis::reason::failed_step(refund.last_run.as_ref().expect("a run"))
        .and_then(|step| step.last()?.id.clone())
        .expect("an id");
    let rerun = crate::terminal::command(&story.world.url(), &["rerun", "Refund Workflow", "--whole", "--yes"]);
    assert_eq!(rerun.status.code(), Some(0), "{}", String::from_utf8_lossy(&rerun.stderr));
    story.world.advance_minutes(40);
    let mut story = console(story.world);
    let line = line.replace("\"severity\"", &format!("\"jobRunId\":\"{id}\",\"severity\""));
    paste(&mut story, &line);
    story.sees("nothing to do: a later run succeeded");
    story.press("r");
    story.sees("Nothing to start here");
    story.press("esc");
    let row = story.line("Refund");
    assert!(row.contains("recovered"), "{row}");
}

#[test]
fn several_without_capacity_are_staggered_now() {
    let mut story = console(night("night"));
    paste(&mut story, "DynamoDB Refund Bronze");
    story.sees("start the 2 workflows that got no capacity one at a time");
    story.press("r");
    story.until("Refund");
    assert_eq!(story.model.route, Route::Stagger);
    story.sees("2 workflows");
    assert_eq!(story.world.calls("StartWorkflowRun"), 0);
}

#[test]
fn the_day_lists_what_no_alert_tells() {
    let world = World::scenario("crawler");
    world.advance_to("03:03:00");
    let mut story = Story::new(world, (140, 44));
    story.until("Account");
    // Somebody stops a run: no event of the rule tells that.
    let name = story.model.context.pipelines().iter().find(|w| w.short_name() == "Machine").expect("there").id.clone();
    let stopped = std::process::Command::new(crate::terminal::PROGRAM)
        .args(["--endpoint-url", &story.world.url(), "stop", name.as_str(), "--yes"])
        .env_clear()
        .envs(crate::terminal::surroundings())
        .envs(KEYS)
        .env("HOME", story.state.path())
        .output()
        .expect("the program");
    assert_eq!(stopped.status.code(), Some(0), "{}", String::from_utf8_lossy(&stopped.stderr));
    story.world.advance_to("05:00:00");
    let mut story = console(story.world);
    story.press("8");
    let crawl = story.line("bronze crawler");
    assert!(crawl.contains("Invoice") && crawl.contains("no alert"), "{crawl}");
    let stop = story.line("STOPPED");
    assert!(stop.contains("Machine") && stop.contains("no alert"), "{stop}");
    story.sees("2 open in the last 24 hours");
    story.sees("2 without alert");
    // The card of one of the list.
    story.press("enter");
    story.until("CAUSE");
    story.press("esc");
    // With a note it goes down, and stays.
    story.press("g a");
    story.types("seen\n");
    let note = story.effects.iter().find_map(|effect| match effect {
        Effect::Acknowledge { key, note, undone } => Some((key.clone(), note.clone(), *undone)),
        _ => None,
    });
    let (key, text, undone) = note.expect("kept");
    assert_eq!((text.as_str(), undone), ("seen", false));
    let note = Acknowledged { key, note: text, at: chrono::Utc::now(), by: "ann".into(), undone };
    story.send(Msg::Update(Update::Acknowledged(vec![note])));
    story.sees("seen · ann");
    story.sees("1 open in the last 24 hours · 1 acknowledged");
    story.press("z");
    story.misses("seen · ann");
}

#[test]
fn a_schedule_that_did_not_start_anything_is_a_failure() {
    let world = World::scenario("calm");
    // Off while it was due, and on again.
    let change = |world: &World, what: &str| {
        let arguments = ["trigger", what, "Run Job DynamoDB Coupon Bronze", "--yes"];
        assert_eq!(crate::terminal::command(&world.url(), &arguments).status.code(), Some(0));
    };
    change(&world, "off");
    world.advance_to("03:30:00");
    change(&world, "on");
    world.advance_to("05:00:00");
    let mut story = console(world);
    story.press("8");
    let line = story.line("NEVER STARTED");
    assert!(line.contains("Coupon") && line.contains("scheduled start at 03:00Z"), "{line}");
    story.sees("1 open");
}

#[test]
fn an_alert_of_elsewhere_says_so_and_leads_there() {
    let mut story = console(night("night"));
    let environment = |name: &str, account: &str, region: &str| Environment {
        name: name.into(),
        account: Some(account.into()),
        region: Some(region.into()),
    };
    story.model.screens.triage.environments =
        vec![environment("stg", "111122223333", "us-west-2"), environment("prod", "444455556666", "us-east-1")];
    let here = alert(&story, "DynamoDB User Silver DQ", json!({ "state": "FAILED" }));
    paste(&mut story, &here);
    story.misses("The alert is for");
    paste(&mut story, &here.replace("111122223333", "444455556666"));
    story.sees("The alert is for 444455556666 us-east-1, this is 111122223333 us-east-1. e open in prod");
    story.press("e");
    assert!(
        story.effects.iter().any(
            |effect| matches!(effect, Effect::Environment(Destination::WithAlert { name, text }) if name == "prod" && text.contains("444455556666"))
        ),
        "{:?}",
        story.effects
    );
    story.sees("Nothing here matches it");
    story.press("r");
    story.misses("Cancel");
    paste(&mut story, &here.replace("us-east-1", "eu-west-1"));
    story.sees("Use gluedeck --region eu-west-1");
}

#[test]
fn bad_alerts_are_refused_or_shown_as_they_are() {
    let mut story = console(night("night"));
    for nothing in ["", "  \n", "q", "jjjj", "select 1", "complete garbage", "{\"a\": [1, 2", "\u{1b}[2J\u{1b}[31m"] {
        paste(&mut story, nothing);
        assert_eq!(story.model.route, Route::Board, "{nothing:?}");
        story.sees("Pasted text ignored");
    }
    let unknown =
        alert(&story, "--yes \u{1b}[31m; drop", json!({ "state": "EXPLODED", "message": "\u{9b}31m\u{202e}kaboom" }));
    paste(&mut story, &unknown);
    assert_eq!(story.model.route, Route::Triage);
    story.sees("crawler named --yes");
    story.sees("EXPLODED");
    story.sees("kaboom");
    assert!(!story.screen().contains(['\u{1b}', '\u{9b}', '\u{202e}']));
    // A run that is not there any more: what the alert says is all that is known.
    let gone =
        alert(&story, "DynamoDB User Silver", json!({ "state": "FAILED", "jobRunId": "jr_00", "message": "it broke" }));
    paste(&mut story, &gone);
    story.until("it broke");
    story.sees("source: alert only");
    let future =
        alert(&story, "DynamoDB Nothing", json!({ "state": "FAILED" })).replace(&story.world.day(), "2031-01-01");
    paste(&mut story, &future);
    story.sees("2031-01-01");
    // Of an earlier night, without an id, when tonight's run of the job was good: not tonight's run.
    let earlier = alert(&story, "DynamoDB User Silver", json!({ "state": "FAILED", "message": "odd" }));
    paste(&mut story, &earlier);
    story.sees("source: alert only");
    story.misses("SUCCEEDED");
    paste(&mut story, "DynamoDB User Silver");
    story.sees("has not failed: its last run is SUCCEEDED; failed step: silver DQ");
    // Half of one still names its job.
    let half = alert(&story, "DynamoDB User Silver DQ", json!({ "state": "FAILED", "message": "x".repeat(300) }));
    paste(&mut story, &half[..half.len() / 2]);
    story.until("phone_number is empty");
    // Megabytes are cut, not hung on.
    paste(&mut story, &"{\"detail\": {\"jobName\": \"A\"}} ".repeat(100_000));
    story.sees("crawler named A");
    paste(&mut story, &"[".repeat(3_000_000));
    for key in ["esc", "esc"] {
        story.press(key);
    }
}

#[test]
fn a_paste_never_acts() {
    let mut story = console(night("night"));
    let line = slack(&story.world).into_iter().find(|line| line.contains("User Silver DQ")).expect("the alert");
    // In a dialog it is text for its field, and confirms nothing.
    story.press("r");
    story.wait(500);
    story.sees("Cancel");
    paste(&mut story, &format!("{line}\n\ny\n"));
    story.sees("Cancel");
    story.press("esc");
    // In the editor it stays text.
    story.press("4");
    story.until("tumble_analytics_gold");
    story.press("i ctrl-t");
    paste(&mut story, &line);
    assert_eq!(story.model.route, Route::Athena);
    story.press("esc 1");
    // In a note it is the note.
    story.press("8 g a");
    paste(&mut story, "rerun\nq");
    story.sees("rerun q");
    story.press("esc");
    // Over the help it opens the card, and the help is gone.
    story.press("1 ?");
    paste(&mut story, &line);
    story.sees("CAUSE");
    for operation in ["StartWorkflowRun", "ResumeWorkflowRun", "StopWorkflowRun", "StartJobRun"] {
        assert_eq!(story.world.calls(operation), 0, "{operation}");
    }
}

#[test]
fn checks_and_freshness_are_told_against_what_they_should_be() {
    let mut story = console(night("night"));
    story.press("5");
    story.until("latest nights read");
    story.until("checks read");
    let screen = story.screen();
    let order: Vec<usize> =
        ["✖ user", "◷ refund", "⊘ campaign", "✔ account"].iter().map(|row| screen.find(row).expect(row)).collect();
    assert!(order.is_sorted(), "what is worst comes first\n{screen}");
    story.sees("1 failing · 2 stale · 18 ok · 1 off");
    let user = story.line("✖ user");
    assert!(user.contains("phone_number filled: 31 of 1204 rows") && user.contains("1/22"), "{user}");
    let refund = story.line("◷ refund");
    assert!(refund.contains("bronze 1 day behind"), "{refund}");
    assert_eq!(story.world.calls("StartQueryExecution"), 2, "two queries, and no more until they are asked for");
    story.press("enter");
    let failing = story.line("phone_number");
    assert!(failing.contains("silver") && failing.contains("31") && failing.contains("1204"), "{failing}");
    story.press("v");
    assert_eq!(story.model.route, Route::Athena);
    story.sees("phone_number is null");
    story.press("esc 5 esc w");
    assert!(matches!(&story.model.route, Route::Workflow(name) if name.as_str() == "User Workflow"));
    story.press("5 z");
    story.misses("✔ account");
    story.press("ctrl-r");
    story.until("latest nights read");
    assert_eq!(story.world.calls("StartQueryExecution"), 4);
}

#[test]
fn checks_that_cannot_be_read_are_said_and_kept() {
    let mut story = console(night("night"));
    story.press("5");
    story.until("checks read");
    story.world.set_faults(
        r#"[{"service": "athena", "operation": "StartQueryExecution", "error": "AccessDeniedException", "message": "not allowed"}]"#,
    );
    story.press("ctrl-r");
    story.until("checks: ");
    story.sees("✖ user");
    story.sees("since");
}

/// In a real terminal: the alert of the command line, a note that outlives the console.
#[test]
fn an_alert_on_the_command_line_and_a_note_that_lasts() {
    let world = night("night");
    let line = slack(&world).into_iter().find(|line| line.contains("User Silver DQ")).expect("the alert");
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path().to_string_lossy().into_owned();
    let variables: Vec<(&str, &str)> = KEYS.into_iter().chain([("HOME", home.as_str()), ("USER", "ann")]).collect();
    let mut terminal = Terminal::run(&["--endpoint-url", &world.url(), "--alert", &line], &variables);
    terminal.sees("phone_number is empty in 31 of 1204 rows");
    terminal.sees("loaded in");
    terminal.press("a");
    terminal.sees("note (optional)");
    terminal.press("\x1b[200~told the team\x1b[201~");
    terminal.sees("told the team");
    terminal.press("\r");
    terminal.sees("acknowledged by ann");
    terminal.signal("KILL");
    drop(terminal);
    let mut terminal = Terminal::run(&["--endpoint-url", &world.url()], &variables);
    terminal.sees("sorted by severity");
    terminal.press("8");
    terminal.sees("told the team");
    terminal.press("q");
}
