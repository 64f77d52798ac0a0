//! The timeline: all runs of a night as bars, and the DPUs that they held.

pub mod view;

use super::{Screen, View, steps};
use crate::flow::{Action, Command, Context, Scope};
use crate::ui::scroll::moved;
use crate::ui::{Frame, Line, Rect};
use crate::ui::{Scroll, Selection};
use chrono::NaiveDate;
use gluedeck_core::analysis::run_timeline::{self, Bar};
use gluedeck_core::analysis::{Outcome, outcome};
use gluedeck_core::domain::{Pipeline, RunId, Time};
use std::cell::Cell;

/// The most that one can zoom in: a cell is then about a second.
const MAX_ZOOM: f64 = 64.0;

/// What the user has done on this screen.
#[derive(Debug, Default)]
pub struct TimelineState {
    /// None: the newest night.
    day: Option<NaiveDate>,
    /// A workflow may have run more than once in a night.
    selected: Selection<RunId>,
    /// How many times closer than the whole night.
    zoom: u32,
    /// The part of the night that lies before the window, from 0 to 1.
    pan: f64,
    scroll: Cell<Scroll>,
}

impl TimelineState {
    /// The day that is shown, if any run is known.
    pub fn day(&self, context: &Context) -> Option<NaiveDate> {
        let days = days(context);
        self.day.filter(|day| days.contains(day)).or_else(|| days.last().copied())
    }

    /// Shows the night of a day.
    pub fn show(&mut self, day: NaiveDate) {
        self.day = Some(day);
    }

    /// The bars, by the minute of their start; of those that began together, what failed first.
    pub fn bars<'c>(&self, context: &'c Context) -> Vec<Bar<'c>> {
        let Some(day) = self.day(context) else { return Vec::new() };
        let all: Vec<&Pipeline> = context.pipelines().iter().collect();
        let mut bars = run_timeline::of_day(day, &all, |name| context.history(name), context.now());
        let minute = |bar: &Bar<'_>| bar.run.started_on.map(|at| at.timestamp() / 60);
        let rank = |bar: &Bar<'_>| match outcome::of_run(bar.run, Some(bar.workflow)) {
            Outcome::Failed => 0,
            Outcome::Partial | Outcome::Stopped => 1,
            Outcome::Running | Outcome::Unknown => 2,
            Outcome::Succeeded | Outcome::NeverRan => 3,
        };
        bars.sort_by(|a, b| (minute(a), rank(a), &a.workflow.id).cmp(&(minute(b), rank(b), &b.workflow.id)));
        bars
    }

    fn index(&self, bars: &[Bar<'_>]) -> usize {
        self.selected.index(bars.len(), |n, run| &bars[n].run.id == run)
    }

    fn closer(&self) -> f64 {
        f64::from(1_u32 << self.zoom.min(6)).min(MAX_ZOOM)
    }

    /// The first and the last moment of the window.
    fn window(&self, from: Time, to: Time) -> (Time, Time) {
        let whole = (to - from).num_milliseconds().max(60_000) as f64;
        let shown = whole / self.closer();
        let begin = from + chrono::TimeDelta::milliseconds((self.pan * (whole - shown)) as i64);
        (begin, begin + chrono::TimeDelta::milliseconds(shown as i64))
    }

    /// The night in words, a line a run.
    fn words(&self, bars: &[Bar<'_>], context: &Context) -> String {
        let line = |bar: &Bar<'_>| {
            let today = |at: &Time| self.day(context) == Some(at.date_naive());
            let form = |at: Time| at.format(if today(&at) { "%H:%M:%SZ" } else { "%-d %b %H:%M:%SZ" }).to_string();
            let started = bar.run.started_on.map(form).unwrap_or_default();
            let took = bar
                .run
                .elapsed_seconds(context.now())
                .map(gluedeck_core::analysis::reason::duration)
                .unwrap_or_default();
            let outcome = outcome::of_run(bar.run, Some(bar.workflow)).title();
            format!("{started} {took} {outcome} {}", bar.workflow.id)
        };
        let day = self.day(context).map(|day| day.to_string()).unwrap_or_default();
        std::iter::once(format!("Runs of {day}")).chain(bars.iter().map(line)).collect::<Vec<_>>().join("\n")
    }

    fn turn(&mut self, step: isize, context: &Context) -> Vec<Action> {
        let days = days(context);
        let at = self.day(context).and_then(|day| days.iter().position(|known| *known == day));
        let Some(to) = at.and_then(|at| at.checked_add_signed(step)).and_then(|to| days.get(to)) else {
            let word = if step < 0 { "an earlier" } else { "a later" };
            return vec![Action::Notice(format!("No runs of {word} night"))];
        };
        self.day = Some(*to);
        (self.zoom, self.pan) = (0, 0.0);
        Vec::new()
    }
}

