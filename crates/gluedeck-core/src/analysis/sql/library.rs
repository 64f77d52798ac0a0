//! Ready-made queries for triage, made from the pipeline: data quality, missing fields, counts by night and layer,
//! freshness, change from day to day.

use super::complete::quoted;
use crate::domain::{Column, Database, Table};

/// A query of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    pub name: String,
    /// What it answers.
    pub about: String,
    pub sql: String,
}

/// The library for a table of the pipeline (in the case of the catalog), or for none.
pub fn of(catalog: &[Database], table: Option<&str>) -> Vec<Ready> {
    let mut ready = quality(catalog, table);
    let layers = layers(catalog, table);
    if let Some(table) = table.filter(|_| !layers.is_empty()) {
        ready.push(counts(table, &layers));
        ready.push(freshness(table, &layers));
        ready.extend(layers.last().map(|(database, found)| change(database, found)));
        ready.extend(layers.iter().find(|(d, _)| d.contains("silver")).map(|(d, found)| missing(d, found)));
        ready.extend(layers.iter().map(|(database, found)| newest(database, found)));
        ready.extend(new_columns(table, &layers));
    }
    ready
}

/// The databases with a table of this name, in the order of the layers.
fn layers<'c>(catalog: &'c [Database], table: Option<&str>) -> Vec<(&'c str, &'c Table)> {
    let rank = |name: &str| ["bronze", "silver", "gold"].iter().position(|layer| name.contains(layer));
    let mut found: Vec<(usize, &str, &Table)> = Vec::new();
    for database in catalog {
        let of = database.tables.iter().find(|known| Some(known.name.as_str()) == table);
        if let (Some(rank), Some(of)) = (rank(&database.name), of) {
            found.push((rank, &database.name, of));
        }
    }
    found.sort_by_key(|(rank, name, _)| (*rank, *name));
    found.into_iter().map(|(_, name, table)| (name, table)).collect()
}

/// What tells a night apart: the partition key.
fn key(table: &Table) -> Option<&Column> {
    table.partition_keys.first()
}

fn ready(name: &str, about: String, sql: String) -> Ready {
    Ready { name: name.to_owned(), about, sql }
}

/// The checks that the pipeline writes down: one row a column that was checked.
fn quality(catalog: &[Database], table: Option<&str>) -> Vec<Ready> {
    let mut found = Vec::new();
    for database in catalog {
        for checks in &database.tables {
            let has = |name: &str| checks.all_columns().any(|column| column.name == name);
            if !["passed", "check_name", "column_name", "table_name", "failed_rows"].iter().all(|name| has(name)) {
                continue;
            }
            let from = format!("{}.{}", quoted(&database.name), quoted(&checks.name));
            let night = key(checks).map_or("checked_at".to_owned(), |key| quoted(&key.name));
            let recent = key(checks).map(week).unwrap_or_default();
            let and = if recent.is_empty() { "\n where" } else { "\n   and" };
            let about = "checks that failed in the last 7 days".to_owned();
            let columns = "table_name, layer, column_name, check_name, failed_rows, total_rows, observed, threshold";
            let sql = format!(
                "-- {about}\nselect {night}, {columns}\n  from {from}{recent}{and} not passed\n order by {night} desc, table_name, layer"
            );
            found.push(ready("failed checks this week", about, sql));
            if let Some(table) = table {
                let about = format!("checks of {table} by night");
                let sql = format!(
                    "-- {about}\nselect {night}, layer, column_name, check_name, passed, failed_rows, total_rows\n  from {from}{recent}{and} lower(table_name) = '{}'\n order by {night} desc, layer, column_name",
                    table.to_lowercase().replace('\'', "''")
                );
                found.push(ready("checks of this table", about, sql));
            }
        }
    }
    found
}

fn counts(table: &str, layers: &[(&str, &Table)]) -> Ready {
    let about = format!("rows of {table} by night and layer, to spot lost rows");
    let part = |(database, found): &(&str, &Table)| {
        let night = key(found)
            .map_or("cast(null as varchar)".to_owned(), |key| format!("cast({} as varchar)", quoted(&key.name)));
        let filter = key(found).map(week).unwrap_or_default();
        format!(
            "select '{database}' as layer, {night} as night, count(*) as n\n  from {}.{}{filter}\n group by 1, 2",
            quoted(database),
            quoted(&found.name)
        )
    };
    let parts: Vec<String> = layers.iter().map(part).collect();
    ready(
        "row counts by night",
        about.clone(),
        format!("-- {about}\n{}\n order by 2 desc, 1", parts.join("\nunion all\n")),
    )
}

