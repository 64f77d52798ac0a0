//! Stories: keys in, screens out.

use crate::support::World;
use crate::support::story::Story;
use gluedeck_tui::app::update;
use gluedeck_tui::flow::{Effect, Endpoint, Load, Msg, Slot};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::time::Duration;

#[test]
fn the_morning_after_shows_what_broke_and_why() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.wait(1_000);
    story.sees("✖ 3 failed");
    story.sees("✔ 18 succeeded");
    story.sees("⊘ 1 off");
    let user = story.line("User  ");
    assert!(user.contains("✔  ✔  ✔    ✔  ✖    ·  ·"), "{user}");
    assert!(user.contains("silver DQ: phone_number is empty in 31 of 1204"), "{user}");
    let refund = story.line("Refund");
    assert!(refund.contains("DPU limit exceeded: needs 10, 3 of 100 available"), "{refund}");
    let campaign = story.line("Campaign");
    assert!(campaign.contains("start trigger DEACTIVATED · last ran "), "{campaign}");
    let order: Vec<usize> = ["Refund", "User ", "Account ", "Campaign"]
        .iter()
        .map(|name| story.screen().find(name).expect("there"))
        .collect();
    assert!(order.is_sorted(), "failures first, off last");
    story.sees("111122223333");
}

#[test]
fn a_refresh_of_twenty_two_workflows_is_one_call() {
    let mut story = Story::new(World::new(), (140, 40));
    assert_eq!((story.world.calls("ListWorkflows"), story.world.calls("BatchGetWorkflows")), (1, 1));
    for _ in 0..40 {
        story.wait(200);
    }
    let history = story.world.calls("GetWorkflowRuns");
    assert_eq!(history, 22, "each history is read once");
    let before = story.world.calls("BatchGetWorkflows");
    let lists = story.world.calls("ListWorkflows");
    for _ in 0..5 {
        story.wait(16_000);
    }
    assert_eq!(story.world.calls("BatchGetWorkflows") - before, 5, "one call a refresh");
    assert_eq!(story.world.calls("ListWorkflows"), lists, "names are cached");
    assert_eq!(story.world.calls("GetWorkflowRuns"), 22);
    // What else is in the account is looked for once in five minutes; here there is nothing, so that nothing is read of it.
    for once in ["ListJobs", "ListCrawlers", "GetTriggers"] {
        assert_eq!(story.world.calls(once), 1, "{once}");
    }
    for never in ["GetJobRuns", "ListCrawls", "BatchGetJobs", "BatchGetCrawlers"] {
        assert_eq!(story.world.calls(never), 0, "{never}");
    }
}

#[test]
fn the_selection_stays_on_its_workflow_while_rows_move() {
    let mut story = Story::new(World::new(), (140, 40));
    story.press("/");
    story.types("User");
    story.press("enter");
    story.sees("/User 2 of 22");
    story.press("esc");
    story.press("G k k");
    let before = story.model.screens.board.selected(&story.model.context).expect("one").id.clone();
    story.world.advance_to("03:40:00");
    story.wait(20_000);
    assert_eq!(story.model.screens.board.selected(&story.model.context).expect("one").id, before);
    story.press("z");
    story.sees("failures only, 3 of 22");
}

#[test]
fn from_the_red_cell_to_the_line_that_matters() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.press("/");
    story.types("User Workflow\n");
    story.press("enter");
    story.sees("failed (Glue status: COMPLETED)");
    story.sees("Failed Line Number: 188");
    story.sees("silver SUCCEEDED");
    story.press("enter");
    story.wait(2_000);
    story.sees("DynamoDB User Silver DQ");
    story.sees("ENDED");
    story.sees("data quality: DataQualityError: phone_number is empty in 31 of 1204 rows (KPI, allowed 0) (data_quality.py:188 in main)");
    story.misses("Traceback (most recent call last)");
    story.press("enter");
    story.sees("Traceback (most recent call last)");
    story.sees("VIOLATED (31 of 1204 rows");
    story.press("/");
    story.types("!INFO\n");
    story.misses("TaskSetManager: Finished task");
    story.press("esc");
    story.sees("TaskSetManager: Finished task");
    story.press("esc");
    story.sees("EARLIER RUNS");
    story.press("esc");
    story.sees("/User Workflow 2 of 22");
    story.press("esc");
    story.sees("sorted by severity");
}

