//! CloudWatch Logs: groups, late events, patterns, long streams, live tail.

use super::{glue, job_state, node, sdk, workflow};
use crate::support::World;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_cloudwatchlogs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_cloudwatchlogs::error::{BoxError, ProvideErrorMetadata};
use aws_sdk_cloudwatchlogs::types::StartLiveTailResponseStream;
use std::collections::BTreeSet;

const ERROR: &str = "/aws-glue/jobs/error";

async fn run_of(world: &World, job: &str) -> String {
    let runs = glue(world).get_job_runs().job_name(job).max_results(1).send().await.expect("runs");
    runs.job_runs()[0].id().expect("an id").to_owned()
}

/// Log groups of a job run, Log streams: driver and executor streams; continuous groups; the root cause of a failed
/// run.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_writes_to_the_streams_that_glue_4_has() {
    let world = World::at("05:00:00");
    let logs = Client::new(&sdk(&world));
    let names = async |group: &str, prefix: &str| -> Vec<String> {
        let answer = logs.describe_log_streams().log_group_name(group).log_stream_name_prefix(prefix).send().await;
        let streams = answer.expect("streams").log_streams.unwrap_or_default();
        streams.into_iter().filter_map(|s| s.log_stream_name).map(|n| n.replace(prefix, "")).collect()
    };
    let silver = run_of(&world, "DynamoDB User Silver").await;
    assert!(names(ERROR, &silver).await[1].starts_with("_g-"));
    assert_eq!(names("/aws-glue/jobs/logs-v2", &silver).await, ["-1", "-driver", "-progress-bar"]);
    let quality = run_of(&world, "DynamoDB User Silver DQ").await;
    assert_eq!(names("/aws-glue/jobs/logs-v2", &quality).await, ["-job-insights-rca-driver"]);
    let rca = logs.get_log_events().log_group_name("/aws-glue/jobs/logs-v2");
    let rca = rca.log_stream_name(format!("{quality}-job-insights-rca-driver")).send().await.expect("events");
    assert!(rca.events()[0].message().is_some_and(|m| m.contains("GlueExceptionAnalysisJobFailed")));
    assert!(names("/aws-glue/jobs/logs-v2", &run_of(&world, "DynamoDB User Gold").await).await.is_empty());
}

/// Late log events: they have older times than events that were already read; polling by token gets each once.
#[tokio::test(flavor = "multi_thread")]
async fn late_events_arrive_once_and_out_of_order() {
    let world = World::new();
    world.advance_to("03:00:30");
    let logs = Client::new(&sdk(&world));
    let id = run_of(&world, "DynamoDB MachineTransaction Bronze").await;
    let streams =
        logs.describe_log_streams().log_group_name(ERROR).log_stream_name_prefix(&id).send().await.expect("streams");
    let executor = streams
        .log_streams()
        .iter()
        .filter_map(|s| s.log_stream_name())
        .find(|n| n.contains("_g-"))
        .expect("one")
        .to_owned();
    let (mut seen, mut late, mut newest, mut token) = (Vec::new(), 0, i64::MIN, None);
    for _ in 0..90 {
        let page = logs.get_log_events().log_group_name(ERROR).log_stream_name(&executor).start_from_head(true);
        let page = page.set_next_token(token.take()).send().await.expect("a page");
        for event in page.events() {
            let at = event.timestamp().expect("a time");
            late += usize::from(at < newest);
            newest = newest.max(at);
            seen.push((at, event.message().map(str::to_owned)));
        }
        token = page.next_forward_token;
        world.advance_seconds(10);
    }
    let whole = logs.get_log_events().log_group_name(ERROR).log_stream_name(&executor).start_from_head(true);
    let mut all: Vec<_> = whole
        .send()
        .await
        .expect("all")
        .events()
        .iter()
        .map(|e| (e.timestamp().expect("a time"), e.message().map(str::to_owned)))
        .collect();
    seen.sort();
    all.sort();
    assert_eq!(seen, all);
    assert!(late > 0, "some events came late");
}

