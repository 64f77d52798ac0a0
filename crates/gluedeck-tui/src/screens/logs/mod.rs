//! The logs of one run, or of several: their streams merged by time, filtered, folded, followed while a run goes on.

mod keeping;
pub mod panel_view;
mod panels;
mod reading;
mod searching;
mod stream;
pub mod view;
mod viewport;

pub use stream::Stream;
use viewport::At;
pub use viewport::{LogViewport, lines as lines_of};

use super::{Screen, View};
use crate::flow::effect::LogRequest;
use crate::flow::{Action, Command, Context, Key, Load, Scope, Slot};
use crate::ui::LineInput;
use crate::ui::input::Typed;
use crate::ui::{Frame, Line, Rect, Scroll};
use chrono::TimeDelta;
use gluedeck_core::analysis::filter::number;
use gluedeck_core::analysis::log::first_real_error;
use gluedeck_core::analysis::log::{Cause, Filter, FilterResult, Id, Log};
use gluedeck_core::domain::{Fault, Part, Time};
use gluedeck_core::request::{Comparison, FoundStreams};
use std::cell::{Cell, RefCell};
use thiserror::Error;

/// What a line that is typed is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// One more filter.
    Filter,
    /// Something to look for among what is shown.
    Find,
}

/// Which part of the screen one is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Page {
    #[default]
    Lines,
    Streams,
    Compare,
}

/// What a run's log is known to be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub head: Id,
    pub cause: Cause,
}

/// The log that is open, and what the user has done to it.
#[derive(Debug)]
pub struct Open {
    pub request: LogRequest,
    pub streams: Vec<Stream>,
    /// By run: what is known of its groups.
    pub found: Vec<Load<FoundStreams>>,
    pub log: Log,
    pub viewport: LogViewport,
    pub page: Page,
    pub selected: usize,
    /// Filters that were typed.
    pub filters: Vec<Filter>,
    pub find: Option<Filter>,
    pub typing: Option<(Purpose, LineInput)>,
    /// Why what is typed is no filter.
    pub complaint: Option<String>,
    /// What has been typed so far: it is in force already.
    draft: Draft,
    /// Whether one is to go to what is looked for, as soon as it is known where that is.
    seeks: bool,
    matches: RefCell<Matches>,
    pub errors_only: bool,
    pub noise_hidden: bool,
    pub sources: bool,
    pub local_time: bool,
    /// The first real error.
    pub cause: Option<Found>,
    pub compared: Load<Comparison>,
    pub live: bool,
    /// Whether live tail has said that it left something out.
    pub sampled: bool,
    wants_all: bool,
    wants_head: bool,
    /// Whether the view has gone to the first error by itself, and whether the reader has taken over since.
    jumped: bool,
    touched: bool,
    /// Lines that the last frame had room for.
    height: Cell<usize>,
    /// What of the list is on the screen, in entries.
    scroll: Cell<Scroll>,
}

/// What is being typed, as far as it is a filter.
#[derive(Debug, Default)]
struct Draft {
    filter: Option<Filter>,
    /// Where one was before, and whether new lines were followed.
    before: Option<(Option<At>, bool)>,
    /// Whether it is to be applied as soon as the filters before it are.
    waits: bool,
    /// Whether it has been applied.
    applied: bool,
}

/// Where what is looked for is, among the records that are shown.
#[derive(Debug, Default)]
struct Matches {
    version: (u64, usize),
    places: Vec<usize>,
}

/// The log screen.
#[derive(Debug, Default)]
pub struct LogsState {
    pub open: Option<Box<Open>>,
}

impl LogsState {
    /// Takes filters that were applied elsewhere.
    pub fn apply_filter_result(&mut self, answer: FilterResult) {
        if let Some(open) = &mut self.open {
            open.log.apply_filter_result(answer);
        }
    }

    /// Takes a comparison.
    pub fn compared(&mut self, result: Result<Comparison, Fault>, now: Time) {
        if let Some(open) = &mut self.open {
            open.compared.take(result, now);
        }
    }
}

impl Screen for LogsState {
    fn scroll(&self) -> Option<Scroll> {
        self.open.as_ref().map(|open| open.scroll.get())
    }

