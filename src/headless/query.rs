//! `gluedeck query`: run SQL, print the rows. Ctrl-c cancels on the server.

use super::output::{self, Output};
use super::{Exit, complain};
use crate::aws::Gateway;
use crate::domain::{Fault, FaultKind, QueryId, QueryState, QueryStatus, ResultColumn, ResultPage};
use crate::flow::{Reply, Request};
use crate::ui::text::scan;
use serde_json::{Number, Value, json};
use std::io;
use std::time::{Duration, Instant};

/// How often the query's state is asked for.
const PACE: Duration = Duration::from_millis(250);

/// Runs a query and prints its rows.
///
/// # Errors
/// If stdout cannot be written.
pub async fn query(gateway: &Gateway, sql: &str, database: &str, output: Output) -> io::Result<Exit> {
    let since = Instant::now();
    let start = Request::QueryStart { sql: sql.to_owned(), database: Some(database.to_owned()) };
    let id = match gateway.perform(start).await {
        Ok(Reply::QueryStarted(id)) => id,
        Ok(_) => return Ok(complain(&garbled("StartQueryExecution"))),
        Err(fault) => return Ok(complain(&fault)),
    };
    let finished = tokio::select! {
        finished = finish(gateway, &id) => finished,
        _ = interrupted() => {
            return Ok(match gateway.perform(Request::QueryStop(id)).await {
                Ok(_) => { eprintln!("gluedeck: cancelled, on the server too"); Exit::Failed }
                Err(fault) => { eprintln!("gluedeck: the query may still run"); complain(&fault) }
            });
        }
    };
    let (status, page) = match finished {
        Ok(finished) => finished,
        Err(fault) => return Ok(complain(&fault)),
    };
    if status.state != QueryState::Succeeded {
        eprintln!(
            "gluedeck: the query {}: {}",
            status.state.word(),
            status.reason.as_deref().unwrap_or("no reason given")
        );
        return Ok(Exit::Failed);
    }
    let elapsed = since.elapsed();
    print(&status, &page, elapsed, output)?;
    let scanned = status.scanned_bytes.map(scan).unwrap_or_default();
    let rows = match page.rows.len() {
        1 => "1 row".to_owned(),
        count => format!("{count} rows"),
    };
    eprintln!("{rows} in {:.2} s, {scanned}", elapsed.as_secs_f64());
    Ok(Exit::Done)
}

async fn interrupted() {
    // Without a handler the default one ends the process, so there is nothing to wait for.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits for the end and reads all rows.
async fn finish(gateway: &Gateway, id: &QueryId) -> Result<(QueryStatus, ResultPage), Fault> {
    let status = loop {
        match gateway.perform(Request::QueryStatus(id.clone())).await? {
            Reply::QueryStatus(status) if status.state.is_final() => break status,
            Reply::QueryStatus(_) => tokio::time::sleep(PACE).await,
            _ => return Err(garbled("GetQueryExecution")),
        }
    };
    let mut all = ResultPage { columns: Vec::new(), rows: Vec::new(), next: None };
    if status.state != QueryState::Succeeded {
        return Ok((status, all));
    }
    loop {
        let request = Request::QueryRows { status: status.clone(), next: all.next.take() };
        let Reply::QueryRows(page) = gateway.perform(request).await? else { return Err(garbled("GetQueryResults")) };
        all.columns = page.columns;
        all.rows.extend(page.rows);
        all.next = page.next;
        if all.next.is_none() {
            return Ok((status, all));
        }
    }
}

fn print(status: &QueryStatus, page: &ResultPage, elapsed: Duration, output: Output) -> io::Result<()> {
    let names: Vec<&str> = page.columns.iter().map(|column| column.name.as_str()).collect();
    match output {
        Output::Json => {
            let row = |row: &Vec<Option<String>>| {
                page.columns.iter().zip(row).map(|(c, cell)| value(c, cell.as_deref())).collect()
            };
            output::json(&json!({
                "columns": page.columns.iter().map(|c| json!({ "name": c.name, "type": c.kind })).collect::<Vec<_>>(),
                "rows": page.rows.iter().map(row).collect::<Vec<Value>>(),
                "execution_id": status.id.as_str(),
                "scanned_bytes": status.scanned_bytes,
                "elapsed_ms": elapsed.as_millis() as u64,
            }))
        }
        Output::Csv => {
            output::csv(&names, page.rows.iter().map(|row| row.iter().map(|c| c.clone().unwrap_or_default()).collect()))
        }
        Output::Table | Output::Text => {
            let right: Vec<usize> = (0..page.columns.len()).filter(|n| page.columns[*n].is_number()).collect();
            let text =
                |row: &Vec<Option<String>>| row.iter().map(|c| c.clone().unwrap_or_else(|| "NULL".into())).collect();
            output::table(&names, &right, &page.rows.iter().map(text).collect::<Vec<_>>())
        }
    }
}

/// Numbers and booleans as such, NULL as null, all else as strings.
fn value(column: &ResultColumn, cell: Option<&str>) -> Value {
    let Some(text) = cell else { return Value::Null };
    match (column.is_number().then(|| number(column, text)).flatten(), column.kind.as_str(), text) {
        (Some(number), ..) => Value::Number(number),
        (_, "boolean", "true") => Value::Bool(true),
        (_, "boolean", "false") => Value::Bool(false),
        _ => Value::String(text.to_owned()),
    }
}

/// The number, if JSON's readers get back what Athena sent: a decimal of more digits than a double holds stays text, and
/// so do NaN and the infinities, which JSON does not have.
fn number(column: &ResultColumn, text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    let value: f64 = text.parse().ok()?;
    let plain = text.trim_end_matches('0').trim_end_matches('.');
    let exact = column.kind != "decimal" || value.to_string() == plain;
    if exact { Number::from_f64(value) } else { None }
}

fn garbled(operation: &str) -> Fault {
    Fault::new(FaultKind::Garbled, operation, "an answer of another kind")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_only_if_json_keeps_it() {
        let of = |kind: &str, text: &str| value(&ResultColumn { name: "x".into(), kind: kind.into() }, Some(text));
        assert_eq!(of("decimal", "9014.30"), json!(9014.3));
        assert_eq!(of("decimal", "12345678901234567890.123456789"), json!("12345678901234567890.123456789"));
        assert_eq!(of("double", "1.0E10"), json!(1e10));
        assert_eq!(of("double", "NaN"), json!("NaN"));
        assert_eq!(of("bigint", "9007199254740993"), json!(9_007_199_254_740_993_i64));
        assert_eq!(of("varchar", "7"), json!("7"));
        assert_eq!(of("boolean", "true"), json!(true));
    }
}
