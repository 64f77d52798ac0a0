//! `gluedeck check`: one verdict or more a pipeline, and an exit code that tells them apart.

use crate::pipelines::command;
use crate::support::World;
use serde_json::Value;
use std::collections::BTreeSet;

/// The exit code and the findings.
fn check(world: &World, arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
    let output = command(world, &[&["check", "--output", "json"], arguments].concat());
    let findings = serde_json::from_slice(&output.stdout);
    let findings = findings.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), findings)
}

fn verdicts<'f>(findings: &'f [Value], verdict: &str) -> BTreeSet<&'f str> {
    let of = findings.iter().filter(|finding| finding["verdict"] == verdict);
    of.map(|finding| finding["pipeline"].as_str().expect("a pipeline")).collect()
}

#[test]
fn every_pipeline_has_a_verdict_and_failures_make_the_exit_code() {
    let world = World::shared_morning();
    let (code, findings) = check(&world, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(verdicts(&findings, "failed"), ["Refund Workflow", "Subscription Workflow", "User Workflow"].into());
    assert_eq!(verdicts(&findings, "off"), ["Campaign Workflow"].into());
    let all: BTreeSet<&str> = findings.iter().filter_map(|finding| finding["pipeline"].as_str()).collect();
    assert_eq!((all.len(), verdicts(&findings, "fine").len()), (22, 18));
    let user = findings.iter().find(|finding| finding["pipeline"] == "User Workflow").expect("a finding");
    assert_eq!((&user["class"], &user["step"]), (&"data_quality".into(), &"DynamoDB User Silver DQ".into()));
    // What does not count does not fail it; names narrow it.
    assert_eq!(check(&world, &["--fail-on", "late,stale,never-ran"]).0, Some(0));
    let (code, findings) = check(&world, &["Order", "Refund Workflow"]);
    assert_eq!((code, findings.len()), (Some(1), 2));
    assert_eq!(check(&world, &["Order"]).0, Some(0));
    assert_eq!(command(&world, &["check", "Odrer"]).status.code(), Some(2));
    assert_eq!(command(&world, &["check", "--since", "yesterday"]).status.code(), Some(2));
    assert_eq!(command(&world, &["check", "--fail-on", "drift"]).status.code(), Some(2), "there is no file");
}

#[test]
fn data_may_be_so_old() {
    let world = World::shared_morning();
    // The night's gold was written before 04:00, and it is 05:00.
    let (code, findings) = check(&world, &["Order", "--fresh", "gold:6h"]);
    assert_eq!((code, verdicts(&findings, "fine").len()), (Some(0), 1));
    let (code, findings) = check(&world, &["Order", "--fresh", "gold:30m", "--fresh", "bronze:30m"]);
    assert_eq!((code, findings.len()), (Some(1), 2), "{findings:?}");
    assert!(findings.iter().all(|finding| finding["verdict"] == "stale"), "{findings:?}");
    assert!(findings[1]["text"].as_str().expect("a text").starts_with("gold is "), "{findings:?}");
    assert_eq!(check(&world, &["Order", "--fresh", "gold:30m", "--fail-on", "failed"]).0, Some(0));
    // Its failure kept the layer old: both are told.
    let (_, findings) = check(&world, &["User", "--fresh", "gold:20h"]);
    let told: Vec<&Value> = findings.iter().map(|finding| &finding["verdict"]).collect();
    assert_eq!(told, ["failed", "stale"]);
}

#[test]
fn what_is_outside_of_workflows_is_checked_and_what_no_alert_tells() {
    let world = World::scenario("mixed");
    let (code, findings) = check(&world, &[]);
    assert_eq!(code, Some(1));
    let failed = verdicts(&findings, "failed");
    for name in ["vendor sftp", "marketing attribution", "sales nightly"] {
        assert!(failed.contains(name), "{name} of {failed:?}");
    }
    let kinds: BTreeSet<&str> = findings.iter().filter_map(|finding| finding["kind"].as_str()).collect();
    assert_eq!(kinds, ["chain", "crawler", "job", "workflow"].into());
    let untold = findings.iter().filter(|finding| finding["alert_sent"] == false).count();
    let crawler = findings.iter().any(|finding| finding["kind"] == "crawler" && finding["verdict"] == "failed");
    assert!(untold + usize::from(crawler) > 0, "{findings:?}");
}

#[test]
fn what_cannot_be_read_is_unknown_and_never_fine() {
    let world = World::scenario("calm");
    world.advance_to("05:00:00");
    assert_eq!(check(&world, &[]).0, Some(0));
    world.set_faults(
        r#"[{"operation": "GetWorkflowRuns", "error": "AccessDeniedException", "message": "not authorized"}]"#,
    );
    let (code, findings) = check(&world, &[]);
    assert_eq!((code, verdicts(&findings, "unknown").len()), (Some(3), 22));
    world.set_faults(
        r#"[{"operation": "ListCrawlers", "error": "AccessDeniedException", "message": "not authorized"}]"#,
    );
    assert_eq!(command(&world, &["check"]).status.code(), Some(3));
    world.set_faults("[]");
}
