//! What exists before the first call: the pipeline's configuration, the DynamoDB tables, and what is special about
//! this night.

mod environment;
mod foreign;
mod items;
mod record;
mod scenario;

pub(crate) use environment::Environment;
pub(crate) use foreign::{ForeignCrawler, ForeignJob, ForeignTrigger, Quality, QualityRule};
pub(crate) use gluedeck_pipeline::Layer;
pub(crate) use items::{Attribute, Value};
pub(crate) use record::Record;
pub(crate) use scenario::{JobSettings, Scenario};

use crate::random::mix;
use chrono::NaiveDate;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const TABLES: &str = include_str!("tables.json");
const ROWS: &str = include_str!("rows.toml");

/// A world: the configuration's records and the data behind them, all decided by a seed and the date of the first night.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) seed: u64,
    /// The date of the first live night; earlier ones are history.
    pub(crate) first_night: NaiveDate,
    pub(crate) environment: Environment,
    pub(crate) scenario: Scenario,
    pub(crate) dpu_limit: f64,
    /// Job runs that the account may have at a time.
    pub(crate) job_runs_limit: usize,
    pub(crate) records: Vec<Record>,
    rows: BTreeMap<String, Rows>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    first: u64,
    growth: u64,
}

/// How many nights of history a world starts with.
pub(crate) const HISTORY_NIGHTS: i64 = 14;

impl World {
    /// The world of an environment. One without a pipeline has no records.
    ///
    /// # Panics
    /// If the files compiled into the program do not parse, which a test rules out.
    pub(crate) fn new(seed: u64, first_night: NaiveDate, environment: Environment, scenario: Scenario) -> Self {
        let mut records: Vec<Record> = serde_json::from_str(TABLES).expect("tables.json is valid");
        let mut rows: BTreeMap<String, Rows> = toml::from_str(ROWS).expect("rows.toml is valid");
        if environment.name.is_empty() {
            records.clear();
        }
        for record in &mut records {
            record.base.clone_from(&record.scope_id);
        }
        let originals = records.clone();
        let wanted = scenario.workflows.unwrap_or(originals.len());
        records.truncate(wanted);
        for number in originals.len()..if originals.is_empty() { 0 } else { wanted } {
            let original = &originals[number % originals.len()];
            let copy = original.copy(number / originals.len() + 1);
            let volume = rows.get(&original.scope_id).copied();
            rows.extend(volume.map(|volume| (copy.scope_id.clone(), volume)));
            records.push(copy);
        }
        // Other environments have other ids and other items.
        let seed = if environment.name == "dev" { seed } else { mix(seed ^ fold(environment.name)) };
        let share = records.len() as f64 / originals.len().max(1) as f64;
        let dpu_limit = scenario.dpu_limit.unwrap_or((100.0 * share.max(1.0)).round());
        // 200 is the default quota (docs/aws-facts.md: Default quotas).
        let job_runs_limit = scenario.job_runs_limit.unwrap_or((200.0 * share.max(1.0)) as usize);
        Self { seed, first_night, environment, scenario, dpu_limit, job_runs_limit, records, rows }
    }

    pub(crate) fn record(&self, table: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.scope_id == table)
    }

    /// Nights since the first live one; negative for history.
    pub(crate) fn night_number(&self, date: NaiveDate) -> i64 {
        (date - self.first_night).num_days()
    }

    /// How many items the DynamoDB table holds on a date.
    pub(crate) fn row_count(&self, table: &str, date: NaiveDate) -> u64 {
        let Some(rows) = self.rows.get(table) else { return 0 };
        let nights = (self.night_number(date) + HISTORY_NIGHTS).max(0) as u64;
        rows.first + rows.growth * nights
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

    /// The attributes of a table's items on a date: those of the configuration, and new ones.
    pub(crate) fn attributes<'w>(&'w self, record: &'w Record, date: NaiveDate) -> Vec<(&'w str, &'w str)> {
        let night = self.night_number(date);
        let new = self.scenario.drift.iter().filter(|d| d.table == record.scope_id && night >= d.from_night);
        record.attributes().into_iter().chain(new.map(|d| (d.attribute.as_str(), d.kind.as_str()))).collect()
    }

    /// The number of workers the bronze job of a table had on a date.
    pub(crate) fn bronze_workers(&self, record: &Record, date: NaiveDate) -> i64 {
        let deploy = self.scenario.deploy.iter().find(|d| d.table == record.base);
        match deploy {
            Some(deploy) if self.night_number(date) < deploy.from_night => deploy.bronze_workers_before,
            Some(deploy) => deploy.bronze_workers_after.unwrap_or(record.bronze_workers),
            None => record.bronze_workers,
        }
    }

    /// How many times its usual time a job takes on a date.
    pub(crate) fn slowness(&self, job: &str, date: NaiveDate) -> f64 {
        let slow = self.scenario.slow.iter().find(|slow| slow.job == job && self.night_number(date) >= 0);
        slow.map_or(1.0, |slow| slow.factor)
    }

    pub(crate) fn bucket(&self, purpose: &str) -> String {
        format!("tumble-{}-{purpose}", self.environment.name)
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
}

/// FNV-1a over the bytes of a key.
pub(crate) fn fold(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
impl World {
    /// The default scenario in dev.
    pub(crate) fn default_at(first_night: NaiveDate) -> Self {
        let scenario = Scenario::load("night").expect("a built-in scenario");
        Self::new(7, first_night, Environment::of("", "us-east-1"), scenario)
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
        let world = World::new(7, world().first_night, Environment::of("", "us-east-1"), scenario);
        let names: std::collections::BTreeSet<_> = world.records.iter().map(Record::workflow).collect();
        assert_eq!((world.records.len(), names.len()), (50, 50));
        assert!(world.dpu_limit > 200.0, "the limit grows with the account: {}", world.dpu_limit);
        let elsewhere = Environment::of("", "eu-west-1");
        assert!(World::new(7, world.first_night, elsewhere, Scenario::default()).records.is_empty());
    }

    #[test]
    fn the_default_world_has_twenty_two_tables_with_volumes() {
        let world = world();
        assert_eq!(world.records.len(), 22);
        for record in &world.records {
            assert!(world.row_count(&record.scope_id, world.first_night) > 0, "{} is empty", record.scope_id);
            assert!(!record.mappings().is_empty());
        }
    }

    #[test]
    fn tonight_asks_for_more_than_the_limit_and_the_nights_before_did_not() {
        let world = world();
        let demand = |date| world.records.iter().map(|r| world.bronze_workers(r, date)).sum::<i64>() as f64;
        assert!(demand(world.first_night) > world.dpu_limit);
        assert!(demand(world.first_night - chrono::Days::new(1)) <= world.dpu_limit);
    }
}
