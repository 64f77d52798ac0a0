//! The pages in `docs/`: what is generated is what the program has, and every link leads somewhere.
//! `UPDATE_DOCS=1 cargo test --test house docs` writes the generated parts.

use clap::{Arg, Command, CommandFactory};
use gluedeck::cli::Cli;
use gluedeck::config;
use gluedeck_aws::probe::{ACTIONS, NOT_PROBED};
use gluedeck_tui::flow::Scope;
use gluedeck_tui::flow::command::{self, entries};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares the generated part of a page with what it should be, or writes it.
fn check_generated(page: &str, expected: &str) {
    const BEGIN: &str = "<!-- generated -->\n";
    const END: &str = "<!-- end of generated -->";
    let path = root().join(page);
    let text = fs::read_to_string(&path).expect(page);
    let (head, rest) = text.split_once(BEGIN).expect("the beginning of the generated part");
    let (found, tail) = rest.split_once(END).expect("the end of the generated part");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{head}{BEGIN}{expected}{END}{tail}")).expect("written");
    } else {
        assert_eq!(found, expected, "{page} is out of date: run UPDATE_DOCS=1 cargo test --test house docs");
    }
}

#[test]
fn the_page_of_keys_is_the_command_table() {
    let mut page = String::new();
    for &scope in Scope::ALL {
        writeln!(page, "\n## {}\n\n| key | name | what it does |\n|---|---|---|", scope.title()).expect("text");
        for entry in entries().filter(|entry| entry.scope == scope) {
            let keys: Vec<String> = entry.keys.iter().map(|key| format!("`{key}`")).collect();
            writeln!(page, "| {} | {} | {} |", keys.join(" "), entry.name, entry.help).expect("text");
        }
    }
    page.push('\n');
    check_generated("docs/keys.md", &page);
}

#[test]
fn the_page_of_commands_is_the_command_line() {
    let mut program = Cli::command();
    program.build();
    let mut page = String::new();
    describe(&program, &mut page);
    check_generated("docs/commands.md", &page);
}

/// What a function answers to its first proof, by its name (`crates/gluedeck-sql/tests/functions/`).
fn first_proofs() -> BTreeMap<String, (String, String)> {
    let mut proofs = BTreeMap::new();
    for file in fs::read_dir(root().join("crates/gluedeck-sql/tests/functions")).expect("the proofs") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("text");
        for (name, function) in text.parse::<toml::Table>().expect("TOML") {
            let first = function["proofs"][0].as_array().expect("a proof").clone();
            let text = |place: usize| first[place].as_str().expect("text").to_owned();
            proofs.insert(name, (text(0), text(1)));
        }
    }
    proofs
}

#[test]
fn the_page_of_functions_is_the_registry() {
    let functions = gluedeck_core::analysis::sql::functions::all();
    let proofs = first_proofs();
    let code = |text: &str| format!("`` {} ``", text.replace('|', "\\|").replace('\n', " "));
    let groups: BTreeSet<&str> = functions.iter().map(|function| function.group).collect();
    let mut page = String::new();
    for group in groups {
        write!(page, "\n## {group}\n\n| function | done | what it does | query | answer |\n|---|---|---|---|---|\n")
            .expect("text");
        for function in functions.iter().filter(|function| function.group == group) {
            let (query, answer) = &proofs[function.name];
            let done = gluedeck_sql::is_done(function.name) == Some(true);
            let (done, answer) = if done { ("yes", code(answer)) } else { ("no", "refused".to_owned()) };
            let about = function.about.replace('|', "\\|");
            writeln!(page, "| `{}` | {done} | {about} | {} | {answer} |", function.name, code(query)).expect("text");
        }
    }
    page.push('\n');
    check_generated("docs/functions.md", &page);
}

