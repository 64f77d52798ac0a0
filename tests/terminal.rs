//! The binary itself: in a pty, and as a command line.

use crate::network::WITH_MFA;
use crate::support::World;
use gluedeck_aws::store::{RolloutFile, read_journal};
use gluedeck_core::domain::AccountScope;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use serde_json::Value;
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_gluedeck");
/// Nothing waits longer than this; a machine under load is slow, so it is generous.
const LIMIT: Duration = Duration::from_secs(90);

/// The program in a terminal of 100x30 cells.
pub(crate) struct Terminal {
    screen: vt100::Parser,
    output: Receiver<Vec<u8>>,
    /// Everything that was written, as it came.
    raw: Vec<u8>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    home: tempfile::TempDir,
}

impl Terminal {
    pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::of(CommandBuilder::new(PROGRAM), arguments, variables)
    }

    fn of(mut command: CommandBuilder, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let size = PtySize { rows: 30, cols: 100, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pty");
        command.args(arguments);
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("AWS_EC2_METADATA_DISABLED", "true")] {
            command.env(name, value);
        }
        command.env("HOME", home.path());
        for (name, value) in surroundings() {
            command.env(name, value);
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the program");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(read) = reader.read(&mut buffer) {
                if read == 0 || sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().expect("a writer");
        let screen = vt100::Parser::new(cells(30), cells(100), 0);
        Self { screen, output, raw: Vec::new(), writer, child, master: pair.master, home }
    }

    /// Reads until the screen is as wanted.
    pub(crate) fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let since = Instant::now();
        loop {
            let text = self.screen.screen().contents();
            if wanted(&text) {
                return text;
            }
            match self.output.recv_timeout(Duration::from_millis(200)) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("the program ended before: {what}\n{text}"),
            }
            assert!(since.elapsed() < LIMIT, "never: {what}\n{text}");
        }
    }

    pub(crate) fn sees(&mut self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("pressed");
        self.writer.flush().expect("pressed");
    }

    /// From the board to a query that runs.
    fn runs_a_query(&mut self) {
        self.press("4");
        self.sees("tumble_analytics_gold");
        self.press("i");
        self.sees("draft saved");
        self.press("\x1b[200~select count(*) from user a cross join user b\x1b[201~");
        self.sees("cross join user b");
        self.press("\x12");
        self.sees("RUNNING");
    }

    /// Gives the terminal another size.
    fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("another size");
        self.screen.screen_mut().set_size(cells(rows), cells(columns));
    }

    /// Presses a key again and again, until the screen is as wanted: a dialog that has just opened takes no key.
    fn press_until(&mut self, key: &str, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        let since = Instant::now();
        while since.elapsed() < LIMIT {
            self.press(key);
            let until = Instant::now() + Duration::from_millis(500);
            while let Some(left) = until.checked_duration_since(Instant::now()) {
                if let Ok(bytes) = self.output.recv_timeout(left) {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                if wanted(self.screen.screen()) {
                    return;
                }
            }
        }
        panic!("never: {what}\n{}", self.screen.screen().contents());
    }

    /// Waits for the end; answers the exit code and checks that the terminal was given back.
    pub(crate) fn ends(mut self) -> u32 {
        let since = Instant::now();
        let code = loop {
            match self.child.try_wait().expect("a child") {
                Some(status) => break status.exit_code(),
                None if since.elapsed() > LIMIT => {
                    let threads = self.child.process_id().map(threads).unwrap_or_default();
                    let _ = self.child.kill();
                    panic!("it never ends; its threads: {threads}\n{}", self.screen.screen().contents());
                }
                None => {
                    if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(20)) {
                        self.raw.extend(bytes);
                    }
                }
            }
        };
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_secs(5)) {
            self.raw.extend(bytes);
        }
        self.was_given_back();
        code
    }

    /// Checks that what was switched on in the terminal has been switched off again.
    fn was_given_back(&self) {
        let raw = String::from_utf8_lossy(&self.raw);
        for (what, on, off) in [
            ("the alternate screen", "\x1b[?1049h", "\x1b[?1049l"),
            ("bracketed paste", "\x1b[?2004h", "\x1b[?2004l"),
            ("the hidden cursor", "\x1b[?25l", "\x1b[?25h"),
        ] {
            let end = raw.len().saturating_sub(400);
            let end = (0..=end).rev().find(|at| raw.is_char_boundary(*at)).unwrap_or_default();
            assert!(raw.rfind(on).is_none_or(|on| raw.rfind(off) > Some(on)), "{what} stays: {:?}", &raw[end..]);
        }
    }

    /// Waits for the end of a command that does not take the terminal.
    fn ends_plain(mut self) -> u32 {
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_secs(5)) {
            self.raw.extend(bytes);
        }
        self.child.wait().expect("a child").exit_code()
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.process_id().expect("a process").to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill").success());
    }
}

