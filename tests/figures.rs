//! Figures and texts: whole or visibly cut, of what they seem to be of, with a place where not everything is on the screen.

use crate::golden::morning;
use crate::support::World;
use crate::support::story::Story;
use crate::triage::night;
use gluedeck_tui::ui::Look;
use gluedeck_tui::ui::{Depth, Glyphs, Role, Row, Theme};

fn open(story: &mut Story, workflow: &str) {
    story.press("/");
    story.types(&format!("{workflow}\n"));
}

/// A run's id is whole at 80 columns, and what has no room is told.
#[test]
fn ids_are_whole_and_missing_lines_are_told_at_80_columns() {
    let mut story = morning(World::shared_morning());
    open(&mut story, "User Workflow");
    story.press("enter");
    story.resize(80, 24);
    let workflow = story.model.context.pipelines().iter().find(|w| w.id.as_str() == "User Workflow").expect("it");
    let steps = workflow.last_run.as_ref().and_then(|run| run.steps.as_ref()).expect("steps");
    let failed = steps.iter().find_map(|step| step.last().filter(|attempt| attempt.state.is_failure())).expect("one");
    let id = failed.id.as_ref().expect("an id").to_string();
    assert_eq!(id.len(), 67);
    story.sees(&id);
    story.sees("more lines: d describes it in full");
}

/// On no wider terminal is WHY cut more than at 140 columns.
#[test]
fn a_wider_terminal_does_not_cut_why_more() {
    let mut story = morning(World::shared_morning());
    let mut widest = 0;
    for width in (140..=260).step_by(4) {
        story.resize(width, 44);
        let screen = story.screen();
        let heading = screen.lines().find(|line| line.contains("WORKFLOW")).expect("a heading").to_owned();
        let why = heading.chars().take(heading.find("WHY").map_or(0, |at| heading[..at].chars().count())).count();
        let row = screen.lines().find(|line| line.contains("User  ")).expect("a row").to_owned();
        let text: String = row.chars().skip(why).take(62).collect();
        let shown = text.trim_end().split("  ").next().unwrap_or_default().chars().count();
        assert!(shown >= widest || shown >= 60, "{width}: {shown} cells, {widest} before: {text}");
        if widest == 0 {
            widest = shown;
        }
    }
    assert!(widest > 38, "it was seen");
}

/// A run that took far longer than usual says so when it has succeeded too.
#[test]
fn a_success_that_took_too_long_has_a_reason() {
    let mut story = morning(World::shared_morning());
    open(&mut story, "MachineTransaction");
    story.sees("took 35m06s (usually 22m21s), silver +11m16s");
}

/// A find counts its matches, not the lines.
#[test]
fn a_find_counts_its_matches_as_one_types_and_esc_takes_it_back() {
    let mut story = morning(World::shared_morning());
    open(&mut story, "User Workflow");
    story.press("l");
    story.wait(2_000);
    let before = story.screen();
    story.press("ctrl-f");
    story.types("is empty");
    story.sees("match 1 of 2");
    story.press("esc");
    assert_eq!(story.screen(), before, "as it was");
    story.press("/");
    story.types("VIOLATED");
    story.sees("1 of 71 entries");
    story.misses("check filled email");
    story.press("esc");
    story.sees("check filled email");
    story.press("/");
    story.types("(");
    story.sees("check filled email");
    story.press("esc ctrl-f");
    story.types("is empty\n");
    story.press("n");
    story.sees("match 2 of 2");
    story.press("N");
    story.sees("match 1 of 2");
}

/// What is unfolded at the bottom edge comes into sight.
#[test]
fn a_traceback_that_is_unfolded_at_the_bottom_is_seen() {
    let mut story = morning(World::shared_morning());
    open(&mut story, "User Workflow");
    story.press("l");
    story.wait(2_000);
    story.press("g");
    for _ in 0..80 {
        if story.screen().lines().rev().nth(3).is_some_and(|last| last.contains("DataQualityError")) {
            break;
        }
        story.press("j");
    }
    story.misses("Traceback (most recent call last)");
    story.press("e enter");
    story.sees("Traceback (most recent call last)");
}

/// Where several start in one second, it is said how many would fail, and that their order is not known.
#[test]
fn a_forecast_does_not_name_what_it_cannot_know() {
    let mut story = morning(World::shared_morning());
    story.press("6");
    story.until("over minimum");
    story
        .sees("2 of 21 starting in the same second over the limit, order unknown (by name: Reservation, Subscription)");
}