/// A section for a command, then those of its subcommands.
fn describe(command: &Command, page: &mut String) {
    if command.get_subcommands().next().is_none() || command.get_name() == "gluedeck" {
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").replace("\n       ", "\n");
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let name = command.get_bin_name().unwrap_or(command.get_name());
        write!(page, "\n## {name}\n\n{about}.\n\n```text\n{usage}\n```\n").expect("text");
        let own = |arg: &&Arg| (!arg.is_global_set() || name == "gluedeck") && !arg.is_hide_set() && !is_builtin(arg);
        let rows: String = command.get_arguments().filter(own).map(row).collect();
        if !rows.is_empty() {
            write!(page, "\n| argument | |\n|---|---|\n{rows}").expect("text");
        }
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        describe(below, page);
    }
    if command.get_name() == "gluedeck" {
        page.push('\n');
    }
}

fn is_builtin(arg: &Arg) -> bool {
    ["help", "version"].contains(&arg.get_id().as_str())
}

fn row(arg: &Arg) -> String {
    let value = arg.get_value_names().filter(|_| arg.get_action().takes_values()).map(|names| names.join(" "));
    let call = match (arg.get_long(), value) {
        (Some(long), Some(value)) => format!("--{long} {value}"),
        (Some(long), None) => format!("--{long}"),
        (None, value) => value.unwrap_or_else(|| arg.get_id().to_string()),
    };
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let values: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let values = if values.is_empty() || !arg.get_action().takes_values() {
        String::new()
    } else {
        format!(": {}", values.join(", "))
    };
    let default = match arg.get_default_values() {
        [value] if arg.get_action().takes_values() => format!(" (default {})", value.to_string_lossy()),
        _ => String::new(),
    };
    format!("| `{}` | {help}{values}{default} |\n", call.replace('|', "\\|"))
}

#[test]
fn the_readme_has_the_key_of_every_screen() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let screens = entries().filter(|entry| matches!(entry.command, command::Command::Go(_)));
    let mut seen = 0;
    for entry in screens {
        let key = entry.keys.first().expect("a key");
        assert!(readme.contains(&format!("| `{key}` |")), "the README has no `{key}` for {}", entry.name);
        seen += 1;
    }
    assert!(seen >= 8);
}

#[test]
fn the_policies_have_every_action() {
    let page = fs::read_to_string(root().join("docs/iam.md")).expect("a page");
    let policies: Vec<&str> = page.split("```json").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(policies.len(), 3);
    let mut allowed = BTreeSet::new();
    for policy in policies {
        let policy: serde_json::Value = serde_json::from_str(policy).expect("a policy in JSON");
        for statement in policy["Statement"].as_array().expect("statements") {
            let actions = statement["Action"].as_array().expect("actions");
            allowed.extend(actions.iter().map(|action| action.as_str().expect("an action").to_owned()));
        }
    }
    let probed = ACTIONS.iter().map(|action| action.name);
    assert_eq!(allowed, probed.chain(NOT_PROBED).map(str::to_owned).collect());
}

#[test]
fn the_example_of_the_configuration_is_taken() {
    let page = fs::read_to_string(root().join("docs/configuration.md")).expect("a page");
    let example = page.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let (read, complaints) = config::parse(example, "the example");
    assert_eq!(complaints, Vec::<String>::new());
    assert_eq!(read.environment.as_deref(), Some("prod"));
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let mut pages: Vec<PathBuf> = vec![root().join("README.md")];
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        pages.extend(Some(root().join(page)).filter(|path| path.exists()));
    }
    let docs = fs::read_dir(root().join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    let mut links = 0;
    for page in pages {
        let text = fs::read_to_string(&page).expect("a page");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            if path.starts_with("http") {
                continue;
            }
            let target = if path.is_empty() { page.clone() } else { page.parent().expect("a folder").join(path) };
            assert!(target.exists(), "{} links to {link}, which is not there", page.display());
            if !anchor.is_empty() {
                let there = fs::read_to_string(&target).expect("a page");
                let found = there.lines().filter(|line| line.starts_with('#')).any(|line| anchor_of(line) == anchor);
                assert!(found, "{} links to {link}, but there is no such heading", page.display());
            }
            links += 1;
        }
    }
    assert!(links > 20, "links are found");
}

/// The anchor that GitHub gives to a heading.
fn anchor_of(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}
