//! Backends: what one account has in one Region. A backend comes into being when somebody first calls there, with the past
//! that it would have had.

use super::athena::Athena;
use super::control::{Control, Engine, Hub};
use super::faults::Faults;
use super::lake::Lake;
use super::world::{Environment, Scenario, World};
use chrono::NaiveDate;
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
    /// By account and Region.
    known: Mutex<BTreeMap<(&'static str, String), Arc<Backend>>>,
}

impl Backends {
    /// Backends on an engine; the scenario is dev's, and the other environments are calm.
    pub(crate) fn new(
        engine: Arc<Engine>,
        faults: Arc<Faults>,
        root: PathBuf,
        (seed, first_night): (u64, NaiveDate),
        scenario: Scenario,
    ) -> Self {
        Self { engine, root, faults, seed, first_night, scenario, known: Mutex::default() }
    }

    /// The backend that an access key means in a Region.
    ///
    /// # Errors
    /// If the backend's folders cannot be made.
    pub(crate) fn of(&self, access_key: &str, region: &str) -> io::Result<Arc<Backend>> {
        let environment = Environment::of(access_key, region);
        let mut known = self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let key = (environment.account, region.to_owned());
        if let Some(backend) = known.get(&key) {
            return Ok(Arc::clone(backend));
        }
        let scenario = match environment.name {
            "dev" => self.scenario.clone(),
            _ => Scenario::load("calm").map_err(io::Error::other)?,
        };
        let world = Arc::new(World::new(self.seed, self.first_night, environment.clone(), scenario));
        let lake = Arc::new(Lake::new(self.root.clone(), Arc::clone(&world))?);
        let hub = self.engine.add(|now| Control::new(world, Arc::clone(&lake), now));
        let athena = Arc::new(Athena::new(hub.clone(), Arc::clone(&lake), Arc::clone(&self.faults)));
        let backend = Arc::new(Backend { environment, hub, athena, lake });
        known.insert(key, Arc::clone(&backend));
        Ok(backend)
    }
}
