//! The board: every workflow, every trigger, one look.

mod row_view;
mod rows;
pub mod view;

pub use self::rows::{FIELDS, Shown, Sort, SortKey};

use super::{Screen, View, plans, steps};
use crate::flow::{Action, Command, Context, Key, Route, Scope};
use crate::ui::scroll::moved;
use crate::ui::{FilterLine, Scroll, Selection};
use crate::ui::{Frame, Line, Rect};
use gluedeck_core::analysis::filter::Filter;
use gluedeck_core::analysis::stagger::{self, Mode};
use gluedeck_core::analysis::{Outcome, outcome, plan};
use gluedeck_core::domain::{Pipeline, PipelineId};
use gluedeck_core::request::ResourceRef;
use std::collections::BTreeSet;

/// What the user has done to the board.
#[derive(Debug, Default)]
pub struct BoardState {
    selected: Selection<PipelineId>,
    failures_only: bool,
    /// By identity, as the selection.
    pub marked: BTreeSet<PipelineId>,
    pub filter: FilterLine,
    pub sort: Sort,
    scroll: std::cell::Cell<Scroll>,
}

impl BoardState {
    /// The workflows of a place that are shown, in the order they are shown.
    pub fn rows<'c>(&self, context: &'c Context) -> Vec<&'c Pipeline> {
        self.rows_of(&[context]).into_iter().map(|row| row.workflow).collect()
    }

    /// The workflows of several places in one order.
    pub fn rows_of<'c>(&self, contexts: &[&'c Context]) -> Vec<Shown<'c>> {
        let filter = Filter::parse(self.filter.text());
        let all =
            contexts.iter().flat_map(|context| context.pipelines().iter().map(|workflow| Shown { context, workflow }));
        let mut rows: Vec<Shown<'c>> = all
            .filter(|row| !self.failures_only || outcome::of_pipeline(row.workflow) == Outcome::Failed)
            .filter(|row| filter.is_empty() || filter.passes(row))
            .collect();
        self.sort.sort(&mut rows);
        rows
    }

    /// The rows that the last frame showed, then those below and above them.
    pub fn in_view<'c>(&self, context: &'c Context) -> Vec<&'c Pipeline> {
        let rows = self.rows(context);
        let Scroll { top, height, .. } = self.scroll.get();
        let top = top.min(rows.len());
        let (above, below) = rows.split_at(top);
        let wanted = height + height / 2;
        below.iter().take(wanted.max(1)).chain(above.iter().rev().take(height / 2)).copied().collect()
    }

    /// The selected workflow, or the first one.
    pub fn selected<'c>(&self, context: &'c Context) -> Option<&'c Pipeline> {
        let rows = self.rows(context);
        let is = |n: usize, name: &PipelineId| &rows[n].id == name;
        let index = match self.filter.text().is_empty() {
            true => self.selected.index(rows.len(), is),
            false => self.selected.index_or_first(rows.len(), is),
        };
        rows.get(index).copied()
    }

    /// Where the selection is among rows; `at` is the place that it is in.
    pub fn index(&self, rows: &[Shown<'_>], at: &Context) -> usize {
        let here = |row: &Shown<'_>| std::ptr::eq(row.context, at);
        let is = |n: usize, name: &PipelineId| here(&rows[n]) && &rows[n].workflow.id == name;
        let index = match self.filter.text().is_empty() {
            true => self.selected.index(rows.len(), is),
            false => self.selected.index_or_first(rows.len(), is),
        };
        if rows.get(index).is_some_and(here) { index } else { rows.iter().position(here).unwrap_or(0) }
    }

    /// The number of the first row that is shown.
    pub fn top(&self) -> usize {
        self.scroll.get().top
    }

    /// The number of rows that the last frame had room for.
    pub fn page(&self) -> usize {
        self.scroll.get().page()
    }

    /// Selects a workflow.
    pub fn select(&mut self, name: PipelineId) {
        self.selected.select(name);
    }

    /// The row that stands so many lines below the first one that is shown.
    pub fn row_at<'c>(&self, line: usize, contexts: &[&'c Context]) -> Option<Shown<'c>> {
        self.rows_of(contexts).get(self.scroll.get().top + line).copied()
    }

    /// Marks the selected workflow, or takes its mark.
    fn mark(&mut self, context: &Context) {
        let Some(name) = self.selected(context).map(|workflow| workflow.id.clone()) else { return };
        if !self.marked.remove(&name) {
            self.marked.insert(name);
        }
    }

    /// Commands on the selected workflow, or on all that are marked.
    fn act(&self, command: Command, context: &Context) -> Option<Action> {
        let marked: Vec<&Pipeline> = context.pipelines().iter().filter(|w| self.marked.contains(&w.id)).collect();
        if !marked.is_empty() {
            match command {
                Command::Start => return Some(plans::on_all(&marked, context, plan::start)),
                Command::Rerun => return Some(plans::on_all(&marked, context, plan::rerun)),
                Command::RerunWhole => return Some(plans::on_all(&marked, context, plan::rerun_whole)),
                Command::RerunFromFailed => {
                    return Some(plans::on_all(&marked, context, plan::rerun_from_failed));
                }
                Command::Stop => return Some(plans::on_all(&marked, context, plan::stop)),
                Command::SetTriggerActivation => {
                    let to = plan::other_way(&marked);
                    let planned = |workflow: &Pipeline, facts: &dyn plan::Facts| {
                        plan::set_schedule_activation(workflow, to, facts)
                    };
                    return Some(plans::on_all(&marked, context, planned));
                }
                Command::StepLog => return Some(steps::open_same(&marked)),
                _ => {}
            }
        }
        let workflow = self.selected(context)?;
        match command {
            Command::Open => Some(Action::Go(Route::Workflow(workflow.id.clone()))),
            Command::StepLog => Some(steps::open_log(steps::of_interest(workflow))),
            Command::Query => Some(steps::compose_query(workflow, context)),
            Command::Start => Some(plans::start(workflow, context)),
            Command::Rerun => Some(plans::rerun(workflow, context)),
            Command::RerunWhole => Some(plans::rerun_whole(workflow, context)),
            Command::RerunFromFailed => Some(plans::rerun_from_failed(workflow, context)),
            Command::Stop => Some(plans::stop(workflow, context)),
            Command::SetTriggerActivation => Some(plans::set_schedule_activation(workflow, context)),
            Command::Stagger => {
                let crowded = failed_for_capacity(context);
                Some(match marked.is_empty() && crowded.len() > 1 {
                    true => Action::Stagger { workflows: crowded, mode: Some(Mode::Now) },
                    false => Action::Stagger { workflows: marked.iter().map(|w| w.id.clone()).collect(), mode: None },
                })
            }
            Command::Why => Some(Action::ShowWhy(workflow.id.clone())),
            Command::Describe => Some(Action::Describe(ResourceRef::of(&workflow.id))),
            Command::OpenInConsole => Some(Action::OpenInConsole(ResourceRef::of(&workflow.id))),
            Command::CopyName => Some(Action::Copy(workflow.id.to_string())),
            Command::Copy => {
                let why = context.reason(workflow);
                let word = outcome::of_pipeline(workflow).title();
                let why = why.map(|reason| format!(" · {}", reason.text)).unwrap_or_default();
                Some(Action::Copy(format!("{} · {word}{why}", workflow.id)))
            }
            _ => None,
        }
    }

    fn step(&mut self, step: isize, context: &Context) {
        let rows = self.rows_of(&[context]);
        let index = moved(self.index(&rows, context), step, rows.len());
        self.selected.hold(rows.get(index).map(|row| row.workflow.id.clone()));
    }
}

