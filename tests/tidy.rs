//! The rules of ARCHITECTURE.md as tests: what each crate may depend on, import directions, which file may name what, async only in the
//! shell, sizes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each crate may depend on of ours, and what it may not depend on of others': by the beginning of the name.
const CRATES: [(&str, &[&str], &[&str]); 9] = [
    ("gluedeck-planner", &[], &["aws-", "tokio", "futures", "axum", "ratatui", "crossterm", "datafusion", "parquet"]),
    ("gluedeck-pipeline", &[], &["aws-", "tokio", "futures", "axum", "ratatui", "crossterm", "datafusion", "parquet"]),
    (
        "gluedeck-core",
        &["gluedeck-pipeline", "gluedeck-planner"],
        &["aws-", "tokio", "futures", "axum", "ratatui", "crossterm", "datafusion", "parquet"],
    ),
    (
        "gluedeck-aws",
        &["gluedeck-core", "gluedeck-pipeline"],
        &["axum", "ratatui", "crossterm", "datafusion", "parquet"],
    ),
    (
        "gluedeck-tui",
        &["gluedeck-core", "gluedeck-pipeline"],
        &["aws-", "tokio", "futures", "axum", "crossterm", "datafusion", "parquet"],
    ),
    ("gluedeck-sql", &["gluedeck-core"], &["aws-", "tokio", "axum", "ratatui", "crossterm", "parquet"]),
    ("gluedeck-localsql", &["gluedeck-core", "gluedeck-sql"], &["aws-", "axum", "ratatui", "crossterm"]),
    ("gluedeck-sandbox", &["gluedeck-pipeline", "gluedeck-sql"], &["aws-sdk-", "aws-config", "ratatui", "crossterm"]),
    (
        "gluedeck",
        &[
            "gluedeck-core",
            "gluedeck-aws",
            "gluedeck-tui",
            "gluedeck-localsql",
            "gluedeck-pipeline",
            "gluedeck-sandbox",
        ],
        &["aws-", "axum", "datafusion", "parquet"],
    ),
];

/// What each folder may import from the rest of its crate, by crate and folder.
const MAY_IMPORT: [(&str, &[&str]); 12] = [
    ("gluedeck-core/domain", &[]),
    ("gluedeck-core/analysis", &["domain"]),
    ("gluedeck-core/request", &["analysis", "domain"]),
    ("gluedeck-tui/flow", &[]),
    ("gluedeck-tui/ui", &["flow"]),
    ("gluedeck-tui/screens", &["ui", "flow"]),
    ("gluedeck-tui/app", &["screens", "ui", "flow"]),
    ("gluedeck-aws/store", &[]),
    ("gluedeck/headless", &["export"]),
    ("gluedeck/runtime", &["export"]),
    ("gluedeck/config", &[]),
    ("gluedeck/cli", &["headless"]),
];

const MAX_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 60;

struct Source {
    /// The crate's name, and the path from its `src/` on: `gluedeck-core/domain/run.rs`.
    path: String,
    /// Without its tests.
    code: String,
    text: String,
}

impl Source {
    fn package(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// The folder, or the file without its ending, at the top of `src/`.
    fn top(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default().trim_end_matches(".rs")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of each crate, by name.
fn packages() -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(root().join("crates")).expect("crates");
    let crates = entries.map(|entry| entry.expect("an entry").path());
    let named = crates.map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), path));
    named.chain([("gluedeck".to_owned(), root().to_owned())]).collect()
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for (package, folder) in packages() {
        let source = folder.join("src");
        let mut open = vec![source.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path: PathBuf = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = fs::read_to_string(&path).expect("a file");
                    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
                    let path = path.strip_prefix(&source).expect("inside").to_string_lossy().into_owned();
                    found.push(Source { path: format!("{package}/{path}"), code, text });
                }
            }
        }
    }
    assert!(found.len() > 200, "the sources are found");
    found
}

/// Lines of code without comments.
fn code_lines(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter(|line| !line.trim_start().starts_with("//"))
}

#[test]
fn crates_depend_on_what_they_may() {
    let known: Vec<&str> = CRATES.iter().map(|(name, ..)| *name).collect();
    for (package, folder) in packages() {
        let (_, ours, never) = CRATES.iter().find(|(name, ..)| *name == package).expect(&package);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = manifest.parse().expect("TOML");
        let dependencies = manifest["dependencies"].as_table().expect("dependencies");
        for name in dependencies.keys() {
            assert!(!known.contains(&name.as_str()) || ours.contains(&name.as_str()), "{package} depends on {name}");
            assert!(!never.iter().any(|start| name.starts_with(start)), "{package} depends on {name}");
        }
    }
}

#[test]
fn imports_point_downwards() {
    for source in sources() {
        let own = format!("{}/{}", source.package(), source.top());
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(folder, _)| *folder == own) else { continue };
        for line in code_lines(&source.code) {
            for word in line.split("crate::").skip(1) {
                let name: String = word.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let elsewhere = MAY_IMPORT.iter().any(|(folder, _)| **folder == format!("{}/{name}", source.package()));
                let fine = name == source.top() || allowed.contains(&name.as_str());
                assert!(!elsewhere || fine, "{} may not import {name}: {line}", source.path);
            }
        }
    }
}

/// A line with its names cut into words: `JobRun` and `job_run` are two each.
fn words_of(line: &str) -> String {
    let mut words = String::with_capacity(line.len() + 16);
    let mut after_small = false;
    for letter in line.chars() {
        if letter.is_uppercase() && after_small {
            words.push(' ');
        }
        words.push(if letter == '_' { ' ' } else { letter });
        after_small = letter.is_lowercase() || letter.is_ascii_digit();
    }
    words
}

