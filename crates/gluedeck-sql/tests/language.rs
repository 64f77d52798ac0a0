//! The language against its corpora: what every function answers (`functions/`), and statements by group (`cases/`). What is
//! not done is marked and must be refused by name; everything else must be right.

use gluedeck_sql::{Catalog, CatalogEntry, Facts, Type, parse_query, plan, session, text, values};
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Debug)]
struct NoTables;

impl Catalog for NoTables {
    fn find(&self, _: &str, _: &str) -> gluedeck_sql::Result<Option<CatalogEntry>> {
        Ok(None)
    }

    fn has_database(&self, name: &str) -> bool {
        name == "default"
    }
}

type Rows = Vec<Vec<String>>;

/// What a statement answers as texts, or its error as Athena writes it.
async fn run(sql: &str) -> Result<(Vec<Type>, Rows), String> {
    let written = |error: gluedeck_sql::Error| format!("{}: {error}", error.code.name());
    let query = parse_query(sql).map_err(written)?;
    // 2026-01-01 00:00 UTC.
    let facts = Facts {
        now_micros: 1_767_225_600_000_000,
        user: "someone".into(),
        database: "default".into(),
        query_id: "1".into(),
    };
    let planned = plan(&query, &NoTables, facts).map_err(written)?;
    let frame = datafusion::prelude::DataFrame::new(session(2, None).expect("a session").state(), planned.plan);
    let batches = frame.collect().await.map_err(|error| written(gluedeck_sql::Error::from_engine(&error)))?;
    let types: Vec<Type> = planned.columns.into_iter().map(|(_, ty)| ty).collect();
    let mut rows = Rows::new();
    for batch in batches {
        let cell = |value: &gluedeck_sql::Value, ty: &Type| text(value, ty).unwrap_or_else(|| "NULL".to_owned());
        let columns: Vec<Vec<String>> = types
            .iter()
            .enumerate()
            .map(|(index, ty)| values(&batch, index, ty).iter().map(|value| cell(value, ty)).collect())
            .collect();
        rows.extend((0..batch.num_rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()));
    }
    Ok((types, rows))
}

/// A statement, what it must answer, and whether the order of rows counts.
struct Case {
    name: String,
    sql: String,
    wanted: Result<Rows, String>,
    types: Vec<String>,
    /// Whether it is refused by name, because the function or the syntax is not done.
    not_done: bool,
}

fn refused(error: &str) -> bool {
    error.contains("gluedeck does not do")
}

/// Runs cases and answers what is wrong with them, and how many were refused by name.
async fn judge(cases: Vec<Case>) -> (Vec<String>, usize) {
    let mut wrong = Vec::new();
    let mut not_done = 0;
    for case in cases {
        let sql = case.sql.clone();
        let found = tokio::spawn(async move { run(&sql).await }).await.unwrap_or_else(|_| Err("panic".to_owned()));
        let complaint = match (found, case.wanted) {
            (Err(error), _) if refused(&error) && case.not_done => {
                not_done += 1;
                None
            }
            (Ok((_, rows)), _) if case.not_done => Some(format!("{rows:?}, though it is marked as not done")),
            (Err(error), Err(wanted)) if error.contains(&wanted) => None,
            (Err(error), wanted) => Some(format!("{error}, wanted {wanted:?}")),
            (Ok((_, rows)), Err(wanted)) => Some(format!("{rows:?}, wanted the error {wanted}")),
            (Ok((types, mut rows)), Ok(mut wanted)) => {
                if !ends_ordered(&case.sql) {
                    rows.sort();
                    wanted.sort();
                }
                let types: Vec<String> = types.iter().map(ToString::to_string).collect();
                if rows != wanted {
                    Some(format!("{rows:?}, wanted {wanted:?}"))
                } else if !case.types.is_empty() && types != case.types {
                    Some(format!("types {types:?}, wanted {:?}", case.types))
                } else {
                    None
                }
            }
        };
        wrong.extend(complaint.map(|complaint| format!("{}: {}\n    {complaint}", case.name, case.sql)));
    }
    (wrong, not_done)
}

/// Whether a statement has an ORDER BY outside of all brackets.
fn ends_ordered(sql: &str) -> bool {
    let upper = sql.to_uppercase();
    upper.match_indices("ORDER BY").any(|(at, _)| {
        let before = &upper[..at];
        before.matches('(').count() == before.matches(')').count()
    })
}

fn files(folder: &str) -> Vec<(String, toml::Table)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of corpora").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a corpus");
        let name = entry.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
        found.push((name, text.parse().expect("TOML")));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn texts(value: &toml::Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
}

fn report(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_function_answers_as_documented() {
    let mut cases = Vec::new();
    let mut proofs: BTreeMap<String, usize> = BTreeMap::new();
    for (_, functions) in files("functions") {
        for (name, function) in functions {
            for proof in function["proofs"].as_array().into_iter().flatten() {
                let proof = texts(proof);
                let (expr, wanted) = (&proof[0], &proof[1]);
                *proofs.entry(name.clone()).or_default() += 1;
                let not_done = proof.len() > 2 || gluedeck_sql::is_done(&name) == Some(false);
                let wanted: Result<Rows, String> = match wanted.strip_prefix("ERROR: ") {
                    Some(message) => Err(message.to_owned()),
                    None => Ok(vec![vec![wanted.clone()]]),
                };
                cases.push(Case {
                    name: name.clone(),
                    sql: format!("SELECT {expr}"),
                    wanted,
                    types: Vec::new(),
                    not_done,
                });
            }
        }
    }
    for function in gluedeck_core::analysis::sql::functions::all() {
        assert!(proofs.get(function.name).is_some_and(|count| *count >= 3), "{} has no three proofs", function.name);
    }
    let (wrong, not_done) = judge(cases).await;
    println!("{not_done} proofs are refused by name");
    report(&wrong);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_answer_as_trino_does() {
    let mut cases = Vec::new();
    for (group, file) in files("cases") {
        for case in file["case"].as_array().into_iter().flatten() {
            let sql = case["sql"].as_str().expect("a statement").to_owned();
            let wanted = match case.get("error") {
                Some(error) => Err(error.as_str().unwrap_or_default().to_owned()),
                None => Ok(case["rows"].as_array().into_iter().flatten().map(texts).collect()),
            };
            let types = case.get("types").map(texts).unwrap_or_default();
            let not_done = case.get("not_done").is_some();
            cases.push(Case { name: group.clone(), sql, wanted, types, not_done });
        }
    }
    assert!(cases.len() >= 400);
    let (wrong, _) = judge(cases).await;
    report(&wrong);
}
