//! Data quality: the checks of every table and layer with their nights, and how fresh the data are against what they should
//! be.

use super::layers::Layer;
use super::plan::Facts;
use super::rows::Rows;
use super::sql::complete::quoted;
use super::triage::checks::{Check, Verdict};
use crate::domain::schedule::last_fire;
use crate::domain::{Database, Pipeline, PipelineId, Table, Time, TriggerKind};
use chrono::{NaiveDate, TimeDelta};
use std::collections::BTreeMap;

/// Nights that are shown.
pub const HISTORY_DAYS: i64 = 14;
/// Rows of checks that are read at most: those of 14 nights of a large lake.
const MAX_CHECK_ROWS: usize = 300_000;
/// Tables that one query asks for the newest night of.
pub const TABLES_A_QUERY: usize = 100;

/// A table of the pipeline in all its layers.
#[derive(Debug, Clone, PartialEq)]
pub struct TableQuality {
    /// As the catalog has it: `machine_transaction`.
    pub table: String,
    pub workflow: Option<PipelineId>,
    /// The newest night of each layer that has the table; none inside if it is empty or could not be read.
    pub newest: BTreeMap<Layer, Option<NaiveDate>>,
    pub due: Due,
    /// The failing ones first.
    pub checks: Vec<Check>,
    /// Whether the checks could be read; without, that there are none says nothing.
    pub checks_known: bool,
}

/// What night the data should be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// By the last time that its schedule has fired.
    On { night: NaiveDate, run: DueRun },
    /// Its schedule is off.
    Off,
    /// No workflow, or no schedule, is known for it.
    Unknown,
}

/// How the run stands that is to bring the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueRun {
    Running,
    /// It is not running, and by its usual time it is not late yet.
    NotLate,
    /// It is over, or it is late.
    Over,
}

/// How a table stands; what is worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TableStatus {
    /// A check of its newest night failed.
    Failing,
    /// A layer is older than it should be.
    Stale,
    /// How old it is, how old it should be, or what its checks say is not known.
    Unknown,
    /// It is behind, and the run that brings it is running.
    Running,
    /// It is behind, and its run is not late yet.
    NotLate,
    Off,
    Passing,
}

/// SQL for the checks since a night.
pub fn checks_question(since: NaiveDate) -> String {
    format!(
        "select table_name, layer, column_name, check_name, cast(as_of_date as varchar) as night, passed, failed_rows, \
         total_rows, observed, threshold from column_checks where cast(as_of_date as varchar) >= '{since}' \
         order by checked_at desc limit {MAX_CHECK_ROWS}"
    )
}

/// The layer that a database's name tells.
pub fn layer_of(database: &str) -> Option<Layer> {
    [Layer::Bronze, Layer::Silver, Layer::Gold].into_iter().find(|layer| database.contains(layer.word()))
}

/// SQL for the newest night of each table, to be put together by `union all`: of partitioned ones by their partitions, which
/// scans nothing.
pub fn freshness_questions(databases: &[Database]) -> Vec<String> {
    let mut parts = Vec::new();
    for database in databases {
        let Some(layer) = layer_of(&database.name) else { continue };
        for table in &database.tables {
            let Some((from, column)) = night_of(table) else { continue };
            parts.push(format!(
                "select '{}' as layer, '{}' as table_name, cast(max({}) as varchar) as newest from {}.{from}",
                layer.word(),
                table.name.replace('\'', "''"),
                quoted(&column),
                quoted(&database.name)
            ));
        }
    }
    parts
}

/// What is read for the newest night of a table, and which column of it; none if the table has no nights.
fn night_of(table: &Table) -> Option<(String, String)> {
    match table.partition_keys.first() {
        Some(key) => Some((format!("\"{}$partitions\"", table.name.replace('"', "\"\"")), key.name.clone())),
        None if table.columns.iter().any(|column| column.name == "as_of_date") => {
            Some((quoted(&table.name), "as_of_date".to_owned()))
        }
        None => None,
    }
}

