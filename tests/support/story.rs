//! A console that is driven by hand: the model, its update and the view are the program's own; replies come from a real
//! sandbox through the real gateway; only time is told by the test.

use super::World;
use gluedeck::config;
use gluedeck_aws::store::{read_journal, read_queries, read_saved, save_query, scope_key, write_schedules_into};
use gluedeck_aws::{Credentials, Follow, Gateway, Perform, SessionOptions, read_clock};
use gluedeck_core::analysis::stagger::{self, Mode, PlannerInput};
use gluedeck_core::domain::Fault;
use gluedeck_core::domain::{LogSource, Policy, QueryContext, QueryId};
use gluedeck_core::request::{LiveEvents, QueryEvent, StartQuery, Stream, Streamed};
use gluedeck_tui::app::{Model, draw, update};
use gluedeck_tui::flow::{Effect, Endpoint, Key, Load, Moment, Msg, Session, Slot, Ticket, Update};
use gluedeck_tui::ui::{Depth, Glyphs};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Work for a plan: little, since this build is not optimised.
const EFFORT: u64 = 500_000;

const CLOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// A console that is driven by hand.
pub(crate) struct Story {
    pub(crate) world: World,
    gateway: Gateway,
    runtime: Runtime,
    pub(crate) model: Model,
    pub(crate) terminal: Terminal<TestBackend>,
    /// Effects that are no requests, in order.
    pub(crate) effects: Vec<Effect>,
    pub(crate) state: tempfile::TempDir,
    /// Queries that are followed.
    follows: Vec<(Slot, Ticket, u64, Follow)>,
}

impl Story {
    pub(crate) fn new(world: World, size: (u16, u16)) -> Self {
        let read_only = false;
        Self::with(world, size, read_only)
    }

    pub(crate) fn with(world: World, size: (u16, u16), read_only: bool) -> Self {
        Self::under(world, size, read_only, Policy::default())
    }

