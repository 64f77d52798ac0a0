//! Workflows of any shape and name, servers that know less, and replies that come too late.

use crate::contract::sdk;
use crate::support::World;
use crate::support::story::Story;
use aws_sdk_glue::types::{Action, Condition, JobRunState, Logical, LogicalOperator, Predicate, TriggerType};
use gluedeck_core::domain::{RunStatus, StepState, TriggerState};
use gluedeck_core::request::{GetDpuLimit, ListWorkflows};
use gluedeck_tui::flow::{Msg, Slot};
use std::fs;
use tokio::runtime::Runtime;

/// The morning after, in a world that a scenario file describes.
fn morning_of(scenario: &str) -> Story {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("scenario.toml");
    fs::write(&file, scenario).expect("written");
    let world = World::scenario(file.to_str().expect("a path"));
    world.advance_to("06:30:00");
    let mut story = Story::new(world, (140, 40));
    for _ in 0..30 {
        story.wait(500);
    }
    story
}

/// The rows of the board, without what changes with time.
fn rows(story: &mut Story) -> Vec<String> {
    let screen = story.screen();
    let cells = |line: &str| line.chars().take(60).collect::<String>();
    screen.lines().skip(7).take(22).map(cells).collect()
}

/// Graphs have the state of every step (docs/aws-facts.md: Static graph and run graph). Without them other calls are
/// made, and the board shows the same.
#[test]
fn a_server_that_sends_no_graphs_is_told_by_the_other_calls() {
    let mut with = morning_of("description = 'graphs'");
    let mut without = morning_of("description = 'none'\nno_graphs = true");
    assert!(without.world.calls("GetTriggers") > 1, "by the other calls");
    assert_eq!(with.world.calls("GetTriggers"), 1, "once, for what is outside of the workflows");
    with.sees("DPU limit exceeded");
    assert_eq!(rows(&mut without), rows(&mut with));
    without.press("enter");
    without.sees("bronze crawler");
    without.misses("unknown");
}

struct Made {
    story: Story,
    glue: aws_sdk_glue::Client,
    runtime: Runtime,
}

/// Workflows made by hand beside the 22: one with the longest name there can be, one without triggers, one whose
/// triggers wait for each other, and one that waits for a job that nobody starts.
fn made() -> Made {
    let world = World::at("05:00:00");
    let glue = aws_sdk_glue::Client::new(&sdk(&world));
    let runtime = Runtime::new().expect("a runtime");
    let long = format!("{}\u{202e}\u{4e16}\u{754c}e\u{301}", "x".repeat(250));
    let job = |name: &str| Action::builder().job_name(name).build();
    let after = |name: &str| {
        let condition = Condition::builder()
            .job_name(name)
            .logical_operator(LogicalOperator::Equals)
            .state(JobRunState::Succeeded)
            .build();
        Predicate::builder().logical(Logical::Any).conditions(condition).build()
    };
    let (one, two) = ("DynamoDB User Bronze", "DynamoDB User Silver");
    runtime.block_on(async {
        for name in [&long, "A bare one", "A ring", "A loose end"] {
            glue.create_workflow().name(name).send().await.expect("created");
        }
        for (workflow, trigger, waits, starts) in [
            ("A ring", "ring 1", two, one),
            ("A ring", "ring 2", one, two),
            ("A loose end", "loose", "DynamoDB Order Gold", one),
        ] {
            let call = glue.create_trigger().name(trigger).workflow_name(workflow).r#type(TriggerType::Conditional);
            call.predicate(after(waits)).actions(job(starts)).send().await.expect("created");
        }
        glue.create_trigger()
            .name("by hand \u{1b}]0;owned\u{7}".replace(['\u{1b}', '\u{7}'], "\u{85}"))
            .workflow_name(&long)
            .r#type(TriggerType::OnDemand)
            .actions(job(one))
            .send()
            .await
            .expect("created");
    });
    let mut story = Story::new(world, (140, 40));
    for _ in 0..30 {
        story.wait(200);
    }
    Made { story, glue, runtime }
}

#[test]
fn workflows_of_any_shape_and_name_are_shown_and_opened() {
    let Made { mut story, .. } = made();
    story.sees("○ 4 never ran");
    for (name, says) in [("bare", "No triggers"), ("ring", "ring 1"), ("loose", "loose"), ("xxxx", "xxxx")] {
        story.press("/");
        story.types(name);
        story.press("enter");
        story.sees("1 of 26");
        story.press("enter");
        story.sees(says);
        for view in ["v", "v", "e", "esc", "d", "esc", "tab", "esc"] {
            story.press(view);
            let screen = story.screen();
            assert!(!screen.chars().any(|letter| letter.is_control() && letter != '\n'), "{screen}");
            assert!(!screen.contains('\u{202e}'), "{screen}");
        }
        story.press("1 esc esc");
    }
}

#[test]
fn a_workflow_that_is_deleted_while_it_is_open_is_said_to_be_gone() {
    let Made { mut story, glue, runtime } = made();
    story.press("/");
    story.types("ring\n");
    story.press("enter");
    story.sees("ring 1");
    runtime.block_on(glue.delete_workflow().name("A ring").send()).expect("deleted");
    for _ in 0..5 {
        story.wait(31_000);
    }
    story.sees("no longer exists in this account and Region");
    story.press("1 esc");
    story.sees("○ 3 never ran");
}

#[test]
fn a_reply_to_a_question_that_was_asked_again_changes_nothing() {
    let Made { mut story, .. } = made();
    let before = story.screen();
    for (slot, answered) in
        [(Slot::Names, ListWorkflows.answered(Ok(Vec::new()))), (Slot::DpuLimit, GetDpuLimit.answered(Ok(1.0)))]
    {
        story.send(Msg::Answered { slot, ticket: 0, answered: Box::new(answered) });
    }
    assert_eq!(story.screen(), before);
}

#[test]
fn keys_that_expired_are_said_with_what_to_do_and_new_ones_are_taken_up() {
    let Made { mut story, .. } = made();
    story.press("/");
    story.types("Refund\n");
    story.world.set_faults(
        r#"[{"error": "ExpiredTokenException", "message": "The security token included in the request is expired"}]"#,
    );
    story.wait(31_000);
    story.sees("expired");
    story.sees("1 of 26");
    story.sees("Refund");
    story.world.set_faults("[]");
    story.wait(61_000);
    story.misses("expired");
    story.sees("1 of 26");
}

#[test]
fn words_of_a_newer_service_are_shown_as_they_are() {
    let Made { mut story, .. } = made();
    let workflows = story.model.context.pipelines.value_mut().expect("workflows");
    let user = workflows.iter_mut().find(|workflow| workflow.id.as_str() == "User Workflow").expect("there");
    user.triggers[2].state = TriggerState::from_word("FROZEN");
    let run = user.last_run.as_mut().expect("a run");
    run.status = RunStatus::from_word("PAUSED");
    run.statistics = None;
    for step in run.steps.iter_mut().flatten() {
        for attempt in &mut step.attempts {
            attempt.state = StepState::from_word("DREAMING");
        }
    }
    story.press("/");
    story.types("User Workflow\n");
    story.sees("PAUSED");
    story.press("enter");
    story.sees("DREAMING");
    story.sees("FROZEN");
}
