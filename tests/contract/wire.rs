//! The wire: who calls and where, S3, faults, bad input.

use super::{all, glue, sdk_as};
use crate::support::{World, http, http_with};
use aws_sdk_glue::error::ProvideErrorMetadata;
use serde_json::{Value, json};

fn glue_as(world: &World, key: &str, region: &'static str) -> aws_sdk_glue::Client {
    let config = aws_sdk_glue::config::Builder::from(&sdk_as(world, key, region));
    aws_sdk_glue::Client::from_conf(config.retry_config(aws_sdk_glue::config::retry::RetryConfig::disabled()).build())
}

/// docs/pipeline.md, Environments: dev and stg share an account, prod has its own; other Regions are empty.
#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_regions_are_worlds_of_their_own() {
    let world = World::new();
    world.advance_to("03:45:00");
    let dev = all(&glue_as(&world, "AKIAANYBODY", "us-east-1")).await;
    let prod = all(&glue_as(&world, "AKIAPRODUCTION000000", "us-east-1")).await;
    let stg = all(&glue_as(&world, "AKIAANYBODY", "us-west-2")).await;
    let failed = |workflows: &[aws_sdk_glue::types::Workflow]| -> i32 {
        workflows.iter().filter_map(|w| w.last_run()?.statistics().map(|s| s.failed_actions())).sum()
    };
    assert_eq!((dev.len(), prod.len(), stg.len()), (22, 22, 22));
    assert!(failed(&dev) > 0 && failed(&prod) == 0 && failed(&stg) == 0);
    let id = |workflows: &[aws_sdk_glue::types::Workflow]| {
        workflows[0].last_run().and_then(|r| r.workflow_run_id()).map(str::to_owned)
    };
    assert_ne!(id(&dev), id(&prod));
    let trigger =
        glue_as(&world, "AKIAANYBODY", "us-west-2").get_trigger().name("Run Job DynamoDB User Bronze").send().await;
    assert_eq!(trigger.expect("a trigger").trigger.and_then(|t| t.schedule).as_deref(), Some("cron(0 4 * * ? *)"));
    let elsewhere = glue_as(&world, "AKIAPRODUCTION000000", "eu-west-1").list_workflows().send().await.expect("names");
    assert!(elsewhere.workflows().is_empty());
    let sts = aws_sdk_sts::Client::new(&sdk_as(&world, "AKIAPRODUCTION000000", "us-east-1"));
    assert_eq!(sts.get_caller_identity().send().await.expect("an identity").account(), Some("444455556666"));
    // What happens in one does not happen in the other, and all have one clock.
    let before = glue_as(&world, "AKIAANYBODY", "us-west-2")
        .get_workflow_runs()
        .name("User Workflow")
        .send()
        .await
        .expect("runs");
    glue(&world).start_workflow_run().name("Coupon Workflow").send().await.expect("started");
    world.advance_to("04:20:00");
    let after = glue_as(&world, "AKIAANYBODY", "us-west-2")
        .get_workflow_runs()
        .name("User Workflow")
        .send()
        .await
        .expect("runs");
    assert_eq!(after.runs().len(), before.runs().len() + 1, "stg's own night began at 04:00");
}

/// Special access keys: one may only read, one is expired, and each is answered so.
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_may_only_read_or_are_expired_are_answered_so() {
    let world = World::at("05:00:00");
    let reader = glue_as(&world, "AKIAREADONLY00000000", "us-east-1");
    assert_eq!(all(&reader).await.len(), 22);
    let denied = reader.start_workflow_run().name("User Workflow").send().await.expect_err("read only");
    assert_eq!(denied.code(), Some("AccessDeniedException"));
    assert!(denied.message().is_some_and(|m| m.contains("not authorized to perform: glue:StartWorkflowRun")));
    let expired =
        glue_as(&world, "AKIAEXPIRED000000000", "us-east-1").list_workflows().send().await.expect_err("expired");
    assert_eq!(expired.code(), Some("ExpiredTokenException"));
    let sts = aws_sdk_sts::Client::new(&sdk_as(&world, "AKIAEXPIRED000000000", "us-east-1"));
    assert_eq!(sts.get_caller_identity().send().await.expect_err("expired").code(), Some("ExpiredToken"));
    assert_eq!(world.calls("StartWorkflowRun"), 0);
    let target = [("X-Amz-Target", "AWSGlue.ListWorkflows"), ("Authorization", "nothing")];
    let (status, body) = http_with(&world.url(), "POST", "/", &target, b"{}");
    assert!(status == 400 && body.contains("IncompleteSignature"), "{status} {body}");
}