    fn scope(&self) -> Scope {
        Scope::Logs
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: View<'_>) -> Line<'static> {
        view::draw(frame, area, self, view);
        view::context_line(self, view.look, area.width as usize)
    }

    fn update(&mut self, command: Command, _: &Context) -> Vec<Action> {
        let Some(open) = &mut self.open else { return Vec::new() };
        match open.page {
            Page::Lines => open.on_lines(command),
            Page::Streams => open.on_streams(command),
            Page::Compare => open.on_compare(command),
        }
    }

    fn due(&mut self, context: &Context, _: &dyn Fn(&Slot) -> bool) -> Vec<Action> {
        let mut actions = self.read_next(context);
        actions.extend(self.open.iter_mut().flat_map(|open| open.apply_pending()));
        actions
    }

    fn back(&mut self, context: &Context) -> Option<Vec<Action>> {
        let narrowed = self.open.as_ref().is_some_and(|open| {
            open.page != Page::Lines || !open.filters.is_empty() || open.find.is_some() || open.errors_only
        });
        narrowed.then(|| self.update(Command::Back, context))
    }

    fn is_typing(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.typing.is_some())
    }

    fn intercept(&mut self, key: Key, _: &Context) -> Option<Vec<Action>> {
        let open = self.open.as_mut()?;
        let (purpose, mut input) = open.typing.take()?;
        Some(match input.key(key) {
            Typed::Accepted => open.accept(purpose, input),
            Typed::Left => open.leave(),
            Typed::Ignored => {
                open.typing = Some((purpose, input));
                Vec::new()
            }
            Typed::Changed => {
                open.typing = Some((purpose, input));
                open.typed()
            }
        })
    }

    fn paste(&mut self, text: &str) -> Option<Vec<Action>> {
        let open = self.open.as_mut()?;
        open.typing.as_mut()?.1.paste(text);
        Some(open.typed())
    }

    fn is_animated(&self, context: &Context) -> bool {
        self.open.as_ref().is_some_and(|open| open.ended(context).is_none())
    }
}

impl Open {
    /// When the last of the runs ended; none while one goes on.
    pub fn ended(&self, context: &Context) -> Option<Time> {
        let ends: Option<Vec<Time>> = (0..self.request.runs.len()).map(|n| self.ended_of(n, context)).collect();
        ends?.into_iter().max()
    }

    /// When a run ended: as it was when the log was opened, or as has been read since.
    pub fn ended_of(&self, n: usize, context: &Context) -> Option<Time> {
        let run = self.request.runs.get(n)?;
        let found = self.found.get(n).and_then(Load::value).and_then(|found| found.facts.as_ref()?.completed_on);
        run.ended.or(found).or_else(|| {
            let id = run.run.as_ref()?;
            let runs = context.pipelines().iter().filter_map(|workflow| workflow.last_run.as_ref());
            let mut attempts = runs.flat_map(|run| run.steps.iter().flatten()).flat_map(|step| &step.attempts);
            attempts.find(|attempt| attempt.id.as_ref() == Some(id))?.completed_on
        })
    }

    /// Whether no stream exists (yet).
    pub fn missing(&self) -> bool {
        self.streams.iter().all(|stream| stream.missing)
    }

