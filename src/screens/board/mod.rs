//! The board: every workflow, every trigger, one look.

pub mod view;

use super::{plans, steps};
use crate::analysis::{Outcome, outcome, plan, reason};
use crate::domain::{Workflow, WorkflowName};
use crate::flow::{Action, Command, Context, Key, Route};
use crate::ui::input::Typed;
use crate::ui::scroll::moved;
use crate::ui::{LineInput, Scroll};
use std::collections::BTreeSet;

/// What the user has done to the board.
#[derive(Debug, Default)]
pub struct BoardState {
    /// By identity: a refresh moves the row, not the selection.
    selected: Option<WorkflowName>,
    failures_only: bool,
    /// By identity, as the selection.
    pub marked: BTreeSet<WorkflowName>,
    pub filter: LineInput,
    /// Whether keys go into the filter.
    pub filtering: bool,
    scroll: std::cell::Cell<Scroll>,
    /// Rows that the last frame had room for.
    height: std::cell::Cell<usize>,
}

impl BoardState {
    /// The workflows that are shown, in the order they are shown: trouble first.
    pub fn rows<'c>(&self, context: &'c Context) -> Vec<&'c Workflow> {
        let filter = self.filter.text.to_lowercase();
        let mut rows: Vec<&Workflow> = context
            .workflows()
            .iter()
            .filter(|workflow| !self.failures_only || outcome::of_workflow(workflow) == Outcome::Failed)
            .filter(|workflow| filter.is_empty() || matches(workflow, &filter, context))
            .collect();
        rows.sort_by_cached_key(|workflow| (trouble(workflow), workflow.name.clone()));
        rows
    }

    /// The selected workflow, or the first one.
    pub fn selected<'c>(&self, context: &'c Context) -> Option<&'c Workflow> {
        let rows = self.rows(context);
        rows.get(self.index(&rows)).copied()
    }

    fn index(&self, rows: &[&Workflow]) -> usize {
        rows.iter().position(|workflow| Some(&workflow.name) == self.selected.as_ref()).unwrap_or(0)
    }

    /// Carries out a command; `page` is the number of rows that fit.
    pub fn update(&mut self, command: Command, context: &Context, page: usize) -> Vec<Action> {
        let half = (page / 2).max(1) as isize;
        match command {
            Command::Down => self.step(1, context),
            Command::Up => self.step(-1, context),
            Command::PageDown => self.step(half, context),
            Command::PageUp => self.step(-half, context),
            Command::Top => self.step(isize::MIN / 2, context),
            Command::Bottom => self.step(isize::MAX / 2, context),
            Command::FailuresOnly => self.failures_only = !self.failures_only,
            Command::Mark => self.mark(context),
            Command::Filter => self.filtering = true,
            // What was set last goes first.
            Command::Back if self.filter.text.is_empty() && !self.failures_only => self.marked.clear(),
            Command::Back => {
                self.filter = LineInput::default();
                self.failures_only = false;
            }
            Command::OpenSandbox => return vec![plans::open_sandbox()],
            _ => return self.act(command, context).into_iter().collect(),
        }
        Vec::new()
    }

    /// Marks the selected workflow, or takes its mark, and goes on to the next.
    fn mark(&mut self, context: &Context) {
        let Some(name) = self.selected(context).map(|workflow| workflow.name.clone()) else { return };
        if !self.marked.remove(&name) {
            self.marked.insert(name);
        }
        self.step(1, context);
    }

    /// Commands on the selected workflow, or on all that are marked.
    fn act(&self, command: Command, context: &Context) -> Option<Action> {
        let marked: Vec<&Workflow> = context.workflows().iter().filter(|w| self.marked.contains(&w.name)).collect();
        if !marked.is_empty() {
            match command {
                Command::Start => return Some(plans::on_all(&marked, context, plan::start)),
                Command::Rerun => return Some(plans::on_all(&marked, context, plan::rerun)),
                Command::RerunWhole => return Some(plans::on_all(&marked, context, plan::rerun_whole)),
                Command::Stop => return Some(plans::on_all(&marked, context, plan::stop)),
                Command::SwitchTrigger => {
                    let to = plan::other_way(&marked);
                    let planned =
                        |workflow: &Workflow, facts: &dyn plan::Facts| plan::switch_schedule(workflow, to, facts);
                    return Some(plans::on_all(&marked, context, planned));
                }
                _ => {}
            }
        }
        let workflow = self.selected(context)?;
        match command {
            Command::Open => Some(Action::Go(Route::Workflow(workflow.name.clone()))),
            Command::StepLog => Some(steps::open_log(steps::of_interest(workflow))),
            Command::Query => Some(steps::compose_query(workflow, context)),
            Command::Start => Some(plans::start(workflow, context)),
            Command::Rerun => Some(plans::rerun(workflow, context)),
            Command::RerunWhole => Some(plans::rerun_whole(workflow, context)),
            Command::Stop => Some(plans::stop(workflow, context)),
            Command::SwitchTrigger => Some(plans::switch_schedule(workflow, context)),
            Command::Stagger => Some(Action::Stagger(marked.iter().map(|w| w.name.clone()).collect())),
            Command::CopyName => Some(Action::Copy(workflow.name.to_string())),
            Command::Copy => {
                let why = context.reason(workflow);
                let word = outcome::of_workflow(workflow).word();
                let why = why.map(|reason| format!(" · {}", reason.text)).unwrap_or_default();
                Some(Action::Copy(format!("{} · {word}{why}", workflow.name)))
            }
            _ => None,
        }
    }

    /// A key while the filter is being typed.
    pub fn key(&mut self, key: Key) {
        match self.filter.key(key) {
            Typed::Accepted => self.filtering = false,
            Typed::Left => {
                self.filtering = false;
                self.filter = LineInput::default();
            }
            Typed::Changed | Typed::Ignored => {}
        }
    }

    fn step(&mut self, step: isize, context: &Context) {
        let rows = self.rows(context);
        let index = moved(self.index(&rows), step, rows.len());
        self.selected = rows.get(index).map(|workflow| workflow.name.clone());
    }
}

/// Trouble first.
fn trouble(workflow: &Workflow) -> u8 {
    match outcome::of_workflow(workflow) {
        Outcome::Failed => 0,
        Outcome::Partial | Outcome::Stopped => 1,
        Outcome::Running => 2,
        _ if is_off(workflow) => 4,
        Outcome::Good | Outcome::NeverRan => 3,
    }
}

/// Whether the row shows as off: the schedule is, and nothing is wrong or going on.
fn is_off(workflow: &Workflow) -> bool {
    let calm = matches!(outcome::of_workflow(workflow), Outcome::Good | Outcome::NeverRan);
    calm && reason::start_is_off(workflow).is_some()
}

fn matches(workflow: &Workflow, filter: &str, context: &Context) -> bool {
    let why = context.reason(workflow);
    let state = if is_off(workflow) { "off" } else { outcome::of_workflow(workflow).word() };
    workflow.name.as_str().to_lowercase().contains(filter)
        || state.contains(filter)
        || why.is_some_and(|reason| reason.text.to_lowercase().contains(filter))
}