#[test]
fn a_log_is_followed_and_does_not_yank_a_reader() {
    let mut story = Story::of_a_running_log();
    story.wait(2_000);
    story.sees("STREAMING");
    let count = |story: &mut Story| story.model.screens.logs.open.as_ref().expect("open").log.len();
    let before = count(&mut story);
    story.world.advance_to("03:01:20");
    story.wait(2_000);
    assert!(count(&mut story) > before, "it follows");
    story.press("k k k k k k k k k k k k");
    story.sees("NOT FOLLOWING · f follow");
    let top = story.screen().lines().nth(5).map(str::to_owned);
    story.world.advance_to("03:01:40");
    story.wait(2_000);
    story.sees("▼");
    assert_eq!(story.screen().lines().nth(5).map(str::to_owned), top, "what is read stays where it is");
    story.press("G");
    story.misses("NOT FOLLOWING");
    story.sees("may change");
    story.world.advance_to("03:12:00");
    story.wait(20_000);
    story.wait(20_000);
    story.sees("ENDED");
}

#[test]
fn sql_is_run_its_rows_shown_and_its_errors_lose_nothing() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.wait(1_000);
    story.press("4");
    story.sees("tumble_analytics_gold");
    story.press("i");
    story.types("select id, is_active, login_count\n from user\n order by 1 limit 3");
    story.press("ctrl-r");
    story.until("✔ SUCCEEDED");
    story.sees("user-000002");
    assert!(
        story
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::SaveDrafts(drafts) if drafts.texts[0].ends_with("limit 3")))
    );
    story.types(" oops");
    story.press("ctrl-r");
    story.wait(300);
    story.sees("InvalidRequestException");
    story.sees("Below: rows of the previous query.");
    story.sees("user-000002");
    story.sees("limit 3 oops");
    story.press("esc 1 4");
    story.sees("limit 3 oops");
}

#[test]
fn a_running_query_is_cancelled_on_the_server_when_the_console_is_left() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.press("4 i");
    story.types("select count(*) from tumble_analytics_silver.user a cross join tumble_analytics_silver.user b cross join tumble_analytics_silver.user c");
    story.press("ctrl-r");
    story.wait(100);
    assert_eq!(story.model.screens.athena.running().len(), 1);
    story.send(Msg::Terminate);
    assert_eq!(story.world.calls("StopQueryExecution"), 1);
    assert!(matches!(story.effects.last(), Some(Effect::Quit(_))));
}

#[test]
fn nothing_is_started_without_confirmation() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.wait(1_000);
    story.press("/");
    story.types("Coupon\n");
    story.press("s");
    story.sees("Start Coupon Workflow");
    story.sees("SANDBOX   account 111122223333  us-east-1");
    story.sees("7 steps will run, in this order:");
    story.sees("DynamoDB Coupon Gold DQ");
    // Keys that follow at once were meant for what was there before; enter without moving is Cancel.
    story.press("tab enter");
    story.sees("Start Coupon Workflow");
    story.send(Msg::Paste("\ty\n\n".into()));
    story.sees("Start Coupon Workflow");
    story.wait(500);
    story.press("enter");
    story.misses("These 7 steps run");
    story.sees("Cancelled, nothing changed");
    assert_eq!(story.world.calls("StartWorkflowRun"), 0);
    story.press("s");
    story.wait(500);
    story.press("tab enter");
    assert_eq!(story.world.calls("StartWorkflowRun"), 1);
    story.sees("Coupon Workflow: started, run wr_");
    story.wait(500);
    let coupon = story.line("Coupon ");
    assert!(coupon.contains("▶"), "{coupon}");
    let journal = std::fs::read_to_string(story.state.path().join("journal.jsonl")).expect("a journal");
    assert_eq!(journal.lines().count(), 2);
}