impl Screen for TimelineState {
    fn scroll(&self) -> Option<Scroll> {
        Some(self.scroll.get())
    }

    fn scope(&self) -> Scope {
        Scope::Timeline
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: View<'_>) -> Line<'static> {
        view::draw(frame, area, self, view);
        view::context_line(self, view.context, view.look, area.width as usize)
    }

    fn update(&mut self, command: Command, context: &Context) -> Vec<Action> {
        let bars = self.bars(context);
        let index = self.index(&bars);
        self.selected.hold(bars.get(index).map(|bar| bar.run.id.clone()));
        if let Some(step) = command.step(self.scroll.get().page()) {
            let to = moved(index, step, bars.len());
            self.selected.hold(bars.get(to).map(|bar| bar.run.id.clone()));
            return Vec::new();
        }
        match command {
            Command::PreviousDay => return self.turn(-1, context),
            Command::NextDay => return self.turn(1, context),
            Command::ZoomIn => self.zoom = (self.zoom + 1).min(6),
            Command::ZoomOut => self.zoom = self.zoom.saturating_sub(1),
            Command::Left => self.pan = (self.pan - 0.25 / self.closer()).max(0.0),
            Command::Right => self.pan = (self.pan + 0.25 / self.closer()).min(1.0),
            Command::Fit => (self.zoom, self.pan) = (0, 0.0),
            Command::Open => {
                let open = |bar: &Bar<'_>| Action::ShowRun(bar.workflow.id.clone(), Box::new(bar.run.clone()));
                return bars.get(index).map(open).into_iter().collect();
            }
            Command::StepLog => {
                let bar = bars.get(index);
                let with_run = bar.map(|bar| Pipeline { last_run: Some(bar.run.clone()), ..bar.workflow.clone() });
                return with_run.map(|w| steps::open_log(steps::of_interest(&w))).into_iter().collect();
            }
            Command::Copy => return vec![Action::Copy(self.words(&bars, context))],
            Command::CopyName => {
                let name = bars.get(index).map(|bar| bar.workflow.id.to_string());
                return name.map(Action::Copy).into_iter().collect();
            }
            _ => {}
        }
        Vec::new()
    }

    fn click(&mut self, line: usize, context: &Context) -> bool {
        let bars = self.bars(context);
        let before = self.index(&bars);
        let Some(bar) = bars.get(self.scroll.get().top + line) else { return false };
        let again = before == self.scroll.get().top + line;
        self.selected.select(bar.run.id.clone());
        again
    }

    fn pipelines(&self, context: &Context) -> Option<Vec<Pipeline>> {
        let with_run = |bar: &Bar<'_>| Pipeline { last_run: Some(bar.run.clone()), ..bar.workflow.clone() };
        Some(self.bars(context).iter().map(with_run).collect())
    }
}

/// The days of which runs are known.
pub fn days(context: &Context) -> Vec<NaiveDate> {
    let all: Vec<&Pipeline> = context.pipelines().iter().collect();
    run_timeline::days(&all, |name| context.history(name))
}
