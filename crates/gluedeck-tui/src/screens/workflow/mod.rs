//! One workflow: its graph, steps and triggers, the error in full, its earlier runs, and how this run differs from a good one.

mod graph_view;
pub mod view;

use super::steps::{self, StepLine, lines};
use super::{Screen, View, plans};
use crate::flow::{Action, Command, Context, Route, Scope};
use crate::ui::scroll::moved;
use crate::ui::{Frame, Line, Rect, Selection};
use gluedeck_core::analysis::{Outcome, PastRun, outcome};
use gluedeck_core::domain::{Pipeline, PipelineId, PipelineRun, RunId, StepRun, Target, TriggerName};
use gluedeck_core::request::ResourceRef;
use std::borrow::Cow;
use std::cell::Cell;

/// What the user has done on this screen.
#[derive(Debug, Default)]
pub struct WorkflowState {
    /// The workflow that the selection belongs to.
    shown: Option<PipelineId>,
    /// The selected line, by its trigger and what that starts.
    selected: Selection<LineKey>,
    /// An earlier run that is looked at in place of the last one.
    run: Option<PipelineRun>,
    page: Page,
    /// Whether keys move among the earlier runs.
    among_runs: bool,
    chosen_run: Selection<RunId>,
    /// Lines that the last frame had room for.
    height: Cell<usize>,
    /// Steps that the last frame had room for.
    list_height: Cell<usize>,
}

/// What stands below the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Page {
    #[default]
    Details,
    /// This run compared with the last successful one.
    Compare,
    /// The graph, in place of the steps too.
    Graph,
}