/// The checks, each with its nights: the newest verdict of a night counts.
pub fn read_checks(rows: &Rows) -> Vec<Check> {
    let cell = |row: usize, column: usize| rows.cell(row, column).unwrap_or("NULL").to_owned();
    let mut all: BTreeMap<(String, String, String, String), Vec<Verdict>> = BTreeMap::new();
    for row in 0..rows.len() {
        let verdict = Verdict::read(rows, row);
        let nights = all.entry((cell(row, 0), cell(row, 1), cell(row, 2), cell(row, 3))).or_default();
        // A rerun checks again; the rows come with the newest verdict first.
        if nights.iter().all(|known| known.night != verdict.night) {
            nights.push(verdict);
        }
    }
    let check = |((table, layer, column, name), mut nights): ((String, String, String, String), Vec<Verdict>)| {
        nights.sort_by(|a, b| b.night.cmp(&a.night));
        let mut nights = nights.into_iter();
        Some(Check { table, layer, column, name, now: nights.next()?, before: nights.collect() })
    };
    all.into_iter().filter_map(check).collect()
}

/// The tables that are asked for, of which nothing is known yet, by table and layer.
pub fn asked(databases: &[Database], into: &mut BTreeMap<String, BTreeMap<Layer, Option<NaiveDate>>>) {
    for database in databases {
        let Some(layer) = layer_of(&database.name) else { continue };
        for table in database.tables.iter().filter(|table| night_of(table).is_some()) {
            into.entry(table.name.clone()).or_default().entry(layer).or_insert(None);
        }
    }
}

/// The newest nights, by table and layer.
pub fn read_freshness(rows: &Rows, into: &mut BTreeMap<String, BTreeMap<Layer, Option<NaiveDate>>>) {
    for row in 0..rows.len() {
        let cell = |column| rows.cell(row, column).unwrap_or_default();
        if let Some(layer) = layer_of(cell(0)) {
            let night = cell(2).get(..10).and_then(|day| day.parse().ok());
            into.entry(cell(1).to_owned()).or_default().insert(layer, night);
        }
    }
}

/// The tables, what is worst first. `checks` are none if they could not be read.
pub fn tables(
    checks: Option<&[Check]>,
    newest: &BTreeMap<String, BTreeMap<Layer, Option<NaiveDate>>>,
    facts: &dyn Facts,
) -> Vec<TableQuality> {
    let by_name: BTreeMap<String, &Pipeline> =
        facts.pipelines().iter().map(|workflow| (letters(workflow.short_name()), workflow)).collect();
    let mut by_table: BTreeMap<&str, Vec<&Check>> = newest.keys().map(|table| (table.as_str(), Vec::new())).collect();
    for check in checks.unwrap_or_default() {
        by_table.entry(&check.table).or_default().push(check);
    }
    let mut tables: Vec<TableQuality> = by_table
        .into_iter()
        .map(|(table, own)| {
            let workflow = by_name.get(&letters(table)).copied();
            let mut own: Vec<Check> = own.into_iter().cloned().collect();
            let layer = |check: &Check| layer_of(&check.layer);
            own.sort_by(|a, b| {
                (a.now.passed, layer(a), &a.column, &a.name).cmp(&(b.now.passed, layer(b), &b.column, &b.name))
            });
            TableQuality {
                table: table.to_owned(),
                workflow: workflow.map(|workflow| workflow.id.clone()),
                newest: newest.get(table).cloned().unwrap_or_default(),
                due: workflow.map_or(Due::Unknown, |workflow| due(workflow, facts)),
                checks: own,
                checks_known: checks.is_some(),
            }
        })
        .collect();
    tables.sort_by(|a, b| (a.status(), &a.table).cmp(&(b.status(), &b.table)));
    tables
}