/// What each thread of a process waits for, where the system tells it.
fn threads(process: u32) -> String {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let line = |folder: std::path::PathBuf| format!("{} in {}", read(folder.join("comm")), read(folder.join("wchan")));
    threads.map(|thread| line(thread.path())).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_sandbox_console_opens_shows_the_night_and_quits() {
    // Nothing of the real account's has to be right.
    let real = [("AWS_ACCESS_KEY_ID", "AKIAREAL"), ("AWS_PROFILE", "nobody"), ("AWS_CA_BUNDLE", "/nowhere")];
    let mut terminal = Terminal::run(&["--sandbox"], &real);
    terminal.sees("SANDBOX");
    let board = terminal.sees("MachineTransaction");
    assert!(board.contains("BRONZE") && board.contains("sorted by severity"), "{board}");
    terminal.sees("DPU limit exceeded");
    terminal.press("?");
    terminal.sees("Help");
    terminal.press("\x1b");
    terminal.until("the help is gone", |screen| !screen.contains("Help"));
    terminal.resize(40, 10);
    terminal.sees("gluedeck needs 60x14");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_burst_of_keys_is_a_paste_and_starts_nothing() {
    let world = World::at("05:00:00");
    let mut terminal = Terminal::run(&["--endpoint-url", &world.url()], &KEYS);
    terminal.sees("sorted by severity");
    terminal.press("s\t\r\r\r\ry");
    terminal.sees("Pasted text ignored");
    // A paste that has the mark of its own end in it presses nothing either.
    terminal.press("\x1b[200~s\t\r\x1b[201~s\t\rq\r");
    terminal.press_until("?", "the help", |screen| screen.contents().contains("Help"));
    terminal.press_until("\x1b", "the board", |screen| !screen.contents().contains("Help"));
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(world.calls("StartWorkflowRun"), 0);
}

#[test]
fn a_signal_ends_it_with_the_terminal_given_back_and_the_query_cancelled() {
    let world = World::at("05:00:00");
    world.set_faults(r#"[{"service": "athena", "operation": "RunQuery", "latency_ms": 60000}]"#);
    for signal in ["TERM", "HUP"] {
        let before = world.calls("StopQueryExecution");
        let mut terminal = Terminal::run(&["--endpoint-url", &world.url()], &KEYS);
        terminal.sees("sorted by severity");
        terminal.runs_a_query();
        terminal.signal(signal);
        assert_eq!(terminal.ends(), 0);
        assert_eq!(world.calls("StopQueryExecution") - before, 1, "{signal}: exactly one stop");
    }
}

/// Where a rollout cannot be saved, nothing of it is sent: here another console has its file.
#[test]
fn a_stagger_that_cannot_be_saved_is_not_sent() {
    let world = World::scenario("quota");
    world.advance_to("05:00:00");
    let mut terminal = Terminal::run(&["--endpoint-url", &world.url()], &KEYS);
    let state = terminal.home.path().join(".local/state/gluedeck");
    let scope = AccountScope::new(Some("111122223333".into()), Some("us-east-1"), Some(&world.url()));
    let held = RolloutFile::open(&state, "aws", &scope).expect("the rollout's file");
    terminal.sees("sorted by severity");
    terminal.press("6");
    terminal.sees("over minimum");
    terminal.press("\t");
    // In the other mode the plan begins at 03:00.
    terminal
        .until("a plan from now on", |screen| screen.contains("start now, staggered") && screen.contains("done 05:"));
    terminal.press("\r");
    terminal.until("the dialog", |screen| screen.contains("Start 7 workflows") && screen.contains(" Cancel "));
    let cancel = |screen: &vt100::Screen| {
        let (row, line) =
            (0_u16..).zip(screen.rows(0, 100)).find(|(_, line)| line.contains(" Cancel ")).expect("buttons");
        let column = line.chars().take_while(|letter| *letter != 'C').count();
        screen.cell(row, u16::try_from(column).expect("a column")).expect("a cell").bgcolor()
    };
    let focused = cancel(terminal.screen.screen());
    terminal.press_until("\t", "the focus leaves the button that cancels", |screen| cancel(screen) != focused);
    terminal.press("\r");
    terminal.until("why, in full, on a line of 100 cells", |screen| {
        screen.contains("7 waiting · stopped: nothing was sent: not saved: another gluedeck runs a stagger here")
    });
    assert_eq!(world.calls("StartWorkflowRun"), 0);
    drop(held);
    terminal.signal("TERM");
    assert_eq!(terminal.ends(), 0);
}

/// A terminal that is closed, or a connection that is lost, leaves no console behind.
#[test]
fn it_ends_when_the_terminal_goes() {
    let world = World::at("05:00:00");
    for _ in 0..5 {
        let mut terminal = Terminal::run(&["--endpoint-url", &world.url()], &KEYS);
        terminal.sees("sorted by severity");
        let Terminal { mut child, writer, master, output, home: _home, .. } = terminal;
        let (mut killer, (ended, end)) = (child.clone_killer(), channel());
        std::thread::spawn(move || ended.send(child.wait()));
        // The thread that reads ends with the next thing that is written, which nobody takes any more.
        drop((writer, master, output));
        if end.recv_timeout(LIMIT).is_err() {
            let _ = killer.kill();
            panic!("it goes on without a terminal");
        }
    }
}

/// A profile with an MFA device: a command asks for the code on the terminal, the console takes it by `:mfa`.
#[test]
fn an_mfa_code_is_asked_for_on_the_terminal_and_taken_in_the_console() {
    let world = World::at("05:00:00");
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("config");
    std::fs::write(&config, WITH_MFA).expect("written");
    let url = world.url();
    let variables = [("AWS_ENDPOINT_URL", url.as_str()), ("AWS_CONFIG_FILE", config.to_str().expect("a path"))];
    let mut terminal = Terminal::run(&["--profile", "p", "workflows"], &variables);
    terminal.sees("MFA code for arn:aws:iam::111111111111:mfa/me:");
    terminal.press("123456\r");
    terminal.sees("User Workflow");
    assert_eq!(terminal.ends_plain(), 0);
    assert_eq!(world.calls("AssumeRole"), 1, "one code, one request");
    let mut terminal = Terminal::run(&["--profile", "p", "workflows"], &variables);
    terminal.sees("MFA code for");
    terminal.press("000000\r");
    terminal.sees("invalid MFA one time pass code");
    assert_eq!(terminal.ends_plain(), 3);
    let mut terminal = Terminal::run(&["--profile", "p"], &variables);
    terminal.sees("MFA code needed");
    terminal.press(":");
    terminal.sees("tab complete");
    terminal.press("\x1b[200~mfa 654321\x1b[201~");
    terminal.sees("mfa 654321");
    terminal.press("\r");
    terminal.sees("sorted by severity");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

/// A terminal that cannot move its cursor gets a sentence, not escape sequences.
#[test]
fn a_dumb_terminal_is_told_what_it_cannot_show() {
    for (name, value) in [("TERM", "dumb"), ("TERM", "")] {
        let mut terminal = Terminal::run(&["--sandbox"], &[(name, value)]);
        let said = terminal.sees("the console cannot be drawn on this terminal");
        assert!(said.contains("gluedeck --help"), "{said}");
        assert!(!terminal.raw.contains(&0x1b), "{:?}", String::from_utf8_lossy(&terminal.raw));
        assert_eq!(terminal.ends_plain(), 2);
    }
}

/// A dialog stays through any size of the terminal, and does nothing by itself.
#[test]
fn a_dialog_survives_every_size_of_the_terminal() {
    let world = World::at("05:00:00");
    let mut terminal = Terminal::run(&["--endpoint-url", &world.url()], &KEYS);
    terminal.sees("sorted by severity");
    terminal.press("s");
    terminal.sees(" Cancel ");
    for (columns, rows) in [(80, 24), (60, 14), (40, 10), (9, 3), (1, 1), (2, 60), (200, 2), (100, 30)] {
        terminal.resize(columns, rows);
    }
    terminal.sees(" Cancel ");
    terminal.press_until("\x1b", "the board", |screen| !screen.contents().contains(" Cancel "));
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(world.calls("StartWorkflowRun"), 0);
}

/// A terminal that goes while a query runs: the query is cancelled, and the program ends.
#[test]
fn a_terminal_that_goes_cancels_its_query() {
    let world = World::at("05:00:00");
    world.set_faults(r#"[{"service": "athena", "operation": "RunQuery", "latency_ms": 60000}]"#);
    let mut terminal = Terminal::run(&["--endpoint-url", &world.url()], &KEYS);
    terminal.sees("sorted by severity");
    terminal.runs_a_query();
    let Terminal { mut child, writer, master, output, home: _home, .. } = terminal;
    let (mut killer, (ended, end)) = (child.clone_killer(), channel());
    std::thread::spawn(move || ended.send(child.wait()));
    drop((writer, master, output));
    if end.recv_timeout(LIMIT).is_err() {
        let _ = killer.kill();
        panic!("it goes on without a terminal");
    }
    assert_eq!(world.calls("StopQueryExecution"), 1);
}

/// Suspended and brought back by a shell, it paints itself again and goes on.
#[test]
fn it_is_suspended_and_resumed_by_a_shell() {
    if Command::new("bash").arg("--version").output().is_err() {
        eprintln!("skipped: there is no bash here");
        return;
    }
    // Without line editing the shell writes no sequences of its own: whatever is on or off comes from the console.
    let shell = ["--norc", "--noediting", "-i"];
    let mut terminal = Terminal::of(CommandBuilder::new("bash"), &shell, &[("PS1", "shell> ")]);
    terminal.sees("shell>");
    terminal.press(&format!("{PROGRAM} --sandbox\r"));
    terminal.sees("sorted by severity");
    terminal.press("\x1a");
    terminal.sees("Stopped");
    terminal.was_given_back();
    terminal.press("fg\r");
    let board = terminal.sees("sorted by severity");
    assert!(board.contains("BRONZE") && !board.contains("shell>"), "{board}");
    terminal.press("?");
    terminal.sees("Help");
    terminal.press("\x1b");
    terminal.until("the help is gone", |screen| !screen.contains("Help"));
    // In a dialog and in the editor too, where the key undoes nothing.
    terminal.press("s");
    terminal.sees(" Cancel ");
    terminal.press("\x1a");
    terminal.until("stopped again", |screen| screen.matches("Stopped").count() == 2);
    terminal.press("fg\r");
    terminal.sees(" Cancel ");
    terminal.press("\x1b");
    terminal.until("the dialog is gone", |screen| !screen.contains(" Cancel "));
    terminal.press("4");
    terminal.sees("write SQL; ctrl-r runs it");
    terminal.press("i");
    terminal.sees("draft saved");
    terminal.press("\x1b[200~select 42\x1b[201~");
    terminal.sees("select 42");
    terminal.press("\x1a");
    terminal.until("stopped a third time", |screen| screen.matches("Stopped").count() == 3);
    terminal.press("fg\r");
    terminal.sees("select 42");
    terminal.press("\x1b");
    terminal.until("out of the editor", |screen| screen.contains("i edit"));
    terminal.press("1");
    terminal.sees("sorted by severity");
    terminal.press("q");
    // Only the prompt says that the program has gone: what is typed before is still its own.
    terminal.until("the prompt", |screen| screen.trim_end().ends_with("shell>"));
    terminal.was_given_back();
    terminal.press("exit\r");
    terminal.ends();
}

#[test]
fn without_credentials_it_says_what_it_looked_for_and_offers_the_sandbox() {
    let mut terminal = Terminal::run(&["--region", "us-east-1"], &[]);
    let text = terminal.sees("No AWS credentials found");
    assert!(text.contains("AWS_ACCESS_KEY_ID") && text.contains("gluedeck --sandbox"), "{text}");
    terminal.press("B");
    terminal.sees("Open the sandbox");
    terminal.press("q");
    terminal.sees("Cancelled");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_dead_endpoint_and_a_theme_with_an_error_are_said_and_survived() {
    let endpoint = ["--endpoint-url", "http://127.0.0.1:1", "--theme", "nobody"];
    let mut terminal = Terminal::run(&endpoint, &KEYS);
    terminal.sees("unknown theme nobody");
    let text = terminal.sees("Could not load workflows: unreachable");
    assert!(text.contains("Connection refused") && text.contains("Retrying automatically"), "{text}");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

/// What the program takes over from the tests' own environment: the time zone, the language, and, where the tests run on
/// another date, whatever tells them that date.
pub(crate) fn surroundings() -> impl Iterator<Item = (String, String)> {
    let taken = |name: &str| {
        ["PATH", "TZ", "LC_ALL", "LD_PRELOAD"].contains(&name)
            || name.starts_with("FAKETIME")
            || name.starts_with("LC_")
    };
    std::env::vars().filter(move |(name, _)| taken(name))
}

pub(crate) const KEYS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x"), ("AWS_REGION", "us-east-1")];

pub(crate) fn command(url: &str, arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(PROGRAM);
    command.args(["--endpoint-url", url]).args(arguments).env_clear().envs(surroundings()).envs(KEYS);
    command.env("HOME", home.path());
    command.stdin(Stdio::null()).output().expect("the program")
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON on stdout, and nothing else")
}

/// What was asked and what failed is in the log; what is secret is not, and nothing of it is printed.
#[test]
fn the_log_is_a_file_without_secrets() {
    let world = World::at("05:00:00");
    let secret = "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let denied =
        format!(r#"[{{"operation": "GetServiceQuota", "error": "AccessDeniedException", "message": "no {secret}"}}]"#);
    world.set_faults(&denied);
    let home = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(["--endpoint-url", &world.url(), "--log-level", "debug"]).args(arguments);
        command.env_clear().envs(surroundings()).envs(KEYS).env("HOME", home.path());
        command.stdin(Stdio::null()).output().expect("the program")
    };
    let logs = home.path().join(".local/state/gluedeck/logs");
    let listed = run(&["workflows"]);
    assert!(listed.status.success() && listed.stderr.is_empty(), "{}", String::from_utf8_lossy(&listed.stderr));
    run(&["stagger", "--now"]);
    let files: Vec<_> = std::fs::read_dir(&logs).expect("logs").map(|file| file.expect("a file").path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let text = std::fs::read_to_string(&files[0]).expect("the log");
    assert!(text.contains("GetAllWorkflows") && text.contains("answered"), "{text}");
    assert!(text.contains("GetDpuLimit") && text.contains("Denied") && !text.contains("EXAMPLEKEY"), "{text}");
    let doctor = String::from_utf8_lossy(&run(&["doctor"]).stdout).into_owned();
    assert!(doctor.contains(&*logs.to_string_lossy()), "{doctor}");
    // A file where the folder should be.
    std::fs::remove_dir_all(&logs).expect("removed");
    std::fs::write(&logs, "").expect("written");
    let complaint = String::from_utf8_lossy(&run(&["workflows"]).stderr).into_owned();
    assert!(complaint.contains("cannot log to") && complaint.contains("--log-level off"), "{complaint}");
    assert!(String::from_utf8_lossy(&run(&["doctor"]).stdout).contains("nothing is logged"));
}

#[test]
fn workflows_prints_the_contracts_json() {
    let world = World::at("05:00:00");
    let value = json(&command(&world.url(), &["workflows", "--output", "json"]));
    let all = value.as_array().expect("an array");
    assert_eq!(all.len(), 22);
    let user = all.iter().find(|w| w["name"] == "User Workflow").expect("User");
    assert_eq!((&user["outcome"], &user["run"]["status"]), (&"failed".into(), &"COMPLETED".into()));
    let triggers = user["triggers"].as_array().expect("triggers");
    let names: Vec<_> = triggers.iter().filter_map(|t| t["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "Run Job DynamoDB User Bronze",
            "Run Crawler DynamoDB User Bronze",
            "Run DQ Job DynamoDB User Bronze",
            "Run Job DynamoDB User Silver",
            "Run DQ Job DynamoDB User Silver",
            "Run Job DynamoDB User Gold",
            "Run DQ Job DynamoDB User Gold",
        ]
    );
    let first = &triggers[0];
    assert_eq!(
        (&first["type"], &first["state"], &first["schedule"]),
        (&"SCHEDULED".into(), &"ACTIVATED".into(), &"cron(0 3 * * ? *)".into())
    );
    assert!(first["next_fire"].as_str().is_some_and(|at| at.ends_with("T03:00:00.000Z")));
    let target = &triggers[4]["targets"][0];
    assert_eq!((&target["kind"], &target["state"]), (&"job".into(), &"FAILED".into()));
    assert!(
        target["error"].as_str().is_some_and(|e| e.contains("phone_number"))
            && target["duration_s"].as_i64() > Some(30)
    );
    assert_eq!(triggers[1]["targets"][0]["kind"], "crawler");
    assert!(triggers[5]["targets"][0]["state"].is_null(), "gold was never started");
    let campaign = all.iter().find(|w| w["name"] == "Campaign Workflow").expect("Campaign");
    assert_eq!((&campaign["outcome"], &campaign["triggers"][0]["state"]), (&"succeeded".into(), &"DEACTIVATED".into()));
    let table = command(&world.url(), &["workflows"]);
    assert!(String::from_utf8_lossy(&table.stdout).lines().count() == 23);
}

#[test]
fn query_prints_types_and_null_and_fails_with_the_reason() {
    let world = World::at("05:00:00");
    let sql = "select 7 as n, 1.5 as d, true as t, null as x, 'ä' as s, date '2026-11-22' as day";
    let value =
        json(&command(&world.url(), &["query", sql, "--database", "tumble_analytics_gold", "--output", "json"]));
    assert_eq!(value["rows"], serde_json::json!([[7, "1.5", true, null, "ä", "2026-11-22"]]));
    assert_eq!(value["columns"][5], serde_json::json!({ "name": "day", "type": "date" }));
    assert!(value["execution_id"].as_str().is_some_and(|id| id.len() == 36) && value["elapsed_ms"].is_u64());
    let failed = command(&world.url(), &["query", "select * from nope", "--database", "tumble_analytics_gold"]);
    assert_eq!((failed.status.code(), failed.stdout.len()), (Some(1), 0));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("TABLE_NOT_FOUND"));
    let csv = command(&world.url(), &["query", "select 'a,b' as x", "--database", "data_quality", "--output", "csv"]);
    assert_eq!(String::from_utf8_lossy(&csv.stdout), "x\n\"a,b\"\n");
}

#[test]
fn logs_prints_the_latest_run_and_follows_a_running_one() {
    let world = World::at("05:00:00");
    let output = command(&world.url(), &["logs", "DynamoDB User Silver DQ", "--output", "json"]);
    let lines: Vec<Value> =
        String::from_utf8_lossy(&output.stdout).lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert!(lines.iter().any(|line| line["message"].as_str().is_some_and(|m| m.contains("DataQualityError"))));
    let times: Vec<_> = lines.iter().map(|line| line["timestamp"].as_str().expect("a time")).collect();
    assert!(times.is_sorted() && lines[0]["group"].as_str().is_some_and(|group| group.starts_with("/aws-glue/jobs/")));
    assert_eq!(command(&world.url(), &["logs", "Nobody"]).status.code(), Some(1));
    // A run that goes on: what is followed is what the stream holds in the end.
    let start = command(&world.url(), &["start", "Coupon Workflow", "--yes"]);
    assert!(start.status.success());
    world.post(&serde_json::json!({ "paused": false, "speed": 600.0 }));
    let followed = command(&world.url(), &["logs", "DynamoDB Coupon Bronze", "--follow", "--output", "json"]);
    let whole = command(&world.url(), &["logs", "DynamoDB Coupon Bronze", "--output", "json"]);
    let sorted = |output: &Output| {
        let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&followed), sorted(&whole));
}

#[test]
fn start_is_confirmed_and_waits_for_the_outcome() {
    let world = World::at("05:00:00");
    let plan = command(&world.url(), &["start", "Coupon Workflow"]);
    assert_eq!(plan.status.code(), Some(2));
    let text = String::from_utf8_lossy(&plan.stdout).into_owned();
    assert!(text.contains("111122223333") && text.contains("DynamoDB Coupon Gold DQ"), "{text}");
    assert!(String::from_utf8_lossy(&plan.stderr).contains("--yes"));
    let plan = command(&world.url(), &["start", "Coupon Workflow", "--output", "json"]);
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("the plan as JSON");
    assert_eq!(plan["plan"][0]["steps"].as_array().map(Vec::len), Some(7));
    assert_eq!(command(&world.url(), &["start", "Nobody", "--yes"]).status.code(), Some(2));
    let read_only = command(&world.url(), &["start", "Coupon Workflow", "--yes", "--read-only"]);
    assert_eq!(read_only.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&read_only.stderr).contains("Remove --read-only"));
    assert_eq!(world.calls("StartWorkflowRun"), 0);
    world.post(&serde_json::json!({ "paused": false, "speed": 3000.0 }));
    let good = command(&world.url(), &["start", "Coupon Workflow", "--yes", "--wait"]);
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stderr));
    assert!(String::from_utf8_lossy(&good.stdout).starts_with("Coupon Workflow wr_"));
    let bad = command(&world.url(), &["start", "User Workflow", "--yes", "--wait"]);
    assert_eq!(bad.status.code(), Some(1), "{}", String::from_utf8_lossy(&bad.stderr));
}

#[test]
fn the_changing_commands_print_a_plan_and_are_journalled() {
    let world = World::at("05:00:00");
    let home = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(["--endpoint-url", &world.url()]).args(arguments).env_clear().envs(KEYS).env("HOME", home.path());
        command.stdin(Stdio::null()).output().expect("the program")
    };
    let out = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let code = |output: &Output| output.status.code();
    let plan = run(&["rerun", "User"]);
    assert!(code(&plan) == Some(2) && out(&plan).contains("Runs the whole workflow"), "{}", out(&plan));
    let plan = run(&["rerun", "User", "--from-failed"]);
    assert!(code(&plan) == Some(2) && out(&plan).contains("Resumes the last run from silver"), "{}", out(&plan));
    assert_eq!(code(&run(&["rerun", "Coupon", "--yes"])), Some(1), "it was good");
    assert_eq!(code(&run(&["stop", "Coupon", "--yes"])), Some(1), "it does not run");
    let plan = run(&["rerun", "User", "--whole", "--output", "json"]);
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("JSON");
    assert_eq!((&plan["plan"][0]["operation"], &plan["account"]), (&"StartWorkflowRun".into(), &"111122223333".into()));
    let rerun = run(&["rerun", "User", "--from-failed", "--yes"]);
    assert!(code(&rerun) == Some(0) && out(&rerun).starts_with("User Workflow wr_"), "{}", out(&rerun));
    assert_eq!(out(&run(&["stop", "User", "--yes"])), "User Workflow stop requested\n");
    let job = run(&["job", "start", "DynamoDB Coupon Gold", "--argument", "--day=x", "--workers", "3", "--yes"]);
    assert!(out(&job).starts_with("DynamoDB Coupon Gold jr_"), "{}", String::from_utf8_lossy(&job.stderr));
    assert_eq!(code(&run(&["crawler", "start", "DynamoDB Coupon Bronze Crawler", "--yes"])), Some(0));
    assert_eq!(code(&run(&["trigger", "off", "Run Job DynamoDB Coupon Bronze", "--yes"])), Some(0));
    assert_eq!(code(&run(&["trigger", "on", "Nobody", "--yes"])), Some(1), "it is not there");
    assert_eq!(code(&run(&["crawler", "start", "x", "--yes", "--read-only"])), Some(3));
    let journal = json(&run(&["journal", "--output", "json"]));
    let told: Vec<_> = journal
        .as_array()
        .expect("an array")
        .iter()
        .map(|e| (e["operation"].as_str(), e["outcome"]["result"].as_str()))
        .collect();
    let done = |operation| (Some(operation), Some("done"));
    assert_eq!(
        told[..5],
        [
            done("ResumeWorkflowRun"),
            done("StopWorkflowRun"),
            done("StartJobRun"),
            done("StartCrawler"),
            done("StopTrigger")
        ]
    );
    assert!(told.len() == 5 && out(&run(&["journal", "crawler"])).lines().count() == 2);
}

#[test]
fn what_cannot_be_reached_is_exit_code_three() {
    let dead = command("http://127.0.0.1:1", &["workflows"]);
    assert_eq!(dead.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&dead.stderr).contains("unreachable"));
    assert_eq!(command("http://127.0.0.1:1", &["workflows", "--nonsense"]).status.code(), Some(2));
    for (endpoint, arguments, said) in [
        ("nowhere", &["workflows"][..], "must begin with http"),
        ("http://127.0.0.1:1", &["workflows", "--profile", "nobody"], "no profile nobody in"),
        ("http://127.0.0.1:1", &[], "needs a terminal"),
    ] {
        let refused = command(endpoint, arguments);
        let error = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(2) && error.contains(said), "{error}");
    }
    let both = Command::new(PROGRAM).args(["--sandbox", "workflows"]).output().expect("the program");
    assert_eq!(both.status.code(), Some(2), "a sandbox is never taken for an account, nor an account for a sandbox");
}

