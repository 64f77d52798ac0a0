//! Backends: what one account has in one Region. A backend comes into being when somebody first calls there, with the past
//! that it would have had.

use super::athena::Athena;
use super::cloudformation::Stacks;
use super::control::{Control, Engine, Hub};
use super::faults::Faults;
use super::insights::StartedQuery;
use super::lake::Lake;
use super::world::{Environment, Scenario, World};
use chrono::NaiveDate;
use gluedeck_pipeline::Pipeline;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// One account's Region.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) environment: Environment,
    pub(crate) hub: Hub,
    pub(crate) athena: Arc<Athena>,
    pub(crate) lake: Arc<Lake>,
    pub(crate) stacks: Stacks,
    /// Log groups that were made or told how long to keep events, with the days.
    pub(crate) log_groups: Mutex<BTreeMap<String, Option<i64>>>,
    /// Queries of Logs Insights, oldest first.
    pub(crate) log_queries: Mutex<Vec<StartedQuery>>,
}

/// All backends of a sandbox.
#[derive(Debug)]
pub(crate) struct Backends {
    pub(crate) engine: Arc<Engine>,
    pub(crate) root: PathBuf,
    faults: Arc<Faults>,
    seed: u64,
    first_night: NaiveDate,
    scenario: Scenario,
    /// The file that is in force.
    pipeline: Mutex<Arc<Pipeline>>,
    /// By account and Region.
    known: Mutex<BTreeMap<(String, String), Arc<Backend>>>,
}

impl Backends {
    /// Backends on an engine; the scenario is that of the file's first environment, and the others are calm.
    pub(crate) fn new(
        engine: Arc<Engine>,
        faults: Arc<Faults>,
        root: PathBuf,
        (seed, first_night): (u64, NaiveDate),
        (scenario, pipeline): (Scenario, Pipeline),
    ) -> Self {
        let pipeline = Mutex::new(Arc::new(pipeline));
        Self { engine, root, faults, seed, first_night, scenario, pipeline, known: Mutex::default() }
    }

    /// The backend that an access key means in a Region.
    ///
    /// # Errors
    /// If the backend's folders cannot be made.
    pub(crate) fn of(&self, access_key: &str, region: &str) -> io::Result<Arc<Backend>> {
        let mut known = self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let pipeline = self.pipeline();
        let environment = Environment::of(&pipeline, access_key, region);
        let key = (environment.account.clone(), region.to_owned());
        if let Some(backend) = known.get(&key) {
            return Ok(Arc::clone(backend));
        }
        let scenario = match environment.is_first || self.scenario.empty {
            true => self.scenario.clone(),
            false => Scenario::load("calm").map_err(io::Error::other)?,
        };
        let world = Arc::new(World::new(self.seed, self.first_night, environment.clone(), &pipeline, scenario));
        let lake = Arc::new(Lake::new(self.root.clone(), Arc::clone(&world))?);
        let hub = self.engine.add(|now| Control::new(world, Arc::clone(&lake), now));
        let athena = Arc::new(Athena::new(hub.clone(), Arc::clone(&lake), Arc::clone(&self.faults)));
        let backend = Arc::new(Backend {
            environment,
            hub,
            athena,
            lake,
            stacks: Stacks::default(),
            log_groups: Mutex::default(),
            log_queries: Mutex::default(),
        });
        known.insert(key, Arc::clone(&backend));
        Ok(backend)
    }

    /// The file that is in force.
    pub(crate) fn pipeline(&self) -> Arc<Pipeline> {
        Arc::clone(&self.pipeline.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// Puts another file in force: in every environment that has been called, what it adds, changes and removes happens now.
    ///
    /// # Errors
    /// If it is of another project or has other environments: those are what this sandbox was started with.
    pub(crate) fn set_pipeline(&self, pipeline: Pipeline) -> Result<(), &'static str> {
        let known = self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let settings = |pipeline: &Pipeline| Pipeline { records: Vec::new(), ..pipeline.clone() };
        if settings(&pipeline) != settings(&self.pipeline()) {
            return Err("only records can be changed: project, environments, defaults and tags are those of the start");
        }
        for backend in known.values().filter(|backend| backend.environment.deployment.is_some()) {
            // It refuses nothing.
            let _ = backend.hub.change(|control, now| {
                control.set_records(&pipeline.records, now);
                Ok(())
            });
        }
        *self.pipeline.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(pipeline);
        Ok(())
    }
}
