//! The rules of the house as tests: import directions, one namer each, async only in the shell, sizes, the README.

use gluedeck::flow::Scope;
use gluedeck::flow::command::TABLE;
use std::fs;
use std::path::{Path, PathBuf};

/// What each folder may import from the rest of the crate. The arrows of `src/lib.rs`.
const MAY_IMPORT: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("analysis", &["domain"]),
    ("flow", &["analysis", "domain"]),
    ("ui", &["flow", "analysis", "domain"]),
    ("screens", &["ui", "flow", "analysis", "domain", "screens"]),
    ("app", &["screens", "ui", "flow", "analysis", "domain", "config"]),
    ("store", &["flow", "analysis", "domain"]),
    ("aws", &["store", "flow", "analysis", "domain", "aws"]),
    ("headless", &["aws", "store", "analysis", "ui", "flow", "domain"]),
    ("runtime", &["app", "aws", "store", "ui", "flow", "analysis", "domain"]),
    ("config", &["ui", "analysis", "domain"]),
    ("cli", &["headless", "domain"]),
];

const MOST_LINES: usize = 400;
const MOST_FUNCTION_LINES: usize = 60;

struct Source {
    /// From `src/` on.
    path: String,
    /// Without its tests.
    code: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut open = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a file");
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
                let path = path.strip_prefix(&root).expect("inside").to_string_lossy().into_owned();
                found.push(Source { path, code, text });
            }
        }
    }
    assert!(found.len() > 60, "the sources are found");
    found
}

fn top(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

/// Lines of code without comments.
fn code_lines(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn imports_point_downwards() {
    let folders: Vec<&str> = MAY_IMPORT.iter().map(|(folder, _)| folder.trim_end_matches(".rs")).collect();
    for source in sources() {
        let Some((own, allowed)) = MAY_IMPORT.iter().find(|(folder, _)| *folder == top(&source.path)) else { continue };
        for line in code_lines(&source.code) {
            for word in line.split("crate::").skip(1) {
                let name: String = word.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let known = folders.contains(&name.as_str()) || name == "sandbox";
                let fine = name == own.trim_end_matches(".rs") || allowed.contains(&name.as_str());
                assert!(!known || fine, "{} may not import {name}: {line}", source.path);
            }
        }
    }
}

#[test]
fn the_sandbox_imports_nothing_of_the_console_and_nothing_imports_it() {
    for source in sources() {
        let inside = top(&source.path) == "sandbox";
        for line in code_lines(&source.code) {
            let names_crate = line.contains("crate::");
            assert!(!inside || !names_crate || line.contains("crate::sandbox::"), "{}: {line}", source.path);
            assert!(inside || !line.contains("crate::sandbox"), "{}: {line}", source.path);
        }
    }
}

#[test]
fn screens_do_not_name_each_other() {
    let screens = ["board", "workflow", "timeline", "logs", "athena", "stagger", "activity"];
    for source in sources().iter().filter(|source| top(&source.path) == "screens") {
        let own = source.path.split('/').nth(1).unwrap_or_default();
        for other in screens.iter().filter(|screen| **screen != own) {
            assert!(!source.code.contains(&format!("screens::{other}")), "{} names {other}", source.path);
        }
    }
}

#[test]
fn each_door_has_one_namer() {
    for source in sources() {
        let place = top(&source.path).to_owned();
        let view = source.path.ends_with("view.rs")
            || ["app/overlay.rs", "app/confirm.rs"].contains(&source.path.as_str())
            || source.path == "screens/parts.rs";
        for line in code_lines(&source.code) {
            let sdk = line.contains("aws_sdk_") || line.contains("aws_smithy_") || line.contains("aws_config");
            // The frames of an event stream are the protocol, which the sandbox speaks too.
            let frames = source.path == "sandbox/wire/live_tail.rs" && line.contains("event");
            assert!(!sdk || place == "aws" || frames, "the SDK is named in {}: {line}", source.path);
            assert!(
                !line.contains("crossterm::") || place == "runtime",
                "crossterm is named in {}: {line}",
                source.path
            );
            let ratatui = line.contains("ratatui::") || line.contains("ratatui_textarea");
            assert!(
                !ratatui || place == "ui" || view || source.path == "runtime/terminal.rs",
                "ratatui is named in {}: {line}",
                source.path
            );
        }
    }
}

#[test]
fn async_stays_in_the_shell() {
    let shell = ["runtime", "aws", "headless", "sandbox", "lib.rs", "main.rs"];
    for source in sources() {
        let inside = shell.contains(&top(&source.path));
        for line in code_lines(&source.code) {
            let asynchronous = line.contains(".await") || line.contains("tokio::") || line.contains("async fn");
            assert!(inside || !asynchronous, "{}: {line}", source.path);
            let spawns = line.contains("tokio::spawn") || line.contains("thread::spawn");
            assert!(!spawns || ["runtime", "sandbox"].contains(&top(&source.path)), "{} spawns: {line}", source.path);
        }
    }
}

#[test]
fn the_core_asks_no_clock() {
    for source in sources() {
        if ["app", "screens", "ui", "flow", "analysis", "domain"].contains(&top(&source.path)) {
            for clock in ["Utc::now", "Instant::now", "SystemTime::now", "Local::now"] {
                assert!(!source.code.contains(clock), "{} asks {clock}", source.path);
            }
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_is_not_too_long() {
    for source in sources() {
        assert!(source.text.starts_with("//! "), "{} has no //! sentence", source.path);
        let lines = code_lines(&source.code).filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines of code", source.path);
    }
}

#[test]
fn functions_fit_a_screen() {
    for source in sources() {
        let mut start: Option<(usize, usize, String)> = None;
        for (number, line) in source.code.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let words = line.trim_start();
            let opens = words.starts_with("fn ")
                || (words.contains(" fn ") && !words.starts_with("//") && !words.starts_with('"'));
            if opens && !line.ends_with(';') && !line.ends_with('}') {
                start = Some((number, indent, words.to_owned()));
            }
            if let Some((first, at, name)) = &start
                && line.starts_with(&format!("{}}}", " ".repeat(*at)))
            {
                let length = number - first + 1;
                assert!(length <= MOST_FUNCTION_LINES, "{}: {name} has {length} lines", source.path);
                start = None;
            }
        }
    }
}

#[test]
fn nothing_is_unfinished() {
    for source in sources() {
        for mark in ["todo!(", "unimplemented!(", "FIXME", "dbg!("] {
            assert!(!source.text.contains(mark), "{} has {mark}", source.path);
        }
    }
}

/// The README's key table, as the command table gives it. `UPDATE_README=1 cargo test` writes it.
#[test]
fn the_readmes_keys_are_the_tables() {
    let mut table = String::new();
    for scope in Scope::ALL {
        table += &format!("\n**{}**\n\n| key | does |\n|---|---|\n", scope.title());
        for entry in TABLE.iter().filter(|entry| entry.scope == scope) {
            let keys: Vec<String> = entry.keys.iter().map(|key| format!("`{key}`")).collect();
            table += &format!("| {} | {} |\n", keys.join(" "), entry.help);
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).expect("a README");
    let (begin, end) = ("<!-- keys: generated from src/flow/command.rs -->\n", "\n<!-- end of keys -->");
    let (head, rest) = readme.split_once(begin).expect("the table's beginning");
    let (old, tail) = rest.split_once(end).expect("the table's end");
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(&path, format!("{head}{begin}{table}{end}{tail}")).expect("written");
    } else {
        assert_eq!(old, table, "run UPDATE_README=1 cargo test to bring the README up to date");
    }
}
