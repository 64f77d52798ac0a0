//! One job or crawler by itself, in a workflow or not: its runs, what differs between two of them, its definition, its
//! bookmark.

mod metrics_view;
pub mod view;

use super::steps;
use super::{Screen, View, plans};
use crate::flow::{Action, Command, Context, Load, Route, Scope, Slot};
use crate::ui::scroll::moved;
use crate::ui::{Frame, Line, Rect, Selection};
use gluedeck_core::analysis::plan;
use gluedeck_core::domain::{
    Attempt, Bookmark, Definition, Fault, JobOverrides, JobRunId, Pipeline, PipelineId, Series, StepRun, StepState,
    Target, Time,
};
use gluedeck_core::request::{GetBookmark, GetDefinition, GetRunMetrics, GetRuns, ResourceRef};
use std::cell::Cell;
use std::time::Duration;

/// How old the runs may be: while one is under way, and else.
const RUNNING: Duration = Duration::from_secs(5);
const QUIET: Duration = Duration::from_secs(30);
/// In a sandbox, whose clock runs faster than the wall.
const SANDBOX: Duration = Duration::from_secs(1);

/// What the user has done on this screen, and what has been read for it.
#[derive(Debug, Default)]
pub struct JobState {
    shown: Option<Target>,
    runs: Load<Vec<Attempt>>,
    /// By the wall.
    runs_due_at: Duration,
    definition: Load<Definition>,
    definition_due_at: Duration,
    bookmark: Load<Option<Bookmark>>,
    bookmark_due_at: Duration,
    selected: Selection<RunKey>,
    /// The run that the selected one is compared with, in place of the last successful one before it.
    marked: Option<RunKey>,
    page: Page,
    /// Of which run the metrics are.
    metrics_of: Option<JobRunId>,
    metrics: Load<Vec<Series>>,
    /// Lines that the last frame had room for.
    height: Cell<usize>,
}

/// What stands below the runs, or beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Page {
    #[default]
    Run,
    /// The selected run compared with another.
    Compare,
    /// The selected run's metrics.
    Metrics,
    /// The definition over the whole width: beside the run there is little room for it, or none.
    Definition,
}

/// What tells a run from the others: its id, or of a crawl, which has none, its start.
#[derive(Debug, Clone, PartialEq, Eq)]
enum RunKey {
    Id(String),
    Start(Option<Time>),
}

fn key_of(run: &Attempt) -> RunKey {
    match &run.id {
        Some(id) => RunKey::Id(id.to_string()),
        None => RunKey::Start(run.started_on),
    }
}

impl JobState {
    /// Takes the runs of a job or crawler.
    pub fn take_runs(&mut self, target: &Target, runs: Result<Vec<Attempt>, Fault>, context: &Context) {
        if self.shown.as_ref() != Some(target) {
            return;
        }
        self.runs.take(runs, context.now());
        let running = self.all().iter().any(|run| run.state.is_active());
        let wait = match running {
            _ if context.moment.speed > 1.0 => SANDBOX,
            true => RUNNING,
            false => QUIET,
        };
        self.runs_due_at = context.moment.wall + wait;
    }

    /// Takes its definition.
    pub fn take_definition(&mut self, definition: Result<Definition, Fault>, context: &Context) {
        self.definition.take(definition, context.now());
    }

    /// Takes its bookmark.
    pub fn take_bookmark(&mut self, bookmark: Result<Option<Bookmark>, Fault>, context: &Context) {
        self.bookmark.take(bookmark, context.now());
    }

    /// Takes the metrics of a run.
    pub fn take_metrics(&mut self, run: &JobRunId, series: Result<Vec<Series>, Fault>, now: Time) {
        if self.metrics_of.as_ref() == Some(run) {
            self.metrics.take(series, now);
        }
    }

    /// A change was sent: what it did is read at once.
    pub fn reread(&mut self) {
        (self.runs_due_at, self.bookmark_due_at) = Default::default();
    }

    /// Selects a run.
    pub fn select_run(&mut self, run: &Attempt) {
        self.selected.select(key_of(run));
    }

    fn all(&self) -> &[Attempt] {
        self.runs.value().map(Vec::as_slice).unwrap_or_default()
    }

    fn index(&self) -> usize {
        let runs = self.all();
        self.selected.index(runs.len(), |n, key| key_of(&runs[n]) == *key)
    }

    fn run(&self) -> Option<&Attempt> {
        self.all().get(self.index())
    }

