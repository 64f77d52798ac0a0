//! One workflow: its steps and triggers, the error in full, its earlier runs.

pub mod view;

use super::plans;
use super::steps::{self, StepLine, lines};
use crate::domain::{StepRun, Workflow, WorkflowName};
use crate::flow::{Action, Command, Context};
use crate::ui::scroll::moved;

/// What the user has done on this screen.
#[derive(Debug, Default)]
pub struct WorkflowState {
    /// The workflow that the selection belongs to.
    shown: Option<WorkflowName>,
    selected: usize,
}

impl WorkflowState {
    /// Shows a workflow, with the step of interest selected if it is another one than before.
    pub fn show(&mut self, workflow: &Workflow) {
        if self.shown.as_ref() == Some(&workflow.name) {
            return;
        }
        self.shown = Some(workflow.name.clone());
        let interest = steps::of_interest(workflow).map(|step| &step.target);
        self.selected =
            lines(workflow).iter().position(|line| line.target == interest && interest.is_some()).unwrap_or(0);
    }

    /// The selected line.
    pub fn selected<'c>(&self, workflow: &'c Workflow) -> Option<StepLine<'c>> {
        let lines = lines(workflow);
        lines.get(self.selected.min(lines.len().saturating_sub(1))).copied()
    }

    /// Carries out a command.
    pub fn update(&mut self, command: Command, workflow: &Workflow, context: &Context, page: usize) -> Vec<Action> {
        let half = (page / 2).max(1) as isize;
        let count = lines(workflow).len();
        let line = self.selected(workflow);
        match command {
            Command::Down => self.selected = moved(self.selected, 1, count),
            Command::Up => self.selected = moved(self.selected, -1, count),
            Command::PageDown => self.selected = moved(self.selected, half, count),
            Command::PageUp => self.selected = moved(self.selected, -half, count),
            Command::Top => self.selected = 0,
            Command::Bottom => self.selected = count.saturating_sub(1),
            Command::Open | Command::StepLog => return vec![steps::open_log(line.and_then(|line| line.run))],
            Command::Query => return vec![steps::compose_query(workflow, context)],
            Command::Start => return vec![plans::start(workflow, context)],
            Command::Rerun => return vec![plans::rerun(workflow, context)],
            Command::RerunWhole => return vec![plans::rerun_whole(workflow, context)],
            Command::Stop => return vec![plans::stop(workflow, context)],
            Command::SwitchTrigger => {
                return line.map(|line| plans::switch(line.trigger, context)).into_iter().collect();
            }
            Command::RunStep => {
                let target = line.and_then(|line| line.target);
                return target.map(|target| plans::step_alone(target, workflow, context)).into_iter().collect();
            }
            Command::Copy => return copy(line).into_iter().collect(),
            Command::CopyName => {
                let id = line.and_then(|line| line.run?.last()?.id.as_ref()).map(ToString::to_string);
                let name = line.and_then(|line| line.target).map(|target| target.name().to_owned());
                return id.or(name).map(Action::Copy).into_iter().collect();
            }
            _ => {}
        }
        Vec::new()
    }
}

/// The error of a failed step, else the line in words.
fn copy(line: Option<StepLine<'_>>) -> Option<Action> {
    let line = line?;
    let target = line.target?;
    let attempt = line.run.and_then(StepRun::last);
    let text = match attempt.and_then(|attempt| attempt.error.as_deref()) {
        Some(error) => format!("{}: {error}", target.name()),
        None => format!("{}: {}", target.name(), attempt.map_or("has not run", |attempt| attempt.state.word())),
    };
    Some(Action::Copy(text))
}