/// Pages of FilterLogEvents: none is lost or repeated, they are sorted by time, and each event has its own ID.
#[tokio::test(flavor = "multi_thread")]
async fn filtering_pages_through_a_group_exactly_once() {
    let world = World::at("05:00:00");
    let logs = Client::new(&sdk(&world));
    let prefix = run_of(&world, "DynamoDB User Silver DQ").await;
    let mut ids = BTreeSet::new();
    let (mut times, mut token) = (Vec::new(), None);
    loop {
        let page = logs.filter_log_events().log_group_name(ERROR).log_stream_name_prefix(&prefix).limit(7);
        let page = page.set_next_token(token).send().await.expect("a page");
        times.extend(page.events().iter().filter_map(|e| e.timestamp()));
        ids.extend(page.events().iter().filter_map(|e| e.event_id().map(str::to_owned)));
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert!(times.is_sorted() && times.len() > 20 && ids.len() == times.len(), "{} of {}", ids.len(), times.len());
    let matching = async |pattern: &str| {
        let call =
            logs.filter_log_events().log_group_name(ERROR).log_stream_name_prefix(&prefix).filter_pattern(pattern);
        call.send().await.map(|page| page.events().len())
    };
    assert_eq!(matching("ERROR phone_number").await.expect("events"), 1);
    assert_eq!(matching("ERROR -phone_number").await.expect("events"), 0);
    assert!(matching("?WARN ?ERROR").await.expect("events") >= 2);
    let bad = matching("{ nonsense").await.expect_err("a bad pattern");
    assert_eq!(bad.code(), Some("InvalidParameterException"));
}

/// The `logs` scenario: a million lines, made when they are read, in pages of at most 10,000 events and 1 MB.
#[tokio::test(flavor = "multi_thread")]
async fn many_lines_are_there_when_they_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("many.toml");
    let text =
        "description = 'many lines'\ncalm_capacity = true\n[[log]]\njob = 'DynamoDB Facility Bronze'\nlines = 60000\n";
    std::fs::write(&file, text).expect("written");
    let world = World::scenario(file.to_str().expect("a path"));
    world.advance_to("03:45:00");
    let logs = Client::new(&sdk(&world));
    let id = run_of(&world, "DynamoDB Facility Bronze").await;
    let call = logs.get_log_events().log_group_name("/aws-glue/jobs/output").log_stream_name(&id).start_from_head(true);
    let (mut count, mut records, mut token) = (0, 0, None);
    loop {
        let page = call.clone().set_next_token(token.clone()).send().await.expect("a page");
        assert!(page.events().len() <= 10_000);
        count += page.events().len();
        records += page.events().iter().filter(|e| e.message().is_some_and(|m| m.contains("RecordWriter"))).count();
        if page.next_forward_token == token {
            break;
        }
        token = page.next_forward_token;
    }
    assert_eq!(records, 60_000);
    assert!(count > records);
    let last = logs.get_log_events().log_group_name("/aws-glue/jobs/output").log_stream_name(&id).limit(3);
    let last = last.send().await.expect("the end").events().last().and_then(|e| e.message().map(str::to_owned));
    assert_eq!(last.as_deref(), Some("done"));
    let filter = logs.filter_log_events().log_group_name("/aws-glue/jobs/output").log_stream_names(&id);
    let mut token = None;
    loop {
        let page =
            filter.clone().filter_pattern("\"record 57777 \"").set_next_token(token).send().await.expect("a page");
        if let Some(event) = page.events().first() {
            assert!(event.message().is_some_and(|m| m.contains("record 57777 of")));
            break;
        }
        token = Some(page.next_token.expect("more to come"));
    }
}

/// Strips the host prefix that the SDK puts before every endpoint (docs/aws-facts.md: Host prefix of Live Tail).
#[derive(Debug)]
struct PlainHost(String);

impl Intercept for PlainHost {
    fn name(&self) -> &'static str {
        "PlainHost"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let uri = context.request().uri().replacen("stream-", "", 1);
        assert!(uri.starts_with(&self.0), "{uri}");
        context.request_mut().set_uri(uri)?;
        Ok(())
    }
}

/// Live Tail sessions: a session start, then an update a second, of what has arrived since.
#[tokio::test(flavor = "multi_thread")]
async fn live_tail_streams_what_arrives() {
    let world = World::new();
    let logs = Client::new(&sdk(&world));
    let group = "arn:aws:logs:us-east-1:111122223333:log-group:/aws-glue/jobs/error";
    let open = |arn: &str| {
        let call = logs.start_live_tail().log_group_identifiers(arn).customize();
        call.interceptor(PlainHost(world.url())).send()
    };
    let refused = open(&format!("{group}:*")).await.expect_err("no :*");
    assert_eq!(refused.code(), Some("InvalidParameterException"));
    let mut stream = open(group).await.expect("a session").response_stream;
    let first = stream.recv().await.expect("an event").expect("an event");
    assert!(matches!(first, StartLiveTailResponseStream::SessionStart(_)), "{first:?}");
    world.advance_to("03:00:40");
    let mut found = Vec::new();
    while found.is_empty() {
        if let StartLiveTailResponseStream::SessionUpdate(update) =
            stream.recv().await.expect("an event").expect("an event")
        {
            found.extend(update.session_results().to_vec());
        }
    }
    assert!(found.iter().all(|event| event.message().is_some() && event.log_stream_name().is_some()));
}

/// Log streams: a run that never got capacity has none, which is a ResourceNotFoundException.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_capacity_has_no_stream() {
    let world = World::new();
    world.advance_to("03:05:00");
    let refund = workflow(&glue(&world), "Refund Workflow").await;
    assert_eq!(job_state(&refund, "DynamoDB Refund Bronze"), Some("FAILED"));
    let run = node(&refund, "DynamoDB Refund Bronze").job_details().expect("details").job_runs()[0]
        .id()
        .expect("an id")
        .to_owned();
    let missing = Client::new(&sdk(&world)).get_log_events().log_group_name(ERROR).log_stream_name(run).send().await;
    assert_eq!(missing.expect_err("no stream").code(), Some("ResourceNotFoundException"));
}
