//! What exists before the first call: the pipeline's configuration, the DynamoDB tables, and what is special this night.

mod items;
mod record;

pub(crate) use items::{Attribute, Value};
pub(crate) use record::{Layer, Record};

use chrono::NaiveDate;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const TABLES: &str = include_str!("tables.json");
const NIGHT: &str = include_str!("night.toml");

/// A world: 22 records of configuration and the data behind them, all decided by a seed and the date of the first night.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) seed: u64,
    /// The date of the first live night; earlier ones are history.
    pub(crate) first_night: NaiveDate,
    pub(crate) records: Vec<Record>,
    pub(crate) night: Night,
}

/// `night.toml`: volumes, and what is different tonight.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Night {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) environment: String,
    pub(crate) dpu_limit: f64,
    #[serde(default)]
    pub(crate) deploy: Vec<Deploy>,
    #[serde(default)]
    pub(crate) missing: Vec<Missing>,
    #[serde(default)]
    pub(crate) schedule_off: Vec<ScheduleOff>,
    pub(crate) rows: BTreeMap<String, Rows>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deploy {
    pub(crate) table: String,
    pub(crate) bronze_workers_before: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Missing {
    pub(crate) table: String,
    pub(crate) attribute: String,
    pub(crate) from_night: i64,
    pub(crate) to_night: i64,
    pub(crate) rows: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleOff {
    pub(crate) table: String,
    pub(crate) since_night: i64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rows {
    pub(crate) first: u64,
    pub(crate) growth: u64,
}

/// How many nights of history a world starts with.
pub(crate) const HISTORY_NIGHTS: i64 = 14;

impl World {
    /// The default world.
    ///
    /// # Panics
    /// If the files compiled into the program do not parse, which a test rules out.
    pub(crate) fn load(seed: u64, first_night: NaiveDate) -> Self {
        let records = serde_json::from_str(TABLES).expect("tables.json is valid");
        let night = toml::from_str(NIGHT).expect("night.toml is valid");
        Self { seed, first_night, records, night }
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
        let Some(rows) = self.night.rows.get(table) else { return 0 };
        let nights = (self.night_number(date) + HISTORY_NIGHTS).max(0) as u64;
        rows.first + rows.growth * nights
    }

    /// How many of the newest items lack an attribute on a date.
    pub(crate) fn missing_rows(&self, table: &str, attribute: &str, date: NaiveDate) -> u64 {
        let night = self.night_number(date);
        let missing =
            self.night.missing.iter().filter(|m| {
                m.table == table && m.attribute == attribute && (m.from_night..=m.to_night).contains(&night)
            });
        missing.map(|m| m.rows).sum()
    }

    /// The number of workers the bronze job of a table had on a date.
    pub(crate) fn bronze_workers(&self, record: &Record, date: NaiveDate) -> i64 {
        let deploy = self.night.deploy.iter().find(|d| d.table == record.scope_id);
        match deploy {
            Some(deploy) if self.night_number(date) < 0 => deploy.bronze_workers_before,
            _ => record.bronze_workers,
        }
    }

    pub(crate) fn bucket(&self, purpose: &str) -> String {
        format!("tumble-{}-{purpose}", self.night.environment)
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
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// FNV-1a over the bytes of a key.
pub(crate) fn fold(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// SplitMix64's finaliser: neighbouring inputs give unrelated outputs.
pub(crate) fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        World::load(7, NaiveDate::from_ymd_opt(2026, 11, 22).expect("a date"))
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
        assert!(demand(world.first_night) > world.night.dpu_limit);
        assert!(demand(world.first_night - chrono::Days::new(1)) <= world.night.dpu_limit);
    }
}