/// `MachineTransaction` and `machine_transaction` are the same.
fn letters(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The night that a workflow's data should be of: that of its schedule's last time.
fn due(workflow: &Pipeline, facts: &dyn Facts) -> Due {
    let now = facts.now();
    let scheduled: Vec<_> = workflow.triggers.iter().filter(|t| t.kind == TriggerKind::Scheduled).collect();
    let on = scheduled.iter().filter(|trigger| trigger.can_fire()).filter_map(|trigger| trigger.schedule.as_deref());
    let Some(at) = on.filter_map(|schedule| last_fire(schedule, now)).max() else {
        return if scheduled.iter().any(|trigger| !trigger.can_fire()) { Due::Off } else { Due::Unknown };
    };
    let usual = facts.history(&workflow.id).and_then(|history| history.usual_seconds).unwrap_or(0);
    let running = workflow.last_run.as_ref().is_some_and(|run| run.status.is_active());
    // Half as long again as usual, before it is late.
    let in_time = now < at + TimeDelta::seconds(usual * 3 / 2);
    let run = match (running, in_time) {
        (true, _) => DueRun::Running,
        (false, true) => DueRun::NotLate,
        (false, false) => DueRun::Over,
    };
    Due::On { night: at.date_naive(), run }
}

impl TableQuality {
    /// How it stands.
    pub fn status(&self) -> TableStatus {
        if self.failing().next().is_some() {
            return TableStatus::Failing;
        }
        match self.due {
            Due::On { run: DueRun::Running, .. } if self.is_behind() => TableStatus::Running,
            Due::On { run: DueRun::NotLate, .. } if self.is_behind() => TableStatus::NotLate,
            Due::On { .. } if self.is_behind() => TableStatus::Stale,
            Due::On { .. } if self.unknown().is_some() => TableStatus::Unknown,
            Due::On { .. } => TableStatus::Passing,
            Due::Off => TableStatus::Off,
            Due::Unknown => TableStatus::Unknown,
        }
    }

    /// Checks that failed when they were made last, if that was in the newest night of checks of the table.
    pub fn failing(&self) -> impl Iterator<Item = &Check> {
        let newest = self.checks.iter().map(|check| check.now.night.as_str()).max().unwrap_or_default();
        self.checks.iter().filter(move |check| !check.now.passed && check.now.night == newest)
    }

    /// What is not known of it, in words; none if enough is known to say that all is well.
    pub fn unknown(&self) -> Option<String> {
        let Due::On { night, .. } = self.due else { return Some("expected date unknown".to_owned()) };
        if self.newest.is_empty() {
            return Some("latest night not read".to_owned());
        }
        let unread: Vec<&str> =
            self.newest.iter().filter(|(_, newest)| newest.is_none()).map(|(layer, _)| layer.word()).collect();
        if !unread.is_empty() {
            return Some(format!("latest night of {} unknown", unread.join(", ")));
        }
        if !self.checks_known {
            return Some("checks not read".to_owned());
        }
        let checked = self.checks.iter().map(|check| check.now.night.as_str()).max();
        let old = checked.filter(|checked| **checked < *night.to_string());
        old.map(|checked| format!("last checked on {checked}"))
    }

    /// Whether a layer is older than it should be.
    pub fn is_behind(&self) -> bool {
        self.newest.keys().any(|layer| self.lag(*layer).is_some_and(|days| days > 0))
    }

    /// By how many days a layer is older than it should be.
    pub fn lag(&self, layer: Layer) -> Option<i64> {
        let Due::On { night, .. } = self.due else { return None };
        let newest = (*self.newest.get(&layer)?)?;
        Some((night - newest).num_days())
    }

    /// Checks that failed in each of the last nights, the oldest first; none where there was no check.
    pub fn nights(&self, last: NaiveDate) -> Vec<Option<usize>> {
        let verdicts = || self.checks.iter().flat_map(|check| std::iter::once(&check.now).chain(&check.before));
        let nights = (0..HISTORY_DAYS).rev().map(|back| (last - TimeDelta::days(back)).to_string());
        let of = |night: String| {
            let mut of_night = verdicts().filter(|verdict| verdict.night == night).peekable();
            of_night.peek()?;
            Some(of_night.filter(|verdict| !verdict.passed).count())
        };
        nights.map(of).collect()
    }
}

impl TableStatus {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failing => "check failed",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::Running => "running",
            Self::NotLate => "not late yet",
            Self::Off => "schedule off",
            Self::Passing => "ok",
        }
    }
}

/// The first night that is asked for.
pub fn since(now: Time) -> NaiveDate {
    now.date_naive() - TimeDelta::days(HISTORY_DAYS - 1)
}
