//! The README's pictures, from a sandbox at work: those of the docs have the words that the console has now.
//! `UPDATE_PICTURES=1 cargo test --test house pictures` makes them.

use crate::support::World;
use crate::support::story::Story;
use gluedeck_tui::ui::svg::svg;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn picture(story: &mut Story, name: &str) {
    // Whether a notice is over depends on how long this machine took.
    story.model.notice = None;
    story.screen();
    let picture = svg(story.terminal.backend().buffer(), "#101216", "#d3d7de");
    assert!(picture.contains("SANDBOX"), "a picture of the console");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(format!("{name}.svg"));
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        fs::write(&path, &picture).expect("written");
    }
    let kept = fs::read_to_string(&path).expect("the picture of the docs");
    let (now, kept) = (words(&picture), words(&kept));
    let differ: Vec<_> = now.symmetric_difference(&kept).collect();
    assert!(differ.is_empty(), "docs/{name}.svg is not of this console: {differ:?}; UPDATE_PICTURES=1 makes it again");
}

/// The words of a picture. Numbers differ from run to run: how long this machine took, and its port.
fn words(picture: &str) -> BTreeSet<String> {
    let text = regex::Regex::new(r"<text[^>]*>([^<]*)</text>").expect("a pattern");
    let texts = text.captures_iter(picture).map(|found| found[1].to_owned()).collect::<Vec<_>>().join(" ");
    let words = texts.split_whitespace().filter(|word| !word.chars().any(|letter| letter.is_ascii_digit()));
    words.filter(|word| word.chars().filter(|letter| letter.is_alphabetic()).count() > 2).map(str::to_owned).collect()
}

#[test]
fn pictures_of_the_night() {
    let mut story = Story::new(World::new(), (140, 34));
    story.world.advance_to("03:09:20");
    for _ in 0..30 {
        story.wait(700);
    }
    story.sees("running");
    picture(&mut story, "board");
    story.press("/");
    story.types("User Workflow\n");
    story.press("enter");
    picture(&mut story, "workflow");
    story.press("v");
    for (name, (width, height)) in [("graph-80x24", (80, 24)), ("graph", (140, 34))] {
        story.resize(width, height);
        picture(&mut story, name);
    }
    story.press("v");
    story.press("l");
    story.wait(2_000);
    picture(&mut story, "log");
    story.press("esc esc esc r");
    picture(&mut story, "rerun");
    story.press("esc 4");
    for (name, (width, height)) in [("athena-start-80x24", (80, 24)), ("athena-start", (140, 34))] {
        story.resize(width, height);
        story.until("TONIGHT");
        picture(&mut story, name);
    }
    story.press("i");
    let day: chrono::NaiveDate = story.world.day().parse().expect("a date");
    let before = day.pred_opt().expect("a date");
    story.types("select status, count(*) as n, sum(amount) / 100.0 as revenue\n");
    story.types("  from tumble_analytics_silver.machine_transaction\n");
    story.types(&format!(" where as_of_date = date '{before}'\n group by 1 order by 2 desc"));
    story.press("ctrl-r");
    for _ in 0..100 {
        story.wait(300);
        if story.screen().contains("SUCCEEDED") {
            break;
        }
    }
    story.sees("SUCCEEDED");
    picture(&mut story, "athena");
}

#[test]
fn pictures_of_the_morning_after() {
    let mut story = Story::new(crate::triage::night("night"), (140, 34));
    while story.model.context.history.len() < 22 {
        story.wait(300);
    }
    let line = crate::triage::slack(&story.world).into_iter().find(|line| line.contains("User Silver DQ"));
    story.send(gluedeck_tui::flow::Msg::Paste(line.expect("the alert")));
    story.until("loaded in");
    picture(&mut story, "triage");
    story.press("5");
    story.until("checks read");
    story.until("latest nights read");
    picture(&mut story, "quality");
}

#[test]
fn pictures_of_an_account_without_workflows() {
    let mut story = Story::new(World::scenario("jobs-only"), (140, 24));
    while story.model.context.history.len() < 6 {
        story.wait(300);
    }
    picture(&mut story, "jobs");
    story.resize(140, 34);
    story.press(":");
    story.types("open marketing attribution\n");
    story.until("off: each run reads everything");
    picture(&mut story, "job");
    story.resize(80, 24);
    picture(&mut story, "job-80x24");
}

#[test]
fn a_picture_of_a_stagger() {
    let mut story = Story::new(World::scenario("quota"), (140, 44));
    story.world.advance_to("05:00:00");
    for _ in 0..60 {
        story.wait(700);
    }
    story.press("6");
    story.wait(400);
    story.sees("over minimum");
    story.press("down down down");
    picture(&mut story, "stagger");
}

/// The night that ran with other workers than the file has.
#[test]
fn a_picture_of_drift() {
    let mut story = Story::new(World::scenario("quota"), (140, 34));
    story.world.advance_to("05:00:00");
    for _ in 0..60 {
        story.wait(700);
    }
    story.model.context.session.pipeline_file = Some("examples/pipeline.json".into());
    story.press("ctrl-r");
    story.until("drift");
    for _ in 0..20 {
        story.wait(700);
    }
    story.press("=");
    picture(&mut story, "drift");
}