impl WorkflowState {
    /// The workflow that is shown; none if it does not exist any more.
    fn workflow<'c>(&self, context: &'c Context) -> Option<&'c Pipeline> {
        context.pipeline(self.shown.as_ref()?)
    }

    /// Selects a step.
    pub fn select(&mut self, workflow: &Pipeline, target: &Target) {
        let found = lines(workflow).iter().find(|line| line.target == Some(target)).map(line_key);
        self.selected.hold(found);
        self.among_runs = false;
    }

    /// Opens one of the earlier runs.
    pub fn open_run(&mut self, run: PipelineRun, workflow: &Pipeline) {
        let is_last = workflow.last_run.as_ref().is_some_and(|last| last.id == run.id);
        self.run = (!is_last).then_some(run);
        self.among_runs = false;
        let opened = self.opened(workflow).into_owned();
        self.select_of_interest(&opened);
    }

    fn select_of_interest(&mut self, workflow: &Pipeline) {
        let interest = steps::of_interest(workflow).map(|step| &step.target);
        let lines = lines(workflow);
        let found = lines.iter().find(|line| line.target == interest && interest.is_some());
        self.selected.hold(found.or(lines.first()).map(line_key));
    }

    /// The workflow with the run that is looked at.
    pub fn opened<'c>(&self, workflow: &'c Pipeline) -> Cow<'c, Pipeline> {
        match self.run.as_ref().filter(|_| self.shown.as_ref() == Some(&workflow.id)) {
            Some(run) => Cow::Owned(Pipeline { last_run: Some(run.clone()), ..workflow.clone() }),
            None => Cow::Borrowed(workflow),
        }
    }

    /// The selected line.
    pub fn selected<'c>(&self, workflow: &'c Pipeline) -> Option<StepLine<'c>> {
        let lines = lines(workflow);
        lines.get(self.line_index(&lines)).copied()
    }

    fn line_index(&self, lines: &[StepLine<'_>]) -> usize {
        self.selected.index(lines.len(), |n, key| &line_key(&lines[n]) == key)
    }

    /// Where one is, if not everything is on the screen.
    fn position(&self, workflow: &Pipeline) -> Option<String> {
        let lines = lines(workflow);
        let at = self.line_index(&lines);
        if self.page == Page::Graph {
            let order = graph_view::order(workflow);
            let at = order.iter().position(|target| Some(target) == lines.get(at).and_then(|line| line.target))?;
            return Some(format!("step {} of {} · ", at + 1, order.len()));
        }
        (lines.len() > self.list_height.get()).then(|| format!("step {} of {} · ", at + 1, lines.len()))
    }

    fn run_index(&self, runs: &[&PastRun]) -> usize {
        self.chosen_run.index(runs.len(), |n, run| &runs[n].run.id == run)
    }

    fn turn(&mut self, page: Page, workflow: &Pipeline, context: &Context) -> Vec<Action> {
        if page == Page::Compare && last_success_before(workflow, context).is_none() {
            return vec![Action::Notice("No successful run to compare with".into())];
        }
        self.page = if self.page == page { Page::Details } else { page };
        Vec::new()
    }

    fn step(&mut self, step: isize, opened: &Pipeline, context: &Context) {
        if self.page == Page::Graph {
            let lines = lines(opened);
            let mut order = graph_view::order(opened);
            order.retain(|target| lines.iter().any(|line| line.target == Some(target)));
            let at = lines.get(self.line_index(&lines)).and_then(|line| line.target);
            let at = order.iter().position(|target| Some(target) == at).unwrap_or(0);
            let to = order.get(moved(at, step, order.len()));
            let found = lines.iter().find(|line| line.target == to && to.is_some());
            self.selected.hold(found.map(line_key));
        } else if self.among_runs {
            let runs = earlier(opened, context);
            let to = runs.get(moved(self.run_index(&runs), step, runs.len())).map(|past| past.run.id.clone());
            self.chosen_run.hold(to);
        } else {
            let lines = lines(opened);
            self.selected.hold(lines.get(moved(self.line_index(&lines), step, lines.len())).map(line_key));
        }
    }

    /// Commands on the selected step, or on the workflow as it is now.
    fn act(&self, command: Command, workflow: &Pipeline, opened: &Pipeline, context: &Context) -> Option<Action> {
        let line = self.selected(opened);
        let run = opened.last_run.as_ref();
        let name = || workflow.id.clone();
        match command {
            Command::Open | Command::StepLog => Some(steps::open_log(line.and_then(|line| line.run))),
            Command::RunLog => Some(steps::open_run(opened)),
            Command::Query => Some(steps::compose_query(workflow, context)),
            Command::Start => Some(plans::start(workflow, context)),
            Command::Rerun => Some(plans::rerun(workflow, context)),
            Command::RerunWhole => Some(plans::rerun_whole(workflow, context)),
            Command::RerunFromFailed => Some(plans::rerun_from_failed(workflow, context)),
            Command::Stop => Some(plans::stop(workflow, context)),
            Command::SetTriggerActivation => Some(match line.and_then(|line| line.trigger) {
                Some(trigger) => plans::set_activation(workflow, trigger, context),
                None => Action::Notice("No trigger starts it".into()),
            }),
            Command::RunStep => {
                line.and_then(|line| line.target).map(|target| plans::step_alone(target, workflow, context))
            }
            Command::OpenTarget => Some(match line.and_then(|line| line.target) {
                Some(target) => Action::Go(Route::Job(target.clone())),
                None => Action::Notice("This trigger starts nothing".into()),
            }),
            Command::Why => Some(Action::ShowWhy(name())),
            Command::Watch => Some(Action::Watch(name())),
            Command::Properties => match run.zip(opened.id.as_workflow()) {
                Some((run, name)) => Some(Action::ShowProperties { workflow: name.clone(), run: run.id.clone() }),
                None if run.is_some() => Some(Action::Notice("Only runs of workflows have properties".into())),
                None => Some(Action::Notice("No run, so no run properties".into())),
            },
            Command::Describe => Some(Action::Describe(self.described(line, opened))),
            Command::OpenInConsole => Some(Action::OpenInConsole(self.described(line, opened))),
            Command::Copy => copy(line),
            Command::CopyName => {
                let id = line.and_then(|line| line.run?.last()?.id.as_ref()).map(ToString::to_string);
                let name = line.and_then(|line| line.target).map(|target| target.name().to_owned());
                id.or(name).map(Action::Copy)
            }
            _ => None,
        }
    }

    /// What is described: among the runs the run; else the step's job run, its job or crawler, or its trigger.
    fn described(&self, line: Option<StepLine<'_>>, workflow: &Pipeline) -> ResourceRef {
        if let (true, Some(run), Some(name)) = (self.among_runs, &workflow.last_run, workflow.id.as_workflow()) {
            return ResourceRef::Run { workflow: name.clone(), run: run.id.clone() };
        }
        let Some(line) = line else { return ResourceRef::of(&workflow.id) };
        let job_run = line.run.and_then(StepRun::last).and_then(|attempt| attempt.id.clone());
        match (line.target, job_run) {
            (Some(Target::Job(job)), Some(run)) => ResourceRef::JobRun { job: job.clone(), run },
            (Some(target), _) => ResourceRef::Target(target.clone()),
            (None, _) => match line.trigger {
                Some(trigger) => ResourceRef::Trigger(trigger.name.clone()),
                None => ResourceRef::of(&workflow.id),
            },
        }
    }
}

