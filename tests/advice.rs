//! What to do about a failure is the same wherever one asks, and what is pressed acts on what was seen.

use crate::golden::morning;
use crate::support::World;
use crate::support::story::Story;
use crate::terminal::command;
use crate::triage::{night, slack};
use gluedeck_tui::flow::Msg;
use gluedeck_tui::flow::command::{Command, Scope, entries};

/// The silver check failed: the card, the board, the workflow and the command all say to rerun the whole.
#[test]
fn a_failed_check_is_rerun_whole_wherever_one_asks() {
    let mut story = morning(night("night"));
    let says = |story: &mut Story| {
        story.sees("Rerun User Workflow");
        story.sees("Runs the whole workflow from the beginning.");
        story.sees("! First fix the data at the source.");
        story.press("esc");
    };
    story.press("/");
    story.types("User Workflow\n");
    story.press("r");
    says(&mut story);
    story.press("enter r");
    says(&mut story);
    let line = slack(&story.world).into_iter().find(|line| line.contains("User Silver DQ")).expect("an alert");
    story.send(Msg::Paste(line));
    story.until("loaded in");
    story.sees("fix the data at the source, then rerun the whole workflow");
    story.press("r");
    says(&mut story);
    let url = story.world.url();
    let plan = command(&url, &["rerun", "User"]);
    let said = String::from_utf8_lossy(&plan.stdout).into_owned();
    assert!(said.contains("Runs the whole workflow") && said.contains("fix the data at the source"), "{said}");
}

/// The first step itself failed: a resume reads the source again, and says so.
#[test]
fn a_resume_of_the_first_step_reads_the_source_again() {
    let mut story = morning(night("night"));
    story.press("/");
    story.types("Refund\n");
    story.press("r");
    story.sees("Resumes the last run from bronze");
    story.sees("The first step runs again, so its source is read again.");
    story.misses("not read again");
}

#[test]
fn a_key_that_changes_something_means_the_same_on_every_screen() {
    let scopes = [Scope::Board, Scope::Workflow, Scope::Timeline, Scope::Triage, Scope::Quality, Scope::Activity];
    let changing = [
        Command::Start,
        Command::Stop,
        Command::Rerun,
        Command::RerunWhole,
        Command::RerunFromFailed,
        Command::RunStep,
        Command::SetTriggerActivation,
        Command::Revert,
    ];
    let here = || entries().filter(|entry| scopes.contains(&entry.scope) || entry.scope == Scope::Stagger);
    for dangerous in here().filter(|entry| changing.contains(&entry.command)) {
        for key in dangerous.keys {
            let others = here().filter(|other| other.keys.contains(key) && other.command != dangerous.command);
            let others: Vec<&str> = others.map(|other| other.name).collect();
            assert!(others.is_empty(), "{key} is {} and {others:?}", dangerous.name);
        }
    }
}

/// Acknowledging moves the failure down the list; the selection goes with it.
#[test]
fn the_selection_stays_on_the_failure_that_was_acknowledged() {
    let mut story = morning(night("night"));
    story.press("8");
    let selected = |story: &mut Story| {
        story.screen();
        let context = story.model.context.pipelines();
        let listed = story.model.screens.triage.listed();
        assert!(!context.is_empty() && listed.len() > 1);
        listed[0].workflow.to_string()
    };
    let first = selected(&mut story);
    story.press("a");
    story.types("seen\n");
    let acknowledged = story.effects.iter().rev().find_map(|effect| match effect {
        gluedeck_tui::flow::Effect::Acknowledge { key, note, .. } => Some((key.clone(), note.clone())),
        _ => None,
    });
    let (key, note) = acknowledged.expect("it is kept");
    let by = gluedeck_core::domain::Acknowledged {
        key,
        note,
        by: "me".into(),
        at: story.model.context.now(),
        undone: false,
    };
    story.send(Msg::Update(gluedeck_tui::flow::Update::Acknowledged(vec![by])));
    assert_ne!(selected(&mut story), first, "another is on top now");
    story.press("r");
    story.sees(&format!("Rerun {first}"));
}

