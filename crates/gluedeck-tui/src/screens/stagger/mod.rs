//! Staggering: a plan of starts under the DPU limit, what it changes, and the rollout that carries it out.

pub mod view;

use super::{Screen, View, plans};
use crate::flow::effect::{ConfirmedAction, RolloutAction};
use crate::flow::{Action, Command, Context, Load, Route, Scope};
use crate::ui::scroll::moved;
use crate::ui::{Frame, Line, Rect};
use crate::ui::{Scroll, Selection};
use gluedeck_core::analysis::plan;
use gluedeck_core::analysis::stagger::live::{Rollout, State};
use gluedeck_core::analysis::stagger::{self, StaggerError};
use gluedeck_core::analysis::stagger::{Mode, Plan, PlannedStart, PlannerOptions, SCHEDULE_GRID};
use gluedeck_core::domain::{Dpu, Fault, PipelineId};
use std::collections::BTreeSet;
use std::fmt;

/// Seconds by which a start is moved in a plan for now.
const LIVE_STEP: u32 = 60;

/// The last question to the planner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Question {
    /// A plan for an older one is late.
    pub number: u64,
    pub state: QuestionState,
}

/// How far a question is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QuestionState {
    /// There is none, or its plan is here.
    #[default]
    Answered,
    /// It waits for what it needs to be read.
    Waiting,
    /// The planner has it.
    Sent,
}

impl Question {
    /// A new one, in place of the last.
    pub fn renew(&mut self) {
        (self.number, self.state) = (self.number + 1, QuestionState::Waiting);
    }

    pub fn is_open(self) -> bool {
        self.state != QuestionState::Answered
    }
}

/// What the user has done on this screen, and the plan.
#[derive(Debug, Default)]
pub struct StaggerState {
    /// The workflows that are to be planned. Without any: to be started now, those that tonight has missed; of schedules, all.
    pub asked: Vec<PipelineId>,
    /// Whether those are meant for starts now only, not for schedules.
    pub asked_for_now: bool,
    pub excluded: BTreeSet<PipelineId>,
    pub planner_options: PlannerOptions,
    pub plan: Option<Plan>,
    /// Why there is no plan.
    pub fault: Option<StaggerError>,
    pub question: Question,
    /// Whether the plan is to be made again with the next reading, because what it planned has been done.
    pub replan: bool,
    /// The rollout that was carried out last in this session.
    pub carried_out: Option<Rollout>,
    /// Whether a live rollout ends at the first workflow that fails.
    pub halt_on_failure: bool,
    /// Whether the bars show the night as it is, without the plan.
    pub as_it_is: bool,
    cursor: Selection<PipelineId>,
    scroll: std::cell::Cell<Scroll>,
}

impl StaggerState {
    /// The workflows of the question.
    pub fn selected(&self, context: &Context) -> Vec<PipelineId> {
        let mode = self.planner_options.mode;
        // What was chosen to be started now is no choice of schedules.
        let applies = match mode {
            Mode::Now => true,
            Mode::Schedule(_) => !self.asked_for_now,
        };
        let ids = match applies && !self.asked.is_empty() {
            true => self.asked.clone(),
            false => stagger::default_selection(context.pipelines(), mode, context.now()),
        };
        ids.into_iter().filter(|id| !self.excluded.contains(id)).collect()
    }

    /// Takes a plan, unless it is late.
    pub fn take(&mut self, number: u64, plan: Result<Box<Plan>, StaggerError>) {
        if number != self.question.number {
            return;
        }
        self.question.state = QuestionState::Answered;
        match plan {
            Ok(plan) => {
                (self.plan, self.fault) = (Some(*plan), None);
                // What was started before belongs to the plan before. Without a new one it stays: it is what has happened.
                self.carried_out = self.carried_out.take().filter(Rollout::is_schedule);
            }
            Err(why) => (self.plan, self.fault) = (None, Some(why)),
        }
    }

    /// The rows: the plan's starts, then what is taken out, then what cannot be planned.
    fn names(&self) -> Vec<PipelineId> {
        let planned = self.plan.iter().flat_map(|plan| &plan.starts).map(|placed| placed.workflow.clone());
        let left_out = self.plan.iter().flat_map(|plan| &plan.left_out).map(|(name, _)| name.clone());
        planned.chain(self.excluded.iter().cloned()).chain(left_out).collect()
    }

    fn index(&self, names: &[PipelineId]) -> usize {
        self.cursor.index(names.len(), |n, name| &names[n] == name)
    }

    fn current(&self) -> Option<PipelineId> {
        let names = self.names();
        names.get(self.index(&names)).cloned()
    }

    /// The selected start.
    pub fn placed(&self) -> Option<&PlannedStart> {
        let name = self.current()?;
        self.plan.as_ref()?.starts.iter().find(|placed| placed.workflow == name)
    }

