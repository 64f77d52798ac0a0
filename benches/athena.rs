//! A million rows of eight columns: reading the result object, what a frame and a keystroke cost while scrolling, sorting
//! and filtering off the key path, memory; and completion over a great catalog. `cargo bench --bench athena`

use gluedeck::config::{self, Config};
use gluedeck_core::analysis::rows::arrange::{Arrangement, Question, conditions};
use gluedeck_core::analysis::rows::{CsvReader, Rows};
use gluedeck_core::analysis::sql::complete::complete;
use gluedeck_core::analysis::stagger::Mode;
use gluedeck_core::domain::{
    Column, Database, Policy, QueryContext, QueryExecution, QueryId, QueryState, ResultColumn, StatementKind, Table,
    Time,
};
use gluedeck_core::request::{QueryEvent, Streamed};
use gluedeck_tui::app::{Model, draw, update};
use gluedeck_tui::flow::{Effect, Endpoint, Key, Load, Moment, Msg, Request, Session, Slot, Ticket};
use gluedeck_tui::ui::{Depth, Glyphs};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::time::{Duration, Instant};

const ROWS: usize = 1_000_000;
const COLUMNS: [(&str, &str); 8] = [
    ("id", "bigint"),
    ("created_at", "timestamp"),
    ("status", "varchar"),
    ("amount", "double"),
    ("machine_id", "varchar"),
    ("facility_id", "varchar"),
    ("note", "varchar"),
    ("as_of_date", "date"),
];

