//! The board with many workflows: from a keystroke to its frame, and what a frame costs, beside the board with 22.
//! `cargo bench --bench board`

use gluedeck::config::{self, Config};
use gluedeck_core::Snapshot;
use gluedeck_core::analysis::stagger::Mode;
use gluedeck_core::domain::{
    Attempt, Condition, JobName, JobRunId, Logical, Pipeline, PipelineId, PipelineRun, Policy, Predicate, RunId,
    RunStatus, StepRun, StepState, Target, Time, Trigger, TriggerKind, TriggerName, TriggerState,
};
use gluedeck_tui::app::{Model, draw, update};
use gluedeck_tui::flow::{Endpoint, Key, Load, Moment, Msg, Session, Update};
use gluedeck_tui::ui::{Depth, Glyphs};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::time::{Duration, Instant};

const ROUNDS: u32 = 200;

fn start() -> Time {
    "2026-11-22T03:00:00Z".parse().expect("a time")
}

/// A chain of seven jobs in the middle of its run.
fn workflow(number: usize) -> Pipeline {
    let layers = ["Bronze", "Bronze Crawler", "Bronze DQ", "Silver", "Silver DQ", "Gold", "Gold DQ"];
    let job = |step: usize| Target::Job(JobName::new(format!("DynamoDB Table{number} {}", layers[step])));
    let trigger = |step: usize| Trigger {
        name: TriggerName::new(format!("Run Job {number} {step}")),
        kind: if step == 0 { TriggerKind::Scheduled } else { TriggerKind::Conditional },
        state: TriggerState::Activated,
        schedule: (step == 0).then(|| "cron(0 3 * * ? *)".to_owned()),
        predicate: (step > 0).then(|| Predicate {
            logical: Logical::Any,
            conditions: vec![Condition { target: job(step - 1), state: "SUCCEEDED".into() }],
        }),
        actions: vec![job(step)],
    };
    let done = number % 8;
    let attempt = |step: usize| Attempt {
        id: Some(JobRunId::new(format!("jr_{number}_{step}"))),
        state: match step == done {
            true if number.is_multiple_of(50) => StepState::Failed,
            true => StepState::Running,
            false => StepState::Succeeded,
        },
        started_on: Some(start() + chrono::TimeDelta::seconds(60 * step as i64)),
        completed_on: (step < done).then(|| start() + chrono::TimeDelta::seconds(60 * step as i64 + 55)),
        execution_seconds: Some(50),
        dpu: Some(2.0),
        error: number.is_multiple_of(50).then(|| "phone_number is empty in 31 of 1204 rows".to_owned()),
        ..Attempt::default()
    };
    let step = |step: usize| StepRun {
        target: job(step),
        node_id: String::new(),
        attempts: if step <= done { vec![attempt(step)] } else { Vec::new() },
    };
    Pipeline {
        id: PipelineId::workflow(format!("Table{number} Workflow")),
        triggers: (0..7).map(trigger).collect(),
        last_run: Some(PipelineRun {
            id: RunId::new(format!("wr_{number}")),
            previous: None,
            status: if done == 7 || number.is_multiple_of(50) { RunStatus::Completed } else { RunStatus::Running },
            error: None,
            started_on: Some(start()),
            completed_on: None,
            statistics: None,
            steps: Some((0..7).map(step).collect()),
        }),
        known: true,
        ..Pipeline::default()
    }
}

fn model(count: usize) -> Model {
    let (look, _) = config::look(Some("dark"), None, Depth::True, Glyphs::Unicode, || false);
    let session = Session {
        environment: "bench".into(),
        endpoint: Endpoint::Aws,
        region: Some("us-east-1".into()),
        account: Load::Idle,
        read_only: true,
        policy: Policy::default(),
        color: None,
        only: None,
        production: None,
        pipeline_file: None,
        has_sandbox: true,
    };
    let now = start() + chrono::TimeDelta::minutes(5);
    let moment = Moment { now, wall: Duration::from_secs(1), speed: 1.0, utc: now };
    let mut model = Model::new(session, Config::default().planner_options(Mode::Now), look, moment, (140, 40));
    let workflows = (0..count).map(workflow).collect();
    let snapshot = Snapshot { read_at: now, account: None, pipelines: workflows, runs: Vec::new() };
    update(&mut model, Msg::Update(Update::Snapshot(Box::new(snapshot))));
    model
}

/// The median of so many rounds, in microseconds.
fn median(mut round: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let at = Instant::now();
            round();
            at.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    println!("{:>10} {:>14} {:>18} {:>22}", "workflows", "frame µs", "key to frame µs", "filter key to frame µs");
    let mut first = None;
    for count in [22, 110, 1_000] {
        let mut model = model(count);
        let mut terminal = Terminal::new(TestBackend::new(140, 40)).expect("a terminal");
        let frame = median(|| {
            terminal.draw(|frame| draw(frame, &model)).expect("a frame");
        });
        let down = Key::parse("j").expect("a key");
        let key = median(|| {
            update(&mut model, Msg::Key(down));
            terminal.draw(|frame| draw(frame, &model)).expect("a frame");
        });
        update(&mut model, Msg::Key(Key::parse("/").expect("a key")));
        let (letter, back) = (Key::parse("7").expect("a key"), Key::parse("backspace").expect("a key"));
        let mut typed = false;
        let filter = median(|| {
            typed = !typed;
            update(&mut model, Msg::Key(if typed { letter } else { back }));
            terminal.draw(|frame| draw(frame, &model)).expect("a frame");
        });
        println!("{count:>10} {frame:>14.0} {key:>18.0} {filter:>22.0}");
        let base = *first.get_or_insert(frame);
        if count == 1_000 {
            println!("a frame with 1,000 workflows costs {:.1} times one with 22", frame / base);
        }
    }
}
