//! The model: all state of the console, plain values.

use super::overlay::Overlay;
use super::refresh::{self, Refresh, RefreshIntervals};
use crate::flow::{Command, Context, Key, Keymap, Moment, Route, Scope, Session, Slot, Ticket};
use crate::screens::{Screen, Screens};
use crate::ui::{Hits, Look, Theme};
use gluedeck_core::analysis::evidence::{self, Finding};
use gluedeck_core::analysis::observed::{ObservedChange, ObservedKind};
use gluedeck_core::analysis::stagger::PlannerOptions;
use gluedeck_core::domain::policy::Approval;
use gluedeck_core::domain::{Change, Fault, PipelineId, RunId, Time};
use std::collections::{HashMap, VecDeque};
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
    pub screens: Screens,
    pub keymap: Keymap,
    /// What can be chosen, in the order in which it is offered.
    pub themes: Vec<Theme>,
    /// The environments of the configuration.
    pub environments: Vec<String>,
    /// The profiles of the AWS configuration.
    pub profiles: Vec<String>,
    /// Whether the clients are made: what the session says of endpoint and Region is then final.
    pub(super) is_connected: bool,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// What the last frame has drawn where.
    pub hits: Hits,
    /// Of which account the snapshot from the disk is.
    pub(super) snapshot_account: Option<String>,
    /// When a snapshot was kept last.
    pub(super) snapshot_saved_at: Option<Duration>,
    pub overlay: Option<Overlay>,
    pub look: Look,
    /// Something said for a few seconds, and until when.
    pub notice: Option<(String, Duration)>,
    /// When ctrl-c was pressed last, by the wall.
    pub(super) interrupted: Option<Duration>,
    /// Newest last.
    pub errors: VecDeque<(Time, Fault)>,
    pub(super) slots: HashMap<Slot, Ticket>,
    pub(super) tickets: Ticket,
    pub(super) refresh: Refresh,
    /// Changes that are approved and wait for the one before.
    pub(super) changes: VecDeque<Change>,
    /// Their approval.
    pub(super) approval: Approval,
    /// Runs that were started here, until they have ended.
    pub(super) followed: Vec<(PipelineId, RunId)>,
    /// How many changes of this approval have been done.
    pub(super) changed: usize,
}

impl Model {
    /// The model at the start: nothing is known yet.
    pub fn new(
        session: Session,
        planner_options: PlannerOptions,
        look: Look,
        moment: Moment,
        size: (u16, u16),
    ) -> Self {
        let context = Context::new(session, moment, size);
        let mut screens = Screens::default();
        screens.stagger.planner_options = planner_options;
        Self {
            context,
            route: Route::Board,
            back: Vec::new(),
            screens,
            keymap: Keymap::default(),
            themes: Theme::built_in().filter_map(|name| Theme::named(name, look.depth).ok()).collect(),
            environments: Vec::new(),
            profiles: Vec::new(),
            is_connected: false,
            mouse: true,
            hits: Hits::default(),
            snapshot_account: None,
            snapshot_saved_at: None,
            overlay: None,
            look,
            notice: None,
            interrupted: None,
            errors: VecDeque::new(),
            slots: HashMap::new(),
            tickets: 0,
            refresh: Refresh::default(),
            changes: VecDeque::new(),
            approval: Approval::to_one(),
            followed: Vec::new(),
            changed: 0,
        }
    }

    /// How fast the account is read.
    pub fn set_refresh_intervals(&mut self, intervals: RefreshIntervals) {
        self.refresh.intervals = intervals;
    }

    /// Says something for a few seconds.
    pub fn show_notice(&mut self, text: impl Into<String>) {
        self.notice = Some((text.into(), self.context.moment.wall + Duration::from_secs(4)));
    }

    pub(super) fn remember(&mut self, fault: &Fault) {
        let now = self.context.now();
        // A fault that repeats is one entry.
        if self.errors.back().is_none_or(|(_, last)| last != fault) {
            self.errors.push_back((now, fault.clone()));
            let text = format!("{}: {}", fault.headline(), fault.message);
            let at = self.context.moment.utc;
            self.screens.activity.record([ObservedChange {
                at,
                kind: ObservedKind::Error,
                name: fault.operation.clone(),
                text,
            }]);
        }
        if self.errors.len() > ERRORS {
            self.errors.pop_front();
        }
    }

    /// Whether a line is being typed in the place of the context line.
    pub fn is_typing(&self) -> bool {
        self.screen().is_typing()
    }

    /// The screen that the user is on.
    pub fn screen(&self) -> &dyn Screen {
        self.screens.at(&self.route)
    }

    /// The screen that the user is on, and what it may read.
    pub(super) fn screen_mut(&mut self) -> (&mut dyn Screen, &Context) {
        (self.screens.at_mut(&self.route), &self.context)
    }

    /// Where keys are looked up now.
    pub fn scope(&self) -> Scope {
        self.screen().scope()
    }

    /// The command of a key where the user is.
    pub(super) fn command_of(&self, key: Key) -> Option<Command> {
        self.keymap.command(self.scope(), key)
    }

    /// The evidence for a workflow.
    pub(super) fn findings(&self, name: &PipelineId) -> Vec<Finding> {
        let workflow = self.context.pipeline(name);
        workflow.map(|workflow| evidence::chain(workflow, self.context.evidence(workflow))).unwrap_or_default()
    }

    /// Whether earlier runs are still to be read, which then goes on faster than once a second; of many workflows it does not.
    fn owes_histories(&self) -> bool {
        let count = self.context.pipelines().len();
        self.context.pipelines_read_at.is_some()
            && count <= refresh::MAX_EAGER_HISTORIES
            && self.context.history.len() < count
    }

    /// Whether something on the screen moves by itself, so that time has to be told more often.
    pub fn is_animated(&self) -> bool {
        self.context.moment.speed > 1.0
            || self.screens.athena.is_running()
            || self.context.rollout.as_ref().is_some_and(|driver| driver.approval.is_some())
            || self.context.pipelines.at().is_none()
            || self.owes_histories()
            || self.screen().is_animated(&self.context)
    }
}
