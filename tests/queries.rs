//! `gluedeck query` as a command, and what the console keeps of queries when it is killed.

use crate::support::World;
use crate::terminal::{KEYS, PROGRAM, Terminal, command};
use std::io::Write;
use std::process::{Command, Stdio};

const DATABASE: [&str; 2] = ["--database", "tumble_analytics_silver"];

fn query(world: &World, arguments: &[&str]) -> (Option<i32>, String, String) {
    let all: Vec<&str> = ["query"].iter().chain(arguments).chain(&DATABASE).copied().collect();
    let output = command(&world.url(), &all);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn rows_are_printed_in_every_form() {
    let world = World::at("05:00:00");
    let sql = "select * from (values (7, 'a|b', cast(null as varchar)), (8, '', 'x')) t(n, s, v) order by n";
    let of = |form: &str| query(&world, &[sql, "--output", form]).1;
    assert_eq!(of("csv"), "n,s,v\n7,a|b,\n8,\"\",x\n");
    assert_eq!(of("jsonl"), "{\"n\":7,\"s\":\"a|b\",\"v\":null}\n{\"n\":8,\"s\":\"\",\"v\":\"x\"}\n");
    assert_eq!(of("markdown"), "| n | s | v |\n| --: | --- | --- |\n| 7 | a\\|b | NULL |\n| 8 | '' | x |\n");
    assert_eq!(of("table"), "n  s    v\n7  a|b  NULL\n8  ''   x\n");
    let (code, first, said) = query(&world, &[sql, "--output", "csv", "--max-rows", "1"]);
    assert_eq!((code, first.as_str()), (Some(0), "n,s,v\n7,a|b,\n"));
    assert!(said.contains("more available"), "{said}");
    let elsewhere = command(&world.url(), &["workflows", "--output", "jsonl"]);
    assert_eq!(elsewhere.status.code(), Some(2));
}

#[test]
fn files_are_whole_and_never_overwritten() {
    let world = World::at("05:00:00");
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let sql = "select n, cast(n as double) / 2 as d, case when n % 3 = 0 then null else 'x' end as t \
        from unnest(sequence(1, 2500)) s(n)";
    for name in ["rows.csv", "rows.jsonl", "rows.json", "rows.md", "rows.sql", "rows.parquet"] {
        let path = file(name);
        let (code, out, said) = query(&world, &[sql, "--out", &path]);
        assert_eq!((code, out.as_str()), (Some(0), ""), "{name}: {said}");
        assert!(std::fs::metadata(&path).expect("the file").len() > 1_000, "{name}");
    }
    assert_eq!(std::fs::read_to_string(file("rows.csv")).expect("text").lines().count(), 2_501);
    let parquet = std::fs::File::open(file("rows.parquet")).expect("the file");
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(parquet).expect("Parquet");
    assert_eq!(reader.metadata().file_metadata().num_rows(), 2_500);
    assert_eq!(format!("{:?}", reader.schema().field(1).data_type()), "Float64");
    let (code, _, said) = query(&world, &["select 1", "--out", &file("rows.csv")]);
    assert!(code != Some(0) && said.contains("not overwritten"), "{said}");
    let (code, _, said) = query(&world, &["select 1", "--out", &file("rows.xyz")]);
    assert!(code == Some(2) && said.contains(".parquet"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 6, "nothing unfinished is left");
}

#[test]
fn scripts_run_until_one_statement_fails() {
    let world = World::at("05:00:00");
    let (code, out, said) = query(&world, &["select 1 as a; select nope; select 3 as c", "--output", "csv"]);
    assert_eq!((code, out.as_str()), (Some(1), "a\n1\n"));
    assert!(said.contains("COLUMN_NOT_FOUND") && said.contains("the remaining statements were not run"), "{said}");
    assert_eq!(world.calls("StartQueryExecution"), 2);
    // Nothing is sent before every parameter has a value.
    let (code, _, said) = query(&world, &["select 1; select :day, :kind", "--param", "day=2026-11-22"]);
    assert!(code == Some(2) && said.contains("--param kind=VALUE"), "{said}");
    assert_eq!(world.calls("StartQueryExecution"), 2);
    let (_, out, _) = query(
        &world,
        &["select :day as d, :n + 1 as n", "--param", "day=2026-11-22", "--param", "n=6", "--output", "csv"],
    );
    assert_eq!(out, "d,n\n2026-11-22,7\n");
    for nothing in ["", "  ", "-- only a comment", ";;"] {
        assert_eq!(query(&world, &[nothing]).0, Some(2), "{nothing:?}");
    }
    let mut child = Command::new(PROGRAM)
        .args(["--endpoint-url", &world.url(), "query", "-", "--output", "csv"])
        .env_clear()
        .envs(crate::terminal::surroundings())
        .envs(KEYS)
        .env("HOME", tempfile::tempdir().expect("a folder").path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    child.stdin.take().expect("stdin").write_all(b"select 'from stdin' as s").expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "s\nfrom stdin\n");
}

#[test]
fn what_changes_the_lake_is_confirmed() {
    let world = World::at("05:00:00");
    let sql = "select 1; create table data_quality.kept as select 2 as n; drop table data_quality.kept";
    let (code, out, said) = query(&world, &[sql]);
    assert_eq!((code, out.as_str(), world.calls("StartQueryExecution")), (Some(2), "", 0));
    assert!(said.contains("1. CREATE TABLE") && said.contains("2. DROP TABLE") && said.contains("--yes"), "{said}");
    let (code, _, said) = query(&world, &[sql, "--yes"]);
    assert_eq!((code, world.calls("StartQueryExecution")), (Some(0), 3), "{said}");
    let (code, _, said) = query(&world, &["drop table t", "--yes", "--read-only"]);
    assert_eq!((code, world.calls("StartQueryExecution")), (Some(3), 3), "{said}");
}

#[test]
fn a_signal_cancels_the_query_once() {
    let world = World::at("05:00:00");
    world.set_faults(r#"[{"service": "athena", "operation": "RunQuery", "latency_ms": 600000}]"#);
    for (n, name) in ["INT", "TERM", "HUP"].into_iter().enumerate() {
        let home = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(PROGRAM)
            .args(["--endpoint-url", &world.url(), "query", "select 1"])
            .env_clear()
            .envs(crate::terminal::surroundings())
            .envs(KEYS)
            .env("HOME", home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let started = n as u64 + 1;
        while world.calls("StartQueryExecution") < started || world.calls("GetQueryExecution") < started {
            std::thread::yield_now();
        }
        let pid = child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill").success());
        assert_eq!(child.wait().expect("it ends").code(), Some(1), "{name}");
        assert_eq!(world.calls("StopQueryExecution"), started, "{name}: exactly one stop");
    }
}

/// What was typed is on the disk; the query that ran is found again, to attach or to stop.
#[test]
fn killed_it_loses_nothing() {
    let world = World::at("05:00:00");
    world.set_faults(r#"[{"service": "athena", "operation": "RunQuery", "latency_ms": 600000}]"#);
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path().to_string_lossy().into_owned();
    let variables: Vec<(&str, &str)> = KEYS.into_iter().chain([("HOME", home.as_str())]).collect();
    let mut terminal = Terminal::run(&["--endpoint-url", &world.url()], &variables);
    terminal.sees("sorted by severity");
    terminal.press("4");
    terminal.sees("tumble_analytics_gold");
    terminal.press("i");
    terminal.sees("draft saved");
    terminal.press("\x1b[200~select 'half a thought' as t\x1b[201~");
    terminal.sees("half a thought");
    terminal.press("\x12");
    terminal.sees("RUNNING");
    terminal.press("\x1b[200~ -- and more\x1b[201~");
    terminal.sees("and more");
    terminal.signal("KILL");
    drop(terminal);
    assert_eq!(world.calls("StopQueryExecution"), 0);
    let mut terminal = Terminal::run(&["--endpoint-url", &world.url()], &variables);
    terminal.sees("of an earlier session still running");
    terminal.press("4");
    terminal.sees("half a thought' as t -- and more");
    terminal.press("H");
    terminal.sees("QUERY HISTORY (this machine)");
    terminal.press("\r");
    terminal.sees("RUNNING");
    terminal.press("x");
    terminal.sees("CANCELLED");
    assert_eq!(world.calls("StopQueryExecution"), 1);
    terminal.press("\x03\x03");
    assert_eq!(terminal.ends(), 0);
}
