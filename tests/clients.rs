//! Clients written by others, run by `tests/clients/run.py`. Where boto3 is not installed there is nothing to run; with
//! `GLUEDECK_CLIENTS=required`, as in CI, every client of tests/clients/requirements.txt has to be there.

use std::process::Command;

#[test]
fn strangers_clients_work_unchanged() {
    let python = std::env::var("GLUEDECK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let required = std::env::var("GLUEDECK_CLIENTS").is_ok_and(|value| value == "required");
    let has_boto3 = Command::new(&python).args(["-c", "import boto3"]).output();
    if !has_boto3.is_ok_and(|output| output.status.success()) {
        let why = format!("{python} with boto3 is not here; tests/clients/requirements.txt says what it takes");
        assert!(!required, "{why}");
        eprintln!("skipped: {why}");
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/run.py");
    let mut command = Command::new(&python);
    command.args([script, "--program", env!("CARGO_BIN_EXE_gluedeck")]);
    command.args(required.then_some("--all"));
    // Where the tests run on another date: Python's sleep fails under what tells it that date.
    let output = command.env_remove("LD_PRELOAD").output();
    let output = output.expect("the script");
    let (table, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    eprintln!("{table}");
    assert!(output.status.success(), "{table}\n{errors}");
    assert!(table.contains("as modelled"), "boto3 was there, so it was tried: {table}");
}
