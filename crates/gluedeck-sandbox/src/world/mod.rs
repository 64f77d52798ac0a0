//! What exists before the first call: the pipeline's configuration, the DynamoDB tables, and what is special about
//! this night.

mod environment;
mod foreign;
mod items;
mod scenario;
mod table;

pub(crate) use environment::Environment;
pub(crate) use foreign::{ForeignCrawler, ForeignJob, ForeignTrigger, Quality, QualityRule};
pub(crate) use gluedeck_pipeline::{Layer, Record};
pub(crate) use items::{Attribute, Value};
pub(crate) use scenario::{JobSettings, Scenario};
pub(crate) use table::{Table, Tables};

use crate::random::mix;
use chrono::NaiveDate;
use gluedeck_pipeline::{Pipeline, RecordResources};
use sha2::{Digest, Sha256};
use std::sync::{Arc, RwLock, RwLockReadGuard};

/// A world: the pipeline's records and the data behind them, all decided by a seed and the date of the first night.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    /// The date of the first live night; earlier ones are history.
    pub(crate) first_night: NaiveDate,
    pub(crate) environment: Environment,
    pub(crate) scenario: Scenario,
    pub(crate) dpu_limit: f64,
    /// Job runs that the account may have at a time.
    pub(crate) job_runs_limit: usize,
    /// The settings of the file, or of what was deployed into an empty account; the records are in the tables.
    settings: RwLock<Arc<Settings>>,
    tables: RwLock<Tables>,
}

/// What the names of buckets and databases, and the thresholds, are made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    /// Without its records.
    pub(crate) pipeline: Pipeline,
    /// None where there is no pipeline.
    pub(crate) deployment: Option<gluedeck_pipeline::Environment>,
}

/// How many nights of history a world starts with.
pub(crate) const HISTORY_NIGHTS: i64 = 14;

impl World {
    /// The world of an environment. One without a pipeline has no tables.
    pub(crate) fn new(
        seed: u64,
        first_night: NaiveDate,
        environment: Environment,
        pipeline: &Pipeline,
        scenario: Scenario,
    ) -> Self {
        let here = environment.deployment.is_some();
        let originals: Vec<Table> =
            pipeline.records.iter().filter(|_| here).map(|record| Table::new(record.clone())).collect();
        let wanted = if originals.is_empty() { 0 } else { scenario.workflows.unwrap_or(originals.len()) };
        let copies = (originals.len()..wanted)
            .map(|number| originals[number % originals.len()].copy(number / originals.len() + 1));
        let tables: Tables = originals.iter().take(wanted).cloned().chain(copies).collect();
        // Other environments have other ids and other items.
        let seed = if environment.is_first { seed } else { mix(seed ^ fold(environment.name())) };
        let share = tables.len() as f64 / originals.len().max(1) as f64;
        let dpu_limit = scenario.dpu_limit.unwrap_or((100.0 * share.max(1.0)).round());
        // 200 is the default quota (docs/aws-facts.md: Default quotas).
        let job_runs_limit = scenario.job_runs_limit.unwrap_or((200.0 * share.max(1.0)) as usize);
        let pipeline = Pipeline { records: Vec::new(), ..pipeline.clone() };
        let settings = Settings { pipeline, deployment: environment.deployment.clone() };
        let (settings, tables) = (RwLock::new(Arc::new(settings)), RwLock::new(tables));
        Self { seed, first_night, environment, scenario, dpu_limit, job_runs_limit, settings, tables }
    }

