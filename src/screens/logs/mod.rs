//! The log of a step: its streams merged by time, followed while the run goes on.

pub mod lines;
pub mod view;

use crate::domain::{Fault, LogSource, Time};
use crate::flow::effect::LogRequest;
use crate::flow::request::LogPage;
use crate::flow::{Action, Command, Context, Key, Request, Slot};
use crate::ui::LineInput;
use crate::ui::input::Typed;
use crate::ui::scroll::moved;
use lines::{Lines, Row};
use std::time::Duration;

/// How often a stream is asked for more while it is followed: the quota is ten calls a second for the whole account.
const PACE: Duration = Duration::from_millis(1_500);
/// CloudWatch may still deliver late lines for a while after a run has ended.
const SETTLING: i64 = 90;

/// One stream and how far it is read.
#[derive(Debug)]
pub struct Stream {
    pub source: LogSource,
    token: Option<String>,
    missing: bool,
    pub at_end: bool,
    in_flight: bool,
    next_at: Duration,
    pub fault: Option<(Fault, Time)>,
    /// When its end was last seen.
    pub read_to: Option<Time>,
}

/// The log that is open, and what the user has done to it.
#[derive(Debug)]
pub struct Open {
    pub request: LogRequest,
    pub streams: Vec<Stream>,
    pub lines: Lines,
    pub follow: bool,
    /// First visible row among the filtered ones.
    top: usize,
    pub left: usize,
    pub sources: bool,
    pub filter: LineInput,
    pub filtering: bool,
    /// Lines that came while the reader was elsewhere.
    pub unseen: usize,
    /// Whether the view has gone to the first error of a failed run by itself.
    jumped: bool,
    height: usize,
}

/// The log screen.
#[derive(Debug, Default)]
pub struct LogsState {
    pub open: Option<Open>,
}

impl LogsState {
    /// Opens a log, in place of the one before.
    pub fn show(&mut self, request: LogRequest) -> Vec<Action> {
        let streams = request.sources.iter().map(|source| Stream {
            source: source.clone(),
            token: None,
            missing: false,
            at_end: false,
            in_flight: false,
            next_at: Duration::ZERO,
            fault: None,
            read_to: None,
        });
        let old = self.open.as_ref().map_or(0, |open| open.streams.len());
        self.open = Some(Open {
            streams: streams.collect(),
            lines: Lines::default(),
            follow: !request.failed,
            top: 0,
            left: 0,
            sources: request.sources.len() > 1,
            filter: LineInput::default(),
            filtering: false,
            unseen: 0,
            jumped: false,
            height: 20,
            request,
        });
        (0..old).map(|n| Action::Abandon(Slot::Log(n))).collect()
    }

    /// Asks for more of each stream whose time has come.
    pub fn tick(&mut self, context: &Context) -> Vec<Action> {
        let Some(open) = &mut self.open else { return Vec::new() };
        let ended = open.ended(context);
        let mut actions = Vec::new();
        for (n, stream) in open.streams.iter_mut().enumerate() {
            let settled = stream.at_end && ended.is_some_and(|at| (context.now() - at).num_seconds() > SETTLING);
            let read_since =
                stream.read_to.zip(ended).is_some_and(|(read, ended)| (read - ended).num_seconds() > SETTLING);
            if stream.in_flight || (settled && read_since) || context.moment.wall < stream.next_at {
                continue;
            }
            stream.in_flight = true;
            let (source, token, from) = (stream.source.clone(), stream.token.clone(), open.request.from);
            actions.push(Action::Request(Slot::Log(n), Request::LogPage { source, token, from }));
        }
        actions
    }

    /// Takes a page of the n-th stream.
    pub fn page(&mut self, n: usize, result: Result<LogPage, Fault>, context: &Context) {
        let Some(open) = &mut self.open else { return };
        let Some(stream) = open.streams.get_mut(n) else { return };
        stream.in_flight = false;
        match result {
            Ok(page) => {
                stream.fault = None;
                stream.missing = page.missing;
                stream.at_end = page.at_end;
                if page.token.is_some() {
                    stream.token = page.token;
                }
                if page.at_end {
                    stream.read_to = Some(context.now());
                    stream.next_at = context.moment.wall + PACE.div_f64(context.moment.speed.clamp(1.0, 4.0));
                }
                let added = open.lines.add(n, page.lines, &open.filter.text);
                open.arrived(added);
            }
            Err(fault) => {
                let since = stream.fault.as_ref().map_or(context.now(), |(_, since)| *since);
                stream.fault = Some((fault, since));
                stream.next_at = context.moment.wall + PACE * 2;
            }
        }
    }