    /// The run that the selected one is compared with.
    fn other(&self) -> Option<&Attempt> {
        let runs = self.all();
        if let Some(marked) = &self.marked {
            return runs.iter().find(|run| key_of(run) == *marked);
        }
        runs.iter().skip(self.index() + 1).find(|run| run.state == StepState::Succeeded)
    }

    /// The pipeline that it belongs to, if it is known.
    fn pipeline<'c>(&self, context: &'c Context) -> Option<&'c Pipeline> {
        plan::workflow_of(self.shown.as_ref()?, context)
    }

    fn turn(&mut self, page: Page) -> Vec<Action> {
        if page == Page::Compare && self.other().is_none() {
            return vec![Action::Notice("No run to compare with: space marks one".to_owned())];
        }
        self.page = if self.page == page { Page::Run } else { page };
        Vec::new()
    }

    /// Shows the metrics of the selected run. They are read when they are asked for, since each reading costs.
    fn show_metrics(&mut self, target: &Target, context: &Context) -> Vec<Action> {
        let run = self.run().and_then(|run| Some((run.id.clone()?, run.started_on?, run.completed_on)));
        let (Target::Job(job), Some((id, from, to))) = (target, run) else {
            return vec![Action::Notice("Only job runs have metrics".to_owned())];
        };
        if self.page == Page::Metrics && self.metrics_of.as_ref() == Some(&id) {
            self.page = Page::Run;
            return Vec::new();
        }
        self.page = Page::Metrics;
        (self.metrics_of, self.metrics) = (Some(id.clone()), Load::Loading);
        let to = to.unwrap_or(context.now());
        vec![Action::request(GetRunMetrics { job: job.clone(), run: id, from, to })]
    }

    fn mark(&mut self) {
        let key = self.run().map(key_of);
        self.marked = if self.marked == key { None } else { key };
    }

    fn act(&self, command: Command, target: &Target, context: &Context) -> Option<Action> {
        let (run, pipeline) = (self.run(), self.pipeline(context));
        let alone = |pipeline: &&Pipeline| matches!(pipeline.id, PipelineId::Alone(_));
        match command {
            Command::Open | Command::StepLog => Some(self.open_log(target)),
            Command::Start => Some(match pipeline.filter(alone) {
                Some(pipeline) => plans::start(pipeline, context),
                None => {
                    let planned = plan::step_alone(target, pipeline, JobOverrides::default(), context);
                    plans::ask(planned, pipeline, context)
                }
            }),
            Command::Rerun => Some(match run {
                Some(run) => plans::ask(plan::rerun_as(target, run, pipeline, context), pipeline, context),
                None => Action::Notice("It has no run to repeat: s starts it".to_owned()),
            }),
            Command::Stop => Some(match run {
                Some(run) => plans::ask(plan::stop_run(target, run, pipeline), pipeline, context),
                None => Action::Notice("It has no run to stop".to_owned()),
            }),
            Command::SetTriggerActivation => Some(self.switch(target, pipeline, context)),
            Command::ResetBookmark => Some(self.reset_bookmark(target, context)),
            Command::Describe => Some(Action::Describe(described(target, run))),
            Command::OpenInConsole => Some(Action::OpenInConsole(described(target, run))),
            Command::Why => Some(match pipeline {
                Some(pipeline) => Action::ShowWhy(pipeline.id.clone()),
                None => Action::Notice("It is not in the list of pipelines yet".to_owned()),
            }),
            Command::Watch => pipeline.map(|pipeline| Action::Watch(pipeline.id.clone())),
            Command::Copy => Some(Action::Copy(view::in_words(target, run, context.now()))),
            Command::CopyName => {
                let id = run.and_then(|run| run.id.as_ref()).map(ToString::to_string);
                Some(Action::Copy(id.unwrap_or_else(|| target.name().to_owned())))
            }
            _ => None,
        }
    }

    fn open_log(&self, target: &Target) -> Action {
        let step = self.run().map(|run| StepRun {
            target: target.clone(),
            node_id: String::new(),
            attempts: vec![run.clone()],
        });
        steps::open_log(step.as_ref())
    }

    fn switch(&self, target: &Target, pipeline: Option<&Pipeline>, context: &Context) -> Action {
        let starts = pipeline.into_iter().flat_map(|pipeline| &pipeline.triggers);
        let trigger = starts.into_iter().find(|trigger| trigger.actions.contains(target));
        match pipeline.zip(trigger) {
            Some((pipeline, trigger)) => plans::set_activation(pipeline, trigger, context),
            None => Action::Notice(format!("No trigger and no schedule starts {target}")),
        }
    }

    fn reset_bookmark(&self, target: &Target, context: &Context) -> Action {
        let Target::Job(job) = target else {
            return Action::Notice("Only jobs have bookmarks".to_owned());
        };
        match self.bookmark.value() {
            Some(Some(bookmark)) => plans::ask(Ok(plan::reset_bookmark(job, bookmark)), None, context),
            Some(None) => Action::Notice(format!("{job} has no bookmark; nothing to reset")),
            None => Action::Notice("The bookmark is not read yet".to_owned()),
        }
    }
}