/// The last seven nights, so that no whole table is read.
fn week(key: &Column) -> String {
    match key.kind.as_str() {
        "date" => format!("\n where {} >= current_date - interval '7' day", quoted(&key.name)),
        _ => format!("\n where {} >= cast(current_date - interval '7' day as varchar)", quoted(&key.name)),
    }
}

fn freshness(table: &str, layers: &[(&str, &Table)]) -> Ready {
    let about = format!("latest night of {table} in each layer");
    let part = |(database, found): &(&str, &Table)| {
        let night = key(found).map_or("null".to_owned(), |key| format!("max({})", quoted(&key.name)));
        format!(
            "select '{database}' as layer, cast({night} as varchar) as newest\n  from {}.{}",
            quoted(database),
            quoted(&found.name)
        )
    };
    let parts: Vec<String> = layers.iter().map(part).collect();
    ready("freshness", about.clone(), format!("-- {about}\n{}\n order by 1", parts.join("\nunion all\n")))
}

fn change(database: &str, table: &Table) -> Ready {
    let about = format!("rows of {} in {database}, change vs previous night", table.name);
    let night = key(table).map_or("1".to_owned(), |key| quoted(&key.name));
    let filter = key(table).map(week).unwrap_or_default();
    let sql = format!(
        "-- {about}\nselect night, n, n - lag(n) over (order by night) as more\n  from (select {night} as night, count(*) as n\n          from {}.{}{}\n         group by 1) nights\n order by night desc",
        quoted(database),
        quoted(&table.name),
        filter.replace('\n', "\n        ")
    );
    ready("day-to-day change", about, sql)
}

/// Rows of a night that lack a value: how many, a column each.
fn missing(database: &str, table: &Table) -> Ready {
    let about = format!("missing values of {} in {database} on :as_of_date, by column", table.name);
    let counts: Vec<String> = table
        .columns
        .iter()
        .take(60)
        .map(|column| {
            let name = quoted(&column.name);
            let empty = if column.kind == "string" { format!(" or {name} = ''") } else { String::new() };
            format!("count_if({name} is null{empty}) as {name}")
        })
        .collect();
    let filter = key(table).map_or(String::new(), |key| {
        let day = if key.kind == "date" { ":as_of_date" } else { "cast(:as_of_date as varchar)" };
        format!("\n where {} = {day}", quoted(&key.name))
    });
    let sql = format!(
        "-- {about}\nselect count(*) as n,\n       {}\n  from {}.{}{filter}",
        counts.join(",\n       "),
        quoted(database),
        quoted(&table.name)
    );
    ready("rows missing a field", about, sql)
}

fn newest(database: &str, table: &Table) -> Ready {
    let about = format!("rows of {} in {database} on :as_of_date", table.name);
    let filter = key(table).map_or(String::new(), |key| {
        let day = if key.kind == "date" { ":as_of_date" } else { "cast(:as_of_date as varchar)" };
        format!("\n where {} = {day}", quoted(&key.name))
    });
    let sql = format!("-- {about}\nselect *\n  from {}.{}{filter}\n limit 100", quoted(database), quoted(&table.name));
    ready(&format!("rows in {database}"), about, sql)
}

/// Columns that one layer has and the one before it has not: by the catalog, so nothing is scanned.
fn new_columns(table: &str, layers: &[(&str, &Table)]) -> Option<Ready> {
    let (first, last) = (layers.first()?, layers.last()?);
    if first.0 == last.0 {
        return None;
    }
    let about = format!("columns of {table} in every layer, to spot new ones; no data scanned");
    let names: Vec<String> = layers.iter().map(|(database, _)| format!("'{database}'")).collect();
    let sql = format!(
        "-- {about}\nselect column_name, array_join(array_agg(table_schema || ' ' || data_type), ', ') as layers, count(*) as n\n  from information_schema.columns\n where table_schema in ({})\n   and table_name = '{}'\n group by 1\n order by 3, 1",
        names.join(", "),
        table.replace('\'', "''")
    );
    Some(ready("new columns", about, sql))
}
