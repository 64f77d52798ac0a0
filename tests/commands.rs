//! Every command does something: its key changes what is on the screen, or asks for something, where the command is of.

use crate::golden::morning;
use crate::support::story::Story;
use crate::triage::{night, slack};
use gluedeck_tui::flow::command::{Entry, Scope, entries};
use gluedeck_tui::flow::{Effect, Msg};

/// What is pressed before a command that has nothing to do where its screen opens, by the command's name.
const BEFORE: &[(&str, &str)] = &[
    ("pan-left", "+ + l l"),
    ("pan-right", "+ + h h"),
    ("fit", "+ +"),
    ("first-error", "G"),
    ("left", "l"),
    ("carry-left", "l"),
    ("close-node", "l"),
    ("open-only", "esc"),
    ("pipelines", "2"),
    ("back", "2"),
    ("top", "G"),
    ("down", "g"),
    ("page-down", "g"),
];

/// Goes where a scope's commands are.
fn go(story: &mut Story, scope: Scope) {
    story.press("esc esc esc esc esc 1");
    match scope {
        Scope::Global | Scope::Board => {}
        Scope::Workflow => {
            story.press("/");
            story.types("User Workflow\n");
            story.press("enter");
        }
        Scope::Job => {
            go(story, Scope::Workflow);
            story.press("i");
            story.until("run 1 of the last");
        }
        Scope::Timeline => story.press("2"),
        Scope::Logs => {
            story.press("/");
            story.types("User Workflow\n");
            story.press("l");
            story.until("ENDED");
        }
        Scope::Athena | Scope::Editor if story.model.screens.athena.tab().rows().is_some() => {
            story.press(if scope == Scope::Editor { "4 i" } else { "4" });
        }
        Scope::Athena | Scope::Editor => {
            story.press("4 t");
            story.types("select status, count(*) as n from tumble_analytics_gold.\"order\" group by 1 order by 1");
            story.press("ctrl-r");
            story.until("SUCCEEDED");
            go(story, scope);
        }
        Scope::Catalog => {
            story.press("4 c");
            story.wait(300);
        }
        Scope::Quality => {
            story.press("5");
            story.until("latest nights read");
        }
        Scope::Stagger => {
            story.press("6");
            story.until("over minimum");
        }
        Scope::Activity => story.press("7"),
        Scope::Triage => {
            let line = slack(&story.world).into_iter().find(|line| line.contains("User Silver DQ"));
            story.send(Msg::Paste(line.expect("an alert")));
            story.until("loaded in");
        }
    }
}

/// Whether a command's key changes the screen, or asks for something.
fn does_something(story: &mut Story, entry: &Entry) -> bool {
    if let Some((_, keys)) = BEFORE.iter().find(|(name, _)| *name == entry.name) {
        story.press(keys);
    }
    // What was said of the command before would hide what this one says.
    story.model.notice = None;
    story.screen();
    let before = story.terminal.backend().buffer().clone();
    let mut effects: Vec<Effect> = entry.keys.first().map(|key| story.holds(key)).unwrap_or_default();
    story.screen();
    let changed = !effects.is_empty() || *story.terminal.backend().buffer() != before;
    effects.retain(|effect| !matches!(effect, Effect::Quit(_)));
    story.goes_on(effects);
    changed
}

#[test]
fn every_command_does_something() {
    let mut story = morning(night("night"));
    let mut silent = Vec::new();
    for entry in entries() {
        let scope = if entry.scope == Scope::Global { Scope::Board } else { entry.scope };
        go(&mut story, scope);
        if !does_something(&mut story, entry) {
            eprintln!("{} does nothing on\n{}", entry.name, story.screen());
            silent.push(format!("{:?} {}", entry.scope, entry.name));
        }
    }
    assert!(silent.is_empty(), "these do nothing and say nothing: {silent:?}");
}