    /// Carries out a command; `page` is the number of rows that fit.
    pub fn update(&mut self, command: Command, page: usize) -> Vec<Action> {
        let Some(open) = &mut self.open else { return Vec::new() };
        open.height = page.max(1);
        let half = (page / 2).max(1) as isize;
        match command {
            Command::Down => open.scroll(1),
            Command::Up => open.scroll(-1),
            Command::PageDown => open.scroll(half),
            Command::PageUp => open.scroll(-half),
            Command::Top => open.scroll(isize::MIN / 2),
            Command::Bottom => open.scroll(isize::MAX / 2),
            Command::Follow => {
                open.follow = !open.follow;
                open.settle();
            }
            Command::Left => open.left = open.left.saturating_sub(16),
            Command::Right => open.left = (open.left + 16).min(4_096),
            Command::Sources => open.sources = !open.sources,
            Command::Filter => open.filtering = true,
            Command::FirstError => return open.jump(open.lines.error_from(0)),
            Command::NextMatch => return open.jump(open.lines.error_from(open.top + 1)),
            Command::PreviousMatch => return open.jump(open.lines.error_before(open.top)),
            Command::Back => open.set_filter(LineInput::default()),
            Command::Copy => {
                return open.rows().get(open.top).map(|row| Action::Copy(row.text.clone())).into_iter().collect();
            }
            Command::CopyName => {
                let stream = open.streams.first().map(|stream| stream.source.stream.clone());
                return stream.map(Action::Copy).into_iter().collect();
            }
            _ => {}
        }
        Vec::new()
    }

    /// A key while the filter is being typed.
    pub fn key(&mut self, key: Key) {
        let Some(open) = &mut self.open else { return };
        let mut filter = open.filter.clone();
        match filter.key(key) {
            Typed::Accepted => open.filtering = false,
            Typed::Left => {
                open.filtering = false;
                open.set_filter(LineInput::default());
            }
            Typed::Changed => open.set_filter(filter),
            Typed::Ignored => {}
        }
    }
}

impl Open {
    /// The rows that pass the filter.
    pub fn rows(&self) -> &[Row] {
        self.lines.rows()
    }

    /// The first visible row.
    pub fn top(&self, height: usize) -> usize {
        let last = self.rows().len().saturating_sub(height);
        if self.follow { last } else { self.top.min(last) }
    }

    /// When the run whose log this is ended: as it was when the log was opened, or as the board knows by now.
    pub fn ended(&self, context: &Context) -> Option<Time> {
        self.request.ended.or_else(|| {
            let stream = &self.streams.first()?.source.stream;
            let runs = context.workflows().iter().filter_map(|workflow| workflow.last_run.as_ref());
            let mut attempts = runs.flat_map(|run| run.steps.iter().flatten()).flat_map(|step| &step.attempts);
            attempts.find(|a| a.id.as_ref().is_some_and(|id| id.as_str() == stream))?.completed_on
        })
    }

    /// Whether no stream exists (yet).
    pub fn missing(&self) -> bool {
        self.streams.iter().all(|stream| stream.missing)
    }

    pub fn set_filter(&mut self, filter: LineInput) {
        self.lines.filter(&filter.text);
        self.filter = filter;
        self.settle();
    }

    fn arrived(&mut self, added: usize) {
        if !self.follow {
            self.unseen += added;
        }
        let complete = self.streams.iter().all(|stream| stream.at_end || stream.missing);
        if self.request.failed && complete && !self.jumped && !self.rows().is_empty() {
            self.jumped = true;
            match self.lines.error_from(0) {
                Some(row) => self.top = row.saturating_sub(3),
                None => self.top = self.rows().len(),
            }
            self.unseen = 0;
        }
    }

    fn settle(&mut self) {
        if self.follow {
            self.unseen = 0;
        }
        self.top = self.top.min(self.rows().len().saturating_sub(1));
    }

    /// Moves the window. Going up ends following; reaching the end takes it up again.
    fn scroll(&mut self, step: isize) {
        let last = self.rows().len().saturating_sub(self.height);
        let from = self.top(self.height);
        self.top = moved(from, step, last + 1);
        self.follow = step > 0 && self.top >= last;
        if self.top >= last {
            self.unseen = 0;
        }
    }

    fn jump(&mut self, row: Option<usize>) -> Vec<Action> {
        match row {
            None => vec![Action::Notice("No further line that looks like an error".into())],
            Some(row) => {
                self.follow = false;
                self.top = row;
                Vec::new()
            }
        }
    }
}