    /// Under a policy.
    pub(crate) fn under(world: World, size: (u16, u16), read_only: bool, policy: Policy) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let state = tempfile::tempdir().expect("a folder");
        let options = SessionOptions {
            endpoint_url: Some(world.url()),
            read_only,
            policy: policy.clone(),
            credentials: Credentials::Dummy,
            ..Default::default()
        };
        let gateway = runtime.block_on(Gateway::connect(&options, "sandbox", state.path())).expect("a gateway");
        let (look, complaint) = config::look(Some("dark"), None, Depth::True, Glyphs::Unicode, || false);
        assert_eq!(complaint, None);
        let session = Session {
            environment: "sandbox".into(),
            endpoint: Endpoint::Sandbox("127.0.0.1".into()),
            region: gateway.region().map(str::to_owned),
            account: Load::Idle,
            read_only,
            policy,
            color: None,
            only: None,
            production: None,
            pipeline_file: None,
            has_sandbox: true,
        };
        let reading = runtime.block_on(read_clock(&world.url(), CLOCK_TIMEOUT)).expect("a clock");
        let moment = Moment { now: reading.now, wall: Duration::ZERO, speed: 1.0, utc: reading.now };
        let planner_options = config::Config::default().planner_options(Mode::Schedule(None));
        let model = Model::new(session, planner_options, look, moment, size);
        let terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a terminal");
        let mut story =
            Self { world, gateway, runtime, model, terminal, effects: Vec::new(), state, follows: Vec::new() };
        story.wait(0);
        story
    }

    /// Lets wall time pass, and performs whatever is asked for until nothing is.
    pub(crate) fn wait(&mut self, millis: u64) {
        let reading = self.runtime.block_on(read_clock(&self.world.url(), CLOCK_TIMEOUT)).expect("a clock");
        let wall = self.model.context.moment.wall + Duration::from_millis(millis);
        self.send(Msg::Tick(Moment { now: reading.now, wall, speed: 1.0, utc: reading.now }));
        self.listen();
    }

    /// Takes what is new of the queries that are followed, until nothing comes for a while.
    fn listen(&mut self) {
        const FOLLOW_TIMEOUT: Duration = Duration::from_millis(2_000);
        for (slot, ticket, number, mut follow) in std::mem::take(&mut self.follows) {
            loop {
                let gateway = &self.gateway;
                let news = self
                    .runtime
                    .block_on(async { tokio::time::timeout(FOLLOW_TIMEOUT, gateway.follow(&mut follow)).await.ok() });
                let Some(result) = news else {
                    self.follows.push((slot, ticket, number, follow));
                    break;
                };
                // One that still runs is asked again with the next wait.
                let waits = matches!(&result, Ok(QueryEvent::Execution(e)) if !e.state.is_final());
                let retrying = matches!(&result, Ok(QueryEvent::Retrying(_)));
                let last = matches!(result, Err(_) | Ok(QueryEvent::End));
                let streamed = Streamed::Query { number, news: result };
                self.send(Msg::Streamed { slot: slot.clone(), ticket, streamed });
                let abandoned = self.effects.iter().any(|effect| *effect == Effect::Abandon(slot.clone()));
                if waits || retrying {
                    self.follows.push((slot, ticket, number, follow));
                    break;
                }
                if last || abandoned {
                    break;
                }
            }
        }
    }

    /// Waits until a text is on the screen.
    pub(crate) fn until(&mut self, text: &str) {
        for _ in 0..200 {
            if self.screen().contains(text) {
                return;
            }
            self.wait(300);
        }
        self.sees(text);
    }

    pub(crate) fn send(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg);
        self.goes_on(effects);
    }

    /// Presses a key, and does nothing yet of what it asks for.
    pub(crate) fn holds(&mut self, key: &str) -> Vec<Effect> {
        update(&mut self.model, Msg::Key(Key::parse(key).expect("a key")))
    }

    /// Performs effects, and all that follows from them.
    pub(crate) fn goes_on(&mut self, effects: Vec<Effect>) {
        let mut open: VecDeque<Effect> = effects.into();
        while let Some(effect) = open.pop_front() {
            match effect {
                // It has many replies, which the test sends: see `live_tail`.
                Effect::Stream { stream: Stream::LiveTail(_), .. } => self.effects.push(effect),
                Effect::Stream { slot, ticket, stream: Stream::Query { number, id } } => {
                    self.follows.push((slot, ticket, number, Follow::new(id, false)));
                }
                Effect::Arrange { run, question } => {
                    open.extend(update(&mut self.model, Msg::Arranged { run, answer: question.answer() }));
                }
                Effect::QueryLocally { run, sql, rows } => {
                    let result = self.runtime.block_on(gluedeck_localsql::query(&sql, rows));
                    let took = Duration::from_millis(1);
                    open.extend(update(&mut self.model, Msg::Update(Update::LocalRows { run, result, took })));
                }
                Effect::ReadQueries => {
                    let mut past = read_queries(self.state.path());
                    let here = scope_key("sandbox", self.gateway.endpoint(), self.gateway.region());
                    past.retain(|past| past.scope_key == here);
                    let saved = read_saved(self.state.path());
                    open.extend(update(&mut self.model, Msg::Update(Update::Queries { past, saved })));
                }
                Effect::SaveQuery { name, sql } => {
                    save_query(self.state.path(), &name, &sql).expect("saved");
                }
                Effect::Request { slot, ticket, request } => {
                    let answered = Box::new(self.runtime.block_on(self.gateway.answer(*request)));
                    open.extend(update(&mut self.model, Msg::Answered { slot, ticket, answered }));
                }
                Effect::SaveAndSend { rollout, slot, ticket, request } => {
                    self.effects.push(Effect::SaveRollout(*rollout));
                    open.push_front(Effect::Request { slot, ticket, request });
                }
                Effect::ReadJournal => {
                    let journal = read_journal(self.state.path()).expect("a journal");
                    open.extend(update(&mut self.model, Msg::Update(Update::Journal(journal))));
                }
                Effect::WriteSchedules { file, schedules } => {
                    let patched = write_schedules_into(&file, &schedules).expect("a file that is right");
                    self.model.show_notice(format!("{} schedules written into the file", patched.records.len()));
                }
                Effect::PlanStagger(question) => {
                    let known = |workflow| PlannerInput {
                        workflow,
                        history: question.histories.get(&workflow.id),
                        jobs: &question.jobs,
                    };
                    let all: Vec<PlannerInput<'_>> = question.workflows.iter().map(known).collect();
                    let (selected, planner_options) = (&question.selected, &question.planner_options);
                    let plan = stagger::plan(&all, selected, question.limit, question.now, planner_options, EFFORT);
                    let answer = Msg::Update(Update::Plan { number: question.number, plan: plan.map(Box::new) });
                    open.extend(update(&mut self.model, answer));
                }
                other => self.effects.push(other),
            }
        }
    }

    /// Performs a request past the screens, as any part of the program could.
    pub(crate) fn perform<Q: Perform>(&mut self, request: Q) -> Result<Q::Answer, Fault> {
        self.runtime.block_on(self.gateway.perform(request))
    }

    /// What live tail brings in some seconds of the sandbox's time.
    pub(crate) fn live_tail(&mut self, sources: &[LogSource], seconds: i64) -> LiveEvents {
        let (gateway, world) = (&self.gateway, &self.world);
        self.runtime.block_on(async {
            let mut tail = gateway.live_tail(sources).await.expect("a session");
            let mut all = LiveEvents::default();
            for _ in 0..5 {
                world.advance_seconds(seconds / 5);
                let live = tail.next().await.expect("an update");
                all.events.extend(live.events);
                all.sampled |= live.sampled;
            }
            all
        })
    }

    /// Starts a query past the screen.
    pub(crate) fn start_query(&mut self, sql: &str, query_context: QueryContext) -> QueryId {
        self.perform(StartQuery { number: 0, sql: sql.to_owned(), query_context }).expect("it starts")
    }

    /// Starts a query as another person would, from another machine.
    pub(crate) fn start_query_elsewhere(&mut self, sql: &str) -> QueryId {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SessionOptions {
            endpoint_url: Some(self.world.url()),
            credentials: Credentials::Dummy,
            ..Default::default()
        };
        let start = StartQuery { number: 0, sql: sql.to_owned(), query_context: QueryContext::default() };
        let started = self.runtime.block_on(async {
            let other = Gateway::connect(&options, "elsewhere", folder.path()).await.expect("a gateway");
            other.perform(start).await
        });
        started.expect("it starts")
    }

    /// All that is told of a query until there is nothing more.
    pub(crate) fn follow(&mut self, id: QueryId, by_pages: bool) -> Vec<QueryEvent> {
        let gateway = &self.gateway;
        self.runtime.block_on(async {
            let mut follow = Follow::new(id, by_pages);
            let mut all = Vec::new();
            while all.last() != Some(&QueryEvent::End) {
                all.push(gateway.follow(&mut follow).await.expect("news"));
            }
            all
        })
    }

    /// The log of a step that is running, in the first minute of the night.
    pub(crate) fn of_a_running_log() -> Self {
        let mut story = Self::new(World::new(), (140, 24));
        story.world.advance_to("03:00:40");
        story.wait(20_000);
        story.press("/");
        story.types("Machine Workflow\n");
        story.press("l");
        story
    }

    /// The terminal gets another size.
    pub(crate) fn resize(&mut self, width: u16, height: u16) {
        self.terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        self.send(Msg::Resize { width, height });
    }

    /// Presses keys by name, separated by blanks.
    pub(crate) fn press(&mut self, keys: &str) {
        for name in keys.split(' ') {
            let key = Key::parse(name).unwrap_or_else(|| panic!("{name} is no key"));
            self.send(Msg::Key(key));
        }
    }

    pub(crate) fn types(&mut self, text: &str) {
        for letter in text.chars() {
            let name = match letter {
                ' ' => "space".to_owned(),
                '\n' => "enter".to_owned(),
                letter => letter.to_string(),
            };
            self.press(&name);
        }
    }

    pub(crate) fn screen(&mut self) -> String {
        self.terminal.draw(|frame| draw(frame, &self.model)).expect("a frame");
        let buffer = self.terminal.backend().buffer();
        let width = buffer.area.width as usize;
        let cells: Vec<&str> = buffer.content().iter().map(|cell| cell.symbol()).collect();
        cells.chunks(width).map(|row| row.concat().trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn line(&mut self, with: &str) -> String {
        let screen = self.screen();
        screen.lines().find(|line| line.contains(with)).unwrap_or_else(|| panic!("no {with} on\n{screen}")).to_owned()
    }

    pub(crate) fn sees(&mut self, text: &str) {
        let screen = self.screen();
        assert!(screen.contains(text), "no «{text}» on\n{screen}");
    }

    pub(crate) fn misses(&mut self, text: &str) {
        let screen = self.screen();
        assert!(!screen.contains(text), "«{text}» is on\n{screen}");
    }
}