fn described(target: &Target, run: Option<&Attempt>) -> ResourceRef {
    match (target, run.and_then(|run| run.id.clone())) {
        (Target::Job(job), Some(run)) => ResourceRef::JobRun { job: job.clone(), run },
        _ => ResourceRef::Target(target.clone()),
    }
}

impl Screen for JobState {
    fn scope(&self) -> Scope {
        Scope::Job
    }

    fn first_hints(&self, _: &Context) -> Vec<Command> {
        match self.run().map(|run| &run.state) {
            Some(state) if state.is_failure() => vec![Command::Rerun, Command::Open, Command::Compare],
            Some(state) if state.is_active() => vec![Command::Open, Command::Stop],
            _ => Vec::new(),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: View<'_>) -> Line<'static> {
        view::draw(frame, area, self, view);
        view::context_line(self, view, area.width as usize)
    }

    fn enter(&mut self, route: &Route, _: &Context) -> Vec<Action> {
        if let Route::Job(target) = route
            && self.shown.as_ref() != Some(target)
        {
            *self = Self { shown: Some(target.clone()), ..Self::default() };
            (self.runs, self.definition, self.bookmark) = (Load::Loading, Load::Loading, Load::Loading);
        }
        Vec::new()
    }

    fn due(&mut self, context: &Context, free: &dyn Fn(&Slot) -> bool) -> Vec<Action> {
        let (Some(target), wall) = (self.shown.clone(), context.moment.wall) else { return Vec::new() };
        let mut actions = Vec::new();
        if free(&Slot::Runs) && wall >= self.runs_due_at {
            self.runs_due_at = wall + QUIET;
            actions.push(Action::request(GetRuns { target: target.clone() }));
        }
        if free(&Slot::Definition) && wall >= self.definition_due_at {
            self.definition_due_at = wall + 10 * QUIET;
            actions.push(Action::request(GetDefinition { target: target.clone() }));
        }
        if let (Target::Job(job), true, true) = (target, free(&Slot::Bookmark), wall >= self.bookmark_due_at) {
            self.bookmark_due_at = wall + 10 * QUIET;
            actions.push(Action::request(GetBookmark { job }));
        }
        actions
    }

    fn refresh(&mut self) {
        (self.runs_due_at, self.definition_due_at, self.bookmark_due_at) = Default::default();
    }

    fn update(&mut self, command: Command, context: &Context) -> Vec<Action> {
        let Some(target) = self.shown.clone() else { return Vec::new() };
        if let Some(step) = command.step(self.height.get().max(1)) {
            let runs = self.all();
            let to = runs.get(moved(self.index(), step, runs.len())).map(key_of);
            self.selected.hold(to);
            return Vec::new();
        }
        let current = self.run().map(key_of);
        self.selected.hold(current);
        match command {
            Command::Compare => return self.turn(Page::Compare),
            Command::Definition => return self.turn(Page::Definition),
            Command::Metrics => return self.show_metrics(&target, context),
            Command::Mark => self.mark(),
            _ => return self.act(command, &target, context).into_iter().collect(),
        }
        Vec::new()
    }

    fn back(&mut self, _: &Context) -> Option<Vec<Action>> {
        if self.page == Page::Run && self.marked.is_none() {
            return None;
        }
        self.page = Page::Run;
        self.marked = None;
        Some(Vec::new())
    }

    fn click(&mut self, line: usize, _: &Context) -> bool {
        let top = (self.index() + 1).saturating_sub(self.height.get().max(1));
        let Some(key) = self.all().get(top + line).map(key_of) else { return false };
        let again = self.run().map(key_of).as_ref() == Some(&key);
        self.selected.select(key);
        again
    }

    fn pipelines(&self, context: &Context) -> Option<Vec<Pipeline>> {
        self.pipeline(context).map(|pipeline| vec![pipeline.clone()])
    }
}
