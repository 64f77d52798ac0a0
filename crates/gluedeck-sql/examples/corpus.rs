//! Runs statements with known answers from files that are kept elsewhere, and says by group how many are right:
//! `cargo run -p gluedeck-sql --example corpus -- FILE.jsonl [--failed OUT.jsonl]`.
//!
//! A line is `{"sql", "kind": "value" | "rows" | "error" | "same", "value", "rows", "ordered", "message", "type", "other",
//! "group"}`.

use gluedeck_sql::{Catalog, CatalogEntry, Facts, Type, parse_query, plan, session, text, values};
use serde_json::Value as Json;
use std::collections::BTreeMap;

#[derive(Debug)]
struct Nothing;

impl Catalog for Nothing {
    fn find(&self, _: &str, _: &str) -> gluedeck_sql::Result<Option<CatalogEntry>> {
        Ok(None)
    }

    fn has_database(&self, name: &str) -> bool {
        name == "default"
    }
}

type Rows = Vec<Vec<Option<String>>>;

async fn run(sql: &str) -> Result<(Vec<Type>, Rows), String> {
    let query = parse_query(sql).map_err(|error| format!("{}: {error}", error.code.name()))?;
    let facts = Facts {
        now_micros: 1_767_225_600_000_000,
        user: "someone".into(),
        database: "default".into(),
        query_id: "1".into(),
    };
    let planned = plan(&query, &Nothing, facts).map_err(|error| format!("{}: {error}", error.code.name()))?;
    let frame = datafusion::prelude::DataFrame::new(session(2, None).expect("a session").state(), planned.plan);
    let failed = |error: datafusion::error::DataFusionError| {
        let error = gluedeck_sql::Error::from_engine(&error);
        format!("{}: {error}", error.code.name())
    };
    let batches = frame.collect().await.map_err(failed)?;
    let types: Vec<Type> = planned.columns.into_iter().map(|(_, ty)| ty).collect();
    let mut rows = Rows::new();
    for batch in batches {
        let columns: Vec<Vec<Option<String>>> = types
            .iter()
            .enumerate()
            .map(|(index, ty)| values(&batch, index, ty).iter().map(|value| text(value, ty)).collect())
            .collect();
        rows.extend((0..batch.num_rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()));
    }
    Ok((types, rows))
}

/// A map's text with its entries in order.
fn sorted_map(text: &str) -> String {
    let inner = text.trim_start_matches('{').trim_end_matches('}');
    let mut entries: Vec<&str> = inner.split(", ").collect();
    entries.sort_unstable();
    entries.join(", ")
}

async fn judge(case: &Json) -> Result<(), String> {
    let sql = case["sql"].as_str().unwrap_or_default();
    let found = run(sql).await;
    let wanted_type = case["type"].as_str();
    let cells = |rows: &Json| -> Rows {
        let row =
            |row: &Json| row.as_array().into_iter().flatten().map(|cell| cell.as_str().map(str::to_owned)).collect();
        rows.as_array().into_iter().flatten().map(row).collect()
    };
    match case["kind"].as_str().unwrap_or_default() {
        "error" => match found {
            Ok((_, rows)) => Err(format!("no error but {rows:?}")),
            Err(error) => match case["message"].as_str() {
                Some(message) if !error.contains(message) => Err(format!("another error: {error}, wanted: {message}")),
                _ => Ok(()),
            },
        },
        "same" => {
            let other = run(case["other"].as_str().unwrap_or_default()).await;
            let sorted = |mut rows: Rows| {
                if !sql.to_uppercase().contains("ORDER BY") {
                    rows.sort();
                }
                rows
            };
            match (found, other) {
                (Ok((_, a)), Ok((_, b))) if sorted(a.clone()) == sorted(b.clone()) => Ok(()),
                (a, b) => Err(format!("{:?} is not {:?}", a.map(|(_, rows)| rows), b.map(|(_, rows)| rows))),
            }
        }
        kind => {
            let (types, mut rows) = found?;
            let mut wanted = if kind == "rows" {
                cells(&case["rows"])
            } else {
                vec![vec![case["value"].as_str().map(str::to_owned)]]
            };
            if case["unordered_map"].as_bool() == Some(true) {
                for cell in rows.iter_mut().chain(&mut wanted).flatten().flatten() {
                    *cell = sorted_map(cell);
                }
            }
            if kind == "rows" && case["ordered"].as_bool() != Some(true) {
                rows.sort();
                wanted.sort();
            }
            let close = |a: &Rows, b: &Rows| match (
                a.first().and_then(|row| row.first()),
                b.first().and_then(|row| row.first()),
            ) {
                (Some(Some(a)), Some(Some(b))) if case["tolerance"].is_number() => {
                    let tolerance = case["tolerance"].as_f64().unwrap_or_default();
                    a.parse::<f64>().ok().zip(b.parse::<f64>().ok()).is_some_and(|(a, b)| (a - b).abs() <= tolerance)
                }
                _ => false,
            };
            if rows != wanted && !close(&rows, &wanted) {
                return Err(format!("{rows:?}, wanted {wanted:?}"));
            }
            let plain = |text: &str| text.to_lowercase().replace(' ', "");
            match (wanted_type, types.first()) {
                (Some(wanted), Some(ty))
                    if case["check_types"].as_bool() != Some(false) && plain(wanted) != plain(&ty.to_string()) =>
                {
                    Err(format!("type {ty}, wanted {wanted}"))
                }
                _ => Ok(()),
            }
        }
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let files = arguments.iter().take_while(|argument| *argument != "--failed");
    let failed_to = arguments.iter().skip_while(|argument| *argument != "--failed").nth(1);
    std::panic::set_hook(Box::new(|_| {}));
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut failures = Vec::new();
    for file in files {
        let lines = std::fs::read_to_string(file).unwrap_or_default();
        let cases: Vec<Json> = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        for chunk in cases.chunks(64) {
            let tasks: Vec<_> =
                chunk.iter().cloned().map(|case| tokio::spawn(async move { (judge(&case).await, case) })).collect();
            for (task, case) in tasks.into_iter().zip(chunk) {
                let verdict = match task.await {
                    Ok((verdict, _)) => verdict,
                    Err(_) => Err("panic".to_owned()),
                };
                let group = groups.entry(case["group"].as_str().unwrap_or("?").to_owned()).or_default();
                group.1 += 1;
                match verdict {
                    Ok(()) => group.0 += 1,
                    Err(why) => failures.push(serde_json::json!({"group": case["group"], "sql": case["sql"], "why": why, "source": case["source"]})),
                }
            }
        }
    }
    for (group, (right, all)) in &groups {
        if right < all {
            println!("{right:>6} of {all:>6}  {group}");
        }
    }
    let (right, all) = groups.values().fold((0, 0), |(a, b), (right, all)| (a + right, b + all));
    println!("{right} of {all} right ({:.1} %)", right as f64 * 100.0 / all.max(1) as f64);
    if let Some(path) = failed_to {
        let lines: Vec<String> = failures.iter().map(ToString::to_string).collect();
        if let Err(error) = std::fs::write(path, lines.join("\n")) {
            eprintln!("{path}: {error}");
        }
    }
}
