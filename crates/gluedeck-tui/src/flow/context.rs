//! What every screen may read: the session, the workflows, their history, and the time.

use super::catalog::Catalog;
use super::load::Load;
use super::moment::Moment;
use gluedeck_core::analysis::capacity::Held;
use gluedeck_core::analysis::log::Class;
use gluedeck_core::analysis::plan::Facts;
use gluedeck_core::analysis::reason::{Evidence, Reason, reason};
use gluedeck_core::analysis::stagger::driver::Driver;
use gluedeck_core::analysis::stagger::live::Rollout;
use gluedeck_core::analysis::{History, capacity};
use gluedeck_core::domain::schedule::NextFires;
use gluedeck_core::domain::{
    AccountScope, Job, JobName, JobRunId, OwnPrices, Pipeline, PipelineId, Policy, Prices, Time,
};
use gluedeck_core::request::{Drift, Usage};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::Duration;

/// The shared state. Only the app changes it.
#[derive(Debug)]
pub struct Context {
    pub session: Session,
    pub pipelines: Load<Vec<Pipeline>>,
    /// When the workflows on the screen were last read, by the wall: the age of the data, whatever a sandbox's clock
    /// does. None if all there is comes from the disk.
    pub pipelines_read_at: Option<Duration>,
    /// Whether the account has been searched for what is no workflow.
    pub is_searched: bool,
    /// When the last of all workflows was read in one round.
    pub round_read_at: Option<Duration>,
    /// Which cells of a workflow have changed with the last reading, and when.
    pub changed: HashMap<PipelineId, Changed>,
    /// Calls sent to this place.
    pub usage: Usage,
    pub history: HashMap<PipelineId, Load<History>>,
    /// DPUs that the account may use at a time.
    pub dpu_limit: Load<f64>,
    /// DPUs that FLEX runs may use at a time; asked for once there is a FLEX run.
    pub flex_limit: Load<Option<f64>>,
    /// What the logs of runs have shown to be the cause, where they were read.
    pub causes: HashMap<JobRunId, Class>,
    pub databases: Load<Vec<String>>,
    /// The tables of the databases, as far as they have been read.
    pub catalog: Catalog,
    /// The jobs' definitions, read when a stagger is planned.
    pub jobs: Load<BTreeMap<JobName, Job>>,
    /// When the triggers' schedules fire next.
    next_fires: NextFires,
    /// How the account differs from the pipeline's file, where one is configured.
    pub drift: Load<Drift>,
    /// When that was read, by the wall.
    pub drift_read_at: Option<Duration>,
    /// The stagger that is carried out, or was interrupted.
    pub rollout: Option<Driver>,
    /// Workflows whose end the user wants to be told of.
    pub watched: BTreeSet<PipelineId>,
    /// Prices of the configuration, in place of those that are known of the Region.
    pub own_prices: OwnPrices,
    /// The DPU limit of the configuration, in place of the account's.
    pub own_limit: Option<f64>,
    pub moment: Moment,
    /// Terminal size in cells.
    pub size: (u16, u16),
}

/// Cells that have just changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// One a trigger.
    pub cells: Vec<bool>,
    /// By the wall.
    pub at: Duration,
}

/// How long a cell is marked after it has changed.
pub const MARKED: Duration = Duration::from_secs(3);

/// Where the console is connected.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The environment's name: from the configuration, or the profile's.
    pub environment: String,
    pub endpoint: Endpoint,
    pub region: Option<String>,
    pub account: Load<String>,
    pub read_only: bool,
    /// What else the environment lets one change.
    pub policy: Policy,
    /// The badge's color, by the configuration.
    pub color: Option<String>,
    /// Only workflows whose names match are looked at; `*` stands for anything.
    pub only: Option<String>,
    /// Whether it is production: by the configuration, else by its name.
    pub production: Option<bool>,
    /// The file that the pipeline is deployed from.
    pub pipeline_file: Option<PathBuf>,
    /// Whether this program can open a sandbox: it may be built without one.
    pub has_sandbox: bool,
}

/// What answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    Aws,
    /// Another server that speaks the protocol, by its address.
    Custom(String),
    Sandbox(String),
}

impl Context {
    /// Nothing is known yet.
    pub fn new(session: Session, moment: Moment, size: (u16, u16)) -> Self {
        Self {
            session,
            own_prices: OwnPrices::default(),
            pipelines: Load::Idle,
            pipelines_read_at: None,
            is_searched: false,
            round_read_at: None,
            changed: HashMap::new(),
            usage: Usage::default(),
            history: HashMap::new(),
            dpu_limit: Load::Idle,
            flex_limit: Load::Idle,
            causes: HashMap::new(),
            databases: Load::Idle,
            catalog: Catalog::default(),
            jobs: Load::Idle,
            next_fires: NextFires::default(),
            drift: Load::Idle,
            drift_read_at: None,
            rollout: None,
            watched: BTreeSet::new(),
            own_limit: None,
            moment,
            size,
        }
    }

    /// Time went on, or the workflows have changed: when schedules fire next is brought up to date.
    pub fn update_schedules(&mut self) {
        let workflows = self.pipelines.value().map(Vec::as_slice).unwrap_or_default();
        let triggers = workflows.iter().flat_map(|workflow| &workflow.triggers);
        self.next_fires.update(triggers.filter_map(|trigger| trigger.schedule.as_deref()), self.moment.now);
    }

    /// The clock went back: what is known of later times does not hold.
    pub fn forget_schedules(&mut self) {
        self.next_fires.clear();
    }

