//! The board: every workflow, every trigger, one look.

mod groups;
mod row_view;
mod rows;
pub mod view;

pub use self::groups::{BoardLine, LineId};
pub use self::rows::{FIELDS, Shown, Sort, SortKey};

use super::{Screen, View, plans, steps};
use crate::flow::{Action, Command, Context, Key, Route, Scope};
use crate::ui::scroll::moved;
use crate::ui::{FilterLine, Scroll, Selection};
use crate::ui::{Frame, Line, Rect};
use gluedeck_core::analysis::filter::Filter;
use gluedeck_core::analysis::stagger::{self, Mode};
use gluedeck_core::analysis::{Outcome, outcome, plan};
use gluedeck_core::domain::{Pipeline, PipelineId, PipelineKind};
use gluedeck_core::request::ResourceRef;
use std::collections::BTreeSet;

/// What the user has done to the board.
#[derive(Debug, Default)]
pub struct BoardState {
    selected: Selection<LineId>,
    /// Groups whose pipelines are not shown.
    folded: BTreeSet<PipelineKind>,
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

    /// The lines of the list: rows, under the headings of their groups where there are several.
    pub fn lines_of<'c>(&self, contexts: &[&'c Context]) -> Vec<BoardLine<'c>> {
        let rows = self.rows_of(contexts);
        if !groups::is_grouped(contexts) {
            return rows.into_iter().map(BoardLine::Pipeline).collect();
        }
        // What is looked for is shown wherever it is.
        match self.is_narrowed() {
            true => groups::arrange(rows, &BTreeSet::new()),
            false => groups::arrange(rows, &self.folded),
        }
    }

    fn is_narrowed(&self) -> bool {
        self.failures_only || !self.filter.text().is_empty()
    }

    /// The rows that the last frame showed, then those below and above them.
    pub fn in_view<'c>(&self, context: &'c Context) -> Vec<&'c Pipeline> {
        let rows: Vec<_> = self.lines_of(&[context]).iter().map(|line| line.row().map(|row| row.workflow)).collect();
        let Scroll { top, height, .. } = self.scroll.get();
        let top = top.min(rows.len());
        let (above, below) = rows.split_at(top);
        let wanted = height + height / 2;
        below.iter().take(wanted.max(1)).chain(above.iter().rev().take(height / 2)).copied().flatten().collect()
    }

    /// The selected pipeline, or the first one; none where the heading of a group is selected.
    pub fn selected<'c>(&self, context: &'c Context) -> Option<&'c Pipeline> {
        self.selected_line(context)?.row().map(|row| row.workflow)
    }

    fn selected_line<'c>(&self, context: &'c Context) -> Option<BoardLine<'c>> {
        let lines = self.lines_of(&[context]);
        lines.get(self.index(&lines, context)).copied()
    }

    /// Where the selection is among the lines; `at` is the place that it is in.
    pub fn index(&self, lines: &[BoardLine<'_>], at: &Context) -> usize {
        let here = |line: &BoardLine<'_>| line.row().is_some_and(|row| std::ptr::eq(row.context, at));
        let heads = |line: &BoardLine<'_>| matches!(line, BoardLine::Group(_));
        let is = |n: usize, id: &LineId| lines[n].is(id) && (heads(&lines[n]) || here(&lines[n]));
        let found = (0..lines.len()).any(|n| self.selected.is(|id| is(n, id)));
        let index = match (found, self.selected.is_untouched() || !self.filter.text().is_empty()) {
            (false, true) => lines.iter().position(here).unwrap_or(0),
            _ => self.selected.index(lines.len(), is),
        };
        let fits = lines.get(index).is_some_and(|line| here(line) || heads(line));
        if fits { index } else { lines.iter().position(here).unwrap_or(0) }
    }

    /// The number of the first row that is shown.
    pub fn top(&self) -> usize {
        self.scroll.get().top
    }

    /// The number of rows that the last frame had room for.
    pub fn page(&self) -> usize {
        self.scroll.get().page()
    }

    /// Selects a line.
    pub fn select(&mut self, id: LineId) {
        self.selected.select(id);
    }

    /// Shows the pipelines of a kind, and nothing else.
    pub fn show_kind(&mut self, kind: PipelineKind) {
        self.filter = FilterLine::of(format!("kind:{kind} "));
        self.failures_only = false;
        self.selected = Selection::default();
    }

    /// Folds the group of the selected line, or unfolds it.
    fn fold(&mut self, context: &Context) -> Vec<Action> {
        if !groups::is_grouped(&[context]) || self.is_narrowed() {
            return vec![Action::Notice("Nothing to fold: one group only".to_owned())];
        }
        if let Some(line) = self.selected_line(context) {
            let kind = line.kind();
            if !self.folded.remove(&kind) {
                self.folded.insert(kind);
            }
            self.selected.select(LineId::Group(kind));
        }
        Vec::new()
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
        let Some(workflow) = self.selected(context) else {
            let nothing = "Select a pipeline: this is the heading of its group".to_owned();
            return self.selected_line(context).map(|_| Action::Notice(nothing));
        };
        match command {
            Command::Open => Some(Action::Go(Route::of(workflow.id.clone()))),
            Command::StepLog => Some(steps::open_log(steps::of_interest(workflow))),
            Command::Query if workflow.id.as_workflow().is_none() => {
                Some(Action::Notice(format!("Which table {} writes is not known; 4 opens Athena", workflow.id)))
            }
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
        let lines = self.lines_of(&[context]);
        let index = moved(self.index(&lines, context), step, lines.len());
        self.selected.hold(lines.get(index).map(BoardLine::id));
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
        let current = self.selected_line(context);
        let heading = matches!(current, Some(BoardLine::Group(_)));
        self.selected.hold(current.map(|line| line.id()));
        if let Some(step) = command.step(self.page()) {
            self.step(step, context);
            return Vec::new();
        }
        match command {
            Command::Fold => return self.fold(context),
            Command::Open if heading => return self.fold(context),
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
        let before = self.selected_line(context).map(|line| line.id());
        let lines = self.lines_of(&[context]);
        let Some(clicked) = lines.get(self.scroll.get().top + line).map(BoardLine::id) else { return false };
        let again = before.as_ref() == Some(&clicked);
        self.selected.select(clicked);
        again
    }

    fn pipelines(&self, context: &Context) -> Option<Vec<Pipeline>> {
        Some(self.rows(context).into_iter().cloned().collect())
    }
}
