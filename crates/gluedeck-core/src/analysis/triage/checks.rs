//! Checks of data quality that failed, with what they were the nights before, as the pipeline has written them down.

use crate::analysis::rows::Rows;
use crate::analysis::sql::complete::quoted;

/// Nights that are looked back at.
const HISTORY_DAYS: i64 = 14;

/// A check that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// `user`.
    pub table: String,
    /// `silver`.
    pub layer: String,
    /// `*` for a check of the whole table.
    pub column: String,
    /// `filled`.
    pub name: String,
    pub now: Verdict,
    /// The nights before, the newest first.
    pub before: Vec<Verdict>,
}

/// What a check has found on a night.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// `2026-11-22`.
    pub night: String,
    pub passed: bool,
    pub failed_rows: String,
    pub total_rows: String,
    pub observed: String,
    pub threshold: String,
}

/// Asks for the failed checks of a job's run with their earlier verdicts. `night`: the day of the run, if it is known;
/// without it no more than these checks are asked for by day.
pub fn question(run: &str, night: Option<chrono::NaiveDate>) -> String {
    let run = run.replace('\'', "''");
    // As text, since the key is a date in some lakes and text in others.
    let recent = night.map_or(String::new(), |night| {
        let first = night - chrono::TimeDelta::days(HISTORY_DAYS);
        format!(" where cast(as_of_date as varchar) between '{first}' and '{}'", night + chrono::TimeDelta::days(1))
    });
    format!(
        "with recent as (select * from column_checks{recent}), \
         failed as (select table_name, layer, column_name, check_name from recent \
         where job_run_id = '{run}' and not passed) \
         select r.table_name, r.layer, r.column_name, r.check_name, cast(r.as_of_date as varchar) as night, \
         r.passed, r.failed_rows, r.total_rows, r.observed, r.threshold, r.job_run_id = '{run}' as own \
         from recent r join failed f on r.table_name = f.table_name and r.layer = f.layer \
         and r.column_name = f.column_name and r.check_name = f.check_name \
         order by r.checked_at desc limit 1000"
    )
}

/// The checks, from the answer; the one with most failed rows first.
pub fn read(rows: &Rows) -> Vec<Check> {
    let cell = |row: usize, column: usize| rows.cell(row, column).unwrap_or("NULL").to_owned();
    let mut checks: Vec<Check> = Vec::new();
    // A check that ran twice in a night, because of a rerun, is two verdicts.
    for own in [true, false] {
        for row in (0..rows.len()).filter(|row| (cell(*row, 10) == "true") == own) {
            let verdict = Verdict::read(rows, row);
            let (table, layer, column, name) = (cell(row, 0), cell(row, 1), cell(row, 2), cell(row, 3));
            if own {
                checks.push(Check { table, layer, column, name, now: verdict, before: Vec::new() });
                continue;
            }
            let same = |check: &&mut Check| {
                check.table == table && check.layer == layer && check.column == column && check.name == name
            };
            if let Some(check) = checks.iter_mut().find(same).filter(|check| verdict.night <= check.now.night) {
                check.before.push(verdict);
            }
        }
    }
    checks.sort_by_key(|check| std::cmp::Reverse(check.now.failed_rows.parse::<i64>().unwrap_or(0)));
    checks
}

impl Verdict {
    /// From a row: night, passed, failed rows, rows, observed, threshold, behind the four columns that name the check.
    pub fn read(rows: &Rows, row: usize) -> Self {
        let cell = |column: usize| rows.cell(row, column).unwrap_or("NULL").to_owned();
        Self {
            night: cell(4),
            passed: cell(5) == "true",
            failed_rows: cell(6),
            total_rows: cell(7),
            observed: cell(8),
            threshold: cell(9),
        }
    }
}

impl Check {
    /// The verdict and the ones before, in one line.
    pub fn words(&self) -> String {
        let now = &self.now;
        let mut text = format!(
            "{}.{} {} {}: {} of {} rows on {}, observed {}, allowed {}",
            self.layer,
            self.table,
            self.column,
            self.name,
            now.failed_rows,
            now.total_rows,
            now.night,
            now.observed,
            now.threshold
        );
        let failed: Vec<String> = self
            .before
            .iter()
            .filter(|verdict| !verdict.passed)
            .map(|verdict| format!("{} ({})", verdict.night, verdict.failed_rows))
            .collect();
        text += &match (self.before.len(), failed.is_empty()) {
            (0, _) => "; not checked before".to_owned(),
            (nights, true) => format!("; passed in all {nights} earlier checks"),
            (nights, false) => {
                format!("; {} of {nights} earlier checks failed too: {}", failed.len(), failed.join(", "))
            }
        };
        text
    }

    /// SQL that shows the rows that failed it, of a check whose rows can be told: those without a value.
    pub fn rows_query(&self, databases: &[String]) -> Option<String> {
        if self.name != "filled" || self.column == "*" {
            return None;
        }
        let database = databases.iter().find(|name| name.contains(&self.layer))?;
        // What stands in the table may be anything; the day goes into SQL as it is.
        let night = self.now.night.parse::<chrono::NaiveDate>().ok()?;
        let of_night = match self.layer.as_str() {
            "bronze" => format!("partition_0 = '{night}'"),
            "silver" => format!("as_of_date = date '{night}'"),
            // Gold holds the newest night only.
            _ => "true".to_owned(),
        };
        let column = quoted(&self.column);
        Some(format!(
            "select *\n  from {}.{}\n where {of_night}\n   and ({column} is null or trim(cast({column} as varchar)) = '')\n limit 100",
            quoted(database),
            quoted(&self.table)
        ))
    }
}