    pub(crate) fn tables(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The table of a `scopeId`.
    pub(crate) fn table(&self, scope: &str) -> Option<Arc<Table>> {
        self.tables().get(scope).cloned()
    }

    /// Adds a table, or puts its record in the place of the one with its `scopeId`.
    pub(crate) fn put(&self, record: Record) {
        self.tables.write().unwrap_or_else(|poisoned| poisoned.into_inner()).put(Table::new(record));
    }

    /// Takes a record as it was deployed. The items of its table are there already, or are made from it.
    pub(crate) fn put_deployed(&self, record: &Record) {
        let items = self.table(&record.scope_id).map(|table| {
            (table.record.sandbox_items, table.record.sandbox_items_per_night, table.record.data_types.clone())
        });
        let mut deployed = record.clone();
        if let Some((first, growth, _)) = items {
            (deployed.sandbox_items, deployed.sandbox_items_per_night) = (first, growth);
        }
        let known = self.table(&record.scope_id);
        if known.is_none_or(|table| table.record != deployed) {
            self.put(deployed);
        }
    }

    /// Takes a table out.
    pub(crate) fn remove(&self, scope: &str) {
        self.tables.write().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(scope);
    }

    /// Whether the pipeline is there from the start.
    pub(crate) fn is_deployed(&self) -> bool {
        self.environment.deployment.is_some() && !self.scenario.empty
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// Takes the settings of what was deployed into an empty account.
    pub(crate) fn set_deployed(&self, pipeline: &Pipeline) {
        if !self.scenario.empty || pipeline.records.is_empty() {
            return;
        }
        let deployment = pipeline.environments.first().cloned();
        let pipeline = Pipeline { records: Vec::new(), ..pipeline.clone() };
        let settings = Arc::new(Settings { pipeline, deployment });
        *self.settings.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = settings;
    }

    /// The resources of a record here. None where there is no pipeline.
    pub(crate) fn resources(&self, record: &Record) -> Option<RecordResources> {
        let settings = self.settings();
        settings.deployment.as_ref().map(|here| settings.pipeline.resources(here, record))
    }

    /// Nights since the first live one; negative for history.
    pub(crate) fn night_number(&self, date: NaiveDate) -> i64 {
        (date - self.first_night).num_days()
    }

    /// How many items the DynamoDB table holds on a date.
    pub(crate) fn row_count(&self, scope: &str, date: NaiveDate) -> u64 {
        let tables = self.tables();
        let Some(table) = tables.get(scope) else { return 0 };
        let nights = (self.night_number(date) + HISTORY_NIGHTS).max(0) as u64;
        table.first + table.growth * nights
    }

    /// How many of the newest items lack an attribute on a date.
    pub(crate) fn missing_rows(&self, table: &str, attribute: &str, date: NaiveDate) -> u64 {
        self.affected(&self.scenario.missing, table, attribute, date)
    }

    /// How many of the newest items have words where the attribute is a number.
    pub(crate) fn word_rows(&self, table: &str, attribute: &str, date: NaiveDate) -> u64 {
        self.affected(&self.scenario.words, table, attribute, date)
    }

    fn affected(&self, rules: &[scenario::Missing], table: &str, attribute: &str, date: NaiveDate) -> u64 {
        let night = self.night_number(date);
        let hit = rules
            .iter()
            .filter(|m| m.table == table && m.attribute == attribute && (m.from_night..=m.to_night).contains(&night));
        hit.map(|m| m.rows).sum()
    }

    /// The attributes of a table's items on a date: those of the record, and new ones.
    pub(crate) fn attributes<'w>(&'w self, table: &'w Table, date: NaiveDate) -> Vec<(&'w str, &'w str)> {
        let night = self.night_number(date);
        let new = self.scenario.drift.iter().filter(|d| d.table == table.record.scope_id && night >= d.from_night);
        let new = new.filter(|d| !table.attributes().any(|(name, _)| name == d.attribute));
        table.attributes().chain(new.map(|d| (d.attribute.as_str(), d.kind.as_str()))).collect()
    }

    /// The number of workers that the bronze job of a table had on a date; `defined` is what its definition says.
    pub(crate) fn bronze_workers(&self, base: &str, defined: i64, date: NaiveDate) -> i64 {
        let deploy = self.scenario.deploy.iter().find(|deploy| deploy.table == base);
        match deploy {
            Some(deploy) if self.night_number(date) < deploy.from_night => deploy.bronze_workers_before,
            Some(deploy) => deploy.bronze_workers_after.unwrap_or(defined),
            None => defined,
        }
    }

    /// How many times its usual time a job takes on a date.
    pub(crate) fn slowness(&self, job: &str, date: NaiveDate) -> f64 {
        let slow = self.scenario.slow.iter().find(|slow| slow.job == job && self.night_number(date) >= 0);
        slow.map_or(1.0, |slow| slow.factor)
    }

    /// The bucket of a purpose of `gluedeck_pipeline::Pipeline::bucket`. An account without a pipeline has none.
    pub(crate) fn bucket(&self, purpose: &str) -> String {
        let settings = self.settings();
        settings.deployment.as_ref().map(|here| settings.pipeline.bucket(here, purpose)).unwrap_or_default()
    }

    /// The bucket of a layer.
    pub(crate) fn layer_bucket(&self, layer: Layer) -> String {
        self.bucket(layer.word())
    }

    /// A number in `0..span` that depends on nothing but the seed and `key`.
    pub(crate) fn dice(&self, key: &str, span: u64) -> u64 {
        mix(self.seed ^ fold(key)) % span.max(1)
    }

    /// 64 hexadecimal digits that depend on nothing but the seed and `key`, as in Glue's ids.
    pub(crate) fn hex_id(&self, key: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        hash.update(key.as_bytes());
        hex::encode(hash.finalize())
    }

    /// An id written as a UUID, as `hex_id`.
    pub(crate) fn uuid(&self, key: &str) -> String {
        let hex = self.hex_id(key);
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
    }

    /// The same as one of version 4, which says of itself that it is random (RFC 9562).
    pub(crate) fn random_uuid(&self, key: &str) -> String {
        let mut id = self.uuid(key);
        id.replace_range(14..15, "4");
        id.replace_range(19..20, "a");
        id
    }
}

/// FNV-1a over the bytes of a key.
pub(crate) fn fold(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The pipeline that runs when no other is given.
///
/// # Panics
/// If the file compiled into the program is wrong, which a test rules out.
pub(crate) fn example_pipeline() -> Pipeline {
    const EXAMPLE: &str = include_str!("../../../../examples/pipeline.json");
    gluedeck_pipeline::read(EXAMPLE, gluedeck_pipeline::file::Format::Json).expect("examples/pipeline.json is right")
}

#[cfg(test)]
impl World {
    /// The default scenario in dev.
    pub(crate) fn default_at(first_night: NaiveDate) -> Self {
        Self::of_scenario(first_night, Scenario::load("night").expect("a built-in scenario"), "us-east-1")
    }

    fn of_scenario(first_night: NaiveDate, scenario: Scenario, region: &str) -> Self {
        let pipeline = example_pipeline();
        Self::new(7, first_night, Environment::of(&pipeline, "", region), &pipeline, scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        World::default_at(NaiveDate::from_ymd_opt(2026, 11, 22).expect("a date"))
    }

    #[test]
    fn more_workflows_are_copies_with_names_of_their_own() {
        let scenario = Scenario { workflows: Some(50), ..Scenario::default() };
        let world = World::of_scenario(world().first_night, scenario, "us-east-1");
        let names: std::collections::BTreeSet<_> = world.tables().iter().map(|table| table.record.workflow()).collect();
        assert_eq!((world.tables().len(), names.len()), (50, 50));
        assert!(world.dpu_limit > 200.0, "the limit grows with the account: {}", world.dpu_limit);
        let elsewhere = World::of_scenario(world.first_night, Scenario::default(), "eu-west-1");
        assert_eq!(elsewhere.tables().len(), 0);
    }

    #[test]
    fn the_default_world_has_twenty_two_tables_with_items() {
        let world = world();
        assert_eq!(world.tables().len(), 22);
        for table in world.tables().iter() {
            let scope = &table.record.scope_id;
            assert!(world.row_count(scope, world.first_night) > 0, "{scope} is empty");
            assert!(!table.record.mappings.is_empty());
        }
    }

    #[test]
    fn tonight_asks_for_more_than_the_limit_and_the_nights_before_did_not() {
        let world = world();
        let workers = |table: &Table, date| {
            let made = world.resources(&table.record).expect("dev has a pipeline");
            world.bronze_workers(&table.base, i64::from(made.jobs[0].workers), date)
        };
        let demand = |date| world.tables().iter().map(|table| workers(table, date)).sum::<i64>() as f64;
        assert!(demand(world.first_night) > world.dpu_limit);
        assert!(demand(world.first_night - chrono::Days::new(1)) <= world.dpu_limit);
    }
}