    /// Between which times something is not read yet.
    pub fn gap(&self) -> Option<(i64, i64)> {
        let gaps = self.streams.iter().enumerate().filter_map(|(n, stream)| stream.gap(&self.log, n));
        gaps.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    fn on_lines(&mut self, command: Command) -> Vec<Action> {
        self.touched = true;
        let half = (self.height.get() / 2).max(1) as isize;
        let log = &self.log;
        match command {
            Command::Down => self.viewport.step(log, 1),
            Command::Up => self.viewport.step(log, -1),
            Command::PageDown => self.viewport.step(log, half),
            Command::PageUp => self.viewport.step(log, -half),
            Command::Top => {
                self.viewport.step(log, isize::MIN / 2);
                self.wants_head = true;
            }
            Command::Bottom => self.viewport.step(log, isize::MAX / 2),
            Command::Open => {
                if !self.viewport.toggle(log) {
                    return vec![Action::Notice("Nothing to unfold in this line".into())];
                }
            }
            Command::Follow => return self.toggle_follow(),
            Command::Left => self.viewport.left = self.viewport.left.saturating_sub(16),
            Command::Right => self.viewport.left = (self.viewport.left + 16).min(4_096),
            Command::Wrap => {
                self.viewport.wrap = !self.viewport.wrap;
                self.viewport.left = 0;
            }
            Command::Sources => self.sources = !self.sources,
            Command::LocalTime => self.local_time = !self.local_time,
            Command::Filter => self.start_typing(Purpose::Filter),
            Command::Find => self.start_typing(Purpose::Find),
            Command::FailuresOnly => {
                self.errors_only = !self.errors_only;
                return self.refilter();
            }
            Command::Noise => {
                self.noise_hidden = !self.noise_hidden;
                return self.refilter();
            }
            Command::FirstError => return self.first_error(),
            Command::NextMatch => return self.next_match(true),
            Command::PreviousMatch => return self.next_match(false),
            Command::Mark => self.mark(),
            Command::NextMark => return self.next_mark(),
            Command::Streams => {
                self.page = Page::Streams;
                self.selected = 0;
            }
            Command::Compare => return self.compare(),
            Command::LiveTail => return self.live_tail(),
            Command::Back => return self.back(),
            command => return self.keep(command),
        }
        Vec::new()
    }

    fn toggle_follow(&mut self) -> Vec<Action> {
        self.viewport.cursor = self.viewport.at(&self.log);
        self.viewport.follow = !self.viewport.follow;
        if self.viewport.follow {
            self.viewport.unseen = 0;
        }
        let what = if self.viewport.follow { "Following new lines" } else { "Not following new lines" };
        vec![Action::Notice(what.into())]
    }

    fn first_error(&mut self) -> Vec<Action> {
        self.find_cause();
        match &self.cause {
            Some(found) => {
                let head = found.head;
                let mut actions = Vec::new();
                if self.log.position(head).is_err() {
                    self.filters.clear();
                    self.errors_only = false;
                    actions = self.refilter();
                }
                self.viewport.show(&self.log, head, self.height.get());
                actions
            }
            None if self.streams.iter().any(Stream::has_older) => {
                self.wants_all = true;
                vec![Action::Notice("No error found so far; loading older lines".into())]
            }
            None if self.missing() => {
                let error = self.request.runs.iter().find_map(|run| run.error.as_deref());
                let why = error.map_or("Nothing has been written yet".to_owned(), |error| format!("No log. {error}"));
                vec![Action::Notice(why)]
            }
            None => vec![Action::Notice("No error found in this log".into())],
        }
    }

    /// Looks for the first real error.
    fn find_cause(&mut self) {
        let found = first_real_error(&self.log);
        self.cause = found.map(|head| {
            let text: Vec<&str> = self.log.lines(head).collect();
            Found { head, cause: Cause::of(&text.join("\n")) }
        });
    }

    fn mark(&mut self) {
        let Some(head) = self.viewport.head(&self.log) else { return };
        if !self.viewport.marks.remove(&head) {
            self.viewport.marks.insert(head);
        }
    }

    fn next_mark(&mut self) -> Vec<Action> {
        let shown = self.log.shown();
        let at = self.viewport.head(&self.log).and_then(|head| self.log.position(head).ok()).unwrap_or(0);
        let round = shown.iter().skip(at + 1).chain(shown.iter().take(at + 1));
        match round.copied().find(|head| self.viewport.marks.contains(head)) {
            Some(head) => {
                self.viewport.go(head);
                Vec::new()
            }
            None => vec![Action::Notice("No marked lines: space marks a line".into())],
        }
    }

    /// Goes to a time of the day of the log, or by an amount from where one is.
    ///
    /// # Errors
    /// If the text is no time, or there is no line to go to.
    pub fn go_to_time(&mut self, text: &str) -> Result<(), TimeError> {
        let here = self.viewport.head(&self.log).map(|head| self.log.event(head).at).ok_or(TimeError::NothingLoaded)?;
        let from = Time::from_timestamp_millis(here).ok_or(TimeError::NoTimestamp)?;
        let at = match text.strip_prefix(['+', '-']) {
            Some(amount) => {
                let seconds = number(amount).ok_or_else(|| TimeError::Invalid(text.to_owned()))?;
                let seconds = TimeDelta::milliseconds((seconds * 1_000.0) as i64);
                if text.starts_with('-') { from - seconds } else { from + seconds }
            }
            None => {
                let formats = ["%H:%M:%S%.f", "%H:%M"];
                let clock = text.trim_end_matches(['Z', 'z']);
                let read = formats.iter().find_map(|format| chrono::NaiveTime::parse_from_str(clock, format).ok());
                from.date_naive().and_time(read.ok_or_else(|| TimeError::Invalid(text.to_owned()))?).and_utc()
            }
        };
        let n = self.log.position_at(at.timestamp_millis()).min(self.log.shown().len().saturating_sub(1));
        let head = self.log.shown()[n];
        self.viewport.show(&self.log, head, self.height.get());
        self.wants_all |= n == 0;
        Ok(())
    }
}

/// Why a time of a log cannot be gone to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TimeError {
    #[error("nothing loaded yet")]
    NothingLoaded,
    #[error("this line has no timestamp")]
    NoTimestamp,
    #[error("invalid time {0}: 03:04, 03:04:05, +5m or -30s")]
    Invalid(String),
}

/// Whether a part is shown without being asked for: a progress bar says nothing that one would read.
fn is_shown(part: Part) -> bool {
    !matches!(part, Part::Progress | Part::Other)
}
