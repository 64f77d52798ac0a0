//! Logs: which streams, in which order, through which faults, and what is made of them.

use crate::support::World;
use crate::support::story::Story;
use gluedeck_tui::flow::{Effect, Msg, Slot, Streamed, Ticket};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// The morning after, with the log of the step that failed for User.
fn failed() -> Story {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.press("/");
    story.types("User Workflow\n");
    story.press("l");
    for _ in 0..4 {
        story.wait(1_000);
    }
    story.sees("DynamoDB User Silver DQ");
    story
}

/// Everything that a stream holds, by plain calls of the API: how often each event is there.
fn whole(world: &World, group: &str, stream: &str) -> BTreeMap<(i64, String), usize> {
    let mut events = BTreeMap::new();
    let mut token = Value::Null;
    loop {
        let mut body = json!({ "logGroupName": group, "logStreamName": stream, "startFromHead": true });
        if !token.is_null() {
            body["nextToken"] = token.clone();
        }
        let answer = call(world, "GetLogEvents", &body);
        for event in answer["events"].as_array().expect("events") {
            let at = event["timestamp"].as_i64().expect("a time");
            *events.entry((at, event["message"].as_str().expect("text").to_owned())).or_insert(0) += 1;
        }
        if answer["nextForwardToken"] == token {
            return events;
        }
        token = answer["nextForwardToken"].clone();
    }
}

fn call(world: &World, operation: &str, body: &Value) -> Value {
    post(world, &format!("Logs_20140328.{operation}"), body)
}

/// The answer of a plain call to Glue.
pub(crate) fn glue(world: &World, operation: &str, body: &Value) -> Value {
    post(world, &format!("AWSGlue.{operation}"), body)
}

fn post(world: &World, target: &str, body: &Value) -> Value {
    let headers = [
        ("X-Amz-Target", target),
        ("Content-Type", "application/x-amz-json-1.1"),
        (
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIATEST/20261122/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0",
        ),
    ];
    let (status, text) = crate::support::http_with(&world.url(), "POST", "/", &headers, body.to_string().as_bytes());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).expect("JSON")
}

/// What the open log holds of a stream.
fn held(story: &Story, group: &str, stream: &str) -> BTreeMap<(i64, String), usize> {
    let open = story.model.screens.logs.open.as_ref().expect("a log");
    let mut events = BTreeMap::new();
    for &id in open.log.order() {
        let source = &open.streams[open.log.stream(id)].source;
        if source.group == group && source.stream == stream {
            *events.entry((open.log.event(id).at, open.log.text(id).to_owned())).or_insert(0) += 1;
        }
    }
    events
}

#[test]
fn all_streams_of_a_run_are_found_and_listed() {
    let mut story = failed();
    story.press("S");
    for (label, group) in [
        ("output", "/aws-glue/jobs/output"),
        ("error", "/aws-glue/jobs/error"),
        ("exec ", "_g-"),
        ("cause", "-job-insights-rca-driver"),
    ] {
        story.sees(label);
        let open = story.model.screens.logs.open.as_ref().expect("a log");
        let found = open.streams.iter().any(|stream| {
            stream.source.label.starts_with(label.trim())
                && (stream.source.group == group || stream.source.stream.contains(group))
        });
        assert!(found, "{label} {group}");
    }
    story.press("space");
    story.sees("hidden · space show");
    story.press("esc");
    story.misses("VIOLATED");
    story.press("S space esc");
    story.sees("VIOLATED");
}

#[test]
fn filters_are_stacked_shown_and_taken_away_one_by_one() {
    let mut story = failed();
    let shown = |story: &Story| story.model.screens.logs.open.as_ref().expect("a log").log.shown().len();
    let all = shown(&story);
    story.press("/");
    story.types("check filled\n");
    story.sees("/check filled");
    story.sees(&format!("5 of {all}"));
    story.press("/");
    story.types("!: ok\n");
    story.sees("/check filled  /!: ok");
    story.sees(&format!("1 of {all}"));
    story.press("/");
    story.types("(");
    story.sees("unclosed group");
    story.press("enter");
    story.sees("filter /(");
    story.press("esc esc");
    story.sees(&format!("5 of {all}"));
    story.press("esc");
    assert_eq!(shown(&story), all);
    story.press("z");
    story.sees("errors only");
    story.press("z x");
    story.misses("TaskSetManager: Finished");
    story.press("x ctrl-f");
    story.types("stage 1");
    story.press("enter");
    story.sees("find stage 1");
    let at = |story: &Story| {
        let open = story.model.screens.logs.open.as_ref().expect("a log");
        open.log.text(open.viewport.head(&open.log).expect("a line")).to_owned()
    };
    story.press("g n");
    assert!(at(&story).contains("stage 1"), "{}", at(&story));
    story.press("n n N");
    assert!(at(&story).contains("stage 1"), "{}", at(&story));
}