#[test]
fn the_sandbox_command_serves_until_it_is_told_to_end() {
    use std::io::{BufRead, BufReader};
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(PROGRAM)
        .args(["sandbox", "--port", "0", "--at", "05:00:00", "--dir"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
    let url = line.strip_prefix("ready ").expect("ready first").trim().to_owned();
    assert_eq!(json(&command(&url, &["workflows", "--output", "json"])).as_array().map(Vec::len), Some(22));
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(child.wait().expect("an end").success());
}

fn cells(count: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(count).expect("not zero")
}

/// A morning after a night in which a job has written what it should not.
fn hostile() -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hostile.toml");
    let texts = [
        r"title \u001b]0;owned\u0007 clipboard \u001b]52;c;b3duZWQ=\u0007",
        r"\u001b[2J\u001b[H cleared \u009b31m and \u0090 device \u001b\\",
        r"back\b\b\b and \r return, \u202e turned, wide 洗濯機 e\u0301, zero \u200b width",
        "{\\\"level\\\": \\\"ERROR\\\", \\\"text\\\": \\\"\\\\u001b]0;owned\\\\u0007\\\"}",
    ];
    let texts: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    let text = format!(
        "description = 'hostile'\ncalm_capacity = true\n[[log]]\njob = 'DynamoDB Coupon Bronze'\nlines = 40\ntexts = [{}]\n",
        texts.join(", ")
    );
    std::fs::write(&file, text).expect("written");
    let world = World::scenario(file.to_str().expect("a path"));
    world.advance_to("05:00:00");
    world
}

#[test]
fn no_escape_sequence_of_a_log_reaches_the_terminal() {
    let world = hostile();
    let harmless = |raw: &[u8]| {
        let text = String::from_utf8_lossy(raw);
        for bad in ["\x1b]0;owned", "\x1b]52;c;b3duZWQ", "\u{9b}31m", "\u{90}", "\x08", "\u{202e}"] {
            assert!(!text.contains(bad), "{bad:?} has reached the terminal");
        }
    };
    let mut terminal = Terminal::run(&["--endpoint-url", &world.url()], &KEYS);
    terminal.sees("sorted by severity");
    terminal.press("/");
    terminal.sees("!inverse");
    terminal.press("\x1b[200~Coupon\x1b[201~");
    terminal.sees("/Coupon 1 of 22");
    terminal.press("\r");
    terminal.until("the filter is set", |screen| !screen.contains("!inverse"));
    terminal.press("\r");
    terminal.sees("STEP");
    terminal.press("g");
    terminal.press("l");
    terminal.sees("clipboard");
    terminal.press("/");
    terminal.sees("filter /");
    terminal.press("\x1b[200~owned\x1b[201~");
    terminal.sees("/owned");
    terminal.press("\r");
    terminal.sees("20 of ");
    for key in ["g", "\r", "w"] {
        terminal.press(key);
        terminal.sees("owned");
    }
    harmless(&terminal.raw);
    terminal.press("\x03\x03");
    assert_eq!(terminal.ends(), 0);
    let mut printed = Terminal::run(&["logs", "DynamoDB Coupon Bronze", "--endpoint-url", &world.url()], &KEYS);
    printed.sees("clipboard");
    harmless(&printed.raw);
    assert_eq!(printed.ends_plain(), 0);
}

/// Killed at any moment, a start has nothing sent without its line in the journal, and nothing twice.
#[test]
fn a_start_that_is_killed_at_any_moment_has_its_line_in_the_journal() {
    let world = World::at("05:00:00");
    world.set_faults(r#"[{"service": "glue", "latency_ms": 15}]"#);
    let home = tempfile::tempdir().expect("a folder");
    let journal = home.path().join(".local/state/gluedeck");
    let start = || {
        let mut command = Command::new(PROGRAM);
        command.args(["--endpoint-url", &world.url(), "start", "Coupon", "--yes"]);
        command.env_clear().envs(KEYS).env("HOME", home.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the program")
    };
    let since = Instant::now();
    assert!(start().wait().expect("an end").success(), "not killed, it starts the workflow");
    let life = since.elapsed();
    let (mut begun, mut sent, mut ended) = (1, 1, 0);
    let (_held, never) = channel::<()>();
    for round in 0..40_u32 {
        let mut child = start();
        // Moments that are spread over the life of the command, in an order that has nothing to do with it.
        let _ = never.recv_timeout(life * (round * 37 % 40) / 36);
        ended += u32::from(child.try_wait().expect("a child").is_some());
        child.kill().expect("killed");
        child.wait().expect("gone");
        let (before, calls) = (sent, world.calls("StartWorkflowRun"));
        begun = read_journal(&journal).map_or(0, |records| records.len() as u64);
        sent = calls;
        assert!(sent - before <= 1, "sent twice in round {round}");
        assert!(sent <= begun, "{sent} sent, {begun} lines, in round {round}");
    }
    assert!(begun > 1 && ended < 40, "{begun} begun, {sent} sent, {ended} ended by themselves");
}
