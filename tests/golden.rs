//! Golden screens: every screen and every overlay, small and large, as text that was looked at. After a change on purpose:
//! `INSTA_UPDATE=always cargo test --test house golden`, and look at what has changed.

use crate::support::World;
use crate::support::story::Story;
use crate::triage::{night, slack};
use gluedeck_tui::app::{Environments, draw_environments};
use gluedeck_tui::flow::{Key, Msg};
use gluedeck_tui::ui::Glyphs;
use gluedeck_tui::ui::svg;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use regex::Regex;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 44)];

/// Compares the screen in both sizes.
fn golden(story: &mut Story, name: &str) {
    golden_but(story, name, &[]);
}

/// Compares the screen in both sizes, but for what the patterns find.
fn golden_but(story: &mut Story, name: &str, patterns: &[(&str, &str)]) {
    for (width, height) in SIZES {
        story.terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        story.send(Msg::Resize { width, height });
        let screen = patterns.iter().fold(masked(&story.screen()), |screen, (pattern, with)| {
            Regex::new(pattern).expect("a valid pattern").replace_all(&screen, *with).into_owned()
        });
        compare(&format!("{name}-{width}x{height}"), &screen);
        // With `--ascii`, or in a locale that has nothing else, no cell has more.
        story.model.look.glyphs = Glyphs::Ascii;
        let ascii = story.screen();
        story.model.look.glyphs = Glyphs::Unicode;
        let other = ascii.lines().find(|line| !line.is_ascii());
        assert_eq!(other, None, "{name} {width}x{height}");
    }
}

fn compare(name: &str, screen: &str) {
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, screen);
    });
}