#[test]
fn lines_are_marked_copied_and_gone_to_by_time() {
    let mut story = failed();
    story.press("g space j space j '");
    let copied = |story: &Story| {
        let last = story.effects.iter().rev().find_map(|effect| match effect {
            Effect::Copy(text) => Some(text.clone()),
            _ => None,
        });
        last.expect("copied")
    };
    story.press("y");
    assert_eq!(copied(&story).lines().count(), 3, "the banner of two lines, and one more");
    story.press("b");
    assert!(copied(&story).starts_with("*DynamoDB User Silver DQ* `jr_"), "{}", copied(&story));
    story.press(":");
    story.types("at 03:08\n");
    let here = story.screen();
    assert!(here.contains("03:08:01"), "{here}");
    story.press(":");
    story.types("at noon\n");
    story.sees("invalid time noon");
    story.press("v");
    assert!(matches!(story.effects.last(), Some(Effect::Page { edit: false, text }) if text.contains("VIOLATED")));
    story.press("ctrl-s");
    assert!(
        matches!(story.effects.last(), Some(Effect::SaveFile { name, .. }) if name == "DynamoDB-User-Silver-DQ.log")
    );
}

#[test]
fn a_run_is_compared_with_the_last_good_one_of_its_job() {
    let mut story = failed();
    story.press("c");
    story.wait(500);
    story.sees("vs last successful run");
    story.sees("+ new");
    story.sees("check filled phone_number: VIOLATED");
    story.sees("- gone");
    story.misses("TaskSetManager: Finished task");
    story.press("enter");
    story.sees("03:08:14.282 output   check filled phone_number: VIOLATED");
}

#[test]
fn the_steps_of_a_run_and_the_same_step_of_several_workflows_are_one_log() {
    let mut story = failed();
    story.press("esc enter L");
    for _ in 0..6 {
        story.wait(1_000);
    }
    story.sees("User Workflow");
    story.sees("silver DQ");
    story.press("g");
    story.sees("bronze");
    let open = story.model.screens.logs.open.as_ref().expect("a log");
    let times: Vec<i64> = open.log.order().iter().map(|id| open.log.event(*id).at).collect();
    assert!(times.is_sorted(), "one order of time");
    assert!(open.streams.len() > 10, "{} streams", open.streams.len());
    story.press("esc esc esc /");
    story.types("actio\n");
    story.press("space j space l");
    for _ in 0..4 {
        story.wait(1_000);
    }
    story.sees("of 2 workflows");
    story.sees("AccountTransaction");
}