/// The second table of the glossary: what is not to be used, and how it is looked for.
#[test]
fn words_are_the_glossarys() {
    let read = |path: &Path| fs::read_to_string(path).expect("a file");
    let glossary = read(&root().join("docs/glossary.md"));
    let (_, table) = glossary.split_once("## Do not use").expect("the table");
    let row = regex::Regex::new(r"(?m)^\| (.+) \| (.+) \| (any|name) `(.+)` \|$").expect("a pattern");
    let folders =
        ["src", "tests", "benches", "crates", "docs", "fuzz/targets", "scripts", "packaging", ".github", ".ci"];
    let folders = folders.map(|folder| root().join(folder));
    let papers = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name));
    let mut texts: Vec<(PathBuf, String)> = papers.iter().map(|path| (path.clone(), read(path))).collect();
    let mut open = folders.to_vec();
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            match ending {
                _ if path.is_dir() => open.push(path),
                "rs" | "md" | "py" | "sh" | "yml" | "toml" if !path.ends_with("glossary.md") => {
                    texts.push((path.clone(), read(&path)))
                }
                _ => {}
            }
        }
    }
    let rows: Vec<_> = row.captures_iter(table).map(|row| row.extract().1).collect();
    // What is in a file at all is found at once; the lines are looked for where something is.
    let all = rows.iter().map(|[_, _, scope, pattern]| {
        let flags = if *scope == "any" { "i" } else { "" };
        format!("(?{flags}m-u:{})", pattern.replace(r"\|", "|"))
    });
    let all = regex::bytes::RegexSet::new(all).expect("patterns");
    let mut found = Vec::new();
    for (path, text) in &texts {
        let cut = words_of(text);
        let in_text = all.matches(text.as_bytes());
        let in_words = all.matches(cut.as_bytes());
        for (at, [words, instead, scope, pattern]) in rows.iter().enumerate() {
            let everywhere = *scope == "any";
            let looked_at = everywhere || path.extension().is_some_and(|ending| ending == "rs");
            if looked_at && (in_text.matched(at) || (everywhere && in_words.matched(at))) {
                let pattern =
                    regex::RegexBuilder::new(&pattern.replace(r"\|", "|")).case_insensitive(everywhere).build();
                let pattern = pattern.expect("a pattern");
                let is_in = |line: &str| pattern.is_match(line) || (everywhere && pattern.is_match(&words_of(line)));
                let lines = text.lines().enumerate().filter(|(_, line)| is_in(line));
                found.extend(lines.map(|(n, _)| format!("{}:{}: {words}; use {instead}", path.display(), n + 1)));
            }
        }
    }
    assert!(rows.len() > 20 && texts.len() > 300, "the table and the files are found");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn screens_do_not_name_each_other() {
    let folder = root().join("crates/gluedeck-tui/src/screens");
    let folders = fs::read_dir(folder).expect("the screens").map(|entry| entry.expect("an entry").path());
    let folders = folders.filter(|path| path.is_dir());
    let screens: Vec<String> =
        folders.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect();
    assert!(screens.len() >= 9, "{screens:?}");
    for source in sources().iter().filter(|source| source.path.starts_with("gluedeck-tui/screens/")) {
        let own = source.path.split('/').nth(2).unwrap_or_default();
        for other in screens.iter().filter(|screen| **screen != own) {
            assert!(!source.code.contains(&format!("screens::{other}")), "{} names {other}", source.path);
        }
    }
}

#[test]
fn only_their_files_name_terminal_and_sdk() {
    for source in sources() {
        let view = source.path.ends_with("view.rs")
            || ["gluedeck-tui/app/overlay.rs", "gluedeck-tui/app/confirm.rs", "gluedeck-tui/screens/parts.rs"]
                .contains(&source.path.as_str());
        let (package, top) = (source.package(), source.top());
        for line in code_lines(&source.code) {
            assert!(
                !line.contains("crossterm::") || (package, top) == ("gluedeck", "runtime"),
                "crossterm is named in {}: {line}",
                source.path
            );
            let ratatui = line.contains("ratatui::") || line.contains("ratatui_textarea");
            assert!(
                !ratatui || top == "ui" || view || source.path == "gluedeck/runtime/terminal.rs",
                "ratatui is named in {}: {line}",
                source.path
            );
        }
    }
}

#[test]
fn only_the_runtime_and_the_sandbox_spawn() {
    for source in sources() {
        for line in code_lines(&source.code) {
            let spawns = line.contains("tokio::spawn") || line.contains("thread::spawn");
            let may = source.top() == "runtime" || source.package() == "gluedeck-sandbox";
            assert!(!spawns || may, "{} spawns: {line}", source.path);
        }
    }
}

#[test]
fn the_core_asks_no_clock() {
    for source in sources() {
        if ["gluedeck-planner", "gluedeck-core", "gluedeck-tui"].contains(&source.package()) {
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
        assert!(lines <= MAX_LINES, "{} has {lines} lines of code", source.path);
    }
}

#[test]
fn functions_fit_a_screen() {
    let mut too_long = Vec::new();
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
                if length > MAX_FUNCTION_LINES {
                    too_long.push(format!("{}: {name} has {length} lines", source.path));
                }
                start = None;
            }
        }
    }
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}

#[test]
fn nothing_is_unfinished() {
    for source in sources() {
        for mark in ["todo!(", "unimplemented!(", "FIXME", "dbg!("] {
            assert!(!source.text.contains(mark), "{} has {mark}", source.path);
        }
    }
}