    /// Commands on how the plan is wanted, and how it is shown.
    fn change_planner_options(&mut self, command: Command) -> Vec<Action> {
        match command {
            Command::SwitchMode => {
                self.planner_options.mode = match self.planner_options.mode {
                    Mode::Now => Mode::Schedule(None),
                    Mode::Schedule(_) => Mode::Now,
                };
                self.planner_options.each.values_mut().for_each(|constraints| constraints.fixed = None);
                return vec![Action::PlanStagger];
            }
            Command::Earlier => return self.shift(false),
            Command::Later => return self.shift(true),
            Command::Halt => {
                self.halt_on_failure = !self.halt_on_failure;
                let word = if self.halt_on_failure {
                    "stops at the first failed workflow"
                } else {
                    "continues after failures"
                };
                return vec![Action::Notice(format!("Live stagger {word}"))];
            }
            Command::AsItIs => self.as_it_is = !self.as_it_is,
            Command::Unpin => return self.set_constraint(|constraints| constraints.fixed = None),
            Command::Priority => {
                return self.set_constraint(|constraints| constraints.priority = (constraints.priority + 1) % 3);
            }
            Command::MoreMargin => return self.margin(0.05),
            Command::LessMargin => return self.margin(-0.05),
            _ => {}
        }
        Vec::new()
    }

    fn step(&mut self, step: isize) {
        let names = self.names();
        let index = moved(self.index(&names), step, names.len());
        self.cursor.hold(names.get(index).cloned());
    }

    /// Asks to carry the plan out; what was interrupted comes first.
    fn apply(&self, context: &Context, rollout: Option<&Rollout>) -> Vec<Action> {
        if let Some(rollout) = rollout.filter(|rollout| rollout.is_open() || rollout.count(State::Unknown) > 0) {
            return vec![continue_rollout(rollout, context)];
        }
        if self.question.is_open() {
            return vec![Action::Notice("The plan is still being calculated".to_owned())];
        }
        if self.started().is_some() {
            return vec![Action::Notice("All of these have been started; S on the board makes a new plan".to_owned())];
        }
        let Some(plan) = &self.plan else { return vec![Action::Notice("No plan to apply".to_owned())] };
        if !plan.is_within_limit() {
            let text = format!("The plan needs {} of {} DPUs: manual starts collide", plan.peak, plan.limit);
            return vec![Action::Notice(text)];
        }
        if context.limit().map(Dpu::of) != Some(plan.limit) {
            let text = "The DPU limit has changed: recalculating the plan";
            return vec![Action::Notice(text.to_owned()), Action::PlanStagger];
        }
        let id = format!("stagger-{}", context.moment.utc.format("%Y%m%dT%H%M%S%.3fZ"));
        let Some(scope) = context.session.account_scope() else {
            return vec![Action::Notice("The account is not loaded yet; try again".to_owned())];
        };
        let mut rollout = Rollout::of(plan, id, scope, self.halt_on_failure);
        rollout.file = context.session.pipeline_file.clone().filter(|_| rollout.is_schedule());
        let planned = plan::rollout(plan, &rollout, context);
        vec![plans::ask_for(planned, None, ConfirmedAction::Rollout(rollout), context)]
    }

    /// The starts that were carried out, as long as their plan is on the screen.
    fn started(&self) -> Option<&Rollout> {
        self.carried_out.as_ref().filter(|rollout| !rollout.is_schedule())
    }

    fn shift(&mut self, later: bool) -> Vec<Action> {
        let Some(start) = self.placed().map(|placed| placed.start) else { return Vec::new() };
        let step = if self.planner_options.mode == Mode::Now { LIVE_STEP } else { SCHEDULE_GRID };
        let to = if later { start + step } else { start.saturating_sub(step) };
        self.set_constraint(|constraints| constraints.fixed = Some(to))
    }

    fn set_constraint(
        &mut self,
        change: impl FnOnce(&mut gluedeck_core::analysis::stagger::StartConstraints),
    ) -> Vec<Action> {
        let Some(name) = self.current() else { return Vec::new() };
        self.cursor.select(name.clone());
        change(self.planner_options.each.entry(name).or_default());
        vec![Action::PlanStagger]
    }

    fn margin(&mut self, step: f64) -> Vec<Action> {
        let margin = &mut self.planner_options.estimate.margin;
        // In whole hundredths, or the steps would drift.
        *margin = ((*margin + step) * 100.0).round().clamp(100.0, 300.0) / 100.0;
        vec![Action::PlanStagger]
    }

    fn skip(&mut self, rollout: Option<&Rollout>) -> Vec<Action> {
        let Some(name) = self.current() else { return Vec::new() };
        if rollout.is_some() {
            return vec![Action::Rollout(RolloutAction::Skip(name))];
        }
        if !self.excluded.remove(&name) {
            self.excluded.insert(name);
        }
        vec![Action::PlanStagger]
    }