/// Refused, it leaves no stagger behind that the next start would go on with.
#[test]
fn a_stagger_in_a_read_only_session_leaves_nothing() {
    let mut story = Story::with(World::at("05:00:00"), (140, 50), true);
    for _ in 0..60 {
        story.wait(400);
    }
    story.press("6");
    story.until("over minimum");
    story.press("enter");
    story.wait(500);
    story.press("tab enter");
    story.sees("Read-only");
    assert!(story.model.context.rollout.is_none());
    assert!(!story.effects.iter().any(|effect| matches!(effect, gluedeck_tui::flow::Effect::SaveRollout(_))));
    assert_eq!(story.world.calls("UpdateTrigger"), 0);
}

/// Only what tonight has missed is started where nobody says more.
#[test]
fn a_stagger_for_now_takes_what_the_night_has_missed() {
    let mut story = morning(night("night"));
    for _ in 0..60 {
        story.wait(400);
    }
    story.press("6 tab");
    story.until("start now, staggered");
    story.wait(400);
    story.sees("3 workflows failed, skipped or missed tonight");
    story.press("G");
    story.sees("first fix the data at the source, or it fails again");
}

/// A night whose freshness was refused is unknown, not good.
#[test]
fn what_was_refused_is_no_good_table() {
    let mut story = morning(night("night"));
    story.world.set_faults(
        r#"[{"operation": "StartQueryExecution", "resource": "newest", "error": "AccessDeniedException", "message": "no"}]"#,
    );
    story.press("5");
    for _ in 0..20 {
        story.wait(400);
    }
    story.sees("unknown");
    story.misses(" ok");
}

/// Both runs of a workflow of one night are reached on the timeline, each row once.
#[test]
fn the_second_run_of_a_night_is_reached_on_the_timeline() {
    let mut story = morning(night("night"));
    story.press("/");
    story.types("Refund\n");
    story.press("s");
    story.wait(500);
    story.press("tab enter");
    for _ in 0..6 {
        story.wait(2_000);
    }
    story.press("esc 2 g");
    let mut titles = Vec::new();
    for _ in 0..22 {
        story.press("enter");
        let title = story.screen().lines().nth(3).expect("a title").to_owned();
        titles.push(
            title.split(" · took").next().unwrap_or_default().split(" · for").next().unwrap_or_default().to_owned(),
        );
        story.press("q j");
    }
    let refund: Vec<&String> = titles.iter().filter(|title| title.contains("Refund Workflow")).collect();
    assert_eq!(refund.len(), 2, "{titles:#?}");
    assert_ne!(refund[0], refund[1]);
    let distinct: std::collections::BTreeSet<&String> = titles.iter().collect();
    assert_eq!(distinct.len(), 22, "each row once: {titles:#?}");
}

/// In Athena's lists too, what comes in above moves the row, not the selection.
#[test]
fn what_comes_into_the_history_does_not_move_the_selection() {
    let mut story = morning(night("night"));
    story.press("4 i");
    for n in 1..=2 {
        story.press("ctrl-t");
        story.send(Msg::Paste(format!("select {n} as n")));
        story.press("ctrl-r");
        story.until("SUCCEEDED");
    }
    story.press("esc H");
    story.wait(300);
    story.press("j");
    let copied = |story: &mut Story| {
        story.press("y");
        let last = story.effects.iter().rev().find_map(|effect| match effect {
            gluedeck_tui::flow::Effect::Copy(text) => Some(text.clone()),
            _ => None,
        });
        last.expect("copied")
    };
    let before = copied(&mut story);
    let own = &mut story.model.screens.athena.lists.own;
    let mut newer = own.last().expect("a query").clone();
    (newer.sql, newer.id) = ("select 3 as n".to_owned(), None);
    own.push(newer);
    assert_eq!(copied(&mut story), before);
}