impl Screen for WorkflowState {
    fn first_hints(&self, context: &Context) -> Vec<Command> {
        let Some(workflow) = self.workflow(context) else { return Vec::new() };
        match outcome::of_pipeline(&self.opened(workflow)) {
            Outcome::Failed | Outcome::Partial => vec![Command::Rerun, Command::Open, Command::Why],
            Outcome::Running => vec![Command::Open, Command::Stop],
            _ => Vec::new(),
        }
    }

    fn scope(&self) -> Scope {
        Scope::Workflow
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: View<'_>) -> Line<'static> {
        let Some(workflow) = self.workflow(view.context) else {
            view::draw_missing(frame, area, self.shown.as_ref(), view.look);
            return Line::default();
        };
        let opened = self.opened(workflow);
        self.height.set(area.height as usize);
        match self.page {
            Page::Graph => graph_view::draw(frame, area, self, &opened, view.context, view.look),
            _ => view::draw(frame, area, self, &opened, view.context, view.look),
        }
        view::context_line(self, &opened, view.look, area.width as usize)
    }

    fn update(&mut self, command: Command, context: &Context) -> Vec<Action> {
        let Some(workflow) = self.workflow(context) else { return Vec::new() };
        let opened = self.opened(workflow).into_owned();
        if let Some(step) = command.step(self.height.get().max(1)) {
            self.step(step, &opened, context);
            return Vec::new();
        }
        match command {
            Command::OtherPane => {
                self.page = Page::Details;
                if !self.among_runs && earlier(workflow, context).is_empty() {
                    return vec![Action::Notice("No earlier runs".into())];
                }
                self.among_runs = !self.among_runs;
                self.chosen_run = Selection::default();
                if self.among_runs {
                    self.step(0, &opened, context);
                }
            }
            Command::Open if self.among_runs => {
                let runs = earlier(workflow, context);
                if let Some(past) = runs.get(self.run_index(&runs)) {
                    self.open_run(past.run.clone(), workflow);
                }
            }
            Command::Compare => return self.turn(Page::Compare, &opened, context),
            Command::Graph => {
                self.among_runs = false;
                return self.turn(Page::Graph, &opened, context);
            }
            _ => return self.act(command, workflow, &opened, context).into_iter().collect(),
        }
        Vec::new()
    }

    /// Shows a workflow; if it is another one than before, with the step of interest selected.
    fn enter(&mut self, route: &Route, context: &Context) -> Vec<Action> {
        if let Route::Workflow(name) = route
            && self.shown.as_ref() != Some(name)
        {
            *self = Self { shown: Some(name.clone()), ..Self::default() };
            if let Some(workflow) = self.workflow(context) {
                self.select_of_interest(workflow);
            }
        }
        Vec::new()
    }

    fn back(&mut self, _: &Context) -> Option<Vec<Action>> {
        if self.page != Page::Details {
            self.page = Page::Details;
        } else if !std::mem::take(&mut self.among_runs) && self.run.take().is_none() {
            return None;
        }
        Some(Vec::new())
    }

    fn about(&self) -> Option<&PipelineId> {
        self.shown.as_ref()
    }

    fn pipelines(&self, context: &Context) -> Option<Vec<Pipeline>> {
        Some(vec![self.opened(self.workflow(context)?).into_owned()])
    }
}

/// What tells a line from the others.
type LineKey = (Option<TriggerName>, Option<Target>);

fn line_key(line: &StepLine<'_>) -> LineKey {
    (line.trigger.map(|trigger| trigger.name.clone()), line.target.cloned())
}

/// The runs but the last one, newest first.
pub fn earlier<'c>(workflow: &Pipeline, context: &'c Context) -> Vec<&'c PastRun> {
    let last = context.pipeline(&workflow.id).and_then(|workflow| workflow.last_run.as_ref()).map(|run| &run.id);
    let past_runs = context.history(&workflow.id).into_iter().flat_map(|history| history.past_runs.iter().rev());
    past_runs.filter(|past| Some(&past.run.id) != last).collect()
}

/// The last successful run before the one that is looked at.
fn last_success_before<'c>(workflow: &Pipeline, context: &'c Context) -> Option<&'c PastRun> {
    let started = workflow.last_run.as_ref()?.started_on;
    let past_runs = context.history(&workflow.id)?.past_runs.iter();
    past_runs.rev().find(|past| past.outcome == Outcome::Succeeded && past.run.started_on < started)
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