    /// What one would want to paste: the lines for the infrastructure code, or the starts.
    fn copy(&self) -> Option<Action> {
        let plan = self.plan.as_ref()?;
        let lines: Vec<String> = plan
            .starts
            .iter()
            .map(|placed| match &placed.change {
                Some(change) => format!("\"{}\": \"{}\",", change.trigger, change.to),
                None => format!("{} {}", plan.at(placed.start).format("%H:%M:%SZ"), placed.workflow),
            })
            .collect();
        Some(Action::Copy(lines.join("\n")))
    }
}

impl Screen for StaggerState {
    fn scroll(&self) -> Option<Scroll> {
        Some(self.scroll.get())
    }

    fn scope(&self) -> Scope {
        Scope::Stagger
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, view: View<'_>) -> Line<'static> {
        view::draw(frame, area, self, view.context, view.look);
        view::context_line(self, view.look, area.width as usize)
    }

    fn update(&mut self, command: Command, context: &Context) -> Vec<Action> {
        let rollout = context.rollout();
        self.step(0);
        if let Some(step) = command.step(self.scroll.get().page()) {
            self.step(step);
            return Vec::new();
        }
        match command {
            Command::Apply => self.apply(context, rollout),
            Command::Skip => self.skip(rollout),
            Command::Pause | Command::Forget if rollout.is_none() => {
                vec![Action::Notice("No stagger in progress".to_owned())]
            }
            Command::Pause => {
                let paused = rollout.is_some_and(|rollout| rollout.paused);
                let action = if paused { RolloutAction::Continue } else { RolloutAction::Pause };
                rollout.map(|_| Action::Rollout(action)).into_iter().collect()
            }
            Command::Forget => rollout.map(|_| Action::Rollout(RolloutAction::Forget)).into_iter().collect(),
            Command::Revert => {
                let Some(rollout) = rollout.or(self.carried_out.as_ref()) else {
                    return vec![Action::Notice(
                        "No schedule changed in this session; see 7 for earlier ones".to_owned(),
                    )];
                };
                let planned = plan::revert(rollout.revert(), context);
                vec![plans::ask_for(planned, None, ConfirmedAction::Revert(rollout.id.clone()), context)]
            }
            Command::CopyName => self.current().map(|name| Action::Copy(name.to_string())).into_iter().collect(),
            Command::Copy => self.copy().into_iter().collect(),
            _ => self.change_planner_options(command),
        }
    }

    fn enter(&mut self, _: &Route, _: &Context) -> Vec<Action> {
        let wanted = self.plan.is_none() && !self.question.is_open();
        wanted.then_some(Action::PlanStagger).into_iter().collect()
    }
}

/// Asks to go on with a rollout.
fn continue_rollout(rollout: &Rollout, context: &Context) -> Action {
    let mut again = rollout.clone();
    again.continue_rollout();
    plans::ask_for(plan::continue_rollout(rollout, &again, context), None, ConfirmedAction::Rollout(again), context)
}

/// What a plan waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum WaitsFor {
    Workflows,
    EarlierRuns {
        read: usize,
        of: usize,
    },
    Jobs,
    DpuLimit,
    /// The limit cannot be read, and is not configured.
    UnknownLimit(Fault),
    /// Everything is here, and the planner has been asked.
    Planner,
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workflows => f.write_str("loading workflows"),
            Self::EarlierRuns { read, of } => write!(f, "loading earlier runs: {read} of {of}"),
            Self::Jobs => f.write_str("loading job definitions"),
            Self::DpuLimit => f.write_str("loading the DPU limit"),
            Self::UnknownLimit(fault) => {
                let next = "set dpu_limit under [environments.NAME] in the configuration";
                write!(f, "DPU limit unknown ({}): {next}", fault.headline())
            }
            Self::Planner => f.write_str("planning"),
        }
    }
}

/// What the plan waits for, if it is not there.
pub fn waits_for(state: &StaggerState, context: &Context) -> Option<WaitsFor> {
    if context.pipelines.value().is_none() {
        return Some(WaitsFor::Workflows);
    }
    let settled = |name: &PipelineId| {
        context.history.get(name).is_some_and(|load| load.value().is_some() || load.fault().is_some())
    };
    let names: Vec<&PipelineId> = context.pipelines().iter().map(|workflow| &workflow.id).collect();
    let read = names.iter().filter(|name| settled(name)).count();
    if read < names.len() {
        return Some(WaitsFor::EarlierRuns { read, of: names.len() });
    }
    let jobs: &Load<_> = &context.jobs;
    if jobs.value().is_none() && jobs.fault().is_none() {
        return Some(WaitsFor::Jobs);
    }
    match (context.limit(), context.dpu_limit.fault()) {
        (Some(_), _) => state.question.is_open().then_some(WaitsFor::Planner),
        (None, None) => Some(WaitsFor::DpuLimit),
        (None, Some((fault, _))) => Some(WaitsFor::UnknownLimit(fault.clone())),
    }
}