/// What differs from run to run: how long the sandbox has taken, and the address of its port.
fn masked(screen: &str) -> String {
    let patterns = [
        (r"\d+(\.\d+)? (ms|s)\b( ago)?", "<time>"),
        (r"127\.0\.0\.1:\d+", "<address>"),
        (r"\d+ calls sent", "<n> calls sent"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<query id>"),
    ];
    let replaced = |text: &str, pattern: &str, with: &str| {
        Regex::new(pattern).expect("a valid pattern").replace_all(text, with).into_owned()
    };
    let text = patterns.iter().fold(screen.to_owned(), |text, (pattern, with)| replaced(&text, pattern, with));
    // In a zone of its own the header has the local time too.
    let (header, rest) = text.split_once('\n').expect("lines");
    let header = replaced(&replaced(header, r" \d\d:\d\d [+-]\d\d:\d\d", ""), " {2,}", "  ");
    // An age of two digits moves what stands before it.
    let header = header.replace("● <", "●  <");
    format!("{header}\n{rest}")
}

/// A console on the morning after, that has read everything about the night.
pub(crate) fn morning(world: World) -> Story {
    let mut story = Story::new(world, SIZES[1]);
    while story.model.context.history.len() < story.model.context.pipelines().len()
        || story.model.context.pipelines().is_empty()
    {
        story.wait(300);
    }
    story.wait(10_000);
    story
}

#[test]
fn the_board_and_what_lies_over_it() {
    let mut story = morning(World::shared_morning());
    golden(&mut story, "board");
    for (keys, name) in
        [("?", "help"), ("T", "themes"), (":", "palette"), ("e", "why"), ("d", "describe"), ("r", "confirm")]
    {
        story.press(keys);
        story.wait(300);
        golden(&mut story, name);
        story.press("esc");
    }
    story.press("/");
    story.types("took>5m");
    golden(&mut story, "board-filter");
    story.press("esc space j space");
    golden(&mut story, "board-marks");
}

/// What differs from the pipeline's file: nothing is configured, a list with marks in the rows, a file that is not there.
#[test]
fn drift_from_the_file() {
    let mut story = morning(World::shared_morning());
    story.press("=");
    golden(&mut story, "drift-none");
    story.press("esc");
    story.model.context.session.pipeline_file = Some("examples/pipeline.json".into());
    story.press("ctrl-r");
    story.until("≠ 1 drift");
    golden(&mut story, "board-drift");
    story.press("=");
    let age = (r"read \d+s ago *│", "read <age> ago │");
    golden_but(&mut story, "drift", &[age]);
    story.model.context.session.pipeline_file = Some("examples/nothing.json".into());
    story.press("esc ctrl-r");
    story.wait(1_000);
    story.press("=");
    story.sees("cannot read examples/nothing.json");
    golden_but(&mut story, "drift-fault", &[age]);
}

/// What is asked before one leaves, and what has been changed.
#[test]
fn changes_that_wait_and_the_journal() {
    let mut story = morning(night("night"));
    story.press("space j space r");
    story.wait(500);
    story.press("tab");
    let first = story.holds("enter");
    story.press("q");
    golden(&mut story, "quit");
    story.press("esc");
    story.goes_on(first);
    // What is observed has the sandbox's time.
    story.press("7 z");
    let by_this_machine = (r"(\d+ \w{3} )?\d\d:\d\d:\d\d +(rerun|ResumeWorkflowRun)", "<when> $2");
    golden_but(&mut story, "activity-changes", &[by_this_machine]);
}

#[test]
fn several_environments() {
    let (mut dev, mut prod) = (morning(night("night")), morning(night("night")));
    dev.model.context.session.environment = "dev".into();
    prod.model.context.session.environment = "prod".into();
    prod.model.context.session.production = Some(true);
    let mut environments = Environments::new(vec![dev.model, prod.model], 0);
    for (keys, name) in [("E", "environments"), ("esc A", "board-everywhere")] {
        for key in keys.split(' ') {
            environments.update(Msg::Key(Key::parse(key).expect("a key")));
        }
        for (width, height) in SIZES {
            environments.update(Msg::Resize { width, height });
            let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
            terminal.draw(|frame| draw_environments(frame, &environments)).expect("a frame");
            compare(&format!("{name}-{width}x{height}"), &masked(&svg::text(terminal.backend().buffer())));
        }
    }
}

#[test]
fn an_empty_account_and_one_that_cannot_be_read() {
    let world = World::new();
    world.set_faults(
        r#"[{"service": "glue", "error": "AccessDeniedException", "message": "not authorized to perform: glue"}]"#,
    );
    let mut story = Story::new(world, SIZES[1]);
    story.wait(2_000);
    golden(&mut story, "denied");
    story.press("!");
    golden(&mut story, "errors");
}

#[test]
fn a_workflow_its_runs_and_its_graph() {
    let mut story = morning(World::shared_morning());
    story.press("/");
    story.types("User Workflow\n");
    story.press("enter");
    golden(&mut story, "workflow");
    story.press("tab");
    golden(&mut story, "workflow-runs");
    story.press("p");
    story.wait(1_000);
    golden(&mut story, "properties");
    story.press("esc");
    story.press("tab c");
    golden(&mut story, "workflow-compare");
    story.press("esc v");
    golden(&mut story, "workflow-graph");
}

#[test]
fn a_log() {
    let mut story = morning(World::shared_morning());
    golden_log_empty(&mut story);
    story.press("1 /");
    story.types("User Workflow\n");
    story.press("l");
    story.wait(2_000);
    golden(&mut story, "logs");
    story.press("S");
    golden(&mut story, "logs-streams");
    story.press("esc ctrl-f");
    story.types("empty");
    golden(&mut story, "logs-find");
}

fn golden_log_empty(story: &mut Story) {
    story.press("3");
    golden(story, "logs-none");
}

#[test]
fn athena() {
    let mut story = morning(World::shared_morning());
    story.press("4");
    golden(&mut story, "athena-empty");
    story.press("i");
    story.types("select status, count(*) as n\n  from tumble_analytics_gold.\"order\"\n group by 1 order by 1");
    golden(&mut story, "athena-editor");
    story.press("ctrl-r");
    story.until("SUCCEEDED");
    golden(&mut story, "athena-rows");
    story.press("esc");
    for (keys, name) in [
        ("enter", "athena-record"),
        ("C", "athena-chart"),
        ("b", "athena-statistics"),
        ("d", "athena-databases"),
        ("w", "athena-workgroups"),
        ("L", "athena-library"),
    ] {
        story.press(keys);
        story.wait(1_000);
        golden(&mut story, name);
        story.press("esc");
    }
    story.press("H");
    // When it was sent, by this machine's clock.
    golden_but(&mut story, "athena-history", &[(r" +\d+ \w{3} \d\d:\d\d:\d\d +<time>", " <when>  <time>")]);
    story.press("esc c");
    story.wait(2_000);
    golden(&mut story, "athena-catalog");
}

#[test]
fn a_query_of_somebody_else() {
    let world = night("night");
    world.set_faults(r#"[{"service": "athena", "operation": "RunQuery", "latency_ms": 600000}]"#);
    let mut story = morning(world);
    story.press("4");
    story.start_query_elsewhere("select 'of somebody else' as s");
    story.press("H H");
    story.until("of somebody else");
    story.press("enter");
    story.until("RUNNING");
    story.press("x");
    story.sees("Not started from here");
    golden(&mut story, "stop-query");
}

#[test]
fn the_other_screens() {
    let mut story = morning(World::shared_morning());
    story.press("2");
    golden(&mut story, "timeline");
    story.press("5");
    story.until("checks read");
    story.until("latest nights read");
    golden(&mut story, "quality");
    story.press("enter");
    golden(&mut story, "quality-checks");
    story.press("esc 6");
    story.wait(2_000);
    golden(&mut story, "stagger");
    story.press("7");
    golden(&mut story, "activity");
    story.press("8");
    golden(&mut story, "triage");
    let line = slack(&story.world).into_iter().find(|line| line.contains("User Silver DQ")).expect("an alert");
    story.send(Msg::Paste(line));
    story.until("loaded in");
    golden(&mut story, "triage-card");
}