/// The workflows that failed because too many ran at once: started again one after the other, they succeed.
fn failed_for_capacity(context: &Context) -> Vec<PipelineId> {
    let all = context.pipelines().iter();
    all.filter(|workflow| stagger::failed_for_capacity(workflow, context.now())).map(|w| w.id.clone()).collect()
}

impl Screen for BoardState {
    fn scroll(&self) -> Option<Scroll> {
        Some(self.scroll.get())
    }

    fn first_hints(&self, context: &Context) -> Vec<Command> {
        let Some(workflow) = self.selected(context) else { return Vec::new() };
        match outcome::of_pipeline(workflow) {
            _ if !self.marked.is_empty() => vec![Command::Mark, Command::Rerun, Command::Start, Command::Stagger],
            Outcome::Failed if stagger::failed_for_capacity(workflow, context.now()) => {
                vec![Command::Rerun, Command::Stagger, Command::StepLog, Command::Open, Command::Why]
            }
            Outcome::Failed | Outcome::Partial => vec![Command::Rerun, Command::StepLog, Command::Open, Command::Why],
            Outcome::Running => vec![Command::StepLog, Command::Open, Command::Stop],
            _ => Vec::new(),
        }
    }

    fn scope(&self) -> Scope {
        Scope::Board
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: View<'_>) -> Line<'static> {
        let selected = view::draw(frame, area, self, view);
        view::context_line(self, selected, view, area.width as usize)
    }

    fn update(&mut self, command: Command, context: &Context) -> Vec<Action> {
        let current = self.selected(context).map(|workflow| workflow.id.clone());
        self.selected.hold(current);
        if let Some(step) = command.step(self.page()) {
            self.step(step, context);
            return Vec::new();
        }
        match command {
            Command::FailuresOnly => self.failures_only = !self.failures_only,
            Command::Mark => self.mark(context),
            Command::Filter => self.filter.open(),
            Command::SortNext => self.sort = Sort { key: self.sort.key.further(1), ..self.sort },
            Command::SortPrevious => self.sort = Sort { key: self.sort.key.further(-1), ..self.sort },
            Command::SortReverse => self.sort.reverse = !self.sort.reverse,
            // What was set last goes first.
            Command::Back if self.filter.text().is_empty() && !self.failures_only => self.marked.clear(),
            Command::Back => {
                self.filter = FilterLine::default();
                self.failures_only = false;
            }
            Command::Watch => {
                let workflow = self.selected(context).map(|workflow| workflow.id.clone());
                return workflow.map(Action::Watch).into_iter().collect();
            }
            Command::OpenSandbox if context.session.has_sandbox => return vec![plans::open_sandbox()],
            Command::OpenSandbox => {
                return vec![Action::Notice("This build has no sandbox".to_owned())];
            }
            _ => return self.act(command, context).into_iter().collect(),
        }
        Vec::new()
    }

    fn back(&mut self, context: &Context) -> Option<Vec<Action>> {
        Some(self.update(Command::Back, context))
    }

    fn is_typing(&self) -> bool {
        self.filter.is_typing()
    }

    fn intercept(&mut self, key: Key, _: &Context) -> Option<Vec<Action>> {
        self.filter.key(key).then(Vec::new)
    }

    fn paste(&mut self, text: &str) -> Option<Vec<Action>> {
        self.filter.paste(text).then(Vec::new)
    }

    fn click(&mut self, line: usize, context: &Context) -> bool {
        let before = self.selected(context).map(|workflow| workflow.id.clone());
        let Some(row) = self.row_at(line, &[context]) else { return false };
        let clicked = row.workflow.id.clone();
        let again = before.as_ref() == Some(&clicked);
        self.selected.select(clicked);
        again
    }

    fn pipelines(&self, context: &Context) -> Option<Vec<Pipeline>> {
        Some(self.rows(context).into_iter().cloned().collect())
    }
}
