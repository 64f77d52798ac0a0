//! A monkey at the console: keys, pastes, sizes, the mouse, time, and replies that come late, in another order, or never. Nothing
//! panics, every frame can be drawn, and a session that may change nothing changes nothing.
//!
//! `GLUEDECK_MONKEY_STEPS` makes it longer, `GLUEDECK_MONKEY_SEED` does the same again.

use crate::golden::morning;
use crate::support::World;
use crate::support::story::Story;
use crate::triage::night;
use gluedeck_tui::flow::command::entries;
use gluedeck_tui::flow::{Effect, Key, Moment, Msg};
use std::time::Duration;

/// Steps where nobody says how many.
const STEPS: u64 = 10_000;
/// Frames are drawn at every so many steps, and after each change of size.
const FRAME: u64 = 25;

const PASTES: [&str; 8] = [
    "DynamoDB User Silver DQ",
    "select 1, 'ü', '\u{1f469}\u{200d}\u{1f52c}' from a where b = :c",
    "{\"detail-type\": \"Glue Job State Change\", \"detail\": {\"jobName\": \"DynamoDB User Silver DQ\", \"state\": \"FAILED\"}}",
    "\u{1b}[31m\u{1b}]0;x\u{7}\u{202e}abc\u{0}",
    "",
    "\n\n\n",
    "level:warn",
    "漢字かな交じり文と\u{301}結合",
];

/// Numbers that look random, the same for a seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }
}

fn keys() -> Vec<Key> {
    let mut names: Vec<String> = entries().flat_map(|entry| entry.keys.iter().map(|key| (*key).to_owned())).collect();
    // What ends or begins something comes more often than its share of the table.
    for more in [
        "enter",
        "enter",
        "enter",
        "esc",
        "esc",
        "tab",
        "shift-tab",
        "backspace",
        "delete",
        "space",
        "a",
        "1",
        "'",
        "ctrl-a",
    ] {
        names.extend([more.to_owned(), more.to_owned()]);
    }
    names.extend((1..=8).map(|tab| tab.to_string()));
    names.iter().map(|name| Key::parse(name).expect("a key")).collect()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn at_the_console(mut story: Story, steps: u64) -> Story {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64);
    let seed = number("GLUEDECK_MONKEY_SEED").unwrap_or(since) | 1;
    // Shown where it fails.
    eprintln!("GLUEDECK_MONKEY_SEED={seed}");
    let steps = number("GLUEDECK_MONKEY_STEPS").unwrap_or(steps);
    let (mut numbers, keys) = (Numbers(seed), keys());
    // What is asked for and not answered yet.
    let mut open: Vec<Effect> = Vec::new();
    for step in 0..steps {
        let msg = match numbers.below(100) {
            0..=1 => Msg::Paste(PASTES[numbers.below(PASTES.len())].to_owned()),
            2 => Msg::Resize { width: 1 + numbers.below(220) as u16, height: 1 + numbers.below(70) as u16 },
            3..=4 => Msg::Click { column: numbers.below(200) as u16, row: numbers.below(60) as u16 },
            5 => Msg::Wheel { down: numbers.below(2) == 0 },
            6 => {
                let moment = story.model.context.moment;
                Msg::Tick(Moment { wall: moment.wall + Duration::from_millis(700), ..moment })
            }
            7..=9 if !open.is_empty() => {
                let effect = open.swap_remove(numbers.below(open.len()));
                story.goes_on(vec![effect]);
                continue;
            }
            _ => Msg::Key(keys[numbers.below(keys.len())]),
        };
        if let Msg::Resize { width, height } = &msg {
            story.terminal.backend_mut().resize(*width, *height);
        }
        let drawn = matches!(msg, Msg::Resize { .. });
        open.extend(gluedeck_tui::app::update(&mut story.model, msg));
        // Some are never answered.
        open.truncate(40);
        if drawn || step % FRAME == 0 {
            story.screen();
        }
    }
    story.screen();
    story
}

#[test]
fn a_monkey_may_do_anything_but_change() {
    let mut story = at_the_console(Story::with(World::at("05:00:00"), (140, 40), true), STEPS);
    let calls = story.world.get("/_sandbox/calls");
    let reads = ["Get", "List", "BatchGet", "Describe", "Filter", "StartLiveTail", "StartQuery", "StopQuery"];
    for name in calls.as_object().expect("counts").keys() {
        assert!(reads.iter().any(|read| name.starts_with(read)), "{name} was called");
    }
    story.screen();
}

#[test]
fn a_monkey_that_may_change_things_breaks_nothing() {
    at_the_console(morning(night("night")), STEPS);
}