    /// The next start of a workflow by its schedule.
    pub fn next_start(&self, workflow: &Pipeline) -> Option<Time> {
        let start = workflow.triggers.iter().find(|trigger| trigger.schedule.is_some() && trigger.can_fire())?;
        self.next_fires.of(start.schedule.as_deref()?)
    }

    /// The stagger that is carried out, or was interrupted, as it stands.
    pub fn rollout(&self) -> Option<&Rollout> {
        self.rollout.as_ref().map(|driver| &driver.rollout)
    }

    /// Seconds since the data were read: by the wall, or, of what comes from the disk, by its time.
    pub fn age_seconds(&self) -> Option<f64> {
        match self.pipelines_read_at {
            Some(read) => Some(self.moment.wall.saturating_sub(read).as_secs_f64().round()),
            None => self.pipelines.at().map(|at| (self.moment.utc - at).num_seconds().max(0) as f64),
        }
    }

    /// Seconds since the account was compared with the pipeline's file, by the wall.
    pub fn drift_age_seconds(&self) -> Option<i64> {
        self.drift_read_at.map(|read| self.moment.wall.saturating_sub(read).as_secs() as i64)
    }

    /// In how much a workflow differs from the pipeline's file.
    pub fn differences(&self, workflow: &Pipeline) -> usize {
        let all = self.drift.value().map(|drift| drift.differences.as_slice()).unwrap_or_default();
        all.iter().filter(|difference| difference.workflow.as_deref() == Some(workflow.id.as_str())).count()
    }

    /// Whether a cell has changed just now.
    pub fn just_changed(&self, workflow: &Pipeline, cell: usize) -> bool {
        let recent = |changed: &&Changed| self.moment.wall.saturating_sub(changed.at) < MARKED;
        let changed = self.changed.get(&workflow.id).filter(recent);
        changed.is_some_and(|changed| changed.cells.get(cell) == Some(&true))
    }

    /// The time on AWS's side.
    pub fn now(&self) -> Time {
        self.moment.now
    }

    /// All workflows, however old the data.
    pub fn pipelines(&self) -> &[Pipeline] {
        self.pipelines.value().map(Vec::as_slice).unwrap_or_default()
    }

    pub fn pipeline(&self, name: &PipelineId) -> Option<&Pipeline> {
        self.pipelines().iter().find(|workflow| &workflow.id == name)
    }

    pub fn history(&self, name: &PipelineId) -> Option<&History> {
        self.history.get(name)?.value()
    }

    /// Why a workflow is in its state.
    pub fn reason(&self, workflow: &Pipeline) -> Option<Reason> {
        reason(workflow, self.evidence(workflow))
    }

    /// What reasons about a workflow may draw on.
    pub fn evidence(&self, workflow: &Pipeline) -> Evidence<'_> {
        Evidence {
            pipelines: self.pipelines(),
            dpu_limit: self.limit(),
            history: self.history(&workflow.id),
            now: self.now(),
        }
    }

    /// What DPU-hours cost in this Region, or by the configuration.
    pub fn prices(&self) -> Prices {
        Prices::of(self.session.region.as_deref(), self.own_prices)
    }

    /// DPUs that the account may use at a time: by the configuration, else by Service Quotas.
    pub fn limit(&self) -> Option<f64> {
        self.own_limit.or(self.dpu_limit.value().copied())
    }

    /// The longest of the last nights of all workflows, in seconds.
    pub fn longest_run_seconds(&self) -> i64 {
        let histories = self.history.values().filter_map(Load::value);
        histories.flat_map(|history| &history.past_runs).filter_map(|past| past.seconds).max().unwrap_or(1).max(1)
    }

    /// DPUs that the known runs hold now, FLEX ones apart.
    pub fn dpu_held(&self) -> Held {
        capacity::held(self.pipelines(), self.now())
    }
}

impl Facts for Context {
    fn pipelines(&self) -> &[Pipeline] {
        self.pipelines()
    }

    fn history(&self, name: &PipelineId) -> Option<&History> {
        self.history(name)
    }

    fn dpu_limit(&self) -> Option<f64> {
        self.limit()
    }

    fn now(&self) -> Time {
        self.now()
    }

    fn read_at(&self) -> Option<Time> {
        self.pipelines.at()
    }

    fn prices(&self) -> Prices {
        self.prices()
    }

    fn cause_in_log(&self, run: &JobRunId) -> Option<Class> {
        self.causes.get(run).copied()
    }
}

impl Session {
    /// Where changes are made; none before the account is known.
    pub fn account_scope(&self) -> Option<AccountScope> {
        let endpoint = match &self.endpoint {
            Endpoint::Aws => None,
            Endpoint::Custom(address) | Endpoint::Sandbox(address) => Some(address.as_str()),
        };
        Some(AccountScope::new(Some(self.account.value()?.clone()), self.region.as_deref(), endpoint))
    }

    /// `SANDBOX`, or the environment's name in capitals; both where an environment of the configuration is a sandbox.
    pub fn badge(&self) -> String {
        match &self.endpoint {
            Endpoint::Sandbox(_) if self.environment == "sandbox" || self.environment == "aws" => "SANDBOX".to_owned(),
            Endpoint::Sandbox(_) => format!("SANDBOX {}", self.environment.to_uppercase()),
            _ => self.environment.to_uppercase(),
        }
    }

    /// Whether the environment's name says that it is production.
    pub fn is_production(&self) -> bool {
        let named =
            || self.environment.to_lowercase().contains("prod") && !matches!(self.endpoint, Endpoint::Sandbox(_));
        self.production.unwrap_or_else(named)
    }
}