/// S3: list, head, get by range, put, delete; nothing outside the buckets.
#[test]
fn s3_serves_the_lake_and_keeps_to_its_folder() {
    let world = World::at("05:00:00");
    let (status, list) = http(&world.url(), "GET", "/tumble-dev-analytics-gold?list-type=2&prefix=user/", "");
    assert_eq!(status, 200);
    assert!(
        list.contains("<Key>user/part-00000.snappy.parquet</Key>") && list.contains("<KeyCount>1</KeyCount>"),
        "{list}"
    );
    let (_, folders) = http(&world.url(), "GET", "/tumble-dev-analytics-silver?list-type=2&delimiter=/&max-keys=5", "");
    assert!(
        folders.contains("<CommonPrefixes><Prefix>account/</Prefix>") && folders.contains("<IsTruncated>true"),
        "{folders}"
    );
    let token = folders.split("<NextContinuationToken>").nth(1).and_then(|r| r.split('<').next()).expect("a token");
    let next = format!("/tumble-dev-analytics-silver?list-type=2&delimiter=/&max-keys=50&continuation-token={token}");
    let rest = http(&world.url(), "GET", &next, "").1;
    let count = |text: &str| text.matches("<CommonPrefixes>").count();
    assert_eq!(count(&folders) + count(&rest), 22, "{rest}");
    let put = http(&world.url(), "PUT", "/tumble-dev-athena/notes/a%20b.txt", "hello, world");
    assert_eq!(put.0, 200);
    let range = http_with(&world.url(), "GET", "/tumble-dev-athena/notes/a%20b.txt", &[("Range", "bytes=7-")], b"");
    assert_eq!(range, (206, "world".to_owned()));
    assert_eq!(http(&world.url(), "GET", "/tumble-dev-athena/nothing", "").0, 404);
    assert_eq!(http(&world.url(), "GET", "/nobodys-bucket/x", "").0, 404);
    assert_eq!(http(&world.url(), "DELETE", "/tumble-dev-athena/notes/a%20b.txt", "").0, 204);
    for path in [
        "/tumble-dev-athena/../../../etc/passwd",
        "/tumble-dev-athena/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
    ] {
        let (status, body) = http(&world.url(), "GET", path, "");
        assert!(status >= 400 && !body.contains("root:"), "{path}: {status}");
    }
    assert!(http(&world.url(), "GET", "/", "").1.contains("<Name>tumble-dev-data-quality</Name>"));
}

/// Faults are switched on and off while it runs, and hit what they name.
#[tokio::test(flavor = "multi_thread")]
async fn faults_can_be_switched_while_it_runs() {
    let world = World::at("05:00:00");
    let glue = glue_as(&world, "AKIATEST", "us-east-1");
    let set = |rules: Value| http(&world.url(), "POST", "/_sandbox/faults", &rules.to_string()).0;
    assert_eq!(
        set(
            json!([{ "operation": "ListWorkflows", "rate": 1.0, "error": "ThrottlingException", "message": "Rate exceeded" }])
        ),
        200
    );
    let error = glue.list_workflows().send().await.expect_err("throttled");
    assert_eq!((error.code(), error.message()), (Some("ThrottlingException"), Some("Rate exceeded")));
    assert!(glue.list_jobs().send().await.is_ok());
    assert_eq!(
        set(json!([{ "rate": 1.0, "status": 200, "error": "x", "body": "<html>a proxy</html>", "times": 1 }])),
        200
    );
    assert!(glue.list_workflows().send().await.is_err(), "garbled");
    assert!(glue.list_workflows().send().await.is_ok(), "once only");
    assert_eq!(set(json!([{ "rtae": 1.0 }])), 400, "a rule that is misspelt is refused");
    assert_eq!(set(json!([])), 200);
    assert_eq!(world.get("/_sandbox/faults"), json!([]));
}

/// As many connections as the test may open beside the others, at both their ends.
fn connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files =
        limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok());
    files.unwrap_or(256).min(12_000) / 6
}

/// Bad input: random bytes, bodies that end too soon or are huge, many connections at once: an answer or a closed
/// connection, and the server goes on.
#[test]
fn hostile_clients_do_not_bring_it_down() {
    use std::io::Write;
    let world = World::at("05:00:00");
    let address = world.url().trim_start_matches("http://").to_owned();
    let mut byte = 7_u32;
    for round in 0..200 {
        let mut stream = std::net::TcpStream::connect(&address).expect("a connection");
        let noise: Vec<u8> = (0..round * 7)
            .map(|_| {
                byte = byte.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (byte >> 24) as u8
            })
            .collect();
        let _ = stream.write_all(&noise);
        let _ = write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nhalf");
    }
    let idle: Vec<_> = (0..connections()).map_while(|_| std::net::TcpStream::connect(&address).ok()).collect();
    let huge = vec![b'x'; 9 << 20];
    let target = [("X-Amz-Target", "AWSGlue.ListWorkflows")];
    let (status, body) = http_with(&world.url(), "POST", "/", &target, &huge);
    assert!(status == 413 && body.contains("RequestEntityTooLarge"), "{status} {body}");
    let (status, _) = http_with(&world.url(), "POST", "/", &target, b"{}");
    assert_eq!(status, 200, "it goes on beside {} idle connections", idle.len());
}