#[test]
fn a_failed_workflow_is_resumed_from_the_failed_step() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.press("/");
    story.types("User Workflow\n");
    story.press("F");
    story.sees("Resumes the last run from silver DQ as a new run");
    story.sees("! Advised is to fix the data at the source, then rerun the whole workflow");
    story.sees("3 steps will run, in this order:");
    story.misses("job      DynamoDB User Bronze DQ");
    story.wait(500);
    story.press("right enter");
    assert_eq!(story.world.calls("ResumeWorkflowRun"), 1);
    story.wait(500);
    story.world.advance_minutes(10);
    story.wait(20_000);
    let user = story.line("User ");
    assert!(user.contains("✖"), "the data are as they were: {user}");
    story.press("enter");
    story.sees("resumes wr_");
    story.press("esc esc /");
    story.types("Coupon\n");
    story.press("r");
    story.sees("the last run succeeded");
}

#[test]
fn a_running_workflow_is_stopped_and_a_trigger_switched() {
    let world = World::new();
    world.advance_to("03:01:00");
    let mut story = Story::new(world, (140, 40));
    story.press("/");
    story.types("MachineTransaction\n");
    story.press("x");
    story.sees("A stopped run cannot be resumed");
    story.sees("1 step will be stopped:");
    story.wait(500);
    story.press("enter");
    story.sees("Cancelled");
    assert_eq!(story.world.calls("StopWorkflowRun"), 0, "Cancel has the focus");
    story.press("x");
    story.wait(500);
    story.press("tab enter");
    assert_eq!(story.world.calls("StopWorkflowRun"), 1);
    story.world.advance_minutes(3);
    story.wait(20_000);
    assert!(story.line("MachineTransaction").contains("stopped"), "{}", story.line("MachineTransaction"));
    story.press("x");
    story.sees("is not running; nothing to stop");
    story.press("enter g t");
    story.sees("It will not fire at");
    story.wait(500);
    story.press("tab enter");
    assert_eq!(story.world.calls("StopTrigger"), 1);
    story.world.advance_minutes(1);
    story.wait(20_000);
    story.sees("DEACTIVATED");
    story.press("t");
    story.sees("It does not fire now; next at");
    story.wait(500);
    story.press("tab enter");
    assert_eq!(story.world.calls("StartTrigger"), 1);
    story.press("J");
    story.sees("Downstream steps will not start");
    story.wait(500);
    story.press("tab enter");
    assert_eq!(story.world.calls("StartJobRun"), 1);
    let journal = std::fs::read_to_string(story.state.path().join("journal.jsonl")).expect("a journal");
    assert_eq!(journal.lines().count(), 8, "each of the four changes before and after: {journal}");
}

/// A sandbox that died tells no time any more; how old the picture is, the wall tells.
#[test]
fn the_age_of_the_picture_grows_when_the_clock_stands() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.sees("0 s ago");
    let moment = story.model.context.moment;
    let later = gluedeck_tui::flow::Moment { wall: moment.wall + Duration::from_secs(20), speed: 60.0, ..moment };
    story.model.context.moment = later;
    story.sees("20 s ago");
}

#[test]
fn what_is_marked_is_done_one_after_the_other_until_one_is_refused() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.press("space j space");
    story.sees("2 marked");
    story.wait(20_000);
    story.sees("2 marked");
    story.press("r");
    story.sees("Rerun 2 workflows");
    story.sees("For Refund, Subscription.");
    story.sees("14 steps will run");
    story.wait(500);
    story.press("tab enter");
    assert_eq!(story.world.calls("ResumeWorkflowRun"), 2);
    story.sees("2 done");
    story.misses("marked");
    story.world.advance_minutes(40);
    story.wait(20_000);
    let rule = r#"[{"operation": "StartWorkflowRun", "resource": "Address", "error": "InvalidInputException", "message": "no"}]"#;
    story.world.set_faults(rule);
    story.press("/");
    story.types("dress\n");
    story.press("space esc /");
    story.types("coupon\n");
    story.press("space esc s");
    story.sees("Start 2 workflows");
    story.wait(500);
    story.press("tab enter");
    story.sees(", 1 more not sent");
    assert_eq!(story.world.calls("StartWorkflowRun"), 0, "the first was refused, so the second was not sent");
    story.press("esc");
    story.misses("marked");
}