#[test]
fn throttling_and_an_outage_pause_and_nothing_is_lost() {
    let mut story = Story::of_a_running_log();
    for _ in 0..3 {
        story.wait(2_000);
    }
    let rows = story.screen().lines().skip(6).take(5).map(str::to_owned).collect::<Vec<_>>();
    for (fault, says) in [
        (
            r#"{"operation": "GetLogEvents", "error": "ThrottlingException", "message": "Rate exceeded"}"#,
            "THROTTLED for",
        ),
        (r#"{"operation": "GetLogEvents", "error": "ExpiredTokenException", "message": "expired"}"#, "PAUSED"),
        (r#"{"operation": "GetLogEvents", "status": 503, "error": "ServiceUnavailableException"}"#, "PAUSED"),
    ] {
        story.world.set_faults(&format!("[{fault}]"));
        for _ in 0..8 {
            story.wait(4_000);
        }
        story.sees(says);
        story.sees("retrying");
        assert_eq!(story.screen().lines().skip(6).take(5).map(str::to_owned).collect::<Vec<_>>(), rows, "rows stay");
        story.world.set_faults("[]");
    }
    story.world.advance_to("03:12:00");
    for _ in 0..8 {
        story.wait(20_000);
    }
    story.misses("retrying");
    story.sees("ENDED");
    story.press("/");
    story.types(".\n");
    for _ in 0..3 {
        story.wait(2_000);
    }
    let sources: Vec<_> = {
        let open = story.model.screens.logs.open.as_ref().expect("a log");
        open.streams.iter().filter(|s| !s.hidden).map(|s| (s.source.group.clone(), s.source.stream.clone())).collect()
    };
    assert!(sources.len() >= 3, "{sources:?}");
    for (group, stream) in sources {
        assert_eq!(held(&story, &group, &stream), whole(&story.world, &group, &stream), "{group} {stream}");
    }
}

#[test]
fn a_group_that_is_denied_does_not_hide_the_others() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.world.set_faults(
        r#"[{"operation": "DescribeLogStreams", "error": "AccessDeniedException", "message": "not authorized to perform: logs:DescribeLogStreams"}]"#,
    );
    story.press("/");
    story.types("User Workflow\n");
    story.press("l");
    for _ in 0..4 {
        story.wait(1_000);
    }
    story.sees("VIOLATED");
    story.press("S");
    story.sees("AccessDenied");
}

/// 60,000 lines are more than is read without being asked for.
fn long() -> Story {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("long.toml");
    let text = "description = 'long'\ncalm_capacity = true\n[[log]]\njob = 'DynamoDB Facility Bronze'\nlines = 90000\n";
    fs::write(&file, text).expect("written");
    let world = World::scenario(file.to_str().expect("a path"));
    world.advance_to("04:00:00");
    let mut story = Story::new(world, (140, 40));
    story.press("/");
    story.types("Facility Workflow\n");
    story.press("enter g l");
    story
}

#[test]
fn of_a_long_log_the_end_comes_first_and_the_beginning_at_once() {
    let mut story = long();
    story.sees("scroll up for older lines");
    story.press("g");
    story.wait(100);
    story.wait(100);
    story.sees("record 0 of 90000");
    story.press("/");
    story.types("wrote .* rows\n");
    for _ in 0..20 {
        story.wait(500);
    }
    let open = story.model.screens.logs.open.as_ref().expect("a log");
    assert!(open.log.len() > 90_000, "a filter is about all lines: {}", open.log.len());
    let (group, stream) = (open.streams[0].source.group.clone(), open.streams[0].source.stream.clone());
    assert_eq!(held(&story, &group, &stream), whole(&story.world, &group, &stream), "each line once");
}

fn asked_for_live_tail(story: &Story) -> (Slot, Ticket) {
    let asked = story.effects.iter().rev().find_map(|effect| match effect {
        Effect::Stream { slot: Slot::LiveTail, ticket, .. } => Some((Slot::LiveTail, *ticket)),
        _ => None,
    });
    asked.expect("live tail was asked for")
}

fn lines(story: &Story) -> usize {
    story.model.screens.logs.open.as_ref().map_or(0, |open| open.log.len())
}

#[test]
fn what_live_tail_brings_is_there_once_when_reading_brings_it_too() {
    let mut story = Story::of_a_running_log();
    story.wait(2_000);
    story.press("t");
    story.sees("AWS bills it by the minute");
    let sources: Vec<_> = {
        let open = story.model.screens.logs.open.as_ref().expect("a log");
        open.streams.iter().filter(|stream| !stream.hidden).map(|stream| stream.source.clone()).collect()
    };
    let (slot, ticket) = asked_for_live_tail(&story);
    // One request has many replies, and each counts.
    for _ in 0..2 {
        let before = lines(&story);
        // In a sandbox that stands nothing arrives: it goes on while the session is open.
        let live = story.live_tail(&sources, 20);
        let brought: usize = live.events.iter().map(|(_, chunk)| chunk.len()).sum();
        assert!(brought > 0, "something arrived");
        let streamed = Streamed::LiveTail(Ok(live));
        story.send(Msg::Streamed { slot: slot.clone(), ticket, streamed });
        assert!(lines(&story) > before, "and is there");
        story.sees("LIVE TAIL");
    }
    story.world.advance_to("03:12:00");
    for _ in 0..8 {
        story.wait(20_000);
    }
    for source in &sources {
        let (group, stream) = (&source.group, &source.stream);
        let (held, whole) = (held(&story, group, stream), whole(&story.world, group, stream));
        let lost: Vec<_> = whole.iter().filter(|(event, count)| held.get(*event) != Some(*count)).collect();
        let more: Vec<_> = held.iter().filter(|(event, count)| whole.get(*event) != Some(*count)).collect();
        assert!(lost.is_empty() && more.is_empty(), "{group} {stream}: {lost:#?} {more:#?}");
    }
}

/// As the README says: every event once, whatever the service does meanwhile.
#[test]
fn a_log_that_is_printed_is_what_an_independent_reader_finds_also_under_throttling() {
    let world = World::at("05:00:00");
    world.set_faults(
        r#"[{"service": "logs", "rate": 0.5, "error": "ThrottlingException", "message": "Rate exceeded"}]"#,
    );
    let home = tempfile::tempdir().expect("a folder");
    let printed = |part: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_gluedeck"))
            .args(["logs", "DynamoDB Order Bronze", "--stream", part, "--output", "text"])
            .args(["--endpoint-url", &world.url(), "--region", "us-east-1"])
            .env_clear()
            .envs(crate::terminal::surroundings())
            .env("HOME", home.path())
            .env("AWS_ACCESS_KEY_ID", "AKIATEST")
            .env("AWS_SECRET_ACCESS_KEY", "x")
            .output()
            .expect("the program");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let texts = [("output", printed("output")), ("error", printed("error")), ("executors", printed("executors"))];
    world.set_faults("[]");
    let run = texts[0].1.split_whitespace().find(|word| word.starts_with("jr_")).expect("the run's id").to_owned();
    for (part, text) in texts {
        let group = if part == "output" { "/aws-glue/jobs/output" } else { "/aws-glue/jobs/error" };
        let answer = call(&world, "DescribeLogStreams", &json!({ "logGroupName": group, "logStreamNamePrefix": run }));
        let streams = answer["logStreams"].as_array().expect("streams");
        let names = streams.iter().filter_map(|stream| stream["logStreamName"].as_str());
        let mut wanted: Vec<String> = Vec::new();
        for name in names.filter(|name| name.contains("_g-") == (part == "executors")) {
            for ((at, message), count) in whole(&world, group, name) {
                let at = chrono::DateTime::from_timestamp_millis(at).expect("a time").format("%Y-%m-%dT%H:%M:%S%.3fZ");
                for _ in 0..count {
                    wanted.push(format!("{at} {message}"));
                }
            }
        }
        // The label between time and message is gluedeck's own.
        let mut found: Vec<String> = Vec::new();
        for line in text.lines() {
            match line.split_once("Z ").filter(|(at, _)| at.len() == 23 && at.starts_with("20")) {
                Some((at, rest)) => found.push(format!("{at}Z {}", &rest[if part == "executors" { 9 } else { 7 }..])),
                None => {
                    let last = found.last_mut().expect("a line before");
                    last.push('\n');
                    last.push_str(line);
                }
            }
        }
        wanted.sort();
        found.sort();
        assert!(wanted.len() > 10);
        assert_eq!(found, wanted, "{part}");
    }
}

/// `lastEventTimestamp` comes late, by hours in some accounts (AWS facts, "Log streams"); the sandbox's stays at the time
/// of the first event. Whether a stream is read on is decided by its run.
#[test]
fn a_stream_whose_last_event_time_is_old_is_read_while_its_run_is_alive() {
    let mut story = Story::of_a_running_log();
    story.until("STREAMING");
    let open = |story: &Story| story.model.screens.logs.open.as_ref().expect("a log").streams[0].source.clone();
    let source = open(&story);
    let told = |world: &World| {
        let body = json!({ "logGroupName": source.group, "logStreamNamePrefix": source.stream });
        call(world, "DescribeLogStreams", &body)["logStreams"][0]["lastEventTimestamp"].as_i64().expect("a time")
    };
    let first = told(&story.world);
    let newest = |story: &Story| held(story, &source.group, &source.stream).into_keys().map(|(at, _)| at).max();
    story.world.advance_to("03:02:00");
    assert_eq!(told(&story.world), first, "the service still says the first event's time");
    for _ in 0..40 {
        story.wait(500);
        if newest(&story).is_some_and(|at| at > first + 60_000) {
            break;
        }
    }
    assert!(newest(&story).is_some_and(|at| at > first + 60_000), "it is read all the same: {:?}", newest(&story));
}

#[test]
fn a_group_is_opened_by_its_name_and_its_first_error_is_found() {
    let mut story = failed();
    let run = story.model.screens.logs.open.as_ref().and_then(|open| open.request.runs[0].run.clone()).expect("a run");
    story.press(":");
    story.types(&format!("group /aws-glue/jobs/error {run}\n"));
    story.until(&format!("/aws-glue/jobs/error {run}"));
    story.press("e");
    story.until("DataQualityError");
    assert!(
        story.model.screens.logs.open.as_ref().is_some_and(|open| open.streams.iter().all(|stream| !stream.hidden))
    );
    // Without a prefix, the streams with the newest events.
    story.press(":");
    story.types("group /aws-glue/jobs/output\n");
    story.until("STREAMING");
    assert!(story.model.screens.logs.open.as_ref().is_some_and(|open| open.streams.len() == 50), "one page");
    // One that does not exist is named.
    story.press(":");
    story.types("group /mine/none jr_\n");
    story.until("/mine/none jr_");
    story.until("does not exist");
}
