//! Clients written by others, run by `tests/clients/run.py`. Where boto3 is not installed there is nothing to run; with
//! `GLUEDECK_CLIENTS=required`, as in CI, every client of tests/clients/requirements.txt has to be there.

use crate::terminal::{PROGRAM, Terminal};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Whether every client has to be there.
fn are_required() -> bool {
    std::env::var("GLUEDECK_CLIENTS").is_ok_and(|value| value == "required")
}

/// The Python that has these modules; none where the test is to be skipped.
fn python_with(modules: &str) -> Option<String> {
    python_of("GLUEDECK_PYTHON", modules)
}

fn python_of(variable: &str, modules: &str) -> Option<String> {
    let python = std::env::var(variable).unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    let why = format!("{python} with {modules} is not here; tests/clients/requirements.txt lists what it takes");
    assert!(!are_required() || variable != "GLUEDECK_PYTHON", "{why}");
    eprintln!("skipped: {why}");
    None
}

/// What a script of tests/clients prints, run with the program that these tests are of; it must succeed.
fn script(python: &str, name: &str, more: &[&str]) -> String {
    let script = format!("{}/tests/clients/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(python);
    command.args([&script, "--program", env!("CARGO_BIN_EXE_gluedeck")]).args(more);
    // Where the tests run on another date: Python's sleep fails under what tells it that date.
    let output = command.env_remove("LD_PRELOAD").output().expect("the script");
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    eprintln!("{said}");
    assert!(output.status.success(), "{said}\n{errors}");
    said.into_owned()
}

#[test]
fn strangers_clients_work_unchanged() {
    let Some(python) = python_with("boto3") else { return };
    let table = script(&python, "run.py", if are_required() { &["--all"] } else { &[] });
    assert!(table.contains("as modelled"), "boto3 was there, so it was tried: {table}");
}

/// A file is deployed by the AWS CLI, runs at night, is compared, imported and added to.
#[test]
fn a_pipeline_goes_from_file_to_account_and_back() {
    let Some(python) = python_with("boto3, awscli") else { return };
    let steps = script(&python, "deploy.py", &[]);
    assert_eq!(steps.lines().filter(|line| line.starts_with("ok  ")).count(), 6, "{steps}");
}

#[test]
fn the_templates_are_without_a_complaint_of_cfn_lint() {
    let Some(python) = python_with("cfnlint") else { return };
    let checked = script(&python, "lint.py", &[]);
    assert_eq!(checked.lines().filter(|line| line.starts_with("ok  ")).count(), 4, "{checked}");
}

/// A server of somebody else, with jobs, triggers and a crawler and no workflow: everything is on the board, and found by its
/// name.
#[test]
fn an_account_without_workflows_on_another_server_is_shown() {
    let Some(python) = python_with("moto.server, boto3") else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/other_account.py");
    let mut server = Command::new(&python);
    server.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).env_remove("LD_PRELOAD");
    let mut server = server.spawn().expect("the script");
    let mut url = String::new();
    BufReader::new(server.stdout.take().expect("its output")).read_line(&mut url).expect("an address");
    let url = url.trim();
    assert!(url.starts_with("http://"), "the server did not start: {url}");
    let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_REGION", "us-east-1")];
    let mut terminal = Terminal::run(&["--endpoint-url", url], &keys);
    for name in ["Trigger chains 1", "nightly", "Jobs 3", "archive", "fx rates", "mailing", "Crawlers 1", "landing"] {
        let screen = terminal.sees(name);
        assert!(!screen.contains("No Glue"), "{screen}");
    }
    drop(terminal);
    let names = ["orders ingest", "orders publish", "fx rates", "mailing", "archive", "landing", "nightly"];
    for name in names {
        let output =
            Command::new(PROGRAM).args(["triage", name, "--no-query", "--endpoint-url", url]).envs(keys).output();
        let output = output.expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(name) && !said.contains("no workflow, job or crawler named"), "{name}: {said}");
    }
    drop(server.stdin.take());
    server.wait().expect("its end");
}

#[test]
fn the_alert_function_hears_of_jobs_and_of_crawlers() {
    let Some(python) = python_with("json") else { return };
    assert_eq!(script(&python, "alert.py", &[]), "ok  alert\n");
}

#[test]
fn stacks_are_made_changed_rolled_back_and_refused() {
    let Some(python) = python_with("boto3") else { return };
    let steps = script(&python, "stacks.py", &[]);
    assert_eq!(steps.lines().filter(|line| line.starts_with("ok  ")).count(), 3, "{steps}");
}

/// Every case of a script passes, or is one of those that are said not to be done.
fn cases(name: &str) {
    cases_with(name, "boto3, pyarrow");
}

fn cases_with(name: &str, modules: &str) {
    let Some(python) = python_with(modules) else { return };
    let done = script(&python, name, &[]);
    assert!(done.trim_end().ends_with(", 0 fail"), "{done}");
}

/// dbt wants an older PyAthena than the others, and so a Python of its own: GLUEDECK_DBT_PYTHON.
#[test]
fn a_dbt_project_is_seeded_run_and_tested_on_two_days() {
    let Some(python) = python_of("GLUEDECK_DBT_PYTHON", "dbt.adapters.athena") else { return };
    let done = script(&python, "dbt_athena.py", &[]);
    assert!(done.contains("8 models thrice"), "{done}");
}

#[test]
fn s3_is_as_its_clients_know_it() {
    cases("s3_wire.py");
}

#[test]
fn the_data_catalog_is_as_its_clients_know_it() {
    cases("catalog_wire.py");
}

#[test]
fn logs_insights_is_as_its_clients_know_it() {
    cases("insights_wire.py");
}

#[test]
fn awswrangler_works_unchanged() {
    cases_with("wrangler.py", "boto3, awswrangler");
}

#[test]
fn the_cursors_of_pyathena_work_unchanged() {
    cases_with("cursors.py", "boto3, pyathena, pyarrow, pandas");
}

/// Every function that both have, at NULL, empty, negative, past the end, beyond ASCII and in other time zones.
#[test]
fn functions_answer_as_in_duckdb_or_as_trino_documents() {
    let Some(python) = python_with("boto3, duckdb") else { return };
    let compared = script(&python, "beside_duckdb.py", &[]);
    assert!(compared.trim_end().ends_with("; 0 differ"), "{compared}");
}