fn main() {
    let csv = csv();
    println!("{ROWS} rows of {} columns, {} MB as the result object", COLUMNS.len(), csv.len() >> 20);
    let since = Instant::now();
    let batches = read(&csv);
    let took = since.elapsed();
    println!("read from CSV            {:>9.1} ms   {:.0} rows a ms", millis(took), ROWS as f64 / millis(took));
    drop(csv);
    let columns: Vec<ResultColumn> =
        COLUMNS.iter().map(|(name, kind)| ResultColumn { name: (*name).into(), kind: (*kind).into() }).collect();
    let mut rows = Rows::new(columns.clone());
    batches.iter().for_each(|batch| rows.push(batch.clone()));
    println!("held                     {:>9.1} MB", rows.bytes() as f64 / 1e6);
    arrange(&rows);
    let mut model = console();
    let (slot, ticket) = running(&mut model);
    let mut tell = |news| {
        let streamed = Streamed::Query { number: 1, news: Ok(news) };
        update(&mut model, Msg::Streamed { slot: slot.clone(), ticket, streamed });
    };
    let query_context = QueryContext::default();
    let done = QueryExecution {
        state: QueryState::Succeeded,
        kind: StatementKind::Dml,
        ..QueryExecution::begun(QueryId::new("1"), "select 1", &query_context)
    };
    tell(QueryEvent::Execution(Box::new(done)));
    tell(QueryEvent::Columns { columns, updated: None });
    let since = Instant::now();
    let mut longest = Duration::ZERO;
    for batch in batches {
        let one = Instant::now();
        tell(QueryEvent::Rows(batch));
        longest = longest.max(one.elapsed());
    }
    tell(QueryEvent::End);
    println!(
        "taken by the model       {:>9.1} ms   a batch at most {:.2} ms",
        millis(since.elapsed()),
        millis(longest)
    );
    scroll(&mut model);
    completion();
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

fn csv() -> Vec<u8> {
    let mut text = COLUMNS.map(|(name, _)| format!("\"{name}\"")).join(",") + "\n";
    for n in 0..ROWS {
        let note = match n % 7 {
            0 => String::new(),
            1 => "\"\"".to_owned(),
            _ => format!("\"transaction number {n} of the night\""),
        };
        text += &format!(
            "\"{n}\",\"2026-11-{:02} 03:{:02}:09.123\",\"{}\",\"{}\",\"machine-{:06}\",\"facility-{:06}\",{note},\"2026-11-{:02}\"\n",
            n % 28 + 1,
            n % 60,
            ["COMPLETED", "REFUNDED", "PENDING", "CANCELLED"][n % 4],
            (n * 7_919 % 9_973) as f64 / 100.0,
            n % 4_096,
            n % 64,
            n % 28 + 1,
        );
    }
    text.into_bytes()
}

fn read(csv: &[u8]) -> Vec<gluedeck_core::analysis::rows::Batch> {
    let mut reader = CsvReader::new(COLUMNS.len(), 1);
    let mut batches = Vec::new();
    for piece in csv.chunks(64 << 10) {
        reader.feed(piece).expect("CSV");
        batches.extend(reader.take(false));
    }
    reader.finish().expect("CSV");
    batches.extend(reader.take(true));
    batches
}

/// Off the key path, on a thread of its own.
fn arrange(rows: &Rows) {
    for (name, sort, filter) in [
        ("sort by a number", Some((3, true)), ""),
        ("sort by text", Some((4, false)), ""),
        ("filter one column", None, "amount>99"),
        ("filter all columns", None, "facility-000017"),
    ] {
        let filter = conditions(filter, &rows.columns).expect("conditions");
        let question = Question { number: 1, rows: rows.clone(), arrangement: Arrangement { sort, filter } };
        let since = Instant::now();
        let answer = question.answer();
        println!("{name:24} {:>9.1} ms   {} rows", millis(since.elapsed()), answer.order.len());
    }
}

fn start() -> Time {
    "2026-11-22T05:00:00Z".parse().expect("a time")
}

fn console() -> Model {
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
    let moment = Moment { now: start(), wall: Duration::ZERO, speed: 1.0, utc: start() };
    let planner_options = Config::default().planner_options(Mode::Schedule(None));
    Model::new(session, planner_options, look, moment, (140, 40))
}

fn press(model: &mut Model, key: &str) -> Vec<Effect> {
    update(model, Msg::Key(Key::parse(key).expect("a key")))
}

/// A query that has an id and is followed: its slot and ticket.
fn running(model: &mut Model) -> (Slot, Ticket) {
    press(model, "4");
    press(model, "i");
    update(model, Msg::Paste("select * from bench".into()));
    let sent = press(model, "ctrl-r").into_iter().find_map(|effect| match effect {
        Effect::Request { slot, ticket, request } => match *request {
            Request::StartQuery(start) => Some((slot, ticket, start)),
            _ => None,
        },
        _ => None,
    });
    let (slot, ticket, start) = sent.expect("a request");
    let answered = Box::new(start.answered(Ok(QueryId::new("1"))));
    let followed =
        update(model, Msg::Answered { slot, ticket, answered }).into_iter().find_map(|effect| match effect {
            Effect::Stream { slot, ticket, .. } => Some((slot, ticket)),
            _ => None,
        });
    press(model, "esc");
    followed.expect("it is followed")
}

fn scroll(model: &mut Model) {
    const ROUNDS: u32 = 300;
    let mut terminal = Terminal::new(TestBackend::new(140, 40)).expect("a terminal");
    let mut of = |name: &str, keys: &[&str]| {
        let since = Instant::now();
        for round in 0..ROUNDS {
            press(model, keys[round as usize % keys.len()]);
            terminal.draw(|frame| draw(frame, model)).expect("a frame");
        }
        println!("{name:24} {:>9.3} ms   from the key to its frame", millis(since.elapsed() / ROUNDS));
    };
    of("scroll by a row", &["j"]);
    of("scroll by half a page", &["ctrl-d"]);
    of("top and bottom", &["G", "g"]);
    of("to another column", &["l", "l", "h"]);
}

fn completion() {
    let column = |n: usize| Column { name: format!("column_{n}"), kind: "string".into() };
    let table = |n: usize| Table {
        name: format!("table_{n}"),
        columns: (0..200).map(column).collect(),
        partition_keys: Vec::new(),
        location: None,
        updated_on: None,
        kind: None,
        records: None,
        bytes: None,
    };
    for (databases, tables) in [(4, 22), (1, 1_000)] {
        let database = |n: usize| Database { name: format!("db_{n}"), tables: (0..tables).map(table).collect() };
        let catalog: Vec<Database> = (0..databases).map(database).collect();
        let text = "select t.column_1, u.col from table_7 t join table_8 u on t.column_1 = u.column_1 where tab";
        for (what, cursor) in [("a column", 24), ("anything", text.len())] {
            const ROUNDS: u32 = 50;
            let since = Instant::now();
            let mut found = 0;
            for _ in 0..ROUNDS {
                found = complete(text, cursor, Some("db_0"), &catalog).items.len();
            }
            let took = millis(since.elapsed() / ROUNDS);
            println!("complete {what:15} {took:>9.3} ms   {databases} databases of {tables} tables, {found} offered");
        }
    }
}
