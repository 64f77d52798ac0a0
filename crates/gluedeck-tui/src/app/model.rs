//! The model: all state of the console, plain values.

use super::overlay::Overlay;
use super::refresh::{self, Pace, Refresh};
use super::rollouts::Running;
use crate::flow::{Context, Keymap, Moment, Route, Session, Slot, Ticket};
use crate::screens::activity::ActivityState;
use crate::screens::athena::AthenaState;
use crate::screens::board::BoardState;
use crate::screens::logs::LogsState;
use crate::screens::quality::QualityState;
use crate::screens::stagger::StaggerState;
use crate::screens::timeline::TimelineState;
use crate::screens::triage::TriageState;
use crate::screens::workflow::WorkflowState;
use crate::ui::{Hits, Look, Theme};
use gluedeck_core::analysis::seen::{Seen, SeenKind};
use gluedeck_core::analysis::stagger::Wishes;
use gluedeck_core::domain::policy::Assent;
use gluedeck_core::domain::{Change, Fault, RunId, Time, WorkflowName};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

/// Errors that are remembered.
const ERRORS: usize = 50;

/// All state.
#[derive(Debug)]
pub struct Model {
    pub context: Context,
    pub route: Route,
    /// Where `esc` leads back to.
    pub back: Vec<Route>,
    pub board: BoardState,
    pub workflow: WorkflowState,
    pub logs: LogsState,
    pub athena: AthenaState,
    pub stagger: StaggerState,
    pub activity: ActivityState,
    pub timeline: TimelineState,
    pub quality: QualityState,
    pub triage: TriageState,
    /// Workflows of which one wants to be told when their run ends.
    pub watched: BTreeSet<WorkflowName>,
    pub keymap: Keymap,
    /// What can be chosen, in the order in which it is offered.
    pub themes: Vec<Theme>,
    /// The environments of the configuration.
    pub environments: Vec<String>,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// What the last frame has drawn where.
    pub hits: Hits,
    /// Of which account the picture from the disk is.
    pub(super) kept_account: Option<String>,
    /// When the picture was kept last.
    pub(super) kept_at: Option<Duration>,
    /// The rollout that is under way, or was interrupted.
    pub rollout: Option<Running>,
    pub overlay: Option<Overlay>,
    pub look: Look,
    /// Something said for a few seconds, and until when.
    pub notice: Option<(String, Duration)>,
    /// Newest last.
    pub errors: VecDeque<(Time, Fault)>,
    pub(super) slots: HashMap<Slot, Ticket>,
    pub(super) tickets: Ticket,
    pub(super) refresh: Refresh,
    /// Changes that have consent and wait for the one before.
    pub(super) changes: VecDeque<Change>,
    /// The consent that they have.
    pub(super) assent: Assent,
    /// The change that is on its way.
    pub(super) sent: Option<Change>,
    /// Runs that were started here, until they have ended.
    pub(super) followed: Vec<(WorkflowName, RunId)>,
    /// Whether the plan is to be made anew with the next picture, because what it planned has been done.
    pub(super) replan: bool,
    /// The number of the question that the planner has.
    pub(super) asked: Option<u64>,
    /// How many changes of this consent have been done.
    pub(super) changed: usize,
}

impl Model {
    /// The model at the start: nothing is known yet.
    pub fn new(session: Session, wishes: Wishes, look: Look, moment: Moment, size: (u16, u16)) -> Self {
        let context = Context::new(session, moment, size);
        Self {
            context,
            route: Route::Board,
            back: Vec::new(),
            board: BoardState::default(),
            workflow: WorkflowState::default(),
            logs: LogsState::default(),
            athena: AthenaState::default(),
            stagger: StaggerState::new(wishes),
            activity: ActivityState::default(),
            timeline: TimelineState::default(),
            quality: QualityState::default(),
            triage: TriageState::default(),
            watched: BTreeSet::new(),
            keymap: Keymap::default(),
            themes: Theme::built_in().filter_map(|name| Theme::named(name, look.depth).ok()).collect(),
            environments: Vec::new(),
            mouse: true,
            hits: Hits::default(),
            kept_account: None,
            kept_at: None,
            rollout: None,
            overlay: None,
            look,
            notice: None,
            errors: VecDeque::new(),
            slots: HashMap::new(),
            tickets: 0,
            refresh: Refresh::default(),
            changes: VecDeque::new(),
            assent: Assent::to_one(),
            sent: None,
            followed: Vec::new(),
            replan: false,
            asked: None,
            changed: 0,
        }
    }

    /// How fast the account is read.
    pub fn set_pace(&mut self, pace: Pace) {
        self.refresh.pace = pace;
    }

    /// Says something for a few seconds.
    pub fn say(&mut self, text: impl Into<String>) {
        self.notice = Some((text.into(), self.context.moment.wall + Duration::from_secs(4)));
    }

    pub(super) fn remember(&mut self, fault: &Fault) {
        let now = self.context.now();
        // A fault that repeats is one entry.
        if self.errors.back().is_none_or(|(_, last)| last != fault) {
            self.errors.push_back((now, fault.clone()));
            let text = format!("{}: {}", fault.headline(), fault.message);
            let at = self.context.moment.utc;
            self.activity.see([Seen { at, kind: SeenKind::Error, name: fault.operation.clone(), text }]);
        }
        if self.errors.len() > ERRORS {
            self.errors.pop_front();
        }
    }

    /// Whether a line is being typed in the place of the context line.
    pub fn is_typing(&self) -> bool {
        match self.route {
            Route::Board => self.board.filtering,
            Route::Logs => self.logs.is_typing(),
            Route::Athena => self.athena.is_typing(),
            Route::Activity => self.activity.filtering,
            Route::Triage => self.triage.is_typing(),
            _ => false,
        }
    }

    /// Whether earlier runs are still to be read, which then goes on faster than once a second; of many workflows it does not.
    fn owes_histories(&self) -> bool {
        let count = self.context.workflows().len();
        self.context.fleet_read.is_some() && count <= refresh::FEW && self.context.history.len() < count
    }

    /// Whether something on the screen moves by itself, so that time has to be told more often.
    pub fn is_lively(&self) -> bool {
        self.context.moment.speed > 1.0
            || self.athena.is_lively()
            || self.rollout.as_ref().is_some_and(|running| running.assent.is_some())
            || self.context.fleet.at().is_none()
            || self.owes_histories()
            || (self.route == Route::Logs
                && self.logs.open.as_ref().is_some_and(|open| open.ended(&self.context).is_none()))
    }
}