#[test]
fn read_only_is_enforced_where_calls_are_made() {
    let mut story = Story::with(World::at("05:00:00"), (140, 40), true);
    story.sees("read-only");
    story.press("s");
    story.sees("read-only: will be rejected");
    story.wait(500);
    story.press("tab enter");
    story.sees("this session is read-only; nothing was sent");
    assert_eq!(story.world.calls("StartWorkflowRun"), 0);
}

#[test]
fn a_failed_refresh_keeps_the_rows_and_says_since_when() {
    let mut story = Story::new(World::at("05:00:00"), (140, 40));
    story.sees("✖ 3 failed");
    let fault = gluedeck_core::domain::Fault::new(
        gluedeck_core::domain::FaultKind::Throttled,
        "BatchGetWorkflows",
        "Rate exceeded",
    );
    let mut now = story.model.context.moment;
    now.wall += Duration::from_secs(60);
    let effects = update(&mut story.model, Msg::Tick(now));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Request { slot: Slot::VisibleWorkflows, ticket, request } => Some((*ticket, request.clone())),
        _ => None,
    });
    let (ticket, request) = asked.expect("a refresh");
    let answered = Box::new(request.failed(fault));
    // A reply with another ticket is late, and changes nothing.
    update(
        &mut story.model,
        Msg::Answered { slot: Slot::VisibleWorkflows, ticket: ticket + 1, answered: answered.clone() },
    );
    story.misses("throttled");
    update(&mut story.model, Msg::Answered { slot: Slot::VisibleWorkflows, ticket, answered });
    story.sees("throttled since");
    story.sees("✖ 3 failed");
    story.press("!");
    story.sees("Rate exceeded");
    story.press("esc");
    story.wait(60_000);
    story.misses("throttled");
}

#[test]
fn hostile_text_does_not_reach_the_terminal() {
    let mut story = Story::new(World::at("05:00:00"), (100, 30));
    story.press("4 i");
    story.types("select ");
    story.send(Msg::Paste("'\u{1b}]0;owned\u{7}\u{1b}[31m' as a, '洗濯\u{202e}機' as b, 'x\ty' as c".into()));
    story.press("ctrl-r");
    for _ in 0..100 {
        story.wait(300);
        if story.screen().contains("SUCCEEDED") {
            break;
        }
    }
    let screen = story.screen();
    assert!(!screen.chars().any(|c| c.is_control() && c != '\n'), "{screen:?}");
    assert!(screen.contains("洗"), "{screen}");
}

#[test]
fn every_size_is_survived_and_narrow_ones_keep_what_matters() {
    let mut story = Story::new(World::at("05:00:00"), (80, 24));
    story.wait(1_000);
    let user = story.line("User  ");
    assert!(user.contains("✔ ✔ ✔    ✔ ✖    · ·") && user.contains("phone_number"), "{user}");
    for (width, height) in [(200, 60), (60, 14), (59, 14), (20, 5), (1, 1), (140, 40)] {
        story.terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        story.send(Msg::Resize { width, height });
        for keys in ["1", "enter", "l", "4", "?", "esc", "1"] {
            story.press(keys);
            story.screen();
        }
    }
    story.sees("sorted by severity");
}

#[test]
fn the_help_names_every_key_of_the_screen() {
    let mut story = Story::new(World::at("05:00:00"), (140, 60));
    story.press("?");
    for entry in gluedeck_tui::flow::command::entries().filter(|entry| entry.scope == gluedeck_tui::flow::Scope::Board)
    {
        let words: Vec<_> = entry.help.split(' ').take(4).collect();
        story.sees(&words.join(" "));
    }
}

#[test]
fn a_console_that_was_built_without_the_sandbox_offers_none() {
    let mut story = Story::new(World::new(), (140, 40));
    story.model.context.session.endpoint = Endpoint::Aws;
    story.model.context.session.has_sandbox = false;
    story.press("B");
    story.sees("This build has no sandbox");
    assert!(story.model.overlay.is_none(), "nothing is asked");
    story.model.context.pipelines = Load::Ready { value: Vec::new(), at: story.model.context.moment.now };
    story.until("No Glue workflows, jobs, crawlers or triggers in us-east-1.");
    story.misses("press B");
    story.model.context.session.has_sandbox = true;
    story.sees("press B");
}