/// One key staggers what failed for capacity; the schedules are one key further.
#[test]
fn what_failed_for_capacity_is_staggered_by_one_key() {
    let mut story = morning(World::shared_morning());
    story.press("/");
    story.types("capacity\n");
    story.press("esc g");
    story.sees("S staggers the 2 that failed for capacity");
    story.press("S");
    story.until("start now, staggered");
    story.sees("2 workflows · start now, staggered");
    story.press("tab");
    story.until("21 workflows · schedules");
}

/// A start that has been carried out is still told of when nothing is left to start.
#[test]
fn a_finished_stagger_shows_what_came_of_it() {
    let mut story = morning(night("night"));
    story.press("6 tab");
    story.until("3 workflows failed");
    story.wait(400);
    story.press("G space");
    story.until("2 workflows failed");
    story.wait(400);
    story.press("enter");
    story.wait(500);
    story.press("tab enter");
    for _ in 0..200 {
        story.wait(5_000);
        let at = story.model.context.now() + chrono::TimeDelta::minutes(2);
        story.world.advance_to(&at.format("%H:%M:%S").to_string());
        if story.screen().contains("2 succeeded") {
            break;
        }
    }
    story.sees("2 succeeded");
    story.press("+");
    story.until("nothing to start");
    story.sees("2 succeeded");
    story.sees("✔ Refund                       succeeded");
}

/// Every list that is longer than the screen says where one is.
#[test]
fn a_list_that_is_longer_than_the_screen_says_where_one_is() {
    let mut story = morning(World::shared_morning());
    story.resize(80, 24);
    story.sees(" of 22 ─");
    story.press("G");
    story.sees("-22 of 22");
    story.press("2");
    story.sees("1-");
    story.sees(" of 21 ─");
    story.press("5");
    story.until("latest nights read");
    story.sees(" of 22 ─");
    story.press("6");
    story.until("over minimum");
    story.sees(" of 22 ─");
    story.press("?");
    story.sees("1-20 of ");
    story.press("esc 1 /");
    story.types("User Workflow\n");
    story.press("l");
    story.wait(2_000);
    story.sees(" of 7");
    story.press("4 c");
    story.wait(2_000);
    story.press("1 g enter");
    story.resize(80, 16);
    story.sees("step ");
}

/// A row that has left something out ends with a sign.
#[test]
fn a_row_without_room_for_its_end_says_so() {
    let look =
        Look { theme: Theme::named("dark", Depth::True).expect("dark"), glyphs: Glyphs::Unicode, depth: Depth::True };
    let line =
        |width: usize| Row::new(&look, width).text(Role::Text, "silver").text(Role::Dim, " failed").line().to_string();
    assert_eq!(line(13), "silver failed");
    assert_eq!(line(9), "silver f…");
    assert_eq!(line(6), "silve…");
}

/// The graph: a visible selection that moves, what failed in the middle, its error below, for any shape.
#[test]
fn the_graph_shows_what_failed_and_moves_with_the_keys() {
    let mut story = morning(World::shared_morning());
    open(&mut story, "User Workflow");
    story.press("enter v");
    story.resize(80, 24);
    story.sees("✖ DynamoDB User Silver DQ");
    story.sees("FAILED  1m18s (usually 1m14s)");
    story.sees("silver SUCCEEDED · Run DQ Job DynamoDB User Silver");
    story.sees("phone_number is empty in 31 of 1204 rows");
    story.sees("step 5 of 7");
    story.misses("DynamoDB User Bronze Crawler");
    story.press("g");
    story.sees("step 1 of 7");
    story.sees("DynamoDB User Bronze Crawler");
    story.press("j j j j");
    story.sees("step 5 of 7");
    story.press("enter");
    story.wait(2_000);
    story.sees("DynamoDB User Silver DQ");
    story.sees("ENDED");
}

/// At 80 columns the line of keys begins with what the selected row needs.
#[test]
fn the_keys_that_fit_the_row_come_first() {
    let mut story = morning(World::shared_morning());
    story.resize(80, 24);
    let keys = |story: &mut Story| story.screen().lines().last().expect("a line").to_owned();
    open(&mut story, "User Workflow");
    assert!(keys(&mut story).starts_with(" r rerun   l logs"), "{}", keys(&mut story));
    story.press("esc");
    open(&mut story, "Account Workflow");
    assert!(keys(&mut story).starts_with(" enter open"), "{}", keys(&mut story));
    let mut story = Story::new(World::at("03:02:00"), (80, 24));
    story.wait(3_000);
    story.press("G k k k k");
    assert!(keys(&mut story).starts_with(" l logs"), "{}", keys(&mut story));
    assert!(keys(&mut story).contains("x stop"), "{}", keys(&mut story));
}
